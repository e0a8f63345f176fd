"""Make the head that scans are aligned with when faces are taken out, from its two sources.

- ``mean_reg2mean.nii.gz`` and ``facemask.nii.gz`` of the wheel pydeface 2.1.0 (MIT): the average of
  many heads with their faces, and where the face is. Nothing of that package is run.
- ``ch2.nii.gz`` and ``ch2bet.nii.gz`` of the Debian package mricron-data (BSD; the head is the
  International Consortium for Brain Mapping's average of 27 scans of one person who agreed to it):
  the brain, and sharp anatomy within it.

Usage: ``python scripts/make_head_template.py PYDEFACE_WHEEL FOLDER_WITH_CH2``. The same sources and
the same SimpleITK give the same bytes.
"""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TARGET = Path(__file__).parents[1] / "src/fascicle/protect/data/head.npz"
VOXEL_MM = 2.0
ORIGIN_MM = np.array([-100.0, -140.0, -150.0])
SHAPE = (101, 136, 131)
BRAIN_CENTRE_MM = np.array([0.0, -18.0, 10.0])
SKIN = 60.0
"""The average head fades into air; above it is skin."""
SCALP_AND_SKULL_MM = 9.0

Floats = NDArray[np.float32]


def on_grid(values: Floats, affine: NDArray[np.float64], order: int = 1) -> Floats:
    """Resample an image to the grid of the template."""
    from scipy import ndimage

    grid = np.diag([VOXEL_MM] * 3 + [1.0])
    grid[:3, 3] = ORIGIN_MM
    there = np.linalg.inv(affine) @ grid
    how: Any = {"output_shape": SHAPE, "order": order}
    return np.asarray(ndimage.affine_transform(values, there[:3, :3], there[:3, 3], **how))


def as_image(values: Floats) -> Any:  # noqa: ANN401 - SimpleITK's types are loose
    """Return an array on the grid as SimpleITK sees it."""
    import SimpleITK as sitk  # noqa: N813 - its own name

    image = sitk.GetImageFromArray(np.ascontiguousarray(values.T).astype(np.float32))
    image.SetSpacing((VOXEL_MM,) * 3)
    image.SetOrigin(tuple(ORIGIN_MM))
    return image


def make_method(levels: tuple[int, ...], share: float) -> Any:  # noqa: ANN401
    """Return a registration by mutual information."""
    import SimpleITK as sitk  # noqa: N813

    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(share, 1)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetShrinkFactorsPerLevel(levels)
    method.SetSmoothingSigmasPerLevel(levels)
    return method


def place_average(
    average: Floats, affine: NDArray[np.float64], brain_head: Floats
) -> NDArray[np.float64]:
    """Return an affine that stands the average head upright, with its size kept."""
    import SimpleITK as sitk  # noqa: N813

    fixed, moving = as_image(brain_head), as_image(on_grid(average, affine))
    method = make_method((4, 2), 0.2)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.01, 150)
    method.SetOptimizerScalesFromPhysicalShift()
    moments = sitk.CenteredTransformInitializerFilter.MOMENTS
    start = sitk.CenteredTransformInitializer(fixed, moving, sitk.Similarity3DTransform(), moments)
    method.SetInitialTransform(start, False)
    found = method.Execute(fixed, moving)
    if found.GetName() == "CompositeTransform":
        found = found.GetNthTransform(0)
    found = sitk.Similarity3DTransform(found)
    scaled = np.array(found.GetMatrix()).reshape(3, 3)
    turned = scaled / np.cbrt(np.linalg.det(scaled))
    centre = np.array(found.TransformPoint(tuple(BRAIN_CENTRE_MM)))
    there = np.eye(4)
    there[:3, :3], there[:3, 3] = turned, centre - turned @ BRAIN_CENTRE_MM
    placed: NDArray[np.float64] = np.linalg.inv(there) @ affine
    return placed


def fit_brain(average: Floats, head: Floats, brain: Floats) -> tuple[Floats, Floats]:
    """Bend one person's head and brain onto the average head."""
    import SimpleITK as sitk  # noqa: N813
    from scipy import ndimage

    fixed = as_image(average)
    method = make_method((4, 2), 0.2)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.01, 150)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(sitk.AffineTransform(3), False)
    straight = method.Execute(fixed, as_image(head))
    if straight.GetName() == "CompositeTransform":
        straight = straight.GetNthTransform(0)
    near = ndimage.binary_dilation(brain > 0.5, iterations=12)
    mask = sitk.Cast(as_image(near.astype(np.float32)), sitk.sitkUInt8)
    bend = sitk.BSplineTransformInitializer(fixed, [6, 7, 7], 3)
    method = make_method((2,), 0.03)
    method.SetMetricFixedMask(mask)
    method.SetOptimizerAsLBFGSB(numberOfIterations=15, maximumNumberOfFunctionEvaluations=20)
    method.SetMovingInitialTransform(straight)
    method.SetInitialTransform(bend, True)
    both = sitk.CompositeTransform([straight, method.Execute(fixed, as_image(head))])

    def warp(values: Floats) -> Floats:
        warped = sitk.Resample(as_image(values), fixed, both, sitk.sitkLinear, 0.0)
        return np.asarray(sitk.GetArrayFromImage(warped).T, dtype=np.float32)

    return warp(head), warp(brain)


def find_head(average: Floats) -> NDArray[np.bool_]:
    """Return where the average head is, its hollows filled."""
    from scipy import ndimage

    head = ndimage.binary_opening(average > SKIN, iterations=1)
    labels, _ = ndimage.label(head)
    head = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    for axis in (0, 1, 2):
        for index in range(head.shape[axis]):
            where = (slice(None),) * axis + (index,)
            head[where] = ndimage.binary_fill_holes(head[where])
    return np.asarray(ndimage.binary_closing(head, iterations=2) | head, dtype=np.bool_)


def find_brain(warped: NDArray[np.bool_], head: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the brain with its folds filled, nowhere nearer to the skin than scalp and skull."""
    from scipy import ndimage

    depth_mm = ndimage.distance_transform_edt(head) * VOXEL_MM
    whole = ndimage.binary_closing(warped, iterations=2) & (depth_mm > SCALP_AND_SKULL_MM)
    labels, _ = ndimage.label(ndimage.binary_opening(whole))
    largest = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    return np.asarray(ndimage.binary_fill_holes(largest), dtype=np.bool_)


def label_tissues(
    average: Floats, colin: Floats, head: NDArray[np.bool_], brain: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return tissues: 0 air, 1 soft, 2 fat, 3 bone, 4 fluid, 5 grey, 6 white, 7 eye, 8 hollow."""
    from scipy import ndimage

    depth = ndimage.distance_transform_edt(head) * VOXEL_MM
    off_brain = ndimage.distance_transform_edt(~brain) * VOXEL_MM
    labels = head.astype(np.uint8)
    labels[head & (average > 270)] = 2
    labels[head & (average < 110) & (depth > 6) & (off_brain > 10)] = 8
    labels[(off_brain > 2) & (off_brain < 13) & (depth > 5)] = 3
    labels[(off_brain > 0) & (off_brain <= 2) & head] = 4
    low, high = np.percentile(colin[brain], [22, 62])
    labels[brain] = 5
    labels[brain & (colin > high)] = 6
    labels[brain & (colin < low)] = 4
    grid = np.indices(SHAPE, dtype=np.float32) * VOXEL_MM + ORIGIN_MM.reshape(3, 1, 1, 1)
    for side in (-32.0, 32.0):
        centre = np.array([side, 62.0, -30.0]).reshape(3, 1, 1, 1)
        labels[(((grid - centre) ** 2).sum(0) < 12.0**2) & head] = 7
    return labels


def find_face(
    face: NDArray[np.bool_], head: NDArray[np.bool_], brain: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return face, eyes, jaws, teeth and ears: pydeface's face 5 mm larger, and what it leaves."""
    from scipy import ndimage

    grid = np.indices(SHAPE, dtype=np.float32) * VOXEL_MM + ORIGIN_MM.reshape(3, 1, 1, 1)
    x, y, z = grid
    away_mm = ndimage.distance_transform_edt(~brain) * VOXEL_MM
    near_face = ndimage.distance_transform_edt(~face) * VOXEL_MM <= 5
    jaws = (z < -45) & (y > -15)
    ears = (np.abs(x) > 62) & (y > -60) & (y < 5) & (z > -80) & (z < -5)
    found = (near_face | jaws | ears) & (away_mm > 6)
    around = ndimage.distance_transform_edt(~head) * VOXEL_MM <= 20
    return np.asarray(found & around, dtype=np.bool_)


def main(wheel: Path, folder: Path) -> None:
    """Write the template."""
    import nibabel as nib
    from scipy import ndimage

    with tempfile.TemporaryDirectory() as place, zipfile.ZipFile(wheel) as archive:
        for name in ("mean_reg2mean", "facemask"):
            archive.extract(f"pydeface/data/{name}.nii.gz", place)
        data = Path(place) / "pydeface/data"
        mean, mask = (nib.load(data / f"{n}.nii.gz") for n in ("mean_reg2mean", "facemask"))
        average = ndimage.gaussian_filter(np.asarray(mean.dataobj, dtype=np.float32), 0.6)
        kept = np.asarray(mask.dataobj, dtype=np.float32)
    colin, bet = (nib.load(folder / f"{name}.nii.gz") for name in ("ch2", "ch2bet"))
    one = on_grid(np.asarray(colin.dataobj, dtype=np.float32), colin.affine)
    one_brain = on_grid((np.asarray(bet.dataobj) > 0).astype(np.float32), bet.affine)
    placed = place_average(average, mean.affine, one)
    face = on_grid(1 - kept, placed, 0) > 0.5
    average = on_grid(average, placed)
    sharp, brain_share = fit_brain(average, one, one_brain)
    head = find_head(average)
    brain = find_brain(brain_share > 0.5, head)
    labels = label_tissues(average, sharp, head, brain)
    arrays = {
        "average": np.clip(np.where(head, average, 0) / 450 * 255, 0, 255).astype(np.uint8),
        "sharp": np.clip(np.where(brain, sharp, 0), 0, 255).astype(np.uint8),
        "tissue": labels,
        "face": np.packbits(find_face(face, head, brain)),
        "brain": np.packbits(brain),
    }
    write(arrays)
    print(f"{TARGET.stat().st_size} bytes; brain {brain.sum() * 8e-3:.0f} ml")


def write(arrays: dict[str, NDArray[np.uint8]]) -> None:
    """Write arrays as an archive that has no clock in it."""
    with zipfile.ZipFile(TARGET, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, values in sorted(arrays.items()):
            buffer = io.BytesIO()
            np.save(buffer, values)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
