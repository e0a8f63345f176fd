"""Risk of tables against brute force, closed forms and linear programming."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import entropy, nbinom

from fascicle.errors import InputError
from fascicle.maths import (
    count_classmates,
    count_diversity,
    expect_match,
    find_classes,
    link_records,
    lose_information,
    measure_closeness,
    measure_records,
)

RNG = np.random.default_rng(11)
CODES = RNG.integers(-1, 3, (131, 3))
SENSITIVE = RNG.integers(-1, 5, 131)


def brute_classes():
    groups = {}
    for row, values in enumerate(map(tuple, CODES.tolist())):
        groups.setdefault(values, []).append(row)
    return list(groups.values())


def test_classes_are_the_rows_that_agree_everywhere_and_a_missing_value_is_a_value():
    classes = find_classes(CODES)

    found = sorted(np.flatnonzero(classes == c).tolist() for c in range(classes.max() + 1))
    assert found == sorted(brute_classes())
    assert count_classmates(classes).tolist() == [
        len(next(g for g in brute_classes() if row in g)) for row in range(131)
    ]


def test_classes_do_not_depend_on_the_names_of_values_or_the_order_of_columns():
    renamed = (10_000_000_007 * (CODES + 1))[:, ::-1]

    classes, others = find_classes(CODES), find_classes(renamed)

    assert (count_classmates(classes) == count_classmates(others)).all()


def test_many_columns_of_many_values_do_not_overflow():
    codes = np.column_stack([np.arange(997) % (900 + n) for n in range(30)])

    assert find_classes(codes).max() == 996


def test_without_columns_all_are_one_class_and_without_rows_there_is_none():
    assert measure_records(find_classes(np.zeros((7, 0), dtype=int))).k == 7
    assert measure_records(find_classes(np.zeros((0, 3), dtype=int))).n_classes == 0


def test_a_table_that_is_none_is_refused():
    with pytest.raises(InputError, match="FSC193"):
        find_classes(np.arange(5))


def test_the_prosecutor_risks_are_those_of_counting():
    groups = brute_classes()

    found = measure_records(find_classes(CODES), min_size=4)

    chances = [1 / len(group) for group in groups for _ in group]
    assert found.k == min(map(len, groups))
    assert found.n_unique == sum(len(group) == 1 for group in groups)
    assert found.unique_interval[0] < found.n_unique / 131 < found.unique_interval[1]
    assert found.mean_risk == pytest.approx(np.mean(chances))
    assert found.max_risk == max(chances)
    assert found.share_small == pytest.approx(sum(len(g) for g in groups if len(g) < 4) / 131)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 31])
@pytest.mark.parametrize("n_population", [140, 1310, 131_000])
def test_the_chance_in_a_population_is_the_mean_over_the_negative_binomial(size, n_population):
    sizes = np.full(131, size)
    share = 131 / n_population
    beyond = np.arange(0, 400_000)
    exact = np.sum(nbinom.pmf(beyond, size, share) / (size + beyond))

    found = expect_match(sizes, n_population)

    assert found == pytest.approx(exact, rel=1e-4)
    assert (found <= 1 / sizes).all()


def test_a_sample_that_is_its_population_is_the_prosecutors_case():
    sizes = np.array([1, 2, 2, 9])

    assert expect_match(sizes, 4) == pytest.approx(1 / sizes)
    assert expect_match(sizes, 5)[0] < 1


def test_the_chance_in_a_simulated_population_is_met():
    # Each of 40000 people has one of 3000 types, all alike frequent: the model's own world.
    rng = np.random.default_rng(5)
    types = rng.integers(0, 3000, 40_000)
    chances, truths = [], []
    for _ in range(20):
        sample = rng.choice(types, 2000, replace=False)
        chances.append(expect_match(count_classmates(find_classes(sample[:, None])), 40_000).mean())
        truths.append(np.mean(1 / np.bincount(types)[sample]))

    # The model knows no type's true frequency: it errs towards more risk here, within twice.
    assert np.mean(truths) < np.mean(chances) < 2 * np.mean(truths)


def test_a_population_smaller_than_the_table_is_refused():
    with pytest.raises(InputError, match="FSC194"):
        expect_match(np.ones(5, dtype=int), 4)


def known_groups():
    for group in brute_classes():
        values = [SENSITIVE[row] for row in group if SENSITIVE[row] >= 0]
        if values:
            yield values


def test_diversity_is_that_of_the_poorest_class_that_tells_anything():
    distinct, by_entropy = count_diversity(find_classes(CODES), SENSITIVE)

    assert distinct == min(len(set(values)) for values in known_groups())
    expected = min(np.exp(entropy(list(Counter(values).values()))) for values in known_groups())
    assert by_entropy == pytest.approx(expected)


def test_diversity_of_a_column_without_values_is_none():
    assert count_diversity(np.zeros(3, dtype=int), np.full(3, -1)) == (0, 0.0)
    assert measure_closeness(np.zeros(3, dtype=int), np.full(3, -1)) == 0


def earth_moved(p, q, cost):
    """The least work that turns one distribution into another, by linear programming."""
    m = len(p)
    rows = [np.kron(np.eye(m)[i], np.ones(m)) for i in range(m)]
    columns = [np.kron(np.ones(m), np.eye(m)[j]) for j in range(m)]
    return linprog(cost.ravel(), A_eq=[*rows, *columns], b_eq=[*p, *q]).fun


@pytest.mark.parametrize("is_ordered", [False, True])
def test_closeness_is_the_earth_movers_distance_of_linear_programming(is_ordered):
    m = 5
    at = np.arange(m)
    cost = np.abs(at[:, None] - at) / (m - 1) if is_ordered else 1.0 - np.eye(m)
    share = lambda values: np.bincount(values, minlength=m) / len(values)  # noqa: E731
    of_all = share(SENSITIVE[SENSITIVE >= 0])

    found = measure_closeness(find_classes(CODES), SENSITIVE, is_ordered=is_ordered)

    expected = max(earth_moved(share(values), of_all, cost) for values in known_groups())
    assert found == pytest.approx(expected, abs=1e-9)


def test_what_is_lost_grows_as_bands_widen_and_is_all_when_all_are_one():
    ages = np.random.default_rng(2).integers(18, 90, 203)

    lost = [lose_information(ages, ages // width) for width in (1, 5, 10, 100)]

    assert lost[0] == 0
    assert lost[-1] == 1
    assert all(one < other for one, other in pairwise(lost))
    assert lose_information(ages * 0, ages * 0) == 0


def test_the_attack_names_as_many_as_the_classes_let_it_expect():
    sizes = count_classmates(find_classes(CODES))

    hits = [link_records(CODES, CODES, np.random.default_rng(seed)) for seed in range(200)]

    assert np.mean(hits) == pytest.approx(np.sum(1 / sizes), rel=0.05)


def test_the_attack_on_a_row_that_fits_nobody_names_nobody():
    assert link_records(np.zeros((3, 2), int), np.ones((3, 2), int), np.random.default_rng(0)) == 0
