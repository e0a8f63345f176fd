"""What a moment looks like: the features of blinks and glances, over time and over the head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

SLOW_HZ: Final = (0.6, 14.0)
"""Band in which the eyes are looked for."""
BLINK_FEATURES: Final = (
    "log height", "log height beside the others", "rise", "fall", "rise beside fall", "shape",
    "width of the shape", "before", "after", "step", "sharpness",
    "map like the eyes", "map beside the eyes", "map like its own", "map beside its own",
    "peakedness", "reversal", "far from the eyes", "fast", "fastest channel", "eye channel height",
    "eye channel shape", "has eye channel", "places known", "log channels", "log repeats",
)  # fmt: skip
SACCADE_FEATURES: Final = (
    "log step", "log step beside the others", "held before", "held after", "held both",
    "suddenness", "frontal beside lateral", "map like a glance", "map beside a glance",
    "map like a blink", "peakedness", "fast", "fastest channel", "eye channel step",
    "has eye channel", "places known", "log channels", "log repeats",
)  # fmt: skip
_TEMPLATE_S: Final = (0.12, 0.2, 0.3, 0.45)
_HALF_S: Final = 0.4


@dataclass(frozen=True, slots=True)
class EyeScene:
    """A stretch of recording in which the eyes are looked for.

    Attributes
    ----------
    sfreq_hz : float
        Rate of `slow`, in hertz.
    slow : ndarray of float64, shape (n_channels, n_times)
        Channels between 0.6 and 14 Hz, each divided by the median channel's robust spread.
    fast : ndarray of float64, shape (n_channels, n_times)
        How far muscle stands above each channel's own level, in decades.
    weights : ndarray of float64, shape (n_channels,)
        How a blink is expected to spread, without its mean; zeros where nothing is known.
    lateral : ndarray of float64, shape (n_channels,)
        The same for a glance.
    eye : ndarray of float64, shape (n_times,) or None
        A channel of the eyes that shows blinks upwards.
    eye_lateral : ndarray of float64, shape (n_times,) or None
        One that shows glances.
    """

    sfreq_hz: float
    slow: Array
    fast: Array
    weights: Array
    lateral: Array
    eye: Array | None = None
    eye_lateral: Array | None = None


def find_peaks_above(trace: Array, n_apart: int, least: float) -> Indices:
    """Return the places of peaks, the higher one of any two that are too near.

    Parameters
    ----------
    trace : ndarray of float64, shape (n_times,)
        In any unit.
    n_apart : int
        Samples between peaks, at least.
    least : float
        Prominence, at least, in the unit of the trace.

    Returns
    -------
    ndarray of int, shape (n_peaks,)
        Ascending.

    Examples
    --------
    >>> find_peaks_above(np.array([0.0, 3.0, 0.0, 2.0, 0.0, 0.1, 0.0]), 1, 1.0)
    array([1, 3])
    """
    from scipy.signal import find_peaks

    if trace.size < 3 or not least > 0:
        return np.zeros(0, dtype=np.intp)
    peaks: Indices = find_peaks(trace, distance=max(1, n_apart), prominence=least)[0]
    return peaks


def spread_of(values: Array) -> float:
    """Return the robust spread of a trace: 1.48 times its median distance from its median."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) if values.size else 0.0


def blink_features(scene: EyeScene, trace: Array, peaks: Indices, own: Array) -> Array:
    """Return the features of moments that may be blinks.

    Parameters
    ----------
    scene : EyeScene
        The recording.
    trace : ndarray of float64, shape (n_times,)
        What shows blinks upwards.
    peaks : ndarray of int, shape (n_peaks,)
        Moments, of peaks in it.
    own : ndarray of float64, shape (n_channels,)
        How blinks spread in this very recording, as far as that is known.

    Returns
    -------
    ndarray of float64, shape (n_peaks, n_features)
        Columns as in ``BLINK_FEATURES``.
    """
    if not peaks.size:
        return np.zeros((0, len(BLINK_FEATURES)))
    rate = scene.sfreq_hz
    cuts = _cut(trace, peaks, round(0.8 * rate))  # (n_peaks, n_around)
    middle = cuts.shape[1] // 2
    height = cuts[:, middle] - np.median(cuts, axis=1)
    height = np.maximum(height, 1e-9)
    rise, fall = _half_widths(cuts, middle, height, rate)
    shape, width = _best_shape(cuts, rate)
    before, after = _sides(cuts, middle, rate)
    sharp = cuts[:, middle] - 0.5 * (
        cuts[:, middle - _n(0.05, rate)] + cuts[:, middle + _n(0.05, rate)]
    )
    base = np.median(cuts, axis=1)
    columns = [
        np.log10(height / (spread_of(trace) + 1e-9)),
        np.log10(height / np.percentile(height, 85)),
        rise, fall, np.log((rise + 0.01) / (fall + 0.01)), shape, width,
        (before - base) / height, (after - base) / height, (after - before) / height,
        sharp / height,
        *_map_features(scene, _maps(scene, peaks), own),
        *_fast_features(scene, peaks),
        *_eye_features(scene, peaks),
        *_constants(scene, peaks),
    ]  # fmt: skip
    return np.stack(columns, axis=1)


def weighted_trace(samples: Array, weights: Array) -> Array:
    """Return the sum of channels by weights of length 1; zeros for weights of zero.

    Examples
    --------
    >>> weighted_trace(np.array([[1.0, 2.0], [5.0, 5.0]]), np.array([3.0, 0.0]))
    array([1., 2.])
    """
    traced: Array = weights @ samples / (float(np.linalg.norm(weights)) or 1.0)
    return traced


def step_trace(trace: Array, sfreq_hz: float) -> Array:
    """Return by how much a trace differs between the tenths of a second after and before.

    Parameters
    ----------
    trace : ndarray of float64, shape (n_times,)
        In any unit.
    sfreq_hz : float
        Sampling rate, in hertz.

    Returns
    -------
    ndarray of float64, shape (n_times,)
        In the unit of the trace.

    Examples
    --------
    >>> step = step_trace(np.repeat([0.0, 1.0], 50), 64.0)
    >>> abs(int(step.argmax()) - 50) <= 2, float(step.max().round(3))
    (True, 1.0)
    """
    near, far = _n(0.03, sfreq_hz), _n(0.13, sfreq_hz)
    padded = np.pad(trace, far, mode="edge")
    total = np.concatenate([[0.0], np.cumsum(padded)])
    here = np.arange(trace.size) + far
    after = (total[here + far + 1] - total[here + near]) / (far + 1 - near)
    before = (total[here - near + 1] - total[here - far]) / (far + 1 - near)
    return np.asarray(after - before, dtype=np.float64)


def saccade_features(scene: EyeScene, trace: Array, peaks: Indices) -> Array:
    """Return the features of moments that may be glances to a side.

    Parameters
    ----------
    scene : EyeScene
        The recording.
    trace : ndarray of float64, shape (n_times,)
        Right minus left, as `weighted_trace` makes it.
    peaks : ndarray of int, shape (n_peaks,)
        Moments at which it steps.

    Returns
    -------
    ndarray of float64, shape (n_peaks, n_features)
        Columns as in ``SACCADE_FEATURES``.
    """
    if not peaks.size:
        return np.zeros((0, len(SACCADE_FEATURES)))
    rate = scene.sfreq_hz
    steps = step_trace(trace, rate)
    size = np.abs(steps[peaks]) + 1e-9
    way = np.sign(steps[peaks])
    cuts = _cut(trace, peaks, round(0.5 * rate))
    middle = cuts.shape[1] // 2
    near, far = _n(0.05, rate), _n(0.3, rate)
    after, late = cuts[:, middle + near], cuts[:, middle + far]
    before, early = cuts[:, middle - near], cuts[:, middle - far]
    held_after, held_before = way * (late - after) / size, way * (before - early) / size
    slope = np.abs(np.diff(cuts[:, middle - near : middle + near + 1], axis=1)).max(axis=1)
    frontal = np.abs(step_trace(weighted_trace(scene.slow, scene.weights), rate)[peaks])
    maps = _step_maps(scene, peaks) * way[:, None]
    eye = _eye_steps(scene, peaks, way)
    columns = [
        np.log10(size / (spread_of(steps) + 1e-9)),
        np.log10(size / np.percentile(size, 85)),
        held_before, held_after, held_after + held_before, slope / size,
        np.minimum(frontal / size, 10.0),
        _cosine(maps, scene.lateral), _beside(maps, scene.lateral), _cosine(maps, scene.weights),
        _peakedness(maps), *_fast_features(scene, peaks), *eye,
        *_constants(scene, peaks),
    ]  # fmt: skip
    return np.stack(columns, axis=1)


def blink_maps(scene: EyeScene, peaks: Indices) -> Array:
    """Return how moments spread over the channels against their surroundings, without the mean.

    Parameters
    ----------
    scene : EyeScene
        The recording.
    peaks : ndarray of int, shape (n_peaks,)
        Moments.

    Returns
    -------
    ndarray of float64, shape (n_peaks, n_channels)
        In the unit of ``scene.slow``; each sums to 0, so that the reference does not matter.
    """
    return _maps(scene, peaks)


def own_filter(scene: EyeScene, own: Array, calm: NDArray[np.bool_]) -> Array:
    r"""Return the weights that pass a map and hold back what else there is.

    .. math:: w = (C + \lambda I)^{-1} m \;/\; m^T (C + \lambda I)^{-1} m

    with the covariance :math:`C` of calm moments and :math:`\lambda` a tenth of its mean
    diagonal [1]_.

    Parameters
    ----------
    scene : EyeScene
        The recording.
    own : ndarray of float64, shape (n_channels,)
        The map :math:`m`.
    calm : ndarray of bool, shape (n_times,)
        Moments without it.

    Returns
    -------
    ndarray of float64, shape (n_channels,)
        Weights of the channels.

    References
    ----------
    .. [1] B. D. Van Veen et al. (1997), doi:10.1109/10.623056
    """
    slow = scene.slow - scene.slow.mean(axis=0)
    kept = slow[:, calm] if calm.sum() > 10 * len(slow) else slow
    covariance = kept @ kept.T / max(1, kept.shape[1])
    covariance += np.eye(len(slow)) * (0.1 * np.trace(covariance) / len(slow) + 1e-12)
    weights = np.linalg.solve(covariance, own)
    passed: Array = weights / (own @ weights + 1e-300)
    return passed


def _n(seconds: float, rate: float) -> int:
    """Return a number of samples, at least one."""
    return max(1, round(seconds * rate))


def _cut(trace: Array, peaks: Indices, n_side: int) -> Array:
    """Return the surroundings of each moment; the ends are continued."""
    padded = np.pad(trace, n_side, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * n_side + 1)
    return np.asarray(windows[peaks], dtype=np.float64)


def _half_widths(cuts: Array, middle: int, height: Array, rate: float) -> tuple[Array, Array]:
    """Return how long each peak takes from half its height up, and down again, in seconds."""
    low = cuts < (cuts[:, middle] - 0.5 * height)[:, None]
    n_rise = low[:, middle::-1].argmax(axis=1)
    n_fall = low[:, middle:].argmax(axis=1)
    longest = cuts.shape[1] - middle
    rise = np.where(n_rise == 0, longest, n_rise) / rate
    fall = np.where(n_fall == 0, longest, n_fall) / rate
    return rise, fall


def _best_shape(cuts: Array, rate: float) -> tuple[Array, Array]:
    """Return the best correlation with a bump of some width, and which width that is."""
    n_half, middle = _n(_HALF_S, rate), cuts.shape[1] // 2
    near = cuts[:, middle - n_half : middle + n_half + 1]
    near = near - near.mean(axis=1, keepdims=True)
    size = np.linalg.norm(near, axis=1) + 1e-12
    times_s = np.arange(-n_half, n_half + 1) / rate
    scores = []
    for width_s in _TEMPLATE_S:
        bump = np.where(
            np.abs(times_s) < width_s, 0.5 + 0.5 * np.cos(np.pi * times_s / width_s), 0.0
        )
        bump -= bump.mean()
        scores.append(near @ bump / (size * np.linalg.norm(bump)))
    every = np.stack(scores)
    return every.max(axis=0), np.array(_TEMPLATE_S)[every.argmax(axis=0)]


def _sides(cuts: Array, middle: int, rate: float) -> tuple[Array, Array]:
    """Return the medians before and after a peak."""
    near, far = _n(0.3, rate), _n(0.6, rate)
    before = np.median(cuts[:, middle - far : middle - near + 1], axis=1)
    after = np.median(cuts[:, middle + near : middle + far + 1], axis=1)
    return before, after


def _maps(scene: EyeScene, peaks: Indices) -> Array:
    """Return the maps of moments against their surroundings, without the mean."""
    n_far, last = _n(0.4, scene.sfreq_hz), scene.slow.shape[1] - 1
    around = [scene.slow[:, np.clip(peaks + shift, 0, last)] for shift in (-n_far, n_far)]
    maps = (scene.slow[:, peaks] - 0.5 * (around[0] + around[1])).T
    return np.asarray(maps - maps.mean(axis=1, keepdims=True), dtype=np.float64)


def _step_maps(scene: EyeScene, peaks: Indices) -> Array:
    """Return the maps of steps, without the mean."""
    n_near, last = _n(0.08, scene.sfreq_hz), scene.slow.shape[1] - 1
    after = scene.slow[:, np.clip(peaks + n_near, 0, last)]
    maps = (after - scene.slow[:, np.clip(peaks - n_near, 0, last)]).T
    return np.asarray(maps - maps.mean(axis=1, keepdims=True), dtype=np.float64)


def _map_features(scene: EyeScene, maps: Array, own: Array) -> list[Array]:
    """Return how maps fit what is expected and what this recording showed."""
    centred = scene.weights
    far = centred <= np.quantile(centred, 0.5)
    level = np.abs(maps[:, far] - np.median(maps[:, far], axis=1, keepdims=True)).mean(axis=1)
    reversal = -maps.min(axis=1) / (maps.max(axis=1) + 1e-9)
    return [
        _cosine(maps, centred), _beside(maps, centred), _cosine(maps, own), _beside(maps, own),
        _peakedness(maps), np.clip(reversal, 0, 5), np.log10(level + 0.03),
    ]  # fmt: skip


def _cosine(maps: Array, expected: Array) -> Array:
    """Return the cosine between maps and an expected one; 0 where nothing is expected."""
    size = np.linalg.norm(maps, axis=1) * np.linalg.norm(expected)
    cosine: Array = maps @ expected / (size + 1e-12)
    return cosine


def _beside(maps: Array, expected: Array) -> Array:
    """Return the logarithm of what of a map the expected one does not explain."""
    power = expected @ expected
    rest = maps - np.outer(maps @ expected / power, expected) if power > 0 else maps
    beside: Array = np.log10(np.sqrt(np.mean(rest**2, axis=1)) + 0.03)
    return beside


def _peakedness(maps: Array) -> Array:
    """Return by how much the strongest channel stands above the second."""
    ordered = -np.sort(-np.abs(maps), axis=1)
    second = ordered[:, min(1, maps.shape[1] - 1)]
    return np.asarray(np.log10((ordered[:, 0] + 0.03) / (second + 0.03)), dtype=np.float64)


def _fast_features(scene: EyeScene, peaks: Indices) -> list[Array]:
    """Return how much muscle there is at moments: on average, and in the worst channel."""
    fast = scene.fast[:, peaks]
    return [fast.mean(axis=0), fast.max(axis=0)]


def _eye_features(scene: EyeScene, peaks: Indices) -> list[Array]:
    """Return what a channel of the eyes shows at moments."""
    if scene.eye is None:
        return [np.zeros(peaks.size)] * 3
    n_near = _n(0.1, scene.sfreq_hz)
    best = peaks + _cut(scene.eye, peaks, n_near).argmax(axis=1) - n_near
    best = np.clip(best, 0, scene.eye.size - 1)
    cuts = _cut(scene.eye, best, round(0.8 * scene.sfreq_hz))
    height = cuts[:, cuts.shape[1] // 2] - np.median(cuts, axis=1)
    score = np.log10(np.maximum(height / (spread_of(scene.eye) + 1e-9), 0.1))
    return [score, _best_shape(cuts, scene.sfreq_hz)[0], np.ones(peaks.size)]


def _eye_steps(scene: EyeScene, peaks: Indices, way: Array) -> list[Array]:
    """Return what a channel of the eyes shows at glances."""
    if scene.eye_lateral is None:
        return [np.zeros(peaks.size)] * 2
    steps = step_trace(scene.eye_lateral, scene.sfreq_hz)
    n_near = _n(0.05, scene.sfreq_hz)
    best = np.abs(_cut(steps, peaks, n_near)).max(axis=1)
    return [np.log10(best / (spread_of(steps) + 1e-9) + 0.1), np.ones(peaks.size)]


def _constants(scene: EyeScene, peaks: Indices) -> list[Array]:
    """Return what is the same for all moments of a recording."""
    minutes = scene.slow.shape[1] / scene.sfreq_hz / 60
    values = (
        float(np.any(scene.weights != 0)), float(np.log10(len(scene.slow))),
        float(np.log10(1 + peaks.size / max(minutes, 1e-3))),
    )  # fmt: skip
    return [np.full(peaks.size, value) for value in values]
