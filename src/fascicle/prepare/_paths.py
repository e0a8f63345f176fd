"""What the parts of a path look like: words, numbers, codes, dates, and numbers with a key.

A path is split at separators, between letters and digits, and at capitals inside a word. What a
short word or a long number means depends on the other paths, so reading goes twice over them:
`survey` gathers what occurs how often, `parse_level` then reads one folder or file name with that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from ._words import BIDS_KEYS, KEYS, LONGEST, MONTHS, UNITS, VOCABULARY, WEAK_WORDS, fold

_YEAR = r"(?:19|20)\d\d"
_ISO = re.compile(rf"(?<!\d)({_YEAR})([-_. ])(\d\d?)\2(\d\d?)(?!\d)")
_DMY = re.compile(rf"(?<!\d)(\d\d?)([-_. ])(\d\d?)\2({_YEAR})(?!\d)")
_SHORT_DMY = re.compile(r"(?<!\d)(\d\d)\.(\d\d)\.(\d\d)(?!\d)")
_NAMED = re.compile(rf"(?<!\d)(\d\d?)[-_. ]?([^\W\d_]{{3,9}})[-_. ]?({_YEAR})(?!\d)")
_STAMP = re.compile(rf"(?<!\d)({_YEAR})(\d\d)(\d\d)([0-2]\d[0-5]\d(?:[0-5]\d)?)(?!\d)")
_TIME = re.compile(
    r"[-T_. ]{0,2}(?:([0-2]\d)([-_.:])([0-5]\d)\2([0-5]\d)|([0-2]\d)[:h]([0-5]\d))(?!\d)"
)
_TIME_NUMBER = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?")
_ATOM = re.compile(r"\d+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_CHUNK = re.compile(r"[^\W_]+")
_COMMON_LETTERS = frozenset("sprbtv")
_PAIRS = tuple(map(frozenset, (("eo", "ec"), ("ao", "ag"), ("yo", "yf"), ("pre", "post"),
                               ("vor", "nach"), ("bl", "fu"), ("wet", "dry"))))  # fmt: skip
"""Short words that vouch for one another."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a folder or file name: ``kind`` is ``w`` (word), ``n`` (number), date or time."""

    kind: str
    text: str
    gap: str
    """What stands between it and the piece before; empty inside a chunk."""


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


@dataclass(frozen=True, slots=True)
class Context:
    """What all paths together say about short words and long numbers.

    Attributes
    ----------
    prefixes : frozenset of str
        Words that stand before changing numbers often enough to be a key.
    weak : frozenset of str
        Short words of the vocabulary that occur often enough to be believed.
    dates : dict of int to str
        For numbers of six and eight digits: ``"ymd"`` or ``"dmy"`` if nearly all of them are
        dates so.
    """

    prefixes: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    dates: tuple[tuple[int, str], ...] = ()


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
            for piece in _ATOM.findall(chunk.group()):
                atoms.append(Atom("n" if piece.isdigit() else "w", piece, gap))
                gap = ""
            at = chunk.end()
        gap = text[at:start]
        if day:
            atoms.append(Atom("date", day, gap))
            if time:
                atoms.append(Atom("time", time, "_"))
        at, gap = end, "_"
    return tuple(atoms)


def levels_of(path: PurePosixPath) -> tuple[str, ...]:
    """Return the folders and the stem of a recording's path."""
    return (*path.parts[:-1], path.stem if path.suffix[1:].isalnum() else path.name)


def survey(paths: Sequence[PurePosixPath]) -> Context:
    """Gather what short words and long numbers do over all paths.

    Parameters
    ----------
    paths : sequence of PurePosixPath
        The recordings, relative to the raw folder.

    Returns
    -------
    Context
        How `parse_level` shall take ambiguous pieces.
    """
    n_strings: Counter[str] = Counter()
    for path in paths:
        n_strings.update(set(levels_of(path)))
    prefixes: dict[str, Counter[str]] = {}
    weak: Counter[str] = Counter()
    numbers: dict[int, set[str]] = {6: set(), 8: set()}
    for text, count in n_strings.items():
        atoms = split_level(text)
        for before, after in zip(atoms, atoms[1:], strict=False):
            if before.kind == "w" and after.kind == "n" and len(after.gap) <= 1:
                prefixes.setdefault(fold(before.text), Counter())[after.text] += count
        for atom in atoms:
            if atom.kind == "n" and len(atom.text) in numbers:
                numbers[len(atom.text)].add(atom.text)
            elif atom.kind == "w" and fold(atom.text) in WEAK_WORDS:
                weak[fold(atom.text)] += count
    n = len(paths)
    return Context(
        prefixes=frozenset(word for word, seen in prefixes.items() if _is_key(word, seen, n)),
        weak=_believe(weak, n),
        dates=tuple((size, order) for size, seen in numbers.items() if (order := _order(seen))),
    )


def _is_key(word: str, seen: Counter[str], n: int) -> bool:
    """Tell whether a word stands before changing numbers often enough to be their key."""
    count = sum(seen.values())
    if word in _COMMON_LETTERS or (len(word) > 1 and word in KEYS):
        return count >= max(1, 0.15 * n)
    return count >= max(3, 0.25 * n) and len(seen) >= 3


def _believe(weak: Counter[str], n: int) -> frozenset[str]:
    """Return the short words that occur in company: often, or each in a share with its like."""
    floor = max(2.0, 0.08 * n) if n > 4 else 1.0
    paired = {word for pair in _PAIRS if pair <= weak.keys() for word in pair}
    return frozenset(paired | {word for word, count in weak.items() if count >= floor})


def _order(numbers: set[str]) -> str:
    """Tell whether nearly all numbers of one length are dates, and in which order."""
    if not numbers:
        return ""
    for order in ("ymd", "dmy"):
        days = [_split_number(text, order) for text in numbers]
        good = sum(bool(day) and 1990 <= int(day[:4]) <= 2039 for day in days)
        if good >= 0.95 * len(days):
            return order
    return ""


def _split_number(text: str, order: str) -> str:
    year = len(text) - 4
    if order == "ymd":
        return make_date(text[:year], text[year : year + 2], text[year + 2 :])
    return make_date(text[4:], text[2:4], text[:2])


def strip_zeros(text: str) -> str:
    """Return a number's digits without leading zeros."""
    return text.lstrip("0") or "0"


def parse_level(text: str, context: Context) -> tuple[Field, ...]:
    """Read one folder or file name.

    Parameters
    ----------
    text : str
        A folder's name or a file's stem.
    context : Context
        From `survey`.

    Returns
    -------
    tuple of Field
        In order of their place.

    Examples
    --------
    >>> [(f.kind, f.key, f.value) for f in parse_level("VP03_Augen_zu_run2", Context())]
    [('key', 'vp', '3'), ('task', '', 'eyesclosed'), ('key', 'run', '2')]
    """
    return tuple(_Reader(split_level(text), context).read())


class _Reader:
    """Goes over the atoms of one level once, always taking the longest piece that makes sense."""

    def __init__(self, atoms: Sequence[Atom], context: Context) -> None:
        self.atoms = atoms
        self.context = context
        self.dates = dict(context.dates)
        self.at = 0

    def read(self) -> Iterable[Field]:
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

    def _day(self, atom: Atom) -> str:
        order = self.dates.get(len(atom.text), "") if atom.kind == "n" else ""
        return _split_number(atom.text, order) if order else ""

    def _stamp(self) -> tuple[Field, int] | None:
        atom = self.atoms[self.at]
        if atom.kind in {"date", "time"}:
            return Field(atom.kind, "", atom.text, atom.text), 1
        if day := self._day(atom):
            return Field("date", "", day, atom.text), 1
        before = self.atoms[self.at - 1] if self.at else None
        if before is not None and atom.kind == "n" and _TIME_NUMBER.fullmatch(atom.text):
            if before.kind == "date" or self._day(before):
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
        if role in {"participant", "run"} or value.isdigit():
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
        if len(here) < 2 or here[0].kind != "w" or here[1].kind != "n" or len(here[1].gap) > 1:
            return None
        key = fold(here[0].text)
        known = key in KEYS and (len(key) > 1 or key in self.context.prefixes)
        task = VOCABULARY.get((key,), ("", ""))[0] in {"task", "copy", "again"}
        lab = key in self.context.prefixes and not task
        if (not (known or lab)) or self._day(here[1]) or self._is_known_phrase(start):
            return None
        if known and key in WEAK_WORDS and key not in self.context.prefixes:
            return None
        value = strip_zeros(here[1].text)
        return Field("key", key, value, self._text(2, start)), 2

    def _is_known_phrase(self, at: int) -> bool:
        """True for ``P300``: a word and number that are one word."""
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
            if n_atoms == 1 and words[0] in WEAK_WORDS and words[0] not in self.context.weak:
                continue
            return Field(known[0], "", known[1], self._text(n_atoms, start)), n_atoms
        return None

    def _code(self) -> tuple[Field, int] | None:
        """Read letters and digits without a gap that nothing explains as one code."""
        end = self.at + 1
        while end < len(self.atoms) and self.atoms[end].gap == "":
            if self.atoms[end].kind not in {"w", "n"} or self._known(end) or self._keyed(end):
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
