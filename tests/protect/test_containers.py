"""Which parser takes which file."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.protect._containers import read_contents
from fascicle.protect._contents import Context
from fascicle.testing import make_clean_folder


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [("a.json", b"{}", "json"), ("README", b"x", "text"), (".bidsignore", b"x", "text"),
     ("a.tsv", b"a\tb\n", "table"), ("a.tsv.gz", gzip.compress(b"a\tb\n", mtime=0), "gzip"),
     ("a.bin", gzip.compress(b"x", mtime=0), "gzip"),
     ("a.json", gzip.compress(b"x", mtime=0), "gzip"),
     ("a.xyz", b"plain text", "text"), ("a.xyz", b"\x00\x01\xff\xfe", "unknown"),
     ("a.EDF", b"x", "edf"), ("a.fdt", b"\x00" * 8, "set")],
)  # fmt: skip
def test_a_file_is_taken_by_its_ending_or_its_head(name: str, data: bytes, form: str) -> None:
    assert read_contents(data, Context(name)).format == form


def test_an_unknown_format_asks_for_a_look_and_its_words_are_read() -> None:
    contents = read_contents(b"\x00\xff\x01Meier Anna\x00", Context("a.xyz"))

    assert [(p.code, p.is_error) for p in contents.problems] == [("proof.unknown_format", False)]
    assert [f.text for f in contents.fields] == ["Meier Anna"]


ENDINGS = (
    *(".edf", ".bdf", ".fif", ".snirf", ".set", ".fdt", ".vhdr", ".vmrk", ".eeg", ".json"),
    *(".tsv", ".csv", ".html", ".png", ".gz", ".zip", ".md", ".yaml", ".xyz"),
)
HEADS = (
    *(b"", b"0       ", b"\xffBIOSEMI", b"\x89HDF\r\n\x1a\n", b"MATLAB 5.0 MAT-file"),
    *(b"\x1f\x8b", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"{", bytes([0, 0, 0, 100, 0, 0, 0, 31])),
)


@given(st.sampled_from(ENDINGS), st.sampled_from(HEADS), st.binary(max_size=400))
def test_no_bytes_make_a_parser_raise(ending: str, head: bytes, body: bytes) -> None:
    contents = read_contents(head + body, Context(f"a{ending}"))

    assert all(0 <= a <= b <= len(head + body) for a, b in contents.samples)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    folder = make_clean_folder(tmp_path_factory.mktemp("clean") / "dataset")
    return [(p.name, p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file()]


@given(st.data())
def test_no_damage_makes_a_parser_raise(
    files: list[tuple[str, bytes]], data: st.DataObject
) -> None:
    name, whole = data.draw(st.sampled_from(files))
    place = data.draw(st.integers(0, min(len(whole) - 1, 3000)))
    piece = data.draw(st.binary(min_size=1, max_size=9))
    cut = data.draw(st.sampled_from([None, place, len(whole) // 2]))

    damaged = (whole[:place] + piece + whole[place + len(piece) :])[:cut]

    read_contents(damaged, Context(name))
