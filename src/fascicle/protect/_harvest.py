"""What the scan looks for: every word of raw paths, tables and headers that points to somebody."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path, PurePath

from fascicle.core import Header, Identifier, Plan
from fascicle.formats import MAX_SHEET_COLUMNS, MAX_SHEET_ROWS, read_sheet, telling_path

from ._bids_labels import settle_bids_labels
from ._detectors import find_days
from ._labels import is_telling
from ._own_words import is_own_word
from ._spellings import parse_day
from ._words import FIRST_NAMES, TECHNICAL, fold_word, is_technical, split_words, word_set

_NAME_KINDS = frozenset({"name", "operator"})
_PLACE_KINDS = frozenset({"institution", "place"})
_PROSE_KINDS = frozenset({"path", "text"})
_MIN_PART = 3
_MIN_PLACE = 5
_MIN_DIGITS = 4
_MIN_TEXT = 8
_MIN_FOLDER = 4
_MAX_CATEGORY = 12
_MAX_TABLE_BYTES = 64 << 20
_USER_PATH = re.compile(r"[\\/](?:home|users|homes)[\\/]([^\\/]+)", re.IGNORECASE)
_SETTING = re.compile(
    r"(?:\b(?:hp|lp|n|bp|dc|notch|high|low)\b|hz|[\d.,:;/ \t±+-]|[\u00b5mk]?v)+", re.IGNORECASE
)
_CODE = re.compile(r"([^\W\d_]+)[-_. ]?\d{2,}")
_CODE_PLACES = frozenset({"raw id", "header: code of the participant", "table: code"})
_WRITTEN_PREFIXES = word_set("sub ses run acq rec task space split desc ch channel")
"""Words that BIDS or we ourselves write before a number."""

_CATEGORY_COLUMNS = word_set(
    """
    sex gender geschlecht sexe genre hand handedness handigkeit haendigkeit group gruppe groupe
    diagnosis diagnose condition cohort arm species strain age alter session visit task run
    """
)
_NAME_COLUMNS = re.compile(
    r"name|nom|patient|subject|participant|proband|teilnehmer|(?:^|_)(?:id|pid|mrn|nr|code|no)(?:$|_)"
    r"|doctor|arzt|physician|operator|technician|address|adresse|strasse|street|city|ort|stadt"
    r"|zip|plz|post|phone|tel|mail|contact|hospital|klinik|clinic|institut|ssn|ahv|insur"
)
_BIRTH_COLUMNS = re.compile(r"birth|dob|geb|naiss|ddn")


def collect_identifiers(
    root: Path, plan: Plan, headers: Mapping[str, Header]
) -> tuple[Identifier, ...]:
    """Return everything known that points to a person, place, device or day.

    It comes from the raw paths (ids, words that one person's files alone carry, dates, the user's
    name in the path of the raw folder), from every cell of the participants tables except short
    categories, and from the headers. Names are also given part by part, where a part has three
    letters or more and is no word of the lab.

    Parameters
    ----------
    root : Path
        The raw folder.
    plan : Plan
        What was found in it.
    headers : mapping of str to Header
        Headers by the key of their recording.

    Returns
    -------
    tuple of Identifier
        Each value once, in a fixed order.
    """
    found: dict[tuple[str, str], Identifier] = {}
    everything = (
        *_from_headers(headers),
        *_from_root(root),
        *_from_paths(plan, headers),
        *_from_people(plan),
        *_from_tables(root, plan),
    )
    for identifier in everything:
        for known in (*_expand(identifier), *_expand_code(identifier, plan)):
            if known.kind not in _PROSE_KINDS or not is_own_word(known.value):
                found.setdefault((known.kind, known.value), known)
    harvest = tuple(found[key] for key in sorted(found))
    return settle_bids_labels(plan, harvest) if plan.bids_input else harvest


def _expand(identifier: Identifier) -> Iterator[Identifier]:
    """Yield an identifier, unless it says nothing, and the parts of it that tell by themselves."""
    kind, value, where = identifier.kind, " ".join(identifier.value.split()), identifier.where
    if kind in {"birthdate", "date"}:
        yield from _expand_date(identifier)
        return
    for day in sorted(find_days(value)):
        yield Identifier("date", day.isoformat(), where)
    words = [word for word in re.split(r"[\W_]+", value) if word]
    telling = [word for word in words if not is_technical(word) and fold_word(word) != "x"]
    if not _says_something(kind, value, telling):
        return
    yield Identifier(kind, value, where)
    for part_kind, part in _telling_parts(kind, value, words, telling):
        yield Identifier(part_kind, part, where)


def _expand_code(identifier: Identifier, plan: Plan) -> Iterator[Identifier]:
    """Yield a person's code that is made of a word of the lab and a number: PAT11, Subject-012.

    Taken from anywhere else such a word would be a counter; in a BIDS folder it is the public one.
    """
    value = " ".join(identifier.value.split())
    code = _CODE.fullmatch(value)
    if plan.bids_input or identifier.where not in _CODE_PLACES or code is None:
        return
    if fold_word(code[1]) in TECHNICAL - _WRITTEN_PREFIXES:
        yield Identifier("id", value, identifier.where)


def _telling_parts(
    kind: str, value: str, words: list[str], telling: list[str]
) -> Iterator[tuple[str, str]]:
    """Yield the parts of a value that point to somebody by themselves, with their kind."""
    if kind in _NAME_KINDS or kind in _PLACE_KINDS:
        shortest = _MIN_PLACE if kind in _PLACE_KINDS else _MIN_PART
        yield from ((kind, w) for w in telling if len(w) >= shortest and not w.isdigit())
        return
    if kind == "path":
        # Folders of a computer carry the names of its users.
        folders = " ".join(re.split(r"[\\/]+", value)[:-1])
        for word in re.split(r"[\W_\d]+", folders):
            if len(word) >= _MIN_FOLDER and not is_technical(word):
                yield kind, word
    for word in words:
        # In codes, paths and remarks only what is a person's name for sure, and long numbers.
        if fold_word(word) in FIRST_NAMES - TECHNICAL:
            yield "name", word
        elif word.isdigit() and len(word) > _MIN_DIGITS:
            yield kind, word


def _expand_date(identifier: Identifier) -> Iterator[Identifier]:
    """Yield a day in ISO form; what cannot be read as one is searched for as it stands."""
    kind, value, where = identifier.kind, identifier.value, identifier.where
    if parse_day(value) is not None:
        yield identifier
        return
    days = sorted(find_days(value))
    for day in days:
        yield Identifier(kind, day.isoformat(), where)
    if not days and len(re.sub(r"[\W_]", "", value)) >= _MIN_TEXT - 2:
        yield Identifier("id", value, where)


def _says_something(kind: str, value: str, telling: list[str]) -> bool:
    """Tell whether a value is more than a placeholder, a setting or a word of the lab."""
    core = re.sub(r"[\W_]", "", value)
    if core.isdigit():
        return len(core) >= _MIN_DIGITS
    if kind == "text":
        return bool(telling) and len(core) >= _MIN_TEXT and not _SETTING.fullmatch(value)
    return bool(telling) and len(core) >= _MIN_PART


def _from_headers(headers: Mapping[str, Header]) -> Iterator[Identifier]:
    """Yield what headers hold."""
    for header in headers.values():
        subject = header.subject
        yield Identifier("id", subject.code, "header: code of the participant")
        yield Identifier("name", subject.name, "header: name of the participant")
        if subject.birth is not None:
            yield Identifier("birthdate", subject.birth.isoformat(), "header: day of birth")
        if header.measured_at is not None:
            yield Identifier("date", header.measured_at.isoformat(), "header: moment of recording")
        yield from header.identifiers
        for label in dict.fromkeys(header.labels()):
            if is_telling(label):
                yield from _from_telling_label(label)


def _from_telling_label(label: str) -> Iterator[Identifier]:
    """Yield the names and days in a label that looks as if it held some."""
    for word in re.split(r"[\W_]+", label):
        if fold_word(word) in FIRST_NAMES - TECHNICAL:
            yield Identifier("name", word, "labels")
    for day in sorted(find_days(label)):
        yield Identifier("date", day.isoformat(), "labels")


def _from_root(root: Path) -> Iterator[Identifier]:
    """Yield the user's name in the path of the raw folder."""
    for match in _USER_PATH.finditer(str(root.absolute())):
        yield Identifier("operator", match[1], "path of the raw folder: user")


def _from_paths(plan: Plan, headers: Mapping[str, Header]) -> Iterator[Identifier]:
    """Yield dates in paths, and words that only one person's paths carry."""
    owners: dict[str, set[str]] = {}
    spelled: dict[str, str] = {}
    for person, path in _owned_paths(plan, headers):
        for day in sorted(find_days(path.as_posix().replace("/", " "))):
            yield Identifier("date", day.isoformat(), "raw paths")
        for word in _path_words(path):
            spelled.setdefault(fold_word(word), word)
            owners.setdefault(fold_word(word), set()).add(person)
    if plan.bids_input:
        return
    ordinary = {
        word
        for recording in plan.recordings
        for name, inferred in recording.entities.items()
        if name != "participant"
        for word in split_words(inferred.value)
    }
    n_people = len(set().union(*owners.values())) if owners else 0
    for folded, people in sorted(owners.items()):
        word = spelled[folded]
        if len(people) > 1 or folded in ordinary or len(folded) < _MIN_PART:
            continue
        is_personal = n_people > 1 or folded in FIRST_NAMES or not word.islower()
        if is_personal and not is_technical(word):
            yield Identifier("path", word, "raw paths")


def _owned_paths(plan: Plan, headers: Mapping[str, Header]) -> Iterator[tuple[str, PurePath]]:
    """Yield every raw path, without names of channels, with the person whose recording it is of."""
    for recording in plan.recordings:
        inferred = recording.entities.get("participant")
        header = headers.get(recording.key)
        for path in recording.source.files:
            told = telling_path(path, recording.source.format, header) if header else path
            yield inferred.value if inferred else "", told


def _path_words(path: PurePath) -> Iterator[str]:
    """Yield the words of a path, without the ending of its file."""
    for part in (*path.parts[:-1], path.name.split(".")[0]):
        yield from (word for word in re.split(r"[\W_]+", part) if word)


def _from_people(plan: Plan) -> Iterator[Identifier]:
    """Yield what the plan knows of the participants."""
    for planned in plan.participants:
        if not plan.bids_input:
            for name in (planned.raw_id, *planned.aliases):
                yield Identifier("id", name, "raw id")
        subject = planned.subject
        yield Identifier("id", subject.code if not plan.bids_input else "", "table: code")
        yield Identifier("name", subject.name, "table: name")
        if subject.birth is not None:
            yield Identifier("birthdate", subject.birth.isoformat(), "table: day of birth")
    if not plan.bids_input:
        for recording in plan.recordings:
            if "participant" in recording.entities:
                yield Identifier("id", recording.entities["participant"].value, "raw id")


def _from_tables(root: Path, plan: Plan) -> Iterator[Identifier]:
    """Yield every cell of the participants tables except short categories."""
    for name in plan.tables:
        rows = _read_rows(root / name)
        if not rows:
            continue
        body = [row for row in rows[1:] if row != rows[0]]  # joined tables repeat their titles
        header = ["_".join(split_words(str(cell))) for cell in rows[0]]
        for position, title in enumerate(header):
            cells = [row[position] for row in body if position < len(row)]
            if plan.bids_input and position == 0:
                continue
            yield from _from_column(title, cells)


def _from_column(title: str, cells: list[object]) -> Iterator[Identifier]:
    """Yield the cells of one column that point to somebody."""
    where = "participants table"
    texts = {str(cell).strip() for cell in cells if cell is not None and str(cell).strip()}
    days = {cell for cell in cells if isinstance(cell, date)}
    kind = "birthdate" if _BIRTH_COLUMNS.search(title) else "date"
    for cell in sorted(days, key=str):
        day = cell.date() if isinstance(cell, datetime) else cell
        yield Identifier(kind, day.isoformat(), where)
    for text in sorted(texts):
        for day in sorted(find_days(text)):
            yield Identifier(kind, day.isoformat(), where)
    if title in _CATEGORY_COLUMNS:
        return
    is_named = bool(_NAME_COLUMNS.search(title))
    # A category is short and is shared: few values for many rows.
    is_category = len(texts) <= max(5, len(cells) // 3) and all(
        len(text) <= _MAX_CATEGORY for text in texts
    )
    is_measure = all(re.fullmatch(r"-?\d{0,4}([.,]\d+)?", text) for text in texts)
    if not is_named and (is_category or is_measure):
        return
    for text in sorted(texts - {str(day) for day in days}):
        if not find_days(text) or len(split_words(text)) > 3:
            yield Identifier(_kind_of(title, text), text, where)


def _kind_of(title: str, text: str) -> str:
    """Return the kind of a cell by the title of its column."""
    if "@" in text or re.search(r"phone|tel|mail|contact", title):
        return "contact"
    if re.search(r"name|nom|doctor|arzt|physician|operator|technician", title) and not any(
        c.isdigit() for c in text
    ):
        return "name"
    if re.search(r"city|ort|stadt|street|strasse|address|adresse|zip|plz|post", title):
        return "place"
    if re.search(r"hospital|klinik|clinic|institut", title):
        return "institution"
    return "id" if _NAME_COLUMNS.search(title) or len(text) <= _MAX_CATEGORY else "text"


def _read_rows(path: Path) -> list[list[object]]:
    """Return the rows of a CSV, TSV or XLSX file; none if it cannot be read (look reports that)."""
    try:
        if path.stat().st_size > _MAX_TABLE_BYTES:
            return []
        if path.suffix.lower() in {".xlsx", ".xlsm"}:
            return read_sheet(path)
        text = _decode(path.read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return []
    first = text.split("\n", 1)[0]
    delimiter = max("\t;,|", key=first.count)
    rows: Iterable[list[str]] = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [
            list(row[:MAX_SHEET_COLUMNS])
            for row, _ in zip(rows, range(MAX_SHEET_ROWS), strict=False)
        ]
    except csv.Error:
        return []


def _decode(data: bytes) -> str:
    """Decode a table in whatever encoding a spreadsheet wrote it."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
