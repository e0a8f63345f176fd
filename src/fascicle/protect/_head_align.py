"""Align scans of heads with the average head, and measure how far that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import DependencyError

from ._head_space import PlainScan
from ._head_template import HeadTemplate, head_template

COARSE_MM: Final = 4.0
_STARTS_DEG: Final = (0.0, -18.0, 18.0)
"""Nods of the head that are tried at the start."""
_STEPS_MM: Final = (0.7, 0.25)
_TOP_MM: Final = 150.0
"""How far below the top of the head the brain ends, about: what is lower tells nothing of it."""
_N_BINS: Final = 32
_EYES_MM: Final = -20.0
ELSEWHERE_MM: Final = ((30.0, 0.0, 0.0), (-30.0, 0.0, 0.0), (0.0, 30.0, 0.0), (0.0, -30.0, 0.0),
                       (0.0, 0.0, 30.0), (0.0, 0.0, -30.0))  # fmt: skip

_PAINTED: Final = {
    "brain": (0, 35, 20, 10, 110, 200, 130, 60, 3),
    "bone": (-300, 40, -90, 250, 10, 38, 28, 12, -300),
}
"""What each tissue of the template looks like where it is not T1-weighted."""

Affine = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where the average head lies in a scan, and how well it fits.

    Attributes
    ----------
    matrix : ndarray of float64, shape (4, 4)
        Millimetres of the template to millimetres of the scan.
    information : float
        Mutual information of scan and template, in nats.
    contrast : float
        `information` beside that of places 30 mm away: 1 is no better than elsewhere.
    overlap : float
        Dice's overlap of the heads above the eyes, where the scan reaches: between 0 and 1.
    brain_inside : float
        Share of the template's brain that lies within the scan's head, where the scan reaches.
    brain_seen : float
        Share of the template's brain that lies in the field of view.
    scales : tuple of float
        Size beside the average along the three axes.
    """

    matrix: Affine
    information: float
    contrast: float
    overlap: float
    brain_inside: float
    brain_seen: float
    scales: tuple[float, float, float]

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values, from which `from_dict` makes the same."""
        return asdict(self) | {"matrix": self.matrix.tolist(), "scales": list(self.scales)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Alignment:
        """Return what `as_dict` was made from."""
        one, two, three = values["scales"]
        matrix = np.array(values["matrix"], np.float64)
        return cls(**dict(values) | {"matrix": matrix, "scales": (one, two, three)})


def align_head(plain: PlainScan, *, shows: str = "head") -> Alignment:
    """Find the average head in a scan of any contrast, orientation and size of voxels.

    Mutual information is maximised [1]_ from several starts: rigidly on voxels of 8 mm, then with
    twelve degrees of freedom on voxels of 4 mm. One thread: the same scan gives the same result.

    Parameters
    ----------
    plain : PlainScan
        The scan in voxels of `COARSE_MM`.
    shows : str
        What is bright in it: ``"head"`` (skin, fat and brain, as most MRI), ``"brain"`` (the brain
        far more than the rest, as PET and echo-planar images), ``"bone"`` (CT).

    Returns
    -------
    Alignment
        The best of all starts, good or not: its measures tell.

    Raises
    ------
    DependencyError
        FSC804 if SimpleITK is not installed.

    References
    ----------
    .. [1] D. Mattes et al. (2003), doi:10.1109/TMI.2003.809072
    """
    sitk = require_simpleitk()
    fixed, mask = _template_image(shows)
    moving = as_image(np.nan_to_num(plain.values, nan=float(np.nanmin(plain.values))), plain.affine)
    tried = []
    for start in _find_starts(plain):
        method = make_method(shrink=2)
        method.SetMetricFixedMask(mask)
        method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.05, 60, 0.6)
        found = run_method(method, fixed, moving, start)
        tried.append((method.GetMetricValue(), found))
    rigid_value, best = min(tried, key=lambda pair: pair[0])
    for step_mm in _STEPS_MM:
        straight = sitk.AffineTransform(3)
        straight.SetMatrix(best.GetMatrix())
        straight.SetCenter(best.GetCenter())
        straight.SetTranslation(best.GetTranslation())
        method = make_method(shrink=1)
        method.SetMetricFixedMask(mask)
        method.SetOptimizerAsRegularStepGradientDescent(step_mm, 0.02, 120, 0.6)
        found = run_method(method, fixed, moving, straight)
        if method.GetMetricValue() < rigid_value:
            break  # a first step that is too long may end somewhere else
    return measure_alignment(as_matrix(found), plain, shows=shows)


def require_simpleitk() -> Any:  # noqa: ANN401 - SimpleITK's types are loose
    """Return SimpleITK; raise FSC804 where it is missing."""
    try:
        import SimpleITK as sitk  # noqa: N813 - its own name
    except ImportError as error:
        raise DependencyError(
            "FSC804",
            "Expected SimpleITK, which aligns heads, got none.",
            "Install it: pip install 'fascicle[deface]'.",
        ) from error
    return sitk


def as_image(values: NDArray[Any], affine: Affine) -> Any:  # noqa: ANN401
    """Return an array along the axes of the room as SimpleITK sees it."""
    sitk = require_simpleitk()
    image = sitk.GetImageFromArray(np.ascontiguousarray(values.T, dtype=np.float32))
    image.SetSpacing([float(n) for n in np.diag(affine)[:3]])
    image.SetOrigin([float(n) for n in affine[:3, 3]])
    return image


def make_method(*, shrink: int) -> Any:  # noqa: ANN401
    """Return a registration by mutual information, in one thread."""
    sitk = require_simpleitk()
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(_N_BINS)
    method.SetMetricSamplingStrategy(method.NONE)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetShrinkFactorsPerLevel([shrink])
    method.SetSmoothingSigmasPerLevel([float(shrink)])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetOptimizerScalesFromPhysicalShift()
    # Sums that threads make in turns end in other last bits each time: one thread, one unit.
    method.SetNumberOfThreads(1)
    method.SetNumberOfWorkUnits(1)
    return method


def run_method(method: Any, fixed: Any, moving: Any, start: Any) -> Any:  # noqa: ANN401
    """Return what a registration finds, as a transform of the kind of its start."""
    sitk = require_simpleitk()
    method.SetInitialTransform(start, False)
    try:
        found = method.Execute(fixed, moving)
    except RuntimeError:
        return start  # everything lay outside: the measures will tell
    if found.GetName() == "CompositeTransform":
        found = found.GetNthTransform(0)
    return type(start)(found) if isinstance(found, sitk.Transform) else start


def as_matrix(transform: Any) -> Affine:  # noqa: ANN401
    """Return a linear transform as a matrix of shape (4, 4)."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    centre, move = np.array(transform.GetCenter()), np.array(transform.GetTranslation())
    matrix[:3, 3] = centre + move - matrix[:3, :3] @ centre
    return matrix


@cache
def coarse_template() -> HeadTemplate:
    """Return the template in voxels of 4 mm."""
    full = head_template()
    affine = full.affine.copy()
    affine[:3, :3] *= 2
    affine[:3, 3] += full.affine[0, 0] / 2

    def halve(values: NDArray[Any]) -> NDArray[Any]:
        shape = [n // 2 for n in values.shape]
        cut = values[tuple(slice(2 * n) for n in shape)].astype(np.float32)
        sizes = [size for n in shape for size in (n, 2)]
        return np.asarray(cut.reshape(sizes).mean(axis=(1, 3, 5)))

    return HeadTemplate(
        affine,
        halve(full.average).round().astype(np.uint8),
        halve(full.sharp).round().astype(np.uint8),
        full.tissue[:-1:2, :-1:2, :-1:2],
        halve(full.face) >= 0.5,
        halve(full.brain) >= 0.5,
    )


def _template_image(shows: str) -> tuple[Any, Any]:
    """Return the average head and where it is compared: the head and the air close to it."""
    from scipy import ndimage

    sitk = require_simpleitk()
    template = coarse_template()
    near = ndimage.binary_dilation(template.head, iterations=3)
    image = as_image(paint_template(shows), template.affine)
    mask = sitk.Cast(as_image(near, template.affine), sitk.sitkUInt8)
    return image, mask


@cache
def paint_template(shows: str) -> NDArray[np.float32]:
    """Return the coarse template as a scan shows it in which something else is bright."""
    from scipy import ndimage

    if shows == "head":
        return coarse_template().average.astype(np.float32)
    full = head_template()
    levels = np.array(_PAINTED[shows], dtype=np.float32)
    painted = ndimage.gaussian_filter(levels[full.tissue], 1.0)
    coarse = painted[:-1, :, :-1].reshape(50, 2, 68, 2, 65, 2).mean(axis=(1, 3, 5))
    return np.asarray(coarse, dtype=np.float32)


def _find_starts(plain: PlainScan) -> list[Any]:
    """Return rigid transforms from the template to where the head seems to be."""
    sitk = require_simpleitk()
    template = coarse_template()
    own = upper_middle(plain.head, plain.affine)
    middle = upper_middle(template.head, template.affine)
    if own is None or middle is None:
        return [sitk.Euler3DTransform()]
    starts = []
    for nod in _STARTS_DEG:
        start = sitk.Euler3DTransform()
        start.SetCenter([float(n) for n in middle])
        start.SetRotation(float(np.deg2rad(nod)), 0.0, 0.0)
        start.SetTranslation([float(n) for n in own - middle])
        starts.append(start)
    return starts


def upper_middle(head: NDArray[np.bool_], affine: Affine) -> NDArray[np.float64] | None:
    """Return the middle of the upper part of a head, in mm; None if there is no head."""
    if not head.any():
        return None
    places = np.argwhere(head) @ affine[:3, :3].T + affine[:3, 3]
    top = np.percentile(places[:, 2], 99.9)
    upper = places[places[:, 2] > top - _TOP_MM]
    return np.asarray((upper.min(0) + upper.max(0) + 2 * upper.mean(0)) / 4)


def measure_alignment(matrix: Affine, plain: PlainScan, *, shows: str = "head") -> Alignment:
    """Measure how well the average head, placed in a scan, fits it.

    Parameters
    ----------
    matrix : ndarray of float64, shape (4, 4)
        Millimetres of the template to millimetres of the scan.
    plain : PlainScan
        The scan.
    shows : str
        As in `align_head`.

    Returns
    -------
    Alignment
        With all its measures.
    """
    template, painted = coarse_template(), paint_template(shows)
    values, seen = sample_plain(plain.values, plain, matrix, template)
    head = sample_plain(plain.head.astype(np.float32), plain, matrix, template)[0] > 0.5
    grid_z = template.affine[2, 2] * np.arange(template.head.shape[2]) + template.affine[2, 3]
    upper = seen & (grid_z > _EYES_MM)
    both = 2.0 * float((head & template.head & upper).sum())
    either = float((head & upper).sum() + (template.head & upper).sum())
    brain = template.brain & seen
    near = _near_head() & seen
    there = mutual_information(values[near], painted[near])
    elsewhere = []
    for move_mm in ELSEWHERE_MM:
        moved = matrix.copy()
        moved[:3, 3] += matrix[:3, :3] @ np.array(move_mm)
        other, reached = sample_plain(plain.values, plain, moved, template)
        where = _near_head() & reached
        elsewhere.append(mutual_information(other[where], painted[where]))
    return Alignment(
        matrix=matrix,
        information=there,
        contrast=there / max(float(np.mean(elsewhere)), 1e-6),
        overlap=both / either if either else 0.0,
        brain_inside=float((head & brain).sum()) / max(1, int(brain.sum())),
        brain_seen=float(brain.sum()) / int(template.brain.sum()),
        scales=tuple(np.linalg.svd(matrix[:3, :3], compute_uv=False).tolist()),
    )


def sample_plain(
    values: NDArray[Any], plain: PlainScan, matrix: Affine, template: HeadTemplate
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return a scan's values on the template's grid, and where the scan reaches."""
    from scipy import ndimage

    there = np.linalg.inv(plain.affine) @ matrix @ template.affine
    how: dict[str, Any] = {"output_shape": template.head.shape, "order": 1, "cval": np.nan}
    found = ndimage.affine_transform(values, there[:3, :3], there[:3, 3], **how)
    seen = np.isfinite(found)
    return np.where(seen, found, 0.0).astype(np.float32), seen


@cache
def _near_head() -> NDArray[np.bool_]:
    """Return the head and the air close to it."""
    from scipy import ndimage

    return np.asarray(ndimage.binary_dilation(coarse_template().head, iterations=3))


def mutual_information(one: NDArray[np.float32], two: NDArray[np.generic]) -> float:
    """Return the mutual information of paired values, in nats, from 32 by 32 bins.

    Parameters
    ----------
    one, two : ndarray, shape (n,)
        Paired values.

    Returns
    -------
    float
        0 for independent or constant values, and for fewer than 64 pairs.

    Examples
    --------
    >>> steps = np.arange(960, dtype=np.float32) % 32
    >>> round(mutual_information(steps, -steps), 3) == round(float(np.log(32)), 3)
    True
    """
    if one.size < 64 or np.ptp(one) == 0 or np.ptp(two) == 0:
        return 0.0
    joint = np.histogram2d(one, two.astype(np.float32), bins=_N_BINS)[0] / one.size
    apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    full = joint > 0
    return float((joint[full] * np.log(joint[full] / apart[full])).sum())
