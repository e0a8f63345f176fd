"""TIFF and OME-TIFF: every page, tag and tile, and what lies between them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._contents import Contents, Context, Decoded, Number, Unpacked
from ._strings import add_printable

_TYPES: Final = {
    1: "u1", 2: "S1", 3: "u2", 4: "u4", 5: "u4", 6: "i1", 7: "S1", 8: "i2", 9: "i4", 10: "i4",
    11: "f4", 12: "f8", 13: "u4", 16: "u8", 17: "i8", 18: "u8",
}  # fmt: skip
"""NumPy's type of each field type; fractions are two of theirs."""
_FRACTIONS: Final = frozenset({5, 10})
_WORDS: Final = frozenset({2, 7})
_PIXELS: Final = frozenset({
    254, 255, 256, 257, 258, 259, 262, 266, 270, 273, 274, 277, 278, 279, 282, 283, 284, 296, 317,
    322, 323, 324, 325, 330, 338, 339,
})  # fmt: skip
"""Tags that pixels need, and the description: any other has no place in what is released."""
_DESCRIPTION, _SUBPAGES = 270, 330
_WIDTH, _HEIGHT, _BITS, _PACKING, _SAMPLES, _PLANAR = 256, 257, 258, 259, 277, 284
_PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT, _ROWS = 317, 322, 323, 278
_STARTS, _SIZES = (273, 324), (279, 325)
_PLAIN, _DEFLATE = 1, frozenset({8, 32946})
_MAX_PAGES = 1 << 22
_MAX_TILE = 1 << 28
_MAX_GAP = 64
_FEW = 16

_Span = tuple[int, int]


@dataclass(slots=True)
class _Page:
    """The tags of one page, as numbers."""

    place: str
    values: dict[int, NDArray[np.generic]] = field(default_factory=dict)

    def one(self, tag: int, default: int = 0) -> int:
        """Return the first number of a tag."""
        values = self.values.get(tag)
        return int(values[0]) if values is not None and values.size else default


def parse_tiff(data: bytes, _: Context) -> Contents:
    """Take a TIFF file apart: tags as fields and numbers, tiles unpacked, gaps as slack."""
    contents = Contents("ome-tiff")
    reader = _Reader(data, contents)
    if not reader.begin():
        contents.broken("header", "Expected a TIFF file, got other bytes.")
        add_printable(contents, data, "file")
        return contents
    try:
        reader.follow()
    except (struct.error, ValueError, IndexError, OverflowError, MemoryError):
        contents.broken("structure", "Expected pages that can be followed, got others.")
        add_printable(contents, data, "file")
    _search_gaps(data, reader.spans + contents.samples, contents)
    return contents


class _Reader:
    """Follows the pages of a file."""

    def __init__(self, data: bytes, contents: Contents) -> None:
        self._data, self._contents = data, contents
        self._order, self._is_big, self._first = "<", False, 0
        self.spans: list[_Span] = []

    def begin(self) -> bool:
        """Read the first bytes; return False if they are not TIFF's."""
        head = bytes(self._data[:16])
        if head[:4] not in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"} or len(head) < 8:
            return False
        self._order = "<" if head[:2] == b"II" else ">"
        self._is_big = head[:4] in {b"II+\0", b"MM\0+"}
        size = 16 if self._is_big else 8
        if len(head) < size:
            return False
        (self._first,) = struct.unpack_from(self._order + self._word, head, size // 2)
        self.spans.append((0, size))
        return True

    @property
    def _word(self) -> str:
        return "Q" if self._is_big else "I"

    def follow(self) -> None:
        """Visit every page, and those below it, once."""
        pending = [(self._first, "page")]
        seen: set[int] = set()
        while pending:
            offset, kind = pending.pop()
            if not offset:
                continue
            if offset in seen or len(seen) > _MAX_PAGES:
                raise ValueError("pages that lead to one another")
            seen.add(offset)
            page, following = self._read_page(offset, f"{kind} {len(seen)}")
            pending.append((following, kind))
            pending += [(int(at), "reduced page") for at in page.values.get(_SUBPAGES, ())]
            self._take_pixels(page)

    def _read_page(self, offset: int, place: str) -> tuple[_Page, int]:
        """Note all tags of a page."""
        count, entry = ("Q", 20) if self._is_big else ("H", 12)
        n_count, n_word = struct.calcsize("<" + count), struct.calcsize("<" + self._word)
        (n_entries,) = struct.unpack_from(self._order + count, self._data, offset)
        start = offset + n_count
        end = start + n_entries * entry + n_word
        if end > len(self._data):
            raise ValueError("a page that ends in the file")
        self.spans.append((offset, end))
        page = _Page(place)
        for i in range(n_entries):
            self._read_tag(page, start + i * entry, entry)
        (following,) = struct.unpack_from(self._order + self._word, self._data, end - n_word)
        return page, int(following)

    def _read_tag(self, page: _Page, at: int, n_entry: int) -> None:
        """Note one tag: a text as a field, numbers as numbers."""
        tag, code, n_values = struct.unpack_from(self._order + "HH" + self._word, self._data, at)
        place = f"{page.place}: tag {tag}"
        kind = _TYPES.get(code)
        if kind is None:
            self._contents.slack(place, "Expected a tag of a known type, got another.")
            return
        dtype = np.dtype(f"{self._order}{kind}")
        n_all = n_values * (2 if code in _FRACTIONS else 1)
        n_bytes = n_all * dtype.itemsize
        n_field = 8 if self._is_big else 4
        start = at + n_entry - n_field
        if n_bytes > n_field:
            (start,) = struct.unpack_from(self._order + self._word, self._data, start)
            if start + n_bytes > len(self._data):
                raise ValueError("a tag that ends in the file")
            self.spans.append((start, start + n_bytes))
        elif any(self._data[start + n_bytes : start + n_field]):
            self._contents.slack(place, "Expected zeros behind a short value, got other bytes.")
        raw = bytes(self._data[start : start + n_bytes])
        self._note(page, place, (tag, code), raw, dtype)

    def _note(
        self,
        page: _Page,
        place: str,
        what: tuple[int, int],
        raw: bytes,
        dtype: np.dtype[np.generic],
    ) -> None:
        tag, code = what
        if tag not in _PIXELS:
            self._contents.slack(place, "Expected tags that pixels need, got another.")
        if code in _WORDS or (code in {1, 6} and len(raw) > _FEW):
            self._note_text(place, tag, raw)
            return
        values = np.frombuffer(raw, dtype)
        page.values[tag] = values
        if tag in (*_STARTS, *_SIZES, _SUBPAGES):
            return  # places in the file: checked by what lies there
        hint = "size" if tag in _PIXELS else ""
        for value in values[:_FEW].tolist():
            self._contents.numbers.append(Number(place, float(value), hint))  # type: ignore[arg-type]  # one of its words

    def _note_text(self, place: str, tag: int, raw: bytes) -> None:
        """Note a text; the description of OME is XML, and opened as such."""
        text = raw.rstrip(b"\0")
        if tag == _DESCRIPTION and text.lstrip().startswith(b"<"):
            self._contents.unpacked.append(Unpacked(place, "description.xml", text))
        else:
            self._contents.add(place, text.decode("utf-8", "replace"))

    def _take_pixels(self, page: _Page) -> None:
        """Show that the tiles of a page are numbers: as many as its size needs."""
        contents = self._contents
        starts = next((page.values[t] for t in _STARTS if t in page.values), None)
        sizes = next((page.values[t] for t in _SIZES if t in page.values), None)
        if starts is None or sizes is None or len(starts) != len(sizes):
            contents.broken(page.place, "Expected pixels with their places, got none.")
            return
        bits = page.values.get(_BITS)
        n_bits = int(bits[0]) if bits is not None and bits.size else 1
        n_samples = page.one(_SAMPLES, 1)
        n_stored = 1 if page.one(_PLANAR, 1) == 2 else n_samples
        width = page.one(_TILE_WIDTH) or page.one(_WIDTH)
        height = page.one(_TILE_HEIGHT) or min(page.one(_ROWS, 1 << 30), page.one(_HEIGHT))
        grid = _Grid(
            (height, width, n_stored), n_bits, page.one(_PREDICTOR, 1),
            is_packed=page.one(_PACKING, 1) != _PLAIN,
            n_last=0 if page.one(_TILE_WIDTH) else page.one(_HEIGHT) % height if height else 0,
            n_down=-(-page.one(_HEIGHT) // height) if height else 0,
            n_across=-(-page.one(_WIDTH) // width) if width else 0,
            byteorder=self._order,
        )  # fmt: skip
        n_planes = n_samples // n_stored if n_stored else 0
        if grid.n_bytes > _MAX_TILE or grid.n_down * grid.n_across * n_planes != len(starts):
            contents.broken(page.place, "Expected as many tiles as its size needs, got others.")
            return
        if grid.is_packed and page.one(_PACKING) not in _DEFLATE:
            contents.broken(page.place, "Expected pixels packed by deflate, got another packing.")
            return
        spans = [(int(a), int(a) + int(n)) for a, n in zip(starts, sizes, strict=True)]
        if any(stop > len(self._data) for _, stop in spans):
            contents.broken(page.place, "Expected tiles within the file, got some beyond its end.")
            return
        contents.samples += spans
        read = _tiles(self._data, spans, grid)
        contents.decoded.append(Decoded(page.place, read, is_bytes=n_bits <= 8))


@dataclass(frozen=True, slots=True)
class _Grid:
    """How the tiles of a page are stored."""

    shape: tuple[int, int, int]
    n_bits: int
    predictor: int
    is_packed: bool
    n_last: int
    n_down: int
    n_across: int
    byteorder: str

    @property
    def n_bytes(self) -> int:
        """Bytes of a whole tile."""
        height, width, n_samples = self.shape
        return height * -(-width * n_samples * self.n_bits // 8)

    def bytes_of(self, i: int) -> int:
        """Return how many bytes a tile unpacks to; the last strip of a plane may be lower."""
        is_last = self.n_last and (i // self.n_across) % self.n_down == self.n_down - 1
        return self.n_bytes // self.shape[0] * self.n_last if is_last else self.n_bytes


def _tiles(data: bytes, spans: list[_Span], grid: _Grid) -> Callable[[], Iterator[bytes]]:
    """Return a function that yields every tile, unpacked."""

    def read() -> Iterator[bytes]:
        for i, (start, stop) in enumerate(spans):
            raw, n_bytes = bytes(data[start:stop]), grid.bytes_of(i)
            plain = _inflate(raw, n_bytes) if grid.is_packed else raw
            if len(plain) != n_bytes:
                raise ValueError("a tile of another size")
            yield _undo(plain, grid)

    return read


def _inflate(raw: bytes, n_bytes: int) -> bytes:
    """Unpack a tile; bytes behind its end are no pixels."""
    engine = zlib.decompressobj()
    plain = engine.decompress(raw, n_bytes + 1)
    if not engine.eof or engine.unused_data:
        raise ValueError("a tile that ends where its bytes end")
    return plain


def _undo(plain: bytes, grid: _Grid) -> bytes:
    """Undo differences between neighbours, so that the values themselves are searched."""
    if grid.predictor != 2 or grid.n_bits not in {8, 16, 32, 64}:
        return plain
    _, width, n_samples = grid.shape
    stored = np.dtype(f"{grid.byteorder}u{grid.n_bits // 8}")
    rows = np.frombuffer(plain, stored).reshape(-1, width, n_samples)
    return np.cumsum(rows, axis=1, dtype=stored.newbyteorder("=")).astype(stored).tobytes()


def _search_gaps(data: bytes, spans: list[_Span], contents: Contents) -> None:
    """Search what no page accounts for; a few zeros that fill up are none of it."""
    end = 0
    for start, stop in (*sorted(spans), (len(data), len(data))):
        if start > end:
            gap = bytes(data[end : min(start, end + _MAX_TILE)])  # more cannot be held
            if any(gap[:_MAX_GAP]) or len(gap) > _MAX_GAP:
                contents.slack(
                    f"bytes {end} to {start}", f"Expected no bytes there, got {start - end}."
                )
                add_printable(contents, gap, "between pages")
        end = max(end, stop)
