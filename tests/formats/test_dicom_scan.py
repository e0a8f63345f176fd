"""A few tags of a DICOM file, read fast."""

from __future__ import annotations

import gzip
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from fascicle.errors import FormatError
from fascicle.formats._dicom_scan import looks_like_dicom, scan_tags

LAST = 0x0054FFFF
WANTED = frozenset({
    0x00080008, 0x00080016, 0x00080060, 0x00100020, 0x00180081, 0x0020000D, 0x0020000E,
    0x00200013, 0x00200032, 0x00280010, 0x00280011,
})  # fmt: skip
INSTALLED = sorted((Path(pydicom.__file__).parent / "data" / "test_files").glob("*.dcm"))
"""What pydicom brings along; asking its own function for more would reach for the network."""
INSTALLED = [path for path in INSTALLED if path.name != "no_meta.dcm"]  # begins with a stray byte


def oracle(path: Path) -> dict[int, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = pydicom.dcmread(path, stop_before_pixels=True, force=True)
        return {
            tag: "\\".join(map(str, element.value)) if element.VM > 1 else str(element.value)
            for tag in WANTED
            if (element := data_set.get(tag)) is not None
        }


@pytest.mark.parametrize("path", INSTALLED, ids=lambda path: path.name)
def test_tags_are_those_that_pydicom_reads(path: Path) -> None:
    expected = oracle(path)

    tags = scan_tags(path, WANTED, LAST)

    found = {
        tag: "\\".join(f"{n:g}" for n in tags.unpack(tag, "H"))
        if tag in {0x00280010, 0x00280011}
        else "\\".join(tags.texts(tag))
        for tag in tags.values
    }
    assert {tag: normal(text) for tag, text in found.items()} == {
        tag: normal(text) for tag, text in expected.items()
    }


def normal(text: str) -> tuple[object, ...]:
    parts: list[object] = []
    for part in text.split("\\"):
        try:
            parts.append(round(float(part), 6))
        except ValueError:
            parts.append("" if part == "None" else part.strip())
    return tuple(parts)


@pytest.mark.parametrize("path", INSTALLED, ids=lambda path: path.name)
def test_all_dicom_files_are_recognised_by_their_beginning(path: Path) -> None:
    head = path.read_bytes()[:4096]

    recognised = looks_like_dicom(head)

    # A data set without preamble in big-endian order is not told from noise.
    assert recognised or path.name == "ExplVR_BigEndNoMeta.dcm"


def test_a_packed_file_is_read_as_the_plain_one(tmp_path: Path) -> None:
    plain = next(path for path in INSTALLED if path.name == "MR_small.dcm")
    packed = tmp_path / "a.dcm.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    tags = scan_tags(packed, WANTED, LAST)

    assert looks_like_dicom(packed.read_bytes()[:4096])
    assert tags == replace(scan_tags(plain, WANTED, LAST), is_marked=False)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0" * 4096,
        np.random.default_rng(2).bytes(4096),
        gzip.compress(b"\x5c\x01\0\0" + bytes(4000), mtime=0),
        b"\x1f\x8b" + bytes(100),
        b"\x08\x00\x05\x00CS" + bytes(4000),
        b"II*\0\x08\0\0\0" + bytes(4000),
        b"\x08\0" * 2000,
    ],
)
def test_other_beginnings_are_not_taken_for_dicom(head: bytes) -> None:
    assert not looks_like_dicom(head)


def test_a_file_that_is_no_dicom_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(np.random.default_rng(1).bytes(9000))

    with pytest.raises(FormatError):
        scan_tags(path, WANTED, LAST)


@pytest.mark.parametrize("name", ["MR_small.dcm", "MR_small_bigendian.dcm", "rtplan.dcm"])
def test_cut_and_flipped_files_give_tags_or_format_errors_only(tmp_path: Path, name: str) -> None:
    whole = next(path for path in INSTALLED if path.name == name).read_bytes()
    rng = np.random.default_rng(4)
    path = tmp_path / "a.dcm"
    n_read = 0

    for i in range(150):
        damaged = bytearray(whole[: int(rng.integers(len(whole)))] if i % 2 else whole)
        if damaged:
            damaged[int(rng.integers(min(len(damaged), 2000)))] ^= int(rng.integers(1, 256))
        path.write_bytes(bytes(damaged))
        try:
            scan_tags(path, WANTED, LAST)
        except FormatError:
            continue
        n_read += 1

    assert n_read > 30


def test_a_file_that_ends_within_its_header_says_so(tmp_path: Path) -> None:
    whole = next(path for path in INSTALLED if path.name == "MR_small.dcm").read_bytes()
    path = tmp_path / "a.dcm"
    path.write_bytes(whole[:700])

    tags = scan_tags(path, WANTED, LAST)

    assert not tags.is_whole
    assert tags.text(0x00080060) == "MR"
