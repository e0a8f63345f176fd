"""Texts that stand where no text is expected: runs of letters in bytes, codes among numbers."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._contents import Contents

_PRINTABLE = re.compile(rb"[\x20-\x7e\xa0-\xff]{6,}")
_WIDE = re.compile(rb"(?:[\x20-\x7e]\x00){6,}")
_MAX_BYTES = 1 << 26
_FEWEST_CODES, _MOST_CODES = 4, 1 << 16
_FIRST_CODE, _LAST_CODE = 0x20, 0x24F


def add_printable(
    contents: Contents,
    raw: bytes | memoryview,
    place: str,
    known: Collection[str] = (),
) -> None:
    r"""Note every run of six printable characters or more, in 8 or 16 bits.

    What is `known` already as a text, and searched as one, is not noted once more.

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
    for text in sorted(found.difference(known)):
        contents.add(f"{place}: printable bytes", text, "name")


def spell(numbers: NDArray[Any]) -> str:
    """Return numbers as the letters whose codes they may be; empty if one of them is no letter.

    Examples
    --------
    >>> spell(np.array([77.0, 101, 105, 101, 114])), spell(np.array([77.0, 101.5, 105, 101, 114]))
    ('Meier', '')
    """
    codes = numbers.ravel()
    if codes.dtype.kind not in "iuf" or not _FEWEST_CODES <= codes.size <= _MOST_CODES:
        return ""
    is_letter = ((codes >= _FIRST_CODE) & (codes <= _LAST_CODE)) | (codes == 0)
    if not (is_letter & (codes == np.trunc(codes))).all():
        return ""
    return "".join(map(chr, codes.astype(np.int64).tolist()))
