"""Matrix Market: a sparse matrix as text, a line for every value, read in blocks of lines."""

from __future__ import annotations

import gzip
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import numpy as np

from fascicle.errors import FormatError

from ._cell_table import SLAB_VALUES, Sparse, bad_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BANNER = b"%%MatrixMarket matrix coordinate"
_BLOCK = 1 << 23
_MAX_UNSORTED = 20_000_000
"""Values that are sorted in memory, where the file has them by gene or in no order."""

_MAX_COMMENTS = 1000
_Block: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]"
"""Genes, cells and values."""


def is_matrix_market(head: bytes) -> bool:
    """Tell whether a file is a sparse matrix in text, packed or not.

    Examples
    --------
    >>> is_matrix_market(b"%%MatrixMarket matrix coordinate integer general")
    True
    """
    if head.startswith(b"\x1f\x8b"):
        try:
            head = bytes(zlib.decompressobj(31).decompress(head, 256))
        except zlib.error:
            return False
    return head.lower().startswith(_BANNER.lower())


@contextmanager
def open_text(path: Path) -> Iterator[IO[bytes]]:
    """Open a text, packed or not; what is wrong with the packing is a FormatError."""
    with path.open("rb") as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rb") if is_packed else path.open("rb") as lines:
            yield lines  # type: ignore[misc]  # both read lines of bytes
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(
            "FSC268",
            f"Expected a whole packed text, got one that is damaged ({type(error).__name__}).",
            "Copy the file again, or export it again.",
        ) from error


def open_matrix(path: Path, n_cells: int, n_genes: int) -> Sparse:
    """Return a matrix of genes by cells (as 10x has it) as one of cells by genes.

    Parameters
    ----------
    path : Path
        A ``.mtx`` or ``.mtx.gz`` file of the form ``coordinate``, general.
    n_cells, n_genes : int
        How many names there are. A matrix of cells by genes is turned round if only that fits.

    Raises
    ------
    FormatError
        FSC268 if the first lines are no Matrix Market, FSC265 if its size is another.
    """
    with open_text(path) as lines:
        shape, n_stored, is_whole = _read_size(lines)
    by_gene = shape == (n_genes, n_cells)
    if not by_gene and shape != (n_cells, n_genes):
        raise FormatError(
            "FSC265",
            "Expected a matrix with a row for every gene and a column for every cell, got one of "
            "another size.",
            "Copy barcodes, genes and matrix from one and the same folder.",
        )
    dtype = "<i4" if is_whole else "<f8"

    def blocks() -> Iterator[_Block]:
        for rows, columns, values in _read_blocks(path, n_stored, np.dtype(dtype)):
            yield (rows, columns, values) if by_gene else (columns, rows, values)

    def runs() -> Iterator[tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]]:
        if _is_in_order(blocks()):
            yield from _as_runs(blocks(), n_cells)
        elif n_stored <= _MAX_UNSORTED:
            yield from _sort_runs(blocks(), n_cells)
        else:
            raise FormatError(
                "FSC268",
                "Expected the values of a large matrix in the order of its cells, got others.",
                "Export it anew with Cell Ranger, or as .h5ad.",
            )

    return Sparse((n_cells, n_genes), dtype, True, runs)


def _read_size(lines: IO[bytes]) -> tuple[tuple[int, int], int, bool]:
    """Return size, number of values, and whether they are whole."""
    banner = lines.readline(512).split()
    is_known = (
        len(banner) >= 5
        and banner[2].lower() == b"coordinate"
        and banner[3].lower() in {b"integer", b"real"}
        and banner[4].lower() == b"general"
    )
    line = lines.readline(4096) if is_known else b""
    for _ in range(_MAX_COMMENTS):
        if not line.startswith(b"%") and line.strip():
            break
        line = lines.readline(4096)
    try:
        n_rows, n_columns, n_stored = (int(word) for word in line.split())
    except ValueError as error:
        raise _malformed() from error
    return (n_rows, n_columns), n_stored, banner[3].lower() == b"integer"


def _malformed() -> FormatError:
    return FormatError(
        "FSC268",
        "Expected a Matrix Market file (coordinate, integer or real, general), got other lines.",
        "Export the matrix again, or copy it again.",
    )


def _read_blocks(path: Path, n_stored: int, dtype: np.dtype[Any]) -> Iterator[_Block]:
    """Yield row, column (from zero) and value of some lines at a time."""
    n_read = 0
    with open_text(path) as lines:
        _read_size(lines)
        while block := lines.readlines(_BLOCK):
            triples = _parse_triples(b"".join(block), len(block))
            n_read += len(triples)
            places = triples[:, :2].astype(np.int64) - 1
            yield places[:, 0], places[:, 1], triples[:, 2].astype(dtype)
    if n_read != n_stored:
        raise bad_matrix()


def _parse_triples(text: bytes, n_lines: int) -> NDArray[np.float64]:
    """Return the three numbers of every line; blank lines hold none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # NumPy's word for what is no number
            numbers = np.fromstring(text, dtype=np.float64, sep=" ")
    except (DeprecationWarning, ValueError) as error:
        raise _malformed() from error
    if numbers.size % 3 or numbers.size > 3 * n_lines:
        raise _malformed()
    return numbers.reshape(-1, 3)


def _is_in_order(blocks: Iterator[_Block]) -> bool:
    """Tell whether the values stand cell by cell."""
    last = 0
    for _, cells, _ in blocks:
        if cells.size:
            if cells[0] < last or (np.diff(cells) < 0).any():
                return False
            last = int(cells[-1])
    return True


def _as_runs(
    blocks: Iterator[_Block], n_cells: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]]:
    """Yield runs of cells from values that stand cell by cell."""
    first = 0
    held: list[_Block] = []
    for block in blocks:
        held.append(block)
        if sum(len(values) for _, _, values in held) > SLAB_VALUES:
            genes, cells, values = _join(held)
            last = int(cells[-1])  # of whom more may come
            stop = int(np.searchsorted(cells, last))
            yield _count(cells[:stop], first, last), genes[:stop], values[:stop]
            held = [(genes[stop:], cells[stop:], values[stop:])]
            first = last
    genes, cells, values = _join(held)
    yield _count(cells, first, n_cells), genes, values


def _sort_runs(
    blocks: Iterator[_Block], n_cells: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]]:
    """Yield all values as one run, in the order of cells."""
    genes, cells, values = _join(list(blocks))
    order = np.argsort(cells, kind="stable")
    yield _count(cells, 0, n_cells), genes[order], values[order]


def _join(held: list[_Block]) -> _Block:
    """Return blocks as one."""
    if not held:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32)
    genes, cells, values = (np.concatenate([block[i] for block in held]) for i in range(3))
    return genes, cells, values


def _count(cells: NDArray[np.int64], first: int, last: int) -> NDArray[np.int64]:
    """Return how many values each cell from `first` to before `last` has."""
    if cells.size and (cells.min() < first or cells.max() >= last):
        raise bad_matrix()
    return np.bincount(cells - first, minlength=last - first).astype(np.int64)
