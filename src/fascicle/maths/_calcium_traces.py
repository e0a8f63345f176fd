"""Traces of calcium before anything is inferred: their true rate, baseline and noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._shapes import require_positive

MIN_FRAMES = 20
"""A shorter trace tells neither its noise nor its decay."""

_CLIFF = 1e-6
_SMOOTHED_BINS = 25
_HIGH_SHARE = 0.5


def native_frames(traces: NDArray[np.float64]) -> int:
    """Return how many frames traces had before somebody resampled them to more.

    A trace that was brought to a higher rate holds nothing above half of its old one. Such a cliff
    in the spectrum, a million times lower than the mean below it, no camera's noise leaves.

    Parameters
    ----------
    traces : ndarray of float64, shape (n_cells, n_frames)
        Without missing values, in any unit.

    Returns
    -------
    int
        `n_frames` where there is no such cliff, less where there is.

    Notes
    -----
    Traces that were resampled by drawing lines between frames have no cliff, and are taken as they
    are: their noise seems lower than it is.

    Examples
    --------
    >>> slow = np.random.default_rng(7).normal(size=(3, 211))
    >>> native_frames(slow), abs(native_frames(resample(slow, 1009)) - 211) < 9
    (211, True)
    """
    n_frames = int(traces.shape[1])
    if n_frames < MIN_FRAMES:
        return n_frames
    # Trends that end elsewhere than they begin leak into all frequencies.
    window = np.hanning(n_frames)
    centred = traces - traces.mean(axis=1, keepdims=True)
    power = np.sum(np.abs(np.fft.rfft(centred * window, axis=1)) ** 2, axis=0)
    if not power.max() > 0:
        return n_frames
    n_smooth = min(_SMOOTHED_BINS, len(power))
    smooth = np.convolve(power, np.ones(n_smooth) / n_smooth, mode="same")
    alive = np.flatnonzero(smooth > _CLIFF * power.mean())
    if alive[-1] == len(power) - 1:
        return n_frames
    n_kept = 2 * (int(alive[-1]) + 1 - n_smooth // 2)  # smoothing has carried the edge up
    return n_kept if MIN_FRAMES <= n_kept < 0.9 * n_frames else n_frames


def resample(traces: NDArray[np.float64], n_frames: int) -> NDArray[np.float64]:
    r"""Return traces with another number of frames, by cutting or padding their spectrum.

    Parameters
    ----------
    traces : ndarray of float64, shape (n_cells, n_before)
        In any unit.
    n_frames : int
        How many they should have.

    Returns
    -------
    ndarray of float64, shape (n_cells, n_frames)
        The same curves, frame ``i`` at ``i * n_before / n_frames`` of the old frames.

    Raises
    ------
    InputError
        FSC121 if there should be none.

    Examples
    --------
    >>> curve = np.sin(2 * np.pi * np.arange(15) / 5)[None]
    >>> bool(np.allclose(resample(resample(curve, 45), 15), curve))
    True
    """
    require_positive("n_frames", n_frames)
    spectrum = np.fft.rfft(traces, axis=1)[:, : n_frames // 2 + 1]
    scale = n_frames / traces.shape[1]
    curves: NDArray[np.float64] = np.fft.irfft(spectrum * scale, n_frames, axis=1)
    return curves


def trace_noise(trace: NDArray[np.float64]) -> float:
    r"""Return the noise of a trace: what its upper half of frequencies holds.

    .. math:: \sigma^2 = \overline{P(f)}, \quad f_s / 4 < f \le f_s / 2

    with :math:`P` scaled so that white noise of variance 1 has a mean of 1: calcium is slow, and
    leaves those frequencies to the noise [1]_.

    Parameters
    ----------
    trace : ndarray of float64, shape (n_frames,)
        In any unit.

    Returns
    -------
    float
        Standard deviation :math:`\sigma` of one frame, in the unit of `trace`.

    Raises
    ------
    InputError
        FSC157 if it has fewer than 20 frames.

    Notes
    -----
    It is too high where the indicator decays within a few frames.

    References
    ----------
    .. [1] E. A. Pnevmatikakis et al. (2016), doi:10.1016/j.neuron.2015.11.037

    Examples
    --------
    >>> round(trace_noise(np.random.default_rng(7).normal(0, 2, 4001)), 1)
    2.0
    """
    require_frames(trace)
    power = np.abs(np.fft.rfft(trace - trace.mean())) ** 2 / trace.size
    high = power[int(len(power) * _HIGH_SHARE) :]
    return float(np.sqrt(high.mean()))


def running_baseline(
    trace: NDArray[np.float64], n_window: int, *, percentile: float = 20.0
) -> NDArray[np.float64]:
    """Return what a trace rests on: a percentile of each window, joined by straight lines.

    Parameters
    ----------
    trace : ndarray of float64, shape (n_frames,)
        In any unit.
    n_window : int
        Frames of a window; windows overlap by half.
    percentile : float
        Of the values in a window, so low that activity does not lift it.

    Returns
    -------
    ndarray of float64, shape (n_frames,)
        In the unit of `trace`; one value where the trace is shorter than a window and a half.

    Raises
    ------
    InputError
        FSC121 if the window holds no frame.

    Examples
    --------
    >>> ramp = np.arange(1001) / 100
    >>> baseline = running_baseline(ramp, 101, percentile=50)
    >>> float(np.abs(baseline - ramp)[100:-100].max().round(2))
    0.0
    """
    require_positive("n_window", n_window)
    n_frames = trace.size
    step = max(1, n_window // 2)
    middles = np.arange(n_window // 2, n_frames - n_window // 2, step)
    if len(middles) < 2:
        return np.full(n_frames, np.percentile(trace, percentile))
    low = [
        np.percentile(trace[middle - n_window // 2 : middle + n_window // 2 + 1], percentile)
        for middle in middles
    ]
    joined: NDArray[np.float64] = np.interp(np.arange(n_frames), middles, np.array(low))
    return joined


def require_frames(trace: NDArray[np.float64]) -> None:
    """Refuse what is no trace of finite numbers, or too short to tell anything."""
    if trace.ndim != 1 or trace.size < MIN_FRAMES or not np.isfinite(trace).all():
        raise InputError(
            "FSC157",
            f"Expected one row of at least {MIN_FRAMES} finite numbers, got shape {trace.shape}.",
            "Give one trace at a time, and fill what is missing first.",
        )
