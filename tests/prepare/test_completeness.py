from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

import pytest

from fascicle.core import ENTITIES, Header, Inferred, Modality, PlannedRecording, Source, Subject
from fascicle.prepare import make_table
from fascicle.prepare._completeness import (
    find_aside,
    find_copies,
    find_disagreements,
    find_implausible,
    find_missing,
    find_table_gaps,
    find_unused,
)

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def recording(at: int, person: str, *evidence: str, **values: str) -> PlannedRecording:
    entities = {name: Inferred(values.get(name, "")) for name in ENTITIES}
    entities["participant"] = Inferred(person, 1.0, evidence)
    source = Source("edf", (PurePosixPath(f"{person}/{at}.edf"),), 9)
    return PlannedRecording(f"rec-{at:04d}", source, Modality.EEG, entities)


def test_rows_without_files_and_files_without_rows_are_found() -> None:
    table = make_table([["id", "zorg"], ["1", "a"], ["2", "b"]])

    found = find_table_gaps(table, {"S1": "1"}, ["S1", "S3"])

    assert [f.code for f in found] == [
        "participant.without-recording", "participant.without-row", "table.column-unknown",
    ]  # fmt: skip
    assert found[1].raw_place == "S3"


def test_the_session_that_all_others_have_is_missed() -> None:
    rows = [recording(i, f"S{i}", session=s) for i in range(5) for s in ("pre", "post")]

    found = find_missing(rows[:-1])

    assert [(f.code, f.raw_place) for f in found] == [("session.missing", "S4: post")]


def test_a_task_is_missed_among_recordings_of_its_own_kind_alone() -> None:
    rows = [recording(i, f"S{i}", task="rest") for i in range(5)]
    scan = replace(recording(9, "S9"), modality=Modality.ANAT)

    assert find_missing([*rows, scan]) == []


def test_days_as_sessions_are_missed_by_nobody() -> None:
    rows = [recording(i, f"S{i}", session=f"2019-03-{i + 10}") for i in range(5)]

    assert find_missing(rows) == []


@pytest.mark.parametrize(
    ("measured", "birth", "age", "code"),
    [
        (datetime(1900, 1, 1, tzinfo=UTC), None, None, "header.date-implausible"),
        (datetime(2031, 1, 1, tzinfo=UTC), None, None, "header.date-implausible"),
        (datetime(2019, 1, 1, tzinfo=UTC), date(2020, 1, 1), None, "header.birth-implausible"),
        (None, date(2030, 1, 1), None, "header.birth-implausible"),
        (datetime(2019, 1, 1, tzinfo=UTC), date(1900, 1, 1), None, "header.age-implausible"),
        (None, None, 111.0, "header.age-implausible"),
    ],
)
def test_what_cannot_be_is_found_and_its_value_not_told(
    measured: datetime | None, birth: date | None, age: float | None, code: str
) -> None:
    header = Header(Modality.EEG, 250.0, 9, (), measured_at=measured,
                    subject=Subject(birth=birth, age_years=age))  # fmt: skip

    found = find_implausible({"rec-0001": header}, NOW)

    assert [f.code for f in found] == [code]
    assert all(str(year) not in found[0].reason for year in (1900, 2020, 2030, 2031))


def test_an_ordinary_header_is_plausible() -> None:
    header = Header(Modality.EEG, 250.0, 9, (), measured_at=datetime(2019, 1, 1, tzinfo=UTC),
                    subject=Subject(birth=date(1930, 1, 1), age_years=88.0))  # fmt: skip

    assert find_implausible({"rec-0001": header}, NOW) == []


def test_contradictions_have_raw_names_for_the_owner_only() -> None:
    rows = [recording(1, "Schmidt", "headers contradict one another"), recording(2, "Meier")]

    found = find_disagreements(rows, {1: "Expected this, got that."})

    assert [f.code for f in found] == ["participant.contradiction", "path.disagrees"]
    assert all("Schmidt" not in f.reason + f.place + f.fix for f in found)
    assert found[0].raw_place == "Schmidt/1.edf"


def test_copies_are_said() -> None:
    assert [f.raw_place for f in find_copies([recording(1, "S1")])] == ["S1/1.edf"]


def test_what_lies_aside_of_a_bids_dataset_is_told_with_its_folder() -> None:
    [found] = find_aside([recording(1, "sourcedata")])

    assert (found.code, found.raw_place) == ("file.aside", "sourcedata/1.edf")
    assert "`sourcedata/`" in found.reason
    twin = replace(recording(1, "sub-01"), bids_path="sub-01/eeg/sub-01_task-x_eeg.set")
    assert [found.code for found in find_aside([twin])] == ["file.same-name"]
    assert "header" not in found.reason


def test_a_table_of_participants_that_was_not_used_is_told() -> None:
    about = make_table([["id", "age"], ["x1", "31"], ["x2", "40"]], name="people.csv")
    events = make_table([["onset", "duration"], ["1", "2"], ["3", "4"]], name="events.csv")

    found = find_unused([about, events], None)

    assert [(f.code, f.raw_place) for f in found] == [("table.not-used", "people.csv")]
    assert find_unused([about, events], about) == []
