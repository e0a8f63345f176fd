import re
from dataclasses import replace

import numpy as np
import pytest

from fascicle.report._budget import Detail
from fascicle.report._spectrum import Spectrum, draw_spectrum


@pytest.fixture
def spectrum():
    rng = np.random.default_rng(11)
    freqs = np.arange(0.5, 125.25, 0.25)
    power = 9 / freqs * rng.uniform(0.7, 1.4, (7, 1)) + 0.01
    verdicts = ["pass", "pass", "warn", "pass", "fail", "pass", "pass"]
    return Spectrum(freqs, power, [f"E{i}" for i in range(7)], verdicts, "V", 60.0)


def test_each_channel_is_one_line_and_a_marked_one_says_its_name(spectrum):
    drawing = draw_spectrum(spectrum, Detail())

    assert drawing.count('class="ln pass"') == 5
    assert re.search(r'class="ln warn"><title>E2</title>', drawing)
    assert re.search(r'class="ln fail"><title>E4</title>', drawing)
    assert "60 Hz mains" in drawing


def test_marked_channels_lie_on_top(spectrum):
    drawing = draw_spectrum(spectrum, Detail())

    assert drawing.rindex('"ln pass"') < drawing.index('"ln warn"') < drawing.index('"ln fail"')


def test_a_tenfold_power_is_ten_decibels_higher_and_the_shape_stays(spectrum):
    louder = replace(spectrum, power=spectrum.power * 10)

    def lines(drawing):
        return re.findall(r'<path d="([^"]+)" class="ln', drawing)

    assert lines(draw_spectrum(louder, Detail())) == lines(draw_spectrum(spectrum, Detail()))


def test_many_channels_are_thinned_but_no_marked_one_is_lost(spectrum):
    n = 301
    many = Spectrum(
        spectrum.freqs_hz, np.tile(spectrum.power[:1], (n, 1)), [f"E{i}" for i in range(n)],
        ["fail" if i in {100, 200} else "pass" for i in range(n)], "T", None,
    )  # fmt: skip

    drawing = draw_spectrum(many, Detail(n_lines=20))

    assert drawing.count('class="ln') == 20
    assert drawing.count('class="ln fail"') == 2


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1.0])
def test_power_without_a_level_draws_nothing_and_raises_nothing(spectrum, value):
    assert draw_spectrum(replace(spectrum, power=np.full((7, 499), value)), Detail()) == ""


def test_a_flat_channel_beside_good_ones_is_drawn_at_the_bottom(spectrum):
    power = spectrum.power.copy()
    power[4] = 0.0

    drawing = draw_spectrum(replace(spectrum, power=power), Detail())

    assert 'class="ln fail"' in drawing
    assert "nan" not in drawing


def test_no_frequencies_draw_nothing(spectrum):
    empty = replace(spectrum, freqs_hz=np.empty(0), power=np.empty((7, 0)))

    assert draw_spectrum(empty, Detail()) == ""
