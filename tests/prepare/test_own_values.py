from __future__ import annotations

from pathlib import PurePosixPath

from fascicle.prepare._columns import make_columns
from fascicle.prepare._own_values import find_naming, find_own_values

PATHS = [PurePosixPath(p) for p in ("00412_NB1/rest.edf", "00412_NB1/oddball.edf",
                                    "00815_NB2/rest.edf", "00815_NB2/oddball.edf")]  # fmt: skip
LABELS = ["a", "a", "b", "b"]


def test_what_stands_in_all_of_somebodys_paths_and_in_no_other_is_his_own() -> None:
    found = find_own_values(PATHS, make_columns(PATHS), LABELS)

    assert "NB1" in found["a"]
    assert "00412" in found["a"]
    assert not set(found["a"]) & set(found["b"])


def test_columns_that_go_with_people_one_to_one_name_them() -> None:
    columns = make_columns(PATHS)

    naming = find_naming(columns, LABELS)

    named = [column for column in columns if id(column) in naming]
    assert named
    assert all(column.kind != "task" for column in named)


def test_one_person_names_no_column() -> None:
    columns = make_columns(PATHS)

    assert find_naming(columns, ["a"] * 4) == set()
