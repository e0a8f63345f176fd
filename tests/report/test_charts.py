import re

import pytest

from fascicle.report._charts import draw_fair_ring, draw_verdicts


def test_a_full_ring_is_filled_and_an_empty_one_is_not():
    full = draw_fair_ring(100.0, dict.fromkeys("FAIR", 100.0))
    empty = draw_fair_ring(0.0, {})

    assert full.count("ring on") == 4
    assert empty.count("ring on") == 0


def test_bars_are_as_long_as_their_share():
    drawing = draw_verdicts({"pass": 6, "warn": 3, "fail": 1})

    widths = [float(w) for w in re.findall(r'width="([\d.]+)" height', drawing)]
    assert widths == pytest.approx([178.5, 88.5, 28.5])


def test_no_recordings_draw_no_bar():
    assert draw_verdicts({"pass": 0}) == ""
