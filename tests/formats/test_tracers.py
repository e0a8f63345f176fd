"""Tracers are named by a closed list."""

from __future__ import annotations

import pytest

from fascicle.formats._tracers import TRACER_NAMES, name_tracer


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FDG", "FDG"), ("[18F]FDG", "FDG"), ("F18-FDG", "FDG"), ("FDG -- fluorodeoxyglucose",
        "FDG"), ("[11C]UCB-J", "UCBJ"), ("11C-PIB", "PIB"), ("CIMBI-36", "CIMBI36"),
        ("Oxygen-water", "H2O"),
    ],
)  # fmt: skip
def test_tracers_are_known_with_their_isotope_and_without(text: str, code: str) -> None:
    assert name_tracer(text) == code


@pytest.mark.parametrize(
    "text", ["MEIER1970", "AB12345", "J.Smith", "Meier", "KM70", "12345678", "", "FDG for Meier"]
)
def test_no_name_initials_or_number_is_a_tracer(text: str) -> None:
    assert name_tracer(text) == ""


def test_codes_can_stand_in_a_file_name() -> None:
    assert all(name_tracer(name).isalnum() for name in TRACER_NAMES)
