"""Utility of a twin against libraries, and against twins whose fault is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp, spearmanr
from scipy.stats.contingency import association

from fascicle.errors import InputError
from fascicle.maths import (
    attack_membership,
    teach_and_test,
    utility_of_features,
    utility_of_matrices,
    utility_of_spectra,
    utility_of_table,
)


def draw_table(n=211, seed=0):
    rng = np.random.default_rng(seed)
    level = rng.normal(size=n)
    return np.column_stack([
        np.round(40 + 9 * level),
        level + rng.normal(size=n),
        (level > 0.3).astype(float),
        rng.integers(0, 3, n) * (level > -1),
    ])


WORDS = np.array([False, False, True, True])


def test_mean_and_spread_of_features_are_numpys():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(31, 17)) * np.arange(1, 18) + np.arange(17)
    twin = 0.5 * rng.normal(size=(19, 17)) * np.arange(1, 18) + np.arange(17)

    found = utility_of_features(real, twin)

    assert found.mean_correlation == pytest.approx(np.corrcoef(real.mean(0), twin.mean(0))[0, 1])
    assert found.spread_correlation == pytest.approx(
        np.corrcoef(real.std(0, ddof=1), twin.std(0, ddof=1))[0, 1]
    )
    assert found.mean_error == pytest.approx(((real.mean(0) - twin.mean(0)) ** 2).mean() ** 0.5)
    assert found.spread_ratio == pytest.approx(0.5, abs=0.1)


def test_one_person_over_and_over_has_the_mean_and_no_spread():
    real = np.random.default_rng(1).normal(size=(31, 17)) + np.arange(17)

    found = utility_of_features(real, np.tile(real.mean(0), (9, 1)))

    assert found.mean_correlation == pytest.approx(1)
    assert (found.mean_error, found.spread_ratio) == pytest.approx((0, 0))
    assert found.spread_correlation == 0


def test_matrices_are_compared_by_edge_in_units_of_correlation():
    rng = np.random.default_rng(2)
    real = np.array([np.corrcoef(rng.normal(size=(7, 40))) for _ in range(11)])
    twin = real[:5] + 0.1
    upper = np.triu_indices(7, 1)

    found = utility_of_matrices(real, twin)

    errors = real.mean(0)[upper] - twin.mean(0)[upper]
    assert found.mean_error == pytest.approx(np.sqrt(np.mean(errors**2)))


def test_spectra_are_compared_in_decibels_and_silent_channels_left_out():
    power = np.random.default_rng(3).gamma(2, size=(9, 3, 11))
    power[:, 1] = 0.0

    found = utility_of_spectra(power, 100 * power)

    assert found.mean_error == pytest.approx(20)
    assert found.mean_correlation == pytest.approx(1)
    assert found.spread_ratio == pytest.approx(1)


def test_numbers_are_as_far_apart_as_kolmogorov_and_smirnov_say():
    real, twin = draw_table(), draw_table(97, seed=1) + np.array([3, 0.4, 0, 0])

    found = utility_of_table(real, twin, WORDS)

    for at in (0, 1):
        expected = ks_2samp(real[:, at], twin[:, at]).statistic
        assert found.column_distances[at] == pytest.approx(expected)


def test_words_are_as_far_apart_as_their_shares_and_a_gap_is_a_word():
    real = np.array([[0.0], [0], [1], [np.nan]])
    twin = np.array([[0.0], [1], [1], [2]])

    found = utility_of_table(real, twin, np.array([True]))

    assert found.column_distances == pytest.approx((0.5,))
    assert found.gap_difference == pytest.approx(0.25)
    assert np.isnan(found.pair_error)


def test_associations_are_those_of_libraries():
    real = draw_table()
    flat = np.random.default_rng(4).permuted(real, axis=0)
    tables = []
    for rows in (real, flat):
        ranks = np.argsort(np.argsort(rows[:, 1]))
        group = np.array([ranks[rows[:, 2] == word].mean() for word in rows[:, 2]])
        tables.append([
            spearmanr(rows[:, 0], rows[:, 1])[0],
            association([
                [((rows[:, 2] == a) & (rows[:, 3] == b)).sum() for b in range(3)] for a in (0, 1)
            ]),
            np.std(group) / np.std(ranks),
        ])

    for columns, at in (([0, 1], 0), ([2, 3], 1), ([1, 2], 2)):
        found = utility_of_table(real[:, columns], flat[:, columns], WORDS[columns])
        assert found.pair_error == pytest.approx(abs(tables[0][at] - tables[1][at]))


def test_cramers_v_of_larger_tables_is_scipys():
    rng = np.random.default_rng(10)
    first = rng.integers(0, 3, 301)
    rows = np.column_stack([first, (first + rng.integers(0, 2, 301)) % 4]).astype(float)
    flat = rng.permuted(rows, axis=0)

    found = utility_of_table(rows, flat, np.array([True, True]))

    strengths = [
        association([
            [((one[:, 0] == a) & (one[:, 1] == b)).sum() for b in range(4)] for a in (0, 1, 2)
        ])
        for one in (rows, flat)
    ]
    assert found.pair_error == pytest.approx(strengths[0] - strengths[1])


def test_a_twin_of_independent_columns_has_the_marginals_and_not_the_pairs():
    real = draw_table()

    found = utility_of_table(real, np.random.default_rng(5).permuted(real, axis=0), WORDS)

    assert found.mean_distance == 0
    assert found.pair_error > 0.3


def test_the_utility_of_a_table_depends_on_no_order_and_no_unit():
    real, twin = draw_table(), draw_table(97, seed=1)

    found = utility_of_table(real, twin, WORDS)

    scale = [1e-9, 1e9, 1, 1]
    again = utility_of_table(real[::-1] * scale, twin[::-1] * scale, WORDS)
    assert again.column_distances == pytest.approx(found.column_distances)
    assert again.pair_error == pytest.approx(found.pair_error)
    assert again.as_dict()["mean_distance"] == pytest.approx(np.mean(found.column_distances))


def draw_classes(n, rng, strength=1.0):
    labels = rng.integers(0, 2, n)
    return rng.normal(size=(n, 7)) + strength * labels[:, None], labels


def test_a_classifier_is_as_good_taught_on_the_same_law_and_at_chance_on_shuffled_classes():
    rng = np.random.default_rng(6)
    taught, fresh, tested = (draw_classes(n, rng) for n in (201, 151, 301))

    real, twin = teach_and_test(taught, tested), teach_and_test(fresh, tested)
    blind = teach_and_test((fresh[0], rng.permutation(fresh[1])), tested)

    assert twin.interval[0] < real.accuracy < twin.interval[1]
    assert real.accuracy > 0.85
    assert real.auc > 0.93
    assert 0.2 < blind.auc < 0.8


def test_the_score_is_that_of_ridge_regression_on_the_people_taught():
    rng = np.random.default_rng(7)
    (x, y), (new, truth) = draw_classes(83, rng), draw_classes(37, rng)

    found = teach_and_test((x, y), (new, truth))

    a = (x - x.mean(0)) / x.std(0)
    weights = np.linalg.solve(a.T @ a + np.trace(a @ a.T) / 83 * np.eye(7), a.T @ (y - y.mean()))
    scores = y.mean() + (new - x.mean(0)) / x.std(0) @ weights
    assert found.n_hits == ((scores > 0.5) == truth).sum()
    assert found.auc == pytest.approx(
        attack_membership("", scores[truth == 1], scores[truth == 0]).auc
    )
    assert found.baseline == (truth == np.bincount(y).argmax()).mean()


def test_who_is_tested_teaches_nothing():
    rng = np.random.default_rng(8)
    taught, (new, truth) = draw_classes(83, rng), draw_classes(37, rng, 0.0)

    right, wrong = teach_and_test(taught, (new, truth)), teach_and_test(taught, (new, 1 - truth))

    assert right.n_hits + wrong.n_hits == 37


def test_a_class_that_nobody_tested_has_is_no_error():
    rng = np.random.default_rng(9)
    (x, _), (new, _) = draw_classes(20, rng), draw_classes(7, rng)

    found = teach_and_test((x, np.arange(20) % 3), (new, np.zeros(7, dtype=int)))

    assert np.isnan(found.auc)
    assert found.as_dict()["auc"] is None


def test_what_does_not_fit_is_refused():
    rows = np.zeros((5, 3))

    with pytest.raises(InputError, match="FSC143"):
        utility_of_features(rows, np.zeros((5, 2)))
    with pytest.raises(InputError, match="FSC144"):
        utility_of_features(rows, rows[:1])
    with pytest.raises(InputError, match="FSC143"):
        utility_of_table(rows, rows, np.zeros(2, dtype=bool))
    with pytest.raises(InputError, match="FSC143"):
        utility_of_spectra(np.zeros((3, 2, 5)), np.zeros((3, 2, 4)))
    with pytest.raises(InputError, match="FSC143"):
        teach_and_test((rows, np.zeros(4, dtype=int)), (rows, np.zeros(5, dtype=int)))
