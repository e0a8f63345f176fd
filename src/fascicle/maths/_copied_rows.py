"""People whose rows, or single values, stand in a synthetic table; and how many would by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._linkage_attacks import LinkageAttack, TwinRows

_DISTINCT = 0.9
_MOST_DECIMALS = 13


def attack_copies(rows: TwinRows) -> LinkageAttack:
    """Look for people whose row stands in the twin, value by value.

    Parameters
    ----------
    rows : TwinRows
        People and twin.

    Returns
    -------
    LinkageAttack
        Of a coarse table some rows come about by themselves: those of people held out say how
        many. The baseline is 0: numbers with many digits never do.

    Examples
    --------
    >>> people = np.random.default_rng(0).normal(size=(30, 3))
    >>> attack_copies(TwinRows.join(people[:20], people[20:], people[:5])).n_hits
    5
    """
    # Missing values are equal here, and minus zero is zero: compared as bytes after both are one.
    copies = {row.tobytes() for row in _plain(rows.synthetic)}
    success = np.array([row.tobytes() in copies for row in _plain(rows.people)])
    return rows.count("copies", success, 0.0)


def _plain(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.where(np.isnan(rows), np.nan, rows + 0.0))


def attack_values(rows: TwinRows) -> LinkageAttack:
    """Look for people one of whose fine values stands in the twin, though the row does not.

    Parameters
    ----------
    rows : TwinRows
        People and twin.

    Returns
    -------
    LinkageAttack
        Over the columns of `find_fine_columns`; no hits where there are none.

    Examples
    --------
    >>> people = np.random.default_rng(0).normal(size=(30, 3))
    >>> twin = np.column_stack([people[:5, 0], people[5:10, 1:]])
    >>> attack_values(TwinRows.join(people[:20], people[20:], twin)).n_hits
    10
    """
    success = np.zeros(len(rows.people), dtype=np.bool_)
    for at in find_fine_columns(rows):
        success |= np.isin(rows.people[:, at], rows.synthetic[:, at])
    return rows.count("copied values", success, 0.0)


def find_fine_columns(rows: TwinRows) -> list[int]:
    """Find columns of numbers so fine that nine of ten people have a value of their own."""
    ordered = np.sort(rows.people, axis=0)  # gaps come last, and are no values
    n_values = (np.diff(ordered, axis=0) > 0).sum(axis=0) + 1
    is_fine = n_values > _DISTINCT * len(rows.people)
    if rows.metric.is_word is not None:
        is_fine &= ~rows.metric.is_word
    return [int(at) for at in np.flatnonzero(is_fine)]


def expect_copies(rows: TwinRows) -> float:
    r"""Return how many rows of people would stand in the twin by chance, if columns were unrelated.

    .. math:: n m \prod_c \max\left(\sum_v p_{cv}^2, \frac{\delta_c}{2 \sqrt{\pi} \sigma_c}\right)

    with :math:`p_{cv}` the share of people with value :math:`v`, over pairs of different people;
    :math:`\delta_c` the step in which numbers are written and :math:`\sigma_c` their spread: the
    chance that two draws of a Gaussian are written alike.

    Parameters
    ----------
    rows : TwinRows
        People and twin.

    Returns
    -------
    float
        Columns that hang together make more: far below 1 a copy is no chance.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = rng.normal(size=(100, 2))
    >>> coarse, fine = np.round(people, 1), people
    >>> [expect_copies(TwinRows.join(x[:75], x[75:], x)) < 0.001 for x in (coarse, fine)]
    [False, True]
    """
    is_word = rows.metric.is_word
    chance = 1.0
    for at, column in enumerate(rows.people.T):
        shared = _share_alike(column)
        if is_word is None or not is_word[at]:
            shared = max(shared, _share_written_alike(column))
        chance *= shared
        if chance == 0.0:  # of thousands of columns the first often says it
            return 0.0
    return float(chance) * len(rows.people) * len(rows.synthetic)


def _share_alike(column: NDArray[np.float64]) -> float:
    """Return the share of pairs of people who have the same value, or both none."""
    counts = np.unique(column, return_counts=True)[1].astype(np.float64)
    n_pairs = len(column) * (len(column) - 1)
    return float((counts * (counts - 1)).sum()) / n_pairs if n_pairs else 1.0


def _share_written_alike(column: NDArray[np.float64]) -> float:
    """Return the share of pairs that would be written alike, were the numbers Gaussian."""
    values = column[~np.isnan(column)]
    spread = float(values.std()) if values.size else 0.0
    if spread == 0.0:
        return 1.0
    decimals = next(
        (n for n in range(_MOST_DECIMALS) if (values == np.round(values, n)).all()), None
    )
    if decimals is None:
        return 0.0
    return float(min(1.0, 10.0**-decimals / (2 * np.pi**0.5 * spread)))
