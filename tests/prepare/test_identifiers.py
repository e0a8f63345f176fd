from __future__ import annotations

import pytest

from fascicle.prepare._identifiers import (
    Weight,
    names_agree,
    spell_id,
    spell_name,
    spell_without_zeros,
    weigh_id,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("P01", "p01"),
        ("sub-P01", "P_01"),
        ("sub01", "01"),
        ("Müller 3", "muller-3"),
        (" A7 ", "a7"),
    ],
)
def test_spellings_of_one_identifier_are_equal(one: str, other: str) -> None:
    assert spell_id(one) == spell_id(other)


@pytest.mark.parametrize(
    ("one", "other"), [("P1", "P11"), ("P01", "P1"), ("S01", "P01"), ("mouse3", "3"), ("VP03", "3")]
)
def test_different_identifiers_stay_different(one: str, other: str) -> None:
    assert spell_id(one) != spell_id(other)


def test_zeros_are_dropped_inside_numbers_only_on_request() -> None:
    assert spell_id("00412345") != spell_id("412345")
    assert spell_without_zeros("00412345") == spell_without_zeros("412345") == "412345"
    assert spell_without_zeros("P000") == "p0"


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("3", ["1", "2", "3"]),
        ("003", ["001", "003"]),
        ("1004", ["1001", "1002", "1004"]),
        ("10007", [str(n) for n in range(10001, 10013)]),
        ("4712", ["4711", "4712", "4713", "4714"]),
        ("20190312", ["20190312", "20190401"]),
        ("AB", ["AB", "CD"]),
        ("Anna", ["Anna", "Ben"]),
        ("A/01", ["A/01", "B/01"]),
        ("2020_01", ["2019_01", "2019_02", "2020_01"]),
        ("1003", ["1001", "1002", "1003", "00412345", "07100200"]),
        ("", []),
    ],
)
def test_what_labs_have_in_common_by_chance_says_nothing(text: str, others: list[str]) -> None:
    assert weigh_id(text, others) is Weight.NOTHING


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("P03", ["P01", "P02", "P03"]),
        ("sub-03", ["sub-01", "sub-03"]),
        ("X7K2", []),
        ("00412345", ["00412345", "07100200"]),
        ("4711", ["4711", "8820", "1203"]),
        ("A/P01", ["A/P01", "B/P01"]),
    ],
)
def test_codes_and_numbers_of_registers_name_one_person(text: str, others: list[str]) -> None:
    assert weigh_id(text, others) is Weight.CODE


def test_full_names_nearly_name_a_person() -> None:
    assert weigh_id("Schmidt_Anna", ["Schmidt_Anna"]) is Weight.NAME


def test_names_agree_in_any_order_and_by_initials_and_siblings_do_not() -> None:
    anna = spell_name("Müller^Anna")

    assert names_agree(anna, spell_name("Anna Mueller"))
    assert names_agree(anna, spell_name("A. Müller"))
    assert not names_agree(anna, spell_name("Müller^Tom"))
    assert not names_agree(anna, spell_name("Huber^Anna"))
    assert not names_agree(spell_name("Anna A"), spell_name("Anna Berta C"))


def test_a_name_with_a_number_is_a_code_and_no_name() -> None:
    assert spell_name("P01") == ()
