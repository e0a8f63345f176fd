"""Pictures of a table of cells: an embedding by class, and how counts are spread."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Picture
from fascicle.formats import CellTable, Dense, Sparse

from ._cell_measures import CellMeasures, iterate

_MAX_POINTS = 3000
_MAX_CLASSES = 12
_N_SAMPLED = 2000
_N_GENES = 1000
_N_BINS = 60
_CLASSES = ("cell_type", "cell_class", "cell_subclass", "cluster", "layer", "region", "donor_id")
_STORED = (
    ("X_umap", "UMAP"), ("X_tsne", "t-SNE"), ("spatial", "Place in the tissue"),
    ("X_spatial", "Place in the tissue"), ("X_pca", "Principal components"),
)  # fmt: skip


def draw_cells(
    table: CellTable, matrix: Dense | Sparse, measures: CellMeasures
) -> tuple[Picture, ...]:
    """Return the pictures of a table: where its cells lie, and the spread of counts and genes."""
    codes, legend = _classes(table)
    pictures = [_draw_embedding(table, matrix, measures, (codes, legend))]
    pictures += _draw_spread(measures.totals, "counts", codes, legend)
    pictures += _draw_spread(measures.genes, "genes", codes, legend)
    return tuple(pictures)


def _classes(table: CellTable) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the class of every cell by the first column that has some; the rest is one class."""
    n_cells = table.x.shape[0]
    column = next(
        (c for name in _CLASSES if (c := table.column(name)) is not None and len(c.words) > 1),
        None,
    )
    if column is None:
        return np.zeros(n_cells, np.int64), ("cells",)
    counts = np.bincount(column.values[column.values >= 0], minlength=len(column.words))
    largest = [int(i) for i in np.argsort(-counts, kind="stable")[:_MAX_CLASSES] if counts[i]]
    places = np.full(len(column.words) + 1, len(largest), np.int64)
    places[largest] = np.arange(len(largest))
    codes = places[column.values]
    legend = tuple(column.words[i] for i in largest)
    return codes, (*legend, "others") if (codes == len(largest)).any() else legend


def _draw_embedding(
    table: CellTable,
    matrix: Dense | Sparse,
    measures: CellMeasures,
    classes: tuple[NDArray[np.int64], tuple[str, ...]],
) -> Picture:
    """Draw the cells in the plane that the table has, else in one that is computed here."""
    n_cells = table.x.shape[0]
    places = _stored_places(table)
    if places is not None:
        points, title, how = places
        shown = np.linspace(0, n_cells - 1, min(n_cells, _MAX_POINTS)).astype(int)
        points = points[shown]
    else:
        shown = np.linspace(0, n_cells - 1, min(n_cells, _N_SAMPLED)).astype(int)
        points = project(matrix, measures, shown)
        title = "Principal components"
        how = (
            f"First two principal components of log(1 + value) of the {_N_GENES} most variable "
            "genes, computed for this picture"
        )
    return Picture(
        Drawing.SCATTER,
        f"Cells: {title}",
        f"{how}; {len(shown)} of {n_cells} cells, evenly taken.",
        {
            "x": points[:, 0].astype(np.float32),
            "y": points[:, 1].astype(np.float32),
            "classes": classes[0][shown].astype(np.int32),
        },
        f"{title} 1",
        f"{title} 2",
        classes[1],
    )


def _stored_places(table: CellTable) -> tuple[NDArray[np.float64], str, str] | None:
    """Return two coordinates of every cell, if the table has such."""
    for name, title in _STORED:
        place = table.places.get(name)
        if place is not None and place.shape[1] >= 2:
            points = np.concatenate([slab[:, :2] for slab in place.rows()])
            return points.astype(np.float64), title, "As the table has it"
    x, y = table.column("x_coord"), table.column("y_coord")
    if x is not None and y is not None:
        points = np.column_stack([x.values, y.values]).astype(np.float64)
        return points, "Place in the tissue", "As the table has it"
    return None


def project(
    matrix: Dense | Sparse, measures: CellMeasures, shown: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return two principal components of some cells, from a bounded number of genes.

    Parameters
    ----------
    matrix : Dense or Sparse
        All cells by all genes.
    measures : CellMeasures
        Sums and squares of every gene.
    shown : ndarray of int, shape (n_shown,)
        Which cells.

    Returns
    -------
    ndarray of float64, shape (n_shown, 2)
        The sign of each is that of its largest loading, so that it is the same on every machine.
    """
    n_cells = matrix.shape[0]
    variances = measures.squares / n_cells - (measures.sums / n_cells) ** 2
    chosen = np.sort(np.argsort(-variances, kind="stable")[:_N_GENES])
    row = np.full(n_cells, -1)
    row[shown] = np.arange(len(shown))
    column = np.full(matrix.shape[1], -1)
    column[chosen] = np.arange(len(chosen))
    values = np.zeros((len(shown), len(chosen)))
    for cells, genes, stored in iterate(matrix):
        own = (row[cells] >= 0) & (column[genes] >= 0)
        logs = np.log1p(np.maximum(np.nan_to_num(stored[own]), 0))
        values[row[cells[own]], column[genes[own]]] = logs
    centred = values - values.mean(axis=0)
    left, scale, right = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(shown), 2))
    for i in range(min(2, len(scale))):
        sign = np.sign(right[i, np.argmax(np.abs(right[i]))]) or 1.0
        points[:, i] = left[:, i] * scale[i] * sign
    return points


def _draw_spread(
    values: NDArray[np.float64], what: str, codes: NDArray[np.int64], legend: tuple[str, ...]
) -> Iterator[Picture]:
    """Yield how counts are spread over the cells of each class, on a scale of powers of ten."""
    told = np.isfinite(values) & (values > 0)
    if not told.any():
        return
    logs = np.log10(values[told])
    edges = np.linspace(logs.min() - 0.05, logs.max() + 0.05, _N_BINS + 1)
    lines = []
    for i in range(len(legend)):
        counts, _ = np.histogram(logs[codes[told] == i], edges)
        smooth = np.convolve(counts, (0.25, 0.5, 0.25), mode="same")
        lines.append(smooth / max(1.0, smooth.max()))
    yield Picture(
        Drawing.OVERLAY,
        f"{what.capitalize()} of a cell",
        f"How many {what} cells have, each class to its own highest point.",
        {
            "x": ((edges[:-1] + edges[1:]) / 2).astype(np.float32),
            "y": np.array(lines, dtype=np.float32),
        },
        f"log10 of {what}",
        "Share of the most frequent",
        legend,
    )
