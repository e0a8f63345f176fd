"""What gives a person away without being on any list: days, contacts, paths, long numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ._contents import Field, Number
from ._policies import Policy, permits_day

_MONTH = (
    r"(?P<name>jan|feb|fev|fév|mar|mär|maer|mrz|apr|avr|may|mai|jun|juin|jul|juil|aug|aou|aoû|sep"
    r"|oct|okt|nov|dec|dez|déc)[a-zéûä]*\.?"
)
_MONTH_NUMBERS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb fev fév", "mar mär maer mrz", "apr avr", "may mai", "jun juin", "jul juil",
         "aug aou aoû", "sep", "oct okt", "nov", "dec dez déc"), start=1)
    for name in names.split()
}  # fmt: skip
_YEAR = r"(?P<y>(?:18|19|20)\d\d)"
_DAY = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_DATES = tuple(
    re.compile(rf"(?<![\d.]){pattern}", re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}(?P<s>[-/._])(?P<m>\d\d?)(?P=s)(?P<d>\d\d?)(?![\d])(?!\.\d)",
        rf"(?P<a>\d\d?)(?P<s>[-/._])(?P<b>\d\d?)(?P=s){_YEAR}(?!\d)(?!\.\d)",
        rf"{_DAY}(?:st|nd|rd|th|er)?[-./_ ]{{0,2}}{_MONTH}[-./_, ]{{0,2}}"
        r"(?P<y>(?:18|19|20)?\d\d)(?!\d)",
        rf"{_MONTH}[-./_ ]{{1,2}}{_DAY}(?:st|nd|rd|th)?,?[-./_ ]{{1,2}}{_YEAR}(?!\d)",
        rf"{_YEAR}[-./_ ]{_MONTH}[-./_ ]{_DAY}(?!\d)",
        r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"
        r"(?=$|[^\w.]|_|T\d|\.\D|\.$)",
        r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"
        r"(?:[01]\d|2[0-3])[0-5]\d[0-5]\d\d{0,6}(?!\d)",
        r"(?<![\w+-])(?P<a>\d\d)(?P<s>[./])(?P<b>\d\d)(?P=s)(?P<y>\d\d)(?![\w])(?!\.\d)",
    )
)
_MONTH_STEMS = tuple(sorted({name[:3] for name in _MONTH_NUMBERS}))
_NUMERIC_DATES = tuple(pattern for pattern in _DATES if "name" not in pattern.groupindex)
_TWO_DIGITS = re.compile(r"\d\d")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,32})+", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+\d{1,3}|\(0\d{1,5}\)|0\d{1,4}(?=[ /-]))[ \-/().]*"
    r"(?:\d[ \-/().]{0,2}){6,12}(?![\w])"
)
_PHONE_WORD = re.compile(r"\b(?:tel|phone|telefon|mobile|handy|fax|tél)[ .:nummerbo]*\+?\d", re.I)
_MAC = re.compile(
    r"(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])"
)
_IP = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])"
)
_USER_PATH = re.compile(
    r"(?:/home/|/Users/|/usr/people/|[A-Za-z]:[\\/]+(?:Users|Documents|Daten|Data)[\\/])[\w.-]+"
    r"|\\\\[\w.-]+\\[\w.$-]+|\b[A-Za-z]:\\[\w .-]+\\|file://",
    re.IGNORECASE,
)
_PERSON_URL = re.compile(r"https?://\S*(?:/~|/people/|/staff/|/users?/|/person/)\w+", re.I)
_TITLED = re.compile(
    r"\b(?:Dr|Prof|Mr|Mrs|Ms|Mme|Herr|Frau|Schwester|Nurse|Doktor|Doctor|PD)\b\.?"
    r"(?: (?:Dr|Prof|med|h\.c)\.?)* +[A-ZÄÖÜÉ][a-zäöüßéèç]{2,}"
)
_SSN = re.compile(r"(?<![\w-])(?:\d{3}-\d{2}-\d{4}|756\.\d{4}\.\d{4}\.\d{2})(?![\w-])")
_LABELLED = re.compile(
    r"\b(?:patient(?:en)?(?:'s)? ?(?:name|nr|no|id|number|nummer)|dob|d\.o\.b|date of birth|"
    r"birth ?date|geburtsdatum|geb\.|geb(?:oren)?(?: am)?|mrn|fallnummer|ssn|ahv)\.?(?: am)?"
    r"\s*(?:\d|[:=]\s*(?!x\b|n/?a|none|unknown|unbekannt|removed|anonym|\d{1,2}\b(?![./-]))\w)",
    re.IGNORECASE,
)
_LONG_DIGITS = re.compile(r"(?<![\w.+-])\d{7,}(?![\w.])")
_EXPLAINED = re.compile(
    r"10\.\d{4,9}/\S+|(?:https?://)?(?:www\.)?[\w.-]+\.(?:org|io|net|com|gov|edu|int|info|dev)/\S*"
    r"|\b\d{4}-\d{4}-\d{4}-\d{3}[\dX]\b|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"
    r"|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{12,}\b|\bDUO:\d{7}\b|\b[A-Z][A-Za-z]{1,9}[:_]\d{7}\b"
    r"|\b\d+ ?(?:B|bytes|Hz|ms|s|samples|KB|MB)\b"
)
_FIRST_EPOCH, _LAST_EPOCH = 315532800, 2145916800  # 1980 to 2038


@dataclass(frozen=True, slots=True)
class Detection:
    """Something that no list named.

    Attributes
    ----------
    code : str
        ``"proof.date"``, ``"proof.contact"``, ``"proof.path"``, ``"proof.person"``,
        ``"proof.long_number"``.
    what : str
        In words, without the value.
    is_error : bool
        True if it refuses the output; else a person must look.
    """

    code: str
    what: str
    is_error: bool


_PATTERNS = (
    (_EMAIL, "@", Detection("proof.contact", "an e-mail address", True)),
    (_MAC, ":-", Detection("proof.contact", "a network address of a device", True)),
    (_SSN, "-.", Detection("proof.person", "a social security number", True)),
    (_LABELLED, "", Detection("proof.person", "a field that says whose data these are", True)),
    (_TITLED, " ", Detection("proof.person", "a title with a name", True)),
    (_USER_PATH, "/\\", Detection("proof.path", "a path of somebody's computer", True)),
    (_IP, ".", Detection("proof.contact", "an internet address", False)),
    (_PERSON_URL, "/", Detection("proof.contact", "the address of a person's page", False)),
)
"""Pattern, marks of which each match holds one (they are looked for first), and what it tells."""


def detect(
    field: Field, policy: Policy, *, permitted_days: Collection[date] = ()
) -> Iterator[Detection]:
    """Yield what a text gives away.

    Examples
    --------
    >>> from fascicle.protect import POLICIES
    >>> field = Field("line 1", "Call Dr. Roth on 12.05.2013, +41 44 255 11 11")
    >>> [d.what for d in detect(field, POLICIES["safe-harbour"])]
    ['a full date', 'a title with a name', 'a telephone number']
    """
    text = field.text
    if any(not permits_day(day, policy) and day not in permitted_days for day in find_days(text)):
        yield Detection("proof.date", "a full date", True)
    for pattern, needed, detection in _PATTERNS:
        if (not needed or any(mark in text for mark in needed)) and pattern.search(text):
            yield detection
    unexplained = _EXPLAINED.sub(" ", text)
    if _PHONE.search(unexplained) or _PHONE_WORD.search(unexplained):
        yield Detection("proof.contact", "a telephone number", True)
    if field.role == "text" and _LONG_DIGITS.search(unexplained):
        yield Detection("proof.long_number", "a number of seven digits or more", False)


def find_days(text: str) -> set[date]:
    """Return every full date that a text may be read as.

    Examples
    --------
    >>> sorted(d.isoformat() for d in find_days("on 3.4.2015"))
    ['2015-03-04', '2015-04-03']
    """
    if not _TWO_DIGITS.search(text):  # every spelling of a day has at least two together
        return set()
    days: set[date] = set()
    # Other letters may fold to ours where capitals do not count: such texts are read in full.
    is_named = not text.isascii() or any(stem in text.lower() for stem in _MONTH_STEMS)
    for pattern in _DATES if is_named else _NUMERIC_DATES:
        for match in pattern.finditer(text):
            days.update(_days_of(match.groupdict()))
    return days


def _days_of(parts: dict[str, str | None]) -> Iterator[date]:
    """Yield the days that a matched date may mean."""
    year = int(parts["y"] or 0)
    if year < 100:
        year += 1900 if year > 40 else 2000
    if parts.get("a"):
        first, second = int(parts["a"] or 0), int(parts["b"] or 0)
        orders = [(first, second), (second, first)]
    else:
        name = parts.get("name")
        month = _MONTH_NUMBERS[name.lower()] if name else int(parts["m"] or 0)
        orders = [(month, int(parts["d"] or 0))]
    for month, day in orders:
        try:
            yield date(year, month, day)
        except ValueError:
            continue


def detect_number(
    number: Number, policy: Policy, *, permitted_days: Collection[date] = ()
) -> Detection | None:
    """Return what a number of a header gives away: a moment that the policy does not permit.

    Only numbers that the format itself calls a day or a moment are judged.

    Examples
    --------
    >>> from fascicle.protect import POLICIES
    >>> safe = POLICIES["safe-harbour"]
    >>> detect_number(Number("meas_date", 1368351000.0, "date"), safe).what
    'a moment as seconds since 1970'
    >>> detect_number(Number("meas_date", 1356998400.0, "date"), safe) is None
    True
    """
    if number.hint != "date" or policy.dates != "year":
        return None
    for scale in (1, 10**3, 10**6, 10**9):
        seconds = number.value / scale
        if _FIRST_EPOCH <= seconds <= _LAST_EPOCH:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
            is_new_year = (moment.month, moment.day) == (1, 1)
            if not is_new_year and moment.date() not in permitted_days:
                return Detection("proof.date", "a moment as seconds since 1970", True)
    return None
