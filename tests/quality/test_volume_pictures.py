"""Pictures of an image."""

from __future__ import annotations

import itertools

import nibabel as nib
import numpy as np
import pytest

from fascicle.formats import Gradients, open_volume_file
from fascicle.quality._volume_measures import measure_volume
from fascicle.quality._volume_pictures import draw_volume, find_turn


def draw(tmp_path, values, affine, *, over_time=False, gradients=None):
    nib.save(nib.Nifti1Image(values, affine), tmp_path / "a.nii.gz")
    file = open_volume_file(tmp_path / "a.nii.gz")
    measures = measure_volume(file, over_time=over_time)
    return draw_volume(file, measures, gradients, exposes="head")


def bright(cell):
    """Row and column of the brightest part, as shares of the picture's content."""
    rows, columns = np.nonzero(cell > 200)
    return rows.mean(), columns.mean()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, -1, -1)])
def test_slices_are_turned_by_the_affine_however_they_are_stored(tmp_path, order, flips) -> None:
    body = np.full((31, 41, 21), 50, np.int16)  # right, front, top
    body[22:28, 30:38, 8:13] = 1000  # to the right, in front, in the middle
    body[12:18, 18:23, 14:19] = 1000  # in the middle, on top
    body[14:17, 33:38, 2:6] = 1000  # in the middle, in front and below
    stored = body.transpose(order)[tuple(slice(None, None, f) for f in flips)]
    affine = np.zeros((4, 4))
    affine[3, 3] = 1
    for at, (axis, flip) in enumerate(zip(order, flips, strict=True)):
        affine[axis, at] = 2.0 * flip

    pixels = draw(tmp_path, np.ascontiguousarray(stored), affine)[0].arrays["pixels"]

    assert pixels.shape == (472, 472)
    behind, side, above = pixels[:232, :232], pixels[:232, 240:], pixels[240:, :232]
    row, _ = bright(behind)
    assert row < 116  # what is on top is drawn on top
    assert bright(above[:116])[1] > 116  # what is right and in front: right, and in the upper half
    assert bright(side[116:])[1] > 116  # in front: to the right of the side view, and below


def test_an_image_without_a_place_says_that_sides_cannot_be_told(tmp_path) -> None:
    image = nib.Nifti1Image(np.random.default_rng(3).random((9, 8, 7), np.float32), np.eye(4))
    image.set_sform(None)
    image.set_qform(None)
    nib.save(image, tmp_path / "a.nii.gz")
    file = open_volume_file(tmp_path / "a.nii.gz")

    picture = draw_volume(file, measure_volume(file, over_time=False), None, exposes="")[0]

    assert "cannot be told" in picture.caption


def test_a_series_has_maps_a_carpet_and_lines_and_all_are_small(tmp_path) -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(500, 9, (31, 29, 17, 1201)).astype(np.int16)

    pictures = draw(tmp_path, values, np.diag([3, 3, 4, 1]), over_time=True)

    assert [p.title for p in pictures] == [
        "Slices", "Mean and stability in time", "Carpet", "Signal and change",
    ]  # fmt: skip
    for picture in pictures:
        if "pixels" in picture.arrays:
            assert picture.arrays["pixels"].dtype == np.uint8
            assert max(picture.arrays["pixels"].shape) <= 480
        else:
            assert picture.arrays["y"].shape == (2, 1000)
            assert picture.arrays["x"].shape == (1000,)
    assert [bool(p.exposes) for p in pictures] == [True, True, False, False]


def test_a_stripe_in_the_carpet_is_where_the_signal_jumped(tmp_path) -> None:
    values = np.random.default_rng(5).normal(500, 5, (11, 9, 7, 61)).astype(np.float32)
    values[..., 40] += 60

    pictures = draw(tmp_path, values, np.eye(4), over_time=True)

    carpet = pictures[2].arrays["pixels"]
    assert carpet.shape == (400, 61)
    assert int(carpet.mean(axis=0).argmax()) == 40


def test_weights_are_drawn_beside_the_signal(tmp_path) -> None:
    values = np.random.default_rng(5).random((9, 8, 7, 3)).astype(np.float32)
    gradients = Gradients(np.array([0.0, 700, 1400]), np.eye(3))

    picture = draw(tmp_path, values, np.eye(4), gradients=gradients)[-1]

    assert picture.arrays["y"][0].tolist() == [0, 700, 1400]
    assert picture.legend == ("b-value (s/mm²)", "Mean")


def test_a_flat_affine_says_nothing() -> None:
    assert find_turn(np.diag([2.0, 0.0, 2.0, 1.0])) is None
    assert find_turn(np.full((4, 4), np.nan)) is None
