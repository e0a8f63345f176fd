"""Steadiness of a functional series."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from fascicle.errors import InputError
from fascicle.maths import (
    count_settling,
    ghost_to_signal,
    global_correlation,
    measure_dvars,
    median_distances,
    outlier_shares,
)


def make_values(n_voxels: int = 701, n_volumes: int = 121, rho: float = 0.4) -> np.ndarray:
    rng = np.random.default_rng(7)
    values = rng.normal(0, 1, (n_voxels, n_volumes))
    for t in range(1, n_volumes):
        values[:, t] = rho * values[:, t - 1] + np.sqrt(1 - rho**2) * values[:, t]
    return rng.uniform(600, 1400, (n_voxels, 1)) + rng.uniform(4, 9, (n_voxels, 1)) * values


def test_plain_change_is_power_s_formula() -> None:
    values = make_values()

    found = measure_dvars(values).plain

    expected = [np.sqrt(np.mean((values[:, t] - values[:, t - 1]) ** 2)) for t in range(1, 121)]
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], np.array(expected) * 1000 / np.median(values.mean(1)))


def test_standardised_change_is_nichols_formula() -> None:
    values = make_values(31, 41)

    found = measure_dvars(values).standard

    expected = []
    for row in values:
        low, high = np.percentile(row, [25, 75])
        centred = row - row.mean()
        rho = (centred[1:] * centred[:-1]).sum() / (centred**2).sum()
        expected.append(np.sqrt(2 * (1 - rho)) * (high - low) / 1.349)
    np.testing.assert_allclose(found[1:], np.diff(values).std(axis=0) / np.mean(expected))


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_steady_noise_is_near_one_whatever_its_autocorrelation(rho: float) -> None:
    found = measure_dvars(make_values(rho=rho))

    # Change of voxels of unequal noise: its root mean square is a little above the mean.
    assert found.standard[1:].mean() == pytest.approx(1.04, abs=0.05)
    assert found.voxel_standard[1:].mean() == pytest.approx(1, abs=0.03)


def test_a_jump_stands_out_at_its_two_steps() -> None:
    values = make_values()
    values[:, 60] += np.random.default_rng(1).normal(0, 60, len(values))

    found = measure_dvars(values)

    for series in (found.plain, found.standard, found.voxel_standard):
        assert set(np.argsort(-np.nan_to_num(series))[:2]) == {60, 61}


def test_voxels_that_never_change_do_not_count() -> None:
    values = make_values()
    padded = np.vstack([values, np.full((99, values.shape[1]), 5.0)])

    np.testing.assert_allclose(
        measure_dvars(padded).standard, measure_dvars(values).standard, equal_nan=True
    )
    assert np.isnan(measure_dvars(np.ones((5, 9))).standard).all()
    assert global_correlation(padded) == pytest.approx(global_correlation(values))
    assert np.isnan(global_correlation(np.ones((5, 9))))
    assert (outlier_shares(np.ones((5, 9))) == 0).all()


def test_shares_of_outliers_follow_afni_s_rule() -> None:
    values = make_values(61, 81)
    values[:20, 33] += 400

    found = outlier_shares(values)

    expected = np.zeros(81)
    limit = np.sqrt(np.pi / 2) * norm.ppf(1 - 0.001 / 81)
    for row in values:
        away = np.abs(row - np.median(row))
        expected += away > limit * np.median(away)
    np.testing.assert_allclose(found, expected / 61)
    assert found[33] >= 20 / 61


def test_distances_to_the_median_volume_are_scipy_s() -> None:
    values = make_values(203, 11)

    found = median_distances(values)

    middle = np.median(values, axis=1)
    expected = [1 - spearmanr(values[:, t], middle).statistic for t in range(11)]
    np.testing.assert_allclose(found, expected)


def test_a_lost_volume_has_no_distance() -> None:
    values = make_values(203, 11)
    values[:, 4] = 0

    assert np.flatnonzero(np.isnan(median_distances(values))).tolist() == [4]


def test_global_correlation_is_the_mean_of_all_pairs() -> None:
    values = make_values(23, 97) + 9 * np.sin(np.arange(97))

    assert global_correlation(values) == pytest.approx(np.corrcoef(values).mean())


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_ghost_is_measured_along_its_own_axis(axis: int) -> None:
    rng = np.random.default_rng(7)
    brain = np.zeros((40, 44, 36), bool)
    brain[12:28, 14:30, 10:26] = True
    volume = np.where(brain, 500.0, 0) + np.abs(rng.normal(0, 5, brain.shape))

    ghosted = volume + 0.08 * np.roll(volume, brain.shape[axis] // 2, axis=axis)

    assert abs(ghost_to_signal(volume, brain, axis)) < 0.002
    assert ghost_to_signal(ghosted, brain, axis) == pytest.approx(0.08, abs=0.005)
    assert ghost_to_signal(ghosted, brain, (axis + 1) % 3) < 0.01


def test_where_brain_and_ghost_overlap_only_the_air_counts() -> None:
    rng = np.random.default_rng(7)
    brain = np.zeros((11, 20, 9), bool)
    brain[2:9, 4:17, 2:7] = True  # 13 of 20 rows: the ghost reaches back into the brain
    volume = np.where(brain, 500.0, 0) + rng.uniform(0, 9, brain.shape)

    found = ghost_to_signal(volume, brain, 1)

    ghost = np.zeros(brain.shape, bool)
    ghost[2:9, [0, 1, 2, 3, 17, 18, 19], 2:7] = True
    ghost &= np.roll(brain, 10, axis=1)
    rest = ~brain & ~ghost
    expected = (volume[ghost].mean() - volume[rest].mean()) / np.median(volume[brain])
    assert found == pytest.approx(expected)


def test_a_brain_that_fills_the_image_leaves_no_ghost_to_measure() -> None:
    assert np.isnan(ghost_to_signal(np.ones((4, 4, 4)), np.ones((4, 4, 4), bool), 1))


@pytest.mark.parametrize("n", [0, 1, 4])
def test_bright_volumes_at_the_start_are_counted(n: int) -> None:
    signal = np.random.default_rng(7).normal(1000, 2, 61)
    signal[:n] += 300 * 0.6 ** np.arange(n)

    assert count_settling(signal) == n


def test_a_head_that_moves_away_early_is_no_settling() -> None:
    signal = np.random.default_rng(7).normal(1000, 2, 61)
    signal[:5] += 150

    assert count_settling(signal) == 0


def test_a_spike_later_on_is_no_settling() -> None:
    signal = np.random.default_rng(7).normal(1000, 2, 61)
    signal[3] += 200

    assert count_settling(signal) == 0
    assert count_settling(np.ones(3)) == 0


@pytest.mark.parametrize(
    "measure", [measure_dvars, outlier_shares, median_distances, global_correlation]
)
def test_a_single_volume_is_refused(measure) -> None:
    with pytest.raises(InputError) as caught:
        measure(np.ones((9, 1)))

    assert caught.value.code == "FSC138"
