"""The header of a recording out of those of its DICOM files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pydicom
import pytest

from fascicle.core import Header, Modality
from fascicle.errors import FormatError
from fascicle.formats._dicom_header import find_series, read_dicom_header
from fascicle.formats._dicom_instances import read_instance
from fascicle.formats._dicom_values import Values, read_data_set
from fascicle.testing import Planted
from fascicle.testing._dicom_files import PROTOCOLS, make_dicom, make_enhanced_dicom


def header_of(folder: Path, kind: str, **settings: Any) -> Header:
    paths = make_dicom(folder, kind, **settings)
    return read_dicom_header(folder, [PurePosixPath(path.name) for path in paths])


@pytest.mark.parametrize(
    ("kind", "modality"),
    [
        ("T1w", "anat"), ("T2w", "anat"), ("FLAIR", "anat"), ("T2starw", "anat"),
        ("bold", "func"), ("dwi", "dwi"), ("epi", "fmap"), ("magnitude1", "fmap"),
        ("magnitude2", "fmap"), ("phasediff", "fmap"), ("pet", "pet"),
    ],
)  # fmt: skip
def test_series_reach_the_bids_suffix_of_what_they_are(
    tmp_path: Path, kind: str, modality: str
) -> None:
    header = header_of(tmp_path, kind)

    assert (header.modality.value, header.suffix) == (modality, kind)
    assert header.certainty > 0.85
    assert header.evidence


def test_ct_is_ct_and_exposes_the_head(tmp_path: Path) -> None:
    header = header_of(tmp_path, "ct")

    assert (header.modality, header.suffix, header.exposes) == (Modality.ANAT, "CT", "head")


FINE = {"PixelSpacing": ["4.5", "4.5"], "SliceThickness": "0.6"}
"""Of a grid of 24 times 20: as fine as the images of a head, and as large."""


@pytest.mark.parametrize(
    ("kind", "changes", "shown"),
    [
        ("magnitude1", FINE, "head"),
        ("phasediff", FINE, "head"),
        ("magnitude1", FINE | {"SliceThickness": "8"}, "head"),
        ("magnitude1", {"PixelSpacing": ["7", "7"], "SliceThickness": "3.5"}, ""),
        ("bold", FINE, ""),
        ("T1w", {"BodyPartExamined": "KNEE"}, ""),
        ("T1w", {"BodyPartExamined": "CHEST", "SeriesDescription": "t1 brain"}, "head"),
        ("T1w", {"BodyPartExamined": "HEADNECKCHEST"}, "head"),
        ("ct", {"BodyPartExamined": "ARM", "ProtocolName": "Head"}, "head"),
    ],
)  # fmt: skip
def test_a_head_is_one_by_whatever_name(
    tmp_path: Path, kind: str, changes: dict[str, object], shown: str
) -> None:
    assert header_of(tmp_path, kind, changes=changes).exposes == shown


@pytest.mark.parametrize("kind", ["T1w", "bold", "pet"])
def test_shape_and_times_are_those_of_the_series(tmp_path: Path, kind: str) -> None:
    header = header_of(tmp_path, kind)

    nx, ny, nz, nt = PROTOCOLS[kind].shape
    assert header.shape == ((nx, ny, nz, nt) if nt > 1 else (nx, ny, nz))
    assert header.n_times == nt
    assert header.is_as_stated


def test_the_rate_of_a_functional_scan_is_that_of_its_volumes(tmp_path: Path) -> None:
    header = header_of(tmp_path, "bold")

    assert header.sfreq_hz == 0.5
    assert header.duration_s == 22.0


def test_fewer_volumes_than_stated_are_said(tmp_path: Path) -> None:
    header = header_of(tmp_path, "bold", changes={"NumberOfTemporalPositions": "156"})

    assert not header.is_as_stated


def test_the_person_and_the_day_are_read(tmp_path: Path) -> None:
    planted = Planted()

    header = header_of(tmp_path, "T1w", planted=planted)

    assert header.subject.code == planted.code
    assert header.subject.name == "Xylander Quorn"
    assert header.subject.birth == date(1951, 5, 2)
    assert (header.subject.age_years, header.subject.sex) == (68.0, "F")
    assert header.measured_at == planted.start
    assert planted.serial in {i.value for i in header.identifiers}


@pytest.mark.parametrize(
    ("age", "years"),
    [("068Y", 68.0), ("018M", 1.5), ("042D", 0.11), ("33", 33.0), ("999Y", None), ("", 68.0)],
)
def test_ages_are_read_in_their_units_or_reckoned(
    tmp_path: Path, age: str, years: float | None
) -> None:
    paths = make_dicom(tmp_path, "T2w", changes={"PatientBirthDate": ""} if years is None else None)
    for path in paths:
        path.write_bytes(path.read_bytes().replace(b"068Y", age.ljust(4).encode()))

    header = read_dicom_header(tmp_path, [PurePosixPath(path.name) for path in paths])

    assert header.subject.age_years == years


def test_a_day_without_a_clock_is_midnight(tmp_path: Path) -> None:
    changes = {
        f"{what}Time": "" for what in ("Acquisition", "Series", "Content", "Study")
    } | {"AcquisitionDate": "", "SeriesDate": "20191124"}  # fmt: skip

    header = header_of(tmp_path, "T2w", changes=changes)

    assert header.measured_at == datetime(2019, 11, 24, tzinfo=UTC)


def test_technique_is_given_by_the_names_and_units_of_bids(tmp_path: Path) -> None:
    metadata = header_of(tmp_path, "T1w").metadata

    assert metadata["EchoTime"] == 0.00298
    assert metadata["RepetitionTime"] == 2.3
    assert metadata["InversionTime"] == 0.9
    assert metadata["FlipAngle"] == 9.0
    assert metadata["MagneticFieldStrength"] == 3.0


def test_a_pet_scan_has_the_fields_of_pet(tmp_path: Path) -> None:
    header = header_of(tmp_path, "pet")

    assert header.metadata["FrameDuration"] == [10.0, 20.0, 30.0, 60.0, 120.0]
    assert header.entities == (("trc", "FDG"),)


@pytest.mark.parametrize(
    ("kind", "changes", "exposes"),
    [
        ("T1w", {}, "head"),
        ("T1w", {"BodyPartExamined": "KNEE"}, ""),
        ("T1w", {"BurnedInAnnotation": "YES"}, "text"),
        ("bold", {}, ""),
        ("pet", {}, "head"),
    ],
)
def test_what_can_be_seen_of_a_person_is_said(
    tmp_path: Path, kind: str, changes: dict[str, str], exposes: str
) -> None:
    assert header_of(tmp_path, kind, changes=changes).exposes == exposes


@pytest.mark.parametrize(
    ("changes", "direction"),
    [
        ({"SeriesDescription": "fmap_PA"}, "PA"),
        ({"SeriesDescription": "fmap", "ProtocolName": "fmap"}, ""),
        ({"SeriesDescription": "fmap_LR", "ProtocolName": "x"}, ""),
        ({"InPlanePhaseEncodingDirection": "ROW", "SeriesDescription": "fmap_LR"}, "LR"),
    ],
)
def test_a_name_tells_the_sign_of_the_direction_but_not_its_axis(
    tmp_path: Path, changes: dict[str, str], direction: str
) -> None:
    header = header_of(tmp_path, "epi", changes={"ProtocolName": "x"} | changes)

    assert dict(header.entities).get("dir", "") == direction


def test_the_header_of_siemens_tells_the_sign_against_the_name(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path, "epi")
    for path in paths:
        data_set = pydicom.dcmread(path)
        data_set.private_block(0x0021, "SIEMENS MR SDI 02", create=True)
        data_set.add_new((0x0021, 0x111C), "IS", 0)
        data_set.save_as(path)

    header = read_dicom_header(tmp_path, [PurePosixPath(path.name) for path in paths])

    assert dict(header.entities)["dir"] == "PA"


@pytest.mark.parametrize(
    ("tag", "vr", "value", "maker"),
    [((0x2001, 0x1014), "SL", 3, "Philips"), ((0x0019, 0x107E), "SS", 3, "GE MEDICAL SYSTEMS")],
)
def test_echoes_are_counted_as_the_maker_says(
    tmp_path: Path, tag: tuple[int, int], vr: str, value: int, maker: str
) -> None:
    (path, *_) = make_dicom(tmp_path, "bold", changes={"Manufacturer": maker, "SequenceName": ""})
    data_set = pydicom.dcmread(path)
    data_set.private_block(tag[0], "MAKER", create=True)
    data_set.add_new(tag, vr, value)
    data_set.save_as(path)
    instance = read_instance(tmp_path, PurePosixPath(path.name))

    series = find_series([instance], Values(read_data_set(path)), 11)

    assert series.n_echoes == 3


def test_echoes_stand_in_the_names_of_siemens_sequences(tmp_path: Path) -> None:
    header = header_of(tmp_path, "T1w", changes={"SequenceName": "*tfl3d4_16ns"})

    assert dict(header.entities) == {"echo": "1"}


@pytest.mark.parametrize(("kind", "modality"), [("bold", "func"), ("dwi", "dwi"), ("T1w", "anat")])
def test_many_frames_in_one_file_are_read_from_their_groups(
    tmp_path: Path, kind: str, modality: str
) -> None:
    classic = header_of(tmp_path / "classic", kind)
    make_enhanced_dicom(tmp_path / "a.dcm", kind)

    header = read_dicom_header(tmp_path, [PurePosixPath("a.dcm")])

    assert (header.modality.value, header.suffix) == (modality, kind)
    assert (header.shape, header.n_times) == (classic.shape, classic.n_times)
    assert header.sfreq_hz == classic.sfreq_hz
    for name in ("EchoTime", "RepetitionTime", "FlipAngle"):
        assert header.metadata[name] == classic.metadata[name]


@pytest.mark.parametrize("what", ["echoes", "parts"])
def test_frames_of_several_images_in_one_file_are_refused(tmp_path: Path, what: str) -> None:
    path = make_enhanced_dicom(tmp_path / "a.dcm", "T2w")
    data_set = pydicom.dcmread(path)
    for i, frame in enumerate(data_set.PerFrameFunctionalGroupsSequence):
        if what == "echoes":
            frame.MREchoSequence[0].EffectiveEchoTime = 95.0 if i < 5 else 130.0
        else:
            kind = pydicom.Dataset()
            kind.ComplexImageComponent = "MAGNITUDE" if i < 5 else "PHASE"
            frame.MRImageFrameTypeSequence = [kind]
    data_set.save_as(path)

    with pytest.raises(FormatError) as caught:
        read_dicom_header(tmp_path, [PurePosixPath("a.dcm")])

    assert caught.value.code == "FSC221"
    assert "of 2 echo times" in str(caught.value) or "and 2 parts" in str(caught.value)


def test_a_bolus_of_contrast_agent_is_perfusion_with_times(tmp_path: Path) -> None:
    header = header_of(tmp_path, "bold", changes={"ContrastBolusAgent": "GADOVIST"})

    assert (header.modality, header.suffix, header.exposes) == (Modality.PERF, "dsc", "")
    assert header.sfreq_hz == 0.5


@pytest.mark.parametrize(("agent", "has"), [("NO", False), ("", False), ("Dotarem 10 ml", True)])
def test_a_form_filled_in_with_no_is_no_contrast_agent(
    tmp_path: Path, agent: str, has: bool
) -> None:
    header = header_of(tmp_path, "T1w", changes={"ContrastBolusAgent": agent})

    assert (("ce", "contrast") in header.entities) is has


def test_files_of_two_people_are_no_recording(tmp_path: Path) -> None:
    one = make_dicom(tmp_path, "T2w")
    two = make_dicom(tmp_path, "T2w", seed=8, planted=Planted(code="MRN-2"))

    with pytest.raises(FormatError) as caught:
        read_dicom_header(tmp_path, [PurePosixPath(path.name) for path in (*one, *two)])

    assert caught.value.code == "FSC224"


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError):
        read_dicom_header(tmp_path, [PurePosixPath("gone.dcm")])
