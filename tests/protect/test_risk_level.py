"""The level follows from stated rules; each rule has its case on both sides."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fascicle.maths import proportion_interval
from fascicle.protect import (
    Level,
    Linkage,
    RiskContext,
    TraitTold,
    classify_columns,
    judge_risk,
    measure_table,
)


def table_of(**columns):
    n = len(next(iter(columns.values())))
    cells = {"participant_id": [f"sub-{i}" for i in range(n)], **columns}
    return measure_table(cells, classify_columns(cells), n_population=10_000)


def linkage(n_hits, n):
    return Linkage("x", n_hits, n, proportion_interval(n_hits, n), 1 / n)


def level_of(**parts):
    return judge_risk(parts.pop("table", None), **parts)[0]


def test_a_table_in_which_everybody_has_company_is_low():
    level, reasons = judge_risk(table_of(sex=["F", "M"] * 30))

    assert level is Level.LOW
    assert str(level) == "low"
    assert len(reasons) == 1


@pytest.mark.parametrize(
    ("columns", "level"),
    [
        ({"sex": ["F"] * 50 + ["M"] * 10}, Level.MODERATE),
        ({"age": [str(20 + n) for n in range(60)]}, Level.HIGH),
        ({"visited": ["2020-02-03", "2021-03-04"] * 30}, Level.HIGH),
        ({"surname": ["Ada", "Bea"] * 30}, Level.VERY_HIGH),
        ({"town": ["here", "there"] * 30}, Level.MODERATE),
        ({"site": ["a"] * 55 + ["b"] * 5}, Level.MODERATE),
        ({"group": ["a"] * 57 + ["b"] * 3}, Level.MODERATE),
        ({"sex": ["F", "M"] * 30, "group": ["a", "b"] * 30}, Level.MODERATE),
        ({"sex": ["F", "M"] * 30, "group": ["a", "a", "b", "b"] * 15}, Level.LOW),
    ],
)
def test_what_a_table_alone_gives_away(columns, level):
    assert level_of(table=table_of(**columns)) is level


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (linkage(19, 19), Level.LOW),  # too few to be established
        (linkage(20, 20), Level.HIGH),
        (linkage(20, 60), Level.MODERATE),
        (linkage(14, 24), Level.MODERATE),  # its interval reaches from .37 to .78
        (linkage(1, 60), Level.LOW),
    ],
)
def test_what_linkage_alone_gives_away(found, level):
    assert level_of(linkages=[found]) is level


@pytest.mark.parametrize(
    ("told", "level"),
    [
        (TraitTold("sex", "x", False, 0.8, 0.5, 0.001, 60), Level.MODERATE),
        (TraitTold("age", "x", True, 0.5, 0.0, 0.001, 60), Level.MODERATE),
        (TraitTold("sex", "x", False, 0.55, 0.5, 0.2, 60), Level.LOW),
        (TraitTold("sex", "x", False, math.nan, math.nan, math.nan, 30), Level.LOW),
    ],
)
def test_what_traits_alone_give_away(told, level):
    assert level_of(traits=[told]) is level


@pytest.mark.parametrize(
    ("context", "level"),
    [
        (RiskContext(n_heads=3, n_defaced=3), Level.LOW),
        (RiskContext(n_heads=3, n_defaced=2), Level.HIGH),
        (RiskContext(n_kin=1), Level.MODERATE),
        (RiskContext(n_repeats=1), Level.MODERATE),
        (RiskContext(n_dated=2), Level.HIGH),
        (RiskContext(n_dated=2, are_dates_shifted=True), Level.MODERATE),
        (RiskContext(n_same_quasi=4), Level.LOW),
    ],
)
def test_what_the_context_alone_gives_away(context, level):
    assert level_of(context=context) is level


def test_two_high_reasons_make_it_very_high_and_the_gravest_stands_first():
    ages = table_of(age=[str(20 + n) for n in range(60)], site=["a"] * 55 + ["b"] * 5)

    level, reasons = judge_risk(ages, [linkage(40, 40)])

    assert level is Level.VERY_HIGH
    order = [reason.level for reason in reasons]
    assert order == sorted(order, reverse=True)


def test_no_reason_tells_a_value():
    rng = np.random.default_rng(1)
    towns = table_of(town=list(rng.choice(["Xanten", "Ulm"], 60)), group=["Q"] * 58 + ["Zed"] * 2)

    told = " ".join(reason.words for reason in judge_risk(towns)[1])

    assert "Xanten" not in told
    assert "Zed" not in told
    assert "group" in told


def test_halves_and_sessions_of_one_kind_of_recording_count_once():
    halves, sessions, other = (
        Linkage(what, 40, 40, proportion_interval(40, 40), 1 / 40)
        for what in ("EEG spectrum, halves", "EEG spectrum, sessions", "fMRI connectome, halves")
    )

    assert level_of(linkages=[halves, sessions]) is Level.HIGH
    assert len(judge_risk(None, [halves, sessions])[1]) == 2
    assert level_of(linkages=[halves, other]) is Level.VERY_HIGH
    ages = table_of(age=[str(20 + n) for n in range(60)])
    assert level_of(table=ages, linkages=[halves, sessions]) is Level.VERY_HIGH
