import re

import numpy as np
import pytest

from fascicle.report._svg import element, number, path_data, picture, text, ticks, time_ticks


def read_path(data: str) -> list[list[tuple[float, float]]]:
    """An SVG reader of its own: M x y, then relative steps."""
    strokes = []
    for stroke in data.removesuffix("z").split("M")[1:]:
        start, _, steps = stroke.partition("l")
        values = [float(v) for v in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", start + " " + steps)]
        x, y = values[0], values[1]
        points = [(x, y)]
        for dx, dy in zip(values[2::2], values[3::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        strokes.append(points)
    return strokes


def test_a_path_read_back_stays_within_rounding_of_its_points_however_long_it_is():
    rng = np.random.default_rng(7)
    x, y = np.sort(rng.uniform(0, 860, 1009)), rng.uniform(-99, 99, 1009)

    (points,) = read_path(path_data(x, y))

    assert len(points) == 1009
    np.testing.assert_allclose(np.array(points), np.column_stack([x, y]), atol=0.0501)


def test_a_missing_value_parts_a_path():
    y = np.array([1.0, 2.0, np.nan, 4.0, 5.5])

    strokes = read_path(path_data(np.arange(5.0), y))

    assert [len(s) for s in strokes] == [2, 2]
    assert strokes[1][0] == (3.0, 4.0)


def test_a_path_without_a_number_is_empty():
    assert path_data(np.array([np.nan]), np.array([1.0]), closed=True) == ""


@pytest.mark.parametrize("value", [0.0, -0.04, 0.05, -0.3, 12.0, -12.34, 1e6])
def test_a_number_reads_as_itself_to_one_decimal(value):
    assert float(number(value)) == pytest.approx(value, abs=0.051)
    assert number(value) != "-0"


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-23.7, 31.2), (0.5, 124.75), (-1e-14, 3e-14)])
def test_ticks_are_evenly_spaced_round_and_inside(low, high):
    got = ticks(low, high, 5)

    assert 3 <= len(got) <= 9 or high < 1e-9
    assert all(low - 1e-9 <= t <= high + 1e-9 for t in got)
    np.testing.assert_allclose(np.diff(got), np.diff(got)[:1].repeat(max(len(got) - 1, 0)))


def test_ticks_of_nothing_are_one():
    assert ticks(3.0, 3.0) == [3.0]


@pytest.mark.parametrize(("seconds", "unit"), [(60, "s"), (900, "min"), (40_000, "h")])
def test_a_time_axis_takes_the_unit_that_people_use(seconds, unit):
    assert time_ticks(seconds)[1] == unit


def test_words_in_a_picture_cannot_become_elements():
    drawing = picture(text("<b>&", 1, 2), 9, 9, label='a "quoted" <label>')

    assert "<b>" not in drawing
    assert 'aria-label="a &quot;quoted&quot; &lt;label&gt;"' in drawing
    assert element("g", x='"') == '<g x="&quot;"/>'
