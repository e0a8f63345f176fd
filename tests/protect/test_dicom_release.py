"""A DICOM header leaves as numbers and defined terms; nothing that anybody typed goes over."""

import copy

import numpy as np
import pydicom
import pytest
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset

from fascicle.protect import DicomNames, release_dicom
from fascicle.testing import Planted, make_dicom
from fascicle.testing._dicom_files import make_enhanced_dicom

NAMES = DicomNames(b"a key of this test")
SECRET = "MEIER1953"
VALUES = {
    "AE": SECRET, "CS": SECRET, "LO": SECRET, "LT": SECRET, "PN": SECRET, "SH": SECRET,
    "ST": SECRET, "UC": SECRET, "UT": SECRET, "UR": f"http://{SECRET}", "DA": "19530417",
    "DT": "19530417101112", "TM": "195304.17", "AS": "195Y", "OB": SECRET.encode() + b" ",
    "UN": SECRET.encode(), "OW": SECRET.encode() + b" ",
}  # fmt: skip


def every_word(data_set) -> str:
    return "\n".join(str(element.value) for element in data_set.iterall())


def test_a_secret_in_any_field_that_takes_text_stays_behind():
    header = Dataset()
    n_fields = 0
    for tag, (vr, _, _, retired, keyword) in DicomDictionary.items():
        kind = vr.split(" or ")[0]
        if (
            kind in VALUES
            and keyword
            and not retired
            and tag >> 16 not in {0, 2}
            and tag >> 16 < 0x5000
        ):
            setattr(header, keyword, VALUES[kind])
            n_fields += 1
    block = header.private_block(0x0029, f"{SECRET} HEADER", create=True)
    block.add_new(0x10, "LO", SECRET)
    inner = copy.deepcopy(header)
    header.RequestAttributesSequence = [inner]
    header.SharedFunctionalGroupsSequence = [Dataset()]
    header.SharedFunctionalGroupsSequence[0].FrameContentSequence = [inner]

    released = release_dicom(header, NAMES, title="T1w", method="Face removed (Fascicle)")

    assert n_fields > 1000
    words = every_word(released)
    assert SECRET not in words
    assert "1953" not in words


@pytest.mark.parametrize("kind", ["T1w", "bold", "dwi", "pet", "ct"])
def test_nothing_that_was_planted_goes_over_and_what_was_measured_does(tmp_path, kind):
    planted = Planted()
    header = pydicom.dcmread(make_dicom(tmp_path, kind, planted=planted)[0])

    released = release_dicom(header, NAMES, title=kind)

    words = every_word(released).casefold()
    for part in (planted.name, planted.operator, planted.code, planted.serial, planted.place,
                 planted.institution, planted.text, planted.start.strftime("%Y%m%d"),
                 planted.birth.strftime("%Y%m%d")):  # fmt: skip
        assert part.casefold() not in words
        assert part.replace("-", "^").casefold() not in words
    for keyword in ("PixelSpacing", "ImagePositionPatient", "Rows", "BitsStored", "RescaleSlope",
                    "EchoTime", "FrameReferenceTime", "SOPClassUID"):  # fmt: skip
        assert released.get(keyword) == header.get(keyword)


def test_frames_keep_their_places_and_lose_their_times(tmp_path):
    header = pydicom.dcmread(make_enhanced_dicom(tmp_path / "a.dcm", "dwi", planted=Planted()))
    frames = header.PerFrameFunctionalGroupsSequence
    for frame in frames:
        frame.FrameContentSequence[0].FrameAcquisitionDateTime = "20120203040506"
        frame.FrameContentSequence[0].FrameComments = SECRET

    released = release_dicom(header, NAMES, title="dwi")

    kept = released.PerFrameFunctionalGroupsSequence
    assert len(kept) == len(frames)
    for one, other in zip(kept, frames, strict=True):
        assert one.PlanePositionSequence == other.PlanePositionSequence
        assert "FrameComments" not in one.FrameContentSequence[0]
        assert "FrameAcquisitionDateTime" not in one.FrameContentSequence[0]
        assert one.MRDiffusionSequence == other.MRDiffusionSequence


def test_uids_leave_as_others_that_are_the_same_for_the_same():
    one, other = Dataset(), Dataset()
    for number, header in enumerate((one, other)):
        header.StudyInstanceUID, header.SOPInstanceUID = "1.2.3.4", f"1.2.3.4.{number}"
        header.PatientID = "P7"

    first, second = (release_dicom(header, NAMES, title="T1w") for header in (one, other))
    elsewhere = release_dicom(one, DicomNames(b"another key"), title="T1w")

    assert first.StudyInstanceUID == second.StudyInstanceUID != elsewhere.StudyInstanceUID
    assert first.PatientID == second.PatientID != elsewhere.PatientID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    uids = (first.StudyInstanceUID, first.SOPInstanceUID, elsewhere.StudyInstanceUID)
    assert all(pydicom.uid.UID(uid).is_valid and "1.2.3.4" not in uid for uid in uids)


def test_uids_are_spread_over_all_that_there_may_be():
    made = {NAMES.make_uid(f"1.2.{i}") for i in range(997)}

    assert len(made) == 997
    assert max(map(len, made)) <= 64


def test_a_defaced_image_says_so_where_the_standard_wants_it(tmp_path):
    header = pydicom.dcmread(make_dicom(tmp_path, "T1w")[0])

    released = release_dicom(header, NAMES, title="T1w", method="Face removed (Fascicle)")
    as_it_was = release_dicom(header, NAMES, title="T1w")

    (code,) = released.DeidentificationMethodCodeSequence
    assert (code.CodeValue, code.CodingSchemeDesignator) == ("113102", "DCM")
    assert code.CodeMeaning == "Clean Recognizable Visual Features Option"
    assert (released.RecognizableVisualFeatures, released.PatientIdentityRemoved) == ("NO", "YES")
    assert list(released.ImageType) == ["DERIVED", "PRIMARY", "M", "ND"]
    assert "RecognizableVisualFeatures" not in as_it_was
    assert as_it_was.ImageType[0] == "ORIGINAL"
    assert all(len(word) <= 64 for word in released.DeidentificationMethod)


@pytest.mark.parametrize(("stated", "told"), [("NO", "NO"), ("YES", None), (None, None)])
def test_that_no_text_is_burnt_in_is_said_only_where_the_scanner_said_so(stated, told):
    header = Dataset()
    if stated:
        header.BurnedInAnnotation = stated

    assert release_dicom(header, NAMES, title="T1w").get("BurnedInAnnotation") == told


def test_numbers_that_were_given_and_words_among_terms_stay_behind():
    header = Dataset()
    header.SeriesNumber, header.AcquisitionNumber = 4471093, 7
    header.ImageType = ["ORIGINAL", "PRIMARY", SECRET, "ND"]
    header.StackID, header.Manufacturer = SECRET, f"Clinic {SECRET}"
    header.EchoTime = "4.920"

    released = release_dicom(header, NAMES, title="T1w")

    assert "SeriesNumber" not in released
    assert released.AcquisitionNumber == 7
    assert list(released.ImageType) == ["ORIGINAL", "PRIMARY", "ND"]
    assert "StackID" not in released
    assert "Manufacturer" not in released
    assert np.isclose(float(released.EchoTime), 4.92)


def test_the_header_that_came_is_not_changed(tmp_path):
    header = pydicom.dcmread(make_dicom(tmp_path, "T1w", planted=Planted())[0])
    before = header.to_json()

    release_dicom(header, NAMES, title="T1w", method="Face removed (Fascicle)")

    assert header.to_json() == before
