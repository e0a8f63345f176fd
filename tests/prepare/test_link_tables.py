from __future__ import annotations

from datetime import date

import pytest

from fascicle.errors import InputError
from fascicle.prepare import make_table
from fascicle.prepare._groups import Group
from fascicle.prepare._link_tables import (
    Stated,
    find_link_table,
    read_links,
    require_links,
    turn_table,
)
from fascicle.prepare._roster import Roster, Somebody

NUMBERS = ["00412345", "00998877", "07100200", "01234567", "05550123"]
BIRTHS = [date(1980 + n, 3, 7 + n) for n in range(5)]


def make_roster(*, births: bool = False, mri: list[str] | None = None) -> Roster:
    """Five people in EEG (P01 to P05), and the same in MRI."""
    people = [
        Somebody(0, f"P{n + 1:02d}", [n], (f"P{n + 1:02d}",),
                 births=frozenset({BIRTHS[n]} if births else ()))
        for n in range(5)
    ]  # fmt: skip
    people += [
        Somebody(1, number, [5 + n], (number,), births=frozenset({BIRTHS[n]} if births else ()))
        for n, number in enumerate(mri or NUMBERS)
    ]
    return Roster([Group("eeg", ()), Group("mri", ())], people)


def pairs(stated: Stated, roster: Roster) -> list[tuple[str, str]]:
    return [(roster.people[e.one].label, roster.people[e.other].label) for e in stated.edges]


def test_each_row_names_one_person_of_each_kind() -> None:
    roster = make_roster()
    table = make_table([("eeg_code", "mri_id"), *((f"P{n + 1:02d}", NUMBERS[4 - n])
                                                  for n in range(5))])  # fmt: skip

    stated = read_links([table], roster)

    assert pairs(stated, roster) == [(f"P{n + 1:02d}", NUMBERS[4 - n]) for n in range(5)]
    assert stated.findings == []


def test_columns_are_found_by_what_they_hold_and_not_by_their_order() -> None:
    roster = make_roster()
    table = make_table([("Alter", "Patientennummer", "Kommentar", "Code"),
                        ("31", NUMBERS[0].lstrip("0"), "gut", "p1"),
                        ("44", NUMBERS[2].lstrip("0"), "", "P3"),
                        ("29", NUMBERS[3], "", "sub-P04")])  # fmt: skip

    stated = read_links([table], roster)

    assert pairs(stated, roster) == [("P01", NUMBERS[0]), ("P03", NUMBERS[2]), ("P04", NUMBERS[3])]


def test_titles_tell_columns_of_running_numbers_apart() -> None:
    roster = make_roster(mri=[str(n) for n in range(1, 6)])
    for one, number in zip(roster.people[:5], range(1, 6), strict=True):
        one.label, one.ids = str(number), (str(number),)
    rows = [("1", "3"), ("2", "5"), ("3", "1"), ("4", "2"), ("5", "4")]

    titled = read_links([make_table([("eeg", "mri"), *rows])], roster)
    swapped = read_links([make_table([("MRT-Nr", "EEG Nr"), *rows])], roster)
    silent = read_links([make_table([("first", "second"), *rows])], roster, given=True)

    assert pairs(titled, roster) == rows
    assert pairs(swapped, roster) == [(other, one) for one, other in rows]
    assert silent.edges == []


def test_ages_and_scores_are_no_identifiers() -> None:
    roster = make_roster(mri=["31", "44", "29", "30", "52"])
    table = make_table([("code", "age", "points"), *((f"P{n + 1:02d}", number, number)
                       for n, number in enumerate(["31", "44", "29", "30", "52"]))])  # fmt: skip

    assert find_link_table(table, roster) is None


def test_rows_against_headers_are_not_followed_and_told_without_names() -> None:
    roster = make_roster(births=True)
    wrong = [NUMBERS[1], NUMBERS[0], *NUMBERS[2:]]
    table = make_table([("eeg", "mri"), *((f"P{n + 1:02d}", wrong[n]) for n in range(5))])

    stated = read_links([table], roster)

    assert pairs(stated, roster) == [(f"P{n + 1:02d}", NUMBERS[n]) for n in (2, 3, 4)]
    assert [f.code for f in stated.findings] == ["table.link-row"] * 2
    assert all("P0" not in f.reason and "row" in f.raw_place for f in stated.findings)


def test_a_row_whose_own_facts_contradict_a_header_is_not_followed() -> None:
    roster = make_roster(births=True)
    for one in roster.people[:5]:
        one.births = frozenset()
    table = make_table([("eeg", "mri", "Geburtsdatum"), ("P01", NUMBERS[0], "7.3.1980"),
                        ("P02", NUMBERS[1], "1.1.1950")])  # fmt: skip

    stated = read_links([table], roster)

    assert pairs(stated, roster) == [("P01", NUMBERS[0])]


def test_an_identifier_in_several_rows_is_not_followed_unless_headers_vouch() -> None:
    rows = [("P01", NUMBERS[0]), ("P02", NUMBERS[0]), ("P03", NUMBERS[2])]
    table = make_table([("eeg", "mri"), *rows])
    blind, seeing = make_roster(), make_roster(births=True)

    assert pairs(read_links([table], blind), blind) == [("P03", NUMBERS[2])]
    assert pairs(read_links([table], seeing), seeing) == [("P01", NUMBERS[0]), ("P03", NUMBERS[2])]


def test_a_table_with_many_wrong_rows_makes_the_others_doubtful() -> None:
    roster = make_roster(births=True)
    for at in (4, 9):
        roster.people[at].births = frozenset()
    wrong = [NUMBERS[1], NUMBERS[0], *NUMBERS[2:]]
    table = make_table([("eeg", "mri"), *((f"P{n + 1:02d}", wrong[n]) for n in range(5))])

    stated = read_links([table], roster)

    assert min(edge.sure for edge in stated.edges) < 0.9


def test_rows_of_nobody_are_counted() -> None:
    roster = make_roster()
    table = make_table([("eeg", "mri"), *((f"P{n + 1:02d}", NUMBERS[n]) for n in range(5)),
                        ("P77", "00000815")])  # fmt: skip

    assert [f.code for f in read_links([table], roster).findings] == ["table.link-unknown"]


def test_a_table_of_one_scheme_links_nobody_and_is_refused_if_it_was_named() -> None:
    roster = make_roster()
    table = make_table([("id", "sex"), ("P01", "f"), ("P02", "m")])

    assert read_links([table], roster).tables == []
    with pytest.raises(InputError, match="FSC130") as raised:
        require_links(table, roster)
    assert "P01" not in str(raised.value)


def test_a_table_is_seen_from_each_column_of_identifiers() -> None:
    table = make_table([("participant", "age", "scan_id", "note"), ("K01", "31", "MR2001", "a"),
                        ("K02", "44", "MR2002", "a")])  # fmt: skip

    turned = turn_table(table)

    assert [t.meaning["id"] for t in turned] == ["scan_id"]
    assert turned[0].meaning["age"] == "age"


def test_headers_that_agree_outweigh_a_cell_of_the_row() -> None:
    roster = make_roster(births=True)
    table = make_table([("eeg", "mri", "dob"), ("P01", NUMBERS[0], "1.1.1950"),
                        ("P02", NUMBERS[1], "8.3.1981")])  # fmt: skip

    stated = read_links([table], roster)

    assert pairs(stated, roster) == [("P01", NUMBERS[0]), ("P02", NUMBERS[1])]
    assert stated.findings == []
