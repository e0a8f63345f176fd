"""Clocks are brought together by pulses, and only where the pulses are the same."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import MIN_PULSES, align_pulses


def make_pulses(seed: int, n: int = 120) -> np.ndarray:
    """Pulses at intervals that differ, as tasks make them."""
    return 5.0 + np.cumsum(np.random.default_rng(seed).uniform(0.4, 3.0, n))


@pytest.mark.parametrize("offset_s", [0.0, -312.77, 1234.5])
@pytest.mark.parametrize("drift_ppm", [0.0, 87.0, -260.0])
def test_shift_and_drift_are_found_beside_missed_and_extra_pulses(offset_s, drift_ppm) -> None:
    rng = np.random.default_rng(17)
    truth = make_pulses(1, 300)
    first = truth[rng.random(300) > 0.15]
    kept = truth[rng.random(300) > 0.15]
    second = offset_s + (1 + drift_ppm * 1e-6) * kept + rng.normal(0, 0.0002, len(kept))
    second = np.sort(np.append(second, rng.uniform(second[0], second[-1], 40)))

    found = align_pulses(first, second)

    assert found.verdict == "aligned"
    assert found.offset_s == pytest.approx(offset_s, abs=0.0005)
    assert found.drift_ppm == pytest.approx(drift_ppm, abs=2.0)
    n_both = len(np.intersect1d(first, kept))
    assert n_both - 2 <= len(found.pairs) <= n_both + 2
    assert np.abs(found.residuals_s).max() <= 0.002


def test_the_fit_is_that_of_least_squares() -> None:
    rng = np.random.default_rng(2)
    first = make_pulses(3)
    second = 2.0 + 1.00005 * first + rng.normal(0, 0.0003, len(first))

    found = align_pulses(first, second)

    slope, offset = np.polyfit(first, second, 1)
    assert found.offset_s == pytest.approx(offset, abs=1e-6)
    assert 1 + found.drift_ppm * 1e-6 == pytest.approx(slope, abs=1e-9)


def test_unrelated_pulses_are_not_brought_together() -> None:
    verdicts = [align_pulses(make_pulses(i), make_pulses(1000 + i)).verdict for i in range(200)]

    assert verdicts.count("aligned") == 0


def test_regular_pulses_may_be_shifted_by_whole_periods() -> None:
    rng = np.random.default_rng(7)
    first = np.arange(0.0, 120.0, 1.0) + rng.normal(0, 1e-4, 120)
    second = np.arange(10.0, 140.0, 1.0) + rng.normal(0, 1e-4, 130)

    assert align_pulses(first, second).verdict == "ambiguous"


def test_a_recording_that_began_late_matches_its_part() -> None:
    truth = make_pulses(11, 200)

    found = align_pulses(truth[120:], truth + 40.0)

    assert found.verdict == "aligned"
    assert found.offset_s == pytest.approx(40.0, abs=1e-6)
    assert found.pairs[0].tolist() == [0, 120]


@pytest.mark.parametrize("n", [0, 1, MIN_PULSES - 1])
def test_too_few_pulses_say_nothing(n: int) -> None:
    found = align_pulses(make_pulses(1)[:n], make_pulses(1))

    assert found.verdict == "too-few"
    assert len(found.pairs) == 0


def test_times_that_are_no_numbers_are_passed_over() -> None:
    pulses = make_pulses(4)

    found = align_pulses(np.append(pulses, np.nan), pulses + 1.0)

    assert found.verdict == "aligned"
