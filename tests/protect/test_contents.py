"""What a field's name tells of its number."""

from __future__ import annotations

import pytest

from fascicle.protect._contents import Contents, Field, hint_of, is_datelike, is_measure


@pytest.mark.parametrize("name", ["acq_time", "DateOfBirth", "geburtsdatum", "dob", "visit_date"])
def test_names_of_days(name: str) -> None:
    assert is_datelike(name)
    assert hint_of(name) == "date"


@pytest.mark.parametrize("name", ["onset", "SamplingFrequency", "n_samples", "contentSize", "x"])
def test_names_of_measures(name: str) -> None:
    assert is_measure(name)
    assert hint_of(name) == "size"


@pytest.mark.parametrize("name", ["patient", "administrator", "code", "sex", "surname", ""])
def test_other_names_tell_nothing(name: str) -> None:
    assert hint_of(name) == ""


def test_blank_texts_are_not_kept_and_no_text_is_shown() -> None:
    contents = Contents("edf")
    contents.add("header", "  \x00\n")
    contents.add("header", "Meier")

    assert [f.text for f in contents.fields] == ["Meier"]
    assert "Meier" not in repr(contents.fields)
    assert "Meier" not in repr(Field("a", "Meier"))
