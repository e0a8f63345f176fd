"""What signals give away: whose they are, by another recording; and what somebody is like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import attack_class, attack_number, match_people, proportion_interval

from ._risk_columns import Kind, RiskColumn, number_values, read_number

MIN_LINKED = 20
"""People with two recordings from which on a rate is established."""

MIN_TOLD = 40
"""People from which on it is established whether a trait is told."""

_SEED = 20150112
_MOST_VALUES = 6


@dataclass(frozen=True, slots=True)
class Linkage:
    """How often a person's recording was named by another recording of the same person.

    Attributes
    ----------
    what : str
        Which fingerprint, between what.
    n_hits, n_people : int
        How many were named rightly, of how many.
    interval : tuple of float
        Exact 95 % interval of the share.
    chance : float
        What a guess reaches.
    """

    what: str
    n_hits: int
    n_people: int
    interval: tuple[float, float]
    chance: float

    @property
    def is_established(self) -> bool:
        """True if there are people enough for a rate."""
        return self.n_people >= MIN_LINKED

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self) | {"is_established": self.is_established}


@dataclass(frozen=True, slots=True)
class TraitTold:
    """How well a column of the table is told from signals alone.

    Attributes
    ----------
    column, what : str
        Which column, from which fingerprint.
    is_number : bool
        Whether `score` is a correlation; else it is the share of people told rightly.
    score, baseline, p : float
        How well, beside the majority rate (0 for a number), and how rare that is by chance; all NaN
        where it is not established.
    n_people : int
        How many people have a value and the signal.
    """

    column: str
    what: str
    is_number: bool
    score: float
    baseline: float
    p: float
    n_people: int

    @property
    def is_established(self) -> bool:
        """True if there were people enough to try."""
        return bool(np.isfinite(self.score))

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values: None where nothing is established."""
        told = asdict(self) | {"is_established": self.is_established}
        return told if self.is_established else told | dict.fromkeys(("score", "baseline", "p"))


def measure_linkage(what: str, known: NDArray[np.float64], seen: NDArray[np.float64]) -> Linkage:
    """Attack recordings of people by other recordings of the same people.

    Parameters
    ----------
    what : str
        Which fingerprint, between what.
    known, seen : ndarray of float64, shape (n_people, n_features)
        Fingerprints of the same people in one order.

    Returns
    -------
    Linkage
        Hits of people, with an interval that holds them for independent.

    Raises
    ------
    InputError
        FSC197 if the shapes differ, or there is nobody.

    Examples
    --------
    >>> prints = np.random.default_rng(0).normal(size=(25, 40))
    >>> found = measure_linkage("connectome, halves", prints, prints)
    >>> found.n_hits, found.is_established
    (25, True)
    """
    n_hits, n_people = int(match_people(known, seen).sum()), len(known)
    interval = proportion_interval(n_hits, n_people)
    return Linkage(what, n_hits, n_people, interval, 1 / n_people)


def measure_trait(
    what: str, column: RiskColumn, cells: Sequence[str], features: NDArray[np.float64]
) -> TraitTold | None:
    """Attack a column of the table by signals.

    Parameters
    ----------
    what : str
        Which fingerprint.
    column : RiskColumn
        The column: a number is told as a number, words if there are few.
    cells : sequence of str
        Its values, one for each row of `features`.
    features : ndarray of float64, shape (n_people, n_features)
        Fingerprints.

    Returns
    -------
    TraitTold or None
        None for a column that cannot be told: one value, or many words.

    Examples
    --------
    >>> features = np.random.default_rng(0).normal(size=(60, 3))
    >>> cells = ["F" if one > 0 else "M" for one in features[:, 0]]
    >>> sex = RiskColumn("sex", "quasi-identifier", Kind.WORD, "", 2, 0)
    >>> measure_trait("connectome", sex, cells, features).p < 0.01
    True
    """
    values = number_values(cells)
    kept = values >= 0
    n_values, n_people = np.unique(values[kept]).size, int(kept.sum())
    is_number = column.kind in {Kind.AGE, Kind.NUMBER} and n_values > _MOST_VALUES
    if n_values < 2 or (n_values > _MOST_VALUES and not is_number):
        return None
    if n_people < MIN_TOLD:
        nothing = (np.nan, np.nan, np.nan)
        return TraitTold(column.name, what, is_number, *nothing, n_people)
    rng = np.random.default_rng(_SEED)
    if is_number:
        numbers = [read_number(cell) for cell, keep in zip(cells, kept, strict=True) if keep]
        told = attack_number(features[kept], np.array(numbers, dtype=np.float64), rng)
    else:
        labels = np.unique(values[kept], return_inverse=True)[1].astype(np.int64)
        told = attack_class(features[kept], labels, rng)
    return TraitTold(column.name, what, is_number, told.score, told.baseline, told.p, told.n_people)
