"""Where the numbers of samples jump: recording was paused, or samples were dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_STRETCHES: Final = 1000
"""Numbers that jump more often are damaged: the samples are taken to follow one another."""

_BLOCK: Final = 1 << 20


def find_starts(numbers: NDArray[Any], n_times: int) -> list[int]:
    """Return the samples at which a stretch without a gap begins.

    Parameters
    ----------
    numbers : ndarray of int
        Number of each sample since acquisition began; may be mapped, it is read in blocks.
    n_times : int
        How many samples are stored, at most as many as numbers.

    Returns
    -------
    list of int
        The first is 0.

    Examples
    --------
    >>> find_starts(np.array([5, 6, 7, 40, 41]), 5)
    [0, 3]
    """
    starts = [0]
    for first in range(0, n_times - 1, _BLOCK):
        part = numbers[first : min(first + _BLOCK, n_times - 1) + 1]
        starts += (np.flatnonzero(np.diff(part) != 1) + first + 1).tolist()
    return starts
