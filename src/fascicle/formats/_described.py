"""Plain counts that a small JSON file describes, as Tridesclous and SpikeInterface keep them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, FileHead, Header, Modality
from fascicle.errors import FormatError

from ._ecephys import OpenedProbe, ProbeFormat, Signal, Stretch, open_signals
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RAW = (".raw", ".dat", ".bin", ".dat.raw")
_MAX_CHANNELS = 1 << 16


class Described(ProbeFormat):
    """Raw counts with a JSON file that states rate, channels and type."""

    name = "described"
    title = "Raw samples with a JSON description (Tridesclous, SpikeInterface)"
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for the fields that both programs write."""
        text = head.head.lstrip()
        if not text.startswith(b"{") or b'"dtype"' not in text or b'"chunk_bounds"' in text:
            return False
        is_tridesclous = b'"sample_rate"' in text and b'"shape"' in text
        return is_tridesclous or (b'"sampling_frequency"' in text and b'"file_paths"' in text)

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the files of counts that are described: those that are named, or all beside it."""
        named = _named_files(_read(root / head.path))
        raw = sorted(path for path in siblings if path.suffix.casefold() in _RAW)
        return tuple(path for path in raw if not named or path.name in named)

    def open_probe(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedProbe:
        """Map the counts; each file is a stretch of its own."""
        about = _read(root / files[0])
        n_channels, dtype, rate_hz = _layout(about)
        paths = [root / path for path in files[1:]]
        lengths = [path.stat().st_size // (n_channels * dtype.itemsize) for path in paths]
        if not any(lengths):
            raise FormatError(
                "FSC205",
                "Expected a file of raw samples beside the description, got none.",
                "Put the .raw, .dat or .bin file beside it.",
            )
        maps = [
            np.memmap(path, dtype, "r", shape=(n, n_channels))
            for path, n in zip(paths, lengths, strict=True)
            if n
        ]
        gain = _gain_uv(about)
        unit = "n/a" if gain is None else "uV"
        starts = np.cumsum([0, *(len(part) for part in maps)]) / rate_hz
        signal = Signal(
            name="",
            channels=tuple(Channel(f"CH{i}", "EXT", unit, rate_hz) for i in range(n_channels)),
            gains=np.full(n_channels, 1.0 if gain is None else gain),
            offset=0.0,
            dtype=dtype.str,
            stretches=tuple(
                Stretch(float(start), len(part)) for start, part in zip(starts, maps, strict=False)
            ),
            read=lambda k, start, stop: _part(maps[k], start, stop),
        )
        header = Header(
            modality=Modality.ECEPHYS,
            identifiers=tuple(
                find_identifiers(
                    "description", (("path", "file_paths", path) for path in _paths(about))
                )
            ),
        )
        return open_signals(header, [signal])


def _part(data: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
    return data[start:stop]


def _read(path: Path) -> Mapping[str, Any]:
    """Return the description; SpikeInterface puts it one level down."""
    about: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return about | about["kwargs"] if isinstance(about.get("kwargs"), dict) else about


def _paths(about: Mapping[str, Any]) -> list[str]:
    """Return the paths that are written down."""
    return [str(path) for path in about.get("file_paths") or []]


def _named_files(about: Mapping[str, Any]) -> set[str]:
    """Return the names of the files that are written down, whoever's path they had."""
    return {PureWindowsPath(path).name for path in _paths(about)}


def _layout(about: Mapping[str, Any]) -> tuple[int, np.dtype[Any], float]:
    """Return the number of channels, the type of counts and the rate."""
    shape = about.get("shape") or [-1, about.get("num_chan") or about.get("num_channels")]
    rate_hz = float(about.get("sample_rate") or about["sampling_frequency"])
    dtype, n_channels = np.dtype(str(about["dtype"])), int(shape[-1])
    if dtype.kind not in "iuf" or not 0 < n_channels <= _MAX_CHANNELS:
        raise FormatError(
            "FSC203",
            "Expected a description with a type of whole or floating numbers and a number of "
            "channels, got others.",
            "Correct dtype and shape in the description.",
        )
    return n_channels, dtype, rate_hz


def _gain_uv(about: Mapping[str, Any]) -> float | None:
    """Return microvolts for one count; None where it is not stated."""
    gain = about.get("bit_to_microVolt") or about.get("gain_to_uV")
    if isinstance(gain, list):
        gain = gain[0] if len(set(gain)) == 1 else None
    return float(gain) if gain else None
