"""How two identifiers are found equal, and how much it says that they are.

``sub-P01`` and ``p_01`` are one code in two spellings. ``3`` and ``3`` are equal as well, but every
lab counts from one: equal numbers of that kind say nothing about who somebody is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from ._paths import read_day, strip_zeros
from ._words import fold

_PIECE = re.compile(r"\d+|[^\W\d_]+")
_SUBJECT_WORD = re.compile(r"sub(?:[-_. ]+(?=[^\W_])|(?=\d))")
_MIN_LONG = 5
"""Digits from which on a number is given out by a register, and not counted by a lab."""
_MAX_INITIALS = 3
_SMALL = 1000
_MAX_DIGITS = 18
_DENSE = 3
"""How many times as wide as they are many numbers may lie, to be called a row."""
_FIRST_YEAR, _LAST_YEAR = 1950, 2050


class Weight(IntEnum):
    """How much it says that two identifiers of this kind are equal.

    Running numbers, dates, initials and single names are shared by people who never met; a full
    name nearly names one; a code of letters and digits, or a register's number, is made to.
    """

    NOTHING = 0
    NAME = 1
    CODE = 2


def spell_id(text: str) -> str:
    """Return an identifier without case, accents, separators and the prefix ``sub-``.

    Examples
    --------
    >>> spell_id("sub-P_01"), spell_id("SUB01"), spell_id("Subotin")
    ('p01', '01', 'subotin')
    """
    plain = fold(text.strip())
    return "".join(_PIECE.findall(_SUBJECT_WORD.sub("", plain, count=1)))


def spell_without_zeros(text: str) -> str:
    """Return `spell_id` without the zeros that fill numbers up.

    Examples
    --------
    >>> spell_without_zeros("P001"), spell_without_zeros("00412345")
    ('p1', '412345')
    """
    return "".join(
        strip_zeros(piece) if piece.isdecimal() else piece
        for piece in _PIECE.findall(spell_id(text))
    )


def spell_name(text: str) -> tuple[str, ...]:
    """Return the words of a name in one order and one spelling; none if it holds a number.

    Examples
    --------
    >>> spell_name("Müller^Anna"), spell_name("Anna Mueller"), spell_name("P01")
    (('anna', 'muller'), ('anna', 'muller'), ())
    """
    if any(c.isdecimal() for c in text):
        return ()
    words = _PIECE.findall(fold(text))
    return tuple(sorted(re.sub(r"(?<=[aou])e", "", word) for word in words))


def names_agree(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two spelled names can be one person's: equal words, or initials for them.

    Examples
    --------
    >>> names_agree(("anna", "muller"), ("a", "muller"))
    True
    >>> names_agree(("anna", "muller"), ("muller", "tom"))
    False
    """
    short, long = sorted((one, other), key=len)
    left = list(long)
    for word in sorted(short, key=len, reverse=True):
        hit = next((w for w in left if w == word), None) or next(
            (w for w in left if min(len(w), len(word)) == 1 and w[0] == word[0]), None
        )
        if hit is None:
            return False
        left.remove(hit)
    return True


def weigh_ids(texts: Collection[str]) -> dict[str, Weight]:
    """Tell of all identifiers of a scheme how much it says that somebody else's is equal.

    Parameters
    ----------
    texts : collection of str
        The identifiers, as written.

    Returns
    -------
    dict of str to Weight
        For each of them.
    """
    rows = _find_rows([part for text in texts for part in text.split("/")])
    return {text: max(_weigh(part, rows) for part in text.split("/")) for text in set(texts)}


def weigh_id(text: str, others: Collection[str]) -> Weight:
    """Tell how much it says that somebody else's identifier is equal to this one.

    Parameters
    ----------
    text : str
        The identifier, as written.
    others : collection of str
        All identifiers of the same scheme: they tell whether numbers run.

    Returns
    -------
    Weight
        Nothing for running numbers, dates, initials and single words.

    Examples
    --------
    >>> weigh_id("3", ["1", "2", "3"]), weigh_id("P03", ["P01", "P03"])
    (<Weight.NOTHING: 0>, <Weight.CODE: 2>)
    """
    return weigh_ids([text, *others])[text]


@dataclass(frozen=True, slots=True)
class _Row:
    """The bare numbers of one length: how many there are, the lowest, and how wide they lie."""

    n: int
    low: int
    span: int


def _find_rows(texts: Collection[str]) -> dict[int, _Row]:
    """Return the numbers among some texts by how many digits they have."""
    numbers: dict[int, set[int]] = defaultdict(set)
    for text in set(texts):
        for digits in _PIECE.findall(fold(text)):
            if digits.isdecimal() and len(digits) <= _MAX_DIGITS:
                numbers[len(digits)].add(int(digits))
    return {n: _Row(len(own), min(own), max(own) - min(own) + 1) for n, own in numbers.items()}


def _weigh(text: str, rows: Mapping[int, _Row]) -> Weight:
    """Weigh one part of an identifier: a site and a number together are no code."""
    pieces = _PIECE.findall(fold(text))
    if not pieces:
        return Weight.NOTHING
    letters = [piece for piece in pieces if not piece.isdecimal()]
    if len(letters) == len(pieces):
        words = [word for word in letters if len(word) > _MAX_INITIALS - 1]
        return Weight.NAME if len(words) > 1 else Weight.NOTHING
    if letters:
        return Weight.CODE
    # 2019_07 is the seventh of a year: the year names nobody, and neither does the seven.
    return max(_weigh_number(piece, rows) for piece in pieces)


def _weigh_number(digits: str, rows: Mapping[int, _Row]) -> Weight:
    """Weigh a bare number: nothing if it is small, a day, or one of a row that a lab counted."""
    is_small = len(digits) <= _MAX_DIGITS and int(digits) < _SMALL
    if is_small or _is_day(digits) or _is_year(digits):
        return Weight.NOTHING
    row = rows.get(len(digits))
    if row is None or row.n == 1 or row.span > _DENSE * row.n:
        return Weight.CODE
    starts_anew = row.low % 100 in {0, 1}
    return Weight.NOTHING if starts_anew or len(digits) < _MIN_LONG else Weight.CODE


def _is_year(digits: str) -> bool:
    return len(digits) == len(str(_FIRST_YEAR)) and _FIRST_YEAR <= int(digits) < _LAST_YEAR


def _is_day(digits: str) -> bool:
    """Tell whether six or eight digits are a day of our time: every lab records on it."""
    days = [read_day(digits, order) for order in ("ymd", "dmy")] if len(digits) in {6, 8} else []
    return any(day and _FIRST_YEAR <= int(day[:4]) < _LAST_YEAR for day in days)
