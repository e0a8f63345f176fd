"""What may go over into a FIF file."""

from __future__ import annotations

import io
from dataclasses import replace

import mne
import numpy as np
import pytest

from fascicle.core import Header, Subject
from fascicle.formats import read_written_header
from fascicle.formats._fif_info import parse_part
from fascicle.formats._fif_tags import T_STRING, scan_fif
from fascicle.formats._fif_write import Link, _projection_name, write_part
from fascicle.testing import Planted, Shape, make_fif, released

SHAPE = Shape(rates_hz=(250,) * 5)
TEXTS = {206, 233, 258, 3417, 3507, 118, 410}
"""Tags whose texts we write: annotations, names of projections and channels, links, code."""


@pytest.fixture
def source(tmp_path):
    return make_fif(tmp_path / "a_raw.fif", planted=Planted(), shape=SHAPE, kind="both")


def rewrite(path, header: Header | None = None, link: Link | None = None) -> bytes:
    header = header or released(read_written_header(path))
    written = path.with_name("written.fif")
    with path.open("rb") as stream, written.open("wb") as target:
        part = parse_part(stream, path.stat().st_size)
        write_part(stream, part, header, target, link, is_first=True)
    return written.read_bytes()


def test_no_other_texts_and_no_ids_stand_in_the_file(source):
    content = rewrite(source)

    scan = scan_fif(io.BytesIO(content), len(content))
    assert {tag.kind for _, tag in scan.root.walk() if tag.type == T_STRING} <= TEXTS
    assert [tag.data for _, tag in scan.root.walk() if tag.type == 31] == [
        b"\0\1\0\2" + bytes(12) + b"\x7f\xff\xff\xff"
    ]


def test_unknown_blocks_and_tags_stay_behind(source):
    kinds = {node.kind for node in walk_nodes(rewrite(source))}

    assert kinds <= {999, 100, 101, 102, 106, 107, 109, 313, 314, 359, 3810}


def walk_nodes(content):
    pending = [scan_fif(io.BytesIO(content), len(content)).root]
    while pending:
        node = pending.pop()
        yield node
        pending += node.children


def test_a_link_leads_to_the_next_file(source):
    content = rewrite(source, link=Link("sub-01_split-02_meg.fif", 1))

    node = next(node for node in walk_nodes(content) if node.kind == 118)
    assert (node.number(115), node.text(118), node.number(117)) == (2, "sub-01_split-02_meg.fif", 1)


def test_the_subject_is_the_one_of_the_header(source, tmp_path):
    header = released(read_written_header(source))
    (tmp_path / "b_raw.fif").write_bytes(rewrite(source, header))

    info = mne.io.read_raw_fif(tmp_path / "b_raw.fif", verbose="ERROR").info["subject_info"]

    assert dict(info) == {"his_id": "sub-01", "sex": 2}


def test_a_header_without_a_subject_writes_none(source, tmp_path):
    header = replace(released(read_written_header(source)), subject=Subject())
    (tmp_path / "b_raw.fif").write_bytes(rewrite(source, header))

    assert mne.io.read_raw_fif(tmp_path / "b_raw.fif", verbose="ERROR").info["subject_info"] is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [("PCA-v1", True), ("Average EEG reference", True), ("ECG-planar-0.200-0.400-PCA-01", True),
     ("Jane Doe's heartbeat", False), ("", False)],
)  # fmt: skip
def test_names_of_projections_are_kept_if_a_program_gave_them(name, kept):
    from fascicle.formats._fif_tags import Node, Tag

    node = Node(314, [Tag(233, T_STRING, name.encode())])

    assert _projection_name(node) == (name if kept else "projection")


def test_samples_are_the_same_bytes(source, tmp_path):
    (tmp_path / "b_raw.fif").write_bytes(rewrite(source))

    before = mne.io.read_raw_fif(source, verbose="ERROR").get_data()
    after = mne.io.read_raw_fif(tmp_path / "b_raw.fif", verbose="ERROR").get_data()

    np.testing.assert_array_equal(after, before)
