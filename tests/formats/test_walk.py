"""Listing a raw folder."""

from __future__ import annotations

import os
import sys
from pathlib import PurePosixPath

import pytest

from fascicle.formats._walk import walk

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


class Folders:
    """A format whose recordings are folders."""

    def recognises(self, head):
        return head.is_folder and head.path.suffix == ".ds"


def codes(listing):
    return [(finding.code, finding.raw_place) for finding in listing.findings]


def test_files_come_in_order_with_their_sizes(tmp_path):
    for name, content in (("b/2.edf", b"xx"), ("b/10.edf", b""), ("a.edf", b"xyz")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    listing = walk(tmp_path)

    assert [(str(e.path), e.n_bytes) for e in listing.entries] == [
        ("a.edf", 3), ("b/10.edf", 0), ("b/2.edf", 2),
    ]  # fmt: skip


def test_hidden_and_system_files_are_passed_over(tmp_path):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "~$table.xlsx", ".git", "a.edf"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "b.edf").write_bytes(b"x")

    assert [str(entry.path) for entry in walk(tmp_path).entries] == ["a.edf"]


def test_a_folder_that_is_a_recording_is_one_entry(tmp_path):
    (tmp_path / "a.ds" / "inner").mkdir(parents=True)
    (tmp_path / "a.ds" / "x.meg4").write_bytes(bytes(17))
    (tmp_path / "a.ds" / "inner" / "y").write_bytes(bytes(5))

    listing = walk(tmp_path, [Folders()])

    assert [(str(e.path), e.n_bytes, e.is_folder) for e in listing.entries] == [("a.ds", 22, True)]


@needs_links
def test_links_are_followed_to_files_inside_only(tmp_path):
    root, outside = tmp_path / "raw", tmp_path / "outside"
    for folder in (root, outside):
        folder.mkdir()
        (folder / "a.edf").write_bytes(b"x")
    (root / "inside.edf").symlink_to(root / "a.edf")
    (root / "out.edf").symlink_to(outside / "a.edf")
    (root / "outfolder").symlink_to(outside)
    (root / "broken.edf").symlink_to(root / "nothing")
    (root / "circle").symlink_to(root)

    listing = walk(root)

    assert [str(entry.path) for entry in listing.entries] == ["a.edf", "inside.edf"]
    assert codes(listing) == [
        ("file.broken-link", "broken.edf"), ("file.folder-link", "circle"),
        ("file.outside-link", "out.edf"), ("file.outside-link", "outfolder"),
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are a thing of POSIX")
def test_pipes_are_noted_and_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.edf")

    listing = walk(tmp_path)

    assert listing.entries == []
    assert codes(listing) == [("file.special", "pipe.edf")]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_text_are_noted(tmp_path):
    (tmp_path / "a.edf").write_bytes(b"x")
    with open(os.fsencode(tmp_path) + b"/\xff\xfe.edf", "wb") as stream:  # noqa: PTH123 - no Path has such a name
        stream.write(b"x")

    listing = walk(tmp_path)

    assert [entry.path for entry in listing.entries] == [PurePosixPath("a.edf")]
    assert codes(listing) == [("file.name", ".")]
