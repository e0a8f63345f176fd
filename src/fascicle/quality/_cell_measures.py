"""What is counted in a table of cells, in one pass over its matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.formats import CellTable, Dense, Sparse

_MITOCHONDRIAL = re.compile(r"mt[-.:_]", re.IGNORECASE)


@dataclass(slots=True)
class CellMeasures:
    """What was counted in a matrix.

    Attributes
    ----------
    totals, genes, mitochondrial : ndarray of float64, shape (n_cells,)
        Sum of the values of each cell, number of genes that it has, sum of mitochondrial genes.
    sums, squares : ndarray of float64, shape (n_genes,)
        Over all cells, of log(1 + value).
    n_stored, n_not_finite, n_negative : int
        Values that are not zero, that are no numbers, that are below zero.
    is_whole : bool
        True if all values are whole numbers.
    has_mitochondrial : bool
        True if any gene is called so.
    """

    totals: NDArray[np.float64]
    genes: NDArray[np.float64]
    mitochondrial: NDArray[np.float64]
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    n_stored: int = 0
    n_not_finite: int = 0
    n_negative: int = 0
    is_whole: bool = True
    has_mitochondrial: bool = False


def counts_of(table: CellTable) -> tuple[list[str], Dense | Sparse]:
    """Return the genes and the matrix that is most likely to hold counts."""
    for name in ("counts", "raw_counts", "umis"):
        if name in table.layers:
            return list(table.genes.names), table.layers[name]
    if table.raw is not None:
        return list(table.raw[0].names), table.raw[1]
    return list(table.genes.names), table.x


def iterate(
    matrix: Dense | Sparse,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Yield cell, gene and value of what is stored, some at a time."""
    first = 0
    if isinstance(matrix, Dense):
        for slab in matrix.rows():
            cells, genes = np.nonzero(slab)
            yield cells + first, genes, slab[cells, genes].astype(np.float64)
            first += len(slab)
        return
    for counts, minor, values in matrix.runs():
        major = np.repeat(np.arange(first, first + len(counts)), counts)
        first += len(counts)
        cells, genes = (major, minor) if matrix.by_cell else (minor, major)
        yield cells.astype(np.int64), genes.astype(np.int64), values.astype(np.float64)


def measure_cells(matrix: Dense | Sparse, names: list[str]) -> CellMeasures:
    """Count in one pass over a matrix."""
    n_cells, n_genes = matrix.shape
    is_mitochondrial = np.array([bool(_MITOCHONDRIAL.match(name)) for name in names])
    zeros = (np.zeros(n_cells), np.zeros(n_cells), np.zeros(n_cells))
    found = CellMeasures(*zeros, np.zeros(n_genes), np.zeros(n_genes))
    found.has_mitochondrial = bool(is_mitochondrial.any())
    for cells, genes, stored in iterate(matrix):
        finite = np.isfinite(stored)
        found.n_not_finite += int((~finite).sum())
        values = np.where(finite, stored, 0.0)
        found.n_negative += int((values < 0).sum())
        found.is_whole &= bool((values == np.floor(values)).all())
        is_stored = values != 0
        found.n_stored += int(is_stored.sum())
        found.totals += np.bincount(cells, values, n_cells)
        found.genes += np.bincount(cells, is_stored, n_cells)
        own = is_mitochondrial[genes]
        found.mitochondrial += np.bincount(cells[own], values[own], n_cells)
        logs = np.log1p(np.maximum(values, 0))
        found.sums += np.bincount(genes, logs, n_genes)
        found.squares += np.bincount(genes, logs**2, n_genes)
    return found
