"""Technical metadata leave by name and form; everything else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.protect import release_metadata


def test_numbers_of_known_fields_leave_with_their_lists() -> None:
    values = {
        "RepetitionTime": 2.5,
        "SliceTiming": [0, 1.25, 0.5],
        "MTState": False,
        "ImageOrientationPatientDICOM": [1, 0, 0, 0, 1, 0],
    }

    kept, left = release_metadata(values)

    assert kept == values
    assert left == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("InstitutionName", "Hospital"),
        ("InstitutionAddress", "Somewhere 5"),
        ("DeviceSerialNumber", "35131"),
        ("StationName", "MRC35131"),
        ("ProtocolName", "fMRI for Anna"),
        ("SeriesDescription", "T1 Meier"),
        ("AcquisitionTime", "13:55:34.370000"),
        ("AcquisitionDateTime", "2019-03-02T10:00:00"),
        ("PatientName", "Meier^Anna"),
        ("PatientID", 4711),
        ("StudyInstanceUID", "1.2.840.113619"),
        ("ImageComments", "Anna moved"),
        ("ReferringPhysicianName", "Roth"),
        ("OperatorsName", "ar"),
    ],
)
def test_what_points_to_people_places_devices_and_days_stays(name: str, value: object) -> None:
    kept, left = release_metadata({name: value})

    assert kept == {}
    assert left == (name,)


def test_a_known_field_with_a_value_of_another_form_stays() -> None:
    values = {
        "RepetitionTime": "Meier",
        "ImageType": ["ORIGINAL", "Anna Meier"],
        "PhaseEncodingDirection": "towards Anna",
        "SoftwareVersions": "installed by Meier",
        "Manufacturer": "Meier GmbH",
        "SliceTiming": [0.0, "Anna"],
    }

    kept, left = release_metadata(values)

    assert kept == {}
    assert left == tuple(sorted(values))


def test_codes_of_scanners_leave_as_they_are_written() -> None:
    values = {
        "Manufacturer": "Siemens",
        "ManufacturersModelName": "TrioTim",
        "SoftwareVersions": "syngo MR B17",
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"],
        "PhaseEncodingDirection": "j-",
        "MRAcquisitionType": "2D",
        "ScanOptions": "FS",
    }

    assert release_metadata(values)[0] == values


def test_a_forbidden_word_does_not_leave_in_a_code() -> None:
    assert release_metadata({"ImageType": ["ANNEMARIE"]}, {"annemarie"})[0] == {}


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=30), max_size=8))
def test_no_field_of_an_unknown_name_leaves(values: dict[str, str]) -> None:
    known = {"ImageType", "Manufacturer", "Units", "Modality"}

    kept, left = release_metadata({k: v for k, v in values.items() if k not in known})

    assert not set(kept) & set(left)
    assert all(name[:1].isupper() for name in kept)


def test_numbers_that_count_leave_and_numbers_that_were_given_do_not() -> None:
    released, left = release_metadata(
        {"SeriesNumber": 4, "AcquisitionNumber": 8831777421, "EchoNumber": [1, 2],
         "InjectedRadioactivity": 3.7e8}
    )  # fmt: skip

    assert "AcquisitionNumber" in left
    assert 8831777421 not in released.values()
    assert released["InjectedRadioactivity"] == 3.7e8
