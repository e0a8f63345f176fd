"""The proof of one file: its bytes, its inner files, its texts and numbers."""

from __future__ import annotations

import bisect
import hashlib
import mmap
import re
import sys
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Identifier

from ._batches import search_fields
from ._containers import read_contents
from ._contents import (
    MAX_DEPTH,
    Contents,
    Context,
    Decoded,
    Field,
    Number,
    Problem,
    Unpacked,
    is_measure,
)
from ._detectors import detect, detect_number, find_days
from ._needle_index import NeedleIndex
from ._needles import Needle
from ._own_prose import find_spoken_labels, foreign_words, is_own_file, needs_reader
from ._parse_text import unpack_tokens
from ._policies import Policy
from ._proof import FileProof, Hit
from ._spellings import DATE_KINDS, epoch_seconds, excel_serial, julian_day, parse_day
from ._wordlist import WordList, read_text

_BLOCK = 1 << 24
_CASE_CHECKED = 8
"""Patterns shorter than this must be cased as people write, when they stand in samples."""

_LONGEST_COUNT = 8
_RUN = 32
_MIN_LETTERS = 8
_LETTERS = np.array([chr(i).isascii() and (chr(i).isalpha() or chr(i) in " .") for i in range(256)])
_MEASURED = re.compile(rb"\s?(?:B|bytes|Hz|kHz|s|ms|samples|KB|MB|GB|%)\b")
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/=]*")
_MIN_BASE64_RUN = 256
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_JOINED = re.compile(rb"[A-Z][a-z]+[A-Z][a-z]+")
_PROSE = re.compile(r"(?:[^\W\d_]{2,}\W+){3,}[^\W\d_]{2,}")
_MAX_SHOWN = 200
_TEXT_FORMATS = frozenset({"text", "json", "table", "html"})
_SHORTEST_NUMBER = 7
"""Digits from which on a number that is equal to an identifier is no count by chance."""
_ZONES_S = 14 * 3600
_QUARTER_S = 900


class Prover:
    """Searches files, one at a time or several in threads; holds no state of a file.

    Parameters
    ----------
    index : NeedleIndex
        Patterns for all bytes.
    words : WordList
        Identifiers as words.
    moments : iterable of Identifier
        The same identifiers; their dates are compared with numbers of headers.
    ordinary : WordList or None
        Identifiers that are words of the product's own texts: searched in all other texts.
    policy : Policy
        What may stand there.
    permitted : collection of str
        Texts and ISO dates that pass word for word.
    """

    def __init__(
        self,
        index: NeedleIndex,
        words: WordList,
        moments: Iterable[Identifier],
        *,
        ordinary: WordList | None = None,
        policy: Policy,
        permitted: Collection[str] = (),
    ) -> None:
        self.policy = policy
        self._index = index
        self._words = words
        self._ordinary = ordinary
        self._permitted = frozenset(text.strip() for text in permitted)
        moments = tuple(moments)
        self._numbers = _as_numbers(moments)
        self._permitted_days = frozenset(
            day for day in map(parse_day, permitted) if day is not None
        )
        dated = [i for i in moments if i.kind in DATE_KINDS]
        self._epochs = {s: i.kind for i in dated for s in epoch_seconds(i)}
        self._sorted_epochs = sorted(self._epochs)
        days = {day: i.kind for i in dated if (day := parse_day(i.value)) is not None}
        self._days = days
        self._day_numbers = {julian_day(day): kind for day, kind in days.items()}
        self._day_numbers |= {julian_day(day) - 1: kind for day, kind in days.items()}
        self._serials = {excel_serial(day): kind for day, kind in days.items()}
        self._serials |= {day.toordinal() + 366: kind for day, kind in days.items()}

    @property
    def knows_ordinary_words(self) -> bool:
        """True if somebody's name is a word that our own texts hold."""
        return self._ordinary is not None

    def expected_by_chance(self, n_bytes: int) -> float:
        """Return how many hits this many random bytes would give."""
        return n_bytes * self._index.chance

    def prove(
        self,
        path: str,
        data: bytes | mmap.mmap,
        sibling: Callable[[str], bytes | None],
        full_path: Path | None = None,
    ) -> FileProof:
        """Search one file.

        Parameters
        ----------
        path : str
            Relative to the folder that is proven.
        data : bytes or mmap
            The file.
        sibling : callable
            Returns the bytes of the file with the same stem and another ending, or None.
        full_path : Path or None
            Where the file lies, for libraries that read from a path.
        """
        proof = FileProof(path, path, n_bytes=len(data))
        self._search_path(proof)
        contents = read_contents(data, Context(path.rpartition("/")[2], sibling, full_path))  # type: ignore[arg-type]
        proof.format = contents.format
        proof.n_sample_bytes = sum(stop - start for start, stop in contents.samples)
        proof.problems.extend(contents.problems)
        proof.sha256 = self._search_bytes(proof, data, contents)
        self._search_contents(proof, contents, "", MAX_DEPTH)
        return proof

    def _search_path(self, proof: FileProof) -> None:
        """Search the file's path, as bytes and as words."""
        hits = [
            Hit("proof.identifier", "", n.kind, n.how, "the path of the file")
            for _, n in self._index.find(proof.path.encode())
        ]
        for part in proof.path.split("/"):
            text = Field("the path of the file", part, "name")
            hits.extend(self._search_text(text))
            hits.extend(self._search_ordinary(text))
            proof.to_look_at.extend(find_spoken_labels(part))
        if hits:
            digest = hashlib.sha256(proof.path.encode()).hexdigest()[:8]
            proof.shown_path = f"a file whose path tells (path digest {digest})"
        proof.hits.extend(_at(hits, proof.shown_path))

    def _search_bytes(self, proof: FileProof, data: bytes | mmap.mmap, contents: Contents) -> str:
        """Search all bytes of the file in blocks that overlap; return their digest."""
        digest = hashlib.sha256()
        overlap = max(self._index.longest + 2, 64)
        spans = sorted(contents.samples)
        starts = [start for start, _ in spans]
        view = memoryview(data)
        try:
            for first in range(0, len(data), _BLOCK):
                last = min(len(data), first + _BLOCK)
                digest.update(view[first:last])
                begin = max(0, first - overlap)
                for offset, needle in self._index.find(view[begin:last]):
                    place = begin + offset
                    if place + len(needle.pattern) <= first:
                        continue  # seen in the block before
                    in_samples = _is_inside(spans, starts, place)
                    if self._is_real(data, place, needle, in_samples, contents):
                        where = f"byte {place}" + (", among the samples" if in_samples else "")
                        proof.hits.append(
                            Hit(
                                "proof.identifier", proof.shown_path, needle.kind, needle.how, where
                            )
                        )
                _search_prose(proof, view, (begin, last), spans)
                _let_go(data, first, last)
        finally:
            view.release()
        return digest.hexdigest()

    def _is_real(
        self,
        data: bytes | mmap.mmap,
        place: int,
        needle: Needle,
        in_samples: bool,
        contents: Contents,
    ) -> bool:
        """Tell a hit from a chance likeness in samples, pictures and columns of measures."""
        piece = data[place : place + len(needle.pattern)]
        is_short = len(piece) < _CASE_CHECKED
        if is_short and not needle.exact and not _is_cased_as_written(piece):
            return not (in_samples or _is_in_base64(data, place))
        if not needle.bound:
            return True
        after = data[place + len(piece) : place + len(piece) + 10]
        if _MEASURED.match(after):
            return False
        # No sample has so high a number; below, a column of measures holds any number by chance.
        is_countable = len(piece) <= _LONGEST_COUNT
        return not (is_countable and contents.format == "table" and _is_measure_cell(data, place))

    def _search_contents(
        self, proof: FileProof, contents: Contents, prefix: str, depth: int
    ) -> None:
        """Search texts, numbers and inner files."""
        is_ours = is_own_file(proof.path)

        def search(text: Field) -> Iterator[Hit]:
            placed = Field(prefix + text.place, text.text, text.role)
            yield from self._search_text(placed)
            if not is_ours:
                yield from self._search_ordinary(placed, contents.format)

        hits = list(search_fields(contents.fields, search))
        for text in contents.fields:
            self._note_prose(proof, text, contents.format)
        for number in contents.numbers:
            hits.extend(self._search_number(number, prefix))
        proof.hits.extend(_at(hits, proof.shown_path))
        if contents.format not in _TEXT_FORMATS:  # which are unpacked whole
            for text in contents.fields:
                unpack_tokens(contents, text.text, text.place)
        for inner in contents.unpacked:
            self._search_inner(proof, inner, prefix, depth)
        for samples in contents.decoded:
            self._search_decoded(proof, samples, prefix)

    def _search_inner(self, proof: FileProof, inner: Unpacked, prefix: str, depth: int) -> None:
        """Search an inner file: its bytes, then what it holds."""
        place = f"{prefix}{inner.place}: "
        is_opened = bool(inner.name) and depth > 0
        within = read_contents(inner.data, Context(inner.name)) if is_opened else Contents("")
        proof.hits.extend(
            Hit("proof.identifier", proof.shown_path, n.kind, n.how, f"{place}byte {offset}")
            for offset, n in self._index.find(inner.data)
            if self._is_real(inner.data, offset, n, False, within)
        )
        if inner.name and not is_opened:
            proof.problems.append(
                Problem("proof.too_deep", place, "Expected at most four layers of packing.")
            )
        proof.problems.extend(
            Problem(p.code, place + p.place, p.reason, p.is_error) for p in within.problems
        )
        self._search_contents(proof, within, place, depth - 1)

    def _search_decoded(self, proof: FileProof, samples: Decoded, prefix: str) -> None:
        """Search packed samples block by block, over the seams of blocks."""
        place = f"{prefix}{samples.place}: "
        overlap = max(self._index.longest + 2, 64)
        tail, n_done = b"", 0
        try:
            for block in samples.blocks():
                piece = tail + block
                for offset, needle in self._index.find(piece):
                    is_new = offset + len(needle.pattern) > len(tail)
                    if is_new and self._is_real(piece, offset, needle, True, Contents("")):
                        where = f"{place}byte {n_done - len(tail) + offset}, among the samples"
                        proof.hits.append(
                            Hit(
                                "proof.identifier", proof.shown_path, needle.kind, needle.how, where
                            )
                        )
                if not samples.is_bytes and _holds_prose(memoryview(piece)):
                    proof.problems.append(_prose_in(samples.place))
                n_done += len(block)
                tail = piece[-overlap:]
        except (OSError, RuntimeError, ValueError, zlib.error):
            reason = "Expected packed samples, got some that cannot be unpacked."
            proof.problems.append(Problem("proof.broken", place, reason))

    def _search_text(self, text: Field) -> Iterator[Hit]:
        """Search one text for identifiers as words and for what tells by its shape."""
        for kind in self._words.find(text.text):
            yield Hit("proof.identifier", "", kind, "as a word", text.place)
        readings = sorted(read_text(text.text))
        days = {day for reading in readings for day in find_days(reading)}
        for day in sorted(days & self._days.keys()):
            yield Hit("proof.identifier", "", self._days[day], "as a date", text.place)
        if text.text.strip() in self._permitted:
            return
        detected = {
            found: None
            for reading in readings
            for found in detect(
                replace(text, text=reading), self.policy, permitted_days=self._permitted_days
            )
        }
        for found in detected:
            yield Hit(found.code, "", found.what, "by its shape", text.place, found.is_error)

    def _search_ordinary(self, text: Field, format_name: str = "") -> Iterator[Hit]:
        """Search one text for identifiers that our own texts hold too, unless it is ours."""
        if self._ordinary is None:
            return
        for words in foreign_words(text, format_name):
            for kind in self._ordinary.find(words):
                yield Hit("proof.identifier", "", kind, "as a word", text.place)

    def _search_number(self, number: Number, prefix: str) -> Iterator[Hit]:
        """Compare a number with the days that are searched for."""
        where = prefix + number.place
        kind = self._known_moment(number) or self._known_number(number)
        if kind:
            yield Hit("proof.identifier", "", kind, "as a number", where)
            return
        found = detect_number(number, self.policy, permitted_days=self._permitted_days)
        if found is not None:
            yield Hit(found.code, "", found.what, "as a number", where, found.is_error)

    def _known_number(self, number: Number) -> str:
        """Return the kind of the identifier that a number is, or nothing."""
        value = number.value
        is_whole = bool(np.isfinite(value)) and number.hint != "size" and value == int(value)
        return self._numbers.get(int(value), "") if is_whole else ""

    def _known_moment(self, number: Number) -> str:
        """Return the kind of the date that a number spells, or nothing."""
        value = number.value
        if not np.isfinite(value) or number.hint == "size":
            return ""
        if number.hint == "date" and value == int(value):
            kind = self._day_numbers.get(int(value)) or self._serials.get(int(value))
            if kind:
                return kind
        for scale in (1, 10**3, 10**6, 10**9):
            seconds = value / scale
            position = bisect.bisect_left(self._sorted_epochs, seconds - _ZONES_S)
            for known in self._sorted_epochs[position:]:
                if known > seconds + _ZONES_S:
                    break
                # A time zone moves a moment by whole quarters of an hour.
                if abs(seconds) > 10**7 and int(seconds - known) % _QUARTER_S == 0:
                    return self._epochs[known]
        return ""

    def _note_prose(self, proof: FileProof, text: Field, format_name: str) -> None:
        """Keep the words that a person must read."""
        shown = " ".join(text.text.split())
        is_label = text.role == "label" and format_name not in {"json", "html"}
        is_prose = format_name != "html" and bool(_PROSE.search(shown))
        if (
            text.role not in {"name", "key"}
            and (is_label or is_prose)
            and len(shown) > 1
            and not shown.replace(".", "").isdigit()
            and needs_reader(proof.path, shown)
        ):
            proof.to_look_at.append(shown[:_MAX_SHOWN])


def _as_numbers(identifiers: Iterable[Identifier]) -> dict[int, str]:
    """Return the identifiers that may be kept as a number, and birthdays written as one."""
    found: dict[int, str] = {}
    for identifier in identifiers:
        text = re.sub(r"[\s./-]", "", identifier.value)
        day = parse_day(identifier.value) if identifier.kind in DATE_KINDS else None
        spelled: tuple[str, ...]
        if identifier.kind == "birthdate" and day is not None:
            spelled = (day.strftime("%Y%m%d"), day.strftime("%d%m%Y"))
        else:
            is_number = text.isascii() and text.isdecimal() and identifier.kind not in DATE_KINDS
            spelled = (text,) if is_number and len(text.lstrip("0")) >= _SHORTEST_NUMBER else ()
        found |= {int(digits): identifier.kind for digits in spelled}
    return found


def _search_prose(
    proof: FileProof, view: memoryview, block: tuple[int, int], spans: list[tuple[int, int]]
) -> None:
    """Note runs of letters among the samples of one block."""
    begin, last = block
    position = max(0, bisect.bisect_right(spans, (begin, begin)) - 1)
    for start, stop in spans[position:]:
        if start >= last:
            break
        if stop > begin and _holds_prose(view[max(start, begin) : min(stop, last)]):
            proof.problems.append(_prose_in(f"bytes {start} to {stop}"))


def _prose_in(place: str) -> Problem:
    """Return the problem of samples that read like a text."""
    return Problem(
        "proof.text_in_samples",
        place,
        "Expected samples, got a long run of letters among them.",
        is_error=False,
    )


if sys.platform == "win32":

    def _let_go(data: bytes | mmap.mmap, first: int, last: int) -> None:
        """Do nothing: Windows takes back what it needs by itself."""

else:

    def _let_go(data: bytes | mmap.mmap, first: int, last: int) -> None:
        """Give back the memory of a block that was searched; it is read again if needed."""
        if isinstance(data, mmap.mmap):
            begin = first - first % mmap.PAGESIZE
            data.madvise(mmap.MADV_DONTNEED, begin, last - begin)


def _at(hits: Iterable[Hit], place: str) -> Iterator[Hit]:
    """Return hits with their file."""
    return (Hit(h.code, place, h.kind, h.how, h.where, h.is_error) for h in hits)


def _is_inside(spans: list[tuple[int, int]], starts: list[int], place: int) -> bool:
    """Tell whether a place is in one of the sorted spans."""
    position = bisect.bisect_right(starts, place) - 1
    return position >= 0 and place < spans[position][1]


def _is_cased_as_written(piece: bytes) -> bool:
    """Tell whether letters are all small, all capital, or capital where a word begins."""
    letters = _NOT_ASCII.sub(b"", piece)
    is_plain = letters.islower() or letters.isupper() or letters.istitle()
    return is_plain or bool(_JOINED.fullmatch(letters)) or not letters.lower().islower()


def _is_in_base64(data: bytes | mmap.mmap, place: int) -> bool:
    """Tell whether a place is in a long run of base64, as an embedded picture is."""
    before = data[max(0, place - _MIN_BASE64_RUN) : place][::-1]
    after = data[place : place + _MIN_BASE64_RUN]
    run = [_BASE64_RUN.match(piece) for piece in (before, after)]
    return sum(match.end() for match in run if match) >= _MIN_BASE64_RUN


def _is_measure_cell(data: bytes | mmap.mmap, place: int) -> bool:
    """Tell whether a place of a table is in a column of measures."""
    line_start = data.rfind(b"\n", 0, place) + 1
    column = data[line_start:place].count(b"\t")
    end = data.find(b"\n")
    header = data[: end if end >= 0 else len(data)].decode("utf-8", "replace").split("\t")
    return line_start > 0 and column < len(header) and is_measure(header[column].strip())


def _holds_prose(samples: memoryview) -> bool:
    """Tell whether samples hold a run of letters that no signal makes.

    A run of 47 letters or spaces covers a whole aligned group of 32 bytes; one with eight
    different letters or more is taken for text. Signals repeat the same high byte.
    """
    raw = np.frombuffer(samples, dtype=np.uint8)
    n_groups = raw.size // _RUN
    if not n_groups:
        return False
    groups = raw[: n_groups * _RUN].reshape(n_groups, _RUN)  # (n_groups, byte)
    rows = np.arange(n_groups)
    for column in (0, 13, 27, 7, *range(1, _RUN, 2)):
        rows = rows[_is_letter(groups[rows, column])]
        if not rows.size:
            return False
    for row in groups[rows]:
        letters = row[_is_letter(row)]
        if letters.size == _RUN and len(set((letters | 32).tolist())) >= _MIN_LETTERS:
            return True
    return False


def _is_letter(values: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Mark letters and the marks between words."""
    marks: NDArray[np.bool_] = _LETTERS[values]
    return marks
