"""AnnData (.h5ad): cells by genes in HDF5, in the layouts of its versions since 0.6."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead
from fascicle.errors import FormatError

from ._cell_columns import (
    RawColumn,
    as_raw_column,
    choose_columns,
    fold,
    is_of_use,
    texts_of,
)
from ._cell_genes import clean_genes, is_gene_column
from ._cell_table import CellTable, Dense, Genes, Matrix, Sparse, cut_rows, read_runs
from ._cells import CellsFormat
from ._vendor import foreign_reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"\x89HDF\r\n\x1a\n"
_PLACES = frozenset({
    "spatial", "X_spatial", "X_umap", "X_tsne", "X_pca", "X_scVI", "X_scANVI", "X_harmony",
    "X_pca_harmony", "X_diffmap", "X_draw_graph_fa", "X_phate", "X_fle", "X_mde", "X_umap_3d",
})  # fmt: skip
_LAYERS = frozenset({
    "counts", "raw", "raw_counts", "spliced", "unspliced", "ambiguous", "logcounts", "normalized",
    "log1p", "scaled", "data", "scale_data", "umis", "tpm", "cpm",
})  # fmt: skip
_MAIN_LAYERS = ("counts", "raw_counts", "umis", "logcounts", "data")
_SCALES = frozenset({
    "spot_diameter_fullres", "tissue_hires_scalef", "tissue_lowres_scalef",
    "fiducial_diameter_fullres", "regist_target_img_scalef", "bin_size_um", "microns_per_pixel",
})  # fmt: skip
_LEGACY = re.compile(r"(csr|csc)(?:_matrix)?")
_MAX_COLUMNS = 20_000


class AnnData(CellsFormat):
    """AnnData (.h5ad)."""

    name = "anndata"
    title = "AnnData (.h5ad)"
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5; whether it is a table of cells, `confirms` tells."""
        return not head.is_folder and head.head.startswith(MAGIC)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for what every version has at its top."""
        with open_hdf5(root / head.path) as file:
            return {"X", "obs", "var"} <= set(file) or _text(file, "encoding-type") == "anndata"

    def open_cells(self, root: Path, files: tuple[PurePosixPath, ...]) -> CellTable:
        """Open a table; of its free parts only what has a known meaning is read."""
        path = root / files[0]
        with open_hdf5(path) as file:
            main = _main(file)
            cells = read_index(file["obs"])
            columns, left_out, found = choose_columns(_columns(file["obs"], file.get("uns", {})))
            return CellTable(
                cells=cells,
                columns=columns,
                genes=read_genes(file["var"]),
                x=read_matrix(path, main),
                layers={
                    name: read_matrix(path, node)
                    for name, node in file.get("layers", {}).items()
                    if name in _LAYERS
                },
                raw=_raw(path, file),
                places=dict(_places(path, file)),
                colours=dict(_colours(file, columns)),
                scales=_scales(file),
                left_out=(*left_out, *_left_out(file)),
                identifiers=found,
            )  # fmt: skip


def open_h5ad(path: Path) -> CellTable:
    """Open a table of cells as it was written; its matrices are read when they are asked for.

    Parameters
    ----------
    path : Path
        An ``.h5ad`` file.

    Returns
    -------
    CellTable
        What of it has a known meaning.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    with foreign_reader(AnnData.title):
        return AnnData().open_cells(path.parent, (PurePosixPath(path.name),))


def _main(file: Any) -> Any:  # noqa: ANN401 - h5py
    """Return the matrix of a file; a table may have layers alone."""
    layers = file.get("layers", {})
    candidates = [file.get("X"), *(layers[name] for name in _MAIN_LAYERS if name in layers)]
    for node in candidates if {"obs", "var"} <= set(file) else ():
        if node is not None and (hasattr(node, "keys") or node.shape is not None):
            return node
    raise FormatError(
        "FSC266",
        "Expected an AnnData file with X (or a layer of counts), obs and var, got one without.",
        "Write it again with anndata.AnnData.write_h5ad.",
    )


def _raw(path: Path, file: Any) -> tuple[Genes, Matrix] | None:  # noqa: ANN401 - h5py
    """Return the matrix before genes were picked, if the file has it."""
    raw = file.get("raw")
    if raw is None or not {"X", "var"} <= set(raw):
        return None
    return read_genes(raw["var"]), read_matrix(path, raw["X"])


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """Open an HDF5 file for reading."""
    import h5py

    with h5py.File(path, "r") as file:
        yield file


def read_index(frame: Any) -> list[str]:  # noqa: ANN401 - h5py
    """Return the names of the rows of a data frame."""
    if hasattr(frame, "keys"):
        name = _text(frame, "_index") or "_index"
        return _stored_texts(frame[name])
    names = list(frame.dtype.names or ())
    index = next((name for name in ("index", "_index") if name in names), names[0])
    return texts_of(frame[index])


def _stored_texts(node: Any) -> list[str]:  # noqa: ANN401
    """Return texts that stand in a dataset, or since version 0.11 in a group beside a mask."""
    return texts_of(node["values"][()] if hasattr(node, "keys") else node[()])


def read_genes(frame: Any) -> Genes:  # noqa: ANN401
    """Return the genes of a data frame, checked by their form."""
    columns = (column for column in _columns(frame, {}, is_gene_column))
    return clean_genes(read_index(frame), columns)


def _columns(frame: Any, uns: Any, wanted: Any = is_of_use) -> Iterator[RawColumn]:  # noqa: ANN401
    """Yield the columns of a data frame; such as are of no use have no values."""
    if not hasattr(frame, "keys"):  # before version 0.7 it is a table of records
        for name in list(frame.dtype.names or ())[1:_MAX_COLUMNS]:
            words = uns.get(f"{name}_categories") if hasattr(uns, "get") else None
            values = frame[name]
            if words is not None and values.dtype.kind in "iu":
                yield RawColumn(name, values, tuple(texts_of(words[()])))
            else:
                yield as_raw_column(name, values)
        return
    index = _text(frame, "_index") or "_index"
    for name in sorted(frame)[:_MAX_COLUMNS]:
        if name in {index, "__categories"}:
            continue
        yield _column(frame, name) if wanted(name) else RawColumn(name, np.zeros(0, object))


def _column(frame: Any, name: str) -> RawColumn:  # noqa: ANN401
    """Return one column in whatever way it is stored."""
    node = frame[name]
    if hasattr(node, "keys"):
        if "codes" in node:
            return RawColumn(name, node["codes"][()], tuple(_stored_texts(node["categories"])))
        values = node["values"][()]  # whole numbers, yes and no, texts: each with a mask
        mask = node["mask"][()].astype(bool) if "mask" in node else np.zeros(len(values), bool)
        if values.dtype.kind == "b" and not mask.any():
            return RawColumn(name, values)
        if values.dtype.kind in "iub":
            return RawColumn(name, np.where(mask, np.nan, values.astype(np.float64)))
        return as_raw_column(name, values)
    legacy = frame.get("__categories")
    if legacy is not None and name in legacy:
        return RawColumn(name, node[()], tuple(texts_of(legacy[name][()])))
    return as_raw_column(name, node[()])


def read_matrix(path: Path, node: Any) -> Matrix:  # noqa: ANN401
    """Return a matrix that is read from its file when it is asked for."""
    place = node.name
    if not hasattr(node, "keys"):
        if node.ndim != 2 or node.dtype.kind not in "iufb":
            raise _not_a_matrix()
        return Dense(node.shape, node.dtype.newbyteorder("<").str, lambda: _rows(path, place))
    kind = _LEGACY.fullmatch(_text(node, "encoding-type") or _text(node, "h5sparse_format"))
    shape = node.attrs.get("shape", node.attrs.get("h5sparse_shape"))
    if kind is None or shape is None or len(shape) != 2 or node["data"].dtype.kind not in "iufb":
        raise _not_a_matrix()
    size = (int(shape[0]), int(shape[1]))
    by_cell = kind[1] == "csr"
    n_major = size[0] if by_cell else size[1]
    if node["indptr"].shape != (n_major + 1,) or node["data"].shape != node["indices"].shape:
        raise _not_a_matrix()
    dtype = node["data"].dtype.newbyteorder("<").str
    return Sparse(size, dtype, by_cell, lambda: _runs(path, place))


def _not_a_matrix() -> FormatError:
    return FormatError(
        "FSC266",
        "Expected a matrix of numbers as AnnData stores it, got another structure.",
        "Write it again with anndata.AnnData.write_h5ad.",
    )


def _rows(path: Path, place: str) -> Iterator[NDArray[Any]]:
    """Yield slabs of rows."""
    with open_hdf5(path) as file:
        node = file[place]
        for rows in cut_rows(*node.shape):
            yield node[rows]


def _runs(path: Path, place: str) -> Iterator[tuple[NDArray[np.int64], Any, Any]]:
    """Yield the stored values of a sparse matrix with their places."""
    with open_hdf5(path) as file:
        data, indices = file[place]["data"], file[place]["indices"]
        indptr = file[place]["indptr"][()].astype(np.int64)
        yield from read_runs(
            indptr, lambda start, stop: (indices[start:stop], data[start:stop]), data.shape[0]
        )


def _places(path: Path, file: Any) -> Iterator[tuple[str, Dense]]:  # noqa: ANN401
    """Yield the coordinates of the cells that have a known name."""
    for name, node in file.get("obsm", {}).items():
        if name in _PLACES and not hasattr(node, "keys") and node.ndim == 2:
            matrix = read_matrix(path, node)
            if isinstance(matrix, Dense) and matrix.shape[1]:
                yield name, matrix


def _colours(file: Any, columns: Sequence[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:  # noqa: ANN401
    """Yield the colours of the words of columns that leave."""
    known = {fold(name): name for name in file.get("uns", {}) if name.endswith("_colors")}
    for column in columns:
        stored = known.get(fold(column.name) + "colors")
        if stored is not None and not hasattr(file["uns"][stored], "keys"):
            yield column.name, tuple(texts_of(np.atleast_1d(file["uns"][stored][()])))


def _scales(file: Any) -> dict[str, float]:  # noqa: ANN401
    """Return the numbers of the first library of spots."""
    spatial = file.get("uns", {}).get("spatial")
    if spatial is None or not hasattr(spatial, "keys"):
        return {}
    for library in spatial.values():
        if hasattr(library, "keys") and "scalefactors" in library:
            return {
                name: float(node[()])
                for name, node in library["scalefactors"].items()
                if name in _SCALES and node.shape == () and node.dtype.kind in "iuf"
            }
    return {}


def _left_out(file: Any) -> list[str]:  # noqa: ANN401
    """Return the names of further parts that stay behind."""
    left = [f"uns/{name}" for name in file.get("uns", {}) if name != "spatial"]
    left += [f"obsm/{name}" for name in file.get("obsm", {}) if name not in _PLACES]
    left += [f"layers/{name}" for name in file.get("layers", {}) if name not in _LAYERS]
    return left + [f"{part}/{name}" for part in ("obsp", "varm", "varp")
                   for name in file.get(part, {})]  # fmt: skip


def _text(node: Any, name: str) -> str:  # noqa: ANN401
    """Return a text attribute; empty where there is none."""
    value = node.attrs.get(name, "")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
