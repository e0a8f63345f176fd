"""The noise against its exact law."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fascicle.errors import InputError
from fascicle.maths import RandomBits, discrete_gaussian
from fascicle.maths._private_noise import _draw_exponential, _draw_laplace


def seeded(seed: int = 0) -> RandomBits:
    return RandomBits(np.random.default_rng(seed).bytes)


def chi_square_p(drawn: np.ndarray, weight) -> float:
    """Compare counts with an exact law on the whole numbers, its tails pooled."""
    support = np.arange(-300, 301)
    odds = np.array([weight(x) for x in support.tolist()])
    expected = odds / odds.sum() * len(drawn)
    kept = expected >= 8
    seen = np.array([(drawn == x).sum() for x in support[kept]])
    rest = len(drawn) - seen.sum(), expected[~kept].sum()
    observed = np.append(seen, rest[0])
    return float(stats.chisquare(observed, np.append(expected[kept], rest[1])).pvalue)


@pytest.mark.parametrize("sigma", [1, 2, 7])
def test_the_discrete_gaussian_has_its_exact_probabilities(sigma: int) -> None:
    drawn = discrete_gaussian(40_003, sigma, seeded(sigma))

    assert chi_square_p(drawn, lambda x: math.exp(-x * x / (2 * sigma**2))) > 0.001


def test_the_test_of_the_law_sees_noise_that_is_a_tenth_too_small() -> None:
    drawn = np.rint(np.random.default_rng(0).normal(0, 6.3, 40_003)).astype(int)

    assert chi_square_p(drawn, lambda x: math.exp(-x * x / (2 * 7**2))) < 1e-6


def test_on_a_fine_grid_it_is_the_gaussian() -> None:
    drawn = discrete_gaussian(20_011, 2**20, seeded()) / 2**20

    assert stats.kstest(drawn, "norm").pvalue > 0.001
    assert len(np.unique(drawn)) > 19_500


def test_the_discrete_laplace_has_its_exact_probabilities() -> None:
    drawn = np.array([_draw_laplace(5, bits) for bits in [seeded()] for _ in range(40_003)])

    assert chi_square_p(drawn, lambda x: math.exp(-abs(x) / 5)) > 0.001


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 3), (1, 3), (1, 1), (7, 2)])
def test_a_coin_falls_with_the_exponential_of_a_ratio(numerator: int, denominator: int) -> None:
    bits = seeded()
    n_heads = sum(_draw_exponential(numerator, denominator, bits) for _ in range(20_011))

    chance = math.exp(-numerator / denominator)
    assert stats.binomtest(n_heads, 20_011, chance).pvalue > 0.001


@pytest.mark.parametrize("bound", [2, 3, 10, 256, 257, 2**64 + 1])
def test_numbers_below_a_bound_are_equally_likely(bound: int) -> None:
    bits = seeded()

    drawn = [bits.below(bound) for _ in range(6_007)]

    assert min(drawn) >= 0
    assert max(drawn) < bound
    parts = np.array([number * 7 // bound for number in drawn])
    expected = np.array([
        len(range(-(-part * bound // 7), -(-(part + 1) * bound // 7))) / bound for part in range(7)
    ])
    seen = np.bincount(parts, minlength=7)
    assert stats.chisquare(seen[expected > 0], expected[expected > 0] * 6_007).pvalue > 0.001


def test_chance_is_the_systems_own_unless_a_test_brings_another() -> None:
    first, second = (discrete_gaussian(50, 10**6, RandomBits()) for _ in range(2))
    again, once_more = (discrete_gaussian(50, 10**6, seeded(3)) for _ in range(2))

    assert (first != second).any()
    assert (again == once_more).all()


@pytest.mark.parametrize("sigma", [0, -1, 2**41, 1.5])
def test_noise_out_of_range_is_refused(sigma: float) -> None:
    with pytest.raises(InputError, match="FSC170"):
        discrete_gaussian(3, sigma, seeded())
