"""Quantiles of people from two noisy histograms, one inside the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

N_COARSE = 16
N_FINE = N_COARSE * N_COARSE
N_RANKS = N_COARSE + N_FINE
"""How many numbers a person adds."""
RANKS_BOUND = float(np.sqrt(2.0))
"""Length of what one person adds: a one among the coarse bins, and one among the fine."""


def rank_contributions(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Return what each person adds to the histograms that quantiles are read from.

    Parameters
    ----------
    values : ndarray of float64, shape (n_people,)
        One for each person; those outside the range count at its edge, those that are not a number
        nowhere.
    low, high : float
        The public range.

    Returns
    -------
    ndarray of float64, shape (n_people, 272)
        A one among 16 coarse and one among 256 fine bins: rows of length `RANKS_BOUND` or zero.

    Raises
    ------
    InputError
        FSC173 if the range is empty or not finite.
    """
    if not (np.isfinite([low, high]).all() and low < high):
        raise InputError(
            "FSC173",
            "Expected a range with its lower bound below its upper one, got another.",
            "State bounds that are known without the data, for example 18 and 90 for an age.",
        )
    known = np.isfinite(values)
    place = np.clip((np.where(known, values, low) - low) / (high - low), 0.0, 1.0)
    fine = np.minimum((place * N_FINE).astype(np.int64), N_FINE - 1)
    rows = np.zeros((len(values), N_RANKS))
    who = np.arange(len(values))
    rows[who, fine // N_COARSE] = 1.0
    rows[who, N_COARSE + fine] = 1.0
    rows[~known] = 0.0
    return rows


@dataclass(frozen=True, slots=True)
class PrivateRanks:
    """How many people lie below each point of a range, as far as noisy counts tell.

    Attributes
    ----------
    edges : ndarray of float64, shape (257,)
        Points of the range, in the unit of the values.
    below : ndarray of float64, shape (257,)
        People below each, never falling.
    noise_sd : float
        Standard deviation of the noise of the least certain of them, in people.
    """

    edges: NDArray[np.float64]
    below: NDArray[np.float64]
    noise_sd: float

    @property
    def n_people(self) -> float:
        """How many people have a value, as far as noisy counts tell; at least one."""
        return max(float(self.below[-1]), 1.0)

    def quantile(self, share: float) -> float:
        """Return the value below which a share of the people lies, in the unit of the values."""
        return self._value_at(share * self.n_people)

    def interval(self, share: float) -> tuple[float, float]:
        """Return the interval of 95 % around a quantile: of the noise, and of who took part."""
        chance = share * (1 - share) * self.n_people
        half = 1.96 * float(np.sqrt(self.noise_sd**2 + chance))
        rank = share * self.n_people
        return self._value_at(rank - half), self._value_at(rank + half)

    def _value_at(self, rank: float) -> float:
        """Return the first point with so many people below it, on a line between two edges."""
        rank = min(max(rank, float(self.below[0])), float(self.below[-1]))
        at = int(np.searchsorted(self.below, rank, side="left"))
        if at == 0:
            return float(self.edges[0])
        low, high = self.below[at - 1], self.below[at]
        part = (rank - low) / (high - low) if high > low else 0.0
        return float(self.edges[at - 1] + part * (self.edges[at] - self.edges[at - 1]))


def read_ranks(
    counts: NDArray[np.float64], noise_sd: float, low: float, high: float
) -> PrivateRanks:
    r"""Return ranks from noisy sums of `rank_contributions`.

    The people below an edge are a sum of at most 15 coarse and 15 fine counts, so that the noise
    grows with the root of 30 and not of 256. Sums that fall are mended by isotonic regression.

    Parameters
    ----------
    counts : ndarray of float64, shape (272,)
        Coarse, then fine counts.
    noise_sd : float
        Standard deviation of the noise in each, in people.
    low, high : float
        The public range.

    Returns
    -------
    PrivateRanks
        Of which quantiles are read.
    """
    from scipy.optimize import isotonic_regression

    coarse, fine = counts[:N_COARSE], counts[N_COARSE:].reshape(N_COARSE, N_COARSE)
    before = np.concatenate([[0.0], np.cumsum(coarse)])
    inside = np.cumsum(fine[:, :-1], axis=1)  # (coarse, its first 15 inner edges)
    below = np.concatenate([before[:-1, None], before[:-1, None] + inside], axis=1).ravel()
    below = np.append(below, before[-1])
    n_terms = np.add.outer(np.arange(N_COARSE), np.arange(N_COARSE)).ravel()
    n_terms = np.append(n_terms, N_COARSE)
    # Nobody lies below the range: that edge has no noise, and a weight to hold it.
    mended = isotonic_regression(below, weights=1 / np.maximum(n_terms, 1e-6)).x
    edges = np.linspace(low, high, N_FINE + 1)
    worst = noise_sd * float(np.sqrt(n_terms.max()))
    return PrivateRanks(edges, np.maximum(mended, 0.0), worst)
