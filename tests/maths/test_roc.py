"""The area under a curve."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from fascicle.maths import area_under_curve


def test_the_area_is_that_of_the_rank_sum_test() -> None:
    rng = np.random.default_rng(7)
    truth = rng.random(211) < 0.3
    scores = np.round(rng.normal(0, 1, 211) + 0.9 * truth, 1)

    area, low, high = area_under_curve(scores, truth)

    test = mannwhitneyu(scores[truth], scores[~truth])
    assert area == pytest.approx(test.statistic / truth.sum() / (~truth).sum())
    assert 0 < low < area < high < 1


def test_the_interval_holds_the_true_area_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    truth = np.arange(120) < 40
    held = 0
    for _ in range(400):
        _, low, high = area_under_curve(rng.normal(0, 1, 120) + 1.0 * truth, truth)
        held += low <= 0.7602 <= high  # Phi(1 / sqrt 2)

    assert 0.91 < held / 400 < 0.98


def test_only_the_order_of_scores_matters() -> None:
    rng = np.random.default_rng(7)
    truth, scores = rng.random(99) < 0.5, rng.normal(0, 1, 99)

    assert area_under_curve(np.exp(3 * scores), truth) == area_under_curve(scores, truth)
    assert area_under_curve(-scores, truth)[0] == pytest.approx(
        1 - area_under_curve(scores, truth)[0]
    )


def test_one_kind_alone_has_no_area() -> None:
    assert np.isnan(area_under_curve(np.arange(9.0), np.ones(9, bool))).all()
