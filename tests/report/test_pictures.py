from dataclasses import replace

import numpy as np
import pytest
from tests.report.gallery import gallery, slices

from fascicle.core import Drawing, Picture
from fascicle.report._budget import Detail
from fascicle.report._pictures import draw_picture, draw_pictures


@pytest.mark.parametrize("shown", gallery(), ids=lambda p: p.title)
def test_one_of_each_is_drawn_small_and_the_same_every_time(shown):
    drawn = draw_picture(shown, Detail())

    assert drawn.svg.count("<svg") == 1
    assert shown.title in drawn.svg
    assert len(drawn.svg) < 330_000
    assert drawn == draw_picture(shown, Detail())


def test_every_kind_of_drawing_is_in_the_gallery():
    assert {p.drawing for p in gallery()} == set(Drawing)


def test_the_arrays_are_left_as_they_are():
    shown = gallery()
    before = [{n: a.copy() for n, a in p.arrays.items()} for p in shown]

    draw_pictures(shown, Detail(), owner=True)

    for picture, arrays in zip(shown, before, strict=True):
        for name, array in arrays.items():
            np.testing.assert_array_equal(picture.arrays[name], array)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [(("head",), "1 picture shows a head"), (("face", "face"), "2 pictures show people"),
     (("something new",), "somebody who can be recognised")],
)  # fmt: skip
def test_a_sentence_stands_for_what_only_the_owner_may_see(kinds, words):
    told = [slices(kind) for kind in kinds]

    shared, notes = draw_pictures([*told, slices()], Detail(), owner=False)
    own, silence = draw_pictures(told, Detail(), owner=True)

    assert len(shared) == 1
    assert words in notes[0]
    assert len(own) == len(kinds)
    assert silence == ()


def test_pictures_beyond_the_budget_are_counted():
    drawn, notes = draw_pictures(gallery(), replace(Detail(), n_pictures=4), owner=True)

    assert [p.title for p in drawn] == [p.title for p in gallery()[:4]]
    assert notes == (
        "7 more pictures of it are left out here, as the report tells of many recordings.",
    )


def test_a_picture_of_nothing_is_left_out_without_a_word():
    assert draw_pictures([Picture(Drawing.SCATTER, "T", "")], Detail(), owner=True) == ((), ())


@pytest.mark.parametrize(
    ("label", "words"),
    [("Amplitude (uV)", "Amplitude (\u00b5V)"), ("um", "\u00b5m"), ("sum", "sum")],
)
def test_units_are_written_as_people_write_them(label, words):
    arrays = {"x": np.arange(4.0), "y": np.arange(4.0)}

    drawn = draw_picture(Picture(Drawing.OVERLAY, "T", "", arrays, y_label=label), Detail())

    assert f">{words}<" in drawn.svg
