"""Pictures of what made labels."""

from __future__ import annotations

import numpy as np

from fascicle.quality._artifact_detector import ChapterFacts
from fascicle.quality._artifact_layout import SensorGroup
from fascicle.quality._artifact_pictures import draw_artifacts
from fascicle.quality._artifact_spans import LASTING

from .test_artifact_detector import detect
from .test_artifact_eyes import NAMES, make_recording


def test_the_blink_its_map_and_muscle_are_drawn() -> None:
    detector = detect(make_recording()[0])

    pictures = draw_artifacts(detector.facts, detector.groups[0])

    blink, where, muscle = pictures[:3]
    assert blink.arrays["y"].shape[0] == 3
    assert (np.diff(blink.arrays["y"], axis=0) >= -1e-6).all()
    assert abs(float(blink.arrays["x"][blink.arrays["y"][1].argmax()])) < 0.1
    front = where.arrays["y"] > 0.7
    assert where.arrays["classes"][front].min() >= where.arrays["classes"][~front].max()
    assert len(where.arrays["x"]) == len(NAMES)
    assert muscle.arrays["x"].shape == (240,)


def test_a_night_is_drawn_with_as_many_points_as_an_hour() -> None:
    n_bins = 40_000
    facts = ChapterFacts(
        np.zeros((n_bins, 5)), np.zeros(n_bins), np.zeros((0, 0)), np.full(2, np.nan),
        (0.0, 0.0, np.zeros(2)), np.zeros((2, 2)),
    )  # fmt: skip
    facts.fast[33_333] = 5.0
    facts.chances[12_345, LASTING.index("pop")] = 0.7
    facts.chances[:, LASTING.index("noisy")] = 0.09
    group = SensorGroup("EEG", np.arange(2), ("A", "B"), np.full((2, 3), np.nan), np.ones((2, 1)))

    muscle, chances = draw_artifacts([facts], group)

    assert muscle.arrays["x"].size <= 1500
    assert muscle.arrays["y"].max() == 5.0
    assert chances.legend == ("pop",)  # what is never likely is no picture
    assert chances.arrays["y"].shape == (1, muscle.arrays["x"].size)
    assert chances.arrays["y"].max() == np.float32(0.7)


def test_nothing_read_is_nothing_drawn() -> None:
    group = SensorGroup("EEG", np.arange(2), ("A", "B"), np.full((2, 3), np.nan), np.ones((2, 1)))

    assert draw_artifacts([], group) == ()
