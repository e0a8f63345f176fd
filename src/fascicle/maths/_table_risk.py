"""How easily a row of a table is told to be somebody's: classes, diversity, three risks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._intervals import proportion_interval

_N_NODES = 200


@dataclass(frozen=True, slots=True)
class RecordRisk:
    """How a table stands against an attacker who knows that somebody is in it.

    Attributes
    ----------
    n_records, n_classes : int
        Rows, and how many combinations of values there are.
    k : int
        Size of the smallest class; 0 for an empty table.
    n_unique : int
        Rows that are alone in their class.
    unique_interval : tuple of float
        Exact 95 % interval of the share of unique rows.
    max_risk, mean_risk : float
        Chance of naming a row by guessing in its class: of the worst row, and of all in the mean.
    share_small : float
        Share of rows in classes that are smaller than what is asked for.
    """

    n_records: int
    n_classes: int
    k: int
    n_unique: int
    unique_interval: tuple[float, float]
    max_risk: float
    mean_risk: float
    share_small: float


def find_classes(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the classes of rows that agree in every column, and number them.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_records, n_columns)
        Values as numbers; -1 is a missing one, which is a value like any other here: that errs
        towards more risk.

    Returns
    -------
    ndarray of int64, shape (n_records,)
        From 0 on; all 0 where there are no columns.

    Raises
    ------
    InputError
        FSC193 if `codes` is not two-dimensional.

    Examples
    --------
    >>> find_classes(np.array([[1, 0], [0, 0], [1, 0], [1, -1]])).tolist()
    [2, 0, 2, 1]
    """
    if codes.ndim != 2:
        raise InputError(
            "FSC193",
            f"Expected a table of two axes, got {codes.ndim}.",
            "Give one row for each person and one column for each quasi-identifier.",
        )
    classes = np.zeros(codes.shape[0], dtype=np.int64)
    for column in codes.T:
        _, ranks = np.unique(column, return_inverse=True)
        # Renumbered after each column, so that the product never grows beyond n squared.
        _, classes = np.unique(classes * (ranks.max(initial=0) + 1) + ranks, return_inverse=True)
    return classes.astype(np.int64)


def count_classmates(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the size of each row's class, shape (n_records,).

    Examples
    --------
    >>> count_classmates(np.array([1, 0, 1])).tolist()
    [2, 1, 2]
    """
    counts: NDArray[np.int64] = np.bincount(classes).astype(np.int64)[classes]
    return counts


def measure_records(classes: NDArray[np.int64], *, min_size: int = 11) -> RecordRisk:
    r"""Prosecutor risk: the attacker knows that the person is in the table.

    .. math:: \theta_i = 1 / f_{c(i)},\quad \bar\theta = J / n

    with :math:`f` the size of a row's class and :math:`J` the number of classes [1]_.

    Parameters
    ----------
    classes : ndarray of int64, shape (n_records,)
        As `find_classes` numbers them.
    min_size : int
        Size of class that is asked for; 11 is what regulators ask of what is published.

    Returns
    -------
    RecordRisk
        All zero for an empty table.

    References
    ----------
    .. [1] F. K. Dankar & K. El Emam (2010), doi:10.1145/1754239.1754271

    Examples
    --------
    >>> found = measure_records(np.array([0, 0, 1]))
    >>> found.k, found.n_unique, round(found.mean_risk, 3)
    (1, 1, 0.667)
    """
    n_records = classes.size
    if n_records == 0:
        return RecordRisk(0, 0, 0, 0, (0.0, 1.0), 0.0, 0.0, 0.0)
    sizes = count_classmates(classes)
    n_unique = int(np.sum(sizes == 1))
    n_classes = int(classes.max()) + 1
    return RecordRisk(
        n_records=n_records,
        n_classes=n_classes,
        k=int(sizes.min()),
        n_unique=n_unique,
        unique_interval=proportion_interval(n_unique, n_records),
        max_risk=float(1 / sizes.min()),
        mean_risk=n_classes / n_records,
        share_small=float(np.mean(sizes < min_size)),
    )


def expect_match(sizes: NDArray[np.int64], n_population: int) -> NDArray[np.float64]:
    r"""Chance of naming a row among a population of which the table is a random sample.

    .. math:: E[1/F \mid f] = \frac{\pi L}{1-\pi} \int_0^1
              \Big(\pi \frac{\pi^{-w} - 1}{1-\pi}\Big)^{f-1} dw,\quad L = -\ln \pi

    with :math:`\pi = n/N` and :math:`F` negative binomial given the class's size in the sample, the
    model of mu-Argus [1]_. For a row that is unique in the sample it is
    :math:`\pi L / (1 - \pi)`.

    Parameters
    ----------
    sizes : ndarray of int64, shape (n_records,)
        Size of each row's class in the sample, 1 or more.
    n_population : int
        How many people the table could have been drawn from; no fewer than rows.

    Returns
    -------
    ndarray of float64, shape (n_records,)
        Journalist risk of each row, at most 1 / size; their mean is the marketer risk [2]_.

    Raises
    ------
    InputError
        FSC194 if the population is smaller than the table.

    Notes
    -----
    Too low for a person who is known to be in the table, and for traits that are rare in the
    population.

    References
    ----------
    .. [1] L. Franconi & S. Polettini (2004), doi:10.1007/978-3-540-25955-8_20
    .. [2] F. K. Dankar & K. El Emam (2010), doi:10.1145/1754239.1754271

    Examples
    --------
    >>> expect_match(np.array([1, 2]), 2).tolist()
    [1.0, 0.5]
    >>> expect_match(np.ones(100, dtype=np.int64), 10_000)[0].round(4).tolist()
    0.0465
    """
    if n_population < sizes.size:
        raise InputError(
            "FSC194",
            f"Expected a population of at least the {sizes.size} people of the table, got "
            f"{n_population}.",
            "Say how many people could have taken part: those of the region, or of the clinic.",
        )
    share = sizes.size / max(n_population, 1)
    if sizes.size == 0 or share == 1:
        return np.asarray(1 / sizes, np.float64)
    distinct, place = np.unique(sizes, return_inverse=True)
    nodes, weights = np.polynomial.legendre.leggauss(_N_NODES)
    at = (nodes + 1) / 2
    base = share * np.expm1(-np.log(share) * at) / (1 - share)  # (nodes,), 0 to 1
    integral = (base[None, :] ** (distinct[:, None] - 1)) @ (weights / 2)
    expected = -share * np.log(share) / (1 - share) * integral
    return np.asarray(expected[place], np.float64)


def count_diversity(classes: NDArray[np.int64], sensitive: NDArray[np.int64]) -> tuple[int, float]:
    r"""l-diversity: how many values of a sensitive column the poorest class has.

    .. math:: \ell = \min_c |S_c|, \quad \ell_H = \min_c \exp\Big(-\sum_s p_{cs} \ln p_{cs}\Big)

    Parameters
    ----------
    classes : ndarray of int64, shape (n_records,)
        As `find_classes` numbers them.
    sensitive : ndarray of int64, shape (n_records,)
        Values as numbers; -1 is missing and tells nothing.

    Returns
    -------
    tuple of int and float
        Distinct and entropy l-diversity [1]_; (0, 0.0) if nobody has a value.

    References
    ----------
    .. [1] A. Machanavajjhala et al. (2007), doi:10.1145/1217299.1217302

    Examples
    --------
    >>> count_diversity(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 0]))
    (1, 1.0)
    """
    shares = _shares_by_class(classes, sensitive)
    if not shares.size:
        return 0, 0.0
    logs = np.log(np.where(shares > 0, shares, 1.0))
    entropy = -(shares * logs).sum(axis=1)
    return int((shares > 0).sum(axis=1).min()), float(np.exp(entropy.min()))


def measure_closeness(
    classes: NDArray[np.int64], sensitive: NDArray[np.int64], *, is_ordered: bool = False
) -> float:
    r"""t-closeness: how far a class's values of a sensitive column are from those of all.

    .. math:: t = \max_c \tfrac12 \sum_s |p_{cs} - q_s|, \quad
              t_{ord} = \max_c \tfrac1{m-1} \sum_{j<m} \Big|\sum_{s \le j} (p_{cs} - q_s)\Big|

    the earth mover's distance between distributions, for words and for ordered values [1]_.

    Parameters
    ----------
    classes : ndarray of int64, shape (n_records,)
        As `find_classes` numbers them.
    sensitive : ndarray of int64, shape (n_records,)
        Values as numbers, in order if they have one; -1 is missing and is left out.
    is_ordered : bool
        Whether near values are like one another.

    Returns
    -------
    float
        Between 0 (each class is like all) and 1; 0 if nobody has a value.

    References
    ----------
    .. [1] N. Li, T. Li & S. Venkatasubramanian (2007), doi:10.1109/ICDE.2007.367856

    Examples
    --------
    >>> measure_closeness(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))
    0.5
    """
    shares = _shares_by_class(classes, sensitive)
    if not shares.size or shares.shape[1] == 1:
        return 0.0
    known = sensitive[sensitive >= 0]
    of_all = np.bincount(np.unique(known, return_inverse=True)[1]) / known.size
    apart = shares - of_all  # (n_classes, n_values)
    if is_ordered:
        moved = np.abs(np.cumsum(apart, axis=1)[:, :-1]).sum(axis=1) / (apart.shape[1] - 1)
    else:
        moved = np.abs(apart).sum(axis=1) / 2
    return float(moved.max())


def _shares_by_class(
    classes: NDArray[np.int64], sensitive: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return shares (n_classes, n_values) of the classes in which somebody has a value."""
    known = sensitive >= 0
    _, rows = np.unique(classes[known], return_inverse=True)
    _, values = np.unique(sensitive[known], return_inverse=True)
    if not known.any():
        return np.zeros((0, 0))
    counts = np.zeros((rows.max() + 1, values.max() + 1))
    np.add.at(counts, (rows, values), 1)
    shares: NDArray[np.float64] = counts / counts.sum(axis=1, keepdims=True)
    return shares


def lose_information(before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    r"""Share of a column's information that is gone when values are made coarser.

    .. math:: 1 - H(\text{after}) / H(\text{before})

    with the entropy :math:`H` of the values [1]_.

    Parameters
    ----------
    before, after : ndarray of int64, shape (n_records,)
        Values as numbers; each value of `before` has one value in `after`.

    Returns
    -------
    float
        Between 0 (nothing) and 1 (all values are one); 0 for a column of one value.

    References
    ----------
    .. [1] A. Gionis & T. Tassa (2009), doi:10.1109/TKDE.2008.129

    Examples
    --------
    >>> lose_information(np.array([0, 1, 2, 3]), np.array([0, 0, 1, 1]))
    0.5
    """
    first = _entropy(before)
    return float(np.clip(1 - _entropy(after) / first, 0, 1)) if first else 0.0


def _entropy(values: NDArray[np.int64]) -> float:
    shares = np.unique(values, return_counts=True)[1] / max(values.size, 1)
    return float(-(shares * np.log(shares)).sum())


def link_records(
    known: NDArray[np.int64], released: NDArray[np.int64], rng: np.random.Generator
) -> int:
    """Attack a table: name each row by a guess among the people whose values fit it.

    Parameters
    ----------
    known : ndarray of int64, shape (n_people, n_columns)
        What the attacker knows of each person, coarsened as the table is.
    released : ndarray of int64, shape (n_people, n_columns)
        The rows that leave, in the same order, which the attacker does not know.
    rng : numpy.random.Generator
        Draws the guesses.

    Returns
    -------
    int
        How many rows were named rightly.

    Examples
    --------
    >>> link_records(np.eye(3, dtype=int), np.eye(3, dtype=int), np.random.default_rng(0))
    3
    """
    fitting = defaultdict[tuple[int, ...], list[int]](list)
    for person, values in enumerate(known.tolist()):
        fitting[tuple(values)].append(person)
    n_hits = 0
    for row, values in enumerate(released.tolist()):
        people = fitting.get(tuple(values), [])
        n_hits += bool(people) and people[rng.integers(len(people))] == row
    return n_hits
