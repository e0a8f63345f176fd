"""Is a second column part of the identifier? Every rule by which equal codes are kept apart.

A column next to the one that names participants is innocent only if something says what else it
is: a session, a task, a run. A group, a site, an unknown word above equal codes, a second name, a
letter behind a family's number: all these split, unless headers or the table speak against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fascicle.core import PUBLISH_CONFIDENCE

from ._columns import Codes, Column
from ._facts import Facts, fit_fact
from ._people import Candidate, may_identify, stands_above
from ._tables import Table
from ._words import ARM_WORDS, FAMILY_KEYS

FULL_NAME = PUBLISH_CONFIDENCE
"""How sure a first name and a surname together are; initials or one name are less."""
REFINED = 0.93
"""How sure labels are that two columns share, when it is open which of them names people."""
UNEXPLAINED = 0.88
"""How sure a label is whose recordings differ in words that nobody knows: not split, but asked."""
_GROUPED = 0.95


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows for the identifier.

    Attributes
    ----------
    limit : float
        How sure labels are afterwards at most.
    doubt : str
        A sentence for a person to look at; empty if there is no doubt.
    """

    limit: float
    doubt: str = ""

    @classmethod
    def refined(cls, doubt: str) -> Verdict:
        """Return the verdict that both columns are used."""
        return cls(REFINED, doubt)


@dataclass(frozen=True, slots=True)
class Case:
    """The column that names participants, and what is known about them.

    Attributes
    ----------
    best : Candidate
        The column that was chosen.
    covered : ndarray of int64
        Positions of the recordings that have it.
    facts : Facts
        What headers say.
    table : Table or None
        The participants table.
    """

    best: Candidate
    covered: Codes
    facts: Facts
    table: Table | None

    @property
    def base(self) -> Codes:
        """The participant's values as small integers."""
        return self.best.column.codes[self.covered]

    @property
    def is_weak(self) -> bool:
        """True for initials and names, which are no identifiers by themselves."""
        return self.best.strength < PUBLISH_CONFIDENCE


def judge_column(column: Column, case: Case) -> Verdict | None:
    """Tell whether a column is part of the identifier.

    Parameters
    ----------
    column : Column
        A column other than the one that names participants.
    case : Case
        What is known.

    Returns
    -------
    Verdict or None
        None if the column is something else.
    """
    if not may_identify(column, len(case.covered)):
        return _judge_known(column, case)
    own = column.codes[case.covered]
    if column.kind == "key" and column.priors.get("participant", 0) >= 5:
        return Verdict.refined("Some paths hold two numbers that may each name a participant.")
    goes_with = column.kind != "key" and _goes_with_person(column, case, own)
    if goes_with and case.is_weak and column.kind == "word" and _is_own(case.base, own):
        return Verdict(FULL_NAME)
    if stands_above(column, case.best.column):
        return _judge_above(column, case, own)
    if goes_with:
        return Verdict.refined(
            "A second part of some paths differs where the first says one participant."
        )
    return None if column.kind == "key" else _judge_below(column, case, own)


def _judge_known(column: Column, case: Case) -> Verdict | None:
    """Judge a column whose part is known: groups split, treatments and days may."""
    if column.kind == "group" or column.priors.get("group", 0) >= 5:
        return Verdict(_GROUPED)
    own = column.codes[case.covered]
    if not stands_above(column, case.best.column) or _agrees(case, own):
        return None
    if column.priors.get("place", 0):
        return _judge_above(column, case, own)
    if column.kind == "session" and set(column.values) <= ARM_WORDS:
        return Verdict(UNEXPLAINED, "Treatments may be visits of one participant, or groups.")
    if column.kind == "date" and case.best.column.kind == "number" and _restarts(case, own):
        return Verdict.refined("Numbers begin anew every day; equal ones were kept apart.")
    return None


def _restarts(case: Case, days: Codes) -> bool:
    """Tell whether numbers count from the same start on nearly every day."""
    values = [case.best.column.values[at] for at in case.covered]
    numbers = np.array([int(v) if v.isdecimal() and len(v) < 9 else 0 for v in values])
    first = [numbers[days == day].min() for day in np.unique(days)]
    return len(first) >= 3 and float(np.mean(np.array(first) == numbers.min())) >= 0.8


def _judge_above(column: Column, case: Case, own: Codes) -> Verdict | None:
    """Judge unknown words above equal codes: groups or sites, unless headers say otherwise."""
    is_optional = column.coverage < 0.5 and column.place == "name"
    if is_optional or fit_fact(case.base, own + 1).consistency == 1.0 or _agrees(case, own):
        return None
    if _share_agreeing(case, own) is not None:
        return Verdict(_GROUPED)
    if case.table is not None and _lists_each_once(case.table, case.base, own):
        return None
    return Verdict.refined("Equal codes stand under different words of the paths; they were kept "
                           "apart.")  # fmt: skip


def _judge_below(column: Column, case: Case, own: Codes) -> Verdict | None:
    """Judge unknown words that differ between files of one label: tasks or family members."""
    best = case.best.column
    if column.kind == "number" and best.key not in FAMILY_KEYS:
        return None
    if fit_fact(case.base, own + 1).consistency == 1.0 or _agrees(case, own):
        return None
    is_letter = column.kind == "word" and all(len(v) <= 1 for v in column.values)
    if case.is_weak and _is_other_name(column, case, own):
        return Verdict.refined("Names that stand beside equal names were kept apart.")
    if best.key in FAMILY_KEYS or (is_letter and column.order == best.order + 1):
        return Verdict.refined("Letters behind a number may tell people apart; they were kept "
                               "apart.")  # fmt: skip
    return Verdict(UNEXPLAINED, "Words that are not known tell recordings of one label apart.")


def _agrees(case: Case, own: Codes) -> bool:
    """Tell whether headers name one person across a column, wherever they can."""
    agree = _share_agreeing(case, own)
    return agree is not None and agree == 1.0


def _share_agreeing(case: Case, own: Codes) -> float | None:
    """Return the share of labels whose headers name one person across a column, if any can."""
    for fact in ("birth", "name"):
        known = case.facts.get(fact)[case.covered]
        if len(np.unique(known[known >= 0])) < 2:
            continue
        spans = _find_spanning(case.base, own, known)
        if len(spans) >= 2:
            inside = np.isin(case.base, spans) & (known >= 0)
            return fit_fact(case.base[inside], known[inside]).consistency
    return None


def _find_spanning(base: Codes, own: Codes, known: Codes) -> list[int]:
    """Return the groups whose known facts stand under several values of a column."""
    pairs = np.unique(np.stack([base, own], axis=1)[known >= 0], axis=0)  # (n_pairs, 2)
    groups, counts = np.unique(pairs[:, 0], return_counts=True)
    return [int(g) for g in groups[counts > 1]]


def _lists_each_once(table: Table, base: Codes, own: Codes) -> bool:
    """Tell whether the table has one row for each code and no column that could be the group."""
    n_codes = len(np.unique(base[base >= 0]))
    if len(table.rows) != len(table.ids) or len(table.ids) != n_codes:
        return False
    few = [
        c for c in table.unknown
        if 1 < len({row.get(c, "") for row in table.rows}) <= len(np.unique(own))
    ]  # fmt: skip
    return "group" not in table.meaning and not few


def _goes_with_person(column: Column, case: Case, own: Codes) -> bool:
    """Tell whether a word or number belongs to the person: initials, a name, a hospital number."""
    if float(np.mean(own >= 0)) < (0.3 if case.is_weak else 0.8):
        return False
    fit = fit_fact(case.base, own)
    if column.kind == "number" and _is_small(column):
        return case.is_weak and fit.consistency >= 0.8
    several = fit.n_groups >= 2 and fit.consistency >= 0.8
    return several or (_is_own(case.base, own) and (case.is_weak or fit.consistency >= 0.5))


def _is_own(base: Codes, own: Codes) -> bool:
    """Tell whether most values of a column occur with one participant only."""
    seen = own >= 0
    pairs = np.unique(np.stack([own[seen], base[seen]], axis=1), axis=0)  # (n_pairs, 2)
    values, n_people = np.unique(pairs[:, 0], return_counts=True)
    return float(np.mean(n_people > 1)) <= 0.3 and len(values) >= 4


def _is_other_name(column: Column, case: Case, own: Codes) -> bool:
    """Tell whether a word may be the other half of a name: beside it, and with one name only.

    Few people show no pattern; a task that each name is followed by would be shared by several.
    """
    best = case.best.column
    seen = own >= 0
    pairs = np.unique(np.stack([own[seen], case.base[seen]], axis=1), axis=0)  # (n_pairs, 2)
    is_alone = len(np.unique(pairs[:, 0])) == len(pairs)
    is_beside = column.place == best.place and abs(column.order - best.order) == 1
    words = [column.texts[at] for at in case.covered if column.texts[at]]
    return column.kind == "word" and is_beside and is_alone and all(w[0].isupper() for w in words)


def _is_small(column: Column) -> bool:
    return max((int(v) for v in column.values if v.isdecimal()), default=0) <= 9
