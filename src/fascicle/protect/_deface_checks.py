"""Whether the face of a scan can be found: what is looked at before anything is changed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Severity

from ._head_align import Affine, Alignment, align_head
from ._head_space import PlainScan

LEAST_INFORMATION: Final = {"head": 0.48, "brain": 0.65, "bone": 0.75}
"""Mutual information, in nats, below which an alignment is not believed."""
LEAST_CONTRAST: Final = {"head": 3.0, "brain": 3.3, "bone": 3.8}
LEAST_OVERLAP: Final = 0.85
LEAST_INSIDE: Final = 0.96
LEAST_SEEN: Final = 0.35
"""Share of the brain that must be in view: less does not pin the head down."""
SCALES: Final = (0.7, 1.35)
MOST_UNEQUAL: Final = 1.45
VOXEL_MM: Final = (0.1, 8.0)
LEAST_EXTENT_MM: Final = 90.0


def check_geometry(values: NDArray[Any], affine: Affine) -> Finding | None:
    """Say why a volume can be no scan of a head, before anything is aligned; None if it may be."""
    if values.ndim != 3 or values.dtype.kind not in "iuf" or affine.shape != (4, 4):
        return make_doubt("an array that is not one volume of real numbers")
    sizes_mm = np.linalg.norm(affine[:3, :3], axis=0)
    if (
        not np.isfinite(affine).all()
        or sizes_mm.min() < VOXEL_MM[0]
        or sizes_mm.max() > VOXEL_MM[1]
    ):
        return make_doubt(f"voxels outside {VOXEL_MM[0]:g} to {VOXEL_MM[1]:g} mm")
    if abs(np.linalg.det(affine[:3, :3] / sizes_mm)) < 0.3:
        return make_doubt("axes that do not span a space")
    if min(n * mm for n, mm in zip(values.shape, sizes_mm, strict=True)) < LEAST_EXTENT_MM:
        return make_doubt(f"less than {LEAST_EXTENT_MM:g} mm in view along an axis")
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if finite.size < 0.5 * values.size or finite.min() == finite.max():
        return make_doubt("hardly any value that differs from the others")
    return None


def settle_alignment(plain: PlainScan, shows: str) -> tuple[Alignment, str, list[str]]:
    """Align a scan; where it does not look as it should, try whether only its brain is bright.

    Parameters
    ----------
    plain : PlainScan
        The scan.
    shows : str
        What is expected to be bright in it.

    Returns
    -------
    alignment : Alignment
        The best one.
    shows : str
        What is bright.
    doubts : list of str
        Why it is not to be trusted; empty if it is.
    """
    found = align_head(plain, shows=shows)
    doubts = list_doubts(found, shows)
    if doubts and shows == "head":
        other = align_head(plain, shows="brain")
        if not list_doubts(other, "brain"):
            return other, "brain", []
    return found, shows, doubts


def list_doubts(alignment: Alignment, shows: str) -> list[str]:
    """Return what speaks against an alignment, in words; nothing if it can be trusted."""
    doubts = []
    if alignment.information < LEAST_INFORMATION[shows]:
        doubts.append("little likeness to a head")
    if alignment.contrast < LEAST_CONTRAST[shows]:
        doubts.append("a place that fits hardly better than others")
    if shows != "brain" and alignment.overlap < LEAST_OVERLAP:
        doubts.append("an outline that is not a head's")
    return [*doubts, *list_misfits(alignment)]


def list_misfits(alignment: Alignment) -> list[str]:
    """Return what speaks against the place and the size of an aligned brain."""
    doubts = []
    if alignment.brain_inside < LEAST_INSIDE:
        doubts.append("a brain that would lie outside the head")
    if alignment.brain_seen < LEAST_SEEN:
        doubts.append("too little of the brain in view")
    small, large = min(alignment.scales), max(alignment.scales)
    if small < SCALES[0] or large > SCALES[1] or large > MOST_UNEQUAL * small:
        doubts.append("a size or shape that heads do not have")
    return doubts


def make_doubt(what: str) -> Finding:
    """Return the finding that a scan is not to be trusted."""
    return Finding(
        "deface.doubtful",
        Severity.WARNING,
        "",
        f"Expected a head that can be aligned with the average one, got {what}: not defaced.",
        "Look at the image. Correct its orientation or voxel sizes if they are wrong; if it is a "
        "head, deface it with another program, and have a data steward sign.",
        "deface",
    )
