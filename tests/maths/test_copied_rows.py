"""Copied rows and values are found, and told from those that come about by chance."""

from __future__ import annotations

import numpy as np
import pytest
from tests.maths.test_linkage_attacks import WORDS, draw_table

from fascicle.maths import TwinRows, attack_copies, attack_values, expect_copies
from fascicle.maths._copied_rows import find_fine_columns


def test_copies_are_counted_by_people_with_their_gaps():
    rng = np.random.default_rng(0)
    people = draw_table(60, rng)
    twin = np.concatenate([people[[3, 3, 7]], draw_table(9, rng)])

    found = attack_copies(TwinRows.join(people[:40], people[40:], twin, WORDS))

    assert (found.n_hits, found.n_members) == (2, 40)
    assert (found.n_control_hits, found.n_controls) == (0, 20)


def test_minus_zero_is_zero():
    people = np.array([[0.0], [1.0], [2.0], [3.0]])

    assert attack_copies(TwinRows.join(people[:2], people[2:], -people[:2])).n_hits == 1 + 0
    assert (
        attack_copies(TwinRows.join(people[:2], people[2:], people[:2] * [[-1], [1]])).n_hits == 2
    )


def test_single_values_are_found_where_rows_are_none():
    rng = np.random.default_rng(1)
    people = draw_table(60, rng)
    twin = draw_table(30, rng)
    twin[:11, 2] = people[:11, 2]

    rows = TwinRows.join(people[:40], people[40:], twin, WORDS)

    assert attack_copies(rows).n_hits == 0
    assert attack_values(rows).n_hits == 11
    assert attack_values(rows).n_control_hits == 0


def test_columns_are_fine_where_nearly_everybody_has_a_value_of_their_own():
    rng = np.random.default_rng(2)

    fine = find_fine_columns(TwinRows.join(*(draw_table(n, rng) for n in (40, 20, 7)), WORDS))

    assert fine == [2]  # not the whole years, and not the column with gaps

    words = np.array([False, True, True, True, False])
    tables = (draw_table(n, rng) for n in (40, 20, 7))
    assert find_fine_columns(TwinRows.join(*tables, words)) == []


def test_copies_expected_by_chance_are_those_that_come_about():
    rng = np.random.default_rng(8)

    def draw(n):
        ages, words = rng.integers(20, 60, n), rng.choice(2, n, p=[0.3, 0.7])
        return np.column_stack([ages, words, np.round(rng.normal(scale=2.0, size=n), 1)]).astype(
            float
        )

    found, expected = [], []
    for _ in range(60):
        rows = TwinRows.join(draw(90), draw(30), draw(130), np.array([False, True, False]))
        equal = (rows.people[:, None] == rows.synthetic[None]).all(axis=2)
        found.append(equal.sum())
        expected.append(expect_copies(rows))

    assert np.mean(expected) == pytest.approx(np.mean(found), rel=0.2)
