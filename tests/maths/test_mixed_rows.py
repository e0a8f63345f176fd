"""Distances of rows against brute force, and what must not matter to them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from fascicle.errors import InputError
from fascicle.maths import RowMetric, spread_words

WORDS = np.array([False, True, False, True])


def draw(n=37, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.column_stack([
        rng.normal(40, 9, n),
        rng.integers(0, 3, n),
        rng.gamma(2, 3, n),
        rng.integers(0, 2, n),
    ])
    rows[rng.random(rows.shape) < 0.15] = np.nan
    return rows


def brute(rows, others, metric):
    found = np.zeros((len(rows), len(others)))
    for i, one in enumerate(rows):
        for j, other in enumerate(others):
            parts = []
            for a, b, scale, word in zip(one, other, metric.scale, WORDS, strict=True):
                if np.isnan(a) or np.isnan(b):
                    parts.append(0.0 if np.isnan(a) and np.isnan(b) else 1.0)
                elif word:
                    parts.append(float(a != b))
                else:
                    parts.append(min(abs(a - b) / scale, 1.0))
            found[i, j] = np.mean(parts)
    return found


def test_rows_with_words_and_gaps_are_as_far_apart_as_gower_says():
    rows, others = draw(), draw(11, seed=1)

    metric = RowMetric.fit(rows, WORDS)

    assert metric.between(rows, others) == pytest.approx(brute(rows, others, metric))


def test_points_are_as_far_apart_as_euclid_says_wherever_they_lie():
    rng = np.random.default_rng(0)
    rows, others = rng.normal(size=(13, 301)), rng.normal(size=(7, 301))

    for shift in (0.0, 1e4):
        metric = RowMetric.fit(rows + shift)
        found = metric.between(rows + shift, others + shift)
        assert found == pytest.approx(cdist(rows, others), rel=1e-6)


def test_a_copied_point_is_at_no_distance_at_all():
    rows = 1e3 + np.random.default_rng(0).normal(size=(13, 301))

    found = RowMetric.fit(rows).between(rows, rows)

    assert np.diagonal(found).tolist() == [0.0] * 13


def test_units_and_one_extreme_value_do_not_matter_to_a_table():
    rows = draw()
    other = rows * [1e-6, 1, 1e6, 1]
    extreme = np.concatenate([rows, [[1e9, 0, 1e9, 0]]])

    near = RowMetric.fit(rows, WORDS).between(rows, rows)

    assert RowMetric.fit(other, WORDS).between(other, other) == pytest.approx(near)
    assert RowMetric.fit(extreme, WORDS).between(rows, rows) == pytest.approx(near, abs=0.2)


def test_a_constant_column_and_one_of_gaps_alone_tell_nothing():
    rows = np.column_stack([np.full(9, 3.0), np.full(9, np.nan), np.arange(9.0)])

    found = RowMetric.fit(rows, np.zeros(3, dtype=bool)).between(rows, rows)

    assert found.max() == pytest.approx(1 / 3)
    assert np.isfinite(found).all()


def test_a_rare_value_of_a_column_that_hardly_varies_is_still_apart():
    rows = np.zeros((101, 1))
    rows[0] = 5.0

    found = RowMetric.fit(rows, np.array([False])).between(rows, rows)

    assert found[0, 1] == 1.0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros(3), None),
        (np.zeros((3, 2)), np.array([True])),
        (np.array([[np.nan, 1.0], [2, 3]]), None),
    ],
)
def test_rows_that_cannot_be_compared_are_refused(rows, words):
    with pytest.raises(InputError, match="FSC143"):
        RowMetric.fit(rows, words)


def test_words_become_columns_of_unit_variance_and_gaps_a_mark():
    rows = np.array([[20.0, 0], [30, 1], [np.nan, 2], [40, np.nan]])

    wide = spread_words(rows, np.array([False, True]))

    assert wide.shape == (4, 2 + 3 + 1)
    assert wide.mean(axis=0) == pytest.approx(np.zeros(6))
    assert wide.std(axis=0) == pytest.approx(np.ones(6))
    assert spread_words(rows, None) is rows
