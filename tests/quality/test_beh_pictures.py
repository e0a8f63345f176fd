"""Pictures of behaviour are small, whatever the length of a recording."""

import numpy as np

from fascicle.quality._beh_pictures import (
    draw_gaze,
    draw_lines,
    draw_places,
    draw_raster,
    draw_trajectories,
)

RNG = np.random.default_rng(3)


def test_the_frame_with_most_keypoints_is_drawn_in_its_size() -> None:
    places = [np.full((9, 2), np.nan), RNG.uniform(0, 900, (9, 2))]
    places[0][4] = (960.0, 540.0)

    picture = draw_places(["a", "b"], places, (1920.0, 1080.0))

    assert picture.arrays["pixels"].shape == (270, 480)
    np.testing.assert_allclose(picture.arrays["points"][0], (240, 135))
    assert picture.arrays["classes"].tolist() == [0, 1]


def test_nothing_found_gives_an_empty_picture() -> None:
    picture = draw_places(["a"], [np.full((3, 2), np.nan)], None)

    assert picture.arrays["points"].shape == (0, 2)


def test_long_recordings_are_thinned() -> None:
    places = [RNG.normal(0, 1, (50021, 2)) for _ in range(7)]
    moments = {"cue": RNG.uniform(0, 1, 9001), "reward": RNG.uniform(0, 1, 9001)}
    times = np.arange(50021.0)

    assert len(draw_trajectories(list("abcdefg"), places, None).arrays["x"]) <= 3000
    assert len(draw_raster(moments).arrays["times"]) <= 5000
    lines = draw_lines("t", "c", times, [times, -times], ["a", "b"], "x")
    assert lines.arrays["y"].shape[0] == 2
    assert lines.arrays["y"].shape[1] <= 1000


def test_gaze_is_bright_where_it_was_long() -> None:
    counts = np.zeros((54, 96))
    counts[3, 7] = 1000
    counts[9, 9] = 1

    pixels = draw_gaze(counts).arrays["pixels"]

    assert pixels.shape == (270, 480)
    assert pixels[17, 37] == 255
    assert 0 < pixels[47, 47] < 60


def test_trials_without_a_moment_have_no_tick() -> None:
    picture = draw_raster({"cue": np.array([0.5, np.nan, 0.7])})

    assert picture.arrays["rows"].tolist() == [0, 2]
