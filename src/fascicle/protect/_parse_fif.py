"""FIF: every tag, and no byte between them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from ._contents import Contents, Context, Number, Problem
from ._strings import add_printable

_TAG = struct.Struct(">iiii")
_SIZES = {
    2: ">i2", 3: ">i4", 4: ">f4", 5: ">f8", 6: ">i4", 7: ">u2", 8: ">u4", 9: ">u8", 11: ">i8",
    13: ">i2", 14: ">i2", 16: ">i2", 20: ">c8", 21: ">c16",
}  # fmt: skip
_STRING, _CHANNEL, _ID, _JULIAN = 10, 30, 31, 6
_STRUCTS = frozenset({32, 33, 34, 35, 37})
_DATES = frozenset({204, 404})
"""Measurement date, and birthday of the subject."""

_COUNTS = frozenset({200, 201, 205, 206, 207, 208, 209, 228, 300, 301, 302, 303, 304})
_MANY = 64
_NAME_BYTES = 16
_CHANNEL_BYTES = 96
_ID_BYTES = 20
_DENSE = 0x0FFFFFFF


def parse_fif(data: bytes, context: Context) -> Contents:
    """Take a FIF file apart tag by tag, and account for every byte."""
    contents = Contents("fif")
    covered: list[tuple[int, int]] = []
    for place, kind, code, start, stop in _walk(data, contents):
        covered.append((start - _TAG.size, stop))
        _take(data, contents, (place, kind, code), start, stop)
    end = 0
    for start, stop in sorted(covered):
        if start > end:
            contents.slack(f"byte {end}", f"Expected a tag, got {start - end} other bytes.")
            add_printable(contents, data[end:start], "between tags")
        end = max(end, stop)
    if end < len(data):
        contents.slack(
            "end", f"Expected the file to end after its tags, got {len(data) - end} bytes"
        )
        add_printable(contents, data[end:], "after the last tag")
    return contents


def _walk(data: bytes, contents: Contents) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield place, kind, type and span of every tag, in the order of the chain."""
    position, count = 0, 0
    seen: set[int] = set()
    while position + _TAG.size <= len(data) and position not in seen:
        seen.add(position)
        kind, code, size, following = _TAG.unpack(data[position : position + _TAG.size])
        start = position + _TAG.size
        if size < 0 or start + size > len(data):
            contents.broken(f"byte {position}", "Expected a tag that fits the file, got another.")
            return
        count += 1
        yield f"tag {count} (kind {kind})", kind, code, start, start + size
        if following < 0:
            return
        position = following or start + size


def _take(
    data: bytes, contents: Contents, tag: tuple[str, int, int], start: int, stop: int
) -> None:
    """Note what one tag holds."""
    place, kind, code = tag
    plain = code & 0xFFFF if code & ~_DENSE else code
    if plain == _STRING:
        raw = data[start:stop]
        contents.add(place, _decode(raw), "label" if b":" in raw and b" " not in raw else "text")
    elif plain == _CHANNEL and stop - start == _CHANNEL_BYTES:
        name = data[stop - _NAME_BYTES : stop]
        contents.add(f"{place}: channel name", _decode(name.split(b"\x00")[0]), "label")
        if name.split(b"\x00", 1)[-1].strip(b"\x00") and b"\x00" in name:
            contents.slack(place, "Expected zero bytes after a channel's name, got others.")
    elif plain == _ID and stop - start == _ID_BYTES:
        _take_id(data[start:stop], contents, place)
    elif plain in _SIZES:
        _take_numbers(data, contents, (place, kind, plain), start, stop)
    elif plain not in _STRUCTS and stop > start:
        # Bytes without a type of their own: searched for words.
        add_printable(contents, data[start:stop], place)


def _take_id(raw: bytes, contents: Contents, place: str) -> None:
    """Judge an id: it carries the network address of a computer and a moment."""
    _, machine_a, machine_b, seconds, _ = struct.unpack(">5i", raw)
    if machine_a or machine_b:
        contents.problems.append(
            Problem("proof.machine", place, "Expected a zero machine id, got that of a computer.")
        )
    contents.numbers.append(Number(f"{place}: time of the id", float(seconds), "date"))


def _take_numbers(
    data: bytes, contents: Contents, tag: tuple[str, int, int], start: int, stop: int
) -> None:
    """Note numbers of a header, or the span of samples."""
    place, kind, plain = tag
    dtype = np.dtype(_SIZES[plain])
    if (stop - start) % dtype.itemsize and kind != 300:
        add_printable(contents, data[start:stop], place)
    count = (stop - start) // dtype.itemsize
    if count > _MANY or kind == 300:
        contents.samples.append((start, stop))
        return
    if dtype.kind == "c":
        return
    hint = "date" if kind in _DATES or plain == _JULIAN else "size" if kind in _COUNTS else ""
    values = np.frombuffer(data, dtype=dtype, count=count, offset=start).astype(float).tolist()
    for position, value in enumerate(values):
        # A measurement date is seconds, then microseconds.
        is_rest = hint == "date" and position > 0
        contents.numbers.append(Number(place, value, "size" if is_rest else hint))  # type: ignore[arg-type]


def _decode(raw: bytes) -> str:
    """Decode a string: UTF-8 by habit, Latin-1 by the standard."""
    try:
        return raw.decode("utf-8").rstrip("\x00")
    except UnicodeDecodeError:
        return raw.decode("latin-1").rstrip("\x00")
