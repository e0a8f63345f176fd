from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from fascicle.testing._layout_draft import HABITS, Draft, Shot, Truth
from fascicle.testing._layout_people import make_people


def test_a_correction_of_the_truth_leaves_the_shot_alone() -> None:
    rng = np.random.default_rng(7)
    people = make_people(rng, 5)
    draft = Draft(rng, people, 1, ["rest"], 1)
    shot = Shot(people[0], 1, "rest", 1, datetime(2019, 1, 1, tzinfo=UTC), 9,
                Truth(0, "", "rest", "", 1))  # fmt: skip

    draft.add("S1_rest", shot, session="pre")

    assert draft.named[0][1].truth.session == "pre"
    assert shot.truth.session == ""


def test_every_habit_explains_itself() -> None:
    assert all("``" in (function.__doc__ or "") for function, _, _ in HABITS.values())
