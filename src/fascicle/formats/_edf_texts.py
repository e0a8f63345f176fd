"""Time-stamped annotation lists (TAL): the words that EDF+ keeps among the samples."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from fascicle.core import Event

from ._edf_header import EdfHeader
from ._files import BLOCK_BYTES, read_exactly

_ONSET = re.compile(rb"([+-]\d{1,15}(?:\.\d{0,12})?)(?:\x15(\d{1,15}(?:\.\d{0,12})?))?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Timeline:
    """When each record begins.

    Attributes
    ----------
    onsets_s : tuple of float
        Seconds after the start that the header states; one for each record.
    stamps : tuple of bytes
        The same as written.
    record_s : float
        Length of a record.
    """

    onsets_s: tuple[float, ...]
    stamps: tuple[bytes, ...]
    record_s: float

    @property
    def has_gaps(self) -> bool:
        """True if a record begins later than the one before it ends."""
        steps = zip(self.onsets_s, self.onsets_s[1:], strict=False)
        return any(later - earlier > 1.001 * self.record_s for earlier, later in steps)

    def moved_to(self, first_s: float) -> Timeline:
        """Return the same records with the first at another time."""
        shift_s = first_s - self.onsets_s[0]
        if abs(shift_s) < 1e-6:
            return self
        onsets_s = tuple(round(onset_s + shift_s, 6) for onset_s in self.onsets_s)
        return Timeline(onsets_s, tuple(map(format_onset, onsets_s)), self.record_s)

    def to_stored(self, clock_s: float) -> float:
        """Return the time within the stored samples (gaps cut out) of a time on the clock."""
        i = max(0, bisect_right(self.onsets_s, clock_s) - 1)
        into = clock_s - self.onsets_s[i]
        is_in_gap = into > self.record_s and i + 1 < len(self.onsets_s)
        return i * self.record_s + (self.record_s if is_in_gap else into)

    def to_clock(self, stored_s: float) -> float:
        """Return the time on the clock of a time within the stored samples."""
        i = min(max(0, int(stored_s // self.record_s)), len(self.onsets_s) - 1)
        return self.onsets_s[i] + stored_s - i * self.record_s


def iterate_records(
    stream: BinaryIO, header: EdfHeader, n_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[int, memoryview]]:
    """Yield runs of whole records: the first one's number, and their bytes (writable)."""
    n_block = max(1, n_bytes // header.record_bytes)
    buffer = memoryview(bytearray(min(n_block, header.n_records) * header.record_bytes))
    stream.seek(header.header_bytes)
    for first in range(0, header.n_records, n_block):
        n_records = min(n_block, header.n_records - first)
        block = buffer[: n_records * header.record_bytes]
        _fill(stream, block)
        yield first, block


def _fill(stream: BinaryIO, block: memoryview) -> None:
    """Read until a buffer is full."""
    done = 0
    while done < len(block):
        n_read = stream.readinto(block[done:])  # type: ignore[attr-defined]  # every file opened in binary has it
        if not n_read:
            block[:] = read_exactly(stream, len(block), "samples")
        done += n_read


def text_slices(header: EdfHeader) -> tuple[slice, ...]:
    """Return where in a record the annotation signals lie, in bytes."""
    width = header.sample_bytes
    return tuple(
        slice(signal.offset * width, (signal.offset + signal.n_samples) * width)
        for signal in header.texts
    )


def read_texts(stream: BinaryIO, header: EdfHeader) -> tuple[Timeline, tuple[Event, ...]]:
    """Read the times of all records and every annotation, without reading the samples.

    Onsets count from the first sample, with gaps cut out, so that they point into the samples
    as they are stored.
    """
    stamps: list[tuple[float, bytes] | None] = []
    marks: list[tuple[float, float, str]] = []
    for texts in _iterate_texts(stream, header):
        stamp = None
        for i, text in enumerate(texts):
            for j, (onset, duration_s, words) in enumerate(parse_tals(text)):
                if i == j == 0 and not any(words[:1]):
                    stamp = (float(onset), onset)
                marks += [(float(onset), duration_s, word) for word in words if word]
        stamps.append(stamp)
    timeline = make_timeline(stamps, header)
    events = [
        Event(timeline.to_stored(onset_s), duration_s, word, None)
        for onset_s, duration_s, word in marks
    ]
    return timeline, tuple(sorted(events, key=lambda event: event.onset_s))


def _iterate_texts(stream: BinaryIO, header: EdfHeader) -> Iterator[tuple[bytes, ...]]:
    """Yield the bytes of the annotation signals of each record."""
    slices = text_slices(header)
    if header.record_bytes < 16384:  # a seek costs more than reading on
        for _, block in iterate_records(stream, header):
            for start in range(0, len(block), header.record_bytes):
                record = block[start : start + header.record_bytes]
                yield tuple(bytes(record[where]) for where in slices)
        return
    for i in range(header.n_records):
        start = header.header_bytes + i * header.record_bytes
        texts = []
        for where in slices:
            stream.seek(start + where.start)
            texts.append(read_exactly(stream, where.stop - where.start, "annotations"))
        yield tuple(texts)


def make_timeline(stamps: Sequence[tuple[float, bytes] | None], header: EdfHeader) -> Timeline:
    """Return when records begin; only a discontinuous file may jump, and only forwards."""
    first = stamps[0] if stamps and stamps[0] and 0 <= stamps[0][0] < 1e6 else (0.0, b"+0")
    onsets, written = [first[0]], [first[1]]
    for i in range(1, header.n_records):
        due_s = onsets[-1] if header.is_discontinuous else first[0] + (i - 1) * header.record_s
        due_s += header.record_s
        stamp = stamps[i] if i < len(stamps) else None
        late_s = stamp[0] - due_s if stamp else -1.0
        slack_s = 0.01 * header.record_s
        is_sound = late_s >= -slack_s and (header.is_discontinuous or late_s <= slack_s)
        if stamp is None or not is_sound:
            stamp = (due_s, format_onset(due_s))
        onsets.append(stamp[0])
        written.append(stamp[1])
    return Timeline(tuple(onsets), tuple(written), header.record_s)


def parse_tals(data: bytes) -> Iterator[tuple[bytes, float, list[str]]]:
    r"""Yield onset (as written), duration in seconds and words of each list.

    Examples
    --------
    >>> list(parse_tals(b"+0\x14\x14\x00+1.5\x152\x14Lights off\x14\x00\x00"))
    [(b'+0', 0.0, ['']), (b'+1.5', 2.0, ['Lights off'])]
    """
    for tal in data.split(b"\x14\x00"):
        stamp, *words = tal.lstrip(b"\x00").split(b"\x14")
        found = _ONSET.fullmatch(stamp)
        if found:
            yield found[1], float(found[2] or 0), [_decode(word) for word in words or [b""]]


def _decode(word: bytes) -> str:
    """Return the words of an annotation; files from before the rule are not in UTF-8."""
    try:
        text = word.decode("utf-8")
    except UnicodeDecodeError:
        text = word.decode("latin-1")
    return text.strip("\x00")


def format_onset(seconds: float) -> bytes:
    """Return a time with its sign.

    Examples
    --------
    >>> format_onset(1.5), format_onset(0), format_onset(-2.0)
    (b'+1.5', b'+0', b'-2')
    """
    digits = f"{abs(seconds):.6f}".rstrip("0").rstrip(".")
    return (("-" if seconds < 0 and digits != "0" else "+") + digits).encode()


def format_tal(onset_s: float, duration_s: float, label: str) -> bytes:
    """Return one annotation."""
    lasting = b"\x15" + format_onset(duration_s)[1:] if duration_s > 0 else b""
    words = _CONTROL.sub(" ", label).encode("utf-8", errors="replace")
    return format_onset(onset_s) + lasting + b"\x14" + words + b"\x14\x00"


def place_events(events: Sequence[Event], timeline: Timeline, header: EdfHeader) -> list[bytes]:
    """Return the annotation bytes of each record: its time, and the events that fit.

    An event stands in its own record or in a later one (its onset is absolute); what is left over
    at the end fills the free space from the front. What fits nowhere is left out: ``events.tsv``
    has every event.
    """
    sizes = [where.stop - where.start for where in text_slices(header)]
    pages = [_Pages(stamp, sizes) for stamp in timeline.stamps]
    waiting: list[bytes] = []
    for event in sorted(events, key=lambda e: e.onset_s):
        onset_s = timeline.to_clock(event.onset_s)
        tal = format_tal(onset_s, event.duration_s, event.label)
        home = min(max(0, int(event.onset_s // header.record_s)), len(pages) - 1)
        waiting += [] if _put(tal, pages, home) else [tal]
    cursor = 0
    for tal in waiting:
        while cursor < len(pages) and not pages[cursor].take(tal):
            cursor += 1
    return [page.to_bytes() for page in pages]


def _put(tal: bytes, pages: Sequence[_Pages], home: int) -> bool:
    """Put an annotation on its page or one of the next few."""
    return any(page.take(tal) for page in pages[home : home + 64])


class _Pages:
    """The annotation signals of one record, as they fill."""

    __slots__ = ("_parts", "_sizes")

    def __init__(self, stamp: bytes, sizes: Sequence[int]) -> None:
        self._sizes = sizes
        self._parts = [(stamp + b"\x14\x14\x00")[: sizes[0]]] + [b""] * (len(sizes) - 1)

    def take(self, tal: bytes) -> bool:
        """Add an annotation where it fits; return whether it did."""
        for i, size in enumerate(self._sizes):
            if len(self._parts[i]) + len(tal) <= size:
                self._parts[i] += tal
                return True
        return False

    def to_bytes(self) -> bytes:
        """Return all signals, padded."""
        return b"".join(
            part.ljust(size, b"\x00") for part, size in zip(self._parts, self._sizes, strict=True)
        )
