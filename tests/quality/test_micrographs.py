"""What goes wrong at microscopes, made and found."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import ndimage

from fascicle.core import Drawing, Header, Modality
from fascicle.formats import Image
from fascicle.formats._micr_image import ImageFacts
from fascicle.formats._micr_write import write_ome_tiff
from fascicle.quality import _micr_text, check_recording
from fascicle.quality import _micrographs as module
from fascicle.testing import MicrographShape

HEADER = Header(Modality.MICR, metadata={"PixelSize": [0.5, 0.5], "PixelSizeUnits": "um"})
SHAPE = MicrographShape(1, 1, 7, 301, 277)


def check(tmp_path, planes, header=HEADER, **facts):
    """Write planes (slices, rows, columns) and judge them."""
    wide = planes[..., None]
    image = Image((1, 1, *planes.shape), 1, planes.dtype, lambda p, a, b: wide[p[2]][a:b],
                  facts=ImageFacts(**facts))  # fmt: skip
    write_ome_tiff(image, header, tmp_path / "a.ome.tif")
    return check_recording(tmp_path / "a.ome.tif", header, line_hz=None)


def codes(quality):
    return {finding.code for finding in quality.findings}


@pytest.fixture
def planes():
    return SHAPE.pixels(3)[0, 0]


def test_a_good_stack_passes_with_an_overview_and_a_histogram(tmp_path, planes):
    quality = check(tmp_path, planes)

    assert (quality.verdict, codes(quality)) == ("pass", set())
    assert [p.drawing for p in quality.pictures] == [Drawing.IMAGE, Drawing.LINES]
    pixels = quality.pictures[0].arrays["pixels"]
    assert pixels.shape == (301, 277)
    counts = 10 ** quality.pictures[1].arrays["y"] - 1
    assert counts.sum() == pytest.approx(planes.size)
    expected = np.histogram(planes, 256, (planes.min(), planes.max()))[0]
    np.testing.assert_allclose(counts[0], expected, atol=1e-6)


def test_measures_are_those_that_numpy_finds(tmp_path, planes):
    quality = check(tmp_path, planes)

    assert quality.extra["saturated_share"] == np.mean(planes == planes.max())
    assert quality.extra["n_slices"] == 7
    noise = np.random.default_rng(1).normal(1000, 50, (1, 512, 512)).astype(np.uint16)
    assert check(tmp_path, noise).extra["focus_share"] == pytest.approx(1, abs=0.02)


def test_a_missing_size_of_pixels_is_an_error(tmp_path, planes):
    quality = check(tmp_path, planes, Header(Modality.MICR))

    assert codes(quality) == {"image.no-pixel-size"}
    assert quality.verdict == "fail"


def test_an_image_of_one_value_is_empty(tmp_path):
    assert "image.empty" in codes(check(tmp_path, np.full((2, 31, 37), 9, np.uint8)))


def test_blur_lowers_the_focus(tmp_path, planes):
    blurred = np.stack([ndimage.gaussian_filter(p.astype(float), 6) for p in planes])

    quality = check(tmp_path, blurred.astype(np.uint16))

    assert "image.focus" in codes(quality)


def test_saturation_is_told(tmp_path, planes):
    clipped = np.minimum(planes, np.percentile(planes, 93).astype(planes.dtype))

    assert "image.saturated" in codes(check(tmp_path, clipped))


def test_missing_tiles_are_told(tmp_path):
    plane = MicrographShape(1, 1, 1, 1024, 1024).pixels(3)[0, 0]
    plane[:, :768] = 0

    quality = check(tmp_path, plane)

    assert "image.empty-tiles" in codes(quality)
    assert quality.extra["empty_share"] == 0.75


def test_light_that_falls_off_is_told(tmp_path):
    y, x = np.mgrid[-1:1:301j, -1:1:277j]
    flat = np.random.default_rng(3).normal(2000, 40, (1, 301, 277))

    quality = check(tmp_path, (flat * (1 - 0.3 * (x**2 + y**2))).astype(np.uint16))

    assert codes(quality) == {"image.fall-off"}
    assert codes(check(tmp_path, flat.astype(np.uint16))) == set()


def test_missing_repeated_and_different_slices_are_told(tmp_path, planes):
    planes[2] = 0
    planes[4] = planes[3]
    planes[5] = planes[5] * 3

    quality = check(tmp_path, planes)

    assert codes(quality) >= {
        "image.missing-planes", "image.repeated-slices", "image.different-slices",
    }  # fmt: skip
    assert (quality.extra["n_empty_slices"], quality.extra["n_repeated_slices"]) == (1, 1)


def test_values_that_are_no_numbers_are_counted(tmp_path, planes):
    values = planes.astype(np.float32)
    values[0, :10] = np.nan
    values[1, 0, 0] = np.inf

    quality = check(tmp_path, values)

    assert codes(quality) == {"image.not-finite"}
    assert quality.extra["not_finite_share"] == (10 * 277 + 1) / planes.size


def test_bright_zeros_are_shown_bright(tmp_path, planes):
    shown = check(tmp_path, planes).pictures[0].arrays["pixels"].astype(int)
    turned = check(tmp_path, planes, is_white_zero=True).pictures[0].arrays["pixels"]

    assert np.abs(shown + turned - 255).max() <= 1


def test_a_large_image_is_shown_reduced(tmp_path):
    plane = np.zeros((1, 1031, 1999), np.uint8)
    plane[0, :500, :700] = 200

    pixels = check(tmp_path, plane).pictures[0].arrays["pixels"]

    assert max(pixels.shape) <= 480
    assert pixels[50, 50] == 255
    assert pixels[-1, -1] == 0


def test_a_cut_file_fails_with_a_finding(tmp_path, planes):
    check(tmp_path, planes)
    path = tmp_path / "a.ome.tif"
    path.write_bytes(path.read_bytes()[:5000])

    quality = check_recording(path, HEADER, line_hz=None)

    assert codes(quality) == {"recording.unreadable"}


def test_memory_does_not_grow_with_the_image(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BAND_ROWS", 64)
    monkeypatch.setattr(_micr_text, "LARGEST", 1 << 14)
    rng = np.random.default_rng(1)
    peaks = []
    for n_rows in (512, 512, 5120):  # the first brings in what stays
        check(tmp_path, rng.integers(0, 255, (1, n_rows, 512), np.uint8))
        tracemalloc.start()
        check_recording(tmp_path / "a.ome.tif", HEADER, line_hz=None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[2] < 1.5 * peaks[1]
