"""Columns by their meaning: what leaves, what is counted, what is searched for."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.formats._cell_columns import (
    MAX_WORDS,
    Column,
    RawColumn,
    choose_columns,
    count_words,
    name_cells,
)


def words(name: str, *values: str) -> RawColumn:
    listed = tuple(dict.fromkeys(values))
    return RawColumn(name, np.array([listed.index(v) for v in values]), listed)


def test_columns_leave_under_the_name_of_their_meaning() -> None:
    raw = [
        words("Cell.Type", "a", "b"),
        words("seurat_clusters", "0", "1"),
        RawColumn("leiden", np.array([4, 7])),
        RawColumn("nCount_RNA", np.array([1.5, 2.5])),
        words("remarks", "left early", "tall"),
        RawColumn("age_at_death", np.array([91, 92])),
    ]

    columns, left_out, _ = choose_columns(raw)

    assert [c.name for c in columns] == ["cell_type", "cluster", "cluster_2", "n_counts"]
    assert columns[2].words == ("4", "7")
    assert left_out == ("remarks", "age_at_death")


def test_a_column_with_a_word_for_every_cell_stays_behind() -> None:
    n = MAX_WORDS + 1
    raw = RawColumn("cluster", np.arange(n), tuple(f"c{i}" for i in range(n)))

    columns, left_out, _ = choose_columns([raw])

    assert columns == ()
    assert left_out == ("cluster",)


def test_what_points_to_people_is_reported_by_kind() -> None:
    raw = [
        words("experimenter", "Vok", "Vok"),
        words("collection_date", "2019-11-23", "2019-11-24"),
        words("sample", "cortex", "MRN771"),
    ]

    _, left_out, found = choose_columns(raw)

    assert {(i.kind, i.value) for i in found} == {
        ("operator", "Vok"), ("date", "2019-11-23"), ("date", "2019-11-24"), ("id", "MRN771"),
    }  # fmt: skip
    assert left_out == ("experimenter", "collection_date")


def test_donors_are_counted_in_the_order_of_their_cells() -> None:
    column = Column("donor_id", np.array([2, 2, -1, 0, 2]), ("Abt", "Bauer", "Cron"))

    codes, names = count_words(column)

    assert names == ("d1", "d2")
    assert codes.tolist() == [0, 0, -1, 1, 0]


@pytest.mark.parametrize(
    ("names", "plain"),
    [
        (["ACGTACGT-1", "ACGTTTGT-2"], ["ACGTACGT-1", "ACGTTTGT-2"]),
        (["17", "4"], ["17", "4"]),
        (["Roth", "Roth"], ["cell1", "cell2"]),
        (["x:ACGTACGTACx", "y:ACGTACGTACx"], ["cell1", "cell2"]),
        (["x:ACGTACGTAC", "y:ACGTACGTAC"], ["ACGTACGTAC-1", "ACGTACGTAC-2"]),
    ],
)
def test_names_of_cells_tell_of_nobody(names: list[str], plain: list[str]) -> None:
    assert name_cells(names) == plain


def test_codes_that_lead_nowhere_are_missing() -> None:
    raw = RawColumn("cell_type", np.array([0, 9, -5]), ("neuron",))

    ((column,), _, _) = choose_columns([raw])

    assert column.values.tolist() == [0, -1, -1]
