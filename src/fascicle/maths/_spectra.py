"""Power by frequency, from a few windows of a long recording, and what it says about noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._shapes import require_block, require_positive, require_spectrum


class WelchSpectrum:
    r"""Averaged power spectral density of each channel, from windows that pass once.

    .. math:: P_c(f) = \frac{2}{K f_s \sum_n w_n^2} \sum_k \Big| \sum_n w_n
              (x_{ckn} - \bar x_{ck})\, e^{-2 \pi i f n / f_s} \Big|^2

    with the Hann window :math:`w` and :math:`K` windows; the factor 2 is 1 at 0 and
    :math:`f_s/2` [1]_.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    sfreq_hz : float
        Sampling rate :math:`f_s`, in hertz.
    n_per_window : int
        Samples in a window, at least 2.

    Raises
    ------
    InputError
        FSC120 if a window has another shape, FSC121 if a size or rate is too small.

    Notes
    -----
    A window in which a channel has a value that is not finite is left out for that channel.
    A channel without any window has the density NaN.

    References
    ----------
    .. [1] P. Welch (1967), doi:10.1109/TAU.1967.1161901

    Examples
    --------
    >>> t = np.arange(1000) / 250
    >>> welch = WelchSpectrum(1, 250.0, 500)
    >>> for start in (0, 500):
    ...     welch.add(np.sin(2 * np.pi * 10 * t[None, start : start + 500]))
    >>> float(welch.freqs_hz[welch.density()[0].argmax()])
    10.0
    """

    def __init__(self, n_channels: int, sfreq_hz: float, n_per_window: int) -> None:
        require_positive("n_channels", n_channels)
        require_positive("sfreq_hz", sfreq_hz)
        require_positive("n_per_window - 1", n_per_window - 1)
        # The periodic Hann window, as spectral analysis uses it.
        self._window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_per_window) / n_per_window)
        self._n_windows = np.zeros(n_channels, dtype=np.int64)
        self._total = np.zeros((n_channels, n_per_window // 2 + 1))
        self._scale = np.full(self._total.shape[1], 2 / (sfreq_hz * float(np.sum(self._window**2))))
        self._scale[0] /= 2
        if n_per_window % 2 == 0:
            self._scale[-1] /= 2
        bins = np.arange(self._total.shape[1], dtype=np.float64)
        self.freqs_hz: NDArray[np.float64] = np.asarray(bins * sfreq_hz / n_per_window, np.float64)

    @property
    def n_windows(self) -> NDArray[np.int64]:
        """Windows taken so far, shape (n_channels,)."""
        return self._n_windows.copy()

    def add(self, window: NDArray[np.float64]) -> None:
        """Take one window, shape (n_channels, n_per_window), in any unit."""
        require_block(window, self._n_windows.size)
        if window.shape[1] != self._window.size:
            require_block(window.T, self._window.size)
        means = window.mean(axis=1)
        usable = np.isfinite(means)
        if not usable.all():
            window = np.where(usable[:, None], window, 0.0)
            means = np.where(usable, means, 0.0)
        spectrum = np.fft.rfft((window - means[:, None]) * self._window)  # (n_channels, n_freqs)
        self._total += spectrum.real**2 + spectrum.imag**2
        self._n_windows += usable

    def density(self) -> NDArray[np.float64]:
        """Averaged density, in squared unit per hertz, shape (n_channels, n_freqs)."""
        counts = np.where(self._n_windows > 0, self._n_windows, np.nan)
        density: NDArray[np.float64] = self._total * self._scale / counts[:, None]
        return density


def line_noise_ratio(
    density: NDArray[np.float64],
    freqs_hz: NDArray[np.float64],
    *,
    line_hz: float = 50.0,
    half_width_hz: float = 1.0,
    low_hz: float = 1.0,
) -> NDArray[np.float64]:
    r"""Share of each channel's power that sits at the mains frequency.

    .. math:: r_c = \sum_{|f - f_0| \le w} \max(P_c(f) - B_c, 0)
              \;/ \sum_{f_l \le f \le f_0 + 5 w} P_c(f)

    with :math:`B_c` the median density between 2 and 5 half-widths from :math:`f_0`: what would be
    there without the mains.

    Parameters
    ----------
    density : ndarray of float64, shape (n_channels, n_freqs)
        Power spectral density, in any unit (the ratio has none).
    freqs_hz : ndarray of float64, shape (n_freqs,)
        Frequencies, in hertz, ascending.
    line_hz, half_width_hz : float
        Mains frequency :math:`f_0` and half the width :math:`w` of its peak, in hertz.
    low_hz : float
        Lower edge :math:`f_l`: drifts below it do not count, in hertz.

    Returns
    -------
    ndarray of float64, shape (n_channels,)
        Between 0 and 1, without unit; 0 for a silent channel; NaN where the spectrum ends below
        the peak.

    Raises
    ------
    InputError
        FSC122 if the shapes do not match.

    Notes
    -----
    Harmonics are not counted. A channel that was low-passed below :math:`f_0` has a ratio near 0.

    References
    ----------
    .. [1] N. Bigdely-Shamlo et al. (2015), doi:10.3389/fninf.2015.00016

    Examples
    --------
    >>> freqs = np.arange(0.0, 101.0)
    >>> density = np.ones((1, 101))
    >>> density[0, 50] = 108.0
    >>> line_noise_ratio(density, freqs).round(3)
    array([0.66])
    """
    require_spectrum(density, freqs_hz)
    distance = np.abs(freqs_hz - line_hz)
    peak = distance <= half_width_hz
    beside = (distance > 2 * half_width_hz - 1e-9) & (distance <= 5 * half_width_hz)
    counted = (freqs_hz >= low_hz) & (freqs_hz <= line_hz + 5 * half_width_hz)
    if not peak.any() or not beside.any() or freqs_hz[-1] < line_hz + half_width_hz:
        return np.full(density.shape[0], np.nan)
    background = np.median(density[:, beside], axis=1, keepdims=True)  # (n_channels, 1)
    excess = np.maximum(density[:, peak] - background, 0).sum(axis=1)
    total = density[:, counted].sum(axis=1)
    ratio: NDArray[np.float64] = np.divide(
        excess, total, out=np.zeros_like(total), where=total != 0
    )
    return ratio


def high_frequency_ratio(
    density: NDArray[np.float64],
    freqs_hz: NDArray[np.float64],
    *,
    split_hz: float = 50.0,
    top_hz: float = 100.0,
    line_hz: float | None = None,
) -> NDArray[np.float64]:
    r"""Amplitude above a frequency beside the amplitude below it.

    .. math:: h_c = \sqrt{\sum_{f_s < f \le f_t} P_c(f) \;/ \sum_{1 \le f \le f_s} P_c(f)}

    the spectral form of PREP's noisiness [1]_. Brain signals fall off with frequency; muscle
    and a loose electrode do not.

    Parameters
    ----------
    density : ndarray of float64, shape (n_channels, n_freqs)
        Power spectral density, in any unit (the ratio has none).
    freqs_hz : ndarray of float64, shape (n_freqs,)
        Frequencies, in hertz, ascending.
    split_hz, top_hz : float
        :math:`f_s` and :math:`f_t`, in hertz.
    line_hz : float or None
        Mains frequency: 2 Hz on both sides of it and of its harmonics are left out.

    Returns
    -------
    ndarray of float64, shape (n_channels,)
        Without unit; 0 for a silent channel; NaN where the spectrum ends below the split.

    Raises
    ------
    InputError
        FSC122 if the shapes do not match.

    Notes
    -----
    White noise gives about :math:`\sqrt{(f_t - f_s) / (f_s - 1)}`. A low-pass filter lowers it.

    References
    ----------
    .. [1] N. Bigdely-Shamlo et al. (2015), doi:10.3389/fninf.2015.00016

    Examples
    --------
    >>> high_frequency_ratio(np.ones((1, 126)), np.arange(126.0)).round(3)
    array([1.])
    """
    require_spectrum(density, freqs_hz)
    kept = np.ones(freqs_hz.size, dtype=bool)
    if line_hz:
        to_harmonic = np.abs(freqs_hz - line_hz * np.maximum(np.round(freqs_hz / line_hz), 1))
        kept = to_harmonic > 2.0
    above = kept & (freqs_hz > split_hz) & (freqs_hz <= top_hz)
    below = kept & (freqs_hz >= 1.0) & (freqs_hz <= split_hz)
    if not above.any() or not below.any():
        return np.full(density.shape[0], np.nan)
    low = density[:, below].sum(axis=1)
    high = density[:, above].sum(axis=1)
    ratio: NDArray[np.float64] = np.divide(high, low, out=np.zeros_like(low), where=low != 0)
    return np.sqrt(ratio)
