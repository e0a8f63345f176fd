"""Neuralynx continuously sampled channels (.ncs) with events (.nev), read by the published layout.

Every .ncs is one channel: a text header of 16 KiB, then records of 1044 bytes (time of the first
sample in microseconds, channel, rate, count of valid samples, 512 samples of 16 bits). Channels of
one folder that were sampled at the same instants make one recording; others make their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, DeviceClock, Event, FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._channels import channel_kind, unique_labels
from ._vendor import Opened, VendorFormat, find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEADER_BYTES = 16384
_MOST_RECORDS = 4096
_MAGIC = b"######## Neuralynx Data File Header"
_RECORD = np.dtype(
    [("time_us", "<u8"), ("channel", "<u4"), ("rate_hz", "<u4"), ("n_valid", "<u4"),
     ("counts", "<i2", 512)]
)  # fmt: skip
_EVENT = np.dtype(
    [("reserved", "<i2"), ("system", "<i2"), ("size", "<i2"), ("time_us", "<u8"), ("id", "<i2"),
     ("ttl", "<i2"), ("crc", "<i2"), ("dummy", "<i2", 2), ("extra", "<i4", 8), ("text", "S128")]
)  # fmt: skip
_IDENTIFYING = (
    ("path", "OriginalFileName"), ("date", "TimeCreated"), ("date", "TimeClosed"),
    ("serial", "FileUUID"), ("serial", "SessionUUID"), ("text", "ProbeName"),
)  # fmt: skip


class Neuralynx(VendorFormat):
    """Neuralynx (.ncs of one folder, with .nev)."""

    name = "neuralynx"
    title = "Neuralynx"
    modalities = (Modality.IEEG, Modality.EEG)
    proven_on = "real"
    manufacturer = "Neuralynx"
    companion_suffixes = (".nev",)
    file_per_channel = True

    def recognises(self, head: FileHead) -> bool:
        """Look for the header's first line and for records of sampled channels."""
        if not head.head.startswith(_MAGIC):
            return False
        size = re.search(rb"-RecordSize\s+(\d+)", head.head)
        return size is not None and int(size[1]) == _RECORD.itemsize and b"-ADBitVolts" in head.head

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the channels that were sampled at the same instants, then the files of events."""
        own = _instants(root / head.path)
        channels = tuple(
            path
            for path in siblings
            if path.suffix.casefold() == ".ncs"
            and path != head.path
            and _instants(root / path) == own
        )
        events = tuple(path for path in siblings if path.suffix.casefold() == ".nev")
        return (*channels, *events)

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Map the records of all channels; samples are read when asked for."""
        paths = sorted(root / file for file in files if file.suffix.casefold() == ".ncs")
        texts = [_read_text_header(path) for path in paths]
        records = [_map_records(path) for path in paths]
        rate_hz = float(texts[0].get("SamplingFrequency") or records[0]["rate_hz"][0])
        times_us = records[0]["time_us"].astype(np.int64)
        n_valid = np.minimum(records[0]["n_valid"], 512).astype(np.int64)
        ends = np.cumsum(n_valid)
        stated = [
            text.get("AcqEntName") or path.stem for text, path in zip(texts, paths, strict=True)
        ]
        channels = tuple(
            _channel(text, name, rate_hz)
            for text, name in zip(texts, unique_labels(stated, 256), strict=True)
        )
        gaps = _gaps(times_us, n_valid, rate_hz)
        nev = [root / file for file in files if file.suffix.casefold() == ".nev"]
        marked = [event for path in nev for event in _read_events(path, times_us, n_valid, rate_hz)]
        seams = [Event(float(ends[i]) / rate_hz, 0.0, "BAD_ACQ_SKIP") for i in gaps]
        header = Header(
            modality=Modality.IEEG,
            sfreq_hz=rate_hz,
            n_times=int(ends[-1]),
            channels=channels,
            events=tuple(sorted([*marked, *seams], key=lambda event: event.onset_s)),
            measured_at=_measured_at(texts[0]),
            identifiers=tuple(dict.fromkeys(i for text in texts for i in _identifiers(text))),
            manufacturer=self.manufacturer,
            is_continuous=not gaps,
            clocks=() if gaps else _clocks(texts[0], paths[0].parent, int(times_us[0])),
        )
        scale_uv = np.array([_microvolts(text) for text in texts])[:, np.newaxis]

        def read(start: int, stop: int) -> NDArray[np.float64]:
            counts = [_valid_counts(record, ends, start, stop) for record in records]
            return np.asarray(np.stack(counts) * scale_uv, dtype=np.float64)

        return Opened(header, read)


def _read_text_header(path: Path) -> dict[str, str]:
    with path.open("rb") as stream:
        text = stream.read(_HEADER_BYTES).rstrip(b"\0").decode("latin-1")
    return {
        key: value.strip().strip('"')
        for key, value in re.findall(r"(?m)^-(\S+)[ \t]*(.*?)\r?$", text)
    }


def _map_records(path: Path) -> Any:  # noqa: ANN401 - a structured memory map
    """Map the records of one channel; a torn last record is left out."""
    n_records = (path.stat().st_size - _HEADER_BYTES) // _RECORD.itemsize
    if n_records < 1:
        raise FormatError(
            "FSC232",
            "Expected records of samples after the Neuralynx header, got none.",
            "The file is cut off or was never recorded to: copy it again, or leave it out.",
        )
    return np.memmap(path, _RECORD, "r", offset=_HEADER_BYTES, shape=(n_records,))


def _instants(path: Path) -> tuple[object, ...]:
    """Return what the channels of one recording have in common."""
    try:
        state = path.stat()
        return _sampled_at(path, state.st_size, state.st_mtime_ns)
    except (FormatError, OSError, ValueError):
        return (path,)


@lru_cache(maxsize=4096)
def _sampled_at(path: Path, n_bytes: int, changed_ns: int) -> tuple[object, ...]:
    """Return rate, span and which records are not full; of long files a part of the records."""
    records = _map_records(path)
    step = max(1, len(records) // _MOST_RECORDS)
    valid = records["n_valid"][::step]
    partial = np.flatnonzero(valid != 512)
    return (
        int(records["rate_hz"][0]),
        len(records),
        int(records["time_us"][0]),
        int(records["time_us"][-1]),
        tuple(partial.tolist()),
        tuple(valid[partial].tolist()),
    )


def _channel(text: Mapping[str, str], name: str, rate_hz: float) -> Channel:
    low, high = (_number(text.get(f"Dsp{edge}CutFrequency", "")) for edge in ("Low", "High"))
    return Channel(
        name=name,
        # A leading x marks what is not in the brain, by the habit of clinical montages.
        kind=channel_kind(re.sub(r"^x(?=[A-Z])", "", name), default="SEEG"),
        unit="uV",
        sfreq_hz=rate_hz,
        low_cutoff_hz=low if low and text.get("DSPLowCutFilterEnabled") == "True" else None,
        high_cutoff_hz=high if high and text.get("DSPHighCutFilterEnabled") == "True" else None,
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _microvolts(text: Mapping[str, str]) -> float:
    """Return microvolts for a count; inverted inputs are turned back."""
    volts = _number(
        text.get("ADBitVolts", "").split(maxsplit=1)[0] if text.get("ADBitVolts") else ""
    )
    if volts is None:
        raise FormatError(
            "FSC235",
            "Expected volts for a count (ADBitVolts) in the Neuralynx header, got none.",
            "Record or export the channel with its whole header.",
        )
    return volts * (-1e6 if text.get("InputInverted") == "True" else 1e6)


def _gaps(times_us: NDArray[Any], n_valid: NDArray[Any], rate_hz: float) -> list[int]:
    """Return the records after which samples are missing (more than half of one is late)."""
    due_us = n_valid[:-1] * 1e6 / rate_hz
    late_us = np.diff(times_us) - due_us
    return [int(i) for i in np.flatnonzero(np.abs(late_us) > max(500.0, 1.5e6 / rate_hz))]


def _valid_counts(records: Any, ends: NDArray[Any], start: int, stop: int) -> NDArray[Any]:  # noqa: ANN401 - a memory map
    """Return valid samples `start` to `stop` of a channel."""
    first = int(np.searchsorted(ends, start, side="right"))
    last = int(np.searchsorted(ends, stop, side="left")) + 1
    part = records[first:last]
    keep = np.arange(512) < np.minimum(part["n_valid"], 512)[:, np.newaxis]
    counts = part["counts"][keep]
    skip = start - (int(ends[first - 1]) if first else 0)
    return np.asarray(counts[skip : skip + stop - start])


def _read_events(
    path: Path, times_us: NDArray[Any], n_valid: NDArray[Any], rate_hz: float
) -> list[Event]:
    """Return the events of a .nev, at the samples that were recorded then."""
    n_events = (path.stat().st_size - _HEADER_BYTES) // _EVENT.itemsize
    if n_events < 1:
        return []
    rows = np.fromfile(path, _EVENT, n_events, offset=_HEADER_BYTES)
    starts = np.cumsum(n_valid) - n_valid
    events = []
    for row in rows:
        i = int(np.searchsorted(times_us, row["time_us"], side="right")) - 1
        if i < 0:
            continue
        offset = (int(row["time_us"]) - int(times_us[i])) * rate_hz / 1e6
        if offset > n_valid[i]:  # within a gap, or after the end
            continue
        label = bytes(row["text"]).partition(b"\0")[0].decode("latin-1").strip() or "n/a"
        ttl = int(row["ttl"])
        events.append(Event((float(starts[i]) + offset) / rate_hz, 0.0, label, ttl or None))
    return events


def _clocks(text: Mapping[str, str], folder: Path, first_us: int) -> tuple[DeviceClock, ...]:
    """Return the clock whose microseconds stamp every file that one session opened at once."""
    created = text.get("TimeCreated")
    session = text.get("SessionUUID") or (created and f"{folder} {created}")
    if not session:
        return ()
    evidence = "the headers name one session, whose time stamps are those of one system"
    return (DeviceClock.named(session, first_us / 1e6, evidence, has_own_events=False),)


def _measured_at(text: Mapping[str, str]) -> datetime | None:
    for pattern in ("%Y/%m/%d %H:%M:%S", "%m/%d/%Y %H:%M:%S"):
        try:
            return datetime.strptime(text.get("TimeCreated", ""), pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _identifiers(text: Mapping[str, str]) -> list[Identifier]:
    return find_identifiers(
        "Neuralynx header", ((k, name, text.get(name)) for k, name in _IDENTIFYING)
    )
