"""A small logistic model: fitted by Newton's steps, applied by one product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_N_STEPS = 50
_SMALL = 1e-10


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted model.

    Attributes
    ----------
    centre, scale : ndarray of float64, shape (n_features,)
        Median and spread by which features are made comparable.
    weights : ndarray of float64, shape (n_features,)
        Change of the log-odds by one spread of each feature.
    intercept : float
        Log-odds at the centre.
    """

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: float

    def contribute(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each feature adds to the log-odds, shape of `features`."""
        return np.asarray((features - self.centre) / self.scale * self.weights)

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each row, shape (n_samples,)."""
        return _squash(self.contribute(features).sum(axis=-1) + self.intercept)


def fit_logistic(
    features: NDArray[np.float64], is_positive: NDArray[np.bool_], *, ridge: float = 20.0
) -> Logistic:
    r"""Fit a logistic model with a penalty on its weights.

    .. math:: \min_{w, b} \; -\sum_i \ln P(y_i \mid x_i) + \tfrac{\lambda}{2} \|w\|^2

    by Newton's steps [1]_, on features that were centred and scaled.

    Parameters
    ----------
    features : ndarray of float64, shape (n_samples, n_features)
        Finite values.
    is_positive : ndarray of bool, shape (n_samples,)
        What each sample is.
    ridge : float
        :math:`\lambda`; the intercept is not held back.

    Returns
    -------
    Logistic
        Probabilities are those of the mixture that was learnt from.

    References
    ----------
    .. [1] S. le Cessie & J. C. van Houwelingen (1992), doi:10.2307/2347628

    Examples
    --------
    >>> x = np.linspace(-3, 3, 101)[:, None]
    >>> model = fit_logistic(x, x[:, 0] > 0.5, ridge=1.0)
    >>> (model.predict(np.array([[-2.0], [0.5], [2.0]])) > 0.5).tolist()
    [False, False, True]
    """
    centre = np.median(features, axis=0)
    scale = features.std(axis=0)
    scale[scale == 0] = 1.0
    rows = np.column_stack([(features - centre) / scale, np.ones(len(features))])
    held = np.full(rows.shape[1], float(ridge))
    held[-1] = 0.0
    weights = np.zeros(rows.shape[1])
    truth = is_positive.astype(np.float64)
    for _ in range(_N_STEPS):
        likely = _squash(rows @ weights)
        slope = rows.T @ (likely - truth) + held * weights
        bend = (rows * (likely * (1 - likely))[:, None]).T @ rows + np.diag(held + 1e-9)
        step = np.linalg.solve(bend, slope)
        # Newton's steps may leap where the classes are nearly separable.
        step *= min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12))
        weights -= step
        if float(np.abs(step).max()) < _SMALL:
            break
    return Logistic(centre, scale, weights[:-1], float(weights[-1]))


def _squash(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities of log-odds, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(odds / 2)))
