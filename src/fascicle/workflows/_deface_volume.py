"""Take the face out of one written image: find the head by its mean, change volume by volume."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Family, Finding, Header, Modality, Picture, Severity
from fascicle.errors import DependencyError, FascicleError
from fascicle.formats import VolumeFile, open_volume_file, read_volumes, rewrite_volumes
from fascicle.protect import (
    COARSE_MM,
    Alignment,
    Defaced,
    DefaceMethod,
    FaceMask,
    FaceTrial,
    PlainScan,
    SessionHead,
    Shows,
    attack_face,
    follow_head,
    make_doubt,
    make_plain,
    plan_mask,
    scan_face,
    shade,
)

_SHOW_BRAIN: Final = frozenset({Modality.PET, Modality.FUNC, Modality.PERF, Modality.DWI})
_CT_AIR_HU: Final = -500.0
_TOLD: Final = {
    "replace": "Face, ears, teeth and scalp replaced by those of an average head (Fascicle)",
    "remove": "Face, ears, teeth and scalp removed (Fascicle)",
}
"""What the sidecar says, in the field that BIDS has for it."""
_ATTACKERS: Final = {"shape": "by its shape", "looks": "by a face-recognition network"}
SIDECAR_FIELD: Final = "DeidentificationMethod"


@dataclass(frozen=True, slots=True)
class Leader:
    """The scan of a session by which the others find the head: the same one lies in all of them.

    Attributes
    ----------
    path : Path
        The image, with or without its face: only the brain in it is looked at.
    header : Header
        What it is taken for.
    alignment : Alignment
        Where the average head lies in it.
    """

    path: Path
    header: Header
    alignment: Alignment


@dataclass(frozen=True, slots=True)
class DefacedFile:
    """What came of an image.

    Attributes
    ----------
    is_done : bool
        True if the file was replaced by one without a face; False if it was not touched.
    findings : tuple of Finding
        Why not.
    record : dict
        Measures, as JSON values.
    metadata : dict
        What the sidecar is to say.
    alignment : Alignment or None
        Where the average head lies.
    pictures : tuple of Picture
        The surface before, for the owner alone, and after.
    """

    is_done: bool
    findings: tuple[Finding, ...] = ()
    record: dict[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    alignment: Alignment | None = None
    pictures: tuple[Picture, ...] = ()


def deface_file(
    path: Path,
    target: Path,
    header: Header,
    *,
    method: DefaceMethod,
    leader: Leader | None = None,
) -> DefacedFile:
    """Write an image without the face that is in it.

    Parameters
    ----------
    path : Path
        A ``.nii`` or ``.nii.gz`` of one or more volumes.
    target : Path
        The ``.nii.gz`` to write; it may be `path`. It is not written if there is any doubt.
    header : Header
        What the image is taken for.
    method : str
        ``"replace"`` or ``"remove"``.
    leader : Leader, optional
        Another scan of the session. The image is moved onto it, without stretching, and gets its
        mask; where that is in doubt the image's own alignment decides.

    Returns
    -------
    DefacedFile
        Whether it was done. An image that cannot be read is a finding as well.

    Raises
    ------
    DependencyError
        FSC801 or FSC804 if nibabel or SimpleITK is missing.
    """
    try:
        file = open_volume_file(path)
        doubt = _check(file)
        if doubt:
            return DefacedFile(False, (make_doubt(doubt),))
        reference = read_reference(file)
        shows = find_shows(header, reference)
        known = _follow(leader, reference, file.affine, shows) if leader else None
        mask, findings = plan_mask(
            reference, file.affine, method=method, shows=shows, alignment=known
        )
        if mask is None:
            return DefacedFile(False, findings)
        done = _rewrite(file, target, mask, (method, reference))
        return replace(done, record=done.record | {"by_session": known is not None})
    except DependencyError:
        raise
    except FascicleError as error:
        return DefacedFile(False, (make_doubt(f"an image that cannot be read ({error.code})"),))


def _follow(
    leader: Leader, reference: NDArray[Any], affine: NDArray[np.float64], shows: Shows
) -> Alignment | None:
    """Return where the head lies by another scan of the session; None if that is in doubt."""
    try:
        file = open_volume_file(leader.path)
        known = read_reference(file)
    except DependencyError:
        raise
    except FascicleError:
        return None
    head = SessionHead(_make_coarse(known, file.affine, find_shows(leader.header, known)),
                       leader.alignment)  # fmt: skip
    found, doubts = follow_head(head, _make_coarse(reference, affine, shows), shows=shows)
    return None if doubts else found


def _make_coarse(values: NDArray[Any], affine: NDArray[np.float64], shows: Shows) -> PlainScan:
    return make_plain(values, affine, voxel_mm=COARSE_MM, is_ct=shows == "bone")


def take_face_out(
    path: Path, header: Header, how: str, leader: Leader | None = None
) -> tuple[Header, DefacedFile]:
    """Take the face out of a written image of a person's head, before anybody looks at it.

    Parameters
    ----------
    path : Path
        The written image: it is replaced.
    header : Header
        What it shows.
    how : str
        ``"replace"``, ``"remove"``, or ``"no"``, as for everything that is no person's head.
    leader : Leader, optional
        Another scan of the session, by which the head is found.

    Returns
    -------
    header : Header
        It exposes no head any more if that was done, and its metadata say how.
    defaced : DefacedFile
        What came of it; not done, without findings, where nothing was to do.
    """
    if how == "no" or header.modality.family is not Family.VOLUME or header.exposes != "head":
        return header, DefacedFile(False)
    method: DefaceMethod = "remove" if how == "remove" else "replace"
    try:
        defaced = deface_file(path, path, header, method=method, leader=leader)
    except DependencyError as error:
        # Without the library heads are held back, as every head is that cannot be aligned.
        missing = Finding(
            "deface.no-library", Severity.WARNING, "", error.problem, error.remedy, "deface"
        )
        return header, DefacedFile(False, (missing,))
    if not defaced.is_done:
        return header, defaced
    return replace(header, exposes="", metadata={**header.metadata, **defaced.metadata}), defaced


def _check(file: VolumeFile) -> str:
    """Say why an image can be masked by nobody; nothing if it may be."""
    if not file.is_placed:
        return "an image that does not say how it lies in space"
    if file.dtype.kind not in "iuf":
        return "values that are colours or complex"
    return ""


def read_reference(file: VolumeFile) -> NDArray[Any]:
    """Return the mean over all volumes, in real units: by it the head is found.

    Parameters
    ----------
    file : VolumeFile
        The image; one volume of it is in memory at a time, beside the mean.

    Returns
    -------
    ndarray of float32, shape (n_x, n_y, n_z)
        Values that are no numbers count as 0.
    """
    total = np.zeros(file.shape[:3], np.float32)
    for volume in read_volumes(file):
        total += np.nan_to_num(volume.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    slope, inter = file.scale
    total *= slope / file.n_volumes
    total += inter
    return total


def find_shows(header: Header, reference: NDArray[Any]) -> Shows:
    """Return what is bright in an image: most of the head, the brain alone, or bone.

    Parameters
    ----------
    header : Header
        What it is taken for.
    reference : ndarray
        One volume: what holds air as dark as -1000 is CT, whatever the header says.

    Returns
    -------
    str
        As `plan_mask` takes it.

    Examples
    --------
    >>> find_shows(Header(Modality.PET), np.zeros((3, 3, 3)))
    'brain'
    >>> find_shows(Header(Modality.ANAT), np.full((3, 3, 3), -1000.0))
    'bone'
    """
    if header.suffix.casefold() == "ct" or float(np.percentile(reference, 5)) < _CT_AIR_HU:
        return "bone"
    return "brain" if header.modality in _SHOW_BRAIN else "head"


def _rewrite(
    file: VolumeFile, target: Path, mask: FaceMask, how: tuple[DefaceMethod, NDArray[Any]]
) -> DefacedFile:
    """Mask all volumes into a file beside the target; put it in its place if the attackers fail."""
    method, reference = how
    results: list[Defaced] = []

    def change(volume: NDArray[Any]) -> NDArray[Any]:
        done = mask.apply(volume, scale=file.scale)
        assert done.values is not None  # noqa: S101 - a planned mask always has a result
        results.append(replace(done, values=None))
        return done.values

    part = target.with_name(f".part-{target.name}")
    try:
        rewrite_volumes(file, part, change)
        written = read_reference(open_volume_file(part))
        done = judge_result(mask, (reference, written), results, method)
        if done.is_done:
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return done


def judge_result(
    mask: FaceMask,
    scans: tuple[NDArray[Any], NDArray[Any]],
    results: Sequence[Defaced],
    method: DefaceMethod,
) -> DefacedFile:
    """Attack what was written, and say whether it may leave.

    Parameters
    ----------
    mask : FaceMask
        By which it was masked.
    scans : tuple of ndarray
        The mean over all volumes before, and in the files that were written.
    results : sequence of Defaced
        Of each volume.
    method : str
        How.

    Returns
    -------
    DefacedFile
        Done if neither attacker names the head.
    """
    worst = max(results, key=lambda done: (done.n_brain_changed, done.face_left))
    before, after = (
        scan_face(values, mask.affine, mask.keeper.alignment, is_ct=mask.shows == "bone")
        for values in scans
    )
    trials = attack_face(before, after)
    pictures = _draw(before, after)
    record = worst.as_dict() | {
        "n_volumes": len(results),
        "size": worst.size,
        "is_done": not any(trial.is_hit for trial in trials),
        "trials": [trial.as_dict() for trial in trials],
    }
    if not record["is_done"]:
        return DefacedFile(False, (_make_survivor(trials),), record, pictures=pictures)
    told = {SIDECAR_FIELD: [_TOLD[method]]}
    return DefacedFile(True, (), record, told, worst.alignment, pictures)


def _draw(before: NDArray[np.float32], after: NDArray[np.float32]) -> tuple[Picture, Picture]:
    """Return the two surfaces as pictures: front, left and right; the first shows the person."""
    caption = "The surface of the head from the front and both sides, as the attackers see it."
    return (
        Picture(Drawing.IMAGE, "Head before its face was taken out", caption,
                {"pixels": _shade_views(before)}, exposes="head"),
        Picture(Drawing.IMAGE, "Head after its face was taken out", caption,
                {"pixels": _shade_views(after)}),
    )  # fmt: skip


def _shade_views(surface: NDArray[np.float32]) -> NDArray[np.uint8]:
    drawn = np.hstack([shade(view) for view in surface])
    return np.repeat(np.repeat((255 * drawn).astype(np.uint8), 2, axis=0), 2, axis=1)


def _make_survivor(trials: Iterable[FaceTrial]) -> Finding:
    """Return the finding that a face is still named after it was taken out."""
    names = " and ".join(_ATTACKERS[trial.attacker] for trial in trials if trial.is_hit)
    n_candidates = min(trial.n_candidates for trial in trials)
    return Finding(
        "deface.survived",
        Severity.ERROR,
        "",
        f"Expected a head that nobody finds again, got one that is still named among "
        f"{n_candidates} heads {names}: not defaced. One in {n_candidates} is named by chance.",
        "Choose the other way (--deface remove or replace), or look at the image and have a data "
        "steward sign.",
        "deface",
    )
