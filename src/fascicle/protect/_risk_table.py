"""How easily the people of a participants table are told: measured, and attacked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import (
    RecordRisk,
    count_classmates,
    count_diversity,
    expect_match,
    find_classes,
    link_records,
    measure_closeness,
    measure_records,
    proportion_interval,
)

from ._risk_columns import Kind, RiskColumn, Role, is_exact_date, names_of, number_values

RARE = 5
"""A value that fewer people have is rare: it points to them."""

_ATTACK_SEED = 20100322


@dataclass(frozen=True, slots=True)
class SensitiveRisk:
    """What is learnt of a person whose class is known.

    Attributes
    ----------
    name : str
        The sensitive column.
    l_distinct : int
        Values that the poorest class has: 1 tells the value of everybody in it.
    l_entropy : float
        The same, by the entropy of the class.
    t : float
        How far a class is from all people, 0 to 1.
    n_rare_values, n_rare_people : int
        Values that fewer than `RARE` people have, and people who have one.
    """

    name: str
    l_distinct: int
    l_entropy: float
    t: float
    n_rare_values: int
    n_rare_people: int


@dataclass(frozen=True, slots=True)
class TableRisk:
    """How a participants table stands against those who look for somebody.

    Attributes
    ----------
    columns : tuple of RiskColumn
        What each column is to an attacker.
    records : RecordRisk
        Prosecutor risk: the attacker knows that the person took part.
    min_size : int
        Size of class that was asked for.
    n_population : int
        People who could have taken part.
    journalist_max, marketer : float
        Chance of naming a row among the population: of the worst row, and of all in the mean.
    sensitive : tuple of SensitiveRisk
        For each sensitive column.
    n_exact_dates, n_places, n_small_sites, n_direct : int
        Columns of full dates, columns of places, sites of fewer than `min_size` people, and columns
        that identify outright.
    n_hits : int
        Rows that an attack named rightly, of all rows; it knows every quasi-identifier.
    hits_interval : tuple of float
        Exact 95 % interval of the share.
    """

    columns: tuple[RiskColumn, ...]
    records: RecordRisk
    min_size: int
    n_population: int
    journalist_max: float
    marketer: float
    sensitive: tuple[SensitiveRisk, ...]
    n_exact_dates: int
    n_places: int
    n_small_sites: int
    n_direct: int
    n_hits: int
    hits_interval: tuple[float, float]

    @property
    def predicted(self) -> float:
        """Share of rows that the attack was expected to name: the mean prosecutor risk."""
        return self.records.mean_risk

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values, without any value of the table."""
        return asdict(self) | {"predicted": self.predicted}


def encode_columns(
    columns: Mapping[str, Sequence[str]], names: Collection[str]
) -> NDArray[np.int64]:
    """Return the named columns as numbers, shape (n_people, n_names); -1 is a missing value."""
    n_people = len(next(iter(columns.values()), ()))
    codes = [number_values(columns[name]) for name in names]
    return np.column_stack(codes) if codes else np.zeros((n_people, 0), dtype=np.int64)


def measure_table(
    columns: Mapping[str, Sequence[str]],
    judged: tuple[RiskColumn, ...],
    *,
    n_population: int,
    min_size: int = 11,
) -> TableRisk:
    """Measure how easily the people of a table are told.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Cells of each column as text, one for each person.
    judged : tuple of RiskColumn
        What `classify_columns` made of them.
    n_population : int
        People who could have taken part, as given or assumed.
    min_size : int
        Size of class that is asked for.

    Returns
    -------
    TableRisk
        Counts and shares; no value of the table.

    Raises
    ------
    InputError
        FSC194 if the population is smaller than the table.

    Examples
    --------
    >>> from fascicle.protect import classify_columns
    >>> table = {"participant_id": list("abc"), "sex": list("FFM"), "age": ["31", "31", "31"]}
    >>> found = measure_table(table, classify_columns(table), n_population=100)
    >>> found.records.k, found.records.n_unique
    (1, 1)
    """
    codes = encode_columns(columns, names_of(judged, Role.QUASI))
    classes = find_classes(codes)
    chances = expect_match(count_classmates(classes), n_population)
    n_people = classes.size
    n_hits = link_records(codes, codes, np.random.default_rng(_ATTACK_SEED))
    return TableRisk(
        columns=judged,
        records=measure_records(classes, min_size=min_size),
        min_size=min_size,
        n_population=n_population,
        journalist_max=float(chances.max(initial=0.0)),
        marketer=float(chances.mean()) if n_people else 0.0,
        sensitive=tuple(
            _measure_sensitive(column, columns[column.name], classes)
            for column in judged
            if column.role is Role.SENSITIVE
        ),
        n_exact_dates=sum(
            column.role is Role.QUASI and any(map(is_exact_date, columns[column.name]))
            for column in judged
            if column.kind is Kind.DATE
        ),
        n_places=sum(column.role is Role.QUASI and column.kind is Kind.PLACE for column in judged),
        n_small_sites=sum(
            _count_rare(number_values(columns[column.name]), min_size)[0]
            for column in judged
            if column.role is Role.QUASI and column.kind is Kind.SITE
        ),
        n_direct=len(names_of(judged, Role.DIRECT)),
        n_hits=n_hits,
        hits_interval=proportion_interval(n_hits, n_people),
    )


def _count_rare(values: NDArray[np.int64], fewer_than: int) -> tuple[int, int]:
    """Return how many values fewer people have, and how many people have one of them."""
    counts = np.unique(values[values >= 0], return_counts=True)[1]
    rare = counts[counts < fewer_than]
    return int(rare.size), int(rare.sum())


def _measure_sensitive(
    column: RiskColumn, cells: Sequence[str], classes: NDArray[np.int64]
) -> SensitiveRisk:
    values = number_values(cells)
    l_distinct, l_entropy = count_diversity(classes, values)
    t = measure_closeness(classes, values, is_ordered=column.kind in {Kind.AGE, Kind.NUMBER})
    return SensitiveRisk(column.name, l_distinct, l_entropy, t, *_count_rare(values, RARE))
