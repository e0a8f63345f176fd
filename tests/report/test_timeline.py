import re
from dataclasses import replace

import numpy as np
import pytest

from fascicle.core import Event
from fascicle.report._budget import Detail
from fascicle.report._timeline import Timeline, draw_timeline


@pytest.fixture
def timeline():
    rng = np.random.default_rng(13)
    half = rng.gamma(9, 2, (11, 300))
    envelope = np.stack([-half, half], axis=1) + rng.normal(0, 900, (11, 1, 1))
    verdicts = ["pass"] * 9 + ["fail", "warn"]
    events = tuple(Event(t, 0.0, "go" if t % 2 else "stop") for t in range(5, 590, 7))
    return Timeline(
        np.arange(300) * 2.0 + 1, envelope, [f"E{i}" for i in range(11)], verdicts, "V", 600.0,
        events, (),
    )  # fmt: skip


def bands(drawing: str) -> list[str]:
    return re.findall(r'<path d="([^"]*)" class="env', drawing)


def test_marked_channels_come_first_and_rows_are_limited(timeline):
    drawing = draw_timeline(timeline, Detail(n_rows=4))

    rows = re.findall(r'class="row (\w+)">([^<]+)<', drawing)
    assert [verdict for verdict, _ in rows] == ["fail", "warn", "pass", "pass"]
    assert rows[0][1].endswith("E9")


def test_an_offset_or_another_unit_changes_no_curve(timeline):
    shifted = replace(timeline, envelope=timeline.envelope * 1e-6 + 5.0)

    assert bands(draw_timeline(shifted, Detail())) == bands(draw_timeline(timeline, Detail()))


def test_a_spike_survives_thinning(timeline):
    quiet = np.tile([[-1.0], [1.0]], (11, 1, 300)) * np.ones((11, 2, 300))
    quiet[0, 1, 137] = 40.0

    thin = draw_timeline(replace(timeline, envelope=quiet), Detail(n_bins=50))
    without = quiet.copy()
    without[0, 1, 137] = 1.0

    assert bands(thin) != bands(
        draw_timeline(replace(timeline, envelope=without), Detail(n_bins=50))
    )


def test_a_stretch_without_numbers_is_drawn_as_a_gap(timeline):
    envelope = timeline.envelope.copy()
    envelope[:, :, 100:150] = np.nan

    drawing = draw_timeline(replace(timeline, envelope=envelope), Detail())

    x, width = map(float, re.search(r'<rect x="([\d.]+)".*?width="([\d.]+)"', drawing).groups())
    inner = 860 - 80 - 10
    assert x == pytest.approx(80 + inner * 200 / 600, abs=1)
    assert width == pytest.approx(inner * 100 / 600, abs=1)
    assert all(band.count("M") == 2 for band in bands(drawing))


def test_stated_gaps_are_drawn_too(timeline):
    assert draw_timeline(replace(timeline, gaps_s=((10.0, 20.0),)), Detail()).count('"gap"') == 1


def test_thousands_of_events_on_the_same_spot_are_drawn_once(timeline):
    events = tuple(Event(300 + k * 1e-4, 0.0, "go") for k in range(5000))

    drawing = draw_timeline(replace(timeline, events=events), Detail())

    ticks = re.search(r'<path d="([^"]*)" class="event ev0"', drawing)[1]
    assert ticks.count("M") <= 2


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_silence_draws_without_a_warning(timeline, value):
    drawing = draw_timeline(replace(timeline, envelope=np.full((11, 2, 300), value)), Detail())

    assert "nan" not in drawing


def test_no_time_draws_nothing(timeline):
    assert draw_timeline(replace(timeline, duration_s=0.0), Detail()) == ""
    assert draw_timeline(replace(timeline, times_s=np.empty(0)), Detail()) == ""
