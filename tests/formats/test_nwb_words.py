"""Words of the schema and of every lab stay; others do not."""

from __future__ import annotations

import pytest

from fascicle.formats._nwb_words import (
    is_known_column,
    is_known_name,
    release_attribute,
    release_levels,
    schema_names,
)


def test_names_of_the_schema_are_known() -> None:
    assert {"spike_times", "ElectricalSeries", "acquisition"} <= schema_names()


@pytest.mark.parametrize(
    ("name", "type_name", "known"),
    [
        ("ElectricalSeries", "ElectricalSeries", True),
        ("ElectricalSeries12", "ElectricalSeries", True),
        ("ElectricalSeriesAPPart2", "ElectricalSeries", True),
        ("behavior", "ProcessingModule", True),
        ("ElectricalSeriesMeier", "ElectricalSeries", False),
        ("wheel of Anna", "TimeSeries", False),
        ("Meier", "", False),
    ],
)
def test_an_object_keeps_its_name_if_it_is_the_schemas(
    name: str, type_name: str, known: bool
) -> None:
    assert is_known_name(name, type_name) is known


@pytest.mark.parametrize(
    ("name", "known"),
    [("response_time", True), ("goCue", True), ("spike_times", True), ("meier", False),
     ("trial_2019", False), ("reward_anna", False)],
)  # fmt: skip
def test_a_column_keeps_its_name_if_every_word_is_known(name: str, known: bool) -> None:
    assert is_known_column(name) is known


def test_equal_values_stay_equal_and_tell_nothing() -> None:
    assert release_levels(["Anna", "good", "Ben", "Anna", "17"]) == [
        "level 1", "good", "level 2", "level 1", "17",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "released"),
    [
        ("neurodata_type", "Units", "Units"),
        ("unit", "volts", "volts"),
        ("unit", "per Meier", "n.a."),
        ("description", "of Anna Meier", "unknown"),
        ("manufacturer", "Meier AG", "unknown"),
        ("continuity", "step", "step"),
        ("continuity", "Meier", None),
    ],
)
def test_attributes_keep_known_words_alone(name: str, value: str, released: str | None) -> None:
    assert release_attribute(name, value) == released
