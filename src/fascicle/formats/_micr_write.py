"""Write an image of tissue as OME-TIFF: tiled, packed, with a pyramid, its tags only numbers.

Nothing but a band of rows is in memory; reduced levels of a plane lie in a scratch file until they
are written behind it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from ._micr_image import BAND_BYTES, Image
from ._micr_ome import format_ome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Header

TILE = 256
"""Rows and columns of a tile."""
LARGEST_FLAT = 2048
"""An image of more pixels a side has a pyramid."""

_ISAL_LEVEL = 3
_ZLIB_LEVEL = 4
_ADOBE_DEFLATE = 8


def count_levels(height: int, width: int, largest: int = LARGEST_FLAT) -> int:
    """Return how many reduced levels an image has: halved until it has at most `largest` a side.

    Examples
    --------
    >>> count_levels(2048, 100), count_levels(9000, 2049)
    (0, 3)
    """
    n_levels = 0
    while max(height, width) > largest:
        height, width, n_levels = (height + 1) // 2, (width + 1) // 2, n_levels + 1
    return n_levels


def halve(rows: NDArray[Any]) -> NDArray[Any]:
    """Average squares of two by two pixels; the last row or column stands for a missing one.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, n_columns, n_samples)
        Pixels.

    Returns
    -------
    ndarray, shape (ceil(n_rows / 2), ceil(n_columns / 2), n_samples)
        Of the same type; whole numbers are rounded to the nearest, halves to even ones.

    Examples
    --------
    >>> halve(np.array([[[1], [3], [7]]], dtype=np.uint8))[..., 0]
    array([[2, 7]], dtype=uint8)
    """
    n_rows, n_columns = rows.shape[:2]
    wide = np.pad(rows, ((0, n_rows % 2), (0, n_columns % 2), (0, 0)), mode="edge")
    exact = np.float64 if rows.dtype.itemsize >= 4 else np.float32
    mean = np.zeros(((n_rows + 1) // 2, (n_columns + 1) // 2, rows.shape[2]), exact)
    with np.errstate(over="ignore", invalid="ignore"):  # stored numbers may be anything
        for down in (0, 1):
            for across in (0, 1):
                mean += wide[down::2, across::2]
        mean /= 4
    return (np.rint(mean) if rows.dtype.kind in "iu" else mean).astype(rows.dtype)


@dataclass(slots=True)
class Pyramid:
    """Reduced levels of one plane, on disk.

    Attributes
    ----------
    levels : list of ndarray
        From half the size on, each of shape (n_rows, n_columns, n_samples), mapped.
    """

    levels: list[NDArray[Any]]

    def fill(self, start: int, rows: NDArray[Any]) -> None:
        """Take rows of the whole level from row `start`, which must be even as their number."""
        if not self.levels:
            return
        first = self.levels[0]
        first[start // 2 : start // 2 + (len(rows) + 1) // 2] = halve(rows)

    def finish(self, n_rows: int) -> None:
        """Fill the levels below the first, `n_rows` rows at a time."""
        for upper, lower in zip(self.levels, self.levels[1:], strict=False):
            for start in range(0, len(upper), n_rows):
                part = halve(upper[start : start + n_rows])
                lower[start // 2 : start // 2 + len(part)] = part


@contextmanager
def open_pyramid(image: Image, folder: Path, n_levels: int) -> Iterator[Pyramid]:
    """Make room for the reduced levels of one plane, in a scratch folder beside the output."""
    with TemporaryDirectory(prefix=".fascicle-", dir=folder) as scratch:
        levels: list[NDArray[Any]] = []
        height, width = image.shape[3:]
        for i in range(n_levels):
            height, width = (height + 1) // 2, (width + 1) // 2
            shape = (height, width, image.n_samples)
            levels.append(np.memmap(Path(scratch) / str(i), image.dtype, "w+", shape=shape))
        try:
            yield Pyramid(levels)
        finally:
            for level in levels:
                level._mmap.close()  # type: ignore[attr-defined]  # noqa: SLF001 - Windows removes no file that is mapped
            levels.clear()


def band_rows(image: Image, step: int) -> int:
    """Return how many rows are read at a time: a multiple of `step` that fits `BAND_BYTES`."""
    n_row = image.shape[4] * image.n_samples * image.dtype.itemsize
    return max(1, BAND_BYTES // max(1, n_row * step)) * step


def write_ome_tiff(image: Image, header: Header, path: Path) -> None:
    """Write an image as OME-TIFF.

    Parameters
    ----------
    image : Image
        The pixels.
    header : Header
        What may be said about it.
    path : Path
        Is replaced; removed again if the writing fails.
    """
    import tifffile

    n_levels = count_levels(*image.shape[3:])
    description: bytes | None = format_ome(image, header)
    try:
        with tifffile.TiffWriter(path, bigtiff=False, ome=False, byteorder="<") as file:
            for plane in image.planes():
                with open_pyramid(image, path.parent, n_levels) as pyramid:
                    tiles = _tiles_of_plane(image, plane, pyramid)
                    more = {"description": description, "subifds": n_levels or None}
                    _write_page(file, image, image.shape[3:], tiles, more)
                    for level in pyramid.levels:
                        reduced = _tiles_of_level(level)
                        _write_page(file, image, level.shape[:2], reduced, {"subfiletype": 1})
                description = None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write_page(
    file: Any,  # noqa: ANN401 - tifffile has no types
    image: Image,
    size: tuple[int, ...],
    tiles: Iterator[bytes],
    more: dict[str, Any],
) -> None:
    """Write one page from packed tiles, with no tag but what its pixels need."""
    photometric = "rgb" if image.n_samples > 1 else "minisblack"
    if image.facts.is_white_zero:
        photometric = "miniswhite"
    file.write(
        tiles,
        shape=(*size, image.n_samples) if image.n_samples > 1 else size,
        dtype=image.dtype.newbyteorder("<"),
        photometric=photometric,
        planarconfig="contig" if image.n_samples > 1 else None,
        extrasamples=["unassalpha"] if image.n_samples == 4 else None,
        tile=(TILE, TILE),
        compression=_ADOBE_DEFLATE,
        predictor=2 if image.dtype.kind in "iu" else None,
        software=False,
        metadata=None,
        contiguous=False,
        **more,
    )


def _tiles_of_plane(image: Image, plane: tuple[int, int, int], pyramid: Pyramid) -> Iterator[bytes]:
    """Yield the packed tiles of a plane; its first reduced level is filled on the way."""
    n_rows = band_rows(image, TILE)
    for start, band in image.bands(plane, n_rows):
        pyramid.fill(start, band)
        yield from _pack_band(band)
    pyramid.finish(n_rows)


def _tiles_of_level(level: NDArray[Any]) -> Iterator[bytes]:
    for start in range(0, len(level), TILE):
        yield from _pack_band(level[start : start + TILE])


def _pack_band(band: NDArray[Any]) -> Iterator[bytes]:
    """Yield the tiles of a band of rows, packed, from left to right."""
    pack = _packer()
    for top in range(0, band.shape[0], TILE):
        for left in range(0, band.shape[1], TILE):
            part = band[top : top + TILE, left : left + TILE]
            tile = np.zeros((TILE, TILE, band.shape[2]), band.dtype)
            tile[: part.shape[0], : part.shape[1]] = part
            if tile.dtype.kind in "iu":
                tile[:, 1:] -= tile[:, :-1].copy()
            little = tile.astype(tile.dtype.newbyteorder("<"), copy=False)
            yield pack(little.tobytes())


@cache
def _packer() -> Callable[[bytes], bytes]:
    """Return what deflates: ISA-L, five times as fast at the same ratio, if it is there; else zlib.

    Either way the same pixels are read back; the packed bytes differ.
    """
    try:
        from isal import isal_zlib
    except ImportError:
        return partial(zlib.compress, level=_ZLIB_LEVEL)
    return partial(isal_zlib.compress, level=_ISAL_LEVEL)
