"""Images in TIFF: their planes in order, what their tags say, what lies beside them."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from fascicle.errors import FormatError
from fascicle.formats._micr_tiff import look_beside, open_tiff
from fascicle.testing import PLANTED, Planted, make_imagej_stack, make_slide, read_pixels

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("axes", ["TCZYX", "ZTCYX", "CZYX", "ZCYX", "TZYX", "CYX"])
def test_planes_are_put_into_the_order_of_times_channels_and_slices(tmp_path, axes):
    sizes = {"T": 2, "C": 3, "Z": 5, "Y": 31, "X": 47}
    pixels = RNG.integers(0, 999, [sizes[axis] for axis in axes], np.uint16)
    tifffile.imwrite(tmp_path / "a.ome.tif", pixels, metadata={"axes": axes})

    image = open_tiff(tmp_path / "a.ome.tif")

    order = [axis for axis in "TCZYX" if axis in axes]
    expected = pixels.transpose([axes.index(axis) for axis in order])
    assert image.shape == tuple(sizes[axis] if axis in axes else 1 for axis in "TCZYX")
    np.testing.assert_array_equal(read_pixels(image).squeeze(), expected)


def test_a_hyperstack_of_imagej_is_read_with_its_step(tmp_path):
    pixels = RNG.integers(0, 999, (5, 2, 31, 47)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", pixels, imagej=True, resolution=(2.0, 4.0),
                     metadata={"axes": "ZCYX", "spacing": 2.5, "unit": "micron"})  # fmt: skip

    image = open_tiff(tmp_path / "a.tif")

    assert image.facts.pixel_um == (0.5, 0.25, 2.5)
    np.testing.assert_array_equal(
        read_pixels(image)[0, ..., 0], pixels.transpose(1, 0, 2, 3)
    )  # fmt: skip


def test_planes_behind_one_page_are_read_in_strips(tmp_path):
    pixels = RNG.integers(0, 99, (5, 31, 47), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="minisblack", rowsperstrip=7)

    np.testing.assert_array_equal(read_pixels(open_tiff(tmp_path / "a.tif")).squeeze(), pixels)


def test_a_palette_becomes_the_colours_that_it_shows(tmp_path):
    colour = Pillow.fromarray(RNG.integers(0, 255, (53, 41, 3), np.uint8)).quantize(17)
    colour.save(tmp_path / "a.tif")

    image = open_tiff(tmp_path / "a.tif")

    expected = np.asarray(Pillow.open(tmp_path / "a.tif").convert("RGB"))
    np.testing.assert_array_equal(read_pixels(image)[0, 0, 0], expected)


@pytest.mark.parametrize(
    ("resolution", "unit", "expected"),
    [
        ((40000, 20000), "CENTIMETER", (0.25, 0.5)),
        ((72, 72), "INCH", ()),
        ((1, 1), "NONE", ()),
    ],
)
def test_dots_of_a_printer_are_no_size_of_pixels(tmp_path, resolution, unit, expected):
    tifffile.imwrite(tmp_path / "a.tif", np.eye(31, 37, dtype=np.uint8), metadata=None,
                     resolution=resolution, resolutionunit=unit)  # fmt: skip

    assert open_tiff(tmp_path / "a.tif").facts.pixel_um == pytest.approx(expected)


def test_tags_that_name_people_are_listed_by_kind(tmp_path):
    planted = Planted()
    make_imagej_stack(tmp_path / "a.tif", seed=1, planted=planted)

    found = open_tiff(tmp_path / "a.tif").facts

    values = {(i.kind, i.value) for i in found.identifiers}
    assert ("operator", planted.operator) in values
    assert ("name", PLANTED) in values
    assert ("date", "2019-11-23") in values
    assert ("path", f"D:\\slides\\{PLANTED}.tif") in values
    assert found.measured_at == planted.start


def test_a_slide_states_its_size_and_what_lies_beside_it(tmp_path):
    make_slide(tmp_path / "a.svs", seed=1, planted=Planted())

    facts = open_tiff(tmp_path / "a.svs").facts

    assert facts.pixel_um == (0.499, 0.499)
    assert facts.metadata["Magnification"] == 20
    assert look_beside(tmp_path / "a.svs").n_labels == 3


def test_files_that_ome_xml_names_elsewhere_stay_closed(tmp_path):
    pixels = RNG.integers(0, 99, (2, 31, 47), np.uint8)
    tifffile.imwrite(tmp_path / "b.ome.tif", pixels[1], metadata={"axes": "YX"})
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="47" SizeY="31" SizeZ="2" '
        'SizeC="1" SizeT="1"><TiffData IFD="0" FirstZ="0"><UUID FileName="a.ome.tif">urn:uuid:1'
        '</UUID></TiffData><TiffData IFD="0" FirstZ="1"><UUID FileName="b.ome.tif">urn:uuid:2'
        "</UUID></TiffData></Pixels></Image></OME>"
    )
    tifffile.imwrite(tmp_path / "a.ome.tif", pixels[0], description=xml.encode(), metadata=None)

    image = open_tiff(tmp_path / "a.ome.tif")

    np.testing.assert_array_equal(read_pixels(image)[0, 0, 0, ..., 0], pixels[0])
    assert not read_pixels(image)[:, :, 1:].any()


@pytest.mark.parametrize(
    "options", [{"dtype": np.complex64}, {"dtype": np.uint64}, {"dtype": np.float16}]
)
def test_types_that_ome_lacks_are_refused(tmp_path, options):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((31, 29), **options))

    with pytest.raises(FormatError, match="FSC261"):
        open_tiff(tmp_path / "a.tif")


@pytest.mark.parametrize(("unit", "um"), [("inch", ()), ("um", (1e0 / 72, 1e0 / 72))])
def test_the_dots_of_a_printer_that_imagej_took_over_are_no_pixels(tmp_path, unit, um):
    tifffile.imwrite(tmp_path / "a.tif", RNG.integers(0, 99, (5, 31, 47), np.uint16), imagej=True,
                     resolution=(72.0, 72.0), metadata={"unit": unit})  # fmt: skip

    assert open_tiff(tmp_path / "a.tif").facts.pixel_um == pytest.approx(um)
