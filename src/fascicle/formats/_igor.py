"""Igor Pro: waves (.ibw) are read, packed experiments (.pxp) known and refused.

The layout is that of Igor's own technical note on the format of binary waves (PTN003).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from fascicle.core import Channel, FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._icephys import Clamp, OpenedPatch, PatchFormat, Sweep, clamp_of, open_patch, patch_unit
from ._vendor import RefusedFormat, find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEADERS = {2: 126, 5: 384}
"""Bytes of both headers together, over which the checksum is taken, by version."""

_TYPES = {2: "f4", 4: "f8", 8: "i1", 16: "i2", 32: "i4", 72: "u1", 80: "u2", 96: "u4"}
_TIMES = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "": 1.0}
_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_MAX_SWEEPS = 100_000
_MAX_NOTE = 1 << 20
_PACKED = (".pxp", ".pxt")


@dataclass(frozen=True, slots=True)
class Wave:
    """What the header of a wave says.

    Attributes
    ----------
    dtype : str
        Type of its numbers, with their order.
    shape : tuple of int
        Rows and columns: samples and sweeps.
    step_s, start_s : float
        Time between samples, and of the first one.
    unit, name : str
        Of its numbers, and of the wave.
    data_at, note_at, note_bytes : int
        Where numbers and note begin, and how long the note is.
    made_at : datetime or None
        When the wave was made, by the clock of the computer.
    """

    dtype: str
    shape: tuple[int, int]
    step_s: float
    start_s: float
    unit: str
    name: str
    data_at: int
    note_at: int
    note_bytes: int
    made_at: datetime | None


class IgorWave(PatchFormat):
    """Igor Pro binary wave (.ibw)."""

    name = "igor"
    title = "Igor Pro binary wave (.ibw)"
    manufacturer = "WaveMetrics"

    def recognises(self, head: FileHead) -> bool:
        """Look for a version whose header adds up to zero, as Igor's checksum demands."""
        return not head.is_folder and _order_of(head.head) is not None

    def open_sweeps(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedPatch:
        """Open a wave; its columns are sweeps of one channel."""
        path = root / files[0]
        wave = read_wave(path)
        n_times, n_sweeps = wave.shape
        rate_hz = float(f"{1.0 / wave.step_s:.10g}")
        unit = patch_unit(wave.unit)
        channel = Channel("wave", "MISC", unit, rate_hz)
        data: NDArray[np.generic] = np.memmap(
            path, wave.dtype, "r", offset=wave.data_at, shape=(n_sweeps, n_times)
        )
        sweeps = [
            Sweep(wave.start_s + i * n_times / rate_hz, n_times, _reader(data[i]))
            for i in range(n_sweeps)
        ]
        header = Header(
            modality=Modality.ICEPHYS,
            measured_at=wave.made_at,
            identifiers=tuple(_identifiers(path, wave)),
        )
        # Igor keeps amperes and volts as such: volts of a wave are those of a cell.
        holds = clamp_of(unit) or ("current" if unit == "V" else "")
        dtype = np.dtype(wave.dtype).newbyteorder("<").str
        return open_patch(header, [Clamp(channel, 1.0, 0.0, holds)], sweeps, dtype)


class IgorExperiment(RefusedFormat):
    """Packed experiments of Igor Pro (.pxp), which are refused."""

    name = "igor-packed"
    title = "Igor Pro packed experiment (.pxp): to be exported as .ibw"
    modalities: tuple[Modality, ...] = (Modality.ICEPHYS,)

    def recognises(self, head: FileHead) -> bool:
        """Look for the ending, and for records whose numbers are of Igor's list."""
        is_named = head.path.suffix.casefold() in _PACKED
        if head.is_folder or not is_named or len(head.head) < 8:
            return False
        for order in ("<", ">"):
            record = int(np.frombuffer(head.head[:2], f"{order}u2")[0]) & 0x7FFF
            n_bytes = int(np.frombuffer(head.head[4:8], f"{order}i4")[0])
            if 0 <= record <= 26 and 0 < n_bytes <= head.n_bytes - 8:
                return True
        return False

    def refuses(self, head: FileHead, root: Path) -> str:
        """Return how to export it."""
        return (
            "Expected a recording, got a packed experiment of Igor Pro, which holds programs and "
            "tables beside waves. In Igor, choose Data > Save Waves > Save Igor Binary and share "
            "the .ibw files."
        )

    def refusal(self) -> FormatError:
        """Return FSC274."""
        return _refused()


def _refused() -> FormatError:
    return FormatError(
        "FSC274",
        "Expected a binary wave of Igor Pro with numbers over time, got something else.",
        "Save the waves of sweeps as Igor Binary (.ibw) of version 2 or 5, not as text or packed.",
    )


def _order_of(head: bytes) -> str | None:
    """Return the order of bytes of a wave by its version and checksum; None for what is none."""
    for order in ("<", ">"):
        version = int(np.frombuffer(head[:2], f"{order}i2")[0]) if len(head) > 2 else 0
        n_bytes = _HEADERS.get(version, 0)
        if n_bytes and len(head) >= n_bytes:
            words = np.frombuffer(head[:n_bytes], f"{order}i2").astype(np.int64)
            if int(words.sum()) & 0xFFFF == 0:
                return order
    return None


def read_wave(path: Path) -> Wave:
    """Read the header of a wave.

    Raises
    ------
    FormatError
        FSC274 if the file is no wave of numbers over time, or is cut off.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEADERS[5])
    order = _order_of(head)
    if order is None:
        raise _refused()
    is_new = int(np.frombuffer(head[:2], f"{order}i2")[0]) == 5
    wave = _read_new(head, order) if is_new else _read_old(head, order)
    size = np.dtype(wave.dtype).itemsize * wave.shape[0] * wave.shape[1]
    is_sound = (
        min(wave.shape) > 0
        and wave.shape[1] <= _MAX_SWEEPS
        and math.isfinite(wave.step_s)
        and math.isfinite(wave.start_s)
        and 1e-8 <= wave.step_s <= 1e4
        and wave.data_at + size <= path.stat().st_size
    )
    if not is_sound:
        raise _refused()
    return wave


def _number(head: bytes, order: str, at: int, code: str) -> float:
    return float(np.frombuffer(head, f"{order}{code}", count=1, offset=at)[0])


def _int(head: bytes, order: str, at: int, code: str = "i4") -> int:
    return int(np.frombuffer(head, f"{order}{code}", count=1, offset=at)[0])


def _dtype(code: int, order: str) -> str:
    """Return the type of numbers; complex ones and texts are none that we share."""
    if code not in _TYPES:
        raise _refused()
    return f"{order}{_TYPES[code]}"


def _read_new(head: bytes, order: str) -> Wave:
    """Return what the headers of version 5 say."""
    if len(head) < _HEADERS[5]:
        raise _refused()
    sizes = [_int(head, order, 64 + 68 + 4 * i) for i in range(4)]
    if sizes[2] > 1 or sizes[3] > 1:
        raise _refused()  # more axes than samples and sweeps
    dtype = _dtype(_int(head, order, 64 + 16, "i2"), order)
    shape = (sizes[0], max(1, sizes[1]))
    formula = _int(head, order, 8)
    n_bytes = np.dtype(dtype).itemsize * shape[0] * shape[1]
    scale = _TIMES.get(_text(head[64 + 152 : 64 + 156]), 1.0)
    return Wave(
        dtype,
        shape,
        _number(head, order, 64 + 84, "f8") * scale,
        _number(head, order, 64 + 116, "f8") * scale,
        _text(head[64 + 148 : 64 + 152]),
        _text(head[64 + 28 : 64 + 60]),
        _HEADERS[5],
        _HEADERS[5] + n_bytes + max(0, formula),
        _int(head, order, 12),
        _moment(_int(head, order, 64 + 4, "u4")),
    )


def _read_old(head: bytes, order: str) -> Wave:
    """Return what the headers of version 2 say."""
    dtype = _dtype(_int(head, order, 16, "i2"), order)
    n_times = _int(head, order, 16 + 42)
    n_bytes = np.dtype(dtype).itemsize * n_times
    scale = _TIMES.get(_text(head[16 + 38 : 16 + 42]), 1.0)
    return Wave(
        dtype,
        (n_times, 1),
        _number(head, order, 16 + 48, "f8") * scale,
        _number(head, order, 16 + 56, "f8") * scale,
        _text(head[16 + 34 : 16 + 38]),
        _text(head[16 + 6 : 16 + 26]),
        _HEADERS[2],
        _HEADERS[2] + n_bytes + 16,
        _int(head, order, 6),
        _moment(_int(head, order, 16 + 96, "u4")),
    )


def _reader(data: NDArray[np.generic]) -> Callable[[int, int], NDArray[np.generic]]:
    """Return a function that reads samples of one sweep."""
    return lambda start, stop: data[start:stop, np.newaxis]


def _identifiers(path: Path, wave: Wave) -> Iterator[Identifier]:
    """Yield the words of the note and of the wave's name."""
    fields: list[tuple[str, str, object]] = [("text", "name of the wave", wave.name)]
    if 0 < wave.note_bytes <= _MAX_NOTE:
        with path.open("rb") as stream:
            stream.seek(wave.note_at)
            note = stream.read(wave.note_bytes).decode("latin-1")
        fields += [("text", "note", line) for line in note.replace("\n", "\r").split("\r")]
    yield from find_identifiers("Igor wave", fields)


def _moment(seconds: int) -> datetime | None:
    """Return a moment that is counted from the beginning of 1904; the format knows no zone."""
    return _EPOCH + timedelta(seconds=seconds) if seconds else None


def _text(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("latin-1").strip()
