from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fascicle.core import PUBLISH_CONFIDENCE
from fascicle.prepare import look
from fascicle.testing import make_layout, write_layout

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.parametrize("habit", ["german_words", "groups_equal_codes", "backup_copies"])
def test_real_files_under_messy_names_are_told_apart(tmp_path: Path, habit: str) -> None:
    layout = make_layout(4, habit)
    write_layout(layout, tmp_path)

    plan = look(tmp_path, made_at=NOW).plan

    truth = {str(p): t for p, t in zip(layout.paths, layout.truth, strict=True)}
    assert len(plan.recordings) == len(truth)
    assert len({r.source.format for r in plan.recordings}) >= 5
    people = defaultdict(set)
    for recording in plan.recordings:
        real = truth[str(recording.source.primary)]
        people[recording.entities["participant"].value].add(real.person)
        assert recording.entities["task"].value == real.task
        assert recording.entities["session"].value == real.session
    assert all(len(persons) == 1 for persons in people.values())
    assert len(people) == len({t.person for t in layout.truth})
    assert plan.identity_confidence >= PUBLISH_CONFIDENCE
