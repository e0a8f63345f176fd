"""Which column of the paths names the participant: every candidate is scored, the best is taken.

A score adds what the column's own words say, where it stands, how many values it has, how well the
facts in headers stay inside its groups, and how many of its values a participants table lists.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fascicle.core import PUBLISH_CONFIDENCE

from ._columns import Codes, Column, combine
from ._facts import Facts, fit_fact
from ._tables import match_ids
from ._words import FAMILY_KEYS

MIN_SCORE = 3.0
"""Below it no column is taken for the participant."""
NEAR = 1.0
"""Candidates within this distance of the best are taken for as likely as the best."""
_CANDIDATES = frozenset({"key", "word", "code", "number"})
_MIN_LONG = 5
_MIN_LISTED = 0.8
"""Two words are one id if a table lists this share of the pairs."""
_ANIMAL_KEYS = frozenset({"m", "r"})
"""Letters that stand before the number of a mouse or a rat, and of a month or a run."""
_MONTH = "m"
_N_MONTHS = 12
_FEWEST_DAYS = 2
"""One month agrees with one number by chance."""
_NAMED = 2.0
"""Weight of a word from which on the number behind it counts people, whatever else agrees."""
_KEYED = re.compile(r"([a-z]*)(\d{1,6})")
_CALENDAR_KEYS = frozenset({"d", "j", "y", "tag", "jour", "year", "jahr", "an", "annee"})


@dataclass(frozen=True)
class Candidate:
    """A column as the participant, with its score and how strong an identifier it is.

    Attributes
    ----------
    column : Column
        The column.
    score : float
        The higher, the likelier that it names participants.
    strength : float
        How sure it is that equal values are one person's, if it does name participants: a number
        in a study's own scheme is made to be unique, initials are not.
    evidence : tuple of str
        Sentences that say why.
    """

    column: Column
    score: float
    strength: float
    evidence: tuple[str, ...]


def join_listed(columns: Sequence[Column], ids: Sequence[str]) -> tuple[Column, ...]:
    """Make one column of two words that a participants table lists as one id: ``Meier_Anna``.

    Parameters
    ----------
    columns : sequence of Column
        From `fascicle.prepare._columns.make_columns`.
    ids : sequence of str
        Ids of a participants table; empty without one.

    Returns
    -------
    tuple of Column
        The same columns, with each such pair replaced.
    """
    joined: list[Column] = []
    for column in columns:
        before = joined[-1] if joined else None
        pair = _join(before, column) if before is not None and ids else None
        if pair is not None and _share_listed(pair, ids) >= _MIN_LISTED:
            joined[-1] = pair
        else:
            joined.append(column)
    return tuple(joined)


def _join(one: Column, other: Column) -> Column | None:
    """Return two words that stand side by side in the same paths as one code."""
    is_beside = one.place == other.place and other.order == one.order + 1
    if not is_beside or {one.kind, other.kind} != {"word"}:
        return None
    if any(bool(a) != bool(b) for a, b in zip(one.values, other.values, strict=True)):
        return None
    values, texts = (
        [f"{a}_{b}" if a else "" for a, b in zip(*both, strict=True)]
        for both in ((one.values, other.values), (one.texts, other.texts))
    )
    conflicts = one.conflicts | other.conflicts
    n_places = min(one.n_places, other.n_places)
    return Column("code", one.place, "", one.order, values, texts, conflicts, n_places)


def _share_listed(column: Column, ids: Sequence[str]) -> float:
    """Return the share of a column's values that a participants table lists."""
    texts = sorted({text for text in column.texts if text})
    return len(match_ids(texts, ids)) / max(1, len(texts))


def rank_candidates(
    columns: Sequence[Column], facts: Facts, ids: Sequence[str], subset: Codes
) -> list[Candidate]:
    """Score all columns that could name the participant of some recordings.

    Parameters
    ----------
    columns : sequence of Column
        From `fascicle.prepare._columns.make_columns`.
    facts : Facts
        What headers say.
    ids : sequence of str
        Ids of a participants table, if there is one.
    subset : ndarray of int64
        Positions of the recordings in question.

    Returns
    -------
    list of Candidate
        The best first.
    """
    found: list[Candidate] = []
    free_seen: set[str] = set()
    by_calendar = any(_is_calendar(column, subset) for column in columns)
    for column in columns:
        if column.kind not in _CANDIDATES or (by_calendar and _are_months(column, subset)):
            continue
        codes = column.codes[subset]
        if not (codes >= 0).any():
            continue
        is_first = column.place not in free_seen
        free_seen.add(column.place)
        candidate = _score(
            column, codes, is_first, (facts, ids, _codes_above(columns, column, subset)), subset
        )
        if candidate is not None:
            found.append(candidate)
    return sorted(found, key=lambda c: (-c.score, c.column.order))


def _score(
    column: Column,
    codes: Codes,
    is_first: bool,
    known: tuple[Facts, Sequence[str], Codes],
    subset: Codes,
) -> Candidate | None:
    facts, ids, apart = known
    n = len(codes)
    coverage = float(np.mean(codes >= 0))
    n_values = len(np.unique(codes[codes >= 0]))
    base, strength, says = _judge_form(column, [column.texts[i] for i in subset])
    if n_values == 1 and n > 1 and base < 2.5:
        return None
    score = base + 4.0 * (coverage - 1.0) + min(3.0, math.log2(n_values) / 1.5)
    score -= 1.0 if n_values == 1 and n >= 4 else 0.0
    score -= 1.0 if n_values == n > 6 else 0.0
    # Few words over many recordings are sites or conditions; people are more.
    score -= 1.0 if column.kind == "word" and n_values <= 3 and n >= 20 else 0.0
    score -= 3.0 if _are_years(column, subset) else 0.0
    score += (1.5 if column.place == "dir" else 0.8) if is_first else 0.0
    evidence = [f"{column.describe()}: {says}, {n_values} different values in {n} recordings"]
    if column.n_places > 1:
        score += 2.0
        evidence.append("it stands in more than one place of the path")
    # Equal codes in two groups or sites are two people: headers are held against both readings.
    both = [_agreement(one, facts, subset) for one in (codes, _within(codes, apart))]
    agreement = max((a for a in both if a is not None), default=None)
    if agreement is not None:
        score += agreement
        word = "agree" if agreement > 0 else "do not agree"
        evidence.append(f"facts about persons in headers {word} with it")
        if n_values == n > 2 and agreement <= -0.9:
            return None  # a counter: headers know people of whom it knows nothing
    if ids:
        texts = sorted({column.texts[i] for i in subset if column.texts[i]})
        share = len(match_ids(texts, ids)) / max(1, len(texts))
        if share >= 0.3:
            score += 4.0 * share
            evidence.append(f"the participants table lists {share:.0%} of its values")
    return Candidate(column, score, strength, tuple(evidence))


def find_animals(columns: Sequence[Column], subset: Codes) -> Candidate | None:
    """Return the folders that number mice or rats, for paths in which nothing else names anybody.

    ``m03`` may be the third month as well, and ``r07`` the seventh run: it is a month only beside
    a day or a year, and a run only below a participant.

    Parameters
    ----------
    columns : sequence of Column
        From `fascicle.prepare._columns.make_columns`.
    subset : ndarray of int64
        Positions of the recordings in question.

    Returns
    -------
    Candidate or None
        What it joins is to be asked for.
    """
    found = [c for c in columns if c.place == "dir" and c.kind == "key" and c.key in _ANIMAL_KEYS
             and (c.codes[subset] >= 0).all()]  # fmt: skip
    by_calendar = any(_is_calendar(column, subset) for column in columns)
    if len(found) != 1 or (by_calendar and _are_months(found[0], subset)):
        return None
    column = found[0]
    n_values = len(np.unique(column.codes[subset]))
    says = f"nothing else in the paths names anybody, {n_values} different values"
    return Candidate(column, MIN_SCORE, PUBLISH_CONFIDENCE, (f"{column.describe()}: {says}",))


def follows_days(column: Column, columns: Sequence[Column], facts: Facts, subset: Codes) -> bool:
    """Tell whether numbers are the months, days or weeks in which their recordings were made.

    Such folders may hold everybody who came then.

    Parameters
    ----------
    column : Column
        The one in question; none behind a word for participants.
    columns : sequence of Column
        From `fascicle.prepare._columns.make_columns`: one may be the day.
    facts : Facts
        What headers say of the day.
    subset : ndarray of int64
        Positions of the recordings in question.

    Returns
    -------
    bool
        False unless the day of all of them is known, and there are two numbers or more.
    """
    if column.priors.get("participant", 0.0) > _NAMED:
        return False
    dated = next((one.values for one in columns if one.kind == "date"), facts.days)
    pairs = set()
    for at in subset.tolist():
        number, day = _KEYED.fullmatch(column.values[at]), dated[at][:10] or facts.days[at]
        if number is None or not day:
            return False
        pairs.add((int(number[2]), date.fromisoformat(day)))
    counted = [
        (number == day.month, number == day.day, number == day.isocalendar().week)
        for number, day in pairs
    ]
    is_several = len({number for number, _ in pairs}) >= _FEWEST_DAYS
    return is_several and any(map(all, zip(*counted, strict=True)))


def _is_calendar(column: Column, subset: Codes) -> bool:
    """Tell whether a column counts days or years, beside which a number may be a month."""
    key, numbers = _split_key(column, subset)
    if column.kind == "number" and numbers:
        return _are_years(column, subset)
    return key in _CALENDAR_KEYS and len(numbers) > 0


def _are_months(column: Column, subset: Codes) -> bool:
    """Tell whether all values are the letter of months and a number that a month can have."""
    key, numbers = _split_key(column, subset)
    return key == _MONTH and all(1 <= number <= _N_MONTHS for number in numbers)


def _split_key(column: Column, subset: Codes) -> tuple[str, list[int]]:
    """Return the word before the numbers of a column, and the numbers; nothing if it has others.

    Where few folders are numbered, ``m01`` and ``m12`` are still codes without a key.
    """
    values = {column.values[at] for at in subset if column.values[at]}
    parts = [_KEYED.fullmatch(value) for value in values]
    keys = {part[1] for part in parts if part} | ({column.key} - {""})
    if not all(parts) or len(keys - {""}) > 1:
        return "", []
    return max(keys, default=""), [int(part[2]) for part in parts if part]


def may_identify(column: Column, n: int) -> bool:
    """Tell whether a column could be part of an identifier: nothing says that it is another thing.

    A number that differs from file to file is a counter, and no part of a person.
    """
    if column.kind == "number":
        return column.n_values <= 0.5 * n
    if column.kind == "key":
        others = [w for role, w in column.priors.items() if role != "participant"]
        return column.priors.get("participant", 0.0) > max(others, default=0.0)
    return column.kind in _CANDIDATES


def stands_above(column: Column, person: Column) -> bool:
    """Tell whether a folder or word stands before the participant's: a group or a site may."""
    return column.order < person.order or (column.place == "dir" and person.place == "name")


def _codes_above(columns: Sequence[Column], person: Column, subset: Codes) -> Codes:
    """Return one integer for each combination of words above a column that may be groups."""
    found = [
        c.codes[subset]
        for c in columns
        if c.kind == "group"
        or c.priors.get("group", 0) >= 5
        or (
            c is not person
            and may_identify(c, len(subset))
            and (stands_above(c, person) or person.key in FAMILY_KEYS)
        )
    ]
    return combine(found) if found else np.zeros(len(subset), dtype=np.int64)


def _within(codes: Codes, apart: Codes) -> Codes:
    """Return codes that are equal only inside one group."""
    both = combine([codes, apart])
    return np.where(codes >= 0, both, -1)


def _are_years(column: Column, subset: Codes) -> bool:
    """Tell whether all values are years: P2019_07 is the seventh of 2019, not number 2019."""
    values = {column.values[i] for i in subset if column.values[i]}
    return all(v.isdecimal() and 1950 <= int(v) <= 2049 for v in values)


def _judge_form(column: Column, texts: Sequence[str]) -> tuple[float, float, str]:
    """Return score, strength as an identifier, and the reason, from the values' own form."""
    filled = [t for t in texts if t]
    if column.kind == "key":
        return _judge_key(column)
    if column.kind == "code":
        return 2.5, 0.95, "codes of letters and digits"
    return _judge_numbers(filled) if column.kind == "number" else _judge_words(filled)


def _judge_key(column: Column) -> tuple[float, float, str]:
    own = column.priors.get("participant", 0.0)
    other = max((w for role, w in column.priors.items() if role != "participant"), default=0.0)
    if own >= 5:
        return own - 0.7 * other, 0.97, "a word for participants and a number"
    return own - 0.7 * other, 0.95, "a letter or study code and a number"


def _judge_numbers(texts: Sequence[str]) -> tuple[float, float, str]:
    if np.median([len(t) for t in texts]) >= _MIN_LONG:
        return 3.0, 0.96, "long numbers"
    if any(t[0] == "0" and len(t) > 1 for t in texts):
        return 2.0, 0.93, "numbers with leading zeros"
    is_low = max((int(t) for t in texts if t.isdecimal()), default=0) <= 3
    return (-1.0 if is_low else 1.0), 0.93, "numbers"


def _judge_words(texts: Sequence[str]) -> tuple[float, float, str]:
    if all(len(t) == 1 for t in texts):
        return -2.0, 0.6, "single letters"
    if sum(t.isupper() and 2 <= len(t) <= 3 for t in texts) >= 0.8 * len(texts):
        return 2.0, 0.6, "short capitals, as initials are"
    if sum(t[0].isupper() for t in texts) >= 0.8 * len(texts):
        return 1.5, 0.6, "capitalised words, as names are"
    return 0.0, 0.6, "words"


def _agreement(codes: Codes, facts: Facts, subset: Codes) -> float | None:
    """Return from -4 to 4 how well a grouping keeps the facts about persons together."""
    scores: list[float] = []
    for fact in ("birth", "name", "code"):
        fit = fit_fact(codes, facts.get(fact)[subset])
        if fit.n_groups or (facts.get(fact)[subset] >= 0).sum() >= 2:
            together = 3.0 * (2.0 * fit.consistency - 1.0) if fit.n_groups else 0.0
            scores.append(together + 2.0 * (fit.distinctness - 0.5))
    return float(np.mean(scores)) if scores else None
