"""Every measure says what it means."""

from __future__ import annotations

import pytest

from fascicle.quality._image_meanings import MEANINGS, explain_measures


def test_meanings_are_sentences() -> None:
    assert all(meaning.endswith(".") and meaning[0].isupper() for _, meaning in MEANINGS.values())


def test_values_are_explained_in_the_order_of_their_names() -> None:
    found = explain_measures({"tsnr": 55.0, "cjv": 0.4, "fd_mean": 0.2})

    assert list(found) == ["cjv", "fd_mean", "tsnr"]
    assert (found["fd_mean"].value, found["fd_mean"].unit) == (0.2, "mm")


def test_a_measure_without_meaning_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        explain_measures({"unheard_of": 1.0})
