"""A DICOM series stays DICOM: without its face, without its names, and never in doubt."""

import json

import numpy as np
import pydicom
import pytest

from fascicle.core import Header, Modality
from fascicle.errors import InputError
from fascicle.formats import read_stack
from fascicle.protect import DicomNames
from fascicle.testing import (
    Planted,
    VolumeShape,
    copy_folder,
    make_dicom,
    make_dicom_head,
    make_nifti,
)
from fascicle.workflows import _deface_dicom, deface
from fascicle.workflows._deface_dicom import deface_dicom, make_dicom_names

pytest.importorskip("SimpleITK")
HEAD = Header(Modality.ANAT, suffix="T1w", exposes="head")
NAMES = DicomNames(b"a key of this test")


def every_byte(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A sagittal head, a functional series, a localizer and a mosaic; and what came of them."""
    room = tmp_path_factory.mktemp("dicom")
    head = make_dicom_head(room / "raw", 44, orientation="PIR", planted=Planted())
    make_dicom(room / "raw", "bold", planted=Planted(), seed=8)
    make_dicom(room / "raw", "localizer", planted=Planted())
    mosaic = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]
    make_dicom(room / "raw", "bold", seed=9, n_volumes=1, changes={"ImageType": mosaic})
    kept = copy_folder(room / "raw", room / "kept")
    result = deface(room / "raw", room / "out", keep_dicom=True)
    assert every_byte(kept) == every_byte(room / "raw")
    return room, head, result


def test_a_head_keeps_its_brain_and_its_place_and_loses_its_face(run):
    room, head, result = run

    stack = read_stack(sorted((room / "out" / "image-001_T1w").glob("*.dcm")))

    assert list(result.written) == ["image-001_T1w"]
    np.testing.assert_allclose(stack.affine, head.affine, atol=1e-6)
    after = next(stack.volumes())
    np.testing.assert_array_equal(after[head.brain], head.values[head.brain])
    assert (after != head.values).mean() > 0.3
    assert result.written["image-001_T1w"]["n_brain_changed"] == 0
    ranks = [trial["rank"] for trial in result.written["image-001_T1w"]["trials"]]
    assert min(ranks) > 1


def test_each_file_says_what_was_done_and_keeps_its_type(run):
    room, head, _ = run

    written = sorted((room / "out" / "image-001_T1w").glob("*.dcm"))

    assert len(written) == len(head.paths)
    for before, after in zip(head.paths, written, strict=True):
        old, new = pydicom.dcmread(before), pydicom.dcmread(after)
        assert new.RecognizableVisualFeatures == "NO"
        assert new.DeidentificationMethodCodeSequence[0].CodeValue == "113102"
        assert new.SOPInstanceUID == new.file_meta.MediaStorageSOPInstanceUID
        assert new.SOPInstanceUID != old.SOPInstanceUID
        for keyword in ("InstanceNumber", "ImagePositionPatient", "BitsStored", "BitsAllocated"):
            assert new[keyword] == old[keyword]
    assert len({pydicom.dcmread(path).SOPInstanceUID for path in written}) == len(written)


def test_no_name_day_place_or_device_is_in_any_byte(run):
    room, head, result = run
    planted = Planted()

    content = every_byte(room / "out").upper()

    before = every_byte(room / "raw").upper()
    for part in (planted.name.replace("-", "^"), planted.code, planted.operator, planted.serial,
                 planted.institution, planted.place, planted.start.strftime("%Y%m%d"),
                 planted.birth.strftime("%Y%m%d")):  # fmt: skip
        assert part.upper().encode() in before
        assert part.upper().encode() not in content
    for path in head.paths:
        assert pydicom.dcmread(path).SOPInstanceUID.encode() not in content
    told = json.dumps(result.as_dict() | {"target": ""})
    assert planted.code not in told


def test_a_series_without_a_head_keeps_its_pixels_and_loses_its_names(run):
    room, _, result = run
    raw = list((room / "raw").glob("bold-8-*.dcm"))

    folder = room / "out" / "image-002_bold"

    assert "image-002_bold" in result.copied
    before, after = (read_stack(sorted(paths)).stored for paths in (raw, folder.glob("*.dcm")))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    header = pydicom.dcmread(folder / "00001.dcm")
    assert "RecognizableVisualFeatures" not in header
    assert header.PatientID == pydicom.dcmread(room / "out/image-001_T1w/00001.dcm").PatientID


def test_what_cannot_stay_dicom_is_held_and_what_is_no_scan_is_told(run):
    room, _, result = run

    codes = {(finding.code, finding.place) for finding in result.findings}

    assert result.exit_code == 1
    assert result.held == ("image-003",)
    assert ("deface.failed", "image-003") in codes
    assert "mosaic" in next(f.reason for f in result.findings if f.code == "deface.failed")
    assert ("dicom.localizer", "raw folder") in codes
    assert {path.name for path in (room / "out").iterdir()} == {"image-001_T1w", "image-002_bold"}


def test_the_same_files_get_the_same_uids_whatever_they_are_called(tmp_path):
    paths = make_dicom(tmp_path / "a", "T2w")
    elsewhere = [path.rename(path.with_name(f"z{9 - i}.dcm")) for i, path in enumerate(paths)]

    one, other = make_dicom_names(elsewhere), make_dicom_names(reversed(elsewhere))
    fewer = make_dicom_names(elsewhere[1:])

    assert one == other
    assert one.make_uid("1.2.3") != fewer.make_uid("1.2.3")


def small_series(folder):
    """Return a series that needs no alignment."""
    return make_dicom(folder, "T2w", planted=Planted())


def test_packed_pixels_are_told(tmp_path):
    paths = small_series(tmp_path / "raw")
    for path in paths:
        slice_ = pydicom.dcmread(path)
        slice_.compress(pydicom.uid.RLELossless)
        slice_.save_as(path)

    done = deface_dicom(paths, tmp_path / "out", Header(Modality.ANAT), NAMES, "replace")

    assert done.is_done
    assert [finding.code for finding in done.findings] == ["dicom.unpacked"]
    assert len(list((tmp_path / "out").glob("*.dcm"))) == len(paths)


def test_an_identifier_that_slips_through_refuses_the_series(tmp_path, monkeypatch):
    paths = small_series(tmp_path / "raw")
    real = _deface_dicom.release_dicom

    def leak(header, names, **how):
        released = real(header, names, **how)
        released.ImageComments = header.ImageComments
        return released

    monkeypatch.setattr(_deface_dicom, "release_dicom", leak)

    done = deface_dicom(paths, tmp_path / "out", Header(Modality.ANAT), NAMES, "replace")

    assert not done.is_done
    assert [finding.code for finding in done.findings] == ["deface.identifier-left"]
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_burnt_in_text_is_held(tmp_path):
    header = Header(Modality.ANAT, exposes="text")

    done = deface_dicom(small_series(tmp_path / "raw"), tmp_path / "out", header, NAMES, "replace")

    assert [finding.code for finding in done.findings] == ["image.burnt-in-text"]
    assert not (tmp_path / "out").exists()


def test_what_is_no_head_is_in_doubt_and_not_written(tmp_path):
    done = deface_dicom(small_series(tmp_path / "raw"), tmp_path / "out", HEAD, NAMES, "replace")

    assert [finding.code for finding in done.findings] == ["deface.doubtful"]
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


@pytest.mark.slow
def test_a_face_that_is_left_in_what_was_written_refuses_it(tmp_path, monkeypatch):
    head = make_dicom_head(tmp_path / "raw", 32)
    real = _deface_dicom.write_stack

    def forget_the_change(stack, stored, folder, release):
        return real(stack, stack.stored, folder, release)

    monkeypatch.setattr(_deface_dicom, "write_stack", forget_the_change)

    done = deface_dicom(head.paths, tmp_path / "out", HEAD, NAMES, "replace")

    assert [finding.code for finding in done.findings] == ["deface.survived"]
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_no_dicom_to_keep_is_refused(tmp_path):
    (tmp_path / "raw").mkdir()
    make_nifti(tmp_path / "raw" / "a.nii.gz", shape=VolumeShape((7, 5, 3)))

    for source in (tmp_path / "raw", tmp_path / "raw" / "a.nii.gz"):
        with pytest.raises(InputError, match="FSC192"):
            deface(source, tmp_path / "out", keep_dicom=True)


def join_frames(paths, target):
    """Write slices as one file of many frames, as newer scanners do."""
    slices = [pydicom.dcmread(path) for path in paths]
    whole = pydicom.dcmread(paths[0])

    def item(**values):
        data_set = pydicom.Dataset()
        for keyword, value in values.items():
            setattr(data_set, keyword, value)
        return data_set

    measures = item(PixelSpacing=whole.PixelSpacing, SliceThickness=whole.SliceThickness)
    lies = item(ImageOrientationPatient=whole.ImageOrientationPatient)
    whole.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[measures],
            PlaneOrientationSequence=[lies],
            MRImageFrameTypeSequence=[item(FrameType=whole.ImageType)],
        )
    ]
    whole.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=one.ImagePositionPatient)])
        for one in slices
    ]
    for keyword in ("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient"):
        del whole[keyword]
    whole.NumberOfFrames = len(slices)
    whole.PixelData = b"".join(one.PixelData for one in slices)
    whole.save_as(target)
    return target


@pytest.mark.slow
def test_a_file_of_many_frames_loses_the_face_in_all_of_them(tmp_path):
    head = make_dicom_head(tmp_path / "raw", 45, planted=Planted())
    path = join_frames(head.paths, tmp_path / "whole.dcm")

    done = deface_dicom([path], tmp_path / "out", HEAD, NAMES, "remove")

    assert done.is_done
    written = tmp_path / "out" / "00001.dcm"
    stack = read_stack([written])
    np.testing.assert_allclose(stack.affine, head.affine, atol=1e-6)
    after = next(stack.volumes())
    np.testing.assert_array_equal(after[head.brain], head.values[head.brain])
    assert (after != head.values).mean() > 0.3
    header = pydicom.dcmread(written)
    frames = header.SharedFunctionalGroupsSequence[0].MRImageFrameTypeSequence[0]
    assert (header.ImageType[0], frames.FrameType[0]) == ("DERIVED", "DERIVED")
    assert len(header.PerFrameFunctionalGroupsSequence) == len(head.paths)
