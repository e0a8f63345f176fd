from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.prepare._paths import levels_of, make_date, read_day, split_level, strip_zeros


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("EEG_2019-03-12", "2019-03-12"),
        ("EEG 12.03.2019", "2019-03-12"),
        ("EEG_12_03_2019_rest", "2019-03-12"),
        ("EEG-03-14-2019", "2019-03-14"),
        ("12Mar2019", "2019-03-12"),
        ("12 mars 2019", "2019-03-12"),
        ("rec20190312153001", "2019-03-12"),
        ("12.03.19", "2019-03-12"),
    ],
)
def test_a_date_is_found_in_whatever_order_it_is_written(text: str, day: str) -> None:
    dates = [atom.text for atom in split_level(text) if atom.kind == "date"]

    assert dates == [day]


@pytest.mark.parametrize("text", ["03_2_1", "2019_07", "2019-13-45", "S018R02", "99-99-9999"])
def test_what_is_no_date_is_not_taken_for_one(text: str) -> None:
    assert [atom for atom in split_level(text) if atom.kind == "date"] == []


def test_the_time_behind_a_date_is_set_apart() -> None:
    atoms = split_level("data_2017-09-13-15.30.01")

    assert [(a.kind, a.text) for a in atoms[1:]] == [("date", "2017-09-13"), ("time", "15.30.01")]


def test_letters_digits_and_capitals_part_words() -> None:
    pieces = [atom.text for atom in split_level("Subject3EyesOpen-EEG_raw Müller")]

    assert pieces == ["Subject", "3", "Eyes", "Open", "EEG", "raw", "Müller"]


@given(st.text(alphabet=st.characters(categories=["L", "Nd", "P", "Z"]), max_size=40))
def test_any_name_is_split_without_loss_of_its_letters_and_digits(text: str) -> None:
    atoms = split_level(text)

    if not any(a.kind in {"date", "time"} for a in atoms):
        kept = "".join(a.text for a in atoms)
        assert kept == "".join(c for c in text if c.isalnum())


def test_levels_are_folders_and_the_stem() -> None:
    assert levels_of(PurePosixPath("S1/ses.2/a_b.vhdr")) == ("S1", "ses.2", "a_b")
    assert levels_of(PurePosixPath("c,rfDC")) == ("c,rfDC",)


def test_days_that_do_not_exist_are_none() -> None:
    assert make_date("2019", "2", "30") == ""
    assert read_day("20190230", "ymd") == ""
    assert read_day("12032019", "dmy") == "2019-03-12"
    assert read_day("190312", "ymd") == "2019-03-12"


def test_zeros_in_front_do_not_count() -> None:
    assert [strip_zeros(t) for t in ("007", "0", "000", "10")] == ["7", "0", "0", "10"]
