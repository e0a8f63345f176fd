"""How far a head moved from volume to volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._shapes import require_positive

RADIUS_MM = 50.0
"""Mean distance of the cortex from the middle of the head, as Power et al. assume it."""


def framewise_displacement(
    motion: NDArray[np.float64], *, radius_mm: float = RADIUS_MM
) -> NDArray[np.float64]:
    r"""Displacement of the head from each volume to the next (FD).

    .. math:: \mathrm{FD}_t = |\Delta x| + |\Delta y| + |\Delta z| +
        r (|\Delta \alpha| + |\Delta \beta| + |\Delta \gamma|)

    with rotations as the arc that they are on a sphere of radius :math:`r` [1]_.

    Parameters
    ----------
    motion : ndarray of float64, shape (n_volumes, 6)
        Three translations in millimetres, then three rotations in radians, of each volume.
    radius_mm : float
        :math:`r`.

    Returns
    -------
    ndarray of float64, shape (n_volumes,)
        In millimetres; NaN for the first volume.

    Raises
    ------
    InputError
        FSC138 unless there are six numbers for each volume, FSC121 if the radius is not above 0.

    Notes
    -----
    It depends on the point around which the head is said to turn, and programs choose different
    ones. Series with a short time between volumes have smaller steps, and breathing in them.

    References
    ----------
    .. [1] J. D. Power et al. (2012), doi:10.1016/j.neuroimage.2011.10.018

    Examples
    --------
    >>> framewise_displacement(np.array([[0, 0, 0, 0, 0, 0], [0.1, 0, -0.2, 0, 0.002, 0]]))
    array([nan, 0.4])
    """
    require_motion(motion)
    require_positive("radius_mm", radius_mm)
    steps = np.abs(np.diff(motion, axis=0))
    moved = steps[:, :3].sum(axis=1) + radius_mm * steps[:, 3:].sum(axis=1)
    return np.concatenate([np.full(min(len(motion), 1), np.nan), moved])


def rigid_matrix(
    motion: NDArray[np.float64], centre_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    r"""Return the movement of one volume as a matrix of homogeneous coordinates.

    .. math:: p' = R_z R_y R_x (p - c) + c + t

    Parameters
    ----------
    motion : ndarray of float64, shape (6,)
        Translations :math:`t` in millimetres, then rotations about the three axes in radians.
    centre_mm : ndarray of float64, shape (3,)
        The point :math:`c` around which it turns.

    Returns
    -------
    ndarray of float64, shape (4, 4)
        Millimetres before to millimetres after.

    Raises
    ------
    InputError
        FSC138 unless there are six numbers.

    Examples
    --------
    >>> turn = rigid_matrix(np.array([1.0, 0, 0, 0, 0, np.pi / 2]), np.zeros(3))
    >>> (turn @ [10.0, 0.0, 0.0, 1.0]).round(6)
    array([ 1., 10.,  0.,  1.])
    """
    require_motion(motion[None])
    (cx, cy, cz), (sx, sy, sz) = np.cos(motion[3:]), np.sin(motion[3:])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = about_z @ about_y @ about_x
    matrix[:3, 3] = centre_mm + motion[:3] - matrix[:3, :3] @ centre_mm
    return matrix


def read_motion(matrix: NDArray[np.float64], centre_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return translations and rotations of a rigid matrix: the inverse of `rigid_matrix`.

    Examples
    --------
    >>> there = np.array([0.3, -1.0, 2.0, 0.02, -0.01, 0.03])
    >>> read_motion(rigid_matrix(there, np.ones(3)), np.ones(3)).round(6)
    array([ 0.3 , -1.  ,  2.  ,  0.02, -0.01,  0.03])
    """
    turn = matrix[:3, :3]
    shift = matrix[:3, 3] - centre_mm + turn @ centre_mm
    angles = [
        np.arctan2(turn[2, 1], turn[2, 2]),
        -np.arcsin(np.clip(turn[2, 0], -1, 1)),
        np.arctan2(turn[1, 0], turn[0, 0]),
    ]
    return np.concatenate([shift, angles])


def require_motion(motion: NDArray[np.float64]) -> None:
    """Refuse anything but six numbers for each volume."""
    if motion.ndim != 2 or motion.shape[1] != 6:
        raise InputError(
            "FSC138",
            f"Expected motion of shape (n_volumes, 6), got shape {motion.shape}.",
            "Give three translations in millimetres and three rotations in radians per volume.",
        )
