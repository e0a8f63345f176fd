"""SNIRF (.snirf, version 1.1): read, streamed, and rewritten from a whitelist of fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import (
    Channel,
    Event,
    FileHead,
    Header,
    Identifier,
    Modality,
    Subject,
    Written,
)
from fascicle.errors import FormatError

from ._channels import bids_unit
from ._matlab import HDF5_MAGIC, require_modest_hdf5
from ._snirf_fields import find_measurements, find_tags, read_text
from ._snirf_write import FULL_DAY_S, copy_layout, write_snirf
from ._vendor import (
    Opened,
    VendorFormat,
    find_identifiers,
    foreign_reader,
    require_same_shape,
    require_samples,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Source

_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_METRES = {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6}
_PROCESSED = {"dod": ("NIRSCWOPTICALDENSITY", "n/a"), "hbo": ("NIRSCWHBO", "M"),
              "hbr": ("NIRSCWHBR", "M"), "mua": ("NIRSCWMUA", "n/a")}  # fmt: skip
_PROCESSED_TYPE = 99999
_RAW = {
    1: ("NIRSCWAMPLITUDE", "V", "DC"), 51: ("NIRSCWFLUORESCENSEAMPLITUDE", "V", "DC"),
    101: ("MISC", "n/a", "AC"), 102: ("MISC", "n/a", "Ph"),
}  # fmt: skip
"""BIDS type, usual unit and the word of a data type, by SNIRF's codes."""
_REQUIRED_TAGS = frozenset({
    "SubjectID",
    "MeasurementDate",
    "MeasurementTime",
    "LengthUnit",
    "TimeUnit",
    "FrequencyUnit",
})
_TAG_KINDS = (
    (r"manufacturer|model|application", ""), (r"subject|patient|\bid", "id"), (r"name", "name"),
    (r"birth", "birthdate"), (r"date|time", "date"), (r"serial", "serial"),
    (r"operator|technician|user", "operator"), (r"site|institution|lab", "institution"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Nirs:
    """One opened SNIRF file and its single data block."""

    group: Any
    data: Any
    to_seconds: float
    to_metres: float

    @property
    def series(self) -> Any:  # noqa: ANN401 - an h5py dataset
        return self.data["dataTimeSeries"]

    def times_s(self) -> NDArray[np.float64]:
        """Return the time of every sample; two stored values mean start and step."""
        stored = np.ravel(self.data["time"][()]).astype(np.float64) * self.to_seconds
        n_times = int(self.series.shape[0])
        if stored.size == 2 and n_times > 2:
            return np.asarray(stored[0] + stored[1] * np.arange(n_times), dtype=np.float64)
        return stored


class Snirf(VendorFormat):
    """Shared Near Infrared Spectroscopy Format (.snirf)."""

    name = "snirf"
    title = "SNIRF"
    modalities = (Modality.NIRS,)
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5 with the groups of SNIRF; where they stand further on, the name decides."""
        if not head.head.startswith(HDF5_MAGIC):
            return False
        names = b"formatVersion" in head.head and b"nirs" in head.head
        return names or head.path.suffix.casefold() == ".snirf"

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Read all but the samples."""
        path = root / files[0]
        with _opened(path) as nirs:
            header = _read_header(nirs)

        def read(start: int, stop: int) -> NDArray[np.float64]:
            with _opened(path) as nirs:
                return np.asarray(nirs.series[start:stop], dtype=np.float64).T

        return Opened(header, read)

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Copy samples, times and probe; everything that can name a person comes from `header`."""
        path = root / source.primary
        with foreign_reader(self.title), _opened(path) as nirs:
            require_same_shape(require_samples(_read_header(nirs)), header)
            times = nirs.times_s()
            origin_s = float(times[0]) if abs(times[0]) > FULL_DAY_S else 0.0
            layout = copy_layout(nirs.group, nirs.data, origin_s)
            target = folder / f"{stem}.snirf"
            write_snirf(target, header, layout, times - origin_s, _rows(nirs))
            is_copied = nirs.series.dtype == np.float64  # the only type that SNIRF has for samples
        return Written("snirf", (PurePosixPath(target.name),), copied=is_copied)

    def read_blocks(self, path: Path, block_s: float) -> Iterator[NDArray[np.float64]]:
        """Yield the samples in blocks, in the unit of each channel."""
        with foreign_reader(self.title), _opened(path) as nirs:
            n_times = int(nirs.series.shape[0])
            n_block = max(1, round(block_s * _rate_hz(nirs.times_s())))
            for start in range(0, n_times, n_block):
                yield np.asarray(nirs.series[start : start + n_block], dtype=np.float64).T


def _rows(nirs: _Nirs) -> Iterator[NDArray[np.float64]]:
    """Yield the samples as they stand, (n_times, n_channels), in blocks of bounded size."""
    n_times, n_channels = nirs.series.shape
    n_block = max(1, 4_000_000 // max(1, n_channels))
    for start in range(0, n_times, n_block):
        yield nirs.series[start : start + n_block]


@contextmanager
def _opened(path: Path) -> Iterator[_Nirs]:
    """Open a file that holds one recording."""
    import h5py

    with h5py.File(path, "r") as file:
        groups = [name for name in file if re.fullmatch(r"nirs\d*", name)]
        blocks = [n for g in groups for n in file[g] if re.fullmatch(r"data\d*", n)]
        if len(groups) != 1 or len(blocks) != 1:
            raise FormatError(
                "FSC234",
                f"Expected a SNIRF file with one recording, got {len(groups)} of them with "
                f"{len(blocks)} blocks of data.",
                "Split it into one file for each recording.",
            )
        require_modest_hdf5(file)
        group = file[groups[0]]
        tags = find_tags(group)
        yield _Nirs(
            group,
            group[blocks[0]],
            _SECONDS.get(read_text(tags, "TimeUnit") or "s", 1.0),
            _METRES.get(read_text(tags, "LengthUnit") or "mm", 1e-3),
        )


def _rate_hz(times_s: NDArray[np.float64]) -> float:
    """Return the sampling rate that the times make; 0 for a single sample."""
    if times_s.size < 2 or times_s[-1] <= times_s[0]:
        return 0.0
    return float((times_s.size - 1) / (times_s[-1] - times_s[0]))


def _read_header(nirs: _Nirs) -> Header:
    times_s = nirs.times_s()
    rate_hz = _rate_hz(times_s)
    steps = np.diff(times_s)
    channels = tuple(_channels(nirs, rate_hz))
    tags = find_tags(nirs.group)
    return Header(
        modality=Modality.NIRS,
        sfreq_hz=rate_hz,
        n_times=int(nirs.series.shape[0]),
        channels=channels,
        events=_events(nirs, float(times_s[0]) if times_s.size else 0.0),
        measured_at=_measured_at(tags),
        subject=_subject(tags),
        identifiers=tuple(_identifiers(nirs.group, tags)),
        manufacturer=read_text(tags, "ManufacturerName"),
        coordinate_frame="Other" if any(c.position_m for c in channels) else "",
        is_continuous=not bool(steps.size and steps.max() > 5 * np.median(steps)),
    )


def _channels(nirs: _Nirs, rate_hz: float) -> Iterator[Channel]:
    probe = nirs.group["probe"]
    wavelengths = np.ravel(probe["wavelengths"][()]) if "wavelengths" in probe else np.empty(0)
    places = {}
    for kind in ("source", "detector"):
        name = next((n for n in (f"{kind}Pos3D", f"{kind}Pos2D") if n in probe), "")
        places[kind] = np.atleast_2d(probe[name][()]) * nirs.to_metres if name else np.empty((0, 3))
    taken: set[str] = set()
    for row in find_measurements(nirs.data):
        source, detector = int(row["sourceIndex"]), int(row["detectorIndex"])
        kind, unit, suffix = _measured(row, wavelengths)
        name = f"S{source}_D{detector} {suffix}".strip()
        if name in taken:
            name = f"{name} {int(row.get('dataTypeIndex', 0))} #{len(taken) + 1}"
        taken.add(name)
        middle = _middle(places["source"], source, places["detector"], detector)
        yield Channel(name, kind, unit, rate_hz, position_m=middle)


def _measured(row: dict[str, Any], wavelengths: NDArray[Any]) -> tuple[str, str, str]:
    """Return BIDS type, unit and the suffix of the name of a column."""
    stated = row.get("dataUnit", b"")
    unit = bids_unit(stated.decode("utf-8", "replace") if isinstance(stated, bytes) else "")
    data_type = int(row.get("dataType", 1))
    index = int(row.get("wavelengthIndex", 0))
    wavelength = float(wavelengths[index - 1]) if 0 < index <= len(wavelengths) else np.nan
    nm = f"{wavelength:g}" if np.isfinite(wavelength) else ""
    if data_type == _PROCESSED_TYPE:
        label = row.get("dataTypeLabel", b"")
        word = (label.decode("ascii", "replace") if isinstance(label, bytes) else "").lower()
        kind, usual = _PROCESSED.get(word, ("MISC", "n/a"))
        suffix = nm if word == "dod" else word if word in _PROCESSED else f"type {index}"
        return kind, usual if unit == "n/a" else unit, suffix
    kind, usual, word = _RAW.get(data_type, ("MISC", "n/a", f"type {data_type}"))
    suffix = f"{nm} {word}" if nm and data_type not in {1, 51} else nm or word
    return kind, usual if unit == "n/a" else unit, suffix


def _middle(
    sources: NDArray[Any], source: int, detectors: NDArray[Any], detector: int
) -> tuple[float, float, float] | None:
    """Return the point between source and detector, where BIDS puts the channel."""
    if not (0 < source <= len(sources) and 0 < detector <= len(detectors)):
        return None
    point = (sources[source - 1] + detectors[detector - 1]) / 2
    x, y, z = (float(v) for v in np.resize(np.append(point, 0.0), 3))
    return (x, y, z) if bool(np.isfinite((x, y, z)).all()) else None


def _events(nirs: _Nirs, start_s: float) -> tuple[Event, ...]:
    events = []
    for name in sorted(n for n in nirs.group if re.fullmatch(r"stim\d*", n)):
        stim = nirs.group[name]
        label = read_text(stim, "name") or name
        data = np.asarray(stim["data"][()], dtype=np.float64) if "data" in stim else np.empty(0)
        for row in data.reshape(-1, data.shape[-1]) if data.size else ():
            onset = float(row[0]) * nirs.to_seconds - start_s
            duration = float(row[1]) * nirs.to_seconds if row.size > 1 else 0.0
            value = int(label) if label.isascii() and label.isdigit() and len(label) < 7 else None
            events.append(Event(onset, duration, label, value))
    return tuple(sorted(events, key=lambda event: event.onset_s))


def _measured_at(tags: Any) -> datetime | None:  # noqa: ANN401 - an h5py group
    """Return date and time; UTC where the file names no zone."""
    words = f"{read_text(tags, 'MeasurementDate')}T{read_text(tags, 'MeasurementTime')}"
    try:
        when = datetime.fromisoformat(words)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _subject(tags: Any) -> Subject:  # noqa: ANN401 - an h5py group
    names = [read_text(tags, name) for name in ("firstName", "middleName", "lastName")]
    sex = {"1": "M", "M": "M", "MALE": "M", "2": "F", "F": "F", "FEMALE": "F"}
    try:
        birth = datetime.fromisoformat(read_text(tags, "DateOfBirth")).date()
    except ValueError:
        birth = None
    return Subject(
        code=read_text(tags, "SubjectID"),
        name=" ".join(name for name in names if name),
        birth=birth,
        sex=sex.get(read_text(tags, "sex").upper(), ""),
    )


def _identifiers(group: Any, tags: Any) -> list[Identifier]:  # noqa: ANN401 - h5py groups
    fields = []
    for tag in tags:
        matches = (kind for pattern, kind in _TAG_KINDS if re.search(pattern, tag, re.IGNORECASE))
        kind = next(matches, "text")
        is_unit = tag in _REQUIRED_TAGS and tag.endswith("Unit")
        if kind and not is_unit and not tag.startswith(("MNE", "MeasurementTime", "sex")):
            fields.append((kind, tag, read_text(tags, tag)))
    if "coordinateSystemDescription" in group["probe"]:
        described = read_text(group["probe"], "coordinateSystemDescription")
        fields.append(("text", "coordinateSystemDescription", described))
    return find_identifiers("SNIRF metaDataTags", fields)
