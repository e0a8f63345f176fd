"""Pictures are taken for micrographs where that is sure, and left out where it is not."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise
from fascicle.formats._micr_pictures import Picture
from fascicle.testing import (
    PLANTED,
    MicrographContract,
    Planted,
    make_slices,
    read_pixels,
)

RNG = np.random.default_rng(8)


def grey(path, size=(41, 53), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(RNG.integers(0, 255, size, np.uint8)).save(path, **options)
    return path


class TestPng(MicrographContract):
    format_name = "picture"
    pixel_um = (0.004, 0.004, 0.045)

    def make_recording(self, root):
        return make_slices(root / "sbfsem", seed=4, planted=Planted(), ending="png")[0]

    def read_oracle(self, path):
        files = sorted(path.parent.glob("*.png"))
        return np.stack([np.asarray(Pillow.open(file)) for file in files])[None, None, ..., None]


def test_plots_and_photographs_are_left_out_without_a_word(tmp_path):
    grey(tmp_path / "figure.png")
    grey(tmp_path / "photo.jpg")

    seen = recognise(tmp_path)

    assert (seen.sources, seen.findings, len(seen.others)) == ((), (), 2)


def test_a_grey_series_without_evidence_is_told(tmp_path):
    for number in (8, 9, 10, 11):
        grey(tmp_path / f"{number}.png")

    seen = recognise(tmp_path)

    assert seen.sources == ()
    (finding,) = seen.findings
    assert (finding.code, finding.raw_place) == ("image.unclear", "8.png")
    assert "micrograph.json" in finding.fix


def test_a_note_makes_the_series_one_image_in_order_of_numbers(tmp_path):
    for number in (8, 9, 10, 11):
        grey(tmp_path / "slices" / f"{number}.png")
    (tmp_path / "micrograph.json").write_text(
        json.dumps({"PixelSize": [4, 4, 50], "PixelSizeUnits": "nm"})
    )

    (source,) = recognise(tmp_path).sources

    assert [p.name for p in source.files] == [
        "8.png", "9.png", "10.png", "11.png", "micrograph.json",
    ]  # fmt: skip
    assert read_header(tmp_path, source).shape == (53, 41, 4)


def test_pixels_too_fine_for_a_print_are_evidence(tmp_path):
    grey(tmp_path / "a.png", dpi=(254000, 254000))
    grey(tmp_path / "b.png", dpi=(600, 600))

    (source,) = recognise(tmp_path).sources

    assert source.primary.name == "a.png"
    assert read_header(tmp_path, source).metadata["PixelSize"] == pytest.approx([0.1, 0.1])


def test_series_of_other_sizes_or_with_gaps_are_parted(tmp_path):
    for number in (1, 2, 3, 7, 8, 9, 10):
        grey(tmp_path / "em" / f"{number}.png")
    grey(tmp_path / "em" / "4.png", size=(7, 9))

    sources = recognise(tmp_path).sources

    assert [len(source.files) for source in sources] == [3, 1, 4]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16", "LA"])
def test_every_kind_of_png_is_decoded(tmp_path, mode):
    colour = Pillow.fromarray(RNG.integers(0, 255, (41, 53, 3), np.uint8))
    picture = (
        Pillow.fromarray(RNG.integers(0, 60000, (41, 53), np.uint16))
        if mode == "I;16"
        else colour.convert(mode)
    )
    picture.save(tmp_path / "a.png")

    image = Picture().open(tmp_path / "a.png")

    shown = {"P": "RGB", "1": "L", "LA": "L"}.get(mode)
    expected = np.asarray(picture.convert(shown) if shown else picture)
    np.testing.assert_array_equal(read_pixels(image).squeeze(), expected)


def test_texts_and_exif_are_listed(tmp_path):
    exif = Pillow.Exif()
    exif[315], exif[306] = PLANTED, "2019:11:23 14:31:07"
    grey(tmp_path / "a.jpg", exif=exif, comment=b"Patient = Quandt")

    found = {(i.kind, i.value) for i in Picture().open(tmp_path / "a.jpg").facts.identifiers}

    assert {("operator", PLANTED), ("date", "2019-11-23")} <= found
    assert any("Quandt" in value for _, value in found)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_pictures_are_refused(tmp_path, share):
    path = grey(tmp_path / "a.png", size=(301, 277))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])

    with pytest.raises((FormatError, OSError)):
        Picture().open(path)
