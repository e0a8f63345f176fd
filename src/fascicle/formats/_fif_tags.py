"""The tags of a FIF file: a tree of blocks to read, a stream of tags to write.

Every tag is four big-endian integers (kind, type, size, next) and its data. Positions are 32-bit,
so that a file has less than 2 GiB; longer recordings continue in further files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import FormatError

from ._files import copy_span

FILE_ID, DIR_POINTER, DIRECTORY = 100, 101, 102
BLOCK_ID, BLOCK_START, BLOCK_END, FREE_LIST = 103, 104, 105, 106
DATA_BUFFER, DATA_SKIP, FIRST_SAMPLE = 300, 301, 208

B_ROOT, B_MEAS, B_MEAS_INFO, B_RAW, B_CONTINUOUS, B_IAS_RAW = 999, 100, 101, 102, 112, 119
RAW_BLOCKS = frozenset({B_RAW, B_CONTINUOUS, B_IAS_RAW})

T_INT, T_FLOAT, T_DOUBLE, T_JULIAN, T_STRING = 3, 4, 5, 6, 10
T_CH_INFO, T_ID, T_DIR_ENTRY, T_DIG_POINT, T_COORD_TRANS = 30, 31, 32, 33, 35
SAMPLE_DTYPES = {2: ">i2", 16: ">i2", 3: ">i4", 4: ">f4", 5: ">f8"}
NUMBER_TYPES = {2: ">i2", 3: ">i4", 4: ">f4", 5: ">f8", 7: ">u2", 8: ">u4"}
_MATRIX_BITS = 0x40000000 | 0x00100000 | 0x00200000 | 0x00300000

MAGIC = struct.pack(">iii", FILE_ID, T_ID, 20)
NO_TIME = (0, 2**31 - 1)
"""Seconds and microseconds that readers take for no time."""

NO_ID = struct.pack(">iiiii", 65538, 0, 0, *NO_TIME)
"""An id without machine and time, in the form that readers take for none."""

MAX_BYTES = 2**31 - 1
_HEAD = struct.Struct(">iiii")
_CHANNEL_HEAD = _HEAD.pack(203, T_CH_INFO, 96, 0)
_SAMPLES = frozenset({DATA_BUFFER, DATA_SKIP})
_PASSED_OVER = frozenset({DATA_BUFFER, DIRECTORY})
_AHEAD = 65536
_LARGEST_KEPT = 2**22


def decode_text(data: bytes) -> str:
    """Return a text up to its end; the format has Latin-1, some writers put UTF-8.

    Examples
    --------
    >>> decode_text("\u00e4".encode("latin-1")) == decode_text("\u00e4".encode())
    True
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.split("\0")[0].strip()


class Tag(NamedTuple):
    """One tag outside the samples, with its data (none if there is too much of it)."""

    kind: int
    type: int
    data: bytes

    @property
    def is_number(self) -> bool:
        """True for numbers and matrices of numbers; False for texts and structures."""
        return (self.type & ~_MATRIX_BITS) in NUMBER_TYPES

    def numbers(self) -> NDArray[np.float64]:
        """Return the numbers of a tag; empty if it holds none."""
        dtype = NUMBER_TYPES.get(self.type)
        if dtype is None:
            return np.empty(0)
        n_bytes = len(self.data) - len(self.data) % np.dtype(dtype).itemsize
        return np.frombuffer(self.data[:n_bytes], dtype).astype(np.float64)

    def text(self) -> str:
        """Return the text of a tag."""
        return decode_text(self.data)


@dataclass(slots=True)
class Node:
    """A block with its tags and blocks, in the order of the file."""

    kind: int
    tags: list[Tag] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    def find(self, kind: int) -> Iterator[Node]:
        """Yield every block of a kind, this one included."""
        if self.kind == kind:
            yield self
        for child in self.children:
            yield from child.find(kind)

    def walk(self) -> Iterator[tuple[Node, Tag]]:
        """Yield every tag with its block."""
        for tag in self.tags:
            yield self, tag
        for child in self.children:
            yield from child.walk()

    def first(self, kind: int) -> Tag | None:
        """Return the first tag of a kind in this very block."""
        return next((tag for tag in self.tags if tag.kind == kind), None)

    def number(self, kind: int) -> float | None:
        """Return the first number of a tag; None if there is none or it is not finite."""
        tag = self.first(kind)
        values = tag.numbers() if tag else np.empty(0)
        return float(values[0]) if len(values) and np.isfinite(values[0]) else None

    def text(self, kind: int) -> str:
        """Return the text of a tag; empty if there is none."""
        tag = self.first(kind)
        return tag.text() if tag and tag.type == T_STRING else ""


class Stored(NamedTuple):
    """A tag among the samples: a buffer, or a skip.

    ``start`` is where its 16 bytes of header stand; ``next`` is 0 if the tag that follows stands
    right behind.
    """

    kind: int
    type: int
    start: int
    n_bytes: int
    next: int


@dataclass(slots=True)
class Scan:
    """A FIF file as it was walked through."""

    root: Node
    stored: list[Stored] = field(default_factory=list)
    raw_kind: int = 0
    is_cut: bool = False


def scan_fif(stream: BinaryIO, n_bytes: int) -> Scan:
    """Walk through all tags of a file; samples are passed over."""
    if n_bytes == 0:
        raise FormatError("FSC200", "Expected a FIF file, got 0 bytes.", "Copy the file again.")
    stream.seek(0)
    if stream.read(12) != MAGIC:
        raise FormatError(
            "FSC203", "Expected a FIF file id at the start, got something else.", "Check the file."
        )
    scan = Scan(Node(B_ROOT))
    stack = [scan.root]
    in_raw = 0
    for tag, data in _iterate_tags(stream, n_bytes, scan):
        kind = tag[0]
        if kind == BLOCK_START and len(data) >= 4:
            node = Node(int.from_bytes(data[:4], "big", signed=True))
            stack[-1].children.append(node)
            stack.append(node)
            if node.kind in RAW_BLOCKS and not scan.raw_kind:
                scan.raw_kind, in_raw = node.kind, len(stack)
        elif kind == BLOCK_END:
            in_raw = 0 if len(stack) == in_raw else in_raw
            if len(stack) > 1:
                stack.pop()
        elif in_raw == len(stack) and kind in _SAMPLES:
            scan.stored.append(tag)
        else:
            stack[-1].tags.append(Tag(kind, tag[1], data))
    scan.is_cut |= bool(in_raw)
    return scan


def _iterate_tags(stream: BinaryIO, n_bytes: int, scan: Scan) -> Iterator[tuple[Stored, bytes]]:
    """Yield each tag and its data (empty for samples and what is too large to keep)."""
    jumps: set[int] = set()
    start, cached, cache, ahead = 0, 0, b"", _AHEAD
    while 0 <= start < n_bytes:
        first = start - cached
        if first < 0 or first + 16 > len(cache):
            stream.seek(start)
            cache, cached, first = stream.read(ahead), start, 0
        if len(cache) - first < 16:
            scan.is_cut = True
            return
        kind, type_, size, following = _HEAD.unpack_from(cache, first)
        if size < 0 or start + 16 + size > n_bytes:
            scan.is_cut = True
            return
        data = b""
        if kind not in _PASSED_OVER and size <= _LARGEST_KEPT:
            data = cache[first + 16 : first + 16 + size]
            if len(data) < size:
                stream.seek(start + 16)
                data = stream.read(size)
        yield Stored(kind, type_, start, size, following), data
        # Few bytes behind samples: what follows is most often the next buffer.
        ahead = 512 if kind == DATA_BUFFER else _AHEAD
        if following:
            if following < 0:
                return
            if following in jumps:
                raise FormatError(
                    "FSC203", "Expected FIF tags in a row, got a circle.", "Copy the file again."
                )
            jumps.add(following)
        start = following or start + 16 + size


def tag_kinds(stream: BinaryIO, n_bytes: int, *, until: int) -> frozenset[int]:
    """Return the kinds of tags in a file: from its directory, or walking up to one of `until`."""
    listed = directory_kinds(stream, n_bytes)
    if listed is not None:
        return listed
    kinds: set[int] = set()
    start, cached, cache = 0, 0, b""
    jumps = 0
    while 0 <= start < n_bytes and until not in kinds and jumps < 1000:
        first = start - cached
        if first < 0 or first + 16 > len(cache):
            stream.seek(start)
            cache, cached, first = stream.read(512 if DATA_BUFFER in kinds else _AHEAD), start, 0
        while cache.startswith(_CHANNEL_HEAD, first):  # there are hundreds in a row
            first += 112
        start = cached + first
        if first + 16 > len(cache):
            if start + 16 > n_bytes:
                break
            continue
        kind, _, size, following = _HEAD.unpack_from(cache, first)
        if size < 0 or start + 16 + size > n_bytes:
            kinds.add(until)  # it may have stood in what is missing
            break
        kinds.add(kind)
        jumps += following > 0
        start = start + 16 + size if following == 0 else following
    if start >= 0 and start != n_bytes:
        kinds.add(until)  # cut off within a tag, or a pointer leads out of the file: as above
    return frozenset(kinds)


def directory_kinds(stream: BinaryIO, n_bytes: int) -> frozenset[int] | None:
    """Return the kinds of tags that a file's directory lists; None if it has none."""
    stream.seek(0)
    head = stream.read(56)
    if len(head) < 56:
        return None
    kind, _, size, _ = _HEAD.unpack_from(head, 36)
    where = int.from_bytes(head[52:56], "big", signed=True)
    if kind != DIR_POINTER or size != 4 or not 0 < where <= n_bytes - 16:
        return None
    stream.seek(where)
    kind, type_, size, _ = _HEAD.unpack(stream.read(16))
    if kind != DIRECTORY or type_ != T_DIR_ENTRY or not 0 < size <= n_bytes - where - 16:
        return None
    entries = stream.read(size - size % 16)
    return frozenset(np.frombuffer(entries, ">i4").reshape(-1, 4)[:, 0].tolist())


class TagWriter:
    """Writes tags one after the other, and the directory at the end."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._directory: list[tuple[int, int, int, int]] = []
        self._position = 0
        self.write(FILE_ID, T_ID, NO_ID)
        self.write_int(DIR_POINTER, -1)
        self.write_int(FREE_LIST, -1)

    def write(self, kind: int, type_: int, data: bytes, following: int = 0) -> None:
        """Write a tag."""
        if self._position + 16 + len(data) > MAX_BYTES:
            raise self._too_large()
        self._directory.append((kind, type_, len(data), self._position))
        self._target.write(struct.pack(">iiii", kind, type_, len(data), following))
        self._target.write(data)
        self._position += 16 + len(data)

    def write_int(self, kind: int, *values: int) -> None:
        """Write whole numbers."""
        self.write(kind, T_INT, np.array(values, ">i4").tobytes())

    def write_double(self, kind: int, values: NDArray[np.float64]) -> None:
        """Write numbers in double precision."""
        self.write(kind, T_DOUBLE, values.astype(">f8").tobytes())

    def write_text(self, kind: int, text: str) -> None:
        """Write a text."""
        try:
            data = text.encode("latin-1")  # as the format has it, and readers expect it
        except UnicodeEncodeError:
            data = text.encode("utf-8", errors="replace")
        self.write(kind, T_STRING, data)

    def start_block(self, kind: int) -> None:
        """Open a block."""
        self.write_int(BLOCK_START, kind)

    def end_block(self, kind: int) -> None:
        """Close a block."""
        self.write_int(BLOCK_END, kind)

    def copy_tags(self, source: BinaryIO, run: list[Stored]) -> None:
        """Copy tags that stand in a row, headers and all."""
        n_bytes = sum(16 + tag.n_bytes for tag in run)
        if self._position + n_bytes > MAX_BYTES:
            raise self._too_large()
        copy_span(source, run[0].start, n_bytes, self._target)
        for tag in run:
            self._directory.append((tag.kind, tag.type, tag.n_bytes, self._position))
            self._position += 16 + tag.n_bytes

    def finish(self) -> None:
        """Write the directory and point to it."""
        where = self._position
        entries = np.array(self._directory, ">i4").tobytes()
        self.write(DIRECTORY, T_DIR_ENTRY, entries, following=-1)
        self._target.seek(52)  # the data of the second tag
        self._target.write(struct.pack(">i", where))

    @staticmethod
    def _too_large() -> FormatError:
        return FormatError(
            "FSC210",
            "Expected less than 2 GiB in a FIF file, got more.",
            "Split the recording into shorter files.",
        )
