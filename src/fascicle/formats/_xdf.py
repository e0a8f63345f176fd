"""Lab Streaming Layer recordings (.xdf), read by pyxdf."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._channels import bids_unit, channel_kind, modality_kinds, volts_per
from ._vendor import Opened, VendorFormat, find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EEG_TYPES = frozenset({"eeg", "exg", "ecog", "seeg", "ieeg"})
_STREAM_KINDS = {"ecog": "ECOG", "seeg": "SEEG", "ieeg": "SEEG"}
_PERSONAL = re.compile(r"subject|participant|patient|operator|experimenter|serial|email|user|lab")
_NEAR_NOMINAL = 0.01


class Xdf(VendorFormat):
    """Extensible Data Format (.xdf).

    An .xdf holds several streams. The recording is the stream of type EEG (or ECoG, sEEG, ExG) with
    a regular rate that has the most values; the text streams become its events; other streams
    (eye tracking, audio, a second amplifier) are left out. Clocks are synchronised and timestamps
    smoothed by pyxdf; where a clock was reset the samples are kept and the seam is marked.
    """

    name = "xdf"
    title = "XDF"
    modalities = (Modality.EEG, Modality.IEEG)
    proven_on = "real"
    requires = "vendors"

    def recognises(self, head: FileHead) -> bool:
        """Look for the four letters that such a file begins with."""
        return head.head.startswith(b"XDF:")

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Load all streams (the format has no index) and choose one."""
        import pyxdf

        with (root / files[0]).open("rb") as stored:  # pyxdf leaves broken files open
            streams, file_header = pyxdf.load_xdf(stored)
        stream = _choose(streams)
        info = stream["info"]
        samples = np.asarray(stream["time_series"])
        times_s = np.asarray(stream["time_stamps"], dtype=np.float64)
        rate_hz, seams = _rate_and_seams(info, times_s)
        channels = tuple(_channels(info, samples.shape[1], rate_hz))
        events = [e for other in streams for e in _events(other, times_s, rate_hz)]
        skips = [Event(seam / rate_hz, 0.0, "BAD_ACQ_SKIP") for seam in seams]
        header = Header(
            modality=Modality(modality_kinds({channel.kind for channel in channels})),
            sfreq_hz=rate_hz,
            n_times=len(samples),
            channels=channels,
            events=tuple(sorted([*events, *skips], key=lambda event: event.onset_s)),
            measured_at=_measured_at(file_header),
            identifiers=tuple(dict.fromkeys(i for other in streams for i in _identifiers(other))),
            is_continuous=not seams,
        )
        scale = _scales(info, channels)

        def read(start: int, stop: int) -> NDArray[np.float64]:
            return np.asarray(samples[start:stop].T * scale, dtype=np.float64)

        return Opened(header, read)


def _first(info: Mapping[str, Any], name: str) -> str:
    """Return a field of an XML header, which pyxdf gives as lists."""
    values = info.get(name) or [""]
    value = values[0] if isinstance(values, list) else values
    return value.strip() if isinstance(value, str) else ""


def _choose(streams: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the stream of brain signals with the most values."""
    found = [
        stream
        for stream in streams
        if _first(stream["info"], "type").casefold() in _EEG_TYPES
        and float(_first(stream["info"], "nominal_srate") or 0) > 0
        and isinstance(stream["time_series"], np.ndarray)
        and len(stream["time_series"]) > 1
    ]
    if not found:
        raise FormatError(
            "FSC236",
            f"Expected a stream of type EEG with a regular rate, got {len(streams)} streams of "
            "which none is.",
            "Leave the recording out, or give the stream its type in the recording program.",
        )
    return max(found, key=lambda stream: stream["time_series"].size)


def _rate_and_seams(
    info: Mapping[str, Any], times_s: NDArray[np.float64]
) -> tuple[float, list[int]]:
    """Return the rate in hertz, and the samples before which time jumps."""
    nominal = float(_first(info, "nominal_srate"))
    steps = np.diff(times_s)
    limit = max(2.0 / nominal, 0.02)
    jumps = np.flatnonzero((steps > limit) | (steps < 0))
    seams = [int(i) + 1 for i in jumps]
    usual = float(np.median(steps)) if steps.size else 0.0
    measured = 1 / usual if usual > 0 else nominal
    return (nominal if abs(measured / nominal - 1) < _NEAR_NOMINAL else measured), seams


def _described(info: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the descriptions of channels, if the stream has any."""
    desc = (info.get("desc") or [None])[0]
    block = ((desc or {}).get("channels") or [None])[0]
    return [channel for channel in ((block or {}).get("channel") or []) if channel]


def _channels(info: Mapping[str, Any], n_channels: int, rate_hz: float) -> Iterator[Channel]:
    described = _described(info)
    usual = _STREAM_KINDS.get(_first(info, "type").casefold(), "EEG")
    taken: set[str] = set()
    for i in range(n_channels):
        about = described[i] if len(described) == n_channels else {}
        label = _first(about, "label") or f"Ch{i + 1}"
        label = label if label not in taken else f"{label}-{i + 1}"
        taken.add(label)
        stated = _first(about, "unit")
        unit = bids_unit(stated) if stated else "uV"
        named = _first(about, "type").upper()
        kind = named if named in {"EOG", "ECG", "EMG", "MISC", "REF"} else ""
        kind = kind or channel_kind(label, unit, usual)
        unit = "n/a" if kind == "TRIG" else "uV" if volts_per(unit) else unit
        yield Channel(label, kind, unit, rate_hz)


def _scales(info: Mapping[str, Any], channels: Sequence[Channel]) -> NDArray[np.float64]:
    """Return what takes stored values to the unit of each channel, as a column."""
    described = _described(info)
    scales = []
    for i, channel in enumerate(channels):
        stated = _first(described[i], "unit") if len(described) == len(channels) else ""
        volts = volts_per(bids_unit(stated)) if stated else 1e-6
        scales.append(volts * 1e6 if volts and channel.unit == "uV" else 1.0)
    return np.reshape(scales, (-1, 1))


def _events(
    stream: Mapping[str, Any], times_s: NDArray[np.float64], rate_hz: float
) -> Iterator[Event]:
    """Yield the markers of a text stream that fall within the recording, at its samples."""
    if _first(stream["info"], "channel_format") != "string":
        return
    marks_s = np.asarray(stream["time_stamps"], dtype=np.float64)
    samples = np.interp(marks_s, times_s, np.arange(len(times_s)))
    for row, mark_s, sample in zip(stream["time_series"], marks_s, samples, strict=True):
        if not times_s[0] <= mark_s <= times_s[-1]:
            continue
        label = " ".join(str(word) for word in row).strip() or "n/a"
        value = int(label) if label.isascii() and label.isdigit() and len(label) < 7 else None
        yield Event(float(sample) / rate_hz, 0.0, label, value)


def _measured_at(file_header: Mapping[str, Any]) -> datetime | None:
    try:
        when = datetime.fromisoformat(_first(file_header["info"], "datetime"))
    except ValueError:
        return None
    return when if when.tzinfo else None


def _identifiers(stream: Mapping[str, Any]) -> list[Identifier]:
    info = stream["info"]
    fields = [
        ("place", "hostname", _first(info, "hostname")),
        ("serial", "source_id", _first(info, "source_id")),
        ("serial", "uid", _first(info, "uid")),
    ]
    fields += [("text", name, value) for name, value in _leaves(info.get("desc"), "")]
    return find_identifiers("XDF stream", fields)


def _leaves(node: Any, name: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - pyxdf's nested lists and dicts
    """Yield the texts of a description whose path speaks of a person, a place or a device."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, f"{name}/{key}")
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value, name)
    elif isinstance(node, str) and _PERSONAL.search(name.casefold()):
        yield name.strip("/"), node
