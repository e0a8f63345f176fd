"""One person changes a sum by no more than the bound, whatever that person brings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fascicle.errors import InputError
from fascicle.maths import RandomBits, add_privately, clip_to_grid, proportion_interval
from fascicle.maths._private_sums import STEPS_PER_BOUND, _shorten

ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)


def seeded(seed: int = 0) -> RandomBits:
    return RandomBits(np.random.default_rng(seed).bytes)


@given(hnp.arrays(np.float64, (7, 5), elements=ANY), st.floats(1e-9, 1e9))
def test_by_brute_force_no_row_is_longer_than_the_bound(rows, bound: float) -> None:
    with np.errstate(all="ignore"):
        steps = clip_to_grid(rows, bound)

    # In Python's whole numbers, which never overflow.
    longest = max(sum(int(step) ** 2 for step in row) for row in steps)
    assert longest <= STEPS_PER_BOUND**2


@given(hnp.arrays(np.float64, (6, 3), elements=ANY), st.integers(0, 5))
def test_by_brute_force_blanking_any_person_moves_the_exact_sum_by_at_most_the_bound(
    rows, person: int
) -> None:
    blanked = rows.copy()
    blanked[person] = np.nan

    with np.errstate(all="ignore"):
        change = clip_to_grid(rows, 2.5).sum(axis=0) - clip_to_grid(blanked, 2.5).sum(axis=0)

    assert sum(int(step) ** 2 for step in change) <= STEPS_PER_BOUND**2


def test_what_is_within_the_bound_keeps_its_value_and_the_rest_its_direction() -> None:
    rows = np.array([[0.3, -0.4], [30.0, -40.0], [0.0, 0.0], [1e-300, 1e300], [5e-324, 0.0]])

    kept = clip_to_grid(rows, 1.0) / STEPS_PER_BOUND

    expected = [[0.3, -0.4], [0.6, -0.8], [0, 0], [0, 1], [0, 0]]
    assert kept == pytest.approx(np.array(expected), abs=2e-6)


def test_a_row_that_is_a_hair_too_long_is_shortened_and_others_are_left_alone() -> None:
    whole = STEPS_PER_BOUND
    rows = np.array([[whole, 1, 0], [-whole, -1, 1], [whole, 0, 0], [5, -7, 0]])

    kept = _shorten(rows.copy())

    assert kept.tolist() == [[whole - 1, 0, 0], [1 - whole, 0, 0], [whole, 0, 0], [5, -7, 0]]


def test_order_of_people_does_not_change_a_digit() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(1009, 7)) * 10.0 ** rng.integers(-8, 8, (1009, 1))

    forward = add_privately(rows, 1.0, 3.0, seeded()).values
    backward = add_privately(rows[::-1], 1.0, 3.0, seeded()).values

    assert (forward == backward).all()


def test_the_noise_is_as_large_as_it_says_and_the_sum_is_in_the_middle() -> None:
    rows = np.ones((101, 1)) * 0.5
    bits = seeded()

    found = [add_privately(rows, 2.0, 3.0, bits) for _ in range(3001)]

    values = np.array([one.values[0] for one in found])
    assert found[0].noise_sd == pytest.approx(6.0)
    assert values.std() == pytest.approx(6.0, rel=0.04)
    assert values.mean() == pytest.approx(50.5, abs=0.4)


def audit(multiplier: float, claimed_epsilon: float, delta: float = 1e-5) -> float:
    """Return a lower bound of the true epsilon: how well two neighbours can be told apart.

    A test says "the person is there" above each of some thresholds chosen on other draws;
    Clopper-Pearson bounds of its hits and false alarms give epsilon >= log((hits - delta) / false).
    """
    n = 20_011
    bits = seeded(9)
    there, blank = np.array([[1.0]]), np.array([[np.nan]])
    with_person, without = (
        np.array([add_privately(rows, 1.0, multiplier, bits).values[0] for _ in range(n)])
        for rows in (there, blank)
    )
    best = 0.0
    for threshold in np.linspace(0.5, 2.5, 9):
        hits = proportion_interval(int((with_person > threshold).sum()), n, confidence=0.999)[0]
        alarms = proportion_interval(int((without > threshold).sum()), n, confidence=0.999)[1]
        best = max(best, float(np.log(max(hits - delta, 1e-12) / alarms)))
    return best


@pytest.mark.slow
def test_an_audit_finds_less_than_the_claimed_epsilon_and_more_where_noise_is_broken() -> None:
    # Epsilon 3 at 1e-5 by the filter: a multiplier of 1.4932 (tests/govern/test_accounting.py).
    honest = audit(1.4932, 3.0)
    broken = audit(1.4932 / 3, 3.0)

    assert 0.8 < honest < 3.0 < broken


@pytest.mark.parametrize("bound", [0.0, -1.0, np.nan, np.inf, 5e-324])
def test_a_bound_is_above_zero(bound: float) -> None:
    with pytest.raises(InputError, match="FSC178"):
        clip_to_grid(np.ones((3, 2)), bound)


def test_one_row_stands_for_one_person() -> None:
    with pytest.raises(InputError, match="FSC178"):
        clip_to_grid(np.ones(3), 1.0)
