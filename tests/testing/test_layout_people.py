from __future__ import annotations

import numpy as np
import pytest

from fascicle.testing._layout_people import make_people


def test_people_differ_in_number_and_initials() -> None:
    people = make_people(np.random.default_rng(7), 23)

    assert len({p.initials for p in people}) == len({p.number for p in people}) == 23


@pytest.mark.parametrize(
    ("same", "fields"), [(1, ["initials"]), (2, ["last"]), (3, ["last", "birth"])]
)
def test_two_people_can_be_made_easy_to_take_for_one(same: int, fields: list[str]) -> None:
    people = make_people(np.random.default_rng(7), 7, same=same)

    assert all(getattr(people[0], f) == getattr(people[-1], f) for f in fields)
    assert people[0].hospital != people[-1].hospital
