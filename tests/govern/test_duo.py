"""Codes have one spelling, and each says in plain words what it means."""

from __future__ import annotations

import pytest

from fascicle.govern import DUO, explain_code, parse_code


@pytest.mark.parametrize(
    ("word", "argument", "code"),
    [
        ("GRU", "", "DUO:0000042"),
        ("gru", "", "DUO:0000042"),
        ("DUO:0000042", "", "DUO:0000042"),
        ("duo_0000042", "", "DUO:0000042"),
        ("NPUNCU", "", "DUO:0000018"),
        ("DS", "mondo:0005027", "DUO:0000007 MONDO:0005027"),
        ("DUO:0000007", "HP_0001250", "DUO:0000007 HP:0001250"),
        ("DS", "", None),
        ("DS", "DUO:0000042", None),
        ("DS", "epilepsy", None),
        ("DUO:9999999", "", None),
        ("", "", None),
    ],
)
def test_a_code_has_one_spelling(word: str, argument: str, code: str | None) -> None:
    assert parse_code(word, argument) == code


def test_every_term_has_plain_words_of_its_own() -> None:
    says = [term.says for term in DUO.values()]

    assert len(set(says)) == len(says) == 33
    assert {term.kind for term in DUO.values()} == {
        "permission", "limit", "obligation", "approval", "purpose"
    }  # fmt: skip
    assert all(term.says in explain_code(term.id) for term in DUO.values())


def test_a_code_that_is_not_known_is_shown_as_it_is() -> None:
    assert explain_code("DUO:9999999") == "DUO:9999999"
