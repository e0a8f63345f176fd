"""Samples that do not change when they should: clipped, flat, held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._shapes import require_block, require_positive


class ExtremeRuns:
    """Samples that sit at a channel's lowest or highest value, several in a row: clipping.

    An amplifier that runs out of range writes its limit again and again; a clean signal touches
    its extreme once. The limits need not be known: each channel's own extremes are taken.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    min_run : int
        How many equal extreme samples in a row count, at least 1.

    Raises
    ------
    InputError
        FSC121 if a size is not positive.

    Notes
    -----
    Equality is exact: clipping that was filtered or resampled after it happened is not seen. A
    channel of one value only is all clipped by this measure. A block in which a channel has a NaN
    is left out for that channel.

    Examples
    --------
    >>> runs = ExtremeRuns(1, min_run=3)
    >>> runs.add(np.array([[0.0, 5.0, 5.0]]))
    >>> runs.add(np.array([[5.0, 5.0, 1.0, -2.0]]))
    >>> runs.counts()
    array([4])
    """

    def __init__(self, n_channels: int, min_run: int = 3) -> None:
        require_positive("n_channels", n_channels)
        require_positive("min_run", min_run)
        self._min_run = min_run
        self._peaks = [_Peak(n_channels), _Peak(n_channels)]  # highest, and lowest upside down

    def add(
        self,
        block: NDArray[np.float64],
        *,
        lowest: NDArray[np.float64] | None = None,
        highest: NDArray[np.float64] | None = None,
    ) -> None:
        """Take the next samples, shape (n_channels, n_block), in any unit.

        `lowest` and `highest`, shape (n_channels,), are the block's own extremes, for a caller
        who has them already.
        """
        upper, lower = self._peaks
        require_block(block, upper.value.size)
        if not block.shape[1]:
            return
        highest = block.max(axis=1) if highest is None else highest
        lowest = block.min(axis=1) if lowest is None else lowest
        upper.add(block, highest, highest, self._min_run)
        lower.add(block, -lowest, lowest, self._min_run)

    def counts(self) -> NDArray[np.int64]:
        """Return the samples in such runs so far, shape (n_channels,)."""
        upper, lower = (peak.counts(self._min_run) for peak in self._peaks)
        one_value = self._peaks[0].value == -self._peaks[1].value
        return np.where(one_value, upper, upper + lower)


class _Peak:
    """Runs at one extreme: its value, the samples in closed runs, the length of the open run."""

    def __init__(self, n_channels: int) -> None:
        self.value = np.full(n_channels, -np.inf)
        self._closed = np.zeros(n_channels, dtype=np.int64)
        self._open = np.zeros(n_channels, dtype=np.int64)

    def add(
        self,
        block: NDArray[np.float64],
        reached: NDArray[np.float64],
        extreme: NDArray[np.float64],
        min_run: int,
    ) -> None:
        """Count runs at `extreme` in channels whose block reached the value so far, or beyond."""
        for row in np.flatnonzero(~(reached >= self.value)).tolist():
            self._close(row, min_run)
        # Most blocks stay below the extreme so far: only rows that reach it are looked through.
        for row in np.flatnonzero(reached >= self.value).tolist():
            if reached[row] > self.value[row]:
                self.value[row] = reached[row]
                self._closed[row] = self._open[row] = 0
            at_extreme = block[row] == extreme[row]
            edges = np.flatnonzero(np.diff(at_extreme, prepend=False, append=False))
            lengths = edges[1::2] - edges[::2]
            if edges[0] == 0:
                lengths[0] += self._open[row]
            else:
                self._close(row, min_run)
            self._open[row] = lengths[-1] if at_extreme[-1] else 0
            finished = lengths[:-1] if at_extreme[-1] else lengths
            self._closed[row] += int(finished[finished >= min_run].sum())

    def _close(self, row: int, min_run: int) -> None:
        """End the open run of a channel, counting it if it was long enough."""
        if self._open[row] >= min_run:
            self._closed[row] += self._open[row]
        self._open[row] = 0

    def counts(self, min_run: int) -> NDArray[np.int64]:
        """Return the samples in closed runs, and in the open one if it is long enough."""
        return self._closed + np.where(self._open >= min_run, self._open, 0)


class FlatBins:
    """Short stretches within which a channel does not change at all.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    n_per_bin : int
        Samples in a stretch, at least 2.

    Raises
    ------
    InputError
        FSC121 if a size is too small.

    Notes
    -----
    Stretches start anew with every block, and the last of a block may be shorter (one of a single
    sample is left out): feed blocks that are long beside `n_per_bin`. A flat run is surely seen
    from twice its length on.

    Examples
    --------
    >>> flat = FlatBins(2, n_per_bin=3)
    >>> flat.add(np.array([[1.0, 1.0, 1.0, 2.0, 2.0, 2.0], [1.0, 2.0, 3.0, 4.0, 4.0, 4.0]]))
    (array([1., 1.]), array([2., 4.]))
    >>> flat.counts()
    array([6, 3])
    """

    def __init__(self, n_channels: int, n_per_bin: int) -> None:
        require_positive("n_channels", n_channels)
        require_positive("n_per_bin - 1", n_per_bin - 1)
        self._n_per_bin = n_per_bin
        self._counts = np.zeros(n_channels, dtype=np.int64)

    def add(self, block: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Take the next samples, shape (n_channels, n_block); return the block's extremes.

        Returns
        -------
        lowest, highest : ndarray of float64, shape (n_channels,)
            NaN for a channel with a NaN in the block.
        """
        require_block(block, self._counts.size)
        cuts = np.arange(0, block.shape[1], self._n_per_bin)
        low = np.minimum.reduceat(block, cuts, axis=1)  # (n_channels, n_bins)
        high = np.maximum.reduceat(block, cuts, axis=1)
        lengths = np.diff(cuts, append=block.shape[1])
        lengths[lengths == 1] = 0
        self._counts += (low == high) @ lengths
        return low.min(axis=1), high.max(axis=1)

    def counts(self) -> NDArray[np.int64]:
        """Return the samples in flat stretches so far, shape (n_channels,)."""
        return self._counts.copy()


class HeldSamples:
    """Samples that repeat the one before in every channel at once: lost and filled in.

    A recorder that loses packets writes zeros or holds the last value, in all channels at the
    same time; real channels do not all stand still together.

    Parameters
    ----------
    min_run : int
        How many repeats in a row count, at least 1.

    Raises
    ------
    InputError
        FSC121 if `min_run` is not positive.

    Notes
    -----
    Misleading for very few channels of coarse resolution, which stand still by chance.

    Examples
    --------
    >>> held = HeldSamples(min_run=2)
    >>> held.add(np.array([[1.0, 4.0, 4.0, 4.0, 7.0], [2.0, 0.0, 0.0, 0.0, 0.0]]))
    >>> held.count, held.longest
    (2, 2)
    """

    def __init__(self, min_run: int = 2) -> None:
        require_positive("min_run", min_run)
        self._min_run = min_run
        self._last: NDArray[np.float64] | None = None
        self._closed = 0
        self._longest = 0
        self._open = 0

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next samples, shape (n_channels, n_block), in any unit."""
        if block.ndim != 2 or not block.shape[1]:
            return
        repeats = _find_repeats(block, self._last)
        self._last = block[:, -1].copy()
        if not repeats.size or repeats[0] != 0:
            self._close(self._open)
            self._open = 0
        if not repeats.size:
            return
        breaks = np.flatnonzero(np.diff(repeats) > 1) + 1
        lengths = [run.size for run in np.split(repeats, breaks)]
        lengths[0] += self._open
        self._open = lengths.pop() if repeats[-1] == block.shape[1] - 1 else 0
        for length in lengths:
            self._close(length)

    def _close(self, length: int) -> None:
        """Count a finished run if it was long enough."""
        if length >= self._min_run:
            self._closed += length
            self._longest = max(self._longest, length)

    @property
    def count(self) -> int:
        """Repeated samples in such runs so far."""
        return self._closed + (self._open if self._open >= self._min_run else 0)

    @property
    def longest(self) -> int:
        """Length of the longest such run so far, in samples."""
        return max(self._longest, self._open if self._open >= self._min_run else 0)


def _find_repeats(
    block: NDArray[np.float64], last: NDArray[np.float64] | None
) -> NDArray[np.int64]:
    """Return the indices of samples that equal the one before in all channels."""
    candidates = np.flatnonzero(block[0, 1:] == block[0, :-1]) + 1
    # Each further channel only looks at what is left: soon nothing.
    for channel in block[1:]:
        if not candidates.size:
            break
        candidates = candidates[channel[candidates] == channel[candidates - 1]]
    if last is not None and np.array_equal(block[:, 0], last):
        candidates = np.concatenate([[0], candidates])
    return candidates
