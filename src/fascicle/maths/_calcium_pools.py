"""Deconvolution of calcium: stretches that decay freely, joined until none rises by chance."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError


@dataclass(frozen=True, slots=True)
class Pools:
    r"""Stretches of a trace, in each of which calcium decays freely.

    Attributes
    ----------
    starts, lengths : ndarray of int, shape (n_pools,)
        First frame and number of frames of each stretch; together they are the trace.
    heights : ndarray of float64, shape (n_pools,)
        Calcium in the first frame of each, in the unit of the trace; not below 0.
    weights : ndarray of float64, shape (n_pools,)
        Sum of :math:`\gamma^{2 k}` over a stretch: the height's variance is the noise's over it.
    gains : ndarray of float64, shape (n_pools,)
        By how much the sum of squared residuals would grow, if a stretch were joined to the one
        before; infinite for the first.
    decay : float
        What is left of calcium after one frame, :math:`\gamma`.
    """

    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]
    heights: NDArray[np.float64]
    weights: NDArray[np.float64]
    gains: NDArray[np.float64]
    decay: float

    @property
    def calcium(self) -> NDArray[np.float64]:
        """The trace without its noise, shape (n_frames,)."""
        since = np.arange(int(self.lengths.sum())) - np.repeat(self.starts, self.lengths)
        calcium: NDArray[np.float64] = np.repeat(self.heights, self.lengths) * self.decay**since
        return calcium

    @property
    def activity(self) -> NDArray[np.float64]:
        """What is added in each frame, shape (n_frames,); the first frame has what was before."""
        calcium = self.calcium
        before = np.concatenate([[0.0], self.decay * calcium[:-1]])
        activity: NDArray[np.float64] = np.maximum(calcium - before, 0.0)
        return activity


def deconvolve(
    trace: NDArray[np.float64], decay: float, *, penalty: float = 0.0, least_gain: float = 0.0
) -> Pools:
    r"""Find the spikes that explain a trace best, none of them negative.

    .. math:: \min_{s \ge 0} \tfrac12 \sum_t (c_t - y_t)^2 + \lambda \sum_t s_t,
              \quad c_t = \gamma c_{t-1} + s_t

    is solved exactly, in one pass, by joining neighbouring stretches as long as one of them begins
    below the end of the other's decay (OASIS [1]_). With `least_gain` above 0, stretches are then
    joined on, the cheapest first, until every one of them makes the sum of squared residuals
    smaller by that much: a greedy answer to the problem that counts spikes instead of summing
    them [2]_.

    Parameters
    ----------
    trace : ndarray of float64, shape (n_frames,)
        Fluorescence over its baseline (dF/F), in any unit.
    decay : float
        What is left of calcium after one frame, :math:`0 < \gamma < 1`.
    penalty : float
        :math:`\lambda`, in the unit of the trace.
    least_gain : float
        In the squared unit of the trace.

    Returns
    -------
    Pools
        Its ``activity`` is :math:`s`, its ``calcium`` is :math:`c`.

    Raises
    ------
    InputError
        FSC157 if the trace is not one row of finite numbers, or the decay is not between 0 and 1.

    References
    ----------
    .. [1] J. Friedrich, P. Zhou, L. Paninski (2017), doi:10.1371/journal.pcbi.1005423
    .. [2] S. Jewell, D. Witten (2018), Exact spike train inference via l0 optimization,
       Annals of Applied Statistics.

    Examples
    --------
    >>> spikes = np.array([0, 1, 0, 0, 2, 0, 0])
    >>> trace = np.array([np.sum(spikes[: t + 1] * 0.5 ** np.arange(t, -1, -1)) for t in range(7)])
    >>> deconvolve(trace, 0.5).activity.round(6).tolist()
    [0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0]
    """
    if trace.ndim != 1 or not trace.size or not np.isfinite(trace).all() or not 0 < decay < 1:
        raise InputError(
            "FSC157",
            f"Expected one row of finite numbers and a decay between 0 and 1, got shape "
            f"{trace.shape} and a decay of {decay:g}.",
            "Fill what is missing first, and give what is left of calcium after one frame.",
        )
    stretches = _join_neighbours(trace, decay, penalty)
    if least_gain > 0:
        stretches = _join_cheapest(stretches, decay, least_gain)
    return _to_pools(stretches, decay)


_Stretches = tuple[list[float], list[float], list[int]]
"""Heights, weights and lengths."""


def _join_neighbours(trace: NDArray[np.float64], decay: float, penalty: float) -> _Stretches:
    """Join stretches from left to right until each begins above the end of the one before."""
    wanted = trace - penalty * (1 - decay)
    wanted[-1] = trace[-1] - penalty
    heights: list[float] = []
    weights: list[float] = []
    lengths: list[int] = []
    for value in wanted.tolist():
        height, weight, length = value, 1.0, 1
        while heights and height < heights[-1] * decay ** lengths[-1]:
            left = decay ** lengths[-1]
            total = weights[-1] + left * left * weight
            height = (weights[-1] * heights[-1] + left * weight * height) / total
            weight = total
            length += lengths.pop()
            heights.pop()
            weights.pop()
        heights.append(height)
        weights.append(weight)
        lengths.append(length)
    return heights, weights, lengths


def _gain(stretches: _Stretches, decay: float, before: int, own: int) -> float:
    """Return by how much joining two stretches adds to the squared residuals."""
    heights, weights, lengths = stretches
    left = decay ** lengths[before]
    rise = heights[own] - left * max(heights[before], 0.0)
    return rise * rise / (1 / weights[own] + left * left / weights[before])


def _join_cheapest(stretches: _Stretches, decay: float, least_gain: float) -> _Stretches:
    """Join the pair that costs least, again and again, until all cost `least_gain`."""
    heights, weights, lengths = stretches
    n = len(heights)
    before, after = list(range(-1, n - 1)), list(range(1, n + 1))
    rounds = [0] * n
    waiting = [(_gain(stretches, decay, own - 1, own), own, 0) for own in range(1, n)]
    heapq.heapify(waiting)
    while waiting and waiting[0][0] < least_gain:
        _, own, asked = heapq.heappop(waiting)
        if rounds[own] != asked:
            continue  # one of its neighbours has changed since, or it is gone
        first = before[own]
        left = decay ** lengths[first]
        total = weights[first] + left * left * weights[own]
        heights[first] = (weights[first] * heights[first] + left * weights[own] * heights[own]) / (
            total
        )
        weights[first] = total
        lengths[first] += lengths[own]
        lengths[own], rounds[own] = 0, -1
        after[first] = after[own]
        if after[own] < n:
            before[after[own]] = first
        for changed in (first, after[own]):
            if 0 < changed < n:
                rounds[changed] += 1
                gain = _gain(stretches, decay, before[changed], changed)
                heapq.heappush(waiting, (gain, changed, rounds[changed]))
    kept = [own for own in range(n) if lengths[own]]
    return [heights[i] for i in kept], [weights[i] for i in kept], [lengths[i] for i in kept]


def _to_pools(stretches: _Stretches, decay: float) -> Pools:
    """Return stretches as arrays."""
    heights, weights, lengths = stretches
    gains = [np.inf, *(_gain(stretches, decay, i - 1, i) for i in range(1, len(heights)))]
    counts = np.array(lengths, dtype=np.intp)
    return Pools(
        starts=(np.cumsum(counts) - counts).astype(np.intp),
        lengths=counts,
        heights=np.maximum(np.array(heights), 0.0),
        weights=np.array(weights),
        gains=np.array(gains),
        decay=decay,
    )
