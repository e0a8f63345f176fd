"""Scans on a plain grid: along the axes of the room, coarse, with what is head told from air."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

AIR_HU: Final = -500.0
"""In CT, what is below is air or lung."""
_CT_WINDOW_HU: Final = (-300.0, 250.0)
_MOST_PERCENT: Final = 99.5
_AIR_SHARE: Final = 0.35
"""Of the threshold that Otsu's rule finds: skin is darker than what lies within."""
_PAD: Final = 4


@dataclass(frozen=True, slots=True)
class PlainScan:
    """A scan, resampled to cubes along the axes of the room.

    Attributes
    ----------
    values : ndarray of float32, shape (n_x, n_y, n_z)
        To the right, front and top; without extremes; NaN where the scan does not reach.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres: sizes and an origin, no turn.
    head : ndarray of bool
        What is not air, in one piece, its hollows filled.
    """

    values: NDArray[np.float32]
    affine: NDArray[np.float64]
    head: NDArray[np.bool_]

    @property
    def voxel_mm(self) -> float:
        """Edge of a voxel."""
        return float(self.affine[0, 0])


def make_plain(
    values: NDArray[Any], affine: NDArray[np.float64], *, voxel_mm: float, is_ct: bool = False
) -> PlainScan:
    """Resample a scan, whatever its orientation, to cubes along the axes of the room.

    Parameters
    ----------
    values : ndarray, shape (n_i, n_j, n_k)
        Real numbers.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres to the right, front and top; it may be sheared.
    voxel_mm : float
        Edge of the cubes, in millimetres; finer voxels are averaged first.
    is_ct : bool
        True for Hounsfield units.

    Returns
    -------
    PlainScan
        The whole field of view.

    Examples
    --------
    >>> scan = np.zeros((20, 30, 10))
    >>> scan[5:15, 5:25, 2:8] = 100.0
    >>> plain = make_plain(scan, np.diag([-2.0, 2.0, 4.0, 1.0]), voxel_mm=4.0)
    >>> plain.values.shape, int(plain.head.sum())
    ((10, 15, 10), 320)
    """
    from scipy import ndimage

    small, placed = _average_blocks(values, affine, voxel_mm)
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in small.shape], indexing="ij"))
    places = placed[:3, :3] @ corners.reshape(3, -1) + placed[:3, 3, None]
    low, high = places.min(1), places.max(1)
    shape = tuple(int(n) for n in np.floor((high - low) / voxel_mm + 1.001))
    grid = np.diag([voxel_mm] * 3 + [1.0])
    grid[:3, 3] = low
    there = np.linalg.inv(placed) @ grid
    how: dict[str, Any] = {"output_shape": shape, "order": 1, "cval": np.nan}
    plain = ndimage.affine_transform(small, there[:3, :3], there[:3, 3], **how)
    clipped = _clip(plain, is_ct=is_ct)
    return PlainScan(clipped, grid, find_head(clipped, is_ct=is_ct))


def _average_blocks(
    values: NDArray[Any], affine: NDArray[np.float64], voxel_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Average blocks of voxels that are finer than wanted; what is no number counts as 0."""
    sizes_mm = np.linalg.norm(affine[:3, :3], axis=0)
    steps = [
        max(1, min(round(voxel_mm / mm), n)) for mm, n in zip(sizes_mm, values.shape, strict=True)
    ]
    wholes = [n // step for n, step in zip(values.shape, steps, strict=True)]
    cut = values[tuple(slice(whole * step) for whole, step in zip(wholes, steps, strict=True))]
    blocks = [size for pair in zip(wholes, steps, strict=True) for size in pair]
    finite = np.nan_to_num(cut.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    small = finite.reshape(blocks).mean(axis=(1, 3, 5))
    placed = affine.copy()
    placed[:3, :3] = affine[:3, :3] * np.array(steps)
    placed[:3, 3] = affine[:3, :3] @ ((np.array(steps) - 1) / 2) + affine[:3, 3]
    return small, placed


def _clip(values: NDArray[np.float32], *, is_ct: bool) -> NDArray[np.float32]:
    """Take away extremes; in CT, what is denser than tissue."""
    if is_ct:
        return np.clip(values, *_CT_WINDOW_HU)
    inside = values[np.isfinite(values)]
    low, high = np.percentile(inside, [0.5, _MOST_PERCENT]) if inside.size else (0.0, 1.0)
    return np.clip(values, low, max(high, low + 1e-6))


def find_head(values: NDArray[np.float32], *, is_ct: bool = False) -> NDArray[np.bool_]:
    """Tell what is head from the air around it.

    Parameters
    ----------
    values : ndarray of float32, shape (n_x, n_y, n_z)
        NaN counts as air.
    is_ct : bool
        True for Hounsfield units.

    Returns
    -------
    ndarray of bool
        The largest piece, filled in every plane; nowhere True if all is alike.
    """
    from scipy import ndimage

    known = np.nan_to_num(values, nan=float(np.nanmin(values, initial=0.0)))
    if known.min(initial=np.inf) >= known.max(initial=-np.inf):
        return np.zeros(values.shape, np.bool_)
    threshold = -200.0 if is_ct else _find_threshold(known)
    # Beyond the edge of the scan the head goes on as it is there.
    bright = ndimage.binary_opening(np.pad(known > threshold, _PAD, mode="edge"))
    labels, n_pieces = ndimage.label(bright)
    if not n_pieces:
        return np.zeros(values.shape, np.bool_)
    head: NDArray[np.bool_] = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    head |= ndimage.binary_closing(head, iterations=3)
    head = head[_PAD:-_PAD, _PAD:-_PAD, _PAD:-_PAD]
    for axis in range(3):
        for plane in np.moveaxis(head, axis, 0):
            plane[:] = ndimage.binary_fill_holes(plane)
    return head


def _find_threshold(values: NDArray[np.float32]) -> float:
    """Return what parts tissue from air: a share of Otsu's threshold, above the noise."""
    counts, edges = np.histogram(values, bins=128)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    otsu = float(middles[int(np.nanargmax(np.where(np.isfinite(between), between, -1.0)))])
    floor = float(edges[0])
    air = values[values <= otsu]
    noise = float(np.median(air)) if air.size else floor
    spread = 1.4826 * float(np.median(np.abs(air - noise))) if air.size else 0.0
    return max(floor + _AIR_SHARE * (otsu - floor), noise + 3.0 * spread)
