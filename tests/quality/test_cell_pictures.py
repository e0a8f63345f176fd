"""Pictures of tables of cells: where cells lie, and how counts are spread."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Drawing, Picture
from fascicle.formats import open_h5ad
from fascicle.quality._cell_measures import counts_of, measure_cells
from fascicle.quality._cell_pictures import draw_cells, project
from fascicle.testing import CellShape, make_h5ad


def draw(path: Path) -> tuple[Picture, ...]:
    table = open_h5ad(path)
    names, matrix = counts_of(table)
    return draw_cells(table, matrix, measure_cells(matrix, names))


def test_cells_are_drawn_where_the_table_has_them_by_their_type(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "a.h5ad")

    embedding, counts, genes = draw(path)

    with h5py.File(path) as file:
        np.testing.assert_allclose(embedding.arrays["x"], file["obsm/X_umap"][:, 0], rtol=1e-6)
    assert embedding.drawing is Drawing.SCATTER
    assert set(embedding.legend) == set(CellShape().types())
    types = np.array(embedding.legend)[embedding.arrays["classes"]]
    assert types.tolist() == CellShape().types()
    assert counts.drawing is genes.drawing is Drawing.OVERLAY
    assert counts.arrays["y"].shape == (4, counts.arrays["x"].size)


def test_without_places_they_are_computed_and_it_is_said(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "a.h5ad", shape=CellShape(2503, 41))
    with h5py.File(path, "a") as file:
        del file["obsm/X_umap"], file["obsm/spatial"]

    embedding, *_ = draw(path)

    assert embedding.arrays["x"].size == 2000
    assert "computed for this picture" in embedding.caption
    assert "2000 of 2503" in embedding.caption


@pytest.mark.parametrize("layout", ["csr_matrix", "csc_matrix", "array"])
def test_the_components_are_those_of_a_singular_value_decomposition(
    tmp_path: Path, layout: str
) -> None:
    names, matrix = counts_of(open_h5ad(make_h5ad(tmp_path / "a.h5ad", layout=layout)))
    shown = np.arange(0, 151, 3)

    points = project(matrix, measure_cells(matrix, names), shown)

    logs = np.log1p(CellShape().counts(7)[shown].astype(float))
    left, scale, _ = np.linalg.svd(logs - logs.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(points), np.abs(left[:, :2] * scale[:2]), atol=1e-9)


def test_small_classes_are_drawn_as_one(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "a.h5ad")
    with h5py.File(path, "a") as file:
        del file["obs/cell_type"]
        file["obs/cluster"] = np.arange(151) % 20

    embedding, *_ = draw(path)

    assert len(embedding.legend) == 13
    assert embedding.legend[-1] == "others"


def test_a_table_without_counts_is_drawn_all_the_same(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "a.h5ad")
    with h5py.File(path, "a") as file:
        file["X/data"][...] = 0

    assert [p.drawing for p in draw(path)] == [Drawing.SCATTER]
