"""Values of a DICOM header, wherever they stand."""

from __future__ import annotations

import gzip
import warnings
from importlib.resources import files
from pathlib import Path

import nibabel
import pytest
from pydicom.dataset import Dataset

from fascicle.formats._dicom_values import Values, read_csa_polarity, read_data_set
from fascicle.testing._dicom_files import make_dicom

NICOM = Path(str(files(nibabel))) / "nicom" / "tests" / "data"


def enhanced() -> Dataset:
    """A header whose values stand in groups of frames."""
    header, shared, timing, frame, echo, kind = (Dataset() for _ in range(6))
    timing.RepetitionTime, timing.FlipAngle = 800.0, 52.0
    shared.MRTimingAndRelatedParametersSequence = [timing]
    echo.EffectiveEchoTime = 33.0
    kind.FrameType = ["ORIGINAL", "PRIMARY", "FMRI", "NONE"]
    frame.MREchoSequence, frame.MRImageFrameTypeSequence = [echo], [kind]
    header.SharedFunctionalGroupsSequence = [shared]
    header.PerFrameFunctionalGroupsSequence = [frame]
    header.PulseSequenceName = "*epfid2d1_64"
    return header


def test_values_of_frames_are_found_under_the_plain_names() -> None:
    values = Values(enhanced())

    assert values.number("RepetitionTime") == 800.0
    assert values.number("FlipAngle") == 52.0
    assert values.number("EchoTime") == 33.0
    assert values.text("SequenceName") == "*epfid2d1_64"
    assert values.texts("FrameType") == ("ORIGINAL", "PRIMARY", "FMRI", "NONE")


def test_what_is_not_there_or_no_number_is_none() -> None:
    header = Dataset()
    header.add_new((0x0018, 0x0081), "LO", "early")
    values = Values(header)

    assert values.number("EchoTime") is None
    assert values.number("FlipAngle") is None
    assert values.text("SequenceName") == ""
    assert values.texts("ImageType") == ()
    assert values.phase_is_positive() is None


@pytest.mark.parametrize("name", ["csa2_b0.bin", "csa2_b1000.bin", "csa_str_valid.bin"])
def test_the_polarity_of_siemens_is_that_of_the_reference_reader(name: str) -> None:
    block = (NICOM / name).read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nibabel.nicom import csareader
    try:
        items = csareader.read(block)["tags"]["PhaseEncodingDirectionPositive"]["items"]
    except KeyError:
        items = []

    polarity = read_csa_polarity(block)

    assert polarity == (items[0] == 1 if items else None)


def test_a_cut_csa_header_says_nothing() -> None:
    block = (NICOM / "csa2_b0.bin").read_bytes()
    start = block.find(b"PhaseEncodingDirectionPositive")

    for end in range(start, start + 110, 3):
        assert read_csa_polarity(block[:end]) in {None, True, False}


@pytest.mark.parametrize(("value", "expected"), [(1, True), (0, False)])
def test_the_polarity_of_newer_siemens_stands_in_a_field_of_its_own(
    value: int, expected: bool
) -> None:
    header = Dataset()
    header.private_block(0x0021, "SIEMENS MR SDI 02", create=True)
    header.add_new((0x0021, 0x111C), "IS", value)

    polarity = Values(header).phase_is_positive()

    assert polarity is expected


def test_a_packed_file_is_read_as_the_plain_one(tmp_path: Path) -> None:
    (path, *_) = make_dicom(tmp_path, "T2w")
    packed = tmp_path / "a.dcm.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))

    assert read_data_set(packed) == read_data_set(path)


def test_a_number_with_a_comma_spoils_nothing_else(tmp_path: Path) -> None:
    (path, *_) = make_dicom(tmp_path, "T2w")
    path.write_bytes(path.read_bytes().replace(b"61.5", b"61,5"))

    values = Values(read_data_set(path))

    assert values.number("PatientWeight") is None
    assert values.number("EchoTime") == 95.0


def test_no_value_goes_to_a_log_or_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (path, *_) = make_dicom(tmp_path, "T2w")
    path.write_bytes(path.read_bytes().replace(b"068Y", b"Quor"))

    values = Values(read_data_set(path))

    assert values.text("PatientAge") == "Quor"
    assert caplog.records == []
