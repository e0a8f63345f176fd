"""OME-XML read and written; tifffile's reading of it as oracle."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import tifffile

from fascicle.core import Header, Modality
from fascicle.errors import FormatError
from fascicle.formats._micr_image import Image
from fascicle.formats._micr_ome import (
    field_identifiers,
    format_ome,
    name_stain,
    parse_moment,
    read_ome,
    to_um,
)
from fascicle.testing import PLANTED, Planted, make_ome_tiff


def xml_of(tmp_path) -> str:
    make_ome_tiff(tmp_path / "a.ome.tif", seed=1, planted=Planted())
    with tifffile.TiffFile(tmp_path / "a.ome.tif") as file:
        return file.ome_metadata


@pytest.mark.parametrize(
    ("value", "unit", "um"),
    [(4, "nm", 0.004), (0.5, "µm", 0.5), (0.5, "μm", 0.5), (2, "mm", 2000.0), (1, "pixel", 0.0),
     ("x", "um", 0.0), (float("nan"), "um", 0.0), (-1, "um", 0.0), ("0.5", "\\u00B5m", 0.5)],
)  # fmt: skip
def test_lengths_come_in_micrometres_or_not_at_all(value, unit, um):
    assert to_um(value, unit) == pytest.approx(um)


def test_size_optics_and_modes_are_read(tmp_path):
    facts = read_ome(xml_of(tmp_path))

    assert facts.pixel_um == (0.5, 0.25, 2.0)
    assert facts.metadata == {
        "Manufacturer": "Zeiss", "Magnification": 20.0, "NumericalAperture": 0.8,
        "Immersion": "Air",
    }  # fmt: skip
    assert facts.channel_names == ("DAPI", "GFP")
    assert set(facts.modes) == {"LaserScanningConfocalMicroscopy"}
    assert facts.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)


def test_people_places_devices_and_days_are_listed(tmp_path):
    planted = Planted()

    found = {(i.kind, i.value) for i in read_ome(xml_of(tmp_path)).identifiers}

    assert {
        ("operator", planted.operator), ("institution", planted.institution),
        ("serial", planted.serial), ("text", PLANTED), ("text", planted.code),
        ("text", planted.place), ("date", "2019-11-23"),
    } <= found  # fmt: skip


@pytest.mark.parametrize("text", ["", "<OME", "no xml", "<OME>&x;</OME>", "<a>" * 9])
def test_broken_xml_is_refused(text):
    with pytest.raises(FormatError, match="FSC260"):
        read_ome(text)


def test_xml_without_pixels_says_nothing_of_sizes():
    assert read_ome("<OME><Image/></OME>").pixel_um == ()


def test_pairs_of_a_description_are_told_by_their_names():
    text = "Aperio|User = kv|Date = 2019-11-23|Filename = Meier.svs|AppMag = 20|Case: A-1234567"

    found = {(kind, value) for kind, _, value in field_identifiers(text, "d")}

    assert found == {("operator", "kv"), ("date", "2019-11-23"), ("path", "Meier.svs"),
                     ("id", "A-1234567")}  # fmt: skip


@pytest.mark.parametrize("text", ["", "yesterday", "2019-99-99 00:00:00", "0001:01:01 00:00:00"])
def test_what_is_no_moment_is_none(text):
    assert parse_moment(text) is None


def test_names_of_channels_leave_only_if_they_are_dyes():
    assert [name_stain(n) for n in ("Alexa-Fluor", "alexa_488", "dapi", PLANTED)] == [
        "", "Alexa488", "DAPI", "",
    ]  # fmt: skip


def test_what_is_written_is_what_tifffile_reads(tmp_path):
    pixels = np.random.default_rng(2).integers(0, 99, (2, 3, 5, 31, 47), np.uint16)
    image = Image(pixels.shape, 1, pixels.dtype, lambda p, a, b: pixels[p][a:b, :, None])
    about = {"PixelSize": [4.0, 3.0, 45.0], "PixelSizeUnits": "nm",
             "ChannelNames": ["DAPI", "GFP", "C2"]}  # fmt: skip

    xml = format_ome(image, Header(Modality.MICR, metadata=about))

    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=False) as file:
        planes = pixels.reshape(-1, 31, 47)
        for i, plane in enumerate(planes):
            file.write(plane, description=xml if i == 0 else None, metadata=None, contiguous=False)
    # Written as times, channels, slices: the order that the XML must tell.
    with tifffile.TiffFile(path) as file:
        assert file.series[0].axes == "TCZYX"
        np.testing.assert_array_equal(file.series[0].asarray(), pixels)
        said = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
    assert (said["PhysicalSizeX"], said["PhysicalSizeYUnit"]) == (4.0, "nm")
    assert [c["Name"] for c in said["Channel"]] == ["DAPI", "GFP", "C2"]


def test_optics_are_those_of_the_objective_that_the_image_names():
    text = """<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">
      <Instrument ID="Instrument:0"><Microscope Manufacturer="Nikon"/>
        <Objective ID="Objective:0" NominalMagnification="10" LensNA="0.3" Immersion="Air"/>
        <Objective ID="Objective:1" NominalMagnification="60" LensNA="1.4" Immersion="Oil"/>
      </Instrument>
      <Instrument ID="Instrument:1"><Microscope Manufacturer="Olympus"/></Instrument>
      <Image ID="Image:0"><InstrumentRef ID="Instrument:0"/>{}
        <Pixels SizeX="1"><Channel ExcitationWavelength="0.488" ExcitationWavelengthUnit="µm"
          EmissionWavelength="520"/></Pixels></Image></OME>"""

    named = read_ome(text.format('<ObjectiveSettings ID="Objective:1"/>')).metadata
    unnamed = read_ome(text.format("")).metadata

    assert named == {
        "Manufacturer": "Nikon", "Magnification": 60.0, "NumericalAperture": 1.4,
        "Immersion": "Oil", "ExcitationWavelength": [488.0], "EmissionWavelength": [520.0],
    }  # fmt: skip
    assert "Magnification" not in unnamed
