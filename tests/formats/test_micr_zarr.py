"""OME-Zarr written and read; the zarr library as oracle."""

from __future__ import annotations

import json
import shutil
import tracemalloc

import numpy as np
import pytest
import zarr

from fascicle.core import Header, Modality
from fascicle.errors import FormatError
from fascicle.formats import _micr_write
from fascicle.formats._micr_image import Image
from fascicle.formats._micr_zarr import CHUNK, open_zarr, write_ome_zarr
from fascicle.testing import PLANTED, MicrographShape, Planted, make_ome_zarr, read_pixels

HEADER = Header(Modality.MICR, metadata={"PixelSize": [4.0, 3.0, 45.0], "PixelSizeUnits": "nm"})


def image_of(pixels) -> Image:
    return Image(pixels.shape[:5], pixels.shape[5], pixels.dtype, lambda p, a, b: pixels[p][a:b])


def test_levels_axes_and_scales_follow_ngff(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 9999, (1, 2, 3, 2300, 1031, 1), np.uint16)

    write_ome_zarr(image_of(pixels), HEADER, tmp_path / "a.ome.zarr")

    group = zarr.open_group(str(tmp_path / "a.ome.zarr"), mode="r")
    (scales,) = dict(group.attrs)["multiscales"]
    assert scales["version"] == "0.4"
    assert [axis["name"] for axis in scales["axes"]] == list("tczyx")
    assert scales["axes"][-1] == {"name": "x", "type": "space", "unit": "nanometer"}
    steps = [d["coordinateTransformations"][0]["scale"] for d in scales["datasets"]]
    assert steps == [[1, 1, 45, 3 * 2**i, 4 * 2**i] for i in range(3)]
    assert [group[d["path"]].shape[3:] for d in scales["datasets"]] == [
        (2300, 1031), (1150, 516), (575, 258),
    ]  # fmt: skip
    np.testing.assert_array_equal(group["0"], pixels[..., 0])
    assert group["0"].chunks == (1, 1, 1, CHUNK, CHUNK)
    half = pixels[0, 0, 0, :, :1030, 0].reshape(1150, 2, 515, 2).mean(axis=(1, 3))
    np.testing.assert_array_equal(np.asarray(group["1"])[0, 0, 0, :, :515], np.rint(half))


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f4", "f8"])
def test_pixels_come_back_to_the_last_bit(tmp_path, dtype):
    pixels = (np.random.default_rng(1).normal(size=(2, 3, 5, 31, 47, 1)) * 99).astype(dtype)

    write_ome_zarr(image_of(pixels), HEADER, tmp_path / "a.ome.zarr")

    again = open_zarr(tmp_path / "a.ome.zarr")
    np.testing.assert_array_equal(read_pixels(again), pixels)
    assert again.facts.pixel_um == pytest.approx((0.004, 0.003, 0.045))


def test_colours_become_channels(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 255, (1, 2, 1, 31, 47, 3), np.uint8)

    write_ome_zarr(image_of(pixels), HEADER, tmp_path / "a.ome.zarr")

    found = np.asarray(zarr.open_group(str(tmp_path / "a.ome.zarr"), mode="r")["0"])
    np.testing.assert_array_equal(found[0, 4, 0], pixels[0, 1, 0, ..., 1])


def test_a_stack_ten_times_the_band_keeps_the_memory_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(_micr_write, "BAND_BYTES", 1 << 20)
    height, width = 2048, 1024

    def read(plane, start, stop):
        return np.full((stop - start, width, 1), plane[2], np.uint8)

    image = Image((1, 1, 6, height, width), 1, np.dtype("u1"), read)
    assert image.n_bytes > 10 << 20
    write_ome_zarr(image, HEADER, tmp_path / "warm.ome.zarr")
    tracemalloc.start()

    write_ome_zarr(image, HEADER, tmp_path / "a.ome.zarr")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 << 20


def test_nothing_is_left_if_reading_fails(tmp_path):
    def fail(plane, start, stop):
        raise OSError

    with pytest.raises(OSError):
        write_ome_zarr(
            Image((1, 1, 1, 31, 27), 1, np.dtype("u1"), fail), HEADER, tmp_path / "a.ome.zarr"
        )

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("axes", ["yx", "zyx", "cyx", "czyx", "tyx"])
def test_images_of_fewer_axes_are_read(tmp_path, axes):
    sizes = {"t": 2, "c": 3, "z": 5, "y": 31, "x": 47}
    pixels = np.random.default_rng(1).integers(0, 99, [sizes[a] for a in axes], np.uint16)
    group = zarr.group(zarr.DirectoryStore(str(tmp_path / "a.ome.zarr")))
    group.create_dataset("s0", data=pixels)
    group.attrs["multiscales"] = [{"axes": list(axes), "datasets": [{"path": "s0"}]}]

    image = open_zarr(tmp_path / "a.ome.zarr")

    assert image.shape == tuple(sizes[a] if a in axes else 1 for a in "tczyx")
    np.testing.assert_array_equal(read_pixels(image).squeeze(), pixels)


@pytest.fixture
def folder(tmp_path):
    return make_ome_zarr(tmp_path / "a.ome.zarr", seed=1, planted=Planted(),
                         shape=MicrographShape(height=41, width=53))  # fmt: skip


def change(folder, **fields):
    path = folder / ".zattrs"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda f: (f / ".zattrs").unlink(), "FSC262"),
        (lambda f: (f / ".zattrs").write_text("{"), "FSC262"),
        (lambda f: (f / ".zattrs").write_text("[]"), "FSC262"),
        (lambda f: change(f, multiscales=[]), "FSC262"),
        (lambda f: change(f, multiscales=[{"datasets": [{"path": "../b"}]}]), "FSC262"),
        (lambda f: change(f, multiscales=[{"datasets": [{"path": "/etc"}]}]), "FSC262"),
        (lambda f: change(f, multiscales=[{"axes": ["x"], "datasets": [{"path": "0"}]}]), "FSC262"),
        (lambda f: change(f, plate={}), "FSC261"),
        (lambda f: shutil.rmtree(f / "0"), "FSC262"),
        (lambda f: (f / "0" / ".zarray").write_text("{}"), "FSC262"),
        (lambda f: ((f / ".zattrs").unlink(), (f / "zarr.json").write_text("{}")), "FSC261"),
    ],
)
def test_folders_that_are_not_whole_are_refused(folder, damage, code):
    damage(folder)

    with pytest.raises(FormatError, match=code):
        open_zarr(folder)


def test_a_scale_of_all_levels_is_applied_to_that_of_the_first(folder):
    about = json.loads((folder / ".zattrs").read_text())
    shutil.rmtree(folder / "OME", ignore_errors=True)
    alone = open_zarr(folder).facts.pixel_um
    more = {"type": "scale", "scale": [1, 1, 1, 10, 100]}
    scales = about["multiscales"][0] | {"coordinateTransformations": [more]}
    change(folder, multiscales=[scales])

    x_um, y_um, z_um = open_zarr(folder).facts.pixel_um

    assert (x_um, y_um, z_um) == pytest.approx((alone[0] * 100, alone[1] * 10, alone[2]))


def test_a_chunk_that_cannot_be_unpacked_is_refused(folder):
    chunk = next(path for path in sorted((folder / "0").rglob("0")) if path.is_file())
    chunk.write_bytes(b"no blosc")

    with pytest.raises(FormatError, match="FSC262"):
        read_pixels(open_zarr(folder))


def test_attributes_that_name_people_are_listed(folder):
    found = {(i.kind, i.value) for i in open_zarr(folder).facts.identifiers}

    assert ("name", Planted().operator) in found
    assert ("text", PLANTED) in found
    assert ("serial", Planted().serial) in found
