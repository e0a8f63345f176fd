"""SpikeGLX: text (.meta) beside counts (.bin, or .cbin packed by mtscomp), a pair for each stream.

The streams of one run (probes, their local field potentials, the auxiliary device) are one
recording. Scales follow https://billkarsh.github.io/SpikeGLX/Sgl_help/Metadata_30.html.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, DeviceClock, FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._ecephys import MAX_CHANNELS, OpenedProbe, ProbeFormat, Signal, Sites, Stretch, open_signals
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COUNTS = re.compile(rb"(?m)^(?:acqApLfSy|snsApLfSy|acqMnMaXaDw|snsMnMaXaDw|acqXaDwSy|snsXaDwSy)=")
_STREAM = re.compile(r"\.(imec\d*|nidq|obx\d*)(?:\.(ap|lf|obx))?$")
_FIXED_GAINS = {21: 80.0, 24: 80.0, 2003: 80.0, 2004: 80.0, 2013: 100.0, 2014: 100.0,
                2020: 100.0, 2021: 100.0}  # fmt: skip
"""Types of probe whose amplifiers have one gain (Neuropixels 2.0)."""

_MODELS = ((range(2000, 3000), "Neuropixels 2.0"), (range(21, 25), "Neuropixels 2.0"),
           (range(1100, 1200), "Neuropixels Ultra"))  # fmt: skip
_SYNC_BIT = 6
_N_IMRO = 6
"""Numbers of a channel of a probe with two bands; the last says whether its filter is on."""

_SPIKES_HZ = 300.0
_IDENTIFYING = (
    ("path", "fileName"), ("path", "imRoFile"), ("date", "fileCreateTime"), ("text", "userNotes"),
    ("serial", "imDatPrb_sn"), ("serial", "imProbeSN"), ("serial", "imDatHs_sn"),
    ("serial", "imDatBsc_sn"), ("serial", "fileSHA1"), ("text", "imCalibrated_notes"),
)  # fmt: skip
_MIN_SERIAL = 5
"""Shorter numbers are counts of everything: whoever searched for them would find them anywhere."""


class SpikeGlx(ProbeFormat):
    """SpikeGLX (.meta with .bin or .cbin)."""

    name = "spikeglx"
    title = "SpikeGLX"
    manufacturer = "IMEC"
    companion_suffixes = (".cbin",)

    def recognises(self, head: FileHead) -> bool:
        """Look for the counts of channels and what else every version states."""
        return (
            not head.is_folder
            and _COUNTS.search(head.head) is not None
            and b"nSavedChans=" in head.head
            and b"fileName=" in head.head
        )

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the counts beside the text, and the other streams of the run."""
        base, run = _find_run(head.path)
        changed = (root / base).stat().st_mtime_ns
        own = sorted({head.path, *_list_runs(root, base, changed).get(run, ())})
        files = [part for meta in own for part in (meta, *_find_counts(root, meta))]
        return tuple(path for path in files if path != head.path)

    def open_probe(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedProbe:
        """Map the counts of every stream; they are read when asked for."""
        metas = sorted(
            (path for path in files if path.suffix.casefold() == ".meta"), key=_stream_order
        )
        kept = [path for path in metas if _find_counts(root, path)]
        streams = _tell_probes([_open_stream(root, path) for path in kept or metas])
        first_s = min(stream.start_s for stream in streams)
        signals = [signal for stream in streams for signal in stream.signals(first_s)]
        models = [model for stream in streams if (model := _model(stream.meta))]
        notes = dict.fromkeys(i for stream in streams for i in _identifiers(stream.meta))
        header = Header(
            modality=Modality.ECEPHYS,
            measured_at=_measured_at(streams[0].meta),
            identifiers=tuple(notes),
            manufacturer=self.manufacturer,
            is_as_stated=len(kept) == len(metas) and all(s.is_as_stated for s in streams),
            metadata={"ManufacturersModelName": models[0]} if models else {},
            clocks=tuple(
                clock_of_counts(stream.path.name.removesuffix(".meta"), first_s - stream.start_s)
                for stream in streams
            ),
        )
        return open_signals(header, signals)


@dataclass(frozen=True, slots=True)
class _Stream:
    """One pair of text and counts."""

    meta: Mapping[str, str]
    path: Path
    kind: str
    rate_hz: float
    n_times: int
    is_as_stated: bool
    read: Callable[[int, int], NDArray[np.int16]]
    probe: int = 0
    repeats_lines: bool = False

    @property
    def start_s(self) -> float:
        """First sample, in seconds since the run began."""
        return float(self.meta.get("firstSample") or 0) / self.rate_hz

    def signals(self, first_s: float) -> Iterator[Signal]:
        """Yield the channels of the brain, those beside it, and the digital words."""
        names = _channel_names(self.meta)
        gains, unit = _gains(self.meta, self.kind, names)
        stretches = (Stretch(self.start_s - first_s, self.n_times),)
        is_probe = self.kind in {"ap", "lf"}
        words = [i for i, name in enumerate(names) if re.match(r"SY|XD", name)]
        analog = [i for i in range(len(names)) if i not in words]
        sites = _sites(self.path, self.meta, [names[i] for i in analog]) if is_probe else None
        cutoffs = _high_pass(self.meta) if self.kind == "ap" else {}
        for rows, is_digital in ((analog, False), (words, True)):
            kind = {"ap": "EXT", "lf": "LFP"}.get(self.kind, "MISC")
            bits = (_SYNC_BIT,) if is_probe else tuple(range(16))
            yield Signal(
                name=("SYNC" if is_probe else "DIGITAL") if is_digital else self.kind.upper(),
                channels=tuple(
                    Channel(
                        names[i],
                        "TRIG" if is_digital else kind,
                        "n/a" if is_digital else unit,
                        self.rate_hz,
                        cutoffs.get(names[i]),
                    )
                    for i in rows
                ),
                gains=np.ones(len(rows)) if is_digital else gains[rows],
                offset=0.0,
                dtype="<i2",
                stretches=stretches,
                read=self._reader(rows),
                is_neural=is_probe and not is_digital,
                sites=None if is_digital else sites,
                lines=tuple((i, bits) for i in range(len(rows)))
                if is_digital and not self.repeats_lines
                else (),
                device=f"probe {self.probe} " if self.probe else "",
            )

    def _reader(self, rows: list[int]) -> Callable[[int, int, int], NDArray[Any]]:
        is_span = rows == list(range(len(rows)))
        index: Any = slice(0, len(rows)) if is_span else np.array(rows, np.intp)
        return lambda _, start, stop: self.read(start, stop)[:, index]


def _tell_probes(streams: Sequence[_Stream]) -> list[_Stream]:
    """Return streams with their probe's number; field potentials repeat the line of spikes."""
    names = [_probe_name(stream.path) for stream in streams]
    order = sorted({name for name in names if name})
    return [
        replace(
            stream,
            probe=order.index(name) + 1 if name else 0,
            repeats_lines=bool(name) and name in names[:i],
        )
        for i, (stream, name) in enumerate(zip(streams, names, strict=True))
    ]


def _probe_name(path: Path) -> str:
    """Return which probe a text is of; empty for what is beside the probes."""
    found = _STREAM.search(path.name.removesuffix(".meta"))
    return found[1] if found and found[1].startswith("imec") else ""


def clock_of_counts(name: str, start_s: float) -> DeviceClock:
    """Return the clock that the samples in a file of counts are, by the file's name.

    Parameters
    ----------
    name : str
        Name of the file without its ending: the name of a run with its stream.
    start_s : float
        What its count of samples shows at the time 0 of the recording, in seconds.
    """
    evidence = "the units were sorted in the samples of this very file"
    return DeviceClock.named(name, start_s, evidence)


def _find_run(path: PurePosixPath) -> tuple[PurePosixPath, str]:
    """Return the folder and the name of the run that a text belongs to."""
    folder = path.parent.parent if re.search(r"_imec\d+$", path.parent.name) else path.parent
    return folder, _STREAM.sub("", path.name.removesuffix(".meta"))


@lru_cache(maxsize=16)
def _list_runs(
    root: Path, base: PurePosixPath, _changed: int
) -> Mapping[str, tuple[PurePosixPath, ...]]:
    """Return the texts of every run of a folder: a folder of thousands is listed once."""
    runs: dict[str, list[PurePosixPath]] = {}
    for pattern in ("*.meta", "*_imec*/*.meta"):
        for path in (root / base).glob(pattern):
            relative = PurePosixPath(path.relative_to(root).as_posix())
            folder, run = _find_run(relative)
            if folder == base:
                runs.setdefault(run, []).append(relative)
    return {run: tuple(paths) for run, paths in runs.items()}


def _stream_order(path: PurePosixPath) -> tuple[int, str]:
    """Put spikes first, then local field potentials, then what is beside the probes."""
    found = _STREAM.search(path.name.removesuffix(".meta"))
    kind = found[2] if found else None
    return {"ap": 0, "lf": 1}.get(kind or "", 2), path.name


def _find_counts(root: Path, meta: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Return the files of counts beside a text: plain, or packed with their table."""
    for suffixes in ((".bin",), (".cbin", ".ch")):
        found = tuple(meta.with_suffix(suffix) for suffix in suffixes)
        if all((root / path).is_file() for path in found):
            return found
    return ()


def _read_meta(path: Path) -> dict[str, str]:
    """Return the fields of a text, tables without their tilde."""
    lines = path.read_text("utf-8", errors="replace").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key.strip().lstrip("~"): value.strip() for key, _, value in pairs}


def _open_stream(root: Path, path: PurePosixPath) -> _Stream:
    """Open one pair of text and counts."""
    meta = _read_meta(root / path)
    n_channels = int(meta["nSavedChans"])
    if not 0 < n_channels <= MAX_CHANNELS:
        raise FormatError(
            "FSC203",
            "Expected a number of saved channels that a probe can have, got another.",
            "Copy the .meta file again; it is damaged.",
        )
    rate_hz = float(
        next(meta[key] for key in ("imSampRate", "niSampRate", "obSampRate") if key in meta)
    )
    counts = _find_counts(root, path)
    if not counts:
        raise FormatError(
            "FSC205",
            "Expected a .bin or .cbin file of samples beside the .meta file, got none.",
            "Put the file of samples beside it, under the same name.",
        )
    if counts[0].suffix == ".bin":
        n_times, read = _open_plain(root / counts[0], n_channels)
    else:
        n_times, read = _open_packed(root / counts[0], root / counts[1], n_channels)
    stated = int(meta.get("fileSizeBytes") or 0)
    found = _STREAM.search(path.name.removesuffix(".meta"))
    named = found[2] or found[1].rstrip("0123456789") if found else "ap"
    kind = named if named in {"ap", "lf"} else meta.get("typeThis", named)
    return _Stream(
        meta, root / path, kind, rate_hz, n_times, stated == 2 * n_times * n_channels, read
    )


def _open_plain(path: Path, n_channels: int) -> tuple[int, Callable[[int, int], NDArray[np.int16]]]:
    """Map counts as they stand; a torn last sample is left out."""
    n_times = path.stat().st_size // (2 * n_channels)
    if n_times == 0:
        return 0, lambda start, stop: np.zeros((0, n_channels), np.int16)
    data = np.memmap(path, "<i2", "r", shape=(n_times, n_channels))
    return n_times, lambda start, stop: data[start:stop]


def _open_packed(
    path: Path, table: Path, n_channels: int
) -> tuple[int, Callable[[int, int], NDArray[np.int16]]]:
    """Read counts that mtscomp packed: zlib over differences in time, chunk by chunk."""
    about = json.loads(table.read_text("utf-8"))
    bounds, offsets = np.array(about["chunk_bounds"]), about["chunk_offsets"]
    if about["n_channels"] != n_channels or offsets[-1] > path.stat().st_size:
        raise FormatError(
            "FSC202",
            f"Expected packed samples of {n_channels} channels as long as their table says, got "
            "others.",
            "The .cbin file is cut off, or the .ch file belongs to another: copy both again.",
        )

    @lru_cache(maxsize=2)
    def unpack(i: int) -> NDArray[np.int16]:
        with path.open("rb") as stream:
            stream.seek(offsets[i])
            packed = stream.read(offsets[i + 1] - offsets[i])
        flat = np.frombuffer(zlib.decompress(packed), about["dtype"])
        counts = flat.reshape((-1, n_channels), order=about["chunk_order"])
        if about["do_spatial_diff"]:
            counts = np.cumsum(counts, axis=1, dtype=counts.dtype)
        if about["do_time_diff"]:
            counts = np.cumsum(counts, axis=0, dtype=counts.dtype)
        return counts

    def read(start: int, stop: int) -> NDArray[np.int16]:
        first = int(np.searchsorted(bounds, start, side="right")) - 1
        last = int(np.searchsorted(bounds, stop, side="left"))
        parts = [
            unpack(i)[max(0, start - bounds[i]) : max(0, stop - bounds[i])]
            for i in range(first, last)
        ]
        return np.concatenate(parts)

    return int(bounds[-1]), read


def _channel_names(meta: Mapping[str, str]) -> list[str]:
    """Return the names of the saved channels."""
    n_saved = int(meta["nSavedChans"])
    named = {
        int(index): name
        for name, index in re.findall(r"\(([^;()]+);(\d+):-?\d+\)", meta.get("snsChanMap", ""))
    }
    saved = _parse_ranges(meta.get("snsSaveChanSubset", "all"))
    kept = [named[i] for i in saved if i in named] if saved else list(named.values())
    if len(kept) != n_saved:
        kept = list(named.values())
    return kept if len(kept) == n_saved else [f"CH{i}" for i in range(n_saved)]


def _parse_ranges(text: str) -> list[int]:
    """Return the numbers of ``0:3,768``; none for ``all``."""
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition(":")
        if not first.isdigit() or not (last or "0").isdigit():
            return []
        if int(last or first) - int(first) > 1 << 16:
            return []
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def _gains(
    meta: Mapping[str, str], kind: str, names: Sequence[str]
) -> tuple[NDArray[np.float64], str]:
    """Return the unit of a channel for one count, for each, and the unit."""
    if kind in {"ap", "lf"}:
        volts = _probe_volts(meta, kind, names)
        return volts * 1e6, "uV"
    if kind.startswith("obx"):
        return np.full(len(names), float(meta["obAiRangeMax"]) / int(meta["obMaxInt"])), "V"
    step = float(meta["niAiRangeMax"]) / int(meta.get("niMaxInt") or 32768)
    amplified = {"MN": float(meta.get("niMNGain") or 1), "MA": float(meta.get("niMAGain") or 1)}
    return np.array([step / amplified.get(name[:2], 1.0) for name in names]), "V"


def _probe_volts(meta: Mapping[str, str], kind: str, names: Sequence[str]) -> NDArray[np.float64]:
    """Return volts for one count of each channel of a probe."""
    probe_type = int(meta.get("imDatPrb_type") or 0)
    is_fixed = probe_type in _FIXED_GAINS
    top = int(meta.get("imMaxInt") or (8192 if is_fixed else 512))
    step = float(meta["imAiRangeMax"]) / top
    if is_fixed:
        gain = float(meta.get("imChan0apGain") or _FIXED_GAINS[probe_type])
        return np.full(len(names), step / gain)
    entries = re.findall(r"\(([^()]*)\)", meta.get("imroTbl", ""))
    column = 3 if kind == "ap" else 4
    if probe_type == 1110:
        return np.full(len(names), step / float(entries[0].split(",")[column]))
    by_channel = {int(words[0]): float(words[column]) for e in entries[1:] if (words := e.split())}
    # Words of synchronisation have no amplifier.
    numbers = [int(found[1]) if (found := re.fullmatch(r"[AL][PF](\d+)", n)) else -1 for n in names]
    return np.array([step / by_channel[i] if i >= 0 else 1.0 for i in numbers])


def _high_pass(meta: Mapping[str, str]) -> dict[str, float]:
    """Return the edge of the filter of spikes, by channel; a probe of one band has none."""
    entries = re.findall(r"\(([^()]*)\)", meta.get("imroTbl", ""))[1:]
    rows = [words for entry in entries if len(words := entry.split()) == _N_IMRO]
    return {f"AP{int(words[0])}": _SPIKES_HZ for words in rows if words[5] == "1"}


def _sites(path: Path, meta: Mapping[str, str], names: Sequence[str]) -> Sites | None:
    """Return where the contacts are, by the probe's description in the text."""
    with suppress(Exception):  # an unknown probe has no geometry, and is none the worse for it
        import probeinterface

        # Field potentials come from the same contacts, which only the text of spikes describes.
        probe = probeinterface.read_spikeglx(path.with_name(path.name.replace(".lf.", ".ap.")))
        places = probe.contact_positions
        if len(places) != len(names):
            return None
        shanks = probe.shank_ids
        labels = [""] * len(places) if shanks is None else [str(s) for s in shanks]
        return Sites(places[:, 0].astype(float), places[:, 1].astype(float), tuple(labels))
    return None


def _model(meta: Mapping[str, str]) -> str:
    """Return the kind of probe."""
    if "imSampRate" not in meta:
        return ""
    probe_type = int(meta.get("imDatPrb_type") or 0)
    return next((model for types, model in _MODELS if probe_type in types), "Neuropixels 1.0")


def _measured_at(meta: Mapping[str, str]) -> datetime | None:
    with suppress(ValueError, KeyError):
        return datetime.fromisoformat(meta["fileCreateTime"]).replace(tzinfo=UTC)
    return None


def _identifiers(meta: Mapping[str, str]) -> list[Identifier]:
    """Return what points to people, places, devices and days."""
    fields = ((kind, name, meta.get(name)) for kind, name in _IDENTIFYING)
    return find_identifiers(
        "SpikeGLX header",
        (f for f in fields if f[0] != "serial" or len(f[2] or "") >= _MIN_SERIAL),
    )
