from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.prepare._fields import parse_level
from fascicle.prepare._survey import Context, survey


def read(text: str, *others: str) -> list[tuple[str, str, str]]:
    seen = survey([PurePosixPath(f"{t}.edf") for t in (text, *others)])
    return [(f.kind, f.key, f.value) for f in parse_level(text, seen)]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("S018R02", [("key", "s", "18"), ("key", "r", "2")]),
        ("sub-01_ses-pre_task-faces_run-2",
         [("key", "sub", "1"), ("session", "", "pre"), ("task", "", "faces"),
          ("key", "run", "2")]),
        ("VP03_Augen_zu", [("key", "vp", "3"), ("task", "", "eyesclosed")]),
        ("Proband 3 Ruhe", [("key", "proband", "3"), ("task", "", "rest")]),
        ("Pat07_P300", [("key", "pat", "7"), ("task", "", "p300")]),
        ("F03a_rest", [("code", "", "f03a"), ("task", "", "rest")]),
        ("S03_500Hz", [("key", "s", "3"), ("acquisition", "", "500hz")]),
        ("S03_rest (1)", [("key", "s", "3"), ("task", "", "rest"), ("paren", "", "1")]),
        ("copy of S03", [("copy", "", "copyof"), ("key", "s", "3")]),
        ("task-Zorg", [("task", "", "Zorg")]),
    ],
)  # fmt: skip
def test_a_name_is_read_as_people_mean_it(text: str, fields: list[tuple[str, str, str]]) -> None:
    assert read(text) == fields


def test_a_letter_behind_an_id_belongs_to_it() -> None:
    fields = read("VP03a_rest")

    assert fields[0] == ("key", "vp", "3a")


def test_a_task_with_a_number_keeps_the_number() -> None:
    assert read("S1_rest2", "S2_rest1") == [("key", "s", "1"), ("task", "", "rest"),
                                            ("number", "", "2")]  # fmt: skip


def test_digits_behind_a_date_are_its_time() -> None:
    assert read("a_20190312_0930", "b_20190313_1130")[1:] == [
        ("date", "", "2019-03-12"),
        ("time", "", "0930"),
    ]


@given(st.text(max_size=30))
def test_no_name_is_too_strange_to_read(text: str) -> None:
    fields = parse_level(text, Context())

    assert all(f.text for f in fields)
