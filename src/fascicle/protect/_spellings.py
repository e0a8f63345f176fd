"""Every way in which a name, a number or a day may be spelled and encoded."""

from __future__ import annotations

import base64
import html.entities
import itertools
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from urllib.parse import quote

from fascicle.core import Identifier

from ._needles import MIN_NEEDLE, Needle

DATE_KINDS = frozenset({"birthdate", "date"})

_SEPARATORS = (
    "", " ", "_", "-", "^", ".", ",", ", ", "+", "/", "\\", "\t", ";", "; ", "|", ":", "=", "  ",
    "\n", "\r\n", "%20", "&nbsp;", "\xa0", "~", "^^", "__", "--", "\x00",
)  # fmt: skip
_MAX_PARTS = 4
_MONTHS = (
    ("january", "jan", "januar", "janvier", "janv", "jänner"),
    ("february", "feb", "februar", "février", "févr", "fév"),
    ("march", "mar", "märz", "mars", "mrz", "mär"),
    ("april", "apr", "avril", "avr"),
    ("may", "mai"),
    ("june", "jun", "juni", "juin"),
    ("july", "jul", "juli", "juillet", "juil"),
    ("august", "aug", "août"),
    ("september", "sep", "sept", "septembre"),
    ("october", "oct", "oktober", "okt", "octobre"),
    ("november", "nov", "novembre"),
    ("december", "dec", "dezember", "dez", "décembre", "déc"),
)
_PAIRS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"}
_SPECIAL = str.maketrans(
    _PAIRS | {"œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)
_SHORTEST_WORD = 2
_PAIRED = {"ae": "ä", "oe": "ö", "ue": "ü"}
_UMLAUTS = re.compile("([äöüßæøå]|ae|oe|ue)")
_MAX_OPEN = 6
_MAX_MIXED = 1 << _MAX_OPEN
_EXCEL_EPOCH = date(1899, 12, 30)
_JULIAN_OFFSET = 1721425
"""Julian day number, at noon, of the day before 1 January of year 1 (proleptic Gregorian)."""


def strip_accents(text: str) -> str:
    """Return a text without accents.

    Examples
    --------
    >>> strip_accents("Müller-Aßmann")
    'Muller-Assmann'
    """
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def transliterations(text: str) -> tuple[str, ...]:
    """Return a text as a lab would type it: as it is, by the German rule, without accents.

    Examples
    --------
    >>> transliterations("Jörg")
    ('jörg', 'joerg', 'jorg')
    """
    small = unicodedata.normalize("NFC", text).lower()
    rule = strip_accents(small.translate(_SPECIAL))
    plain = strip_accents(small)
    undone = plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    # A name typed as "Mueller" may stand elsewhere as "Müller".
    umlauts = small.replace("ae", "ä").replace("oe", "ö").replace("ue", "ü")
    spelled = [small, rule, plain]
    if umlauts != small:
        # "Doe" is hardly ever "Dö", and two letters are a word of every text: "do".
        spelled += [umlauts, undone] if len(undone) > _SHORTEST_WORD else [umlauts]
    return tuple(dict.fromkeys(spelled))


def mixed_spellings(word: str) -> Iterator[str]:
    """Yield one word with each umlaut typed in a way of its own: none by one rule alone.

    Yields nothing where there are fewer than two places to choose at; of long words with many
    such places only the choice between an umlaut and its pair is spelled out.

    Examples
    --------
    >>> "lüdülnae" in set(mixed_spellings("Lüdülnä")), list(mixed_spellings("Jörg"))
    (True, [])
    """
    small = unicodedata.normalize("NFC", word).lower()
    pieces = [piece for piece in _UMLAUTS.split(small) if piece]
    choices = [_ways_to_type(piece) for piece in pieces]
    n_open = sum(len(ways) > 1 for ways in choices)
    if not 1 < n_open <= _MAX_OPEN:
        return
    if math.prod(map(len, choices)) > _MAX_MIXED:
        choices = [ways[:2] for ways in choices]
    yield from map("".join, itertools.product(*choices))


def _ways_to_type(piece: str) -> tuple[str, ...]:
    """Return how an umlaut or the pair for one may be typed; anything else as it is."""
    letter = _PAIRED.get(piece, piece)
    pair = _PAIRS.get(letter)
    if pair is None:
        return (piece,)
    return tuple(dict.fromkeys((letter, pair, strip_accents(letter)[0])))


def split_parts(text: str) -> list[str]:
    """Return the runs of letters and digits of a text, its accents kept."""
    return [part for part in re.split(r"[\W_]+", unicodedata.normalize("NFC", text)) if part]


def date_spellings(day: date) -> dict[str, str]:
    """Return a day in every spelling that is searched for, with what bounds it.

    Returns
    -------
    dict of str to str
        Spelling in small letters to ``"digit"`` or ``"alnum"`` (see `Needle`).

    Examples
    --------
    >>> spelled = date_spellings(date(1970, 12, 5))
    >>> len(spelled) >= 60, "05.12.1970" in spelled, "5. dezember 1970" in spelled
    (True, True, True)
    """
    y, m, d = f"{day.year:04d}", f"{day.month:02d}", f"{day.day:02d}"
    short = y[2:]
    orders = [(y, m, d), (d, m, y), (m, d, y), (str(day.day), str(day.month), y)]
    orders += [(str(day.month), str(day.day), y), (y, str(day.month), str(day.day)), (y, d, m)]
    orders += [(d, m, short), (m, d, short), (short, m, d)]
    spelled = {
        separator.join(order): "digit"
        for order, separator in itertools.product(orders, ("-", ".", "/", "_", " ", ":", ". "))
    }
    spelled |= {"".join(order): "digit" for order in ((y, m, d), (d, m, y), (m, d, y))}
    spelled |= {"".join(order): "alnum" for order in ((d, m, short), (m, d, short), (short, m, d))}
    spelled |= {f"{y}{separator}{day:%j}": "digit" for separator in ("-", "", "/")}
    for month in _MONTHS[day.month - 1]:
        for name in {month, strip_accents(month), month.translate(_SPECIAL)}:
            spelled |= _month_spellings(day, name)
    return {text: bound for text, bound in spelled.items() if len(text) >= MIN_NEEDLE}


def _usual_spellings(day: date) -> list[str]:
    """Return the spellings that people type, cased as they type them."""
    y, m, d = f"{day.year:04d}", f"{day.month:02d}", f"{day.day:02d}"
    orders = ((y, m, d), (d, m, y), (m, d, y), (d, m, y[2:]), (m, d, y[2:]))
    spelled = [mark.join(order) for order in orders for mark in ("-", ".", "/")]
    spelled += [y + m + d, d + m + y, f"{day.day}.{day.month}.{y}", f"{day.month}/{day.day}/{y}"]
    for month in _MONTHS[day.month - 1][:3]:
        for name in {month.upper(), month.title(), month}:
            for start in {d, str(day.day)}:
                spelled += [f"{start}-{name}-{y}", f"{start} {name} {y}", f"{start}{name}{y}"]
                spelled += [f"{name} {start}, {y}", f"{start}. {name} {y}"]
    return spelled


def _month_spellings(day: date, month: str) -> dict[str, str]:
    """Return the spellings with a month's name."""
    y, short = f"{day.year:04d}", f"{day.year % 100:02d}"
    spelled: dict[str, str] = {}
    for d in {f"{day.day:02d}", str(day.day)}:
        for separator in ("-", " ", "", ".", "/", "_"):
            spelled[separator.join((d, month, y))] = "digit"
            spelled[separator.join((y, month, d))] = "digit"
            spelled[separator.join((month, d, y))] = "digit"
        for year in (y, short):
            spelled |= {
                f"{d}-{month}-{year}": "digit",
                f"{d}{month}{year}": "digit",
                f"{d}. {month} {year}": "digit",
                f"{d}. {month}. {year}": "digit",
                f"{d} {month}. {year}": "digit",
            }
        spelled |= {f"{month} {d}, {y}": "digit", f"{month}. {d}, {y}": "digit"}
        for ending in ("st", "nd", "rd", "th"):
            spelled |= {f"{month} {d}{ending}, {y}": "digit", f"{d}{ending} {month} {y}": "digit"}
    return spelled


def parse_day(text: str) -> date | None:
    """Return the day of an ISO 8601 date or moment; None if it is neither.

    Examples
    --------
    >>> parse_day("1970-12-05T10:30:00+01:00")
    datetime.date(1970, 12, 5)
    """
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """Return an ISO 8601 moment in UTC; midnight for a plain date, None if it is neither."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        day = parse_day(text)
        return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def epoch_seconds(identifier: Identifier) -> frozenset[int]:
    """Return the moments, in seconds since 1970, that a date identifier stands for.

    The moment itself, and the midnights that begin its day in UTC.
    """
    moment = parse_moment(identifier.value)
    day = parse_day(identifier.value)
    if moment is None or day is None:
        return frozenset()
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return frozenset(int(m.timestamp()) for m in (moment, midnight))


def julian_day(day: date) -> int:
    """Return the Julian day number at noon of a day, as MEG files keep a birthday.

    Examples
    --------
    >>> julian_day(date(2000, 1, 1))
    2451545
    """
    return day.toordinal() + _JULIAN_OFFSET


def excel_serial(day: date) -> int:
    """Return the number by which a spreadsheet keeps a day.

    Examples
    --------
    >>> excel_serial(date(2000, 1, 1))
    36526
    """
    return (day - _EXCEL_EPOCH).days


def spell(identifier: Identifier) -> Iterator[Needle]:
    """Yield every byte pattern of six bytes or more that spells an identifier.

    Examples
    --------
    >>> needles = list(spell(Identifier("name", "Meier, Anna", "header")))
    >>> {b"anna_meier", b"meier^anna", b"annameier"} <= {n.pattern for n in needles}
    True
    """
    seen: set[tuple[bytes, bool]] = set()
    source = _spell_date if identifier.kind in DATE_KINDS else _spell_words
    for needle in source(identifier):
        if len(needle.pattern) >= MIN_NEEDLE and (needle.pattern, needle.exact) not in seen:
            seen.add((needle.pattern, needle.exact))
            yield needle


def _spell_date(identifier: Identifier) -> Iterator[Needle]:
    """Yield the spellings of a day, and of its moment as decimal seconds."""
    day = parse_day(identifier.value)
    if day is None:
        return
    kind = identifier.kind
    yield from _spell_day(day, kind)
    for seconds in epoch_seconds(identifier):
        # Fewer than nine digits are too near to 1970 to be told from counts.
        if len(str(abs(seconds))) >= 9:
            for scale in ("", "000", "000000"):
                yield Needle(
                    f"{seconds}{scale}".encode(), kind, "seconds since 1970", bound="digit"
                )


def _spell_day(day: date, kind: str) -> Iterator[Needle]:
    """Yield the spellings of a day, the usual ones in rare encodings too."""
    for text, bound in date_spellings(day).items():
        yield Needle(text.encode(), kind, "date in UTF-8", bound=bound)  # type: ignore[arg-type]
        if not text.isascii():
            yield Needle(text.encode("latin-1").lower(), kind, "date in Latin-1")
            yield Needle(text.upper().encode().lower(), kind, "date in UTF-8")
            yield Needle(text.upper().encode("latin-1").lower(), kind, "date in Latin-1")
        for encoding in ("utf-16-le", "utf-16-be"):
            yield Needle(text.encode(encoding), kind, "date in UTF-16")
    y, m, d = f"{day.year:04d}", f"{day.month:02d}", f"{day.day:02d}"
    for text in (f"{y}-{m}-{d}", f"{d}.{m}.{y}", f"{m}/{d}/{y}", f"{y}{m}{d}", f"{d}/{m}/{y}"):
        for encoding in ("utf-32-le", "utf-32-be"):
            yield Needle(text.encode(encoding), kind, "date in UTF-32")
        yield Needle(text.encode().hex().encode(), kind, "date in hexadecimal")
    for text in _usual_spellings(day):
        for pattern in _base64(text.encode()):
            yield Needle(pattern, kind, "date in base64", exact=True)
    yield Needle(f"{julian_day(day)}".encode(), kind, "Julian day number", bound="alnum")


def word_forms(value: str) -> tuple[str, ...]:
    """Return the small-letter spellings of a name or number: parts, orders, separators.

    Examples
    --------
    >>> forms = word_forms("Meier, Anna")
    >>> "annameier" in forms, "meier^anna" in forms
    (True, True)
    """
    whole = value.strip()
    forms: list[str] = [whole.lower()]
    parts = split_parts(whole)
    if 1 < len(parts) <= _MAX_PARTS:
        orders = {tuple(parts), tuple(reversed(parts))}
        if len(parts) == 3:
            orders |= {(parts[0], parts[2]), (parts[2], parts[0]), (parts[2], *parts[:2])}
        for order, separator in itertools.product(sorted(orders), _SEPARATORS):
            forms.append(separator.join(order).lower())
    elif len(parts) == 1 and parts[0].isdigit():
        forms += _grouped_digits(parts[0])
    elif len(parts) == 1:
        # Letters and digits grow separators: H1234567 and H-1234567.
        pieces = re.findall(r"\d+|\D+", parts[0])
        if 1 < len(pieces) <= _MAX_PARTS:
            forms += [separator.join(pieces).lower() for separator in ("-", "_", " ", ".", "/")]
    return tuple(dict.fromkeys(forms))


def _grouped_digits(digits: str) -> list[str]:
    """Return a long number in groups of two, three and four digits."""
    forms = []
    for size, separator in itertools.product((2, 3, 4), (" ", "-", ".", "/", "'")):
        head = len(digits) % size
        for first in {size, head}:
            groups = [digits[:first]] if first else []
            groups += [digits[i : i + size] for i in range(first, len(digits), size)]
            if len(groups) > 1:
                forms.append(separator.join(groups))
    return forms


def _spell_words(identifier: Identifier) -> Iterator[Needle]:
    """Yield the spellings of a name or number in every encoding."""
    kind, value = identifier.kind, unicodedata.normalize("NFC", identifier.value.strip())
    if not value:
        return
    for form in word_forms(value):
        spelled = (
            transliterations(form) if not form.isascii() or _has_umlaut_pair(form) else (form,)
        )
        for text in spelled:
            yield from _encode(text, kind)
    for text in mixed_spellings(value) if value.isalpha() else ():
        yield from _encode(text, kind)
    cased = {
        case(text)
        for text in (value, *transliterations(value))
        for case in (str, str.lower, str.upper, str.title)
    }
    parts = split_parts(value)
    if 1 < len(parts) <= _MAX_PARTS:
        for text in (" ".join(parts), " ".join(reversed(parts)), "".join(parts)):
            for variant in (text, *transliterations(text)):
                cased |= {variant, variant.lower(), variant.upper(), variant.title()}
    for text in sorted(cased):
        yield from _encode_rarely(text, kind)


def _has_umlaut_pair(text: str) -> bool:
    """Tell whether a name may be the typed form of one with an umlaut."""
    return any(pair in text for pair in ("ae", "oe", "ue")) and not any(c.isdigit() for c in text)


def _encode(text: str, kind: str) -> Iterator[Needle]:
    """Yield a small-letter text in the encodings of plain text."""
    core = re.sub(r"[\W_]", "", text)
    bound: str = "digit" if core.isdigit() else ""
    if len(core) < MIN_NEEDLE and not (core.isalpha() and len(core) >= MIN_NEEDLE - 1):
        return
    for form in {text, text.upper(), text.title()} if not text.isascii() else {text}:
        for normal in {form, unicodedata.normalize("NFD", form)}:
            pattern = normal.encode().lower()
            yield Needle(pattern, kind, "UTF-8", bound=bound)  # type: ignore[arg-type]
            if not text.isascii():
                twice = normal.encode().decode("latin-1").encode().lower()
                yield Needle(twice, kind, "UTF-8 encoded twice")
        for encoding in (
            () if text.isascii() else ("latin-1", "cp1252", "cp1250", "cp437", "mac-roman")
        ):
            try:
                yield Needle(form.encode(encoding).lower(), kind, "8-bit")
            except UnicodeEncodeError:
                continue
        if len(core) >= MIN_NEEDLE:
            for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
                yield Needle(form.encode(encoding).lower(), kind, encoding.upper())


def _encode_rarely(text: str, kind: str) -> Iterator[Needle]:
    """Yield a text, as cased, in the encodings that hide it."""
    if len(re.sub(r"[\W_]", "", text)) < MIN_NEEDLE:
        return
    raw = text.encode()
    for pattern in (*_base64(raw), *_base64(text.encode("utf-16-le"))):
        yield Needle(pattern, kind, "base64", exact=True)
        if b"+" in pattern or b"/" in pattern:
            yield Needle(pattern.translate(_URL_SAFE), kind, "base64", exact=True)
    hexed = raw.hex()
    pairs = [hexed[i : i + 2] for i in range(0, len(hexed), 2)]
    for joint in ("", " ", ":", "-", "\\x", "%", "=", ",0x", ", 0x"):
        yield Needle(joint.join(pairs).encode(), kind, "hexadecimal or percent")
    yield Needle(quote(text, safe="").lower().encode(), kind, "percent")
    yield Needle(
        quote(text.encode("latin-1", "replace"), safe="").lower().encode(), kind, "percent"
    )
    for quoted in {_quote_printable(raw), _quote_printable(text.encode("latin-1", "replace"))}:
        yield Needle(quoted.lower(), kind, "quoted printable")
    yield Needle(json.dumps(text)[1:-1].lower().encode(), kind, "JSON escapes")
    units = [raw16.hex() for raw16 in _code_units(text)]
    yield Needle("".join(f"\\u{unit}" for unit in units).encode(), kind, "JSON escapes")
    yield Needle("".join(f"&#{ord(c)};" for c in text).encode(), kind, "entities")
    yield Needle("".join(f"&#x{ord(c):x};" for c in text).encode(), kind, "entities")
    yield Needle(_named_entities(text).lower().encode(), kind, "entities")


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _code_units(text: str) -> list[bytes]:
    """Return the UTF-16 code units of a text."""
    raw = text.encode("utf-16-be")
    return [raw[i : i + 2] for i in range(0, len(raw), 2)]


def _named_entities(text: str) -> str:
    """Return a text with its accented letters as named entities."""
    return "".join(
        f"&{html.entities.codepoint2name[ord(c)]};" if ord(c) in html.entities.codepoint2name else c
        for c in text
    )


def _quote_printable(raw: bytes) -> bytes:
    """Return bytes with those above 127 as ``=XX``, as mail has them."""
    return b"".join(bytes([b]) if b < 128 else b"=%02X" % b for b in raw)


def _base64(raw: bytes) -> Iterator[bytes]:
    """Yield what stands in base64 text for `raw`, whatever stands before it."""
    for offset in range(3):
        coded = base64.b64encode(b"\x00" * offset + raw)
        first = (offset * 8 + 5) // 6
        last = (offset + len(raw)) * 8 // 6
        piece = coded[first:last]
        if len(piece) >= MIN_NEEDLE:
            yield piece


def spell_all(identifiers: Iterable[Identifier]) -> list[Needle]:
    """Return the needles of many identifiers, each pattern once."""
    needles: dict[tuple[bytes, bool], Needle] = {}
    for identifier in identifiers:
        for needle in spell(identifier):
            needles.setdefault((needle.pattern, needle.exact), needle)
    return list(needles.values())
