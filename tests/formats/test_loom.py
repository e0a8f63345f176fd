"""Loom through the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import (
    CellsContract,
    CellShape,
    Planted,
    make_loom,
    read_anndata,
    released_cells,
)


class TestLoom(CellsContract):
    format_name = "loom"

    def make_recording(self, root: Path) -> Path:
        return make_loom(root / "velocyto.loom", planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[Any] | None:
        with h5py.File(path) as file:
            return np.asarray(file["matrix"][()].T)


def test_layers_and_clusters_go_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_loom(tmp_path / "a.loom")
    with h5py.File(path, "a") as file:
        for name in ("spliced", "free"):
            file["layers"][name] = file["matrix"][()] * 2
    (tmp_path / "out").mkdir()
    monkeypatch.setattr("fascicle.formats._cell_table.SLAB_VALUES", 300)
    (source,) = recognise(tmp_path).sources
    header = released_cells(read_header(tmp_path, source))

    write_recording(tmp_path, source, header, tmp_path / "out", "sub-01_omics")

    table = read_anndata(tmp_path / "out" / "sub-01_omics.h5ad")
    assert list(table.layers) == ["spliced"]
    np.testing.assert_array_equal(table.layers["spliced"].toarray(), 2 * CellShape().counts(7))
    assert table.obs["cluster"].tolist() == CellShape().types()


def test_the_day_and_the_author_are_reported(tmp_path: Path) -> None:
    make_loom(tmp_path / "a.loom", planted=Planted())

    header = read_header(tmp_path, recognise(tmp_path).sources[0])

    kinds = {i.kind for i in header.identifiers}
    assert {"date", "operator", "id"} <= kinds
