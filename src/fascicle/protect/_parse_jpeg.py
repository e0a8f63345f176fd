"""Frames that are JPEGs (Motion JPEG): every segment read, coded pixels told from tables of codes.

The usual tables of codes hold the alphabet twice in a row, which is no text of anybody.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from ._contents import Contents
from ._strings import add_printable

_START, _END, _TABLE, _SCAN, _COMMENT = 0xD8, 0xD9, 0xC4, 0xDA, 0xFE
_FIRST_APP, _LAST_APP = 0xE0, 0xEF
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_SIZES = {0xDB: 67, 0xDD: 4}
"""Smallest sizes of what else an image may hold: tables of steps, intervals of restarts."""

_CODED_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends coded pixels: a marker, other than one of a restart."""

_APPS = re.compile(rb"JFIF\0[\s\S]{9}|AVI1[\s\S]{4,12}", re.DOTALL)
_N_SYMBOLS = 256


def take_jpeg(data: bytes, span: tuple[int, int], place: str, contents: Contents) -> None:
    """Take one frame apart; where it is no JPEG that can be followed, all of it is samples.

    Parameters
    ----------
    data : bytes
        The file, or a map of it.
    span : tuple of int
        First byte of the frame and one past its last.
    place : str
        Where the frame stands.
    contents : Contents
        Gets coded pixels as samples, and texts of comments and applications as fields.
    """
    segments = list(_segments(data, span))
    if not segments or segments[-1][0] != _END:
        contents.samples.append(span)
        return
    first = span[0]
    for kind, begin, end in segments:
        is_words = kind == _COMMENT or _FIRST_APP <= kind <= _LAST_APP
        if is_words and _APPS.fullmatch(data[begin:end]) is None:
            add_printable(contents, bytes(data[begin:end]), place)
        if is_words or (kind == _TABLE and _is_code_table(bytes(data[begin:end]))):
            contents.samples.append((first, begin))
            first = end
    contents.samples.append((first, span[1]))


def _segments(data: bytes, span: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Yield marker, beginning and end of each segment; coded pixels belong to their scan.

    The last one is the end of the image, with what stands behind it; it is not reached where a
    marker is missing.
    """
    at, stop = span
    if bytes(data[at : at + 2]) != bytes((0xFF, _START)):
        return
    at += 2
    while at + 4 <= stop and data[at] == 0xFF:
        kind = data[at + 1]
        (size,) = struct.unpack(">H", data[at + 2 : at + 4])
        begin, end = at + 4, at + 2 + size
        is_known = kind in {_TABLE, _SCAN, _COMMENT, *_FRAMES, *_SIZES}
        if not (is_known or _FIRST_APP <= kind <= _LAST_APP) or not begin <= end <= stop:
            return
        if kind == _SCAN:
            found = _CODED_END.search(data, end, stop)
            end = found.start() if found else stop
        yield kind, begin, end
        at = end
        if bytes(data[at : at + 2]) == bytes((0xFF, _END)):
            yield _END, at + 2, stop
            return


def _is_code_table(body: bytes) -> bool:
    """Tell whether bytes are tables of Huffman codes: as many symbols as said, each once."""
    at = 0
    while at + 17 <= len(body):
        counts = body[at + 1 : at + 17]
        n = sum(counts)
        symbols = body[at + 17 : at + 17 + n]
        room = sum(count << (15 - length) for length, count in enumerate(counts))
        is_plain = body[at] & 0xEF <= 3 and n <= _N_SYMBOLS and room <= 1 << 16
        if not is_plain or len(symbols) < n or len(set(symbols)) < n:
            return False
        at += 17 + n
    return at == len(body) > 0
