"""Strips and tiles, each beside what tifffile or Pillow reads from the same file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from fascicle.errors import FormatError
from fascicle.formats._micr_segments import Layout, PageReader, layout_of, unpack
from fascicle.formats._micr_tiff import open_tiff

RNG = np.random.default_rng(9)
GREY = RNG.integers(0, 60000, (101, 73), np.uint16)
COLOUR = RNG.integers(0, 255, (53, 41, 3), np.uint8)


def read_all(path, n_rows=37) -> np.ndarray[Any, Any]:
    image = open_tiff(path)
    return np.concatenate([band for _, band in image.bands((0, 0, 0), n_rows)]).squeeze()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rowsperstrip": 17},
        {"byteorder": ">", "rowsperstrip": 17},
        {"bigtiff": True},
        {"compression": "zlib", "predictor": True, "rowsperstrip": 23},
        {"compression": "lzma"},
        {"tile": (32, 64), "compression": "zlib"},
        {"tile": (16, 16)},
    ],
    ids=str,
)
def test_grey_pixels_are_those_that_tifffile_reads(tmp_path, options):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREY, **options)

    if options.get("compression") == "lzma":
        with pytest.raises(FormatError, match="FSC261"):
            read_all(path)
    else:
        np.testing.assert_array_equal(read_all(path), tifffile.imread(path))


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
def test_every_type_that_ome_knows_comes_as_it_is(tmp_path, dtype):
    pixels = (RNG.normal(size=(31, 29)) * 50).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", pixels, compression="zlib", byteorder=">")

    found = read_all(tmp_path / "a.tif")

    assert found.dtype == pixels.dtype.newbyteorder("=")
    np.testing.assert_array_equal(found, pixels)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("tile", [None, (16, 32)])
def test_colours_come_last_however_they_are_stored(tmp_path, planar, tile):
    stored = COLOUR if planar == "contig" else COLOUR.transpose(2, 0, 1)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar,
                     compression="zlib", tile=tile)  # fmt: skip

    np.testing.assert_array_equal(read_all(tmp_path / "a.tif"), COLOUR)


@pytest.mark.parametrize(
    ("compression", "mode"),
    [
        ("tiff_lzw", "L"), ("tiff_lzw", "RGB"), ("tiff_lzw", "F"), ("packbits", "L"),
        ("jpeg", "L"), ("jpeg", "RGB"), ("tiff_adobe_deflate", "RGB"),
    ],
)  # fmt: skip
def test_packings_are_undone_as_libtiff_undoes_them(tmp_path, compression, mode):
    Pillow.fromarray(COLOUR).convert(mode).save(tmp_path / "a.tif", compression=compression)

    expected = np.asarray(Pillow.open(tmp_path / "a.tif"))

    np.testing.assert_array_equal(read_all(tmp_path / "a.tif"), expected)


@pytest.mark.parametrize("predictor", [1, 2, 3])
def test_predictors_are_undone_as_libtiff_undoes_them(tmp_path, predictor):
    mode = "F" if predictor == 3 else "L"
    Pillow.fromarray(COLOUR).convert(mode).save(
        tmp_path / "a.tif", compression="tiff_lzw", tiffinfo={317: predictor}
    )
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.pages[0].predictor == predictor

    expected = np.asarray(Pillow.open(tmp_path / "a.tif"))

    np.testing.assert_array_equal(read_all(tmp_path / "a.tif"), expected)


def test_bits_become_zero_and_one(tmp_path):
    bits = COLOUR[..., 0] > 99
    Pillow.fromarray(bits).save(tmp_path / "a.tif")

    found = read_all(tmp_path / "a.tif")

    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, bits)


@pytest.mark.parametrize("start", [0, 1, 16, 40, 100])
def test_any_rows_can_be_asked_for(tmp_path, start):
    tifffile.imwrite(tmp_path / "a.tif", GREY, rowsperstrip=17, compression="zlib")
    image = open_tiff(tmp_path / "a.tif")

    rows = image.read((0, 0, 0), start, 101)

    np.testing.assert_array_equal(rows[..., 0], GREY[start:])


def test_a_page_without_enough_strips_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(bytes(999))
    layout = Layout(9, 9, 1, (3, 9), np.dtype("u1"), 8)

    with pytest.raises(FormatError, match="FSC260"):
        PageReader(tmp_path / "a", layout, [(0, 27)])


def test_what_unpacks_to_too_little_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"no deflate at all")
    layout = Layout(9, 9, 1, (9, 9), np.dtype("u1"), 8, compression=8)

    with pytest.raises(FormatError, match="FSC260"):
        PageReader(tmp_path / "a", layout, [(0, 17)]).read(0, 9)


def test_zstandard_is_unpacked():
    from numcodecs import Zstd

    assert unpack(bytes(Zstd().encode(b"tissue" * 9)), 50000, 54) == b"tissue" * 9


def test_a_packed_strip_larger_than_the_memory_is_refused():
    class Page:
        bitspersample, sampleformat, photometric, fillorder, compression = 16, 1, 1, 1, 8
        imagedepth, imagelength, imagewidth, rowsperstrip = 1, 1 << 16, 1 << 16, 1 << 16
        tilewidth = tilelength = 0
        samplesperpixel, predictor, planarconfig, jpegtables = 1, 1, 1, None

        class parent:  # noqa: N801 - as tifffile calls it
            byteorder = "<"

    with pytest.raises(FormatError, match="FSC261"):
        layout_of(Page)


@pytest.mark.parametrize("error", [ImportError, MemoryError])
def test_what_is_wrong_with_the_computer_is_not_said_of_the_file(monkeypatch, error):
    from fascicle.formats import _micr_segments

    def fail(*_):
        raise error

    monkeypatch.setattr(_micr_segments, "_open_wrapped", fail)

    with pytest.raises(error):
        unpack(b"\0", 5, 7)
    with pytest.raises(error):
        _micr_segments.decode_jpeg(b"\0", b"", (1, 1, 1), 1)
