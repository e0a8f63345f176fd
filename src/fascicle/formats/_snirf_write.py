"""Write SNIRF 1.1 from a header, a probe and samples; nothing else can get into the file.

The layout is that of the specification: https://github.com/fNIRS/snirf
(doi:10.5281/zenodo.6418850).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Header

from ._channels import bids_unit
from ._snirf_fields import find_measurements, find_tags, read_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROW_NUMBERS = (
    "sourceIndex", "detectorIndex", "wavelengthIndex", "dataType", "dataTypeIndex",
    "moduleIndex", "sourceModuleIndex", "detectorModuleIndex",
)  # fmt: skip
_ROW_MEASURES = ("wavelengthActual", "wavelengthEmissionActual", "sourcePower", "detectorGain")
_ROW_LABELS = frozenset({
    "HbO", "HbR", "HbT", "dOD", "dMean", "dVar", "dSkew", "mua", "musp", "H2O", "Lipid", "StO2",
    "BFi", "HRF dOD", "HRF HbO", "HRF HbR", "HRF HbT", "HRF BFi", "HRF dMean", "HRF dVar",
    "HRF dSkew",
})  # fmt: skip
"""The data type labels that the specification lists."""
_PROBE_ARRAYS = (
    "wavelengths", "wavelengthsEmission", "sourcePos2D", "sourcePos3D", "detectorPos2D",
    "detectorPos3D", "frequencies", "timeDelays", "timeDelayWidths", "momentOrders",
    "correlationTimeDelays", "correlationTimeDelayWidths",
)  # fmt: skip
_PROBE_TIMES = (
    "timeDelays", "timeDelayWidths", "correlationTimeDelays", "correlationTimeDelayWidths",
)  # fmt: skip
_HERTZ = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}
FULL_DAY_S = 86_400.0
"""Times beyond it count from an epoch, and would tell the day."""
_FIDUCIALS = frozenset({"nz", "nasion", "lpa", "al", "rpa", "ar", "iz", "inion"})
_ELECTRODE = re.compile(r"(?:N|Fp|AFp|AF|AFF|F|FFC|FC|FCC|FFT|FT|FTT|T|TTP|TP|TPP|C|CCP|CP|CPP|P"
                        r"|PPO|PO|POO|O|OI|I|A|M)(?:\d{1,2}h?|z)", re.IGNORECASE)  # fmt: skip
_AUX = re.compile(r"(?:accel(?:erometer)?|acc|gyro(?:scope)?|magn(?:etometer)?|aux|temperature|"
                  r"temp|heart ?rate|ppg|ecg|resp(?:iration)?|trigger)[ _-]?\d*[ _-]?[xyz]?",
                  re.IGNORECASE)  # fmt: skip
_LENGTH_UNITS = frozenset({"m", "cm", "mm", "um"})


@dataclass(frozen=True, slots=True)
class SnirfLayout:
    """What a SNIRF file says about light and places, by the whitelist.

    Attributes
    ----------
    rows : list of dict
        What describes each column of samples: numbers by field name, ``dataTypeLabel`` and
        ``dataUnit`` as text.
    probe : dict
        Arrays by field name, lengths in `length_unit`.
    length_unit : str
        ``"m"``, ``"cm"``, ``"mm"`` or ``"um"``.
    landmarks : dict
        Positions by the label of a fiducial or an electrode of the 10-5 system.
    aux : list of tuple
        Name, unit, times in seconds and samples of each further signal.
    """

    rows: list[dict[str, Any]]
    probe: dict[str, Any]
    length_unit: str = "m"
    landmarks: dict[str, Any] = field(default_factory=dict)
    aux: list[tuple[str, str, Any, Any]] = field(default_factory=list)


def copy_layout(group: Any, data: Any, origin_s: float = 0.0) -> SnirfLayout:  # noqa: ANN401 - h5py groups
    """Take from a SNIRF file what the whitelist names, with times after `origin_s`."""
    tags = find_tags(group)
    unit = read_text(tags, "LengthUnit")
    probe = group["probe"]
    to_seconds = {"ms": 1e-3, "us": 1e-6}.get(read_text(tags, "TimeUnit"), 1.0)
    to_hertz = _HERTZ.get(read_text(tags, "FrequencyUnit").casefold(), 1.0)
    # Lengths keep their unit; times and frequencies are written in seconds and hertz.
    scales = dict.fromkeys(_PROBE_TIMES, to_seconds) | {"frequencies": to_hertz}
    return SnirfLayout(
        rows=[_clean_row(row) for row in find_measurements(data)],
        probe={
            name: np.asarray(probe[name][()], float) * scales.get(name, 1.0)
            for name in _PROBE_ARRAYS
            if name in probe
        },
        length_unit=unit if unit in _LENGTH_UNITS else "mm",
        landmarks=_landmarks(probe),
        aux=_aux(group, to_seconds, origin_s),
    )


def _clean_row(row: dict[str, Any]) -> dict[str, Any]:
    """Keep the numbers that the specification knows, and texts only from closed lists."""
    clean: dict[str, Any] = {name: int(row[name]) for name in _ROW_NUMBERS if name in row}
    clean |= {name: float(row[name]) for name in _ROW_MEASURES if name in row}
    texts = {
        name: value.decode("utf-8", "replace").strip("\0 ")
        for name in ("dataTypeLabel", "dataUnit")
        if isinstance(value := row.get(name), bytes)
    }
    if texts.get("dataTypeLabel") in _ROW_LABELS:
        clean["dataTypeLabel"] = texts["dataTypeLabel"]
    if bids_unit(texts.get("dataUnit", "")) != "n/a":
        clean["dataUnit"] = texts["dataUnit"]
    return clean


def _landmarks(probe: Any) -> dict[str, Any]:  # noqa: ANN401 - an h5py group
    if "landmarkLabels" not in probe or "landmarkPos3D" not in probe:
        return {}
    labels = [
        label.decode("utf-8", "replace").strip("\0 ") if isinstance(label, bytes) else str(label)
        for label in np.ravel(probe["landmarkLabels"][()])
    ]
    places = np.atleast_2d(np.asarray(probe["landmarkPos3D"][()], float))[:, :3]
    return {
        label: place
        for label, place in zip(labels, places, strict=False)
        if label.casefold() in _FIDUCIALS or _ELECTRODE.fullmatch(label)
    }


def _aux(group: Any, to_seconds: float, origin_s: float) -> list[tuple[str, str, Any, Any]]:  # noqa: ANN401 - h5py groups
    """Return the further signals, named as far as their names are known words."""
    names = sorted((n for n in group if re.fullmatch(r"aux\d*", n)), key=lambda n: (len(n), n))
    signals = []
    for i, name in enumerate(names, start=1):
        signal = group[name]
        if "dataTimeSeries" not in signal or "time" not in signal:
            continue
        stated, unit = read_text(signal, "name"), bids_unit(read_text(signal, "dataUnit"))
        label = stated if _AUX.fullmatch(stated) else f"aux{i}"
        times = np.ravel(signal["time"][()]).astype(float) * to_seconds
        times = times - origin_s
        if times.size and abs(times[0]) > FULL_DAY_S:  # of another clock than the samples
            times = times - times[0]
        signals.append((label, unit, times, np.asarray(signal["dataTimeSeries"][()], float)))
    return signals


def write_snirf(
    path: Path,
    header: Header,
    layout: SnirfLayout,
    times_s: NDArray[np.float64],
    rows: Iterable[NDArray[np.float64]],
) -> Path:
    """Write a SNIRF file.

    Parameters
    ----------
    path : Path
        The file; replaced if it is there.
    header : Header
        What may leave: date, subject's code and events come from it alone.
    layout : SnirfLayout
        Channels, probe and further signals.
    times_s : ndarray of float64, shape (n_times,)
        Time of each sample, in seconds.
    rows : iterable of ndarray, shape (n_block, n_channels)
        The samples in order.

    Returns
    -------
    Path
        `path`.
    """
    import h5py

    with h5py.File(path, "w") as file:
        _put_text(file, "formatVersion", "1.1")
        nirs = file.create_group("nirs")
        _write_tags(nirs.create_group("metaDataTags"), header, layout.length_unit)
        data = nirs.create_group("data1")
        _write_samples(data, times_s, len(layout.rows), rows)
        for i, row in enumerate(layout.rows, start=1):
            _write_row(data.create_group(f"measurementList{i}"), row)
        _write_probe(nirs.create_group("probe"), layout)
        _write_events(nirs, header, float(times_s[0]) if times_s.size else 0.0)
        for i, (name, unit, times, samples) in enumerate(layout.aux, start=1):
            signal = nirs.create_group(f"aux{i}")
            _put_text(signal, "name", name)
            if unit != "n/a":
                _put_text(signal, "dataUnit", unit)
            signal["dataTimeSeries"] = samples
            signal["time"] = times
    return path


def _put_text(group: Any, name: str, text: str) -> None:  # noqa: ANN401 - an h5py group
    import h5py

    group.create_dataset(name, data=text, dtype=h5py.string_dtype("utf-8"))


def _write_tags(tags: Any, header: Header, length_unit: str) -> None:  # noqa: ANN401 - an h5py group
    """Write the six tags that the specification requires; it allows ``unknown`` for a date."""
    when = header.measured_at
    _put_text(tags, "SubjectID", header.subject.code or "unknown")
    _put_text(tags, "MeasurementDate", f"{when:%Y-%m-%d}" if when else "unknown")
    _put_text(tags, "MeasurementTime", f"{when:%H:%M:%S}Z" if when else "unknown")
    _put_text(tags, "LengthUnit", length_unit)
    _put_text(tags, "TimeUnit", "s")
    _put_text(tags, "FrequencyUnit", "Hz")


def _write_samples(
    data: Any,  # noqa: ANN401 - an h5py group
    times_s: NDArray[np.float64],
    n_channels: int,
    rows: Iterable[NDArray[np.float64]],
) -> None:
    series = data.create_dataset("dataTimeSeries", (times_s.size, n_channels), dtype="f8")
    done = 0
    for block in rows:
        series[done : done + len(block)] = block
        done += len(block)
    data["time"] = times_s


def _write_row(group: Any, row: dict[str, Any]) -> None:  # noqa: ANN401 - an h5py group
    for name, value in row.items():
        if isinstance(value, str):
            _put_text(group, name, value)
        else:
            group[name] = np.int32(value) if isinstance(value, int) else float(value)


def _write_probe(probe: Any, layout: SnirfLayout) -> None:  # noqa: ANN401 - an h5py group
    import h5py

    for name, values in layout.probe.items():
        probe[name] = values
    text = h5py.string_dtype("utf-8")
    for kind, letter in (("source", "S"), ("detector", "D")):
        places = layout.probe.get(f"{kind}Pos3D", layout.probe.get(f"{kind}Pos2D"))
        if places is not None:
            labels = [f"{letter}{i + 1}" for i in range(len(places))]
            probe.create_dataset(f"{kind}Labels", data=labels, dtype=text)
    if layout.landmarks:
        probe.create_dataset("landmarkLabels", data=list(layout.landmarks), dtype=text)
        probe["landmarkPos3D"] = np.array(list(layout.landmarks.values()), float)


def _write_events(nirs: Any, header: Header, start_s: float) -> None:  # noqa: ANN401 - an h5py group
    """Write one stim group for each label: onset, duration, amplitude."""
    labels = sorted({event.label for event in header.events})
    for i, label in enumerate(labels, start=1):
        stim = nirs.create_group(f"stim{i}")
        _put_text(stim, "name", label)
        stim["data"] = np.array([
            [e.onset_s + start_s, e.duration_s, 1.0] for e in header.events if e.label == label
        ])
