"""MP4 and QuickTime: the one video track is taken out and put into a container of our own making.

Boxes follow ISO/IEC 14496-12. Nothing is carried over but what is rebuilt here from numbers: times
are zero, names empty, and boxes that this module does not know stay behind.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from fascicle.errors import FormatError

from ._isobmff_entry import Entry, clean_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"})
MAX_MOOV = 1 << 28
_MAX_TEXTS = 200
_MAX_BOX_TEXT = 1 << 20
_MAX_EDITS = 4096
_SINCE = datetime(1904, 1, 1, tzinfo=UTC)
QUICKTIME = frozenset({"jpeg", "png ", "raw ", "mjpg"})
"""Codecs that only the containers of QuickTime may hold."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its four letters, where its content lies, and how long that is."""

    kind: bytes
    start: int
    n_bytes: int

    @property
    def stop(self) -> int:
        """One past its last byte."""
        return self.start + self.n_bytes


@dataclass(frozen=True, slots=True)
class Track:
    """The video track of a file.

    Attributes
    ----------
    codec : str
        Four letters.
    width, height : int
        Of the picture, in pixels.
    timescale, duration : int
        Ticks in a second, and length in ticks.
    sizes, offsets : ndarray of int64, shape (n_frames,)
        Bytes of each sample, and where in the file it lies.
    times : ndarray of uint32, shape (n, 2)
        Runs of samples, and ticks between them (``stts``).
    shifts : ndarray of int64, shape (n, 2)
        Runs of samples, and ticks from decoding to showing (``ctts``); may be empty.
    keys : ndarray of uint32
        Samples that stand by themselves (``stss``); all if empty.
    entry : Entry
        How all of the samples are packed.
    matrix : bytes
        How the picture is turned.
    edits : tuple of (int, int)
        Which stretch is shown: length in ticks of the film, first tick of the track.
    """

    codec: str
    width: int
    height: int
    timescale: int
    duration: int
    sizes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    times: NDArray[np.uint32]
    shifts: NDArray[np.int64]
    keys: NDArray[np.uint32]
    entry: Entry
    matrix: bytes
    edits: tuple[tuple[int, int], ...]

    @property
    def n_frames(self) -> int:
        """Samples of the track."""
        return len(self.sizes)

    @property
    def rate_hz(self) -> float:
        """Frames in a second: the usual step, not the mean over gaps."""
        if not len(self.times) or not self.timescale:
            return 0.0
        longest = self.times[int(np.argmax(self.times[:, 0]))]
        return self.timescale / float(longest[1]) if longest[1] else 0.0


@dataclass(slots=True)
class Movie:
    """What a file holds.

    Attributes
    ----------
    track : Track or None
        The video track with most samples.
    timescale : int
        Ticks of the film in a second.
    created_at : datetime or None
        When the file says that it was made.
    n_audio, n_other : int
        Tracks that stay behind: of sound, of anything else.
    texts : list of (bytes, str)
        Words that stood in boxes that stay behind, by the letters of the box.
    """

    track: Track | None = None
    timescale: int = 1000
    created_at: datetime | None = None
    n_audio: int = 0
    n_other: int = 0
    texts: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def video(self) -> Track:
        """The track; a film without one raises FormatError FSC255."""
        if self.track is None:
            raise no_frames()
        return self.track


def read_movie(path: Path) -> Movie:
    """Read everything but the samples.

    Raises
    ------
    FormatError
        FSC258 for a broken file, FSC257 for one whose layout cannot be cleaned.
    """
    n_bytes = path.stat().st_size
    movie = Movie()
    with path.open("rb") as stream:
        top = list(_walk_file(stream, n_bytes))
        moov = next((box for box in top if box.kind == b"moov"), None)
        if moov is None or any(box.kind == b"moof" for box in top):
            raise _unsupported("its samples in one table, got a film in fragments or without one")
        if moov.n_bytes > MAX_MOOV:
            raise damaged("a table of samples of a usual size")
        for box in top:
            if box.kind in {b"uuid", b"meta", b"udta"} and box.n_bytes <= _MAX_BOX_TEXT:
                stream.seek(box.start)
                _take_texts(movie, box.kind, stream.read(box.n_bytes))
        stream.seek(moov.start)
        data = stream.read(moov.n_bytes)
    try:
        _read_moov(movie, data, n_bytes)
    except FormatError:
        raise
    except (struct.error, ValueError, LookupError, OverflowError) as error:
        raise damaged("a table of samples that fits together") from error
    return movie


def _walk_file(stream: BinaryIO, n_bytes: int) -> Iterator[Box]:
    """Yield the boxes of a file by their headers alone."""
    at = 0
    while at + 8 <= n_bytes:
        stream.seek(at)
        head = stream.read(16)
        size, kind = struct.unpack(">I4s", head[:8])
        n_head = 8
        if size == 1 and len(head) == 16:
            size, n_head = struct.unpack(">Q", head[8:])[0], 16
        size = n_bytes - at if size == 0 else size
        if size < n_head:
            raise damaged("boxes that follow one another")
        yield Box(kind, at + n_head, min(size, n_bytes - at) - n_head)
        at += size


def walk_boxes(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Box]:
    """Yield the boxes inside a box."""
    at, end = start, len(data) if stop is None else stop
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        n_head = 8
        if size == 1 and at + 16 <= end:
            size, n_head = struct.unpack_from(">Q", data, at + 8)[0], 16
        size = end - at if size == 0 else size
        if size < n_head or at + size > end:
            return
        yield Box(kind, at + n_head, size - n_head)
        at += size


def _read_moov(movie: Movie, data: bytes, n_file: int) -> None:
    """Read the film's header, its tracks and its words."""
    best: Track | None = None
    for box in walk_boxes(data):
        if box.kind == b"mvhd":
            created, movie.timescale, _ = _read_times(data, box)
            movie.created_at = _as_moment(created)
        elif box.kind == b"trak":
            kind = _handler(data, box)
            if kind == b"soun":
                movie.n_audio += 1
            track = _read_track(data, box, n_file) if kind == b"vide" else None
            if track is None or (best is not None and track.n_frames <= best.n_frames):
                movie.n_other += kind != b"soun"
            else:
                movie.n_other += best is not None
                best = track
            _take_track_texts(movie, data, box)
        elif box.kind != b"free":
            _take_texts(movie, box.kind, data[box.start : box.stop])
    movie.track = best


def _as_moment(seconds: int) -> datetime | None:
    """Return seconds since 1904 as a moment, if they can be one."""
    moment = _SINCE + timedelta(seconds=seconds) if 0 < seconds < 1 << 33 else None
    return moment if moment and moment.year >= 1980 else None


def _read_times(data: bytes, box: Box) -> tuple[int, int, int]:
    """Return creation, ticks in a second and length of a header box of either version."""
    if data[box.start] == 1:
        created, _, scale, duration = struct.unpack_from(">QQIQ", data, box.start + 4)
    else:
        created, _, scale, duration = struct.unpack_from(">IIII", data, box.start + 4)
    return created, scale, duration


def _find(data: bytes, box: Box, *path: bytes) -> Box | None:
    """Return the first box at a path below a box."""
    here: Box | None = box
    for kind in path:
        if here is None:
            return None
        here = next((b for b in walk_boxes(data, here.start, here.stop) if b.kind == kind), None)
    return here


def _handler(data: bytes, trak: Box) -> bytes:
    """Return what a track holds: ``vide``, ``soun``, ``tmcd``."""
    box = _find(data, trak, b"mdia", b"hdlr")
    return data[box.start + 8 : box.start + 12] if box else b""


def _read_track(data: bytes, trak: Box, n_file: int) -> Track | None:
    """Read a video track; None without samples."""
    tkhd, mdhd = _find(data, trak, b"tkhd"), _find(data, trak, b"mdia", b"mdhd")
    stbl = _find(data, trak, b"mdia", b"minf", b"stbl")
    if tkhd is None or mdhd is None or stbl is None:
        raise damaged("a video track with its headers")
    tables = {b.kind: data[b.start : b.stop] for b in walk_boxes(data, stbl.start, stbl.stop)}
    sizes = _read_sizes(tables, n_file)
    if not len(sizes):
        return None
    offsets = _read_offsets(tables, sizes)
    if int((offsets + sizes).max()) > n_file or int(offsets.min()) < 0:
        raise damaged("samples that lie inside the file")
    _require_own_samples(data, _find(data, trak, b"mdia", b"minf", b"dinf", b"dref"))
    entry = _read_entry(tables)
    times = _read_runs(tables.get(b"stts", b""), ">u4").astype(np.uint32)
    shifts = _read_shifts(tables.get(b"ctts", b""))
    for runs in (times, shifts):
        if len(runs) and int(runs[:, 0].sum()) != len(sizes):
            raise damaged("a time for every sample")
    if not len(times):
        raise damaged("times of its samples")
    _, timescale, duration = _read_times(data, mdhd)
    at = tkhd.start + (52 if data[tkhd.start] == 1 else 40)
    keys = np.frombuffer(tables.get(b"stss", b"")[8:], ">u4").astype(np.uint32)
    return Track(
        entry.codec, entry.width, entry.height, timescale, duration, sizes, offsets,
        times, shifts, keys[keys <= len(sizes)], entry, data[at : at + 36],
        tuple(_read_edits(data, _find(data, trak, b"edts", b"elst"))),
    )  # fmt: skip


def _read_sizes(tables: dict[bytes, bytes], n_file: int) -> NDArray[np.int64]:
    """Return the size of every sample."""
    if b"stsz" not in tables:
        raise _unsupported("sizes of samples in a plain table, got another")
    fixed, n = struct.unpack_from(">II", tables[b"stsz"], 4)
    if fixed:
        if n * fixed > n_file:
            raise damaged("samples that the file has room for")
        return np.full(n, fixed, np.int64)
    return np.frombuffer(tables[b"stsz"], ">u4", n, 12).astype(np.int64)


def _require_own_samples(data: bytes, dref: Box | None) -> None:
    """Refuse a film whose samples lie in another file."""
    for box in walk_boxes(data, dref.start + 8, dref.stop) if dref else ():
        if not data[box.start + 3] & 1:
            raise _unsupported("its samples in itself, got one that refers to another file")


def _read_entry(tables: dict[bytes, bytes]) -> Entry:
    """Return how the samples are packed: the one description that their chunks name."""
    found = list(walk_boxes(tables[b"stsd"], 8))
    used = set(_read_chunk_runs(tables)[:, 2].tolist())
    if not found or not used <= set(range(1, len(found) + 1)):
        raise damaged("a description of its samples")
    if len(used) > 1:
        raise _unsupported(f"one description for all samples, got {len(used)}")
    box = found[used.pop() - 1]
    return clean_entry(tables[b"stsd"][box.start - 8 : box.stop])


def _read_chunk_runs(tables: dict[bytes, bytes]) -> NDArray[np.int64]:
    """Return runs of chunks: the first, its samples, and how they are described."""
    runs = np.frombuffer(tables.get(b"stsc", b"")[8:], ">u4").astype(np.int64)
    return runs[: len(runs) - len(runs) % 3].reshape(-1, 3)


def _read_offsets(tables: dict[bytes, bytes], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where every sample lies: chunks have offsets, and hold samples in a row."""
    wide = b"co64" in tables
    table = tables[b"co64"] if wide else tables.get(b"stco", b"\0" * 8)
    (n_chunks,) = struct.unpack_from(">I", table, 4)
    chunks = np.frombuffer(table, ">u8" if wide else ">u4", n_chunks, 8).astype(np.int64)
    runs = _read_chunk_runs(tables)
    lengths = np.diff(np.append(runs[:, 0], n_chunks + 1))
    if not len(runs) or (lengths < 0).any() or runs[0, 0] != 1:
        raise damaged("samples in every chunk")
    n_in_chunk = np.repeat(runs[:, 1], lengths)
    if len(n_in_chunk) != n_chunks or n_in_chunk.sum() != len(sizes):
        raise damaged("as many samples in chunks as there are sizes")
    starts = np.cumsum(sizes) - sizes
    firsts = np.minimum(np.cumsum(n_in_chunk) - n_in_chunk, len(sizes) - 1)
    shift = np.repeat(chunks - starts[firsts], n_in_chunk)
    return np.asarray(starts + shift, np.int64)


def _read_runs(table: bytes, dtype: str) -> NDArray[np.int64]:
    """Return pairs of a count and a value."""
    n = struct.unpack_from(">I", table, 4)[0] if len(table) >= 8 else 0
    flat = np.frombuffer(table, dtype, 2 * n, 8) if n else np.zeros(0, dtype)
    return flat.astype(np.int64).reshape(-1, 2)


def _read_shifts(table: bytes) -> NDArray[np.int64]:
    """Return how much later samples are shown; many writers keep signed numbers in version 0."""
    runs = _read_runs(table, ">u4")
    runs[:, 1] = np.where(runs[:, 1] >= 1 << 31, runs[:, 1] - (1 << 32), runs[:, 1])
    return runs


def _read_edits(data: bytes, box: Box | None) -> Iterator[tuple[int, int]]:
    """Yield which stretches are shown."""
    if box is None:
        return
    (n,) = struct.unpack_from(">I", data, box.start + 4)
    form = ">QqI" if data[box.start] == 1 else ">IiI"
    if n > _MAX_EDITS:
        raise _unsupported(f"at most {_MAX_EDITS} cuts, got {n}")
    for i in range(n):
        length, first, _ = struct.unpack_from(form, data, box.start + 8 + i * struct.calcsize(form))
        yield length, first


def _take_track_texts(movie: Movie, data: bytes, trak: Box) -> None:
    """Note the words of a track: names of handlers, user data, extensions."""
    pending = [trak]
    while pending:
        for box in walk_boxes(data, pending[-1].start, pending.pop().stop):
            if box.kind in _PARENTS:
                pending.append(box)
            elif box.kind in {b"hdlr", b"udta", b"meta", b"uuid", b"name"}:
                skip = 24 if box.kind == b"hdlr" else 0
                _take_texts(movie, box.kind, data[box.start + skip : box.stop])


def _take_texts(movie: Movie, kind: bytes, content: bytes) -> None:
    """Note the words of a box that stays behind, and of the boxes in it."""
    if len(movie.texts) >= _MAX_TEXTS or len(content) > _MAX_BOX_TEXT:
        return
    skip = 4 if kind == b"meta" and content[:4] == b"\0\0\0\0" else 0
    inner = list(walk_boxes(content, skip)) if kind in {b"udta", b"meta", b"ilst"} else []
    if inner:
        for box in inner:
            _take_texts(movie, box.kind, content[box.start : box.stop])
        return
    if kind[:1] == b"\xa9" or kind == b"----":
        content = b"\0".join(content[b.start + 8 : b.stop] for b in walk_boxes(content)) or content
    if kind[:1] == b"\xa9" and int.from_bytes(content[:2], "big") == len(content) - 4:
        content = content[4:]  # QuickTime writes length and language before the words
    for word in content.split(b"\0"):
        text = word.decode("utf-8", "ignore").strip()
        text = "".join(c for c in text if c.isprintable())
        if len(text) >= 4:
            movie.texts.append((kind, text))


def no_frames() -> FormatError:
    """Return the error for a video without frames."""
    return FormatError(
        "FSC255",
        "Expected frames, got a video without any.",
        "The file is cut off or was never recorded to: copy it again, or leave it out.",
    )


def damaged(what: str) -> FormatError:
    """Return the error for a broken file."""
    return FormatError(
        "FSC258",
        f"Expected {what}, got a video file that does not have it.",
        "The file is cut off or damaged: copy it again, or repair it with a video program.",
    )


def _unsupported(what: str) -> FormatError:
    return FormatError(
        "FSC257",
        f"Expected a video whose container can be cleaned: {what}.",
        "Copy it into a plain MP4: ffmpeg -i IN -map 0:v:0 -c copy -map_metadata -1 OUT.mp4",
    )
