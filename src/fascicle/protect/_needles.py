"""One pattern of bytes that spells an identifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MIN_NEEDLE = 6
"""Shorter patterns occur in samples by chance."""


@dataclass(frozen=True, slots=True)
class Needle:
    """One pattern of bytes.

    Attributes
    ----------
    pattern : bytes
        At least six bytes; ASCII letters small unless `exact`.
    kind : str
        Kind of the identifier that it spells.
    how : str
        The spelling: ``"UTF-16"``, ``"base64"``, ``"date"``.
    exact : bool
        True if capitals and small letters differ.
    bound : str
        What may not stand beside it: ``"digit"`` for numbers (which would be part of a longer
        one), ``"alnum"`` for short ones that hexadecimal text holds by chance, ``""`` for words.
    """

    pattern: bytes
    kind: str
    how: str
    exact: bool = False
    bound: Literal["", "digit", "alnum"] = ""

    def __repr__(self) -> str:
        return f"Needle(kind={self.kind!r}, how={self.how!r}, n_bytes={len(self.pattern)})"
