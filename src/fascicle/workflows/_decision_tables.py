"""Decisions that a person filled into a table of labels with a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from fascicle.core import Decision
from fascicle.errors import InputError
from fascicle.jobs import translate_os_error
from fascicle.quality import VERDICTS

from ._review import list_labels

_DELIMITERS = "\t;,"
_FIX = "Take a table of labels from derivatives/fascicle-annotate and fill in decision."


def read_decision_table(dataset: Path | str, table: Path) -> dict[str, Decision]:
    """Return what a table decides anew about labels of a dataset.

    Parameters
    ----------
    dataset : Path or str
        The folder.
    table : Path
        A table of labels with the columns ``label_id``, ``decision`` and, for changes,
        ``decided_type``, in whatever encoding and with whatever delimiter a spreadsheet wrote it.

    Returns
    -------
    dict of str to Decision
        By the keys of labels. Rows without a decision are passed over, and so are those that say
        what stands beside the label already: somebody else may have decided that.

    Raises
    ------
    InputError
        FSC100 if it is no such table, or if nothing is decided in it; FSC105, FSC133 and FSC135
        as `list_labels`.
    JobError
        FSC705 if it cannot be read.
    """
    try:
        text = _decode(table.read_bytes())
    except OSError as error:
        raise translate_os_error(error) from error
    found = _parse(text)
    if not found:
        raise InputError(
            "FSC100", "Expected a table with decisions about labels, got one without.", _FIX
        )
    before = {one.key: one.decision for one in list_labels(dataset)}
    return {key: said for key, said in found.items() if before.get(key) != said}


def _decode(data: bytes) -> str:
    """Decode a table in whatever encoding a spreadsheet wrote it."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _parse(text: str) -> dict[str, Decision]:
    """Return the decisions of a table, by label."""
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    found = {}
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
        for row in rows:
            if not (said := (row.get("decision") or "").strip().lower()) or said == "n/a":
                continue
            label = (row.get("label_id") or "").strip()
            if said not in VERDICTS or not label:
                raise _odd(rows.line_num)
            kind = (row.get("decided_type") or "").strip() if said == "change" else ""
            found[label] = Decision(said, "" if kind == "n/a" else kind)  # type: ignore[arg-type]  # one of VERDICTS
    except csv.Error as error:
        raise _odd(0) from error
    return found


def _odd(line: int) -> InputError:
    """Return the error for a line that is none of a table of labels."""
    return InputError(
        "FSC100",
        "Expected a table with label_id, and accept, change or reject as decision; got another "
        f"cell in line {line}.",
        _FIX,
    )
