"""The contract of micrographs, for each way in which they come; and what only some of them do."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import tifffile

from fascicle.core import Source
from fascicle.errors import DependencyError, FormatError
from fascicle.formats import _micrographs as module
from fascicle.formats import open_micrograph, read_header, recognise, write_recording
from fascicle.testing import (
    MicrographContract,
    MicrographShape,
    Planted,
    make_imagej_stack,
    make_ome_tiff,
    make_ome_zarr,
    make_slices,
    make_slide,
    read_pixels,
    read_written_pixels,
    released_micrograph,
)

ODD = MicrographShape(n_times=2, n_channels=3, n_slices=5, height=31, width=47)


class TestStack(MicrographContract):
    format_name = "micrograph"
    pixel_um = (0.5, 0.5, 2.5)

    def make_recording(self, root):
        return make_imagej_stack(root / "m7_stack.tif", seed=1, planted=Planted())

    def read_oracle(self, path):
        return tifffile.imread(path)[None, None, ..., None]


class TestOmeTiff(MicrographContract):
    format_name = "micrograph"
    pixel_um = (0.5, 0.25, 2.0)

    def make_recording(self, root):
        return make_ome_tiff(root / "m7.ome.tif", seed=2, planted=Planted(), shape=ODD)

    def read_oracle(self, path):
        return tifffile.imread(path)[..., None]


class TestSlide(MicrographContract):
    format_name = "micrograph"
    pixel_um = (0.499, 0.499)

    def make_recording(self, root):
        return make_slide(root / "m7.svs", seed=3, planted=Planted(), height=331)

    def read_oracle(self, path):
        return tifffile.imread(path, key=0)[None, None, None]


class TestSlices(MicrographContract):
    format_name = "micrograph"
    pixel_um = (0.004, 0.004, 0.045)

    def make_recording(self, root):
        return make_slices(root / "fibsem", seed=4, planted=Planted())[0]

    def read_oracle(self, path):
        files = sorted(path.parent.glob("*.tif"))
        return np.stack([tifffile.imread(file) for file in files])[None, None, ..., None]


class TestOmeZarr(MicrographContract):
    format_name = "ome-zarr"
    pixel_um = (0.5, 0.25, 2.0)

    def make_recording(self, root):
        return make_ome_zarr(root / "m7.ome.zarr", seed=5, planted=Planted(), shape=ODD)

    def read_oracle(self, path):
        import zarr

        return np.asarray(zarr.open_group(str(path), mode="r")["0"])[..., None]


def source_of(root: Path) -> Source:
    (source,) = recognise(root).sources
    return source


def test_a_large_image_is_written_as_ome_zarr(tmp_path, monkeypatch):
    make_slide(tmp_path / "a.svs", seed=3, planted=Planted(), height=1531)
    source = source_of(tmp_path)
    monkeypatch.setattr(module, "LARGE_BYTES", 1 << 20)
    header = released_micrograph(read_header(tmp_path, source))

    written = write_recording(tmp_path, source, header, tmp_path, "sub-1_sample-A_BF")

    assert written.files == (PurePosixPath("sub-1_sample-A_BF.ome.zarr"),)
    pixels = tifffile.imread(tmp_path / "a.svs", key=0)
    found = read_written_pixels(tmp_path / written.files[0])
    np.testing.assert_array_equal(found[0, :, 0, :, :, 0], pixels.transpose(2, 0, 1))
    again = open_micrograph(tmp_path / written.files[0])
    assert again.facts.pixel_um == (0.499, 0.499, 1.0)
    assert again.shape == (1, 3, 1, 1531, 517)


def test_a_broken_image_is_told_by_its_header_alone_and_a_full_disk_is_not_hidden(
    tmp_path, monkeypatch
):
    import errno

    from fascicle.formats import _micr_tiff
    from fascicle.formats._micrographs import _tell_beside

    (tmp_path / "a.tif").write_bytes(b"II*\0\x08\0\0\0\xff\xff" + bytes(90))
    found = _tell_beside(tmp_path, PurePosixPath("a.tif"))

    def fill_the_disk(path):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(_micr_tiff, "look_beside", fill_the_disk)

    assert found == []
    with pytest.raises(OSError, match="full"):
        _tell_beside(tmp_path, PurePosixPath("a.tif"))


def test_without_the_library_the_walk_goes_on_and_the_header_says_what_to_install(
    tmp_path, monkeypatch
):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((31, 41, 3), np.uint8))
    monkeypatch.setitem(sys.modules, "tifffile", None)

    (source,) = recognise(tmp_path).sources

    with pytest.raises(DependencyError, match="FSC801"):
        read_header(tmp_path, source)


def test_labels_and_photographs_of_a_slide_stay_behind_and_are_told(tmp_path):
    make_slide(tmp_path / "a.svs", seed=3, planted=Planted())

    seen = recognise(tmp_path)

    assert [f.code for f in seen.findings] == ["image.label-dropped"]
    source = seen.sources[0]
    header = released_micrograph(read_header(tmp_path, source))
    written = write_recording(tmp_path, source, header, tmp_path, "sub-1_sample-A_BF")
    with tifffile.TiffFile(tmp_path / written.files[0]) as file:
        assert len(file.series) == 1
        assert file.series[0].shape == (1031, 517, 3)


def test_slices_become_one_image_and_their_note_is_read(tmp_path):
    make_slices(tmp_path / "fibsem", seed=4, planted=Planted(), n_slices=7)

    source = source_of(tmp_path)

    header = read_header(tmp_path, source)
    assert len(source.files) == 8
    assert header.shape == (97, 71, 7)
    assert (header.suffix, header.certainty) == ("SEM", 1.0)


def test_numbered_images_that_speak_of_no_depth_stay_apart(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 255, (41, 53, 3), np.uint8)
    for number in range(4):
        tifffile.imwrite(tmp_path / f"mouse{number}.tif", pixels, photometric="rgb",
                         resolution=(20000, 20000), resolutionunit="CENTIMETER")  # fmt: skip

    sources = recognise(tmp_path).sources

    assert [len(source.files) for source in sources] == [1, 1, 1, 1]


def test_slices_of_two_sizes_are_refused(tmp_path):
    paths = make_slices(tmp_path / "fibsem", seed=4, planted=Planted(), n_slices=6)
    source = source_of(tmp_path)
    header = released_micrograph(read_header(tmp_path, source))
    tifffile.imwrite(paths[3], np.zeros((5, 7), np.uint8))

    with pytest.raises(FormatError, match="FSC260"):
        write_recording(tmp_path, source, header, tmp_path, "sub-1_sample-A_SEM")

    assert not list(tmp_path.glob("sub-1*"))


@pytest.mark.parametrize(
    ("shape", "dtype", "options", "is_taken"),
    [
        ((41, 53, 3), "u1", {"photometric": "rgb"}, False),  # a photograph, a figure
        ((2, 41, 53), "u1", {"resolution": (600, 600), "resolutionunit": "INCH"}, False),  # a scan
        ((2, 41, 53), "?", {}, False),  # a fax
        ((41, 53), "u2", {}, True),
        ((41, 53), "u1", {"resolution": (20000, 20000), "resolutionunit": "CENTIMETER"}, True),
        ((2, 41, 53), "u1", {"ome": True}, True),
        ((2, 41, 53), "u1", {"imagej": True}, True),
    ],
)
def test_photographs_figures_and_scanned_pages_are_left_out(
    tmp_path, shape, dtype, options, is_taken
):
    plain = {} if {"ome", "imagej"} & options.keys() else {"metadata": None}
    options = {"photometric": "minisblack"} | plain | options
    pixels = np.random.default_rng(1).integers(0, 2, shape).astype(dtype)
    tifffile.imwrite(tmp_path / "visit1.tif", pixels, **options)

    seen = recognise(tmp_path)

    assert [s.format for s in seen.sources] == (["micrograph"] if is_taken else [])
    assert [f.code for f in seen.findings] == ([] if is_taken else ["image.unclear"])


def test_drawn_images_are_no_recordings(tmp_path):
    make_slices(tmp_path / "sem" / "labels", seed=4, planted=Planted())

    seen = recognise(tmp_path)

    assert seen.sources == ()
    assert [f.code for f in seen.findings] == ["image.drawn"]


def test_a_note_makes_a_stack_an_image_and_states_its_pixels(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 4000, (7, 41, 53), np.uint16)
    tifffile.imwrite(tmp_path / "m1.tif", pixels, photometric="minisblack")
    before = source_of(tmp_path).format
    note = {"PixelSize": [3, 5], "PixelSizeUnits": "um", "Manufacturer": "Zeiss", "Owner": "X"}
    (tmp_path / "m1.json").write_text(json.dumps(note))

    source = source_of(tmp_path)

    header = read_header(tmp_path, source)
    assert (before, source.format) == ("tiff-movie", "micrograph")
    assert header.metadata["PixelSize"] == [3.0, 5.0]
    assert header.metadata["Manufacturer"] == "Zeiss"
    assert "Owner" not in header.metadata


def test_an_image_without_depth_is_called_tif_because_the_validator_asks_for_three_sizes(tmp_path):
    make_slide(tmp_path / "a.svs", seed=3, planted=Planted(), height=99)
    source = source_of(tmp_path)
    header = released_micrograph(read_header(tmp_path, source))
    deep = replace(header, metadata=header.metadata | {"PixelSize": [0.5, 0.5, 9.0]})

    flat_name = write_recording(tmp_path, source, header, tmp_path, "sub-1_sample-A_BF").files[0]
    deep_name = write_recording(tmp_path, source, deep, tmp_path, "sub-2_sample-A_BF").files[0]

    assert (flat_name.name, deep_name.name) == (
        "sub-1_sample-A_BF.tif",
        "sub-2_sample-A_BF.ome.tif",
    )


def test_planes_that_ome_tells_of_and_the_file_lacks_are_zeros_and_are_told(tmp_path):
    pixels = np.random.default_rng(1).integers(1, 99, (3, 41, 53), np.uint8)
    xml = make_ome_tiff(tmp_path / "a.ome.tif", seed=1, planted=Planted(),
                        shape=MicrographShape(1, 1, 5, 41, 53, "uint8"))  # fmt: skip
    with tifffile.TiffFile(xml) as file:
        text = file.pages[0].description
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=False) as file:
        for i, page in enumerate(pixels):
            file.write(page, description=text.encode() if i == 0 else None, metadata=None,
                       contiguous=False)  # fmt: skip

    header = read_header(tmp_path, source_of(tmp_path))

    assert not header.is_as_stated
    found = read_pixels(open_micrograph(tmp_path / "a.ome.tif"))[0, 0, ..., 0]
    np.testing.assert_array_equal(found[:3], pixels)
    assert not found[3:].any()
