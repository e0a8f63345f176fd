"""Who is who where a machine named the files: by the headers, held against the folders.

A scanner's patient number is made to name one person; but people are scanned under the number of
the day, anonymisers write one number for all, and a typing error makes two of one. So every doubt
splits: facts that differ under one number, and folders that name people otherwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from fascicle.core import Header

from ._columns import Column, make_columns
from ._facts import gather_facts, is_nobody, is_placeholder, start_of
from ._identifiers import Weight, names_agree, spell_id, spell_name, weigh_id, weigh_ids
from ._identity import People, find_people
from ._own_values import find_own_values
from ._words import fold

_MIN_NUMBERS = 3
_SURE = 0.94
_VOUCHED = 0.97
_SPLIT = 0.7
_BY_NAME = 0.9
_BY_WORD = 0.6
_ALONE = 0.5
_MIN_PATH = 0.9
_MIN_PRIOR = 5.0
_MAX_MIXED = 0.3
"""Share of numbers that stand in several folders, above which the folders name nobody."""


@dataclass
class HeaderPeople:
    """Who each recording belongs to, and what else the folders call them.

    Attributes
    ----------
    people : People
        A label, a confidence and evidence for each recording.
    aliases : dict of str to tuple of str
        Further identifiers of a label.
    """

    people: People
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)


def find_header_people(
    paths: Sequence[PurePosixPath],
    headers: Sequence[Header],
    owned: Mapping[PurePosixPath, str] | None = None,
) -> HeaderPeople:
    """Tell which recordings are one person's, by their headers first.

    Parameters
    ----------
    paths : sequence of PurePosixPath
        The recordings; their file names are not looked at.
    headers : sequence of Header
        One for each path.
    owned : mapping of PurePosixPath to str, optional
        Folders that other recordings show to be one participant's, and whose.

    Returns
    -------
    HeaderPeople
        Labels are patient numbers as written, where there are any.

    Examples
    --------
    >>> from fascicle.core import Modality, Subject
    >>> shots = [Header(Modality.ANAT, subject=Subject(code=c)) for c in ("4711", "4711", "0815")]
    >>> files = [PurePosixPath(f"export/IM{n:04d}") for n in range(3)]
    >>> find_header_people(files, shots).people.labels
    ['4711', '4711', '0815']
    """
    codes = _read_codes(headers)
    weights = weigh_ids(codes)
    folders = _FolderPeople(paths, headers, owned or {}, [weights[code] for code in codes])
    if _is_generic(codes, headers, folders):
        codes = [""] * len(codes)
    keys = _split_by_facts(codes, headers, folders)
    keys = _split_by_folders(keys, codes, folders)
    return _finish(keys, paths, headers, folders)


@dataclass(frozen=True)
class _Key:
    """What sets a person apart in this group, and how sure it is."""

    parts: tuple[str, ...]
    label: str
    sure: float
    says: tuple[str, ...]


class _FolderPeople:
    """Who the folders say it is; empty where they do not say it."""

    def __init__(
        self,
        paths: Sequence[PurePosixPath],
        headers: Sequence[Header],
        owned: Mapping[PurePosixPath, str],
        weights: Sequence[Weight],
    ) -> None:
        bare = self.bare = [path.parent / "file" for path in paths]
        self.owned = [_find_owner(path, owned) for path in paths]
        columns = self.columns = make_columns(bare)
        # Running numbers are equal in all folders: only other facts may join these.
        known = [
            h if weight else _forget_number(h) for h, weight in zip(headers, weights, strict=True)
        ]
        found = find_people(bare, columns, gather_facts(known))
        self.labels = [
            label if sure >= _MIN_PATH else ""
            for label, sure in zip(found.labels, found.confidence, strict=True)
        ]
        self.is_clear = any(_names_people(c) for c in columns if id(c) in found.used)

    def word(self, at: int) -> str:
        """Return what the folder calls the person, for sure; empty if it does not."""
        return self.owned[at] or (self.labels[at] if self.is_clear else "")

    def any_word(self, at: int) -> str:
        """Return what the folder may call the person."""
        return self.owned[at] or self.labels[at]


def _forget_number(header: Header) -> Header:
    """Return a header without a number for the person, and without a name that is one."""
    subject = header.subject
    name = subject.name if spell_name(subject.name) else ""
    return replace(header, subject=replace(subject, code="", name=name))


def _names_people(column: Column) -> bool:
    """Tell whether a word before the number says that people are counted."""
    return column.kind == "key" and column.priors.get("participant", 0.0) >= _MIN_PRIOR


def _find_owner(path: PurePosixPath, owned: Mapping[PurePosixPath, str]) -> str:
    return next((owned[folder] for folder in path.parents if folder in owned), "")


def _read_codes(headers: Sequence[Header]) -> list[str]:
    """Return the patient numbers, spelled for comparing; empty where they stand for nobody."""
    spelled = [" ".join(fold(h.subject.code).split()) for h in headers]
    numbers = {code for code in spelled if code.isdecimal()}
    # A lab that counts its patients has a number 1; elsewhere it is a machine's default.
    counts = len(numbers) >= _MIN_NUMBERS
    return [
        "" if is_nobody(code) and not (counts and code.isdecimal() and int(code)) else code
        for code in spelled
    ]


def _is_generic(codes: Sequence[str], headers: Sequence[Header], folders: _FolderPeople) -> bool:
    """Tell whether all headers have one number though folders or facts know several people."""
    if len(set(codes)) > 1 or not any(codes):
        return False
    births = {h.subject.birth for h in headers if h.subject.birth}
    told = folders.word if _is_full(headers[0]) else folders.any_word
    return len(births) > 1 or len({told(at) for at in range(len(codes))} - {""}) > 1


def _is_full(header: Header) -> bool:
    """Tell whether a header knows who it is: by a day of birth and a name of two words."""
    subject = header.subject
    known = subject.birth is not None and not is_placeholder(subject.birth)
    return known and len(spell_name(subject.name)) > 1


def _split_by_facts(
    codes: Sequence[str], headers: Sequence[Header], folders: _FolderPeople
) -> list[_Key]:
    """Give every recording a key: its number, and what differs under it."""
    keys: list[_Key | None] = [None] * len(codes)
    members: dict[str, list[int]] = defaultdict(list)
    for at, code in enumerate(codes):
        members[code].append(at)
    for code, own in members.items():
        if not code:
            for at in own:
                keys[at] = _key_without_code(at, headers[at])
            continue
        if weigh_id(code, ()) is Weight.NOTHING and not any(c.isdecimal() for c in code):
            for at in own:
                keys[at] = _key_of_word(code, headers[at], folders.any_word(at))
            continue
        marks = _find_marks([headers[at] for at in own])
        says: tuple[str, ...] = ("the patient number in the headers",)
        sure = _SURE
        if len(set(marks)) > 1:
            says, sure = ("headers under one patient number contradict one another",), _SPLIT
        elif _is_vouched([headers[at] for at in own]):
            says, sure = (*says, "all headers under it agree on birth or name"), _VOUCHED
        label = _spell_label([headers[at].subject.code for at in own])
        for at, mark in zip(own, marks, strict=True):
            name = f"{label} #{mark + 1}" if len(set(marks)) > 1 else label
            keys[at] = _Key((code, str(mark)), name, sure, says)
    return [key for key in keys if key is not None]


def _spell_label(codes: Sequence[str]) -> str:
    counts = Counter(code.strip() for code in codes)
    return min(counts, key=lambda text: (-counts[text], text))


def _key_without_code(at: int, header: Header) -> _Key:
    """Without a number: a name and a day of birth together are one person, a name alone is not."""
    subject = header.subject
    name = spell_name(subject.name) if not is_nobody(subject.name) else ()
    if len(name) > 1 and subject.birth and not is_placeholder(subject.birth):
        key = ("name", *name, subject.birth.isoformat())
        says = ("name and day of birth in the headers; they have no patient number",)
        return _Key(key, subject.name.strip(), _BY_NAME, says)
    says = ("neither headers nor folders name a participant",)
    return _Key(("alone", str(at)), "", _ALONE, says)


def _key_of_word(code: str, header: Header, word: str) -> _Key:
    """Tell apart who has initials or a word, which are many people's: by facts, or by the day."""
    subject = header.subject
    name = spell_name(subject.name)
    if _is_full(header):
        key = (code, *name, str(subject.birth), subject.sex)
        says = ("the patient's initials or word, and name and birth in the headers",)
        return _Key(key, subject.code.strip(), _BY_NAME, says)
    moment = start_of(header)
    day = moment.date().isoformat() if moment else ""
    key = (code, *name, str(subject.birth or ""), subject.sex, day, word)
    return _Key(key, subject.code.strip(), _BY_WORD, ("a word or initials, and the day",))


def _find_marks(headers: Sequence[Header]) -> list[int]:
    """Tell apart who is under one patient number, as numbers: by birth, sex and name."""
    found: list[Header] = []
    marks: list[int] = []
    for header in headers:
        hit = next((n for n, one in enumerate(found) if _may_be_one(one, header)), None)
        if hit is None:
            hit = len(found)
            found.append(header)
        marks.append(hit)
    return marks


def _may_be_one(one: Header, other: Header) -> bool:
    a, b = one.subject, other.subject
    names = spell_name(a.name), spell_name(b.name)
    known = not is_nobody(a.name) and not is_nobody(b.name) and all(names)
    return not (
        (a.birth and b.birth and a.birth != b.birth)
        or ({a.sex, b.sex} == {"F", "M"})
        or (known and not names_agree(*names))
    )


def _is_vouched(headers: Sequence[Header]) -> bool:
    births = {h.subject.birth for h in headers}
    names = {spell_name(h.subject.name) for h in headers}
    return (None not in births and len(births) == 1) or (() not in names and len(names) == 1)


def _split_by_folders(
    keys: Sequence[_Key], codes: Sequence[str], folders: _FolderPeople
) -> list[_Key]:
    """Keep apart what folders name otherwise; without a number, take the folder's name."""
    split: list[_Key] = []
    running = {code for code, weight in weigh_ids(codes).items() if weight is Weight.NOTHING}
    # Every site counts from one: a running number that nothing vouches for needs the folder too.
    weak = {at for at, code in enumerate(codes) if code in running and keys[at].sure != _VOUCHED}
    words = _gather_words(keys, folders.word)
    several = sum(len(own - {""}) > 1 for own in words.values())
    anew = several > _MAX_MIXED * len(words)  # each export counts its folders

    def told(at: int) -> str:
        if at in weak:
            return folders.any_word(at)
        return folders.owned[at] if anew else folders.word(at)

    words = _gather_words(keys, told)
    for at, key in enumerate(keys):
        word = told(at)
        if key.parts[0] == "alone":
            name = word or folders.labels[at]
            says = ("the folder's name; headers name nobody",)
            split.append(_Key(("folder", name), name, _MIN_PATH + 0.03, says) if name else key)
        elif len(words[key.parts] - {""}) > 1:
            says = ("headers and folders contradict one another on who it is",)
            parts = (*key.parts, f"folder:{word}")
            split.append(_Key(parts, f"{key.label} ({word or 'elsewhere'})", _SPLIT, says))
        else:
            split.append(key)
    return split


def _gather_words(
    keys: Sequence[_Key], told: Callable[[int], str]
) -> dict[tuple[str, ...], set[str]]:
    """Return what folders call each person of the headers."""
    words: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for at, key in enumerate(keys):
        words[key.parts].add(told(at))
    return words


def _finish(
    keys: Sequence[_Key],
    paths: Sequence[PurePosixPath],
    headers: Sequence[Header],
    folders: _FolderPeople,
) -> HeaderPeople:
    """Spell labels that are unlike one another, and gather what folders call each."""
    labels: dict[tuple[str, ...], str] = {}
    for at, key in enumerate(keys):
        if key.parts not in labels:
            base = key.label or paths[at].as_posix()
            label, number = base, 2
            while label in labels.values():
                label, number = f"{base} ({number})", number + 1
            labels[key.parts] = label
    found = [labels[key.parts] for key in keys]
    doubts = []
    if any(key.sure == _SPLIT for key in keys):
        doubts.append("Headers or folders of images contradict one another on who was scanned.")
    if any(key.sure == _ALONE for key in keys):
        doubts.append("Nothing names the person in some images; each series counts as its own.")
    doubts += _find_lookalikes(found, headers)
    people = People(found, [k.sure for k in keys], [k.says for k in keys], set(), doubts)
    return HeaderPeople(people, _find_aliases(found, folders))


def _find_lookalikes(labels: Sequence[str], headers: Sequence[Header]) -> list[str]:
    """Say where one name and day of birth stand under two numbers; nobody is merged for that."""
    seen: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for label, header in zip(labels, headers, strict=True):
        name = spell_name(header.subject.name)
        if name and header.subject.birth and not is_nobody(header.subject.name):
            seen[name, header.subject.birth].add(label)
    if any(len(found) > 1 for found in seen.values()):
        return ["Some images have one name and day of birth under two numbers; they were kept "
                "apart."]  # fmt: skip
    return []


def _find_aliases(labels: Sequence[str], folders: _FolderPeople) -> dict[str, tuple[str, ...]]:
    """Return what folders call a person, where folder and header go together one to one."""
    own = find_own_values(folders.bare, folders.columns, labels)
    seen = defaultdict(set)
    for label, word in zip(labels, folders.owned, strict=True):
        seen[label].add(word)
    words = Counter(word for found in seen.values() for word in found)
    for label, found in seen.items():
        (word, *more) = sorted(found)
        if word and not more and words[word] == 1:
            own[label] = (*own.get(label, ()), word)
    return {
        label: kept
        for label, texts in own.items()
        if (kept := tuple(t for t in dict.fromkeys(texts) if spell_id(t) != spell_id(label)))
    }
