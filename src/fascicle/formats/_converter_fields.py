"""Fields of the JSON that converters write beside an image: which describe it, which identify."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fascicle.core import Identifier, Subject
from fascicle.errors import FormatError

from ._vendor import find_identifiers

_MAX_BYTES = 16 << 20
_PEOPLE = re.compile(r"physician|operator|performer|technologist|radiologist|requester", re.I)
_KINDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"birth", re.I), "birthdate"),
    (_PEOPLE, "operator"),
    (re.compile(r"patient.*name|^(?:subject|participant)name$|other.*names", re.I), "name"),
    (re.compile(r"patient.*id|accession|study_?id|uid$|subject_?id|mrn", re.I), "id"),
    (re.compile(r"address|city|country|region|location", re.I), "place"),
    (re.compile(r"institution|department|hospital|clinic|sitename", re.I), "institution"),
    (re.compile(r"serial|station|coil.*id|deviceuid", re.I), "serial"),
    (re.compile(r"date", re.I), "date"),
    (re.compile(r"phone|mail|contact", re.I), "contact"),
    (re.compile(r"path|directory|filename|^source", re.I), "path"),
    (re.compile(r"comment|history|(?:study|procedure\w*|request\w*)description|remark|note", re.I),
     "text"),
)  # fmt: skip
_SEXES = {"F": "F", "M": "M", "O": "O", "FEMALE": "F", "MALE": "M"}


def read_fields(path: Path) -> dict[str, Any]:
    """Read the JSON beside an image.

    Raises
    ------
    FormatError
        FSC203 if it is no JSON object.
    """
    try:
        small = path.stat().st_size <= _MAX_BYTES
        fields = json.loads(path.read_text(encoding="utf-8-sig")) if small else None
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(fields, dict):
        raise _unreadable()
    return fields


def _unreadable() -> FormatError:
    return FormatError(
        "FSC203",
        "Expected a JSON object beside the image, got something else.",
        "Correct the .json file, or take it away: the image is read without it then.",
    )


def part_fields(
    fields: Mapping[str, Any],
) -> tuple[dict[str, Any], Subject, datetime | None, tuple[Identifier, ...]]:
    """Part the fields into those that describe an image and those that point to somebody.

    Parameters
    ----------
    fields : mapping of str to JSON values
        As dcm2niix, or another converter, wrote them.

    Returns
    -------
    dict of str to JSON values
        What describes it; not released yet.
    Subject
        Whom it is of.
    datetime or None
        When it was measured.
    tuple of Identifier
        What points to people, places, devices and days.

    Examples
    --------
    >>> fields = {"EchoTime": 0.03, "PatientName": "A^B", "PatientSex": "F"}
    >>> about, who, _, found = part_fields(fields)
    >>> about, who.sex, [identifier.kind for identifier in found]
    ({'EchoTime': 0.03}, 'F', ['name'])
    """
    about: dict[str, Any] = {}
    personal: list[tuple[str, str, object]] = []
    for name, value in fields.items():
        kind = next((kind for pattern, kind in _KINDS if pattern.search(name)), "")
        if kind and not isinstance(value, int | float | bool | dict):
            personal += [(kind, name, word) for word in _words(value)]
        elif not kind and name not in {"PatientSex", "PatientAge", "PatientWeight", "PatientSize"}:
            about[name] = value
        elif kind == "id" and isinstance(value, int):
            personal.append((kind, name, value))
    subject = Subject(
        code=_text(fields.get("PatientID")),
        name=_text(fields.get("PatientName")),
        birth=_day(fields.get("PatientBirthDate")),
        age_years=_age(fields.get("PatientAge")),
        sex=_SEXES.get(_text(fields.get("PatientSex")).upper(), ""),
    )
    return about, subject, _moment(fields), tuple(find_identifiers("sidecar", personal))


def _words(value: object) -> list[str]:
    """Return the texts of a value."""
    if isinstance(value, list):
        return [word for item in value for word in _words(item)]
    return [value] if isinstance(value, str) else []


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) else ""


def _day(value: object) -> date | None:
    """Return a day as DICOM or ISO write it."""
    digits = re.sub(r"\D", "", _text(value))[:8]
    try:
        return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _age(value: object) -> float | None:
    """Return an age in years: a number, or as DICOM writes it (``034Y``, ``006M``)."""
    if isinstance(value, int | float):
        return float(value) if 0 < value < 130 else None
    match = re.fullmatch(r"(\d{1,3})([YMWD])", _text(value))
    per_year = {"Y": 1.0, "M": 12.0, "W": 52.1775, "D": 365.2425}
    return int(match[1]) / per_year[match[2]] if match else None


def _moment(fields: Mapping[str, Any]) -> datetime | None:
    """Return when it was measured, if a day is stated."""
    whole = _text(fields.get("AcquisitionDateTime"))
    clock = _text(fields.get("AcquisitionTime"))
    for name in ("AcquisitionDate", "SeriesDate", "StudyDate"):
        day = _day(fields.get(name))
        whole = whole or (f"{day.isoformat()}T{clock or '00:00:00'}" if day else "")
    try:
        moment = datetime.fromisoformat(whole) if whole else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
