"""What the pieces of a folder or file name stand for, as far as one name can tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ._paths import Atom, read_day, split_level, strip_zeros
from ._survey import Context, Place
from ._words import BIDS_KEYS, KEYS, LONGEST, UNITS, VOCABULARY, WEAK_WORDS, fold

_TIME_NUMBER = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?")


@dataclass(frozen=True, slots=True)
class Field:
    """A piece of a name with its likely part.

    Attributes
    ----------
    kind : str
        ``key`` (a number behind a known word), ``word``, ``number``, ``code``, ``date``, ``time``,
        ``paren``, or a part known from vocabulary: ``task``, ``session``, ``acquisition``,
        ``group``, ``copy``, ``again``, ``noise``.
    key : str
        The folded word before the number; empty without one.
    value : str
        Folded value without leading zeros; dates as ISO 8601; canonical name of a task.
    text : str
        As written.
    """

    kind: str
    key: str
    value: str
    text: str


def parse_level(text: str, context: Context, place: Place = ("name", 0)) -> tuple[Field, ...]:
    """Read one folder or file name.

    Parameters
    ----------
    text : str
        A folder's name or a file's stem.
    context : Context
        From `fascicle.prepare._survey.survey`.
    place : tuple of str and int
        Where the name stands in the path.

    Returns
    -------
    tuple of Field
        In order of their place.

    Examples
    --------
    >>> [(f.kind, f.key, f.value) for f in parse_level("VP03_Augen_zu_run2", Context())]
    [('key', 'vp', '3'), ('task', '', 'eyesclosed'), ('key', 'run', '2')]
    """
    return tuple(_Reader(split_level(text), context, place).read())


class _Reader:
    """Goes over the atoms of one level once, always taking the longest piece that makes sense."""

    def __init__(self, atoms: Sequence[Atom], context: Context, place: Place) -> None:
        self.atoms = atoms
        self.context = context
        self.place = place
        self.days = self._find_days(dict(context.dates))
        self.at = 0

    def _find_days(self, dates: dict[tuple[Place, int, int], str]) -> dict[int, str]:
        """Return the ISO dates of numbers that are days, by position."""
        found: dict[int, str] = {}
        ranks: Counter[int] = Counter()
        for at, atom in enumerate(self.atoms):
            size = len(atom.text)
            if atom.kind == "n" and size in {6, 8}:
                order = dates.get((self.place, size, ranks[size]), "")
                ranks[size] += 1
                if order and (day := read_day(atom.text, order)):
                    found[at] = day
        return found

    def read(self) -> Iterator[Field]:
        """Yield the fields."""
        while self.at < len(self.atoms):
            for take in (self._stamp, self._bids, self._unit, self._keyed, self._known, self._code):
                found = take()
                if found is not None:
                    field, n_atoms = found
                    self.at += n_atoms
                    yield field
                    break
            else:
                yield self._plain()
                self.at += 1

    def _text(self, n_atoms: int, at: int | None = None) -> str:
        start = self.at if at is None else at
        first, *rest = self.atoms[start : start + n_atoms]
        return first.text + "".join(a.gap + a.text for a in rest)

    def _stamp(self) -> tuple[Field, int] | None:
        atom = self.atoms[self.at]
        if atom.kind in {"date", "time"}:
            return Field(atom.kind, "", atom.text, atom.text), 1
        if self.at in self.days:
            return Field("date", "", self.days[self.at], atom.text), 1
        after_date = self.at and (
            self.atoms[self.at - 1].kind == "date" or self.at - 1 in self.days
        )
        if after_date and atom.kind == "n" and _TIME_NUMBER.fullmatch(atom.text):
            return Field("time", "", atom.text, atom.text), 1
        return None

    def _bids(self) -> tuple[Field, int] | None:
        """Read ``sub-01``, ``task-faces``: a BIDS key, a hyphen and all up to the next gap."""
        atom = self.atoms[self.at]
        key = fold(atom.text)
        end = self.at + 1
        if key not in BIDS_KEYS or end >= len(self.atoms) or self.atoms[end].gap not in {"-", "="}:
            return None
        end += 1
        while end < len(self.atoms) and self.atoms[end].gap == "":
            end += 1
        pieces = self.atoms[self.at + 1 : end]
        value = "".join(strip_zeros(a.text) if a.kind == "n" else fold(a.text) for a in pieces)
        text = self._text(end - self.at)
        n_atoms = end - self.at
        role = BIDS_KEYS[key]
        if role in {"participant", "run"} or value.isdecimal():
            return Field("key", key, value, text), n_atoms
        known = VOCABULARY.get(tuple(fold(a.text) for a in pieces), ("", value))
        raw = "".join(a.text for a in pieces)
        if role == "task":
            return Field("task", "", known[1] if known[0] == "task" else raw, raw), n_atoms
        return Field(role, "", value, raw), n_atoms

    def _unit(self) -> tuple[Field, int] | None:
        here = self.atoms[self.at : self.at + 2]
        if len(here) == 2 and here[0].kind == "n" and len(here[1].gap) <= 1:
            unit = fold(here[1].text)
            if unit in UNITS:
                value = here[0].text + unit
                return Field(UNITS[unit], "", value, self._text(2)), 2
        return None

    def _keyed(self, at: int | None = None) -> tuple[Field, int] | None:
        start = self.at if at is None else at
        here = self.atoms[start : start + 2]
        if (self.place, start) in self.context.codes:
            return None
        if len(here) < 2 or here[0].kind != "w" or here[1].kind != "n" or len(here[1].gap) > 1:
            return None
        key = fold(here[0].text)
        known = key in KEYS and (len(key) > 1 or key in self.context.prefixes)
        task = VOCABULARY.get((key,), ("", ""))[0] in {"task", "copy", "again"}
        lab = key in self.context.prefixes and not task
        if (not (known or lab)) or start + 1 in self.days or self._is_known_phrase(start):
            return None
        is_strong = max(KEYS.get(key, {"": 0.0}).values()) >= 5 or key in self.context.prefixes
        if known and key in WEAK_WORDS and not is_strong:
            return None
        value, n_atoms = strip_zeros(here[1].text), 2
        if self._has_letter(start + 2):
            value, n_atoms = value + fold(self.atoms[start + 2].text), 3
        return Field("key", key, value, self._text(n_atoms, start)), n_atoms

    def _has_letter(self, at: int) -> bool:
        """Tell whether a single letter ends a chunk: F03a and F03b are two ids."""
        if at >= len(self.atoms) or self.atoms[at].gap or len(self.atoms[at].text) != 1:
            return False
        ends = at + 1 == len(self.atoms) or self.atoms[at + 1].gap != ""
        return self.atoms[at].kind == "w" and ends

    def _is_known_phrase(self, at: int) -> bool:
        """Tell ``P300`` and the like: a word and a number that are one word."""
        words = tuple(fold(a.text) for a in self.atoms[at : at + 2])
        return words in VOCABULARY and self.atoms[at + 1].gap == ""

    def _known(self, at: int | None = None) -> tuple[Field, int] | None:
        start = self.at if at is None else at
        atoms = self.atoms[start : start + LONGEST]
        words = tuple(fold(a.text) for a in atoms)
        for n_atoms in range(len(words), 0, -1):
            known = VOCABULARY.get(words[:n_atoms])
            if known is None or any(len(a.gap) > 1 for a in atoms[1:n_atoms]):
                continue
            if n_atoms == 1 and not self._is_believed(start, words[0]):
                continue
            return Field(known[0], "", known[1], self._text(n_atoms, start)), n_atoms
        return None

    def _is_believed(self, at: int, word: str) -> bool:
        """Tell whether a short word may be taken by its vocabulary, and not for initials."""
        if word not in WEAK_WORDS or (self.atoms[at].text.islower() and len(word) > 2):
            return True
        is_short = self.atoms[at].text.isupper() and len(word) <= 3
        if is_short and (self.place, at) in self.context.initials:
            return False
        return word in self.context.weak

    def _code(self) -> tuple[Field, int] | None:
        """Read letters and digits without a gap that nothing explains as one code."""
        end = self.at + 1
        whole = (self.place, self.at) in self.context.codes
        while end < len(self.atoms) and self.atoms[end].gap == "":
            ends = self.atoms[end].kind not in {"w", "n"} or self._known(end) or self._keyed(end)
            if ends and not whole:
                break
            end += 1
        kinds = {a.kind for a in self.atoms[self.at : end]}
        if kinds != {"w", "n"}:
            return None
        text = self._text(end - self.at)
        return Field("code", "", fold(text), text), end - self.at

    def _plain(self) -> Field:
        atom = self.atoms[self.at]
        if atom.kind == "n":
            kind = "paren" if "(" in atom.gap else "number"
            return Field(kind, "", strip_zeros(atom.text), atom.text)
        return Field("word", "", fold(atom.text), atom.text)
