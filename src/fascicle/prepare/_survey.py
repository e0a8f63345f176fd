"""What short words and long numbers mean is told by all paths together.

``EO`` may be a task or somebody's initials, ``20190312`` a day or a hospital number. `survey` goes
over all paths once and notes what occurs where and how often; the fields are read with that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from ._paths import Atom, levels_of, read_day, split_level
from ._words import KEYS, VOCABULARY, WEAK_WORDS, fold

Place = tuple[str, int]
"""``("dir", depth)`` or ``("name", 0)``."""

_COMMON_LETTERS = frozenset("sprbtv")
_PAIRS = tuple(
    frozenset(pair.split())
    for pair in ("eo ec", "ao ag", "yo yf", "pre post", "vor nach", "bl fu", "wet dry")
)
"""Short words that vouch for one another."""
_MIN_INITIALS = 4
_MIN_CODE = 3
_TURNS = 4
_MAX_KEYS = 2
"""Different letters at one place of a code, up to which they may be keys of numbers."""


@dataclass(frozen=True, slots=True)
class Context:
    """What all paths together say about short words and long numbers.

    Attributes
    ----------
    prefixes : frozenset of str
        Words that stand before changing numbers often enough to be a key.
    weak : frozenset of str
        Short words of the vocabulary that occur often enough to be believed.
    initials : frozenset of (Place, int)
        Places where so many short capitals stand that none there is believed to be a word.
    codes : frozenset of (Place, int)
        Places of chunks that are codes: letters and digits by turns, with ever other letters.
    dates : dict of (Place, int, int) to str
        ``"ymd"`` or ``"dmy"`` for the n-th number of six or eight digits at a place, where nearly
        all numbers there are days in that order.
    """

    prefixes: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    initials: frozenset[tuple[Place, int]] = frozenset()
    codes: frozenset[tuple[Place, int]] = frozenset()
    dates: tuple[tuple[tuple[Place, int, int], str], ...] = ()


def places_of(path: PurePosixPath) -> list[tuple[Place, str]]:
    """Return the levels of a path with their places."""
    *folders, name = levels_of(path)
    return [(("dir", depth), text) for depth, text in enumerate(folders)] + [(("name", 0), name)]


class _Counts:
    """What occurs, gathered level by level."""

    def __init__(self) -> None:
        self.keys: dict[str, Counter[str]] = defaultdict(Counter)
        self.weak: Counter[str] = Counter()
        self.short: dict[tuple[Place, int], set[str]] = defaultdict(set)
        self.chunks: dict[tuple[Place, int], set[tuple[str, ...]]] = defaultdict(set)
        self.numbers: dict[tuple[Place, int, int], set[str]] = defaultdict(set)

    def add(self, place: Place, atoms: Sequence[Atom], count: int) -> None:
        """Count one level's pieces."""
        for before, after in pairwise(atoms):
            if before.kind == "w" and after.kind == "n" and len(after.gap) <= 1:
                self.keys[fold(before.text)][after.text] += count
        for at, chunk in split_chunks(atoms):
            if len(chunk) > 1:
                self.chunks[place, at].add(tuple(fold(a.text) for a in chunk))
        ranks: Counter[int] = Counter()
        for at, atom in enumerate(atoms):
            size = len(atom.text)
            if atom.kind == "n" and size in {6, 8}:
                self.numbers[place, size, ranks[size]].add(atom.text)
                ranks[size] += 1
            elif atom.kind == "w":
                word = fold(atom.text)
                if word in WEAK_WORDS:
                    self.weak[word] += count
                if atom.text.isupper() and 2 <= size <= 3 and (word,) not in VOCABULARY:
                    self.short[place, at].add(word)


def survey(paths: Sequence[PurePosixPath]) -> Context:
    """Note what short words and long numbers do over all paths.

    Parameters
    ----------
    paths : sequence of PurePosixPath
        The recordings, relative to the raw folder.

    Returns
    -------
    Context
        How ambiguous pieces shall be read.
    """
    levels: Counter[tuple[Place, str]] = Counter()
    for path in paths:
        levels.update(set(places_of(path)))
    counts = _Counts()
    for (place, text), count in levels.items():
        counts.add(place, split_level(text), count)
    n = len(paths)
    return Context(
        prefixes=frozenset(w for w, seen in counts.keys.items() if _is_key(w, seen, n)),
        weak=_believe(counts.weak, n),
        initials=frozenset(at for at, seen in counts.short.items() if len(seen) >= _MIN_INITIALS),
        codes=frozenset(at for at, seen in counts.chunks.items() if _are_codes(seen)),
        dates=tuple(
            (at, order) for at, seen in counts.numbers.items() if (order := _find_order(seen))
        ),
    )


def split_chunks(atoms: Sequence[Atom]) -> list[tuple[int, list[Atom]]]:
    """Return the runs of pieces without a gap, each with the position of its first piece."""
    found: list[tuple[int, list[Atom]]] = []
    for at, atom in enumerate(atoms):
        if atom.gap == "" and found:
            found[-1][1].append(atom)
        else:
            found.append((at, [atom]))
    return found


def _are_codes(chunks: set[tuple[str, ...]]) -> bool:
    """Tell codes (X7K2, M4T9) from keys with numbers (S01R02): codes keep no letter in place."""
    mixed = [
        c for c in chunks if any(p.isdecimal() for p in c) and not all(p.isdecimal() for p in c)
    ]
    if len(mixed) == len(chunks) and _turn_about(mixed):
        return True
    if len(mixed) < 4 or len(mixed) < 0.8 * len(chunks):
        return False
    firsts = {c[0] for c in mixed}
    if len(firsts) == 1 and not firsts & KEYS.keys() and all(len(c) > _MIN_CODE for c in mixed):
        firsts = {c[1] for c in mixed}  # tubeX7K2, tubeM4T9: one word before all codes
    if any(words in VOCABULARY or words[:1] in VOCABULARY for words in mixed):
        return False
    return len(firsts) >= max(4, 0.4 * len(mixed)) and not all(f.isdecimal() for f in firsts)


def _turn_about(chunks: Sequence[tuple[str, ...]]) -> bool:
    """Tell whether letters and digits take turns and both letters change: X7K2, M4T9, S9F3."""
    whole = all(
        len(c) == _TURNS and c[0].isalpha() and c[1].isdecimal() and c[2].isalpha() for c in chunks
    )
    letters = [{c[at] for c in chunks} for at in (0, 2)] if whole else [set[str](), set[str]()]
    return all(len(own) > _MAX_KEYS and max(map(len, own)) == 1 for own in letters)


def _is_key(word: str, seen: Counter[str], n: int) -> bool:
    """Tell whether a word stands before changing numbers often enough to be their key."""
    count = sum(seen.values())
    if word in _COMMON_LETTERS or (len(word) > 1 and word in KEYS):
        return count >= max(1, 0.15 * n)
    return count >= max(3, 0.25 * n) and len(seen) >= 3


def _believe(weak: Counter[str], n: int) -> frozenset[str]:
    """Return the short words that occur often, or together with their like."""
    floor = max(2.0, 0.08 * n) if n > 4 else 1.0
    paired = {word for pair in _PAIRS if pair <= weak.keys() for word in pair}
    return frozenset(paired | {word for word, count in weak.items() if count >= floor})


def _find_order(numbers: set[str]) -> str:
    """Tell whether nearly all numbers of one place are days, and in which order."""
    for order in ("ymd", "dmy"):
        days = [read_day(text, order) for text in numbers]
        good = sum(bool(day) and 1990 <= int(day[:4]) <= 2039 for day in days)
        if good >= 0.95 * len(days):
            return order
    return ""
