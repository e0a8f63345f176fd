"""Everything about a folder of several kinds of recordings: each group apart, then together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import PurePosixPath

from fascicle.core import Family, Finding, Header, Inferred, Severity

from ._columns import make_columns
from ._groups import Group, find_groups
from ._header_people import find_header_people
from ._identifiers import Weight, spell_id, weigh_ids
from ._identity import People
from ._infer import Inference, infer
from ._link_tables import LinkTable, read_links, require_links, turn_table
from ._linking import Links, join_people
from ._own_values import find_own_values
from ._questions import HUMAN
from ._roster import (
    Roster,
    Somebody,
    compare,
    find_person_folders,
    forget_defaults,
    make_somebody,
)
from ._series import forget_counters, settle_series, strip_suffix
from ._tables import Table, make_table, match_ids
from ._visits import join_sessions

_MAX_TRIED = 4
_MIN_LISTED = 0.3
_MIN_ROWS = 3
"""A table is one of participants if it lists this share of them, or so many."""
_BY_FOLDER = 0.93
_MIN_CODES = 2
_MIN_SHARED = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is to infer from.

    Attributes
    ----------
    paths : sequence of PurePosixPath
        Primary files, relative to the raw folder.
    formats : sequence of str
        The name of each one's format.
    headers : sequence of Header
        One for each path.
    twins : collection of PurePosixPath
        Recordings whose samples are those of another one.
    """

    paths: Sequence[PurePosixPath]
    formats: Sequence[str]
    headers: Sequence[Header]
    twins: Collection[PurePosixPath] = ()

    def only(self, members: Sequence[int]) -> Evidence:
        """Return the same of some recordings."""
        return Evidence(
            [self.paths[at] for at in members],
            [self.formats[at] for at in members],
            [self.headers[at] for at in members],
            self.twins,
        )


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
        By participant, where people and animals were recorded; else empty.
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
    >>> from fascicle.core import Modality, Subject
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
    parts = _infer_groups(groups, seen, described)
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
        findings=[*stated.findings, *links.findings],
        open_groups=() if link is not None else find_open(roster, links),
        links=tuple(found.table for found in stated.tables),
        species=_list_species(links, roster, names),
    )


@dataclass
class _Part:
    """What was inferred for one group."""

    found: Inference
    table: Table | None = None
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _infer_groups(groups: Sequence[Group], seen: Evidence, tables: Sequence[Table]) -> list[_Part]:
    """Infer each group by itself; what folders say in one is known to those that follow."""
    parts: list[_Part | None] = [None] * len(groups)
    owned: dict[PurePosixPath, str] = {}
    order = sorted(
        range(len(groups)), key=lambda g: (groups[g].by_header, -len(groups[g].members), g)
    )
    for number in order:
        group = groups[number]
        own = seen.only(group.members)
        part = _infer_by_header(own, owned) if group.by_header else _infer_one(own, tables, owned)
        if {header.modality.family for header in own.headers} != {Family.SIGNAL}:
            settle_series(part.found, own.headers)
        parts[number] = part
        if not group.by_header and len(groups) > 1:
            labels = part.found.people.labels
            part.aliases = find_own_values(own.paths, make_columns(own.paths), labels)
            people = _list_people(number, range(len(group.members)), part, own)
            find_person_folders(people, own.paths)
            owned.update({folder: one.label for one in people for folder in one.folders
                          if folder not in owned})  # fmt: skip
    return _help_nameless(groups, [part for part in parts if part is not None], seen)


def _help_nameless(groups: Sequence[Group], parts: list[_Part], seen: Evidence) -> list[_Part]:
    """Infer groups again whose paths name nobody by themselves."""
    each = [seen.only(group.members) for group in groups]
    named = [not _is_nameless(part, own) for part, own in zip(parts, each, strict=True)]
    known = [part for part, has_names in zip(parts, named, strict=True) if has_names]
    return [
        part if named[at] or groups[at].by_header else _infer_by_codes(each[at], known) or part
        for at, part in enumerate(parts)
    ]


def _infer_by_codes(own: Evidence, parts: Sequence[_Part]) -> _Part | None:
    """Infer a group whose paths name nobody by themselves, with the codes of other groups.

    They only tell which part of the paths names people: nobody is joined here.
    """
    labels = sorted({label for part in parts for label in part.found.people.labels})
    codes = [label for label, weight in weigh_ids(labels).items() if weight is Weight.CODE]
    codes.sort()
    if len(codes) < _MIN_CODES:
        return None
    # A column of groups says that equal codes may be several people's.
    table = make_table([("id", "group"), *((code, str(at)) for at, code in enumerate(codes))])
    part = _infer_one(own, [table], {})
    known = {spell_id(code) for code in codes}
    found = {label for label in part.found.people.labels if spell_id(label) in known}
    # Codes that are alike only, or a few among many, are another scheme's.
    if len(found) < max(_MIN_CODES, _MIN_SHARED * len(set(part.found.people.labels))):
        return None
    if {header.modality.family for header in own.headers} != {Family.SIGNAL}:
        settle_series(part.found, own.headers)
    return replace(part, table=None)


def _infer_by_header(own: Evidence, owned: dict[PurePosixPath, str]) -> _Part:
    who = find_header_people(own.paths, own.headers, owned)
    bare = [path.parent / "file" for path in own.paths]
    found = infer(bare, own.headers, people=who.people)
    forget_counters(found, own.headers)
    return _Part(found, None, who.aliases)


def _infer_one(own: Evidence, tables: Sequence[Table], owned: dict[PurePosixPath, str]) -> _Part:
    """Infer a group by its paths; where folders of others name people in another way, by those."""
    paths = [strip_suffix(p, h) for p, h in zip(own.paths, own.headers, strict=True)]
    twins = {paths[at] for at, path in enumerate(own.paths) if path in own.twins}
    whole, own = own.paths, replace(own, paths=paths, twins=twins)
    table, found = infer_best(own, tables)
    words = [next((owned[f] for f in p.parents if f in owned), "") for p in paths]
    if all(words) and not _same_parts(words, found.people.labels):
        says = ("the folder's name, by which other recordings are told apart",)
        people = People(words, [_BY_FOLDER] * len(words), [says] * len(words))
        found = infer(paths, own.headers, duplicates=own.twins, people=people)
    _name_by_path(found, paths, whole)
    return _Part(found, table)


def _name_by_path(
    found: Inference, paths: Sequence[PurePosixPath], whole: Sequence[PurePosixPath]
) -> None:
    """Name, in place, who is named by nothing after the whole of a path.

    Images in one folder whose names differ in their kind alone are one, though never surely.
    """
    first: dict[str, str] = {}
    for at, path in enumerate(paths):
        if found.people.labels[at] == path.as_posix():
            name = first.setdefault(path.as_posix(), whole[at].as_posix())
            found.people.labels[at] = name
            one = found.entities[at]["participant"]
            found.entities[at]["participant"] = replace(one, value=name)


def _is_nameless(part: _Part, own: Evidence) -> bool:
    """Tell whether no recording of a group names anybody."""
    names = {path.as_posix() for path in own.paths}
    return all(label in names for label in part.found.people.labels)


def _same_parts(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two labellings part recordings in the same way, or the second more finely."""
    return len(set(zip(one, other, strict=True))) == len(set(other))


def infer_best(seen: Evidence, tables: Sequence[Table]) -> tuple[Table | None, Inference]:
    """Infer with the table that lists most of the participants, if one lists enough of them.

    Parameters
    ----------
    seen : Evidence
        Of one group.
    tables : sequence of Table
        That have a column of identifiers.

    Returns
    -------
    tuple of Table or None and Inference
        The table that was used.
    """
    paths, headers, twins = seen.paths, seen.headers, seen.twins
    plain = infer(paths, headers, duplicates=twins)
    if not tables:
        return None, plain
    found = [(plain, t) for t in tables]
    # A table may be what tells which part of the paths names people: each is tried both ways.
    found += [(infer(paths, headers, t, duplicates=twins), t) for t in tables[:_MAX_TRIED]]
    table = choose_table(sorted(set(plain.people.labels)), [(f.people.labels, t) for f, t in found])
    return (None, plain) if table is None else (
        table, infer(paths, headers, table, duplicates=twins)
    )  # fmt: skip


def choose_table(
    people: Sequence[str], found: Sequence[tuple[Sequence[str], Table]]
) -> Table | None:
    """Return the table that lists most of some labels; None if none lists enough of them.

    Parameters
    ----------
    people : sequence of str
        The participants.
    found : sequence of tuple
        For each table, the labels that it is held against.
    """
    if not found:
        return None
    scored = [(len(match_ids(sorted(set(labels)), t.ids)), t) for labels, t in found]
    n_listed, table = max(scored, key=lambda one: one[0])
    enough = n_listed >= max(1.0, _MIN_LISTED * len(people)) or n_listed >= _MIN_ROWS
    return table if enough else None


def _list_people(group: int, members: Sequence[int], part: _Part, seen: Evidence) -> list[Somebody]:
    """Gather the participants of one group; `members` are its positions among `seen`."""
    own: dict[str, list[int]] = defaultdict(list)
    for at, label in zip(members, part.found.people.labels, strict=True):
        own[label].append(at)
    nameless = {seen.paths[at].as_posix() for at in members}
    people = [
        make_somebody(group, label, own[label], (seen.paths, seen.headers),
                      part.aliases.get(label, ()))
        for label in sorted(own)
    ]  # fmt: skip
    for one in people:
        if one.label in nameless:  # a path is no identifier, and no part of it either
            one.ids = tuple(
                text for text in one.ids[1:] if text not in part.aliases.get(one.label, ())
            )
    forget_defaults(people)
    return people


def _make_roster(groups: Sequence[Group], parts: Sequence[_Part], seen: Evidence) -> Roster:
    roster = Roster(groups)
    for number, (group, part) in enumerate(zip(groups, parts, strict=True)):
        people = _list_people(number, group.members, part, seen)
        find_person_folders(people, seen.paths)
        roster.people += people
    return roster


def _leave(roster: Roster) -> Links:
    """Leave everybody alone."""
    n = len(roster.people)
    return Links([[at] for at in range(n)], [1.0] * n, [()] * n)


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
    parts: Sequence[_Part],
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
    """Return the species of each participant, if people stand beside animals."""
    found = {
        name: species
        for name, own in zip(names, links.sets, strict=True)
        for at in own
        for species in roster.people[at].species
    }
    return found if HUMAN in found.values() and len(set(found.values())) > 1 else {}


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
            words += [roster.groups[g].word for g in (a, b)]
    return tuple(dict.fromkeys(words))


def _are_codes(roster: Roster, group: int) -> bool:
    labels = [one.label for one in roster.of(group)]
    return all(weight is Weight.CODE for weight in weigh_ids(labels).values())


def _shape(label: str) -> str:
    """Return a label's form: letters as they are, every number as one digit."""
    return re.sub(r"\d+", "0", spell_id(label))
