"""A question is settled by a person's answer, or else by its default."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

from fascicle.core import ENTITIES, Inferred, Modality, Plan, PlannedRecording, Question, Source

QUESTION = Question("line_hz", "50 or 60 Hz?", "It hides noise.", "50", "--line-hz", ("50", "60"))


def test_the_default_holds_until_somebody_answers() -> None:
    assert QUESTION.settled == "50"
    assert replace(QUESTION, answer="60").settled == "60"


def test_nothing_inferred_is_certain_of_nothing() -> None:
    assert (Inferred().value, Inferred().evidence) == ("", ())


def test_a_plan_keeps_recordings_in_the_order_given() -> None:
    entities = {name: Inferred() for name in ENTITIES}
    recordings = tuple(
        PlannedRecording(key, Source("edf", (PurePosixPath(f"{key}.edf"),), 7), Modality.EEG,
                         entities)
        for key in ("rec-0002", "rec-0001")
    )  # fmt: skip

    plan = Plan("raw", "study", datetime(2026, 1, 1, tzinfo=UTC), recordings)

    assert [recording.key for recording in plan.recordings] == ["rec-0002", "rec-0001"]
    assert all(recording.include for recording in plan.recordings)


def test_plans_do_not_share_their_settings() -> None:
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    one, other = Plan("a", "s", made_at, ()), Plan("b", "s", made_at, ())

    one.settings["policy"] = "animal"

    assert other.settings == {}
