"""Parts of signals by frequency, and signals at a lower rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ._shapes import require_positive

Array = NDArray[np.float64]


def split_bands(
    samples: Array, sfreq_hz: float, bands_hz: Sequence[tuple[float, float]], line_hz: float = 0.0
) -> list[Array]:
    r"""Return what channels hold in each band, without any shift in time.

    Each band has edges of raised cosines in frequency: the lower one rises from 0.7 :math:`f_l`
    to :math:`f_l`, the upper one falls from :math:`f_h` to 1.2 :math:`f_h`. The ends are
    continued by their point reflection, so that a step at an end does not ring.

    Parameters
    ----------
    samples : ndarray of float64, shape (n_channels, n_times)
        In any unit; finite.
    sfreq_hz : float
        Sampling rate, in hertz.
    bands_hz : sequence of (float, float)
        Edges :math:`f_l` and :math:`f_h` of each band, in hertz; 0 and infinity for none.
    line_hz : float
        Mains frequency: 2 Hz on both sides of it and of its harmonics are left out; 0 for none.

    Returns
    -------
    list of ndarray of float64, shape (n_channels, n_times)
        For each band, in the unit of the samples.

    Raises
    ------
    InputError
        FSC121 if the rate is not positive.

    Examples
    --------
    >>> t = np.arange(1001) / 250
    >>> both = np.sin(2 * np.pi * 5 * t) + np.sin(2 * np.pi * 40 * t)
    >>> slow, fast = split_bands(both[None], 250.0, [(1.0, 10.0), (20.0, np.inf)])
    >>> bool(np.abs(slow[0] - np.sin(2 * np.pi * 5 * t))[100:-100].max() < 0.02)
    True
    """
    require_positive("sfreq_hz", sfreq_hz)
    n_times = samples.shape[1]
    if n_times < 2:
        return [np.zeros_like(samples) for _ in bands_hz]
    n_side = min(n_times - 1, round(2 * sfreq_hz))
    left = 2 * samples[:, :1] - samples[:, n_side:0:-1]
    right = 2 * samples[:, -1:] - samples[:, -2 : -2 - n_side : -1]
    middle = samples.mean(axis=1, keepdims=True)
    n_whole = _easy_size(n_times + 2 * n_side)
    spectrum = np.fft.rfft(np.hstack([left, samples, right]) - middle, n_whole)
    freqs_hz = np.asarray(np.fft.rfftfreq(n_whole, 1 / sfreq_hz), dtype=np.float64)
    parts = []
    for low_hz, high_hz in bands_hz:
        gain = _gain(freqs_hz, low_hz, high_hz)
        if line_hz > 0:
            gain *= _without_line(freqs_hz, line_hz)
        part = np.fft.irfft(spectrum * gain, n_whole)[:, n_side : n_side + n_times]
        parts.append(part + middle if low_hz <= 0 else part)
    return parts


def _gain(freqs_hz: Array, low_hz: float, high_hz: float) -> Array:
    """Return the gain of a band at each frequency."""
    gain = np.ones_like(freqs_hz)
    if low_hz > 0:
        gain *= _ramp((freqs_hz - 0.7 * low_hz) / (0.3 * low_hz))
    if np.isfinite(high_hz):
        gain *= 1 - _ramp((freqs_hz - high_hz) / (0.2 * high_hz))
    return gain


def _without_line(freqs_hz: Array, line_hz: float) -> Array:
    """Return a gain that is 0 at the mains and its harmonics, and 1 from 2 Hz on beside them."""
    nearest = np.maximum(np.round(freqs_hz / line_hz), 1) * line_hz
    return _ramp(np.abs(freqs_hz - nearest) - 1.0)


def _ramp(share: Array) -> Array:
    """Return a raised cosine from 0 to 1."""
    ramp: Array = 0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0, 1))
    return ramp


def _easy_size(n_times: int) -> int:
    """Return the next size that a Fourier transform is quick at."""
    step: int = 1 << max(0, n_times.bit_length() - 5)
    return -(-n_times // step) * step


class Decimator:
    """Makes a signal that comes in blocks slower by a whole factor, without aliases.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    factor : int
        How many samples become one, at least 1.

    Raises
    ------
    InputError
        FSC121 if a size is not positive.

    Notes
    -----
    A Hann-windowed sinc of ten factors to each side, which passes 80 % of the new band; the first
    and last values are continued beyond the ends. The result does not depend on where the blocks
    were cut, and sample k of it stands at sample k x factor of the input.

    Examples
    --------
    >>> slower = Decimator(1, 2)
    >>> parts = [slower.add(np.ones((1, 41))), slower.add(np.ones((1, 6))), slower.finish()]
    >>> np.hstack(parts).round(6).shape, float(np.hstack(parts).min().round(6))
    ((1, 24), 1.0)
    """

    def __init__(self, n_channels: int, factor: int) -> None:
        require_positive("n_channels", n_channels)
        require_positive("factor", factor)
        self._factor = factor
        self._n_side = 10 * factor if factor > 1 else 0
        offsets = np.arange(-self._n_side, self._n_side + 1)
        kernel = np.sinc(0.9 * offsets / factor) * (
            0.5 + 0.5 * np.cos(np.pi * offsets / (self._n_side + 1))
        )
        self._kernel = kernel / kernel.sum()
        self._kept = np.zeros((n_channels, 0))
        self._started = False

    def add(self, block: Array) -> Array:
        """Take the next samples, shape (n_channels, n_block); return those that are ready."""
        if not block.shape[1]:
            return block[:, :0]
        if self._factor == 1:
            return block
        if not self._started:
            self._kept = np.repeat(block[:, :1], self._n_side, axis=1)
            self._started = True
        return self._make(np.hstack([self._kept, block]))

    def finish(self) -> Array:
        """Return what is left."""
        if self._factor == 1 or not self._started:
            return self._kept
        return self._make(np.hstack([self._kept, np.repeat(self._kept[:, -1:], self._n_side, 1)]))

    def _make(self, held: Array) -> Array:
        """Filter what can be, and keep what the next samples need."""
        n_ready = max(0, (held.shape[1] - 2 * self._n_side - 1) // self._factor + 1)
        made = np.empty((held.shape[0], n_ready))
        # In slices: the windows of a block are 21 times its size.
        for start in range(0, n_ready, 512):
            stop = min(n_ready, start + 512)
            span = held[:, start * self._factor : (stop - 1) * self._factor + self._kernel.size]
            windows = np.lib.stride_tricks.sliding_window_view(span, self._kernel.size, axis=1)
            made[:, start:stop] = windows[:, :: self._factor] @ self._kernel
        self._kept = held[:, n_ready * self._factor :]
        return made
