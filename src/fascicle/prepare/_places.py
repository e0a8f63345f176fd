"""What several recordings of one session say of the same sensors, joined."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from ._sidecars import format_table

UNKNOWN = "n/a"


def merge_places(path: str, first: bytes, second: bytes) -> bytes | None:
    r"""Join two sidecars on the places of sensors that belong to one session.

    Parameters
    ----------
    path : str
        Their path in the dataset: a table of electrodes or optodes, or a coordinate system.
    first, second : bytes
        What two recordings say.

    Returns
    -------
    bytes or None
        All sensors of both; None where the two contradict one another.

    Examples
    --------
    >>> a, b = (f"name\tx\n{row}\n".encode() for row in ("A1\tn/a", "A2\t3"))
    >>> merge_places("sub-01_electrodes.tsv", a, b).decode().split()
    ['name', 'x', 'A1', 'n/a', 'A2', '3']
    """
    if first == second:
        return first
    if path.endswith(".tsv"):
        return _merge_tables(first, second)
    one, other = json.loads(first), json.loads(second)
    known = [system for system in (one, other) if not _is_empty(system)]
    if len(known) == 1:
        return first if known[0] is one else second
    return None


def _is_empty(system: dict[str, Any]) -> bool:
    """Tell whether a coordinate system is there for form's sake: nothing has a place in it."""
    units = [value for name, value in system.items() if name.endswith("CoordinateUnits")]
    return set(units) <= {UNKNOWN}


def _merge_tables(first: bytes, second: bytes) -> bytes | None:
    """Join tables by the name of the sensor; a known place goes before an unknown one."""
    (head, *rows), (other_head, *others) = (
        list(csv.reader(io.StringIO(text.decode("utf-8")), delimiter="\t"))
        for text in (first, second)
    )
    if head != other_head:
        return None
    found = {row[0]: row for row in rows}
    for row in others:
        known = found.setdefault(row[0], row)
        if known != row and set(known[1:]) == {UNKNOWN}:
            found[row[0]] = row
        elif known != row and set(row[1:]) != {UNKNOWN}:
            return None
    return format_table(head, found.values())
