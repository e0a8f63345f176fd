"""NIfTI images: every field of the header, what lies between it and the values, and their size.

Written from the standard alone: it shares nothing with what writes images.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ._contents import Contents, Context, Decoded, Number, Problem, Unpacked
from ._parse_archives import take_gzip_header
from ._strings import add_printable

_BLOCK: Final = 1 << 22
_PACKED: Final = b"\x1f\x8b\x08"
_GZIP_HEAD: Final = 10
_LARGEST: Final = 1e15
_TOKEN: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_MANY: Final = 64

_SIZES: Final = {
    2: 1, 4: 2, 8: 4, 16: 4, 32: 8, 64: 8, 128: 3, 256: 1, 512: 2, 768: 4, 1024: 8, 1280: 8,
    1536: 16, 1792: 16, 2048: 32, 2304: 4,
}  # fmt: skip
"""Bytes of a value by the code of its type."""
_FLOATS: Final = {16: "f4", 64: "f8"}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the fields of a version stand: name, offset and code of `struct`."""

    size: int
    texts: tuple[tuple[str, int, int], ...]
    unused: tuple[tuple[str, int, str], ...]
    numbers: tuple[tuple[str, int, str], ...]
    dim: tuple[int, str]
    pixdim: tuple[int, str]
    datatype: tuple[int, int]
    offset: tuple[int, str]


_FIRST: Final = _Layout(
    348,
    (("data_type", 4, 10), ("db_name", 14, 18), ("regular", 38, 1), ("descrip", 148, 80),
     ("aux_file", 228, 24), ("intent_name", 328, 16)),
    (("extents", 32, "i"), ("session_error", 36, "h"), ("intent_p", 56, "3f"),
     ("glmax and glmin", 140, "2i")),
    (("scl_slope and scl_inter", 112, "2f"), ("cal_max and cal_min", 124, "2f"),
     ("slice_duration and toffset", 132, "2f"), ("place", 256, "18f")),
    (40, "8h"), (76, "8f"), (70, 72), (108, "f"),
)  # fmt: skip
_SECOND: Final = _Layout(
    540,
    (("descrip", 240, 80), ("aux_file", 320, 24), ("intent_name", 508, 16),
     ("unused_str", 525, 15)),
    (("intent_p", 80, "3d"),),
    (("scl_slope and scl_inter", 176, "2d"), ("cal_max and cal_min", 192, "2d"),
     ("slice_duration and toffset", 208, "2d"), ("place", 352, "18d")),
    (16, "8q"), (104, "8d"), (12, 14), (168, "q"),
)  # fmt: skip


def parse_nifti(data: bytes, context: Context) -> Contents:
    """Take a ``.nii`` or ``.nii.gz`` file apart, without holding its values."""
    contents = Contents("nifti")
    is_packed = data[:3] == _PACKED and len(data) >= _GZIP_HEAD
    start = _take_gzip_head(data, contents) if is_packed else 0
    blocks = _unpack(data, start, contents) if is_packed else _read(data)
    head = b""
    while len(head) < _SECOND.size + 4 and (block := next(blocks, b"")):
        head += block
    layout = _SECOND if len(head) >= 4 and _second(head) else _FIRST
    order = "<" if int.from_bytes(head[:4], "little") == layout.size else ">"
    if len(head) < layout.size or struct.unpack_from(f"{order}i", head)[0] != layout.size:
        contents.broken("header", "Expected a NIfTI header, got other bytes.")
        add_printable(contents, head, "header")
        return contents
    voxels = _take_header(head, layout, order, contents)
    _take_voxels(head, blocks, voxels, contents)
    if is_packed:
        contents.unpacked.append(Unpacked("header", "", head[: layout.size]))
        contents.decoded.append(
            Decoded("values", lambda: _values(data, start, voxels.start), voxels.is_bytes)
        )
    else:
        contents.samples.append((min(voxels.start, len(data)), min(voxels.stop, len(data))))
    return contents


def _second(head: bytes) -> bool:
    """Tell the second version by the size that it states, in either byte order."""
    sizes = {int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big")}
    return _SECOND.size in sizes


def _take_gzip_head(data: bytes, contents: Contents) -> int:
    """Note what the header of the packing says; return where the packed bytes begin."""
    if any(data[3:8]):
        contents.slack("gzip header", "Expected neither a name nor a moment, got something.")
    return take_gzip_header(data, 0, contents, "gzip header")


def _unpack(data: bytes, start: int, contents: Contents) -> Iterator[bytes]:
    """Yield what is packed, in blocks; the packed bytes themselves are numbers."""
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    at, checksum, size = start, 0, 0
    waiting = b""
    while not engine.eof:
        if not waiting:
            waiting = bytes(data[at : at + _BLOCK])
            at += len(waiting)
        try:
            block = engine.decompress(waiting, _BLOCK)
        except zlib.error:
            contents.broken("packed values", "Expected packed bytes, got others.")
            return
        waiting = engine.unconsumed_tail
        if not block and not waiting and at >= len(data) and not engine.eof:
            contents.broken("packed values", "Expected the end of the packed bytes, got none.")
            return
        checksum, size = zlib.crc32(block, checksum), size + len(block)
        if block:
            yield block
    end = at - len(engine.unused_data) - (len(waiting) if not engine.unused_data else 0)
    contents.samples.append((start, end))
    trailer = bytes(data[end : end + 8])
    if trailer != struct.pack("<II", checksum, size & 0xFFFFFFFF):
        contents.broken("packed values", "Expected the checksum of the values, got another.")
    if end + 8 < len(data):
        contents.slack("end", f"Expected no more bytes, got {len(data) - end - 8}.")
        add_printable(contents, bytes(data[end + 8 : end + 8 + _BLOCK]), "end")


def _values(data: bytes, start: int, voxels_at: int) -> Iterator[bytes]:
    """Yield the unpacked bytes behind the header, which was read field by field."""
    left = voxels_at
    for block in _unpack(data, start, Contents("")):
        yield block[left:]
        left = max(0, left - len(block))


def _read(data: bytes) -> Iterator[bytes]:
    """Yield a plain file in blocks."""
    for first in range(0, len(data), _BLOCK):
        yield bytes(data[first : first + _BLOCK])


@dataclass(frozen=True, slots=True)
class _Voxels:
    """Where the values stand in the plain file, and what they are."""

    start: int
    stop: int
    dtype: str
    is_bytes: bool


def _take_header(head: bytes, layout: _Layout, order: str, contents: Contents) -> _Voxels:
    """Note every field; return where the values stand."""

    def values(at: int, code: str) -> tuple[float, ...]:
        return struct.unpack_from(order + code, head, at)

    for name, at, size in layout.texts:
        raw = head[at : at + size]
        if name != "regular" or raw not in {b"\0", b"r"}:
            contents.add(f"header: {name}", raw.decode("latin-1").replace("\0", " "))
    for name, at, code in layout.unused:
        if any(values(at, code)):
            contents.slack(f"header: {name}", "Expected nothing in an unused field, got numbers.")
    dim, pixdim = values(*layout.dim), values(*layout.pixdim)
    for name, found in (
        ("pixdim", pixdim),
        *((name, values(at, code)) for name, at, code in layout.numbers),
    ):
        contents.numbers += [Number(f"header: {name}", value) for value in found]
        if any(abs(value) > _LARGEST for value in found):
            contents.slack(f"header: {name}", "Expected numbers of a scanner, got larger ones.")
    n_axes = int(dim[0])
    shape = [int(n) for n in dim[1 : n_axes + 1]] if 1 <= n_axes <= 7 else [0]
    beyond = {*dim[n_axes + 1 :], *pixdim[n_axes + 1 :]} if 1 <= n_axes <= 7 else set()
    if beyond - {0, 1}:
        contents.slack("header: dim", "Expected 0 or 1 for axes that are not there, got others.")
    kind, bits = (int(values(at, "h")[0]) for at in layout.datatype)
    size = _SIZES.get(kind, 0)
    if not size or bits != 8 * size or min(shape) < 1:
        contents.broken("header", "Expected a known type and at least one value, got others.")
    start = values(*layout.offset)[0]
    first = int(start) if math.isfinite(start) and start >= layout.size else layout.size
    _take_gap(head, layout.size, first, contents)
    dtype = f"{order}{_FLOATS[kind]}" if kind in _FLOATS else ""
    is_bytes = kind in {2, 128, 256, 2304}
    return _Voxels(first, first + math.prod(shape) * size, dtype, is_bytes)


def _take_gap(head: bytes, begin: int, end: int, contents: Contents) -> None:
    """Note what stands between the header and the values: four zero bytes, and nothing else."""
    gap = head[begin:end]
    if end - begin > len(gap) or end != begin + 4 or any(gap):
        n_bytes = end - begin
        contents.slack(
            "extensions", f"Expected four zero bytes before the values, got {n_bytes} bytes."
        )
        add_printable(contents, gap, "extensions")


def _take_voxels(head: bytes, blocks: Iterator[bytes], voxels: _Voxels, contents: Contents) -> None:
    """Count the values, judge them as numbers, and note what stands behind them."""
    position, is_odd, tail = 0, False, b""
    block = head
    while block:
        first = max(voxels.start - position, 0)
        last = max(min(voxels.stop - position, len(block)), first)
        is_odd = is_odd or _has_odd(block[first:last], position + first - voxels.start, voxels)
        if position + len(block) > voxels.stop:
            tail += block[max(voxels.stop - position, 0) :][: _BLOCK - len(tail)]
        position += len(block)
        block = next(blocks, b"")
    if position < voxels.stop:
        contents.broken(
            "values", f"Expected {voxels.stop - voxels.start} bytes of values, got fewer."
        )
    if position > voxels.stop:
        contents.slack("end", f"Expected no more bytes, got {position - voxels.stop}.")
        add_printable(contents, tail, "end")
    if is_odd:
        contents.problems.append(
            Problem(
                "proof.odd_samples",
                "values",
                "Expected values of an image, got numbers of a size that no scanner gives.",
                is_error=False,
            )
        )


def _has_odd(piece: bytes, at: int, voxels: _Voxels) -> bool:
    """Tell whether floating numbers are of a size that letters make and scanners do not."""
    if not voxels.dtype or not piece:
        return False
    width = np.dtype(voxels.dtype).itemsize
    skip = -at % width
    whole = piece[skip : len(piece) - (len(piece) - skip) % width]
    with np.errstate(invalid="ignore", over="ignore"):
        return bool((np.abs(np.frombuffer(whole, voxels.dtype)) > _LARGEST).any())


def parse_gradients(data: bytes, context: Context) -> Contents:
    """Show that a ``.bval`` or ``.bvec`` file holds numbers and nothing else."""
    contents = Contents("gradients")
    text = bytes(data).decode("latin-1")
    for line, row in enumerate(text.splitlines(), start=1):
        for position, word in enumerate(row.split(" "), start=1):
            if word and not _TOKEN.fullmatch(word):
                place = f"line {line}, number {position}"
                contents.add(place, word)
                contents.broken(place, "Expected a number, got something else.")
            elif word and position <= _MANY:
                contents.numbers.append(Number(f"line {line}", float(word), "size"))
    return contents
