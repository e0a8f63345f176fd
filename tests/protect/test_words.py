"""Words of the lab, and first names."""

from __future__ import annotations

import pytest

from fascicle.protect._words import FIRST_NAMES, TECHNICAL, holds_first_name, is_technical


@pytest.mark.parametrize("word", ["EEG", "Rest3", "März", "task", "0042", "Universität"])
def test_words_of_the_lab_point_to_nobody(word: str) -> None:
    assert is_technical(word)


@pytest.mark.parametrize("word", ["Meier", "H4711a", "Oberwiesel"])
def test_other_words_may(word: str) -> None:
    assert not is_technical(word)


def test_a_first_name_is_seen_in_any_case_and_accent() -> None:
    assert holds_first_name("with ANDRÉ today")
    assert not holds_first_name("annals of mars in may")


def test_word_lists_are_folded() -> None:
    assert all(word == word.casefold() for word in FIRST_NAMES | TECHNICAL)
