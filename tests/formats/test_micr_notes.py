"""Notes beside images."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from fascicle.core import Source
from fascicle.formats._micr_notes import find_notes, read_notes

SIZE = {"PixelSize": [1, 2], "PixelSizeUnits": "um"}


def write(path, said):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(said if isinstance(said, str) else json.dumps(said))


def said(root, name="m1/a.ome.tif"):
    path = PurePosixPath(name)
    return read_notes(root, Source("micrograph", (path, *find_notes(root, path)), 0))


def test_the_nearest_note_wins_and_further_ones_fill_in(tmp_path):
    write(tmp_path / "micrograph.json", SIZE | {"Manufacturer": "Zeiss", "Magnification": 20})
    write(tmp_path / "m1" / "micrograph.json", {"Magnification": 40})
    write(tmp_path / "m1" / "a.json", {"PixelSize": [3, 4, 5], "PixelSizeUnits": "nm"})

    assert said(tmp_path) == {
        "PixelSize": [3.0, 4.0, 5.0], "PixelSizeUnits": "nm", "Manufacturer": "Zeiss",
        "Magnification": 40,
    }  # fmt: skip


@pytest.mark.parametrize(
    "size",
    [{"PixelSize": [1, 2]}, {"PixelSize": [1], "PixelSizeUnits": "um"},
     {"PixelSize": [0, 1], "PixelSizeUnits": "um"}, {"PixelSize": "x", "PixelSizeUnits": "um"},
     {"PixelSize": [1, 2], "PixelSizeUnits": "px"},
     {"PixelSize": [1, None], "PixelSizeUnits": "nm"}, {"PixelSize": [1, 2], "PixelSizeUnits": []}],
)  # fmt: skip
def test_sizes_that_cannot_be_are_left_out(tmp_path, size):
    write(tmp_path / "micrograph.json", size | {"Magnification": 20})

    assert said(tmp_path) == {"Magnification": 20}


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", '{"Owner": "Meier"}', "\xff"])
def test_what_is_no_note_is_none(tmp_path, text):
    write(tmp_path / "m1" / "a.json", text)

    assert find_notes(tmp_path, PurePosixPath("m1/a.ome.tif")) == ()


def test_one_size_stands_for_both_sides(tmp_path):
    write(tmp_path / "micrograph.json", {"PixelSize": 4, "PixelSizeUnits": "nm"})

    assert said(tmp_path)["PixelSize"] == [4.0, 4.0]
