"""Heads of nobody as they are digitised before MEG and EEG: fiducials and points on the surface."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import HeadShape
from fascicle.protect import find_head_frame

from ._heads import find_source_places, make_head

_FIDUCIALS_MM: Final = {
    "nasion": (0.0, 84.0, -32.0), "left": (-74.0, -18.0, -40.0), "right": (74.0, -18.0, -40.0),
}  # fmt: skip
"""Where they lie in the head that all simulated ones are made of."""
_SKIN_SHARE: Final = 0.15


def make_surface(
    seed: int, *, session: int = 0, voxel: float = 4.0
) -> tuple[NDArray[np.float64], HeadShape]:
    """Return the whole surface of a simulated head, as a scan shows it.

    Parameters
    ----------
    seed, session : int
        Who, and which scan of the person, as `make_head` has them.
    voxel : float
        How fine, in millimetres.

    Returns
    -------
    surface : ndarray of float64, shape (n_points, 3)
        In the head's frame (`find_head_frame`), in metres.
    fiducials : HeadShape
        Without further points.
    """
    scan, affine, _, _ = make_head(seed, session=session, voxel=voxel)
    grid = np.indices(scan.shape).reshape(3, -1)
    places = (affine[:3, :3] @ grid + affine[:3, 3:]).T / 1000
    surface = places[_find_skin(scan).ravel()]
    source = find_source_places(seed, session=session, voxel=voxel).T
    corners = []
    for place in _FIDUCIALS_MM.values():
        there = places[((source - np.array(place)) ** 2).sum(1).argmin()]
        corners.append(surface[((surface - there) ** 2).sum(1).argmin()])
    frame = find_head_frame(*corners)
    assert frame is not None
    nasion, left, right = _as_points(_move(np.array(corners), frame))
    return _move(surface, frame), HeadShape(nasion, left, right)


def _move(points: NDArray[np.float64], frame: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(points @ frame[:3, :3].T + frame[:3, 3])


def _as_points(rows: NDArray[np.float64]) -> tuple[tuple[float, float, float], ...]:
    return tuple((float(x), float(y), float(z)) for x, y, z in rows)


def make_head_shape(
    seed: int,
    *,
    session: int = 1,
    voxel: float = 4.0,
    n_points: int = 150,
    noise_m: float = 0.0015,
) -> HeadShape:
    """Return a head as somebody with a pen digitises it: more points than a face alone has.

    Parameters
    ----------
    seed, session : int
        Who, and which scan of the person, as `make_head` has them.
    voxel : float
        How fine the surface is, in millimetres.
    n_points : int
        How many points, spread over all of the head but the neck.
    noise_m : float
        How far the pen is off, along each axis, in metres.

    Returns
    -------
    HeadShape
        In the head's frame.

    Examples
    --------
    >>> make_head_shape(3, n_points=57)
    HeadShape(57 points)
    """
    surface, corners = make_surface(seed, session=session, voxel=voxel)
    rng = np.random.default_rng((seed, 17, session))
    is_neck = (surface[:, 2] < -0.06) | ((surface[:, 1] < 0) & (surface[:, 2] < 0))
    reach = surface[~is_neck]
    chosen = reach[rng.choice(len(reach), n_points, replace=False)]
    points = chosen + rng.normal(0.0, noise_m, chosen.shape)
    return replace(corners, points_m=_as_points(points))


def _find_skin(scan: NDArray[Any]) -> NDArray[np.bool_]:
    """Return the outermost voxels of the largest thing in a scan."""
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(scan, 0.6)
    bright = ndimage.binary_opening(smooth > _SKIN_SHARE * np.percentile(scan, 98))
    labels, n = ndimage.label(bright)
    sizes = ndimage.sum_labels(bright, labels, np.arange(1, n + 1))
    head = ndimage.binary_closing(labels == 1 + int(np.argmax(sizes)), iterations=3)
    head = ndimage.binary_fill_holes(head)
    return np.asarray(head & ~ndimage.binary_erosion(head), dtype=np.bool_)
