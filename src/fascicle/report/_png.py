"""Write an image as PNG: gray or RGB, eight bits, the same bytes every time.

After the Portable Network Graphics Specification (third edition), https://www.w3.org/TR/png-3/.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY, _RGB = 0, 2


def make_png(pixels: Pixels) -> bytes:
    r"""Return an image as the bytes of a PNG file.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width) or (height, width, 3)
        Gray, or red, green and blue; the first row is the top. Not empty.

    Notes
    -----
    Of each row that of the filters None, Sub and Up is taken whose steps are smallest: the
    heuristic of the specification, section 12.7. No time and no program is written into the file.

    Examples
    --------
    >>> make_png(np.zeros((2, 3), dtype=np.uint8))[:4]
    b'\x89PNG'
    """
    height, width = pixels.shape[:2]
    kind = _GRAY if pixels.ndim == 2 else _RGB
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    data = zlib.compress(_filter_rows(pixels), 9)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def make_data_uri(pixels: Pixels) -> str:
    """Return an image as an address that holds it.

    Examples
    --------
    >>> make_data_uri(np.zeros((2, 3), dtype=np.uint8))[:26]
    'data:image/png;base64,iVBO'
    """
    return "data:image/png;base64," + base64.b64encode(make_png(pixels)).decode("ascii")


def _filter_rows(pixels: Pixels) -> bytes:
    """Put before each row the number of its filter, and the row as that filter leaves it."""
    height = len(pixels)
    step = 1 if pixels.ndim == 2 else 3
    rows = np.ascontiguousarray(pixels).reshape(height, -1)  # (height, width * step)
    left = np.zeros_like(rows)
    left[:, step:] = rows[:, :-step]
    above = np.zeros_like(rows)
    above[1:] = rows[:-1]
    # Differences of bytes wrap around, as the specification wants it.
    choices = np.stack([rows, rows - left, rows - above])  # (filter, height, width * step)
    costs = np.abs(choices.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64)
    best = costs.argmin(axis=0)
    filtered = np.empty((height, rows.shape[1] + 1), dtype=np.uint8)
    filtered[:, 0] = best
    filtered[:, 1:] = choices[best, np.arange(height)]
    return filtered.tobytes()


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
