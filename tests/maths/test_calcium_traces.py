"""Traces of calcium before anything is inferred."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from fascicle.errors import InputError
from fascicle.maths import native_frames, resample, running_baseline, trace_noise


@pytest.mark.parametrize(("n_before", "n_after"), [(211, 1009), (1009, 211), (217, 433)])
def test_resampling_is_that_of_scipy(n_before: int, n_after: int) -> None:
    traces = np.random.default_rng(3).normal(size=(3, n_before))

    np.testing.assert_allclose(resample(traces, n_after), signal.resample(traces, n_after, axis=1))


@pytest.mark.parametrize("n_native", [433, 811])
def test_the_frames_of_a_resampled_trace_are_found_again(n_native: int) -> None:
    """To one in thirty."""
    slow = np.cumsum(np.random.default_rng(3).normal(size=(1, n_native)), axis=1)
    slow += np.random.default_rng(4).normal(size=(1, n_native))
    slow -= np.linspace(slow[0, 0], slow[0, -1], n_native)

    assert native_frames(resample(slow, 9001)) == pytest.approx(n_native, rel=0.04)


@pytest.mark.parametrize("noise", [0.0, 0.01, 1.0])
def test_a_trace_as_it_was_recorded_keeps_its_frames(noise: float) -> None:
    """Without any noise, too."""
    spikes = np.random.default_rng(3).random((2, 3001)) < 0.01
    calcium = signal.lfilter([1.0], [1.0, -0.97], spikes, axis=1)
    trace = calcium + np.random.default_rng(4).normal(0, noise, calcium.shape)

    assert native_frames(trace) == 3001
    assert native_frames(trace[:, :211]) == 211
    assert native_frames(np.random.default_rng(5).normal(size=(1, 97))) == 97
    assert native_frames(np.ones((2, 301))) == 301
    assert native_frames(trace[:, :7]) == 7


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_what_was_added_under_slow_calcium(seed: int) -> None:
    rng = np.random.default_rng(seed)
    calcium = signal.lfilter([1.0], [1.0, -0.95], rng.random(3001) < 0.02)

    assert trace_noise(calcium + rng.normal(0, 0.3, 3001)) == pytest.approx(0.3, rel=0.15)
    assert trace_noise(np.full(101, 7.0)) == 0


def test_a_baseline_follows_drift_and_not_activity() -> None:
    rng = np.random.default_rng(5)
    drift = 3 + np.sin(np.arange(6001) / 1000)
    calcium = signal.lfilter([1.0], [1.0, -0.9], rng.random(6001) < 0.01)

    baseline = running_baseline(drift + calcium, 601)

    assert np.abs(baseline - drift)[300:-300].max() < 0.2
    assert np.all(running_baseline(np.arange(7.0), 31) == np.percentile(np.arange(7.0), 20))


@pytest.mark.parametrize("trace", [np.ones(7), np.ones((30, 30)), np.full(30, np.nan)])
def test_what_tells_no_noise_is_refused(trace: np.ndarray) -> None:
    with pytest.raises(InputError, match="FSC157"):
        trace_noise(trace)


def test_sizes_of_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="FSC121"):
        resample(np.ones((1, 31)), 0)
    with pytest.raises(InputError, match="FSC121"):
        running_baseline(np.ones(31), 0)
