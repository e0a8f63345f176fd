"""Who was trained on is told where a twin tells it, and at chance where it does not."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import betabinom, mannwhitneyu, multivariate_normal

from fascicle.errors import InputError
from fascicle.maths import (
    RowMetric,
    attack_membership,
    density_scores,
    nearness_scores,
    people_needed,
)


def draw_scores(n=31, m=53, shift=0.7, seed=0):
    rng = np.random.default_rng(seed)
    return np.round(rng.normal(shift, 1, n), 1), np.round(rng.normal(0, 1.4, m), 1)


def test_the_auc_is_the_share_of_pairs_won_ties_for_half():
    members, others = draw_scores()

    found = attack_membership("", members, others)

    pairs = [(a > b) + 0.5 * (a == b) for a, b in product(members, others)]
    assert found.auc == pytest.approx(np.mean(pairs))
    assert found.auc == pytest.approx(mannwhitneyu(members, others).statistic / 31 / 53)


def test_the_auc_is_that_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    members, others = draw_scores()
    truth = np.repeat([1, 0], [members.size, others.size])

    found = attack_membership("", members, others)

    scores = np.concatenate([members, others])
    assert found.auc == pytest.approx(metrics.roc_auc_score(truth, scores))


def test_the_variance_is_that_of_delongs_pairs_and_near_the_bootstraps():
    members, others = draw_scores()
    rng = np.random.default_rng(1)

    found = attack_membership("", members, others)

    won = (members[:, None] > others) + 0.5 * (members[:, None] == others)
    by_hand = won.mean(1).var(ddof=1) / members.size + won.mean(0).var(ddof=1) / others.size
    drawn = [won[rng.integers(0, 31, 31)][:, rng.integers(0, 53, 53)].mean() for _ in range(4000)]
    assert found.variance == pytest.approx(by_hand)
    assert found.variance == pytest.approx(np.var(drawn), rel=0.1)


@pytest.mark.parametrize(("shift", "n", "m"), [(0.0, 18, 6), (0.36, 90, 30), (1.5, 40, 15)])
def test_the_interval_holds_the_truth_as_often_as_it_says(shift, n, m):
    rng = np.random.default_rng(2)
    from scipy.special import ndtr

    truth = ndtr(shift / 2**0.5)
    covered = 0
    for _ in range(400):
        low, high = attack_membership("", rng.normal(shift, 1, n), rng.normal(0, 1, m)).interval()
        covered += low <= truth <= high

    assert covered / 400 >= 0.935


def test_perfect_separation_of_few_people_is_not_certain():
    found = attack_membership("", np.arange(5.0, 9), np.arange(3.0))

    low, high = found.interval()
    assert (found.auc, found.variance, high) == (1.0, 0.0, 1.0)
    assert 0.5 < low < 0.8


def test_people_who_stand_out_are_named_and_the_p_is_exact():
    rng = np.random.default_rng(3)
    others = rng.normal(size=211)
    members = np.concatenate([rng.normal(size=97), np.full(6, 50.0)])

    few = attack_membership("", members, others).tails[0]

    threshold = np.sort(others)[-3]
    assert (few.n_alarms, few.n_others) == (2, 211)
    assert few.n_hits == (members > threshold).sum() >= 6
    assert few.p == pytest.approx(betabinom.sf(few.n_hits - 1, 103, 3, 209))


def test_who_is_just_like_the_others_is_not_named():
    found = attack_membership("", np.zeros(5), np.zeros(30))

    assert [tail.n_hits for tail in found.tails] == [0, 0]
    assert found.auc == 0.5


def test_what_a_score_that_tells_nothing_names_is_what_chance_says():
    rng = np.random.default_rng(4)
    tails = [
        attack_membership("", rng.normal(size=37), rng.normal(size=19)).tails[1]
        for _ in range(2000)
    ]

    assert np.mean([tail.rate for tail in tails]) == pytest.approx(tails[0].chance, abs=0.01)
    assert np.mean([tail.p <= 0.05 for tail in tails]) <= 0.06


def test_as_many_people_as_needed_are_enough_four_times_of_five():
    n_people = people_needed(0.1, 0.25)
    n_others = round(n_people * 0.25)
    rng = np.random.default_rng(5)

    within = [
        attack_membership("", rng.normal(size=n_people - n_others), rng.normal(size=n_others))
        .interval()[1] < 0.6
        for _ in range(400)
    ]  # fmt: skip

    assert np.mean(within) == pytest.approx(0.8, abs=0.07)


def test_nearness_is_that_of_brute_force():
    rng = np.random.default_rng(6)
    people, twin = rng.normal(size=(17, 3)), rng.normal(size=(11, 3))

    plain, relative = nearness_scores(people, twin, RowMetric.fit(people))

    for at, person in enumerate(people):
        way = min(np.linalg.norm(person - row) for row in twin)
        others = np.delete(people, at, axis=0)
        around = min(np.linalg.norm(person - row) for row in others)
        assert plain[at] == pytest.approx(-way)
        assert relative[at] == pytest.approx(np.log(around / way))


def test_a_copy_is_nearest_of_all_and_a_crowd_is_not():
    people = np.concatenate([np.random.default_rng(7).normal(size=(40, 5)), np.zeros((9, 5))])
    twin = np.concatenate([people[:1], np.full((5, 5), 0.01)])

    plain, relative = nearness_scores(people, twin, RowMetric.fit(people))

    assert plain.argmax() == relative.argmax() == 0
    assert relative[40:].max() <= 0


def test_density_is_that_of_gaussians_shrunk_after_ledoit_and_wolf():
    covariance = pytest.importorskip("sklearn.covariance")
    rng = np.random.default_rng(8)
    for n_features in (5, 61):  # fewer and more than people
        people, twin = rng.normal(size=(43, n_features)), 2 * rng.normal(size=(31, n_features))

        found = density_scores(people, twin)

        logs = [
            multivariate_normal(rows.mean(0), covariance.ledoit_wolf(rows)[0]).logpdf(people)
            for rows in (twin, people)
        ]
        assert found == pytest.approx(logs[0] - logs[1])


def mean_auc(make_twin, score, n_rounds=20, n_features=8):
    """Return an attack's AUC over new people each time."""
    found = []
    for seed in range(n_rounds):
        rng = np.random.default_rng(seed)
        people = rng.normal(size=(80, n_features))
        scores = score(people, make_twin(people[:60], rng))
        found.append(attack_membership("", scores[:60], scores[60:]).auc)
    return np.mean(found), np.std(found) / n_rounds**0.5


SCORES = {
    "near": lambda people, twin: nearness_scores(people, twin, RowMetric.fit(people))[0],
    "relative": lambda people, twin: nearness_scores(people, twin, RowMetric.fit(people))[1],
    "density": density_scores,
}


@pytest.mark.parametrize("name", SCORES)
def test_each_score_is_at_chance_on_a_fresh_sample_of_the_same_law(name):
    auc, error = mean_auc(lambda known, rng: rng.normal(size=known.shape), SCORES[name], 60)

    assert abs(auc - 0.5) < 4 * error
    assert error < 0.012


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_each_score_names_people_who_were_copied_or_nearly(name, noise):
    def copy(known, rng):
        return known + noise * rng.normal(size=known.shape)

    auc, _ = mean_auc(copy, SCORES[name], 5, 40)

    assert auc > 0.93


def test_a_twin_that_keeps_to_directions_of_its_people_is_seen_by_density_sooner_than_by_nearness():
    def mix(known, rng):
        _, spread, axes = np.linalg.svd(known - known.mean(0), full_matrices=False)
        return rng.normal(size=(60, 15)) @ (spread[:15, None] * axes[:15]) / 60**0.5

    by_density, _ = mean_auc(mix, density_scores, 5, 30)
    by_nearness, _ = mean_auc(mix, SCORES["near"], 5, 30)

    assert by_density > 0.9
    assert by_nearness < 0.8


def test_the_mean_alone_of_few_people_with_many_numbers_tells_who_they_are():
    # Homer et al. (2008), doi:10.1371/journal.pgen.1000167
    def around_the_mean(known, rng):
        return known.mean(0) + rng.normal(size=known.shape)

    of_many, _ = mean_auc(around_the_mean, SCORES["near"], 3, 5000)
    of_few, _ = mean_auc(around_the_mean, SCORES["near"], 20, 5)

    assert of_many > 0.75
    assert of_few < 0.6


def test_scores_that_cannot_be_compared_are_refused():
    with pytest.raises(InputError, match="FSC144"):
        attack_membership("", np.zeros(1), np.zeros(5))
    with pytest.raises(InputError, match="FSC143"):
        attack_membership("", np.array([1.0, np.nan]), np.zeros(5))
