"""The table of synonyms is consistent: every word says what it should and nothing wider."""

from __future__ import annotations

import pytest

from fascicle.discover._synonyms import MODALITIES, SEXES, SPECIES, expand_word, is_known


@pytest.mark.parametrize(
    ("word", "other"),
    [("eeg", "electroencephalography"), ("rest", "resting state"), ("human", "homo sapiens"),
     ("mouse", "mus musculus"), ("ecog", "ieeg"), ("fnirs", "nirs")],
)  # fmt: skip
def test_words_that_mean_the_same_find_each_other(word: str, other: str) -> None:
    assert other in expand_word(word)
    assert word in expand_word(other)
    assert expand_word(word)[0] == word


@pytest.mark.parametrize(
    ("general", "special"), [("memory", "nback"), ("sleep", "psg"), ("monkey", "macaque")]
)
def test_a_general_word_means_the_special_ones_but_not_the_other_way_round(
    general: str, special: str
) -> None:
    assert special in expand_word(general)
    assert general not in expand_word(special)


def test_eeg_is_never_taken_for_ieeg_or_meg() -> None:
    assert set(expand_word("eeg")).isdisjoint({"ieeg", "meg", "seeg"})


def test_codes_are_those_of_the_catalogue() -> None:
    assert set(MODALITIES.values()) == {"eeg", "meg", "ieeg", "nirs"}
    assert set(SEXES.values()) == {"f", "m", "o"}
    assert all(len(name.split()) == 2 for name in SPECIES.values())
    assert all(is_known(word) for word in MODALITIES)
