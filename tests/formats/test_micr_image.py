"""What an opened image is asked."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._micr_image import Image, require_image


def image_of(shape=(2, 3, 5, 31, 47), n_samples=1, dtype="u2") -> Image:
    return Image(shape, n_samples, np.dtype(dtype), lambda p, a, b: np.full((b - a, 47, 1), a))


def test_planes_come_with_slices_first():
    planes = list(image_of().planes())

    assert len(planes) == 30
    assert planes[:6] == [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 3), (0, 0, 4), (0, 1, 0)]


def test_bands_cover_every_row_once():
    bands = [(start, len(band)) for start, band in image_of().bands((0, 0, 0), 12)]

    assert bands == [(0, 12), (12, 12), (24, 7)]


def test_size_counts_every_sample():
    assert image_of(n_samples=3, dtype="f4").n_bytes == 2 * 3 * 5 * 31 * 47 * 3 * 4


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (image_of(shape=(1, 1, 1, 0, 47)), "FSC260"),
        (image_of(shape=(1, 1, 1, 5, 1 << 25)), "FSC260"),
        (image_of(dtype="c8"), "FSC261"),
        (image_of(n_samples=2), "FSC261"),
    ],
)
def test_what_cannot_be_written_is_refused_before(image, code):
    with pytest.raises(FormatError, match=code):
        require_image(image)
