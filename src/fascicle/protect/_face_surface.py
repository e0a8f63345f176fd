"""The surface of a face as a camera would see it: how far each point stands out, in one pose."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ._head_align import Affine, Alignment
from ._head_space import PlainScan

SURFACE_MM: Final = 2.0
"""Edge of a point of a depth map."""
_FIELD_MM: Final = ((-84.0, 84.0), (-46.0, 122.0), (-116.0, 44.0))
"""What is looked at, to the right, front and top of the average head's middle: as deep as wide."""
VIEWS: Final = ("front", "left", "right")

_NOTHING_MM: Final = -45.0
"""What lies as far back as this was met by no ray from the front, and by few from the sides."""
_LIGHT: Final = (0.25, 0.45, 0.85)
"""Where the light comes from in a drawing: from the right, above and the front."""


def find_surface(plain: PlainScan, alignment: Alignment) -> NDArray[np.float32]:
    """Return how far a head stands out, seen from the front and from both sides.

    The head is turned upright and centred, and keeps its size: only the rigid part of the
    alignment is used, so that a wide face stays a wide face.

    Parameters
    ----------
    plain : PlainScan
        The scan, in voxels of `SURFACE_MM`.
    alignment : Alignment
        Where the average head lies in it.

    Returns
    -------
    ndarray of float32, shape (3, n_up, n_across)
        For each of `VIEWS`, in mm from the middle of the head; upper rows are upper parts. Where
        no head is met the value is that of the far end of what is looked at.
    """
    from scipy import ndimage

    edges = np.asarray(_FIELD_MM)
    shape = tuple(int(n) for n in (edges[:, 1] - edges[:, 0]) / SURFACE_MM)
    grid = np.diag([SURFACE_MM] * 3 + [1.0])
    grid[:3, 3] = edges[:, 0] + SURFACE_MM / 2
    there = np.linalg.inv(plain.affine) @ rigid_part(alignment.matrix) @ grid
    how: dict[str, Any] = {"output_shape": shape, "order": 1, "cval": 0.0}
    head = ndimage.affine_transform(
        plain.head.astype(np.float32), there[:3, :3], there[:3, 3], **how
    )
    front = _first_met(head[:, ::-1].swapaxes(1, 2), edges[1])
    left = _first_met(head.transpose(1, 2, 0), -edges[0])
    right = _first_met(head[::-1].transpose(1, 2, 0), edges[0])
    return np.stack([view.T[::-1] for view in (front, left, right)]).astype(np.float32)


def rigid_part(matrix: Affine) -> Affine:
    """Return the turn and shift of an alignment without its change of size.

    Parameters
    ----------
    matrix : ndarray of float64, shape (4, 4)
        Millimetres of the template to millimetres of the scan.

    Returns
    -------
    ndarray of float64, shape (4, 4)
        The nearest rotation (polar decomposition); the template's origin goes where it went.

    Examples
    --------
    >>> rigid_part(np.diag([1.2, 0.9, 1.1, 1.0])).tolist() == np.eye(4).tolist()
    True
    """
    outer, _, inner = np.linalg.svd(matrix[:3, :3])
    rigid = np.eye(4)
    rigid[:3, :3] = outer @ np.diag([1.0, 1.0, np.linalg.det(outer @ inner)]) @ inner
    rigid[:3, 3] = matrix[:3, 3]
    return rigid


def _first_met(rays: NDArray[np.float32], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where rays along the last axis first meet the head, between voxels; in mm.

    ``edges`` are the far and the near end of a ray, as mm towards the eye.
    """
    inside = rays >= 0.5
    first = inside.argmax(-1)
    before = np.take_along_axis(rays, np.maximum(first - 1, 0)[..., None], -1)[..., 0]
    here = np.take_along_axis(rays, first[..., None], -1)[..., 0]
    step = np.where(first > 0, (here - 0.5) / np.maximum(here - before, 1e-6), 0.0)
    near, far = float(edges.max()), float(edges.min())
    depth = near - (first + 0.5 - step) * SURFACE_MM
    return np.where(inside.any(-1), depth, far)


def shade(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Draw a depth map as a matt surface under one light (Lambert's law).

    Parameters
    ----------
    depth : ndarray of float32, shape (n_up, n_across)
        In mm.

    Returns
    -------
    ndarray of float32
        Brightness between 0 and 1, of the same shape; 0 where nothing was met.

    Examples
    --------
    >>> bool(np.ptp(shade(np.full((5, 5), 60.0, np.float32))) == 0)
    True
    """
    down, across = np.gradient(depth.astype(np.float64), SURFACE_MM)
    normal = np.stack([-across, down, np.ones_like(down)])
    normal /= np.linalg.norm(normal, axis=0)
    light = np.asarray(_LIGHT) / np.linalg.norm(_LIGHT)
    bright = np.clip(np.tensordot(light, normal, axes=1), 0.0, 1.0)
    return np.where(depth > _NOTHING_MM, bright, 0.0).astype(np.float32)
