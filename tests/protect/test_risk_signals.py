"""Attacks by signals: what they reach, and from how many people on that is established."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fascicle.protect import (
    MIN_LINKED,
    MIN_TOLD,
    Kind,
    RiskColumn,
    Role,
    measure_linkage,
    measure_trait,
)


def draw(n, p=31, seed=2):
    return np.random.default_rng(seed).normal(size=(n, p))


def column(name, kind):
    return RiskColumn(name, Role.QUASI, kind, "", 0, 0)


@pytest.mark.parametrize(("n", "expected"), [(MIN_LINKED - 1, False), (MIN_LINKED, True)])
def test_a_rate_is_established_from_twenty_people_on(n, expected):
    prints = draw(n)

    found = measure_linkage("x, halves", prints, prints + 0.1)

    assert (found.n_hits, found.n_people, found.chance) == (n, n, 1 / n)
    assert found.interval[0] < 1 == found.interval[1]
    assert found.is_established is expected


def test_other_peoples_signals_are_named_at_chance():
    found = measure_linkage("x", draw(101, seed=3), draw(101, seed=4))

    assert found.interval[0] < found.chance < found.interval[1]


def test_sex_and_age_are_told_where_the_signal_holds_them():
    prints = draw(61)
    sexes = ["F" if one > 0.2 else "M" for one in prints[:, 0]]
    ages = [f"{40 + 9 * one:.1f}" for one in prints[:, 1]]

    sex = measure_trait("x", column("sex", Kind.WORD), sexes, prints)
    age = measure_trait("x", column("age", Kind.AGE), ages, prints)

    assert not sex.is_number
    assert sex.score > sex.baseline == max(sexes.count("F"), sexes.count("M")) / 61
    assert age.is_number
    assert age.score > 0.4
    assert max(sex.p, age.p) <= 0.01


def test_missing_values_are_left_out_and_count_against_what_is_established():
    prints = draw(61)
    some = ["F", "M"] * 10 + ["n/a"] * 41

    told = measure_trait("x", column("sex", Kind.WORD), some, prints)

    assert told.n_people == 20 < MIN_TOLD
    assert not told.is_established
    assert json.loads(json.dumps(told.as_dict(), allow_nan=False))["score"] is None


def test_a_column_of_one_value_or_of_many_words_is_not_tried():
    assert measure_trait("x", column("a", Kind.WORD), ["F"] * 61, draw(61)) is None
    assert (
        measure_trait("x", column("a", Kind.WORD), list(map(chr, range(65, 126))), draw(61)) is None
    )
