"""Features of quarters of a second."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import BIN_FEATURES, bin_features, bin_levels, drift_chances, gather_bins

RATE = 250.0


def make_noise(n_channels=7, n_times=5003, *, seed=0):
    rng = np.random.default_rng(seed)
    samples = np.cumsum(rng.standard_normal((n_channels, n_times)), axis=1)
    return samples - samples.mean(axis=1, keepdims=True) + rng.standard_normal(samples.shape)


def test_a_level_is_the_logarithm_of_the_root_mean_square() -> None:
    times_s = np.arange(5000) / RATE
    wave = np.sin(2 * np.pi * 40 * times_s)
    samples = np.stack([wave, 2 * wave, 4 * wave])

    fast = bin_levels(samples, RATE)[0]

    expected = np.log10(np.array([1, 2, 4]) / np.sqrt(2))
    np.testing.assert_allclose(np.median(fast, axis=1), expected, atol=0.01)


def test_features_do_not_depend_on_the_unit_or_the_order_of_channels() -> None:
    samples = make_noise()
    eyes = np.linspace(0, 1, 7)

    features = bin_features(bin_levels(samples, RATE), RATE, eyes)

    scaled = bin_features(bin_levels(1e-6 * samples, RATE), RATE, eyes)
    turned = bin_features(bin_levels(samples[::-1], RATE), RATE, eyes[::-1])
    np.testing.assert_allclose(scaled, features, atol=1e-6)
    np.testing.assert_allclose(turned[::-1], features, atol=1e-9)
    assert features.shape[2] == len(BIN_FEATURES)


def test_a_burst_stands_out_in_its_channel_and_its_time() -> None:
    samples = make_noise()
    samples[3, 2000:2500] += 8 * np.random.default_rng(1).standard_normal(500)

    features = bin_features(bin_levels(samples, RATE), RATE, np.full(7, np.nan))

    fast = features[:, :, BIN_FEATURES.index("fast above its own")]
    burst = slice(33, 39)
    assert fast[3, burst].min() > 0.5
    assert fast[:3].max() < 0.5


@pytest.mark.parametrize("rate", [30.0, 64.0, 125.0, 512.0])
def test_bins_keep_to_the_clock_at_every_rate(rate: float) -> None:
    samples = make_noise(3, round(60.1 * rate))

    assert bin_levels(samples, rate).shape == (6, 3, 240)


@pytest.mark.parametrize("n_times", [2, 3, 31, 63])
def test_the_shortest_recording_has_one_bin(n_times: int) -> None:
    levels = bin_levels(make_noise(4, n_times), RATE)

    assert np.isfinite(levels).all()
    assert levels.shape[2] == max(1, n_times // 62)


def test_silent_channels_have_finite_features() -> None:
    samples = make_noise()
    samples[[0, 4]] = 0.0

    for some in (samples, np.zeros_like(samples)):
        features = bin_features(bin_levels(some, RATE), RATE, np.full(7, np.nan))
        assert np.isfinite(features).all()


def test_what_is_gathered_does_not_depend_on_the_order_of_channels() -> None:
    chances = np.random.default_rng(0).uniform(0, 1, (9, 31))

    gathered = gather_bins(chances)

    np.testing.assert_allclose(gather_bins(chances[::-1]), gathered)
    odds = np.log(chances.max(axis=0) / (1 - chances.max(axis=0)))
    np.testing.assert_allclose(gathered[:, 0], np.clip(odds, -6.907, 6.907), atol=1e-3)


def test_a_drift_of_seven_spreads_has_a_chance_of_one_half() -> None:
    usual = 1.4826
    levels = np.zeros((6, 3, 60))
    levels[4, 1, 20:30] = np.log10(7 * usual)
    levels[4, 2, 40:50] = np.log10(14 * usual)

    chances = drift_chances(levels)

    np.testing.assert_allclose(chances[1, 20:30], 0.5)
    np.testing.assert_allclose(chances[2, 40:50], 8 / 9)
    assert chances[0].max() < 0.01


def test_a_channel_that_always_wanders_does_not_drift() -> None:
    levels = np.zeros((6, 5, 60))
    levels[4, 2] = 2.0

    assert drift_chances(levels).max() < 0.01
