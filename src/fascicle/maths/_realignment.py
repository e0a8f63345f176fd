"""Rigid realignment of volumes to one of them, by Gauss and Newton's steps."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._head_motion import read_motion, rigid_matrix

_SMOOTH_MM: Final = 5.0
"""Full width at half maximum by which volumes are smoothed first."""
_FWHM_TO_SD: Final = 2.3548200450309493
_MAX_STEPS: Final = 24
_SMALL_MM: Final = 5e-4
_MAX_POINTS: Final = 12_000
_REACH: Final = 50.0
_MAD_TO_SD: Final = 1.482602218505602
_HUBER: Final = 1.345
"""Rests beyond so many standard deviations count less: slices flare, blood pulses."""
_RIM: Final = 0.5
"""Nothing is known of what lies so near the edge of the volume, in voxels."""


class Realigner:
    r"""Finds how a head lies in one volume after another, relative to the first one.

    The sum of squares :math:`\sum_i (g\, v(T p_i) - r(p_i))^2` over points :math:`p_i` within the
    reference's mask is made small by Gauss and Newton's steps on the six parameters of :math:`T`
    and the gain :math:`g` [1]_. Derivatives are those of the reference, taken once (the movement
    is composed with the inverse of each step [2]_), on smoothed volumes and cubic splines. What
    stands out counts less, by Huber's weights [3]_: slices that flare up, vessels that pulse.

    Parameters
    ----------
    reference : ndarray, shape (n_x, n_y, n_z)
        The volume to which others are compared.
    mask : ndarray of bool, shape (n_x, n_y, n_z)
        Where the brain is.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres.

    Raises
    ------
    InputError
        FSC138 if the mask holds too few points for six parameters.

    Notes
    -----
    Movement within a volume cannot be seen, and slices that moved apart are averaged. A volume
    that is lost or dark ends where it began. One thread; the same volumes give the same result.

    References
    ----------
    .. [1] K. J. Friston et al. (1995), doi:10.1002/hbm.460030303
    .. [2] S. Baker & I. Matthews (2004), doi:10.1023/B:VISI.0000011205.11775.fd
    .. [3] P. J. Huber (1964), doi:10.1214/aoms/1177703732

    Examples
    --------
    >>> x, y, z = np.indices((21, 19, 17)).astype(float)
    >>> def head(shift):
    ...     return 100 * np.exp(-(((x - 10 - shift) / 5) ** 2 + ((y - 9) / 4) ** 2
    ...                           + ((z - 8) / 3) ** 2))
    >>> realigner = Realigner(head(0), head(0) > 10, np.diag([3.0, 3.0, 3.0, 1.0]))
    >>> (realigner.follow(head(0.5))[:3] + 0.0).round(2)
    array([1.5, 0. , 0. ])
    """

    def __init__(
        self,
        reference: NDArray[np.floating],
        mask: NDArray[np.bool_],
        affine: NDArray[np.float64],
    ) -> None:
        self._affine, self._inverse = affine, np.linalg.inv(affine)
        self._sizes_mm = np.linalg.norm(affine[:3, :3], axis=0)
        points = _choose_points(mask)
        if len(points) < _REACH:
            raise InputError(
                "FSC138",
                f"Expected {_REACH:.0f} voxels or more within the mask, got {len(points)}.",
                "Give a mask of the brain.",
            )
        smooth: Any = self._smooth(reference)
        self._points_mm = _move(affine, points)  # (n_points, 3)
        self.centre_mm: NDArray[np.float64] = self._points_mm.mean(axis=0)
        self._values = smooth[tuple(points.T)]
        slopes = np.stack([axis[tuple(points.T)] for axis in np.gradient(smooth)], axis=1)
        slopes_mm = slopes @ self._inverse[:3, :3]  # in values per millimetre of space
        arms = np.cross(self._points_mm - self.centre_mm, slopes_mm)
        self._slopes = np.column_stack([slopes_mm, arms, self._values])
        self._scale = np.linalg.norm(self._slopes, axis=0)
        self._scale[self._scale == 0] = 1.0
        self._slopes /= self._scale
        self._matrix = np.eye(4)

    def follow(self, volume: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the movement of a volume, starting from that of the volume before.

        Parameters
        ----------
        volume : ndarray, shape (n_x, n_y, n_z)
            The next volume.

        Returns
        -------
        ndarray of float64, shape (6,)
            Translations in millimetres and rotations in radians about `centre_mm`, which take a
            point of the reference to where it is now.
        """
        from scipy.ndimage import spline_filter

        spline = spline_filter(self._smooth(volume), order=3, output=np.float32)
        self._matrix = self._climb(spline, self._matrix)
        return read_motion(self._matrix, self.centre_mm)

    def _climb(
        self, spline: NDArray[np.float32], start: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Take steps until they are small; return the start if they lead nowhere."""
        matrix = start
        first, best = np.inf, (np.inf, start)
        for _ in range(_MAX_STEPS):
            seen, is_inside = self._sample(spline, matrix)
            if np.count_nonzero(is_inside) < _REACH:
                break
            own, other = self._values[is_inside], seen[is_inside]
            energy = float(other @ other)
            gain = float(own @ other) / energy if energy > 0 else 0.0
            rest = np.where(is_inside, gain * seen - self._values, 0.0)
            misfit = float(np.square(rest[is_inside]).mean())
            first = min(first, misfit)
            if misfit < best[0]:
                best = (misfit, matrix)
            step = (self._solve(rest, is_inside) / self._scale)[:6]
            if gain <= 0 or not np.isfinite(step).all():
                break
            matrix = matrix @ np.linalg.inv(rigid_matrix(step, self.centre_mm))
            if np.abs(step[:3]).max() < _SMALL_MM and np.abs(step[3:]).max() * 50 < _SMALL_MM:
                return matrix
        return best[1]

    def _solve(
        self, rest: NDArray[np.float64], is_inside: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return the step that takes most of the rest away, without trust in what stands out."""
        spread = _MAD_TO_SD * float(np.median(np.abs(rest[is_inside])))
        trust = np.minimum(1.0, _HUBER * spread / np.maximum(np.abs(rest), 1e-12))
        weighted = self._slopes * np.where(is_inside, trust, 0.0)[:, None]
        bend = weighted.T @ self._slopes + 1e-9 * np.eye(self._slopes.shape[1])
        return np.asarray(np.linalg.solve(bend, weighted.T @ rest))

    def _sample(
        self, spline: NDArray[np.float32], matrix: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the values at the moved points, and which of them lie within the volume."""
        from scipy.ndimage import map_coordinates

        places = _move(self._inverse @ matrix, self._points_mm)  # (n_points, 3), in voxels
        last = np.array(spline.shape) - 1.0
        is_inside = np.asarray(((places >= _RIM) & (places <= last - _RIM)).all(axis=1))
        seen = map_coordinates(spline, places.T, order=3, prefilter=False, mode="nearest")
        return seen.astype(np.float64), is_inside

    def _smooth(self, volume: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return a volume without noise between neighbours, and without what is no number."""
        from scipy.ndimage import gaussian_filter

        finite = np.nan_to_num(np.asarray(volume, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        widths = _SMOOTH_MM / _FWHM_TO_SD / self._sizes_mm
        smooth: NDArray[np.float64] = gaussian_filter(finite, widths, mode="nearest", truncate=3.0)
        return smooth


def _choose_points(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return voxels spread evenly over the mask, shape (n_points, 3)."""
    inside = np.flatnonzero(mask)
    spread = np.linspace(0, max(inside.size - 1, 0), min(_MAX_POINTS, inside.size))
    chosen = inside[spread.round().astype(np.int64)]
    return np.stack(np.unravel_index(chosen, mask.shape), axis=1).astype(np.int64)


def _move(matrix: NDArray[np.float64], points: NDArray[Any]) -> NDArray[np.float64]:
    """Apply a matrix of homogeneous coordinates to points, shape (n_points, 3)."""
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])
