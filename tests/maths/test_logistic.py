"""A small logistic model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from fascicle.maths import fit_logistic


def make_cases(n: int = 307) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    features = rng.normal([5, -300, 0.01], [2, 90, 0.003], (n, 3))
    odds = 0.9 * (features[:, 0] - 5) - 0.01 * (features[:, 1] + 300) - 1
    return features, rng.random(n) < 1 / (1 + np.exp(-odds))


@pytest.mark.parametrize("ridge", [0.0, 3.0, 200.0])
def test_the_fit_is_the_best_that_an_optimiser_finds(ridge: float) -> None:
    features, truth = make_cases()

    model = fit_logistic(features, truth, ridge=ridge)

    rows = (features - np.median(features, axis=0)) / features.std(axis=0)

    def loss(weights: np.ndarray) -> float:
        odds = rows @ weights[:3] + weights[3]
        return float(np.logaddexp(0, np.where(truth, -odds, odds)).sum()
                     + ridge / 2 * (weights[:3] ** 2).sum())  # fmt: skip

    best = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose([*model.weights, model.intercept], best.x, atol=1e-4)


def test_probabilities_do_not_depend_on_the_units_of_features() -> None:
    features, truth = make_cases()
    other = features * [1e3, 1e-6, -4.0] + [9, 9, 9]

    np.testing.assert_allclose(
        fit_logistic(features, truth).predict(features), fit_logistic(other, truth).predict(other)
    )


def test_contributions_and_intercept_make_up_the_prediction() -> None:
    features, truth = make_cases()
    model = fit_logistic(features, truth)

    odds = model.contribute(features).sum(axis=1) + model.intercept

    np.testing.assert_allclose(model.predict(features), 1 / (1 + np.exp(-odds)))


def test_classes_that_can_be_told_apart_wholly_are_fitted_all_the_same() -> None:
    x = np.linspace(-1, 1, 41)[:, None]

    model = fit_logistic(np.hstack([x, np.ones_like(x)]), x[:, 0] > 0, ridge=0.1)

    assert ((model.predict(np.hstack([x, np.ones_like(x)])) > 0.5) == (x[:, 0] > 0)).all()
