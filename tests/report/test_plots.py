import re
from dataclasses import replace

import numpy as np
import pytest
from tests.report.gallery import embedding, motion, raster, traces, waveforms

from fascicle.core import Drawing, Picture
from fascicle.report._budget import Detail
from fascicle.report._plots import (
    draw_lines,
    draw_overlay,
    draw_raster,
    draw_scatter,
    overlay_legend,
    scatter_legend,
    thin_line,
)


def lines(y, **words) -> Picture:
    y = np.asarray(y, dtype=float)
    x = np.arange(np.atleast_2d(y).shape[1]) / 10
    return Picture(Drawing.LINES, "T", "", {"x": x, "y": y}, **words)


def heights(svg: str) -> list[np.ndarray]:
    """Lowest and highest place of each trace, by a reader of its own."""
    spans = []
    for path in re.findall(r'd="M([^"]+)" class="(?:trace|line)', svg):
        start, _, steps = path.partition("l")
        y = float(re.findall(r"-?(?:\d+\.?\d*|\.\d+)", start)[1])
        moves = [float(v) for v in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", steps)][1::2]
        spans.append(np.array([y, *(y + np.cumsum(moves))]))
    return spans


def test_each_trace_has_a_row_and_a_name():
    svg = draw_lines(traces(), Detail())

    assert svg.count('class="trace"') == 12
    assert all(f">cell {7 * k + 3}<" in svg for k in range(12))


def test_traces_of_one_unit_share_a_scale_and_others_fill_their_rows():
    t = np.arange(500)
    y = np.stack([np.sin(t / 9), 2 * np.sin(t / 9), 1.5 * np.sin(t / 9)])

    shared = [np.ptp(h) for h in heights(draw_lines(lines(y, y_label="dF/F"), Detail()))]
    alone = [np.ptp(h) for h in heights(draw_lines(lines(y), Detail()))]

    assert shared[1] == pytest.approx(2 * shared[0], rel=0.03)
    assert alone[1] == pytest.approx(alone[0], rel=0.03)


def test_the_bar_says_how_much_a_height_is():
    t = np.arange(500)
    svg = draw_lines(lines(np.stack([np.sin(t / 9)] * 3), y_label="potential (mV)"), Detail())

    bar = float(re.search(r'v-([\d.]+)" class="bar"', svg)[1])
    high = np.ptp(heights(svg)[0])
    assert ">2 mV<" in svg
    assert bar == pytest.approx(high * 2 / 2.0, rel=0.05)


def test_a_single_trace_gets_a_scale():
    svg = draw_lines(lines(np.linspace(0, 400, 50), y_label="b (s/mm2)"), Detail())

    assert svg.count('class="line"') == 1
    assert ">300<" in svg


def test_a_loud_trace_does_not_flatten_the_others():
    y = np.random.default_rng(1).normal(size=(5, 300))
    y[2] *= 500

    spans = [np.ptp(h) for h in heights(draw_lines(lines(y, y_label="V"), Detail()))]

    assert min(spans) > 5


def test_spikes_survive_thinning():
    y = np.zeros(10_007)
    y[6_003] = 1.0

    x, thin = thin_line(np.arange(10_007.0), y, 500)

    assert thin.size <= 1010
    assert thin.max() == 1.0
    assert x[thin.argmax()] == 6_003
    assert (np.diff(x) > 0).all()


def test_missing_values_lift_the_pen():
    y = np.ones(30)
    y[10:20] = np.nan

    assert draw_overlay(lines(y), Detail()).split('class="line"')[0].count("l") > 1
    assert heights(draw_overlay(lines(np.full(5, np.nan)), Detail())) == []


def test_few_lines_over_one_another_are_coloured_and_many_are_not():
    few = waveforms(5)
    many = waveforms(20)

    assert [name for _, name, _ in overlay_legend(few)] == [f"unit {k}" for k in range(1, 6)]
    assert overlay_legend(many) == ()
    assert draw_overlay(many, Detail()).count("line faint") == 20


def test_a_tick_stands_where_and_in_which_row_its_spike_was():
    shown = Picture(
        Drawing.RASTER, "T", "",
        {"times": np.array([0.0, 5.0, 10.0]), "rows": np.array([2, 0, 2])}, legend=("a", "b", "c"),
    )  # fmt: skip

    svg = draw_raster(shown, Detail())

    first, third = re.findall(r'd="([^"]+)" class="spike"', svg)
    assert len(first.split("M")[1:]) == 1
    left, right = (float(part.split(" ")[0]) for part in third.split("M")[1:])
    middle = float(first[1:].split(" ")[0])
    assert middle == pytest.approx((left + right) / 2, abs=0.2)
    assert float(third.split(" ")[1].split("v")[0]) > float(first.split(" ")[1].split("v")[0])
    assert [name for name in "abc" if f">{name}<" in svg] == ["a", "b", "c"]


def test_rows_of_silent_units_keep_their_place():
    svg = draw_raster(raster(), Detail())

    assert svg.count('class="spike"') == 41
    assert ">40<" in svg


def test_numbers_of_units_that_are_no_rows_are_put_in_order():
    shown = Picture(
        Drawing.RASTER, "T", "", {"times": np.arange(3.0), "rows": np.array([90_000, 7, 90_000])}
    )

    assert "2 rows" in draw_raster(shown, Detail())


def test_more_ticks_than_the_page_has_room_for_are_drawn_on_fewer_spots():
    rng = np.random.default_rng(2)
    arrays = {"times": rng.uniform(0, 9, 60_000), "rows": rng.integers(0, 7, 60_000)}

    svg = draw_raster(Picture(Drawing.RASTER, "T", "", arrays), Detail())

    assert len(svg) < 120_000


def test_every_dot_is_drawn_in_the_colour_of_its_class():
    shown = embedding(4)

    svg = draw_scatter(shown, Detail())

    counts = {c: d.count("M") for d, c in re.findall(r'd="([^"]*)" class="cells (c\d)"', svg)}
    assert counts == {colour: n for colour, _, n in scatter_legend(shown)}
    assert sum(counts.values()) == shown.arrays["x"].size


def test_more_dots_than_the_page_has_room_for_are_thinned_in_each_class():
    svg = draw_scatter(embedding(), replace(Detail(), n_marks=500))

    drawn = sum(d.count("M") for d in re.findall(r'd="([^"]*)" class="cells', svg))
    assert 400 <= drawn <= 520
    assert svg.count('class="cells') == 9


def test_classes_are_named_where_they_lie_and_names_do_not_cover_one_another():
    shown = Picture(
        Drawing.SCATTER, "T", "",
        {
            "x": np.repeat([0.0, 10, 0.1, 5], [12, 12, 12, 11]),
            "y": np.repeat([0.0, 9, 0.1, 5], [12, 12, 12, 11]),
            "classes": np.repeat(np.arange(4), [12, 12, 12, 11]),
        },
        legend=("near", "far", "hidden", "few"),
    )  # fmt: skip

    svg = draw_scatter(shown, Detail())

    assert re.findall(r'class="onplot">(\w+)<', svg) == ["near", "far"]
    assert len(scatter_legend(shown)) == 4


def test_few_dots_are_large_enough_to_be_seen():
    few, many = (
        draw_scatter(
            Picture(Drawing.SCATTER, "T", "", {"x": np.arange(float(n)), "y": np.arange(n) ** 0.5}),
            Detail(),
        )
        for n in (20, 2000)
    )

    sizes = [float(re.findall(r'stroke-width="([\d.]+)"', svg)[-1]) for svg in (few, many)]
    assert sizes == [10.0, 3.0]


@pytest.mark.parametrize("draw", [draw_lines, draw_overlay, draw_raster, draw_scatter])
@pytest.mark.parametrize(
    "arrays",
    [{}, {"x": np.arange(3), "y": np.zeros((2, 5)), "times": np.arange(3), "rows": np.arange(2)},
     {n: np.array([np.nan, np.inf]) for n in ("x", "y", "times", "rows")}],
    ids=["nothing", "sizes", "not finite"],
)  # fmt: skip
def test_what_makes_no_picture_is_left_out(draw, arrays):
    assert draw(Picture(Drawing.LINES, "T", "", arrays), Detail()) == ""


@pytest.mark.parametrize("shown", [motion(), traces(), raster()], ids=lambda p: p.title)
def test_what_has_no_legend_is_drawn_all_the_same(shown):
    draw = draw_raster if shown.drawing is Drawing.RASTER else draw_lines

    assert "<svg" in draw(replace(shown, legend=(), x_label="", y_label=""), Detail())


def test_constant_traces_are_lines():
    assert draw_lines(lines(np.ones((3, 40))), Detail()).count('class="trace"') == 3
