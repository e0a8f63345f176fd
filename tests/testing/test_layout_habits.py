from __future__ import annotations

import pytest

from fascicle.testing import make_layout
from fascicle.testing._layout_draft import HABITS

NAMES = [
    name for name, (make, _, _) in HABITS.items() if make.__module__.endswith("_layout_habits")
]


@pytest.mark.parametrize("habit", NAMES)
def test_no_path_has_two_truths_and_no_person_is_lost(habit: str) -> None:
    layout = make_layout(9, habit)

    numbers = {truth.person for truth in layout.truth}
    assert numbers == set(range(len(numbers)))
    assert len(dict(zip(layout.paths, layout.truth, strict=True))) == len(layout.paths)


def test_the_module_has_habits_of_its_kind() -> None:
    kinds = {HABITS[name][2] for name in NAMES}

    assert kinds == {False}
