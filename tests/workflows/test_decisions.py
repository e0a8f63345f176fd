"""The log of decisions about labels."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from fascicle.core import Decision, Label
from fascicle.errors import JobError
from fascicle.jobs import lock_output
from fascicle.quality import DecidedLabel
from fascicle.workflows._decisions import add_decisions, decision_log, read_decisions

PLACE = PurePosixPath("sub-01/eeg/sub-01_task-rest_eeg.edf")
DECIDED = DecidedLabel(Label("blink", 0.5, 1.0, 0.25, ("Fp1",)), Decision("change", "saccade"))
WHOLE = DecidedLabel(Label("flat", 1.0, channels=("T7",)), Decision("reject"))


def test_what_is_added_is_read_for_its_recording_and_method(tmp_path):
    folder = tmp_path / "dataset"
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    add_decisions(folder, [(PLACE, "artifacts", DECIDED)], by="A", now=now)
    add_decisions(folder, [(PLACE, "artifacts", WHOLE), (PLACE, "cells", WHOLE)], by="B", now=now)

    decided = read_decisions(folder)
    assert decided[str(PLACE), "artifacts"] == (DECIDED, WHOLE)
    assert math.isinf(decided[str(PLACE), "cells"][0].label.duration_s)
    assert len(decided) == 2


@pytest.mark.parametrize("odd", ["\u2028", "\x85", "\x1c", "\n", "\r"])
def test_whatever_a_name_holds_the_log_can_be_read_again(tmp_path, odd):
    one = DecidedLabel(Label("blink", 0.5, channels=(f"Fp{odd}1",)), Decision("accept"))

    add_decisions(tmp_path / "dataset", [(PLACE, "artifacts", one)], by=f"A{odd}B")

    assert read_decisions(tmp_path / "dataset") == {(str(PLACE), "artifacts"): (one,)}


def test_two_who_decide_at_once_lose_nothing(tmp_path):
    folder = tmp_path / "dataset"

    with lock_output(decision_log(folder)), pytest.raises(JobError, match="FSC704"):
        add_decisions(folder, [(PLACE, "artifacts", DECIDED)], by="B")

    add_decisions(folder, [(PLACE, "artifacts", DECIDED)], by="B")
    assert len(list(tmp_path.iterdir())) == 1


def test_it_lies_in_the_workspace_where_there_is_one(tmp_path):
    folder = tmp_path / "dataset"

    assert decision_log(folder) == tmp_path / "dataset.decisions.jsonl"
    (tmp_path / "dataset.private").mkdir()
    assert decision_log(folder) == tmp_path / "dataset.private" / "decisions.jsonl"
