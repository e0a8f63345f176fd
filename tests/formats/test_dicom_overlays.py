"""Graphics over the pixels of DICOM files are dropped, wherever they are kept."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path, PurePosixPath

import nibabel as nib
import numpy as np
import pydicom
import pytest

from fascicle.errors import FormatError
from fascicle.formats._dicom_convert import run_dcm2niix, write_dicom
from fascicle.formats._dicom_header import read_dicom_header
from fascicle.formats._dicom_overlays import (
    drop_overlays,
    find_overlays,
    mask_bits,
    may_have_planes,
)
from fascicle.testing import make_dicom

pytest.importorskip("dcm2niix", reason="needs the extra mri")


def add_plane(path: Path, group: int = 0x6000, *, in_bit: int = 0) -> None:
    """Draw a frame over a slice: in an element of its own, or in a bit of the pixels."""
    data_set = pydicom.dcmread(path)
    rows, columns = data_set.Rows, data_set.Columns
    drawn = np.zeros((rows, columns), dtype=bool)
    drawn[[0, -1]] = drawn[:, [0, -1]] = True
    for element, vr, value in (
        (0x10, "US", rows), (0x11, "US", columns), (0x40, "CS", "G"), (0x50, "SS", [1, 1]),
        (0x100, "US", 16 if in_bit else 1), (0x102, "US", in_bit), (0x22, "LO", "Okonjo"),
    ):  # fmt: skip
        data_set.add_new(group << 16 | element, vr, value)
    if in_bit:
        pixels = np.frombuffer(data_set.PixelData, "<u2").reshape(rows, columns)
        data_set.PixelData = (pixels | drawn.astype("<u2") << in_bit).astype("<u2").tobytes()
    else:
        packed = np.packbits(drawn.ravel(), bitorder="little").tobytes()
        data_set.add_new(group << 16 | 0x3000, "OW", packed + b"\0" * (len(packed) % 2))
    data_set.save_as(path, enforce_file_format=True)


def image_bytes(paths: list[Path], scratch: Path) -> bytes:
    scratch.mkdir()
    found = find_overlays(paths)
    return run_dcm2niix(paths, scratch, drawn_on=found.in_pixels).image.read_bytes()


@pytest.mark.parametrize(
    ("in_bit", "group"), [(0, 0x6000), (0, 0x601E), (12, 0x6000), (15, 0x6002)]
)
def test_the_image_is_the_same_with_graphics_as_without(
    tmp_path: Path, in_bit: int, group: int
) -> None:
    paths = list(make_dicom(tmp_path / "raw", "T2w"))
    expected = image_bytes(paths, tmp_path / "plain")
    for path in paths[2:4]:
        add_plane(path, group, in_bit=in_bit)
    before = [path.read_bytes() for path in paths]

    found = find_overlays(paths)

    assert (found.n_planes, len(found.in_pixels)) == (2, 2 if in_bit else 0)
    assert image_bytes(paths, tmp_path / "drawn") == expected
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.parametrize("in_bit", [0, 12])
def test_a_recording_is_written_without_graphics(tmp_path: Path, in_bit: int) -> None:
    root = tmp_path / "raw"
    paths = make_dicom(root, "T2w")
    files = [PurePosixPath(path.name) for path in paths]
    voxels = []
    for name in ("plain", "drawn"):
        (tmp_path / name).mkdir()
        header = read_dicom_header(root, files)
        written = write_dicom(root, files, header, tmp_path / name, "sub-01_T2w")
        voxels.append(np.asanyarray(nib.load(tmp_path / name / "sub-01_T2w.nii.gz").dataobj))
        assert written.metadata.get("NumberOfOverlaysRemoved") == (1 if name == "drawn" else None)
        assert [path.name for path in (tmp_path / name).iterdir()] == ["sub-01_T2w.nii.gz"]
        add_plane(paths[1], in_bit=in_bit)

    np.testing.assert_array_equal(*voxels)


def test_the_bytes_of_a_file_rule_planes_out_only_where_its_tags_do(tmp_path: Path) -> None:
    plain, drawn, marked, packed, turned = make_dicom(tmp_path / "raw", "T2w")[:5]
    add_plane(drawn, 0x601E)
    add_plane(marked, 0x6000, in_bit=12)
    packed.write_bytes(gzip.compress(packed.read_bytes()))
    data_set = pydicom.dcmread(turned)
    data_set.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    data_set.save_as(turned, enforce_file_format=True)

    ruled_out = [not may_have_planes(path) for path in (plain, drawn, marked, packed, turned)]

    assert ruled_out == [True, False, False, False, False]


def test_graphics_in_packed_files_are_found_and_dropped(tmp_path: Path) -> None:
    paths = list(make_dicom(tmp_path / "raw", "T2w"))
    expected = image_bytes(paths, tmp_path / "plain")
    add_plane(paths[0], in_bit=13)
    paths[0].write_bytes(gzip.compress(paths[0].read_bytes()))

    assert image_bytes(paths, tmp_path / "drawn") == expected


def test_graphics_in_bits_of_packed_pixels_are_refused(tmp_path: Path) -> None:
    packed = Path(pydicom.__file__).parent / "data" / "test_files" / "MR_small_RLE.dcm"
    shutil.copy(packed, tmp_path / "a.dcm")
    data_set = pydicom.dcmread(tmp_path / "a.dcm")
    data_set.add_new(0x60000010, "US", 64)
    data_set.add_new(0x60000102, "US", 15)
    data_set.save_as(tmp_path / "a.dcm")

    with pytest.raises(FormatError, match="FSC222"):
        drop_overlays(tmp_path / "a.dcm", tmp_path / "b.dcm")

    assert not (tmp_path / "b.dcm").exists()


@pytest.mark.parametrize(("name", "value"), [("BitsStored", None), ("HighBit", 3)])
def test_pixels_that_do_not_state_their_bits_are_refused(
    tmp_path: Path, name: str, value: int | None
) -> None:
    (path, *_) = make_dicom(tmp_path / "raw", "T2w")
    data_set = pydicom.dcmread(path)
    if value is None:
        delattr(data_set, name)
    else:
        setattr(data_set, name, value)
    data_set.save_as(path)

    with pytest.raises(FormatError, match="FSC222"):
        drop_overlays(path, tmp_path / "b.dcm")


@pytest.mark.parametrize("dtype", ["u1", "<u2", "<u4"])
@pytest.mark.parametrize("is_signed", [False, True])
def test_masking_keeps_every_number_of_the_image_whatever_lies_beside(
    dtype: str, is_signed: bool
) -> None:
    n_bits = 8 * np.dtype(dtype).itemsize
    stored = n_bits - 3
    numbers = np.random.default_rng(7).integers(-(1 << stored - 1), 1 << stored - 1, 1009)
    numbers = numbers if is_signed else numbers + (1 << stored - 1)
    clean = (numbers % (1 << n_bits)).astype(dtype)
    drawn = (clean & np.dtype(dtype).type((1 << stored) - 1)) | np.dtype(dtype).type(5 << stored)

    masked = mask_bits(drawn, stored, stored - 1, is_signed=is_signed)

    assert (masked == clean).all()
    assert masked.dtype == clean.dtype
