"""AVI: the video stream is taken out and put into a container of our own making.

Chunks follow the AVI RIFF reference and OpenDML 1.02. Headers are rebuilt from their numbers;
lists of words (INFO), names of streams, vendors' data and fill behind them stay behind.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from fascicle.errors import FormatError

from ._video_streams import CODECS, blank_user_data, find_blank

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_BYTES = (1 << 32) - (1 << 20)
_MAX_TEXT = 1 << 16
_MAX_HEADER = 1 << 20
_LISTS = frozenset({b"hdrl", b"strl", b"odml", b"INFO", b"rec ", b"movi"})
_KEY = 0x10
_HAS_INDEX = 0x10
_INTRA = frozenset({"JPEG", "raw", "HuffYUV", "PNG"})
_N_BITMAP = 40


@dataclass(slots=True)
class Clip:
    """What a file holds.

    Attributes
    ----------
    codec, packing : str
        Four letters of the stream, and what they stand for.
    width, height : int
        In pixels.
    scale, rate : int
        Frames in a second are ``rate / scale``.
    bitmap : bytes
        How a frame is packed, made anew.
    offsets, sizes : ndarray of int64, shape (n_frames,)
        Where the frames lie, and their bytes; 0 for one that repeats the one before.
    keys : ndarray of bool, shape (n_frames,)
        Frames that stand by themselves.
    n_audio, n_other : int
        Streams that stay behind.
    texts : list of (bytes, str)
        Words that stay behind, by the letters of their chunk.
    """

    codec: str = ""
    packing: str = ""
    width: int = 0
    height: int = 0
    scale: int = 1
    rate: int = 0
    bitmap: bytes = b""
    offsets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    sizes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    keys: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    n_audio: int = 0
    n_other: int = 0
    texts: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def rate_hz(self) -> float:
        """Frames in a second."""
        return self.rate / self.scale if self.scale else 0.0


@dataclass(slots=True)
class _Stream:
    """Headers of a stream, as they come."""

    head: bytes = b""
    form: bytes = b""


@dataclass(slots=True)
class _Reading:
    """What was met so far."""

    clip: Clip
    streams: list[_Stream] = field(default_factory=list)
    frames: list[tuple[int, int]] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    parts: list[NDArray[np.int64]] = field(default_factory=list)
    """Indices of parts of the film: where frames lie, and whether they stand by themselves."""
    number: int = -1


def read_clip(path: Path) -> Clip:
    """Read everything but the frames.

    Raises
    ------
    FormatError
        FSC258 for a broken file, FSC257 for a codec that is not known here.
    """
    n_bytes = path.stat().st_size
    reading = _Reading(Clip())
    try:
        with path.open("rb") as stream:
            _walk(stream, 0, n_bytes, reading)
    except FormatError:
        raise
    except (struct.error, ValueError, IndexError) as error:
        raise _damaged("chunks that follow one another") from error
    _settle(reading)
    return reading.clip


def _chunks(stream: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield letters, beginning and size of chunks; the last may be cut off."""
    at = start
    while at + 8 <= stop:
        stream.seek(at)
        kind, size = struct.unpack("<4sI", stream.read(8))
        yield kind, at + 8, min(size, stop - at - 8)
        at += 8 + size + (size & 1)


def _walk(stream: BinaryIO, start: int, stop: int, reading: _Reading) -> None:
    """Visit chunks; lists are gone into."""
    for kind, at, size in _chunks(stream, start, stop):
        if kind in {b"RIFF", b"LIST"}:
            stream.seek(at)
            name = stream.read(4)
            if name == b"strl":
                reading.streams.append(_Stream())
            if kind == b"RIFF" or name in _LISTS:
                _walk(stream, at + 4, at + size, reading)
        else:
            _take(stream, (kind, at, size), reading)


def _take(stream: BinaryIO, chunk: tuple[bytes, int, int], reading: _Reading) -> None:
    """Take one chunk: a header, a frame, an index, or words."""
    kind, at, size = chunk
    if kind[:2].isdigit() and kind[2:] in {b"dc", b"db"}:
        if reading.number < 0:
            reading.number = _find_video(reading)
        if int(kind[:2]) == reading.number:
            reading.frames.append((at, size))
        return
    is_index = kind == b"idx1" or kind[:2] == b"ix"
    if kind[2:] == b"pc" or (size > _MAX_HEADER and not is_index):
        return
    stream.seek(at)
    if kind in {b"strh", b"strf"} and reading.streams:
        setattr(reading.streams[-1], "head" if kind == b"strh" else "form", stream.read(size))
    elif kind == b"idx1":
        _take_index(stream.read(size), reading)
    elif kind == f"ix{max(reading.number, 0):02d}".encode():
        reading.parts.append(_read_part_index(stream.read(size)))
    elif kind == b"strn" or kind[:1] == b"I":
        text = stream.read(min(size, _MAX_TEXT)).split(b"\0")[0].decode("utf-8", "ignore").strip()
        if len(text) >= 4:
            reading.clip.texts.append((kind, text))


def _find_video(reading: _Reading) -> int:
    """Return the number of the video stream."""
    kinds = [stream.head[:4] for stream in reading.streams]
    if b"vids" not in kinds:
        raise _damaged("a stream of video")
    return kinds.index(b"vids")


def _take_index(data: bytes, reading: _Reading) -> None:
    """Note which frames stand by themselves."""
    entries = np.frombuffer(data[: len(data) - len(data) % 16], "<u4").reshape(-1, 4)
    if reading.number < 0:
        return
    own = {f"{reading.number:02d}{tail}".encode() for tail in ("dc", "db")}
    codes = [int.from_bytes(word, "little") for word in own]
    reading.flags += entries[np.isin(entries[:, 0], codes), 1].tolist()


def _read_part_index(data: bytes) -> NDArray[np.int64]:
    """Return where frames lie, and 1 for those that stand by themselves (OpenDML), else 0."""
    n_words, _, kind, n_entries = struct.unpack_from("<HBBI", data)
    if (n_words, kind) != (2, 1):
        return np.zeros((0, 2), np.int64)
    (base,) = struct.unpack_from("<Q", data, 12)
    entries = np.frombuffer(data[24 : 24 + 8 * n_entries], "<u4").astype(np.int64).reshape(-1, 2)
    return np.stack([base + entries[:, 0], 1 - (entries[:, 1] >> 31)], axis=1)


def _settle(reading: _Reading) -> None:
    """Fill in what follows from the headers of the stream."""
    clip = reading.clip
    number = _find_video(reading)
    stream = reading.streams[number]
    kinds = [one.head[:4] for one in reading.streams]
    clip.n_audio = kinds.count(b"auds")
    clip.n_other = len(kinds) - clip.n_audio - 1
    if len(stream.head) < 48 or len(stream.form) < _N_BITMAP:
        raise _damaged("headers of the stream")
    clip.scale, clip.rate = struct.unpack_from("<II", stream.head, 20)
    clip.width, height = struct.unpack_from("<ii", stream.form, 4)
    clip.height = abs(height)
    clip.codec = stream.form[16:20].decode("latin-1").strip("\0 ")
    clip.packing = CODECS.get(clip.codec.casefold(), "")
    if stream.form[16:20] in {bytes(4), b"\x03\0\0\0"}:
        clip.codec, clip.packing = "", "raw"
    if not clip.packing:
        raise FormatError(
            "FSC257",
            "Expected a video in one of the codecs that can be cleaned, got another.",
            "Convert it: ffmpeg -i IN -c:v libx264 -crf 15 -an -map_metadata -1 OUT.mp4",
        )
    clip.bitmap = _clean_bitmap(stream.form, clip.packing)
    frames = np.array(reading.frames, np.int64).reshape(-1, 2)
    clip.offsets, clip.sizes = frames[:, 0], frames[:, 1]
    clip.keys = _find_keys(clip, reading)


def _clean_bitmap(form: bytes, packing: str) -> bytes:
    """Return how a frame is packed: numbers, a palette, and what the codec needs beside them."""
    size, width, height, planes, depth = struct.unpack_from("<IiiHH", form)
    size_image, across, down, n_colours, n_important = struct.unpack_from("<IiiII", form, 20)
    extra = bytearray(form[_N_BITMAP:])
    if packing == "raw":
        n_palette = 4 * (n_colours or (1 << depth if depth <= 8 else 0))
        del extra[n_palette + (12 if form[16:20] == b"\x03\0\0\0" else 0) :]
    else:
        del extra[max(0, size - _N_BITMAP) :]
    blank_user_data(extra)
    if packing == "JPEG":
        extra.clear()
    head = struct.pack("<IiiHH", size if packing == "raw" else _N_BITMAP + len(extra), width,
                       height, planes, depth)  # fmt: skip
    tail = struct.pack("<IiiII", size_image, across, down, n_colours, n_important)
    return head + form[16:20] + tail + bytes(extra)


def _find_keys(clip: Clip, reading: _Reading) -> NDArray[np.bool_]:
    """Return which frames stand by themselves: as an index says, all where none speaks of all."""
    everything = np.ones(len(clip.sizes), np.bool_)
    if clip.packing in _INTRA:
        return everything
    if len(reading.flags) == len(clip.sizes):
        return (np.array(reading.flags, np.int64) & _KEY) > 0
    # The old index speaks of the first part alone; each part may have one of its own.
    known = np.concatenate([np.zeros((0, 2), np.int64), *reading.parts])
    if not np.isin(clip.offsets, known[:, 0]).all():
        return everything
    return np.isin(clip.offsets, known[known[:, 1] == 1, 0])


def write_clip(clip: Clip, source: Path, target: Path) -> int:
    """Write the video stream alone; return how many pieces of text were blanked in its frames."""
    n_frames = len(clip.sizes)
    padded = clip.sizes + (clip.sizes & 1)
    n_movi = int(padded.sum()) + 8 * n_frames + 4
    headers = _make_headers(clip)
    n_riff = 4 + len(headers) + 8 + n_movi + 8 + 16 * n_frames
    if n_riff > _MAX_BYTES:
        raise FormatError(
            "FSC257",
            "Expected an AVI file of less than 4 GiB, got a larger one.",
            "Copy its stream into an MP4: ffmpeg -i IN -c copy -map 0:v:0 -map_metadata -1 OUT.mp4",
        )
    blank = find_blank(clip.packing, 0)
    tag = b"00db" if clip.packing == "raw" else b"00dc"
    n_blanked = 0
    with source.open("rb") as raw, target.open("wb") as out:
        out.write(struct.pack("<4sI4s", b"RIFF", n_riff, b"AVI ") + headers)
        out.write(struct.pack("<4sI4s", b"LIST", n_movi, b"movi"))
        for offset, size in zip(clip.offsets.tolist(), clip.sizes.tolist(), strict=True):
            raw.seek(offset)
            frame = bytearray(raw.read(size))
            if len(frame) != size:
                raise _damaged("frames that lie inside the file")
            n_blanked += blank(frame) if size else 0
            out.write(struct.pack("<4sI", tag, size) + frame + bytes(size & 1))
        out.write(_make_index(clip, tag, padded))
    return n_blanked


def _make_index(clip: Clip, tag: bytes, padded: NDArray[np.int64]) -> bytes:
    """Return the index: letters, flags, place and size of every frame."""
    n_frames = len(clip.sizes)
    entries = np.zeros((n_frames, 4), "<u4")
    entries[:, 0] = int.from_bytes(tag, "little")
    entries[:, 1] = np.where(clip.keys, _KEY, 0)
    entries[:, 2] = 4 + np.cumsum(padded + 8) - padded - 8
    entries[:, 3] = clip.sizes
    return struct.pack("<4sI", b"idx1", 16 * n_frames) + entries.tobytes()


def _make_headers(clip: Clip) -> bytes:
    """Return the list of headers: of the file, of its stream, of a frame."""
    n_frames, largest = len(clip.sizes), int(clip.sizes.max(initial=0))
    period_us = round(1e6 * clip.scale / clip.rate) if clip.rate else 0
    avih = struct.pack("<14I", period_us, 0, 0, _HAS_INDEX, n_frames, 0, 1, largest, clip.width,
                       clip.height, 0, 0, 0, 0)  # fmt: skip
    handler = clip.codec.encode("latin-1").ljust(4, b"\0")[:4]
    strh = struct.pack("<4s4sIHHIIIIIIII4H", b"vids", handler, 0, 0, 0, 0, clip.scale, clip.rate, 0,
                       n_frames, largest, 0xFFFFFFFF, 0, 0, 0, clip.width & 0xFFFF,
                       clip.height & 0xFFFF)  # fmt: skip
    strl = _list(b"strl", _chunk(b"strh", strh) + _chunk(b"strf", clip.bitmap))
    return _list(b"hdrl", _chunk(b"avih", avih) + strl)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(content)) + content + bytes(len(content) & 1)


def _list(name: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", name + content)


def _damaged(what: str) -> FormatError:
    return FormatError(
        "FSC258",
        f"Expected {what}, got a video file that does not have it.",
        "The file is cut off or damaged: copy it again, or repair it with a video program.",
    )
