"""Read a few tags of a DICOM file and pass over the rest.

A folder of DICOM holds tens of thousands of files, and each must be asked which series it belongs
to. pydicom takes a millisecond for it, this a tenth: it knows the two encodings that nearly all
files have, skips what nobody asked for and stops before the pixels. For the others pydicom reads.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fascicle.errors import FormatError

OTHER_ORDER = frozenset({"1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"})
"""Big-endian and deflated data sets: pydicom reads them."""

_PREAMBLE = 128
_PIECES = (1 << 14, 1 << 18, 1 << 22, 1 << 26)
"""Bytes read at the first go, and at the next ones for headers that are longer."""
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DEEPEST = 32
_SYNTAX = 0x00020010
_PIXELS = 0x7FE00008
_LONG_VRS = frozenset({
    b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV",
})  # fmt: skip
_SHORT_VRS = frozenset({
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN",
    b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US",
})  # fmt: skip
_VRS = _LONG_VRS | _SHORT_VRS
_HEAD = struct.Struct("<HHI")
_ELEMENT = struct.Struct("<HH2sH")


class _Unusual(Exception):  # noqa: N818 - no error: the next reader takes over
    """An encoding that this scanner leaves to pydicom."""


class _MoreBytes(Exception):  # noqa: N818 - no error: the next piece is read
    """The header is longer than what was read so far."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Values of the tags that were asked for, as they stand in the file.

    Attributes
    ----------
    values : dict of int to bytes
        By tag, ``0x0020000E``; numbers in binary are little-endian.
    syntax : str
        UID of the transfer syntax; empty if the file does not say.
    is_whole : bool
        False if the file ends within its header.
    is_marked : bool
        True if the file as it lies there begins with the mark of DICOM: it is not packed.
    """

    values: dict[int, bytes]
    syntax: str = ""
    is_whole: bool = True
    is_marked: bool = False

    def text(self, tag: int) -> str:
        """Return a text; empty if the tag is not there."""
        return self.values.get(tag, b"").decode("latin-1").strip(" \0")

    def texts(self, tag: int) -> tuple[str, ...]:
        """Return the parts of a text of several values."""
        text = self.text(tag)
        return tuple(part.strip() for part in text.split("\\")) if text else ()

    def numbers(self, tag: int) -> tuple[float, ...]:
        """Return the numbers of a decimal or integer string; none if one of them is none."""
        try:
            return tuple(float(part) for part in self.texts(tag))
        except ValueError:
            return ()

    def number(self, tag: int) -> float | None:
        """Return the first number of a decimal or integer string."""
        found = self.numbers(tag)
        return found[0] if found else None

    def unpack(self, tag: int, kind: str) -> tuple[float, ...]:
        """Return numbers that are stored in binary, `kind` as in `struct`: ``"H"``, ``"d"``."""
        value = self.values.get(tag, b"")
        size = struct.calcsize(kind)
        return struct.unpack(f"<{len(value) // size}{kind}", value[: len(value) // size * size])


def looks_like_dicom(head: bytes) -> bool:
    """Tell whether a file begins as DICOM does: by its mark, or by plausible first tags.

    Parameters
    ----------
    head : bytes
        The first bytes of the file; it may be packed with gzip.

    Examples
    --------
    >>> looks_like_dicom(bytes(128) + b"DICM"), looks_like_dicom(bytes(200))
    (True, False)
    """
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(31).decompress(head, 1024)
        except zlib.error:
            return False
    return head[_PREAMBLE : _PREAMBLE + 4] == b"DICM" or _has_plausible_start(head)


def _has_plausible_start(head: bytes) -> bool:
    """Tell whether a file without the mark begins with two or more tags that DICOM begins with."""
    try:
        position, previous = 0, 0
        is_explicit = head[4:6] in _VRS
        for _ in range(3):
            tag, start, length = _read_element(head, position, is_explicit=is_explicit)
            if tag >> 16 not in {0x0002, 0x0008} or tag <= previous or length > 256:
                return False
            if not previous and tag & 0xFFFF > 0x0018:
                return False
            position, previous = start + length, tag
    except (_MoreBytes, _Unusual):
        return False
    return True


def scan_tags(path: Path, wanted: frozenset[int], last: int) -> Tags:
    """Read some tags of a file.

    Parameters
    ----------
    path : Path
        A DICOM file, packed with gzip or not.
    wanted : frozenset of int
        Tags to return, ``0x0020000E``; no sequences.
    last : int
        Where to stop: tags stand in order, and the pixels come after all of them.

    Returns
    -------
    Tags
        Those of `wanted` that are there.

    Raises
    ------
    FormatError
        FSC201 if the file cannot be read, FSC203 if it is not DICOM.
    """
    last = min(last, _PIXELS - 1)
    try:
        with path.open("rb", buffering=0) as raw:
            first = raw.read(_PIECES[0]) or b""
            if first[:2] != b"\x1f\x8b":
                tags = _scan_growing(first, raw.read, wanted, last)
                is_marked = first[_PREAMBLE : _PREAMBLE + 4] == b"DICM"
                return replace(tags, is_marked=is_marked)
            raw.seek(0)
            return _scan_growing(b"", gzip.GzipFile(fileobj=raw).read, wanted, last)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _no_dicom("a whole packed file") from error
    except OSError as error:
        raise unreadable_dicom(error) from error
    except _Unusual:
        return _scan_with_pydicom(path, wanted, last)


def unreadable_dicom(error: OSError) -> FormatError:
    """Return the error of a file that cannot be opened or read."""
    return FormatError(
        "FSC201",
        f"Expected a readable DICOM file, got {type(error).__name__}.",
        "Check that the file is there and that you may read it.",
    )


def _scan_growing(
    data: bytes, read: Callable[[int], bytes | None], wanted: frozenset[int], last: int
) -> Tags:
    """Scan what was read so far, and more of the file as long as the header goes on."""
    for size in _PIECES:
        while len(data) < size and (piece := read(size - len(data))):
            data += piece
        values: dict[int, bytes] = {}
        syntax: str | None
        try:
            syntax = _scan(data, wanted, last, values)
        except _MoreBytes:
            if len(data) == size:
                continue
            syntax = None
        if not values and not looks_like_dicom(data[:4096]):
            raise _no_dicom("the tags of DICOM")
        return Tags(values, syntax or "", is_whole=syntax is not None)
    raise _no_dicom("a header of less than 64 MB")


def _scan(data: bytes, wanted: frozenset[int], last: int, values: dict[int, bytes]) -> str:
    """Fill in the values of a data set that was read from its beginning; return its syntax."""
    position = _scan_meta(data, values)
    syntax = values.get(_SYNTAX, b"").decode("latin-1").strip(" \0")
    for tag in values.keys() - wanted:
        del values[tag]
    if syntax in OTHER_ORDER or data[position : position + 2] == b"\x00\x08":
        raise _Unusual
    is_explicit = data[position + 4 : position + 6] in _VRS
    if is_explicit:
        position = _scan_explicit(data, position, wanted, last, values)
    while 0 <= position < len(data):
        tag, start, length = _read_element(data, position, is_explicit=is_explicit)
        if tag > last:
            return syntax
        if length == _UNDEFINED:
            position = _skip_items(data, start, is_explicit=is_explicit, depth=0)
            continue
        if tag in wanted:
            values[tag] = _slice(data, start, length)
        position = start + length
    if position < 0:
        return syntax
    raise _MoreBytes


def _scan_explicit(
    data: bytes, position: int, wanted: frozenset[int], last: int, values: dict[int, bytes]
) -> int:
    """Do the same in the usual encoding, in a loop that calls nothing: it takes half of the time.

    Returns where the last bytes begin that it leaves to the general loop; -1 if it met `last`.
    """
    unpack = _ELEMENT.unpack_from
    while position + 12 <= len(data):
        group, element, vr, length = unpack(data, position)
        tag = group << 16 | element
        if tag > last:
            return -1
        start = position + 8
        if vr in _LONG_VRS:
            start = position + 12
            length = int.from_bytes(data[position + 8 : start], "little")
            if length == _UNDEFINED:
                position = _skip_items(data, start, is_explicit=True, depth=0)
                continue
        elif vr not in _SHORT_VRS:
            raise _Unusual
        position = start + length
        if tag in wanted:
            if position > len(data):
                raise _MoreBytes
            values[tag] = data[start:position]
    return position


def _scan_meta(data: bytes, values: dict[int, bytes]) -> int:
    """Fill in the values of group 2, always explicit and little-endian; return where it ends."""
    position = _PREAMBLE + 4 if data[_PREAMBLE : _PREAMBLE + 4] == b"DICM" else 0
    while _slice(data, position, 8)[:2] == b"\x02\x00":
        tag, start, length = _read_element(data, position, is_explicit=True)
        values[tag] = _slice(data, start, length)
        position = start + length
    return position


def _read_element(data: bytes, position: int, *, is_explicit: bool) -> tuple[int, int, int]:
    """Return the tag of an element, where its value begins and how long that is."""
    if position + 12 > len(data):
        if position + 8 > len(data):
            raise _MoreBytes
        if is_explicit and data[position + 4 : position + 6] in _LONG_VRS:
            raise _MoreBytes
    group, element, length = _HEAD.unpack_from(data, position)
    tag = group << 16 | element
    if not is_explicit or group == 0xFFFE:
        return tag, position + 8, length
    vr = data[position + 4 : position + 6]
    if vr in _SHORT_VRS:
        return tag, position + 8, length >> 16
    if vr in _LONG_VRS:
        return tag, position + 12, int.from_bytes(data[position + 8 : position + 12], "little")
    raise _Unusual


def _slice(data: bytes, start: int, length: int) -> bytes:
    if start + length > len(data):
        raise _MoreBytes
    return data[start : start + length]


def _skip_items(data: bytes, position: int, *, is_explicit: bool, depth: int) -> int:
    """Return where a sequence of undefined length ends."""
    if depth > _DEEPEST:
        raise _Unusual
    while True:
        tag, start, length = _read_element(data, position, is_explicit=False)
        if tag == _SEQUENCE_END:
            return start
        if tag != _ITEM:
            raise _Unusual
        position = (
            _skip_elements(data, start, is_explicit=is_explicit, depth=depth + 1)
            if length == _UNDEFINED
            else start + length
        )


def _skip_elements(data: bytes, position: int, *, is_explicit: bool, depth: int) -> int:
    """Return where an item of undefined length ends."""
    while True:
        tag, start, length = _read_element(data, position, is_explicit=is_explicit)
        if tag == _ITEM_END:
            return start
        if length != _UNDEFINED:
            position = start + length
            continue
        # An unknown sequence of undefined length is implicit inside, whatever is around it.
        is_unknown = is_explicit and data[position + 4 : position + 6] == b"UN"
        position = _skip_items(
            data, start, is_explicit=is_explicit and not is_unknown, depth=depth + 1
        )


def _scan_with_pydicom(path: Path, wanted: frozenset[int], last: int) -> Tags:
    """Read the same with pydicom."""
    from pydicom.filereader import read_partial
    from pydicom.tag import Tag

    from ._vendor import foreign_reader

    with foreign_reader("DICOM", "mri"), path.open("rb") as raw:
        stream = gzip.GzipFile(fileobj=raw) if raw.read(2) == b"\x1f\x8b" else raw
        raw.seek(0)
        data_set = read_partial(
            stream,
            stop_when=lambda tag, _vr, _length: tag > last,
            force=True,
            specific_tags=[Tag(tag) for tag in sorted(wanted)],
        )
        values = {
            int(element.tag): _as_bytes(element.VR, element.value)
            for element in (*data_set.file_meta, *data_set)
            if int(element.tag) in wanted and element.VR != "SQ"
        }
        return Tags(values, str(getattr(data_set.file_meta, "TransferSyntaxUID", "")))


_BINARY = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}


def _as_bytes(vr: str, value: object) -> bytes:
    """Return a value as it would stand in a little-endian file."""
    if isinstance(value, bytes):
        return value
    parts = list(value) if isinstance(value, list | tuple) or _is_multiple(value) else [value]  # type: ignore[call-overload]  # a MultiValue is iterable
    if value is None or value == "":
        return b""
    if vr in _BINARY:
        return struct.pack(f"<{len(parts)}{_BINARY[vr]}", *parts)
    return "\\".join(str(part) for part in parts).encode("latin-1", "replace")


def _is_multiple(value: object) -> bool:
    """Tell pydicom's lists of values from texts and single values."""
    return type(value).__name__ == "MultiValue"


def _no_dicom(what: str) -> FormatError:
    return FormatError(
        "FSC203",
        f"Expected {what} in a DICOM file, got something else.",
        "Export the series again from the scanner or the archive; the file is damaged.",
    )
