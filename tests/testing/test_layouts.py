from __future__ import annotations

import pytest

from fascicle.testing import DEVELOPMENT_HABITS, HELD_OUT_HABITS, make_layout


@pytest.mark.parametrize("habit", (*DEVELOPMENT_HABITS, *HELD_OUT_HABITS))
def test_every_layout_is_large_and_mixed_enough_to_be_hard(habit: str) -> None:
    layout = make_layout(5, habit)

    assert len(layout.paths) == len(layout.headers) == len(layout.truth) >= 30
    assert len({p.suffix for p in layout.paths}) >= 5
    assert len({str(p).casefold() for p in layout.paths}) == len(layout.paths)
    assert len({t.person for t in layout.truth}) >= 5


def test_the_same_seed_makes_the_same_layout_and_another_another() -> None:
    one, same, other = (make_layout(s, "random_codes") for s in (3, 3, 4))

    assert one == same
    assert one.paths != other.paths


def test_nothing_is_both_tuned_on_and_scored() -> None:
    assert set(DEVELOPMENT_HABITS) & set(HELD_OUT_HABITS) == set()
    assert len(DEVELOPMENT_HABITS) + len(HELD_OUT_HABITS) >= 24
    assert len(HELD_OUT_HABITS) >= 12


def test_a_table_lists_people_by_the_label_that_files_bear() -> None:
    tables = [make_layout(seed, "flat_codes") for seed in range(12)]

    with_table = [layout for layout in tables if layout.table]
    assert 0 < len(with_table) < len(tables)
    for layout in with_table:
        names = " ".join(map(str, layout.paths))
        assert all(row[0] in names for row in layout.table[1:])
