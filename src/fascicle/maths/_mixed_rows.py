"""How far people are apart whose rows hold numbers, words and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

_TAIL = 0.05
_MOST_WORDS = 50


@dataclass(frozen=True, slots=True)
class RowMetric:
    """A distance between rows.

    Attributes
    ----------
    scale : ndarray of float64, shape (n_columns,)
        What each column's differences are divided by, in its own unit; 1 for words.
    is_word : ndarray of bool, shape (n_columns,), or None
        Columns of words. None: rows are points, none of their numbers is missing, and distances
        are Euclidean; else they are Gower's.
    """

    scale: NDArray[np.float64]
    is_word: NDArray[np.bool_] | None = None

    @classmethod
    def fit(cls, rows: NDArray[np.float64], is_word: NDArray[np.bool_] | None = None) -> RowMetric:
        r"""Return the distance that suits some rows.

        Points are compared as they are. Rows of a table are compared column by column [1]_:

        .. math:: d(x, y) = \frac1p \sum_j \delta_j(x_j, y_j), \quad
                  \delta_j = \min(1, |x_j - y_j| / s_j)

        with :math:`s_j` the way from the 5th to the 95th percentile, so that one extreme value
        does not make all others alike. For words, :math:`\delta_j` tells whether they differ; a
        gap is like a gap and unlike every value.

        Parameters
        ----------
        rows : ndarray of float64, shape (n_rows, n_columns)
            NaN where a value is missing; words as numbers, from 0 on.
        is_word : ndarray of bool, shape (n_columns,), optional
            Columns of words. Default: rows are points.

        Returns
        -------
        RowMetric
            With the scales of these rows.

        Raises
        ------
        InputError
            FSC143 if rows are no table of two axes that fits `is_word`, or points have gaps.

        References
        ----------
        .. [1] J. C. Gower (1971), doi:10.2307/2528823

        Examples
        --------
        >>> rows = np.array([[20.0, 0], [30, 0], [40, 1], [np.nan, 1]])
        >>> metric = RowMetric.fit(rows, np.array([False, True]))
        >>> metric.between(rows[:1], rows).round(2).tolist()
        [[0.0, 0.28, 1.0, 1.0]]
        """
        require_rows(rows, is_word)
        if rows.size == 0:
            return cls(np.ones(rows.shape[1]), is_word)
        # A column of gaps alone has no percentile; there is nothing in it to be scaled.
        known = np.where(np.isfinite(rows).any(axis=0), rows, 0.0)
        quantile = np.nanquantile if np.isnan(known).any() else np.quantile  # much faster
        low, high = quantile(known, [_TAIL, 1 - _TAIL], axis=0)
        whole = np.nanmax(known, axis=0) - np.nanmin(known, axis=0)
        scale = np.where(high > low, high - low, np.where(whole > 0, whole, 1.0))
        if is_word is not None:
            scale = np.where(is_word, 1.0, scale)
        return cls(scale, is_word)

    def on(self, columns: NDArray[np.intp]) -> RowMetric:
        """Return the same distance on some of the columns alone."""
        words = None if self.is_word is None else self.is_word[columns]
        return RowMetric(self.scale[columns], words)

    def between(
        self, rows: NDArray[np.float64], others: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return all distances, shape (n_rows, n_others)."""
        if self.is_word is None:
            return _euclid(rows, others)
        total = np.zeros((len(rows), len(others)))
        for at in range(rows.shape[1]):
            total += self.apart(rows, others, at)
        return np.asarray(total / max(rows.shape[1], 1))

    def apart(
        self, rows: NDArray[np.float64], others: NDArray[np.float64], column: int
    ) -> NDArray[np.float64]:
        """Return how far rows are apart in one column, in its scale and at most 1.

        Parameters
        ----------
        rows, others : ndarray of float64, shape (n, n_columns)
            As `fit` takes them.
        column : int
            Which column.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_others)
            0 for equal values, and for two gaps.
        """
        first, second = rows[:, column, None], others[None, :, column]
        gaps = np.isnan(first) | np.isnan(second)
        both = np.isnan(first) & np.isnan(second)
        if self.is_word is not None and self.is_word[column]:
            found = (first != second).astype(np.float64)
        else:
            found = np.minimum(np.abs(first - second) / self.scale[column], 1.0)
        return np.asarray(np.where(both, 0.0, np.where(gaps, 1.0, found)), np.float64)


def require_rows(rows: NDArray[np.float64], is_word: NDArray[np.bool_] | None) -> None:
    """Refuse what is no table of two axes that fits its marks, and points with gaps (FSC143)."""
    if rows.ndim != 2 or (is_word is not None and is_word.shape != rows.shape[1:]):
        raise InputError(
            "FSC143",
            f"Expected one row for each person and one mark for each column, got {rows.shape}.",
            "Give the same columns for all people.",
        )
    if is_word is None and not np.isfinite(rows).all():
        raise InputError(
            "FSC143",
            "Expected points without gaps, got values that are missing or infinite.",
            "Say which columns are words: rows are then compared as those of a table.",
        )


def _euclid(rows: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Euclidean distances through products, which a library does at once."""
    if not len(rows) or not len(others):
        return np.zeros((len(rows), len(others)))
    # Around their own middle, so that what is subtracted is no larger than what is left.
    centre = others.mean(axis=0)
    first, second = rows - centre, others - centre
    lengths = (first**2).sum(axis=1)[:, None], (second**2).sum(axis=1)[None, :]
    squares = lengths[0] + lengths[1] - 2 * first @ second.T
    # Below this a difference is rounding: the rows are one.
    noise = 8 * np.finfo(np.float64).eps * (lengths[0] + lengths[1])
    return np.asarray(np.sqrt(np.where(squares > noise, squares, 0.0)))


def spread_words(
    rows: NDArray[np.float64], is_word: NDArray[np.bool_] | None
) -> NDArray[np.float64]:
    """Return rows as numbers without gaps: words as one column each, gaps as a column of marks.

    Parameters
    ----------
    rows : ndarray of float64, shape (n_rows, n_columns)
        NaN where a value is missing; words as numbers, from 0 on.
    is_word : ndarray of bool, shape (n_columns,), or None
        Columns of words; None returns the rows as they are.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_features)
        Each feature with mean 0 and standard deviation 1, or all 0; a missing number is at the
        median. Words beyond the fifty commonest are one.

    Examples
    --------
    >>> rows = np.array([[20.0, 0], [30, 1], [np.nan, 2]])
    >>> spread_words(rows, np.array([False, True])).shape
    (3, 5)
    """
    if is_word is None:
        return rows
    features = []
    for column, word in zip(rows.T, is_word, strict=True):
        gaps = np.isnan(column)
        if word:
            values, counts = np.unique(column[~gaps], return_counts=True)
            common = values[np.argsort(-counts, kind="stable")[:_MOST_WORDS]]
            features += [(column == value).astype(np.float64) for value in common]
        else:
            middle = np.median(column[~gaps]) if (~gaps).any() else 0.0
            features.append(np.where(gaps, middle, column))
        if gaps.any():
            features.append(gaps.astype(np.float64))
    wide = np.stack(features, axis=1) if features else np.zeros((len(rows), 0))
    centred, spread = wide - wide.mean(axis=0), wide.std(axis=0)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(wide), where=spread > 0))
