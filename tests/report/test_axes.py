import re

import numpy as np
import pytest

from fascicle.report._axes import N_COLOURS, Axes, find_range, rank_classes


def test_edges_of_the_values_lie_on_the_edges_of_the_frame():
    axes = Axes((-3.0, 7.0), (10.0, 110.0), 440.0, 280.0, left=50, right=10, top=5, bottom=35)

    x, y = axes.at(np.array([-3.0, 2.0, 7.0]), np.array([10.0, 60.0, 110.0]))

    np.testing.assert_allclose(x, [50, 240, 430])
    np.testing.assert_allclose(y, [245, 125, 5])


def test_a_scale_that_runs_down_has_the_same_numbers_in_the_other_order():
    def numbers(y):
        drawn = Axes((0.0, 1.0), y, 200.0, 200.0).draw_y("")
        found = re.findall(r'y="([\d.]+)"[^>]*>([\d.]+)<', drawn)
        return {float(word): float(place) for place, word in found}

    up, down = numbers((0.0, 100.0)), numbers((100.0, 0.0))

    assert set(up) == set(down)
    assert up[100.0] < up[0.0]
    assert down[100.0] > down[0.0]


@pytest.mark.parametrize("values", [[], [np.nan], [np.inf, -np.inf]])
def test_nothing_finite_has_no_range(values):
    assert find_range(np.array(values)) is None


@pytest.mark.parametrize("value", [0.0, -2.0, 1e6, -1e-9])
def test_a_single_value_lies_within_its_range(value):
    low, high = find_range(np.array([value, np.nan]))

    assert low < value < high


def test_few_classes_keep_their_colours_and_many_give_them_to_the_largest():
    few = rank_classes(np.array([4, 4, 4, 1, 2]))
    many = rank_classes(np.repeat(np.arange(12), np.arange(1, 13)))

    assert few == {1: "c0", 2: "c1", 4: "c2"}
    assert many[11] == "c0"
    assert [k for k, colour in many.items() if colour == f"c{N_COLOURS - 1}"] == [4, 3, 2, 1, 0]


def test_names_of_axes_cannot_become_elements():
    drawn = Axes((0.0, 1.0), (0.0, 1.0), 99.0, 99.0).draw("<b>", "<i>")

    assert "<b>" not in drawn
    assert "<i>" not in drawn
