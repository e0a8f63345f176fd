import re
from dataclasses import replace

import numpy as np
import pytest
from tests.report.gallery import make_alignments

from fascicle.report._budget import Detail
from fascicle.report._timing import draw_residuals, view_alignments


def test_numbers_of_two_clocks_are_told_with_their_units():
    (first, *_) = view_alignments(make_alignments(), Detail())

    assert dict(first.numbers) == {
        "Matched": "311", "Offset": "\N{MINUS SIGN}12.3 ms", "Drift": "14.2 ppm",
        "Left over": "0.21 / 0.94 ms",
    }  # fmt: skip
    assert (first.method, first.verdict_words) == ("pulses that both recorded", "in step")


def test_what_is_not_known_is_left_empty_and_zero_is_said():
    _, _, shared, untied = view_alignments(make_alignments(), Detail())

    assert dict(shared.numbers)["Offset"] == "0 ms"
    assert not any(words for _, words in untied.numbers)
    assert untied.plot == ""
    assert untied.method == "nothing found that ties them"


def test_each_pair_is_a_dot_at_its_height():
    story = replace(
        make_alignments()[0], times_s=np.array([0.0, 5, 10]), residuals_ms=np.array([-1.0, 0, 1])
    )

    svg = draw_residuals(story, Detail())

    (dots,) = re.findall(r'd="([^"]+)" class="cells', svg)
    heights = [float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)h0", dots)]
    zero = float(re.search(r'd="M[\d.]+ ([\d.]+)H[\d.]+" class="mains"', svg)[1])
    assert heights[1] == pytest.approx(zero, abs=0.06)
    assert heights[0] - zero == pytest.approx(zero - heights[2], abs=0.11)
    assert heights[0] > zero  # less than nothing lies below


@pytest.mark.parametrize("size", [0, 1])
def test_fewer_than_two_pairs_are_not_drawn(size):
    story = replace(make_alignments()[0], times_s=np.zeros(size), residuals_ms=np.zeros(size))

    assert draw_residuals(story, Detail()) == ""


def test_arrays_that_do_not_fit_are_not_drawn():
    assert draw_residuals(replace(make_alignments()[0], times_s=np.zeros(7)), Detail()) == ""


def test_many_pairs_draw_those_with_a_mark_alone():
    stories = make_alignments()[:2] * 20

    drawn = [item.verdict for item in view_alignments(stories, Detail()) if item.plot]

    assert drawn == ["warn"] * 20
