"""The proof of NIfTI images and gradients."""

from __future__ import annotations

import gzip
import io
import struct

import nibabel as nib
import numpy as np
import pytest

from fascicle.core import Identifier
from fascicle.formats._nifti_write import write_clean_nifti
from fascicle.protect import POLICIES, scan
from fascicle.protect._contents import Context
from fascicle.protect._parse_nifti import parse_gradients, parse_nifti
from fascicle.testing import Planted, VolumeShape, make_nifti

NAME = "Xylander"


def parse(data: bytes, name: str = "a.nii.gz"):
    return parse_nifti(data, Context(name))


def pack(plain: bytes) -> bytes:
    return gzip.compress(plain, mtime=0)


@pytest.fixture(params=["<i2", ">f4", "<f8", "u1"])
def clean(request, tmp_path) -> bytes:
    """A packed image as it is written."""
    make_nifti(
        tmp_path / "raw.nii", planted=Planted(),
        shape=VolumeShape(size=(19, 23, 11, 3), dtype=request.param, tr_s=2.5),
    )  # fmt: skip
    write_clean_nifti(tmp_path / "raw.nii", tmp_path / "a.nii.gz")
    return (tmp_path / "a.nii.gz").read_bytes()


def test_what_we_write_is_accounted_for_to_the_last_byte(clean) -> None:
    contents = parse(clean)

    assert contents.problems == []
    assert contents.fields == []
    plain = gzip.decompress(clean)
    assert b"".join(contents.decoded[0].blocks()) == plain[352:]
    (span,) = contents.samples
    assert len(clean) - 8 == span[1]


def test_an_image_of_the_second_version_is_read_as_such(tmp_path) -> None:
    values = np.zeros((33000, 2, 2), np.int16)
    nib.save(nib.Nifti2Image(values, np.eye(4)), tmp_path / "raw.nii")
    write_clean_nifti(tmp_path / "raw.nii", tmp_path / "a.nii.gz")

    contents = parse((tmp_path / "a.nii.gz").read_bytes())

    assert contents.problems == []
    assert sum(map(len, contents.decoded[0].blocks())) == values.nbytes


@pytest.mark.parametrize(
    ("at", "size"), [(4, 10), (14, 18), (148, 80), (228, 24), (328, 16)],
    ids=["data_type", "db_name", "descrip", "aux_file", "intent_name"],
)  # fmt: skip
def test_a_name_in_a_field_of_text_is_read(clean, at, size) -> None:
    plain = bytearray(gzip.decompress(clean))
    plain[at : at + size] = NAME.encode().rjust(size, b"\0")[:size]

    contents = parse(pack(bytes(plain)))

    assert [field.text.strip() for field in contents.fields] == [NAME]


@pytest.mark.parametrize("at", [32, 36, 56, 60, 64, 140, 144])
def test_numbers_in_unused_fields_are_slack(clean, at) -> None:
    plain = bytearray(gzip.decompress(clean))
    plain[at] = 65

    assert "proof.slack" in {problem.code for problem in parse(pack(bytes(plain))).problems}


@pytest.mark.parametrize("at", [50, 54, 100, 104])
def test_numbers_of_axes_that_are_not_there_are_slack(clean, at) -> None:
    plain = bytearray(gzip.decompress(clean))
    plain[at] = plain[at + 1] = 77

    assert "proof.slack" in {problem.code for problem in parse(pack(bytes(plain))).problems}


@pytest.mark.parametrize("at", [92, 112, 120, 124, 132, 256, 280, 320])
def test_a_name_among_the_numbers_of_a_packed_header_is_found(clean, at, tmp_path) -> None:
    plain = bytearray(gzip.decompress(clean))
    plain[at : at + 8] = NAME.encode()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.nii.gz").write_bytes(pack(bytes(plain)))

    result = scan(tmp_path / "b", [Identifier("name", NAME, "raw")], POLICIES["safe-harbour"])

    assert {hit.kind for hit in result.hits} == {"name"}


@pytest.mark.parametrize("at", [80, 112, 124, 132, 256, 280])
def test_numbers_that_only_letters_make_are_slack(clean, at) -> None:
    plain = bytearray(gzip.decompress(clean))
    plain[at : at + 4] = b"nova"

    problems = parse(pack(bytes(plain))).problems

    assert [problem.code for problem in problems] == ["proof.slack"]


def test_an_extension_is_slack_and_its_words_are_read(clean) -> None:
    plain = gzip.decompress(clean)
    word = NAME.encode().ljust(24, b"\0")
    order = "<" if plain[:4] == struct.pack("<i", 348) else ">"
    longer = plain[:348] + b"\1\0\0\0" + struct.pack(f"{order}2i", 32, 6) + word + plain[352:]
    longer = longer[:108] + struct.pack(f"{order}f", 384) + longer[112:]

    contents = parse(pack(longer))

    assert [problem.code for problem in contents.problems] == ["proof.slack"]
    assert NAME in {field.text for field in contents.fields}


def test_bytes_behind_the_values_are_slack_packed_or_not(clean) -> None:
    plain = gzip.decompress(clean)
    inside, outside = parse(pack(plain + NAME.encode())), parse(clean + NAME.encode())

    for contents in (inside, outside):
        assert [problem.code for problem in contents.problems] == ["proof.slack"]
        assert NAME in {field.text for field in contents.fields}


def test_values_that_are_missing_are_told(clean) -> None:
    codes = [problem.code for problem in parse(pack(gzip.decompress(clean)[:-1])).problems]

    assert codes == ["proof.broken"]


@pytest.mark.parametrize("cut", [0, 3, 9, 11, 40, 400, -1, -9])
def test_cut_files_are_told_and_never_raise(clean, cut) -> None:
    assert {p.code for p in parse(clean[:cut]).problems} >= {"proof.broken"}


def test_a_flipped_bit_among_packed_values_breaks_the_checksum(clean) -> None:
    broken = clean[:-6] + bytes([clean[-6] ^ 1]) + clean[-5:]

    assert {problem.code for problem in parse(broken).problems} == {"proof.broken"}


def test_the_header_of_the_packing_holds_nothing(clean) -> None:
    raw = io.BytesIO()
    with gzip.GzipFile("Xylander.nii", "wb", fileobj=raw, mtime=1574519467) as stream:
        stream.write(gzip.decompress(clean))

    contents = parse(raw.getvalue())

    assert {problem.code for problem in contents.problems} == {"proof.slack"}
    assert any(NAME in field.text for field in contents.fields)
    assert any(number.hint == "date" for number in contents.numbers)


def test_an_image_that_is_not_packed_is_read_alike(clean) -> None:
    plain = gzip.decompress(clean)

    contents = parse(plain, "a.nii")

    assert contents.problems == []
    assert contents.samples == [(352, len(plain))]


def test_a_name_among_packed_values_is_found(tmp_path) -> None:
    values = np.zeros((40, 41, 17), np.uint8, order="F")
    values.reshape(-1, order="F")[9000 : 9000 + len(NAME) + 6] = list(b"Xylander-Quorn")
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "raw.nii")
    (tmp_path / "out").mkdir()
    write_clean_nifti(tmp_path / "raw.nii", tmp_path / "out" / "sub-01_T1w.nii.gz")

    result = scan(
        tmp_path / "out", [Identifier("name", "Xylander-Quorn", "header")],
        POLICIES["safe-harbour"],
    )  # fmt: skip

    assert not result.passed
    assert "nifti" in result.cannot_detect


def test_grey_levels_of_one_byte_are_not_taken_for_prose(tmp_path) -> None:
    values = np.random.default_rng(5).integers(97, 122, (40, 41, 17))
    for dtype, name in (("u1", "sub-01_T1w.nii.gz"), ("<i2", "sub-01_T2w.nii.gz")):
        nib.save(nib.Nifti1Image(values.astype(dtype), np.eye(4)), tmp_path / "raw.nii")
        (tmp_path / dtype[-2:]).mkdir()
        write_clean_nifti(tmp_path / "raw.nii", tmp_path / dtype[-2:] / name)

        result = scan(tmp_path / dtype[-2:], [], POLICIES["safe-harbour"])

        assert result.findings == (), dtype


def test_gradients_are_numbers_and_nothing_else() -> None:
    good = parse_gradients(b"0 1000 -0.5 1e-05\n", Context("a.bval"))
    bad = parse_gradients(b"0 1000 Xylander\n", Context("a.bval"))

    assert good.problems == good.fields == []
    assert [field.text for field in bad.fields] == [NAME]
    assert [problem.code for problem in bad.problems] == ["proof.broken"]
