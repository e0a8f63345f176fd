"""Pictures of what made the labels of an image."""

from __future__ import annotations

import numpy as np
from tests.quality.head_images import MM, epi_affine, make_epi, make_structure, save_image

from fascicle.core import Drawing
from fascicle.formats import open_volume_file
from fascicle.quality._image_pictures import draw_series, draw_structure
from fascicle.quality._image_series import measure_series
from fascicle.quality._image_structure import Structure, measure_structure
from fascicle.quality._volume_measures import measure_volume
from fascicle.quality._volume_pictures import find_turn


def test_tissues_are_drawn_in_colour_below_the_image() -> None:
    volume = make_structure().astype(np.float32)
    structure = measure_structure(volume, MM, up=(2, 1), is_t1=True)

    (picture,) = draw_structure(volume, structure)

    pixels = picture.arrays["pixels"]
    assert (picture.drawing, picture.exposes) == (Drawing.IMAGE, "head")
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    half = pixels.shape[0] // 2
    assert (pixels[:half, :, 0] == pixels[:half, :, 2]).all()
    assert (pixels[half:, :, 0] != pixels[half:, :, 2]).mean() > 0.1


def test_without_a_brain_there_is_nothing_to_draw() -> None:
    nothing = np.zeros((5, 6, 7), bool)

    assert draw_structure(
        np.ones((5, 6, 7), np.float32), Structure({}, nothing, nothing.astype(np.uint8), nothing)
    ) == []  # fmt: skip


def test_movement_is_drawn_over_time_above_the_carpet(tmp_path) -> None:
    values = make_epi(11)[0]
    path = save_image(tmp_path, "sub-01/func/sub-01_bold.nii.gz", values, epi_affine(), 2.5)
    file = open_volume_file(path)
    passed = measure_volume(file, over_time=True)
    series = measure_series(file, passed, find_turn(file.affine), phase_axis=None)
    assert series is not None

    moved, placed, carpet = draw_series(file, passed, series, 2.5)

    assert moved.drawing is Drawing.LINES
    assert moved.arrays["y"].shape == (len(moved.legend), 11)
    assert moved.arrays["x"][-1] == 25
    assert np.isfinite(moved.arrays["y"]).all()
    assert placed.arrays["y"].shape == (6, 11)
    assert carpet.title == "Carpet"
