"""Findings go to others without raw names, and to the owner with them."""

from __future__ import annotations

import dataclasses

import pytest

from fascicle.core import Finding, Severity

FINDING = Finding(
    "file.truncated",
    Severity.ERROR,
    "rec-0003",
    "Expected 512 bytes, got 17.",
    "Copy it again.",
    origin="look",
    raw_place="Meier_Anna.edf",
)


def test_raw_names_are_for_the_owner_alone() -> None:
    assert "Meier" not in str(FINDING.as_dict())
    assert FINDING.as_dict(owner=True)["raw_place"] == "Meier_Anna.edf"


def test_a_finding_comes_back_from_its_words() -> None:
    words = FINDING.as_dict(owner=True)

    again = Finding(**(words | {"severity": Severity(words["severity"])}))

    assert again == FINDING


def test_a_finding_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        FINDING.code = "other"
