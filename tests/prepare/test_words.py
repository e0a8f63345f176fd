from __future__ import annotations

import pytest

from fascicle.prepare._words import FAMILY_KEYS, KEYS, SPECIES, TASKS, VOCABULARY, WEAK_WORDS, fold


@pytest.mark.parametrize(
    ("words", "task"),
    [
        (("augen", "offen"), "eyesopen"),
        (("yeux", "fermes"), "eyesclosed"),
        (("ruhe",), "rest"),
        (("2", "back"), "2back"),
        (("gedachtnis",), "memory"),
        (("gedaechtnis",), "memory"),
    ],
)
def test_tasks_are_known_in_three_languages(words: tuple[str, ...], task: str) -> None:
    assert VOCABULARY[words] == ("task", task)


def test_every_word_is_folded_so_that_lookup_can_find_it() -> None:
    assert all(word == fold(word) for words in VOCABULARY for word in words)


def test_folding_takes_accents_away_and_nothing_else() -> None:
    assert [fold(w) for w in ("Müller", "Fermés", "Straße", "ABC1")] == [
        "muller",
        "fermes",
        "strasse",
        "abc1",
    ]


def test_every_short_word_that_may_be_initials_must_be_vouched_for() -> None:
    two_letters = {words[0] for words in VOCABULARY if len(words) == 1 and len(words[0]) == 2}

    assert two_letters - WEAK_WORDS == set()


def test_families_are_no_ordinary_participants() -> None:
    assert all(KEYS[word]["participant"] < KEYS["sub"]["participant"] for word in FAMILY_KEYS)


def test_no_word_names_two_species_or_two_tasks() -> None:
    names = [name for names in SPECIES.values() for name in names]
    spelled = [word for words in TASKS.values() for word in words.split("|")]

    assert len(names) == len(set(names))
    assert len(spelled) == len(set(spelled))
