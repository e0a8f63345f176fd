"""Everything about a folder of several kinds of recordings: each group apart, then together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from fascicle.core import Finding, Inferred, Severity, say_count

from ._grouped import Evidence, Part, infer_groups, list_people
from ._groups import Group, find_groups
from ._identifiers import Weight, spell_id, weigh_ids
from ._identity import People
from ._infer import Inference
from ._link_tables import LinkTable, read_links, require_links, turn_table
from ._linking import Links, join_people
from ._questions import HUMAN
from ._roster import Roster, compare, find_person_folders
from ._tables import Table, match_ids
from ._visits import join_sessions
from ._words import SPECIES


@dataclass
class Mixed:
    """What was settled on for each recording, and who was joined.

    Attributes
    ----------
    found : Inference
        In the order of the paths; participants are joined.
    table : Table or None
        The table that describes participants.
    aliases : dict of str to tuple of str
        By participant, the other identifiers that recordings bear.
    findings : list of Finding
        What contradicts.
    open_groups : tuple of str
        Words for the groups whose participants may be the same, which nothing tells.
    links : tuple of Table
        The tables that say who is who across groups.
    species : dict of str to str
        By participant, where some are animals and not all are known to be; else empty.
    """

    found: Inference
    table: Table | None = None
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    open_groups: tuple[str, ...] = ()
    links: tuple[Table, ...] = ()
    species: dict[str, str] = field(default_factory=dict)


def infer_mixed(
    seen: Evidence, tables: Sequence[Table] = (), *, link: Table | None = None
) -> Mixed:
    """Settle the entities of recordings of any kinds.

    Parameters
    ----------
    seen : Evidence
        Paths, formats and headers.
    tables : sequence of Table
        Tables that may describe participants, or link their identifiers.
    link : Table or None
        A linking table that a person named.

    Returns
    -------
    Mixed
        One inference over all.

    Examples
    --------
    >>> from pathlib import PurePosixPath
    >>> from fascicle.core import Header, Modality, Subject
    >>> files = [PurePosixPath(n) for n in ("eeg/P1_rest.edf", "eeg/P2_rest.edf", "mri/IM1")]
    >>> heads = [Header(Modality.EEG, 250.0, 1009)] * 2
    >>> scan = Header(Modality.ANAT, subject=Subject(code="P2"))
    >>> mixed = infer_mixed(Evidence(files, ["edf", "edf", "dicom"], [*heads, scan]))
    >>> mixed.found.people.labels
    ['P1', 'P2', 'P2']
    """
    groups = find_groups(seen.paths, seen.formats, seen.headers)
    described = [table for table in tables if "id" in table.meaning]
    if len(groups) > 1:
        described += [turned for t in (link, *tables) if t is not None for turned in turn_table(t)]
    parts = infer_groups(groups, seen, described)
    roster = _make_roster(groups, parts, seen)
    stated = require_links(link, roster) if link is not None else read_links(tables, roster)
    links = join_people(roster, stated.edges) if len(groups) > 1 else _leave(roster)
    names = name_sets(links, roster)
    found = _join_parts(groups, parts, (roster, links, names), len(seen.paths))
    if len(groups) > 1:
        join_sessions(found.entities, groups, seen.headers)
    if any(finding.severity is Severity.WARNING for finding in stated.findings):
        found.people.doubts.append("Some rows of a linking table could not be followed.")
    return Mixed(
        found=found,
        table=_choose_table([part.table for part in parts], roster, stated.tables),
        aliases=gather_aliases(links, roster, names),
        findings=[*stated.findings, *links.findings, *_tell_joined(links)],
        open_groups=() if link is not None else find_open(roster, links),
        links=tuple(found.table for found in stated.tables),
        species=_list_species(links, roster, names),
    )


def _make_roster(groups: Sequence[Group], parts: Sequence[Part], seen: Evidence) -> Roster:
    roster = Roster(groups)
    for number, (group, part) in enumerate(zip(groups, parts, strict=True)):
        people = list_people(number, group.members, part, seen)
        find_person_folders(people, seen.paths)
        roster.people += people
    return roster


def _leave(roster: Roster) -> Links:
    """Leave everybody alone."""
    n = len(roster.people)
    return Links([[at] for at in range(n)], [1.0] * n, [()] * n)


def _tell_joined(links: Links) -> list[Finding]:
    """Say how many participants were joined and why, so that a person can look whether it holds."""
    reasons: Counter[str] = Counter()
    for own, says in zip(links.sets, links.says, strict=True):
        if len(own) > 1:
            reasons["; ".join(says)] += 1
    return [
        Finding(
            "participant.joined",
            Severity.NOTE,
            "raw folder",
            f"Expected to be told who is who across kinds of recordings, got reasons to join "
            f"{say_count(n, 'participant')}: {reason}.",
            "Look whether it holds; if not, correct the participants in the plan.",
            "look",
        )
        for reason, n in sorted(reasons.items())
    ]


def name_sets(links: Links, roster: Roster) -> list[str]:
    """Name each set by its first member; an equal name of somebody else says of which kind it is.

    Parameters
    ----------
    links : Links
        Who was joined.
    roster : Roster
        Everybody.

    Returns
    -------
    list of str
        A name for each set, no two equal.
    """
    names: dict[str, None] = {}
    for own in links.sets:
        first = roster.people[own[0]]
        name = first.label
        if name in names:
            name = f"{first.label} ({roster.groups[first.group].word})"
        number = 2
        while name in names:
            name, number = f"{first.label} ({number})", number + 1
        names[name] = None
    return list(names)


def gather_aliases(
    links: Links, roster: Roster, names: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return by name what other groups call the participant of a set.

    A name that somebody else has in the plan is no alias: pseudonyms are kept by it.
    """
    aliases: dict[str, tuple[str, ...]] = {}
    taken = set(names)
    for name, own in zip(names, links.sets, strict=True):
        labels = dict.fromkeys(roster.people[at].label for at in own)
        if more := tuple(text for text in labels if text not in taken):
            aliases[name] = more
    return aliases


def _join_parts(
    groups: Sequence[Group],
    parts: Sequence[Part],
    joined: tuple[Roster, Links, Sequence[str]],
    n: int,
) -> Inference:
    """Put the inferences of all groups together, with the names of those who were joined."""
    roster, links, names = joined
    entities: list[dict[str, Inferred]] = [{} for _ in range(n)]
    copies: set[int] = set()
    disagreements: dict[int, str] = {}
    doubts: list[str] = list(links.doubts)
    sure: list[float] = [1.0] * n
    for group, part in zip(groups, parts, strict=True):
        for number, at in enumerate(group.members):
            entities[at] = part.found.entities[number]
            sure[at] = part.found.people.confidence[number]
        copies |= {group.members[number] for number in part.found.copies}
        disagreements |= {group.members[o]: s for o, s in part.found.disagreements.items()}
        doubts += [d for d in part.found.people.doubts if d not in doubts]
    labels = [""] * n
    evidence: list[tuple[str, ...]] = [()] * n
    for own, set_sure, says, name in zip(links.sets, links.sure, links.says, names, strict=True):
        for person in (roster.people[number] for number in own):
            for at in person.members:
                known = entities[at]["participant"]
                # One recording in a group cannot be mistaken for another there.
                base = 1.0 if len(own) > 1 and len(person.members) == 1 else known.confidence
                sure[at] = min(base, set_sure)
                labels[at], evidence[at] = name, (*known.evidence, *says)
                entities[at]["participant"] = Inferred(name, sure[at], evidence[at])
    people = People(labels, sure, evidence, set(), doubts)
    return Inference(entities, copies, people, disagreements)


def _choose_table(
    used: Sequence[Table | None], roster: Roster, links: Sequence[LinkTable]
) -> Table | None:
    """Return the table that lists most participants, of those that were used.

    If it links kinds of recordings, its columns of identifiers are known for what they are.
    """
    tables = [table for table in used if table is not None]
    ids = sorted({text for one in roster.people for text in one.ids})
    best = max(tables, key=lambda t: len(match_ids(ids, t.ids)), default=None)
    for link in links:
        if best is not None and link.table.rows == best.rows:
            titles = {
                f"id of {roster.groups[group].word}": column
                for group, column in link.columns.items()
                if column != best.meaning["id"]
            }
            return replace(best, meaning=best.meaning | titles)
    return best


def _list_species(links: Links, roster: Roster, names: Sequence[str]) -> dict[str, str]:
    """Return the species of each participant, if not all of them are known to be animals.

    Who was joined with a person is one, and whose species nothing names is not listed.
    """
    found: dict[str, str] = {}
    for name, own in zip(names, links.sets, strict=True):
        named = {one for at in own for one in roster.people[at].species} & SPECIES.keys()
        found[name] = HUMAN if HUMAN in named else min(named, default="")
    has_animals = not set(found.values()) <= {HUMAN, ""}
    has_others = not {HUMAN, ""}.isdisjoint(found.values())
    return {n: s for n, s in found.items() if s} if has_animals and has_others else {}


def find_open(roster: Roster, links: Links) -> tuple[str, ...]:
    """Return words for the groups of which nobody can tell who is who without being told.

    Parameters
    ----------
    roster : Roster
        Everybody.
    links : Links
        Who was joined.

    Returns
    -------
    tuple of str
        Empty if the schemes are one, or if they are of different species.
    """
    words: list[str] = []
    set_of = {at: number for number, own in enumerate(links.sets) for at in own}
    reach = [{roster.people[at].group for at in own} for own in links.sets]
    for a, b in combinations(range(len(roster.groups)), 2):
        both = any({a, b} <= found for found in reach)
        alone = [
            [(p, reach[set_of[at]]) for at, p in enumerate(roster.people)
             if p.group == g and not {a, b} <= reach[set_of[at]]]
            for g in (a, b)
        ]  # fmt: skip
        # Two who are known by a third scheme, and were not joined there, are two people.
        may_be = any(
            not own & others and "species" not in compare(x, y).differing
            for x, own in alone[0]
            for y, others in alone[1]
        )
        labels = [{spell_id(p.label) for p, _ in own} for own in alone]
        equal = labels[0] & labels[1]
        shapes = [{_shape(p.label) for p in roster.of(g)} for g in (a, b)]
        one_scheme = not equal and bool(shapes[0] & shapes[1]) and (both or _are_codes(roster, a))
        if may_be and not one_scheme:
            words += [roster.groups[g].title for g in (a, b)]
    return tuple(dict.fromkeys(words))


def _are_codes(roster: Roster, group: int) -> bool:
    labels = [one.label for one in roster.of(group)]
    return all(weight is Weight.CODE for weight in weigh_ids(labels).values())


def _shape(label: str) -> str:
    """Return a label's form: letters as they are, every number as one digit."""
    return re.sub(r"\d+", "0", spell_id(label))
