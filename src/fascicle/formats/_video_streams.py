"""Words inside compressed video: blanked in place, so that no byte moves and no pixel changes.

Encoders write their settings, cameras also names and places, into parts of the stream that no
decoder draws: SEI messages of H.264 and H.265, user data of MPEG-4, metadata of AV1, comments of
JPEG, texts of PNG. Each is replaced by filler of its own length. What decoders read to make up for
the faults of an encoder, its name and number, stays: without it, they draw other pixels.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator

Blank = Callable[[bytearray], int]
"""Blanks one sample in place, and returns how many pieces of text it held."""

CODECS = {
    "avc1": "H.264", "avc3": "H.264", "h264": "H.264", "x264": "H.264", "davc": "H.264",
    "hvc1": "H.265", "hev1": "H.265",
    "mp4v": "MPEG-4", "xvid": "MPEG-4", "divx": "MPEG-4", "dx50": "MPEG-4", "fmp4": "MPEG-4",
    "jpeg": "JPEG", "mjpg": "JPEG", "mjpeg": "JPEG",
    "av01": "AV1", "vp08": "VP8", "vp09": "VP9", "vp80": "VP8", "vp90": "VP9",
    "png": "PNG", "ffv1": "FFV1", "hfyu": "HuffYUV", "ffvh": "HuffYUV",
    "": "raw", "dib": "raw", "raw": "raw", "rgb": "raw", "y800": "raw", "y8": "raw",
    "grey": "raw", "i420": "raw", "iyuv": "raw", "yv12": "raw", "uyvy": "raw", "yuy2": "raw",
    "yuyv": "raw", "nv12": "raw",
}  # fmt: skip
"""How a stream is packed, by its four letters in small ones."""

_SEI = {"H.264": frozenset({6}), "H.265": frozenset({39, 40})}
_USER_DATA = frozenset({4, 5})
"""SEI messages that may hold anything: registered and unregistered user data."""

_X264_ID = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
_X264 = re.compile(re.escape(_X264_ID) + rb"x264 - core \d{1,4}")
"""How x264 begins its message, by the number of its version."""

_START = b"\x00\x00\x01"
_USER_START = b"\x00\x00\x01\xb2"
_ENCODER = re.compile(
    rb"(?:XviD\d{4}[A-Za-z]?|Lavc[\d.]+|DivX\d+[Bb]\d*p?|FFmpeg[\d.]*b[\d]*)\x00*"
)
"""What decoders look for, to make up for the faults of an encoder."""

_COMMENT = 0xFE
_FIRST_APP, _LAST_APP = 0xE1, 0xEF
_START_OF_SCAN = 0xDA
_ADOBE = (0xEE, b"Adobe")
"""The one application segment that decoders need: it says how colours are coded."""

_SEQUENCE_HEADER, _METADATA, _PADDING = 1, 5, 15
_LIGHT = frozenset({1, 2})
"""Metadata of AV1 that are numbers of light alone; others may hold anything."""

_PNG_HEAD = 8
_PNG_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
_PNG_FILLER = b"fiLl"
"""A chunk of a private kind, which every decoder passes over."""


def find_blank(codec: str, length_size: int) -> Blank:
    """Return what blanks the samples of a codec.

    Parameters
    ----------
    codec : str
        A value of `CODECS`.
    length_size : int
        How many bytes the length before each unit of H.264 and H.265 takes; 0 for start codes.
    """
    if codec in _SEI:
        return lambda sample: _blank_units(sample, codec, length_size)
    if codec == "MPEG-4":
        return blank_user_data
    if codec == "JPEG":
        return blank_jpeg
    if codec == "AV1":
        return blank_av1
    if codec == "PNG":
        return blank_png
    return lambda sample: 0


def _blank_units(sample: bytearray, codec: str, length_size: int) -> int:
    """Turn units that hold user data into filler, which every decoder passes over."""
    found = 0
    units = _lengths(sample, length_size) if length_size else _starts(sample)
    for start, stop in list(units):
        if stop - start < 3:
            continue
        head = 1 if codec == "H.264" else 2
        kind = sample[start] & 0x1F if codec == "H.264" else (sample[start] >> 1) & 0x3F
        if kind not in _SEI[codec] or not _holds_user_data(bytes(sample[start + head : stop])):
            continue
        said = _X264.search(sample, start, stop)
        if said and said.start() == sample.find(_X264_ID, start, stop) and sample[start + 1] == 5:
            # The rest is spaces: one message, as long as it was.
            sample[said.end() : stop - 1] = b"\x20" * (stop - 1 - said.end())
        else:
            sample[start:stop] = _filler(codec, stop - start)
        found += 1
    return found


def _filler(codec: str, n_bytes: int) -> bytes:
    """Return a unit of filler: type 12 of H.264, 38 of H.265."""
    head = b"\x0c" if codec == "H.264" else b"\x4c\x01"
    return head + b"\xff" * (n_bytes - len(head) - 1) + b"\x80"


def _lengths(sample: bytearray, length_size: int) -> Iterator[tuple[int, int]]:
    """Yield the units of a sample by the lengths before them."""
    at = 0
    while at + length_size < len(sample):
        n_bytes = int.from_bytes(sample[at : at + length_size], "big")
        start = at + length_size
        stop = min(start + n_bytes, len(sample))
        yield start, stop
        at = stop


def _starts(sample: bytearray) -> Iterator[tuple[int, int]]:
    """Yield the units of a sample by their start codes."""
    at = sample.find(_START)
    while at >= 0:
        start = at + len(_START)
        at = sample.find(_START, start)
        stop = len(sample) if at < 0 else at
        yield start, stop - (1 if at >= 0 and sample[stop - 1] == 0 else 0)


def _holds_user_data(payload: bytes) -> bool:
    """Tell whether one of the messages of a unit may hold anything."""
    at = 0
    while at + 2 <= len(payload) and payload[at] != 0x80:
        kind, at = _take_count(payload, at)
        size, at = _take_count(payload, at)
        if kind in _USER_DATA:
            return True
        at += size
    return False


def _take_count(payload: bytes, at: int) -> tuple[int, int]:
    """Return a number that is written as a run of 255 and a rest, and where it ends."""
    count = 0
    while at < len(payload) and payload[at] == 0xFF:
        count, at = count + 0xFF, at + 1
    return (count + payload[at], at + 1) if at < len(payload) else (count, at)


def blank_user_data(sample: bytearray) -> int:
    """Blank the user data of MPEG-4, but for the names of encoders."""
    found = 0
    at = sample.find(_USER_START)
    while at >= 0:
        start = at + len(_USER_START)
        at = sample.find(_START, start)
        stop = len(sample) if at < 0 else at
        if not _ENCODER.fullmatch(bytes(sample[start:stop])):
            sample[start:stop] = b"\x20" * (stop - start)
            found += 1
        at = sample.find(_USER_START, stop)
    return found


def blank_jpeg(sample: bytearray) -> int:
    """Blank the comments and the application segments of a JPEG, and what follows its end."""
    found = 0
    at = 2
    while at + 4 <= len(sample) and sample[at] == 0xFF:
        kind = sample[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        n_bytes = int.from_bytes(sample[at + 2 : at + 4], "big")
        start, stop = at + 4, min(at + 2 + n_bytes, len(sample))
        if kind == _START_OF_SCAN or n_bytes < 2:
            break
        if (kind == _COMMENT or _FIRST_APP <= kind <= _LAST_APP) and not (
            kind == _ADOBE[0] and sample.startswith(_ADOBE[1], start)
        ):
            sample[start:stop] = bytes(stop - start)
            found += 1
        at = stop
    end = sample.rfind(b"\xff\xd9")
    if end >= 0 and any(sample[end + 2 :]):
        sample[end + 2 :] = bytes(len(sample) - end - 2)
        found += 1
    return found


def _walk_obus(data: bytes | bytearray) -> Iterator[tuple[int, int, int, int]]:
    """Yield kind, beginning, beginning of the content and end of the units of AV1."""
    at = 0
    while at < len(data):
        start, head = at, data[at]
        at += 2 if head & 4 else 1
        size = len(data) - at
        if head & 2:  # a size in groups of seven bits
            size = shift = 0
            while at < len(data):
                size |= (data[at] & 0x7F) << shift
                shift, at = shift + 7, at + 1
                if not data[at - 1] & 0x80 or shift > 56:
                    break
        stop = min(at + size, len(data))
        yield head >> 3 & 15, start, min(at, stop), stop
        at = stop


def keep_sequence_header(data: bytes) -> bytes:
    """Return of some units of AV1 those without which nothing can be decoded."""
    return b"".join(data[a:d] for kind, a, _, d in _walk_obus(data) if kind == _SEQUENCE_HEADER)


def blank_av1(sample: bytearray) -> int:
    """Turn metadata of AV1 that may hold anything into padding, and empty what is padding."""
    found = 0
    for kind, start, content, stop in list(_walk_obus(sample)):
        is_telling = kind == _METADATA and not (content < stop and sample[content] in _LIGHT)
        if content == stop or not (is_telling or kind == _PADDING):
            continue
        sample[start] = sample[start] & 0x87 | _PADDING << 3
        sample[content:stop] = bytes(stop - content - 1) + b"\x80"
        found += 1
    return found


def blank_png(sample: bytearray) -> int:
    """Turn texts, EXIF and times of a PNG into empty chunks that no decoder looks at."""
    found = 0
    at = _PNG_HEAD
    while at + 12 <= len(sample):
        stop = at + 8 + int.from_bytes(sample[at : at + 4], "big")
        if stop + 4 > len(sample):
            break
        if bytes(sample[at + 4 : at + 8]) in _PNG_TEXTS:
            sample[at + 4 : stop] = _PNG_FILLER + bytes(stop - at - 8)
            sample[stop : stop + 4] = zlib.crc32(sample[at + 4 : stop]).to_bytes(4, "big")
            found += 1
        at = stop + 4
    return found
