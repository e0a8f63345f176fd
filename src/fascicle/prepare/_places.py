"""What several recordings say of the same sensors or the same events, joined."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from typing import Any

from ._sidecars import format_table

UNKNOWN = "n/a"
# Of BIDS, and not in the list of MNE-BIDS.
_MORE_SYSTEMS = frozenset({"NeuromagElektaMEGIN", "individual"})


@cache
def coordinate_systems() -> frozenset[str]:
    """Return the names that BIDS has for coordinate systems: of them alone nobody is told.

    Examples
    --------
    >>> {"ElektaNeuromag", "CapTrak", "ACPC"} <= coordinate_systems()
    True
    """
    from mne_bids.config import ALLOWED_SPACES

    return _MORE_SYSTEMS.union(*(spaces for spaces in ALLOWED_SPACES.values() if spaces))


def merge_places(path: str, first: bytes, second: bytes) -> bytes | None:
    r"""Join two sidecars that belong to several recordings.

    Parameters
    ----------
    path : str
        Their path in the dataset: a table of electrodes or optodes, a coordinate system, or the
        events of a recording that was processed in several ways.
    first, second : bytes
        What two recordings say.

    Returns
    -------
    bytes or None
        All sensors of both; None where the two contradict one another, as events do that are not
        the same.

    Examples
    --------
    >>> a, b = (f"name\tx\n{row}\n".encode() for row in ("A1\tn/a", "A2\t3"))
    >>> merge_places("sub-01_electrodes.tsv", a, b).decode().split()
    ['name', 'x', 'A1', 'n/a', 'A2', '3']
    """
    if first == second:
        return first
    if path.endswith("_events.tsv"):
        return None
    if path == "samples.tsv":
        return _merge_rows(first, second)
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


def _merge_rows(first: bytes, second: bytes) -> bytes | None:
    """Join tables of samples: every row once, in order of participants, then of samples."""
    (head, *rows), (other_head, *others) = (
        text.decode("utf-8").splitlines() for text in (first, second)
    )
    if head != other_head:
        return None
    cells = {tuple(row.split("\t")) for row in (*rows, *others)}
    return format_table(head.split("\t"), sorted(cells, key=lambda row: (row[1], row[0], row)))


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
