import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from tests.report.gallery import carpet, keypoints, mean_image, slices, tiles

from fascicle.core import Drawing, Picture
from fascicle.report._budget import Detail
from fascicle.report._images import draw_image, image_legend, is_broad, shrink

PIL = pytest.importorskip("PIL.Image")


def pixels_of(svg: str) -> np.ndarray:
    data = re.search(r"base64,([^\"]+)", svg)[1]
    return np.asarray(PIL.open(io.BytesIO(base64.b64decode(data))))


def of(pixels, **more) -> Picture:
    return Picture(Drawing.IMAGE, "Title", "Words.", {"pixels": np.asarray(pixels), **more})


def size(svg: str) -> tuple[float, float]:
    found = re.search(r'<image [^>]*width="([\d.]+)" height="([\d.]+)"', svg)
    return float(found[1]), float(found[2])


def test_the_page_shows_the_very_pixels_of_a_small_image():
    shown = mean_image()

    np.testing.assert_array_equal(pixels_of(draw_image(shown, Detail())), shown.arrays["pixels"])


def test_a_large_image_is_shrunk_by_the_mean_over_areas():
    pixels = np.random.default_rng(3).integers(0, 256, (90, 60, 3)).astype(np.uint8)

    small = shrink(pixels, 30 * 20 * 3)

    oracle = pixels.reshape(30, 3, 20, 3, 3).mean(axis=(1, 3))  # (row, column, colour)
    assert small.shape == (30, 20, 3)
    np.testing.assert_allclose(small, oracle, atol=0.51)


def test_shrinking_by_a_broken_factor_keeps_the_mean():
    pixels = np.random.default_rng(4).integers(0, 256, (97, 61)).astype(np.uint8)

    small = shrink(pixels, 1009)

    assert small.size <= 1100
    assert small.mean() == pytest.approx(pixels.mean(), abs=0.6)


@pytest.mark.parametrize("shape", [(64, 48), (480, 200), (30, 40, 3)])
def test_a_picture_of_something_keeps_its_proportions(shape):
    wide, high = size(draw_image(of(np.zeros(shape, dtype=np.uint8)), Detail()))

    assert wide / high == pytest.approx(shape[1] / shape[0], rel=0.01)


def test_an_image_with_one_unit_on_both_sides_keeps_its_proportions_and_a_plot_need_not():
    wide, high = size(draw_image(tiles(), Detail()))
    plot_wide, plot_high = size(draw_image(carpet(), Detail()))

    assert wide / high == pytest.approx(440 / 330, rel=0.01)
    assert plot_wide / plot_high > 1.4 * 180 / 200


def test_a_scale_is_drawn_where_the_picture_has_one():
    svg = draw_image(carpet(), Detail())

    assert ">350<" in svg
    assert ">time (s)<" in svg
    assert "axis" not in draw_image(mean_image(), Detail())


def test_named_sides_without_numbers_make_a_plot_too():
    svg = draw_image(replace(of(np.zeros((9, 240), dtype=np.uint8)), x_label="Time",
                             y_label="Frequency"), Detail())  # fmt: skip

    wide, high = size(svg)
    assert wide / high < 3
    assert ">Frequency<" in svg


def test_points_lie_on_the_pixels_that_they_mark_and_those_not_found_are_left_out():
    points = np.array([[0.0, 0.0], [2.0, 1.0], [np.nan, 1.0]])
    shown = of(np.zeros((2, 3), dtype=np.uint8), points=points, classes=np.array([0, 1, 2]))

    svg = draw_image(shown, Detail())

    wide, high = size(svg)
    places = [tuple(map(float, found)) for found in
              re.findall(r"translate\(([\d.]+) ([\d.]+)\)", svg)]  # fmt: skip
    np.testing.assert_allclose(
        places, [(wide / 6, high / 4), (5 * wide / 6, 3 * high / 4)], atol=0.06
    )


def test_classes_of_points_differ_by_shape_as_well():
    svg = draw_image(keypoints(), Detail())

    shapes = re.findall(r'<path d="([^"]+)" transform', svg)
    assert len(set(shapes[:4])) == 4
    assert [name for _, name, _ in image_legend(keypoints())][:2] == ["nose", "left ear"]
    assert len(image_legend(keypoints())) == 7


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((0, 4)), np.zeros(7), np.zeros((3, 4, 2)), np.zeros((2, 2, 2, 3))],
)
def test_what_is_no_image_is_left_out(pixels):
    assert draw_image(of(pixels), Detail()) == ""
    assert draw_image(Picture(Drawing.IMAGE, "", ""), Detail()) == ""


def test_values_beyond_a_byte_are_cut_and_missing_ones_are_black():
    svg = draw_image(of(np.array([[300.0, -7.0, np.nan]])), Detail())

    assert pixels_of(svg).tolist() == [[255, 0, 0]]


@pytest.mark.parametrize(
    "more",
    [{"points": np.zeros((4, 3))}, {"points": np.zeros((2, 2)), "classes": np.zeros(5)},
     {"extent": np.zeros(3)}, {"extent": np.array([0, 0, 1, 2])},
     {"extent": np.array([0, np.nan, 1, 2])}],
)  # fmt: skip
def test_marks_that_do_not_fit_do_no_harm(more):
    assert "<image" in draw_image(of(np.zeros((5, 4), dtype=np.uint8), **more), Detail())


def test_slices_side_by_side_get_the_whole_width():
    assert is_broad(slices())
    assert not is_broad(mean_image())
    assert not is_broad(replace(slices(), arrays={}))
