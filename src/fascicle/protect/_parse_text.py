"""Text formats, each parsed to the last cell: JSON, TSV, YAML, HTML, plain text."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

from ._contents import MAX_UNPACKED, Contents, Context, Number, Unpacked, hint_of, is_measure
from ._parse_archives import inflate

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_DATA_URI = re.compile(r"data:([\w/+.-]*)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\s]{16,})")
_LONG_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}(?![A-Za-z0-9+/_-])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){8,}(?![0-9A-Za-z])")
_ENDINGS = {
    "image/png": "x.png",
    "image/svg+xml": "x.svg",
    "application/json": "x.json",
    "text/plain": "x.txt",
    "text/html": "x.html",
}
_PACKED = ((b"\x1f\x8b\x08", "x.gz"), (b"PK\x03\x04", "x.zip"), (b"\x89PNG\r\n\x1a\n", "x.png"))


def decode_text(data: bytes) -> tuple[str, bool]:
    """Return the text of a file, and whether its encoding was one that is allowed (UTF-8).

    Examples
    --------
    >>> decode_text("Zürich".encode("utf-16"))
    ('Zürich', False)
    """
    raw = bytes(data)
    for mark, encoding in (
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace"), False
    try:
        return raw.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), False


def _open_text(format_name: str, data: bytes) -> tuple[Contents, str]:
    """Decode a text file and begin its contents."""
    contents = Contents(format_name)
    text, is_utf8 = decode_text(data)
    if not is_utf8:
        contents.broken("text", "Expected UTF-8 text, got another encoding.")
    if "\x00" in text:
        contents.slack("text", "Expected text, got zero bytes in it.")
    return contents, text


def unpack_tokens(contents: Contents, text: str, place: str) -> None:
    """Decode what looks like base64 or hexadecimal inside a text."""
    for match in _DATA_URI.finditer(text):
        if data := _decode_base64(match[2]):
            name = _ENDINGS.get(match[1])
            plain, name = (data, name) if name else _look_into(data) or (data, "")
            contents.unpacked.append(Unpacked(place, name, plain))
    decoded = (
        *(_decode_base64(match[0]) for match in _LONG_BASE64.finditer(text)),
        *(bytes.fromhex(match[0]) for match in _HEX.finditer(text)),
    )
    for data in decoded:
        if found := _look_into(data):
            contents.unpacked.append(Unpacked(place, found[1], found[0]))


def _decode_base64(text: str) -> bytes:
    """Decode base64 in either alphabet; empty if it is none."""
    plain = re.sub(r"\s", "", text).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(
            plain[: len(plain) - (len(plain) % 4 == 1)] + "==="[: -len(plain) % 4]
        )
    except (binascii.Error, ValueError):
        return b""


def _look_into(data: bytes) -> tuple[bytes, str] | None:
    """Return decoded bytes that say something, unpacked, with a name that tells their format."""
    for head, name in _PACKED:
        if data.startswith(head):
            return data, name
    plain, problem = inflate(data, MAX_UNPACKED) if data[:1] == b"\x78" else (b"", "")
    if plain and not problem:
        return plain, "x.txt" if _is_readable(plain) else ""
    return (data, "x.txt") if data and _is_readable(data) else None


def _is_readable(data: bytes) -> bool:
    """Tell whether bytes are text that somebody wrote."""
    try:
        return "".join(data.decode("utf-8").split()).isprintable()
    except UnicodeDecodeError:
        return False


def parse_plain(data: bytes, context: Context) -> Contents:
    """Take a text file line by line."""
    contents, text = _open_text("text", data)
    for position, line in enumerate(text.splitlines(), start=1):
        contents.add(f"line {position}", line)
    unpack_tokens(contents, text, "text")
    return contents


def parse_json(data: bytes, context: Context) -> Contents:
    """Take every key, string and number of a JSON file."""
    contents, text = _open_text("json", data)
    try:
        value = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        contents.broken("text", "Expected JSON, got text that is none.")
        contents.fields.extend(parse_plain(data, context).fields)
        return contents
    _walk_json(contents, value, "", "")
    unpack_tokens(contents, text, "text")
    return contents


class _Pairs(tuple[tuple[str, Any], ...]):
    """Keys and values of an object, with those whose key comes again."""


def _walk_json(contents: Contents, root: Any, place: str, key: str) -> None:  # noqa: ANN401
    """Visit every value without recursion: depth is the writer's choice, not ours."""
    queue: list[tuple[Any, str, str]] = [(root, place, key)]
    while queue:
        value, where, name = queue.pop()
        if isinstance(value, _Pairs):
            for position, (inner, item) in enumerate(value, start=1):
                contents.add(f"{where}/key {position}", inner, "key")
                queue.append((item, f"{where}/{position}", inner))
        elif isinstance(value, list):
            queue.extend((item, f"{where}[{i}]", name) for i, item in enumerate(value))
        elif isinstance(value, str):
            contents.add(f"value {where or '/'}", value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            contents.numbers.append(Number(f"value {where or '/'}", float(value), hint_of(name)))
            if isinstance(value, int) and not is_measure(name):
                contents.add(f"value {where or '/'}", str(value), "label")


def parse_table(data: bytes, context: Context) -> Contents:
    """Take the header and every distinct cell of a TSV or CSV file."""
    contents, text = _open_text("table", data)
    delimiter = "," if context.name.lower().endswith(".csv") else "\t"
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar='"'))
    header = rows[0] if rows else []
    columns: dict[int, dict[str, int]] = {}
    for row_number, row in enumerate(rows[1:], start=2):
        for position, cell in enumerate(row):
            columns.setdefault(position, {}).setdefault(cell, row_number)
    for position, name in enumerate(header, start=1):
        contents.add(f"header of column {position}", name, "key")
    for position, cells in sorted(columns.items()):
        name = header[position] if position < len(header) else ""
        for cell, row_number in cells.items():
            _add_cell(contents, cell, name, f"column {position + 1}, row {row_number}")
    unpack_tokens(contents, text, "text")
    return contents


def _add_cell(contents: Contents, cell: str, name: str, place: str) -> None:
    """Note one cell as a number or a text."""
    if not _NUMBER.fullmatch(cell):
        contents.add(place, cell, "label" if len(cell) <= 32 else "text")
        return
    contents.numbers.append(Number(place, float(cell), hint_of(name)))
    if not is_measure(name) and "." not in cell:
        contents.add(place, cell, "label")


class _Reader(HTMLParser):
    """Collects text, attributes, comments and declarations."""

    def __init__(self, contents: Contents) -> None:
        super().__init__(convert_charrefs=True)
        self._contents = contents

    def _place(self) -> str:
        line, column = self.getpos()
        return f"line {line}, character {column + 1}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            # Coordinates of drawings are numbers in rows, not words.
            if value and not (
                name in {"d", "points", "transform", "viewbox"} and _is_drawing(value)
            ):
                self._contents.add(self._place(), _DATA_URI.sub("", value), "text")

    def handle_data(self, data: str) -> None:
        self._contents.add(self._place(), _DATA_URI.sub("", data))

    def handle_comment(self, data: str) -> None:
        self._contents.add(self._place(), data)

    def handle_decl(self, decl: str) -> None:
        self._contents.add(self._place(), decl)

    def handle_pi(self, data: str) -> None:
        self._contents.add(self._place(), data)

    def unknown_decl(self, data: str) -> None:
        self._contents.add(self._place(), data)


def _is_drawing(value: str) -> bool:
    """Tell whether an attribute is made of drawing commands and numbers only."""
    return bool(
        re.fullmatch(
            r"(?:[MmLlHhVvCcSsQqTtAaZz\d\s.,eE+-]|[a-zA-Z]{5,10}\()*\)?[\d\s.,()-]*", value
        )
    )


def parse_html(data: bytes, context: Context) -> Contents:
    """Take text, attributes and comments of HTML, SVG or XML, and the files embedded in it."""
    contents, text = _open_text("html", data)
    reader = _Reader(contents)
    reader.feed(text)
    reader.close()
    unpack_tokens(contents, text, "embedded file")
    return contents
