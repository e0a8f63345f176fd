"""Synthetic tables of cells, built to the published layouts."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._planted import Planted

_TYPES = ("Astrocytes", "L2/3 IT Cux2", "Microglia", "Sst Chodl")
_SYMBOLS = ("Gad1", "Slc17a7", "mt-Nd1", "mt-Co1", "HLA-DRB1", "1700001C19Rik", "Mar1")


@dataclass(frozen=True, slots=True)
class CellShape:
    """Size of a synthetic table of cells.

    Attributes
    ----------
    n_cells, n_genes : int
        Its size.
    n_donors : int
        Of how many people or animals the cells are.
    """

    n_cells: int = 151
    n_genes: int = 67
    n_donors: int = 1

    def counts(self, seed: int) -> NDArray[np.int32]:
        """Return counts, shape (n_cells, n_genes): mostly zeros, more of them in later types."""
        rng = np.random.default_rng(seed)
        rates = 0.2 + 0.3 * (np.arange(self.n_cells) % len(_TYPES))
        counts = rng.poisson(rates[:, np.newaxis], (self.n_cells, self.n_genes)).astype(np.int32)
        counts[:, 0] += 1  # no cell is empty
        return counts

    def genes(self) -> list[str]:
        """Return names of genes, each once."""
        names = [*_SYMBOLS, *(f"Gm{1000 + i}" for i in range(self.n_genes))]
        return names[: self.n_genes]

    def accessions(self) -> list[str]:
        """Return accessions of the genes."""
        return [f"ENSMUSG{i:011d}" for i in range(self.n_genes)]

    def barcodes(self, seed: int) -> list[str]:
        """Return barcodes, each once."""
        rng = np.random.default_rng(seed + 1)
        letters = rng.choice(list("ACGT"), (self.n_cells, 12))
        last = [format(i, "04d").translate(str.maketrans("0123456789", "ACGTACGTAC"))
                for i in range(self.n_cells)]  # fmt: skip
        return [f"{''.join(row)}{end}-1" for row, end in zip(letters, last, strict=True)]

    def types(self) -> list[str]:
        """Return the type of every cell."""
        return [_TYPES[i % len(_TYPES)] for i in range(self.n_cells)]

    def donors(self, planted: Planted | None) -> list[str]:
        """Return the donor of every cell."""
        name = planted.name if planted else "animal"
        return [f"{name}{i % self.n_donors or ''}" for i in range(self.n_cells)]


def make_h5ad(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: CellShape | None = None,
    layout: str = "csr_matrix",
) -> Path:
    """Write a synthetic AnnData file: counts, types, donors, remarks, an embedding and places.

    Parameters
    ----------
    path : Path
        The file; it is replaced.
    seed : int
        The same seed gives the same counts.
    planted : Planted, optional
        Identifiers for donors, remarks and what is said of the whole table.
    shape : CellShape, optional
        Its size.
    layout : str
        ``"csr_matrix"``, ``"csc_matrix"`` or ``"array"``.

    Returns
    -------
    Path
        The file.
    """
    import h5py

    shape = shape or CellShape()
    counts = shape.counts(seed).astype(np.float32)
    with h5py.File(path, "w") as file:
        _encode(file, "anndata", "0.1.0")
        _write_matrix(file, "X", counts, layout)
        columns: dict[str, Any] = {
            "cell_type": shape.types(),
            "donor": shape.donors(planted),
            "n_counts": counts.sum(axis=1),
            "remarks": [planted.text if planted else "fine"] * shape.n_cells,
            "experimenter": [planted.operator if planted else "n/a"] * shape.n_cells,
        }
        prefix = f"{planted.name}_" if planted else ""
        index = [prefix + barcode for barcode in shape.barcodes(seed)]
        _write_frame(file, "obs", index, columns)
        _write_frame(file, "var", shape.genes(), {"gene_ids": shape.accessions()})
        for name in ("obsm", "varm", "obsp", "varp", "layers", "uns"):
            _encode(file.create_group(name), "dict", "0.1.0")
        rng = np.random.default_rng(seed + 2)
        for name in ("X_umap", "spatial"):
            places = file["obsm"].create_dataset(name, data=rng.normal(0, 3, (shape.n_cells, 2)))
            _encode(places, "array", "0.2.0")
        said = planted.institution if planted else "none"
        for name in ("institution", "experiment"):
            _encode(file["uns"].create_dataset(name, data=said), "string", "0.2.0")
    return path


def make_tenx(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: CellShape | None = None,
    version: int = 3,
) -> Path:
    """Write a synthetic .h5 of Cell Ranger, of version 2 or 3.

    Parameters
    ----------
    path : Path
        The file; it is replaced.
    seed : int
        The same seed gives the same counts.
    planted : Planted, optional
        Identifiers for donors, and for what is said of the whole table.
    shape : CellShape, optional
        Its size.
    version : int
        2 puts the matrix into a group of the genome.

    Returns
    -------
    Path
        The file.
    """
    import h5py

    shape = shape or CellShape()
    counts = shape.counts(seed)
    data, indices, indptr = _compress(counts)
    with h5py.File(path, "w") as file:
        file.attrs["filetype"] = "matrix"
        file.attrs["chemistry_description"] = "Single Cell 3' v3"
        file.attrs["library_ids"] = np.array([planted.name if planted else "lib"], dtype="S32")
        group = file.create_group("matrix" if version > 2 else "mm10")
        group["barcodes"] = np.array(shape.barcodes(seed), dtype="S24")
        group["data"], group["indices"], group["indptr"] = data, indices, indptr
        group["shape"] = np.array([shape.n_genes, shape.n_cells], np.int32)
        symbols, accessions = (np.array(t, "S24") for t in (shape.genes(), shape.accessions()))
        if version > 2:
            features = group.create_group("features")
            features["id"], features["name"] = accessions, symbols
            features["feature_type"] = np.array(["Gene Expression"] * shape.n_genes, "S24")
            features["genome"] = np.array(["mm10"] * shape.n_genes, "S24")
        else:
            group["genes"], group["gene_names"] = accessions, symbols
    return path


def make_tenx_folder(
    folder: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: CellShape | None = None,
    is_packed: bool = True,
) -> Path:
    """Write a synthetic matrix of Cell Ranger with its barcodes and features.

    Parameters
    ----------
    folder : Path
        Where the three files go; it is made.
    seed : int
        The same seed gives the same counts.
    planted : Planted, optional
        Identifiers for a comment of the matrix and for the barcodes.
    shape : CellShape, optional
        Its size.
    is_packed : bool
        False writes them as version 2 does: not packed, with ``genes.tsv``.

    Returns
    -------
    Path
        The matrix.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shape = shape or CellShape()
    counts = shape.counts(seed)
    cells, genes = np.nonzero(counts)
    name = planted.name if planted else "none"
    lines = [
        "%%MatrixMarket matrix coordinate integer general",
        f"%metadata_json: {name}",
        f"{shape.n_genes} {shape.n_cells} {len(cells)}",
        *(f"{g + 1} {c + 1} {counts[c, g]}" for c, g in zip(cells, genes, strict=True)),
    ]
    prefix = f"{planted.name}_" if planted else ""
    kinds = ["Gene Expression"] * shape.n_genes
    rows = zip(shape.accessions(), shape.genes(), kinds, strict=True)
    texts = {
        "matrix.mtx": lines,
        "barcodes.tsv": [prefix + barcode for barcode in shape.barcodes(seed)],
        "features.tsv" if is_packed else "genes.tsv": [
            "\t".join(row if is_packed else row[:2]) for row in rows
        ],
    }
    for file_name, content in texts.items():
        data = ("\n".join(content) + "\n").encode()
        if is_packed:
            (folder / f"{file_name}.gz").write_bytes(gzip.compress(data, mtime=0))
        else:
            (folder / file_name).write_bytes(data)
    return folder / ("matrix.mtx.gz" if is_packed else "matrix.mtx")


def make_loom(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: CellShape | None = None,
) -> Path:
    """Write a synthetic Loom file: genes by cells with attributes of both.

    Parameters
    ----------
    path : Path
        The file; it is replaced.
    seed : int
        The same seed gives the same counts.
    planted : Planted, optional
        Identifiers for donors, and for what is said of the whole table.
    shape : CellShape, optional
        Its size.

    Returns
    -------
    Path
        The file.
    """
    import h5py

    shape = shape or CellShape()
    with h5py.File(path, "w") as file:
        file.create_dataset("matrix", data=shape.counts(seed).T, chunks=(13, 17))
        texts = h5py.string_dtype()
        cells, genes = file.create_group("col_attrs"), file.create_group("row_attrs")
        prefix = f"{planted.name}:" if planted else "run:"
        for group, name, values in (
            (cells, "CellID", [f"{prefix}{b[:-2]}x" for b in shape.barcodes(seed)]),
            (cells, "ClusterName", shape.types()),
            (cells, "DonorID", shape.donors(planted)),
            (cells, "Notes", [planted.text if planted else "fine"] * shape.n_cells),
            (genes, "Gene", shape.genes()),
            (genes, "Accession", shape.accessions()),
        ):
            group.create_dataset(name, data=np.array(values, dtype=object), dtype=texts)
        file.create_group("layers")
        file.create_group("row_graphs")
        file.create_group("col_graphs")
        file.attrs["CreationDate"] = "20191123T143107.000000Z"
        file.attrs["LOOM_SPEC_VERSION"] = "2.0.1"
        file.attrs["Author"] = planted.operator if planted else "n/a"
    return path


def _compress(counts: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32], NDArray[np.int64]]:
    """Return values, columns and where each row begins."""
    rows, columns = np.nonzero(counts)
    lengths = np.bincount(rows, minlength=len(counts))
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return counts[rows, columns], columns.astype(np.int32), indptr


def _write_matrix(group: Any, name: str, counts: NDArray[Any], layout: str) -> None:  # noqa: ANN401
    """Write a matrix in one of AnnData's layouts."""
    if layout == "array":
        _encode(group.create_dataset(name, data=counts), "array", "0.2.0")
        return
    place = group.create_group(name)
    _encode(place, layout, "0.1.0")
    place.attrs["shape"] = np.array(counts.shape, np.int64)
    parts = _compress(counts if layout == "csr_matrix" else np.ascontiguousarray(counts.T))
    for part, values in zip(("data", "indices", "indptr"), parts, strict=True):
        place.create_dataset(part, data=values, chunks=(61,), compression="gzip")


def _write_frame(group: Any, name: str, index: list[str], columns: dict[str, Any]) -> None:  # noqa: ANN401
    """Write a data frame: texts that repeat as categories."""
    import h5py

    frame = group.create_group(name)
    _encode(frame, "dataframe", "0.2.0")
    frame.attrs["_index"] = "_index"
    frame.attrs["column-order"] = np.array(list(columns), dtype=object)
    texts = h5py.string_dtype()
    rows = frame.create_dataset("_index", data=np.array(index, dtype=object), dtype=texts)
    _encode(rows, "string-array", "0.2.0")
    for column, values in columns.items():
        if not isinstance(values, list):
            _encode(frame.create_dataset(column, data=values), "array", "0.2.0")
            continue
        if len(set(values)) == len(values):
            own = frame.create_dataset(column, data=np.array(values, dtype=object), dtype=texts)
            _encode(own, "string-array", "0.2.0")
            continue
        words = sorted(set(values))
        place = frame.create_group(column)
        _encode(place, "categorical", "0.2.0")
        place.attrs["ordered"] = False
        codes = np.array([words.index(value) for value in values], np.int8)
        _encode(place.create_dataset("codes", data=codes), "array", "0.2.0")
        listed = np.array(words, dtype=object)
        _encode(place.create_dataset("categories", data=listed, dtype=texts), "string-array",
                "0.2.0")  # fmt: skip


def _encode(node: Any, kind: str, version: str) -> None:  # noqa: ANN401
    node.attrs["encoding-type"] = kind
    node.attrs["encoding-version"] = version
