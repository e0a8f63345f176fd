"""Spikes are found where they were put, and nowhere in noise."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import find_spikes, spike_noise


def make_noise(n_channels: int = 3, n_times: int = 100_003) -> np.ndarray:
    return np.random.default_rng(7).normal(0, 8, (n_channels, n_times))


def test_the_noise_of_normal_samples_is_their_standard_deviation() -> None:
    noise = spike_noise(make_noise())

    np.testing.assert_allclose(noise, 8.0, rtol=0.02)


def test_the_noise_hardly_grows_with_large_spikes() -> None:
    samples = make_noise()
    samples[:, ::100] = -500.0

    np.testing.assert_allclose(spike_noise(samples), 8.0, rtol=0.04)


def test_planted_troughs_are_found_on_their_channel_at_their_sample() -> None:
    samples = make_noise()
    places = np.arange(500, 100_000, 997)
    samples[1, places] = -120.0
    samples[1, places - 1] = -80.0

    channels, found = find_spikes(samples, 30_000.0)

    assert set(places) <= set(found[channels == 1])
    # Beyond 5 sigma lie 3 of ten million samples on one side.
    assert len(found) - len(places) <= 3


def test_crossings_within_the_dead_time_are_one_spike() -> None:
    samples = make_noise(1)
    samples[0, 5000:5040:4] = -200.0

    _, found = find_spikes(samples, 30_000.0, dead_s=0.001)

    assert np.sum((found >= 5000) & (found < 5040)) == 2


def test_the_result_does_not_depend_on_the_unit() -> None:
    samples = make_noise()
    samples[2, 3001] = -99.0

    one, other = find_spikes(samples, 1000.0), find_spikes(samples * 1e-6, 1000.0)

    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_silent_channel_has_no_spikes() -> None:
    channels, _ = find_spikes(np.zeros((2, 1009)), 1000.0)

    assert channels.size == 0


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="FSC121"):
        find_spikes(make_noise(1, 99), 0.0)
