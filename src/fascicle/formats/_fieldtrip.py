"""FieldTrip raw structures in MATLAB files (version 5 and 7.3): trials of channels over time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._channels import bids_unit, channel_kind, modality_kinds, unique_labels
from ._matlab import HDF5_MAGIC, is_matlab, load_struct
from ._vendor import Opened, VendorFormat, find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIELDS = frozenset({"label", "trial", "time"})
_METRES = {"m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001}
_MAX_DEPTH = 6
_MAX_TEXTS = 200
_MAX_BYTES = 2 << 30
"""A structure is taken into memory whole: MATLAB keeps trials as cells, which cannot be sliced."""


class FieldTrip(VendorFormat):
    """A FieldTrip raw structure (.mat): EEG and intracranial EEG become BrainVision.

    Trials follow one another, with a seam between them. What was recorded between trials is not in
    the file; neither is the calibration of MEG sensors, so that MEG is refused.
    """

    name = "fieldtrip"
    title = "FieldTrip raw structure"
    modalities = (Modality.EEG, Modality.IEEG)

    def recognises(self, head: FileHead) -> bool:
        """Look for a MATLAB file; `confirms` looks whether it holds such a structure."""
        is_hdf5 = HDF5_MAGIC in {head.head[:8], head.head[512:520]}
        named = head.path.suffix.casefold() == ".mat"
        return named and (is_matlab(head.head) or is_hdf5) and head.n_bytes <= _MAX_BYTES

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Tell whether a variable of the file, or the cells of one, are such structures."""
        path = root / head.path
        if HDF5_MAGIC in {head.head[:8], head.head[512:520]}:
            return _is_in_hdf5(path)
        return bool(_find_raws(load_struct(path, "", "")))

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Read the structure; its trials are joined."""
        variables = load_struct(root / files[0], "", "")
        raws = _find_raws(variables)
        if not raws:
            raise FormatError(
                "FSC270",
                "Expected a FieldTrip structure with label, trial and time, got none.",
                "Save the output of ft_preprocessing, or give the original recording.",
            )
        if any("grad" in raw for raw in raws):
            raise FormatError(
                "FSC271",
                "Expected EEG in a FieldTrip structure, got MEG, whose calibration and head "
                "position it does not hold.",
                "Give the original recording of the MEG system.",
            )
        samples, starts_s = _join(raws)
        header = _make_header(raws[0], samples.shape, starts_s)
        header = replace(header, identifiers=_identifiers(variables))
        return Opened(header, lambda a, b: np.asarray(samples[:, a:b], dtype=np.float64))


def _is_in_hdf5(path: Path) -> bool:
    """Look for the fields of the structure by name, without reading any array."""
    import h5py

    with h5py.File(path, "r") as file:
        groups = [item for item in file.values() if isinstance(item, h5py.Group)]
        if any(set(group) >= _FIELDS for group in groups):
            return True
        cells = [item for item in file.values() if isinstance(item, h5py.Dataset)]
        for cell in cells:
            if cell.dtype == h5py.ref_dtype and cell.size:
                first = file[np.ravel(cell[()])[0]]
                if isinstance(first, h5py.Group) and set(first) >= _FIELDS:
                    return True
    return False


def _find_raws(variables: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the raw structures among the variables of a file, and in cells of one."""
    values = [
        one
        for value in variables.values()
        for one in (value if isinstance(value, list) else [value])
    ]
    return [value for value in values if isinstance(value, dict) and set(value) >= _FIELDS]


def _as_cells(value: Any) -> list[Any]:  # noqa: ANN401 - a value of MATLAB
    """Return the cells of a field; a cell of one thing comes as that thing."""
    return value if isinstance(value, list) else [value]


def _join(raws: Sequence[Mapping[str, Any]]) -> tuple[NDArray[np.float64], list[float]]:
    """Return all trials side by side, (n_channels, n_times), and where each begins in seconds."""
    labels = _as_cells(raws[0]["label"])
    trials = []
    for raw in raws:
        if _as_cells(raw["label"]) != labels:
            raise FormatError(
                "FSC272",
                "Expected one set of channels in all FieldTrip structures of a file, got several.",
                "Save each structure in a file of its own.",
            )
        trials += [np.atleast_2d(np.asarray(trial)) for trial in _as_cells(raw["trial"])]
    # A trial of one sample or one channel may have lost an axis on the way.
    trials = [t.reshape(len(labels), -1) if t.size % len(labels) == 0 else t for t in trials]
    wrong = sum(trial.shape[0] != len(labels) or trial.dtype.kind not in "fiu" for trial in trials)
    if wrong:
        raise FormatError(
            "FSC233",
            f"Expected {len(labels)} channels of numbers in each of {len(trials)} trials, "
            f"got others in {wrong}.",
            "Save the structure again from MATLAB.",
        )
    lengths = [trial.shape[1] for trial in trials]
    sfreq_hz = _find_rate(raws[0])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]) / sfreq_hz
    return np.concatenate(trials, axis=1), [float(start) for start in starts]


def _find_rate(raw: Mapping[str, Any]) -> float:
    """Return the sampling rate: as stated, else from the times of the longest trial."""
    stated = raw.get("fsample")
    if isinstance(stated, int | float) and stated > 0:
        return float(stated)
    times = max((np.ravel(time) for time in _as_cells(raw["time"])), key=len)
    if len(times) < 2 or not times[-1] > times[0]:
        return math.nan
    return float((len(times) - 1) / (times[-1] - times[0]))


def _make_header(
    raw: Mapping[str, Any], shape: tuple[int, ...], starts_s: Sequence[float]
) -> Header:
    sfreq_hz = _find_rate(raw)
    labels = unique_labels([str(label) for label in _as_cells(raw["label"])], 256)
    hdr = raw.get("hdr")
    units = _listed(raw, "chanunit") or _listed(hdr, "chanunit")
    kinds = _listed(raw, "chantype") or _listed(hdr, "chantype")
    places = _places(raw.get("elec"))
    channels = tuple(
        Channel(
            label,
            _kind(label, kinds[at] if len(kinds) == len(labels) else ""),
            bids_unit(units[at]) if len(units) == len(labels) and units[at] != "unknown" else "uV",
            sfreq_hz,
            position_m=places.get(label),
        )
        for at, label in enumerate(labels)
    )
    seams = tuple(Event(start, 0.0, "BAD_ACQ_SKIP") for start in starts_s[1:])
    return Header(
        modality=Modality(modality_kinds({channel.kind for channel in channels})),
        sfreq_hz=sfreq_hz,
        n_times=shape[1],
        channels=channels,
        events=seams,
        coordinate_frame="Other" if any(channel.position_m for channel in channels) else "",
        is_continuous=not seams,
    )


def _listed(fields: Any, name: str) -> list[str]:  # noqa: ANN401 - a structure, or nothing
    value = fields.get(name) if isinstance(fields, dict) else None
    return [str(one) for one in value] if isinstance(value, list) else []


def _kind(label: str, stated: str) -> str:
    known = {"eeg": "EEG", "eog": "EOG", "ecg": "ECG", "emg": "EMG", "trigger": "TRIG",
             "ieeg": "SEEG", "seeg": "SEEG", "ecog": "ECOG"}  # fmt: skip
    return known.get(stated.casefold()) or channel_kind(label)


def _places(elec: Any) -> dict[str, tuple[float, float, float]]:  # noqa: ANN401 - a structure
    """Return positions in metres by label."""
    if not isinstance(elec, dict) or not isinstance(elec.get("label"), list):
        return {}
    points = next((elec[k] for k in ("chanpos", "elecpos", "pnt") if elec.get(k) is not None), None)
    scale = _METRES.get(str(elec.get("unit", "")))
    if scale is None or points is None or np.shape(points) != (len(elec["label"]), 3):
        return {}
    return {
        str(label): (float(x) * scale, float(y) * scale, float(z) * scale)
        for label, (x, y, z) in zip(elec["label"], np.asarray(points), strict=True)
        if np.isfinite([x, y, z]).all()
    }


def _identifiers(variables: Mapping[str, Any]) -> tuple[Identifier, ...]:
    """Return every path and name that FieldTrip keeps of its steps (``cfg`` within ``cfg``)."""
    texts = sorted(set(_texts(variables, 0)))
    told = [(place, text) for place, text in texts if place not in {"label", "chantype"}]
    return tuple(
        find_identifiers(
            "FieldTrip structure",
            ((_sort(place, text), place, text) for place, text in told[:_MAX_TEXTS]),
        )
    )


def _sort(place: str, text: str) -> str:
    """Tell what a text of a step may be by the name of its field."""
    if "/" in text or "\\" in text or place in {"dataset", "datafile", "headerfile", "file_name"}:
        return "path"
    if place in {"user", "hostname"}:
        return "operator" if place == "user" else "serial"
    return "text"


_TELLING = frozenset({"dataset", "datafile", "headerfile", "eventfile", "file_name", "name", "user",
                      "hostname", "filename", "subject", "subj", "patient", "inputfile",
                      "outputfile", "pwd"})  # fmt: skip


def _texts(value: Any, depth: int, name: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Yield field and text of what may point to somebody, wherever it stands."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, depth + 1, key)
    elif isinstance(value, list):
        for inner in value[:_MAX_TEXTS]:
            yield from _texts(inner, depth + 1, name)
    elif isinstance(value, str) and name.casefold() in _TELLING:
        yield name.casefold(), value
