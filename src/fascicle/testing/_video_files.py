"""Synthetic videos with words wherever a container has room for them, and a track of sound."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ._planted import Planted

_SINCE = datetime(1904, 1, 1, tzinfo=UTC)
_AUDIO = b"sound of a voice"
WIDTH, HEIGHT = 48, 32


def make_frames(seed: int, n_frames: int) -> NDArray[np.uint8]:
    """Return frames in which a square wanders, shape (n_frames, height, width, 3)."""
    rng = np.random.default_rng(seed)
    frames = np.full((n_frames, HEIGHT, WIDTH, 3), 40, np.uint8)
    for i in range(n_frames):
        x, y = i % (WIDTH - 8), (3 * i) % (HEIGHT - 8)
        frames[i, y : y + 8, x : x + 8] = rng.integers(120, 255, 3)
    return frames


def _encode(seed: int, n_frames: int, planted: Planted) -> list[bytes]:
    """Return frames as JPEG, each with a comment."""
    import cv2

    coded = []
    words = f"by {planted.operator} at {planted.place}".encode()
    for frame in make_frames(seed, n_frames):
        data = cv2.imencode(".jpg", frame)[1].tobytes()
        comment = b"\xff\xfe" + struct.pack(">H", len(words) + 2) + words
        coded.append(data[:2] + comment + data[2:])
    return coded


def make_mov(
    path: Path, *, seed: int = 7, planted: Planted | None = None, n_frames: int = 37
) -> Path:
    """Write a QuickTime film of JPEGs at 25 Hz, with sound, names, a place and a day.

    Parameters
    ----------
    path : Path
        The .mov file; its folder is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for user data, handlers, compressor and comments of frames.
    n_frames : int
        Frames.

    Returns
    -------
    Path
        The file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    p = planted or Planted()
    samples = _encode(seed, n_frames, p)
    ftyp = _box(b"ftyp", b"qt  " + struct.pack(">I", 512) + b"qt  ")
    data = b"".join(sample + _AUDIO for sample in samples)
    first = len(ftyp) + 8
    sizes = np.array([len(sample) for sample in samples])
    offsets = first + np.cumsum(sizes + len(_AUDIO)) - sizes - len(_AUDIO)
    created = int((p.start - _SINCE).total_seconds())
    video = _trak(b"vide", p, created, _video_entry(p), (offsets, sizes))
    audio = _trak(b"soun", p, created, _box(b"sowt", bytes(28)),
                  (offsets + sizes, np.full(n_frames, len(_AUDIO))))  # fmt: skip
    mvhd = struct.pack(">IIIII", 0, created, created, 600, 24 * n_frames)
    moov = _box(b"moov", _box(b"mvhd", mvhd + _tail(3)) + video + audio + _words(p))
    path.write_bytes(ftyp + _box(b"mdat", data) + moov + _box(b"uuid", bytes(16) + p.name.encode()))
    return path


def _tail(n_tracks: int) -> bytes:
    """Return the end of a film's header: rate, volume, a unit matrix, the next track."""
    matrix = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    return struct.pack(">IH10x", 1 << 16, 256) + matrix + bytes(24) + struct.pack(">I", n_tracks)


def _words(p: Planted) -> bytes:
    """Return user data: a title, an artist, a place, a maker."""
    said = {
        b"\xa9nam": f"{p.name} reaching",
        b"\xa9ART": p.operator,
        b"\xa9xyz": "+47.3769+008.5417/",
        b"\xa9mak": p.institution,
        b"\xa9cmt": p.text,
    }
    return _box(b"udta", b"".join(
        _box(kind, struct.pack(">HH", len(text), 0x15C7) + text.encode())
        for kind, text in said.items()
    ))  # fmt: skip


def _video_entry(p: Planted) -> bytes:
    """Return the description of JPEG samples, with the name of a compressor."""
    name = p.serial.encode()[:31]
    fixed = bytes(6) + struct.pack(">H", 1) + bytes(4) + b"appl" + bytes(8)
    size = struct.pack(">HHIIIH", WIDTH, HEIGHT, 72 << 16, 72 << 16, 0, 1)
    words = bytes([len(name)]) + name.ljust(31, b"\0")
    return _box(b"jpeg", fixed + size + words + struct.pack(">Hh", 24, -1))


def _trak(
    kind: bytes,
    p: Planted,
    created: int,
    entry: bytes,
    table: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> bytes:
    """Return a track, one sample in each chunk."""
    offsets, sizes = table
    n = len(sizes)
    matrix = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    tkhd = struct.pack(">IIIIII", 15, created, created, 1, 0, 24 * n) + bytes(16) + matrix
    tkhd += struct.pack(">II", WIDTH << 16, HEIGHT << 16)
    mdhd = struct.pack(">IIIIIHH", 0, created, created, 600, 24 * n, 0, 0)
    hdlr = bytes(4) + b"mhlr" + kind + bytes(12) + f"{p.name} camera".encode() + b"\0"
    stbl = _box(b"stsd", struct.pack(">II", 0, 1) + entry)
    stbl += _box(b"stts", struct.pack(">IIII", 0, 1, n, 24))
    stbl += _box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1))
    stbl += _box(b"stsz", struct.pack(">III", 0, 0, n) + sizes.astype(">u4").tobytes())
    stbl += _box(b"stco", struct.pack(">II", 0, n) + offsets.astype(">u4").tobytes())
    minf = _box(b"minf", _box(b"vmhd", bytes(12)) + _box(b"stbl", stbl))
    mdia = _box(b"mdia", _box(b"mdhd", mdhd) + _box(b"hdlr", hdlr) + minf)
    return _box(b"trak", _box(b"tkhd", tkhd) + mdia)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def make_avi(
    path: Path, *, seed: int = 7, planted: Planted | None = None, n_frames: int = 37
) -> Path:
    """Write an AVI of JPEGs at 25 Hz, with sound, and words in INFO, stream names and fill.

    Parameters
    ----------
    path : Path
        The .avi file; its folder is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers.
    n_frames : int
        Frames.

    Returns
    -------
    Path
        The file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    p = planted or Planted()
    frames = _encode(seed, n_frames, p)
    movi = b"".join(_chunk(b"00dc", frame) + _chunk(b"01wb", _AUDIO) for frame in frames)
    avih = struct.pack("<14I", 40000, 0, 0, 0x110, n_frames, 0, 2, 0, WIDTH, HEIGHT, 0, 0, 0, 0)
    strh = struct.pack("<4s4sIHHIIIIIIII4H", b"vids", b"MJPG", 0, 0, 0, 0, 1, 25, 0, n_frames, 0,
                       0, 0, 0, 0, WIDTH, HEIGHT)  # fmt: skip
    form = struct.pack("<IiiHH4sIiiII", 40, WIDTH, HEIGHT, 1, 24, b"MJPG", 0, 0, 0, 0, 0)
    words = _chunk(b"strn", p.name.encode()) + _chunk(b"strd", p.serial.encode())
    video = _list(b"strl", _chunk(b"strh", strh) + _chunk(b"strf", form) + words)
    voice = struct.pack("<4s4sIHHIIIIIIII4H", b"auds", bytes(4), 0, 0, 0, 0, 1, 8000, 0,
                        n_frames * len(_AUDIO), 0, 0, 1, 0, 0, 0, 0)  # fmt: skip
    wave = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    sound = _list(b"strl", _chunk(b"strh", voice) + _chunk(b"strf", wave))
    said = {b"INAM": p.name, b"IART": p.operator, b"ICMT": p.text, b"ICRD": f"{p.start:%Y-%m-%d}"}
    info = _list(b"INFO", b"".join(_chunk(k, v.encode() + b"\0") for k, v in said.items()))
    content = (
        _list(b"hdrl", _chunk(b"avih", avih) + video + sound) + info
        + _chunk(b"JUNK", p.institution.encode()) + _list(b"movi", movi)
    )  # fmt: skip
    path.write_bytes(b"RIFF" + struct.pack("<I", len(content) + 4) + b"AVI " + content)
    return path


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(content)) + content + bytes(len(content) & 1)


def _list(name: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", name + content)
