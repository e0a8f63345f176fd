"""What a signal gives away of a person: traits predicted by ridge regression across people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

N_FOLDS = 5
N_PERMUTATIONS = 999
_MIN_PEOPLE = 2 * N_FOLDS


@dataclass(frozen=True, slots=True)
class TraitAttack:
    """How well a trait is told from signals, in people who were not learnt from.

    Attributes
    ----------
    score : float
        Share of people who were told rightly; for a number the correlation with the truth.
    baseline : float
        The same for whoever only knows the commonest value; 0 for a number.
    p : float
        Share of permutations of the truth that score as well.
    n_people : int
        How many were told.
    """

    score: float
    baseline: float
    p: float
    n_people: int


def predict_across(
    features: NDArray[np.float64], targets: NDArray[np.float64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    r"""Predict each fold by ridge regression on the others.

    .. math:: \hat y = \bar y + K_{*}\,(K + \lambda I)^{-1} (y - \bar y), \quad
              \lambda = \operatorname{tr}(K) / n

    with :math:`K = X X^\top` of features that are standardised by the people learnt from: the
    closed form of ridge regression where there are more features than people [1]_.

    Parameters
    ----------
    features : ndarray of float64, shape (n_people, n_features)
        In any unit.
    targets : ndarray of float64, shape (n_people, n_targets)
        What is predicted, each column by itself.
    folds : ndarray of int64, shape (n_people,)
        Which fold a person is in.

    Returns
    -------
    ndarray of float64, shape (n_people, n_targets)
        Predictions for people who were not learnt from.

    Raises
    ------
    InputError
        FSC198 if the people of features, targets and folds are not the same number.

    References
    ----------
    .. [1] C. Saunders, A. Gammerman & V. Vovk (1998), Ridge regression learning algorithm in dual
       variables, ICML.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(60, 3))
    >>> found = predict_across(x, x[:, :1], np.arange(60) % 5)
    >>> bool(np.corrcoef(found[:, 0], x[:, 0])[0, 1] > 0.95)
    True
    """
    if not features.shape[0] == targets.shape[0] == folds.shape[0]:
        raise InputError(
            "FSC198",
            f"Expected features, targets and folds of as many people, got {features.shape[0]}, "
            f"{targets.shape[0]} and {folds.shape[0]}.",
            "Keep the people who have all three.",
        )
    predicted = np.zeros_like(targets)
    for fold in np.unique(folds):
        held = folds == fold
        centre, spread = features[~held].mean(axis=0), features[~held].std(axis=0)
        scale = np.where(spread > 0, spread, np.inf)  # a feature that never varies tells nothing
        learnt, new = (features[~held] - centre) / scale, (features[held] - centre) / scale
        kernel = learnt @ learnt.T
        strength = max(float(np.trace(kernel)) / len(kernel), np.finfo(float).tiny)
        mean = targets[~held].mean(axis=0)
        weights = np.linalg.solve(kernel + strength * np.eye(len(kernel)), targets[~held] - mean)
        predicted[held] = mean + (new @ learnt.T) @ weights
    return predicted


def attack_class(
    features: NDArray[np.float64], labels: NDArray[np.int64], rng: np.random.Generator
) -> TraitAttack:
    """Tell a trait of a few values from signals: sex, diagnosis.

    Parameters
    ----------
    features : ndarray of float64, shape (n_people, n_features)
        Fingerprints, one for each person.
    labels : ndarray of int64, shape (n_people,)
        The truth, from 0 on.
    rng : numpy.random.Generator
        Draws folds and permutations.

    Returns
    -------
    TraitAttack
        Accuracy beside the majority rate; folds hold alike shares of each value.

    Raises
    ------
    InputError
        FSC199 if there are fewer than ten people, or one value.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(60, 3))
    >>> told = attack_class(x, (x[:, 0] > 0).astype(int), np.random.default_rng(1))
    >>> told.score > told.baseline, told.p < 0.01
    (True, True)
    """
    _require_people(labels.astype(np.float64))
    folds = _stratify(labels.astype(np.float64), rng)
    runs = _shuffle(labels, folds, rng)  # (n_people, n_runs)
    targets = np.eye(labels.max() + 1)[runs]  # (n_people, n_runs, n_values)
    predicted = predict_across(features, targets.reshape(labels.size, -1), folds)
    told = predicted.reshape(targets.shape).argmax(axis=2)
    scores = (told == runs).mean(axis=0)
    majority = float(np.bincount(labels).max() / labels.size)
    return TraitAttack(float(scores[0]), majority, _rank(scores), labels.size)


def attack_number(
    features: NDArray[np.float64], values: NDArray[np.float64], rng: np.random.Generator
) -> TraitAttack:
    """Tell a number from signals: age.

    Parameters
    ----------
    features : ndarray of float64, shape (n_people, n_features)
        Fingerprints, one for each person.
    values : ndarray of float64, shape (n_people,)
        The truth, in any unit.
    rng : numpy.random.Generator
        Draws folds and permutations.

    Returns
    -------
    TraitAttack
        Correlation of what was predicted with the truth.

    Raises
    ------
    InputError
        FSC199 if there are fewer than ten people, or one value.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(60, 3))
    >>> attack_number(x, x[:, 0], np.random.default_rng(1)).score > 0.9
    True
    """
    _require_people(values)
    folds = _stratify(values, rng)
    targets = _shuffle(values, folds, rng)  # (n_people, n_runs)
    predicted = predict_across(features, targets, folds)
    centred = predicted - predicted.mean(axis=0), targets - targets.mean(axis=0)
    lengths = np.linalg.norm(centred[0], axis=0) * np.linalg.norm(centred[1], axis=0)
    products = (centred[0] * centred[1]).sum(axis=0)
    scores = np.divide(products, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return TraitAttack(float(scores[0]), 0.0, _rank(scores), values.size)


def _require_people(values: NDArray[np.float64]) -> None:
    n_values = np.unique(values).size
    if values.size < _MIN_PEOPLE or n_values < 2:
        raise InputError(
            "FSC199",
            f"Expected at least {_MIN_PEOPLE} people who differ in the trait, got {values.size} "
            f"people with {n_values} values.",
            "Ask about another trait, or with more people.",
        )


def _stratify(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal people to folds in the order of their values, like ones in a random order."""
    order = np.lexsort((rng.random(values.size), values))
    folds = np.empty(values.size, dtype=np.int64)
    folds[order] = np.arange(values.size) % N_FOLDS
    return folds


_Truth = TypeVar("_Truth", np.float64, np.int64)


def _shuffle(
    truth: NDArray[_Truth], folds: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[_Truth]:
    """Return the truth, then its permutations, each within the folds, shape (n_people, n_runs).

    Across folds a permutation would undo their likeness, and with it score worse than the truth
    where there is nothing to be found.
    """
    runs = np.tile(truth[:, None], (1, N_PERMUTATIONS + 1))
    for fold in np.unique(folds):
        held = np.flatnonzero(folds == fold)
        runs[held, 1:] = rng.permuted(runs[held, 1:], axis=0)
    return runs


def _rank(scores: NDArray[np.float64]) -> float:
    """Return the share of runs that score as well as the first, itself among them."""
    return float(np.mean(scores >= scores[0] - 1e-12))
