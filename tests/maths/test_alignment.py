"""Clocks are brought together by pulses, and only where the pulses are the same."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import MIN_PULSES, align_pulses, compare_clocks


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


def make_streams(seed: int, *, offset_s: float, drift_ppm: float, is_regular: bool):
    """Pulses that two streams recorded, each with its own misses and its own jitter."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 900))
    steps = np.ones(n) if is_regular else rng.uniform(0.3, rng.uniform(1.0, 4.0), n)
    truth = 2.0 + np.cumsum(steps)
    first = truth[rng.random(n) > 0.1] + 0.0
    kept = truth[rng.random(n) > 0.1]
    second = offset_s + (1 + drift_ppm * 1e-6) * kept + rng.normal(0, 2e-4, len(kept))
    extra = rng.uniform(second[0], second[-1], n // 10)
    return first, np.sort(np.append(second, extra)), float(truth[-1])


@pytest.mark.parametrize("is_regular", [True, False])
def test_streams_on_one_clock_are_said_to_be(is_regular: bool) -> None:
    verdicts = []
    for seed in range(25):
        offset_s = float(np.random.default_rng(seed).uniform(-500, 500))
        first, second, _ = make_streams(
            seed, offset_s=offset_s, drift_ppm=0.0, is_regular=is_regular
        )
        verdicts.append(compare_clocks(first, second, offset_s=offset_s).verdict)

    assert verdicts == ["same"] * 25


@pytest.mark.parametrize("is_regular", [True, False])
def test_a_clock_that_drifts_away_contradicts_the_claim_and_the_drift_is_told(
    is_regular: bool,
) -> None:
    for seed in range(25):
        rng = np.random.default_rng(900 + seed)
        end_s = make_streams(seed, offset_s=0.0, drift_ppm=0.0, is_regular=is_regular)[2]
        # Just beyond the tolerance at the end, up to what is far beyond.
        low_ppm = 0.006 / end_s * 1e6
        drift_ppm = float(rng.choice([-1, 1]) * rng.uniform(low_ppm, low_ppm + 200))
        first, second, _ = make_streams(
            seed, offset_s=31.5, drift_ppm=drift_ppm, is_regular=is_regular
        )

        found = compare_clocks(first, second, offset_s=31.5)

        assert found.verdict == "other"
        assert found.alignment.drift_ppm == pytest.approx(drift_ppm, abs=3.0)
        assert found.error_s == pytest.approx(abs(drift_ppm) * 1e-6 * first[-1], abs=0.002)


@pytest.mark.parametrize("error_s", [0.0051, -0.03, 0.2, 71.3])
def test_a_claim_with_another_start_is_contradicted(error_s: float) -> None:
    first, second, _ = make_streams(5, offset_s=10.0 + error_s, drift_ppm=0.0, is_regular=False)

    found = compare_clocks(first, second, offset_s=10.0)

    assert found.verdict == "other"
    assert found.alignment.offset_s == pytest.approx(10.0 + error_s, abs=0.0005)
    assert found.error_s == pytest.approx(abs(error_s), abs=0.0005)


def test_pulses_of_other_things_neither_confirm_nor_contradict() -> None:
    verdicts = [compare_clocks(make_pulses(i), make_pulses(1000 + i)).verdict for i in range(200)]

    assert verdicts == ["untested"] * 200


def test_regular_pulses_cannot_tell_a_shift_by_their_step() -> None:
    rng = np.random.default_rng(3)
    sync = np.arange(0.5, 300.0) + rng.normal(0, 1e-4, 300)

    assert compare_clocks(sync, sync + 1.0).verdict == "same"
    assert compare_clocks(sync, sync).alignment.rival >= 0.8
    assert compare_clocks(make_pulses(2), make_pulses(2)).alignment.rival < 0.8


@pytest.mark.parametrize("n", [0, 1, MIN_PULSES - 1])
def test_a_claim_without_pulses_stays_untested(n: int) -> None:
    found = compare_clocks(make_pulses(1)[:n], make_pulses(1))

    assert found.verdict == "untested"
    assert np.isnan(found.error_s)


def test_streams_that_share_their_last_part_alone_are_compared_there() -> None:
    pulses = make_pulses(6, 300)

    found = compare_clocks(pulses[200:], pulses[:260] + 4.0, offset_s=4.0)

    assert found.verdict == "same"
    assert len(found.alignment.pairs) == 60
