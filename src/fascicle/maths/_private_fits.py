"""Linear and logistic fits from sums over people that carry noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_LOGISTIC_STEPS = 10
_N_REDRAWS = 400


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients with their errors.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (n_features,)
        Of features on the scale that they were given on.
    standard_errors : ndarray of float64, shape (n_features,)
        Of who took part and of the noise together.
    noise_errors : ndarray of float64, shape (n_features,)
        Of the noise alone.
    """

    coefficients: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    noise_errors: NDArray[np.float64]


def fold_products(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Return the products of each row with itself, each pair once.

    Pairs of two different numbers are multiplied by :math:`\sqrt 2`: a row of length r becomes one
    of length :math:`r^2`.

    Parameters
    ----------
    rows : ndarray of float64, shape (n_people, n_features)
        One for each person.

    Returns
    -------
    ndarray of float64, shape (n_people, n_features * (n_features + 1) / 2)
        In the order of the rows of the upper triangle.

    Examples
    --------
    >>> fold_products(np.array([[1.0, 2.0]])).round(3)
    array([[1.   , 2.828, 4.   ]])
    """
    first, second = np.triu_indices(rows.shape[1])
    weights = np.where(first == second, 1.0, np.sqrt(2.0))
    return np.asarray(rows[:, first] * rows[:, second] * weights)


def unfold_products(sums: NDArray[np.float64], n_features: int) -> NDArray[np.float64]:
    """Return the matrix of a sum of `fold_products`, shape (n_features, n_features)."""
    first, second = np.triu_indices(n_features)
    matrix = np.zeros((n_features, n_features))
    matrix[first, second] = sums / np.where(first == second, 1.0, np.sqrt(2.0))
    return np.asarray(matrix + np.triu(matrix, 1).T)


def fit_linear(sums: NDArray[np.float64], noise_sd: float, n_features: int) -> Fit:
    r"""Fit the last of a person's numbers by the others, from noisy sums of products.

    .. math:: \hat\beta = \tilde S_{xx}^{-1} s_{xy}

    where eigenvalues of :math:`S_{xx}` below the size of its noise are lifted to it, which keeps it
    invertible. Errors by the noise come from drawing it again on what was released.

    Parameters
    ----------
    sums : ndarray of float64, shape (n_features + 1) * (n_features + 2) / 2,)
        Sum over people of `fold_products` of rows whose first number is 1 and whose last is fitted.
    noise_sd : float
        Standard deviation of the noise in each.
    n_features : int
        How many, the 1 included.

    Returns
    -------
    Fit
        On the scale of the rows.
    """
    products = unfold_products(sums, n_features + 1)
    floor = noise_sd * np.sqrt(n_features)

    def solve(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        gram = _make_positive(matrix[:-1, :-1], floor)
        return np.asarray(np.linalg.solve(gram, matrix[:-1, -1]))

    found = solve(products)
    # What is drawn here is no secret: it only shows how far such noise moves the answer.
    rng = np.random.default_rng(0)
    redrawn = np.array([
        solve(unfold_products(sums + rng.normal(0.0, noise_sd, sums.shape), n_features + 1))
        for _ in range(_N_REDRAWS)
    ])
    by_noise = redrawn.std(axis=0)
    n_people = max(products[0, 0], n_features + 1.0)
    left = products[-1, -1] - found @ products[:-1, -1]
    variance = max(left, 0.0) / (n_people - n_features)
    gram = _make_positive(products[:-1, :-1], floor)
    by_people = np.sqrt(variance * np.diag(np.linalg.inv(gram)))
    return Fit(found, np.hypot(by_people, by_noise), by_noise)


def logistic_gradients(
    features: NDArray[np.float64], outcomes: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each person's gradient of the logistic likelihood, shape (n_people, n_features).

    A row of features of length r has a gradient no longer than r.

    Parameters
    ----------
    features : ndarray of float64, shape (n_people, n_features)
        The first of each row is 1.
    outcomes : ndarray of float64, shape (n_people,)
        0 or 1.
    weights : ndarray of float64, shape (n_features,)
        Coefficients so far.

    Returns
    -------
    ndarray of float64, shape (n_people, n_features)
        Upwards.
    """
    expected = 1 / (1 + np.exp(-np.clip(features @ weights, -500.0, 500.0)))
    return np.asarray(features * (outcomes - expected)[:, None])


class LogisticClimb:
    r"""Logistic coefficients from noisy gradients.

    Each step divides the gradient by a quarter of the products of the features, which bounds the
    curvature everywhere (Böhning & Lindsay 1988, doi:10.1007/BF00049423), so that few steps do.

    Parameters
    ----------
    products : ndarray of float64, shape (n_features * (n_features + 1) / 2,)
        Noisy sum over people of `fold_products` of the features.
    noise_sd : float
        Standard deviation of the noise in each.
    n_features : int
        How many, the 1 included.
    """

    def __init__(self, products: NDArray[np.float64], noise_sd: float, n_features: int) -> None:
        gram = _make_positive(unfold_products(products, n_features))
        bound = gram / 4 + noise_sd * np.sqrt(n_features) * np.eye(n_features)
        self._step = np.linalg.inv(bound)
        self._noise = np.zeros((n_features, n_features))
        self._gram = gram
        self._n_people = max(gram[0, 0], 1.0)
        self.weights = np.zeros(n_features)

    def climb(self, gradient: NDArray[np.float64], noise_sd: float) -> None:
        """Take one step along a noisy sum of gradients."""
        self.weights = self.weights + self._step @ gradient
        rest = np.eye(len(self.weights)) - self._step @ self._curvature()
        self._noise = rest @ self._noise @ rest.T + noise_sd**2 * self._step @ self._step.T

    def fit(self) -> Fit:
        """Return the coefficients with errors, as far as a mean curvature tells them."""
        by_people = np.diag(np.linalg.inv(self._curvature()))
        by_noise = np.diag(self._noise)
        return Fit(self.weights.copy(), np.sqrt(by_people + by_noise), np.sqrt(by_noise))

    def _curvature(self) -> NDArray[np.float64]:
        """Return the products of the features times the mean variance of an outcome."""
        linear = self._gram @ self.weights
        centre = linear[0] / self._n_people  # what an average person is expected to score
        spread = max(float(self.weights @ linear) / self._n_people - centre**2, 0.0)
        # The logistic curve flattens for scores that spread: probit approximation.
        chance = 1 / (1 + np.exp(-np.clip(centre, -30, 30) / np.sqrt(1 + np.pi * spread / 8)))
        variance = max(chance * (1 - chance) / np.sqrt(1 + np.pi * spread / 4), 1e-3)
        floor = 1e-6 * self._n_people * np.eye(len(self.weights))
        return np.asarray(self._gram * variance + floor)


def _make_positive(matrix: NDArray[np.float64], floor: float = 0.0) -> NDArray[np.float64]:
    """Return the nearest symmetric matrix without an eigenvalue below a floor."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, floor)) @ vectors.T)
