"""The table of a perfusion series."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from fascicle.core import FileHead, Header, Source
from fascicle.errors import FormatError
from fascicle.formats._aslcontext import describe_context, read_aslcontext
from fascicle.formats._nifti import Nifti
from fascicle.testing import VolumeShape, make_nifti

NAME = PurePosixPath("a_aslcontext.tsv")


def test_the_table_is_taken_over_word_by_word(tmp_path) -> None:
    (tmp_path / NAME).write_text("volume_type\tby\ncontrol\tAnna\nlabel\tAnna\n")

    table = read_aslcontext(tmp_path, NAME, (9, 8, 7, 2), {})

    assert table == b"volume_type\ncontrol\nlabel\n"


def test_the_order_of_a_sidecar_is_repeated(tmp_path) -> None:
    table = read_aslcontext(tmp_path, None, (9, 8, 7, 4), {"ASLContext": "control, label"})

    assert table.split() == [b"volume_type", b"control", b"label", b"control", b"label"]


@pytest.mark.parametrize("content", ["volume_type\ncontrol\n", "volume_type\nAnna\nlabel\n", ""])
def test_other_words_and_other_numbers_are_refused(tmp_path, content) -> None:
    (tmp_path / NAME).write_text(content)

    with pytest.raises(FormatError, match="FSC227") as caught:
        read_aslcontext(tmp_path, NAME, (9, 8, 7, 2), {})

    assert "Anna" not in str(caught.value)


def test_what_the_table_tells_is_added_and_what_the_sidecar_states_is_kept() -> None:
    table = b"volume_type\nm0scan\nlabel\ncontrol\nlabel\ncontrol\n"

    assert describe_context(table, {"M0Type": "Separate", "RepetitionTime": 4.5}) == {
        "TotalAcquiredPairs": 2, "RepetitionTimePreparation": 4.5,
    }  # fmt: skip
    assert describe_context(b"volume_type\ndeltam\n", {}) == {}
    assert describe_context(b"volume_type\nlabel\ncontrol\nlabel\n", {}) == {}


@pytest.mark.parametrize("name", ["scan_asl.nii.gz", "pcasl.nii.gz"])
def test_the_table_that_the_message_asks_for_is_found_beside_an_image(
    tmp_path: Path, name: str
) -> None:
    make_nifti(tmp_path / name, shape=VolumeShape((9, 8, 7, 2)))
    nifti = Nifti()

    def header() -> Header:
        found = sorted(PurePosixPath(path.name) for path in tmp_path.iterdir())
        image = PurePosixPath(name)
        head = FileHead(image, (tmp_path / name).read_bytes()[:4096], 0)
        files = (image, *nifti.companions(head, tmp_path, [p for p in found if p != image]))
        return nifti.read_header(tmp_path, Source("nifti", files, 0))

    with pytest.raises(FormatError, match=r"in place of \.nii\.gz or _asl\.nii\.gz"):
        header()
    stem = name.removesuffix(".nii.gz").removesuffix("_asl")
    (tmp_path / f"{stem}_aslcontext.tsv").write_text("volume_type\nlabel\ncontrol\n")

    assert header().metadata["TotalAcquiredPairs"] == 1
