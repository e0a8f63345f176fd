"""A table of cells as it is held: what is said of cells and genes, and matrices read in slabs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Header, Identifier, Modality, Subject
from fascicle.errors import FormatError

from ._cell_columns import Column, name_cells, used_words
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLAB_VALUES = 2_000_000
"""Values of a matrix that are in memory at once, about."""

ANNOTATIONS = "CellAnnotations"
"""Field of the metadata that holds the words of every column: what leaves of them, the release
decides word by word, and their order stays."""

_MAX_CELLS = 1 << 31


@dataclass(frozen=True, slots=True)
class Dense:
    """A matrix of which every value is stored.

    Attributes
    ----------
    shape : tuple of int
        Cells by genes, or cells by coordinates.
    dtype : str
        Of the values: ``"<f4"``.
    rows : callable
        Yields slabs of shape (n_slab, n_columns), from the first cell on.
    """

    shape: tuple[int, int]
    dtype: str
    rows: Callable[[], Iterator[NDArray[Any]]]


@dataclass(frozen=True, slots=True)
class Sparse:
    """A matrix of which only values are stored that are not zero.

    Attributes
    ----------
    shape : tuple of int
        Cells by genes.
    dtype : str
        Of the values.
    by_cell : bool
        True if the values of a cell stand together (CSR), False if those of a gene do (CSC).
    runs : callable
        Yields ``(counts, indices, values)``: how many values each of the next cells (or genes)
        has, and for each value its gene (or cell).
    """

    shape: tuple[int, int]
    dtype: str
    by_cell: bool
    runs: Callable[[], Iterator[tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]]]


Matrix = Dense | Sparse


@dataclass(frozen=True, slots=True)
class Genes:
    """The columns of a matrix.

    Attributes
    ----------
    names : sequence of str
        What each is called, each once.
    columns : mapping of str to ndarray
        Further columns by the name under which they are written: texts or numbers.
    """

    names: Sequence[str]
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellTable:
    """A table of cells as it stands in a file, of what may leave at all.

    Attributes
    ----------
    cells : sequence of str
        Names of the cells as they stand there.
    columns : tuple of Column
        What is said of each cell.
    genes : Genes
        Columns of the matrix.
    x : Dense or Sparse
        The matrix.
    layers : mapping of str to Dense or Sparse
        Further matrices of the same size.
    raw : tuple of (Genes, Dense or Sparse), optional
        The matrix before genes were picked.
    places : mapping of str to Dense
        Coordinates of every cell: ``X_umap``, ``spatial``.
    colours : mapping of str to tuple of str
        Colours of the words of a column.
    scales : mapping of str to float
        Numbers that lead from places to pixels of a picture.
    left_out : tuple of str
        Names of what stays behind.
    identifiers : tuple of Identifier
        What points to people, places and days.
    """

    cells: Sequence[str]
    columns: tuple[Column, ...]
    genes: Genes
    x: Matrix
    layers: Mapping[str, Matrix] = field(default_factory=dict)
    raw: tuple[Genes, Matrix] | None = None
    places: Mapping[str, Dense] = field(default_factory=dict)
    colours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()

    def column(self, name: str) -> Column | None:
        """Return a column by the name under which it is written."""
        return next((column for column in self.columns if column.name == name), None)


def require_table(table: CellTable) -> None:
    """Raise FormatError FSC265 unless names, columns and matrices have one size."""
    n_cells, n_genes = table.x.shape
    fits = (
        0 < n_cells < _MAX_CELLS
        and 0 < n_genes < _MAX_CELLS
        and len(table.cells) == n_cells
        and len(table.genes.names) == n_genes
        and all(len(column.values) == n_cells for column in table.columns)
        and all(len(values) == n_genes for values in table.genes.columns.values())
        and all(layer.shape == table.x.shape for layer in table.layers.values())
        and all(place.shape[0] == n_cells for place in table.places.values())
    )
    if table.raw is not None:
        genes, matrix = table.raw
        fits &= matrix.shape == (n_cells, len(genes.names))
        fits &= all(len(values) == matrix.shape[1] for values in genes.columns.values())
    if not fits:
        raise FormatError(
            "FSC265",
            "Expected cells, genes and a matrix of one size, got none, or such as do not fit.",
            "The table is damaged or was exported in part: export it again.",
        )


def describe_table(table: CellTable) -> Header:
    """Return the header of a table: whose cells, how many, and the words of its columns."""
    words = {c.name: list(c.words) for c in table.columns if c.is_spoken}
    donors = _people(table)
    said: dict[str, Any] = {
        "NumberOfCells": table.x.shape[0],
        "NumberOfGenes": table.x.shape[1],
        ANNOTATIONS: words,
    }
    if donors:
        said["NumberOfDonors"] = len(donors)
    evidence = ["a table of cells by genes"]
    if len(donors) > 1:
        evidence.append(f"cells of {len(donors)} donors in one table: it is nobody's alone")
    if table.left_out:
        evidence.append(f"stays behind: {', '.join(table.left_out[:40])}")
    # Whom a table lists and has no cells of is somebody, too.
    listed = (table.column("donor_id") or Column("donor_id", np.zeros(0, int))).words
    found = find_identifiers("table of cells", (("id", "donor", donor) for donor in listed))
    return Header(
        modality=Modality.OMICS,
        subject=Subject(
            code=donors[0] if len(donors) == 1 else "",
            sex={"female": "F", "male": "M"}.get(_only_word(table, "sex").casefold(), ""),
            species=_only_word(table, "organism"),
        ),
        identifiers=tuple(dict.fromkeys((*found, *table.identifiers))),
        evidence=tuple(evidence),
        shape=table.x.shape,
        metadata=said,
    )


def _people(table: CellTable) -> list[str]:
    """Return the donors of the cells as they are written, each once."""
    column = table.column("donor_id")
    return [] if column is None else [word for word in used_words(column) if word.strip()]


def _only_word(table: CellTable, name: str) -> str:
    """Return the word of a column that says the same of all cells."""
    column = table.column(name)
    words = () if column is None else used_words(column)
    if column is None or len(words) != 1 or column.values.min(initial=0) < 0:
        return ""
    return words[0]


def plain_cells(table: CellTable) -> list[str]:
    """Return names of the cells that tell of nobody: barcodes, or numbers."""
    return name_cells(table.cells)


def cut_rows(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Yield slices of rows whose values fit into memory."""
    n_slab = max(1, SLAB_VALUES // max(1, n_columns))
    for start in range(0, n_rows, n_slab):
        yield slice(start, min(start + n_slab, n_rows))


def cut_runs(indptr: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield first and last of rows whose stored values fit into memory together."""
    n_rows = len(indptr) - 1
    first = 0
    while first < n_rows:
        last = int(np.searchsorted(indptr, indptr[first] + SLAB_VALUES, side="right")) - 1
        last = min(max(last, first + 1), n_rows)
        yield first, last
        first = last


def read_runs(
    indptr: NDArray[np.int64],
    read: Callable[[int, int], tuple[NDArray[Any], NDArray[Any]]],
    n_stored: int,
) -> Iterator[tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]]:
    """Yield the runs of a stored sparse matrix; ``read(start, stop)`` gives indices and values."""
    counts = np.diff(indptr)
    if indptr[0] != 0 or indptr[-1] != n_stored or (counts < 0).any():
        raise bad_matrix()
    for first, last in cut_runs(indptr):
        indices, values = read(int(indptr[first]), int(indptr[last]))
        yield counts[first:last], indices, values


def bad_matrix() -> FormatError:
    """Return the error for a matrix whose parts contradict one another."""
    return FormatError(
        "FSC265",
        "Expected a sparse matrix whose parts fit one another, got one that is damaged.",
        "Export the table again, or copy it again.",
    )
