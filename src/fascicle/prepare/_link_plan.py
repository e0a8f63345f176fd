"""Participants of a plan joined by a linking table that was named after looking."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fascicle.core import (
    Finding,
    Header,
    Inferred,
    Plan,
    PlannedParticipant,
    Severity,
    say_count,
)

from ._groups import find_groups
from ._link_tables import require_links
from ._linking import Links, join_people
from ._mixed import gather_aliases, name_sets
from ._people_facts import fill_subject, join_species
from ._roster import Roster, find_person_folders, forget_defaults, make_somebody
from ._tables import read_table
from ._visits import join_sessions


def link_plan(plan: Plan, headers: Mapping[str, Header], table: Path) -> Plan:
    """Join participants of a plan as a linking table says.

    Parameters
    ----------
    plan : Plan
        What was found; who is one already stays one.
    headers : mapping of str to Header
        By the recordings' keys; what is missing is taken from the plan.
    table : Path
        CSV, TSV or XLSX with a column of identifiers for each kind of recordings.

    Returns
    -------
    Plan
        With fewer participants; findings tell of rows that were not followed.

    Raises
    ------
    InputError
        FSC111 or FSC112 if it is no table, FSC130 if no two of its columns name participants.
    """
    found = read_table(table)
    roster, known = _gather(plan, headers)
    stated = require_links(found, roster)
    links = join_people(roster, stated.edges, _settled(roster, {}))
    return _relabel(plan, known, (roster, links, stated.findings))


def join_participants(
    plan: Plan, headers: Mapping[str, Header], sets: Sequence[Sequence[str]]
) -> Plan:
    """Join participants of a plan of whom it is known that they are one.

    Parameters
    ----------
    plan : Plan
        What was found.
    headers : mapping of str to Header
        By the recordings' keys; what is missing is taken from the plan.
    sets : sequence of sequence of str
        Raw ids that are one participant's.

    Returns
    -------
    Plan
        With fewer participants; a finding says so.
    """
    roster, known = _gather(plan, headers)
    owner = {raw_id: own[0] for own in sets for raw_id in own}
    links = join_people(roster, [], _settled(roster, owner))
    return _relabel(plan, known, (roster, links, [_tell_recalled(len(sets))]))


def _tell_recalled(n_people: int) -> Finding:
    return Finding(
        "participant.link-recalled",
        Severity.NOTE,
        "raw folder",
        f"Expected new participants, got {say_count(n_people, 'participant')} whom an earlier "
        "session joined across kinds of recordings; they were joined again.",
        "Nothing needs to be done; to part them, forget them in the vault.",
        "look",
    )


def _gather(plan: Plan, headers: Mapping[str, Header]) -> tuple[Roster, list[Header]]:
    """List everybody of a plan by kinds of recordings, with the header of each recording."""
    recordings = plan.recordings
    known = [headers.get(r.key) or Header(r.modality) for r in recordings]
    paths = [r.source.primary for r in recordings]
    groups = find_groups(paths, [r.source.format for r in recordings], known)
    roster = Roster(groups)
    aliases = {p.raw_id: p.aliases for p in plan.participants}
    for number, group in enumerate(groups):
        own: dict[str, list[int]] = defaultdict(list)
        for at in group.members:
            if raw_id := recordings[at].entities["participant"].value:
                own[raw_id].append(at)
        people = [
            make_somebody(number, raw_id, own[raw_id], (paths, known),
                          [*aliases.get(raw_id, ()), _without_kind(raw_id, group.word)])
            for raw_id in sorted(own)
        ]  # fmt: skip
        forget_defaults(people)
        find_person_folders(people, paths)
        roster.people += people
    return roster, known


def _without_kind(raw_id: str, word: str) -> str:
    """Return a name without the word that kept it apart from an equal one of another kind."""
    return re.sub(rf" \({re.escape(word)}\)$", "", raw_id)


def _settled(roster: Roster, owner: Mapping[str, str]) -> list[tuple[int, int]]:
    """Return pairs of groups' participants that have one name, or names of one owner."""
    first: dict[str, int] = {}
    names = [owner.get(one.label, one.label) for one in roster.people]
    return [(first[name], at) for at, name in enumerate(names) if first.setdefault(name, at) != at]


def _relabel(
    plan: Plan, headers: Sequence[Header], joined: tuple[Roster, Links, Sequence[Finding]]
) -> Plan:
    """Give the recordings of those who were joined one name."""
    roster, links, told = joined
    names = name_sets(links, roster)
    entities = [dict(r.entities) for r in plan.recordings]
    new: dict[str, str] = {}
    for own, sure, says, name in zip(links.sets, links.sure, links.says, names, strict=True):
        for person in (roster.people[number] for number in own):
            new[person.label] = name
            for at in person.members:
                known = entities[at]["participant"]
                evidence = tuple(dict.fromkeys((*known.evidence, *says)))
                entities[at]["participant"] = Inferred(name, min(known.confidence, sure), evidence)
    join_sessions(entities, roster.groups, headers)
    recordings = tuple(
        replace(r, entities=one) for r, one in zip(plan.recordings, entities, strict=True)
    )
    findings = [*plan.findings, *told, *links.findings]
    return replace(
        plan,
        recordings=recordings,
        participants=_merge(plan.participants, new, gather_aliases(links, roster, names)),
        identity_confidence=min([plan.identity_confidence, *links.sure]),
        findings=tuple(dict.fromkeys(findings)),
    )


def _merge(
    participants: Sequence[PlannedParticipant],
    new: Mapping[str, str],
    aliases: Mapping[str, tuple[str, ...]],
) -> tuple[PlannedParticipant, ...]:
    """Merge what the plan knows of those who are one."""
    merged: dict[str, PlannedParticipant] = {}
    for planned in participants:
        name = new.get(planned.raw_id, planned.raw_id)
        known = merged.get(name)
        before = known or PlannedParticipant(name)
        ids = (*before.aliases, *planned.aliases, *aliases.get(name, ()), planned.raw_id)
        species, said_by = join_species(known, planned)
        merged[name] = PlannedParticipant(
            name,
            replace(fill_subject(before.subject, planned.subject), species=species),
            planned.columns | before.columns,
            tuple(text for text in dict.fromkeys(ids) if text != name),
            said_by,
        )
    return tuple(merged[name] for name in sorted(merged))
