"""Pictures of an image: three slices through it, a carpet, maps over time, weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Picture
from fascicle.formats import Gradients, VolumeFile

from ._volume_measures import VolumeMeasures

_CELL: Final = 232
_GAP: Final = 8
_SMALL_CELL: Final = 114
_N_MAP_SLICES: Final = 4
_MAX_POINTS: Final = 1000
_MAX_COLUMNS: Final = 480
_Z_LIMIT: Final = 3.0
_MAD_TO_SD: Final = 1.4826

Turn = tuple[tuple[int, bool], tuple[int, bool], tuple[int, bool]]
"""For right, front and top: the stored axis, and whether it runs the other way."""


def find_turn(affine: NDArray[np.float64]) -> Turn | None:
    """Return which stored axis points to the right, front and top; None if that is not known.

    Examples
    --------
    >>> find_turn(np.diag([-2.0, 2.0, 2.0, 1.0]))
    ((0, True), (1, False), (2, False))
    """
    import nibabel as nib

    turn = affine[:3, :3]
    if not np.isfinite(turn).all() or abs(np.linalg.det(turn)) < 1e-12:
        return None
    found = nib.io_orientation(affine)  # for each stored axis: which of space, and its direction
    by_space = {int(axis): (at, bool(sign < 0)) for at, (axis, sign) in enumerate(found)}
    return by_space[0], by_space[1], by_space[2]


def draw_volume(
    file: VolumeFile, measures: VolumeMeasures, gradients: Gradients | None, *, exposes: str
) -> list[Picture]:
    """Draw what people of the field look at first.

    Parameters
    ----------
    file : VolumeFile
        The image.
    measures : VolumeMeasures
        What was measured of it.
    gradients : Gradients or None
        Of a diffusion image.
    exposes : str
        As `Header.exposes`: marks the pictures in which a head can be recognised.

    Returns
    -------
    list of Picture
        Slices for every image; carpet, maps and lines for a series; weights for diffusion.
    """
    pictures = [_draw_slices(file, measures, exposes)]
    if measures.average is not None:
        pictures += [
            _draw_maps(file, measures, exposes),
            draw_carpet(measures),
            _draw_signal(file, measures),
        ]
    if gradients is not None and gradients.bvals.size == measures.mean.size:
        pictures.append(_draw_weights(gradients, measures))
    return pictures


def _draw_slices(file: VolumeFile, measures: VolumeMeasures, exposes: str) -> Picture:
    """Draw the middle slices across, from the front and from the side."""
    turn = find_turn(file.affine) if file.is_placed else None
    known = turn or ((0, False), (1, False), (2, False))
    low, high = _window(np.concatenate([plane.ravel() for plane in measures.planes]))
    extents = [file.shape[axis] * file.voxel_mm[axis] for axis, _ in known]
    scale = _CELL / max(*extents, 1e-9)
    canvas = np.zeros((2 * _CELL + _GAP, 2 * _CELL + _GAP), np.uint8)
    far = _CELL + _GAP
    for across, (column, row), place in (
        (1, (0, 2), (0, 0)),
        (0, (1, 2), (0, far)),
        (2, (0, 1), (far, 0)),
    ):
        plane = _orient(measures.planes[known[across][0]], known, across, column, row)
        size = (max(1, round(extents[row] * scale)), max(1, round(extents[column] * scale)))
        _paste(canvas, _resize(_to_grey(plane, low, high), size), place, _CELL)
    what = "the mean of all volumes" if measures.average is not None else "the image"
    sides = (
        "The left of each picture is the left of the body (neurological); the side view looks to "
        "the right."
        if turn
        else "The file does not say how it lies in space: left and right cannot be told."
    )
    return Picture(
        Drawing.IMAGE,
        "Slices",
        f"Middle slices through {what}: from behind, from the side, from above. {sides}",
        {"pixels": canvas},
        exposes=exposes,
    )


def _orient(
    plane: NDArray[np.float32], turn: Turn, across: int, column: int, row: int
) -> NDArray[np.float32]:
    """Turn a stored slice so that rows run to the top or front, columns to the right or front."""
    stored = [axis for axis in range(3) if axis != turn[across][0]]
    picture = plane if stored == [turn[column][0], turn[row][0]] else plane.T
    picture = picture[::-1] if turn[column][1] else picture
    picture = picture[:, ::-1] if turn[row][1] else picture
    return picture.T[::-1]  # (row, column), the top first


def _window(values: NDArray[Any]) -> tuple[float, float]:
    """Return the values that are drawn black and white: all but the brightest hundredth."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = np.percentile(finite, [0.5, 99.5])
    if low == high:
        low, high = float(finite.min()), float(finite.max())
    return float(low), float(high)


def _to_grey(plane: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return values as grey levels; what is no number is black."""
    span = (high - low) or 1.0
    grey = np.clip((np.nan_to_num(plane, nan=low, posinf=high, neginf=low) - low) / span, 0, 1)
    levels: NDArray[np.uint8] = (255 * grey).round().astype(np.uint8)
    return levels


def _resize(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture of another size, each point from its nearest one."""
    rows, columns = (
        np.minimum((np.arange(n) + 0.5) * old / n, old - 1).astype(np.int64)
        for n, old in zip(size, picture.shape, strict=True)
    )
    return picture[np.ix_(rows, columns)]


def _paste(
    canvas: NDArray[np.uint8], picture: NDArray[np.uint8], place: tuple[int, int], cell: int
) -> None:
    """Put a picture into the middle of a cell."""
    picture = picture[:cell, :cell]
    top, left = (at + (cell - n) // 2 for at, n in zip(place, picture.shape, strict=True))
    canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture


def _draw_maps(file: VolumeFile, measures: VolumeMeasures, exposes: str) -> Picture:
    """Draw slices of the mean, and below them of the ratio of mean to deviation in time."""
    average, ratio = measures.average, measures.tsnr
    if average is None or ratio is None:  # a single volume has neither
        raise TypeError("maps over time are drawn of a series")
    turn = find_turn(file.affine) or ((0, False), (1, False), (2, False))
    top = turn[2][0]
    extents = [file.shape[axis] * file.voxel_mm[axis] for axis, _ in turn[:2]]
    scale = _SMALL_CELL / max(*extents, 1e-9)
    size = (max(1, round(extents[1] * scale)), max(1, round(extents[0] * scale)))
    wide = _N_MAP_SLICES * (_SMALL_CELL + _GAP) - _GAP
    canvas = np.zeros((2 * _SMALL_CELL + _GAP, wide), np.uint8)
    places = np.linspace(0.2, 0.8, _N_MAP_SLICES)
    levels = (places * (file.shape[top] - 1)).round().astype(int)
    levels = file.shape[top] - 1 - levels if turn[2][1] else levels
    for line, values in enumerate((average, ratio)):
        low, high = _window(values)
        for at, level in enumerate(levels):
            plane = _orient(np.take(values, level, axis=top), turn, 2, 0, 1)
            place = (line * (_SMALL_CELL + _GAP), at * (_SMALL_CELL + _GAP))
            _paste(canvas, _resize(_to_grey(plane, low, high), size), place, _SMALL_CELL)
    middle = float(np.median(ratio[ratio > 0])) if (ratio > 0).any() else 0.0
    return Picture(
        Drawing.IMAGE,
        "Mean and stability in time",
        "Above the mean, below the mean over the standard deviation in time (tSNR), from the "
        f"bottom to the top of the head; its median is {middle:.0f}. Left is left.",
        {"pixels": canvas},
        exposes=exposes,
    )


def draw_carpet(measures: VolumeMeasures) -> Picture:
    """Draw voxels over time, each in units of its own spread."""
    traces = measures.traces
    middle = np.median(traces, axis=1, keepdims=True)
    spread = _MAD_TO_SD * np.median(np.abs(traces - middle), axis=1, keepdims=True)
    scores = np.divide(traces - middle, spread, out=np.zeros_like(traces), where=spread > 0)
    scores = scores[np.argsort(-middle.ravel(), kind="stable")]
    pixels = _to_grey(_bin(scores, _MAX_COLUMNS), -_Z_LIMIT, _Z_LIMIT)
    return Picture(
        Drawing.IMAGE,
        "Carpet",
        f"{len(traces)} voxels of the bright part over time, the brightest on top; each in robust "
        f"standard deviations from its median, black to white from {-_Z_LIMIT:.0f} to "
        f"{_Z_LIMIT:.0f}. Stripes from top to bottom are movement or the scanner.",
        {"pixels": pixels},
        x_label="Volumes",
        y_label="Voxels",
    )


def _bin(rows: NDArray[np.float32], n_columns: int) -> NDArray[np.float32]:
    """Average neighbouring columns so that at most so many are left."""
    n = rows.shape[1]
    if n <= n_columns:
        return rows
    edges = np.linspace(0, n, n_columns + 1).astype(np.int64)
    sums = np.add.reduceat(rows, edges[:-1], axis=1)
    binned: NDArray[np.float32] = (sums / np.diff(edges)).astype(np.float32)
    return binned


def thin(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keep the largest of neighbouring values so that at most 1000 are left."""
    if values.size <= _MAX_POINTS:
        return values
    edges = np.linspace(0, values.size, _MAX_POINTS + 1).astype(np.int64)[:-1]
    largest: NDArray[np.float64] = np.fmax.reduceat(values, edges)
    return largest


def _draw_signal(file: VolumeFile, measures: VolumeMeasures) -> Picture:
    """Draw mean signal and change over time."""
    middle = float(np.mean(measures.signal)) or 1.0
    signal, change = thin(100 * measures.signal / middle), thin(np.nan_to_num(measures.dvars))
    times = np.linspace(0, file.n_volumes - 1, signal.size) * (file.tr_s or 1.0)
    return draw_lines(
        "Signal and change",
        "Mean of the bright part in percent of its mean, and change from volume to volume (DVARS) "
        "in the same unit.",
        times,
        [signal, change],
        "Time (s)" if file.tr_s else "Volume",
        ("Signal (%)", "DVARS (%)"),
    )


def _draw_weights(gradients: Gradients, measures: VolumeMeasures) -> Picture:
    """Draw the weight and the mean of every volume."""
    n = gradients.bvals.size
    mean = np.nan_to_num(measures.mean)
    bvals, mean = thin(gradients.bvals), thin(mean)
    return draw_lines(
        "Diffusion weighting",
        "The b-value and the mean of every volume: the higher the weight, the darker the image.",
        np.linspace(0, n - 1, bvals.size),
        [bvals, mean],
        "Volume",
        ("b-value (s/mm\u00b2)", "Mean"),
    )


def draw_lines(
    title: str,
    caption: str,
    x: NDArray[np.float64],
    lines: Sequence[NDArray[np.float64]],
    x_label: str,
    legend: tuple[str, ...],
) -> Picture:
    """Return lines below one another."""
    arrays = {"x": x.astype(np.float32), "y": np.stack(lines).astype(np.float32)}
    return Picture(Drawing.LINES, title, caption, arrays, x_label=x_label, legend=legend)
