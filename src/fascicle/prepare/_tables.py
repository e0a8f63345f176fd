"""Tables of participants: CSV, TSV or XLSX, in whatever delimiter, encoding and language."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from fascicle.core import Subject
from fascicle.errors import InputError
from fascicle.formats import MAX_SHEET_COLUMNS, MAX_SHEET_ROWS, read_sheet

from ._paths import make_date, strip_zeros
from ._words import KEYS, fold

MAX_TABLE_BYTES = 20_000_000
_DELIMITERS = "\t;,|"
_EMPTY = frozenset([
    "",
    "n/a",
    "na",
    "nan",
    "none",
    "null",
    "-",
    "?",
    "unknown",
    "unbekannt",
    "k.a.",
    "inconnu",
])

COLUMN_WORDS: dict[str, str] = {
    "id": "participant_id|participantid|participant|subject_id|subjectid|subject|sub|subj|id|vp|"
    "vpn|vp_nr|vp-nr|vpnr|vp_code|vp code|versuchsperson|proband|probanden_id|proband_id|"
    "probandennummer|probandencode|code|teilnehmer|teilnehmer_id|tn|patient|patient_id|patientid|"
    "patienten_id|patientennummer|pat_id|pat_nr|pid|mrn|sujet|sujet_id|code_sujet|numero|"
    "numero_patient|identifiant|animal|animal_id|mouse|mouse_id|record_id|case|fallnummer",
    "name": "name|full_name|surname|nachname|last_name|lastname|nom|familienname|patientenname",
    "first_name": "first_name|firstname|vorname|prenom|given_name",
    "sex": "sex|gender|geschlecht|sexe|genre",
    "age": "age|alter|age_years|age_y|alter_jahre|age_at_scan",
    "birth": "birth|birthdate|birth_date|date_of_birth|dob|birthday|geburtsdatum|geb|gebdatum|"
    "geb_datum|geburtstag|date_de_naissance|naissance|ddn",
    "hand": "hand|handedness|haendigkeit|handigkeit|lateralite|dominant_hand",
    "group": "group|gruppe|groupe|diagnosis|diagnose|diagnostic|cohort|kohorte|arm|condition|dx",
    "species": "species|spezies|espece",
    "strain": "strain|stamm|souche",
    "session": "session|sitzung|seance|visit|visite",
}
"""What a column of a participants table is called, by what it holds."""

_SEX = {"f": "F", "female": "F", "w": "F", "weiblich": "F", "femme": "F", "feminin": "F",
        "woman": "F", "frau": "F", "m": "M", "male": "M", "mannlich": "M", "maennlich": "M",
        "homme": "M", "masculin": "M", "man": "M", "mann": "M", "h": "M", "o": "O", "other": "O",
        "d": "O", "divers": "O", "autre": "O", "x": "O"}  # fmt: skip
_HAND = {"r": "R", "right": "R", "rechts": "R", "droite": "R", "droitier": "R", "droitiere": "R",
         "rh": "R", "l": "L", "left": "L", "links": "L", "gauche": "L", "gaucher": "L", "lh": "L",
         "gauchere": "L", "a": "A", "both": "A", "ambi": "A", "ambidextrous": "A", "b": "A",
         "beidhandig": "A", "beidhaendig": "A", "ambidextre": "A"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A table that describes participants.

    Attributes
    ----------
    columns : tuple of str
        Their names as written.
    rows : tuple of dict of str to str
        One for each line, by column.
    meaning : dict of str to str
        Role (``"id"``, ``"sex"``, ...) to column.
    name : str
        File name, for the owner's eyes.
    """

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    meaning: dict[str, str]
    name: str = ""

    def get(self, row: Mapping[str, str], role: str) -> str:
        """Return a row's cell by role; empty if there is none or it says 'unknown'."""
        text = row.get(self.meaning.get(role, ""), "").strip()
        return "" if fold(text) in _EMPTY else text

    @property
    def ids(self) -> tuple[str, ...]:
        """The participants that it lists, in order, as written."""
        return tuple(dict.fromkeys(i for row in self.rows if (i := self.get(row, "id"))))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Columns whose meaning is not known."""
        return tuple(c for c in self.columns if c not in self.meaning.values())


def read_table(path: Path) -> Table:
    """Read a table of participants.

    Parameters
    ----------
    path : Path
        CSV, TSV, TXT or XLSX; delimiter and encoding are found out.

    Returns
    -------
    Table
        Its rows, and what its columns mean.

    Raises
    ------
    InputError
        If the file cannot be read as a table with a header line.
    """
    try:
        lines = _read_lines(path)
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(
            "FSC111",
            "Expected a table (CSV, TSV or XLSX), found no file by that name.",
            "Check the path.",
        ) from error
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise InputError(
            "FSC111",
            f"Expected a table (CSV, TSV or XLSX), got a file that cannot be read as one "
            f"({type(error).__name__}).",
            "Save the table as CSV in UTF-8 and name it with --table.",
        ) from error
    return make_table(lines, name=path.name)


def make_table(lines: Sequence[Sequence[str]], *, name: str = "") -> Table:
    """Make a table from its lines, the first of which names the columns.

    Examples
    --------
    >>> make_table([["VP", "Geschlecht"], ["03", "w"]]).meaning
    {'id': 'VP', 'sex': 'Geschlecht'}
    """
    filled = [line for line in lines if any(cell.strip() for cell in line)]
    if len(filled) < 2 or len(filled[0]) < 1:
        raise InputError(
            "FSC112",
            f"Expected a table with a header line and at least one row, got {len(filled)} lines.",
            "Give the columns names in the first line.",
        )
    if len(filled[0]) > MAX_SHEET_COLUMNS:
        raise InputError(
            "FSC111",
            f"Expected a table of participants, got one of {len(filled[0])} columns.",
            "Name the table that has a row for each participant with --table.",
        )
    columns = tuple(c.strip().lstrip("\ufeff") or f"column {i}" for i, c in enumerate(filled[0]))
    rows = tuple(
        {c: cell.strip() for c, cell in zip(columns, line, strict=False)}
        for line in filled[1:]
        if line != filled[0]  # tables that were joined repeat their first line
    )
    return Table(columns, rows, _find_meaning(columns, rows), name)


def _find_meaning(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> dict[str, str]:
    meaning: dict[str, str] = {}
    plain = {_plain(column): column for column in reversed(columns)}
    for role, words in COLUMN_WORDS.items():
        for word in words.split("|"):
            hit = plain.get(_plain(word))
            if hit is not None and hit not in meaning.values():
                meaning[role] = hit
                break
    if "id" not in meaning:
        first = columns[0]
        cells = [row.get(first, "") for row in rows]
        if first not in meaning.values() and len(set(cells)) == len(cells) and all(cells):
            meaning = {"id": first} | meaning
    return meaning


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(re.sub(r"[\[(].*", "", name)))


def _read_lines(path: Path) -> list[list[str]]:
    """Return the cells of a table as text."""
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        return [[_format_cell(cell) for cell in row] for row in read_sheet(path)]
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise ValueError("too large")
    return _read_text(path.read_bytes())


def _format_cell(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _read_text(data: bytes) -> list[list[str]]:
    text = _decode(data)
    if "\x00" in text:
        raise ValueError("binary")
    lines = [line for line in text.splitlines() if line.strip()][:50]
    delimiter = max(_DELIMITERS, key=lambda d: _evenness(lines, d))
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    return [row for row, _ in zip(reader, range(MAX_SHEET_ROWS), strict=False)]


def _evenness(lines: Sequence[str], delimiter: str) -> float:
    """How well a delimiter cuts all lines into the same number of cells, more than one."""
    counts = [line.count(delimiter) for line in lines]
    if not counts or not counts[0]:
        return 0.0
    return sum(c == counts[0] for c in counts) / len(counts) + 0.01 * min(counts[0], 20)


def read_subject(table: Table, row: Mapping[str, str]) -> Subject:
    """Return what a row of a table says about a participant."""
    name = " ".join(n for n in (table.get(row, "first_name"), table.get(row, "name")) if n)
    return Subject(
        code=table.get(row, "id"),
        name=name,
        birth=parse_birth(table.get(row, "birth")),
        age_years=_parse_age(table.get(row, "age")),
        sex=_SEX.get(fold(table.get(row, "sex")), ""),
        hand=_HAND.get(fold(table.get(row, "hand")), ""),
        species=table.get(row, "species"),
    )


def parse_birth(text: str) -> date | None:
    """Read a date in ISO, German, French or American order; None if it is none.

    Examples
    --------
    >>> parse_birth("12.03.1987")
    datetime.date(1987, 3, 12)
    """
    numbers = re.findall(r"\d+", text)[:3]
    if len(numbers) < 3:
        return None
    a, b, c = numbers
    if len(a) == 4:
        iso = make_date(a, b, c)
    elif len(c) in {2, 4}:
        iso = make_date(c, b, a) or make_date(c, a, b)
    else:
        iso = ""
    return date.fromisoformat(iso) if iso else None


def _parse_age(text: str) -> float | None:
    match = re.match(r"\s*(\d+(?:[.,]\d+)?)", text)
    return float(match.group(1).replace(",", ".")) if match else None


def match_ids(values: Sequence[str], ids: Sequence[str]) -> dict[str, str]:
    """Pair participants of paths with ids of a table, by the strictest spelling that fits.

    Parameters
    ----------
    values : sequence of str
        Participants as the paths write them.
    ids : sequence of str
        Ids as the table writes them.

    Returns
    -------
    dict of str to str
        Path value to table id, for those that pair one to one.

    Examples
    --------
    >>> match_ids(["VP_03", "VP_11"], ["3", "11", "12"])
    {'VP_03': '3', 'VP_11': '11'}
    """
    best: dict[str, str] = {}
    spellings: list[Callable[[str], str]] = [str.strip, fold, _spell_label, _spell_plain]
    # P01 and C01 are two people: the number alone tells only where all have one prefix.
    if len({_prefix(v) for v in values}) <= 1 and len({_prefix(i) for i in ids}) <= 1:
        spellings.append(_spell_number)
    for spell in spellings:
        known: dict[str, list[str]] = {}
        for one in ids:
            known.setdefault(spell(one), []).append(one)
        seen: dict[str, list[str]] = {}
        for one in values:
            seen.setdefault(spell(one), []).append(one)
        pairs = {
            own[0]: known[spelled][0]
            for spelled, own in seen.items()
            if spelled and len(own) == 1 and len(known.get(spelled, ())) == 1
        }
        if len(pairs) > len(best):
            best = pairs
    return best


def _spell_plain(text: str) -> str:
    """Without separators and leading zeros: ``VP_03`` is ``vp3``."""
    return "".join(
        strip_zeros(piece) if piece.isdecimal() else piece
        for piece in re.findall(r"\d+|[^\W\d_]+", fold(text))
    )


def _spell_label(text: str) -> str:
    """Return a BIDS label: ``sub-AB`` is ``ab``."""
    return fold(text).removeprefix("sub-")


def _prefix(text: str) -> str:
    """Return the letters of an id, without the digits that end it."""
    return "".join(re.findall(r"[^\W\d_]+", fold(text)))


def _spell_number(text: str) -> str:
    """Return the number alone, if all before it is a word for participants: ``sub-03`` is 3."""
    pieces = re.findall(r"\d+|[^\W\d_]+", fold(text))
    known = all(KEYS.get(piece, {}).get("participant", 0) >= 3 for piece in pieces[:-1])
    return strip_zeros(pieces[-1]) if pieces and pieces[-1].isdecimal() and known else ""
