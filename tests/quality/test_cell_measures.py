"""What is counted in a table of cells, against NumPy on the whole matrix."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.formats import open_h5ad
from fascicle.quality._cell_measures import counts_of, measure_cells
from fascicle.testing import CellShape, make_h5ad


@pytest.mark.parametrize("layout", ["csr_matrix", "csc_matrix", "array"])
def test_sums_are_those_of_the_whole_matrix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    monkeypatch.setattr("fascicle.formats._cell_table.SLAB_VALUES", 500)
    counts = CellShape().counts(7).astype(float)
    names, matrix = counts_of(open_h5ad(make_h5ad(tmp_path / "a.h5ad", layout=layout)))

    found = measure_cells(matrix, names)

    np.testing.assert_allclose(found.totals, counts.sum(axis=1))
    np.testing.assert_allclose(found.genes, (counts > 0).sum(axis=1))
    np.testing.assert_allclose(found.mitochondrial, counts[:, 2:4].sum(axis=1))
    np.testing.assert_allclose(found.sums, np.log1p(counts).sum(axis=0))
    np.testing.assert_allclose(found.squares, (np.log1p(counts) ** 2).sum(axis=0))
    assert (found.n_stored, found.is_whole) == (int((counts > 0).sum()), True)


def test_values_that_are_no_numbers_or_below_zero_are_counted(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "a.h5ad")
    with h5py.File(path, "a") as file:
        file["X/data"][:5] = [np.nan, np.inf, -1.5, -2, 0.5]
    names, matrix = counts_of(open_h5ad(path))

    found = measure_cells(matrix, names)

    assert (found.n_not_finite, found.n_negative, found.is_whole) == (2, 2, False)


def test_counts_are_looked_for_in_layers_then_in_the_raw_matrix(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "a.h5ad")
    with h5py.File(path, "a") as file:
        raw = file.create_group("raw")
        file.copy(file["X"], raw, name="X")
        file.copy(file["var"], raw, name="var")
        raw["X/data"][...] = 9
    from_raw = measure_cells(counts_of(open_h5ad(path))[1], CellShape().genes())
    with h5py.File(path, "a") as file:
        file.copy(file["X"], file["layers"], name="counts")
        file["layers/counts/data"][...] = 5
    from_layer = measure_cells(counts_of(open_h5ad(path))[1], CellShape().genes())

    assert from_raw.totals.sum() == 9 * from_raw.n_stored
    assert from_layer.totals.sum() == 5 * from_layer.n_stored
