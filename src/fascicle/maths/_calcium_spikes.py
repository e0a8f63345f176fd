"""Spikes from traces of calcium: noise and decay from the trace itself, a confidence for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._calcium_pools import Pools, deconvolve
from ._calcium_traces import native_frames, require_frames, resample, running_baseline, trace_noise
from ._shapes import require_positive

BASELINE_S: Final = 30.0
"""Seconds of the window whose percentile is the baseline."""

DEFAULT_DECAY_S: Final = 0.7
"""Decay of a trace in which nothing shows one: between the fast and the slow indicators."""

DECAYS_S: Final = tuple(float(tau) for tau in np.geomspace(0.1, 3.0, 12))
"""Time constants that are tried."""

CONFIDENCE: Final = (4.63, -0.0, 0.88, 4.09, -2.85, 0.45)
"""Weights of `event_features`: what ``scripts/calcium_confidence.py`` fits on simulated traces."""

_COST = 1.5
_LEAST_GAIN = 4.0
_CLEAR = 6.0
_MARGIN = 2.0
_MAX_TRIED = 2500


@dataclass(frozen=True, slots=True)
class InferredSpikes:
    """What a trace of calcium tells of spikes.

    Attributes
    ----------
    rate_hz : float
        Frames in a second that `activity` has: those of the trace, or fewer if it had been
        resampled to more.
    activity, calcium, baseline : ndarray of float64, shape (n_frames,)
        Rise that spikes make in each frame; trace without noise; what it rests on. In the unit of
        the trace.
    noise : float
        Standard deviation of a frame.
    decay_s : float
        Time constant.
    is_decay_told : bool
        False if the trace shows none, and `DEFAULT_DECAY_S` was taken.
    times_s : ndarray of float64, shape (n_events,)
        When each event began, from the beginning of the first frame.
    sizes : ndarray of float64, shape (n_events,)
        Rise of each event, in the unit of the trace.
    heights : ndarray of float64, shape (n_events,)
        Evidence of each: root of what it takes from the squared residuals, over the noise.
    confidences : ndarray of float64, shape (n_events,)
        Probability that a spike was within 0.1 s, or 1.5 frames if these are longer.
    """

    rate_hz: float
    activity: NDArray[np.float64]
    calcium: NDArray[np.float64]
    baseline: NDArray[np.float64]
    noise: float
    decay_s: float
    is_decay_told: bool
    times_s: NDArray[np.float64]
    sizes: NDArray[np.float64]
    heights: NDArray[np.float64]
    confidences: NDArray[np.float64]

    def activity_at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the activity at any times, by straight lines between frames.

        A frame's time is that of its beginning, and a cell is seen half a frame later on the mean.
        What it shows came since it was seen before, half a frame earlier on the mean: at that time.
        """
        own_s = np.arange(self.activity.size) / self.rate_hz
        return np.interp(times_s, own_s, self.activity)


def infer_spikes(
    trace: NDArray[np.float64], rate_hz: float, *, decay_s: float | None = None
) -> InferredSpikes:
    r"""Infer spikes from one trace of calcium.

    The trace is brought back to the frames that it was recorded with, freed of its running
    baseline, and deconvolved (`deconvolve`). *Activity* is the exact non-negative answer. *Events*
    are what is left when stretches are joined until each takes at least
    :math:`4 \sigma^2` from the squared residuals. Their confidence is logistic in
    :math:`\sqrt{g} / \sigma`, with :math:`g` what they take, in the rate of clear events (with
    :math:`\sqrt{g} > 6 \sigma`) and in the size against theirs; fitted on simulated traces.

    Parameters
    ----------
    trace : ndarray of float64, shape (n_frames,)
        Fluorescence or dF/F, in any unit; NaN where it is missing.
    rate_hz : float
        Frames in a second.
    decay_s : float, optional
        Time constant of the indicator; estimated by `estimate_decay` where it is not given.

    Returns
    -------
    InferredSpikes
        No events for a trace that never changes.

    Raises
    ------
    InputError
        FSC121 if rate or decay are not above 0; FSC157 for less than 20 values.

    Notes
    -----
    One event may stand for several spikes of a burst. A fast indicator at a low rate leaves single
    spikes between frames; a slow one at a high rate of firing never returns to its baseline.

    References
    ----------
    .. [1] J. Friedrich, P. Zhou, L. Paninski (2017), doi:10.1371/journal.pcbi.1005423

    Examples
    --------
    >>> trace = np.random.default_rng(3).normal(0, 0.02, 301)
    >>> trace[100:] += np.exp(-np.arange(201) / 10)
    >>> inferred = infer_spikes(trace, 10.0)
    >>> float(inferred.times_s[np.argmax(inferred.sizes)]), bool(inferred.confidences.max() > 0.8)
    (10.0, True)
    """
    require_positive("rate_hz", rate_hz)
    is_known = np.isfinite(trace)
    require_frames(trace[is_known])
    filled = np.interp(np.arange(trace.size), np.flatnonzero(is_known), trace[is_known])
    n_native = native_frames(filled[np.newaxis])
    own_hz = rate_hz * n_native / trace.size
    values = filled if n_native == trace.size else resample(filled[np.newaxis], n_native)[0]
    baseline = running_baseline(values, max(3, round(BASELINE_S * own_hz)))
    raised, noise = values - baseline, trace_noise(values - baseline)
    if not noise > 1e-12 * max(1.0, float(np.abs(values).max())):
        return _nothing(values, own_hz, decay_s)
    told: float | None = None
    if decay_s is None:
        told = estimate_decay(raised, own_hz)
    tau = decay_s or told or DEFAULT_DECAY_S
    require_positive("decay_s", tau)
    decay = float(np.exp(-1 / (own_hz * tau)))
    offset = _settle(raised, decay, _COST * np.log(n_native) * noise**2)[0]
    exact = deconvolve(raised - offset, decay)
    sparse = deconvolve(raised - offset, decay, least_gain=_LEAST_GAIN * noise**2)
    kept = _where_known(sparse, is_known, n_native)
    heights = np.sqrt(sparse.gains[kept]) / noise
    sizes = sparse.activity[sparse.starts[kept]]
    activity = exact.activity
    activity[0] = 0.0  # what was there before the first frame
    return InferredSpikes(
        rate_hz=own_hz,
        activity=activity,
        calcium=exact.calcium,
        baseline=baseline + offset,
        noise=noise,
        decay_s=tau,
        is_decay_told=decay_s is not None or told is not None,
        times_s=sparse.starts[kept] / own_hz,
        sizes=sizes,
        heights=heights,
        confidences=_confidences(event_features(heights, sizes, trace.size / rate_hz)),
    )


def estimate_decay(trace: NDArray[np.float64], rate_hz: float) -> float | None:
    r"""Return the time constant under which the fewest spikes explain a trace best.

    .. math:: \hat\tau = \arg\min_\tau
              \frac{1}{\sigma^2}\sum_t (y_t - c_t)^2 + 1.5\, K \ln n

    with :math:`K` the number of stretches, of those in `DECAYS_S`. A trace longer than 2500 frames
    is judged by the 2500 in which it changes most.

    Parameters
    ----------
    trace : ndarray of float64, shape (n_frames,)
        Without its running baseline, in any unit.
    rate_hz : float
        Frames in a second.

    Returns
    -------
    float or None
        In seconds; None where no spike at all explains it nearly as well.

    Raises
    ------
    InputError
        FSC121 if the rate is not above 0; FSC157 for less than 20 frames.

    Notes
    -----
    Spikes that come in long bursts make it too long, as does a slow rise of the indicator.

    Examples
    --------
    >>> spikes = np.random.default_rng(7).random(1501) < 0.02
    >>> trace = np.convolve(spikes, np.exp(-np.arange(200) / 10))[:1501]
    >>> trace += np.random.default_rng(8).normal(0, 0.1, 1501)
    >>> 0.8 < estimate_decay(trace, 10.0) < 1.3
    True
    """
    require_positive("rate_hz", rate_hz)
    require_frames(trace)
    part = _busiest(trace)
    noise = trace_noise(part)
    if not noise > 0:
        return None
    cost = _COST * float(np.log(part.size))
    quiet = float(np.sum((part - np.median(part)) ** 2)) / noise**2 + cost

    def score(i: int) -> float:
        decay = float(np.exp(-1 / (rate_hz * DECAYS_S[i])))
        _, pools, error = _settle(part, decay, cost * noise**2, n_rounds=2)
        return error / noise**2 + cost * len(pools.starts)

    # The score has one valley: every second constant, then those beside the best.
    scores = {i: score(i) for i in range(1, len(DECAYS_S), 2)}
    best = min(scores, key=scores.__getitem__)
    scores |= {i: score(i) for i in (best - 1, best + 1) if i < len(DECAYS_S)}
    best = min(scores, key=scores.__getitem__)
    return DECAYS_S[best] if scores[best] < quiet - _MARGIN * cost else None


def _settle(
    trace: NDArray[np.float64], decay: float, least_gain: float, *, n_rounds: int = 4
) -> tuple[float, Pools, float]:
    """Return the constant under a trace, its clear events, and the squared residuals."""
    offset = 0.0
    for _ in range(n_rounds):
        pools = deconvolve(trace - offset, decay, least_gain=least_gain)
        offset += float(np.median(trace - offset - pools.calcium))
    return offset, pools, float(np.sum((trace - offset - pools.calcium) ** 2))


def _busiest(trace: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the stretch of at most `_MAX_TRIED` frames whose variance is largest."""
    if trace.size <= _MAX_TRIED:
        return trace
    starts = np.arange(0, trace.size - _MAX_TRIED + 1, _MAX_TRIED // 2)
    spread = [trace[start : start + _MAX_TRIED].var() for start in starts]
    start = int(starts[int(np.argmax(spread))])
    return trace[start : start + _MAX_TRIED]


def _where_known(pools: Pools, is_known: NDArray[np.bool_], n_native: int) -> NDArray[np.intp]:
    """Return which stretches begin with an event, in a frame that was recorded."""
    frames = np.minimum(pools.starts * is_known.size // n_native, is_known.size - 1)
    rises = pools.activity[pools.starts] > 0
    is_event = is_known[frames] & rises & (pools.starts > 0)
    return np.flatnonzero(is_event)


def event_features(
    heights: NDArray[np.float64], sizes: NDArray[np.float64], duration_s: float
) -> NDArray[np.float64]:
    """Return what confidence is made of: a constant, the evidence, the rate, the size.

    Parameters
    ----------
    heights, sizes : ndarray of float64, shape (n_events,)
        As in `InferredSpikes`.
    duration_s : float
        Length of the trace.

    Returns
    -------
    ndarray of float64, shape (n_events, 6)
        1; height; log rate of clear events, with one more than there are; log of the size over
        the median of clear events, at most 0; and where there are none of these, 1 and height.
    """
    is_clear = heights > _CLEAR
    usual = float(np.median(sizes[is_clear])) if is_clear.any() else np.inf
    ones = np.ones(heights.size)
    busy = ones * np.log((1 + np.count_nonzero(is_clear)) / duration_s)
    share = np.log(np.clip(sizes / usual, 0.01, 1.0)) if np.isfinite(usual) else 0.0 * ones
    alone = 0.0 * ones if np.isfinite(usual) else ones
    return np.stack([ones, heights, busy, share, alone, alone * heights], axis=1)


def _confidences(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely it is that events with these features are spikes."""
    score = features @ np.array(CONFIDENCE)
    confidences: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(score, -30, 30)))
    return confidences


def _nothing(values: NDArray[np.float64], rate_hz: float, decay_s: float | None) -> InferredSpikes:
    """Return what a trace tells that never changes, or knows no noise."""
    empty = np.zeros(0)
    still = np.zeros(values.size)
    return InferredSpikes(
        rate_hz, still, still.copy(), values, 0.0, decay_s or DEFAULT_DECAY_S,
        decay_s is not None, empty, empty, empty, empty,
    )  # fmt: skip
