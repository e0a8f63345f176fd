"""Which recordings are one person's: equal identifiers in the same role, and nothing against it.

The rule of this module is that **two people are never merged for likeness**. Recordings are one
person's only if their paths have the same value in the column that names participants. From there
every doubt splits: groups and sites with equal codes, a second identifier that differs, another
column nearly as likely, headers that contradict one another. What remains together gets a
confidence; the plan's confidence is the lowest of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np

from fascicle.core import PUBLISH_CONFIDENCE

from ._columns import Codes, Column
from ._facts import PERSON_FACTS, Facts, fit_fact
from ._people import (
    MIN_SCORE,
    NEAR,
    Candidate,
    find_animals,
    follows_days,
    rank_candidates,
)
from ._tables import Table, match_ids
from ._verdicts import FULL_NAME, UNEXPLAINED, Case, Verdict, judge_column

_MAX_STAGES = 3
_CALENDAR = 0.85
"""How sure it is that a number is a participant, which is that of the month as well."""
_LETTER = 0.85
"""How sure it is that a letter and a number are one animal, where nothing else names anybody."""


@dataclass
class People:
    """Who each recording belongs to.

    Attributes
    ----------
    labels : list of str
        The participant of each recording, as written in the raw folder.
    confidence : list of float
        How sure it is that the recordings with this label are one person's.
    evidence : list of tuple of str
        Sentences.
    used : set of int
        ``id()`` of the columns that made the labels.
    doubts : list of str
        Sentences on what a person should look at; free of names.
    """

    labels: list[str]
    confidence: list[float]
    evidence: list[tuple[str, ...]]
    used: set[int] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)

    @property
    def lowest(self) -> float:
        """The lowest confidence among participants with several recordings; 1 without any."""
        counts = Counter(self.labels)
        several = [c for c, x in zip(self.confidence, self.labels, strict=True) if counts[x] > 1]
        return min(several, default=1.0)


@dataclass
class _Draft:
    """The grouping while it is refined: a key and a label in parts for each recording."""

    keys: list[tuple[str, ...]]
    parts: list[list[str]]
    confidence: list[float]
    evidence: list[list[str]]
    used: set[int] = field(default_factory=set)
    weak: set[int] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)

    def codes(self) -> Codes:
        """Return the keys as small integers."""
        known: dict[tuple[str, ...], int] = {}
        return np.array([known.setdefault(k, len(known)) for k in self.keys], dtype=np.int64)

    def members(self) -> dict[tuple[str, ...], list[int]]:
        """Positions of the recordings by key."""
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at, key in enumerate(self.keys):
            found[key].append(at)
        return found

    def split(self, at: int, mark: str, label: str, *, front: bool = False) -> None:
        """Set a recording apart from others of its key."""
        self.keys[at] = (*self.keys[at], mark)
        if label:
            self.parts[at].insert(0 if front else len(self.parts[at]), label)

    def cap(self, members: Sequence[int], limit: float, says: str) -> None:
        """Lower the confidence of some recordings."""
        for at in members:
            self.confidence[at] = min(self.confidence[at], limit)
            self.evidence[at].append(says)

    def doubt(self, sentence: str) -> None:
        """Add a sentence once."""
        if sentence not in self.doubts:
            self.doubts.append(sentence)


def find_people(
    paths: Sequence[PurePosixPath],
    columns: Sequence[Column],
    facts: Facts,
    table: Table | None = None,
) -> People:
    """Tell which recordings are one person's.

    Parameters
    ----------
    paths : sequence of PurePosixPath
        The recordings.
    columns : sequence of Column
        Their aligned fields.
    facts : Facts
        What their headers say about persons.
    table : Table or None
        The participants table.

    Returns
    -------
    People
        A label, a confidence and evidence for each recording.
    """
    n = len(paths)
    ids = table.ids if table is not None else ()
    draft = _Draft([()] * n, [[] for _ in paths], [1.0] * n, [[] for _ in paths])
    rest = np.arange(n)
    for stage in range(_MAX_STAGES):
        if not len(rest):
            break
        ranked = rank_candidates(columns, facts, ids, rest)
        if not ranked or ranked[0].score < MIN_SCORE:
            rest = _take_animals(draft, columns, rest, (facts, table)) if stage == 0 else rest
            break
        rest = _take(draft, ranked, columns, (stage, rest), (facts, table))
    _take_rest(draft, rest, paths, facts)
    _split_contradictions(draft, facts)
    _split_spellings(draft, columns)
    _split_weak(draft, columns, facts)
    _weigh(draft, facts, ids)
    _note_lookalikes(draft, facts)
    return _finish(draft)


def _take(
    draft: _Draft,
    ranked: Sequence[Candidate],
    columns: Sequence[Column],
    where: tuple[int, Codes],
    known: tuple[Facts, Table | None],
) -> Codes:
    """Label the recordings that the best candidate covers; return those that it does not."""
    stage, rest = where
    best = ranked[0]
    column = best.column
    covered = rest[column.codes[rest] >= 0]
    draft.used.add(id(column))
    for at in covered:
        # The same key and number are one identifier wherever they stand; bare words are not.
        scope = column.key if column.kind == "key" else f"{stage}:{column.place}:{column.kind}"
        draft.keys[at] = (scope, column.values[at])
        draft.parts[at] = [column.texts[at]]
        draft.confidence[at] = best.strength
        if best.strength < PUBLISH_CONFIDENCE:
            draft.weak.add(at)
        draft.evidence[at].extend(best.evidence)
        if at in column.conflicts:
            draft.confidence[at] = min(draft.confidence[at], 0.5)
            draft.doubt("In some paths the folder and the file name name different participants.")
    floor = max(best.score - NEAR, 0.0)
    near = {
        id(c.column)
        for c in ranked[1:]
        if c.score >= (max(floor, MIN_SCORE) if c.column.kind == "number" else floor)
    }
    _refine(draft, Case(best, covered, *known), columns, near)
    if follows_days(column, columns, known[0], covered):
        draft.cap(covered.tolist(), _CALENDAR, "the numbers are those of the months, days or weeks")
        draft.doubt("Numbers that follow the calendar were taken for participants.")
    return rest[column.codes[rest] < 0]


def _take_animals(
    draft: _Draft, columns: Sequence[Column], rest: Codes, known: tuple[Facts, Table | None]
) -> Codes:
    """Label recordings after folders that may number animals, where nothing else names anybody."""
    animals = find_animals(columns, rest)
    if animals is None or _vouched(rest, known[0]):
        return rest
    left = _take(draft, [animals], columns, (0, rest), known)
    draft.cap(rest.tolist(), _LETTER, "a letter and a number may be a month or a run")
    draft.doubt("Folders of a letter and a number were taken for one animal each.")
    return left


def _refine(draft: _Draft, case: Case, columns: Sequence[Column], near: set[int]) -> None:
    """Split by every other column that may be part of the identifier."""
    for column in columns:
        if column is case.best.column or not (column.codes[case.covered] >= 0).any():
            continue
        verdict = judge_column(column, case)
        if verdict is None and id(column) in near:
            verdict = Verdict.refined(
                "Two parts of the paths may name the participant; both were used."
            )
        if verdict is not None:
            _apply(draft, column, case.covered, verdict)


def _apply(draft: _Draft, column: Column, covered: Codes, verdict: Verdict) -> None:
    """Make a column part of the identifier of the recordings whose groups it splits."""
    limit, doubt = verdict.limit, verdict.doubt
    if limit == FULL_NAME:
        for at in covered[column.codes[covered] >= 0].tolist():
            draft.confidence[at] = max(draft.confidence[at], FULL_NAME)
            draft.weak.discard(at)
    base = draft.codes()[covered]
    own = column.codes[covered]
    fit = fit_fact(base, own + 1)
    if fit.consistency == 1.0:
        return
    if limit == UNEXPLAINED:
        draft.cap(covered.tolist(), limit, "words that are not known tell its recordings apart")
        draft.doubt(doubt)
        return
    draft.used.add(id(column))
    mixed: dict[int, set[int]] = defaultdict(set)
    for group, value in zip(base.tolist(), own.tolist(), strict=True):
        mixed[group].add(value)
    for at, group in zip(covered.tolist(), base.tolist(), strict=True):
        if len(mixed[group]) > 1:
            mark = f"{column.order}={column.values[at]}"
            draft.split(at, mark, column.texts[at], front=True)
            draft.cap([at], limit, f"kept apart by {column.describe()}")
    if doubt:
        draft.doubt(doubt)


def _take_rest(draft: _Draft, rest: Codes, paths: Sequence[PurePosixPath], facts: Facts) -> None:
    """Without a participant in the path: by header if two facts agree there, else one each."""
    if not len(rest):
        return
    vouched = _vouched(rest, facts)
    for at in rest.tolist():
        if at in vouched:
            draft.keys[at] = ("header", str(facts.code[at]))
            draft.parts[at] = [facts.codes[at]]
            draft.confidence[at] = 0.92
            draft.evidence[at].append("the header's id, with which its other facts agree")
        else:
            draft.keys[at] = ("alone", str(paths[at]))
            draft.parts[at] = [paths[at].as_posix()]
            draft.confidence[at] = 0.5
            draft.evidence[at].append("no part of the path names a participant")
    if len(vouched) < len(rest):
        draft.doubt(
            "No part of some paths names a participant; each such recording counts as its own."
        )


def _vouched(rest: Codes, facts: Facts) -> set[int]:
    """Return recordings whose header id is backed by a birth date or a name that goes with it."""
    code = facts.code[rest]
    backing = [facts.birth[rest], facts.name[rest]]
    if (code < 0).any():
        return set()
    for fact in backing:
        fit = fit_fact(code, fact)
        if (fact >= 0).all() and fit.consistency == 1.0 and fit.distinctness == 1.0:
            return set(rest.tolist())
    return set()


def _split_contradictions(draft: _Draft, facts: Facts) -> None:
    """Split groups whose headers say that they hold more than one person."""
    codes = draft.codes()
    for fact in PERSON_FACTS:
        known = facts.get(fact)
        fit = fit_fact(codes, known)
        # An id that changes from file to file in most groups is no person's id.
        if fit.consistency == 1.0 or (fact == "code" and fit.consistency < 0.6):
            continue
        for members in list(draft.members().values()):
            values = {int(known[at]) for at in members} - {-1}
            if len(values) < 2:
                continue
            order = {v: i for i, v in enumerate(dict.fromkeys(int(known[at]) for at in members))}
            for at in members:
                value = int(known[at])
                mark = str(order[value] + 1) if value >= 0 else f"?{at}"
                draft.split(
                    at, f"{fact}:{mark}", f"#{order[value] + 1}" if value >= 0 else f"#?{at}"
                )
            draft.cap(members, 0.7, f"headers under one label contradict one another ({fact})")
            draft.doubt("Headers of recordings under one label contradict one another.")


def _split_spellings(draft: _Draft, columns: Sequence[Column]) -> None:
    """Keep S1 and S01 apart unless the spelling goes with a folder, a task or a session."""
    column = next((c for c in columns if id(c) in draft.used), None)
    if column is None or column.kind not in {"key", "number"}:
        return
    digits = ["".join(c for c in t if c.isdecimal()) if "/" not in t else "" for t in column.texts]
    padded = np.array([-1 if not d or (d[0] != "0" and len(d) > 1) else int(d[0] == "0")
                       for d in digits])  # fmt: skip
    if len(np.unique(padded[padded >= 0])) < 2 or _explains(columns, padded, column):
        return
    for members in list(draft.members().values()):
        spelled = {digits[at] for at in members}
        if len(spelled) > 1:
            for at in members:
                draft.split(at, f"spelled:{digits[at]}", "")
            draft.cap(members, 0.8, "numbers with and without zeros were kept apart")
            draft.doubt("Some numbers stand with and without leading zeros in no clear order.")


def _explains(columns: Sequence[Column], padded: Codes, own: Column) -> bool:
    """Tell whether another column settles if zeros are written."""
    for column in columns:
        if column is own or column.kind in {"time", "noise"}:
            continue
        codes = column.codes + 1
        if column.n_values <= 12 and fit_fact(codes, padded).consistency == 1.0:
            return True
    return False


def _split_weak(draft: _Draft, columns: Sequence[Column], facts: Facts) -> None:
    """Keep apart what only initials or one name join, unless it was recorded on one day.

    Two people of a study often share initials; headers that agree on a person lift the doubt.
    """
    visits = _visits(columns, facts)
    for members in list(draft.members().values()):
        named = {visits[at] for at in members}
        if members[0] not in draft.weak or len(named) < 2 or _vouching(members, facts):
            continue
        for at in members:
            draft.split(at, f"visit:{visits[at]}", visits[at])
        draft.doubt(
            "Initials or single names are too weak to join recordings of different days or visits; "
            "they were kept apart."
        )


def _visits(columns: Sequence[Column], facts: Facts) -> list[str]:
    """Return the day of each recording; where none is known, the words for its session."""
    days = next((c.values for c in columns if c.kind == "date" and c.coverage == 1.0), facts.days)
    if all(days):
        return list(days)
    sessions = [c for c in columns if c.kind == "session" or c.priors.get("session", 0) >= 3]
    return ["+".join(c.texts[at] for c in sessions) for at in range(len(facts.days))]


def _vouching(members: Sequence[int], facts: Facts) -> list[str]:
    """Return the facts on which the headers of all these recordings agree."""
    return [
        fact
        for fact in ("birth", "name")
        if all(facts.get(fact)[at] >= 0 for at in members)
        and len({int(facts.get(fact)[at]) for at in members}) == 1
    ]


def _weigh(draft: _Draft, facts: Facts, ids: Sequence[str]) -> None:
    """Raise the confidence of groups for which headers or the table speak."""
    listed = match_ids(sorted({"/".join(p) for p in draft.parts}), ids) if ids else {}
    for members in draft.members().values():
        if len(members) < 2 or any("#" in part for part in draft.parts[members[0]]):
            continue
        vouching = _vouching(members, facts)
        label = "/".join(draft.parts[members[0]])
        for at in members:
            if vouching:
                draft.confidence[at] = max(draft.confidence[at], 0.97)
                draft.evidence[at].append(f"all headers agree on {' and '.join(vouching)}")
            elif label in listed and draft.confidence[at] >= 0.9:
                draft.confidence[at] = max(draft.confidence[at], 0.97)
            if label in listed:
                draft.evidence[at].append("the participants table lists it")


def _note_lookalikes(draft: _Draft, facts: Facts) -> None:
    """Say where headers name one person under several labels; they are never merged for that."""
    codes = draft.codes()
    for fact in ("name", "code"):
        fit = fit_fact(codes, facts.get(fact))
        if fit.distinctness < 1.0:
            draft.doubt(
                f"Some headers have the same {fact} under different labels; they were kept apart."
            )


def _finish(draft: _Draft) -> People:
    """Spell the labels: the commonest spelling of each participant, unlike all others."""
    labels = [""] * len(draft.keys)
    taken: set[str] = set()
    for key, members in draft.members().items():
        spellings = Counter("/".join(draft.parts[at]) for at in members)
        label = min(spellings, key=lambda text: (-spellings[text], text))
        label = label or key[0]
        number = 2
        unique = label
        while unique in taken:
            unique = f"{label} ({number})"
            number += 1
        taken.add(unique)
        for at in members:
            labels[at] = unique
    evidence = [tuple(dict.fromkeys(e)) for e in draft.evidence]
    return People(labels, draft.confidence, evidence, draft.used, draft.doubts)
