"""Packed files and pictures."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib

import pytest

from fascicle.protect._contents import Contents, Context
from fascicle.protect._parse_archives import inflate, parse_gzip, parse_png, parse_zip
from fascicle.testing._clean_files import png_bytes, png_chunk


def texts(contents: Contents) -> set[str]:
    return {field.text for field in contents.fields}


def make_zip(*, comment: bytes = b"", **members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for name, raw in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2013, 5, 12, 9, 30, 0)), raw)
    return out.getvalue()


def test_gzip_gives_name_moment_and_every_member() -> None:
    out = io.BytesIO()
    with gzip.GzipFile("Quandt.tsv", "wb", fileobj=out, mtime=1368351000) as file:
        file.write(b"one")

    contents = parse_gzip(out.getvalue() + gzip.compress(b"two", mtime=0), Context("a.tsv.gz"))

    assert texts(contents) == {"Quandt.tsv"}
    assert [n.value for n in contents.numbers] == [1368351000.0, 0.0]
    assert [(i.name, i.data) for i in contents.unpacked] == [("a.tsv", b"one"), ("a.tsv", b"two")]
    assert contents.problems == []


def test_gzip_with_a_tail_is_slack_and_a_cut_one_broken() -> None:
    packed = gzip.compress(b"one" * 99, mtime=0)

    assert [p.code for p in parse_gzip(packed + b"x", Context("a.gz")).problems] == ["proof.slack"]
    assert [p.code for p in parse_gzip(packed[:15], Context("a.gz")).problems] == ["proof.broken"]


def test_a_gzip_bomb_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.protect._parse_archives.MAX_UNPACKED", 1000)

    contents = parse_gzip(gzip.compress(bytes(10**6), mtime=0), Context("a.gz"))

    assert [p.code for p in contents.problems] == ["proof.broken"]
    assert contents.unpacked == []


def test_zip_gives_names_comments_moments_and_members() -> None:
    contents = parse_zip(make_zip(Quandt=b"one", b=b"two", comment=b"by Vok"), Context("a.zip"))

    assert texts(contents) == {"Quandt", "b", "by Vok", "2013-05-12"}
    assert [inner.data for inner in contents.unpacked] == [b"one", b"two"]
    assert contents.problems == []


def test_bytes_around_the_members_of_a_zip_are_slack() -> None:
    contents = parse_zip(b"hidden" + make_zip(a=b"one"), Context("a.zip"))

    assert "proof.slack" in {p.code for p in contents.problems}


def test_a_zip_bomb_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.protect._parse_archives.MAX_UNPACKED", 1000)

    contents = parse_zip(make_zip(a=bytes(10**6)), Context("a.zip"))

    assert [p.code for p in contents.problems] == ["proof.broken"]


def test_pictures_give_their_words() -> None:
    chunks = (
        png_chunk(b"tEXt", b"Author\x00Leonore"),
        png_chunk(b"zTXt", b"Note\x00\x00" + zlib.compress(b"Quandt")),
        png_chunk(b"tIME", struct.pack(">HBBBBB", 2013, 5, 12, 1, 2, 3)),
    )

    contents = parse_png(png_bytes(*chunks), Context("a.png"))

    assert {"Leonore", "Quandt", "2013-05-12"} <= texts(contents)
    assert contents.problems == []


@pytest.mark.parametrize(
    "data", [png_bytes() + b"x", png_bytes(png_chunk(b"prIv", b"hidden words"))]
)
def test_what_is_no_part_of_a_picture_is_slack(data: bytes) -> None:
    assert [p.code for p in parse_png(data, Context("a.png")).problems] == ["proof.slack"]


def test_what_is_packed_into_the_header_of_gzip_is_slack_and_a_false_checksum_broken() -> None:
    packed = gzip.compress(b"one", mtime=0)
    extra = zlib.compress(b"seen was Quandt")
    header = packed[:3] + b"\x04" + packed[4:10] + struct.pack("<H", len(extra)) + extra

    hidden = parse_gzip(header + packed[10:], Context("a.gz"))
    false = parse_gzip(packed[:-8] + b"Quandt A", Context("a.gz"))

    assert [problem.code for problem in hidden.problems] == ["proof.slack"]
    assert [problem.code for problem in false.problems] == ["proof.broken"]
    assert [inner.data for inner in hidden.unpacked] == [b"one"]


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_text_in_any_language_is_read(is_packed: bool) -> None:
    text = zlib.compress(b"Leonore") if is_packed else b"Leonore"
    body = b"Author\0" + bytes([is_packed, 0]) + b"en\0By whom\0" + text

    contents = parse_png(png_bytes(png_chunk(b"iTXt", body)), Context("a.png"))

    assert {"Author", "en", "By whom", "Leonore"} <= texts(contents)
    assert contents.problems == []


def test_a_packed_text_that_cannot_be_unpacked_is_broken() -> None:
    chunk = png_chunk(b"zTXt", b"Note\0\0no deflate")

    contents = parse_png(png_bytes(chunk), Context("a.png"))

    assert [problem.code for problem in contents.problems] == ["proof.broken"]


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(bytes(10_000_000))

    plain, problem = inflate(bomb, 1000)

    assert len(plain) <= 1000
    assert problem
    assert inflate(b"no stream", 1000)[1]
    assert inflate(zlib.compress(b"x"), 1000) == (b"x", "")
