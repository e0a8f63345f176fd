"""What is looked for, from paths, tables and headers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

import openpyxl
import pytest

from fascicle.core import (
    Channel,
    Event,
    Header,
    Identifier,
    Inferred,
    Modality,
    Plan,
    PlannedParticipant,
    PlannedRecording,
    Source,
    Subject,
)
from fascicle.protect import BIDS_LABEL, collect_identifiers

PATHS = {
    "Meier": "Meier_Anna/rest_20130512_gtz.edf",
    "H884120": "H884120/rest_checker.edf",
    "VP07": "VP07/task-oddball_checker.edf",
}


def make_plan(root: Path, **settings: object) -> Plan:
    recordings = tuple(
        PlannedRecording(
            f"rec-{number:04d}",
            Source("edf", (PurePosixPath(path),), 9),
            Modality.EEG,
            {"participant": Inferred(raw), "task": Inferred("oddball")},
        )
        for number, (raw, path) in enumerate(PATHS.items(), start=1)
    )
    people = tuple(PlannedParticipant(raw) for raw in PATHS)
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Plan(str(root), "study", made_at, recordings, people, **settings)  # type: ignore[arg-type]


def make_header(**fields: object) -> Header:
    channels = (Channel("Cz", "EEG", "uV", 250.0),)
    return Header(Modality.EEG, 250.0, 7, channels, **fields)  # type: ignore[arg-type]


def pairs(identifiers: tuple[Identifier, ...]) -> set[tuple[str, str]]:
    return {(identifier.kind, identifier.value) for identifier in identifiers}


def test_paths_give_ids_dates_and_words_of_one_person(tmp_path: Path) -> None:
    found = pairs(collect_identifiers(tmp_path, make_plan(tmp_path), {}))

    assert {("id", "Meier"), ("id", "H884120"), ("id", "VP07"), ("path", "Anna")} <= found
    assert ("date", "2013-05-12") in found
    assert ("path", "gtz") in found
    values = {value.lower() for _, value in found}
    assert not values & {"rest", "oddball", "checker", "task"}


def test_headers_give_all_that_points_to_somebody(tmp_path: Path) -> None:
    header = make_header(
        measured_at=datetime(2013, 5, 12, 9, tzinfo=UTC),
        subject=Subject("4711-08", "Quandt^Leonore", date(1961, 3, 14)),
        identifiers=(
            Identifier("operator", "B. Vok", "header"),
            Identifier("institution", "University Hospital Oberwiesel", "header"),
            Identifier("date", "2014.12.19", "header"),
            Identifier("text", "HP:0.1Hz LP:70Hz", "header"),
            Identifier("text", "Comment", "header"),
            Identifier("path", "E:\\kristijan\\data\\x.ncs", "header"),
        ),
        events=(Event(0.0, 0.0, "Lydia coughs"), Event(1.0, 0.0, "S  1")),
    )

    found = pairs(collect_identifiers(tmp_path, make_plan(tmp_path), {"rec-0001": header}))

    assert {
        ("id", "4711-08"), ("name", "Quandt^Leonore"), ("name", "Quandt"), ("name", "Leonore"),
        ("birthdate", "1961-03-14"), ("operator", "Vok"), ("institution", "Oberwiesel"),
        ("date", "2014-12-19"), ("path", "kristijan"), ("name", "Lydia"),
    } <= found  # fmt: skip
    assert ("date", "2013-05-12T09:00:00+00:00") in found
    values = {value for _, value in found}
    assert not values & {"HP:0.1Hz LP:70Hz", "Comment", "University", "Hospital", "data"}


@pytest.mark.parametrize("placeholder", ["X", "", "anonymous", "n/a", "subject 1", "X X X", "EEG"])
def test_placeholders_are_no_identifiers(tmp_path: Path, placeholder: str) -> None:
    header = make_header(subject=Subject(placeholder, placeholder))
    plan = make_plan(tmp_path)

    with_header = collect_identifiers(tmp_path, plan, {"a": header})

    assert with_header == collect_identifiers(tmp_path, plan, {})


TABLE = [
    ["Code", "Vorname", "Geburtsdatum", "sex", "Gruppe", "PLZ", "Score", "Bemerkung"],
    ["H884120", "Leonore", "14.03.1961", "F", "patient", "80911", "12", "came with her sister Ute"],
    ["VP07", "Benno", "2.11.1988", "M", "control", "80915", "17", ""],
]


def check_table(found: set[tuple[str, str]]) -> None:
    assert {("name", "Leonore"), ("name", "Benno"), ("place", "80911")} <= found
    assert {("birthdate", "1961-03-14"), ("birthdate", "1988-11-02")} <= found
    assert ("name", "Ute") in found
    assert not {value for _, value in found} & {"F", "M", "patient", "control", "12", "17"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_tables_give_every_cell_but_short_categories(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    text = "\n".join(delimiter.join(row) for row in TABLE)
    (tmp_path / "people.csv").write_bytes(text.encode(encoding))

    found = collect_identifiers(tmp_path, make_plan(tmp_path, tables=("people.csv",)), {})

    check_table(pairs(found))


def test_workbooks_are_read_like_tables(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in TABLE:
        book.active.append(row)
    book.active["C2"] = datetime(1961, 3, 14)  # noqa: DTZ001 - as a spreadsheet keeps it
    book.save(tmp_path / "people.xlsx")

    found = collect_identifiers(tmp_path, make_plan(tmp_path, tables=("people.xlsx",)), {})

    check_table(pairs(found))


def test_a_broken_table_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "people.xlsx").write_bytes(b"PK\x03\x04 broken")

    plan = make_plan(tmp_path, tables=("people.xlsx", "absent.csv"))

    assert collect_identifiers(tmp_path, plan, {})


def test_of_the_names_of_a_bids_folder_only_those_that_tell_are_searched(tmp_path: Path) -> None:
    found = collect_identifiers(tmp_path, make_plan(tmp_path, bids_input=True), {})

    assert {i.kind for i in found if i.where != BIDS_LABEL} == {"date"}
    assert {i.kind for i in found if i.where == BIDS_LABEL} == {"id"}


def test_the_users_name_is_taken_from_the_path(tmp_path: Path) -> None:
    root = Path("/home/xylander/raw")

    found = pairs(collect_identifiers(root, make_plan(root), {}))

    assert ("operator", "xylander") in found


def test_identifiers_come_in_a_fixed_order(tmp_path: Path) -> None:
    found = collect_identifiers(tmp_path, make_plan(tmp_path), {})

    assert list(found) == sorted(found, key=lambda i: (i.kind, i.value))


@pytest.mark.parametrize(
    ("raw_id", "is_sought"),
    [("PAT11", True), ("Subject-012", True), ("control_07", True), ("EEG001", True),
     ("sub-001", False), ("ses-02", False), ("Subject 1", False), ("rest", False)],
)  # fmt: skip
def test_a_code_made_of_a_word_of_the_lab_is_searched_for(
    raw_id: str, is_sought: bool, tmp_path: Path
) -> None:
    plan = replace(make_plan(tmp_path), participants=(PlannedParticipant(raw_id),))

    found = pairs(collect_identifiers(tmp_path, plan, {}))

    assert (("id", raw_id) in found) is is_sought


def test_a_counter_that_is_nobodys_code_is_not_searched_for(tmp_path: Path) -> None:
    header = make_header(identifiers=(Identifier("id", "Trial12", "header: block"),))

    found = pairs(collect_identifiers(tmp_path, make_plan(tmp_path), {"rec-0001": header}))

    assert ("id", "Trial12") not in found


def test_the_codes_of_a_bids_folder_are_public(tmp_path: Path) -> None:
    header = make_header(subject=Subject("Subject12"))

    found = pairs(
        collect_identifiers(tmp_path, make_plan(tmp_path, bids_input=True), {"rec-0001": header})
    )

    assert ("id", "Subject12") not in found


def test_what_other_kinds_of_recordings_call_somebody_is_searched_for(tmp_path: Path) -> None:
    planned = PlannedParticipant("VPX01", aliases=("00471188", "KL-204"))
    plan = replace(make_plan(tmp_path), participants=(planned,))

    found = pairs(collect_identifiers(tmp_path, plan, {}))

    assert {("id", "VPX01"), ("id", "00471188"), ("id", "KL-204")} <= set(found)
