"""How the samples of an MP4 are packed: the entry of the table that decoders read first."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from fascicle.errors import FormatError

from ._video_streams import CODECS, blank_user_data, keep_sequence_header

_N_FIXED = 86
"""Bytes of an entry before the boxes in it."""

_MAX_CONFIGURATION = 1 << 14
_SEI_OF_HEVC = frozenset({39, 40})
_CONFIGURATIONS = {b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds"}
_SHAPES = {b"pasp": 8, b"fiel": 2, b"btrt": 12}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the table, made anew.

    Attributes
    ----------
    codec : str
        Four letters.
    packing : str
        What they stand for, as in `CODECS`.
    width, height : int
        In pixels.
    length_size : int
        Bytes of the length before each unit of a sample; 0 where there is none.
    data : bytes
        The entry as it is written.
    """

    codec: str
    packing: str
    width: int
    height: int
    length_size: int
    data: bytes


def clean_entry(raw: bytes) -> Entry:
    """Make an entry anew from the numbers of another.

    Raises
    ------
    FormatError
        FSC257 for a codec that is not known here, FSC258 for an entry that is cut off.
    """
    codec = raw[4:8].decode("latin-1")
    packing = CODECS.get(codec.strip().casefold(), "")
    if not packing or packing == "raw":
        raise FormatError(
            "FSC257",
            "Expected a video in one of the codecs that can be cleaned, got another.",
            "Convert it: ffmpeg -i IN -c:v libx264 -crf 15 -an -map_metadata -1 OUT.mp4",
        )
    if len(raw) < _N_FIXED:
        raise FormatError(
            "FSC258",
            "Expected a description of the samples, got one that is cut off.",
            "The file is damaged: copy it again.",
        )
    width, height, across, down = struct.unpack_from(">HHII", raw, 32)
    (depth,) = struct.unpack_from(">H", raw, 82)
    fixed = (
        bytes(6) + struct.pack(">H", 1) + bytes(16)
        + struct.pack(">HHIIIH", width, height, across, down, 0, 1)
        + bytes(32) + struct.pack(">Hh", depth, -1)
    )  # fmt: skip
    boxes, length_size = _clean_boxes(raw[_N_FIXED:])
    content = raw[4:8] + fixed + boxes
    data = struct.pack(">I", len(content) + 4) + content
    return Entry(codec, packing, width, height, length_size, data)


def _clean_boxes(raw: bytes) -> tuple[bytes, int]:
    """Return the boxes of an entry that decoders need, and the size of lengths in samples."""
    kept = b""
    length_size = 0
    at = 0
    while at + 8 <= len(raw):
        size, kind = struct.unpack_from(">I4s", raw, at)
        if size < 8 or at + size > len(raw):
            break
        content = raw[at + 8 : at + size]
        at += size
        clean = _clean_box(kind, content)
        if clean is None:
            continue
        if kind in {b"avcC", b"hvcC"}:
            length_size = (clean[4 if kind == b"avcC" else 21] & 3) + 1
        kept += struct.pack(">I4s", len(clean) + 8, kind) + clean
    return kept, length_size


def _clean_box(kind: bytes, content: bytes) -> bytes | None:
    """Return what may stay of a box; None if it is left behind."""
    if kind in _SHAPES:
        return content if len(content) == _SHAPES[kind] else None
    if kind == b"colr":
        n_bytes = {b"nclx": 11, b"nclc": 10}.get(content[:4])
        return content if len(content) == n_bytes else None  # a profile has words
    if kind not in _CONFIGURATIONS or len(content) > _MAX_CONFIGURATION:
        return None
    return _clean_configuration(kind, content)


def _clean_configuration(kind: bytes, content: bytes) -> bytes:
    """Return what a decoder needs, without words for anybody else."""
    if kind == b"avcC":
        return _cut_avc(content)
    if kind == b"hvcC":
        return _without_sei(content)
    described = bytearray(content)
    if kind == b"esds":
        blank_user_data(described)
    elif kind == b"av1C":
        described[4:] = keep_sequence_header(bytes(described[4:]))
    return bytes(described)


def _cut_avc(content: bytes) -> bytes:
    """Return the sets of parameters of H.264, without what follows them."""
    at = 5
    for mask in (0x1F, 0xFF):
        n_sets = content[at] & mask
        at += 1
        for _ in range(n_sets):
            (n_bytes,) = struct.unpack_from(">H", content, at)
            at += 2 + n_bytes
    if content[1] in {100, 110, 122, 144} and at + 4 <= len(content):
        # High profiles state their colours there, and how many further sets follow: none do.
        return content[: at + 3] + b"\0"
    return content[:at]


def _without_sei(content: bytes) -> bytes:
    """Return the configuration of H.265 without messages to decoders, which may hold words."""
    kept, n_kept, at = b"", 0, 23
    for _ in range(content[22]):
        first, n_units = struct.unpack_from(">BH", content, at)
        start, at = at, at + 3
        for _ in range(n_units):
            (n_bytes,) = struct.unpack_from(">H", content, at)
            at += 2 + n_bytes
        if first & 0x3F not in _SEI_OF_HEVC and at <= len(content):
            kept, n_kept = kept + content[start:at], n_kept + 1
    return content[:22] + bytes([n_kept]) + kept
