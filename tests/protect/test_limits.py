"""What the proof cannot see is said for every format."""

from __future__ import annotations

import pytest

from fascicle.protect import limits


@pytest.mark.parametrize(
    "name", ["edf", "bdf", "brainvision", "fif", "set", "snirf", "json", "table"]
)
def test_every_format_has_words_of_its_own(name: str) -> None:
    assert limits(name) != limits("unknown")
    assert "name that nobody listed" in limits(name)


def test_endings_mean_their_format() -> None:
    assert limits(".VHDR") == limits("brainvision")


def test_an_unknown_format_is_said_to_be_unknown() -> None:
    assert "not known here" in limits("xyz")
