"""Faces go, brains stay to the last bit, and what is in doubt is not let out."""

import os
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from fascicle.protect import deface, head_template, plan_mask
from fascicle.testing import make_head, template_source

pytest.importorskip("SimpleITK")

SHOWS = {"PET": "brain", "bold": "brain", "CT": "bone"}


SLOW = pytest.mark.slow


def far_face(brain, face, affine):
    """Return the face where it is not the floor of the skull, and far from the brain.

    More than 21 mm: five beyond what stays around it.
    """
    sizes_mm = np.linalg.norm(affine[:3, :3], axis=0)
    return face & (ndimage.distance_transform_edt(~brain, sampling=sizes_mm) > 21.0)


@pytest.mark.parametrize(
    ("seed", "contrast", "orientation", "voxel", "method"),
    [
        (1, "T1w", "LPI", 3.0, "remove"),
        (5, "PET", "SLA", 4.0, "replace"),
        pytest.param(1, "T1w", "PSR", 2.0, "replace", marks=SLOW),
        pytest.param(2, "T2w", "PSR", (1.5, 3.0, 2.0), "replace", marks=SLOW),
        pytest.param(3, "FLAIR", "RAS", (2.0, 2.0, 4.0), "remove", marks=SLOW),
        pytest.param(6, "CT", "RPI", 2.5, "replace", marks=SLOW),
        pytest.param(7, "PDw", "IPR", 2.5, "remove", marks=SLOW),
    ],
)
def test_no_voxel_of_the_brain_changes_and_nothing_of_the_face_stays(
    seed, contrast, orientation, voxel, method
):
    values, affine, brain, face = make_head(
        seed, contrast=contrast, orientation=orientation, voxel=voxel
    )
    before = values.copy()

    done = deface(values, affine, method=method, shows=SHOWS.get(contrast, "head"))

    assert not done.findings
    assert np.array_equal(values, before)
    assert np.array_equal(done.values[brain], before[brain])
    assert done.n_brain_changed == 0
    visible = far_face(brain, face, affine) & (before > np.median(before[face]))
    assert (done.values[visible] != before[visible]).mean() > 0.97


def test_with_remove_the_air_is_one_value_and_with_replace_a_head_stands_there():
    values, affine, brain, face = make_head(8, voxel=4.0)
    front = far_face(brain, face, affine)

    removed = deface(values, affine, method="remove").values
    replaced = deface(values, affine, method="replace").values

    assert np.unique(removed[:3]).size == 1
    assert (removed > 0.2 * np.percentile(values, 95))[front].mean() < 0.01
    assert (replaced > 0.2 * np.percentile(values, 95))[front].mean() > 0.2


def test_what_is_put_in_depends_on_the_own_face_in_nothing():
    values, affine, _, face = make_head(9, voxel=4.0)
    other = values.copy()
    # Another nose: what lies far from the brain is made taller and thinner.
    front = int(np.argwhere(face)[:, 1].mean())
    other[:, front:] = np.roll(other[:, front:], 2, axis=2)
    mask, _ = plan_mask(values, affine)

    one, two = mask.apply(values), mask.apply(other)

    went = one.values != values
    assert np.array_equal(one.values[went & face], two.values[went & face])


def test_a_nose_that_wraps_round_to_the_back_goes_as_well():
    values, affine, _, _ = make_head(10, voxel=4.0)
    wrapped = values.copy()
    wrapped[:, :3] += values[:, -14:-11][:, ::-1] + 50.0

    done = deface(wrapped, affine, method="remove")

    assert np.ptp(done.values[:, :3]) == 0


def test_the_type_of_the_numbers_stays():
    values, affine, brain, _ = make_head(11, voxel=4.0)
    mask, _ = plan_mask(values, affine)

    for dtype in ("<i2", ">i2", "u1", "f4", ">f8"):
        stored = (values / values.max() * 120).astype(dtype)
        done = mask.apply(stored)
        assert done.values.dtype == stored.dtype
        assert np.array_equal(done.values[brain], stored[brain])


@SLOW
def test_a_child_is_defaced():
    values, affine, brain, _ = make_head(12, source=replace(template_source(), scale=0.88))

    done = deface(values, affine)

    assert np.array_equal(done.values[brain], values[brain])


def test_a_scaled_image_is_filled_in_its_own_units():
    values, affine, *_ = make_head(13, voxel=4.0)
    stored = ((values + 500.0) / 2.0).astype(np.float32)
    mask, _ = plan_mask(values, affine)

    plain = mask.apply(values).values
    scaled = mask.apply(stored, scale=(2.0, -500.0)).values

    assert np.allclose(2.0 * scaled - 500.0, plain, atol=0.01)


@SLOW
def test_two_runs_give_the_same_bytes():
    values, affine, *_ = make_head(14, voxel=4.0)

    assert np.array_equal(deface(values, affine).values, deface(values, affine).values)


@SLOW
def test_a_skull_stripped_brain_is_let_through_unharmed():
    values, affine, brain, _ = make_head(15)
    stripped = np.where(brain, values, 0).astype(np.float32)

    done = deface(stripped, affine, method="remove")

    assert done.values is not None
    assert np.array_equal(done.values[brain], stripped[brain])


@SLOW
def test_defacing_twice_changes_nothing_of_the_brain():
    values, affine, brain, _ = make_head(16)
    once = deface(values, affine).values

    twice = deface(once, affine)

    assert twice.values is not None
    assert np.array_equal(twice.values[brain], values[brain])


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("method", ["replace", "remove"])
@pytest.mark.parametrize(
    "name", ["niivue_chris/chris_t1.nii.gz", "niivue_register/register/T1_head_ext2.nii.gz"]
)
def test_real_heads_lose_their_faces(name, method):
    folder = Path(os.environ.get("FASCICLE_TEST_DATA", "../shared/data"))
    path = folder / "signals/mri" / name
    if not path.is_file():
        pytest.skip(f"no test data: {name}")
    image = nib.load(path)
    values = np.asarray(image.dataobj)

    done = deface(values, image.affine, method=method)

    assert done.values is not None
    assert done.shows == "head"
    assert done.n_brain_changed == 0
    template = head_template()
    there = np.linalg.inv(done.alignment.matrix @ template.affine) @ image.affine
    away = 2.0 * ndimage.distance_transform_edt(~template.brain)
    front = template.face & template.head & (away > 18)
    shown = ndimage.affine_transform(
        front.astype(np.float32), there[:3, :3], there[:3, 3], output_shape=values.shape, order=1
    )
    visible = (shown > 0.5) & (values > np.median(values[values > 0]))
    assert visible.any()
    assert (done.values[visible] != values[visible]).mean() > 0.97
