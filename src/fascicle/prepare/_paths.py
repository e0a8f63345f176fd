"""The pieces of a path: words, numbers, dates and times.

A folder or file name is split at separators, between letters and digits, and at capitals inside a
word; dates are found first, because they hold separators of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import PurePosixPath

from ._words import MONTHS, fold

_YEAR = r"(?:19|20)\d\d"
_ISO = re.compile(rf"(?<!\d)({_YEAR})([-_. ])(\d\d?)\2(\d\d?)(?!\d)")
_DMY = re.compile(rf"(?<!\d)(\d\d?)([-_. ])(\d\d?)\2({_YEAR})(?!\d)")
_SHORT_DMY = re.compile(r"(?<!\d)(\d\d)\.(\d\d)\.(\d\d)(?!\d)")
_NAMED = re.compile(rf"(?<!\d)(\d\d?)[-_. ]?([^\W\d_]{{3,9}})[-_. ]?({_YEAR})(?!\d)")
_STAMP = re.compile(rf"(?<!\d)({_YEAR})(\d\d)(\d\d)([0-2]\d[0-5]\d(?:[0-5]\d)?)(?!\d)")
_TIME = re.compile(
    r"[-T_. ]{0,2}(?:([0-2]\d)([-_.:])([0-5]\d)\2([0-5]\d)|([0-2]\d)[:h]([0-5]\d))(?!\d)"
)
_RUN = re.compile(r"\d+|[^\W\d_]+")
_MIN_DATE_DIGITS = 5
_CHUNK = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a folder or file name: ``kind`` is ``w`` (word), ``n`` (number), date or time."""

    kind: str
    text: str
    gap: str
    """What stands between it and the piece before; empty inside a chunk."""


def make_date(year: str, month: str, day: str) -> str:
    """Return an ISO date, or an empty text if there is no such day."""
    full = int(year) if len(year) == 4 else 2000 + int(year) if int(year) < 70 else 1900 + int(year)
    try:
        return date(full, int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _find_dates(text: str) -> list[tuple[int, int, str, str]]:
    """Return (start, end, ISO date, time) of dates that show by their own form."""
    found: list[tuple[int, int, str, str]] = []
    if sum(map(str.isdecimal, text)) < _MIN_DATE_DIGITS:
        return found
    for pattern, order in ((_STAMP, "stamp"), (_ISO, "ymd"), (_DMY, "dmy"), (_NAMED, "named"),
                           (_SHORT_DMY, "short")):  # fmt: skip
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end, _, _ in found):
                continue
            day, time = _read_date(match, order)
            if day:
                end = match.end()
                after = _TIME.match(text, end)
                if after and not time:
                    end, time = after.end(), after.group().strip("-T_. ")
                found.append((match.start(), end, day, time))
    return sorted(found)


def _read_date(match: re.Match[str], order: str) -> tuple[str, str]:
    g = match.groups()
    if order == "stamp":
        return make_date(g[0], g[1], g[2]), g[3]
    if order == "ymd":
        return make_date(g[0], g[2], g[3]), ""
    if order == "dmy":  # US order where the month cannot be one
        return make_date(g[3], g[2], g[0]) or make_date(g[3], g[0], g[2]), ""
    if order == "short":
        return make_date(g[2], g[1], g[0]), ""
    month = MONTHS.get(fold(g[1]))
    return (make_date(g[2], str(month), g[0]) if month else ""), ""


@lru_cache(maxsize=100_000)
def split_level(text: str) -> tuple[Atom, ...]:
    """Split one folder or file name into its pieces.

    Examples
    --------
    >>> [a.text for a in split_level("Subject3EyesOpen_2019-03-12")]
    ['Subject', '3', 'Eyes', 'Open', '2019-03-12']
    """
    atoms: list[Atom] = []
    at = 0
    gap = ""
    for start, end, day, time in [*_find_dates(text), (len(text), len(text), "", "")]:
        for chunk in _CHUNK.finditer(text, at, start):
            gap = text[at : chunk.start()] or gap
            for piece in _split_chunk(chunk.group()):
                atoms.append(Atom("n" if piece.isdecimal() else "w", piece, gap))
                gap = ""
            at = chunk.end()
        gap = text[at:start]
        if day:
            atoms.append(Atom("date", day, gap))
            if time:
                atoms.append(Atom("time", time, "_"))
        at, gap = end, "_"
    return tuple(atoms)


def _split_chunk(chunk: str) -> list[str]:
    """Split letters from digits, and words at capitals: ``EEGMüllerAnna`` is three words."""
    pieces: list[str] = []
    for run in _RUN.findall(chunk):
        start = 0
        for at in range(1, len(run)):
            rises = run[at].isupper() and not run[at - 1].isupper()
            ends_capitals = run[at - 1].isupper() and run[at].islower() and at - 1 > start
            if rises or ends_capitals:
                cut = at if rises else at - 1
                pieces.append(run[start:cut])
                start = cut
        pieces.append(run[start:])
    return pieces


def levels_of(path: PurePosixPath) -> tuple[str, ...]:
    """Return the folders and the stem of a recording's path."""
    return (*path.parts[:-1], path.stem if path.suffix[1:].isalnum() else path.name)


def read_day(text: str, order: str) -> str:
    """Return the ISO date that six or eight digits make in one order; empty if they make none."""
    year = len(text) - 4
    if order == "ymd":
        return make_date(text[:year], text[year : year + 2], text[year + 2 :])
    return make_date(text[4:], text[2:4], text[:2])


def strip_zeros(text: str) -> str:
    """Return a number's digits without leading zeros."""
    return text.lstrip("0") or "0"
