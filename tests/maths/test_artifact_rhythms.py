"""Heart beats and bridges."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import bridge_ratios, find_heart_beat

RATE = 200.0


def make_noise(n_channels=7, seconds=61, *, seed=0):
    rng = np.random.default_rng(seed)
    samples = np.cumsum(rng.standard_normal((n_channels, round(seconds * RATE))), axis=1)
    return samples - np.linspace(0, 1, samples.shape[1]) * samples[:, -1:]


def add_beats(samples, weights, *, per_minute=66.0, size=20.0, jitter=0.02, seed=1):
    rng = np.random.default_rng(seed)
    wave = np.array([0.2, -0.3, 1.0, 2.0, 1.0, -0.4, -0.2])
    place = 30.0
    while place < samples.shape[1] - 8:
        samples[:, int(place) : int(place) + 7] += size * weights[:, None] * wave
        place += RATE * 60 / per_minute * (1 + jitter * rng.standard_normal())
    return samples


def test_a_heart_is_found_at_its_rate_in_its_channels() -> None:
    weights = np.array([1.0, 0.8, 0.5, 0.0, 0.0, -0.5, -1.0])

    beat = find_heart_beat(add_beats(make_noise(), weights), RATE)

    assert 60 / beat.period_s == pytest.approx(66, abs=2)
    assert beat.score > 0.2
    assert beat.amplitudes[[0, 6]].min() > 3 * beat.amplitudes[[3, 4]].max()


def test_noise_has_no_heart() -> None:
    scores = [find_heart_beat(make_noise(seed=seed), RATE).score for seed in range(20)]

    assert max(scores) < 0.2
    assert np.median(scores) < 0.1


def test_a_channel_of_the_heart_leads() -> None:
    samples = add_beats(make_noise(), np.array([1.0, 0, 0, 0, 0, 0, 0]), size=3.0)
    heart = add_beats(make_noise(1, seed=9), np.ones(1), size=200.0)[0]

    beat = find_heart_beat(samples, RATE, heart)

    assert beat.score > 0.3
    assert int(beat.amplitudes.argmax()) == 0


@pytest.mark.parametrize("n_times", [0, 1, 500])
def test_a_short_recording_has_none(n_times: int) -> None:
    beat = find_heart_beat(np.ones((3, n_times)), RATE)

    assert beat.score == 0
    assert np.isnan(beat.period_s)


def test_silence_has_none() -> None:
    assert find_heart_beat(np.zeros((3, 20_000)), RATE).score == 0


def test_a_ratio_is_the_variance_of_the_difference() -> None:
    rng = np.random.default_rng(0)
    first = make_noise(1)[0]
    second = first + 0.5 * make_noise(1, seed=4)[0]
    samples = np.stack([first, second, rng.standard_normal(first.size), np.zeros(first.size)])

    ratios = bridge_ratios(samples, RATE)

    np.testing.assert_allclose(ratios, ratios.T)
    assert 0.1 < ratios[0, 1] < 0.4
    assert ratios[0, 2] > 1
    assert np.isinf(ratios[3]).all()
    assert np.isinf(np.diag(ratios)).all()


def test_ratios_do_not_depend_on_the_unit() -> None:
    samples = make_noise()

    np.testing.assert_allclose(bridge_ratios(1e-6 * samples, RATE), bridge_ratios(samples, RATE))
