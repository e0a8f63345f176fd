"""A private mean matrix: near the truth where foretold, said to be noise where it is."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import RandomBits, clip_to_grid
from fascicle.protect import ConnectivityQuestion
from fascicle.protect import _private_connectivity as connectivity

RHO = 0.2242  # epsilon 3 at a delta of 1e-5
N_REGIONS = 41


def seeded(seed: int = 0) -> RandomBits:
    return RandomBits(np.random.default_rng(seed).bytes)


def make_people(n_people: int, n_regions: int = N_REGIONS, seed: int = 0) -> np.ndarray:
    """Correlations of short recordings that share some networks."""
    rng = np.random.default_rng(seed)
    loads = rng.normal(size=(n_regions, 6)) * np.exp(-np.arange(6) / 4)
    return np.array([
        np.corrcoef(
            (loads + 0.4 * rng.normal(size=loads.shape)) @ rng.normal(size=(6, 120))
            + rng.normal(size=(n_regions, 120))
        )
        for _ in range(n_people)
    ])


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    edges = np.triu_indices(len(one), 1)
    return float(np.corrcoef(one[edges], other[edges])[0, 1])


@pytest.mark.parametrize("bound", [None, 8.0])
@pytest.mark.parametrize("with_prior", [False, True])
def test_by_brute_force_no_person_moves_any_sum_by_more_than_its_bound(
    bound: float | None, with_prior: bool, monkeypatch
) -> None:
    sums: list[np.ndarray] = []
    real = connectivity.add_privately

    def watch(contributions, limit, multiplier, bits):
        sums.append(clip_to_grid(contributions, limit).sum(axis=0))
        return real(contributions, limit, multiplier, bits)

    monkeypatch.setattr(connectivity, "add_privately", watch)
    # The bound, once chosen, is public: it is held fast to compare the sums under it.
    monkeypatch.setattr(connectivity.PrivateRanks, "quantile", lambda *_: np.log(8.0))
    people = make_people(7)
    people[3] *= 1e6
    prior = make_people(1, seed=9)[0] if with_prior else None
    question = ConnectivityQuestion(N_REGIONS, bound, prior)
    question.answer(people, RHO, seeded())
    whole = sums.copy()

    for person in range(7):
        sums.clear()
        blanked = people.copy()
        blanked[person] = np.nan
        question.answer(blanked, RHO, seeded())
        for before, after in zip(whole, sums, strict=True):
            assert ((before - after).astype(object) ** 2).sum() <= 2**40
    assert len(whole) == len(question.mechanisms(RHO))


@pytest.mark.parametrize("bound", [None, 8.0])
def test_what_is_charged_is_what_was_granted(bound: float | None) -> None:
    noise = ConnectivityQuestion(N_REGIONS, bound).mechanisms(RHO)

    assert sum(1 / (2 * one.multiplier**2) for one in noise) == pytest.approx(RHO)


def test_with_enough_people_the_matrix_is_near_the_truth_and_as_good_as_foretold() -> None:
    people = make_people(400)
    question = ConnectivityQuestion(N_REGIONS)

    answer = question.answer(people, RHO, seeded())

    seen = agreement(answer.matrix, people.mean(axis=0))
    told = question.foretell(400, RHO).figures["expected_correlation"]
    assert seen > 0.9
    assert seen == pytest.approx(told, abs=0.1)
    assert "patterns stand out" in answer.words


def test_the_mended_matrix_is_one_of_correlations() -> None:
    matrix = ConnectivityQuestion(N_REGIONS).answer(make_people(100), RHO, seeded()).matrix

    assert (matrix == matrix.T).all()
    assert np.diag(matrix) == pytest.approx(np.ones(N_REGIONS))
    assert np.linalg.eigvalsh(matrix).min() > -1e-9


def test_how_far_chance_moves_an_entry_is_told_from_what_was_paid_for() -> None:
    people = make_people(800)
    edges = np.triu_indices(N_REGIONS, 1)
    spread = np.sqrt((people[:, *edges].std(axis=0) ** 2).mean() / 800)

    chosen = ConnectivityQuestion(N_REGIONS).answer(people, RHO, seeded())
    stated = ConnectivityQuestion(N_REGIONS, 20.0).answer(people, RHO, seeded())

    assert chosen.values["entry_sampling_sd"] == pytest.approx(spread, rel=0.3)
    assert stated.values["entry_sampling_sd"] is None


def test_mending_and_clipping_beat_noise_on_every_entry() -> None:
    people = make_people(150)
    truth = people.mean(axis=0)
    rng = np.random.default_rng(1)
    multiplier = (2 * RHO) ** -0.5
    # The plain way: each entry within [-1, 1], and noise for the longest vector of such entries.
    sd = multiplier * np.sqrt(N_REGIONS * (N_REGIONS - 1) / 2) / 150
    plain = truth + rng.normal(0, sd, truth.shape)

    answer = ConnectivityQuestion(N_REGIONS).answer(people, RHO, seeded())

    assert agreement(answer.matrix, truth) > agreement(plain, truth) + 0.2


def test_a_person_with_a_wild_matrix_does_not_pull_the_mean() -> None:
    people = make_people(300)
    wild = people.copy()
    wild[7] *= 1e12

    calm, pulled = (
        ConnectivityQuestion(N_REGIONS).answer(x, RHO, seeded()).matrix for x in (people, wild)
    )

    assert agreement(calm, pulled) > 0.99


def test_30_people_at_epsilon_1_are_foretold_to_be_noise_and_are() -> None:
    rho = 0.0243  # epsilon 1 at a delta of 1e-6
    question = ConnectivityQuestion(200)

    forecast = question.foretell(30, rho)

    assert "noise" in forecast.words
    assert forecast.figures["expected_correlation"] < 0.2
    assert question.foretell(round(30 * forecast.excess), rho).figures[
        "expected_correlation"
    ] == pytest.approx(0.9, abs=0.01)
    answer = ConnectivityQuestion(101).answer(make_people(30, 101), rho, seeded())
    assert agreement_or_zero(answer.matrix, make_people(30, 101).mean(axis=0)) < 0.4


def agreement_or_zero(one: np.ndarray, other: np.ndarray) -> float:
    edges = np.triu_indices(len(one), 1)
    return agreement(one, other) if one[edges].any() else 0.0


def test_with_a_prior_only_what_is_added_is_foretold() -> None:
    told = ConnectivityQuestion(3, prior=np.eye(3)).foretell(30, 0.02)

    assert told.words.startswith("What is added to the prior by 30 people")


def test_where_nothing_stands_out_the_prior_is_what_is_returned() -> None:
    prior = make_people(200, seed=0).mean(axis=0)

    answer = ConnectivityQuestion(N_REGIONS, prior=prior).answer(
        make_people(5, seed=0), 1e-4, seeded()
    )

    assert answer.values["n_patterns"] == 0
    assert "is the prior" in answer.words
    assert answer.matrix == pytest.approx(prior, abs=1e-6)


def test_a_chosen_bound_is_near_the_length_of_most_people_and_the_mean_keeps_its_size() -> None:
    people = make_people(500)
    lengths = np.linalg.norm(np.triu(people, 1) * 2**0.5, axis=(1, 2))

    answer = ConnectivityQuestion(N_REGIONS).answer(people, RHO, seeded())

    low, high = np.quantile(lengths, [0.1, 0.8])
    assert low < answer.values["bound"] < high
    edges = np.triu_indices(N_REGIONS, 1)
    truth = people.mean(axis=0)[edges]
    slope = np.polyfit(truth, answer.matrix[edges], 1)[0]
    assert slope == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize(
    ("n_regions", "bound", "prior"),
    [(1, None, None), (3, 0.0, None), (3, float("nan"), None), (3, None, np.ones((2, 2))),
     (3, None, np.full((3, 3), np.nan))],
)  # fmt: skip
def test_settings_that_do_not_fit_are_refused(n_regions, bound, prior) -> None:
    with pytest.raises(InputError, match="FSC177"):
        ConnectivityQuestion(n_regions, bound, prior)
