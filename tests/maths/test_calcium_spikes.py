"""Spikes from traces of calcium, against the spikes that made them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import estimate_decay, infer_spikes, resample
from fascicle.maths._calcium_spikes import DEFAULT_DECAY_S
from fascicle.testing import CalciumTruth, simulate_calcium


def correlate(truth: CalciumTruth, rate_hz: float, given_hz: float) -> float:
    """Return the correlation of inferred and true spikes in bins of 40 ms."""
    duration_s = truth.trace.size / rate_hz
    edges_s = np.arange(0, duration_s, 0.04)
    trace = truth.trace
    if given_hz != rate_hz:
        trace = resample(trace[np.newaxis], round(duration_s * given_hz))[0]
    inferred = infer_spikes(trace, given_hz)
    counts, _ = np.histogram(truth.spikes_s, edges_s)
    return float(np.corrcoef(inferred.activity_at(edges_s[:-1] + 0.02), counts)[0, 1])


@pytest.mark.parametrize("decay_s", [0.3, 0.7, 1.5])
@pytest.mark.parametrize("rate_hz", [7.8, 15.0, 30.0])
def test_the_decay_is_estimated_from_the_trace(decay_s: float, rate_hz: float) -> None:
    """Within a step and a half of what is tried, on the median of five."""
    found = [
        infer_spikes(truth.trace, rate_hz).decay_s
        for seed in range(5)
        for truth in [
            simulate_calcium(
                seed, n_frames=round(120 * rate_hz), rate_hz=rate_hz, decay_s=decay_s, noise=0.05
            )
        ]
    ]

    assert decay_s / 1.65 < np.median(found) < decay_s * 1.65


def test_inferred_spikes_stand_far_above_those_of_a_smoothed_derivative() -> None:
    """And are as good where somebody has resampled the trace to a higher rate."""
    truths = [simulate_calcium(seed, n_frames=1871, rate_hz=7.8, noise=0.1) for seed in range(4)]

    own = np.mean([correlate(truth, 7.8, 7.8) for truth in truths])
    resampled = np.mean([correlate(truth, 7.8, 100.0) for truth in truths])

    floor = np.mean([
        np.corrcoef(
            np.interp(edges + 0.02, np.arange(1871) / 7.8, np.maximum(np.gradient(truth.trace), 0))[
                :-1
            ],
            np.histogram(truth.spikes_s, edges)[0],
        )[0, 1]
        for truth in truths
        for edges in [np.arange(0, 1871 / 7.8, 0.04)]
    ])
    assert own > 1.5 * floor
    assert resampled > 0.9 * own


@pytest.mark.parametrize("noise", [0.1, 0.3])
def test_confidence_is_how_often_an_event_is_a_spike(noise: float) -> None:
    """On seeds that it was not fitted on, within 0.15 in each part of the scale."""
    told, right = [], []
    for seed in range(40, 50):
        truth = simulate_calcium(seed, n_frames=2501, rate_hz=25.0, noise=noise, decay_s=0.9)
        found = infer_spikes(truth.trace, 25.0)
        apart = np.abs(found.times_s[:, None] - truth.spikes_s).min(axis=1)
        told.append(found.confidences)
        right.append(apart <= 0.1)
    confidence, is_right = np.concatenate(told), np.concatenate(right)

    for low, high in ((0.0, 0.4), (0.4, 0.7), (0.7, 1.01)):
        part = (confidence >= low) & (confidence < high)
        assert part.sum() > 20
        assert is_right[part].mean() == pytest.approx(confidence[part].mean(), abs=0.15)


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_has_hardly_an_event_to_be_sure_of(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.2, 3001)

    found = infer_spikes(noise, 30.0)

    assert np.count_nonzero(found.confidences > 0.5) <= 2
    assert estimate_decay(noise, 30.0) is None
    assert not found.is_decay_told
    assert found.decay_s == DEFAULT_DECAY_S


def test_nothing_depends_on_the_unit_or_a_constant() -> None:
    truth = simulate_calcium(7)

    small, large = (infer_spikes(trace, 30.0) for trace in (truth.trace, 500 + 70 * truth.trace))

    np.testing.assert_allclose(large.times_s, small.times_s)
    np.testing.assert_allclose(large.confidences, small.confidences, atol=1e-6)
    np.testing.assert_allclose(large.sizes, 70 * small.sizes, rtol=1e-6)


def test_nothing_happens_where_values_are_missing() -> None:
    truth = simulate_calcium(7)
    trace = truth.trace.copy()
    trace[600:900] = np.nan

    found = infer_spikes(trace, 30.0)

    assert not np.any((found.times_s > 20.01) & (found.times_s < 29.99))
    assert len(found.times_s) > 3
    assert all(np.isfinite(getattr(found, part.name)).all() for part in fields(found))


@pytest.mark.parametrize("value", [0.0, 7e9])
def test_a_trace_that_never_changes_has_no_spikes(value: float) -> None:
    found = infer_spikes(np.full(301, value), 30.0)

    assert not len(found.times_s)
    assert not found.activity.any()


def test_a_given_decay_is_taken() -> None:
    assert infer_spikes(simulate_calcium(3).trace, 30.0, decay_s=1.25).decay_s == 1.25


def test_what_is_no_trace_is_refused() -> None:
    with pytest.raises(InputError, match="FSC157"):
        infer_spikes(np.ones(7), 30.0)
    with pytest.raises(InputError, match="FSC121"):
        infer_spikes(np.ones(70), 0.0)
    with pytest.raises(InputError, match="FSC121"):
        infer_spikes(simulate_calcium(3).trace, 30.0, decay_s=-1.0)
