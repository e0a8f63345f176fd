"""The writer of AnnData: matrices slab by slab, words by the header, the schema's own forms."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Header, Modality, Subject
from fascicle.errors import FormatError
from fascicle.formats._cell_columns import Column
from fascicle.formats._cell_table import CellTable, Dense, Genes, Sparse
from fascicle.formats._cells_write import write_h5ad
from fascicle.testing import read_anndata

VALUES = np.array([[0, 1.5, 0], [2, 0, np.nan], [0, 0, 0], [0, 0, -4]], "<f4")
HEADER = Header(Modality.OMICS, subject=Subject(code="07", sex="M", species="mus musculus"))


def dense(*slabs: np.ndarray) -> Dense:
    return Dense((4, 3), "<f4", lambda: iter(slabs))


def table(x: Dense | Sparse, *columns: Column) -> CellTable:
    return CellTable(list("abcd"), columns, Genes(["Gad1", "Sst", "Vip"]), x)


def sparse(*runs: tuple[list[int], list[int], list[float]]) -> Sparse:
    parts = [(np.array(c), np.array(i, int), np.array(v, "<f4")) for c, i, v in runs]
    return Sparse((4, 3), "<f4", True, lambda: iter(parts))


def test_slabs_add_up_to_the_matrix(tmp_path: Path) -> None:
    write_h5ad(tmp_path / "a.h5ad", table(dense(VALUES[:1], VALUES[1:])), HEADER)

    np.testing.assert_array_equal(read_anndata(tmp_path / "a.h5ad").X, VALUES)


def test_runs_add_up_to_the_sparse_matrix(tmp_path: Path) -> None:
    x = sparse(([1, 2], [1, 0, 2], [1.5, 2, np.nan]), ([0, 1], [2], [-4]))

    write_h5ad(tmp_path / "a.h5ad", table(x), HEADER)

    np.testing.assert_array_equal(read_anndata(tmp_path / "a.h5ad").X.toarray(), VALUES)


@pytest.mark.parametrize(
    "x",
    [
        dense(VALUES[:3]),
        dense(VALUES, VALUES),
        dense(VALUES[:, :2]),
        sparse(([1, 2], [1, 0, 2], [1, 2, 3])),
        sparse(([1, 0, 0, 0], [3], [1.0])),
        sparse(([1, 0, 0, 0], [-1], [1.0])),
        sparse(([2, 0, 0, 0], [1], [1.0])),
    ],
)
def test_slabs_that_do_not_fit_are_refused(tmp_path: Path, x: Dense | Sparse) -> None:
    with pytest.raises(FormatError, match="FSC265"):
        write_h5ad(tmp_path / "a.h5ad", table(x), HEADER)


def test_what_holds_for_all_cells_is_said_of_each_with_its_term(tmp_path: Path) -> None:
    write_h5ad(tmp_path / "a.h5ad", table(dense(VALUES)), HEADER)

    row = read_anndata(tmp_path / "a.h5ad").obs.astype(str).iloc[2].to_dict()
    assert row == {
        "donor_id": "07",
        "sex": "male",
        "sex_ontology_term_id": "PATO:0000384",
        "organism": "Mus musculus",
        "organism_ontology_term_id": "NCBITaxon:10090",
    }


def test_nothing_of_one_participant_is_said_of_cells_of_several_donors(tmp_path: Path) -> None:
    donors = Column("donor_id", np.array([0, 1, 1, -1]), ("Roth", "Abt"))

    write_h5ad(tmp_path / "a.h5ad", table(dense(VALUES), donors), HEADER)

    obs = read_anndata(tmp_path / "a.h5ad").obs
    assert list(obs) == ["donor_id"]
    assert obs["donor_id"].tolist()[:3] == ["d1", "d2", "d2"]
    assert obs["donor_id"].isna().tolist() == [False, False, False, True]


def test_long_columns_are_packed_and_hold_no_times_of_writing(tmp_path: Path) -> None:
    path = tmp_path / "a.h5ad"
    n = 3001
    x = Dense((n, 1), "<i8", lambda: iter([np.arange(n)[:, np.newaxis]]))
    column = Column("n_counts", np.arange(n, dtype=">f8"))
    big = CellTable([str(i) for i in range(n)], (column,), Genes(["Sst"]), x)

    write_h5ad(path, big, HEADER)

    with h5py.File(path) as file:
        stored = file["obs/n_counts"]
        assert (stored.compression, stored.shuffle, stored.dtype.str) == ("gzip", True, "<f8")
        assert file["X"].dtype == np.int64
    np.testing.assert_array_equal(read_anndata(path).obs["n_counts"], np.arange(n))
