"""What each column of a participants table is to an attacker: a key, known to others, a secret."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._words import fold_word, split_words, word_set

_MISSING = word_set("n/a na nan none null - ? unknown -999 -9999 -999.0 -9999.0") | {""}
_DATE = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:[T ].*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
)
_FIRST_REAL_YEAR = 1925
_NUMBER = re.compile(
    r"(?:[<>≤≥]=?\s?)?(?P<number>[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?)\+?"
)
_NAME_WORDS = word_set("name full first last family given middle patient participant subject")
_MAX_LOW = 12
_MAX_LOW_NUMBER = 6
_MIN_PER_VALUE = 3
_MIN_ROWS = 5


class Role(StrEnum):
    """What a column is to somebody who looks for a person."""

    KEY = "key"
    DIRECT = "direct identifier"
    QUASI = "quasi-identifier"
    SENSITIVE = "sensitive"
    OTHER = "not counted"


class Kind(StrEnum):
    """What a column's values are, and so how they can be made coarser."""

    AGE = "age"
    NUMBER = "number"
    WORD = "word"
    SITE = "site"
    PLACE = "place"
    DATE = "date"
    TEXT = "free text"


@dataclass(frozen=True, slots=True)
class RiskColumn:
    """What was made of a column, and why; no value of it.

    Attributes
    ----------
    name : str
        As the table writes it.
    role : Role
        What it is to an attacker.
    kind : Kind
        What its values are.
    reason : str
        Why, in a sentence.
    n_values, n_missing : int
        How many different values there are, and how many people have none.
    """

    name: str
    role: Role
    kind: Kind
    reason: str
    n_values: int
    n_missing: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


_Family = tuple[Role, Kind, str, frozenset[str]]
_KNOWN: tuple[_Family, ...] = (
    (Role.DIRECT, Kind.TEXT, "It names a person outright.", word_set(
        "surname firstname lastname forename vorname nachname nom prenom email mail phone "
        "telephone address adresse street mrn nhs ssn passport insurance initials")),
    (Role.QUASI, Kind.DATE, "Friends, family and registers know dates.", word_set(
        "birth birthdate birthday dob geburtsdatum naissance date day acq")),
    (Role.QUASI, Kind.AGE, "Whoever knows a person knows about how old they are.", word_set(
        "age alter ages")),
    (Role.QUASI, Kind.WORD, "Whoever meets a person knows it.", word_set(
        "sex gender geschlecht sexe genre hand handedness haendigkeit lateralite ethnicity ethnic "
        "race hair language mother tongue native marital children siblings twin "
        "religion occupation profession job beruf employment")),
    (Role.QUASI, Kind.NUMBER, "Whoever meets a person can guess it well.", word_set(
        "height weight bmi groesse gewicht taille poids education schooling bildung income")),
    (Role.QUASI, Kind.PLACE, "Where somebody lives is known to many.", word_set(
        "place city town country nation region state county postcode zip plz residence wohnort "
        "ort pays ville location geo")),
    (Role.QUASI, Kind.SITE, "Where somebody took part is known to many.", word_set(
        "site centre center hospital clinic scanner institution lab laboratory")),
    (Role.SENSITIVE, Kind.WORD, "It tells of health: what an attacker wants to learn.", word_set(
        "group gruppe groupe diagnosis diagnose dx dsm icd disease disorder condition patient "
        "med medication drug drugs treatment therapy comorbidity genotype apoe mutation "
        "phenotype psychiatric smoking smoker alcohol cannabis pregnancy pregnant hiv cancer "
        "epilepsy seizure lesion stroke symptom symptoms severity cohort")),
)  # fmt: skip
_ABOUT_RECORDING: _Family = (
    Role.OTHER, Kind.WORD, "It is about the recording, not about the person.", word_set(
        "qc quality rater notes snr cnr fd dvars fwhm efc fber gsr software version file filename "
        "sequence protocol run session"),
)  # fmt: skip


def is_missing(text: str) -> bool:
    """Tell whether a cell says nothing.

    Examples
    --------
    >>> is_missing("n/a"), is_missing("0")
    (True, False)
    """
    return fold_word(text.strip()) in _MISSING


def is_exact_date(text: str) -> bool:
    """Tell whether a cell is a day of somebody's life.

    The first of January stands for a year whose day was taken away, and years before 1925 are how
    BIDS writes dates that were shifted.

    Examples
    --------
    >>> [is_exact_date(text) for text in ("2019-03-04T10:00:00", "2019-01-01", "1911-03-04", "3")]
    [True, False, False, False]
    """
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return False
    if found["year"] is None:
        return re.match(r"0?1[-/.]0?1[-/.]", text.strip()) is None
    is_first = int(found["month"]) == int(found["day"]) == 1
    return not is_first and int(found["year"]) >= _FIRST_REAL_YEAR


def read_number(text: str) -> float | None:
    """Return the number that a cell holds, None if it holds something else.

    Of an end that was pooled (``89+``) it is the number that is named.

    Examples
    --------
    >>> read_number("16,5"), read_number("89+"), read_number("left")
    (16.5, 89.0, None)
    """
    found = _NUMBER.fullmatch(text.strip())
    number = float(found["number"].replace(",", ".")) if found else math.nan
    return number if math.isfinite(number) else None


def number_values(values: Sequence[str]) -> NDArray[np.int64]:
    """Give each different value a number, in order; -1 stands for a missing one.

    Examples
    --------
    >>> number_values(["10", "n/a", "9", "10"]).tolist()
    [1, -1, 0, 1]
    """
    filled = sorted({value for value in values if not is_missing(value)}, key=_sort_key)
    at = {value: number for number, value in enumerate(filled)}
    return np.array([at.get(value, -1) for value in values], dtype=np.int64)


def _sort_key(value: str) -> tuple[bool, float, str]:
    number = read_number(value)
    return number is None, number or 0.0, value


def classify_columns(
    columns: Mapping[str, Sequence[str]],
    *,
    key: str = "participant_id",
    dictionary: Mapping[str, Any] | None = None,
    chosen: Mapping[str, Role] | None = None,
) -> tuple[RiskColumn, ...]:
    """Say what each column is to an attacker, from its name, its dictionary and its values.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Cells of each column as text, one for each person.
    key : str
        Column that names people within the dataset.
    dictionary : mapping, optional
        What ``participants.json`` says of the columns.
    chosen : mapping of str to Role, optional
        What a steward decided; it holds whatever the column looks like.

    Returns
    -------
    tuple of RiskColumn
        In the order of the table.

    Raises
    ------
    InputError
        FSC195 if a decision is about a column that is not there.

    Examples
    --------
    >>> table = {"participant_id": ["sub-1", "sub-2"], "age": ["31", "47"], "dx": ["a", "b"]}
    >>> [str(column.role) for column in classify_columns(table)]
    ['key', 'quasi-identifier', 'sensitive']
    """
    decided = chosen or {}
    if strange := sorted(set(decided) - set(columns)):
        raise InputError(
            "FSC195",
            f"Expected columns of the table, found none of the name {', '.join(strange)}.",
            "Write them as the first line of the table does.",
        )
    words = dictionary or {}
    return tuple(
        _classify(name, cells, key, words.get(name, {}), decided.get(name))
        for name, cells in columns.items()
    )


def _classify(
    name: str, cells: Sequence[str], key: str, entry: object, chosen: Role | None
) -> RiskColumn:
    filled = [cell.strip() for cell in cells if not is_missing(cell)]
    counts = {"n_values": len(set(filled)), "n_missing": len(cells) - len(filled)}
    about: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
    role, kind, reason = _judge(name, filled, about, counts["n_missing"])
    if name == key:
        role, kind, reason = Role.KEY, Kind.WORD, "It names people within the dataset alone."
    if chosen is not None:
        role, reason = chosen, "So decided by whoever asked."
    return RiskColumn(name, role, kind, reason, **counts)


def _judge(
    name: str, filled: list[str], about: Mapping[str, Any], n_missing: int
) -> tuple[Role, Kind, str]:
    """Judge by values where they are plain, then by words, then by how many values there are."""
    kind = _kind_of_values(filled)
    # One value that some have and others have not parts them as two values do.
    if not filled or (len(set(filled)) == 1 and not n_missing):
        return Role.OTHER, kind, "It has one value for all."
    if kind is Kind.DATE:
        return Role.QUASI, Kind.DATE, "Its values are dates, which others know."
    if "name" in (said := set(split_words(_part_words(name)))) and said <= _NAME_WORDS:
        return Role.DIRECT, Kind.TEXT, "It names a person outright. (By its name.)"
    told = " ".join(str(about.get(part, "")) for part in ("LongName", "Description"))
    # What a rater wrote on the quality of a scan is none of the person's traits; a sentence that
    # only mentions a session is no such thing.
    by_name = _find_known(_part_words(name), (_ABOUT_RECORDING, *_KNOWN))
    by_dictionary = _find_known(told, _KNOWN)
    for known, where in ((by_name, "its name"), (by_dictionary, "the data dictionary")):
        if known is not None:
            return known[0], _fit_kind(known[1], kind), f"{known[2]} (By {where}.)"
    return _judge_by_count(filled, kind, has_levels="Levels" in about)


def _judge_by_count(filled: list[str], kind: Kind, *, has_levels: bool) -> tuple[Role, Kind, str]:
    n_values = len(set(filled))
    most = _MAX_LOW_NUMBER if kind is Kind.NUMBER and not has_levels else _MAX_LOW
    if n_values <= most and n_values * _MIN_PER_VALUE <= len(filled):
        return Role.QUASI, kind, "Few values, shared by several people: others may know it."
    if kind is Kind.NUMBER:
        return Role.OTHER, kind, "A measurement, which others hardly know."
    if n_values == len(filled) >= _MIN_ROWS:
        return Role.DIRECT, Kind.TEXT, "Each value is somebody's alone: a second key, or a text."
    return Role.OTHER, Kind.TEXT, "Texts of many values: read them, they are not counted."


def _kind_of_values(filled: list[str]) -> Kind:
    if filled and 2 * sum(bool(_DATE.fullmatch(cell)) for cell in filled) > len(filled):
        return Kind.DATE
    if filled and all(read_number(cell) is not None for cell in filled):
        return Kind.NUMBER
    return Kind.WORD


def _part_words(name: str) -> str:
    """Part words that only capitals part: ``AgeAtScan``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _fit_kind(meant: Kind, found: Kind) -> Kind:
    """Return what values are where a name promised what they are not: an age that is in bands."""
    if meant in {Kind.AGE, Kind.NUMBER}:
        return meant if found is Kind.NUMBER else found
    return found if meant is Kind.DATE or found is Kind.DATE else meant


def _find_known(text: str, families: Sequence[_Family]) -> tuple[Role, Kind, str] | None:
    """Return what the first family of words says of which one is in the text."""
    found = set(split_words(text))
    for role, kind, reason, words in families:
        if found & words:
            return role, kind, reason
    return None


def names_of(columns: Collection[RiskColumn], role: Role) -> tuple[str, ...]:
    """Return the names of the columns of one role, in their order."""
    return tuple(column.name for column in columns if column.role is role)
