"""Attacks on rows succeed where people stand in the twin, and do no better than on others else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact

from fascicle.errors import InputError
from fascicle.maths import (
    LinkageAttack,
    TwinRows,
    attack_copies,
    attack_inference,
    attack_linkability,
    attack_singling_out,
    attack_values,
    expect_copies,
)
from fascicle.maths._linkage_attacks import find_fine_columns

WORDS = np.array([False, True, False, True, False])


def draw_table(n, rng):
    """Return people whose columns hang together, with gaps."""
    level = rng.normal(size=n)
    rows = np.column_stack([
        np.round(40 + 9 * level + 5 * rng.normal(size=n)),
        (level + rng.normal(size=n) > 0).astype(float),
        np.exp(0.5 * level + 0.3 * rng.normal(size=n)),
        rng.integers(0, 4, n),
        100 + 15 * rng.normal(size=n),
    ])
    rows[rng.random(n) < 0.2, 4] = np.nan
    return rows


def draw_points(n, rng):
    return rng.normal(size=(n, 6))


def twin_of(known, kind, rng, draw):
    """Return a twin that leaks, or does not."""
    if kind == "copies":
        return known[rng.permutation(len(known))]
    if kind == "noisy copies":
        return known + 0.01 * np.nanstd(known, axis=0) * rng.normal(size=known.shape)
    return draw(len(known), rng)


def make_rows(kind, seed, draw=draw_points):
    rng = np.random.default_rng(seed)
    people = draw(200, rng)
    twin = twin_of(people[:150], kind, rng, draw)
    words = None
    if draw is draw_table:
        words = WORDS
        twin[:, WORDS] = np.round(twin[:, WORDS])
    return TwinRows.join(people[:150], people[150:], twin, words), rng


ATTACKS = {
    "singling out": attack_singling_out,
    "linkability": attack_linkability,
    "inference of x": lambda rows, rng: attack_inference(rows, 0, "x"),
}


@pytest.mark.parametrize("draw", [draw_points, draw_table])
@pytest.mark.parametrize("kind", ["copies", "noisy copies"])
@pytest.mark.parametrize("name", ATTACKS)
def test_each_attack_succeeds_on_people_who_stand_in_the_twin(name, kind, draw):
    rows, rng = make_rows(kind, 0, draw)

    found = ATTACKS[name](rows, rng)

    assert found.name == name
    assert found.rate > 0.7
    assert found.rate > 2 * found.control
    assert found.p < 1e-6
    assert found.interval()[0] > 0.2
    assert found.risk > 0.5


@pytest.mark.parametrize("draw", [draw_points, draw_table])
@pytest.mark.parametrize("name", ATTACKS)
def test_each_attack_is_at_chance_on_a_fresh_sample_of_the_same_law(name, draw):
    attacks = [ATTACKS[name](*make_rows("fresh", seed, draw)) for seed in range(12)]

    advantages = [found.advantage for found in attacks]
    assert abs(np.mean(advantages)) < 4 * np.std(advantages) / 12**0.5
    assert min(found.p for found in attacks) > 0.05 / 12 / 4


def test_copies_are_counted_by_people_with_their_gaps():
    rng = np.random.default_rng(0)
    people = draw_table(60, rng)
    twin = np.concatenate([people[[3, 3, 7]], draw_table(9, rng)])

    found = attack_copies(TwinRows.join(people[:40], people[40:], twin, WORDS))

    assert (found.n_hits, found.n_members) == (2, 40)
    assert (found.n_control_hits, found.n_controls) == (0, 20)


def test_minus_zero_is_zero():
    people = np.array([[0.0], [1.0], [2.0], [3.0]])

    assert attack_copies(TwinRows.join(people[:2], people[2:], -people[:2])).n_hits == 1 + 0
    assert (
        attack_copies(TwinRows.join(people[:2], people[2:], people[:2] * [[-1], [1]])).n_hits == 2
    )


def test_single_values_are_found_where_rows_are_none():
    rng = np.random.default_rng(1)
    people = draw_table(60, rng)
    twin = draw_table(30, rng)
    twin[:11, 2] = people[:11, 2]

    rows = TwinRows.join(people[:40], people[40:], twin, WORDS)

    assert attack_copies(rows).n_hits == 0
    assert attack_values(rows).n_hits == 11
    assert attack_values(rows).n_control_hits == 0


def test_columns_are_fine_where_nearly_everybody_has_a_value_of_their_own():
    rng = np.random.default_rng(2)

    fine = find_fine_columns(TwinRows.join(*(draw_table(n, rng) for n in (40, 20, 7)), WORDS))

    assert fine == [2]  # not the whole years, and not the column with gaps

    words = np.array([False, True, True, True, False])
    tables = (draw_table(n, rng) for n in (40, 20, 7))
    assert find_fine_columns(TwinRows.join(*tables, words)) == []


def test_somebody_is_singled_out_by_a_word_that_is_theirs_alone():
    people = np.zeros((60, 2))
    people[:, 1] = np.arange(60) % 7
    people[0, 0] = 5.0
    twin = np.zeros((30, 2))
    twin[:, 1] = np.arange(30) % 7
    twin[4, 0] = 5.0
    words = np.array([True, False])

    found = attack_singling_out(
        TwinRows.join(people[:40], people[40:], twin, words), np.random.default_rng(0)
    )

    assert (found.n_hits, found.n_control_hits) == (1, 0)


def test_a_blind_guess_is_as_good_as_its_baseline():
    rng = np.random.default_rng(3)
    people = draw_table(400, rng)
    blind = rng.permuted(people, axis=0)

    rows = TwinRows.join(people[:300], people[300:], blind, WORDS)

    found = attack_inference(rows, 3, "ward")
    assert found.baseline == max(np.bincount(people[:, 3].astype(int))) / 400
    assert found.rate == pytest.approx(0.25, abs=0.08)
    assert attack_linkability(rows, rng).baseline == 1 / 400


def test_a_secret_that_everybody_has_is_told_of_everybody_and_is_no_risk():
    people = np.column_stack([np.random.default_rng(4).normal(size=50), np.ones(50)])
    rows = TwinRows.join(people[:30], people[30:], people, np.array([False, True]))

    found = attack_inference(rows, 1, "ward")

    assert (found.rate, found.control, found.baseline) == (1, 1, 1)
    assert (found.advantage, found.risk, found.p) == (0, 0, 1)


def test_p_is_that_of_fishers_exact_test():
    found = LinkageAttack("", 17, 31, 5, 19, 0.0)

    assert found.p == pytest.approx(fisher_exact([[17, 14], [5, 14]], alternative="greater").pvalue)
    assert found.risk == pytest.approx((17 / 31 - 5 / 19) / (1 - 5 / 19))


def test_newcombes_interval_is_that_of_the_worked_example():
    # Newcombe (1998), table II: 56 of 70 and 48 of 80, method 10.
    found = LinkageAttack("", 56, 70, 48, 80, 0.0).interval()

    assert [round(end, 4) for end in found] == [0.0524, 0.3339]


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(1000):
        hits, control = rng.binomial(90, 0.4), rng.binomial(30, 0.3)
        low, high = LinkageAttack("", int(hits), 90, int(control), 30, 0.0).interval()
        covered += low <= 0.1 <= high

    assert covered / 1000 >= 0.935


def test_rows_that_do_not_fit_are_refused():
    people = np.zeros((5, 3))

    with pytest.raises(InputError, match="FSC143"):
        TwinRows.join(people, people, np.zeros((5, 2)))
    with pytest.raises(InputError, match="FSC143"):
        TwinRows.join(people, people, people * np.nan)
    with pytest.raises(InputError, match="FSC144"):
        TwinRows.join(people, people[:1], people)


def test_copies_expected_by_chance_are_those_that_come_about():
    rng = np.random.default_rng(8)

    def draw(n):
        ages, words = rng.integers(20, 60, n), rng.choice(2, n, p=[0.3, 0.7])
        return np.column_stack([ages, words, np.round(rng.normal(scale=2.0, size=n), 1)]).astype(
            float
        )

    found, expected = [], []
    for _ in range(60):
        rows = TwinRows.join(draw(90), draw(30), draw(130), np.array([False, True, False]))
        equal = (rows.people[:, None] == rows.synthetic[None]).all(axis=2)
        found.append(equal.sum())
        expected.append(expect_copies(rows))

    assert np.mean(expected) == pytest.approx(np.mean(found), rel=0.2)
