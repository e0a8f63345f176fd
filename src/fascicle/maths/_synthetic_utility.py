"""How well synthetic people stand for real ones: matrices, spectra, tables, what is learnt."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._intervals import proportion_interval
from ._membership import attack_membership
from ._private_matrices import fold_matrices
from ._trait_attack import predict_across


@dataclass(frozen=True, slots=True)
class FeatureUtility:
    """How mean and spread of features agree, real with synthetic.

    Attributes
    ----------
    mean_correlation : float
        Of the features' means over people; 0 where one side is constant.
    mean_error : float
        Root mean square difference of these means, in the features' unit.
    spread_correlation : float
        Of the features' standard deviations over people.
    spread_ratio : float
        Mean standard deviation, synthetic by real: 1 is right, 0 is one person over and over.
    """

    mean_correlation: float
    mean_error: float
    spread_correlation: float
    spread_ratio: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def utility_of_features(
    real: NDArray[np.float64], synthetic: NDArray[np.float64]
) -> FeatureUtility:
    """Compare mean and spread of features over people.

    Parameters
    ----------
    real, synthetic : ndarray of float64, shape (n_people, n_features)
        In one unit; the people may be of different number.

    Returns
    -------
    FeatureUtility
        Beside what two sets of real people reach, it says what the twin costs.

    Raises
    ------
    InputError
        FSC143 if the features differ; FSC144 if there are fewer than two people of either.

    Examples
    --------
    >>> real = np.array([[0.0, 1, 4], [2, 3, 4]])
    >>> utility_of_features(real, real + 1).as_dict()["mean_error"]
    1.0
    """
    _require_alike(real, synthetic)
    means = real.mean(axis=0), synthetic.mean(axis=0)
    spreads = _spread(real), _spread(synthetic)
    ratio = float(spreads[1].mean() / spreads[0].mean()) if spreads[0].any() else np.nan
    return FeatureUtility(
        mean_correlation=_correlate(*means),
        mean_error=float(np.sqrt(np.mean((means[0] - means[1]) ** 2))),
        spread_correlation=_correlate(*spreads),
        spread_ratio=ratio,
    )


def utility_of_matrices(
    real: NDArray[np.float64], synthetic: NDArray[np.float64]
) -> FeatureUtility:
    """Compare functional connectivity, edge by edge.

    Parameters
    ----------
    real, synthetic : ndarray of float64, shape (n_people, n_regions, n_regions)
        Symmetric; the diagonal is not looked at.

    Returns
    -------
    FeatureUtility
        Its error is in units of correlation.

    Raises
    ------
    InputError
        FSC172 if they are no matrices; FSC143 if their sizes differ; FSC144 if there are fewer
        than two people of either.
    """
    return utility_of_features(fold_matrices(real) / 2**0.5, fold_matrices(synthetic) / 2**0.5)


def utility_of_spectra(real: NDArray[np.float64], synthetic: NDArray[np.float64]) -> FeatureUtility:
    """Compare power spectra on the scale of decibels.

    Parameters
    ----------
    real, synthetic : ndarray of float64, shape (n_people, n_channels, n_freqs)
        Power spectral densities, in one unit. What has no power in any of the people is left out.

    Returns
    -------
    FeatureUtility
        Its error is in decibels.

    Raises
    ------
    InputError
        FSC143 if channels or frequencies differ; FSC144 if there are fewer than two people of
        either.

    Examples
    --------
    >>> power = np.random.default_rng(0).gamma(2, size=(5, 3, 7))
    >>> round(utility_of_spectra(power, 10 * power).mean_error, 6)
    10.0
    """
    if real.ndim != 3 or real.shape[1:] != synthetic.shape[1:]:
        _refuse(real, synthetic)
    first, second = real.reshape(len(real), -1), synthetic.reshape(len(synthetic), -1)
    alive = (first > 0).all(axis=0) & (second > 0).all(axis=0)
    return utility_of_features(10 * np.log10(first[:, alive]), 10 * np.log10(second[:, alive]))


@dataclass(frozen=True, slots=True)
class TableUtility:
    """How columns of a table agree, each by itself and two by two.

    Attributes
    ----------
    column_distances : tuple of float
        For each column, the largest difference of distribution functions (numbers) or half the
        sum of differences of shares (words, a gap being a word): 0 is alike, 1 has nothing in
        common.
    gap_difference : float
        Largest difference of the share of missing values in a column.
    pair_error : float
        Root mean square difference of associations of two columns; NaN for a single column.
    pair_correlation : float
        Of these associations, real with synthetic; 0 where one side is constant, NaN for a
        single column.
    """

    column_distances: tuple[float, ...]
    gap_difference: float
    pair_error: float
    pair_correlation: float

    @property
    def mean_distance(self) -> float:
        """Mean of `column_distances`."""
        return float(np.mean(self.column_distances))

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self) | {"mean_distance": self.mean_distance}


def utility_of_table(
    real: NDArray[np.float64], synthetic: NDArray[np.float64], is_word: NDArray[np.bool_]
) -> TableUtility:
    r"""Compare the columns of two tables, and how they hang together.

    The association of two numbers is Spearman's correlation; of two words Cramér's
    :math:`V = \sqrt{\chi^2 / n (k - 1)}`; of a number and a word the correlation ratio of ranks,
    :math:`\eta`.

    Parameters
    ----------
    real, synthetic : ndarray of float64, shape (n_people, n_columns)
        NaN where a value is missing; words as numbers, from 0 on.
    is_word : ndarray of bool, shape (n_columns,)
        Columns of words.

    Returns
    -------
    TableUtility
        Beside what two sets of real people reach, it says what the twin costs.

    Raises
    ------
    InputError
        FSC143 if the columns differ; FSC144 if there are fewer than two people of either.

    Examples
    --------
    >>> rows = np.array([[1.0, 0], [2, 1], [3, 1], [4, 0]])
    >>> found = utility_of_table(rows, rows[::-1], np.array([False, True]))
    >>> found.column_distances, found.pair_error
    ((0.0, 0.0), 0.0)
    """
    _require_alike(real, synthetic)
    if is_word.shape != real.shape[1:]:
        _refuse(real, synthetic)
    distances = tuple(
        _word_distance(real[:, at], synthetic[:, at])
        if is_word[at]
        else _number_distance(real[:, at], synthetic[:, at])
        for at in range(real.shape[1])
    )
    gaps = np.abs(np.isnan(real).mean(axis=0) - np.isnan(synthetic).mean(axis=0))
    pairs = [
        [_associate(rows, first, second, is_word) for rows in (real, synthetic)]
        for first in range(real.shape[1])
        for second in range(first)
    ]
    both = np.array(pairs).reshape(-1, 2)  # (n_pairs, real and synthetic)
    return TableUtility(
        column_distances=distances,
        gap_difference=float(gaps.max(initial=0.0)),
        pair_error=float(np.sqrt(np.mean((both[:, 0] - both[:, 1]) ** 2))) if pairs else np.nan,
        pair_correlation=_correlate(both[:, 0], both[:, 1]) if pairs else np.nan,
    )


def _spread(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return standard deviations of features; 0, and not rounding, for one that never varies."""
    spread = rows.std(axis=0, ddof=1)
    return np.asarray(np.where(spread > 1e-12 * np.abs(rows).max(axis=0), spread, 0.0))


def _correlate(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return Pearson's correlation; 0 where one side is constant."""
    one, other = first - first.mean(), second - second.mean()
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 0 else 0.0


def _number_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the largest difference of two distribution functions, gaps left out."""
    first, second = np.sort(first[~np.isnan(first)]), np.sort(second[~np.isnan(second)])
    if not first.size or not second.size:
        return float(first.size != second.size)
    at = np.concatenate([first, second])
    below = [np.searchsorted(side, at, side="right") / side.size for side in (first, second)]
    return float(np.abs(below[0] - below[1]).max())


def _word_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return half the sum of differences of shares, a gap being a word."""
    first, second = np.nan_to_num(first, nan=-1.0), np.nan_to_num(second, nan=-1.0)
    values = np.union1d(first, second)
    shares = [(side[:, None] == values).mean(axis=0) for side in (first, second)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def _associate(
    rows: NDArray[np.float64], first: int, second: int, is_word: NDArray[np.bool_]
) -> float:
    """Return how two columns hang together, in the people who have both; 0 for a constant."""
    from scipy.stats import rankdata

    kept = rows[~np.isnan(rows[:, first]) & ~np.isnan(rows[:, second])]
    one, other = kept[:, first], kept[:, second]
    if np.unique(one).size < 2 or np.unique(other).size < 2:
        return 0.0
    if is_word[first] and is_word[second]:
        return _cramer(one, other)
    if not is_word[first] and not is_word[second]:
        return _correlate(rankdata(one), rankdata(other))
    words, numbers = (one, rankdata(other)) if is_word[first] else (other, rankdata(one))
    groups = np.unique(words, return_inverse=True)[1]
    means = np.bincount(groups, numbers) / np.bincount(groups)
    return float(np.sqrt(means[groups].var() / numbers.var()))


def _cramer(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    rows, columns = (np.unique(side, return_inverse=True)[1] for side in (first, second))
    counts = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(counts, (rows, columns), 1)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / len(first)
    chi = float(((counts - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi / len(first) / (min(counts.shape) - 1)))


@dataclass(frozen=True, slots=True)
class TaughtScore:
    """How well a class is told of real people by a classifier taught on some rows.

    Attributes
    ----------
    n_hits, n_people : int
        Real people told rightly, of how many.
    baseline : float
        Share told by whoever names the commonest class of those taught on.
    auc : float
        Chance that of two people the one of the class scores higher; for several classes the mean
        of each against the rest; NaN where the people tested have one class.
    """

    n_hits: int
    n_people: int
    baseline: float
    auc: float

    @property
    def accuracy(self) -> float:
        """Share of people told rightly."""
        return self.n_hits / self.n_people

    @property
    def interval(self) -> tuple[float, float]:
        """Exact 95 % interval of `accuracy`."""
        return proportion_interval(self.n_hits, self.n_people)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        shown = {"accuracy": self.accuracy, "interval": list(self.interval)}
        return asdict(self) | shown | {"auc": self.auc if np.isfinite(self.auc) else None}


def teach_and_test(
    taught: tuple[NDArray[np.float64], NDArray[np.int64]],
    tested: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> TaughtScore:
    """Teach a ridge classifier on some rows and test it on others.

    Taught on a twin and tested on real people held out, beside taught on real people: what the
    twin is worth to whoever learns from it.

    Parameters
    ----------
    taught, tested : tuple of ndarray of float64 (n_people, n_features) and of int64 (n_people,)
        Features without gaps, and classes from 0 on.

    Returns
    -------
    TaughtScore
        Of the people tested.

    Raises
    ------
    InputError
        FSC143 if features or classes do not fit; FSC144 if there are fewer than two people of
        either.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(90, 3))
    >>> y = (x[:, 0] > 0).astype(int)
    >>> teach_and_test((x[:60], y[:60]), (x[60:], y[60:])).accuracy > 0.8
    True
    """
    (features, classes), (new, truth) = taught, tested
    _require_alike(features, new)
    if len(classes) != len(features) or len(truth) != len(new):
        _refuse(features, new)
    n_classes = int(max(classes.max(), truth.max())) + 1
    targets = np.zeros((len(classes) + len(truth), n_classes))
    targets[np.arange(len(classes)), classes] = 1.0
    folds = np.repeat([0, 1], [len(classes), len(truth)])
    # Those tested are the second fold, whose targets the first never sees.
    scores = predict_across(np.concatenate([features, new]), targets, folds)[len(classes) :]
    common = int(np.bincount(classes).argmax())
    aucs = [
        attack_membership("", scores[truth == one, one], scores[truth != one, one]).auc
        for one in np.unique(truth)
        if min((truth == one).sum(), (truth != one).sum()) > 1
    ]
    return TaughtScore(
        n_hits=int((scores.argmax(axis=1) == truth).sum()),
        n_people=len(truth),
        baseline=float((truth == common).mean()),
        auc=float(np.mean(aucs)) if aucs else np.nan,
    )


def _require_alike(real: NDArray[np.float64], synthetic: NDArray[np.float64]) -> None:
    if real.ndim != 2 or synthetic.ndim != 2 or real.shape[1] != synthetic.shape[1]:
        _refuse(real, synthetic)
    if min(len(real), len(synthetic)) < 2:
        raise InputError(
            "FSC144",
            f"Expected two people or more of each, got {len(real)} and {len(synthetic)}.",
            "Compare more people.",
        )


def _refuse(real: NDArray[np.float64], synthetic: NDArray[np.float64]) -> None:
    raise InputError(
        "FSC143",
        f"Expected the same features of two sets of people, with one class each where classes "
        f"are given, got shapes {real.shape} and {synthetic.shape}.",
        "Give the same columns, regions, channels and frequencies of both.",
    )
