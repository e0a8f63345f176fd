"""Tags of FIF files."""

from __future__ import annotations

import io
import struct

import mne
import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._fif_tags import (
    DATA_BUFFER,
    MAGIC,
    T_FLOAT,
    Tag,
    TagWriter,
    directory_kinds,
    scan_fif,
    tag_kinds,
)
from fascicle.testing import Shape, make_fif


def write(path, *, n_buffers=5):
    """Write a small tree with samples."""
    with path.open("wb") as target:
        writer = TagWriter(target)
        writer.start_block(100)
        writer.start_block(101)
        writer.write_int(200, 3)
        writer.write_text(206, "words")
        writer.end_block(101)
        writer.start_block(102)
        for i in range(n_buffers):
            writer.write(DATA_BUFFER, T_FLOAT, np.full(7 * 3, i, ">f4").tobytes())
        writer.end_block(102)
        writer.end_block(100)
        writer.finish()
    return path.read_bytes()


def scan(content):
    return scan_fif(io.BytesIO(content), len(content))


def test_a_tree_comes_back_as_it_went(tmp_path):
    found = scan(write(tmp_path / "a.fif"))

    info = next(found.root.find(101))
    assert info.number(200) == 3
    assert info.text(206) == "words"
    assert len(found.stored) == 5
    assert found.raw_kind == 102
    assert not found.is_cut


def test_mne_opens_the_tree_by_its_directory(tmp_path):
    write(tmp_path / "a.fif")

    stream, tree, directory = mne._fiff.open.fiff_open(tmp_path / "a.fif", verbose="ERROR")
    stream.close()

    assert [entry.kind for entry in directory].count(DATA_BUFFER) == 5
    assert len(mne._fiff.tree.dir_tree_find(tree, 102)) == 1


def test_the_kinds_are_the_same_with_and_without_a_directory(tmp_path):
    content = write(tmp_path / "a.fif")
    bare = bytearray(content)
    bare[52:56] = struct.pack(">i", -1)

    listed = directory_kinds(io.BytesIO(content), len(content))

    assert DATA_BUFFER in listed
    assert directory_kinds(io.BytesIO(bare), len(bare)) is None
    assert tag_kinds(io.BytesIO(bare), len(bare), until=-7) >= listed


def test_a_file_that_ends_early_says_so(tmp_path):
    content = write(tmp_path / "a.fif")

    found = scan(content[:600])

    assert found.is_cut
    assert 0 < len(found.stored) < 5


def test_tags_in_a_circle_are_told(tmp_path):
    content = bytearray(write(tmp_path / "a.fif"))
    content[48:52] = struct.pack(">i", 16 + 20)  # the second tag follows itself

    with pytest.raises(FormatError, match="FSC203"):
        scan(content)
    assert tag_kinds(io.BytesIO(content), len(content), until=DATA_BUFFER)


@pytest.mark.parametrize("content", [b"", b"\0" * 64, MAGIC[:8]])
def test_what_is_no_fif_is_told(content):
    with pytest.raises(FormatError, match=r"FSC20[03]"):
        scan(content)


def test_tags_that_were_moved_to_the_end_are_found(tmp_path):
    content = bytearray(write(tmp_path / "a.fif"))
    where = content.index(struct.pack(">iii", 206, 10, 5))
    tag = struct.pack(">iiii", 206, 10, 9, where + 21) + b"other one"
    content[where - 16 - 4 + 12 : where - 4] = struct.pack(">i", len(content))

    found = scan(content + tag)

    assert next(found.root.find(101)).text(206) == "other one"
    assert len(found.stored) == 5


def test_only_numbers_count_as_numbers():
    assert Tag(200, 3, struct.pack(">ii", 3, -4)).numbers().tolist() == [3, -4]
    assert Tag(200, 10, b"3").numbers().tolist() == []
    assert Tag(200, 3, b"\0\0").numbers().tolist() == []
    assert Tag(1, 0x40000004, b"").is_number
    assert not Tag(1, 10, b"").is_number
    assert not Tag(1, 31, b"").is_number


def test_files_stay_below_two_gibibytes(tmp_path):
    with (tmp_path / "a.fif").open("wb") as target:
        writer = TagWriter(target)
        writer._position = 2**31 - 64

        with pytest.raises(FormatError, match="FSC210"):
            writer.write_text(206, "x" * 64)


def test_a_scan_finds_what_mne_finds(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=Shape(rates_hz=(50,) * 3))

    found = scan(path.read_bytes())

    stream, _, directory = mne._fiff.open.fiff_open(path, verbose="ERROR")
    stream.close()
    n_tags = sum(1 for _ in found.root.walk()) + len(found.stored)
    assert n_tags == sum(entry.kind not in {104, 105} for entry in directory)


@pytest.mark.parametrize("text", ["tone", "Ger\u00e4usch 5\u00b5V", "\u03b1-Rhythmus"])
def test_texts_come_back_whatever_their_letters(text, tmp_path):
    path = tmp_path / "a.fif"
    with path.open("wb") as target:
        writer = TagWriter(target)
        writer.write_text(206, text)
        writer.finish()

    with path.open("rb") as stream:
        assert scan_fif(stream, path.stat().st_size).root.text(206) == text
