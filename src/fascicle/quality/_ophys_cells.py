"""What a written NWB file says of its cells: masks, outlines, traces, judgements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_LINES = 15
"""Traces that are drawn."""

MAX_POINTS = 1000
"""Columns of the drawing of a trace."""

_PLACE = "processing/ophys"
_GROUPS = ("Fluorescence", "DfOverF")
_MAX_CELLS = 20_000
_BLOCK_VALUES = 1 << 21


@dataclass(frozen=True, slots=True)
class CellTable:
    """Cells of one plane.

    Attributes
    ----------
    masks : tuple of ndarray, each of shape (n_pixels, 2)
        Column and row of every pixel; empty where nobody knows.
    is_cell : ndarray of bool, shape (n_cells,)
        False for what was rejected; True where nobody judged.
    is_judged : bool
        True if there is a judgement.
    """

    masks: tuple[NDArray[np.int64], ...]
    is_cell: NDArray[np.bool_]
    is_judged: bool


@dataclass(frozen=True, slots=True)
class TraceMeasures:
    """What was measured in the traces of one series.

    Attributes
    ----------
    name : str
        Of the series, in our words.
    n_frames, n_cells : int
        Its size.
    n_missing : int
        Values that are no numbers.
    n_flat : int
        Cells whose trace never changes.
    lively : ndarray of int, shape (n_shown,)
        Cells whose traces stand out most above their own noise, in file order.
    """

    name: str
    n_frames: int
    n_cells: int
    n_missing: int
    n_flat: int
    lively: NDArray[np.int64]


def read_tables(file: Any) -> Iterator[CellTable]:  # noqa: ANN401 - an h5py.File
    """Yield the tables of cells, by name."""
    for name, table in sorted(file.get(f"{_PLACE}/ImageSegmentation", {}).items()):
        if not name.startswith("PlaneSegmentation"):
            continue
        n_cells = min(int(table["id"].shape[0]), _MAX_CELLS)
        judged = table["iscell"][:n_cells] > 0 if "iscell" in table else np.ones(n_cells, bool)
        yield CellTable(_read_masks(table, n_cells), judged, "iscell" in table)


def _read_masks(table: Any, n_cells: int) -> tuple[NDArray[np.int64], ...]:  # noqa: ANN401
    """Return the pixels that have weight."""
    ends = table["pixel_mask_index"][:n_cells].astype(int)
    pixels = table["pixel_mask"][: ends[-1] if len(ends) else 0]
    starts = np.concatenate([[0], ends[:-1]])
    masks = []
    for start, end in zip(starts, ends, strict=True):
        mask = pixels[start:end]
        kept = mask[mask["weight"] != 0]
        masks.append(np.stack([kept["x"], kept["y"]], axis=1).astype(np.int64))
    return tuple(masks)


def find_outline(mask: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pixels of a mask that have a neighbour outside of it.

    Examples
    --------
    >>> square = np.stack(np.mgrid[2:5, 7:10], axis=-1).reshape(-1, 2)
    >>> len(find_outline(square)), [3, 8] in find_outline(square).tolist()
    (8, False)
    """
    inside = set(map(tuple, mask.tolist()))
    steps = ((1, 0), (-1, 0), (0, 1), (0, -1))
    edge = [(x, y) for x, y in inside if any((x + i, y + j) not in inside for i, j in steps)]
    return np.array(sorted(edge), dtype=np.int64).reshape(-1, 2)


def list_traces(file: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield the series of traces with their names, by group and name."""
    for group in _GROUPS:
        for name, series in sorted(file.get(f"{_PLACE}/{group}", {}).items()):
            if "data" in series and len(series["data"].shape) == 2:
                yield name, series["data"]


def measure_traces(name: str, data: Any) -> TraceMeasures:  # noqa: ANN401
    """Measure traces in one pass: what is missing, what is flat, what is lively.

    Parameters
    ----------
    name : str
        Of the series.
    data : h5py.Dataset or ndarray, shape (n_frames, n_cells)
        The traces.

    Returns
    -------
    TraceMeasures
        Liveliness is the distance of the highest value from the mean, in standard deviations.
    """
    n_frames, n_cells = data.shape
    count, total, squares = np.zeros(n_cells), np.zeros(n_cells), np.zeros(n_cells)
    low, high = np.full(n_cells, np.inf), np.full(n_cells, -np.inf)
    origin: NDArray[np.float64] | None = None
    n_block = max(1, _BLOCK_VALUES // max(1, n_cells))
    for start in range(0, n_frames, n_block):
        block = np.asarray(data[start : start + n_block], dtype=np.float64)
        is_number = np.isfinite(block)
        if origin is None:
            origin = np.where(is_number[0], block[0], 0.0)
        apart = np.where(is_number, block - origin, 0.0)
        count += is_number.sum(axis=0)
        total += apart.sum(axis=0)
        squares += (apart**2).sum(axis=0)
        low = np.minimum(low, np.where(is_number, block, np.inf).min(axis=0))
        high = np.maximum(high, np.where(is_number, block, -np.inf).max(axis=0))
    n = np.maximum(count, 1)
    mean = total / n + (0 if origin is None else origin)
    deviation = np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        height = np.where((deviation > 0) & np.isfinite(high), (high - mean) / deviation, 0)
    shown = np.sort(np.argsort(-height, kind="stable")[:MAX_LINES])
    return TraceMeasures(
        name=name,
        n_frames=n_frames,
        n_cells=n_cells,
        n_missing=int(n_frames * n_cells - count.sum()),
        n_flat=int(np.count_nonzero(~(high > low))),
        lively=shown[height[shown] > 0].astype(np.int64),
    )


def shorten(data: Any, cells: NDArray[np.int64]) -> NDArray[np.float32]:  # noqa: ANN401
    """Return traces of some cells as lines: the highest value of each stretch of time.

    Parameters
    ----------
    data : h5py.Dataset or ndarray, shape (n_frames, n_all)
        The traces.
    cells : ndarray of int, shape (n_cells,)
        Which ones, in rising order.

    Returns
    -------
    ndarray of float32, shape (n_cells, n_points)
        At most `MAX_POINTS` points; a line's own mean and standard deviation are 0 and 1.
    """
    n_frames = data.shape[0]
    n_stretch = -(-n_frames // MAX_POINTS)
    n_block = max(1, _BLOCK_VALUES // max(1, data.shape[1]) // n_stretch) * n_stretch
    parts = []
    for start in range(0, n_frames, n_block):
        block = np.asarray(data[start : start + n_block], dtype=np.float64)[:, cells]
        edges = np.arange(0, len(block), n_stretch)
        parts.append(np.fmax.reduceat(block, edges, axis=0))
    lines = np.concatenate(parts).T
    mean = np.nanmean(lines, axis=1, keepdims=True)
    spread = np.nanstd(lines, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = np.nan_to_num((lines - mean) / np.where(spread > 0, spread, 1))
    return scaled.astype(np.float32)
