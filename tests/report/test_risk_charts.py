"""Dots, lines and ticks of a risk stand where their numbers say."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from fascicle.report._risk_charts import Rate, draw_changes, draw_rates

LEFT, RIGHT, WIDE = 268.0, 12.0, 760.0


def place(share: float) -> float:
    """Where a share stands between the left and the right edge of the rates."""
    return LEFT + share * (WIDE - LEFT - RIGHT)


def step(loss, share_small, mean_risk):
    return SimpleNamespace(loss=loss, share_small=share_small, mean_risk=mean_risk)


def numbers_on(drawing):
    return re.findall(r'y="14" class="axis mid">(\w+)</text>', drawing)


def test_a_rate_has_a_dot_at_its_share_a_line_for_its_interval_and_a_tick_at_what_was_expected():
    drawing = draw_rates([Rate("table", 30, 40, (0.6, 0.85), 0.5, "fail")])

    dot = re.search(r'<circle cx="([\d.]+)"[^>]*class="hit fail"', drawing)
    line = re.search(r'd="M([\d.]+) [\d.]+H([\d.]+)" class="rate fail"', drawing)
    tick = re.search(r'd="M([\d.]+) [\d.]+v22" class="expected"', drawing)
    assert float(dot[1]) == pytest.approx(place(0.75), abs=0.06)
    assert [float(end) for end in line.groups()] == pytest.approx(
        [place(0.6), place(0.85)], abs=0.06
    )
    assert float(tick[1]) == pytest.approx(place(0.5), abs=0.06)
    assert "table: named 30 of 40, expected 50%" in drawing


def test_attacks_stand_one_below_the_other_and_their_words_are_escaped():
    drawing = draw_rates([
        Rate("<b>one</b>", 1, 3, (0.0, 0.9), 0.3, "none"),
        Rate("two", 0, 0, (0.0, 1.0), 0.3, "none"),
    ])

    heights = [float(cy) for cy in re.findall(r'<circle cx="[\d.]+" cy="([\d.]+)"', drawing)]
    assert heights[1] - heights[0] == 36
    assert "<b>" not in drawing
    assert drawing.count('class="hit none"') == 2


def test_changes_are_drawn_from_what_is_now_to_the_last():
    now = SimpleNamespace(share_small=1.0, mean_risk=0.9)
    drawing = draw_changes(now, [step(0.1, 0.8, 0.5), step(0.12, 0.7, 0.4), step(0.5, 0.0, 0.05)])

    heights = [float(cy) for cy in re.findall(r'cy="([\d.]+)" r="4" class="step c1"', drawing)]
    assert len(heights) == drawing.count('class="step c0"') == 4
    assert heights == sorted(heights)
    assert "people in too small classes from 100% to 0%; mean risk from 90% to 5%" in drawing
    assert numbers_on(drawing) == ["now", "1", "2", "3"]


def test_numbers_that_would_lie_on_one_another_are_left_out():
    now = SimpleNamespace(share_small=1.0, mean_risk=0.9)
    drawing = draw_changes(now, [step(0.2, 0.8, 0.5), step(0.201, 0.7, 0.4), step(1.0, 0.0, 0.0)])

    assert numbers_on(drawing) == ["now", "1", "3"]


def test_where_there_is_nothing_nothing_is_drawn():
    assert draw_rates([]) == ""
    assert draw_changes(SimpleNamespace(share_small=0.0, mean_risk=0.0), []) == ""
