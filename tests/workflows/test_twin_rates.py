"""The rate of a table of numbers is what its sidecars say, the nearest first, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.workflows._twin_rates import read_rate

PERSON = Path("sub-01/func/sub-01_task-rest_timeseries")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    (tmp_path / PERSON).parent.mkdir(parents=True)
    (tmp_path / "dataset_description.json").write_text("{}", "utf-8")
    (tmp_path / "task-rest_timeseries.json").write_text('{"RepetitionTime": 2.5}', "utf-8")
    (tmp_path / "task-rest_bold.json").write_text('{"RepetitionTime": 9}', "utf-8")
    return tmp_path


def test_a_sidecar_at_the_top_holds_for_everybody(dataset: Path) -> None:
    assert read_rate(dataset / PERSON.with_suffix(".tsv"), dataset) == 0.4


def test_the_sidecar_beside_is_right_where_both_say_something(dataset: Path) -> None:
    (dataset / PERSON.with_suffix(".json")).write_text('{"RepetitionTime": 0.8}', "utf-8")

    assert read_rate(dataset / PERSON.with_suffix(".tsv"), dataset) == 1.25


def test_the_rate_of_the_table_counts_before_that_of_the_scan(dataset: Path) -> None:
    (dataset / PERSON.with_suffix(".json")).write_text('{"SamplingFrequency": 5}', "utf-8")

    assert read_rate(dataset / PERSON.with_suffix(".tsv"), dataset) == 5.0


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[2]", "{}", '{"RepetitionTime": "2"}', '{"RepetitionTime": 0}',
        '{"RepetitionTime": -2}', '{"RepetitionTime": true}', '{"RepetitionTime": NaN}',
        '{"RepetitionTime": Infinity}', '{"RepetitionTime": [2, 2]}',
    ],
)  # fmt: skip
def test_what_is_no_rate_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, "utf-8")

    assert read_rate(tmp_path / "a.tsv", tmp_path) is None
