"""10x Genomics: the .h5 of Cell Ranger, and the matrix with its barcodes and genes beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Identifier
from fascicle.errors import FormatError

from ._anndata import MAGIC, open_hdf5
from ._cell_columns import Column, as_raw_column, texts_of
from ._cell_genes import clean_genes
from ._cell_table import CellTable, Genes, Sparse, read_runs
from ._cells import CellsFormat
from ._files import as_folder
from ._mtx import is_matrix_market, open_matrix, open_text
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PARTS = {"barcodes", "data", "indices", "indptr", "shape"}
_BARCODES = ("barcodes.tsv.gz", "barcodes.tsv")
_GENES = ("features.tsv.gz", "features.tsv", "genes.tsv.gz", "genes.tsv")
_MATRICES = ("matrix.mtx.gz", "matrix.mtx")
_MAX_LINE = 10_000
_GENE_COLUMNS = ("gene_ids", "gene_symbols", "feature_types")


class TenX(CellsFormat):
    """10x Genomics Cell Ranger (.h5)."""

    name = "tenx"
    title = "10x Genomics Cell Ranger (.h5)"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5; whether it is a table of cells, `confirms` tells."""
        return not head.is_folder and head.head.startswith(MAGIC)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for a group with the parts of a sparse matrix and its barcodes."""
        with open_hdf5(root / head.path) as file:
            return bool(_find_groups(file))

    def open_cells(self, root: Path, files: tuple[PurePosixPath, ...]) -> CellTable:
        """Open the matrix; old versions have one for each genome, later ones one for all."""
        path = root / files[0]
        with open_hdf5(path) as file:
            name, *others = [*_find_groups(file), ""]
            if not name or any(others):
                raise FormatError(
                    "FSC266",
                    "Expected barcodes, data, indices, indptr and shape in one group, got "
                    f"{len(others)} such groups.",
                    "Copy the .h5 of Cell Ranger's outs folder again; save the matrix of each "
                    "genome of an old version into a file of its own.",
                )
            group = file[name]
            n_genes, n_cells = (int(n) for n in group["shape"][:2])
            cells = texts_of(group["barcodes"][()])
            genes = _genes(group)
            if group["indptr"].shape != (n_cells + 1,) or group["data"].dtype.kind not in "iuf":
                raise FormatError(
                    "FSC265",
                    "Expected as many columns as barcodes, got another number.",
                    "Copy the .h5 of Cell Ranger's outs folder again.",
                )
            dtype = group["data"].dtype.newbyteorder("<").str
            return CellTable(
                cells=cells,
                columns=tuple(_assay(file, n_cells)),
                genes=genes,
                x=Sparse((n_cells, n_genes), dtype, True, lambda: _runs(path, name)),
                identifiers=tuple(_identifiers(file)),
            )


class TenXFolder(CellsFormat):
    """10x Genomics matrix.mtx with barcodes and features."""

    name = "tenx-mtx"
    title = "10x Genomics matrix (matrix.mtx, barcodes.tsv, features.tsv)"

    def recognises(self, head: FileHead) -> bool:
        """Look for the first words of a Matrix Market file, packed or not."""
        return not head.is_folder and is_matrix_market(head.head)

    def refuses(self, head: FileHead, root: Path) -> str:
        """Return why a matrix is no table of cells: nothing names its rows and columns."""
        folder = (root / head.path).parent
        siblings = [head.path.parent / path.name for path in sorted(folder.iterdir())]
        if len(self.companions(head, root, siblings)) == 2:
            return ""
        return (
            "Expected barcodes.tsv and features.tsv (or genes.tsv) beside the matrix, got none: "
            "nothing tells its cells and genes."
        )

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return barcodes and genes that have the matrix's name but for its last word."""
        name = head.path.name
        ending = next((m for m in _MATRICES if name.casefold().endswith(m)), "")
        if not ending:
            return ()
        start = name[: -len(ending)]
        folder = as_folder(siblings)
        found = (
            next((p for end in ends if (p := folder.named(start + end)) is not None), None)
            for ends in (_BARCODES, _GENES)
        )
        return tuple(path for path in found if path is not None)

    def open_cells(self, root: Path, files: tuple[PurePosixPath, ...]) -> CellTable:
        """Read the names; the matrix is parsed when it is asked for."""
        if len(files) != 3:
            raise FormatError(
                "FSC267",
                f"Expected a matrix with its barcodes and its genes, got {len(files)} files.",
                "Copy the whole folder of Cell Ranger (filtered_feature_bc_matrix).",
            )
        matrix, barcodes, features = (root / path for path in files)
        cells = [line[0] for line in _read_table(barcodes)]
        rows = list(_read_table(features))
        names = [line[1] if len(line) > 1 and line[1] else line[0] for line in rows]
        n_columns = min((len(line) for line in rows), default=0)
        columns = [
            as_raw_column(_GENE_COLUMNS[i], [line[i] for line in rows])
            for i in range(min(n_columns, len(_GENE_COLUMNS)))
            if i != 1
        ]
        return CellTable(
            cells=cells,
            columns=(),
            genes=clean_genes(names, columns),
            x=open_matrix(matrix, len(cells), len(names)),
        )


def _read_table(path: Path) -> Iterator[list[str]]:
    """Yield the fields of the lines of a table; a heading would be a line too many, and is told."""
    with open_text(path) as lines:
        for line in lines:
            if len(line) > _MAX_LINE:
                raise FormatError(
                    "FSC267",
                    "Expected a table of barcodes or genes, got a line of thousands of letters.",
                    "Copy the folder of Cell Ranger again.",
                )
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text:
                yield [field.strip('"') for field in text.split("\t")]


def _find_groups(file: Any) -> list[str]:  # noqa: ANN401 - h5py
    """Return the groups of matrices: ``matrix``, or one of each genome in older versions."""
    found = [
        str(name)
        for name in sorted(file)
        if hasattr(file[name], "keys")
        and set(file[name]) >= _PARTS
        and ("features" in file[name] or "genes" in file[name])
    ]
    return ["matrix"] if "matrix" in found else found


def _genes(group: Any) -> Genes:  # noqa: ANN401
    """Return the genes of either version, called by their symbols."""
    if "features" in group:
        stored = group["features"]
        names = {"gene_ids": "id", "feature_types": "feature_type", "genome": "genome"}
        symbols = texts_of(stored["name"][()])
        columns = [
            as_raw_column(name, stored[own][()]) for name, own in names.items() if own in stored
        ]
    else:
        symbols = texts_of(group["gene_names" if "gene_names" in group else "genes"][()])
        columns = [as_raw_column("gene_ids", group["genes"][()])]
    return clean_genes(symbols, columns)


def _assay(file: Any, n_cells: int) -> Iterator[Column]:  # noqa: ANN401
    """Yield the chemistry as a column, if the file states one."""
    said = texts_of(file.attrs.get("chemistry_description", ""))
    if len(said) == 1 and said[0].strip():
        yield Column("assay", np.zeros(n_cells, np.int64), (said[0].strip(),), is_spoken=True)


def _identifiers(file: Any) -> Iterator[Identifier]:  # noqa: ANN401
    """Yield the names of libraries: they are a lab's names of samples."""
    fields = [("id", "library", text) for text in texts_of(file.attrs.get("library_ids", ()))]
    yield from find_identifiers("Cell Ranger", fields)


def _runs(path: Path, name: str) -> Iterator[tuple[NDArray[np.int64], Any, Any]]:
    """Yield the stored values cell by cell."""
    with open_hdf5(path) as file:
        data, indices = file[name]["data"], file[name]["indices"]
        indptr = file[name]["indptr"][()].astype(np.int64)
        yield from read_runs(
            indptr, lambda start, stop: (indices[start:stop], data[start:stop]), data.shape[0]
        )
