"""A long recording in chapters: at a lower rate, with a margin, of a size that memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import BIN_S, Decimator

Array = NDArray[np.float64]

CHAPTER_S: Final = 180.0
"""Length of a chapter: long enough for a level of its own, short enough to follow changes."""
MARGIN_S: Final = 2.0
"""What a chapter shows of its neighbours on each side; nothing is labelled there."""
_LAST_S: Final = 30.0
"""A shorter rest joins the chapter before it."""
_TOP_HZ: Final = 250.0
_MAX_VALUES: Final = 2**24
"""Values of a chapter, of all channels: 128 MiB."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of a recording.

    Attributes
    ----------
    start_s : float
        Time of its first sample, in seconds.
    first_bin, last_bin : int
        Which bins of it count: the first, and the one after the last.
    samples : ndarray of float64, shape (n_channels, n_times)
        In the unit of each channel; not finite where the recording is not.
    sfreq_hz : float
        Their rate, in hertz.
    """

    start_s: float
    first_bin: int
    last_bin: int
    samples: Array
    sfreq_hz: float


class ChapterMaker:
    """Cuts a recording that comes in blocks into chapters.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    sfreq_hz : float
        Sampling rate, in hertz.
    take : callable
        Is called with each chapter.
    """

    def __init__(self, n_channels: int, sfreq_hz: float, take: Callable[[Chapter], None]) -> None:
        factor = max(1, int(sfreq_hz / _TOP_HZ))
        self._rate = sfreq_hz / factor
        self._decimator = Decimator(n_channels, factor)
        self._broken = Decimator(n_channels, factor)
        self._take = take
        self._parts: list[Array] = []
        self._n_held = 0
        self._n_dropped = 0
        self._n_bins_done = 0
        seconds = min(CHAPTER_S, _MAX_VALUES / (n_channels * self._rate))
        self._n_core = max(1, round(max(seconds, _LAST_S) / BIN_S))  # in bins

    def watch(self, blocks: Iterable[Array]) -> Iterator[Array]:
        """Yield blocks as they are, and make chapters of them on the way."""
        for block in blocks:
            self._add(block)
            yield block
        self._hold(self._decimator.finish(), self._broken.finish())
        self._emit(is_last=True)

    def _add(self, block: Array) -> None:
        """Take a block; where it is not finite the last value before is held for the filter."""
        broken = ~np.isfinite(block)
        whole = np.where(broken, 0.0, block) if broken.any() else block
        self._hold(self._decimator.add(whole), self._broken.add(broken.astype(np.float64)))
        n_needed = (self._n_core + round((2 * MARGIN_S + _LAST_S) / BIN_S)) * BIN_S * self._rate
        while self._n_held >= n_needed:
            self._emit(is_last=False)

    def _hold(self, samples: Array, broken: Array) -> None:
        """Keep samples at the lower rate, with NaN where something was not finite."""
        if samples.shape[1]:
            self._parts.append(np.where(np.abs(broken) > 1e-3, np.nan, samples))
            self._n_held += samples.shape[1]

    def _emit(self, *, is_last: bool) -> None:
        """Hand over the next chapter, and drop what no later one shows."""
        if not self._parts:
            return
        held = np.hstack(self._parts) if len(self._parts) > 1 else self._parts[0]
        first = self._sample(self._n_bins_done)
        n_bins_all = int((self._n_dropped + self._n_held) / (BIN_S * self._rate) + 1e-6)
        last_bin = max(n_bins_all, 1) if is_last else self._n_bins_done + self._n_core
        n_margin = round(MARGIN_S / BIN_S)
        start_bin = max(0, self._n_bins_done - n_margin)
        start = self._sample(start_bin) - self._n_dropped
        stop = held.shape[1] if is_last else self._sample(last_bin + n_margin) - self._n_dropped
        if first - self._n_dropped < held.shape[1]:
            self._take(
                Chapter(
                    start_bin * BIN_S, self._n_bins_done - start_bin, last_bin - start_bin,
                    held[:, start:stop], self._rate,
                )
            )  # fmt: skip
        self._n_bins_done = last_bin
        n_keep_from = min(
            held.shape[1], self._sample(max(0, last_bin - n_margin)) - self._n_dropped
        )
        self._parts = [held[:, n_keep_from:].copy()]
        self._n_dropped += n_keep_from
        self._n_held = self._parts[0].shape[1]

    def _sample(self, n_bins: int) -> int:
        """Return the sample at which a bin begins."""
        return round(n_bins * BIN_S * self._rate)


def mend_gaps(samples: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Draw straight lines over what is not finite.

    Parameters
    ----------
    samples : ndarray of float64, shape (n_channels, n_times)
        In any unit.

    Returns
    -------
    ndarray of float64, shape (n_channels, n_times)
        All finite; zeros in channels without any finite value.
    ndarray of bool, shape (n_channels,)
        Which channels have at least half of their values.

    Examples
    --------
    >>> mended, usable = mend_gaps(np.array([[0.0, np.nan, 2.0], [np.nan] * 3]))
    >>> mended, usable
    (array([[0., 1., 2.],
           [0., 0., 0.]]), array([ True, False]))
    """
    finite = np.isfinite(samples)
    usable = finite.mean(axis=1) >= 0.5 if samples.shape[1] else np.zeros(len(samples), bool)
    if finite.all():
        return samples, usable
    mended = samples.copy()
    moments = np.arange(samples.shape[1])
    for row in np.flatnonzero(~finite.all(axis=1)).tolist():
        there = finite[row]
        values = samples[row, there]
        mended[row] = np.interp(moments, moments[there], values) if values.size else 0.0
    return mended, usable
