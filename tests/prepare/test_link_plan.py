from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

import pytest

from fascicle.core import (
    ENTITIES,
    PUBLISH_CONFIDENCE,
    Header,
    Inferred,
    Modality,
    Plan,
    PlannedParticipant,
    PlannedRecording,
    Source,
    Subject,
)
from fascicle.errors import InputError
from fascicle.prepare import link_plan, read_plan, write_plan

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ROWS = (
    ("eeg/P1_rest.edf", "edf", Modality.EEG, "P1", "12"),
    ("eeg/P2_rest.edf", "edf", Modality.EEG, "P2", "13"),
    ("dicom/IM1", "dicom", Modality.ANAT, "4711", "12"),
    ("dicom/IM2", "dicom", Modality.ANAT, "0815", "29"),
)


@pytest.fixture
def plan() -> Plan:
    recordings = tuple(
        PlannedRecording(
            f"rec-{at}", Source(kind, (PurePosixPath(path),), 1), modality,
            {name: Inferred(who if name == "participant" else "", 0.95) for name in ENTITIES},
        )
        for at, (path, kind, modality, who, _) in enumerate(ROWS)
    )  # fmt: skip
    people = tuple(PlannedParticipant(who) for who in ("0815", "4711", "P1", "P2"))
    return Plan("raw", "study", NOW, recordings, people, identity_confidence=0.95)


@pytest.fixture
def headers(plan: Plan) -> dict[str, Header]:
    return {
        r.key: Header(r.modality, measured_at=datetime(2019, 3, int(row[4]), 9, tzinfo=UTC),
                      subject=Subject(code=row[3] if row[1] == "dicom" else "", sex="F"))
        for r, row in zip(plan.recordings, ROWS, strict=True)
    }  # fmt: skip


def people_of(plan: Plan) -> list[str]:
    return [r.entities["participant"].value for r in plan.recordings]


def write_table(folder: Path, *rows: tuple[str, str]) -> Path:
    path = folder / "links.csv"
    path.write_text("".join(f"{one};{other}\n" for one, other in rows), "utf-8")
    return path


def test_a_table_joins_people_of_a_plan(
    plan: Plan, headers: dict[str, Header], tmp_path: Path
) -> None:
    table = write_table(tmp_path, ("eeg", "mri"), ("P1", "4711"), ("P2", "0815"))

    linked = link_plan(plan, headers, table)

    assert people_of(linked) == ["P1", "P2", "P1", "P2"]
    assert [(p.raw_id, p.aliases) for p in linked.participants] == [
        ("P1", ("4711",)), ("P2", ("0815",)),
    ]  # fmt: skip
    assert linked.identity_confidence >= PUBLISH_CONFIDENCE
    assert "linking table" in " ".join(linked.recordings[2].entities["participant"].evidence)


def test_sessions_of_joined_kinds_are_told_apart_by_their_days(
    plan: Plan, headers: dict[str, Header], tmp_path: Path
) -> None:
    table = write_table(tmp_path, ("eeg", "mri"), ("P1", "4711"), ("P2", "0815"))

    linked = link_plan(plan, headers, table)

    sessions = [r.entities["session"].value for r in linked.recordings]
    assert sessions == ["", "2019-03-13", "", "2019-03-29"]


def test_linking_twice_is_linking_once(
    plan: Plan, headers: dict[str, Header], tmp_path: Path
) -> None:
    table = write_table(tmp_path, ("eeg", "mri"), ("P1", "4711"))

    once = link_plan(plan, headers, table)

    assert people_of(once) == ["P1", "P2", "P1", "0815"]
    assert link_plan(once, headers, table) == once


def test_a_joined_plan_is_read_from_its_file_as_it_was_written(
    plan: Plan, headers: dict[str, Header], tmp_path: Path
) -> None:
    linked = link_plan(plan, headers, write_table(tmp_path, ("eeg", "mri"), ("P1", "4711")))

    write_plan(linked, tmp_path / "plan.yaml")

    assert read_plan(tmp_path / "plan.yaml") == linked


def test_a_row_against_birth_dates_is_told_and_not_followed(
    plan: Plan, headers: dict[str, Header], tmp_path: Path
) -> None:
    for key, year in (("rec-0", 1980), ("rec-1", 1985), ("rec-2", 1990), ("rec-3", 1985)):
        known = headers[key]
        headers[key] = replace(known, subject=replace(known.subject, birth=date(year, 3, 7)))
    table = write_table(tmp_path, ("eeg", "mri"), ("P1", "4711"), ("P2", "0815"))

    linked = link_plan(plan, headers, table)

    assert people_of(linked) == ["P1", "P2", "4711", "P2"]
    assert [f.code for f in linked.findings] == ["table.link-row"]


def test_equal_names_that_were_kept_apart_are_found_in_the_table(
    plan: Plan, headers: dict[str, Header], tmp_path: Path
) -> None:
    new = dict(zip(("P1", "P2", "4711", "0815"), ("1", "2", "1 (mri)", "2 (mri)"), strict=True))
    recordings = tuple(
        replace(r, entities=r.entities | {
            "participant": Inferred(new[r.entities["participant"].value], 0.95)})
        for r in plan.recordings
    )  # fmt: skip
    people = tuple(PlannedParticipant(who) for who in sorted(new.values()))
    bare = {key: replace(h, subject=Subject()) for key, h in headers.items()}
    table = write_table(tmp_path, ("eeg", "mri"), ("1", "2"), ("2", "1"))

    linked = link_plan(replace(plan, recordings=recordings, participants=people), bare, table)

    assert people_of(linked) == ["1", "2", "2", "1"]


def test_what_a_person_set_apart_in_the_plan_stays_apart(
    plan: Plan, headers: dict[str, Header], tmp_path: Path
) -> None:
    recordings = (*plan.recordings, replace(
        plan.recordings[3], key="rec-4", source=Source("dicom", (PurePosixPath("dicom/IM3"),), 1),
        entities=plan.recordings[3].entities | {"participant": Inferred("P2 other")}))  # fmt: skip
    table = write_table(tmp_path, ("eeg", "mri"), ("P1", "4711"))

    linked = link_plan(replace(plan, recordings=recordings), headers, table)

    assert people_of(linked)[1] == "P2"
    assert people_of(linked)[4] == "P2 other"


def test_a_table_that_names_nobody_is_refused(
    plan: Plan, headers: dict[str, Header], tmp_path: Path
) -> None:
    table = write_table(tmp_path, ("eeg", "mri"), ("X1", "99"), ("X2", "98"))

    with pytest.raises(InputError, match="FSC130"):
        link_plan(plan, headers, table)
