"""Align a scan with another one of the same session: the same head, in another contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ._deface_checks import list_misfits
from ._deface_parts import brain_distance_mm, sample_slab
from ._head_align import (
    ELSEWHERE_MM,
    Affine,
    Alignment,
    as_image,
    as_matrix,
    make_method,
    measure_alignment,
    mutual_information,
    require_simpleitk,
    run_method,
    upper_middle,
)
from ._head_space import PlainScan
from ._head_template import head_template

_NEAR_MM: Final = 8.0
"""So far around the brain two scans are compared: what is farther may have lost its face."""
LEAST_LIKENESS: Final = 0.2
"""Mutual information, in nats, of two scans of one head: those of simulated heads had 0.29 to 0.64
(T2w, FLAIR, PET, CT), phantoms up to 0.13."""
LEAST_GAIN: Final = 3.7
"""That information beside places 30 mm away: 4.3 to 9.2 where a head was found, up to 3.2 for one
that is 10 mm or 15 degrees away, 2.8 for phantoms."""
_BRAIN_CENTRE_MM: Final = (0.0, -18.0, 10.0)


@dataclass(frozen=True, slots=True)
class SessionHead:
    """A scan of a session whose head was found: it leads the others.

    Attributes
    ----------
    plain : PlainScan
        In voxels of `COARSE_MM`; it may have lost its face, for only the brain is looked at.
    alignment : Alignment
        Where the average head lies in it.
    """

    plain: PlainScan
    alignment: Alignment


def follow_head(
    leader: SessionHead, plain: PlainScan, *, shows: str = "head"
) -> tuple[Alignment, list[str]]:
    """Find the average head in a scan by another scan of the same head.

    The leading scan is moved and turned, not stretched, onto the other (mutual information of the
    brain and 8 mm around it), and takes the average head along: so all scans of a session get the
    same mask.

    Parameters
    ----------
    leader : SessionHead
        The scan that leads.
    plain : PlainScan
        The scan that follows, in voxels of `COARSE_MM`.
    shows : str
        What is bright in it, as in `align_head`.

    Returns
    -------
    alignment : Alignment
        Where the average head lies in the scan that follows.
    doubts : list of str
        Why it is not to be trusted; empty if it is.

    Raises
    ------
    DependencyError
        FSC804 if SimpleITK is not installed.
    """
    move, likeness, gain = _find_move(leader, plain)
    found = measure_alignment(move @ leader.alignment.matrix, plain, shows=shows)
    doubts = list_misfits(found)
    if likeness < LEAST_LIKENESS or gain < LEAST_GAIN:
        doubts.append("little likeness to the other scan of the session")
    return found, doubts


def _find_move(leader: SessionHead, plain: PlainScan) -> tuple[Affine, float, float]:
    """Return the rigid way from the leader to another scan, and how sure it is."""
    sitk = require_simpleitk()
    near = _near_brain(leader)
    fixed = as_image(_without_nan(leader.plain), leader.plain.affine)
    moving = as_image(_without_nan(plain), plain.affine)
    mask = sitk.Cast(as_image(near, leader.plain.affine), sitk.sitkUInt8)
    tried = []
    for start in _list_starts(leader, plain):
        found = start
        for shrink, step_mm in ((2, 2.0), (1, 0.5)):
            method = make_method(shrink=shrink)
            method.SetMetricFixedMask(mask)
            method.SetOptimizerAsRegularStepGradientDescent(step_mm, 0.02, 80, 0.6)
            found = run_method(method, fixed, moving, found)
        move = as_matrix(found)
        tried.append((_measure_likeness(leader.plain, plain, move, near), move))
    likeness, move = max(tried, key=lambda pair: pair[0])
    elsewhere = []
    for shift_mm in ELSEWHERE_MM:
        moved = move.copy()
        moved[:3, 3] += np.array(shift_mm)
        elsewhere.append(_measure_likeness(leader.plain, plain, moved, near))
    return move, likeness, likeness / max(float(np.mean(elsewhere)), 1e-6)


def _near_brain(leader: SessionHead) -> NDArray[np.bool_]:
    """Return where a leading scan shows the brain and what is close to it."""
    shape = leader.plain.values.shape
    template = head_template()
    there = np.linalg.inv(leader.alignment.matrix @ template.affine) @ leader.plain.affine
    away = sample_slab(brain_distance_mm(), there, shape, slice(0, shape[2]))
    return (away <= _NEAR_MM) & np.isfinite(leader.plain.values)


def _without_nan(plain: PlainScan) -> NDArray[np.float32]:
    return np.nan_to_num(plain.values, nan=float(np.nanmin(plain.values)))


def _list_starts(leader: SessionHead, plain: PlainScan) -> list[Any]:
    """Return where to begin: as the scanner's coordinates say, and with the two heads' middles."""
    sitk = require_simpleitk()
    centre = (leader.alignment.matrix @ [*_BRAIN_CENTRE_MM, 1.0])[:3]
    shifts = [np.zeros(3)]
    own, other = (upper_middle(one.head, one.affine) for one in (leader.plain, plain))
    if own is not None and other is not None:
        shifts.append(other - own)
    starts = []
    for shift in shifts:
        start = sitk.Euler3DTransform()
        start.SetCenter([float(n) for n in centre])
        start.SetTranslation([float(n) for n in shift])
        starts.append(start)
    return starts


def _measure_likeness(
    leader: PlainScan, plain: PlainScan, move: Affine, near: NDArray[np.bool_]
) -> float:
    """Return the mutual information of two scans near the brain, in nats."""
    from scipy import ndimage

    there = np.linalg.inv(plain.affine) @ move @ leader.affine
    other = ndimage.affine_transform(
        plain.values, there[:3, :3], there[:3, 3], output_shape=near.shape, order=1, cval=np.nan
    )
    both = near & np.isfinite(other)
    if both.sum() < 0.3 * near.sum():
        return 0.0
    return mutual_information(leader.values[both], other[both])
