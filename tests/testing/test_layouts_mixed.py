from __future__ import annotations

from collections import defaultdict

import pytest

from fascicle.testing import (
    MIXED_DEVELOPMENT_HABITS,
    MIXED_HELD_OUT_HABITS,
    make_mixed_layout,
)


@pytest.mark.parametrize("habit", (*MIXED_DEVELOPMENT_HABITS, *MIXED_HELD_OUT_HABITS))
def test_every_layout_holds_several_people_in_several_kinds(habit: str) -> None:
    layout = make_mixed_layout(5, habit)

    assert len(layout.paths) == len(layout.headers) == len(layout.formats) == len(layout.truth)
    assert len({str(path).casefold() for path in layout.paths}) == len(layout.paths)
    assert len({header.modality.family for header in layout.headers}) >= 2
    assert len({truth.person for truth in layout.truth}) >= 5


@pytest.mark.parametrize("habit", (*MIXED_DEVELOPMENT_HABITS, *MIXED_HELD_OUT_HABITS))
def test_what_cannot_be_known_is_marked_by_kind(habit: str) -> None:
    layout = make_mixed_layout(6, habit)

    parts = defaultdict(set)
    for truth, header in zip(layout.truth, layout.headers, strict=True):
        parts[truth.person].add(truth.part)
        assert truth.part in {"", "dicom", header.modality.family.value}
    assert all("" not in own or len(own) == 1 for own in parts.values())


def test_the_same_seed_makes_the_same_layout_and_another_another() -> None:
    one, same, other = (make_mixed_layout(seed, "full_table") for seed in (3, 3, 4))

    assert one == same
    assert one.tables != other.tables


def test_nothing_is_both_tuned_on_and_scored() -> None:
    assert set(MIXED_DEVELOPMENT_HABITS) & set(MIXED_HELD_OUT_HABITS) == set()
    assert len(MIXED_HELD_OUT_HABITS) >= 12
