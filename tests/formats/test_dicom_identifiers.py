"""Every value of a DICOM header that points to somebody."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from fascicle.formats._dicom_identifiers import find_dicom_identifiers
from fascicle.formats._dicom_values import read_data_set
from fascicle.testing import Planted
from fascicle.testing._dicom_files import make_dicom


def test_everything_that_was_planted_is_found_in_its_kind(tmp_path: Path) -> None:
    planted = Planted()
    (path, *_) = make_dicom(tmp_path, planted=planted)

    found = find_dicom_identifiers(read_data_set(path))

    by_kind: dict[str, set[str]] = {}
    for identifier in found:
        by_kind.setdefault(identifier.kind, set()).add(identifier.value)
    assert "Xylander Quorn" in by_kind["name"]
    assert planted.code in by_kind["id"]
    assert planted.operator in by_kind["operator"]
    assert planted.institution in by_kind["institution"]
    assert planted.place in by_kind["place"]
    assert planted.serial in by_kind["serial"]
    assert planted.text in by_kind["text"]
    assert by_kind["birthdate"] == {"1951-05-02"}
    assert by_kind["date"] == {"2019-11-23"}


def test_private_fields_and_nested_items_are_looked_into() -> None:
    header, item = Dataset(), Dataset()
    item.ReferringPhysicianName = "Vok^Brunhilde"
    header.RequestAttributesSequence = [item]
    block = header.private_block(0x0009, "QUORN", create=True)
    block.add_new(1, "LO", "Xylander, ward 7")
    inner = Dataset()
    inner.add_new((0x0010, 0x0010), "PN", "Quorn")
    block.add_new(2, "SQ", [inner])

    found = {(i.kind, i.value) for i in find_dicom_identifiers(header)}

    assert found == {("operator", "Vok Brunhilde"), ("text", "Xylander, ward 7"), ("name", "Quorn")}


def test_what_technique_says_is_no_identifier() -> None:
    header = Dataset()
    header.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    header.Manufacturer, header.SoftwareVersions = "SIEMENS", "syngo MR E11"
    header.SequenceName, header.EchoTime = "*epfid2d1_64", "30"
    header.PatientSex, header.PatientWeight = "F", "61"
    block = header.private_block(0x0021, "SIEMENS MR SDS 01", create=True)
    block.add_new(1, "LO", "syngo MR E11")
    block.add_new(2, "LO", "normalized")
    block.add_new(3, "SH", "HEA;HEP")

    assert find_dicom_identifiers(header) == ()


def test_of_many_frames_the_first_is_read(tmp_path: Path) -> None:
    header = Dataset()
    frames = []
    for i in range(3):
        content, frame = Dataset(), Dataset()
        content.FrameComments = f"Xylander frame {i}"
        frame.FrameContentSequence = [content]
        frames.append(frame)
    header.PerFrameFunctionalGroupsSequence = frames

    assert [i.value for i in find_dicom_identifiers(header)] == ["Xylander frame 0"]


@pytest.mark.parametrize("name", ["MR_small.dcm", "CT_small.dcm", "reportsi.dcm", "priv_SQ.dcm"])
def test_installed_files_are_read_without_an_error(name: str) -> None:
    path = Path(pydicom.__file__).parent / "data" / "test_files" / name

    found = find_dicom_identifiers(read_data_set(path))

    assert all(identifier.value and identifier.where for identifier in found)
