"""Write a table of cells as AnnData (.h5ad), by its specification [1]_, slab by slab.

The same table and header give the same bytes: no clock is read, and what is packed is packed by
gzip behind shuffle. Texts come from the released header, or are names and numbers of ours; names of
genes and barcodes are checked by their form.

References
----------
.. [1] https://anndata.readthedocs.io/en/stable/fileformat-prose.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Header

from ._cell_columns import Column, count_words, used_words
from ._cell_table import (
    ANNOTATIONS,
    CellTable,
    Dense,
    Genes,
    Matrix,
    Sparse,
    bad_matrix,
    plain_cells,
)
from ._cell_terms import KINDS, UNKNOWN, find_term

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK_BYTES = 1 << 20
_PACKED = 4096
"""An array of more bytes than this is packed."""

_SEXES = {"F": "female", "M": "male", "O": "unknown"}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?")
_ARRAY, _SPARSE, _FRAME = "0.2.0", "0.1.0", "0.2.0"


def write_h5ad(path: Path, table: CellTable, header: Header) -> None:
    """Write a table with the words that `header` lets pass.

    Parameters
    ----------
    path : Path
        ``folder/stem.h5ad``; a file that is there is replaced.
    table : CellTable
        Matrices, coordinates, numbers, and words that are replaced.
    header : Header
        What may leave; its ``CellAnnotations`` name the words of every column in their order.

    Raises
    ------
    FormatError
        FSC265 if the parts of a matrix do not fit one another.
    """
    import h5py

    path.unlink(missing_ok=True)
    with h5py.File(path, "w") as file:
        _encode(file, "anndata", "0.1.0")
        _write_matrix(file, "X", table.x)
        columns = list(_release_columns(table, header))
        _write_frame(file, "obs", plain_cells(table), columns)
        _write_genes(file, "var", table.genes)
        for name in ("obsm", "varm", "obsp", "varp", "layers", "uns"):
            _encode(file.create_group(name), "dict", "0.1.0")
        for name, place in sorted(table.places.items()):
            _write_matrix(file["obsm"], name, place)
        for name, layer in sorted(table.layers.items()):
            _write_matrix(file["layers"], name, layer)
        if table.raw is not None:
            raw = file.create_group("raw")
            _encode(raw, "raw", "0.1.0")
            _write_matrix(raw, "X", table.raw[1])
            _write_genes(raw, "var", table.raw[0])
            _encode(raw.create_group("varm"), "dict", "0.1.0")
        _write_extras(file["uns"], table, header, columns)


def _release_columns(table: CellTable, header: Header) -> Iterator[Column]:
    """Yield the columns with words that may leave, then what archives ask for beside them."""
    told = header.metadata.get(ANNOTATIONS, {})
    yielded: dict[str, Column] = {}
    for column in table.columns:
        released = _release_column(column, told)
        if released is not None:
            yielded[column.name] = released
    n_cells = table.x.shape[0]
    for name, word in _subject_words(table, header).items():
        yielded.setdefault(name, Column(name, np.zeros(n_cells, np.int64), (word,)))
    for kind in KINDS:
        name = f"{kind}_ontology_term_id"
        if kind in yielded and name not in yielded:
            terms = _find_terms(kind, yielded[kind])
            if terms is not None:
                yielded[name] = Column(name, *terms)
    yield from yielded.values()


def _release_column(column: Column, told: Mapping[str, Sequence[str]]) -> Column | None:
    """Return a column as it may leave; None if nothing of it may."""
    if not column.words:
        return column
    if not column.is_spoken:
        return Column(column.name, *count_words(column))
    words = told.get(column.name, ())
    if len(words) != len(column.words):
        return None
    unique = list(dict.fromkeys(words))
    places = np.array([*(unique.index(word) for word in words), -1], np.int64)
    return Column(column.name, places[column.values], tuple(unique))


def _subject_words(table: CellTable, header: Header) -> dict[str, str]:
    """Return what holds for all cells, where no column says it: it is one participant's table."""
    donors = table.column("donor_id")
    if donors is not None and len(used_words(donors)) > 1:
        return {}
    subject = header.subject
    words = {"donor_id": subject.code, "sex": _SEXES.get(subject.sex, "")}
    species = subject.species.strip()
    words["organism"] = species[:1].upper() + species[1:]
    return {name: word for name, word in words.items() if word}


def _find_terms(kind: str, column: Column) -> tuple[NDArray[np.int64], tuple[str, ...]] | None:
    """Return the terms of a column's words; None where no word has one."""
    terms = [find_term(kind, word) or UNKNOWN for word in column.words]
    if set(terms) <= {UNKNOWN}:
        return None
    unique = list(dict.fromkeys(terms))
    places = np.array([*(unique.index(term) for term in terms), -1], np.int64)
    return places[column.values], tuple(unique)


def _write_frame(group: Any, name: str, index: Sequence[str], columns: Iterable[Column]) -> None:  # noqa: ANN401 - h5py
    """Write a data frame: an index and columns of numbers or of words."""
    frame = group.create_group(name)
    columns = list(columns)
    _open_frame(frame, index, [column.name for column in columns])
    for column in columns:
        if not column.words:
            _write_array(frame, column.name, column.values)
            continue
        words = frame.create_group(column.name)
        _encode(words, "categorical", _ARRAY)
        words.attrs["ordered"] = False
        # Codes of 8 bits would look like texts to whoever takes the file apart.
        wide = np.int16 if len(column.words) < 1 << 15 else np.int32
        _write_array(words, "codes", column.values.astype(wide))
        _write_texts(words, "categories", column.words)


def _write_genes(group: Any, name: str, genes: Genes) -> None:  # noqa: ANN401
    """Write what is said of the genes."""
    frame = group.create_group(name)
    _open_frame(frame, genes.names, list(genes.columns))
    for column, values in genes.columns.items():
        if values.dtype.kind in "OU":
            _write_texts(frame, column, values.tolist())
        else:
            _write_array(frame, column, values)


def _open_frame(frame: Any, index: Sequence[str], columns: list[str]) -> None:  # noqa: ANN401
    """Write what makes a group a data frame, and its index."""
    import h5py

    _encode(frame, "dataframe", _FRAME)
    frame.attrs["_index"] = "_index"
    order = np.array(columns, dtype=object)
    frame.attrs.create("column-order", order, dtype=h5py.string_dtype(), shape=order.shape)
    _write_texts(frame, "_index", index)


def _write_extras(uns: Any, table: CellTable, header: Header, columns: list[Column]) -> None:  # noqa: ANN401
    """Write a title, colours, and numbers that lead from places to pixels."""
    import h5py

    who = f"sub-{header.subject.code}" if header.subject.code else "one participant"
    title = uns.create_dataset("title", data=f"Cells of {who}", dtype=h5py.string_dtype())
    _encode(title, "string", _ARRAY)
    lengths = {column.name: len(column.words) for column in columns}
    for name, colours in sorted(table.colours.items()):
        if len(colours) == lengths.get(name) and all(map(_COLOUR.fullmatch, colours)):
            _write_texts(uns, f"{name}_colors", colours)
    if table.scales:
        place: Any = uns
        for part in ("spatial", "library_1", "scalefactors"):
            place = place.create_group(part)
            _encode(place, "dict", "0.1.0")
        for name, value in sorted(table.scales.items()):
            number = place.create_dataset(name, data=float(value))
            _encode(number, "numeric-scalar", _ARRAY)


def _write_matrix(group: Any, name: str, matrix: Matrix) -> None:  # noqa: ANN401
    """Write a matrix as it is stored, slab by slab."""
    if isinstance(matrix, Dense):
        _write_dense(group, name, matrix)
    else:
        _write_sparse(group.create_group(name), matrix)


def _write_dense(group: Any, name: str, matrix: Dense) -> None:  # noqa: ANN401
    n_rows, n_columns = matrix.shape
    dtype = np.dtype(matrix.dtype).newbyteorder("<")
    wide = max(1, min(n_columns, _CHUNK_BYTES // dtype.itemsize))
    tall = max(1, min(n_rows, _CHUNK_BYTES // (dtype.itemsize * wide)))
    data = group.create_dataset(
        name, (n_rows, n_columns), dtype, chunks=(tall, wide), compression="gzip",
        compression_opts=1, shuffle=True,
    )  # fmt: skip
    _encode(data, "array", _ARRAY)
    start = 0
    for slab in matrix.rows():
        if slab.shape[1:] != (n_columns,) or start + len(slab) > n_rows:
            raise bad_matrix()
        data[start : start + len(slab)] = slab
        start += len(slab)
    if start != n_rows:
        raise bad_matrix()


def _write_sparse(group: Any, matrix: Sparse) -> None:  # noqa: ANN401
    """Write a sparse matrix; how many values it has, its runs tell."""
    n_major, n_minor = matrix.shape if matrix.by_cell else matrix.shape[::-1]
    _encode(group, "csr_matrix" if matrix.by_cell else "csc_matrix", _SPARSE)
    group.attrs["shape"] = np.array(matrix.shape, np.int64)
    dtype = np.dtype(matrix.dtype).newbyteorder("<")
    data = _growing(group, "data", dtype)
    indices = _growing(group, "indices", np.dtype("<i4"))
    counts: list[NDArray[np.int64]] = []
    n_stored = 0
    for run, minor, values in matrix.runs():
        n = len(values)
        in_range = n == 0 or (int(minor.min()) >= 0 and int(minor.max()) < n_minor)
        if len(minor) != n or int(run.sum()) != n or not in_range:
            raise bad_matrix()
        for dataset, block in ((data, values), (indices, minor)):
            dataset.resize((n_stored + n,))
            dataset[n_stored:] = block
        n_stored += n
        counts.append(run)
    lengths = np.concatenate(counts) if counts else np.zeros(0, np.int64)
    if len(lengths) != n_major:
        raise bad_matrix()
    _write_array(group, "indptr", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
    for name in ("data", "indices", "indptr"):
        for key in ("encoding-type", "encoding-version"):
            group[name].attrs.pop(key, None)  # parts of a sparse matrix have none


def _growing(group: Any, name: str, dtype: np.dtype[Any]) -> Any:  # noqa: ANN401
    """Return an empty dataset that blocks are added to."""
    return group.create_dataset(
        name, (0,), dtype, maxshape=(None,), chunks=(_CHUNK_BYTES // dtype.itemsize,),
        compression="gzip", compression_opts=1, shuffle=True,
    )  # fmt: skip


def _write_array(group: Any, name: str, values: NDArray[Any]) -> None:  # noqa: ANN401
    """Write numbers, or yes and no; packed if there are many."""
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    packing: dict[str, Any] = {}
    if little.nbytes > _PACKED:
        rows = max(1, min(len(little), _CHUNK_BYTES // little.itemsize))
        packing = {
            "chunks": (rows,), "compression": "gzip", "compression_opts": 1, "shuffle": True,
        }  # fmt: skip
    _encode(group.create_dataset(name, data=little, **packing), "array", _ARRAY)


def _write_texts(group: Any, name: str, texts: Sequence[str]) -> None:  # noqa: ANN401
    import h5py

    values = np.array(list(texts), dtype=object)
    _encode(
        group.create_dataset(name, data=values, dtype=h5py.string_dtype()), "string-array", _ARRAY
    )


def _encode(node: Any, kind: str, version: str) -> None:  # noqa: ANN401
    """Say what a group or dataset is, in AnnData's words."""
    node.attrs["encoding-type"] = kind
    node.attrs["encoding-version"] = version
