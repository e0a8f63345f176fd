"""Identifiers as words of texts."""

from __future__ import annotations

import pytest

from fascicle.core import Identifier
from fascicle.protect._wordlist import WordList, is_searchable, read_text

WORDS = WordList([
    Identifier("name", "Roth", "table"),
    Identifier("name", "Lüx", "table"),
    Identifier("name", "Quandt, Leonore", "header"),
    Identifier("id", "A17", "raw id"),
    Identifier("id", "4711", "raw id"),
    Identifier("id", "017", "raw id"),
    Identifier("date", "1970-12-05", "header"),
])


@pytest.mark.parametrize(
    ("text", "kinds"),
    [("seen by ROTH", ["name"]), ("rothko", []), ("Lux", ["name"]), ("LUEX", ["name"]),
     ("lüx!", ["name"]),
     ("(A17)", ["id"]), ("A170", []), ("a-17", []), ("4711", ["id"]), ("14711", []), ("017", []),
     ("leonore_quandt", ["name"]), ("Quandt  Leonore", ["name"]), ("Leonore alone", []),
     ("l e o n o r e q u a n d t", ["name"]), ("R%6Fth", ["name"]), ("&#82;oth", ["name"]),
     ("\\u0052oth", ["name"]), ("1970-12-05", []), ("", [])],
)  # fmt: skip
def test_whole_words_are_found_in_every_spelling(text: str, kinds: list[str]) -> None:
    assert list(WORDS.find(text)) == kinds


@pytest.mark.parametrize(
    ("value", "is_long_enough"),
    [("A17", True), ("Lee", True), ("AM", False), ("123", False), ("1234", True), ("a-1", False)],
)
def test_very_short_values_are_not_searched_for(value: str, is_long_enough: bool) -> None:
    assert is_searchable(value) is is_long_enough


def test_spaced_letters_are_read_together() -> None:
    assert "on 1970-12-05" in read_text("on 1 9 7 0 - 1 2 - 0 5")
    assert "the Roth here" in read_text("the Roth here")


def test_a_word_of_a_path_is_not_found_in_two_ordinary_words() -> None:
    words = WordList([Identifier("path", "starttime", "raw paths")])

    assert list(words.find("Expected a start time in the header")) == []
    assert list(words.find("Starttime_2")) == ["path"]


@pytest.mark.parametrize("n_before", [0, 3584, 4090, 4093, 4096, 9001, 20011])
def test_a_name_is_found_however_far_into_a_text_it_stands(n_before: int) -> None:
    words = WordList([Identifier("name", "Lee", "header")])
    before = ("word " * (n_before // 5 + 1))[:n_before]

    assert list(words.find(f"{before} Lee left")) == ["name"]
    assert list(words.find(f"{before} Lee {before}")) == ["name"]


def test_a_long_text_is_not_cut_within_a_word() -> None:
    words = WordList([Identifier("name", "Lee", "header")])

    for n_before in range(4080, 4100):
        assert list(words.find("x" * n_before + " leeway of sleep " + "y" * 5003)) == []
    assert list(words.find("s" + "leeslee" * 3001)) == []


@pytest.mark.parametrize(
    ("code", "text", "is_found"),
    [("P-0011", "sub-P0011", True), ("P0011", "p 0011", True), ("PAT011", "Pat-011", True),
     ("pat_11", "PAT11", True), ("N10", "n = 10", False), ("PAT11", "PAT110", False),
     ("P-0011", "XP0011", False)],
)  # fmt: skip
def test_a_code_is_found_joined_and_parted(code: str, text: str, is_found: bool) -> None:
    words = WordList([Identifier("id", code, "raw id")])

    assert list(words.find(text)) == ["id"] * is_found
