"""What participants allow, as a lab writes it down: codes for all, or a table with a row each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from fascicle.core import Consent
from fascicle.errors import InputError
from fascicle.formats import read_sheet

from ._duo import NOT_COMMERCIAL, find_kind, is_disease, parse_code

_NOBODY_KNOWS = frozenset(
    {"", "?", "-", "unknown", "unsure", "none", "n/a", "na", "null", "no", "not asked",
     "i do not know", "i don't know", "i dont know", "do not know", "don't know", "idk"}
)  # fmt: skip
_YES = frozenset({"yes", "y", "true", "t", "1", "allowed", "permitted", "ja", "j", "oui", "o"})
_NO = frozenset({"no", "n", "false", "f", "0", "not allowed", "forbidden", "nein", "non"})
_FLAGS: dict[str, dict[str, bool]] = {
    "ai-training": {"ai_training": True},
    "no-ai-training": {"ai_training": False},
    "commercial": {"commercial": True},
    "no-commercial": {"commercial": False},
    "no-reidentification": {"no_reidentification": True},
}
_WITHOUT_WORDS = {"ai_training": False, "commercial": False, "no_reidentification": True}
_TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx"})
_COLUMNS = ("participant_id", "duo")
_MAX_TABLE_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class ConsentTable:
    """Consents as a lab knows them, before pseudonyms; owner-only.

    Attributes
    ----------
    everyone : Consent
        Holds for all who have no row; allows nothing when codes were not given.
    rows : mapping of str to Consent
        By raw id, without ``sub-``.

    Examples
    --------
    >>> table = parse_consent("HMB no-ai-training")
    >>> table.lookup("patient 7").duo, table.lookup("patient 7").ai_training
    (('DUO:0000006',), False)
    """

    everyone: Consent = field(default_factory=Consent)
    rows: Mapping[str, Consent] = field(default_factory=dict)

    def lookup(self, raw_id: str, *aliases: str) -> Consent:
        """Return what a participant allows; an empty consent where nobody knows.

        Parameters
        ----------
        raw_id : str
            As in the raw folder, with or without ``sub-``; never a pseudonym: ``002`` may be
            somebody else's raw id.
        *aliases : str
            What other kinds of recordings call the same participant.

        Returns
        -------
        Consent
            Of the row with one of these; what holds for everyone if there is none, and nothing is
            allowed if two rows differ.
        """
        rows = [self.rows[n] for n in map(_plain_id, (raw_id, *aliases)) if n in self.rows]
        if any(row != rows[0] for row in rows):
            return Consent()
        return rows[0] if rows else self.everyone

    def unmatched(self, names: Iterable[str]) -> int:
        """Return how many rows belong to none of these names."""
        return len(set(self.rows) - {_plain_id(name) for name in names})


def parse_consent(given: str | Path) -> ConsentTable:
    """Read consent from codes that hold for everyone, or from a table.

    Parameters
    ----------
    given : str or Path
        Codes of the Data Use Ontology with words for what it does not cover, as
        ``"HMB NPUNCU no-ai-training"`` or ``"DS MONDO:0005027, ai-training"``; or the path of a
        CSV, TSV or XLSX table with the columns ``participant_id`` and ``duo`` and, as far as
        known, ``ai_training``, ``commercial``, ``no_reidentification``, ``since``, ``form``,
        ``attested_by`` and ``withdrawn``. ``"unknown"`` allows nothing.

    Returns
    -------
    ConsentTable
        What is not said is not allowed.

    Raises
    ------
    InputError
        FSC150 for a word that is no code of a consent, and for limits of nothing; FSC151 if the
        table is not there or cannot be read; FSC152 if a column is
        missing, a cell is not usable, or two rows disagree.

    Examples
    --------
    >>> parse_consent("GRU, commercial").everyone.commercial
    True
    >>> parse_consent("I do not know").everyone.is_given
    False
    """
    path = Path(given)
    if isinstance(given, Path) or path.suffix.lower() in _TABLE_SUFFIXES:
        return ConsentTable(rows=_read_rows(path))
    return ConsentTable(everyone=parse_codes(given))


def parse_codes(text: str) -> Consent:
    """Return the consent that a line of codes gives.

    Raises
    ------
    InputError
        FSC150 for a word that is no code of a consent, and for limits of nothing.
    """
    if text.strip().casefold().rstrip(".") in _NOBODY_KNOWS:
        return Consent()
    words = [word for word in re.split(r"[\s,;|+\[\]()]+", text.replace("/", " ")) if word]
    duo: list[str] = []
    flags = _WITHOUT_WORDS.copy()
    position = 0
    while position < len(words):
        word = words[position]
        argument = words[position + 1] if position + 1 < len(words) else ""
        flag = _FLAGS.get(word.casefold().replace("_", "-"))
        code = parse_code(word, argument)
        if flag is not None:
            flags |= flag
        elif code is not None and find_kind(code) != "purpose":
            duo.append(code)
            position += " " in code  # the disease belongs to it
        else:
            raise _unknown_word(position + 1, word)
        position += 1
    _require_permission(duo)
    return _strict(
        Consent(
            duo=tuple(dict.fromkeys(duo)),
            ai_training=flags["ai_training"],
            commercial=flags["commercial"],
            no_reidentification=flags["no_reidentification"],
        )
    )


def _require_permission(codes: Iterable[str]) -> None:
    """Refuse codes that only limit: who gives them means to allow something."""
    kinds = {find_kind(code) for code in codes}
    if kinds and "permission" not in kinds:
        raise InputError(
            "FSC150",
            "Expected a code that allows something, but each of these codes limits a use.",
            "Write first what is allowed, such as GRU or HMB, then its limits: `HMB NPUNCU`.",
        )


def _strict(consent: Consent) -> Consent:
    """Let a code that forbids commercial use weigh more than a word that allows it."""
    if NOT_COMMERCIAL.intersection(consent.duo):
        return replace(consent, commercial=False)
    return consent


def _unknown_word(position: int, word: str) -> InputError:
    """Say which word is no code, without repeating it."""
    if is_disease(word):
        expected = f"Expected `DS` before the disease at word {position}."
    elif parse_code(word) is not None:
        expected = f"Expected codes for consents, but word {position} is one for requests only."
    elif parse_code(word, "MONDO:0000001") is not None:
        expected = f"Expected an identifier such as MONDO:0005027 after `DS`, at word {position}."
    else:
        expected = f"Expected codes of the Data Use Ontology, but word {position} is none."
    return InputError(
        "FSC150",
        expected,
        "Write codes such as GRU, HMB, `DS MONDO:0005027`, NPUNCU, and words such as "
        "no-ai-training; or `unknown`, which allows nothing.",
    )


def _read_rows(path: Path) -> dict[str, Consent]:
    """Return the consent of each row by its participant."""
    found: dict[str, Consent] = {}
    for number, row in enumerate(_read_table(path), start=2):
        missing = [name for name in _COLUMNS if name not in row]
        if missing:
            raise InputError(
                "FSC152",
                f"Expected columns participant_id and duo, found no {' and no '.join(missing)}.",
                "Name the columns in the first row of the table.",
            )
        name = _plain_id(row["participant_id"])
        if not name:
            continue
        consent = _parse_row(number, row)
        if found.setdefault(name, consent) != consent:
            raise _bad_cell(number, "participant_id", "one row for each participant")
    return found


def _parse_row(number: int, row: Mapping[str, str]) -> Consent:
    """Return the consent of one row of the table."""
    try:
        consent = parse_codes(row["duo"])
    except InputError as error:
        raise _bad_cell(number, "duo", "codes of the Data Use Ontology, or `unknown`") from error

    def flag(name: str, default: bool) -> bool:
        return _parse_flag(number, name, row.get(name, ""), default=default)

    return _strict(
        Consent(
            duo=consent.duo,
            ai_training=flag("ai_training", consent.ai_training),
            commercial=flag("commercial", consent.commercial),
            no_reidentification=flag("no_reidentification", consent.no_reidentification),
            since=_parse_day(number, "since", row.get("since", "")),
            form=row.get("form", ""),
            attested_by=row.get("attested_by", ""),
            withdrawn=_parse_day(number, "withdrawn", row.get("withdrawn", "")),
        )
    )


def _parse_flag(number: int, name: str, cell: str, *, default: bool) -> bool:
    """Return a cell as yes or no; the default when nobody knows."""
    word = cell.strip().casefold()
    if word in _YES or word in _NO:
        return word in _YES
    if word in _NOBODY_KNOWS:
        return default
    raise _bad_cell(number, name, "yes, no or nothing")


def _parse_day(number: int, name: str, cell: str) -> date | None:
    """Return a cell as a day."""
    if cell.strip().casefold() in _NOBODY_KNOWS:
        return None
    try:
        return datetime.fromisoformat(cell.strip()).date()
    except ValueError as error:
        raise _bad_cell(number, name, "a day such as 2024-05-17") from error


def _bad_cell(number: int, column: str, expected: str) -> InputError:
    return InputError(
        "FSC152",
        f"Expected {expected} in row {number}, column {column}, of the consent table.",
        "Mend this cell; write `unknown` where you do not know.",
    )


def _plain_id(name: str) -> str:
    """Return an id as tables and folders may both spell it."""
    return name.strip().removeprefix("sub-")


def _read_table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a table as text, by column names in lower case."""
    try:
        if path.stat().st_size > _MAX_TABLE_BYTES:
            raise InputError(
                "FSC151",
                f"Expected a consent table under {_MAX_TABLE_BYTES // 1_000_000} MB.",
                "Name the table of consents, not a data file.",
            )
        lines = _read_xlsx(path) if path.suffix.lower() == ".xlsx" else _read_text(path)
    except FileNotFoundError as error:
        raise InputError(
            "FSC151",
            "Expected a consent table, found no file by that name.",
            "Check the path; or give codes such as GRU that hold for all.",
        ) from error
    except (OSError, UnicodeError, csv.Error, InputError) as error:
        raise InputError(
            "FSC151",
            f"Expected a readable consent table, got {type(error).__name__}.",
            "Check the path; save the table as CSV or TSV (UTF-8) or XLSX.",
        ) from error
    if not lines:
        return
    names = [re.sub(r"[\s-]+", "_", name.strip().casefold()) for name in lines[0]]
    for line in lines[1:]:
        if any(cell.strip() for cell in line):
            padded = [*line, *[""] * (len(names) - len(line))]
            yield dict(zip(names, padded, strict=False))


def _read_text(path: Path) -> list[list[str]]:
    """Read CSV or TSV, by the separator that its first line uses."""
    text = path.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    separator = max("\t,;", key=first.count)
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def _read_xlsx(path: Path) -> list[list[str]]:
    """Read the first sheet of a workbook."""
    return [["" if cell is None else str(cell) for cell in line] for line in read_sheet(path)]
