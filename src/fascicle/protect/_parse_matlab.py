"""MATLAB level 5 (.set, .mat): every array, packed or not, down to the last cell."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ._contents import MAX_UNPACKED, Contents, Context, Number, Problem, Unpacked, hint_of
from ._parse_archives import inflate
from ._strings import add_printable, spell

_MATRIX, _COMPRESSED = 14, 15
_NUMERIC = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
_TEXT = {16: "utf-8", 17: "utf-16", 18: "utf-32"}
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _FIRST_NUMBER, _LAST_NUMBER = 1, 2, 3, 4, 5, 6, 15
_FEW = 16
_MAX_NESTED = 64
_HEADER = 128


@dataclass(frozen=True, slots=True)
class _Element:
    """A data element: its type, its content, where it begins."""

    code: int
    raw: bytes | memoryview
    start: int


class _Reader:
    """Walks the elements of one buffer; byte order as the header says."""

    def __init__(self, contents: Contents, order: str) -> None:
        self.contents = contents
        self.order = order

    def elements(self, raw: bytes | memoryview, base: int = 0) -> Iterator[_Element]:
        """Yield the elements of a buffer, padding checked."""
        position = 0
        while position + 8 <= len(raw):
            code, size = struct.unpack_from(f"{self.order}II", raw, position)
            if code >> 16:  # a small element: up to four bytes inside the tag
                code, size = code & 0xFFFF, code >> 16
                start, stop, following = position + 4, position + 4 + size, position + 8
            else:
                start = position + 8
                stop = start + size
                following = stop if code == _COMPRESSED else stop + (-size) % 8
            if stop > len(raw) or size < 0:
                self.contents.broken(
                    f"byte {base + position}", "Expected an element, got other bytes."
                )
                add_printable(self.contents, raw[position:], "end")
                return
            if bytes(raw[stop:following]).strip(b"\x00"):
                self.contents.slack(
                    f"byte {base + stop}", "Expected zero padding, got other bytes."
                )
                add_printable(self.contents, raw[stop:following], "padding")
            yield _Element(code, raw[start:stop], base + start)
            position = following
        if bytes(raw[position:]).strip(b"\x00"):
            self.contents.slack(f"byte {base + position}", "Expected no more bytes, got some.")
            add_printable(self.contents, raw[position:], "end")

    def take(self, element: _Element, name: str, place: str, depth: int, *, in_file: bool) -> None:
        """Note what one array holds."""
        if element.code != _MATRIX or depth > _MAX_NESTED:
            add_printable(self.contents, element.raw, place)
            return
        if not element.raw:
            return
        parts = list(self.elements(element.raw, element.start))
        if len(parts) < 3:
            self.contents.broken(place, "Expected the parts of an array, got fewer.")
            return
        kind = struct.unpack(f"{self.order}I", parts[0].raw[:4])[0] & 0xFF
        own = _text(parts[2].raw)
        self.contents.add(f"{place}: name", own, "key")
        if kind == _CHAR:
            n_rows = struct.unpack(f"{self.order}I", parts[1].raw[:4])[0]
            self._take_characters(parts[3:], n_rows, place)
            return
        self._take_parts(kind, parts[3:], (own or name, place), depth, in_file=in_file)

    def _take_parts(
        self, kind: int, parts: list[_Element], named: tuple[str, str], depth: int, *, in_file: bool
    ) -> None:
        """Note the content of an array by its class."""
        name, place = named
        if kind in {_CELL, _STRUCT, _OBJECT}:
            names = self._field_names(kind, parts, place)
            inner = [part for part in parts if part.code == _MATRIX]
            for position, part in enumerate(inner):
                label = names[position % len(names)] if names else name
                self.take(part, label, f"{place}/{position + 1}", depth + 1, in_file=in_file)
        elif _FIRST_NUMBER <= kind <= _LAST_NUMBER or kind == _SPARSE:
            for part in parts:
                self._take_numbers(part, name, place, in_file=in_file)
        else:
            for part in parts:
                add_printable(self.contents, part.raw, place)

    def _take_characters(self, parts: list[_Element], n_rows: int, place: str) -> None:
        """Note the rows of a character array, which stand column by column."""
        for part in parts:
            text = self._characters(part)
            for row in range(max(1, n_rows)):
                self.contents.add(place, text[row :: max(1, n_rows)])

    def _field_names(self, kind: int, parts: list[_Element], place: str) -> list[str]:
        """Return the field names of a structure."""
        if kind == _CELL:
            return []
        flat = [part for part in parts if part.code != _MATRIX]
        if len(flat) < 2:
            return []
        if kind == _OBJECT:
            self.contents.add(f"{place}: class", _text(flat[0].raw), "key")
        width = int.from_bytes(flat[-2].raw[:4], "little" if self.order == "<" else "big") or 32
        raw = bytes(flat[-1].raw)
        names = [_text(raw[i : i + width].split(b"\x00")[0]) for i in range(0, len(raw), width)]
        for position, text in enumerate(names, start=1):
            self.contents.add(f"{place}: field {position}", text, "key")
        return names

    def _characters(self, part: _Element) -> str:
        """Return the text of a character array."""
        if part.code in _TEXT:
            encoding = _TEXT[part.code]
            wide = (
                encoding
                if encoding == "utf-8"
                else f"{encoding}-{'l' if self.order == '<' else 'b'}e"
            )
            return bytes(part.raw).decode(wide, "replace")
        dtype = np.dtype(self.order + _NUMERIC.get(part.code, "u1"))
        count = len(part.raw) // dtype.itemsize
        codes = np.frombuffer(part.raw, dtype=dtype, count=count).astype(np.uint32)
        return "".join(chr(c) for c in codes.tolist() if c < 0x110000)

    def _take_numbers(self, part: _Element, name: str, place: str, *, in_file: bool) -> None:
        """Note few numbers one by one, many as samples."""
        if part.code not in _NUMERIC:
            add_printable(self.contents, part.raw, place)
            return
        dtype = np.dtype(self.order + _NUMERIC[part.code])
        count = len(part.raw) // dtype.itemsize
        values = np.frombuffer(part.raw, dtype=dtype, count=count)
        self.contents.add(place, spell(values), "name")
        if count > _FEW:
            if in_file:
                self.contents.samples.append((part.start, part.start + len(part.raw)))
            if dtype.itemsize == 1:
                add_printable(self.contents, part.raw, place)
            return
        for value in values.astype(float).tolist():
            self.contents.numbers.append(Number(place, value, hint_of(name)))


def parse_matlab(data: bytes, context: Context) -> Contents:
    """Take a .set or .mat file apart, and account for every byte."""
    contents = Contents("set")
    header = bytes(data[:_HEADER])
    if not header.startswith(b"MATLAB 5.0") or header[126:128] not in {b"IM", b"MI"}:
        contents.broken("header", "Expected a MATLAB 5.0 header, got other bytes.")
        add_printable(contents, data, "file")
        return contents
    contents.add("header: description", header[:116].decode("latin-1"))
    if header[116:124].strip(b"\x00 "):
        add_printable(contents, header[116:124], "header: subsystem")
    reader = _Reader(contents, "<" if header[126:128] == b"IM" else ">")
    budget = MAX_UNPACKED
    # A view: the arrays of a file may be larger than the memory.
    whole = memoryview(data)[_HEADER:]
    for number, element in enumerate(reader.elements(whole, _HEADER), start=1):
        place = f"variable {number}"
        if element.code != _COMPRESSED:
            reader.take(element, "", place, 0, in_file=True)
            continue
        raw, problem = inflate(element.raw, budget)
        if problem:
            contents.problems.append(Problem("proof.broken", place, problem))
        budget -= len(raw)
        contents.unpacked.append(Unpacked(place, "", raw))
        for inner in reader.elements(raw):
            reader.take(inner, "", place, 0, in_file=False)
    return contents


def _text(raw: bytes | memoryview) -> str:
    """Decode a name."""
    return bytes(raw).decode("latin-1").rstrip("\x00")
