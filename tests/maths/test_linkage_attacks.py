"""Attacks on rows succeed where people stand in the twin, and do no better than on others else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact

from fascicle.errors import InputError
from fascicle.maths import (
    LinkageAttack,
    TwinRows,
    attack_inference,
    attack_linkability,
    attack_singling_out,
)

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
