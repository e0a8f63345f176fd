"""Persyst (.lay with .dat), read by the published layout.

The .lay is a text of sections: how the samples stand in the .dat (16 or 32 bits, interleaved), who
the patient is, which channel is which, comments, and at which time of day which sample was taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality, Subject
from fascicle.errors import FormatError

from ._brainvision import StoredSamples
from ._channels import channel_kind, modality_kinds, unique_labels
from ._files import as_folder
from ._vendor import Opened, VendorFormat, find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DTYPES = {"0": "<i2", "7": "<i4"}
_KINDS = {
    "fullname": "name", "firstname": "name", "lastname": "name", "mi": "name",
    "birthdate": "birthdate", "id": "id", "medicalrecordn": "id", "testdate": "date",
    "physician": "name", "technician": "operator", "hospital": "institution",
}  # fmt: skip
"""What a field on the patient holds; all others are free texts."""
_DATES = ("%Y.%m.%d", "%m/%d/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d-%b-%Y", "%m-%d-%Y")
_EARLIEST_BIRTH = 1850
_LATE = 1.5
"""How many sampling intervals the clock may run ahead before samples count as missing."""


@dataclass(frozen=True, slots=True)
class _Lay:
    """The sections of a .lay: keys in lower case, channels and comments as they stand."""

    info: Mapping[str, str]
    patient: Mapping[str, str]
    channels: Sequence[tuple[str, str]]
    comments: Sequence[str]
    times: Sequence[tuple[str, str]]


class Persyst(VendorFormat):
    """Persyst (.lay with .dat)."""

    name = "persyst"
    title = "Persyst"
    modalities = (Modality.EEG, Modality.IEEG)
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for the section that says how the samples stand."""
        lowered = head.head.lower()
        return b"[fileinfo]" in lowered and b"waveformcount" in lowered

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the file of samples: as the header names it, or by the same name."""
        stated = re.search(rb"(?im)^file[ \t]*=[ \t]*(.+?)[ \t]*\r?$", head.head)
        folder = as_folder(siblings)
        name = _last_part(stated[1].decode("latin-1")) if stated else ""
        found = folder.named(name) or folder.named(f"{head.path.stem}.dat")
        return (found,) if found else ()

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Read the .lay; samples are read when asked for."""
        path = root / files[0]
        lay = _parse_lay(path)
        data = _data_path(path, lay)
        n_channels, dtype = int(lay.info["waveformcount"]), _DTYPES[lay.info.get("datatype", "0")]
        rate_hz = float(lay.info["samplingrate"])
        start = int(lay.info.get("headerlength") or 0)
        frame_bytes = n_channels * np.dtype(dtype).itemsize
        n_times = (data.stat().st_size - start) // frame_bytes
        channels = _channels(lay, n_channels, rate_hz)
        seams = _seams(lay, rate_hz)
        events = [*_comments(lay), *(Event(s / rate_hz, 0.0, "BAD_ACQ_SKIP") for s in seams)]
        header = Header(
            modality=Modality(modality_kinds({channel.kind for channel in channels})),
            sfreq_hz=rate_hz,
            n_times=n_times,
            channels=channels,
            events=tuple(sorted(events, key=lambda event: event.onset_s)),
            measured_at=_measured_at(lay.patient),
            subject=_subject(lay.patient),
            identifiers=tuple(_identifiers(lay.patient)),
            manufacturer="Persyst",
            is_continuous=not seams,
        )
        scale = float(lay.info["calibration"])

        def read(first: int, stop: int) -> NDArray[np.float64]:
            place = start + first * frame_bytes
            values = np.fromfile(data, dtype, (stop - first) * n_channels, offset=place)
            return np.asarray(values.reshape(-1, n_channels).T * scale, dtype=np.float64)

        sample_type = "INT_32" if dtype == "<i4" else "INT_16"
        stored = StoredSamples(data, sample_type, start, (scale,) * n_channels)
        return Opened(header, read, stored=stored)


def _last_part(path: str) -> str:
    """Return the name at the end of a path of any system: nothing outside the folder is read."""
    name = re.split(r"[/\\]", path)[-1].strip()
    return name if name not in {".", ".."} else ""


def _parse_lay(path: Path) -> _Lay:
    sections: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] = []
    for line in path.read_text("latin-1").splitlines():
        if line.startswith("["):
            current = sections.setdefault(line.strip("[] \t").casefold(), [])
        elif line.strip():
            key, _, value = line.partition("=")
            current.append((key.strip(), value.strip()))
    info = {key.casefold(): value for key, value in sections.get("fileinfo", [])}
    patient = {key.casefold(): value for key, value in sections.get("patient", [])}
    comments = [f"{k}={v}" if v else k for k, v in sections.get("comments", [])]
    return _Lay(
        info, patient, sections.get("channelmap", []), comments, sections.get("sampletimes", [])
    )


def _data_path(path: Path, lay: _Lay) -> Path:
    """Return the file of samples beside the .lay."""
    for name in (_last_part(lay.info.get("file", "")), f"{path.stem}.dat"):
        if name and (path.parent / name).is_file():
            return path.parent / name
    raise FormatError(
        "FSC205",
        "Expected the file of samples that a Persyst header names, got none beside it.",
        "Put the .dat file beside its .lay, under the name in the line File=.",
    )


def _channels(lay: _Lay, n_channels: int, rate_hz: float) -> tuple[Channel, ...]:
    """Return the channels in the order of the samples; the common ``-Ref`` says nothing."""
    labels = [f"E{i + 1}" for i in range(n_channels)]
    for label, place in lay.channels:
        if place.isdigit() and 0 < int(place) <= n_channels:
            labels[int(place) - 1] = re.sub(r"(?i)-ref$", "", label) or label
    names = unique_labels(labels, 256)
    return tuple(Channel(name, channel_kind(name), "uV", rate_hz) for name in names)


def _comments(lay: _Lay) -> Iterator[Event]:
    """Yield comments: onset, length, state, kind and words, parted by commas."""
    for line in lay.comments:
        fields = line.split(",", 4)
        try:
            onset_s, duration_s = float(fields[0]), float(fields[1])
        except (ValueError, IndexError):
            continue
        label = fields[4].strip() if len(fields) == 5 else ""
        yield Event(onset_s, max(0.0, duration_s), label or "n/a")


def _seams(lay: _Lay, rate_hz: float) -> list[int]:
    """Return the samples at which the clock is ahead of the count of samples."""
    try:
        points = [(int(sample), float(time_s)) for sample, time_s in lay.times]
    except ValueError:
        return []
    seams = []
    for (before, then_s), (sample, now_s) in pairwise(points):
        late = (now_s - then_s) * rate_hz - (sample - before)
        if sample > before and late > _LATE:
            seams.append(sample)
    return seams


def _parse_day(text: str) -> date | None:
    for pattern in _DATES:
        try:
            day = datetime.strptime(text.strip(), pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        return day if day.year >= _EARLIEST_BIRTH else None
    return None


def _measured_at(patient: Mapping[str, str]) -> datetime | None:
    day = _parse_day(patient.get("testdate", ""))
    if day is None:
        return None
    clock = re.match(r"(\d{1,2}):(\d{2}):(\d{2})$", patient.get("testtime", "").strip())
    hour, minute, second = (int(clock[i]) for i in (1, 2, 3)) if clock else (0, 0, 0)
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _subject(patient: Mapping[str, str]) -> Subject:
    names = [patient.get(key, "") for key in ("firstname", "mi", "lastname")]
    sex, hand = patient.get("sex", "")[:1].upper(), patient.get("hand", "")[:1].upper()
    return Subject(
        code=patient.get("id", "") or patient.get("medicalrecordn", ""),
        name=patient.get("fullname", "") or " ".join(name for name in names if name),
        birth=_parse_day(patient.get("birthdate", "")),
        sex=sex if sex in {"F", "M"} else "",
        hand=hand if hand in {"L", "R", "A"} else "",
    )


def _identifiers(patient: Mapping[str, str]) -> list[Identifier]:
    """Return everything that the section on the patient says."""
    fields = (
        (_KINDS.get(key, "text"), key, value)
        for key, value in patient.items()
        if key not in {"sex", "hand", "testtime"}
    )
    return find_identifiers("Persyst header", fields)
