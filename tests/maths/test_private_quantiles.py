"""Quantiles from noisy ranks agree with those of the values, within what they say."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import RANKS_BOUND, rank_contributions, read_ranks


def read(values: np.ndarray, noise_sd: float, seed: int = 0):
    counts = rank_contributions(values, 0.0, 100.0).sum(axis=0)
    noise = np.random.default_rng(seed).normal(0, noise_sd, counts.shape)
    return read_ranks(counts + noise, noise_sd, 0.0, 100.0)


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 0.9])
def test_without_noise_quantiles_are_those_of_numpy_to_the_width_of_a_bin(share: float) -> None:
    values = np.random.default_rng(2).gamma(4.0, 9.0, 1009)

    assert read(values, 1e-9).quantile(share) == pytest.approx(np.quantile(values, share), abs=0.5)


def test_the_interval_holds_the_quantile_of_the_population_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    n_held = 0
    for seed in range(200):
        low, high = read(rng.normal(50, 12, 401), 5.0, seed).interval(0.5)
        n_held += low <= 50.0 <= high

    assert n_held >= 185


def test_each_person_adds_a_row_of_the_stated_length_or_nothing() -> None:
    values = np.array([-5.0, 0.0, 33.3, 100.0, 1e9, np.nan, np.inf, -np.inf])

    lengths = np.linalg.norm(rank_contributions(values, 0.0, 100.0), axis=1)

    assert lengths == pytest.approx([RANKS_BOUND] * 5 + [0.0] * 3)


def test_ranks_never_fall_and_pure_noise_stays_in_the_range() -> None:
    ranks = read(np.array([np.nan]), 30.0)

    assert (np.diff(ranks.below) >= -1e-9).all()
    assert 0.0 <= ranks.quantile(0.5) <= 100.0
    low, high = ranks.interval(0.5)
    assert 0.0 <= low <= high <= 100.0


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (np.nan, 1.0), (0.0, np.inf)])
def test_a_range_that_is_none_is_refused(low: float, high: float) -> None:
    with pytest.raises(InputError, match="FSC173"):
        rank_contributions(np.ones(3), low, high)
