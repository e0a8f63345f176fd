"""The fixed-width header of EDF, EDF+, BDF and BDF+, to and from bytes.

The layout follows doi:10.1016/0013-4694(92)90009-7 and doi:10.1016/S1388-2457(03)00123-8.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from fascicle.core import Header, Subject
from fascicle.errors import FormatError

from ._channels import bids_unit, unique_labels
from ._files import read_exactly

EDF_VERSION = b"0       "
BDF_VERSION = b"\xffBIOSEMI"
SAMPLE_BYTES = {EDF_VERSION: 2, BDF_VERSION: 3}
ANNOTATION_LABELS = ("EDF Annotations", "BDF Annotations")

TRANSDUCERS = (
    "AgAgCl electrode",
    "Active Electrode",
    "Active electrode",
    "Active Electrode, pin type",
    "Triggers and Status",
)
"""The only texts that may stand as a transducer: what electrodes are made of names nobody."""

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NOT_STATED = -1
UNKNOWN_START = "01.01.85"
"""Start date where none may be told: the format has no word for unknown."""

_SIGNAL_FIELDS = (
    ("label", 16), ("transducer", 80), ("unit", 8), ("physical_min", 8), ("physical_max", 8),
    ("digital_min", 8), ("digital_max", 8), ("prefilter", 80), ("n_samples", 8), ("reserved", 32),
)  # fmt: skip
_RANGES = ("physical minimum", "physical maximum", "digital minimum", "digital maximum")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SECONDS = {"s": 1.0, "sec": 1.0, "ms": 1e-3}
"""Units of a time constant, which some recorders state for an edge."""


class Signal(NamedTuple):
    """One signal as the header describes it; numbers are kept as written, for exact copies."""

    label: str
    transducer: str
    unit: str
    physical_min: str
    physical_max: str
    digital_min: str
    digital_max: str
    prefilter: str
    n_samples: int
    reserved: str
    offset: int
    """First sample within a record, in samples."""

    @property
    def is_annotation(self) -> bool:
        """True for the signal that holds text."""
        return self.label in ANNOTATION_LABELS

    def calibration(self) -> tuple[float, float]:
        """Return gain and offset: physical value = digital value * gain + offset."""
        low, high = float(self.physical_min), float(self.physical_max)
        digital_low, digital_high = float(self.digital_min), float(self.digital_max)
        # As MNE-Python does it for headers that state no range.
        gain = ((high - low) or 1.0) / ((digital_high - digital_low) or 1.0)
        return gain, low - digital_low * gain


@dataclass(frozen=True, slots=True)
class EdfHeader:
    """What the header says, checked against the size of the file."""

    version: bytes
    patient: str
    recording: str
    startdate: str
    starttime: str
    reserved: str
    header_bytes: int
    n_records: int
    is_as_stated: bool
    record_s: float
    record_text: str
    signals: tuple[Signal, ...]
    channels: tuple[Signal, ...]
    """The signals that are no annotations."""
    texts: tuple[Signal, ...]
    """The annotation signals."""

    @property
    def sample_bytes(self) -> int:
        """Bytes of a sample: 2 in EDF, 3 in BDF."""
        return SAMPLE_BYTES[self.version]

    @property
    def record_bytes(self) -> int:
        """Bytes of a record with all its signals."""
        return self.sample_bytes * sum(signal.n_samples for signal in self.signals)

    @property
    def n_per_record(self) -> int:
        """Samples of the fastest channel in a record."""
        return max(signal.n_samples for signal in self.channels)

    @property
    def sfreq_hz(self) -> float:
        """Highest sampling rate, in hertz."""
        return self.n_per_record / self.record_s

    @property
    def is_discontinuous(self) -> bool:
        """True if the header says that records need not follow one another."""
        return self.reserved.startswith(("EDF+D", "BDF+D"))


def parse_edf(stream: BinaryIO, n_bytes: int) -> EdfHeader:
    """Read the header from the start of a file of `n_bytes`."""
    if n_bytes == 0:
        raise FormatError("FSC200", "Expected an EDF or BDF file, got 0 bytes.", "Copy it again.")
    start = read_exactly(stream, 256, "EDF header")
    version = start[:8]
    if version not in SAMPLE_BYTES:
        raise FormatError(
            "FSC203", "Expected the version field of EDF or BDF, got another.", "Check the format."
        )
    text = start.decode("latin-1")
    n_signals = _integer(text[252:256], "number of signals")
    if not 1 <= n_signals <= 9999:
        raise _bad_field("number of signals", "between 1 and 9999")
    fields = read_exactly(stream, 256 * n_signals, "EDF signal headers").decode("latin-1")
    record_s, record_text = _record_length(text[244:252])
    signals = _signals(fields, n_signals)
    header = EdfHeader(
        version=version,
        patient=text[8:88].rstrip(" \0"),
        recording=text[88:168].rstrip(" \0"),
        startdate=text[168:176],
        starttime=text[176:184],
        reserved=text[192:236].rstrip(" \0"),
        header_bytes=_header_bytes(text[184:192], n_signals),
        n_records=_stated_records(text[236:244]),
        is_as_stated=True,
        record_s=record_s,
        record_text=record_text,
        signals=signals,
        channels=tuple(signal for signal in signals if not signal.is_annotation),
        texts=tuple(signal for signal in signals if signal.is_annotation),
    )
    return _with_records(header, n_bytes)


def _with_records(header: EdfHeader, n_bytes: int) -> EdfHeader:
    """Count the full records that the file holds: what its header says may be wrong or -1."""
    if not header.channels:
        raise FormatError(
            "FSC208",
            "Expected channels, got an EDF+ file that holds annotations only.",
            "Keep it beside the recording that it belongs to; it is no recording itself.",
        )
    n_records = (n_bytes - header.header_bytes) // header.record_bytes
    if n_records < 1:
        raise FormatError(
            "FSC204",
            f"Expected at least one record of {header.record_bytes} bytes, got "
            f"{max(0, n_bytes - header.header_bytes)} bytes of data.",
            "The file is cut off: copy it again from the amplifier's computer.",
        )
    is_as_stated = header.n_records in {n_records, _NOT_STATED}
    return replace(header, n_records=n_records, is_as_stated=is_as_stated)


def _stated_records(field: str) -> int:
    """Return how many records the header promises; recorders that crashed leave -1."""
    try:
        return max(_integer(field, "number of records"), _NOT_STATED)
    except FormatError:
        return _NOT_STATED


def _record_length(field: str) -> tuple[float, str]:
    """Return the length of a record in seconds and as written; 1 s where it says 0."""
    text = _number_text(field, "length of a record")
    seconds = float(text)
    if seconds < 0:
        raise _bad_field("length of a record", "0 or more seconds")
    return (seconds, text) if seconds else (1.0, "1")


def _header_bytes(field: str, n_signals: int) -> int:
    """Return where the records begin."""
    stated = _integer(field, "number of header bytes")
    if stated < 256 * (n_signals + 1):
        raise _bad_field("number of header bytes", f"at least {256 * (n_signals + 1)}")
    return stated


def _signals(text: str, n_signals: int) -> tuple[Signal, ...]:
    """Read the signal headers: each field for all signals, one field after the other."""
    columns: list[list[str]] = []
    start = 0
    for _, width in _SIGNAL_FIELDS:
        stop = start + width * n_signals
        columns.append([text[i : i + width].strip(" \0") for i in range(start, stop, width)])
        start = stop
    signals = []
    offset = 0
    for label, transducer, unit, *numbers, prefilter, n_text, reserved in zip(
        *columns, strict=True
    ):
        n_samples = _integer(n_text, "number of samples in a record")
        if n_samples < 1:
            raise _bad_field("number of samples in a record", "1 or more")
        if label in ANNOTATION_LABELS:
            numbers = ["0"] * 4
        low, high, digital_low, digital_high = map(_number_text, numbers, _RANGES)
        signals.append(
            Signal(label, transducer, unit, low, high, digital_low, digital_high, prefilter,
                   n_samples, reserved, offset)
        )  # fmt: skip
        offset += n_samples
    return tuple(signals)


@lru_cache(maxsize=4096)  # the channels of a recording repeat one another
def _number_text(field: str, what: str) -> str:
    """Return a number as written, with a point where a writer's locale put a comma."""
    text = field.strip(" \0").replace(",", ".")
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise _bad_field(what, "a number")
    return text


@lru_cache(maxsize=4096)
def _integer(field: str, what: str) -> int:
    """Return a whole number."""
    value = float(_number_text(field, what))
    if value != int(value):
        raise _bad_field(what, "a whole number")
    return int(value)


def _bad_field(what: str, expected: str) -> FormatError:
    """Return the error for a field that does not hold what it should."""
    return FormatError(
        "FSC203",
        f"Expected {expected} in the EDF header field '{what}', got something else.",
        "Export the recording again; its header is damaged.",
    )


def parse_start(header: EdfHeader) -> datetime | None:
    """Return when the recording began, to the second; None if the header does not say.

    The recording field of EDF+ has the year in full; the older field has two digits of it (85 to
    99 are 1985 to 1999).
    """
    day = parse_day(_piece(header.recording.split(" "), 1))
    if day is None:
        numbers = re.fullmatch(r"(\d\d)[.:/-](\d\d)[.:/-](\d\d)", header.startdate.strip())
        day = _date(*(int(n) for n in reversed(numbers.groups()))) if numbers else None
    if day is None:
        return None
    clock = re.fullmatch(r"(\d\d)[.:](\d\d)[.:](\d\d)", header.starttime.strip())
    hours, minutes, seconds = (int(n) for n in clock.groups()) if clock else (0, 0, 0)
    is_time = hours < 24 and minutes < 60 and seconds < 60
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start + timedelta(hours=hours, minutes=minutes, seconds=seconds) if is_time else start


def _piece(pieces: Sequence[str], i: int) -> str:
    """Return a subfield, empty where there is none."""
    return pieces[i] if i < len(pieces) else ""


def _date(year: int, month: int, day: int) -> date | None:
    """Return the day that two digits of a year mean."""
    try:
        return date(year + (1900 if year >= 85 else 2000), month, day)
    except ValueError:
        return None


def parse_day(text: str) -> date | None:
    """Return a day written as ``02-MAY-1951``; None for anything else.

    Examples
    --------
    >>> parse_day("02-MAY-1951"), parse_day("X")
    (datetime.date(1951, 5, 2), None)
    """
    found = re.fullmatch(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", text)
    if not found or found[2].upper() not in MONTHS:
        return None
    try:
        return date(int(found[3]), MONTHS.index(found[2].upper()) + 1, int(found[1]))
    except ValueError:
        return None


def format_day(day: date) -> str:
    """Return a day as EDF+ writes it."""
    return f"{day.day:02}-{MONTHS[day.month - 1]}-{day.year:04}"


def format_edf(source: EdfHeader, header: Header) -> bytes:
    """Return the header bytes: calibration and layout of `source`, all words from `header`."""
    n_signals = len(source.signals)
    start = header.measured_at
    fixed = (
        _field(source.version.decode("latin-1"), 8)
        + _field(format_patient(header.subject), 80)
        + _field(f"Startdate {format_day(start) if start else 'X'} X X X", 80)
        + _field(_short_day(start), 8)
        + _field(f"{start:%H.%M.%S}" if start else "00.00.00", 8)
        + _field(str(256 * (n_signals + 1)), 8)
        + _field(_reserved(source), 44)
        + _field(str(source.n_records), 8)
        + _field(source.record_text, 8)
        + _field(str(n_signals), 4)
    )
    return (fixed + _format_signals(source, header)).encode("latin-1", errors="replace")


def format_patient(subject: Subject) -> str:
    """Return the EDF+ patient field: code, sex, birth date, and never a name."""
    code = re.sub(r"\s+", "_", subject.code.strip())[:40] or "X"
    sex = subject.sex if subject.sex in {"F", "M"} else "X"
    return f"{code} {sex} {format_day(subject.birth) if subject.birth else 'X'} X"


def _short_day(start: datetime | None) -> str:
    """Return the start date in two digits each; ``yy`` for years that these cannot tell."""
    if start is None:
        return UNKNOWN_START
    year = f"{start.year % 100:02}" if 1985 <= start.year <= 2084 else "yy"
    return f"{start.day:02}.{start.month:02}.{year}"


def _reserved(source: EdfHeader) -> str:
    """Return the field that tells EDF+ from EDF."""
    kind = "BDF" if source.version == BDF_VERSION else "EDF"
    if source.texts:
        return f"{kind}+{'D' if source.is_discontinuous else 'C'}"
    return "24BIT" if kind == "BDF" else ""


def _format_signals(source: EdfHeader, header: Header) -> str:
    """Return the signal headers, each field for all signals."""
    labels = iter(unique_labels([_plain(c.name) for c in header.channels], 16))
    channels = iter(header.channels)
    rows: list[dict[str, str]] = []
    for signal in source.signals:
        if signal.is_annotation:
            rows.append(_text_row(signal))
            continue
        channel = next(channels)
        rows.append({
            "label": next(labels),
            "transducer": signal.transducer if signal.transducer in TRANSDUCERS else "",
            "unit": _edf_unit(channel.unit, signal.unit),
            "physical_min": signal.physical_min,
            "physical_max": signal.physical_max,
            "digital_min": signal.digital_min,
            "digital_max": signal.digital_max,
            "prefilter": format_prefilter(channel.low_cutoff_hz, channel.high_cutoff_hz),
            "n_samples": str(signal.n_samples),
            "reserved": "",
        })  # fmt: skip
    return "".join(_field(row[name], width) for name, width in _SIGNAL_FIELDS for row in rows)


def _text_row(signal: Signal) -> dict[str, str]:
    """Return the header of an annotation signal."""
    row = dict.fromkeys((name for name, _ in _SIGNAL_FIELDS), "")
    wide = signal.label.startswith("BDF")
    limits = ("-8388608", "8388607") if wide else ("-32768", "32767")
    row |= {"label": signal.label, "n_samples": str(signal.n_samples)}
    return row | {"physical_min": "-1", "physical_max": "1",
                  "digital_min": limits[0], "digital_max": limits[1]}  # fmt: skip


def _edf_unit(unit: str, stored: str) -> str:
    """Return a BIDS unit as EDF writes it; one that was stored for want of another stays."""
    if unit == "n/a":
        # Some recorders call the numbers of a trigger channel microvolts, and readers scale by it.
        unit = "Boolean" if stored == "Boolean" else bids_unit(stored)
    return {"n/a": "", "oC": "degC"}.get(unit, unit)


def format_prefilter(low_hz: float | None, high_hz: float | None) -> str:
    """Return the filter edges as EDF+ writes them.

    Examples
    --------
    >>> format_prefilter(0.1, 75.0), format_prefilter(None, None)
    ('HP:0.1Hz LP:75Hz', '')
    """
    parts = [
        f"{name}:{hz:g}Hz" if hz >= 1e-4 else f"{name}:{hz:.9f}".rstrip("0").rstrip(".") + "Hz"
        for name, hz in (("HP", low_hz), ("LP", high_hz))
        if hz is not None
    ]
    return " ".join(parts)


@lru_cache(maxsize=4096)
def parse_prefilter(text: str) -> tuple[float | None, float | None]:
    """Return the high-pass and low-pass edge that a filter text states, in hertz.

    An edge in seconds is a time constant: 1 / (2 pi t) hertz.

    Examples
    --------
    >>> parse_prefilter("HP: DC; LP: 417 Hz"), parse_prefilter("HP:0.1Hz LP:75Hz N:50Hz")
    ((0.0, 417.0), (0.1, 75.0))
    """
    return _edge("HP", text), _edge("LP", text)


def _edge(name: str, text: str) -> float | None:
    """Return one edge of a filter text; ``LP:0Hz`` is how some say that there is none."""
    found = re.search(
        rf"\b{name}\s*:?\s*(DC|(\d+(?:[.,]\d+)?(?:e-?\d+)?)(?:\s*(mHz|kHz|Hz|ms|sec|s)\b)?)",
        text,
        re.IGNORECASE,
    )
    if not found:
        return None
    value = float(found[2].replace(",", ".")) if found[2] else 0.0
    unit = (found[3] or "Hz").lower()
    if unit in _SECONDS and value:  # a time constant
        return round(1 / (2 * math.pi * value * _SECONDS[unit]), 9)
    hz = value * {"mhz": 1e-3, "khz": 1e3}.get(unit, 1.0)
    return None if (name == "LP" and hz == 0) or unit in _SECONDS else hz


def _plain(label: str) -> str:
    """Return a label in the characters that EDF can hold."""
    return "".join(c if c.isprintable() else "_" for c in label).strip() or "channel"


def _field(text: str, width: int) -> str:
    """Return a text cut or padded to the width of its field."""
    return text[:width].ljust(width)
