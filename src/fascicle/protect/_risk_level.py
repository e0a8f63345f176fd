"""How likely it is that somebody is found again, as a level, with its reasons in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from fascicle.core import say_count

from ._risk_signals import Linkage, TraitTold
from ._risk_table import RARE, TableRisk

_MANY_UNIQUE = 0.2
_MOST_NAMED = 0.5
_RARELY = 0.01


class Level(IntEnum):
    """How high a risk is."""

    LOW = 1
    MODERATE = 2
    HIGH = 3
    VERY_HIGH = 4

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class RiskContext:
    """What is known about a dataset beside table and signals.

    Attributes
    ----------
    modalities : tuple of str
        Data types.
    policy : str
        Policy under which it was de-identified; empty if nobody says.
    are_dates_shifted : bool
        Whether that policy moved dates.
    n_heads, n_defaced : int
        Images of heads, and how many of them have lost their face.
    n_dated : int
        Tables other than the participants' that tell exact dates: of scans, of sessions.
    n_repeats : int
        Tables other than the participants' that repeat one of its columns.
    n_kin : int
        Other datasets in the commons that may hold the same people.
    n_same_quasi : int
        Other datasets in the commons that tell ages or sexes of people of the same kind.
    """

    modalities: tuple[str, ...] = ()
    policy: str = ""
    are_dates_shifted: bool = False
    n_heads: int = 0
    n_defaced: int = 0
    n_dated: int = 0
    n_repeats: int = 0
    n_kin: int = 0
    n_same_quasi: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that makes people easier to find.

    Attributes
    ----------
    level : Level
        The level that it alone would give.
    words : str
        What it is, for a data steward.
    """

    level: Level
    words: str


def judge_risk(
    table: TableRisk | None,
    linkages: Iterable[Linkage] = (),
    traits: Iterable[TraitTold] = (),
    context: RiskContext | None = None,
) -> tuple[Level, tuple[Reason, ...]]:
    """Judge how likely it is that somebody of a dataset is found again.

    The level is that of the gravest reason; two that are high make it very high, because an
    attacker may use both. Halves and sessions of one kind of recording are one way, and count once.

    Parameters
    ----------
    table : TableRisk or None
        What the participants table gives away.
    linkages : iterable of Linkage
        How often recordings were named by others of the same person.
    traits : iterable of TraitTold
        What signals tell of a person.
    context : RiskContext, optional
        What is known beside them.

    Returns
    -------
    Level and tuple of Reason
        The reasons, gravest first.

    Examples
    --------
    >>> linked = Linkage("connectome, halves", 30, 30, (0.88, 1.0), 1 / 30)
    >>> level, reasons = judge_risk(None, [linked])
    >>> str(level), reasons[0].words
    ('high', 'connectome, halves: 30 of 30 people were named by another recording of theirs.')
    """
    around = context or RiskContext()
    n_dates = table.n_exact_dates if table else 0
    linked = [(one.what.partition(",")[0], why) for one in linkages for why in _judge_linkage(one)]
    found = [
        *(_judge_table(table) if table else ()),
        *_judge_dates(n_dates, around),
        *(reason for _, reason in linked),
        *(reason for one in traits for reason in _judge_trait(one)),
        *_judge_context(around),
    ]
    found.sort(key=lambda reason: -reason.level)
    if not found:
        return Level.LOW, (Reason(Level.LOW, "Nothing was found that points to single people."),)
    n_high = sum(reason.level is Level.HIGH for reason in found)
    alike = [kind for kind, reason in linked if reason.level is Level.HIGH]
    n_high -= len(alike) - len(set(alike))
    return (Level.VERY_HIGH if n_high > 1 else found[0].level), tuple(found)


def _judge_table(table: TableRisk) -> Iterator[Reason]:
    """Yield what the table alone is reason for."""
    records = table.records
    if table.n_direct:
        words = f"{say_count(table.n_direct, 'column')} of the table may name people outright."
        yield Reason(Level.VERY_HIGH, words)
    if records.n_records and records.k < table.min_size:
        share = records.n_unique / records.n_records
        grave = share >= _MANY_UNIQUE or records.mean_risk >= _MOST_NAMED
        yield Reason(
            Level.HIGH if grave else Level.MODERATE,
            f"{records.n_unique} of {say_count(records.n_records, 'person', 'people')} alone with "
            f"their values; {records.share_small:.0%} share theirs with fewer than "
            f"{table.min_size - 1} others.",
        )
    yield from _judge_groups(table)


def _judge_dates(n_columns: int, context: RiskContext) -> Iterator[Reason]:
    """Yield a reason for dates; those that a policy has moved keep their intervals alone."""
    where = (
        f"{say_count(n_columns, 'column')} of the table" if n_columns else "",
        f"{say_count(context.n_dated, 'other table')}" if context.n_dated else "",
    )
    if places := " and ".join(place for place in where if place):
        if context.are_dates_shifted:
            told = f"Dates in {places}: moved for each person, with the days between them as true."
            yield Reason(Level.MODERATE, told)
        else:
            yield Reason(Level.HIGH, f"Exact dates in {places}.")


def _judge_groups(table: TableRisk) -> Iterator[Reason]:
    if table.n_small_sites:
        told = f"{say_count(table.n_small_sites, 'site')} with fewer than {table.min_size} people."
        yield Reason(Level.MODERATE, told)
    if table.n_places:
        told = f"The table has {say_count(table.n_places, 'column')} of places."
        yield Reason(Level.MODERATE, told)
    if rare := [one for one in table.sensitive if one.n_rare_values]:
        counts = ", ".join(
            f"{one.name} ({say_count(one.n_rare_people, 'person', 'people')})" for one in rare
        )
        yield Reason(Level.MODERATE, f"Values that fewer than {RARE} people have: {counts}.")
    if poor := [one.name for one in table.sensitive if one.l_distinct == 1]:
        yield Reason(
            Level.MODERATE,
            f"{', '.join(poor)}: in some classes all have one value, so that to know that somebody "
            "is in such a class is to know it.",
        )


def _judge_linkage(found: Linkage) -> Iterator[Reason]:
    """Yield a reason where people were named more often than by chance, and were enough."""
    words = (
        f"{found.what}: {found.n_hits} of {found.n_people} people were named by another recording "
        "of theirs."
    )
    if not found.is_established:
        return
    if found.interval[0] > _MOST_NAMED:
        yield Reason(Level.HIGH, words)
    elif found.interval[0] > found.chance:
        yield Reason(Level.MODERATE, words)


def _judge_trait(told: TraitTold) -> Iterator[Reason]:
    if told.is_established and told.p <= _RARELY:
        how = (
            f"a correlation of {told.score:.2f}"
            if told.is_number
            else f"{told.score:.0%} right, the commonest value alone {told.baseline:.0%}"
        )
        yield Reason(Level.MODERATE, f"{told.column} is told from the {told.what}: {how}.")


def _judge_context(context: RiskContext) -> Iterator[Reason]:
    if (n_faces := context.n_heads - context.n_defaced) > 0:
        told = f"{say_count(n_faces, 'image')} of heads may show the face."
        yield Reason(Level.HIGH, told)
    if context.n_kin:
        told = (
            f"{say_count(context.n_kin, 'other dataset')} in the commons may hold the same people."
        )
        yield Reason(Level.MODERATE, told)
    if context.n_repeats:
        told = f"{say_count(context.n_repeats, 'other table')} of the dataset: same columns again."
        yield Reason(Level.MODERATE, told)
    if context.n_same_quasi:
        told = (
            f"{say_count(context.n_same_quasi, 'other dataset')} in the commons: ages and sexes of "
            "people like these, for whoever compares."
        )
        yield Reason(Level.LOW, told)
