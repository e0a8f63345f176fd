from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np

from fascicle.prepare._columns import Column, combine, encode, make_columns


def columns(*names: str) -> dict[tuple[str, str], Column]:
    found = make_columns([PurePosixPath(f"{n}.edf") for n in names])
    return {(c.kind, c.key): c for c in found}


def test_optional_words_do_not_shift_the_others() -> None:
    found = columns("S1_foo_rest_old", "S2_bar_rest", "S3_foo_oddball_run2", "S4_bar_oddball")

    assert found["key", "s"].values == ["1", "2", "3", "4"]
    assert found["word", ""].values == ["foo", "bar", "foo", "bar"]


def test_what_folder_and_file_repeat_is_one_column() -> None:
    found = columns("S01/S1_rest", "S02/S2_rest", "S03/S3_rest")

    assert found["key", "s"].n_places == 2
    assert found["key", "s"].conflicts == set()


def test_a_file_in_the_wrong_folder_is_a_conflict() -> None:
    names = [f"S{i:02d}/S{i:02d}_{t}" for i in range(1, 12) for t in ("rest", "oddball")]
    names[4] = "S03/S04_rest"

    found = columns(*names)

    assert found["key", "s"].conflicts == {4}
    assert found["key", "s"].values[4] == "3/4"


def test_ids_of_two_kinds_that_never_meet_are_one_column() -> None:
    names = ("P01", "P02", "C01", "C02", "P03", "C03", "C04")

    found = make_columns([PurePosixPath(f"{name}_rest.edf") for name in names])

    ids = [c for c in found if c.kind == "key"]
    assert len(ids) == 1
    assert ids[0].values == ["p1", "p2", "c1", "c2", "p3", "c3", "c4"]


def test_old_is_a_group_where_others_are_young() -> None:
    aged = columns("old/S1_rest", "young/S2_rest")
    saved = columns("old/S1_rest", "data/S1_rest")

    assert aged["group", ""].values == ["old", "young"]
    assert saved["copy", ""].values == ["old", ""]


def test_rows_of_several_columns_are_told_apart_with_missing_values() -> None:
    a, b = encode(["x", "", "x", "y"]), encode(["", "", "1", "1"])

    both = combine([a, b])

    assert len(np.unique(both)) == 4


def test_a_key_that_folder_and_file_both_have_is_one_column_of_two_people_already():
    paths = [
        PurePosixPath(f"P0{i}/P0{i}_{word}.nii.gz") for i in (1, 2) for word in ("a", "b", "c")
    ]

    columns = [column for column in make_columns(paths) if column.key == "p"]

    assert [column.n_places for column in columns] == [2]
