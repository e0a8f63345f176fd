"""What tables and headers say of each participant of a plan."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fascicle.core import (
    Finding,
    Header,
    PlannedParticipant,
    PlannedRecording,
    Severity,
    Subject,
    say_count,
)
from fascicle.govern import is_animal

from ._questions import HUMAN
from ._tables import Table, match_ids, read_subject

_DAYS_PER_YEAR = 365.2425
_PERSON = re.compile(
    r"(?i)\bhomo\b|\bhumans?\b|sapiens|\bpatients?\b|\bpersons?\b|\bpeople\b|volunteer|ncbitaxon.9606\b"
)
_KNOWN = ("id", "name", "first_name", "sex", "age", "birth", "hand")


def plan_participants(
    recordings: Sequence[PlannedRecording],
    headers: Mapping[str, Header],
    table: Table | None,
    aliases: Mapping[str, tuple[str, ...]],
) -> tuple[tuple[PlannedParticipant, ...], dict[str, str]]:
    """Gather what table and headers say about each participant; the table goes first.

    Parameters
    ----------
    recordings : sequence of PlannedRecording
        All of the plan.
    headers : mapping of str to Header
        By the recordings' keys.
    table : Table or None
        The participants table.
    aliases : mapping of str to tuple of str
        What other kinds of recordings call a participant.

    Returns
    -------
    tuple
        The participants in order of their raw ids, and raw id to id in the table.
    """
    own: dict[str, list[Header]] = {}
    for recording in recordings:
        if raw_id := recording.entities["participant"].value:  # unknown where a file lies aside
            own.setdefault(raw_id, []).append(headers[recording.key])
    paired = _pair(sorted(own), aliases, table) if table is not None else {}
    planned: list[PlannedParticipant] = []
    for raw_id in sorted(own):
        subject, columns = Subject(), dict[str, str]()
        if table is not None and raw_id in paired:
            row = next(r for r in table.rows if table.get(r, "id") == paired[raw_id])
            subject = read_subject(table, row)
            known = {c for role, c in table.meaning.items() if role in _KNOWN or role[:3] == "id "}
            columns = {c: v for c, v in row.items() if c not in known and v}
        species, said_by = state_species(subject.species, own[raw_id])
        for header in own[raw_id]:
            subject = fill_subject(subject, header.subject)
        subject = replace(add_age(subject, own[raw_id]), species=species)
        others = aliases.get(raw_id, ())
        planned.append(PlannedParticipant(raw_id, subject, columns, others, said_by))
    return tuple(planned), paired


def state_species(listed: str, headers: Sequence[Header]) -> tuple[str, str]:
    """Return the species of a participant and what says it; in doubt it is a person.

    Parameters
    ----------
    listed : str
        As a participants table says; empty if it says nothing.
    headers : sequence of Header
        Of all recordings of the participant.

    Returns
    -------
    tuple of str and str
        A species that is certainly an animal's or human, or nothing; ``"table"`` or ``"headers"``.
        A person in one header outweighs an animal in the table. Headers make an animal only where
        each of them names one: a file of a probe says nothing of a head in another.

    Examples
    --------
    >>> state_species("Mus musculus", []), state_species("Muss musculus", [])
    (('Mus musculus', 'table'), ('homo sapiens', 'table'))
    """
    stated = [_plain_species(header.subject.species) for header in headers]
    if any(_PERSON.search(text) for text in stated):
        return HUMAN, "headers"
    if listed:
        plain = _plain_species(listed)
        return (plain if is_animal(plain) else HUMAN), "table"
    if stated and all(map(is_animal, stated)):
        return stated[0], "headers"
    return "", ""


def join_species(known: PlannedParticipant | None, more: PlannedParticipant) -> tuple[str, str]:
    """Return the species of two who are one, and what says it; a person with anybody is a person.

    Parameters
    ----------
    known : PlannedParticipant or None
        The one; None if there is only the other.
    more : PlannedParticipant
        The other.

    Examples
    --------
    >>> mouse = PlannedParticipant("m1", Subject(species="mus musculus"), species_from="headers")
    >>> join_species(PlannedParticipant("P1"), mouse), join_species(None, mouse)
    (('', ''), ('mus musculus', 'headers'))
    """
    said = [one for one in (known, more) if one is not None]
    people = [one for one in said if one.subject.species and not is_animal(one.subject.species)]
    listed = [one for one in said if one.subject.species and one.species_from != "headers"]
    if not people and not listed and not all(one.subject.species for one in said):
        return "", ""
    first = [*people, *listed, *said][0]
    return first.subject.species, first.species_from


def _plain_species(text: str) -> str:
    """Return a species without the common name that older NWB files put behind it."""
    return text.partition(" - ")[0].strip()


def find_doubtful_species(
    participants: Sequence[PlannedParticipant], listed: Mapping[str, str]
) -> list[Finding]:
    """Say whose table and headers differ, and whom headers alone make animals.

    Parameters
    ----------
    participants : sequence of PlannedParticipant
        Of the plan.
    listed : mapping of str to str
        What the table says of the species, by raw id.

    Returns
    -------
    list of Finding
        Without names.
    """
    found = []
    differing = sum(
        one.species_from == "headers"
        and one.subject.species == HUMAN
        and is_animal(_plain_species(listed.get(one.raw_id, "")))
        for one in participants
    )
    if differing:
        found.append(_doubt(
            "species.differ",
            "Expected table and headers to name the same species, got a table that calls "
            f"{say_count(differing, 'participant')} an animal and headers that name a person: "
            "they count as people.",
        ))  # fmt: skip
    claimed = sum(
        one.species_from == "headers" and one.subject.species != HUMAN for one in participants
    )
    if claimed:
        found.append(_doubt(
            "species.claimed",
            f"Expected a table to say the species, got it of {say_count(claimed, 'participant')} "
            "from headers alone: they count as animals, but what would show a person is held "
            "back.",
        ))  # fmt: skip
    return found


def _doubt(code: str, reason: str) -> Finding:
    fix = "Give a table of participants with a column species, or the option --species."
    return Finding(code, Severity.WARNING, "raw folder", reason, fix, "look")


def _pair(
    people: Sequence[str], aliases: Mapping[str, tuple[str, ...]], table: Table
) -> dict[str, str]:
    """Pair participants with rows, by their raw ids or else by what else they are called."""
    paired = match_ids(people, table.ids)
    taken = set(paired.values())
    owners = {alias: raw_id for raw_id in people for alias in aliases.get(raw_id, ())}
    for alias, one in match_ids(sorted(owners), table.ids).items():
        if owners[alias] not in paired and one not in taken:
            paired[owners[alias]] = one
    return paired


def fill_subject(subject: Subject, more: Subject) -> Subject:
    """Return a subject in which what was missing is filled from another.

    Examples
    --------
    >>> fill_subject(Subject(sex="F"), Subject(sex="M", hand="L")).hand
    'L'
    """
    return replace(
        subject,
        code=subject.code or more.code,
        name=subject.name or more.name,
        birth=subject.birth or more.birth,
        age_years=subject.age_years if subject.age_years is not None else more.age_years,
        sex=subject.sex or more.sex,
        hand=subject.hand or more.hand,
        species=subject.species or more.species,
    )


def add_age(subject: Subject, headers: Sequence[Header]) -> Subject:
    """Return a subject with the age at the first recording, where only the birth was known."""
    days = [header.measured_at.date() for header in headers if header.measured_at]
    if subject.age_years is not None or subject.birth is None or not days:
        return subject
    age_years = (min(days) - subject.birth).days / _DAYS_PER_YEAR
    return replace(subject, age_years=age_years) if age_years >= 0 else subject
