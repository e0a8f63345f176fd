"""Tables that say who is who across kinds of recordings: a column for each scheme of ids."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from fascicle.core import Finding, Severity, Subject
from fascicle.errors import InputError

from ._groups import SUBTREE_WORDS
from ._identifiers import Weight, spell_id, spell_name, spell_without_zeros, weigh_ids
from ._linking import Edge
from ._roster import Comparison, Roster, Somebody, compare
from ._tables import Table, read_subject
from ._words import fold

_SURE = 0.95
_DOUBTED = 0.88
_MIN_SHARE = 0.5
_MIN_LISTED = 2
_MAX_TURNED = 4
_MAX_WRONG = 0.2
_NO_IDS = frozenset({"sex", "age", "birth", "hand", "group", "species", "session"})
_TITLES = (
    "id ids code codes nr no num number nummer numero subject sub subj participant patient "
    "pat pid mrn vp vpn proband sujet identifiant identifier key label uid case fall animal "
    "mouse rat scan scanner bids "
)
_ID_WORDS = frozenset(_TITLES.split())


@dataclass(frozen=True)
class LinkTable:
    """Which columns of a table name the participants of which groups.

    Attributes
    ----------
    table : Table
        The table.
    columns : dict of int to str
        Group to column.
    rows : list of dict of int to int
        For each row, group to position in the roster; only groups whose participant is found.
    """

    table: Table
    columns: dict[int, str]
    rows: list[dict[int, int]]


@dataclass
class Stated:
    """What linking tables say.

    Attributes
    ----------
    edges : list of Edge
        Pairs of participants.
    findings : list of Finding
        Rows that were not followed.
    tables : list of LinkTable
        Those that link anything.
    """

    edges: list[Edge]
    findings: list[Finding]
    tables: list[LinkTable]


def read_links(tables: Sequence[Table], roster: Roster, *, given: bool = False) -> Stated:
    """Read what tables say of participants of different groups.

    Parameters
    ----------
    tables : sequence of Table
        Any tables; one that has not two columns of identifiers says nothing.
    roster : Roster
        Everybody.
    given : bool
        True if a person named the table: its columns need no title that speaks of identifiers.

    Returns
    -------
    Stated
        Pairs, without those that contradict one another or the headers.
    """
    stated = Stated([], [], [])
    for table in tables:
        found = find_link_table(table, roster, given=given)
        if found is not None:
            stated.tables.append(found)
            _follow(found, roster, stated)
    return stated


def require_links(table: Table, roster: Roster) -> Stated:
    """Return what a table that a person named says, or raise that it says nothing.

    Raises
    ------
    InputError
        FSC130 if no two columns name participants of two kinds of recordings.
    """
    stated = read_links([table], roster, given=True)
    if not stated.tables:
        kinds = ", ".join(group.title for group in roster.groups)
        raise InputError(
            "FSC130",
            f"Expected a linking table with a column of identifiers for two or more of: {kinds}; "
            f"got {len(table.columns)} columns of which fewer than two name participants.",
            "Name a table with one row for each participant and one column for each kind, with "
            "the identifiers that file names or headers have, and give the columns titles like "
            "eeg and mri.",
        )
    return stated


def find_link_table(table: Table, roster: Roster, *, given: bool = False) -> LinkTable | None:
    """Find the column that names the participants of each group; None if fewer than two do."""
    scores: list[tuple[float, int, str, dict[str, int]]] = []
    for column in table.columns:
        titled = given or _is_titled(table, column)
        if _is_measure(table, column):
            continue
        for group in range(len(roster.groups)):
            found = _match_column(table, column, roster, group)
            codes = _are_codes(found)
            if not found or not (codes or (titled and len(found) >= _MIN_LISTED)):
                continue
            share = len(found) / min(len(roster.of(group)), _count_cells(table, column))
            if share >= _MIN_SHARE:
                score = share + _judge_title(column, roster.groups[group].word)
                scores.append((score, group, column, found))
    columns, cells = _choose(scores)
    if len(columns) < 2:
        return None
    rows = [
        {g: at for g, c in columns.items() if (at := cells[g].get(row.get(c, "").strip()))
         is not None}
        for row in table.rows
    ]  # fmt: skip
    return LinkTable(table, columns, rows)


def turn_table(table: Table) -> list[Table]:
    """Return a table as seen from each of its other columns of identifiers.

    What tells which part of a path names people in one kind of recordings may be the second column
    of a table whose first names them in another kind.
    """
    turned: list[Table] = []
    for column in table.columns:
        cells = [row.get(column, "").strip() for row in table.rows]
        filled = [cell for cell in cells if cell]
        if column == table.meaning.get("id") or _is_measure(table, column):
            continue
        if len(filled) >= _MIN_LISTED and len(set(filled)) == len(filled):
            codes = sum(weight is Weight.CODE for weight in weigh_ids(filled).values())
            if _is_titled(table, column) or codes > len(filled) / 2:
                others = {r: c for r, c in table.meaning.items() if c != column and r != "id"}
                turned.append(replace(table, meaning={"id": column} | others))
    return turned[:_MAX_TURNED]


def _is_measure(table: Table, column: str) -> bool:
    """Tell whether a column's title says that it holds an age, a sex or the like."""
    roles = {name: role for role, name in table.meaning.items()}
    return roles.get(column, "") in _NO_IDS


def _is_titled(table: Table, column: str) -> bool:
    """Tell whether a column's title speaks of identifiers, or of a kind of recordings."""
    words = set(re.findall(r"[^\W\d_]+", fold(column)))
    return bool(words & (_ID_WORDS | SUBTREE_WORDS.keys())) or table.meaning.get("id") == column


def _are_codes(cells: Collection[str]) -> bool:
    """Tell whether cells are codes or long numbers: small ones may be any measure."""
    weights = weigh_ids(cells)
    return sum(weights[cell] is Weight.CODE for cell in cells) > len(cells) / 2


def _count_cells(table: Table, column: str) -> int:
    return len({row.get(column, "").strip() for row in table.rows} - {""})


def _judge_title(column: str, group_word: str) -> float:
    """Return how much a column's title speaks for or against a group."""
    words = re.findall(r"[^\W\d_]+", fold(column))
    kinds = {SUBTREE_WORDS[word] for word in words if word in SUBTREE_WORDS}
    if not kinds:
        return 0.0
    return 1.0 if group_word.split()[0] in kinds else -1.0


def _match_column(table: Table, column: str, roster: Roster, group: int) -> dict[str, int]:
    """Return who of a group each cell names, by the strictest spelling that fits one to one."""
    cells = {row.get(column, "").strip() for row in table.rows} - {""}
    found: dict[str, int] = {}
    spellings: list[Callable[[str], str]] = [str.strip, spell_id, spell_without_zeros]
    for spell in spellings:
        known: dict[str, set[int]] = defaultdict(set)
        for at, one in enumerate(roster.people):
            if one.group == group:
                for text in one.ids:
                    known[spell(text)].add(at)
        written: dict[str, set[str]] = defaultdict(set)
        for cell in cells:
            written[spell(cell)].add(cell)
        taken = set(found.values())
        for spelled, own in written.items():
            who = known.get(spelled, set())
            (cell, *more) = sorted(own)
            if spelled and len(who) == 1 and not more and cell not in found:
                (at,) = who
                if at not in taken:
                    found[cell] = at
    return found


def _choose(
    scores: Sequence[tuple[float, int, str, dict[str, int]]],
) -> tuple[dict[int, str], dict[int, dict[str, int]]]:
    """Give each group a column of its own, the best first; a tie is no answer."""
    columns: dict[int, str] = {}
    cells: dict[int, dict[str, int]] = {}
    for score, group, column, found in sorted(scores, key=lambda s: (-s[0], s[1], s[2])):
        if group in columns or column in columns.values():
            continue
        rivals = [
            s for s in scores
            if s[0] == score and s[1] == group and s[2] != column
            and s[2] not in columns.values()
        ]  # fmt: skip
        if not rivals:
            columns[group], cells[group] = column, found
    return columns, cells


def _follow(found: LinkTable, roster: Roster, stated: Stated) -> None:
    """Turn rows into edges; leave out those that contradict one another or the headers."""
    pairs: list[tuple[int, int, int]] = []
    for number, row in enumerate(found.rows):
        people = [row[group] for group in sorted(row)]
        pairs += [(number, one, other) for one, other in combinations(people, 2)]
    partners: dict[tuple[int, int], set[int]] = defaultdict(set)
    for _, one, other in pairs:
        partners[one, roster.people[other].group].add(other)
        partners[other, roster.people[one].group].add(one)
    verdicts = {(n, a, b): _compare_row(found, n, (a, b), roster) for n, a, b in pairs}
    n_known = sum(bool({"birth", "name"} & {*v.agreeing, *v.differing}) for v in verdicts.values())
    n_wrong = sum(bool(v.differing) for v in verdicts.values())
    doubted = n_wrong > _MAX_WRONG * max(1, n_known)
    for (number, one, other), verdict in verdicts.items():
        ends = roster.people[other].group, roster.people[one].group
        is_single = len(partners[one, ends[0]]) == len(partners[other, ends[1]]) == 1
        if verdict.differing or not (is_single or verdict.vouches):
            stated.findings.append(_tell_row(number, roster, (one, other), verdict))
            continue
        sure = _DOUBTED if doubted and not verdict.vouches else _SURE
        says = "a row of a linking table names both"
        stated.edges.append(Edge(one, other, Weight.CODE, sure, says))
    n_unknown = sum(len(row) < len(found.columns) for row in found.rows)
    if n_unknown:
        stated.findings.append(_tell_unknown(n_unknown))


def _compare_row(
    found: LinkTable, number: int, pair: tuple[int, int], roster: Roster
) -> Comparison:
    """Hold two participants against one another, and each against what the row says of them."""
    one, other = (roster.people[at] for at in pair)
    told = _as_somebody(read_subject(found.table, found.table.rows[number]))
    first = compare(one, other)
    if first.vouches:  # two headers that agree outweigh a cell
        return first
    verdicts = [first, *(compare(_like(told, p), p) for p in (one, other))]
    differing = {fact for v in verdicts for fact in v.differing}
    agreeing = {fact for v in verdicts[:1] for fact in v.agreeing}
    agreeing |= set(verdicts[1].agreeing) & set(verdicts[2].agreeing)
    return Comparison(tuple(sorted(agreeing)), tuple(sorted(differing)))


def _as_somebody(subject: Subject) -> Somebody:
    name = spell_name(subject.name)
    return Somebody(
        -1, "", [],
        births=frozenset({subject.birth} if subject.birth else ()),
        names=frozenset({name} if name else ()),
        sexes=frozenset({subject.sex} & {"F", "M"}),
    )  # fmt: skip


def _like(told: Somebody, one: Somebody) -> Somebody:
    """Return what a row says, of a being of the species that it is held against."""
    return Somebody(-1, "", [], (), told.births, told.names, told.sexes, one.species)


def _tell_row(number: int, roster: Roster, pair: tuple[int, int], verdict: Comparison) -> Finding:
    why = (
        f"one whose participants differ in {' and '.join(verdict.differing)} by headers or table"
        if verdict.differing
        else "one of several rows that join one identifier with different others"
    )
    labels = " / ".join(roster.people[at].label for at in pair)
    return Finding(
        "table.link-row",
        Severity.WARNING,
        "raw folder",
        f"Expected each row of the linking table to name one participant, got {why}; it was not "
        "followed.",
        "Correct that row of the table, and look again.",
        "look",
        raw_place=f"row {number + 1}: {labels}",
    )


def _tell_unknown(n_rows: int) -> Finding:
    return Finding(
        "table.link-unknown",
        Severity.NOTE,
        "raw folder",
        f"Expected identifiers of the linking table to stand in the raw folder, got {n_rows} rows "
        "of which one or more do not.",
        "Look whether files are missing or an identifier is misspelled; if not, nothing needs to "
        "be done.",
        "look",
    )
