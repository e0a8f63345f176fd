"""The JSON that converters write beside an image."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from fascicle.errors import FormatError
from fascicle.formats._converter_fields import part_fields, read_fields

FIELDS = {
    "Modality": "MR", "EchoTime": 0.03, "SliceTiming": [0, 1], "SeriesDescription": "rest",
    "PatientName": "Meier^Anna", "PatientID": "4711", "PatientBirthDate": "19510502",
    "PatientSex": "F", "PatientAge": "068Y", "PatientWeight": 61,
    "ReferringPhysicianName": "Vok", "OperatorsName": ["Abel", "Kern"],
    "InstitutionName": "Klinik", "InstitutionAddress": "Weg 1, Ort", "DeviceSerialNumber": "SN7",
    "StationName": "MRC1", "StudyInstanceUID": "1.2.3", "AccessionNumber": "A99",
    "AcquisitionDateTime": "2019-11-23T14:31:07.5", "ImageComments": "tired",
}  # fmt: skip


def test_what_describes_the_image_stays_and_what_points_to_somebody_is_told_apart() -> None:
    about, subject, moment, found = part_fields(FIELDS)

    assert set(about) == {"Modality", "EchoTime", "SliceTiming", "SeriesDescription"}
    assert (subject.code, subject.name, subject.sex) == ("4711", "Meier^Anna", "F")
    assert (subject.birth, subject.age_years) == (date(1951, 5, 2), 68)
    assert moment == datetime(2019, 11, 23, 14, 31, 7, 500000, tzinfo=UTC)
    kinds = {identifier.value: identifier.kind for identifier in found}
    assert kinds == {
        "Meier^Anna": "name", "4711": "id", "19510502": "birthdate", "Vok": "operator",
        "Abel": "operator", "Kern": "operator", "Klinik": "institution", "Weg 1, Ort": "place",
        "SN7": "serial", "MRC1": "serial", "1.2.3": "id", "A99": "id", "tired": "text",
        "2019-11-23T14:31:07.5": "date",
    }  # fmt: skip


def test_a_day_and_a_clock_make_a_moment() -> None:
    moment = part_fields({"StudyDate": "20200229", "AcquisitionTime": "08:09:10"})[2]

    assert moment == datetime(2020, 2, 29, 8, 9, 10, tzinfo=UTC)
    assert part_fields({"StudyDate": "20200230"})[2] is None


@pytest.mark.parametrize("content", ["", "[1]", "{", "\ufeff3"])
def test_what_is_no_object_is_refused(tmp_path, content) -> None:
    (tmp_path / "a.json").write_text(content, encoding="utf-8")

    with pytest.raises(FormatError, match="FSC203"):
        read_fields(tmp_path / "a.json")
