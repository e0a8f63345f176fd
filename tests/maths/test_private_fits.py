"""Fits on noisy sums: exact without noise, and as wrong as they say with it."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import (
    N_LOGISTIC_STEPS,
    LogisticClimb,
    fit_linear,
    fold_products,
    logistic_gradients,
)


def make_rows(n_people: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.ones(n_people), rng.uniform(-1, 1, (n_people, 2))])
    return features, rng.normal(0, 0.2, n_people)


def climb(features: np.ndarray, outcomes: np.ndarray, noise_sd: float, seed: int) -> LogisticClimb:
    rng = np.random.default_rng(seed)
    products = fold_products(features).sum(axis=0)
    climber = LogisticClimb(products + rng.normal(0, noise_sd, products.shape), noise_sd, 3)
    for _ in range(N_LOGISTIC_STEPS):
        gradient = logistic_gradients(features, outcomes, climber.weights).sum(axis=0)
        climber.climb(gradient + rng.normal(0, noise_sd, 3), noise_sd)
    return climber


def test_products_keep_the_square_of_the_length() -> None:
    rows = np.random.default_rng(0).normal(size=(11, 4))

    lengths = np.linalg.norm(fold_products(rows), axis=1)

    assert lengths == pytest.approx((rows**2).sum(axis=1))


def test_without_noise_the_linear_fit_is_least_squares() -> None:
    features, error = make_rows(701, 1)
    outcomes = features @ [0.1, 0.4, -0.3] + error
    sums = fold_products(np.column_stack([features, outcomes])).sum(axis=0)

    fit = fit_linear(sums, 1e-9, 3)

    expected, residual, *_ = np.linalg.lstsq(features, outcomes)
    variance = residual[0] / (701 - 3) * np.linalg.inv(features.T @ features)
    assert fit.coefficients == pytest.approx(expected, abs=1e-9)
    assert fit.standard_errors == pytest.approx(np.sqrt(np.diag(variance)), rel=1e-6)


def test_the_linear_fit_errs_as_much_as_it_says() -> None:
    truth = np.array([0.1, 0.4, -0.3])
    scores = []
    for seed in range(90):
        features, error = make_rows(501, seed)
        outcomes = features @ truth + error
        sums = fold_products(np.column_stack([features, outcomes])).sum(axis=0)
        rng = np.random.default_rng(1000 + seed)
        fit = fit_linear(sums + rng.normal(0, 12.0, sums.shape), 12.0, 3)
        scores.append((fit.coefficients - truth) / fit.standard_errors)

    assert np.std(scores, axis=0) == pytest.approx([1.0] * 3, abs=0.2)


def test_without_noise_the_logistic_climb_ends_at_the_greatest_likelihood() -> None:
    features, _ = make_rows(2003, 2)
    odds = 1 / (1 + np.exp(-features @ [0.3, 1.0, -0.8]))
    outcomes = (np.random.default_rng(3).random(2003) < odds).astype(float)

    found = climb(features, outcomes, 1e-9, 0).weights

    assert np.abs(logistic_gradients(features, outcomes, found).sum(axis=0)).max() < 0.5
    assert found == pytest.approx([0.3, 1.0, -0.8], abs=0.25)


def test_the_logistic_climb_errs_as_much_as_it_says() -> None:
    truth = np.array([0.3, 1.0, -0.8])
    scores = []
    for seed in range(120):
        features, _ = make_rows(1009, seed)
        odds = 1 / (1 + np.exp(-features @ truth))
        outcomes = (np.random.default_rng(500 + seed).random(1009) < odds).astype(float)
        fit = climb(features, outcomes, 40.0, seed).fit()
        scores.append((fit.coefficients - truth) / fit.standard_errors)

    assert np.std(scores, axis=0) == pytest.approx([1.0] * 3, abs=0.2)


def test_no_gradient_is_longer_than_its_features() -> None:
    features, _ = make_rows(301, 5)
    outcomes = np.random.default_rng(6).integers(0, 2, 301).astype(float)

    steps = logistic_gradients(features, outcomes, np.array([50.0, -900.0, 3.0]))

    assert (np.linalg.norm(steps, axis=1) <= np.linalg.norm(features, axis=1) + 1e-12).all()


def test_nothing_but_noise_gives_numbers_and_errors() -> None:
    rng = np.random.default_rng(7)
    climber = LogisticClimb(rng.normal(0, 40.0, 6), 40.0, 3)
    climber.climb(rng.normal(0, 40.0, 3), 40.0)

    fits = [climber.fit(), fit_linear(rng.normal(0, 40.0, 10), 40.0, 3)]

    for fit in fits:
        assert np.isfinite(fit.coefficients).all()
        assert np.isfinite(fit.standard_errors).all()
