"""The fields of all recordings side by side: what stands at the same place in every path.

A column holds, for each recording, the value that one kind of field has at one place: the number
after ``VP`` in a folder, the first unknown word of the file name, the date. Fields that vocabulary
explains are set aside first, so that optional words (``_old``, ``run2``) do not shift the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ._fields import Field, parse_level
from ._survey import Context, Place, places_of, survey
from ._words import KEYS

Codes = NDArray[np.int64]

_FREE = {"word": "w", "code": "w", "number": "n", "paren": "paren"}
_KNOWN = ("task", "session", "acquisition", "group", "date", "time", "copy", "again", "noise")
_LAB_KEY = {"participant": 1.5, "session": 0.0, "run": 0.0}
_NAME_ORDER = 100
_ELDERS = frozenset({"young", "jung", "children", "kinder", "enfants"})


@dataclass
class Column:
    """What stands at one place of all paths.

    Attributes
    ----------
    kind : str
        Kind of its fields, see `fascicle.prepare._fields.Field`.
    place : str
        ``"dir"`` or ``"name"``.
    key : str
        The word before the number, for kind ``key``; empty when several keys share the column.
    order : int
        Where it stands: folders from 0, the file name from 100.
    values, texts : list of str
        One for each recording, folded and as written; empty where the path has none.
    conflicts : set of int
        Recordings whose folder and file name disagree here.
    n_places : int
        In how many places of the path the same value stands.
    """

    kind: str
    place: str
    key: str
    order: int
    values: list[str]
    texts: list[str]
    conflicts: set[int] = field(default_factory=set)
    n_places: int = 1

    @cached_property
    def codes(self) -> Codes:
        """The values as small integers, -1 where missing."""
        return encode(self.values)

    @cached_property
    def n_values(self) -> int:
        """How many different values it has."""
        return int(self.codes.max(initial=-1)) + 1

    @cached_property
    def coverage(self) -> float:
        """The share of recordings that have it."""
        return float(np.mean(self.codes >= 0))

    @property
    def priors(self) -> dict[str, float]:
        """What its key says of its role."""
        return KEYS.get(self.key, _LAB_KEY) if self.kind == "key" else {}

    def describe(self) -> str:
        """Say in words what it is."""
        where = "folder names" if self.place == "dir" else "file names"
        if self.kind == "key":
            return (
                f"the number after '{self.key}' in {where}" if self.key else f"the ids in {where}"
            )
        names = {"word": "the word", "code": "the code", "number": "the number"}
        return f"{names.get(self.kind, 'the ' + self.kind)} in {where}"


def encode(values: Sequence[str]) -> Codes:
    """Return small integers that stand for texts, -1 for empty ones.

    Examples
    --------
    >>> encode(["b", "", "a", "b"]).tolist()
    [0, -1, 1, 0]
    """
    known: dict[str, int] = {"": -1}
    return np.array([known.setdefault(v, len(known) - 1) for v in values], dtype=np.int64)


def combine(codes: Sequence[Codes]) -> Codes:
    """Return one integer for each distinct row of several columns; a missing value is a value."""
    stacked = np.stack(codes, axis=1)  # (n_recordings, n_columns)
    return np.unique(stacked, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def make_columns(paths: Sequence[PurePosixPath]) -> tuple[Column, ...]:
    """Align the paths of all recordings.

    Parameters
    ----------
    paths : sequence of PurePosixPath
        Primary files, relative to the raw folder.

    Returns
    -------
    tuple of Column
        In order of their place.

    Examples
    --------
    >>> columns = make_columns([PurePosixPath("S1/rest.edf"), PurePosixPath("S2/rest.edf")])
    >>> [(c.kind, c.values) for c in columns]
    [('key', ['1', '2']), ('task', ['rest', 'rest'])]
    """
    context = survey(paths)
    cache: dict[tuple[Place, str], tuple[Field, ...]] = {}
    columns: dict[tuple[str, str, str, int], Column] = {}
    for at, path in enumerate(paths):
        for ident, order, item in _place_fields(places_of(path), context, cache):
            column = columns.get(ident)
            if column is None:
                column = columns[ident] = Column(
                    ident[1], ident[0], ident[2], order, [""] * len(paths), [""] * len(paths)
                )
            if not column.values[at]:
                column.values[at], column.texts[at] = item.value, item.text
            elif column.kind in _KNOWN and item.value not in column.values[at].split("+"):
                column.values[at] += f"+{item.value}"
                column.texts[at] += f" {item.text}"
    found = sorted(columns.values(), key=lambda c: (c.order, c.kind, c.key))
    _age_groups(found)
    for column in found:
        filled = [text for text in column.texts if text]
        with_digits = sum(any(c.isdecimal() for c in text) for text in filled)
        if column.kind == "word" and with_digits >= 0.8 * len(filled):
            column.kind = "code"
    return tuple(_join_twins(_join_exclusive(found)))


def _place_fields(
    levels: Sequence[tuple[Place, str]],
    context: Context,
    cache: dict[tuple[Place, str], tuple[Field, ...]],
) -> list[tuple[tuple[str, str, str, int], int, Field]]:
    """Give each field of one path its column."""
    placed: list[tuple[tuple[str, str, str, int], int, Field]] = []
    depth = 0
    seen: Counter[tuple[str, str]] = Counter()
    for at, level in enumerate(levels):
        (place, _), text = level
        # Folders of known words do not count: their absence must not shift the others.
        slots = depth * 10 if place == "dir" else _NAME_ORDER
        fields = cache.get(level)
        if fields is None:
            fields = cache[level] = parse_level(text, context, level[0])
        n_free: Counter[str] = Counter()
        for rank, item in enumerate(fields):
            base = min(at * 10, _NAME_ORDER - 10) if place == "dir" else _NAME_ORDER
            order = base + min(rank, 9 if place == "dir" else 99)
            if item.kind == "key":
                ident = (place, "key", item.key, seen[place, item.key])
                seen[place, item.key] += 1
            elif item.kind in _FREE:
                slot = _FREE[item.kind]
                kind = {"w": "word", "n": "number"}.get(slot, slot)
                ident = (place, kind, "", slots + n_free[slot])
                n_free[slot] += 1
            else:
                ident = (place, item.kind, "", 0)
            placed.append((ident, order, item))
        depth += bool(n_free) or any(f.kind == "key" for f in fields)
    return placed


def _age_groups(columns: list[Column]) -> None:
    """Read 'old' as a group where others are 'young', not as a backup."""
    for group in [c for c in columns if c.kind == "group" and _ELDERS & set(c.values)]:
        for copies in [c for c in columns if c.kind == "copy" and c.place == group.place]:
            columns.remove(copies)
            for at, value in enumerate(copies.values):
                if value and not group.values[at]:
                    group.values[at], group.texts[at] = value, copies.texts[at]


def _join_exclusive(columns: list[Column]) -> list[Column]:
    """Join ids that stand in for one another: P01 here, C01 there, never both in one path."""
    joined: list[Column] = []
    hosts: dict[str, Column] = {}
    for column in columns:
        host = hosts.get(column.place)
        is_id = column.kind == "key" and column.priors.get("participant", 0) >= 1.5
        is_id = is_id and column.priors.get("session", 0) < 3
        if not is_id or column.coverage == 1.0:
            joined.append(column)
        elif host is None or any(a and b for a, b in zip(host.values, column.values, strict=True)):
            own = [f"{column.key}{v}" if v else "" for v in column.values]
            copy = Column("key", column.place, column.key, column.order, own, column.texts)
            joined.append(copy)
            hosts.setdefault(column.place, copy)
        else:
            for at, value in enumerate(column.values):
                if value:
                    host.values[at] = f"{column.key}{value}"
                    host.texts[at] = column.texts[at]
    return joined


def _join_twins(columns: list[Column]) -> list[Column]:
    """Join columns that repeat one another, as folder and file name often do."""
    kept: list[Column] = []
    for column in columns:
        twin = next((k for k in kept if _are_twins(k, column)), None)
        if twin is None:
            kept.append(column)
            continue
        twin.n_places += 1
        for at, value in enumerate(column.values):
            if value and not twin.values[at]:
                twin.values[at], twin.texts[at] = value, column.texts[at]
            elif value and _bare(twin.values[at]) != _bare(value):
                twin.conflicts.add(at)
                twin.values[at] += f"/{value}"
                twin.texts[at] += f"/{column.texts[at]}"
        twin.__dict__.pop("codes", None)
        twin.__dict__.pop("n_values", None)
        twin.__dict__.pop("coverage", None)
        if twin.kind != "key" and column.kind == "key":
            twin.kind, twin.key = column.kind, column.key
    return kept


def _role(column: Column) -> str:
    """Return the role that a key speaks for most."""
    return max(column.priors, key=lambda role: column.priors[role])


def _bare(value: str) -> str:
    return value.lstrip("abcdefghijklmnopqrstuvwxyz") or value


def _are_twins(a: Column, b: Column) -> bool:
    """Tell whether two columns have the same values wherever both have one."""
    ids = {"key", "number", "word", "code"}
    if a.kind not in ids or b.kind not in ids or (a.place, a.order) == (b.place, b.order):
        return False
    if a.kind != b.kind and {a.kind, b.kind} & {"word", "code"}:
        return False
    if a.kind == b.kind == "key" and _role(a) != _role(b):
        return False
    both = [(x, y) for x, y in zip(a.values, b.values, strict=True) if x and y]
    if len(both) < 0.5 * min(sum(map(bool, a.values)), sum(map(bool, b.values))) or not both:
        return False
    same = sum(_bare(x) == _bare(y) for x, y in both)
    # Two values agree by chance, unless the very key stands before them in both places.
    is_spelled_alike = a.kind == b.kind == "key" and a.key == b.key and same == len(both)
    fewest = 2 if is_spelled_alike else 3
    return same >= 0.9 * len(both) and len({x for x, _ in both}) >= min(fewest, len(both))
