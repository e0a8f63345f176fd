"""DICOM from a raw folder to a BIDS image."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest

from fascicle.core import FileHead, Header, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry, write_recording
from fascicle.testing import Planted, VolumeContract, make_dicom
from fascicle.testing._dicom_files import make_enhanced_dicom, make_voxels

DATA = (
    Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "signals" / "mri"
)  # fmt: skip
SIEMENS = DATA / "dcm_qa_siemens"
AFFINE = np.array([[-2.1, 0, 0, 27.5], [0, -2.2, 0, 31.1], [0, 0, 2.5, -11], [0, 0, 0, 1]])


class TestContract(VolumeContract):
    format_name = "dicom"
    test_a_header_of_another_recording_is_refused = None  # no size is taken from the header
    tolerance = 0.0
    place_tolerance_mm = 1e-4

    def make_recording(self, root: Path) -> Path:
        return make_dicom(root / "scan", "T2w", planted=Planted())[0]

    def read_oracle(self, path: Path) -> tuple[Any, Any]:
        return make_voxels("T2w")[..., 0], AFFINE


class TestDiffusionContract(VolumeContract):
    format_name = "dicom"
    test_a_header_of_another_recording_is_refused = None  # no size is taken from the header
    test_cut_files_raise_format_errors_only = None  # as above: the same reader
    test_flipped_bytes_raise_format_errors_only = None

    def make_recording(self, root: Path) -> Path:
        return make_dicom(root, "dwi", planted=Planted())[0]

    def read_oracle(self, path: Path) -> tuple[Any, Any]:
        return make_voxels("dwi"), AFFINE


class TestManyFramesContract(VolumeContract):
    format_name = "dicom"
    test_a_header_of_another_recording_is_refused = None  # no size is taken from the header

    def make_recording(self, root: Path) -> Path:
        return make_enhanced_dicom(root / "a.dcm", "bold", planted=Planted())

    def read_oracle(self, path: Path) -> tuple[Any, Any]:
        return make_voxels("bold"), AFFINE


def sources_of(root: Path) -> list[Source]:
    return [source for source in recognise(root).sources if source.format == "dicom"]


def test_a_folder_of_two_people_and_many_series_is_parted(tmp_path: Path) -> None:
    for seed, code in ((1, "P1"), (2, "P2")):
        for kind in ("T1w", "bold", "magnitude1", "magnitude2", "phasediff", "localizer", "ADC"):
            make_dicom(tmp_path / "all", kind, seed=seed, planted=Planted(code=code, name=code * 3))
    make_dicom(tmp_path / "all", "capture")
    make_dicom(tmp_path / "all", "report")

    found = recognise(tmp_path)

    headers = [read_header(tmp_path, source) for source in found.sources]
    assert sorted((h.subject.code, h.suffix) for h in headers) == sorted(
        (code, suffix)
        for code in ("P1", "P2")
        for suffix in ("T1w", "bold", "magnitude1", "magnitude2", "phasediff")
    )
    assert sorted(f.code for f in found.findings) == [
        "dicom.capture", "dicom.derived", "dicom.derived", "dicom.localizer", "dicom.localizer",
        "dicom.not-an-image",
    ]  # fmt: skip
    assert all("P1" not in f.reason + f.place for f in found.findings)


def test_echoes_of_one_series_are_a_recording_each(tmp_path: Path) -> None:
    series = "1.2.826.0.1.3680043.8.498.5"
    for kind in ("magnitude1", "magnitude2"):
        make_dicom(tmp_path, kind, changes={"SeriesInstanceUID": series})

    suffixes = [read_header(tmp_path, source).suffix for source in sources_of(tmp_path)]

    assert sorted(suffixes) == ["magnitude1", "magnitude2"]


def test_the_index_of_a_medium_is_passed_over(tmp_path: Path) -> None:
    make_dicom(tmp_path, "T2w")
    installed = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests" / "DICOMDIR"
    shutil.copy(installed, tmp_path)

    found = recognise(tmp_path)

    assert len(found.sources) == 1
    assert [f.code for f in found.findings] == ["dicom.index"]


def test_endings_of_files_tell_nothing(tmp_path: Path) -> None:
    for i, path in enumerate(make_dicom(tmp_path, "T2w")):
        path.rename(tmp_path / (f"IM{i:04d}" if i % 2 else f"x{i}.IMA"))

    assert [len(source.files) for source in sources_of(tmp_path)] == [9]


@pytest.mark.parametrize(
    "name",
    ["MR_small.dcm", "CT_small.dcm", "rtplan.dcm", "test-SR.dcm", "SC_rgb_rle.dcm",
     "JPEG2000.dcm", "liver_1frame.dcm", "waveform_ecg.dcm", "MR_truncated.dcm",
     "JPGExtended.dcm", "image_dfl.dcm", "ExplVR_LitEndNoMeta.dcm", "examples_palette.dcm"],
)  # fmt: skip
def test_every_installed_file_is_converted_or_has_an_honest_finding(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "out").mkdir()
    shutil.copy(Path(pydicom.__file__).parent / "data" / "test_files" / name, tmp_path / "raw")

    found = recognise(tmp_path / "raw")

    outcomes = [finding.code for finding in found.findings]
    for source in found.sources:
        try:
            header = read_header(tmp_path / "raw", source)
            write_recording(tmp_path / "raw", source, header, tmp_path / "out", "x")
        except FormatError as error:
            outcomes.append(error.code)
        else:
            outcomes.append(str(nib.load(tmp_path / "out" / "x.nii.gz").shape))
    assert outcomes


TEXT = b"this is no DICOM at all, only a text with its ending"
ONE_FILE: dict[str, Callable[[bytes], bytes]] = {
    "cut in the pixels": lambda content: content[:-300],
    "cut in the header": lambda content: content[:500],
    "empty": lambda content: b"",
    "a text": lambda content: TEXT,
}
ALL_FILES: dict[str, Callable[[pydicom.Dataset], object]] = {
    "no frames": lambda d: setattr(d, "NumberOfFrames", 0),
    "no pixels": lambda d: delattr(d, "PixelData"),
    "no size": lambda d: delattr(d, "Rows"),
    "places that are no numbers": lambda d: setattr(d, "ImagePositionPatient", None),
    "another syntax": lambda d: claim_another_syntax(d),
}


def claim_another_syntax(data_set: pydicom.Dataset) -> None:
    data_set.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLosslessSV1
    data_set.PixelData = pydicom.encaps.encapsulate([data_set.PixelData])
    data_set["PixelData"].is_undefined_length = True


@pytest.mark.parametrize(
    ("names", "suffix", "shape", "entities"),
    [
        (["siemens_dwi_0.dcm.gz", "siemens_dwi_1000.dcm.gz"], "dwi", (128, 128, 48, 2),
         {"dir": "AP"}),
        (["philips_mprage.dcm.gz"], "T1w", (256, 256, 176), {}),
    ],
)  # fmt: skip
def test_files_of_real_scanners_that_nibabel_brings_go_through(
    tmp_path: Path, names: list[str], suffix: str, shape: tuple[int, ...], entities: dict[str, str]
) -> None:
    """Two mosaics weighted by diffusion, and 176 frames in one file."""
    folder = Path(nib.__file__).parent / "nicom" / "tests" / "data"
    (tmp_path / "raw").mkdir()
    for name in names:
        shutil.copy(folder / name, tmp_path / "raw")

    header, sidecar, image = share(tmp_path / "raw", tmp_path / "out")

    assert (header.suffix, header.shape, dict(header.entities)) == (suffix, shape, entities)
    assert sorted(image.shape) == sorted(shape)
    if suffix == "dwi":
        assert sidecar["PhaseEncodingDirection"] == "j-"
        assert (tmp_path / "out" / "x.bval").read_text() == "0 1000\n"
        assert len(np.loadtxt(tmp_path / "out" / "x.bvec")) == 3


def damage(folder: Path, kind: str) -> None:
    """Spoil a series of nine slices."""
    paths = sorted(folder.iterdir())
    if kind in ONE_FILE:
        paths[4].write_bytes(ONE_FILE[kind](paths[4].read_bytes()))
    elif kind == "a slice is missing":
        paths[4].unlink()
    else:
        for path in paths:
            data_set = pydicom.dcmread(path)
            ALL_FILES[kind](data_set)
            data_set.save_as(path)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("cut in the pixels", "FSC220"),
        ("cut in the header", "dicom.broken"),
        ("empty", "file.empty"),
        ("a slice is missing", "dicom.missing-slices"),
        ("a text", "dicom.missing-slices"),
        ("no frames", "dicom.broken"),
        ("another syntax", "FSC220"),
        ("no pixels", "dicom.broken"),
        ("no size", "dicom.broken"),
        ("places that are no numbers", "dicom.no-place"),
    ],
)
def test_damage_is_found_and_the_other_series_goes_on(
    tmp_path: Path, kind: str, expected: str
) -> None:
    make_dicom(tmp_path / "raw" / "a", "T2w")
    make_dicom(tmp_path / "raw" / "b", "epi")
    damage(tmp_path / "raw" / "a", kind)

    found = recognise(tmp_path / "raw")

    outcomes = {finding.code for finding in found.findings}
    written = []
    (tmp_path / "out").mkdir()
    for source in found.sources:
        try:
            header = read_header(tmp_path / "raw", source)
            write_recording(tmp_path / "raw", source, header, tmp_path / "out", header.suffix)
        except FormatError as error:
            outcomes.add(error.code)
        else:
            written.append(header.suffix)
    assert written == ["epi"]
    assert expected in outcomes


@pytest.mark.parametrize(
    ("head", "expected"),
    [(bytes(128) + b"DICM" + bytes(50), True), (bytes(300), False), (b"P5 1 1", False)],
)
def test_the_mark_decides(head: bytes, expected: bool) -> None:
    assert registry()["dicom"].recognises(FileHead(PurePosixPath("a"), head, 300)) is expected


def unpacked(tmp_path: Path, archive: Path) -> Path:
    if not archive.is_file():
        pytest.skip("the shared recordings are not on this machine")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "raw", filter="data")
    return tmp_path / "raw"


def share(root: Path, out: Path) -> tuple[Header, dict[str, Any], nib.Nifti1Image]:
    """Read and write the one recording of a folder."""
    (source,) = sources_of(root)
    header = read_header(root, source)
    out.mkdir()
    written = write_recording(root, source, header, out, "x")
    return header, {**header.metadata, **written.metadata}, nib.load(out / "x.nii.gz")


@pytest.mark.data
@pytest.mark.parametrize(
    ("archive", "reference", "direction"),
    [
        ("ax__axasc35", "ax_asc_35sl_6", "AP"),
        ("cor__corasc35", "cor_asc_35sl_16", "RL"),
        ("sag__sagasc35", "sag_asc_35sl_22", "AP"),
        ("ax__axint36", "", "AP"),
    ],
)
def test_real_series_have_the_sidecar_values_of_their_references(
    tmp_path: Path, archive: str, reference: str, direction: str
) -> None:
    root = unpacked(tmp_path, SIEMENS / f"In__Orientation__{archive}.tar.xz")

    header, sidecar, image = share(root, tmp_path / "out")

    assert (header.modality.value, header.suffix) == ("func", "bold")
    assert dict(header.entities) == {"dir": direction}
    assert header.shape == image.shape
    if reference:
        expected = json.loads((SIEMENS / "Ref" / f"{reference}.json").read_text())
        for name in (
            "PhaseEncodingDirection", "TotalReadoutTime", "EffectiveEchoSpacing", "EchoTime",
            "RepetitionTime", "FlipAngle", "ImageType", "MagneticFieldStrength", "Manufacturer",
            "ManufacturersModelName", "SliceThickness", "SpacingBetweenSlices", "PixelBandwidth",
            "DwellTime", "BandwidthPerPixelPhaseEncode", "PhaseEncodingSteps", "MRAcquisitionType",
            "ScanningSequence", "SequenceVariant", "ParallelReductionFactorInPlane",
            "SoftwareVersions", "BaseResolution", "ImagingFrequency",
        ):  # fmt: skip
            assert sidecar[name] == expected[name], name
        # Siemens counts slice times in steps of 2.5 ms; the reference is of another volume.
        np.testing.assert_allclose(sidecar["SliceTiming"], expected["SliceTiming"], atol=0.0026)


@pytest.mark.data
@pytest.mark.parametrize(("name", "direction"), [("AP_0008", "AP"), ("PA_0009", "PA")])
def test_real_pairs_of_spin_echoes_map_the_field_in_both_directions(
    tmp_path: Path, name: str, direction: str
) -> None:
    archive = next(iter(SIEMENS.glob(f"*{name}.tar.xz")), Path("absent"))

    header, sidecar, image = share(unpacked(tmp_path, archive), tmp_path / "out")

    assert (header.modality.value, header.suffix) == ("fmap", "epi")
    assert header.certainty >= 0.9
    assert dict(header.entities) == {"dir": direction}
    assert sidecar["PhaseEncodingDirection"] == {"AP": "j-", "PA": "j"}[direction]
    assert sidecar["TotalReadoutTime"] == pytest.approx(0.0525111)
    assert sidecar["PulseSequenceType"] == "Spin Echo EPI"
    assert header.shape == image.shape == (90, 90, 60)


@pytest.mark.data
def test_a_real_functional_series_of_single_slices_goes_through(tmp_path: Path) -> None:
    root = unpacked(tmp_path, DATA / "datalad_dicom_fmri_18vol" / "dicoms.tar.xz")

    header, sidecar, image = share(root, tmp_path / "out")

    assert (header.modality.value, header.suffix) == ("func", "bold")
    assert header.shape == image.shape == (80, 80, 35, 18)
    assert header.sfreq_hz == pytest.approx(0.5, rel=1e-6)
    assert not header.is_as_stated  # 156 volumes were scanned, 18 are there
    assert sidecar["RepetitionTime"] == 2
    assert header.subject.code == "02"


@pytest.mark.data
@pytest.mark.parametrize("name", ["0.dcm", "1.dcm", "philips_mprage.dcm.gz", "siemens_dwi_0.dcm.gz",
                                  "siemens_dwi_1000.dcm.gz"])  # fmt: skip
def test_real_single_files_go_through_or_say_why_not(tmp_path: Path, name: str) -> None:
    path = next(iter((DATA / "nibabel").rglob(name)), Path("absent"))
    if not path.is_file():
        pytest.skip("the shared recordings are not on this machine")
    (tmp_path / "raw").mkdir()
    shutil.copy(path, tmp_path / "raw")

    found = recognise(tmp_path / "raw")

    if found.sources:
        header = read_header(tmp_path / "raw", found.sources[0])
        (tmp_path / "out").mkdir()
        write_recording(tmp_path / "raw", found.sources[0], header, tmp_path / "out", "x")
        assert nib.load(tmp_path / "out" / "x.nii.gz").ndim >= 3
    else:
        assert found.findings
