"""What repeats or is doubled: heart beats among other signals, electrodes joined by gel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._bands import split_bands

Array = NDArray[np.float64]

_BEAT_HZ: Final = (6.0, 30.0)
_RATE_HZ: Final = 100.0
_PERIODS_S: Final = (0.42, 1.5)
_N_TRACES: Final = 5
_SMOOTH_S: Final = 0.06


@dataclass(frozen=True, slots=True)
class HeartBeat:
    """A beat that repeats in some channels.

    Attributes
    ----------
    score : float
        How far the repetition stands out of chance: about 0 without one, up to 1 for a clock.
    period_s : float
        Time between beats, in seconds; NaN where the recording is too short.
    amplitudes : ndarray of float64, shape (n_channels,)
        Height of the mean beat, in robust spreads of each channel.
    """

    score: float
    period_s: float
    amplitudes: Array


def find_heart_beat(samples: Array, sfreq_hz: float, reference: Array | None = None) -> HeartBeat:
    r"""Look for a beat between 40 and 143 a minute.

    The power :math:`y` of a trace between 6 and 30 Hz, smoothed over 60 ms, is compared with
    itself: the score is the height of the autocorrelation at a period :math:`T` above its middle
    between periods, and no more than that at :math:`2T`,

    .. math:: s = \min(r(T) - r(T/2),\; 1.5\, (r(2T) - r(3T/2)))

    Parameters
    ----------
    samples : ndarray of float64, shape (n_channels, n_times)
        In one unit; finite.
    sfreq_hz : float
        Sampling rate, in hertz.
    reference : ndarray of float64, shape (n_times,) or None
        A channel of the heart, if there is one; else the strongest components are tried.

    Returns
    -------
    HeartBeat
        Of the trace in which it repeats best.

    Notes
    -----
    Irregular hearts have lower scores; whatever else repeats once a second (a metronome of
    stimuli) looks the same.

    Examples
    --------
    >>> beats = np.zeros((1, 6000))
    >>> beats[0, ::200] = 1.0
    >>> round(find_heart_beat(beats, 250.0).period_s, 2)
    0.8
    """
    nothing = HeartBeat(0.0, float("nan"), np.zeros(len(samples)))
    if samples.shape[1] < 8 * _PERIODS_S[1] * sfreq_hz or not len(samples):
        return nothing
    step = max(1, int(sfreq_hz / _RATE_HZ))
    band = (_BEAT_HZ[0], min(_BEAT_HZ[1], 0.4 * sfreq_hz))
    fast = split_bands(samples, sfreq_hz, [band])[0][:, ::step]
    spread = 1.4826 * np.median(np.abs(fast), axis=1, keepdims=True)
    scaled = np.clip(fast / np.where(spread > 0, spread, np.inf), -12, 12)
    if reference is None:
        # The strongest components of what stands out, which beats do and rhythms do not.
        power = np.sum(scaled**2, axis=0)
        high = scaled[:, power > np.quantile(power, 0.85)]
        traces = np.linalg.eigh(high @ high.T)[1][:, ::-1][:, :_N_TRACES].T @ scaled
    else:
        traces = split_bands(reference[None], sfreq_hz, [band])[0][:, ::step]
    rate = sfreq_hz / step
    found = [_find_period(trace, rate) for trace in traces]
    best = int(np.argmax([score for score, _ in found]))
    score, period = found[best]
    if not period:
        return nothing
    amplitudes = _mean_beat(scaled, traces[best], period)
    return HeartBeat(score, period / rate, amplitudes)


def _find_period(trace: Array, rate: float) -> tuple[float, int]:
    """Return the score and the period, in samples, at which the power of a trace repeats best."""
    n_smooth = max(1, round(_SMOOTH_S * rate))
    power = trace**2
    power = np.minimum(power, np.quantile(power, 0.99))
    power = np.convolve(power, np.ones(n_smooth) / n_smooth, mode="same")
    power -= power.mean()
    spectrum = np.fft.rfft(power, 2 * power.size)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[: power.size]
    if not likeness[0] > 0:
        return 0.0, 0
    likeness /= likeness[0]
    periods = np.arange(round(_PERIODS_S[0] * rate), round(_PERIODS_S[1] * rate))
    # Beats vary by some percent: the second repetition is looked for beside its place.
    wide = np.max([likeness[2 * periods + shift] for shift in range(-4, 5)], axis=0)
    once = likeness[periods] - likeness[periods // 2]
    twice = wide - likeness[(3 * periods) // 2]
    scores = np.minimum(once, 1.5 * twice)
    best = int(np.argmax(scores))
    return float(max(scores[best], 0.0)), int(periods[best])


def _mean_beat(scaled: Array, trace: Array, period: int) -> Array:
    """Return the height of the mean beat in each channel."""
    from scipy.signal import find_peaks

    peaks = find_peaks(trace**2, distance=max(1, round(0.7 * period)))[0]
    peaks = peaks[(peaks > 5) & (peaks < scaled.shape[1] - 6)]
    if not peaks.size:
        return np.zeros(len(scaled))
    sign = np.sign(trace[peaks])
    around = np.arange(-5, 6)
    beat = np.mean(scaled[:, peaks[:, None] + around] * sign[:, None], axis=1)
    height: Array = np.abs(beat).max(axis=1)
    return height


def bridge_ratios(samples: Array, sfreq_hz: float) -> Array:
    r"""Return how little each pair of channels differs, beside the smaller of the two.

    .. math:: q_{ij} = \mathrm{median}_w \frac{\mathrm{var}_w(x_i - x_j)}
              {\min(\mathrm{var}_w x_i, \mathrm{var}_w x_j)}

    over windows :math:`w` of 2 s, between 1 and 30 Hz: the electrical distance [1]_ without unit.

    Parameters
    ----------
    samples : ndarray of float64, shape (n_channels, n_times)
        In one unit; finite.
    sfreq_hz : float
        Sampling rate, in hertz.

    Returns
    -------
    ndarray of float64, shape (n_channels, n_channels)
        Symmetric; infinite on the diagonal and for silent channels.

    Notes
    -----
    The reference electrode and its neighbours have little variance: their ratios are large.

    References
    ----------
    .. [1] D. M. Alschuler et al. (2014), doi:10.1016/j.clinph.2013.08.024

    Examples
    --------
    >>> samples = np.random.default_rng(0).standard_normal((3, 2000))
    >>> samples[2] = samples[0] + 0.01 * samples[1]
    >>> bool(bridge_ratios(samples, 250.0)[0, 2] < 0.01)
    True
    """
    n_channels = len(samples)
    step = max(1, int(sfreq_hz / 75.0))
    band = split_bands(samples, sfreq_hz, [(1.0, min(30.0, 0.4 * sfreq_hz))])[0][:, ::step]
    n_window = max(2, round(2 * sfreq_hz / step))
    n_windows = max(1, band.shape[1] // n_window)
    ratios = np.empty((n_windows, n_channels, n_channels))
    for place in range(n_windows):
        window = band[:, place * n_window : (place + 1) * n_window]
        window = window - window.mean(axis=1, keepdims=True)
        product = window @ window.T
        power = np.diag(product)
        apart = power[:, None] + power[None, :] - 2 * product
        least = np.minimum(power[:, None], power[None, :])
        ratios[place] = np.where(least > 0, np.maximum(apart, 0) / (least + 1e-300), np.inf)
    median: Array = np.median(ratios, axis=0)
    median[np.diag_indices(n_channels)] = np.inf
    return median
