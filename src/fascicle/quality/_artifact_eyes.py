"""Blinks and glances: found as events in one trace, judged by their shape and their map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import (
    BLINK_FEATURES,
    SACCADE_FEATURES,
    SLOW_HZ,
    EyeScene,
    SmallNetwork,
    blink_features,
    blink_maps,
    blink_weights,
    find_peaks_above,
    own_filter,
    saccade_features,
    saccade_weights,
    split_bands,
    spread_of,
    step_trace,
    weighted_trace,
)

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

RATE_HZ: Final = 64.0
"""About the rate at which eyes are looked for: they hold nothing above 14 Hz."""
_LOUD: Final = 5.0
"""Times the median spread from which a channel is left out of maps."""
_LEAST: Final = 1.5
"""Prominence of a peak that is looked at, in spreads of the trace."""
_LEAST_STEP: Final = 3.5
"""The same for steps: smaller glances cannot be told from the brain's own slow waves."""
_SURE: Final = 0.6
_VERY_SURE: Final = 0.8
_SMALL: Final = 0.3
"""Beside the median of very sure blinks: blinks of one person are rarely smaller."""
_MIN_OWN: Final = 3
"""Sure blinks from which a recording has a map of its own."""
_SHARE_TOP: Final = 0.03


@dataclass(slots=True)
class EyeEvents:
    """Moments that may be blinks or glances.

    Attributes
    ----------
    times_s : ndarray of float64, shape (n_events,)
        Peak of the blink, or middle of the glance.
    starts_s, stops_s : ndarray of float64, shape (n_events,)
        Where they begin and end.
    features : ndarray of float64, shape (n_events, n_features)
        What they were judged by.
    chances : ndarray of float64, shape (n_events,)
        Between 0 and 1.
    own : ndarray of float64, shape (n_channels,)
        The map that blinks had in this recording; zeros if there were none.
    """

    times_s: Array
    starts_s: Array
    stops_s: Array
    features: Array
    chances: Array
    own: Array = field(default_factory=lambda: np.zeros(0))


def make_scene(
    samples: Array, sfreq_hz: float, places: Array, fast: Array, eyes: Array | None = None
) -> tuple[EyeScene, NDArray[np.bool_]]:
    """Prepare a stretch of recording for `find_blinks` and `find_saccades`.

    Parameters
    ----------
    samples : ndarray of float64, shape (n_channels, n_times)
        Channels of one kind, in one unit; finite.
    sfreq_hz : float
        Sampling rate, in hertz.
    places : ndarray of float64, shape (n_channels, 3)
        On a sphere of radius 1; NaN where unknown.
    fast : ndarray of float64, shape (n_channels, n_bins)
        How far muscle stands above each channel's own level, in decades.
    eyes : ndarray of float64, shape (n_eyes, n_times) or None
        Channels of the eyes.

    Returns
    -------
    EyeScene
        Without channels that are silent or far too loud.
    ndarray of bool, shape (n_channels,)
        Which channels it holds.
    """
    top_hz = min(SLOW_HZ[1], 0.4 * sfreq_hz)
    step = max(1, int(sfreq_hz / RATE_HZ))
    slow = split_bands(samples, sfreq_hz, [(SLOW_HZ[0], top_hz)])[0][:, ::step]
    spread = np.array([spread_of(row) for row in slow])
    alive = spread > 0
    middle = float(np.median(spread[alive])) if alive.any() else 1.0
    used = alive & (spread < _LOUD * middle)
    n_bin = max(1, fast.shape[1])
    moment = np.minimum(np.arange(slow.shape[1]) * n_bin // max(1, slow.shape[1]), n_bin - 1)
    eye = lateral_eye = None
    if eyes is not None and len(eyes):
        band = split_bands(eyes, sfreq_hz, [(SLOW_HZ[0], top_hz)])[0][:, ::step]
        eye, lateral_eye = _choose_eyes(band)
    scene = EyeScene(
        sfreq_hz / step,
        slow[used] / middle,
        fast[used][:, moment],
        _expected(blink_weights(places), used),
        _expected(saccade_weights(places), used),
        eye,
        lateral_eye,
    )
    return scene, used


def _expected(weights: Array, used: NDArray[np.bool_]) -> Array:
    """Return expected weights without their mean; unknown places take the mean, and so 0."""
    kept = weights[used]
    known = np.isfinite(kept)
    if known.sum() < 2 or known.mean() < 0.5:
        return np.zeros(kept.size)
    return np.where(known, kept - kept[known].mean(), 0.0)


def _choose_eyes(eyes: Array) -> tuple[Array | None, Array | None]:
    """Return the trace of some eye channels that shows blinks upwards, and one for glances."""
    alive = [row for row in eyes if spread_of(row) > 0]
    pairs = [first - second for place, first in enumerate(alive) for second in alive[place + 1 :]]
    traces = [row / spread for row in alive + pairs if (spread := spread_of(row)) > 0]
    if not traces:
        return None, None
    # Blinks go one way only: their trace is the most skewed one. Single outliers count little.
    skew = [float(np.mean(np.clip(row, -12, 12) ** 3)) for row in traces]
    best = int(np.argmax(np.abs(skew)))
    eye = traces[best] * np.sign(skew[best] or 1.0)
    if len(traces) == 1:
        return eye, None
    likeness = [abs(float(np.corrcoef(eye, row)[0, 1])) for row in traces]
    return eye, traces[int(np.argmin(likeness))]


def first_trace(scene: EyeScene) -> Array:
    """Return the trace in which blinks are looked for first, upwards; zeros if there is none."""
    trace = np.zeros(scene.slow.shape[1])
    if np.any(scene.weights):
        scalp = weighted_trace(scene.slow, scene.weights)
        trace = scalp / (spread_of(scalp) or 1.0)
    elif scene.eye is None and len(scene.slow) > 1:
        scalp = weighted_trace(scene.slow, _strongest_map(scene.slow))
        trace = scalp / (spread_of(scalp) or 1.0)
    if scene.eye is not None:
        trace = trace + scene.eye / (spread_of(scene.eye) or 1.0)
    return trace


def _strongest_map(slow: Array) -> Array:
    """Return the map that the strongest moments have in common, signed so that they go up."""
    centred = slow - slow.mean(axis=0)
    power = np.sum(np.clip(centred, -20, 20) ** 2, axis=0)
    top = centred[:, power >= np.quantile(power, 1 - _SHARE_TOP)]
    strongest = np.linalg.eigh(top @ top.T)[1][:, -1]
    trace = strongest @ centred
    strongest = strongest * np.sign(np.mean(trace**3) or 1.0)
    return np.asarray(strongest, dtype=np.float64)


def blink_candidates(scene: EyeScene, own: Array | None = None) -> tuple[Array, Indices, Array]:
    """Return the trace, the moments in it that may be blinks, and the map they are held against.

    Parameters
    ----------
    scene : EyeScene
        The recording.
    own : ndarray of float64, shape (n_channels,) or None
        The map of this recording's blinks, with which the trace is sharpened.

    Returns
    -------
    trace : ndarray of float64, shape (n_times,)
        Blinks go up.
    peaks : ndarray of int, shape (n_peaks,)
        Moments.
    own : ndarray of float64, shape (n_channels,)
        The map; what is expected if none was given.
    """
    trace = first_trace(scene)
    if own is not None:
        calm = trace < 2 * spread_of(trace)
        sharp = own_filter(scene, own, calm) @ (scene.slow - scene.slow.mean(axis=0))
        trace = sharp / (spread_of(sharp) or 1.0)
        if scene.eye is not None:
            trace = trace + scene.eye / (spread_of(scene.eye) or 1.0)
    n_apart = round(0.2 * scene.sfreq_hz)
    peaks = find_peaks_above(trace, n_apart, _LEAST * spread_of(trace))
    if own is None:
        own = scene.weights
        if not np.any(own) and peaks.size:
            high = peaks[trace[peaks] >= np.percentile(trace[peaks], 85)]
            own = np.median(blink_maps(scene, high), axis=0)
    return trace, peaks, own


def own_map(scene: EyeScene, peaks: Indices, chances: Array) -> Array | None:
    """Return the median map of sure blinks, or None if there are too few."""
    sure = peaks[chances > _SURE]
    if sure.size < _MIN_OWN or len(scene.slow) < 2:
        return None
    found: Array = np.median(blink_maps(scene, sure), axis=0)
    return found if np.any(found) else None


def find_blinks(scene: EyeScene, first: SmallNetwork, second: SmallNetwork) -> EyeEvents:
    """Find blinks, then once more with the map that the sure ones had.

    Parameters
    ----------
    scene : EyeScene
        The recording.
    first, second : SmallNetwork
        What judges the events of each pass.

    Returns
    -------
    EyeEvents
        All that were looked at, each with its chance.
    """
    if scene.slow.shape[1] < scene.sfreq_hz or not len(scene.slow):
        return _none(len(BLINK_FEATURES))
    trace, peaks, expected = blink_candidates(scene)
    features = blink_features(scene, trace, peaks, expected)
    chances = first.predict(features)[:, 0]
    own = own_map(scene, peaks, chances)
    if own is not None:
        trace, peaks, own = blink_candidates(scene, own)
        features = blink_features(scene, trace, peaks, own)
        chances = _doubt_small(second.predict(features)[:, 0], features)
    rise, fall = features[:, 2], features[:, 3]
    times_s = peaks / scene.sfreq_hz
    # From half the height to the foot it is about as far again.
    starts, stops = times_s - 2 * np.minimum(rise, 0.2), times_s + 2 * np.minimum(fall, 0.3)
    end_s = scene.slow.shape[1] / scene.sfreq_hz
    kept = own if own is not None else np.zeros(len(scene.slow))
    return EyeEvents(
        times_s, np.maximum(starts, 0.0), np.minimum(stops, end_s), features, chances, kept
    )


def _doubt_small(chances: Array, features: Array) -> Array:
    """Lower the chance of what is far smaller than the sure blinks of the same person."""
    heights = 10 ** features[:, BLINK_FEATURES.index("log height")]
    sure = heights[chances > _VERY_SURE]
    if sure.size < _MIN_OWN:
        return chances
    return np.where(heights < _SMALL * np.median(sure), 0.5 * chances, chances)


def saccade_candidates(scene: EyeScene) -> tuple[Array, Indices]:
    """Return the trace of glances, right minus left, and the moments at which it steps."""
    trace = np.zeros(scene.slow.shape[1])
    if np.any(scene.lateral):
        trace = weighted_trace(scene.slow, scene.lateral)
    elif scene.eye_lateral is not None:
        trace = scene.eye_lateral
    steps = step_trace(trace, scene.sfreq_hz)
    least = _LEAST_STEP * spread_of(steps)
    peaks = find_peaks_above(np.abs(steps), round(0.1 * scene.sfreq_hz), least)
    return trace, peaks


def find_saccades(scene: EyeScene, network: SmallNetwork) -> EyeEvents:
    """Find glances to the sides.

    Parameters
    ----------
    scene : EyeScene
        The recording.
    network : SmallNetwork
        What judges the events.

    Returns
    -------
    EyeEvents
        All that were looked at, each with its chance.
    """
    if scene.slow.shape[1] < scene.sfreq_hz or not len(scene.slow):
        return _none(len(SACCADE_FEATURES))
    trace, peaks = saccade_candidates(scene)
    features = saccade_features(scene, trace, peaks)
    chances = network.predict(features)[:, 0]
    times_s = peaks / scene.sfreq_hz
    end_s = scene.slow.shape[1] / scene.sfreq_hz
    return EyeEvents(
        times_s, np.maximum(times_s - 0.04, 0), np.minimum(times_s + 0.04, end_s), features, chances
    )


def _none(n_features: int) -> EyeEvents:
    """Return no events."""
    none = np.zeros(0)
    return EyeEvents(none, none, none, np.zeros((0, n_features)), none)
