"""Video (MP4, QuickTime, AVI): every box and chunk to its last byte; frames are shown to be frames.

A box or chunk that is not known here is slack, whatever it holds. The frames of the table must fill
the box of samples without a gap; what stands inside of compressed frames is searched as bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ._contents import Contents, Context, Number
from ._parse_jpeg import take_jpeg
from ._strings import add_printable

_GROUPS = frozenset({b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl"})
_FIXED = {b"vmhd": 12, b"pasp": 8, b"fiel": 2, b"btrt": 12}
_CODED = frozenset({b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds"})
_COUNTED = {b"stts": 8, b"ctts": 8, b"stss": 4, b"stsc": 12, b"stco": 4, b"co64": 8}
_TIMED = {b"mvhd": (100, 112), b"tkhd": (84, 96), b"mdhd": (24, 36)}
"""Sizes of headers with moments, of versions 0 and 1."""

_ENTRY_BYTES = 86
_MAX_TEXT = 1 << 16
_JPEG = frozenset({b"jpeg", b"MJPG", b"mjpg"})
_AVI_LISTS = frozenset({b"hdrl", b"strl", b"movi"})


def parse_video(data: bytes, context: Context) -> Contents:
    """Take a video apart."""
    contents = Contents("video")
    if bytes(data[:4]) == b"RIFF":
        _Avi(data, contents).take()
    else:
        _Mp4(data, contents).take()
    return contents


class _Mp4:
    """Takes MP4 and QuickTime apart, box by box."""

    def __init__(self, data: bytes, contents: Contents) -> None:
        self._data = data
        self._contents = contents
        self._tables: dict[bytes, tuple[int, int]] = {}
        self._mdat: tuple[int, int] | None = None
        self._codec = b""
        self._frames: list[tuple[int, int]] = []

    def take(self) -> None:
        """Take the whole file."""
        self._take_boxes(0, len(self._data), "")
        if self._mdat is None or not {b"stsz", b"stsc"} <= self._tables.keys():
            self._contents.broken("structure", "Expected samples and their table, got none.")
            return
        self._account()

    def _boxes(self, start: int, stop: int, place: str) -> Iterator[tuple[bytes, int, int]]:
        """Yield letters, beginning and end of the content of boxes that fill a span."""
        at = start
        while at < stop:
            size, kind = (struct.unpack(">I4s", self._data[at : at + 8])
                          if at + 8 <= stop else (0, b""))  # fmt: skip
            head = 8
            if size == 1:
                size, head = struct.unpack(">Q", self._data[at + 8 : at + 16])[0], 16
            if size < head or at + size > stop:
                self._contents.slack(place or "end", f"Expected a box, got {stop - at} bytes more.")
                add_printable(self._contents, self._data[at:stop], place or "end")
                return
            yield kind, at + head, at + size
            at += size

    def _take_boxes(self, start: int, stop: int, place: str) -> None:
        for position, (kind, begin, end) in enumerate(self._boxes(start, stop, place), start=1):
            self._take_box(kind, (begin, end), f"{place}/{position}")

    def _take_box(self, kind: bytes, span: tuple[int, int], place: str) -> None:
        """Take one box: go into it, read it, or call it slack."""
        begin, end = span
        readers: dict[bytes, Callable[[int, int, str], bool]] = {
            b"ftyp": self._take_brands, b"hdlr": self._take_handler, b"dref": self._take_reference,
            b"stsd": self._take_entries, b"stsz": self._take_sizes, b"elst": self._take_edits,
            b"colr": self._take_colours,
        }  # fmt: skip
        if kind in _GROUPS:
            self._take_boxes(begin, end, place)
            return
        if kind == b"mdat" and self._mdat is None:
            self._mdat = span
            return
        if kind in readers:
            is_known = readers[kind](begin, end, place)
        elif kind in _TIMED:
            is_known = self._take_moments(kind, begin, end, place)
        elif kind in _COUNTED:
            is_known = self._take_counted(kind, begin, end)
        else:
            is_known = self._take_plain(kind, begin, end, place)
        if not is_known:
            self._contents.slack(
                place, f"Expected a box of a known layout, got {end - begin} bytes."
            )
            add_printable(self._contents, self._data[begin:end], place)

    def _take_plain(self, kind: bytes, begin: int, end: int, place: str) -> bool:
        """Take a box of a fixed size, or what decoders need; its letters are searched."""
        if kind in _CODED and end - begin < _MAX_TEXT:
            add_printable(self._contents, self._data[begin:end], place)
            return True
        return _FIXED.get(kind) == end - begin

    def _take_colours(self, begin: int, end: int, place: str) -> bool:
        kind = bytes(self._data[begin : begin + 4])
        return (kind, end - begin) in {(b"nclx", 11), (b"nclc", 10)}

    def _take_brands(self, begin: int, end: int, place: str) -> bool:
        self._contents.add(place, _letters(self._data[begin : begin + 4]), "key")
        self._contents.add(place, _letters(self._data[begin + 8 : end]), "key")
        return True

    def _take_handler(self, begin: int, end: int, place: str) -> bool:
        """Take the kind of a track, and the name behind it."""
        self._contents.add(place, _letters(self._data[begin + 4 : begin + 24]), "key")
        self._contents.add(place, _letters(self._data[begin + 24 : end]))
        return end - begin >= 24

    def _take_reference(self, begin: int, end: int, place: str) -> bool:
        """Take where samples lie: in this file, without a name."""
        return bytes(self._data[begin:end]) == bytes(7) + b"\x01\0\0\0\x0curl \0\0\0\x01"

    def _take_moments(self, kind: bytes, begin: int, end: int, place: str) -> bool:
        """Take the moments of a header."""
        version = self._data[begin]
        form = ">QQ" if version == 1 else ">II"
        for value in struct.unpack(form, self._data[begin + 4 : begin + 4 + struct.calcsize(form)]):
            # Seconds since 1904; 0 where nobody says.
            moment = value - 2082844800 if value else 0
            self._contents.numbers.append(Number(place, float(moment), "date" if value else "size"))
        return version < 2 and _TIMED[kind][version] == end - begin

    def _take_edits(self, begin: int, end: int, place: str) -> bool:
        (n,) = struct.unpack(">I", self._data[begin + 4 : begin + 8])
        return bool(end - begin == 8 + n * (20 if self._data[begin] == 1 else 12))

    def _take_counted(self, kind: bytes, begin: int, end: int) -> bool:
        """Take a table of numbers: as many as it says."""
        (n,) = struct.unpack(">I", self._data[begin + 4 : begin + 8])
        self._tables[kind] = (begin + 8, end)
        return bool(end - begin == 8 + n * _COUNTED[kind])

    def _take_sizes(self, begin: int, end: int, place: str) -> bool:
        fixed, n = struct.unpack(">II", self._data[begin + 4 : begin + 12])
        self._tables[b"stsz"] = (begin + 4, end)
        return bool(end - begin == 12 + (0 if fixed else 4 * n))

    def _take_entries(self, begin: int, end: int, place: str) -> bool:
        """Take the descriptions of samples: letters, numbers, the name of a compressor, boxes."""
        for kind, first, last in self._boxes(begin + 8, end, place):
            self._contents.add(place, _letters(kind), "key")
            self._codec = bytes(kind)
            fixed = _ENTRY_BYTES - 8
            head = self._data[first : first + fixed]
            self._contents.add(place, _letters(head[16:20]))
            self._contents.add(place, _letters(head[42:74]))
            if any(head[:6]) or any(head[8:16]) or last - first < fixed:
                self._contents.slack(place, "Expected zeros before a description, got others.")
            self._take_boxes(first + fixed, last, place)
        return True

    def _account(self) -> None:
        """Show that the samples of the table fill their box."""
        begin, end = self._mdat or (0, 0)
        spans = self._sample_spans()
        at = begin
        for start, stop in spans:
            if start != at:
                self._contents.slack("samples", "Expected samples one after another, got a gap.")
                add_printable(
                    self._contents, self._data[min(at, start) : max(at, start)], "samples"
                )
            at = max(at, stop)
        if at != end:
            self._contents.slack(
                "samples", f"Expected samples to the end, got {end - at} bytes more."
            )
            add_printable(self._contents, self._data[at:end], "samples")
        if self._codec in _JPEG and at == end:
            for frame in self._frames:
                take_jpeg(self._data, frame, "samples", self._contents)
        else:
            self._contents.samples.append((begin, min(at, end)))

    def _sample_spans(self) -> list[tuple[int, int]]:
        """Return where the chunks of samples lie, sorted."""
        first, last = self._tables[b"stsz"]
        fixed, n = struct.unpack(">II", self._data[first : first + 8])
        sizes: NDArray[np.int64] = (
            np.full(n, fixed) if fixed
            else np.frombuffer(self._data[first + 8 : last], ">u4").astype(np.int64)
        )  # fmt: skip
        wide = b"co64" in self._tables
        a, b = self._tables[b"co64" if wide else b"stco"]
        chunks = np.frombuffer(self._data[a:b], ">u8" if wide else ">u4").astype(np.int64)
        a, b = self._tables[b"stsc"]
        runs = np.frombuffer(self._data[a:b], ">u4").astype(np.int64).reshape(-1, 3)
        spans, at = [], 0
        for i, (start, per_chunk, _) in enumerate(runs.tolist()):
            stop = int(runs[i + 1, 0]) if i + 1 < len(runs) else len(chunks) + 1
            for chunk in range(start - 1, stop - 1):
                edges = np.cumsum([chunks[chunk], *sizes[at : at + per_chunk]]).tolist()
                spans.append((edges[0], edges[-1]))
                if self._codec in _JPEG:
                    self._frames += pairwise(edges)
                at += per_chunk
        if at != len(sizes):
            self._contents.broken("samples", "Expected every sample in a chunk, got others.")
        return sorted(spans)


class _Avi:
    """Takes AVI apart, chunk by chunk."""

    def __init__(self, data: bytes, contents: Contents) -> None:
        self._data = data
        self._contents = contents

    def take(self) -> None:
        """Take the whole file."""
        self._take_chunks(0, len(self._data), "")

    def _take_chunks(self, start: int, stop: int, place: str) -> None:
        at, position = start, 0
        while at < stop:
            position += 1
            here = f"{place}/{position}"
            kind, size = (struct.unpack("<4sI", self._data[at : at + 8])
                          if at + 8 <= stop else (b"", stop))  # fmt: skip
            end = at + 8 + size
            if not kind or end > stop:
                self._contents.slack(here, f"Expected a chunk, got {stop - at} bytes more.")
                add_printable(self._contents, self._data[at:stop], here)
                return
            self._take_chunk(kind, (at + 8, end), here)
            if size & 1 and end < stop and self._data[end]:
                self._contents.slack(here, "Expected a zero behind an odd chunk, got another byte.")
            at = end + (size & 1)

    def _take_chunk(self, kind: bytes, span: tuple[int, int], place: str) -> None:
        """Take one chunk: go into it, read it, or call it slack."""
        begin, end = span
        size = end - begin
        name = bytes(self._data[begin : begin + 4])
        if (kind == b"RIFF" and name == b"AVI ") or (kind == b"LIST" and name in _AVI_LISTS):
            self._take_chunks(begin + 4, end, place)
        elif kind in {b"00dc", b"00db"}:
            take_jpeg(self._data, span, place, self._contents)
        elif kind == b"strh" and size == 56:
            self._contents.add(place, _letters(self._data[begin : begin + 8]), "key")
        elif kind == b"strf" and 40 <= size < _MAX_TEXT:
            self._contents.add(place, _letters(self._data[begin + 16 : begin + 20]), "key")
            add_printable(self._contents, self._data[begin + 40 : end], place)
        elif not ((kind == b"avih" and size == 56) or (kind == b"idx1" and size % 16 == 0)):
            self._contents.slack(place, f"Expected a chunk of a known kind, got {size} bytes.")
            add_printable(self._contents, self._data[begin:end], place)


def _letters(data: bytes) -> str:
    """Return bytes as text, what is not printable as blanks."""
    text = bytes(data).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in text).strip()
