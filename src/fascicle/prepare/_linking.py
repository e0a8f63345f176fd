"""Which participants of two groups of recordings are one: equal identifiers, or a table.

Nobody is joined for likeness. Two participants of different groups are one only if they bear an
equal identifier that says something, or if a table says so, and never against what headers know of
birth, name, sex or species. Running numbers are equal by chance: they join only where a folder
holds both, where birth or name agrees, or where these agree for others of the same two groups and
differ for none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from fascicle.core import Finding, Severity

from ._identifiers import Weight, spell_id, spell_name, spell_without_zeros, weigh_id
from ._roster import Comparison, Roster, Somebody, compare

_BY_TABLE = 0.95
_BY_CODE = 0.93
_BY_ZEROS = 0.91
_BY_NUMBERS = 0.9
_BY_NAME = 0.88
_VOUCHED = 0.97
_MIN_SCHEME = 3
"""Pairs that must vouch for one another before equal numbers of two groups are believed."""
_MAX_CLASH = 0.2


@dataclass(frozen=True, slots=True)
class Edge:
    """A reason to take two participants for one.

    Attributes
    ----------
    one, other : int
        Positions in the roster.
    weight : Weight
        How much the equal identifiers say.
    sure : float
        How sure it is that they are one, before headers are asked.
    says : str
        Why, in a sentence without names.
    """

    one: int
    other: int
    weight: Weight
    sure: float
    says: str


@dataclass
class Links:
    """Who was joined with whom, and what a person should know of it.

    Attributes
    ----------
    sets : list of list of int
        Positions in the roster of those who are one; the first gives the name.
    sure : list of float
        How sure each set is.
    says : list of tuple of str
        Why, for each set.
    findings : list of Finding
        What contradicts.
    doubts : list of str
        Sentences for the question about participants.
    equal_numbers : bool
        True if running numbers are equal and nothing tells whether they are one person's.
    """

    sets: list[list[int]]
    sure: list[float]
    says: list[tuple[str, ...]]
    findings: list[Finding] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    equal_numbers: bool = False


def join_people(
    roster: Roster, stated: Sequence[Edge] = (), settled: Sequence[tuple[int, int]] | None = None
) -> Links:
    """Join participants of different groups.

    Parameters
    ----------
    roster : Roster
        Everybody.
    stated : sequence of Edge
        What linking tables say.
    settled : sequence of tuple of int or None
        Pairs of whom a plan says that they are one; with them, equal identifiers are not asked
        again, because a person may have decided against them.

    Returns
    -------
    Links
        Every participant is in one set; most sets have one member.
    """
    knot = _Knot(roster)
    if settled is not None:
        for one, other in settled:
            knot.unite(knot.set_of[one], knot.set_of[other])
        for edge in stated:
            knot.tie(edge)
        return knot.result()
    listed = {(n, roster.people[m].group) for e in stated for n, m in _both_ways(e)}
    equal: list[Edge] = []
    for a, b in combinations(range(len(roster.groups)), 2):
        found = find_equal(roster, a, b)
        # A table that maps one scheme onto another says that equal numbers mean nothing.
        mapped = any({roster.people[e.one].group, roster.people[e.other].group} == {a, b}
                     for e in stated)  # fmt: skip
        equal += [e for e in found if not (mapped and e.weight is Weight.NOTHING)]
    clashing = _find_clashing(roster, stated, equal)
    torn = _find_torn(roster, [*stated, *equal])
    for edge in stated:
        if (edge.one, edge.other) in clashing:
            knot.refuse(edge, "the linking table and equal codes")
        else:
            knot.tie(edge)
    for edge in equal:
        pair = edge.one, edge.other
        if pair in torn:
            knot.refuse(edge, "equal identifiers")
        elif pair not in clashing and not _is_listed(pair, roster, listed):
            knot.tie(edge)
    return knot.result()


def _both_ways(edge: Edge) -> tuple[tuple[int, int], tuple[int, int]]:
    return (edge.one, edge.other), (edge.other, edge.one)


def _is_listed(pair: tuple[int, int], roster: Roster, listed: set[tuple[int, int]]) -> bool:
    """Tell whether a table says already who one of the two is in the other's group."""
    one, other = pair
    people = roster.people
    return (one, people[other].group) in listed or (other, people[one].group) in listed


def _find_clashing(
    roster: Roster, stated: Sequence[Edge], equal: Sequence[Edge]
) -> set[tuple[int, int]]:
    """Return pairs of which a table says one thing and a code of letters and digits another."""
    by_code = {
        (n, roster.people[m].group): m
        for e in equal
        if e.weight is Weight.CODE
        for n, m in _both_ways(e)
    }
    clashing: set[tuple[int, int]] = set()
    for edge in stated:
        for n, m in _both_ways(edge):
            other = by_code.get((n, roster.people[m].group), m)
            if other != m:
                clashing |= {(edge.one, edge.other), (n, other), (other, n)}
    return clashing


def _find_torn(roster: Roster, edges: Sequence[Edge]) -> set[tuple[int, int]]:
    """Return pairs with somebody who equals two others that cannot be one: it is open which.

    What is vouched for by birth, name or folder stays.
    """
    near: dict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        near[edge.one].append(edge)
        near[edge.other].append(edge)
    people = roster.people
    torn: set[tuple[int, int]] = set()
    for at, own in near.items():
        for a, b in combinations(own, 2):
            ends = [e.other if e.one == at else e.one for e in (a, b)]
            if compare(people[ends[0]], people[ends[1]]).differing:
                torn |= {(e.one, e.other) for e in (a, b) if e.sure < _BY_TABLE}
    return torn


def find_equal(roster: Roster, a: int, b: int) -> list[Edge]:
    """Return the pairs of two groups that bear an equal identifier, each one to one.

    Pairs whose identifier says nothing are among them only if something else speaks for them.
    """
    found = _pair_up(roster, a, b)
    people = roster.people
    verdicts = [compare(people[e.one], people[e.other]) for e in found]
    known = [v for v in verdicts if {"birth", "name", "sex"} & {*v.agreeing, *v.differing}]
    n_clash = sum(bool(v.differing) for v in known)
    unrelated = n_clash > 1 and n_clash > _MAX_CLASH * len(known)
    vouched = sum(v.vouches for v in verdicts)
    scheme = vouched >= _MIN_SCHEME and not any(v.differing for v in verdicts)
    kept: list[Edge] = []
    for edge, verdict in zip(found, verdicts, strict=True):
        raised = _support(edge, people, verdict, by_scheme=scheme)
        if raised is not None:
            kept.append(raised)
        elif edge.weight is not Weight.NOTHING and not unrelated:
            kept.append(edge)
    return kept


def _support(
    edge: Edge, people: Sequence[Somebody], verdict: Comparison, *, by_scheme: bool
) -> Edge | None:
    """Return an edge with what speaks for it besides the identifier; None if nothing does."""
    one, other = people[edge.one], people[edge.other]
    if verdict.vouches:
        words = " and ".join(verdict.agreeing)
        return Edge(edge.one, edge.other, edge.weight, _VOUCHED, f"{edge.says}; {words} agree")
    if one.shares_folder(other) and not verdict.differing:
        says = f"{edge.says}; one folder holds both"
        return Edge(edge.one, edge.other, edge.weight, max(edge.sure, _BY_TABLE), says)
    if edge.weight is Weight.NOTHING and by_scheme:
        says = f"{edge.says}; births or names agree for others of the same numbers, and differ "
        return Edge(edge.one, edge.other, edge.weight, _BY_NUMBERS, f"{says}for none")
    return None


def _pair_up(roster: Roster, a: int, b: int) -> list[Edge]:
    """Pair everybody of two groups who bears an identifier that one person of the other bears."""
    edges: dict[tuple[int, int], Edge] = {}
    words = f"in {roster.groups[a].title} and {roster.groups[b].title}"
    rules: list[tuple[Callable[[str], str], float, str]] = [
        (spell_id, _BY_CODE, f"the same identifier stands {words}"),
        (spell_without_zeros, _BY_ZEROS, f"identifiers {words} differ in leading zeros only"),
    ]
    for spell, sure, says in rules:
        mine, theirs = _index(roster, a, spell), _index(roster, b, spell)
        for spelled in sorted(mine.keys() & theirs.keys()):
            (one, *more), (other, *others) = sorted(mine[spelled]), sorted(theirs[spelled])
            if more or others or not spelled:
                continue
            weight = _weigh_pair(roster, (one, other), spelled, spell)
            rated = Edge(one, other, weight, sure if weight else _BY_NUMBERS, says)
            edges[one, other] = max(edges.get((one, other), rated), rated,
                                    key=lambda e: (e.weight, e.sure))  # fmt: skip
    for pair, edge in _pair_names(roster, a, b):
        edges.setdefault(pair, edge)
    return _keep_single([edges[pair] for pair in sorted(edges)])


def _index(roster: Roster, group: int, spell: Callable[[str], str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for at, one in enumerate(roster.people):
        if one.group == group:
            for text in one.ids:
                found[spell(text)].add(at)
    return found


def _weigh_pair(
    roster: Roster, pair: tuple[int, int], spelled: str, spell: Callable[[str], str]
) -> Weight:
    """Weigh an equal identifier by the lighter of its two sides."""
    weights: list[Weight] = []
    for at in pair:
        one = roster.people[at]
        known = roster.weights[one.group]
        own = [known[text] for text in one.ids if spell(text) == spelled]
        weights.append(max(own, default=Weight.NOTHING))
    return min(weights)


def _pair_names(roster: Roster, a: int, b: int) -> Iterable[tuple[tuple[int, int], Edge]]:
    """Pair those who are called by their full name in one group and have it in headers of another.

    Namesakes are real, so it is never sure by itself.
    """
    for group, other in ((a, b), (b, a)):
        called: dict[tuple[str, ...], set[int]] = defaultdict(set)
        headed: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for at, one in enumerate(roster.people):
            if one.group == group and (name := _called(one)):
                called[name].add(at)
            elif one.group == other:
                for name in one.names:
                    headed[name].add(at)
        for name in sorted(called.keys() & headed.keys()):
            if len(called[name]) == len(headed[name]) == 1 and len(name) > 1:
                (one_at,), (other_at,) = called[name], headed[name]
                pair = min(one_at, other_at), max(one_at, other_at)
                says = "one is called by the full name that headers give the other"
                yield pair, Edge(*pair, Weight.NAME, _BY_NAME, says)


def _called(one: Somebody) -> tuple[str, ...]:
    """Return the full name by which a participant is called; none if it is a code.

    Where paths have one word of it only, the headers of the same recordings tell the rest.
    """
    label = spell_name(one.label)
    if weigh_id(one.label, ()) is Weight.NAME:
        return label
    full = next(iter(one.names)) if len(one.names) == 1 else ()
    return full if label and len(full) > 1 and set(label) <= set(full) else ()


def _keep_single(edges: Sequence[Edge]) -> list[Edge]:
    """Drop edges of those who could be several people of the other group, but the heaviest."""
    best: dict[int, Weight] = {}
    for edge in edges:
        for at in (edge.one, edge.other):
            best[at] = max(best.get(at, Weight.NOTHING), edge.weight)
    heavy = [e for e in edges if e.weight >= max(best[e.one], best[e.other])]
    counts: dict[int, int] = defaultdict(int)
    for edge in heavy:
        counts[edge.one] += 1
        counts[edge.other] += 1
    return [e for e in heavy if counts[e.one] == counts[e.other] == 1]


class _Knot:
    """Ties participants together, one edge after another, unless something speaks against it."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        n = len(roster.people)
        self.set_of = list(range(n))
        self.sets = {at: [at] for at in range(n)}
        self.sure = dict.fromkeys(range(n), 1.0)
        self.says: dict[int, list[str]] = {at: [] for at in range(n)}
        self.findings: list[Finding] = []
        self.doubts: list[str] = []

    def tie(self, edge: Edge) -> None:
        """Make two sets one, unless they hold two of one group or facts that differ."""
        one, other = sorted((self.set_of[edge.one], self.set_of[edge.other]))
        if one == other:
            self.says[one].append(edge.says)
            return
        people = self.roster.people
        groups = [{people[at].group for at in self.sets[s]} for s in (one, other)]
        if groups[0] & groups[1]:
            self.refuse(edge, "identifiers")
            return
        differing = {
            fact
            for a in self.sets[one]
            for b in self.sets[other]
            for fact in compare(people[a], people[b]).differing
        }
        if differing:
            self._contradict(edge, sorted(differing))
            return
        self.unite(one, other)
        self.says[one].append(edge.says)
        self.sure[one] = min(self.sure[one], edge.sure)

    def unite(self, one: int, other: int) -> None:
        """Make two sets one, without asking."""
        one, other = sorted((one, other))
        if one == other:
            return
        self.sets[one] = sorted(self.sets[one] + self.sets.pop(other))
        self.says[one] += self.says.pop(other)
        self.sure[one] = min(self.sure[one], self.sure.pop(other))
        for at in self.sets[one]:
            self.set_of[at] = one

    def _contradict(self, edge: Edge, facts: Sequence[str]) -> None:
        if facts == ["species"]:
            return  # a mouse's number is no person's: nothing to tell
        self.findings.append(
            self._finding(
                "participant.link-contradiction",
                f"Expected one person, because {edge.says}, but headers differ in "
                f"{' and '.join(facts)}; they were kept apart.",
                "Look who was recorded; if it is one person, correct the participant in the plan.",
                edge,
            )
        )

    def refuse(self, edge: Edge, what: str) -> None:
        """Keep apart what would be several people of one group."""
        self.findings.append(
            self._finding(
                "participant.link-unclear",
                f"Expected {what} to join each participant with one of another kind of recording, "
                "got several candidates; they were kept apart.",
                "Name a linking table with one row for each participant: --link TABLE.",
                edge,
            )
        )
        self._doubt("Identifiers or a table join some participants with several others.")

    def _doubt(self, sentence: str) -> None:
        if sentence not in self.doubts:
            self.doubts.append(sentence)

    def _finding(self, code: str, reason: str, fix: str, edge: Edge) -> Finding:
        people = self.roster.people
        where = f"{people[edge.one].label} / {people[edge.other].label}"
        return Finding(
            code, Severity.WARNING, "raw folder", reason, fix, origin="look", raw_place=where
        )

    def result(self) -> Links:
        """Return the sets in the order of their first members."""
        order = sorted(self.sets)
        return Links(
            sets=[self.sets[s] for s in order],
            sure=[self.sure[s] for s in order],
            says=[tuple(dict.fromkeys(self.says[s])) for s in order],
            findings=list(dict.fromkeys(self.findings)),
            doubts=self.doubts,
            equal_numbers=self._has_equal_numbers(),
        )

    def _has_equal_numbers(self) -> bool:
        """Tell whether anybody's running number is also that of somebody of another group."""
        return any(
            self.set_of[edge.one] != self.set_of[edge.other]
            for a, b in combinations(range(len(self.roster.groups)), 2)
            for edge in _pair_up(self.roster, a, b)
            if edge.weight is Weight.NOTHING
            and not compare(self.roster.people[edge.one], self.roster.people[edge.other]).differing
        )
