"""The log of decisions about labels."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import PurePosixPath

from fascicle.core import Decision, Label
from fascicle.quality import DecidedLabel
from fascicle.workflows._decisions import add_decisions, decision_log, read_decided

PLACE = PurePosixPath("sub-01/eeg/sub-01_task-rest_eeg.edf")
DECIDED = DecidedLabel(Label("blink", 0.5, 1.0, 0.25, ("Fp1",)), Decision("change", "saccade"))
WHOLE = DecidedLabel(Label("flat", 1.0, channels=("T7",)), Decision("reject"))


def test_what_is_added_is_read_for_its_recording_and_method(tmp_path):
    folder = tmp_path / "dataset"
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    add_decisions(folder, [(PLACE, "artifacts", DECIDED)], by="A", now=now)
    add_decisions(folder, [(PLACE, "artifacts", WHOLE), (PLACE, "cells", WHOLE)], by="B", now=now)

    assert read_decided(folder, PLACE, "artifacts") == (DECIDED, WHOLE)
    assert math.isinf(read_decided(folder, PLACE, "cells")[0].label.duration_s)
    assert read_decided(folder, PLACE.with_name("other.edf"), "artifacts") == ()


def test_it_lies_in_the_workspace_where_there_is_one(tmp_path):
    folder = tmp_path / "dataset"

    assert decision_log(folder) == tmp_path / "dataset.decisions.jsonl"
    (tmp_path / "dataset.private").mkdir()
    assert decision_log(folder) == tmp_path / "dataset.private" / "decisions.jsonl"
