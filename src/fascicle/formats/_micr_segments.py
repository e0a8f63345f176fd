"""Strips and tiles of a TIFF page, decoded one row of them at a time.

Written by the specification (TIFF 6.0 and its supplements), because a page may be larger than the
memory: rows are read, never the page.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.errors import FormatError

from ._files import open_source, read_exactly, require_room
from ._micr_image import damaged, unsupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST_ROW = 1 << 30
"""Most bytes that one row of packed strips or tiles may unpack to: it is in memory at once."""

_NONE, _LZW, _JPEG, _PACKBITS = 1, 5, 7, 32773
_DEFLATE = frozenset({8, 32946})
_ZSTD = frozenset({34926, 50000})
_HORIZONTAL, _FLOATING = 2, 3
_PALETTE, _YCBCR = 3, 6
_PHOTOMETRICS = frozenset({0, 1, 2, _PALETTE, _YCBCR})
_KINDS = {1: "u", 2: "i", 3: "f"}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pixels of a page lie in its segments.

    Attributes
    ----------
    height, width, n_samples : int
        Of the page.
    segment : tuple of int
        Rows and columns of a tile; of a strip, whose columns are the page's.
    dtype : dtype
        As stored.
    n_bits : int
        Of a sample: those of `dtype`, or 1.
    compression, predictor, photometric : int
        As their tags say.
    is_planar : bool
        True if each colour has segments of its own.
    is_tiled : bool
        True for tiles: those at the edges are padded.
    jpeg_tables : bytes
        What all JPEG segments share.
    """

    height: int
    width: int
    n_samples: int
    segment: tuple[int, int]
    dtype: np.dtype[Any]
    n_bits: int
    compression: int = _NONE
    predictor: int = 1
    photometric: int = 1
    is_planar: bool = False
    is_tiled: bool = False
    jpeg_tables: bytes = b""

    @property
    def n_stored(self) -> int:
        """Samples of a pixel within one segment."""
        return 1 if self.is_planar else self.n_samples

    @property
    def n_across(self) -> int:
        """Segments beside one another."""
        return math.ceil(self.width / self.segment[1])

    @property
    def n_down(self) -> int:
        """Segments below one another."""
        return math.ceil(self.height / self.segment[0])

    def row_bytes(self, n_columns: int) -> int:
        """Bytes of one row of a segment, unpacked."""
        return math.ceil(n_columns * self.n_stored * self.n_bits / 8)


def layout_of(page: Any) -> Layout:  # noqa: ANN401 - tifffile has no types
    """Return the layout of a page; raise FSC261 for one that is not read.

    Parameters
    ----------
    page : tifffile.TiffPage
        Its tags alone are used.
    """
    bits = page.bitspersample
    kind = _KINDS.get(int(page.sampleformat), "")
    if not kind or bits not in {1, 8, 16, 32, 64} or (bits == 1 and int(page.photometric) > 1):
        raise unsupported("pixels of another type than whole or floating numbers")
    if int(page.photometric) not in _PHOTOMETRICS or getattr(page, "fillorder", 1) != 1:
        raise unsupported("colours or an order of bits that are seldom used")
    if int(page.photometric) == _YCBCR and int(page.compression) != _JPEG:
        raise unsupported("colours as brightness and hue")
    if page.imagedepth != 1:
        raise unsupported("blocks of several slices")
    dtype = np.dtype("u1" if bits == 1 else f"{page.parent.byteorder}{kind}{bits // 8}")
    is_tiled = bool(page.tilewidth and page.tilelength)
    rows = int(page.rowsperstrip or page.imagelength)
    segment = (
        (int(page.tilelength), int(page.tilewidth))
        if is_tiled
        else (max(1, min(rows, int(page.imagelength))), int(page.imagewidth))
    )
    layout = Layout(
        height=int(page.imagelength),
        width=int(page.imagewidth),
        n_samples=int(page.samplesperpixel),
        segment=segment,
        dtype=dtype,
        n_bits=bits,
        compression=int(page.compression),
        predictor=int(page.predictor),
        photometric=int(page.photometric),
        is_planar=int(page.planarconfig or 1) == 2 and int(page.samplesperpixel) > 1,
        is_tiled=is_tiled,
        jpeg_tables=bytes(page.jpegtables or b""),
    )
    return _require_layout(layout)


def _require_layout(layout: Layout) -> Layout:
    """Return a layout that can be; raise for a size that cannot, or a packing not known."""
    if min(layout.height, layout.width, layout.n_samples, *layout.segment) < 1:
        raise damaged("at least one pixel")
    known = {_NONE, _LZW, _JPEG, _PACKBITS, *_DEFLATE, *_ZSTD}
    if layout.compression not in known:
        raise unsupported("a way of packing that is seldom used")
    if layout.compression == _JPEG and (layout.n_bits != 8 or layout.n_stored not in {1, 3}):
        raise unsupported("JPEG with other than 8 bits")
    row = layout.row_bytes(layout.segment[1]) * layout.segment[0] * layout.n_across
    if layout.compression != _NONE and row > _LARGEST_ROW:
        raise unsupported("a packed strip of more than a gigabyte")
    return layout


class PageReader:
    """Reads rows of one page.

    Parameters
    ----------
    path : Path
        The file.
    layout : Layout
        Of the page.
    spans : sequence of (int, int)
        Offset and size of every segment, in their order.
    """

    def __init__(self, path: Path, layout: Layout, spans: list[tuple[int, int]]) -> None:
        n_planes = layout.n_samples if layout.is_planar else 1
        if len(spans) != layout.n_across * layout.n_down * n_planes:
            raise damaged("as many strips or tiles as its size needs")
        n_values = layout.height * layout.width * layout.n_samples
        require_room(n_values, path.stat().st_size)
        self._path, self._layout, self._spans = path, layout, spans
        self._kept: tuple[int, NDArray[Any]] | None = None

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows as numbers of this machine, shape (n_rows, width, n_samples)."""
        own = self._layout
        dtype = own.dtype.newbyteorder("=")
        rows = np.empty((stop - start, own.width, own.n_samples), dtype)
        height = own.segment[0]
        for down in range(start // height, math.ceil(stop / height)):
            first = max(start, down * height)
            last = min(stop, (down + 1) * height)
            rows[first - start : last - start] = self._read_some(down, first, last)
        return rows

    def _read_some(self, down: int, first: int, last: int) -> NDArray[Any]:
        """Return rows that lie in one row of segments."""
        own = self._layout
        top = down * own.segment[0]
        if own.compression == _NONE and not own.is_tiled and own.predictor == 1:
            return self._read_plain(down, first - top, last - top)
        if self._kept is None or self._kept[0] != down:
            self._kept = (down, self._decode_row(down))
        return self._kept[1][first - top : last - top]

    def _read_plain(self, down: int, first: int, last: int) -> NDArray[Any]:
        """Read rows of strips that are not packed: only what is asked for."""
        own = self._layout
        n_row = own.row_bytes(own.width)
        parts = []
        for plane in range(own.n_samples if own.is_planar else 1):
            offset, size = self._spans[plane * own.n_down + down]
            if size == 0:
                raw = bytes((last - first) * n_row)
            else:
                if last * n_row > size:
                    raise damaged("as many rows in each strip as it states")
                raw = self._read_bytes(offset + first * n_row, (last - first) * n_row)
            parts.append(self._to_numbers(raw, last - first, own.width))
        return np.concatenate(parts, axis=2) if len(parts) > 1 else parts[0]

    def _decode_row(self, down: int) -> NDArray[Any]:
        """Decode all segments beside one another, cropped to the page."""
        own = self._layout
        top = down * own.segment[0]
        n_rows = min(own.segment[0], own.height - top)
        out = np.zeros((n_rows, own.width, own.n_samples), own.dtype.newbyteorder("="))
        for plane in range(own.n_samples if own.is_planar else 1):
            for across in range(own.n_across):
                index = (plane * own.n_down + down) * own.n_across + across
                offset, size = self._spans[index]
                if size == 0:
                    continue  # nothing was stored: empty by the rules
                block = self._decode(self._read_bytes(offset, size), n_rows)
                left = across * own.segment[1]
                n_columns = min(own.segment[1], own.width - left)
                target = out[:, left : left + n_columns]
                if own.is_planar:
                    target[:, :, plane : plane + 1] = block[:n_rows, :n_columns]
                else:
                    target[:] = block[:n_rows, :n_columns]
        return out

    def _decode(self, raw: bytes, n_rows: int) -> NDArray[Any]:
        """Unpack one segment."""
        own = self._layout
        height = own.segment[0] if own.is_tiled else n_rows
        width = own.segment[1]
        if own.compression == _JPEG:
            return decode_jpeg(raw, own.jpeg_tables, (height, width, own.n_stored), own.photometric)
        n_bytes = own.row_bytes(width) * height
        plain = unpack(raw, own.compression, n_bytes)
        if len(plain) < n_bytes:
            raise damaged("as many bytes in each strip or tile as its size needs")
        if own.predictor == _FLOATING:
            return _undo_floating(plain[:n_bytes], (height, width, own.n_stored), own.dtype)
        block = self._to_numbers(plain[:n_bytes], height, width)
        if own.predictor == _HORIZONTAL and own.n_bits > 1:
            return np.cumsum(block, axis=1, dtype=block.dtype)
        return block

    def _to_numbers(self, raw: bytes, height: int, width: int) -> NDArray[Any]:
        """Return bytes as numbers of shape (height, width, samples)."""
        own = self._layout
        if own.n_bits == 1:
            bits = np.unpackbits(np.frombuffer(raw, "u1").reshape(height, -1), axis=1)
            return bits[:, : width * own.n_stored].reshape(height, width, own.n_stored)
        numbers = np.frombuffer(raw, own.dtype).reshape(height, width, own.n_stored)
        return numbers.astype(own.dtype.newbyteorder("="), copy=False)

    def _read_bytes(self, offset: int, n_bytes: int) -> bytes:
        with open_source(self._path) as stream:
            stream.seek(offset)
            return read_exactly(stream, n_bytes, "pixels")


def unpack(raw: bytes, compression: int, n_bytes: int) -> bytes:
    """Unpack the bytes of a segment; at most `n_bytes` of them.

    Examples
    --------
    >>> unpack(zlib.compress(b"tissue"), 8, 6)
    b'tissue'
    """
    try:
        if compression == _NONE:
            return raw
        if compression in _DEFLATE:
            return zlib.decompressobj().decompress(raw, n_bytes)
        if compression in _ZSTD:
            from numcodecs import Zstd

            return bytes(Zstd().decode(raw, np.empty(n_bytes, "u1")))
        return _unpack_by_libtiff(raw, compression, n_bytes)
    except (FormatError, ImportError, MemoryError):
        raise  # nothing is wrong with the file
    except Exception as error:
        raise damaged("packed pixels that can be unpacked") from error


def _unpack_by_libtiff(raw: bytes, compression: int, n_bytes: int) -> bytes:
    """Unpack LZW or PackBits: libtiff, in Pillow, is given the bytes as a grey strip."""
    # A strip of one row is unpacked as it stands, whatever its bytes mean.
    plain = _open_wrapped(raw, (1, n_bytes, 1), compression, 1, b"").tobytes()
    return bytes(plain)


def decode_jpeg(
    raw: bytes, tables: bytes, shape: tuple[int, int, int], photometric: int
) -> NDArray[np.uint8]:
    """Decode a JPEG segment of a TIFF file, in the colours that its page names."""
    try:
        picture = _open_wrapped(raw, shape, _JPEG, photometric, tables)
        pixels = np.asarray(picture, np.uint8)
    except (ImportError, MemoryError):
        raise  # nothing is wrong with the file
    except Exception as error:
        raise damaged("JPEG segments that can be decoded") from error
    return pixels.reshape(shape)


def _open_wrapped(
    raw: bytes, shape: tuple[int, int, int], compression: int, photometric: int, tables: bytes
) -> Any:  # noqa: ANN401 - a picture of Pillow
    """Put a segment into a TIFF file of its own and open that with Pillow."""
    from PIL import Image as Pillow

    height, width, n_samples = shape
    entries = [(256, 4, width), (257, 4, height), (259, 3, compression), (262, 3, photometric),
               (277, 3, n_samples), (278, 4, height), (279, 4, len(raw))]  # fmt: skip
    n_entries = len(entries) + 2 + bool(tables)
    behind = 8 + 2 + 12 * n_entries + 4
    bits = struct.pack("<3H", 8, 8, 8)
    entries.append((273, 4, behind + len(bits) + len(tables)))
    table = {tag: struct.pack("<HHII", tag, code, 1, value) for tag, code, value in entries}
    table[258] = (
        struct.pack("<HHII", 258, 3, 1, 8)
        if n_samples == 1
        else struct.pack("<HHII", 258, 3, 3, behind)
    )
    if tables:
        table[347] = struct.pack("<HHII", 347, 7, len(tables), behind + len(bits))
    head = struct.pack("<2sHIH", b"II", 42, 8, n_entries)
    file = head + b"".join(table[tag] for tag in sorted(table)) + bytes(4) + bits + tables + raw
    limit, Pillow.MAX_IMAGE_PIXELS = Pillow.MAX_IMAGE_PIXELS, None
    try:
        picture = Pillow.open(io.BytesIO(file), formats=["TIFF"])
        picture.load()
    finally:
        Pillow.MAX_IMAGE_PIXELS = limit
    return picture


def _undo_floating(plain: bytes, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Undo the predictor of floating numbers: differences of bytes that stand apart by weight."""
    height, width, n_samples = shape
    size = dtype.itemsize
    rows = np.frombuffer(plain, "u1").reshape(height, -1, n_samples)
    rows = np.cumsum(rows, axis=1, dtype="u1")
    weights = rows.reshape(height, size, width * n_samples)  # most significant byte first
    values = np.ascontiguousarray(weights.transpose(0, 2, 1)).view(f">{dtype.kind}{size}")
    return values.reshape(shape).astype(dtype.newbyteorder("="))
