"""How each channel stands out in each quarter of a second: the features of lasting artefacts."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._bands import split_bands

Array = NDArray[np.float64]

BIN_S: Final = 0.25
"""Length of the stretches, in seconds."""
FAST_HZ: Final = (25.0, 100.0)
"""Where muscle is and the brain hardly."""
_DRIFT_SPREADS: Final = 7.0
BIN_LEVELS: Final = ("fast", "fastest", "middle", "slow", "offset", "peak")
BIN_FEATURES: Final = (
    *(f"{name} above its own" for name in BIN_LEVELS),
    *(f"{name} above the others now" for name in BIN_LEVELS),
    *(f"{name} above the others always" for name in BIN_LEVELS),
    *(f"{name} around" for name in ("fast", "slow", "offset", "peak")),
    "fast for two seconds",
    "slow for two seconds",
    "channels with fast",
    "channels with slow",
    "fast beside middle",
    "middle beside slow",
    "peak beside fast",
    "log channels",
    "top frequency",
    "near the eyes",
)
"""What the columns of `bin_features` are."""


def bin_levels(samples: Array, sfreq_hz: float, line_hz: float = 0.0) -> Array:
    r"""Return the logarithm of what each channel holds in each stretch and band.

    ``fast`` (25 to 100 Hz), ``fastest`` (its upper part), ``middle`` (8 to 25 Hz) and ``slow`` (1
    to 8 Hz) are root mean squares; ``offset`` is the mean below 1 Hz against the channel's
    median, ``peak`` the largest value above 10 Hz.

    Parameters
    ----------
    samples : ndarray of float64, shape (n_channels, n_times)
        Channels of one kind, in one unit; finite.
    sfreq_hz : float
        Sampling rate, in hertz.
    line_hz : float
        Mains frequency, which is left out; 0 for none.

    Returns
    -------
    ndarray of float64, shape (6, n_channels, n_bins)
        Decadic logarithms, against a thousandth of the median channel; the last stretch takes
        what is left over.

    Notes
    -----
    A signal that was low-passed below 25 Hz has no ``fast`` but its rounding.

    Examples
    --------
    >>> samples = np.random.default_rng(0).standard_normal((3, 500))
    >>> bin_levels(samples, 250.0).shape
    (6, 3, 8)
    """
    top_hz = min(FAST_HZ[1], 0.45 * sfreq_hz)
    low_hz = min(FAST_HZ[0], 0.5 * top_hz)
    bands = [
        (low_hz, top_hz), (float(np.sqrt(low_hz * top_hz)), top_hz),
        (min(8.0, 0.3 * low_hz), low_hz), (1.0, min(8.0, 0.3 * low_hz)),
        (0.0, 1.0), (0.4 * low_hz, top_hz),
    ]  # fmt: skip
    parts = split_bands(samples, sfreq_hz, bands, line_hz)
    n_bins = max(1, int(samples.shape[1] / (BIN_S * sfreq_hz) + 1e-6))
    # Each bin begins at its own nearest sample: a rounded length would drift away from the clock.
    cuts = np.round(np.arange(n_bins) * BIN_S * sfreq_hz).astype(np.intp)
    lengths = np.diff(cuts, append=samples.shape[1])
    levels = np.empty((len(BIN_LEVELS), samples.shape[0], n_bins))
    for place, part in enumerate(parts[:4]):
        levels[place] = np.sqrt(np.add.reduceat(part**2, cuts, axis=1) / lengths)
    offset = np.add.reduceat(parts[4], cuts, axis=1) / lengths
    levels[4] = np.abs(offset - np.median(offset, axis=1, keepdims=True))
    levels[5] = np.maximum.reduceat(np.abs(parts[5]), cuts, axis=1)
    for place in range(len(BIN_LEVELS)):
        middle = float(np.median(levels[place]))
        levels[place] = np.log10(levels[place] + 1e-3 * middle + 1e-300)
    return levels


def bin_features(levels: Array, sfreq_hz: float, eye_weights: Array) -> Array:
    """Return what a channel is judged by in a stretch: against itself, its kind and its time.

    Parameters
    ----------
    levels : ndarray of float64, shape (6, n_channels, n_bins)
        As `bin_levels` returns them.
    sfreq_hz : float
        Sampling rate, in hertz.
    eye_weights : ndarray of float64, shape (n_channels,)
        As `blink_weights` returns them; NaN where the place is not known.

    Returns
    -------
    ndarray of float64, shape (n_channels, n_bins, n_features)
        Columns as in ``BIN_FEATURES``, without unit. A channel's own level is its 30th
        percentile over time, which artefacts in most of its time do not move.

    Examples
    --------
    >>> bin_features(np.zeros((6, 3, 8)), 250.0, np.full(3, np.nan)).shape
    (3, 8, 32)
    """
    n_channels = levels.shape[1]
    own = np.percentile(levels, 30, axis=2, keepdims=True)
    above = levels - own  # (6, n_channels, n_bins)
    others = above - np.median(above, axis=1, keepdims=True)
    always = np.broadcast_to(own - np.median(own, axis=1, keepdims=True), levels.shape)
    around = [_around(above[place], 1, np.maximum) for place in (0, 3, 4, 5)]
    lasting = [_around(above[place], 4, np.add) / 9 for place in (0, 3)]
    shares = [
        np.broadcast_to((above[place] > 0.3).mean(axis=0), above[0].shape) for place in (0, 3)
    ]
    top_hz = min(FAST_HZ[1], 0.45 * sfreq_hz)
    constants = (np.log10(n_channels), top_hz / 100)
    known = np.nan_to_num(eye_weights)[:, None]
    columns = [
        *above, *others, *always, *around, *lasting, *shares,
        above[0] - above[2], above[2] - above[3], above[5] - above[0],
        *(np.full(above[0].shape, value) for value in constants),
        np.broadcast_to(known, above[0].shape),
    ]  # fmt: skip
    return np.stack(columns, axis=-1)


def drift_chances(levels: Array) -> Array:
    r"""Return the chance that a channel drifts, by how far its slow level is from where it was.

    .. math:: c = \frac{q^3}{q^3 + 7^3}

    with :math:`q` the least of its distances from its median within two seconds, in its own robust
    spreads or in those of the median channel, whichever is less.

    Parameters
    ----------
    levels : ndarray of float64, shape (6, n_channels, n_bins)
        As `bin_levels` returns them.

    Returns
    -------
    ndarray of float64, shape (n_channels, n_bins)
        Between 0 and 1; one half at seven spreads.

    Examples
    --------
    >>> levels = np.zeros((6, 3, 40))
    >>> levels[4, 1, 20:30] = 1.5
    >>> np.flatnonzero(drift_chances(levels)[1] > 0.5)
    array([20, 21, 22, 23, 24, 25, 26, 27, 28, 29])
    """
    distance = 10 ** levels[BIN_LEVELS.index("offset")]
    own = 1.4826 * np.median(distance, axis=1, keepdims=True)
    spreads = distance / np.maximum(own, np.median(own))
    # Two seconds: a glance to a side is held for less.
    n_lasts = round(2 / BIN_S)
    n_bins = spreads.shape[1]
    padded = np.pad(spreads, ((0, 0), (n_lasts - 1, n_lasts - 1)), mode="edge")
    width = n_bins + n_lasts - 1
    least = np.min([padded[:, shift : shift + width] for shift in range(n_lasts)], axis=0)
    lasting = np.max([least[:, shift : shift + n_bins] for shift in range(n_lasts)], axis=0)
    chance: Array = 1 / (1 + (_DRIFT_SPREADS / np.maximum(lasting, 1e-3)) ** 3)
    return chance


def gather_bins(chances: Array) -> Array:
    """Return what speaks for an artefact somewhere on the head, from its chance in each channel.

    Parameters
    ----------
    chances : ndarray of float64, shape (n_channels, n_bins)
        Of one kind, between 0 and 1.

    Returns
    -------
    ndarray of float64, shape (n_bins, 11)
        Log odds of the highest, second highest and mean chance and of the mean of the highest
        quarter; then the same around in time; and how many channels there are.

    Examples
    --------
    >>> gather_bins(np.full((5, 8), 0.5)).shape
    (8, 11)
    """
    n_channels = chances.shape[0]
    ordered = -np.sort(-chances, axis=0)
    quarter = max(1, -(-n_channels // 4))
    best = [
        ordered[0], ordered[min(1, n_channels - 1)],
        ordered[:quarter].mean(axis=0), chances.mean(axis=0),
    ]  # fmt: skip
    odds = np.stack([_log_odds(chance) for chance in best])  # (4, n_bins)
    columns = [
        odds, _around(odds, 1, np.add)[:3] / 3, _around(odds, 4, np.add)[:3] / 9,
        np.full((1, chances.shape[1]), np.log10(n_channels)),
    ]  # fmt: skip
    return np.vstack(columns).T


def _log_odds(chance: Array) -> Array:
    """Return the logarithm of the odds, between about -7 and 7."""
    kept = np.clip(chance, 1e-3, 1 - 1e-3)
    odds: Array = np.log(kept / (1 - kept))
    return odds


def _around(values: Array, n_side: int, join: np.ufunc) -> Array:
    """Join each value with its neighbours in time; the ends are continued."""
    padded = np.pad(values, ((0, 0), (n_side, n_side)), mode="edge")
    n_bins = values.shape[1]
    joined = padded[:, :n_bins].copy()
    for shift in range(1, 2 * n_side + 1):
        joined = join(joined, padded[:, shift : shift + n_bins])
    return np.asarray(joined, dtype=np.float64)
