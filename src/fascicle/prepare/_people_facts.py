"""What tables and headers say of each participant of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fascicle.core import Header, PlannedParticipant, PlannedRecording, Subject

from ._tables import Table, match_ids, read_subject

_DAYS_PER_YEAR = 365.2425
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
        for header in own[raw_id]:
            subject = fill_subject(subject, header.subject)
        subject = add_age(subject, own[raw_id])
        planned.append(PlannedParticipant(raw_id, subject, columns, aliases.get(raw_id, ())))
    return tuple(planned), paired


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
