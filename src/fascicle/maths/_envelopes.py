"""A long recording as a small picture: lowest and highest value of each stretch of time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._shapes import require_block, require_positive


class Envelope:
    """Lowest and highest value of each of a few stretches, from blocks that pass once.

    A line drawn through both shows every spike that the whole recording would show, which picking
    each k-th sample does not.

    Parameters
    ----------
    n_channels, n_times : int
        Size of the recording, in channels and samples.
    n_bins : int
        Number of stretches, cut as evenly as whole samples allow; fewer if there are fewer samples.

    Raises
    ------
    InputError
        FSC121 if a size is not positive.

    Notes
    -----
    Samples beyond `n_times` are left out; stretches that no sample reached stay NaN.

    Examples
    --------
    >>> envelope = Envelope(1, 6, 2)
    >>> for block in (np.array([[1.0, 5.0]]), np.array([[3.0, 0.0, 9.0, 2.0]])):
    ...     envelope.add(block)
    >>> envelope.low, envelope.high
    (array([[1., 0.]]), array([[5., 9.]]))
    """

    def __init__(self, n_channels: int, n_times: int, n_bins: int) -> None:
        for name, value in (("n_channels", n_channels), ("n_times", n_times), ("n_bins", n_bins)):
            require_positive(name, value)
        n_bins = min(n_bins, n_times)
        self._edges = np.arange(n_bins + 1, dtype=np.int64) * n_times // n_bins
        self._n_seen = 0
        self.low = np.full((n_channels, n_bins), np.nan)
        self.high = np.full((n_channels, n_bins), np.nan)

    @property
    def starts(self) -> NDArray[np.int64]:
        """First sample of each stretch, shape (n_bins,)."""
        return self._edges[:-1]

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next samples, shape (n_channels, n_block), in any unit."""
        require_block(block, self.low.shape[0])
        block = block[:, : max(0, int(self._edges[-1]) - self._n_seen)]
        if not block.shape[1]:
            return
        first = int(np.searchsorted(self._edges, self._n_seen, side="right")) - 1
        end = self._n_seen + block.shape[1]
        last = int(np.searchsorted(self._edges, end, side="left"))
        cuts = np.maximum(self._edges[first:last] - self._n_seen, 0)
        within = slice(first, last)
        # fmin and fmax only here: they ignore the NaN of bins not yet seen.
        self.low[:, within] = np.fmin(
            self.low[:, within], np.minimum.reduceat(block, cuts, axis=1)
        )  # (n_channels, n_bins touched)
        self.high[:, within] = np.fmax(
            self.high[:, within], np.maximum.reduceat(block, cuts, axis=1)
        )
        self._n_seen = end
