"""Traces of cells out of a movie, freed of the neuropil around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._calcium_traces import running_baseline
from ._cell_footprints import Footprint
from ._motion_shifts import Blocks, move_back

NEUROPIL_SHARE: Final = 0.7
"""How much of the neuropil around a cell is taken to shine into it."""

_GAP_PX = 2
_LEAST_PIXELS = 60
_MAX_RINGS = 15
_BASELINE_S = 30.0


@dataclass(frozen=True, slots=True)
class CellTraces:
    """Brightness of cells and of what is around them.

    Attributes
    ----------
    fluorescence : ndarray of float64, shape (n_cells, n_frames)
        Weighted mean of each cell's pixels.
    neuropil : ndarray of float64, shape (n_cells, n_frames)
        Mean of a ring around each.
    """

    fluorescence: NDArray[np.float64]
    neuropil: NDArray[np.float64]


def extract_traces(
    blocks: Blocks,
    cells: Sequence[Footprint],
    shape: tuple[int, int],
    shifts_px: NDArray[np.float64] | None = None,
) -> CellTraces:
    """Read the traces of cells, block after block.

    Parameters
    ----------
    blocks : callable
        Yields blocks of frames, shape (n_block, height, width), in order.
    cells : sequence of Footprint
        Where they are.
    shape : tuple of int
        Height and width of a frame.
    shifts_px : ndarray of float64, shape (n_frames, 2), optional
        By how much frames are moved; they are moved back first.

    Returns
    -------
    CellTraces
        The ring around a cell begins two pixels from it, grows until it has 60 pixels, and leaves
        out every cell.

    Raises
    ------
    InputError
        FSC158 if frames have another shape, or there is not a shift for each.

    Examples
    --------
    >>> cell = Footprint(np.array([9, 9]), np.array([9, 10]), np.array([1.0, 0.5]), 1.0, 9.0, 2.0)
    >>> movie = np.full((3, 21, 23), 10.0)
    >>> movie[1, 9, 9] = 40
    >>> traces = extract_traces(lambda: [movie], [cell], (21, 23))
    >>> traces.fluorescence.round(6).tolist(), traces.neuropil.tolist()
    ([[10.0, 30.0, 10.0]], [[10.0, 10.0, 10.0]])
    """
    inside, around = _weights(cells, shape)
    brightness, neuropil, frame = [], [], 0
    for block in blocks():
        if block.shape[1:] != shape:
            raise InputError(
                "FSC158",
                f"Expected frames of shape {shape}, got {block.shape[1:]}.",
                "Give the movie in which the cells were found.",
            )
        if shifts_px is not None:
            block = move_back(block, shifts_px[frame : frame + len(block)])
        frame += len(block)
        pixels = block.reshape(len(block), -1).T  # (n_pixels, n_block)
        brightness.append(inside @ pixels)
        neuropil.append(around @ pixels)
    empty = np.zeros((len(cells), 0))
    return CellTraces(
        np.concatenate([empty, *brightness], axis=1), np.concatenate([empty, *neuropil], axis=1)
    )


def measure_dff(traces: CellTraces, rate_hz: float) -> NDArray[np.float64]:
    r"""Return the change of fluorescence over its baseline.

    .. math:: \frac{F - 0.7\,(N - \bar N) - F_0}{F_0}

    with :math:`N` the neuropil and :math:`F_0` the 20th percentile in a running window of 30 s of
    what is left after :math:`0.7` of its changes were taken away [1]_.

    Parameters
    ----------
    traces : CellTraces
        Brightness of cells and rings.
    rate_hz : float
        Frames in a second.

    Returns
    -------
    ndarray of float64, shape (n_cells, n_frames)
        Without unit. Baselines below a thousandth of the brightness are taken as that.

    Raises
    ------
    InputError
        FSC121 if the window holds no frame.

    References
    ----------
    .. [1] T.-W. Chen et al. (2013), doi:10.1038/nature12354

    Examples
    --------
    >>> still = np.full((1, 301), 50.0)
    >>> still[0, 100] = 75.0
    >>> float(measure_dff(CellTraces(still, np.ones((1, 301))), 10.0).max())
    0.5
    """
    n_window = max(3, round(_BASELINE_S * rate_hz))
    changes = traces.neuropil - traces.neuropil.mean(axis=1, keepdims=True)
    freed = traces.fluorescence - NEUROPIL_SHARE * changes
    dff = np.empty(freed.shape)
    for own, trace in zip(dff, freed, strict=True):
        baseline = running_baseline(trace, n_window)
        least = max(1e-3 * float(np.abs(trace).mean()), 1e-12)
        own[:] = (trace - baseline) / np.maximum(baseline, least)
    return dff


def _weights(cells: Sequence[Footprint], shape: tuple[int, int]) -> tuple[Any, Any]:
    """Return the weights of all pixels in each cell and in its ring; as sparse matrices."""
    from scipy import sparse

    taken = np.zeros(shape, bool)
    for cell in cells:
        taken[cell.rows, cell.columns] = True
    inside = sparse.lil_array((len(cells), taken.size))
    around = sparse.lil_array((len(cells), taken.size))
    for i, cell in enumerate(cells):
        inside[[i], cell.rows * shape[1] + cell.columns] = cell.weights / cell.weights.sum()
        ring = np.flatnonzero(_ring(cell, taken))
        if len(ring):
            around[[i], ring] = 1 / len(ring)
    return inside.tocsr(), around.tocsr()


def _ring(cell: Footprint, taken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels around a cell that are of no cell."""
    from scipy.ndimage import binary_dilation

    own = np.zeros(taken.shape, bool)
    own[cell.rows, cell.columns] = True
    near = binary_dilation(own, iterations=_GAP_PX)
    ring = np.zeros(taken.shape, bool)
    wide = near
    for _ in range(_MAX_RINGS):
        wide = binary_dilation(wide)
        ring = wide & ~near & ~taken
        if ring.sum() >= _LEAST_PIXELS:
            break
    return ring
