"""What can be said about a recording or a column without judgement: counted, measured, standard."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, Final

from fascicle.core import Header
from fascicle.errors import FormatError
from fascicle.formats import read_written_header

from ._metadata import is_gap
from ._tables import MISSING, read_table

_BODY: Final = ("EOGChannelCount", "ECGChannelCount", "EMGChannelCount", "TriggerChannelCount")
_COMMON: Final = ("TaskName", "SamplingFrequency", "RecordingDuration")
_ELECTRIC: Final = (*_COMMON, "PowerLineFrequency", "SoftwareFilters", "RecordingType", *_BODY)

_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "eeg": (*_ELECTRIC, "EEGReference", "EEGChannelCount", "MISCChannelCount"),
    "ieeg": (
        *_ELECTRIC, "iEEGReference", "ECOGChannelCount", "SEEGChannelCount", "EEGChannelCount",
        "MiscChannelCount",
    ),
    "meg": (
        *_ELECTRIC, "DewarPosition", "MEGChannelCount", "MEGREFChannelCount", "EEGChannelCount",
        "ECOGChannelCount", "SEEGChannelCount", "MiscChannelCount",
    ),
    "nirs": (*_COMMON, "NIRSChannelCount"),
}  # fmt: skip
"""Fields that BIDS asks for or recommends, by datatype, and that can be told without judgement."""

# The validator counts EOG alone, without HEOG and VEOG: so do we, or it would find a mismatch.
_COUNTED: Final[dict[str, str]] = {
    "EEGChannelCount": "EEG",
    "EOGChannelCount": "EOG",
    "ECGChannelCount": "ECG",
    "EMGChannelCount": "EMG",
    "MISCChannelCount": "MISC",
    "MiscChannelCount": "MISC",
    "TriggerChannelCount": "TRIG",
    "ECOGChannelCount": "ECOG",
    "SEEGChannelCount": "SEEG",
    "MEGChannelCount": r"MEG(?!REF).*",
    "MEGREFChannelCount": r"MEGREF.*",
    "NIRSChannelCount": r"NIRS.*",
}
"""Fields that count channels, and the BIDS channel types that they count."""

_MEASURED: Final[dict[str, Callable[[Header], Any]]] = {
    "SamplingFrequency": lambda header: _plain(header.sfreq_hz),
    "RecordingDuration": lambda header: _plain(round(header.duration_s, 6)),
    "RecordingType": lambda header: "continuous" if _is_continuous(header) else "discontinuous",
    "PowerLineFrequency": lambda header: _plain(header.line_hz) if header.line_hz else MISSING,
    "SoftwareFilters": lambda _: MISSING,
    "EEGReference": lambda header: header.reference or MISSING,
    "iEEGReference": lambda header: header.reference or MISSING,
    "DewarPosition": lambda _: MISSING,
}
"""Fields that the written file's header answers; ``n/a`` where BIDS asks for a field that nobody
knows and allows that answer."""

_NUMBERS: Final = ("SamplingFrequency", "PowerLineFrequency", "RecordingDuration")

_COLUMNS: Final[dict[str, dict[str, Any]]] = {
    "participant_id": {"Description": "Pseudonym of the participant"},
    "species": {"Description": "Binomial species name"},
    "age": {"Description": "Age at the recording", "Units": "year"},
    "sex": {
        "Description": "Sex as reported",
        "Levels": {"F": "female", "M": "male", "O": "other"},
    },
    "handedness": {
        "Description": "Preferred hand as reported",
        "Levels": {"L": "left", "R": "right", "A": "ambidextrous"},
    },
    "hand": {
        "Description": "Preferred hand as reported",
        "Levels": {"L": "left", "R": "right", "A": "ambidextrous"},
    },
    "weight": {"Description": "Body weight", "Units": "kg"},
    "height": {"Description": "Body height", "Units": "m"},
    "onset": {"Description": "Start of the event after the first sample", "Units": "s"},
    "duration": {"Description": "Length of the event; 0 for a moment", "Units": "s"},
    "trial_type": {"Description": "Name of the event"},
    "value": {"Description": "Trigger code of the event"},
    "sample": {"Description": "Sample at which the event starts, counted from 0"},
    "response_time": {"Description": "Time from the event to the response", "Units": "s"},
    "stim_file": {"Description": "Stimulus file, relative to the folder stimuli"},
    "low_cutoff": {"Description": "Edge of the high-pass filter", "Units": "Hz"},
    "high_cutoff": {"Description": "Edge of the low-pass filter", "Units": "Hz"},
    "sampling_frequency": {"Description": "Sampling rate of the channel", "Units": "Hz"},
    "reference": {"Description": "Reference electrode of the channel"},
    "status": {
        "Description": "Whether the channel can be used",
        "Levels": {"good": "usable", "bad": "not usable", MISSING: "not judged"},
    },
    "status_description": {"Description": "Why the channel has its status"},
    "acq_time": {"Description": "Date and time of the recording, shifted or pooled"},
}
"""What standard columns mean."""


def can_describe(column: str) -> bool:
    """Tell whether a column's meaning is standard."""
    return column in _COLUMNS


def describe_column(column: str) -> dict[str, Any]:
    """Return the data dictionary's entry of a standard column."""
    return dict(_COLUMNS[column])


def can_fill(field: str) -> bool:
    """Tell whether a field of a recording's sidecar can be counted or measured."""
    return field == "TaskName" or field in _COUNTED or field in _MEASURED


def can_correct(field: str) -> bool:
    """Tell whether a wrong kind of value in a field can be mended without judgement."""
    return field in _COUNTED or field in _NUMBERS


def correct_value(field: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a number that was written as text as a number, and no mains frequency as n/a."""
    if not can_correct(field) or value == MISSING:
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return value
    if field == "PowerLineFrequency" and not number > 0:
        return MISSING
    return _plain(number) if isinstance(value, str) and isfinite(number) else value


def find_recording(place: Path) -> Path:
    """Return the file that a reader is given, for any of a recording's files."""
    for suffix, main in ((".eeg", ".vhdr"), (".vmrk", ".vhdr"), (".fdt", ".set")):
        if place.suffix == suffix and place.with_suffix(main).is_file():
            return place.with_suffix(main)
    return place


def count_channels(recording: Path) -> dict[str, int]:
    """Return the fields that count channels, from channels.tsv beside the recording."""
    stem = recording.name.rsplit("_", 1)[0]
    table = read_table(recording.parent / f"{stem}_channels.tsv")
    if table is None or "type" not in table.columns:
        return {}
    kinds = [kind.upper() for kind in table.column("type")]
    return {
        field: sum(re.fullmatch(pattern, kind) is not None for kind in kinds)
        for field, pattern in _COUNTED.items()
    }


def measure_fields(recording: Path) -> dict[str, Any]:
    """Return every field of a sidecar that can be told from a recording and what lies beside it."""
    values: dict[str, Any] = dict(count_channels(recording))
    task = re.search(r"_task-([a-zA-Z0-9]+)", recording.name)
    if task:
        values["TaskName"] = task[1]
    try:
        header = read_written_header(recording)
    except FormatError:
        header = None
    if header is not None:
        values |= {name: measure(header) for name, measure in _MEASURED.items()}
    wanted = _FIELDS.get(recording.parent.name, ())
    return {field: values[field] for field in wanted if field in values}


def _is_continuous(header: Header) -> bool:
    """Tell whether nothing was left out of a recording."""
    return header.is_continuous and not any(is_gap(event.label) for event in header.events)


def _plain(value: float) -> float | int:
    """Return a whole number as an integer, so that it is written without a point."""
    return int(value) if float(value).is_integer() else value
