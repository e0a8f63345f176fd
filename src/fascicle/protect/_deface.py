"""Take the face out of a scan of a head, or say why that cannot be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding

from ._deface_checks import check_geometry, make_doubt, settle_alignment
from ._deface_parts import (
    MARGINS_MM,
    Keeper,
    brain_distance_mm,
    choose_size,
    find_depth,
    find_kept,
    measure_levels,
    paint_standard,
    place_standard,
    sample_slab,
)
from ._head_align import COARSE_MM, Affine, Alignment
from ._head_space import make_plain
from ._head_template import head_template

DefaceMethod = Literal["replace", "remove"]
Shows = Literal["head", "brain", "bone"]

DEFACE_VERSION: Final = 2
"""What an earlier one defaced is defaced anew from the original."""
_FINE_MM: Final = 2.0
SKIN_OVERLAP: Final = 0.93
"""Heads that overlap less show too little of their skin to measure anything from it."""
_DARK_SHARE: Final = 0.1
"""Air that is darker than this share of the brightest tissue is written as 0."""


@dataclass(frozen=True, slots=True)
class Defaced:
    """What came of a scan.

    Attributes
    ----------
    values : ndarray or None
        The scan without its face, of the type that it came in; None if the alignment is in doubt:
        nothing may leave then.
    alignment : Alignment or None
        Where the average head lies, and how well it fits; None if nothing could be aligned.
    shows : str
        What is bright in the scan: ``"head"``, ``"brain"`` or ``"bone"``.
    method : str
        ``"replace"`` or ``"remove"``.
    findings : tuple of Finding
        Why not, or what a person should know. Their place is empty: the caller knows it.
    n_kept, n_changed : int
        Voxels that stayed, and voxels that are not what they were.
    n_brain_changed : int
        Voxels of the template's brain, as aligned, that are not what they were. The own brain is
        not known: what of it lies outside the template's is not counted.
    face_left : float
        Share of the face's voxels (as the template has them) that were left as they were.
    size : float
        Of the average head that was put in: one of `SIZES`; 0 if none was.
    """

    values: NDArray[Any] | None
    alignment: Alignment | None
    shows: str
    method: str
    findings: tuple[Finding, ...] = ()
    n_kept: int = 0
    n_changed: int = 0
    n_brain_changed: int = 0
    face_left: float = 1.0
    size: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return its measures as JSON values, without voxels."""
        found = self.alignment
        measures = {} if found is None else {
            "information": round(found.information, 3),
            "contrast": round(found.contrast, 2),
            "overlap": round(found.overlap, 3),
            "brain_inside": round(found.brain_inside, 3),
            "brain_seen": round(found.brain_seen, 3),
        }  # fmt: skip
        return {
            "method": self.method,
            "shows": self.shows,
            "n_kept": self.n_kept,
            "n_changed": self.n_changed,
            "n_brain_changed": self.n_brain_changed,
            "face_left": round(self.face_left, 6),
            "alignment": measures,
        }


def deface(
    values: NDArray[Any],
    affine: Affine,
    *,
    method: DefaceMethod = "replace",
    shows: Shows = "head",
    alignment: Alignment | None = None,
) -> Defaced:
    """Take face, ears, teeth and scalp out of a scan; the brain stays to the last bit.

    What stays is the brain of an average head, aligned to the scan, with 16 mm around it (14 where
    the scan shows no skin), less whatever lies within 6 mm of the skin. All else goes, the air as
    well: a nose that wraps round to the back of the picture, or shines through as a ghost, is in
    it. With ``"remove"`` nothing takes its place; with ``"replace"`` the average
    head does, in one of three sizes, as bright as the own.

    Parameters
    ----------
    values : ndarray, shape (n_i, n_j, n_k)
        One volume of real numbers.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres to the right, front and top.
    method : str
        ``"replace"`` or ``"remove"``.
    shows : str
        ``"head"``: most MRI. ``"brain"``: PET and echo-planar images. ``"bone"``: CT in Hounsfield
        units.
    alignment : Alignment, optional
        Where the average head lies, if another scan of the session tells. Default: it is searched
        for.

    Returns
    -------
    Defaced
        ``values`` is None wherever the alignment is in doubt; nothing is raised for bad data.

    Raises
    ------
    DependencyError
        FSC804 if SimpleITK is not installed.

    Notes
    -----
    Whether a face is left is not settled by this function's measures but by attacks on what it
    returns. A brain that differs from the average by more than 16 mm after alignment, as after
    surgery, loses tissue: look at the result.
    """
    mask, problems = plan_mask(values, affine, method=method, shows=shows, alignment=alignment)
    if mask is None:
        return Defaced(None, None, shows, method, problems)
    return mask.apply(values)


def plan_mask(
    values: NDArray[Any],
    affine: Affine,
    *,
    method: DefaceMethod = "replace",
    shows: Shows = "head",
    alignment: Alignment | None = None,
) -> tuple[FaceMask | None, tuple[Finding, ...]]:
    """Find out what of a scan may stay, without changing anything.

    Parameters
    ----------
    values : ndarray, shape (n_i, n_j, n_k)
        The volume by which the head is found; for a series, one of it.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres to the right, front and top.
    method, shows, alignment : str, str, Alignment
        As in `deface`.

    Returns
    -------
    mask : FaceMask or None
        To be applied to this and to other volumes on the same grid; None if it is in doubt.
    findings : tuple of Finding
        Why it is in doubt; their place is empty, for the caller knows it.

    Raises
    ------
    DependencyError
        FSC804 if SimpleITK is not installed.
    """
    doubt = check_geometry(values, affine)
    if doubt is not None:
        return None, (doubt,)
    plain = make_plain(values, affine, voxel_mm=COARSE_MM, is_ct=shows == "bone")
    if not plain.head.any():
        return None, (make_doubt("nothing that stands out from air"),)
    found: tuple[Alignment, str, list[str]] = (
        (alignment, shows, []) if alignment else settle_alignment(plain, shows)
    )
    settled, seen, doubts = found
    if doubts:
        return None, (make_doubt(", ".join(doubts)),)
    size = choose_size(settled) if method == "replace" else 0.0
    if seen != "brain" and settled.overlap >= SKIN_OVERLAP:
        fine = make_plain(values, affine, voxel_mm=_FINE_MM, is_ct=seen == "bone")
        keeper = Keeper(settled, find_depth(fine), fine.affine, size, MARGINS_MM[seen])
    else:
        keeper = Keeper(settled, None, np.eye(4), size, MARGINS_MM["brain"])
    levels = measure_levels(plain, settled)
    return FaceMask(keeper, levels, values.shape, affine, seen), ()


@dataclass(frozen=True, slots=True)
class FaceMask:
    """What of a scan stays, and what takes the place of the rest.

    Attributes
    ----------
    keeper : Keeper
        Which voxels stay.
    levels : dict of int to float
        How bright the tissues are, coarsely.
    shape : tuple of int
        Of one volume.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres.
    shows : str
        What is bright in it.
    """

    keeper: Keeper
    levels: dict[int, float]
    shape: tuple[int, ...]
    affine: Affine
    shows: str

    def apply(self, values: NDArray[Any], *, scale: tuple[float, float] = (1.0, 0.0)) -> Defaced:
        """Return a volume without its face.

        Parameters
        ----------
        values : ndarray, shape of the mask
            As stored.
        scale : tuple of float
            Slope and intercept from `values` to those that the mask was planned with.

        Returns
        -------
        Defaced
            With what was changed, counted.
        """
        matrix = self.keeper.alignment.matrix
        to_template = np.linalg.inv(matrix @ head_template().affine) @ self.affine
        visible_face = (head_template().face & head_template().head).astype(np.float32)
        painted, to_fill = self._paint()
        out = np.empty_like(values)
        counts = _Counts()
        for slab, kept in find_kept(self.keeper, values.shape, self.affine):
            own = values[..., slab]
            filled = sample_slab(painted, to_fill, values.shape, slab)
            new = np.where(kept, own, as_type((filled - scale[1]) / scale[0], values.dtype))
            out[..., slab] = new
            is_brain = sample_slab(brain_distance_mm(), to_template, values.shape, slab) <= 0
            is_face = sample_slab(visible_face, to_template, values.shape, slab) > 0.5
            counts.add(own, new, kept, (is_brain, is_face))
        method = "replace" if self.keeper.size else "remove"
        return Defaced(
            out, self.keeper.alignment, self.shows, method, (), counts.kept, counts.changed,
            counts.brain_changed, counts.face_left / max(1, counts.face), self.keeper.size,
        )  # fmt: skip

    def _paint(self) -> tuple[NDArray[np.float32], Affine]:
        """Return what takes the place of what goes, and the way from voxels to it."""
        if not self.keeper.size:
            air = self.levels[0]
            is_zero = 0 <= air < _DARK_SHARE * max(self.levels.values())
            return np.full((2, 2, 2), 0.0 if is_zero else air, np.float32), np.eye(4)
        standard = place_standard(self.keeper.alignment.matrix, self.keeper.size)
        there = np.linalg.inv(standard @ head_template().affine) @ self.affine
        return paint_standard(self.levels), there


@dataclass(slots=True)
class _Counts:
    """Voxels, counted while a scan is changed."""

    kept: int = 0
    changed: int = 0
    brain_changed: int = 0
    face: int = 0
    face_left: int = 0

    def add(
        self,
        own: NDArray[Any],
        new: NDArray[Any],
        kept: NDArray[np.bool_],
        where: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    ) -> None:
        """Count a slab."""
        is_brain, is_face = where
        changed = new != own
        if own.dtype.kind == "f":
            changed &= ~(np.isnan(new) & np.isnan(own))
        self.kept += int(kept.sum())
        self.changed += int(changed.sum())
        self.brain_changed += int((changed & is_brain).sum())
        self.face += int(is_face.sum())
        self.face_left += int((is_face & kept).sum())


def as_type(values: NDArray[np.float32] | np.float32, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return numbers as a type holds them: rounded and within its range."""
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.asarray(np.clip(np.rint(values), limits.min, limits.max)).astype(dtype)
    return np.asarray(values).astype(dtype)
