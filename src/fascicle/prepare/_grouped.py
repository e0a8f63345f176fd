"""Each group of recordings inferred by itself, with what the others tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from fascicle.core import Family, Header

from ._columns import make_columns
from ._groups import Group
from ._header_people import find_header_people
from ._identifiers import Weight, spell_id, weigh_ids
from ._identity import People
from ._infer import Inference, infer
from ._own_values import find_own_values
from ._roster import Somebody, find_person_folders, forget_defaults, make_somebody
from ._series import forget_counters, settle_series, strip_suffix
from ._tables import Table, make_table, match_ids

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
class Part:
    """What was inferred for one group.

    Attributes
    ----------
    found : Inference
        In the order of the group's recordings.
    table : Table or None
        The table that lists its participants.
    aliases : dict of str to tuple of str
        By label, what else in paths is that participant's own.
    """

    found: Inference
    table: Table | None = None
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)


def infer_groups(groups: Sequence[Group], seen: Evidence, tables: Sequence[Table]) -> list[Part]:
    """Infer each group by itself; what folders say in one is known to those that follow.

    Parameters
    ----------
    groups : sequence of Group
        The groups.
    seen : Evidence
        Of all recordings.
    tables : sequence of Table
        That have a column of identifiers.

    Returns
    -------
    list of Part
        One for each group.
    """
    parts: list[Part | None] = [None] * len(groups)
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
            people = list_people(number, range(len(group.members)), part, own)
            find_person_folders(people, own.paths)
            owned.update({folder: one.label for one in people for folder in one.folders
                          if folder not in owned})  # fmt: skip
    return _help_nameless(groups, [part for part in parts if part is not None], seen)


def _help_nameless(groups: Sequence[Group], parts: list[Part], seen: Evidence) -> list[Part]:
    """Infer groups again whose paths name nobody by themselves."""
    each = [seen.only(group.members) for group in groups]
    named = [not _is_nameless(part, own) for part, own in zip(parts, each, strict=True)]
    known = [part for part, has_names in zip(parts, named, strict=True) if has_names]
    return [
        part if named[at] or groups[at].by_header else _infer_by_codes(each[at], known) or part
        for at, part in enumerate(parts)
    ]


def _infer_by_codes(own: Evidence, parts: Sequence[Part]) -> Part | None:
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


def _infer_by_header(own: Evidence, owned: dict[PurePosixPath, str]) -> Part:
    who = find_header_people(own.paths, own.headers, owned)
    bare = [path.parent / "file" for path in own.paths]
    found = infer(bare, own.headers, people=who.people)
    forget_counters(found, own.headers)
    return Part(found, None, who.aliases)


def _infer_one(own: Evidence, tables: Sequence[Table], owned: dict[PurePosixPath, str]) -> Part:
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
    return Part(found, table)


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


def _is_nameless(part: Part, own: Evidence) -> bool:
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


def list_people(group: int, members: Sequence[int], part: Part, seen: Evidence) -> list[Somebody]:
    """Gather the participants of one group.

    Parameters
    ----------
    group : int
        Its position.
    members : sequence of int
        Positions of its recordings in `seen`.
    part : Part
        What was inferred for it.
    seen : Evidence
        Of all recordings, or of the group's.
    """
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
