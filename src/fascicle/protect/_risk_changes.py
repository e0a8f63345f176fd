"""The cheapest changes of a participants table that make its people harder to tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import find_classes, lose_information, measure_records

from ._risk_columns import Kind, RiskColumn, Role, is_missing, number_values, read_number

MOST_NODES = 4000
"""Combinations that are all tried; beyond that the search goes step by step."""

MERGED = "other"
_STEPS_TOLD = (0.75, 0.5, 0.25, 0.1, 0.05, 0.0)
_NICE = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000)

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One way of making a column coarser.

    Attributes
    ----------
    column : str
        Which column.
    what : str
        What is done, without a value of it; empty if nothing is.
    cells : tuple of str or None
        The column afterwards; None if it is dropped.
    note : str
        What the data dictionary says of it from then on.
    """

    column: str
    what: str
    cells: Cells | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Steps that go together, and what they bring.

    Attributes
    ----------
    steps : tuple of Step
        What is done to which column; columns that stay are not named.
    loss : float
        Share of the information of the quasi-identifiers that is lost, mean over them.
    k : int
        Smallest class afterwards.
    n_unique : int
        People who are alone in their class afterwards.
    mean_risk, share_small : float
        Mean prosecutor risk, and share of people in classes that are too small, afterwards.
    """

    steps: tuple[Step, ...]
    loss: float
    k: int
    n_unique: int
    mean_risk: float
    share_small: float

    @property
    def words(self) -> str:
        """What is done, as a phrase."""
        return "; ".join(step.what for step in self.steps)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values, without any value of the table."""
        named = ("loss", "k", "n_unique", "mean_risk", "share_small")
        return {"change": self.words} | {name: getattr(self, name) for name in named}


def make_ladder(
    column: RiskColumn, cells: Sequence[str], *, min_size: int = 11
) -> tuple[Step, ...]:
    """Return the ways of making a column coarser, from none at all to leaving it out.

    Parameters
    ----------
    column : RiskColumn
        What the column is.
    cells : sequence of str
        Its values.
    min_size : int
        Words that fewer people share are merged; the ends of numbers are pooled so that as many
        people share them.

    Returns
    -------
    tuple of Step
        The first changes nothing; each is coarser than the one before.

    Examples
    --------
    >>> column = RiskColumn("age", Role.QUASI, Kind.AGE, "", 3, 0)
    >>> [step.what for step in make_ladder(column, ["31", "34", "37", "62"], min_size=1)]
    ['', 'age in bands of 5', 'age in bands of 10', 'age dropped']
    """
    makers: Mapping[Kind, Callable[[RiskColumn, Cells, int], list[Step]]] = {
        Kind.AGE: _coarsen_numbers,
        Kind.NUMBER: _coarsen_numbers,
        Kind.DATE: _coarsen_dates,
    }
    before = tuple(cells)
    steps = makers.get(column.kind, _merge_words)(column, before, min_size)
    ladder = [Step(column.name, "", before)]
    for step in steps:
        # A step that changes no class is none: whole years of ages that are whole already.
        if step.cells is not None and _n_values(step.cells) < _n_values(ladder[-1].cells or ()):
            ladder.append(step)
    return (*ladder, Step(column.name, f"{column.name} dropped", None))


def _n_values(cells: Cells) -> int:
    return len(set(cells))


def _coarsen_numbers(column: RiskColumn, cells: Cells, min_size: int) -> list[Step]:
    numbers = np.array([np.nan if is_missing(c) else read_number(c) for c in cells], float)
    if not np.isfinite(numbers).any():
        return []
    is_open = np.array([cell.strip()[:1] in "<>≤≥" or cell.strip()[-1:] == "+" for cell in cells])
    is_open &= np.isfinite(numbers)  # 89+ stays what it is, until more people are pooled with it
    spread = float(np.nanmax(numbers) - np.nanmin(numbers))
    widths = (5, 10) if column.kind is Kind.AGE else (_nice(spread / 10), _nice(spread / 5))
    whole = _write_numbers(np.floor(numbers), cells, is_open)
    steps = [Step(column.name, f"{column.name} in whole numbers", whole, "Rounded down.")]
    for width in dict.fromkeys(widths):
        middle = np.floor(numbers / width) * width + width // 2
        bands = _write_numbers(middle, cells, is_open)
        if _n_values(bands) < _n_values(whole):
            told = f"{column.name} in bands of {width:g}"
            note = f"In bands of {width:g}; each value is the middle of its band."
            steps.append(Step(column.name, told, bands, note))
            told, note = f"{told}, both ends pooled", f"{note} The ends are pooled."
        else:
            told, note = f"{column.name}: both ends pooled", "The ends are pooled."
        ends = _pool_ends(middle, min_size)
        pooled = _write_numbers(ends, cells, is_open & (ends == middle))
        steps.append(Step(column.name, told, pooled, note))
    return steps


def _nice(width: float) -> float:
    return next((float(nice) for nice in _NICE if nice >= width), float(_NICE[-1]))


def _write_numbers(numbers: NDArray[np.float64], cells: Cells, is_kept: NDArray[np.bool_]) -> Cells:
    """Return numbers as cells; what is kept, and what is none, as it was."""
    return tuple(
        f"{number:.12g}" if np.isfinite(number) and not kept else cell
        for number, cell, kept in zip(numbers.tolist(), cells, is_kept.tolist(), strict=True)
    )


def _pool_ends(numbers: NDArray[np.float64], min_size: int) -> NDArray[np.float64]:
    """Pull in the lowest and highest values until `min_size` people share each end."""
    ordered = np.sort(numbers[np.isfinite(numbers)])
    at = min(min_size, ordered.size) - 1
    low, high = ordered[at], ordered[-1 - at]
    if low >= high:
        return numbers
    return np.clip(numbers, low, high)


def _coarsen_dates(column: RiskColumn, cells: Cells, _min_size: int) -> list[Step]:
    years = tuple(cell if is_missing(cell) else _year(cell) for cell in cells)
    return [Step(column.name, f"{column.name}: only the year", years, "The year alone.")]


def _year(cell: str) -> str:
    parts = [part for part in cell.replace("/", "-").replace(".", "-").split("-") if part]
    full = [part[:4] for part in parts if part[:4].isdecimal() and len(part[:4]) == 4]
    return full[0] if full else "n/a"


def _merge_words(column: RiskColumn, cells: Cells, min_size: int) -> list[Step]:
    counts = Counter(cell for cell in cells if not is_missing(cell))
    rare = {cell for cell, count in counts.items() if count < min_size}
    if not rare:
        return []
    merged = tuple(MERGED if cell in rare else cell for cell in cells)
    what = f"{column.name}: values of fewer than {min_size} people merged"
    return [Step(column.name, what, merged, f"Values of few people are given as {MERGED}.")]


class _Lattice:
    """Every combination of steps, with its risk and its loss, each worked out once."""

    def __init__(self, ladders: Sequence[tuple[Step, ...]], min_size: int) -> None:
        self.ladders = ladders
        self._min_size = min_size
        n_people = len(ladders[0][0].cells or ()) if ladders else 0
        nothing = np.zeros(n_people, dtype=np.int64)
        self._codes = [
            [nothing if step.cells is None else number_values(step.cells) for step in ladder]
            for ladder in ladders
        ]
        self._losses = [[lose_information(codes[0], one) for one in codes] for codes in self._codes]
        self._known: dict[tuple[int, ...], Change] = {}
        self._nodes: dict[Change, tuple[int, ...]] = {}

    def change(self, node: tuple[int, ...]) -> Change:
        """Return what a combination brings: the level of each column, from 0."""
        if node not in self._known:
            columns = [codes[at] for codes, at in zip(self._codes, node, strict=True)]
            risk = measure_records(find_classes(np.column_stack(columns)), min_size=self._min_size)
            steps = [ladder[at] for ladder, at in zip(self.ladders, node, strict=True) if at]
            losses = [losses[at] for losses, at in zip(self._losses, node, strict=True)]
            self._known[node] = Change(
                tuple(steps), float(np.mean(losses)), risk.k, risk.n_unique, risk.mean_risk,
                risk.share_small,
            )  # fmt: skip
            self._nodes[self._known[node]] = node
        return self._known[node]

    def search(self) -> list[Change]:
        """Return what all combinations bring, or, where they are too many, those on the way up."""
        heights = [len(ladder) for ladder in self.ladders]
        if np.prod(heights, dtype=float) <= MOST_NODES:
            return [self.change(node) for node in product(*map(range, heights))]
        node, seen = tuple(0 for _ in heights), []
        while True:
            higher = [
                (*node[:at], node[at] + 1, *node[at + 1 :])
                for at, height in enumerate(heights)
                if node[at] + 1 < height
            ]
            seen += [self.change(one) for one in higher]
            if not higher:
                return seen
            node = max(higher, key=lambda one: self._worth(node, one))

    def relax(self, change: Change, measure: str, goal: float) -> Change:
        """Take back what a change needs not do: the search step by step may have gone too far."""
        node = list(self._nodes[change])
        for at in sorted(range(len(node)), key=lambda at: -self._losses[at][node[at]]):
            for level in range(node[at]):
                gentler = self.change((*node[:at], level, *node[at + 1 :]))
                if gentler.loss <= change.loss and getattr(gentler, measure) <= goal:
                    node[at], change = level, gentler
                    break
        return change

    def _worth(self, node: tuple[int, ...], higher: tuple[int, ...]) -> tuple[float, float]:
        """How much risk a step takes away for what it costs."""
        before, after = self.change(node), self.change(higher)
        cost = max(after.loss - before.loss, 1e-9)
        gain = (before.share_small - after.share_small) + (before.mean_risk - after.mean_risk)
        return gain / cost, -cost


def find_changes(
    columns: Mapping[str, Sequence[str]], judged: tuple[RiskColumn, ...], *, min_size: int = 11
) -> tuple[Change, ...]:
    """Find the cheapest changes that lower the risk of a table, the gentlest first.

    All combinations of steps are tried up to `MOST_NODES`; beyond that the step that takes away
    most risk for what it costs is taken again and again. Of what is found, the cheapest change is
    returned that brings the people in small classes to three quarters, a half, ... and to none,
    and, while that stays, the mean risk.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Cells of each column as text, one for each person.
    judged : tuple of RiskColumn
        What `classify_columns` made of them; only quasi-identifiers are changed.
    min_size : int
        Size of class that is asked for.

    Returns
    -------
    tuple of Change
        Empty if there is nothing to change, or nothing helps.

    Examples
    --------
    >>> from fascicle.protect import classify_columns
    >>> table = {"participant_id": list("abcd"), "age": ["31", "33", "62", "64"]}
    >>> [change.words for change in find_changes(table, classify_columns(table), min_size=2)]
    ['age in bands of 5', 'age dropped']
    """
    quasi = [column for column in judged if column.role is Role.QUASI]
    ladders = [make_ladder(one, columns[one.name], min_size=min_size) for one in quasi]
    if not ladders or not ladders[0][0].cells:
        return ()
    lattice = _Lattice(ladders, min_size)
    now = lattice.change(tuple(0 for _ in ladders))
    chosen: list[Change] = []
    by_cost = sorted(lattice.search(), key=lambda one: (one.loss, len(one.steps), one.mean_risk))
    for measure in ("share_small", "mean_risk"):
        start = getattr(now, measure)
        for share in _STEPS_TOLD if start > 0 else ():
            reaching = (one for one in by_cost if getattr(one, measure) <= share * start)
            if (found := next(reaching, None)) is not None and found.steps:
                chosen.append(lattice.relax(found, measure, share * start))
    return tuple(sorted(dict.fromkeys(chosen), key=lambda one: one.loss))


def apply_change(
    columns: Mapping[str, Sequence[str]], dictionary: Mapping[str, Any], change: Change
) -> tuple[dict[str, Cells], dict[str, Any]]:
    """Return a table and its data dictionary as they are after a change.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Cells of each column as text.
    dictionary : mapping
        What ``participants.json`` says; entries of columns that stay are kept.
    change : Change
        One of `find_changes`.

    Returns
    -------
    tuple of dict
        Columns, without those that were dropped, and the dictionary.

    Examples
    --------
    >>> step = Step("sex", "sex dropped", None)
    >>> apply_change({"id": ["a"], "sex": ["F"]}, {}, Change((step,), 1.0, 1, 0, 1.0, 1.0))
    ({'id': ('a',)}, {})
    """
    table = {name: tuple(cells) for name, cells in columns.items()}
    told = dict(dictionary)
    for step in change.steps:
        if step.cells is None:
            table.pop(step.column)
            told.pop(step.column, None)
            continue
        table[step.column] = step.cells
        entry = told.get(step.column)
        about = dict(entry) if isinstance(entry, Mapping) else {}
        before = str(about.get("Description", "")).strip()
        about["Description"] = f"{before} {step.note}".strip()
        if MERGED in step.cells and isinstance(about.get("Levels"), Mapping):
            about["Levels"] = {
                level: said for level, said in about["Levels"].items() if level in step.cells
            } | {MERGED: "Any value that few people have."}
        told[step.column] = about
    return table, told
