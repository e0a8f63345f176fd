"""Repairs that need no judgement: nothing is guessed, and no sample is touched."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fascicle.core import Finding
from fascicle.errors import InputError
from fascicle.jobs import write_atomic

from ._sidecars import (
    can_describe,
    correct_value,
    count_channels,
    describe_column,
    find_recording,
    measure_fields,
)
from ._tables import MISSING, Table, decode_text, read_json, read_table, write_json

BIDS_VERSION: Final = "1.11.1"
"""The version of the standard that the pinned validator knows."""

_ABSENT: Final = frozenset({"", "NA", "N/A", "na", "NaN", "nan", "NAN", "null", "NULL", "None"})
_RECORDINGS: Final = ("*_eeg.*", "*_ieeg.*", "*_meg.*", "*_nirs.*")
_FIRST_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "channels": ("name", "type", "units"),
    "events": ("onset", "duration"),
    "electrodes": ("name", "x", "y", "z"),
    "participants": ("participant_id",),
    "scans": ("filename",),
    "sessions": ("session_id",),
}


def repair(dataset: Path, finding: Finding) -> str | None:
    """Apply the repair that a finding names.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    finding : Finding
        Its `repair` names one of `REPAIRS`; its `place` is a file of the dataset, or ``"dataset"``
        for all files that the repair is for.

    Returns
    -------
    str or None
        What was done, in one sentence; None if the finding names no repair, or nothing could be
        done without judgement.

    Raises
    ------
    InputError
        FSC124 if the repair is none of `REPAIRS`, FSC127 if the place lies outside the dataset.

    Notes
    -----
    Files are written whole or not at all. A sealed dataset must be proved again afterwards.
    """
    if not finding.repair:
        return None
    if finding.repair not in REPAIRS:
        raise InputError(
            "FSC124",
            f"Expected one of the {len(REPAIRS)} known repairs, got another.",
            f"Choose one of: {', '.join(REPAIRS)}.",
        )
    what, patterns, apply = REPAIRS[finding.repair]
    if finding.place == "dataset":
        places = sorted({path for pattern in patterns for path in _find_files(dataset, pattern)})
    else:
        places = [dataset / finding.place]
    for place in places:
        if not place.resolve().is_relative_to(dataset.resolve()):
            raise InputError(
                "FSC127", "Expected a place inside the dataset, got one outside.",
                "Run fascicle check again and use its findings.",
            )  # fmt: skip
    n_changed = sum(apply(dataset, place) for place in places)
    if not n_changed:
        return None
    return f"{what} ({n_changed} {'file' if n_changed == 1 else 'files'})."


def _find_files(dataset: Path, pattern: str) -> list[Path]:
    """Return raw files of a dataset by name; derivatives, code and hidden files are left alone."""
    if "*" not in pattern:
        return [dataset / pattern]
    return [
        path
        for path in dataset.rglob(pattern)
        if path.is_file()
        and not {"derivatives", "sourcedata", "code"} & set(path.relative_to(dataset).parts)
    ]


def _write_readme(dataset: Path, _: Path) -> bool:
    """Write a first README from what the dataset says about itself."""
    if any(dataset.glob("README*")):
        return False
    fields = read_json(dataset / "dataset_description.json") or {}
    participants = read_table(dataset / "participants.tsv")
    n_people = len(participants.rows) if participants else len(list(dataset.glob("sub-*/")))
    tasks = {
        match[1]
        for path in dataset.rglob("sub-*_task-*")
        if (match := re.search(r"_task-([a-zA-Z0-9]+)", path.name))
    }
    lines = [
        f"# {fields.get('Name') or 'A dataset in the Brain Imaging Data Structure'}", "",
        f"This dataset holds recordings of {n_people} participant{'s' * (n_people != 1)} in the "
        "Brain Imaging Data Structure (BIDS, https://bids.neuroimaging.io).", "",
        *([f"Tasks: {', '.join(sorted(tasks))}.", ""] if tasks else []),
        *([f"Authors: {', '.join(map(str, fields['Authors']))}.", ""]
          if fields.get("Authors") else []),
        *([f"Licence: {fields['License']}.", ""] if fields.get("License") else []),
        "This page was made from the dataset's own metadata. Who was recorded, doing what, with "
        "which device, and whom to ask, remains to be said here.",
    ]  # fmt: skip
    write_atomic(dataset / "README.md", "\n".join(lines) + "\n")
    return True


def _complete_description(dataset: Path, _: Path) -> bool:
    """Add what dataset_description.json must say and what follows from elsewhere."""
    path = dataset / "dataset_description.json"
    fields = read_json(path)
    if fields is None and path.exists():
        return False
    before = dict(fields or {})
    after = dict(before)
    if not after.get("Name") and (title := _find_title(dataset)):
        after["Name"] = title
    if not after.get("BIDSVersion"):
        after["BIDSVersion"] = BIDS_VERSION
    if not after.get("DatasetType"):
        after["DatasetType"] = "derivative" if "GeneratedBy" in after else "raw"
    if after == before:
        return False
    write_json(path, after)
    return True


def _find_title(dataset: Path) -> str:
    """Return the first heading or line of the README; empty if there is none."""
    for readme in sorted(dataset.glob("README*")):
        text = decode_text(readme.read_bytes()) or ""
        lines = [line.strip("#= \t") for line in text.splitlines()]
        return next((line for line in lines if line), "")
    return ""


def _tidy_table(_: Path, path: Path) -> bool:
    """Write a table as UTF-8 with line feeds, without empty lines, and n/a for what is missing."""
    table = read_table(path)
    if table is None:
        return False
    columns = list(zip(*table.rows, strict=True)) if table.rows else []
    cells = [_tidy_column(column) for column in columns]
    rows = [list(row) for row in zip(*cells, strict=True)]
    return _write_if_changed(path, Table(table.columns, rows))


def _tidy_column(cells: tuple[str, ...]) -> list[str]:
    """Write missing cells as n/a: empty ones always, words only in a column of numbers."""
    others = [cell for cell in cells if cell not in _ABSENT and cell != MISSING]
    numbers = bool(others) and all(_is_number(cell) for cell in others)
    absent = _ABSENT if numbers or not others else frozenset({""})
    return [MISSING if cell in absent else cell for cell in cells]


def _is_number(cell: str) -> bool:
    """Tell whether a cell is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _write_if_changed(path: Path, table: Table) -> bool:
    """Write a table unless its bytes are there already."""
    data = table.format().encode("utf-8")
    if path.read_bytes() == data:
        return False
    write_atomic(path, data)
    return True


def _tidy_json(_: Path, path: Path) -> bool:
    """Write the text of a JSON file as UTF-8 without a byte order mark."""
    if not path.is_file():
        return False
    data = path.read_bytes()
    text = decode_text(data)
    if text is None or text.encode("utf-8") == data:
        return False
    write_atomic(path, text)
    return True


def _order_columns(_: Path, path: Path) -> bool:
    """Move the columns that BIDS wants first to the front."""
    table = read_table(path)
    wanted = _FIRST_COLUMNS.get(path.stem.rsplit("_", 1)[-1], ())
    if table is None or not set(wanted) <= set(table.columns):
        return False
    order = [*wanted, *(name for name in table.columns if name not in wanted)]
    indices = [table.columns.index(name) for name in order]
    return _write_if_changed(path, Table(order, [[row[i] for i in indices] for row in table.rows]))


def _sort_events(_: Path, path: Path) -> bool:
    """Sort events by onset; events at one time keep their order, those without one come last."""
    table = read_table(path)
    if table is None or "onset" not in table.columns:
        return False
    index = table.columns.index("onset")
    rows = sorted(
        table.rows,
        key=lambda row: float(row[index]) if _is_number(row[index]) else float("inf"),
    )
    return _write_if_changed(path, Table(table.columns, rows))


def _describe_columns(_: Path, path: Path) -> bool:
    """Add the meaning of standard columns to the JSON file beside a table."""
    table = read_table(path)
    sidecar = path.with_suffix(".json")
    fields = {} if not sidecar.exists() else read_json(sidecar)
    if table is None or fields is None:
        return False
    new = {
        name: describe_column(name)
        for name in table.columns
        if name not in fields and can_describe(name)
    }
    if new:
        write_json(sidecar, fields | new)
    return bool(new)


def _list_participants(dataset: Path, _: Path) -> bool:
    """Add a row to participants.tsv for each participant's folder that has none."""
    path = dataset / "participants.tsv"
    table = read_table(path) or Table(["participant_id"], [])
    if "participant_id" not in table.columns:
        return False
    folders = sorted(folder.name for folder in dataset.glob("sub-*") if folder.is_dir())
    listed = set(table.column("participant_id"))
    missing = [name for name in folders if name not in listed]
    index = table.columns.index("participant_id")
    for name in missing:
        row = [MISSING] * len(table.columns)
        row[index] = name
        table.rows.append(row)
    if missing:
        write_atomic(path, table.format())
    return bool(missing)


def _fill_sidecar(_: Path, place: Path) -> bool:
    """Add what can be counted or measured to the JSON file beside a recording."""
    recording = find_recording(place)
    sidecar = recording.with_suffix(".json")
    fields = {} if not sidecar.exists() else read_json(sidecar)
    if fields is None:
        return False
    new = {name: value for name, value in measure_fields(recording).items() if name not in fields}
    if new:
        write_json(sidecar, fields | new)
    return bool(new)


def _count_channels(_: Path, place: Path) -> bool:
    """Correct the numbers of channels in the JSON file beside a recording."""
    sidecar = find_recording(place).with_suffix(".json")
    fields = read_json(sidecar)
    if fields is None:
        return False
    counts = {name: n for name, n in count_channels(place).items() if name in fields}
    if all(fields[name] == n for name, n in counts.items()):
        return False
    write_json(sidecar, fields | counts)
    return True


def _correct_values(_: Path, path: Path) -> bool:
    """Write numbers as numbers, and a mains frequency that cannot be as n/a."""
    fields = read_json(path)
    if fields is None:
        return False
    corrected = {name: correct_value(name, value) for name, value in fields.items()}
    if corrected == fields:
        return False
    write_json(path, corrected)
    return True


def _relink_brainvision(_: Path, place: Path) -> bool:
    """Set the names of the data and marker files in BrainVision headers to the files beside."""
    changed = False
    for suffix, links in ((".vhdr", (".eeg", ".vmrk")), (".vmrk", (".eeg",))):
        path = place.with_suffix(suffix)
        if not path.is_file() or not all(path.with_suffix(link).is_file() for link in links):
            continue
        # Latin-1 keeps every byte, whatever the header's own encoding.
        old = path.read_bytes().decode("latin-1")
        new = old
        for key, link in (("DataFile", ".eeg"), ("MarkerFile", ".vmrk")):
            name = path.with_suffix(link).name
            new = re.sub(rf"(?m)^({key}\s*=)[^\r\n]*", rf"\g<1>{name}", new)
        if new != old:
            write_atomic(path, new.encode("latin-1"))
            changed = True
    return changed


REPAIRS: Final = MappingProxyType({
    "complete-description": (
        "Completed dataset_description.json",
        ("dataset_description.json",),
        _complete_description,
    ),
    "correct-values": ("Corrected how numbers are written", ("*.json",), _correct_values),
    "count-channels": ("Counted the channels again", _RECORDINGS, _count_channels),
    "describe-columns": ("Described standard columns", ("*.tsv",), _describe_columns),
    "fill-sidecar": (
        "Added what the recording itself says to its sidecar", _RECORDINGS, _fill_sidecar,
    ),
    "list-participants": ("Listed all participants", ("participants.tsv",), _list_participants),
    "order-columns": ("Moved columns into order", ("*.tsv",), _order_columns),
    "relink-brainvision": ("Linked the BrainVision files", ("*.vhdr",), _relink_brainvision),
    "sort-events": ("Sorted the events by time", ("*_events.tsv",), _sort_events),
    "tidy-json": ("Wrote the text as UTF-8", ("*.json",), _tidy_json),
    "tidy-table": ("Wrote the table as plain text", ("*.tsv",), _tidy_table),
    "write-readme": ("Wrote a first README.md", ("README.md",), _write_readme),
})  # fmt: skip
"""Each repair: what it says when done, the files it is for, and what it does to one of them."""
