"""A series of DICOM files converted with dcm2niix."""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest

from fascicle.core import Header, Modality, Written
from fascicle.errors import DependencyError, FormatError
from fascicle.formats import _dicom_convert
from fascicle.formats._dicom_convert import run_dcm2niix, write_dicom
from fascicle.formats._dicom_header import read_dicom_header
from fascicle.testing import Planted, make_dicom
from fascicle.testing._dicom_files import make_enhanced_dicom, make_voxels

STEM = "sub-01_x"


def convert(root: Path, paths: tuple[Path, ...], out: Path) -> Written:
    files = [PurePosixPath(path.relative_to(root).as_posix()) for path in paths]
    out.mkdir(exist_ok=True)
    return write_dicom(root, files, read_dicom_header(root, files), out, STEM)


def load(out: Path) -> nib.Nifti1Image:
    return nib.load(out / f"{STEM}.nii.gz")


@pytest.mark.parametrize("kind", ["T2w", "bold", "epi", "magnitude2", "phasediff"])
def test_voxels_are_those_that_were_stored(tmp_path: Path, kind: str) -> None:
    paths = make_dicom(tmp_path / "raw", kind)

    written = convert(tmp_path / "raw", paths, tmp_path / "out")

    image = load(tmp_path / "out")
    stored = make_voxels(kind)[:, ::-1]  # rows count from the front, axes of NIfTI from the back
    voxels = np.asanyarray(image.dataobj).reshape(stored.shape)
    assert written.format == "nifti"
    assert [path.name for path in written.files] == [f"{STEM}.nii.gz"]
    if kind == "phasediff":  # dcm2niix brings phases to Siemens' usual range
        voxels = (voxels - voxels.min()) * (np.ptp(stored) / np.ptp(voxels)) + stored.min()
        np.testing.assert_allclose(voxels, stored, atol=1)
    else:
        np.testing.assert_array_equal(voxels, stored)
    np.testing.assert_allclose(image.header.get_zooms()[:3], (2.1, 2.2, 2.5), rtol=1e-6)


def test_ct_is_in_hounsfield_units_and_pet_in_becquerel(tmp_path: Path) -> None:
    for kind, slope, intercept in (("ct", 1.0, -1024.0), ("pet", 2.5, 0.0)):
        paths = make_dicom(tmp_path / kind, kind)

        convert(tmp_path / kind, paths, tmp_path / f"{kind}-out")

        stored = make_voxels(kind)[:, ::-1].astype(float) * slope + intercept
        found = load(tmp_path / f"{kind}-out").get_fdata().reshape(stored.shape)
        np.testing.assert_allclose(found, stored, atol=0.01)


def test_weightings_and_directions_stand_beside_a_diffusion_image(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "dwi")

    written = convert(tmp_path / "raw", paths, tmp_path / "out")

    assert [path.suffix for path in written.files] == [".gz", ".bval", ".bvec"]
    assert np.loadtxt(tmp_path / "out" / f"{STEM}.bval").tolist() == [
        0, 1000, 1000, 1000, 2000, 2000, 2000,
    ]  # fmt: skip
    vectors = np.loadtxt(tmp_path / "out" / f"{STEM}.bvec")
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=0), [0, 1, 1, 1, 1, 1, 1], atol=1e-6)
    # The first axis of the image points to the right, the first direction to the left, and FSL
    # turns the first component where the axes are left-handed: twice is not at all.
    np.testing.assert_allclose(np.abs(vectors[:, 1:4]), np.eye(3), atol=1e-6)


def test_a_diffusion_image_without_weightings_is_refused(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "bold")
    files = [PurePosixPath(path.name) for path in paths]

    with pytest.raises(FormatError, match="FSC226"):
        write_dicom(tmp_path / "raw", files, Header(Modality.DWI, suffix="dwi"), tmp_path, STEM)


def test_a_perfusion_series_needs_a_table_of_its_volumes(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "bold", n_volumes=4)
    files = [PurePosixPath(path.name) for path in paths]
    header = Header(Modality.PERF, suffix="asl")
    with pytest.raises(FormatError, match="FSC227"):
        write_dicom(tmp_path / "raw", files, header, tmp_path, "sub-01_asl")
    table = "volume_type\ncontrol\nlabel\ncontrol\nlabel\n"
    (tmp_path / "raw" / "my_aslcontext.tsv").write_text(table)

    written = write_dicom(tmp_path / "raw", files, header, tmp_path, "sub-01_asl")

    assert [path.name for path in written.files] == ["sub-01_asl.nii.gz", "sub-01_aslcontext.tsv"]
    assert (tmp_path / "sub-01_aslcontext.tsv").read_text() == table


def test_nothing_planted_is_in_what_is_written(tmp_path: Path) -> None:
    planted = Planted()
    paths = make_dicom(tmp_path / "raw", "dwi", planted=planted)

    convert(tmp_path / "raw", paths, tmp_path / "out")

    words = [*planted.words(), "Xylander", "Quorn", "19510502", "20191123", "143107"]
    for path in (tmp_path / "out").iterdir():
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        assert not [word for word in words if word.encode() in content]


def test_what_a_kill_would_leave_lies_beside_what_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [path.relative_to(tmp_path / "raw") for path in make_dicom(tmp_path / "raw", "T1w")]
    (tmp_path / "out").mkdir()
    seen = []

    def spy(paths: Any, scratch: Path, **how: Any) -> Any:
        seen.append((scratch.parent, scratch.name[:9], scratch.stat().st_mode & 0o777))
        return run_dcm2niix(paths, scratch, **how)

    monkeypatch.setattr(_dicom_convert, "run_dcm2niix", spy)

    written = write_dicom(
        tmp_path / "raw", files, Header(Modality.ANAT, suffix="T1w"), tmp_path / "out", STEM
    )

    mode = 0o777 if os.name == "nt" else 0o700
    assert seen == [(tmp_path / "out", ".writing-", mode)]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(map(str, written.files))


def test_the_same_series_under_other_names_gives_the_same_bytes(tmp_path: Path) -> None:
    first = make_dicom(tmp_path / "a", "bold")
    second = make_dicom(tmp_path / "b", "bold")
    renamed = tuple(path.rename(path.with_name(f"IM{i:04d}")) for i, path in enumerate(second))

    convert(tmp_path / "a", first, tmp_path / "one")
    convert(tmp_path / "b", renamed, tmp_path / "two")

    assert (tmp_path / "one" / f"{STEM}.nii.gz").read_bytes() == (
        tmp_path / "two" / f"{STEM}.nii.gz"
    ).read_bytes()


def test_what_the_converter_found_is_returned_for_the_sidecar(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "bold")

    written = convert(tmp_path / "raw", paths, tmp_path / "out")

    assert written.metadata["RepetitionTime"] == 2
    assert written.metadata["EchoTime"] == 0.03
    assert written.metadata["ConversionSoftware"] == "dcm2niix"
    assert load(tmp_path / "out").header.get_zooms()[3] == 2.0


def test_several_values_are_a_list(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "T1w")

    written = convert(tmp_path / "raw", paths, tmp_path / "out")

    assert written.metadata["ScanningSequence"] == ["GR", "IR"]
    assert written.metadata["SequenceVariant"] == ["SK", "SP", "MP"]


def test_of_several_versions_the_first_is_that_of_the_scanner(tmp_path: Path) -> None:
    changes = {"Manufacturer": "Philips", "SoftwareVersions": ["5.1.1", "5.1.1.0"]}
    paths = make_dicom(tmp_path / "raw", "T2w", changes=changes)

    written = convert(tmp_path / "raw", paths, tmp_path / "out")

    assert written.metadata["SoftwareVersions"] == "5.1.1"


def test_a_spin_echo_is_not_called_a_gradient_echo(tmp_path: Path) -> None:
    changes = {"ScanningSequence": "EP", "SequenceName": "epse2d1_20"}
    paths = make_dicom(tmp_path / "raw", "epi", changes=changes)

    written = convert(tmp_path / "raw", paths, tmp_path / "out")

    assert written.metadata["PulseSequenceType"] == "Spin Echo EPI"


@pytest.mark.parametrize("order", ["LINEAR", "REVERSE_LINEAR"])
@pytest.mark.parametrize("axis", ["ROW", "COL"])
@pytest.mark.parametrize("slices", ["axial", "coronal", "sagittal"])
def test_the_direction_in_the_name_is_the_one_that_dcm2niix_finds(
    tmp_path: Path, order: str, axis: str, slices: str
) -> None:
    orientation = {"axial": [1, 0, 0, 0, 1, 0], "coronal": [1, 0, 0, 0, 0, -1],
                   "sagittal": [0, 1, 0, 0, 0, -1]}[slices]  # fmt: skip
    changes = {
        "Manufacturer": "GE MEDICAL SYSTEMS", "RectilinearPhaseEncodeReordering": order,
        "InPlanePhaseEncodingDirection": axis, "SequenceName": "epi",
        "ImageOrientationPatient": orientation,
    }  # fmt: skip
    paths = make_dicom(tmp_path / "raw", "epi", changes=changes)
    normal = np.cross(orientation[:3], orientation[3:])
    for z, path in enumerate(paths):
        data_set = pydicom.dcmread(path)
        data_set.ImagePositionPatient = [float(x) for x in normal * 2.5 * z]
        data_set.save_as(path)
    files = [PurePosixPath(path.name) for path in paths]
    header = read_dicom_header(tmp_path / "raw", files)

    written = write_dicom(tmp_path / "raw", files, header, tmp_path, STEM)

    found = written.metadata["PhaseEncodingDirection"]
    image = tmp_path / f"{STEM}.nii.gz"
    direction = dict(header.entities)["dir"]
    assert found == found[0] + _dicom_convert._sign(image, found[0], direction)
    along = nib.load(image).affine[:3, "ijk".index(found[0])]
    assert np.abs(along).argmax() == {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}[direction[0]]


@pytest.mark.parametrize(("direction", "expected"), [("AP", "j-"), ("PA", "j")])
def test_a_direction_on_the_patient_becomes_one_along_the_image(
    tmp_path: Path, direction: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = make_dicom(tmp_path / "raw", "epi")
    files = [PurePosixPath(path.name) for path in paths]
    read = _dicom_convert._read_json
    monkeypatch.setattr(
        _dicom_convert, "_read_json", lambda path: read(path) | {"PhaseEncodingAxis": "j"}
    )
    header = Header(Modality.FMAP, suffix="epi", entities=(("dir", direction),))

    written = write_dicom(tmp_path / "raw", files, header, tmp_path, STEM)

    assert written.metadata["PhaseEncodingDirection"] == expected


def test_the_read_out_of_a_field_map_is_that_of_the_header_or_its_estimate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = make_dicom(tmp_path / "raw", "epi")
    stated = convert(tmp_path / "raw", paths, tmp_path / "out").metadata["TotalReadoutTime"]
    read = _dicom_convert._read_json
    less = {"TotalReadoutTime", "EffectiveEchoSpacing"}
    monkeypatch.setattr(
        _dicom_convert, "_read_json",
        lambda path: {k: v for k, v in read(path).items() if k not in less}
        | {"EstimatedTotalReadoutTime": 0.028},
    )  # fmt: skip

    estimated = convert(tmp_path / "raw", paths, tmp_path / "out").metadata["TotalReadoutTime"]

    # 19 steps of 1 / (50 Hz x 20 lines)
    assert stated == pytest.approx(0.019)
    assert estimated == 0.028


def test_what_bids_says_of_pet_is_not_said_otherwise_by_the_converter(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "pet")

    written = convert(tmp_path / "raw", paths, tmp_path / "out")

    assert not written.metadata.keys() & {"TracerName", "ReconMethodName", "FrameTimesStart"}


@pytest.mark.parametrize("change", ["packed", "no-mark", "deflated"])
def test_files_that_dcm2niix_cannot_open_are_made_plain_first(tmp_path: Path, change: str) -> None:
    paths = []
    for path in make_dicom(tmp_path / "raw", "T2w"):
        target = path.with_suffix(".dcm.gz") if change == "packed" else path
        content = path.read_bytes()
        data_set = pydicom.dcmread(path)
        path.unlink()
        if change == "packed":
            target.write_bytes(gzip.compress(content))
        elif change == "no-mark":
            data_set.file_meta = pydicom.dataset.FileMetaDataset()
            data_set.preamble = None
            data_set.save_as(target, implicit_vr=False, little_endian=True)
            assert target.read_bytes()[128:132] != b"DICM"
        else:
            data_set.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
            data_set.save_as(target)
        paths.append(target)

    convert(tmp_path / "raw", tuple(paths), tmp_path / "out")

    np.testing.assert_array_equal(
        np.asanyarray(load(tmp_path / "out").dataobj), make_voxels("T2w")[:, ::-1, :, 0]
    )


@pytest.mark.parametrize(
    "name",
    ["MR_small_RLE", "MR_small_jp2klossless", "MR_small_jpeg_ls_lossless", "MR_small_bigendian",
     "MR_small_implicit", "MR_small_padded"],
)  # fmt: skip
def test_packed_pixels_give_the_image_of_plain_ones(tmp_path: Path, name: str) -> None:
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.mkdir()
    packed.mkdir()

    expected = run_dcm2niix([folder / "MR_small.dcm"], plain).image
    found = run_dcm2niix([folder / f"{name}.dcm"], packed).image

    voxels = np.asanyarray(nib.load(found).dataobj)
    np.testing.assert_array_equal(voxels, np.asanyarray(nib.load(expected).dataobj))


def test_frames_of_one_file_become_volumes(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    path = make_enhanced_dicom(tmp_path / "raw" / "a.dcm", "dwi")

    written = convert(tmp_path / "raw", (path,), tmp_path / "out")

    voxels = np.asanyarray(load(tmp_path / "out").dataobj)
    np.testing.assert_array_equal(voxels, make_voxels("dwi")[:, ::-1])
    assert len(written.files) == 3


def test_pixels_that_cannot_be_unpacked_are_named(tmp_path: Path) -> None:
    folder = Path(pydicom.__file__).parent / "data" / "test_files"

    with pytest.raises(FormatError) as caught:
        run_dcm2niix([folder / "JPGExtended.dcm"], tmp_path)

    assert caught.value.code == "FSC222"
    assert "JPEG of 12 bits" in str(caught.value)


def test_a_cut_series_is_refused_with_what_came(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "T2w")
    for path in paths:
        path.write_bytes(path.read_bytes()[:-500])

    with pytest.raises(FormatError) as caught:
        convert(tmp_path / "raw", paths, tmp_path / "out")

    assert caught.value.code == "FSC220"
    assert list((tmp_path / "out").iterdir()) == []


def test_files_without_an_image_are_refused(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "report")

    with pytest.raises(FormatError, match="FSC220"):
        run_dcm2niix(paths, tmp_path)


def test_several_images_of_one_series_are_refused_with_what_came(tmp_path: Path) -> None:
    one = make_dicom(tmp_path / "raw", "magnitude1")
    two = make_dicom(tmp_path / "raw", "phasediff")

    with pytest.raises(FormatError) as caught:
        run_dcm2niix([*one, *two], tmp_path)

    assert caught.value.code == "FSC221"
    assert "made 2 (e2_ph, plain)" in str(caught.value)


def test_of_uneven_ct_slices_the_evened_image_is_taken(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "ct")
    for z, path in enumerate(paths):
        data_set = pydicom.dcmread(path)
        data_set.ImagePositionPatient[2] = str(2.5 * z + 5 * max(0, z - 5))
        data_set.save_as(path)

    convert(tmp_path / "raw", paths, tmp_path / "out")

    assert load(tmp_path / "out").shape[2] > len(paths)


def test_the_converter_runs_without_a_shell_and_leaves_no_scratch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(_dicom_convert.tempfile, "tempdir", str(tmp_path / "scratch"))
    calls: list[dict[str, Any]] = []
    run = _dicom_convert.subprocess.run

    def watch(command: list[str], **settings: Any) -> Any:
        calls.append({"command": command} | settings)
        return run(command, **settings)

    monkeypatch.setattr(_dicom_convert.subprocess, "run", watch)
    folder = tmp_path / "a folder; rm -r $HOME"
    paths = make_dicom(folder, "T2w", planted=Planted())

    convert(folder, paths, tmp_path / "out")

    (call,) = calls
    assert "shell" not in call
    assert isinstance(call["command"], list)
    assert not any("rm -r" in word or "Xylander" in word for word in call["command"])
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("company", ["", "notes.txt", "sub"])
def test_files_that_are_alone_in_their_folder_need_no_links(
    tmp_path: Path, company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = make_dicom(tmp_path / "raw", "T2w")
    if company == "sub":
        (tmp_path / "raw" / "sub").mkdir()
    elif company:
        (tmp_path / "raw" / company).write_text("by hand")
    links: list[Path] = []
    link = _dicom_convert._link

    def count(path: Path, target: Path) -> None:
        links.append(target)
        link(path, target)

    monkeypatch.setattr(_dicom_convert, "_link", count)

    convert(tmp_path / "raw", paths, tmp_path / "out")

    assert len(links) == (9 if company == "notes.txt" else 0)
    assert load(tmp_path / "out").shape == (24, 20, 9)


def test_where_there_are_no_links_files_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "symlink", refuse)
    monkeypatch.setattr(os, "link", refuse)
    paths = make_dicom(tmp_path / "raw", "T2w")
    make_dicom(tmp_path / "raw", "epi")

    convert(tmp_path / "raw", paths, tmp_path / "out")

    assert load(tmp_path / "out").shape == (24, 20, 9)


def test_a_program_that_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(command: list[str], **settings: Any) -> None:
        raise _dicom_convert.subprocess.TimeoutExpired(command, settings["timeout"])

    monkeypatch.setattr(_dicom_convert.subprocess, "run", hang)

    with pytest.raises(FormatError) as caught:
        run_dcm2niix(make_dicom(tmp_path / "raw", "T2w"), tmp_path)

    assert caught.value.code == "FSC220"
    assert str(tmp_path) not in str(caught.value)


def test_without_the_program_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dcm2niix", None)

    with pytest.raises(DependencyError, match=r"fascicle\[mri\]"):
        run_dcm2niix(make_dicom(tmp_path / "raw", "T2w"), tmp_path)


def test_settings_of_the_user_do_not_change_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".dcm2nii.ini").write_text("isGZ=1\nfilename=%n_%i\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    converted = run_dcm2niix(make_dicom(tmp_path / "raw", "T2w"), tmp_path)

    assert converted.image.name == "image.nii"
    assert json.loads((tmp_path / "out" / "image.json").read_text())["Modality"] == "MR"


def test_the_program_is_that_of_the_python_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dcm2niix", SimpleNamespace(bin="/x/dcm2niix"))

    assert _dicom_convert._find_program() == "/x/dcm2niix"


def test_overlay_planes_are_counted_for_the_report(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path / "raw", "T2w")
    data_set = pydicom.dcmread(paths[0])
    for element, vr, value in ((0x10, "US", data_set.Rows), (0x11, "US", data_set.Columns)):
        data_set.add_new(0x60000000 | element, vr, value)
    data_set.add_new(0x60003000, "OW", bytes(-(-data_set.Rows * data_set.Columns // 16) * 2))
    data_set.save_as(paths[0])

    written = convert(tmp_path / "raw", paths, tmp_path / "out")

    assert written.metadata["NumberOfOverlaysRemoved"] == 1
    assert [path.name for path in written.files] == [f"{STEM}.nii.gz"]
