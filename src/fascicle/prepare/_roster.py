"""Everybody whom a group of recordings names, with what is known of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import PurePosixPath

from fascicle.core import Family, Header

from ._facts import is_nobody, is_placeholder
from ._groups import Group
from ._identifiers import Weight, names_agree, spell_id, spell_name, weigh_ids
from ._questions import HUMAN, find_species
from ._words import SPECIES, fold

_MIN_NAME = 3
_MIN_SHARED = 2
_OF_PEOPLE = frozenset({Family.SIGNAL, Family.VOLUME})
_ANIMALS = frozenset(word for species, words in SPECIES.items() if species != HUMAN
                     for word in words)  # fmt: skip


@dataclass
class Somebody:
    """A participant as one group of recordings knows him or her.

    Attributes
    ----------
    group : int
        Position of the group.
    label : str
        The name in the plan, as long as nobody is joined.
    members : list of int
        Positions of the recordings.
    ids : tuple of str
        Identifiers as written: label, code in the header, folder.
    births : frozenset of date
        Days of birth in headers.
    names : frozenset of tuple of str
        Spelled names in headers.
    sexes, species : frozenset of str
        As in headers; species also from words of the paths.
    own_folders : frozenset of PurePosixPath
        Folders that hold this participant's recordings and nobody else's of the group.
    folders : frozenset of PurePosixPath
        Those of them that bear the participant's label.
    """

    group: int
    label: str
    members: list[int]
    ids: tuple[str, ...] = ()
    births: frozenset[date] = frozenset()
    names: frozenset[tuple[str, ...]] = frozenset()
    sexes: frozenset[str] = frozenset()
    species: frozenset[str] = frozenset()
    own_folders: frozenset[PurePosixPath] = frozenset()
    folders: frozenset[PurePosixPath] = frozenset()

    def shares_folder(self, other: Somebody) -> bool:
        """Tell whether a folder that bears the label of one holds both, and nobody else."""
        return bool(self.folders & other.own_folders or self.own_folders & other.folders)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two participants' facts say of whether they are one.

    Attributes
    ----------
    agreeing, differing : tuple of str
        Facts that both know: ``"birth"``, ``"name"``, ``"sex"``, ``"species"``.
    """

    agreeing: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()

    @property
    def vouches(self) -> bool:
        """True if a birth date or a name speaks for one person, and nothing against it."""
        return bool({"birth", "name"} & set(self.agreeing)) and not self.differing


@dataclass
class Roster:
    """All participants of all groups.

    Attributes
    ----------
    groups : sequence of Group
        The groups.
    people : list of Somebody
        By group, in order of their labels.
    """

    groups: Sequence[Group]
    people: list[Somebody] = field(default_factory=list)

    def of(self, group: int) -> list[Somebody]:
        """Return the participants of one group."""
        return [one for one in self.people if one.group == group]

    @cached_property
    def weights(self) -> tuple[dict[str, Weight], ...]:
        """How much each identifier says, by group."""
        return tuple(
            weigh_ids([text for one in self.of(group) for text in one.ids])
            for group in range(len(self.groups))
        )


def make_somebody(
    group: int,
    label: str,
    members: Sequence[int],
    seen: tuple[Sequence[PurePosixPath], Sequence[Header]],
    ids: Iterable[str] = (),
) -> Somebody:
    """Gather what is known of a participant.

    Parameters
    ----------
    group : int
        Position of the group.
    label : str
        As the group names the participant.
    members : sequence of int
        Positions of the recordings.
    seen : tuple
        All paths and headers.
    ids : iterable of str
        Further identifiers, as written.
    """
    paths, headers = seen
    subjects = [headers[at].subject for at in members]
    codes = [s.code.strip() for s in subjects]
    codes += [s.name.strip() for s in subjects if any(c.isdecimal() for c in s.name)]
    known = [label, *ids, *(code for code in codes if not is_nobody(code))]
    names = {spell_name(s.name) for s in subjects if not is_nobody(s.name)}
    return Somebody(
        group=group,
        label=label,
        members=list(members),
        ids=tuple(dict.fromkeys(one for one in known if one)),
        births=frozenset(s.birth for s in subjects if s.birth and not is_placeholder(s.birth)),
        names=frozenset(n for n in names if max(map(len, n), default=0) >= _MIN_NAME),
        sexes=frozenset(s.sex for s in subjects if s.sex in {"F", "M"}),
        species=_find_species([headers[at] for at in members], [paths[at] for at in members]),
    )


def _find_species(headers: Sequence[Header], paths: Sequence[PurePosixPath]) -> frozenset[str]:
    """Return the species of headers, or of words in the paths; who says none records people.

    That does not hold for probes, micrographs and cells, which are of animals as often.
    """
    stated = {settle_species(h.subject.species) for h in headers if h.subject.species}
    if stated:
        return frozenset(stated)
    words = {word for path in paths for word in _split_words(path)}
    named = find_species(sorted(words & _ANIMALS))
    if named != HUMAN or all(h.modality.family in _OF_PEOPLE for h in headers):
        return frozenset({named})
    return frozenset()


def settle_species(text: str) -> str:
    """Return the binomial name for a species as written; the text itself where it is not known."""
    plain = fold(text.strip())
    return next((s for s, words in SPECIES.items() if plain == s or plain in words), plain)


def _split_words(path: PurePosixPath) -> set[str]:
    letters = "".join(c if c.isalpha() else " " for c in fold(path.as_posix()))
    return set(letters.split())


def compare(one: Somebody, other: Somebody) -> Comparison:
    """Hold what is known of two participants against one another.

    Examples
    --------
    >>> a = Somebody(0, "P01", [0], sexes=frozenset({"F"}))
    >>> b = Somebody(1, "P01", [1], sexes=frozenset({"M"}))
    >>> compare(a, b).differing
    ('sex',)
    """
    verdicts: dict[str, bool] = {}
    if one.births and other.births:
        verdicts["birth"] = all(_births_agree(a, b) for a in one.births for b in other.births)
    if one.names and other.names:
        verdicts["name"] = all(names_agree(a, b) for a in one.names for b in other.names)
    if one.sexes and other.sexes:
        verdicts["sex"] = one.sexes == other.sexes
    if one.species and other.species:
        verdicts["species"] = one.species == other.species
    # A year in common says little, another year that it is somebody else.
    silent = {"species"} if one.births & other.births else {"species", "birth"}
    return Comparison(
        tuple(fact for fact, agrees in verdicts.items() if agrees and fact not in silent),
        tuple(fact for fact, agrees in verdicts.items() if not agrees),
    )


def _births_agree(one: date, other: date) -> bool:
    """Tell whether two days of birth can be one; 1 January stands for a year alone."""
    return one == other or (one.year == other.year and (_is_year(one) or _is_year(other)))


def _is_year(day: date) -> bool:
    return (day.month, day.day) == (1, 1)


def find_person_folders(people: Sequence[Somebody], paths: Sequence[PurePosixPath]) -> None:
    """Note for each participant of a group the folders that are his or hers alone.

    Parameters
    ----------
    people : sequence of Somebody
        Of one group; changed in place.
    paths : sequence of PurePosixPath
        Of all recordings.
    """
    owners: dict[PurePosixPath, set[int]] = defaultdict(set)
    for number, one in enumerate(people):
        for at in one.members:
            for folder in list(paths[at].parents)[:-1]:
                owners[folder].add(number)
    own: dict[int, list[PurePosixPath]] = defaultdict(list)
    for folder, who in owners.items():
        if len(who) == 1:
            own[min(who)].append(folder)
    for number, one in enumerate(people):
        parts = [spell_id(part) for part in one.label.split("/")]
        one.own_folders = frozenset(own[number])
        one.folders = frozenset(folder for folder in own[number] if _bears(folder, parts))


def _bears(folder: PurePosixPath, parts: Sequence[str]) -> bool:
    """Tell whether a folder's path has all parts of a label, one of them in its own name."""
    spelled = [spell_id(level) for level in folder.parts]
    return all(any(_holds(level, part) for level in spelled) for part in parts) and any(
        _holds(spelled[-1], part) for part in parts
    )


def _holds(level: str, part: str) -> bool:
    """Tell whether a folder's name is a part of a label, or holds a long one."""
    return bool(part) and (level == part or (len(part) > _MIN_NAME and part in level))


def forget_defaults(people: Sequence[Somebody]) -> None:
    """Drop a day of birth or a name that all participants of a group share: a machine's default."""
    if len(people) < _MIN_SHARED:
        return
    for fact in ("births", "names"):
        if len({getattr(one, fact) for one in people}) == 1:
            for one in people:
                setattr(one, fact, frozenset())
