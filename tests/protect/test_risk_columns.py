"""Columns are judged by values, names and dictionary; a steward's word stands above all."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.protect import Kind, Role, classify_columns, is_exact_date
from fascicle.protect._risk_columns import is_missing, number_values, read_number

N = 31
RNG = np.random.default_rng(4)
MANY = [f"{value:.3f}" for value in RNG.normal(size=N)]
FEW = list(RNG.choice(["a", "b"], N))


def judge(name, cells, **about):
    dictionary = {name: about} if about else {}
    return classify_columns({name: cells}, dictionary=dictionary)[0]


@pytest.mark.parametrize(
    ("name", "cells", "role", "kind"),
    [
        ("participant_id", [f"sub-{n}" for n in range(N)], Role.KEY, Kind.WORD),
        ("age", [str(20 + n) for n in range(N)], Role.QUASI, Kind.AGE),
        ("AgeAtScan", [str(20.5 + n) for n in range(N)], Role.QUASI, Kind.AGE),
        ("age", ["20-29", "30-39"] * 15, Role.QUASI, Kind.WORD),
        ("Geschlecht", FEW, Role.QUASI, Kind.WORD),
        ("handedness", FEW, Role.QUASI, Kind.WORD),
        ("site", FEW, Role.QUASI, Kind.SITE),
        ("postcode", [str(10_000 + n) for n in range(N)], Role.QUASI, Kind.PLACE),
        ("education_years", [str(8 + n % 9) for n in range(N)], Role.QUASI, Kind.NUMBER),
        ("group", FEW, Role.SENSITIVE, Kind.WORD),
        ("medication_name", FEW, Role.SENSITIVE, Kind.WORD),
        ("patient_name", MANY, Role.DIRECT, Kind.TEXT),
        ("visited", [f"2019-03-{1 + n % 28:02d}" for n in range(N)], Role.QUASI, Kind.DATE),
        ("birth", [f"{1 + n % 28}.4.1987" for n in range(N)], Role.QUASI, Kind.DATE),
        ("study", ["rest"] * N, Role.OTHER, Kind.WORD),
        ("x", MANY, Role.OTHER, Kind.NUMBER),
        ("x", FEW, Role.QUASI, Kind.WORD),
        ("x", [f"T{n}" for n in range(N)], Role.DIRECT, Kind.TEXT),
        ("x", [f"T{n // 2}" for n in range(N)], Role.OTHER, Kind.TEXT),
        ("qc_rater_1", FEW, Role.OTHER, Kind.WORD),
    ],
)
def test_a_column_is_judged_by_its_name_and_its_values(name, cells, role, kind):
    judged = judge(name, cells)

    assert (judged.role, judged.kind) == (role, kind)
    assert judged.reason.endswith((".", ")"))


def test_the_dictionary_tells_what_a_name_does_not():
    told = judge("v01", MANY, Description="Diagnosis at the last session")
    coded = judge("v02", [str(n % 9) for n in range(N)], Levels={})

    assert told.role is Role.SENSITIVE
    assert coded.role is Role.QUASI
    assert judge("v02", [str(n % 9) for n in range(N)]).role is Role.OTHER


def test_a_dictionary_entry_that_is_none_does_no_harm():
    judged = classify_columns({"sex": FEW}, dictionary={"sex": ["F", "M"]})

    assert judged[0].role is Role.QUASI


def test_a_steward_decides_and_only_on_columns_that_are_there():
    columns = {"age": ["20", "31"], "x": ["1.5", "2.5"]}

    judged = classify_columns(columns, chosen={"age": Role.OTHER, "x": Role.QUASI})

    assert [column.role for column in judged] == [Role.OTHER, Role.QUASI]
    with pytest.raises(InputError, match="FSC195"):
        classify_columns(columns, chosen={"sexx": Role.QUASI})


def test_nothing_that_is_told_of_a_column_is_a_value_of_it():
    judged = classify_columns({"town": ["Quedlinburg", "Xanten"] * 9})

    assert "Quedlinburg" not in str([column.as_dict() for column in judged])
    assert (judged[0].n_values, judged[0].n_missing) == (2, 0)


def test_missing_values_are_counted_in_every_spelling():
    cells = ["n/a", "", "NaN", "-9999", "-999", "Unknown", "20", "31"]

    assert judge("age", cells).n_missing == 6
    assert number_values(cells).tolist() == [-1] * 6 + [0, 1]
    assert not is_missing("0")


def test_numbers_are_numbered_by_size_and_words_by_the_alphabet():
    assert number_values(["100", "20", "3,5", "b", "a"]).tolist() == [2, 1, 0, 4, 3]
    assert read_number("1e3") == 1000
    assert read_number("12 years") is None
    assert read_number("1e999") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-03-04", True),
        ("2019-03-04T00:00:00", True),
        ("4.3.2019", True),
        ("1.1.2019", False),
        ("2019-01-01", False),  # the year alone
        ("2019-01-01T00:00:00", False),
        ("1911-03-04", False),  # how BIDS writes what was shifted
        ("n/a", False),
        ("12", False),
    ],
)
def test_a_day_is_told_from_a_year_and_from_a_date_that_was_shifted(text, expected):
    assert is_exact_date(text) is expected


def test_one_value_that_some_lack_parts_people_as_two_do():
    some = judge("cannabis", ["yes"] * 6 + ["n/a"] * 25)
    unknown = judge("strange_word", ["yes"] * 6 + ["n/a"] * 25)

    assert some.role is Role.SENSITIVE
    assert unknown.role is Role.QUASI
    assert judge("strange_word", ["yes"] * 31).role is Role.OTHER
    assert judge("strange_word", ["n/a"] * 31).role is Role.OTHER
