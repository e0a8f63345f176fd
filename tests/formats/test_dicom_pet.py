"""What a PET series says of its tracer and its frames."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from pydicom.dataset import Dataset

from fascicle.formats._dicom_instances import Instance, read_instance
from fascicle.formats._dicom_pet import find_pet_metadata, find_tracer
from fascicle.formats._dicom_values import Values, read_data_set
from fascicle.testing._dicom_files import make_dicom

REQUIRED = {
    "Units", "TracerName", "TracerRadionuclide", "InjectedRadioactivity",
    "InjectedRadioactivityUnits", "InjectedMass", "InjectedMassUnits", "SpecificRadioactivity",
    "SpecificRadioactivityUnits", "ModeOfAdministration", "TimeZero", "ScanStart",
    "InjectionStart", "AcquisitionMode", "ImageDecayCorrected", "ImageDecayCorrectionTime",
    "ReconMethodName", "ReconMethodParameterLabels", "ReconFilterType", "AttenuationCorrection",
}  # fmt: skip


def read(folder: Path, **changes: Any) -> tuple[Values, list[Instance]]:
    paths = make_dicom(folder, "pet", changes=changes)
    instances = [read_instance(folder, PurePosixPath(path.name)) for path in paths]
    return Values(read_data_set(paths[0])), instances


def tracer(**fields: Any) -> Values:
    header, item = Dataset(), Dataset()
    for name, value in fields.items():
        setattr(item, name, value)
    header.RadiopharmaceuticalInformationSequence = [item]
    return Values(header)


def test_tracer_frames_and_reconstruction_are_those_of_the_header(tmp_path: Path) -> None:
    values, instances = read(tmp_path)

    found = find_pet_metadata(values, instances)

    assert (found["TracerName"], found["TracerRadionuclide"]) == ("FDG", "18F")
    assert (found["InjectedRadioactivity"], found["InjectedRadioactivityUnits"]) == (185.0, "MBq")
    assert found["InjectionStart"] == -60.0
    assert found["FrameTimesStart"] == [0.0, 10.0, 30.0, 60.0, 120.0]
    assert found["FrameDuration"] == [10.0, 20.0, 30.0, 60.0, 120.0]
    assert found["Units"] == "Bq/mL"
    assert found["AcquisitionMode"] == "dynamic"
    assert found["ReconMethodName"] == "OSEM"
    assert found["ReconMethodParameterValues"] == [4, 21]
    assert (found["ReconFilterType"], found["ReconFilterSize"]) == ("Gaussian", 5.0)
    assert (found["ImageDecayCorrected"], found["ImageDecayCorrectionTime"]) == (True, 0)
    assert found["AttenuationCorrection"] == "CT-based"


def test_every_field_that_bids_requires_is_there_even_for_an_empty_header() -> None:
    assert find_pet_metadata(Values(Dataset()), ()).keys() >= REQUIRED


def test_the_hour_of_the_scan_stays_behind(tmp_path: Path) -> None:
    values, instances = read(tmp_path)

    found = find_pet_metadata(values, instances)

    assert found["TimeZero"] == "00:00:00"
    assert found["ScanStart"] == 0
    assert "14:3" not in str(found)


def test_frames_that_are_given_by_their_start_begin_where_the_last_one_ends() -> None:
    frames = [
        Instance(PurePosixPath("a"), frame_ms=times) for times in ((0.0, 1e4), (1e4, 2e4))
    ]  # fmt: skip

    found = find_pet_metadata(Values(Dataset()), frames)

    assert found["FrameTimesStart"] == [0.0, 10.0]


def make_frames(
    references_s: list[float], durations_s: list[float], clocks: list[str]
) -> list[Instance]:
    rows = zip(references_s, durations_s, clocks, strict=True)
    return [
        Instance(PurePosixPath("a"), frame_ms=(1e3 * moment, 1e3 * duration), time=clock)
        for moment, duration, clock in rows
    ]


@pytest.mark.parametrize(
    "references_s",
    [[150.0, 600.0, 1500.0], [143.5, 572.0, 1445.0], [0.0, 300.0, 900.0]],
)  # fmt: skip
def test_frames_begin_when_the_clock_says_whatever_moment_of_them_a_maker_states(
    references_s: list[float],
) -> None:
    header = Dataset()
    header.SeriesTime = "235500"
    clocks = ["235500.000000", "000000.000000", "001000.000000"]

    found = find_pet_metadata(
        Values(header), make_frames(references_s, [300.0, 600.0, 1200.0], clocks)
    )

    assert found["FrameTimesStart"] == [0.0, 300.0, 900.0]
    assert found["FrameDuration"] == [300.0, 600.0, 1200.0]


def test_an_image_of_the_end_of_a_long_scan_begins_late() -> None:
    values = tracer(RadiopharmaceuticalStartTime="162000")
    values.data_set.SeriesTime = "162016"

    found = find_pet_metadata(values, make_frames([3600.0], [1200.0], ["171016.00"]))

    assert found["InjectionStart"] == -16.0
    assert found["FrameTimesStart"] == [3000.0]


def test_the_time_at_which_a_program_made_a_series_anew_is_no_start_of_the_scan() -> None:
    values = tracer(RadiopharmaceuticalStartTime="100000")
    values.data_set.SeriesTime = "143000"

    found = find_pet_metadata(
        values, make_frames([30.0, 120.0], [60.0, 120.0], ["101000", "101100"])
    )

    assert found["InjectionStart"] == -600.0
    assert found["FrameTimesStart"] == [0.0, 60.0]


def test_without_clocks_frames_follow_one_another() -> None:
    late_starts = make_frames([2400.0, 2460.0, 2580.0], [60.0, 120.0, 300.0], ["", "", ""])
    middles = make_frames([2430.0, 2520.0, 2730.0], [60.0, 120.0, 300.0], ["", "", ""])

    found = [find_pet_metadata(Values(Dataset()), frames) for frames in (late_starts, middles)]

    assert [f["FrameTimesStart"] for f in found] == [[0.0, 60.0, 180.0]] * 2


def test_an_injection_before_midnight_is_before_the_scan() -> None:
    values = tracer(RadiopharmaceuticalStartTime="235500")
    values.data_set.SeriesTime = "000500"

    assert find_pet_metadata(values, ())["InjectionStart"] == -600.0


def test_an_injection_after_the_midnight_of_the_scan_is_after_its_start() -> None:
    values = tracer(RadiopharmaceuticalStartTime="000230", RadiopharmaceuticalStopTime="000231")
    values.data_set.SeriesTime = "235830"

    found = find_pet_metadata(values, ())

    assert found["InjectionStart"] == 240.0
    assert found["ModeOfAdministration"] == "bolus"


def test_an_infusion_over_midnight_is_no_bolus() -> None:
    values = tracer(RadiopharmaceuticalStartTime="235000", RadiopharmaceuticalStopTime="003000")

    assert find_pet_metadata(values, ())["ModeOfAdministration"] == "infusion"


def test_decay_is_corrected_to_the_injection_if_the_header_says_so() -> None:
    values = tracer(RadiopharmaceuticalStartTime="100000")
    values.data_set.SeriesTime, values.data_set.DecayCorrection = "104000", "ADMIN"

    found = find_pet_metadata(values, ())

    assert found["ImageDecayCorrectionTime"] == found["InjectionStart"] == -2400.0


@pytest.mark.parametrize(("stop", "mode"), [("100010", "bolus"), ("103000", "infusion")])
def test_the_length_of_the_injection_tells_how_it_was_given(stop: str, mode: str) -> None:
    values = tracer(RadiopharmaceuticalStartTime="100000", RadiopharmaceuticalStopTime=stop)

    assert find_pet_metadata(values, ())["ModeOfAdministration"] == mode


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("FDG", "FDG"),
        ("Fluorodeoxyglucose", "FDG"),
        ("[18F]Florbetapir", "AV45"),
        ("UCBJ", "UCBJ"),
        ("DPA714", "DPA714"),
        ("for Mrs Meier", ""),
        ("Meier", ""),
        ("MEIER", ""),
        ("MEIER1970", ""),
        ("AB12345", ""),
        ("[11C]PBR28", "PBR28"),
        ("18F-MK-6240", "MK6240"),
        ("", ""),
    ],
)
def test_tracers_are_codes_and_never_sentences(name: str, code: str) -> None:
    assert find_tracer(tracer(Radiopharmaceutical=name)) == code


@pytest.mark.parametrize(
    ("meaning", "nuclide"),
    [
        ("^18^Fluorine", "18F"),
        ("^11^Carbon", "11C"),
        ("Fluorine F^18^", "18F"),
        ("68Ga", "68Ga"),
        ("C-11", "11C"),
        ("unknown", "n/a"),
    ],
)
def test_radionuclides_are_written_as_bids_does(meaning: str, nuclide: str) -> None:
    code = Dataset()
    code.CodeMeaning = meaning
    values = tracer(RadionuclideCodeSequence=[code])

    assert find_pet_metadata(values, ())["TracerRadionuclide"] == nuclide


@pytest.mark.parametrize("dose", ["370000000", "370"])
def test_a_dose_is_given_in_megabecquerel_whatever_the_maker_wrote(dose: str) -> None:
    found = find_pet_metadata(tracer(RadionuclideTotalDose=dose), ())

    assert found["InjectedRadioactivity"] == 370.0
