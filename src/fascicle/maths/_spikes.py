"""Spikes by a simple threshold: enough to see whether a probe records units, no sorting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._shapes import require_positive

MAD_TO_SD = 0.6745
"""Median of the absolute values of a normal variable with SD 1."""


def spike_noise(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Noise of each channel, which spikes hardly change.

    .. math:: \sigma_c = \mathrm{median}_n(|x_{cn}|) / 0.6745

    Parameters
    ----------
    samples : ndarray of float64, shape (n_channels, n_times)
        Band-passed samples, in any unit.

    Returns
    -------
    ndarray of float64, shape (n_channels,)
        In the unit of `samples`; 0 for a silent channel.

    References
    ----------
    .. [1] R. Quian Quiroga, Z. Nadasdy, Y. Ben-Shaul (2004), doi:10.1162/089976604774201631

    Examples
    --------
    >>> spike_noise(np.array([[-0.6745, 0.6745, 0.6745]]))
    array([1.])
    """
    noise: NDArray[np.float64] = np.median(np.abs(samples), axis=-1) / MAD_TO_SD
    return noise


def find_spikes(
    samples: NDArray[np.float64],
    sfreq_hz: float,
    *,
    n_sigma: float = 5.0,
    dead_s: float = 0.001,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    r"""Troughs below :math:`-k \sigma_c` of each channel, at least a dead time apart.

    Parameters
    ----------
    samples : ndarray of float64, shape (n_channels, n_times)
        Band-passed samples (300 to 6000 Hz), in any unit.
    sfreq_hz : float
        Sampling rate, in hertz.
    n_sigma : float
        The threshold :math:`k` in units of `spike_noise`.
    dead_s : float
        Of crossings within this time the first counts, in seconds.

    Returns
    -------
    ndarray of int, ndarray of int
        Channel and sample of the lowest point of each spike, by channel and time.

    Raises
    ------
    InputError
        FSC121 if the rate is not above 0.

    Notes
    -----
    Units are not told apart; a spike is found on every channel on which it is large enough.

    References
    ----------
    .. [1] R. Quian Quiroga, Z. Nadasdy, Y. Ben-Shaul (2004), doi:10.1162/089976604774201631

    Examples
    --------
    >>> samples = np.random.default_rng(7).normal(size=(1, 1000))
    >>> samples[0, 501] = -20.0
    >>> [axis.tolist() for axis in find_spikes(samples, 1000.0)]
    [[0], [501]]
    """
    require_positive("sfreq_hz", sfreq_hz)
    dead = max(1, round(dead_s * sfreq_hz))
    noise = spike_noise(samples)
    channels: list[int] = []
    places: list[int] = []
    for channel, signal in enumerate(samples):
        if noise[channel] <= 0:
            continue
        below = np.flatnonzero(signal < -n_sigma * noise[channel])
        last = -dead
        for sample in below.tolist():
            if sample - last < dead:
                continue
            last = sample
            channels.append(channel)
            places.append(sample + int(signal[sample : sample + dead].argmin()))
    return np.array(channels, dtype=np.intp), np.array(places, dtype=np.intp)
