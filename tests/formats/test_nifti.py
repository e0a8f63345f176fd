"""NIfTI images with what converters write beside them."""

from __future__ import annotations

from pathlib import PurePosixPath

import nibabel as nib
import numpy as np
import pydicom
import pytest

from fascicle.core import Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise
from fascicle.testing import Planted, VolumeContract, VolumeShape, make_nifti


class NiftiContract(VolumeContract):
    format_name = "nifti"

    def read_oracle(self, path):
        image = nib.load(path, mmap=False)
        return np.asarray(image.dataobj, dtype=np.float64), image.affine


class TestOneFile(NiftiContract):
    def make_recording(self, root):
        return make_nifti(root / "a_T1w.nii", planted=Planted())


class TestPacked(NiftiContract):
    def make_recording(self, root):
        return make_nifti(root / "b.nii.gz", planted=Planted(), shape=VolumeShape(dtype="<f8"))


class TestPair(NiftiContract):
    n_damaged = None

    def make_recording(self, root):
        return make_nifti(
            root / "c.hdr", planted=Planted(), shape=VolumeShape(dtype="<u2", scale=(0.5, -3.0))
        )


class TestSeriesOfTheOtherByteOrder(NiftiContract):
    def make_recording(self, root):
        shape = VolumeShape(size=(9, 7, 5, 11), dtype=">i2", tr_s=2.5)
        return make_nifti(root / "rest.nii", planted=Planted(), shape=shape)


class TestDiffusion(NiftiContract):
    n_damaged = None

    def make_recording(self, root):
        shape = VolumeShape(size=(9, 7, 5, 4), dtype="<f4")
        return make_nifti(
            root / "d.nii.gz", planted=Planted(), shape=shape, bvals=(0, 700, 700, 700)
        )


def source_in(root):
    (source,) = recognise(root).sources
    return source


@pytest.mark.parametrize(
    ("name", "shape"),
    [("a.nii", VolumeShape(size=(19, 23, 11, 4))), ("dwi.nii.gz", VolumeShape(size=(9, 7, 5, 4)))],
)
def test_half_a_gradient_table_and_none_are_refused(tmp_path, name, shape) -> None:
    make_nifti(tmp_path / name, shape=shape, bvals=(0, 9e2, 9e2, 9e2))
    stem = name.split(".")[0]
    (tmp_path / f"{stem}.bvec").unlink()

    with pytest.raises(FormatError, match="FSC226"):
        read_header(tmp_path, source_in(tmp_path))


def test_a_gradient_table_of_another_length_is_refused(tmp_path) -> None:
    make_nifti(tmp_path / "a.nii", shape=VolumeShape(size=(9, 7, 5, 4)), bvals=(0, 900, 900))

    with pytest.raises(FormatError, match="FSC226"):
        read_header(tmp_path, source_in(tmp_path))


@pytest.mark.parametrize("name", ["sub-01_T1w_mask.nii.gz", "brainmask.nii", "zstat1.nii.gz"])
def test_masks_and_maps_are_left_out_with_a_finding(tmp_path, name) -> None:
    make_nifti(tmp_path / name)

    found = recognise(tmp_path)

    assert found.sources == ()
    assert [finding.code for finding in found.findings] == ["file.not-raw"]


def test_an_image_of_few_values_is_taken_for_a_mask(tmp_path) -> None:
    values = (np.random.default_rng(3).random((40, 41, 17)) > 0.5).astype(np.uint8)
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "P07_x.nii.gz")

    found = recognise(tmp_path)

    assert found.sources == ()
    assert "2 different values" in found.findings[0].reason


def test_what_is_in_the_sidecar_describes_the_image_or_is_an_identifier(tmp_path) -> None:
    planted = Planted()
    make_nifti(
        tmp_path / "x.nii.gz", planted=planted, shape=VolumeShape(size=(9, 7, 5, 13), tr_s=2.0),
        sidecar={"RepetitionTime": 2.0, "EchoTime": 0.03, "FlipAngle": 77},
    )  # fmt: skip

    header = read_header(tmp_path, source_in(tmp_path))

    assert header.metadata == {"RepetitionTime": 2.0, "EchoTime": 0.03, "FlipAngle": 77}
    assert (header.subject.code, header.subject.birth) == (planted.code, planted.birth)
    assert header.measured_at == planted.start
    said = " ".join(identifier.value for identifier in header.identifiers)
    assert all(word in said for word in planted.words())


def test_a_dicom_header_in_an_extension_is_reported(tmp_path) -> None:
    dataset = pydicom.Dataset()
    dataset.PatientName, dataset.PatientID = "Xylander^Quorn", "4711-8"
    image = nib.Nifti1Image(np.arange(990, dtype=np.int16).reshape(9, 10, 11), np.eye(4))
    image.header.extensions += [
        nib.nifti1.Nifti1Extension("comment", b"seen by Abel Kern"),
        nib.nifti1.Nifti1DicomExtension(2, dataset, image.header),
    ]
    nib.save(image, tmp_path / "a.nii")

    header = read_header(tmp_path, Source("nifti", (PurePosixPath("a.nii"),), 0))

    said = {identifier.value: identifier.kind for identifier in header.identifiers}
    assert said["seen by Abel Kern"] == "text"
    assert (said["Xylander^Quorn"], said["4711-8"]) == ("name", "id")


def test_what_a_damaged_dicom_extension_says_before_the_damage_is_reported() -> None:
    from fascicle.formats._nifti import _words_of_extension

    dataset = pydicom.Dataset()
    dataset.PatientName = "Xylander^Quorn"
    inner = pydicom.Dataset()
    inner.ReferringPhysicianName = "Abel^Kern"
    dataset.ReferencedStudySequence = [inner]
    stream = pydicom.filebase.DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = True, True
    pydicom.filewriter.write_dataset(stream, dataset)
    whole = stream.getvalue()
    # Rows (0028,0010) of three bytes: no number has as many.
    damaged = whole + bytes.fromhex("2800100003000000") + b"abc"

    said = [
        [value for _, _, value in _words_of_extension(2, content)] for content in (whole, damaged)
    ]

    assert sorted(said[0]) == ["Abel^Kern", "Xylander^Quorn"]
    assert said[1] == said[0]


@pytest.mark.filterwarnings("ignore::UserWarning")  # silent where it is read
def test_an_extension_of_any_bytes_is_passed_over() -> None:
    from fascicle.formats._nifti import _words_of_extension

    rng = np.random.default_rng(5)

    for length in range(1, 300):
        list(_words_of_extension(2, rng.bytes(length)))


def test_programs_names_are_no_identifiers(tmp_path) -> None:
    for text in ("FSL5.0", "spm", "dcm2niix", "6.0.5:9e026117"):
        image = nib.Nifti1Image(np.ones((9, 8, 7), np.int16), np.eye(4))
        image.header["descrip"] = text
        nib.save(image, tmp_path / "a.nii")

        header = read_header(tmp_path, Source("nifti", (PurePosixPath("a.nii"),), 0))

        assert header.identifiers == (), text
