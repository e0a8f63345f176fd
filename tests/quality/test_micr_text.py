"""Text in micrographs is found, and cells are not taken for it."""

from __future__ import annotations

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from fascicle.formats import Image
from fascicle.quality._micr_text import find_text
from fascicle.testing import MicrographShape


def image_of(planes) -> Image:
    wide = planes[..., None]
    return Image((1, 1, *planes.shape), 1, planes.dtype, lambda p, a, b: wide[p[2]][a:b])


def with_text(plane, text, at):
    """Burn a text in white into a plane of eight bits."""
    picture = Pillow.fromarray(plane)
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1"  # as instruments draw: without grey edges
    pen.text(at, text, fill=255, font=ImageFont.load_default(16))
    return np.asarray(picture)


def planes_of(n_slices) -> np.ndarray:
    return MicrographShape(1, 1, n_slices, 301, 401, "uint8").pixels(5)[0, 0] // 2


def test_a_data_bar_below_an_image_is_found():
    plane = planes_of(1)[0].copy()
    plane[-40:] = 0

    found = find_text(image_of(with_text(plane, "HV 20.0kV  QUANDT  2019", (10, 272))[None]))

    assert found.n_glyphs >= 8


def test_text_that_stays_through_a_stack_is_found_anywhere():
    planes = planes_of(9)

    burnt = np.stack([with_text(plane, "QUANDT 4471", (120, 140)) for plane in planes])

    assert find_text(image_of(burnt)).n_glyphs >= 4


def test_tissue_has_no_text():
    assert not find_text(image_of(planes_of(1)))
    assert not find_text(image_of(planes_of(9)))
    saturated = np.minimum(planes_of(1).astype(int) * 6, 255).astype(np.uint8)
    assert not find_text(image_of(saturated))
