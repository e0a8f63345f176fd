"""What of a scan stays and what takes the place of the rest, once the average head is aligned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ._head_align import Affine, Alignment, coarse_template, sample_plain
from ._head_space import PlainScan
from ._head_template import head_template

SURE_MM: Final = 4.0
"""As near to the template's brain nothing is ever changed."""
MARGINS_MM: Final = {"head": 16.0, "brain": 14.0, "bone": 16.0}
"""So far from it the scan stays, if it is no skin. Of 200 simulated brains the farthest reached
15.0 mm out of the aligned one. Where the brain alone is bright skin cannot be told, and more would
show it."""
PEEL_MM: Final = 6.0
"""So deep below its surface nothing of a head stays: the skin is gone, the skull begins."""
SIZES: Final = (1.1, 1.25, 1.4)
"""Average heads that take the place of the own one: the smallest that the brain fits into. Heads
smaller than the first get the first as well, so that nearly everybody has the same."""
_COVER_MM: Final = 10.0
"""The brain must lie so deep in the head that is put in: more than what brains differ by."""
_SKIN_MM: Final = 2.0
"""The outermost layer of the head that is put in is whole."""
_SLAB_VOXELS: Final = 1 << 22
_N_STEPS: Final = 24
"""Levels of brightness are told in so many steps of the scan's range."""
_BRAIN_CENTRE_MM: Final = (0.0, -18.0, 10.0)
_BONE, _FLUID, _GREY, _WHITE, _HOLLOW = 3, 4, 5, 6, 8


@dataclass(frozen=True, slots=True)
class Keeper:
    """Tells which voxels stay.

    Attributes
    ----------
    alignment : Alignment
        Where the average head lies.
    depth_mm : ndarray of float32 or None
        How deep below the skin, on the grid of `placed`; None where skin cannot be told.
    placed : ndarray of float64, shape (4, 4)
        Voxels of `depth_mm` to millimetres.
    size : float
        Of the average head that takes the place of the own one; 0 if none does.
    margin_mm : float
        How far around the brain the scan stays.
    """

    alignment: Alignment
    depth_mm: NDArray[np.float32] | None
    placed: Affine
    size: float = 0.0
    margin_mm: float = MARGINS_MM["head"]


def find_depth(plain: PlainScan) -> NDArray[np.float32]:
    """Return how deep each voxel lies below the skin, in mm; the edge of the scan is no skin."""
    from scipy import ndimage

    padded = np.pad(plain.head, 4, mode="edge")
    depth = ndimage.distance_transform_edt(padded)[4:-4, 4:-4, 4:-4] * plain.voxel_mm
    return np.asarray(depth, dtype=np.float32)


@cache
def brain_distance_mm() -> NDArray[np.float32]:
    """Return how far each voxel of the template lies from its brain, in mm; negative within."""
    from scipy import ndimage

    brain = head_template().brain
    away = ndimage.distance_transform_edt(~brain) - ndimage.distance_transform_edt(brain)
    return np.asarray(2.0 * away, dtype=np.float32)


@cache
def _cover_mm() -> NDArray[np.float32]:
    """Return how deep each voxel of the template lies in its head, in mm."""
    from scipy import ndimage

    padded = np.pad(head_template().head, ((0, 0), (0, 0), (30, 0)), mode="edge")
    return np.asarray(2.0 * ndimage.distance_transform_edt(padded)[..., 30:], dtype=np.float32)


def place_standard(matrix: Affine, size: float) -> Affine:
    """Return where an average head of one size lies: turned and moved as the own, not stretched.

    Parameters
    ----------
    matrix : ndarray of float64, shape (4, 4)
        Millimetres of the template to millimetres of the scan, stretched to fit.
    size : float
        Beside the template.

    Returns
    -------
    ndarray of float64, shape (4, 4)
        With the brain's middle at the same place.

    Examples
    --------
    >>> stretched = np.diag([1.1, 0.9, 1.05, 1.0])
    >>> np.diag(place_standard(stretched, 1.25)).round(2).tolist()
    [1.25, 1.25, 1.25, 1.0]
    """
    one, _, other = np.linalg.svd(matrix[:3, :3])
    centre = np.array(_BRAIN_CENTRE_MM)
    placed = np.eye(4)
    placed[:3, :3] = size * (one @ other)
    placed[:3, 3] = matrix[:3, :3] @ centre + matrix[:3, 3] - placed[:3, :3] @ centre
    return placed


def choose_size(alignment: Alignment) -> float:
    """Return the smallest of `SIZES` into which the own brain fits.

    Few sizes, so that the head that is put in tells next to nothing of the one that was taken out.
    """
    template = head_template()
    brain = np.argwhere(template.brain[::2, ::2, ::2]) * 2
    world = alignment.matrix @ template.affine @ np.c_[brain, np.ones(len(brain))].T
    for size in SIZES:
        back = np.linalg.inv(place_standard(alignment.matrix, size) @ template.affine) @ world
        where = np.clip(back[:3].round().astype(int).T, 0, np.array(template.head.shape) - 1)
        if float((_cover_mm()[tuple(where.T)] * size >= _COVER_MM).mean()) > 0.9999:
            return size
    return SIZES[-1]


def find_kept(
    keeper: Keeper, shape: tuple[int, ...], affine: Affine
) -> Iterator[tuple[slice, NDArray[np.bool_]]]:
    """Yield slabs along the third axis, and which of their voxels stay.

    Parameters
    ----------
    keeper : Keeper
        What tells.
    shape : tuple of int
        Of the scan: three axes.
    affine : ndarray of float64, shape (4, 4)
        Voxels of the scan to millimetres.

    Yields
    ------
    slab : slice
        Along the third axis.
    kept : ndarray of bool, shape (n_i, n_j, n_slab)
        True stays, to the last bit.
    """
    template = head_template()
    to_template = np.linalg.inv(keeper.alignment.matrix @ template.affine) @ affine
    to_depth = np.linalg.inv(keeper.placed) @ affine
    for slab in iterate_slabs(shape):
        away = sample_slab(brain_distance_mm(), to_template, shape, slab)
        sure, near = away <= SURE_MM, away <= keeper.margin_mm
        if keeper.depth_mm is not None:
            near &= sample_slab(keeper.depth_mm, to_depth, shape, slab) >= PEEL_MM
        if keeper.size:
            standard = place_standard(keeper.alignment.matrix, keeper.size)
            to_standard = np.linalg.inv(standard @ template.affine) @ affine
            near &= sample_slab(_cover_mm(), to_standard, shape, slab) * keeper.size >= _SKIN_MM
        yield slab, sure | near


def iterate_slabs(shape: tuple[int, ...]) -> Iterator[slice]:
    """Yield slices along the third axis that hold a bounded number of voxels."""
    n_together = max(1, _SLAB_VOXELS // max(1, shape[0] * shape[1]))
    for first in range(0, shape[2], n_together):
        yield slice(first, min(first + n_together, shape[2]))


def sample_slab(
    values: NDArray[Any], there: Affine, shape: tuple[int, ...], slab: slice
) -> NDArray[np.float32]:
    """Return values of another grid at the voxels of a slab; beyond its edge, those at the edge."""
    from scipy import ndimage

    how: dict[str, Any] = {
        "output_shape": (shape[0], shape[1], slab.stop - slab.start),
        "order": 1,
        "mode": "nearest",
        "output": np.float32,
    }
    start = there[:3, :3] @ np.array([0.0, 0.0, slab.start]) + there[:3, 3]
    return np.asarray(ndimage.affine_transform(values, there[:3, :3], start, **how))


def measure_levels(plain: PlainScan, alignment: Alignment) -> dict[int, float]:
    """Return how bright the tissues of the head are, coarsely: air, skin, fat, bone, eye, hollows.

    Parameters
    ----------
    plain : PlainScan
        The scan.
    alignment : Alignment
        Where the average head lies in it.

    Returns
    -------
    dict of int to float
        By number of the tissue, in steps of a 24th of the scan's range: nothing else of the own
        head goes into the head that takes its place.
    """
    template = coarse_template()
    values, seen = sample_plain(plain.values, plain, alignment.matrix, template)
    floor, top = np.nanpercentile(plain.values, [1.0, 99.0])
    step = max(float(top - floor) / _N_STEPS, 1e-12)
    levels = {}
    for tissue in (0, 1, 2, _BONE, _FLUID, 7, _HOLLOW):
        where = (template.tissue == tissue) & seen & ~template.brain
        found = float(np.median(values[where])) if where.sum() >= 8 else float(floor)
        levels[tissue] = float(floor) + round((found - float(floor)) / step) * step
    levels[_GREY] = levels[_WHITE] = levels[_BONE]
    return levels


def paint_standard(levels: dict[int, float]) -> NDArray[np.float32]:
    """Return the average head as bright as a scan's tissues are, on the template's grid."""
    from scipy import ndimage

    template = head_template()
    table = np.array([levels[tissue] for tissue in range(9)], dtype=np.float32)
    shade = template.average.astype(np.float32)
    means = ndimage.mean(shade, template.tissue, np.arange(9))
    texture = np.clip(shade / np.maximum(means, 1.0)[template.tissue], 0.7, 1.3)
    texture[(template.tissue == 0) | template.brain] = 1.0
    painted = (table[template.tissue] - table[0]) * texture + table[0]
    return np.asarray(ndimage.gaussian_filter(painted, 0.5), dtype=np.float32)
