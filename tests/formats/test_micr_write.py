"""OME-TIFF as it is written; tifffile and Pillow read it back."""

from __future__ import annotations

import sys
import tracemalloc

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from fascicle.core import Header, Modality
from fascicle.formats import _micr_image as sizes
from fascicle.formats import _micr_write as module
from fascicle.formats._micr_image import Image, ImageFacts
from fascicle.formats._micr_write import count_levels, halve, write_ome_tiff

HEADER = Header(Modality.MICR, metadata={"PixelSize": [0.5, 0.5], "PixelSizeUnits": "um"})
ALLOWED = {
    "NewSubfileType", "ImageWidth", "ImageLength", "BitsPerSample", "Compression",
    "PhotometricInterpretation", "ImageDescription", "SamplesPerPixel", "XResolution",
    "YResolution", "PlanarConfiguration", "ResolutionUnit", "Predictor", "TileWidth", "TileLength",
    "TileOffsets", "TileByteCounts", "SubIFDs", "SampleFormat", "ExtraSamples",
}  # fmt: skip


def image_of(pixels, **options) -> Image:
    """An image of (rows, columns, colours) or (slices, rows, columns, colours)."""
    planes = pixels if pixels.ndim == 4 else pixels[None]
    shape = (1, 1, *planes.shape[:3])
    return Image(shape, planes.shape[3], pixels.dtype, lambda p, a, b: planes[p[2]][a:b], **options)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("n_colours", [1, 3, 4])
def test_pixels_come_back_to_the_last_bit(tmp_path, dtype, n_colours):
    rng = np.random.default_rng(3)
    n_bytes = np.dtype(dtype).itemsize
    pixels = np.frombuffer(rng.bytes(3 * 301 * 277 * n_colours * n_bytes), dtype)
    if dtype.startswith("f"):
        pixels = rng.normal(size=pixels.size).astype(dtype)
    pixels = pixels.reshape(3, 301, 277, n_colours)

    write_ome_tiff(image_of(pixels), HEADER, tmp_path / "a.ome.tif")

    with tifffile.TiffFile(tmp_path / "a.ome.tif") as file:
        found = file.series[0].asarray().reshape(pixels.shape)
    np.testing.assert_array_equal(found, pixels)


def test_an_image_above_2048_pixels_has_halved_levels(tmp_path):
    pixels = np.random.default_rng(3).integers(0, 255, (2, 4500, 1031, 1), np.uint8)

    write_ome_tiff(image_of(pixels), HEADER, tmp_path / "a.ome.tif")

    with tifffile.TiffFile(tmp_path / "a.ome.tif") as file:
        levels = file.series[0].levels
        assert [level.shape for level in levels] == [
            (2, 4500, 1031), (2, 2250, 516), (2, 1125, 258),
        ]  # fmt: skip
        np.testing.assert_array_equal(levels[0].asarray(), pixels[..., 0])
        half = levels[1].asarray()
        expected = np.pad(pixels[..., 0].astype(float), ((0, 0), (0, 0), (0, 1)), mode="edge")
        mean = expected.reshape(2, 2250, 2, 516, 2).mean(axis=(2, 4))
        np.testing.assert_array_equal(half, np.rint(mean))


def test_no_tag_but_those_that_pixels_need_is_written(tmp_path):
    pixels = np.random.default_rng(3).integers(0, 255, (2100, 301, 3), np.uint8)

    write_ome_tiff(image_of(pixels), HEADER, tmp_path / "a.ome.tif")

    with tifffile.TiffFile(tmp_path / "a.ome.tif") as file:
        pages = [file.pages[0], *file.pages[0].pages]
        assert {tag.name for page in pages for tag in page.tags} <= ALLOWED
        assert file.pages[0].is_tiled


def test_pillow_reads_it_too(tmp_path):
    pixels = np.random.default_rng(3).integers(0, 255, (301, 277, 3), np.uint8)

    write_ome_tiff(image_of(pixels), HEADER, tmp_path / "a.ome.tif")

    np.testing.assert_array_equal(np.asarray(Pillow.open(tmp_path / "a.ome.tif")), pixels)


def test_without_isal_the_same_pixels_are_written(tmp_path, monkeypatch):
    pixels = np.random.default_rng(3).integers(0, 9, (301, 277, 1), np.uint16)
    module._packer.cache_clear()
    monkeypatch.setitem(sys.modules, "isal", None)

    write_ome_tiff(image_of(pixels), HEADER, tmp_path / "a.ome.tif")

    module._packer.cache_clear()
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.ome.tif"), pixels[..., 0])


def test_bright_zeros_stay_bright(tmp_path):
    pixels = np.random.default_rng(3).integers(0, 255, (31, 27, 1), np.uint8)

    write_ome_tiff(
        image_of(pixels, facts=ImageFacts(is_white_zero=True)), HEADER, tmp_path / "a.tif"
    )

    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.pages[0].photometric == 0


def test_nothing_is_left_if_reading_fails(tmp_path):
    def fail(plane, start, stop):
        raise OSError

    image = Image((1, 1, 1, 31, 27), 1, np.dtype("u1"), fail)

    with pytest.raises(OSError):
        write_ome_tiff(image, HEADER, tmp_path / "a.ome.tif")

    assert list(tmp_path.iterdir()) == []


def test_a_stack_ten_times_the_band_keeps_the_memory_bounded(tmp_path, monkeypatch):
    band = 1 << 20
    monkeypatch.setattr(module, "BAND_BYTES", band)
    n_slices, height, width = 5, 2304, 1024  # 2.3 MB a slice, more than ten bands in all

    def read(plane, start, stop):
        rng = np.random.default_rng([plane[2], start])
        return rng.integers(0, 9, (stop - start, width, 1), np.uint8)

    image = Image((1, 1, n_slices, height, width), 1, np.dtype("u1"), read)
    assert image.n_bytes > 10 * band
    write_ome_tiff(image, HEADER, tmp_path / "warm.ome.tif")  # imports and caches
    tracemalloc.start()

    write_ome_tiff(image, HEADER, tmp_path / "a.ome.tif")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A band, its halves in floating numbers (which are larger), tiles and what tifffile holds.
    assert peak < 6 * band


@pytest.mark.parametrize(
    ("size", "n_levels"), [((2048, 2048), 0), ((2049, 5), 1), ((5, 9000), 3), ((1, 1), 0)]
)
def test_levels_are_counted_until_2048_pixels(size, n_levels):
    assert count_levels(*size) == n_levels


def test_halving_knows_extreme_numbers():
    values = np.array([[[255], [255]], [[255], [254]]], np.uint8)

    assert halve(values).ravel().tolist() == [255]
    assert halve(np.full((3, 3, 1), -32768, np.int16)).ravel().tolist() == [-32768] * 4
    assert np.isnan(halve(np.array([[[np.nan]]], np.float32))).all()


def test_bands_of_a_very_wide_image_are_one_row_of_tiles():
    image = Image((1, 1, 1, 999, 1 << 22), 3, np.dtype("u2"), lambda *_: np.zeros(0))

    assert module.band_rows(image, 256) == 256
    assert sizes.BAND_BYTES == 32 << 20
