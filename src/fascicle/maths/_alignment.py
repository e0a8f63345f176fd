"""Bring two clocks together by the pulses that both recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MIN_PULSES = 6
"""Fewer pulses than this say nothing: three intervals may agree by chance."""

_N_INTERVALS = 3
_MAX_ANCHORS = 200_000
_MAX_SEEDS = 400
_MAX_CHANCE = 1e-6
_MAX_RIVAL = 0.8
_MIN_SHARE = 0.5
_N_FITS = 8
_N_SLOPES = 80
_REACH = 0.25


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the clock of one recording runs beside that of another.

    A moment ``t`` of the first clock is ``offset_s + (1 + drift_ppm * 1e-6) * t`` on the second.

    Attributes
    ----------
    verdict : str
        ``"aligned"``; ``"ambiguous"`` if another shift fits nearly as well (regular pulses);
        ``"apart"`` if no shift fits better than chance; ``"too-few"`` if there is too little to
        judge by.
    offset_s : float
        What the second clock showed when the first one showed 0, in seconds; NaN unless aligned or
        ambiguous.
    drift_ppm : float
        How much faster the second clock runs, in parts per million.
    pairs : ndarray of int64, shape (n_matched, 2)
        Indices of the pulses that are one, in the first and in the second sequence.
    residuals_s : ndarray of float64, shape (n_matched,)
        Second clock minus prediction at each pair, in seconds.
    chance : float
        Expected number of shifts of unrelated pulses, among those tried, that match so well.
    rival : float
        Pulses matched by the next best shift, as a share of those matched by the best.
    """

    verdict: str
    offset_s: float
    drift_ppm: float
    pairs: NDArray[np.int64]
    residuals_s: Array
    chance: float = 1.0
    rival: float = 0.0


@dataclass(frozen=True, slots=True)
class ClockTest:
    """What pulses say to the claim that two recordings are on one clock.

    Attributes
    ----------
    verdict : str
        ``"same"`` if they agree with it, ``"other"`` if they contradict it, ``"untested"`` if they
        have too little in common to say anything.
    alignment : Alignment
        How the pulses lie on one another; its `rival` is 0.8 or more if they come at a regular
        step, by whole numbers of which a claim may be wrong unseen.
    error_s : float
        Largest difference between the claim and what the pulses say, over the time that both
        cover, in seconds; NaN if untested.
    """

    verdict: str
    alignment: Alignment
    error_s: float


def align_pulses(
    first_s: Array, second_s: Array, *, tolerance_s: float = 0.002, max_drift_ppm: float = 500.0
) -> Alignment:
    """Find shift and drift between two clocks from pulses, some of which each may have missed.

    Three intervals in a row are a fingerprint; fingerprints that both sequences have are anchors.
    The line through most anchors is fitted to all pulses by least squares. What it matches is
    compared with what unrelated pulses would match by chance, and with the next best line.

    Parameters
    ----------
    first_s, second_s : ndarray of float64, shape (n_pulses,)
        Times of the pulses on each clock, in seconds, ascending; at least `MIN_PULSES` of each.
    tolerance_s : float
        How far a pulse may lie from its prediction, in seconds: jitter and sampling together.
    max_drift_ppm : float
        Largest difference in speed of the clocks; crystals differ by up to about 100.

    Returns
    -------
    Alignment
        With a verdict; nothing is raised for pulses that do not fit.

    Examples
    --------
    >>> pulses = np.cumsum(np.random.default_rng(5).uniform(0.5, 2.0, 50))
    >>> found = align_pulses(pulses, 3.25 + pulses * 1.0001)
    >>> found.verdict, round(found.offset_s, 3), round(found.drift_ppm)
    ('aligned', 3.25, 100)
    """
    first, second = _clean(first_s), _clean(second_s)
    if min(len(first), len(second)) < MIN_PULSES:
        return _nothing("too-few")
    drift = max_drift_ppm * 1e-6
    anchors = _find_anchors(first, second, tolerance_s, drift)
    best = _find_line(anchors, first, second, tolerance_s, drift)
    if best is None:
        return _nothing("apart")
    offset_s, slope, pairs = best
    shifts = second[anchors[:, 1]] - first[anchors[:, 0]]
    on_line = np.abs(shifts - (offset_s + slope * first[anchors[:, 0]])) <= 10 * tolerance_s
    other = _find_line(anchors[~on_line], first, second, tolerance_s, drift)
    rival = 0.0 if other is None else len(other[2]) / len(pairs)
    n_within, chance = _judge(first, second, (offset_s, slope), len(pairs), tolerance_s)
    verdict = "aligned"
    if chance > _MAX_CHANCE or len(pairs) < max(MIN_PULSES, _MIN_SHARE * n_within):
        return _nothing("apart")
    if rival >= _MAX_RIVAL:
        verdict = "ambiguous"
    residuals_s = second[pairs[:, 1]] - (offset_s + (1 + slope) * first[pairs[:, 0]])
    return Alignment(verdict, offset_s, slope * 1e6, pairs, residuals_s, chance, rival)


def compare_clocks(
    first_s: Array,
    second_s: Array,
    *,
    offset_s: float = 0.0,
    tolerance_s: float = 0.002,
    max_drift_ppm: float = 500.0,
) -> ClockTest:
    """Test the claim that two recordings are on one clock, by pulses that both recorded.

    Pulses are followed from the beginning along the line that the claim says; where none are near
    it, they are looked for at every other shift. Unlike `align_pulses`, this works for regular
    pulses: the claim says which belongs to which.

    Parameters
    ----------
    first_s, second_s : ndarray of float64, shape (n_pulses,)
        Times of the pulses in each recording, in seconds; at least `MIN_PULSES` of each.
    offset_s : float
        What the claim says that has to be added to a time of the first to have one of the second.
    tolerance_s : float
        How far claim and pulses may lie apart anywhere in the time that both cover, in seconds.
    max_drift_ppm : float
        Largest difference in speed of clocks that are not one.

    Returns
    -------
    ClockTest
        With a verdict; nothing is raised for pulses that do not fit.

    Examples
    --------
    >>> sync = np.arange(0.5, 600.0)
    >>> compare_clocks(sync, sync + 2.0, offset_s=2.0).verdict
    'same'
    >>> drifted = compare_clocks(sync, 1.00002 * sync)
    >>> drifted.verdict, round(drifted.alignment.drift_ppm), round(drifted.error_s, 4)
    ('other', 20, 0.012)
    """
    first, second = _clean(first_s), _clean(second_s)
    if min(len(first), len(second)) < MIN_PULSES:
        return ClockTest("untested", _nothing("too-few"), np.nan)
    found = _follow(first, second, offset_s, tolerance_s, max_drift_ppm * 1e-6)
    if found is None:
        found = align_pulses(first, second, tolerance_s=tolerance_s, max_drift_ppm=max_drift_ppm)
    if found.verdict != "aligned":
        return ClockTest("untested", found, np.nan)
    ends = first[found.pairs[[0, -1], 0]]
    apart_s = found.offset_s + found.drift_ppm * 1e-6 * ends - offset_s
    error_s = float(np.abs(apart_s).max())
    return ClockTest("same" if error_s <= tolerance_s else "other", found, error_s)


def _follow(
    first: Array, second: Array, offset_s: float, tolerance_s: float, drift: float
) -> Alignment | None:
    """Return how pulses lie on one another near a claimed shift; None if they do not."""
    steps = [float(np.median(np.diff(times))) for times in (first, second)]
    reach = max(tolerance_s, _REACH * min(steps))
    near = (first + offset_s >= second[0] - reach) & (first + offset_s <= second[-1] + reach)
    line, n_taken = (offset_s, 0.0), 4 * MIN_PULSES
    common = first[near]
    # A clock that drifts leaves the claim only slowly: what is known of it reaches ever further.
    while len(common) >= MIN_PULSES:
        for width_s in np.geomspace(reach, tolerance_s, _N_FITS):
            pairs = _match(common[:n_taken], second, line, width_s)
            if len(pairs) < MIN_PULSES:
                return None
            line = _fit_median(common[pairs[:, 0]], second[pairs[:, 1]], drift)
        if n_taken >= len(common):
            break
        n_taken *= 2
    pairs = _match(first, second, line, tolerance_s)
    if len(pairs) < MIN_PULSES:
        return None
    at = first[pairs[:, 0]]
    offset, slope = _fit(at, second[pairs[:, 1]] - at, drift)
    n_within, chance = _judge(first, second, (offset, slope), len(pairs), tolerance_s)
    if chance > _MAX_CHANCE or len(pairs) < _MIN_SHARE * n_within:
        return None
    stepped = [
        _match(first, second, (offset + k * min(steps), slope), tolerance_s) for k in (-1, 1)
    ]
    rival = max(len(other) for other in stepped) / len(pairs)
    residuals_s = second[pairs[:, 1]] - (offset + (1 + slope) * at)
    return Alignment("aligned", offset, slope * 1e6, pairs, residuals_s, chance, rival)


def _fit_median(first: Array, second: Array, drift: float) -> tuple[float, float]:
    """Fit shift over time by the median of all slopes: pulses that were missed do not pull it."""
    from scipy.stats import theilslopes

    thinned = slice(None, None, max(1, len(first) // _N_SLOPES))
    slope = float(theilslopes(second[thinned] - first[thinned], first[thinned])[0])
    slope = float(np.clip(slope, -drift, drift))
    return float(np.median(second - (1 + slope) * first)), slope


def _nothing(verdict: str) -> Alignment:
    none = np.zeros(0)
    return Alignment(verdict, np.nan, np.nan, np.zeros((0, 2), dtype=np.int64), none)


def _clean(times_s: Array) -> Array:
    """Return finite times in ascending order."""
    times = np.asarray(times_s, dtype=np.float64)
    return np.sort(times[np.isfinite(times)])


def _find_anchors(
    first: Array, second: Array, tolerance_s: float, drift: float
) -> NDArray[np.int64]:
    """Return pairs of indices, shape (n, 2), from which three intervals in a row agree."""
    from scipy.spatial import cKDTree

    one, other = _fingerprints(first), _fingerprints(second)
    reach = 2 * tolerance_s + drift * one.max(axis=1)
    tree = cKDTree(other)
    # A few rows at a time: regular pulses agree with all others, and nobody needs all of those.
    found: list[NDArray[np.int64]] = []
    n_found = 0
    for start in range(0, len(one), 256):
        rows = slice(start, start + 256)
        near = tree.query_ball_point(one[rows], reach[rows], p=np.inf)
        counts = np.array([len(hits) for hits in near])
        left = np.repeat(np.arange(start, start + len(near)), counts)
        right = np.concatenate([np.asarray(hits, dtype=np.int64) for hits in near])
        found.append(np.column_stack([left, right.astype(np.int64)]))
        n_found += len(left)
        if n_found > _MAX_ANCHORS:
            break
    return np.concatenate(found)


def _fingerprints(times: Array) -> Array:
    """Return the intervals that follow each pulse, shape (n_pulses - 3, 3)."""
    windows = np.lib.stride_tricks.sliding_window_view(np.diff(times), _N_INTERVALS)
    return np.ascontiguousarray(windows)


def _find_line(
    anchors: NDArray[np.int64], first: Array, second: Array, tolerance_s: float, drift: float
) -> tuple[float, float, NDArray[np.int64]] | None:
    """Return offset, relative drift and matched pairs of the line through most anchors."""
    if not len(anchors):
        return None
    at = first[anchors[:, 0]]
    shift = second[anchors[:, 1]] - at
    step = max(1, len(anchors) // _MAX_SEEDS)
    # From each seed, what could lie on a line through it that is no steeper than clocks drift.
    seeds = np.arange(0, len(anchors), step)
    thinned = slice(None, None, max(1, len(anchors) // 20_000))
    reach = tolerance_s + drift * np.abs(at[thinned][None, :] - at[seeds][:, None])
    votes = (np.abs(shift[thinned][None, :] - shift[seeds][:, None]) <= reach).sum(axis=1)
    seed = seeds[int(np.argmax(votes))]
    inside = np.abs(shift - shift[seed]) <= tolerance_s + drift * np.abs(at - at[seed])
    offset_s, slope = _fit(at[inside], shift[inside], drift)
    pairs = np.zeros((0, 2), dtype=np.int64)
    # The first fit is rough: what it matches widely is fitted again, more and more narrowly.
    for factor in np.geomspace(16.0, 1.0, _N_FITS):
        pairs = _match(first, second, (offset_s, slope), factor * tolerance_s)
        if len(pairs) < 2:
            return None
        times = first[pairs[:, 0]]
        offset_s, slope = _fit(times, second[pairs[:, 1]] - times, drift)
    return offset_s, slope, pairs


def _fit(at: Array, shift: Array, drift: float) -> tuple[float, float]:
    """Fit shift over time by least squares, no steeper than clocks drift."""
    centre = float(at.mean())
    spread = float(((at - centre) ** 2).sum())
    slope = float(((at - centre) * (shift - shift.mean())).sum()) / spread if spread else 0.0
    slope = float(np.clip(slope, -drift, drift))
    return float(shift.mean()) - slope * centre, slope


def _match(
    first: Array, second: Array, line: tuple[float, float], tolerance_s: float
) -> NDArray[np.int64]:
    """Return pairs of pulses that are each other's nearest, no further apart than allowed."""
    predicted = line[0] + (1 + line[1]) * first
    there = _nearest(second, predicted)
    back = _nearest(predicted, second)
    own = np.arange(len(first))
    keep = (back[there] == own) & (np.abs(second[there] - predicted) <= tolerance_s)
    return np.column_stack([own[keep], there[keep]]).astype(np.int64)


def _nearest(times: Array, moments: Array) -> NDArray[np.int64]:
    """Return the index of the time that lies nearest to each moment."""
    right = np.clip(np.searchsorted(times, moments), 1, len(times) - 1)
    is_left = moments - times[right - 1] <= times[right] - moments
    return np.asarray(right - is_left, dtype=np.int64)


def _judge(
    first: Array, second: Array, line: tuple[float, float], n_matched: int, tolerance_s: float
) -> tuple[int, float]:
    """Return how many pulses could match where the recordings overlap, and how likely by chance."""
    from scipy.stats import binom

    predicted = line[0] + (1 + line[1]) * first
    low, high = max(predicted[0], second[0]), min(predicted[-1], second[-1])
    n_first = int(((predicted >= low - tolerance_s) & (predicted <= high + tolerance_s)).sum())
    n_second = int(((second >= low - tolerance_s) & (second <= high + tolerance_s)).sum())
    n_within = min(n_first, n_second)
    span_s = max(high - low, tolerance_s)
    hit = min(1.0, 2 * tolerance_s * max(n_first, n_second) / span_s)
    n_shifts = len(first) * len(second)
    return n_within, float(min(1.0, n_shifts * binom.sf(n_matched - 1, n_within, hit)))
