"""Tables of cells: sizes that must fit, and slabs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._cell_columns import Column
from fascicle.formats._cell_table import (
    CellTable,
    Dense,
    Genes,
    cut_rows,
    cut_runs,
    describe_table,
    read_runs,
    require_table,
)


def dense(n_rows: int, n_columns: int) -> Dense:
    return Dense((n_rows, n_columns), "<f4", lambda: iter([np.zeros((n_rows, n_columns), "<f4")]))


def make_table(**changes: Any) -> CellTable:
    table = CellTable(["a", "b", "c"], (), Genes(["Gad1", "Sst"]), dense(3, 2))
    return replace(table, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"cells": ["a", "b"]},
        {"genes": Genes(["Gad1"])},
        {"x": dense(0, 2), "cells": []},
        {"columns": (Column("n_counts", np.zeros(2)),)},
        {"genes": Genes(["Gad1", "Sst"], {"n_cells": np.zeros(3)})},
        {"layers": {"counts": dense(3, 1)}},
        {"places": {"X_umap": dense(2, 2)}},
        {"raw": (Genes(["Gad1"]), dense(3, 2))},
    ],
)
def test_parts_of_other_sizes_are_refused(changes: dict[str, Any]) -> None:
    require_table(make_table())

    with pytest.raises(FormatError, match="FSC265"):
        require_table(make_table(**changes))


def test_the_header_has_words_in_their_order_and_what_all_cells_share() -> None:
    columns = (
        Column("sex", np.zeros(3, int), ("Female",), is_spoken=True),
        Column("organism", np.zeros(3, int), ("Mus musculus",), is_spoken=True),
        Column("cell_type", np.array([1, 0, -1]), ("b", "a"), is_spoken=True),
        Column("donor_id", np.array([0, 0, 0]), ("mouse 7",)),
    )

    header = describe_table(make_table(columns=columns))

    assert header.metadata["CellAnnotations"]["cell_type"] == ["b", "a"]
    assert (header.subject.sex, header.subject.species) == ("F", "Mus musculus")
    assert header.subject.code == "mouse 7"
    assert header.shape == (3, 2)


def test_slabs_of_rows_cover_all_of_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.formats._cell_table.SLAB_VALUES", 20)

    rows = [i for part in cut_rows(13, 7) for i in range(part.start, part.stop)]

    assert rows == list(range(13))


def test_runs_end_where_rows_do_and_hold_what_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.formats._cell_table.SLAB_VALUES", 10)
    indptr = np.array([0, 4, 9, 9, 30, 31])

    assert list(cut_runs(indptr)) == [(0, 3), (3, 4), (4, 5)]


@pytest.mark.parametrize("indptr", [[1, 2, 3], [0, 3, 2, 3], [0, 2, 4]])
def test_a_matrix_whose_rows_do_not_end_where_its_values_do_is_refused(indptr: list[int]) -> None:
    with pytest.raises(FormatError, match="FSC265"):
        list(read_runs(np.array(indptr), lambda a, b: (np.zeros(b - a), np.zeros(b - a)), 3))


def test_donors_without_a_cell_are_not_counted_and_still_searched_for() -> None:
    columns = (
        Column("donor_id", np.array([1, 1, 1]), ("Roth", "Vokaty", "Abelin")),
        Column("sex", np.array([1, 1, 1]), ("male", "female"), is_spoken=True),
    )

    header = describe_table(make_table(columns=columns))

    assert header.metadata["NumberOfDonors"] == 1
    assert (header.subject.code, header.subject.sex) == ("Vokaty", "F")
    assert {i.value for i in header.identifiers} >= {"Roth", "Vokaty", "Abelin"}
