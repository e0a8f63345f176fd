"""What a FIF file says: channels, times, people, and where its samples lie."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Event, Identifier, Subject
from fascicle.errors import FormatError

from ._fif_tags import (
    B_MEAS_INFO,
    DATA_BUFFER,
    FIRST_SAMPLE,
    SAMPLE_DTYPES,
    T_ID,
    T_STRING,
    Node,
    Scan,
    Stored,
    Tag,
    decode_text,
    scan_fif,
)

CH_INFO, NCHAN, SFREQ, MEAS_DATE, COMMENT = 203, 200, 201, 204, 206
LOWPASS, HIGHPASS, LINE_FREQ = 219, 223, 235
B_SUBJECT, B_CH_INFO, B_ANNOTATIONS, B_REF, B_BADS = 106, 113, 3810, 118, 359
CH_NAME, CH_FRAME, CH_NAME_LIST = 258, 351, 3507
ONSETS, ENDS = 3568, 3569
REF_ROLE, REF_NUMBER, REF_NAME, NEXT_FILE = 115, 117, 118, 2

CHANNEL = np.dtype(
    [("scan", ">i4"), ("logical", ">i4"), ("kind", ">i4"), ("range", ">f4"), ("cal", ">f4"),
     ("coil", ">i4"), ("loc", ">f4", 12), ("unit", ">i4"), ("unit_mul", ">i4"), ("name", "S16")]
)  # fmt: skip
"""The 96 bytes of a channel."""

_MAX_SKIP_S = 7 * 86400

_WORDS: dict[int, tuple[str, str]] = {
    212: ("operator", "experimenter"), 401: ("name", "first name"), 402: ("name", "middle name"),
    403: ("name", "last name"), 409: ("text", "subject comment"), 410: ("id", "subject id"),
    501: ("text", "project"), 502: ("text", "project aim"), 503: ("name", "project persons"),
    504: ("text", "project comment"), 154: ("serial", "device serial"),
    155: ("institution", "device site"), 158: ("serial", "file id"), 3508: ("path", "file name"),
    1101: ("path", "file path"),
}  # fmt: skip
"""Tags whose text points to someone or something: kind of identifier, and field."""

_EMPTY = frozenset({"", "0", "unknown", "none", "n/a", "mne_anonymize", "anonymous"})
_PARAMETER = re.compile(
    r"^\S*(subject|patient|birth|operator|user|person|hospital|site|workdir|datadir)\S*\s+(\S.{2,})$",
    re.IGNORECASE | re.MULTILINE,
)
_NO_MACHINE = bytes.fromhex("3033303330333033")
"""What MNE-Python writes for the machine."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of samples: in a buffer, or left out (``stored`` is None) and read as zeros."""

    n_times: int
    stored: Stored | None


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a recording.

    Attributes
    ----------
    scan : Scan
        Its tags.
    info : Node
        The block of measurement information.
    channels : ndarray of CHANNEL
        As stored; names of up to 15 bytes.
    names : tuple of str
        Their full names.
    sfreq_hz : float
        Sampling rate.
    first_sample : int
        Samples between the measurement date and the first sample.
    pieces : tuple of Piece
        The samples.
    """

    scan: Scan
    info: Node
    channels: NDArray[np.void]
    names: tuple[str, ...]
    sfreq_hz: float
    first_sample: int
    pieces: tuple[Piece, ...]

    @property
    def n_times(self) -> int:
        """Number of samples, with those that are left out."""
        return sum(piece.n_times for piece in self.pieces)

    @property
    def has_gaps(self) -> bool:
        """True if samples were left out."""
        return any(piece.stored is None for piece in self.pieces)

    def short_names(self) -> list[str]:
        """Return the names in the channel records."""
        return [decode_text(name) for name in self.channels["name"].tolist()]


def parse_part(stream: BinaryIO, n_bytes: int) -> Part:
    """Read what one file says."""
    scan = scan_fif(stream, n_bytes)
    info = next(scan.root.find(B_MEAS_INFO), None)
    if info is None or not scan.raw_kind:
        raise _not_raw(scan)
    channels = _channels(info)
    sfreq_hz = info.number(SFREQ)
    if not sfreq_hz or sfreq_hz <= 0 or sfreq_hz > 1e8:
        raise _bad("sampling frequency", "a positive number")
    first_sample, pieces = _pieces(stream, scan, len(channels), sfreq_hz)
    return Part(
        scan=scan,
        info=info,
        channels=channels,
        names=_full_names(info, channels),
        sfreq_hz=sfreq_hz,
        first_sample=first_sample,
        pieces=pieces,
    )


def _not_raw(scan: Scan) -> FormatError:
    """Return the error for a file without samples."""
    if scan.is_cut:
        return FormatError(
            "FSC202", "Expected samples, got a FIF file that ends before them.", "Copy it again."
        )
    return FormatError(
        "FSC208",
        "Expected a raw recording, got a FIF file of another kind.",
        "Events, projections, averages and digitised points belong beside a recording.",
    )


def _channels(info: Node) -> NDArray[np.void]:
    """Return the channel records."""
    records = [tag.data for tag in info.tags if tag.kind == CH_INFO]
    n_stated = info.number(NCHAN)
    if not records or any(len(record) != CHANNEL.itemsize for record in records):
        raise _bad("channel information", f"{CHANNEL.itemsize} bytes for each channel")
    if n_stated != len(records):
        raise _bad("number of channels", f"{len(records)}, as there are channel records")
    return np.frombuffer(b"".join(records), CHANNEL)


def _full_names(info: Node, channels: NDArray[np.void]) -> tuple[str, ...]:
    """Return the names of channels, from the extended records where there are any."""
    names = [decode_text(name) for name in channels["name"].tolist()]
    extended = list(info.find(B_CH_INFO))
    if len(extended) == len(names):
        names = [node.text(CH_NAME) or name for node, name in zip(extended, names, strict=True)]
    return tuple(name or f"channel {i}" for i, name in enumerate(names))


def _pieces(
    stream: BinaryIO, scan: Scan, n_channels: int, sfreq_hz: float
) -> tuple[int, tuple[Piece, ...]]:
    """Return the first sample, and the runs of samples that follow."""
    raw = next(scan.root.find(scan.raw_kind))
    first_sample = int(raw.number(FIRST_SAMPLE) or 0)
    pieces: list[Piece] = []
    n_skipped = 0
    for tag in scan.stored:
        if tag.kind != DATA_BUFFER:
            stream.seek(tag.start + 16)
            n_skipped = int.from_bytes(stream.read(4), "big", signed=True)
            continue
        n_times = _buffer_times(tag, n_channels)
        n_left_out = n_skipped * n_times
        if not 0 <= n_left_out <= _MAX_SKIP_S * sfreq_hz:
            raise _bad("data skip", "less than a week")
        if n_left_out and pieces:
            pieces.append(Piece(n_left_out, None))
        elif n_left_out:
            first_sample += n_left_out
        pieces.append(Piece(n_times, tag))
        n_skipped = 0
    if not any(piece.n_times for piece in pieces):
        raise FormatError("FSC204", "Expected samples, got none.", "Copy the file again.")
    return first_sample, tuple(pieces)


def _buffer_times(tag: Stored, n_channels: int) -> int:
    """Return how many samples of each channel a buffer holds."""
    dtype = SAMPLE_DTYPES.get(tag.type)
    if dtype is None:
        raise FormatError(
            "FSC206", "Expected real numbers as samples, got another type.", "Export it again."
        )
    n_times, rest = divmod(tag.n_bytes, np.dtype(dtype).itemsize * n_channels)
    if rest:
        raise _bad("data buffer", f"whole samples of {n_channels} channels")
    return n_times


def _bad(what: str, expected: str) -> FormatError:
    """Return the error for a part that does not hold what it should."""
    return FormatError(
        "FSC203", f"Expected {expected} in the FIF field '{what}', got something else.",
        "The file is damaged: copy it again.",
    )  # fmt: skip


def continuation(scan: Scan) -> tuple[str, int] | None:
    """Return name and number of the file in which the recording goes on; None at its end."""
    for node in scan.root.find(B_REF):
        if node.number(REF_ROLE) == NEXT_FILE:
            number = node.number(REF_NUMBER)
            return re.split(r"[/\\]", node.text(REF_NAME))[-1], int(number or 0)
    return None


def measurement_start(part: Part) -> datetime | None:
    """Return the measurement date; like MNE-Python from the measurement's id if none is stated."""
    tag = part.info.first(MEAS_DATE)
    if tag is not None:
        values = tag.numbers()
        return _moment(values[0], values[1] if len(values) > 1 else 0) if len(values) else None
    for node in (part.info, *part.scan.root.find(100), part.scan.root):
        for name in (110, 103, 100):
            tag = node.first(name)
            if tag is not None and tag.type == T_ID and len(tag.data) == 20:
                return _moment(*struct.unpack(">ii", tag.data[12:20]))
    return None


def _moment(seconds: float, microseconds: float) -> datetime | None:
    """Return a time since 1970; None for the values that mean none, and for impossible ones."""
    if not (np.isfinite(seconds) and np.isfinite(microseconds)) or microseconds == 2**31 - 1:
        return None
    if seconds == 0 and microseconds == 0:
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            seconds=float(seconds), microseconds=float(microseconds)
        )
    except OverflowError:
        return None


def read_annotations(part: Part, start: datetime | None, first_sample: int) -> Iterator[Event]:
    """Yield the annotations of a part; onsets count from the recording's first sample."""
    node = next(part.scan.root.find(B_ANNOTATIONS), None)
    if node is None:
        return
    onsets, ends = (
        tag.numbers() if tag else np.empty(0) for tag in map(node.first, (ONSETS, ENDS))
    )
    words = [word.replace("{COLON}", ":") for word in node.text(COMMENT).split(":")]
    shift_s = _annotation_shift(node, start, first_sample / part.sfreq_hz)
    for onset_s, end_s, word in zip(onsets, ends, words, strict=False):
        if np.isfinite(onset_s) and np.isfinite(end_s):
            duration_s = max(0.0, round(float(end_s - onset_s), 9))
            yield Event(round(float(onset_s) + shift_s, 9), duration_s, word, None)


def _annotation_shift(node: Node, start: datetime | None, first_s: float) -> float:
    """Return what to add to stored onsets; they count from a date, or from the first sample."""
    tag = node.first(MEAS_DATE)
    values = tag.numbers() if tag else np.empty(0)
    origin = _moment(values[0], values[1] if len(values) > 1 else 0) if len(values) else None
    if start is None:
        return -first_s
    return (origin - start).total_seconds() - first_s if origin else 0.0


def subject_of(info: Node) -> Subject:
    """Return what the subject block says."""
    node = next(info.find(B_SUBJECT), Node(B_SUBJECT))
    names = [node.text(kind) for kind in (401, 402, 403)]
    return Subject(
        code=node.text(410),
        name=" ".join(name for name in names if name.lower() not in _EMPTY),
        birth=_birthday(node),
        sex={1: "M", 2: "F"}.get(int(node.number(405) or 0), ""),
        hand={1: "R", 2: "L", 3: "A"}.get(int(node.number(406) or 0), ""),
    )


def _birthday(node: Node) -> date | None:
    """Return the day of birth from its Julian day number; None if it cannot be one."""
    tag = node.first(404)
    if tag is None or len(tag.data) != 4:
        return None
    days = int.from_bytes(tag.data, "big", signed=True) - 1721425
    try:
        born = date.fromordinal(days)
    except (ValueError, OverflowError):
        return None
    return born if 1850 <= born.year <= 2200 else None


def julian_day(day: date) -> int:
    """Return the Julian day number of a day.

    Examples
    --------
    >>> julian_day(date(2000, 1, 1))
    2451545
    """
    return day.toordinal() + 1721425


def identifiers_of(part: Part) -> Iterator[Identifier]:
    """Yield all that points to a person, place, day or device."""
    for node, tag in part.scan.root.walk():
        if tag.kind == CH_INFO:
            continue
        if tag.type == T_ID and len(tag.data) == 20:
            yield from _id_identifiers(tag)
        elif tag.kind == MEAS_DATE:
            moment = _moment(*([*tag.numbers(), 0, 0][:2]))
            if moment:
                yield Identifier("date", moment.date().isoformat(), "FIF: date")
        elif tag.kind == 404 and node.kind == B_SUBJECT and (born := _birthday(node)):
            yield Identifier("birthdate", born.isoformat(), "FIF: subject birthday")
        elif tag.type == T_STRING:
            yield from _text_identifiers(node, tag)


def _id_identifiers(tag: Tag) -> Iterator[Identifier]:
    """Yield machine and day of an id."""
    machine = tag.data[4:12]
    if machine.strip(b"\0\xff") and machine != _NO_MACHINE:
        yield Identifier("serial", machine.hex(), "FIF: machine id")
    moment = _moment(*struct.unpack(">ii", tag.data[12:20]))
    if moment and moment.year > 1971:
        yield Identifier("date", moment.date().isoformat(), "FIF: id")


def _text_identifiers(node: Node, tag: Tag) -> Iterator[Identifier]:
    """Yield what a text says about people, places and devices."""
    text = tag.text()
    if tag.kind in _WORDS and text.lower() not in _EMPTY:
        kind, where = _WORDS[tag.kind]
        yield Identifier(kind, text, f"FIF: {where}")
    elif tag.kind == COMMENT and node.kind == B_MEAS_INFO and text.lower() not in _EMPTY:
        yield Identifier("text", text, "FIF: description")
    elif tag.kind in {150, 151}:
        for found in _PARAMETER.finditer(text):
            if found[2].strip().lower() not in _EMPTY and not found[2].strip().isdigit():
                yield Identifier("text", found[2].strip(), "FIF: acquisition parameters")


def contiguous_runs(stored: list[Stored]) -> Iterator[list[Stored]]:
    """Yield runs of tags that stand in a row and say so, which can be copied as one span."""
    run = stored[:1]
    for before, tag in pairwise(stored):
        if before.next == 0 and before.start + 16 + before.n_bytes == tag.start:
            run.append(tag)
        else:
            yield run
            run = [tag]
    if run:
        yield run
