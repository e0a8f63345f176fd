"""Digitised head shapes without the face: which points may leave, on arrays alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, HeadShape, Severity, say_count

HeadPoints = Literal["none", "cap"]

_ABOVE_M: Final = 0.03
"""Ears, temples and the nape end below it."""
_RISE: Final = 0.4
"""How fast the edge of the cap rises to the front: it leaves the forehead out."""
_HEAD_M: Final = (0.06, 0.25)
"""How far the ears, and the nasion from the line between them, are from one another."""
_LONGEST_M: Final = 0.3
"""A point that is farther from the middle is not on the head."""


def find_head_frame(
    nasion_m: NDArray[np.float64], left_m: NDArray[np.float64], right_m: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    r"""Return the way into the head's own frame, as MEG and EEG have it.

    The origin :math:`o` is where the line between the ears is nearest to the nasion; :math:`x`
    points to the right ear, :math:`y` to the nasion, :math:`z = x \times y` up.

    Parameters
    ----------
    nasion_m, left_m, right_m : ndarray of float64, shape (3,)
        Fiducials in any frame, in metres.

    Returns
    -------
    ndarray of float64, shape (4, 4), or None
        None if they cannot be those of a head: too near, too far, or in a line.

    Examples
    --------
    >>> corners = np.array([[1, 1.1, 2], [0.92, 1, 2], [1.08, 1, 2]])
    >>> (find_head_frame(*corners) @ [1, 1, 2.1, 1]).round(6).tolist()
    [0.0, 0.0, 0.1, 1.0]
    """
    across = right_m - left_m
    width_m = float(np.linalg.norm(across))
    if not _HEAD_M[0] <= width_m <= _HEAD_M[1]:  # False for what is not a number
        return None
    x = across / width_m
    origin = left_m + x * float((nasion_m - left_m) @ x)
    depth_m = float(np.linalg.norm(nasion_m - origin))
    if not _HEAD_M[0] / 2 <= depth_m <= _HEAD_M[1]:
        return None
    y = (nasion_m - origin) / depth_m
    frame = np.eye(4)
    frame[:3, :3] = x, y, np.cross(x, y)
    frame[:3, 3] = -frame[:3, :3] @ origin
    return frame


def find_cap_points(points_m: NDArray[np.float64]) -> NDArray[np.bool_]:
    r"""Tell which points lie where a cap would: no face, no ears, no neck, no forehead.

    .. math:: z \ge 0.03 + 0.4 \max(y, 0)

    Parameters
    ----------
    points_m : ndarray of float64, shape (n_points, 3)
        In the head's frame, in metres.

    Returns
    -------
    ndarray of bool, shape (n_points,)
        False also for what is not a number, and for what is not on the head.

    Notes
    -----
    Who holds the face alone (a photograph, a camera that measures depth) finds nobody by these
    points. Who holds the whole head of the same person (a scan) does.

    Examples
    --------
    >>> crown, back, nose, forehead, ear, nape = np.array([
    ...     [0, 0, 0.12], [0, -0.09, 0.05], [0, 0.12, -0.03], [0, 0.1, 0.05], [0.09, -0.02, 0],
    ...     [0, -0.08, -0.03]])
    >>> find_cap_points(np.stack([crown, back, nose, forehead, ear, nape])).tolist()
    [True, True, False, False, False, False]
    """
    _, y, z = points_m.T
    is_near = np.linalg.norm(points_m, axis=1) <= _LONGEST_M
    return np.asarray(is_near & (z >= _ABOVE_M + _RISE * np.maximum(y, 0.0)))


def release_head_shape(
    shape: HeadShape | None, keep: HeadPoints = "none"
) -> tuple[HeadShape | None, tuple[Finding, ...]]:
    """Return the points of a head that may leave, and what is told of the others.

    Parameters
    ----------
    shape : HeadShape or None
        As digitised, in any frame.
    keep : str
        ``"none"``, or ``"cap"``: the points that `find_cap_points` finds.

    Returns
    -------
    shape : HeadShape or None
        None if nothing may leave: no point can be told from a face without the three fiducials.
    findings : tuple of Finding
        Empty where there were no points; their place is empty, for the caller knows it.
    """
    if shape is None or not shape.points_m:
        return None, ()
    points = np.array(shape.points_m, dtype=np.float64)
    stays = np.zeros(len(points), np.bool_)
    corners = (shape.nasion_m, shape.left_m, shape.right_m)
    frame = None
    if keep == "cap" and None not in corners:
        frame = find_head_frame(*(np.array(corner, dtype=np.float64) for corner in corners))
    if frame is not None:
        stays = find_cap_points(points @ frame[:3, :3].T + frame[:3, 3])
    kept = tuple(point for point, is_kept in zip(shape.points_m, stays, strict=True) if is_kept)
    released = replace(shape, points_m=kept) if kept else None
    told = [_make_leaves(len(kept))] if kept else []
    if len(kept) < len(points):
        lacks_frame = keep == "cap" and frame is None
        told.append(_make_left(len(points) - len(kept), keep, lacks_frame=lacks_frame))
    return released, tuple(told)


def _make_leaves(n_kept: int) -> Finding:
    """Return the finding that points leave."""
    return Finding(
        "head-shape.leaves",
        Severity.WARNING,
        "",
        f"{say_count(n_kept, 'digitised point')} above the forehead and the ears leave.",
        "Who holds a scan of the whole head finds its owner by them: share them with whom you "
        "would share the scalp, or leave --head-points cap out.",
        "convert",
    )


def _make_left(n_left: int, keep: HeadPoints, *, lacks_frame: bool) -> Finding:
    """Return the finding that points stayed behind."""
    fix = "Nothing to do."
    if lacks_frame:
        fix = "The three fiducials are missing or no head's: digitise them, or leave it so."
    elif keep == "none":
        fix = (
            "Nothing to do. For coregistration, --head-points cap lets those above the forehead "
            "and the ears leave."
        )
    return Finding(
        "head-shape.left-behind",
        Severity.NOTE,
        "",
        f"{say_count(n_left, 'digitised point')} of face and scalp stayed behind.",
        fix,
        "convert",
    )
