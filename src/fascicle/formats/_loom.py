"""Loom (.loom): genes by cells in HDF5, turned round and written sparse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead
from fascicle.errors import FormatError

from ._anndata import MAGIC, open_hdf5
from ._cell_columns import (
    RawColumn,
    as_raw_column,
    choose_columns,
    fold,
    is_of_use,
    texts_of,
)
from ._cell_genes import clean_genes, is_gene_column
from ._cell_table import CellTable, Sparse, cut_rows
from ._cells import CellsFormat
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PARTS = {"matrix", "row_attrs", "col_attrs"}
_CELL_NAMES = ("cellid", "obsnames", "cellids", "barcode", "barcodes", "cell")
_GENE_NAMES = ("gene", "genes", "varnames", "symbol", "genename", "accession", "geneid")
_LAYERS = frozenset({"counts", "spliced", "unspliced", "ambiguous"})
_TEXTS = (("date", "CreationDate"), ("path", "path"), ("operator", "Author"), ("text", "title"),
          ("id", "SampleID"), ("date", "last_modified"))  # fmt: skip


class Loom(CellsFormat):
    """Loom (.loom)."""

    name = "loom"
    title = "Loom (.loom)"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5; whether it is a table of cells, `confirms` tells."""
        return not head.is_folder and head.head.startswith(MAGIC)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for a matrix with attributes of its rows and columns."""
        with open_hdf5(root / head.path) as file:
            return set(file) >= _PARTS

    def open_cells(self, root: Path, files: tuple[PurePosixPath, ...]) -> CellTable:
        """Open a table; its matrix is read in slabs of cells."""
        path = root / files[0]
        with open_hdf5(path) as file:
            if not set(file) >= _PARTS or file["matrix"].ndim != 2:
                raise FormatError(
                    "FSC266",
                    "Expected a Loom file with a matrix and attributes of rows and columns, got "
                    "another structure.",
                    "Export it again, or save it as .h5ad.",
                )
            n_genes, n_cells = file["matrix"].shape
            columns, left_out, found = choose_columns(_columns(file["col_attrs"], is_of_use))
            layers = [name for name in file.get("layers", {}) if name in _LAYERS]
            facts = [(kind, name, _fact(file, name)) for kind, name in _TEXTS]
            return CellTable(
                cells=_names(file["col_attrs"], _CELL_NAMES, n_cells, "cell"),
                columns=columns,
                genes=clean_genes(
                    _names(file["row_attrs"], _GENE_NAMES, n_genes, "feature"),
                    _columns(file["row_attrs"], is_gene_column),
                ),
                x=_matrix(path, file["matrix"]),
                layers={name: _matrix(path, file["layers"][name]) for name in layers},
                left_out=left_out,
                identifiers=(*found, *find_identifiers("Loom", facts)),
            )


def _fact(file: Any, name: str) -> str:  # noqa: ANN401 - h5py
    """Return a text about the whole file; older versions keep it as an attribute."""
    value = file["attrs"][name][()] if name in file.get("attrs", {}) else file.attrs.get(name, "")
    return texts_of(value)[0] if np.size(value) else ""


def _names(group: Any, wanted: tuple[str, ...], n: int, word: str) -> list[str]:  # noqa: ANN401
    """Return the names of rows or columns; numbers where the file has none."""
    known = {fold(name): name for name in group}
    own = next((known[name] for name in wanted if name in known), None)
    if own is None:
        return [f"{word}{i + 1}" for i in range(n)]
    return texts_of(group[own][()])


def _columns(group: Any, wanted: Any) -> Iterator[RawColumn]:  # noqa: ANN401
    """Yield attributes of one value for each cell or gene."""
    for name in sorted(group):
        node = group[name]
        if hasattr(node, "keys") or node.ndim != 1:
            continue
        if not wanted(name):
            yield RawColumn(name, np.zeros(0, object))
            continue
        yield as_raw_column(name, node[()])


def _matrix(path: Path, node: Any) -> Sparse:  # noqa: ANN401
    """Return a stored matrix of genes by cells as a sparse one of cells by genes."""
    place = node.name
    if node.ndim != 2 or node.dtype.kind not in "iuf":
        raise FormatError(
            "FSC266",
            "Expected a matrix of numbers, got another type.",
            "Export it again, or save it as .h5ad.",
        )
    shape = (int(node.shape[1]), int(node.shape[0]))
    return Sparse(shape, node.dtype.newbyteorder("<").str, True, lambda: _runs(path, place))


def _runs(path: Path, place: str) -> Iterator[tuple[NDArray[np.int64], Any, Any]]:
    """Yield the values of some cells that are not zero."""
    with open_hdf5(path) as file:
        node = file[place]
        n_genes, n_cells = node.shape
        for cells in cut_rows(n_cells, n_genes):
            slab = node[:, cells].T  # (n_slab, n_genes)
            is_stored = slab != 0
            _, genes = np.nonzero(is_stored)
            yield is_stored.sum(axis=1).astype(np.int64), genes, slab[is_stored]
