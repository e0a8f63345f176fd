"""A term is known by its label, its identifier and its synonyms."""

from __future__ import annotations

import pytest

from fascicle.core import Term

MOUSE = Term("Mus musculus", "NCBITaxon:10090", ("mouse", "house mouse"))


@pytest.mark.parametrize(
    "word", ["Mus musculus", "mus_musculus", "  MUS  MUSCULUS ", "ncbitaxon:10090", "House Mouse"]
)
def test_a_term_matches_its_words_in_any_spelling(word: str) -> None:
    assert MOUSE.matches(word)


@pytest.mark.parametrize("word", ["mus", "mouses", "rat", "10090"])
def test_a_term_does_not_match_a_part_or_another_word(word: str) -> None:
    assert not MOUSE.matches(word)


def test_no_word_at_all_matches_no_term() -> None:
    assert not Term("rest").matches("")
    assert not MOUSE.matches(" ")
