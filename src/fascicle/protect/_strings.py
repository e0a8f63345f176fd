"""Runs of printable characters in bytes that have no structure of their own."""

from __future__ import annotations

import re

from ._contents import Contents

_PRINTABLE = re.compile(rb"[\x20-\x7e\xa0-\xff]{6,}")
_WIDE = re.compile(rb"(?:[\x20-\x7e]\x00){6,}")
_MAX_BYTES = 1 << 26


def add_printable(contents: Contents, raw: bytes, place: str) -> None:
    r"""Note every run of six printable characters or more, in 8 or 16 bits.

    Examples
    --------
    >>> contents = Contents("unknown")
    >>> add_printable(contents, b"\x01\x02Meier Anna\x00", "tail")
    >>> [len(f.text) for f in contents.fields]
    [10]
    """
    piece = bytes(raw[:_MAX_BYTES])
    found = {match[0].decode("latin-1") for match in _PRINTABLE.finditer(piece)}
    found |= {match[0].decode("utf-16-le") for match in _WIDE.finditer(piece)}
    for text in sorted(found):
        contents.add(f"{place}: printable bytes", text, "name")
