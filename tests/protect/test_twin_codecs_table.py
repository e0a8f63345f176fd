"""A table comes back as it is distributed, and holds nothing that is one person's own."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.protect import fit_table_codec, infer_kinds


def make_columns(n_people: int = 203, seed: int = 0) -> dict[str, list[Any]]:
    rng = np.random.default_rng(seed)
    age = rng.gamma(9, 4, n_people)
    iq = 100 + 0.5 * (age - age.mean()) + rng.normal(0, 9, n_people)
    return {
        "participant_id": [f"sub-{place:03}" for place in range(n_people)],
        "age": [str(int(value)) for value in age],
        "iq": ["n/a" if rng.random() < 0.3 else f"{value:.1f}" for value in iq],
        "sex": [("F", "M")[int(rng.random() < 0.4)] for _ in range(n_people)],
        "grade": [int(value) for value in rng.integers(1, 5, n_people)],
    }


def rows_of(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def shares(cells: list[Any]) -> dict[Any, float]:
    return {level: count / len(cells) for level, count in Counter(cells).items()}


def test_kinds_are_inferred_from_cells() -> None:
    kinds = infer_kinds(make_columns() | {"empty": ["n/a"] * 203, "flat": [1.0] * 203})

    assert kinds == {
        "participant_id": "category",
        "age": "whole",
        "iq": "number",
        "sex": "category",
        "grade": "category",
        "empty": "category",
        "flat": "category",
    }


def test_vectors_have_unit_scale_whatever_is_missing() -> None:
    columns = make_columns()

    vectors = fit_table_codec(columns).encode(rows_of(columns))

    assert vectors.shape == (203, 5)  # age, iq, whether iq is missing, sex, grade
    assert vectors.mean(axis=0) == pytest.approx(0.0, abs=0.1)
    assert vectors.std(axis=0) == pytest.approx(1.0, abs=0.15)


def test_a_row_comes_back_nearly_as_it_was() -> None:
    columns = make_columns()
    rows = rows_of(columns)
    codec = fit_table_codec(columns)

    back = codec.decode(codec.encode(rows), np.random.default_rng(0))

    inner = [place for place, row in enumerate(rows) if 20 < int(row["age"]) < 55]
    assert all(abs(int(rows[place]["age"]) - back[place]["age"]) <= 1 for place in inner)
    assert [row["sex"] for row in back] == columns["sex"]
    assert [row["grade"] for row in back] == columns["grade"]
    assert [row["iq"] is None for row in back] == [cell == "n/a" for cell in columns["iq"]]


def test_gaussian_vectors_give_each_column_its_own_distribution() -> None:
    columns = make_columns()
    codec = fit_table_codec(columns)
    rng = np.random.default_rng(1)

    rows = codec.decode(rng.normal(size=(5003, codec.n_features)), rng)

    age = np.array(columns["age"], dtype=float)
    ages = np.array([row["age"] for row in rows])
    assert np.quantile(ages, [0.1, 0.5, 0.9]) == pytest.approx(
        np.quantile(age, [0.1, 0.5, 0.9]), abs=1.5
    )
    assert ages.std() == pytest.approx(age.std(), rel=0.1)
    for name in ("sex", "grade"):
        assert shares([row[name] for row in rows]) == pytest.approx(shares(columns[name]), abs=0.03)
    missing = sum(row["iq"] is None for row in rows) / len(rows)
    assert missing == pytest.approx(shares(columns["iq"])["n/a"], abs=0.03)


def test_numbers_are_written_as_the_column_writes_them() -> None:
    columns = make_columns()
    codec = fit_table_codec(columns)
    rng = np.random.default_rng(0)

    rows = codec.decode(rng.normal(size=(101, codec.n_features)), rng)

    assert all(isinstance(row["age"], int) for row in rows)
    assert all(row["iq"] is None or row["iq"] == round(row["iq"], 1) for row in rows)
    assert list(rows[0]) == list(columns)


def test_the_oldest_and_the_youngest_never_come_out() -> None:
    ages = [*np.linspace(20, 40, 99).round(2).tolist(), 3.0, 97.0]
    codec = fit_table_codec({"age": ages})

    drawn = codec.decode(np.linspace(-50, 50, 1001)[:, None], np.random.default_rng(0))

    found = [row["age"] for row in drawn]
    assert min(found) > 14
    assert max(found) < 60


def test_names_free_text_and_rare_categories_never_come_out() -> None:
    columns = make_columns() | {"diagnosis": ["autism"] * 150 + ["none"] * 51 + ["Kabuki"] * 2}
    codec = fit_table_codec(columns)
    rng = np.random.default_rng(0)

    rows = codec.decode(4 * rng.normal(size=(2003, codec.n_features)), rng)

    assert {row["participant_id"] for row in rows} == {None}
    assert {row["diagnosis"] for row in rows} == {"autism", "none"}


def test_columns_that_say_nothing_come_back_as_they_are() -> None:
    columns = {"flat": [1.5] * 31, "empty": ["n/a"] * 31, "age": list(range(31))}
    codec = fit_table_codec(columns)
    rng = np.random.default_rng(0)

    rows = codec.decode(rng.normal(size=(7, codec.n_features)), rng)

    assert codec.n_features == 1
    assert {row["flat"] for row in rows} == {1.5}
    assert {row["empty"] for row in rows} == {None}


def test_five_people_are_coded_without_any_own_value() -> None:
    columns = {"age": [21, 34, 44, 58, 69], "sex": ["F", "M", "F", "F", "M"]}
    codec = fit_table_codec(columns, {"age": "whole"})
    rng = np.random.default_rng(0)

    rows = codec.decode(rng.normal(size=(31, codec.n_features)), rng)

    assert {row["age"] for row in rows} == {45}  # the mean of all five
    assert {row["sex"] for row in rows} <= {"F", None}


def test_a_category_never_seen_is_encoded_in_the_middle() -> None:
    codec = fit_table_codec({"sex": ["F", "M"] * 20})

    assert codec.encode([{"sex": "X"}]).tolist() == [[0.0]]


@pytest.mark.parametrize(
    ("columns", "kinds", "code"),
    [
        ({}, None, "FSC140"),
        ({"age": [1, 2, 3]}, None, "FSC140"),
        ({"age": [1] * 9, "sex": ["F"] * 8}, None, "FSC140"),
        ({"age": ["old"] * 9}, {"age": "number"}, "FSC141"),
        ({"age": [1] * 9}, {"weight": "number"}, "FSC142"),
        ({"age": [1] * 9}, {"age": "text"}, "FSC142"),
    ],
)
def test_tables_that_cannot_be_learnt_are_refused(columns, kinds, code: str) -> None:
    with pytest.raises(InputError) as caught:
        fit_table_codec(columns, kinds)

    assert caught.value.code == code


def test_rows_without_a_column_are_refused() -> None:
    codec = fit_table_codec({"age": list(range(31))})

    with pytest.raises(InputError, match="FSC140"):
        codec.encode([{"weight": 3}])
