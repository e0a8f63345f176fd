"""JSON, tables, pages and prose, to the last cell."""

from __future__ import annotations

import base64
import gzip
import json
import zlib

import pytest

from fascicle.protect._contents import Contents, Context
from fascicle.protect._parse_text import (
    decode_text,
    parse_html,
    parse_json,
    parse_plain,
    parse_table,
)


def texts(contents: Contents) -> set[str]:
    return {field.text for field in contents.fields}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_decoded_and_only_utf8_is_allowed(encoding: str) -> None:
    text, is_utf8 = decode_text("Zürich".encode(encoding))

    assert text == "Zürich"
    assert is_utf8 is encoding.startswith("utf-8")


def test_json_gives_keys_texts_and_numbers() -> None:
    value = {"Note": ["a", {"Leonore": None}], "at": 1368351000, "code": 884120, "onset": 884120}

    contents = parse_json(json.dumps(value).encode(), Context("a.json"))

    assert texts(contents) == {
        "Note",
        "a",
        "Leonore",
        "at",
        "code",
        "onset",
        "884120",
        "1368351000",
    }
    assert sorted(n.value for n in contents.numbers) == [884120, 884120, 1368351000]


def test_deep_or_broken_json_is_broken() -> None:
    for raw in (b"{", b"[" * 100_000, b"nothing"):
        contents = parse_json(raw, Context("a.json"))

        assert [p.code for p in contents.problems] == ["proof.broken"]


@pytest.mark.parametrize(("name", "delimiter"), [("a.tsv", "\t"), ("a.csv", ",")])
def test_tables_give_every_distinct_cell(name: str, delimiter: str) -> None:
    rows = [["onset", "who"], ["1.5", "Ute"], ["2.5", "Ute"], ["3", "Roth", "more"]]
    text = "\n".join(delimiter.join(row) for row in rows)

    contents = parse_table(text.encode(), Context(name))

    assert texts(contents) == {"onset", "who", "Ute", "Roth", "more"}
    assert [n.value for n in contents.numbers] == [1.5, 2.5, 3.0]


def test_pages_give_text_attributes_comments_and_scripts() -> None:
    page = (
        b'<!DOCTYPE html><!-- Ute --><p title="Roth">Qu&auml;ndt</p><script>var a = "Vok";</script>'
        b'<path d="M 1 2 L 3.5 4"/>'
    )

    found = " ".join(texts(parse_html(page, Context("a.html"))))

    assert all(word in found for word in ("Ute", "Roth", "Quändt", "Vok"))
    assert "3.5" not in found


def test_what_looks_like_packed_text_is_unpacked() -> None:
    coded = base64.b64encode(b"seen: Leonore Quandt today").decode()
    hexed = b"seen: Leonore Quandt".hex()
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()

    contents = parse_plain(
        f"a {coded} b {hexed} c data:image/png;base64,{picture}".encode(), Context("README")
    )

    unpacked = {inner.data for inner in contents.unpacked}
    assert {b"seen: Leonore Quandt today", b"seen: Leonore Quandt"} <= unpacked
    assert any(inner.name == "x.png" for inner in contents.unpacked)


SAID = b"one line\nseen: Leonore Quandt today"


@pytest.mark.parametrize(
    ("packed", "name", "plain"),
    [
        (SAID, "x.txt", SAID),
        (gzip.compress(SAID, mtime=0), "x.gz", None),
        (zlib.compress(SAID), "x.txt", SAID),
        (zlib.compress(SAID + bytes(range(128, 256))), "", SAID + bytes(range(128, 256))),
    ],
)
@pytest.mark.parametrize("code", ["base64", "data:application/gzip;base64,", "hex"])
def test_what_was_packed_before_it_was_coded_is_unpacked(packed, name, plain, code) -> None:
    coded = packed.hex() if code == "hex" else base64.b64encode(packed).decode()
    text = f"see {code if code.startswith('data') else ''}{coded} there"

    unpacked = parse_plain(text.encode(), Context("README")).unpacked

    assert (name, plain or packed) in {(inner.name, inner.data) for inner in unpacked}


def test_zero_bytes_in_text_are_slack() -> None:
    assert [p.code for p in parse_plain(b"a\x00b", Context("x")).problems] == ["proof.slack"]


def test_json_gives_what_stands_under_a_key_that_comes_again() -> None:
    contents = parse_json(b'{"by": "Ute", "by": {"by": "Ida", "by": 1}}', Context("a.json"))

    assert {"Ute", "Ida"} <= {field.text for field in contents.fields}
    assert [number.value for number in contents.numbers] == [1.0]
