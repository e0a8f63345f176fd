from __future__ import annotations

import os
import stat
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fascicle.core import (
    ENTITIES,
    Finding,
    Inferred,
    Modality,
    Plan,
    PlannedParticipant,
    PlannedRecording,
    Question,
    Severity,
    Source,
    Subject,
)
from fascicle.errors import PlanError
from fascicle.prepare import read_plan, write_plan

SECRET = "Schmidt, Anna"


def make_plan(text: str = SECRET) -> Plan:
    why = ("the number after 's' in folder names", f"odd: {text} #1 'x' \"y\"")
    entities = {name: Inferred() for name in ENTITIES}
    entities |= {"participant": Inferred(text, 0.97, why), "task": Inferred("01", 1 / 3, why[:1])}
    return Plan(
        raw=f"/data/{text}",
        study="yes",
        made_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
        recordings=(
            PlannedRecording("rec-0001", Source("edf", (PurePosixPath(f"a/{text}.edf"),), 12345),
                             Modality.MEG, entities, 61.7, 19, False, "sub-01/x.edf"),
        ),
        participants=(
            PlannedParticipant(text, Subject("07", text, date(1987, 3, 12), 31.5, "F", "L"),
                               {"BDI: total": "07", "note": text}, species_from="table"),
        ),
        questions=(Question("line_hz", "Which?", "So.", "50", "--line-hz", ("50", "60"), "60"),),
        findings=(Finding("file.empty", Severity.ERROR, "raw folder", "Expected 1, got 0.", "Mend.",
                          "look", "", text),),
        settings={"species": "homo sapiens", "line_hz": 50.0, "authors": ["A B", text],
                  "allow_labels": [], "deep": {"x": None, "y": True}},
        identity_confidence=0.875,
        ignored=(text, "b.txt"),
        tables=("people.tsv",),
        bids_input=True,
    )  # fmt: skip


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"

    write_plan(make_plan(), path)

    assert read_plan(path) == make_plan()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(min_size=1, max_size=20).filter(lambda t: "/" not in t and "\0" not in t
                                                    and t not in {".", ".."}))  # fmt: skip
def test_whatever_people_call_things_comes_back(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.yaml"

    write_plan(make_plan(text), path)

    assert read_plan(path) == make_plan(text)


def test_the_same_plan_makes_the_same_bytes_and_explains_itself(tmp_path: Path) -> None:
    write_plan(make_plan(), tmp_path / "a.yaml")
    write_plan(make_plan(), tmp_path / "b.yaml")

    text = (tmp_path / "a.yaml").read_text("utf-8")
    assert text == (tmp_path / "b.yaml").read_text("utf-8")
    assert "fascicle share RAW OUT --plan" in text
    assert text.count("\n# ") >= 7


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    write_plan(make_plan(), tmp_path / "plan.yaml")

    assert stat.S_IMODE((tmp_path / "plan.yaml").stat().st_mode) == 0o600


def test_edits_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    write_plan(make_plan("S1"), path)
    text = path.read_text("utf-8")

    text = text.replace('task: {value: "01", sure: 0.3333333333333333, why: [1]}', "task: rest")
    text = text.replace("include: false", "include: yes").replace('value: "S1"', "value: S2")
    path.write_text(text.replace("value: S1", "value: 007"), "utf-8")

    edited = read_plan(path)
    assert edited.recordings[0].include
    assert edited.recordings[0].entities["task"] == Inferred("rest", 1.0, ())
    assert [p.raw_id for p in edited.participants] == [
        "S1", edited.recordings[0].entities["participant"].value
    ]  # fmt: skip


MISTAKES = [
    ("made_at:", "made_on:", "FSC302"),
    ("modality: meg", "modality: xyz", "FSC303"),
    ("include: false", "include: maybe", "FSC303"),
    ("sure: 0.97", "sure: 97", "FSC303"),
    ("duration_s: 61.7", "duration_s: long", "FSC303"),
    ("why: [1, 2]", "why: [1, 9]", "FSC303"),
    ("birth: ", "birthday: ", "FSC304"),
    ("bids_input: true", "bids_input: true\nbids_input: true", "FSC305"),
    ("format: edf", "format: *edf", "FSC301"),
    ("recordings:\n", "recordings: {\n", "FSC301"),
    ("answer: \"60\"", "answer: \"55\"", "FSC303"),
    ("identity_confidence: 0.875", "identity_confidence: [1]", "FSC303"),
    ("2026-01-31T12:00:00+00:00", "2026-01-31", "FSC303"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), MISTAKES, ids=[m[1][:24] for m in MISTAKES])
def test_a_mistake_is_told_by_its_line_and_never_by_its_value(
    tmp_path: Path, old: str, new: str, code: str
) -> None:
    path = tmp_path / "plan.yaml"
    write_plan(make_plan(), path)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")

    with pytest.raises(PlanError) as raised:
        read_plan(path)

    assert raised.value.code == code
    assert SECRET not in str(raised.value)
    assert "line" in str(raised.value) or "asterisk" in str(raised.value)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"- a\n- b\n", b"!!python/object:os.x {}"]
)
def test_what_is_no_plan_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(content)

    with pytest.raises(PlanError, match=r"FSC30[123]"):
        read_plan(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="FSC301"):
        read_plan(tmp_path / "none.yaml")


def test_what_other_kinds_call_a_participant_is_kept(tmp_path: Path) -> None:
    planned = PlannedParticipant("P01", aliases=("4711", "no", "a: b"))
    plan = Plan("raw", "s", datetime(2026, 1, 31, 12, tzinfo=UTC), (), (planned,))

    write_plan(plan, tmp_path / "plan.yaml")

    assert read_plan(tmp_path / "plan.yaml").participants == (planned,)
