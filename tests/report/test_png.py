import io

import numpy as np
import pytest
from tests.report.gallery import gallery

from fascicle.report._png import make_data_uri, make_png

PIL = pytest.importorskip("PIL.Image")


@pytest.mark.parametrize("shape", [(1, 1), (7, 11), (11, 7), (1, 257), (7, 11, 3), (33, 5, 3)])
def test_another_reader_sees_the_very_pixels(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)

    image = PIL.open(io.BytesIO(make_png(pixels)))

    assert image.mode == ("L" if len(shape) == 2 else "RGB")
    np.testing.assert_array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize(
    "shown", [p for p in gallery() if "pixels" in p.arrays], ids=lambda p: p.title
)
def test_smooth_images_are_packed_as_well_as_another_writer_packs_them(shown):
    pixels = shown.arrays["pixels"]
    other = io.BytesIO()
    PIL.fromarray(pixels).save(other, "png", optimize=True)

    ours = make_png(pixels)

    np.testing.assert_array_equal(np.asarray(PIL.open(io.BytesIO(ours))), pixels)
    assert len(ours) <= 1.1 * len(other.getvalue())


def test_a_view_of_an_array_is_written_like_its_copy():
    pixels = np.random.default_rng(2).integers(0, 256, (9, 14)).astype(np.uint8)

    assert make_png(pixels[::-1, ::2]) == make_png(pixels[::-1, ::2].copy())


def test_an_address_holds_the_whole_image_and_nothing_else():
    pixels = np.full((3, 5), 77, dtype=np.uint8)

    uri = make_data_uri(pixels)

    assert uri.startswith("data:image/png;base64,")
    assert not set("\"'<>& \n") & set(uri)
