"""NIfTI files under a header of numbers."""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import _nifti_write
from fascicle.formats._nifti_write import (
    CleanGzip,
    clean_header,
    read_nifti_header,
    write_clean_nifti,
    write_slabs,
)

PLANTED = "Xylander"
AFFINE = np.array([[-2.1, 0.1, 0, 7], [0, 3.3, 0.2, -9], [0, 0, 4.7, 11], [0, 0, 0, 1]])


def make_image(shape: tuple[int, ...] = (7, 5, 3, 4), dtype: str = "<i2") -> nib.Nifti1Image:
    values = np.random.default_rng(5).integers(0, 2000, shape).astype(dtype)
    image = nib.Nifti1Image(values, AFFINE)
    image.header.set_data_dtype(dtype)
    image.header["descrip"] = image.header["aux_file"] = PLANTED
    image.header["db_name"] = image.header["intent_name"] = image.header["data_type"] = "Quorn"
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_dim_info(freq=0, phase=1, slice=2)
    if len(shape) > 3:
        image.header["pixdim"][4] = 2.5
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", PLANTED.encode()))
    return image


def save(image: nib.Nifti1Image, path: Path) -> Path:
    nib.save(image, path)
    return path


@pytest.mark.parametrize("dtype", ["u1", "<i2", ">i2", "<u2", "<i4", "<f4", ">f8", "<c8"])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_values_places_and_times_stay_as_they_were(tmp_path: Path, dtype: str, name: str) -> None:
    image = make_image(dtype=dtype)
    if dtype.startswith(">"):
        header = image.header.as_byteswapped(">")
        image = nib.Nifti1Image(np.asanyarray(image.dataobj), AFFINE, header)
    raw = save(image, tmp_path / name)

    shape = write_clean_nifti(raw, tmp_path / "b.nii.gz")

    old, new = nib.load(raw), nib.load(tmp_path / "b.nii.gz")
    assert shape == new.shape == (7, 5, 3, 4)
    assert new.get_data_dtype() == old.get_data_dtype()
    np.testing.assert_array_equal(np.asanyarray(new.dataobj), np.asanyarray(old.dataobj))
    np.testing.assert_array_equal(new.affine, old.affine)
    np.testing.assert_array_equal(new.header.get_zooms(), old.header.get_zooms())
    assert new.header.get_dim_info() == (0, 1, 2)
    assert new.header.get_xyzt_units() == ("mm", "sec")


def test_nothing_written_in_words_goes_over(tmp_path: Path) -> None:
    raw = save(make_image(), tmp_path / "a.nii")

    write_clean_nifti(raw, tmp_path / "b.nii.gz")

    content = gzip.decompress((tmp_path / "b.nii.gz").read_bytes())
    assert PLANTED.encode() in raw.read_bytes()
    assert PLANTED.encode() not in content
    assert b"Quorn" not in content
    assert list(nib.load(tmp_path / "b.nii.gz").header.extensions) == []
    assert len(content) == 352 + 7 * 5 * 3 * 4 * 2


def test_fields_that_no_reader_uses_are_no_hiding_place(tmp_path: Path) -> None:
    image = make_image((7, 5, 3))
    raw = save(image, tmp_path / "a.nii")
    block = bytearray(raw.read_bytes())
    block[252:254] = b"\0\0"  # no qform: its numbers mean nothing
    block[256:280] = b"Xylander-Quorn Xylander-"
    block[40 + 2 * 5 : 40 + 2 * 8] = b"Xyland"  # sizes of axes that there are not
    block[76 + 4 * 5 : 76 + 4 * 8] = b"Xylander-Quo"
    block[68:70] = b"\0\0"
    block[140:148] = b"Xylander"  # glmax and glmin
    raw.write_bytes(bytes(block))

    write_clean_nifti(raw, tmp_path / "b.nii.gz")

    assert b"Xyl" not in gzip.decompress((tmp_path / "b.nii.gz").read_bytes())
    np.testing.assert_allclose(nib.load(tmp_path / "b.nii.gz").affine, AFFINE, rtol=1e-6)


def test_scaling_goes_over_as_it_stands_in_the_file(tmp_path: Path) -> None:
    image = make_image((7, 5, 3))
    image.header.set_slope_inter(0.25, -3.0)
    raw = save(image, tmp_path / "a.nii")

    write_clean_nifti(raw, tmp_path / "b.nii.gz")

    new = nib.load(tmp_path / "b.nii.gz")
    assert (new.dataobj.slope, new.dataobj.inter) == (0.25, -3.0)
    np.testing.assert_array_equal(new.get_fdata(), nib.load(raw).get_fdata())


def test_the_same_bytes_whenever_and_under_whatever_name(tmp_path: Path) -> None:
    raw = save(make_image(), tmp_path / "a.nii")

    write_clean_nifti(raw, tmp_path / "b.nii.gz")
    write_clean_nifti(raw, tmp_path / "another.nii.gz")

    packed = (tmp_path / "b.nii.gz").read_bytes()
    assert packed == (tmp_path / "another.nii.gz").read_bytes()
    assert packed[3:10] == b"\0\0\0\0\0\0\xff"


def test_without_isal_zlib_writes_the_same_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = save(make_image(), tmp_path / "a.nii.gz")
    write_clean_nifti(raw, tmp_path / "b.nii.gz")
    monkeypatch.setitem(sys.modules, "isal", None)

    write_clean_nifti(raw, tmp_path / "c.nii.gz")

    fast, plain = ((tmp_path / name).read_bytes() for name in ("b.nii.gz", "c.nii.gz"))
    assert gzip.decompress(fast) == gzip.decompress(plain)


def test_a_pair_of_header_and_image_becomes_one_file(tmp_path: Path) -> None:
    image = make_image()
    nib.Nifti1Pair(np.asanyarray(image.dataobj), AFFINE, image.header).to_filename(
        tmp_path / "a.hdr"
    )

    write_clean_nifti(tmp_path / "a.hdr", tmp_path / "b.nii.gz")

    new = nib.load(tmp_path / "b.nii.gz")
    np.testing.assert_array_equal(np.asanyarray(new.dataobj), np.asanyarray(image.dataobj))


def test_a_second_version_header_is_brought_back_to_the_first_unless_too_large(
    tmp_path: Path,
) -> None:
    small = nib.Nifti2Image(np.arange(30, dtype="<i2").reshape(2, 3, 5), AFFINE)
    large = nib.Nifti2Image(np.zeros((40000, 1, 1), dtype="u1"), AFFINE)
    raw = save(small, tmp_path / "a.nii"), save(large, tmp_path / "b.nii")

    write_clean_nifti(raw[0], tmp_path / "c.nii.gz")
    write_clean_nifti(raw[1], tmp_path / "d.nii.gz")

    first, second = nib.load(tmp_path / "c.nii.gz"), nib.load(tmp_path / "d.nii.gz")
    assert isinstance(first, nib.Nifti1Image)
    assert not isinstance(first, nib.Nifti2Image)
    assert isinstance(second, nib.Nifti2Image)
    assert second.shape == (40000, 1, 1)
    np.testing.assert_array_equal(first.get_fdata(), small.get_fdata())


def test_a_repetition_time_that_is_known_better_is_written_in_seconds(tmp_path: Path) -> None:
    image = make_image()
    image.header.set_xyzt_units("mm", "unknown")
    raw = save(image, tmp_path / "a.nii")

    write_clean_nifti(raw, tmp_path / "b.nii.gz", repetition_time_s=0.72)

    header = nib.load(tmp_path / "b.nii.gz").header
    assert header.get_zooms()[3] == np.float32(0.72)
    assert header.get_xyzt_units() == ("mm", "sec")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.9, 0.999])
def test_a_cut_file_is_refused(tmp_path: Path, name: str, share: float) -> None:
    raw = save(make_image(), tmp_path / name)
    whole = raw.read_bytes()
    raw.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(FormatError) as caught:
        write_clean_nifti(raw, tmp_path / "b.nii.gz")

    assert caught.value.code == "FSC202"


@pytest.mark.parametrize(
    ("offset", "bytes_"),
    [
        (40, b"\x00\x00"),
        (40, b"\x09\x00"),
        (42, b"\x00\x00"),
        (42, b"\xff\xff"),
        (70, b"\x77\x77"),
        (76 + 4, b"\x00\x00\xc0\x7f"),
        (108, b"\x00\x00\x80\x7f"),
        (280, b"\x00\x00\xc0\x7f"),
        (344, b"nope"),
    ],
)
def test_a_damaged_header_is_refused(tmp_path: Path, offset: int, bytes_: bytes) -> None:
    raw = save(make_image(), tmp_path / "a.nii")
    block = bytearray(raw.read_bytes())
    block[offset : offset + len(bytes_)] = bytes_
    raw.write_bytes(bytes(block))

    with pytest.raises(FormatError) as caught:
        write_clean_nifti(raw, tmp_path / "b.nii.gz")

    assert caught.value.code == "FSC203"


def test_flipped_bytes_end_in_a_file_or_in_a_format_error(tmp_path: Path) -> None:
    raw = save(make_image((7, 5, 3)), tmp_path / "a.nii.gz")
    whole = raw.read_bytes()
    rng = np.random.default_rng(3)
    n_refused = 0

    for _ in range(120):
        damaged = bytearray(whole)
        damaged[int(rng.integers(len(damaged)))] ^= int(rng.integers(1, 256))
        raw.write_bytes(bytes(damaged))
        try:
            write_clean_nifti(raw, tmp_path / "b.nii.gz")
        except FormatError:
            n_refused += 1

    assert n_refused > 20


def test_slabs_that_do_not_fill_the_image_are_refused(tmp_path: Path) -> None:
    header = clean_header(make_image((7, 5, 3)).header)

    with pytest.raises(FormatError, match="FSC202"):
        write_slabs(header, [b"\0" * 100], tmp_path / "a.nii.gz")

    assert not (tmp_path / "a.nii.gz").exists()


def test_an_image_larger_than_a_slab_is_copied_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_nifti_write, "SLAB_BYTES", 101)
    raw = save(make_image(), tmp_path / "a.nii.gz")

    write_clean_nifti(raw, tmp_path / "b.nii.gz")

    np.testing.assert_array_equal(
        np.asanyarray(nib.load(tmp_path / "b.nii.gz").dataobj), np.asanyarray(nib.load(raw).dataobj)
    )


def test_the_header_is_read_with_the_scaling_of_the_file(tmp_path: Path) -> None:
    image = make_image((7, 5, 3))
    image.header.set_slope_inter(2.0, 1.0)

    header = read_nifti_header(save(image, tmp_path / "a.nii.gz"))

    assert header["scl_slope"] == 2.0
    assert header.get_data_shape() == (7, 5, 3)


def test_a_packed_file_has_the_right_checksum_and_length(tmp_path: Path) -> None:
    pieces = [np.random.default_rng(1).bytes(n) for n in (1, 1009, 70001)]

    with CleanGzip(tmp_path / "a.gz") as stream:
        for piece in pieces:
            stream.write(piece)

    packed = (tmp_path / "a.gz").read_bytes()
    assert gzip.decompress(packed) == b"".join(pieces)
    assert packed[-8:-4] == zlib.crc32(b"".join(pieces)).to_bytes(4, "little")
