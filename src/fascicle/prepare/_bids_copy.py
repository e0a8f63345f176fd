"""A folder that is BIDS already: its tables and sidecars, cleaned and kept in their places.

Nothing is copied that is not on a list: keys of JSON sidecars and columns of tables are taken over
by name, and their words pass the label rule of the policy. Everything else (free descriptions,
``code/``, ``sourcedata/``, ``derivatives/``, ``CHANGES``) stays behind and is reported.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import Finding, Severity, say_count

from ._places import coordinate_systems
from ._sidecars import EVENT_COLUMNS, count_channels, format_json, format_table

TextRule = Callable[[str], str]
"""Returns a text as it may leave; an empty string if it may not."""

_NUMBER_KEYS = frozenset({
    "ACCELChannelCount", "ContinuousHeadLocalization", "ECGChannelCount", "ECOGChannelCount",
    "EEGChannelCount", "EMGChannelCount", "EOGChannelCount", "ElectricalStimulation",
    "EpochLength", "GYROChannelCount", "HeadCircumference", "HeadCoilFrequency",
    "MAGNChannelCount", "MEGChannelCount", "MEGREFChannelCount", "MaxMovement",
    "MiscChannelCount", "NIRSChannelCount", "NIRSDetectorOptodeCount", "NIRSSourceOptodeCount",
    "PowerLineFrequency", "RecordingDuration", "SEEGChannelCount", "SamplingFrequency",
    "ShortChannelCount", "TriggerChannelCount",
})  # fmt: skip
_LABEL_KEYS = frozenset({
    "CapManufacturer", "CapManufacturersModelName", "DewarPosition", "EEGCoordinateSystem",
    "EEGCoordinateUnits", "EEGGround", "EEGPlacementScheme", "EEGReference",
    "FiducialsCoordinateSystem", "FiducialsCoordinateUnits", "AnatomicalLandmarkCoordinateSystem",
    "AnatomicalLandmarkCoordinateUnits", "HeadCoilCoordinateSystem", "HeadCoilCoordinateUnits",
    "MEGCoordinateSystem", "MEGCoordinateUnits", "Manufacturer", "ManufacturersModelName",
    "NIRSCoordinateSystem", "NIRSCoordinateUnits", "NIRSPlacementScheme", "NIRSSourceType",
    "DetectorType", "RecordingType", "TaskName",
    "iEEGCoordinateSystem", "iEEGCoordinateUnits", "iEEGElectrodeGroups", "iEEGGround",
    "iEEGPlacementScheme", "iEEGReference", "CogAtlasID", "CogPOID",
})  # fmt: skip
_POINT_KEYS = frozenset({
    "AnatomicalLandmarkCoordinates", "FiducialsCoordinates", "HeadCoilCoordinates",
})  # fmt: skip
_FLAG_KEYS = frozenset({"DigitizedHeadPoints", "DigitizedLandmarks"})
"""True or false beside a recording; some programs put the points themselves there."""
_LANDMARK = re.compile(
    r"nas(?:ion)?|nz|[lr]pa|a[lr]|(?:left|right)[ _-]?(?:ear|tragus|pre-?auricular)?|iz|inion|cz"
    r"|vertex|ac|pc|ih|(?:hpi|coil|marker|fiducial)[ _-]?\d{0,2}",
    re.IGNORECASE,
)
"""Points of a head that leave, because no coregistration can do without them; no nose, no chin."""
_SHAPE_ROW = re.compile(
    r"(?:hsp|head[ _-]?(?:shape|points?)|scalp|face|nose|chin|cheek|brow|extra|dig(?:itized)?"
    r"|points?)[ _-]?\w{0,4}",
    re.IGNORECASE,
)
"""Rows of a table of electrodes that are none, but points of the head's surface."""
_FILTER_KEYS = frozenset({"SoftwareFilters", "HardwareFilters"})

_TABLE_COLUMNS = {
    "channels": (
        "name", "type", "units", "sampling_frequency", "low_cutoff", "high_cutoff", "notch",
        "reference", "group", "status", "wavelength_nominal", "source", "detector", "component",
    ),
    "electrodes": ("name", "x", "y", "z", "type", "material", "impedance", "size", "hemisphere"),
    "optodes": ("name", "x", "y", "z", "type", "template_x", "template_y", "template_z"),
    "events": ("onset", "duration", "sample", "value", "trial_type", "response_time"),
    "scans": ("filename", "acq_time"),
    "sessions": ("session_id", "acq_time"),
}  # fmt: skip
_MEASURES = frozenset({
    "duration", "high_cutoff", "impedance", "low_cutoff", "onset", "response_time", "sample",
    "sampling_frequency", "size", "template_x", "template_y", "template_z", "wavelength_nominal",
    "x", "y", "z",
})  # fmt: skip
_LABEL = "[A-Za-z0-9]+"
_BIDS_FILE = re.compile(
    rf"(?:ses-{_LABEL}/)?(?:[a-z]+/)?sub-({_LABEL})(?:_[a-z]+-{_LABEL})*_[a-z]+(?:\.[a-z]+)+"
)
_TABLE_NAME = re.compile(rf"((?:[a-z]+-{_LABEL}_)*)[a-z]+\.(?:tsv|json)")
_TABLE_ENTITIES = frozenset({
    "sub", "ses", "task", "acq", "run", "proc", "space", "ce", "rec", "dir", "echo",
})  # fmt: skip
_FOLDERS = frozenset({"eeg", "meg", "ieeg", "nirs", "func", "beh", "perf", "pet"})
"""Folders of recordings beside which tables stand."""
_JSON_SUFFIXES = frozenset({"eeg", "meg", "ieeg", "nirs", "coordsystem"})


@dataclass(frozen=True, slots=True)
class BidsRules:
    """How words and times of a BIDS folder leave.

    Attributes
    ----------
    text : TextRule
        Rule for a single text of a sidecar.
    names : callable
        Rule for the channel or electrode names of one table, in their order.
    labels : callable
        Rule for the words of one column of a table, by word: repeats count.
    number : callable
        Tells whether a number that is no measure (a trigger code) may leave.
    moment : callable of (participant label, datetime)
        Rule for times; dates may be shifted by participant.
    """

    text: TextRule
    names: Callable[[Sequence[str]], Sequence[str]]
    labels: Callable[[Sequence[str]], Mapping[str, str]]
    number: Callable[[float], bool]
    moment: Callable[[str, datetime], datetime | None]


@dataclass(frozen=True, slots=True)
class BidsCopy:
    """The cleaned files of a BIDS folder.

    Attributes
    ----------
    files : dict of str to bytes
        By path in the dataset.
    findings : tuple of Finding
        What stayed behind.
    """

    files: dict[str, bytes]
    findings: tuple[Finding, ...]


def clean_bids_folder(
    root: Path, recordings: Iterable[PurePosixPath], subjects: Iterable[str], rules: BidsRules
) -> BidsCopy:
    """Clean tables and sidecars of a BIDS folder.

    Parameters
    ----------
    root : Path
        The raw folder.
    recordings : iterable of PurePosixPath
        Files of recordings: they are converted elsewhere.
    subjects : iterable of str
        Labels of the participants that go on; files of others stay behind.
    rules : BidsRules
        The policy's rules.

    Returns
    -------
    BidsCopy
        Cleaned files, and findings on what stayed behind.
    """
    skip, wanted = set(recordings), set(subjects)
    files: dict[str, bytes] = {}
    left: dict[str, int] = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file() and not p.is_symlink()):
        relative = PurePosixPath(path.relative_to(root).as_posix())
        if relative in skip or any(parent in skip for parent in relative.parents):
            continue
        subject = _subject_of(relative)
        if subject is not None and subject not in wanted:
            continue
        cleaned = _clean_file(path, relative, subject or "", rules)
        if cleaned is not None:
            files[relative.as_posix()] = cleaned
        elif len(relative.parts) > 1 or not _is_regenerated(relative.name):
            kind = relative.parts[0] if len(relative.parts) > 1 and not subject else "other files"
            left[kind] = left.get(kind, 0) + 1
    return BidsCopy(files, tuple(_left_behind(kind, n) for kind, n in sorted(left.items())))


def _left_behind(kind: str, n: int) -> Finding:
    named = {"code", "derivatives", "sourcedata", "stimuli", "phenotype"}
    what = f"in `{kind}/`" if kind in named else "of other kinds"
    return Finding(
        "bids.left-behind",
        Severity.WARNING,
        "dataset",
        f"{say_count(n, 'file')} {what} {'was' if n == 1 else 'were'} not taken over: free text "
        "and such formats cannot be proven clean.",
        "Check by hand what is needed, and share it apart.",
        "convert",
    )


def _is_regenerated(name: str) -> bool:
    return name.startswith(("README", "CHANGES", "LICENSE", "CITATION", ".bidsignore")) or (
        name in {"participants.tsv", "participants.json", "dataset_description.json"}
    )


def _subject_of(path: PurePosixPath) -> str | None:
    first = path.parts[0]
    return first.removeprefix("sub-") if first.startswith("sub-") and len(path.parts) > 1 else None


def _clean_file(
    path: Path, relative: PurePosixPath, subject: str, rules: BidsRules
) -> bytes | None:
    suffix = relative.name.split(".")[0].rpartition("_")[2]
    if not _is_in_place(relative, subject) or _is_regenerated(relative.name):
        return None
    try:
        if relative.suffix == ".json" and suffix in _JSON_SUFFIXES:
            content = json.loads(path.read_text("utf-8-sig"))
            return format_json(clean_sidecar(content, rules.text))
        if relative.suffix == ".json" and suffix == "events":
            return format_json(EVENT_COLUMNS)
        if relative.suffix == ".tsv" and suffix in _TABLE_COLUMNS:
            return clean_table(path.read_text("utf-8-sig"), suffix, subject, rules)
    except (UnicodeDecodeError, json.JSONDecodeError, csv.Error):
        return None
    return None


def _is_in_place(path: PurePosixPath, subject: str) -> bool:
    """Tell whether a table or sidecar has a name and a place as BIDS wants them."""
    entities = read_entities(path.name)
    if entities is None or entities.get("sub", "") != subject:
        return False
    space, session = entities.get("space"), entities.get("ses")
    if space is not None and space not in coordinate_systems():
        return False
    folders = [f"sub-{subject}"] if subject else []
    folders += [f"ses-{session}"] if subject and session else []
    # Sidecars of a session may lie in its folder or in that of a kind of recording.
    within = list(path.parts[: len(folders)]) == folders
    rest = path.parts[len(folders) : -1]
    return within and (not rest or (len(rest) == 1 and rest[0] in _FOLDERS))


def read_entities(name: str) -> dict[str, str] | None:
    """Read the entities of the name of a table or sidecar; None if BIDS has no such name.

    Examples
    --------
    >>> read_entities("sub-01_task-rest_proc-sss_channels.tsv")
    {'sub': '01', 'task': 'rest', 'proc': 'sss'}
    >>> read_entities("sub-01_channels_by-anna.tsv"), read_entities("sub-01_by-anna_channels.tsv")
    (None, None)
    """
    named = _TABLE_NAME.fullmatch(name)
    if named is None:
        return None
    pairs = [pair.split("-") for pair in named[1].split("_") if pair]
    entities = dict(pairs)
    return entities if len(entities) == len(pairs) and entities.keys() <= _TABLE_ENTITIES else None


def clean_sidecar(content: object, label: TextRule) -> dict[str, Any]:
    """Keep the keys of a JSON sidecar that hold numbers, points or labels.

    Examples
    --------
    >>> clean_sidecar({"SamplingFrequency": 250, "InstitutionName": "A"}, str)
    {'SamplingFrequency': 250}
    """
    if not isinstance(content, Mapping):
        return {}
    kept: dict[str, Any] = {}
    for key, value in content.items():
        clean = _clean_value(key, value, label)
        if clean is not None:
            kept[key] = clean
        if clean == "Other":
            kept[f"{key}Description"] = "Not one of those that BIDS names."
    return kept


def _clean_value(key: str, value: object, label: TextRule) -> object | None:
    if key in _NUMBER_KEYS | _FLAG_KEYS:
        is_flag = key in _FLAG_KEYS
        fits = isinstance(value, bool) if is_flag else value == "n/a" or _is_numeric(value)
        return value if fits else None
    if key.endswith("CoordinateSystem"):
        return _clean_system(value)
    if key in _LABEL_KEYS:
        return label(value) or "n/a" if isinstance(value, str) else None
    if key in _POINT_KEYS and isinstance(value, Mapping):
        return {
            name: xyz for name, xyz in value.items() if _LANDMARK.fullmatch(name) and _is_place(xyz)
        }
    if key in _FILTER_KEYS:
        return _clean_filters(value, label)
    return None


def _clean_system(value: object) -> str:
    return value if isinstance(value, str) and value in coordinate_systems() else "Other"


def _clean_filters(value: object, label: TextRule) -> object | None:
    if not isinstance(value, Mapping):
        return "n/a"
    cleaned = {
        label(name): {label(k): v for k, v in settings.items() if _is_numeric(v) and label(k)}
        for name, settings in value.items()
        if isinstance(settings, Mapping) and label(name)
    }
    return cleaned or "n/a"


def _is_place(value: object) -> bool:
    """Tell whether a value is one point."""
    return isinstance(value, list) and len(value) == 3 and _is_numeric(value)


def _is_numeric(value: object) -> bool:
    """Tell whether a value is a number or a flat list of numbers: lists of points are shapes."""
    several = value if isinstance(value, list) else [value]
    return all(isinstance(one, bool | int | float) for one in several)


def clean_table(text: str, suffix: str, subject: str, rules: BidsRules) -> bytes:
    """Keep the known columns of a BIDS table; words pass the label rule, times the date rule."""
    rows = list(csv.reader(io.StringIO(text), delimiter="\t"))
    if not rows:
        return b""
    header = [cell.strip() for cell in rows[0]]
    body = [row for row in rows[1:] if row and _is_of(subject, header, row)]
    if suffix in {"electrodes", "optodes"} and "name" in header:
        at = header.index("name")
        body = [row for row in body if not _SHAPE_ROW.fullmatch("".join(row[at : at + 1]).strip())]
    columns = []
    for at, column in enumerate(header):
        if column in _TABLE_COLUMNS[suffix]:
            cells = [row[at] if at < len(row) else "n/a" for row in body]
            columns.append((column, _clean_column(column, cells, subject, rules)))
    names = [name for name, _ in columns]
    return format_table(names, zip(*(cells for _, cells in columns), strict=True))


def _is_of(subject: str, header: Sequence[str], row: Sequence[str]) -> bool:
    """Tell whether a row names no file or session but one that the participant can have."""
    named = dict(zip(header, row, strict=False))
    file, session = _BIDS_FILE.fullmatch(named.get("filename", "")), named.get("session_id")
    return ("filename" not in named or (file is not None and file[1] == subject)) and (
        session is None or bool(re.fullmatch(f"ses-{_LABEL}", session))
    )


def find_shared_words(root: Path) -> frozenset[str]:
    """Return the words of event tables that those of at least two participants hold."""
    owners: dict[str, set[str]] = {}
    for path in sorted(root.glob("sub-*/**/*_events.tsv")):
        try:
            text = path.read_text("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
        except (OSError, UnicodeDecodeError, csv.Error):
            continue  # look has said so
        subject = path.relative_to(root).parts[0]
        for word in {row.get("trial_type") or "" for row in rows}:
            owners.setdefault(word, set()).add(subject)
    return frozenset(word for word, people in owners.items() if len(people) > 1)


def _clean_column(
    column: str, cells: Sequence[str], subject: str, rules: BidsRules
) -> Sequence[str]:
    if column == "name":
        return rules.names(cells)
    if column in {"filename", "session_id"}:
        return cells
    if column == "acq_time":
        return [_clean_time(cell, subject, rules) for cell in cells]
    words = [cell for cell in cells if cell not in {"", "n/a"} and not _is_number(cell)]
    labels = dict(rules.labels(words))
    if column not in _MEASURES:
        labels |= {c: "n/a" for c in cells if _is_number(c) and not rules.number(float(c))}
    return [labels.get(cell, cell) or "n/a" for cell in cells]


def _clean_time(cell: str, subject: str, rules: BidsRules) -> str:
    moment = _parse_moment(cell)
    released = rules.moment(subject, moment) if moment else None
    return released.strftime("%Y-%m-%dT%H:%M:%S") if released else "n/a"


def _parse_moment(cell: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def merge_sidecar(written: bytes, kept: bytes, channels: bytes = b"") -> bytes:
    """Complete a generated JSON sidecar by what the BIDS folder said about the same recording.

    Parameters
    ----------
    written, kept : bytes
        The generated sidecar and the cleaned one of the folder.
    channels : bytes
        The folder's cleaned ``channels.tsv``, if it has one: it knows the types of channels that
        the format of the recording cannot tell.

    Returns
    -------
    bytes
        The sidecar as JSON.
    """
    ours, theirs = json.loads(written), json.loads(kept)
    if theirs.get("PowerLineFrequency") == 0:
        del theirs["PowerLineFrequency"]
    table = csv.DictReader(io.StringIO(channels.decode("utf-8")), delimiter="\t")
    kinds = [row.get("type", "").upper() for row in table]
    if kinds:
        counts = count_channels(kinds)
        ours |= {key: n for key, n in counts.items() if key in ours or n}
    # Duration, rate and counts are measured on the written file and hold against older words.
    return format_json(theirs | {k: v for k, v in ours.items() if v != "n/a" or k not in theirs})
