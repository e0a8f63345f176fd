from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from fascicle.core import (
    ENTITIES,
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
from fascicle.prepare import link_plan
from fascicle.protect import open_vault
from fascicle.workflows._links import follow_links, recall_links
from fascicle.workflows._settle import answer_questions

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def plan() -> Plan:
    from fascicle.prepare._questions import ask_link

    rows = [("eeg/P1.edf", "edf", Modality.EEG, "P1"), ("eeg/P2.edf", "edf", Modality.EEG, "P2"),
            ("mri/IM1", "dicom", Modality.ANAT, "4711"), ("mri/IM2", "dicom", Modality.ANAT, "0815")
            ]  # fmt: skip
    recordings = tuple(
        PlannedRecording(
            f"rec-{at}", Source(kind, (PurePosixPath(path),), 1), modality,
            {name: Inferred(who if name == "participant" else "", 0.95) for name in ENTITIES},
        )
        for at, (path, kind, modality, who) in enumerate(rows)
    )  # fmt: skip
    people = tuple(PlannedParticipant(who) for who in ("0815", "4711", "P1", "P2"))
    asked = (ask_link(("eeg", "mri")),)
    return Plan("raw", "study", NOW, recordings, people, asked, identity_confidence=0.95)


@pytest.fixture
def headers(plan: Plan) -> dict[str, Header]:
    return {
        r.key: Header(r.modality, subject=Subject(code=r.entities["participant"].value))
        for r in plan.recordings
    }


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "links.csv"
    path.write_text("eeg,mri\nP1,4711\nP2,0815\n", "utf-8")
    return path


def people_of(plan: Plan) -> list[str]:
    return [r.entities["participant"].value for r in plan.recordings]


def test_a_table_that_is_named_when_asked_is_followed_once(
    plan: Plan, headers: dict[str, Header], table: Path
) -> None:
    answered = answer_questions(plan, {}, lambda question, _: str(table))

    linked = follow_links(answered, headers)
    table.unlink()

    assert people_of(linked) == ["P1", "P2", "P1", "P2"]
    assert follow_links(linked, headers) == linked


def test_who_answers_nothing_is_kept_apart(plan: Plan, headers: dict[str, Header]) -> None:
    answered = answer_questions(plan, {}, None)

    assert follow_links(answered, headers) == answered


def test_an_answer_that_is_no_table_is_asked_again_and_then_refused(plan: Plan) -> None:
    answers = iter(["nowhere.csv", "apart"])
    told: list[str] = []

    def ask(question: object, _: Plan) -> str:
        told.append(question.why)  # type: ignore[attr-defined]  # a question
        return next(answers)

    answered = answer_questions(plan, {}, ask)

    assert answered.questions[0].answer == "apart"
    assert "table" in told[1]
    with pytest.raises(InputError, match="FSC111"):
        answer_questions(plan, {}, lambda question, _: "nowhere.csv")


def test_who_was_joined_in_an_earlier_session_has_one_pseudonym_and_is_joined_again(
    plan: Plan, headers: dict[str, Header], table: Path, tmp_path: Path
) -> None:
    linked = link_plan(plan, headers, table)
    aliases = {p.raw_id: p.aliases for p in linked.participants}
    with open_vault(tmp_path / "vault") as vault:
        first = vault.people("study", ["P1", "P2"], aliases)

        again = recall_links(plan, headers, vault)

        assert first["4711"] == first["P1"]
        assert people_of(again) == ["P1", "P2", "P1", "P2"]
        assert "participant.link-recalled" in {f.code for f in again.findings}


def test_strangers_to_the_vault_are_left_as_they_are(
    plan: Plan, headers: dict[str, Header], tmp_path: Path
) -> None:
    with open_vault(tmp_path / "vault") as vault:
        vault.people("study", ["P1", "P2", "4711", "0815"])

        assert recall_links(plan, headers, vault) is plan
        assert recall_links(replace(plan, study="other"), headers, vault) == replace(
            plan, study="other"
        )
