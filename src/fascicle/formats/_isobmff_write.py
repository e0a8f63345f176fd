"""MP4 and QuickTime, written: a film of one track, its table made of numbers alone."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ._isobmff import MAX_MOOV, QUICKTIME, Movie, Track, damaged
from ._video_streams import find_blank

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PER_CHUNK = 32
_UNDETERMINED = 0x55C4
"""The language `und`."""


def write_movie(movie: Movie, source: Path, target: Path) -> int:
    """Write the video track alone; return how many pieces of text were blanked in its samples.

    Samples are copied in their order; every byte outside of blanked user data is the source's.
    """
    track = movie.video
    brand = b"qt  " if track.codec in QUICKTIME else b"isom"
    ftyp = _box(
        b"ftyp", brand + struct.pack(">I", 512) + (brand if brand == b"qt  " else b"isomiso2mp41")
    )
    n_data = int(track.sizes.sum())
    is_wide = n_data + MAX_MOOV > 1 << 32
    n_moov = len(_make_moov(movie, track, 0, is_wide=is_wide))
    n_head = 16 if is_wide else 8
    first = len(ftyp) + n_moov + n_head
    blank = find_blank(track.entry.packing, track.entry.length_size)
    n_blanked = 0
    with source.open("rb") as raw, target.open("wb") as out:
        out.write(ftyp + _make_moov(movie, track, first, is_wide=is_wide))
        size = n_data + n_head
        out.write(struct.pack(">I4sQ", 1, b"mdat", size) if is_wide
                  else struct.pack(">I4s", size, b"mdat"))  # fmt: skip
        for offset, n_bytes in zip(track.offsets.tolist(), track.sizes.tolist(), strict=True):
            raw.seek(offset)
            sample = bytearray(raw.read(n_bytes))
            if len(sample) != n_bytes:
                raise damaged("samples that lie inside the file")
            n_blanked += blank(sample)
            out.write(sample)
    return n_blanked


def _make_moov(movie: Movie, track: Track, first: int, *, is_wide: bool) -> bytes:
    """Return the film's table, for samples that begin at an offset."""
    ticks = sum(length for length, _ in track.edits)
    duration = ticks or (track.duration * movie.timescale // max(track.timescale, 1))
    unit = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    ahead = struct.pack(">IH10x", 1 << 16, 1 << 8) + unit + bytes(24) + struct.pack(">I", 2)
    mvhd = _full(b"mvhd", *_times(0, movie.timescale, duration), ahead)
    version, head = _times(0, 1, duration)
    # In a track's header its number and four zeros stand where a film has its ticks.
    head = head[:16] + struct.pack(">I4x", 1) + head[20:] if version else (
        head[:8] + struct.pack(">I4x", 1) + head[12:])  # fmt: skip
    tkhd = _full(b"tkhd", version, head, bytes(16), track.matrix.ljust(36, b"\0"),
                 struct.pack(">II", track.width << 16, track.height << 16), flags=3)  # fmt: skip
    edits = b"".join(struct.pack(">QqI", length, start, 1 << 16) for length, start in track.edits)
    edts = (
        _box(b"edts", _full(b"elst", 1, struct.pack(">I", len(track.edits)), edits))
        if edits
        else b""
    )
    mdhd = _full(b"mdhd", *_times(0, track.timescale, track.duration),
                 struct.pack(">HH", _UNDETERMINED, 0))  # fmt: skip
    hdlr = _full(b"hdlr", 0, bytes(4), b"vide", bytes(13))
    vmhd = _full(b"vmhd", 0, bytes(8), flags=1)
    dinf = _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 0, flags=1)))
    minf = _box(b"minf", vmhd, dinf, _make_table(track, first, is_wide=is_wide))
    return _box(b"moov", mvhd, _box(b"trak", tkhd, edts, _box(b"mdia", mdhd, hdlr, minf)))


def _make_table(track: Track, first: int, *, is_wide: bool) -> bytes:
    """Return the table of samples."""
    n = track.n_frames
    starts = first + np.cumsum(track.sizes) - track.sizes
    chunks = starts[::_PER_CHUNK]
    last = n - (len(chunks) - 1) * _PER_CHUNK
    runs = [(1, min(n, _PER_CHUNK), 1)]
    if last != runs[0][1]:
        runs.append((len(chunks), last, 1))
    tables = [
        _full(b"stsd", 0, struct.pack(">I", 1), track.entry.data),
        _counted(b"stts", track.times.astype(">u4"), len(track.times)),
    ]
    if len(track.shifts):
        is_signed = int(track.shifts[:, 1].min()) < 0
        shifts = track.shifts.astype(">i4" if is_signed else ">u4")
        tables.append(_counted(b"ctts", shifts, len(shifts), version=int(is_signed)))
    if len(track.keys):
        tables.append(_counted(b"stss", track.keys.astype(">u4"), len(track.keys)))
    sizes = struct.pack(">II", 0, n) + track.sizes.astype(">u4").tobytes()
    tables += [
        _counted(b"stsc", np.array(runs, ">u4"), len(runs)),
        _full(b"stsz", 0, sizes),
        _counted(b"co64" if is_wide else b"stco", chunks.astype(">u8" if is_wide else ">u4"),
                 len(chunks)),
    ]  # fmt: skip
    return _box(b"stbl", *tables)


def _times(created: int, timescale: int, duration: int) -> tuple[int, bytes]:
    """Return version and beginning of a header box: no day, ticks in a second, length."""
    if duration >= 1 << 32:
        return 1, struct.pack(">QQIQ", created, created, timescale, duration)
    return 0, struct.pack(">IIII", created, created, timescale, duration)


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", len(content) + 8, kind) + content


def _full(kind: bytes, version: int, *parts: bytes, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *parts)


def _counted(kind: bytes, values: NDArray[np.generic], n: int, *, version: int = 0) -> bytes:
    return _full(kind, version, struct.pack(">I", n), values.tobytes())
