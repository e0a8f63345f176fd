"""How far frames are moved, against movies whose movement is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from fascicle.errors import InputError
from fascicle.maths import find_motion, move_back
from fascicle.testing import MovieDraft, simulate_calcium_movie


@pytest.mark.parametrize(("photons", "allowed_px"), [(5.0, 0.35), (50.0, 0.15)])
@pytest.mark.parametrize("motion_px", [0.0, 2.5])
def test_a_movement_is_found_to_parts_of_a_pixel(
    photons: float, allowed_px: float, motion_px: float
) -> None:
    draft = MovieDraft((211, 83, 97), photons=photons, motion_px=motion_px)
    truth = simulate_calcium_movie(3, draft)
    movie = truth.movie.astype(np.float64)

    found = find_motion(lambda: [movie[:70], movie[70:]])

    error = found.shifts_px - (truth.shifts_px - np.median(truth.shifts_px, axis=0))
    assert np.median(np.hypot(*error.T)) < allowed_px


def test_moved_back_frames_are_those_of_scipy() -> None:
    scene = gaussian_filter(np.random.default_rng(5).normal(size=(61, 73)), 2.0)

    (moved,) = move_back(scene[np.newaxis], np.array([[1.25, -2.5]]))

    np.testing.assert_allclose(moved, shift(scene, (-1.25, 2.5), order=1, mode="nearest"))


def test_the_result_does_not_depend_on_where_blocks_are_cut() -> None:
    movie = simulate_calcium_movie(5, MovieDraft((61, 47, 59), motion_px=1.5)).movie.astype(float)

    one = find_motion(lambda: [movie])
    many = find_motion(lambda: [movie[i : i + 7] for i in range(0, 61, 7)])

    np.testing.assert_allclose(one.shifts_px, many.shifts_px, atol=1e-9)
    np.testing.assert_allclose(one.template, many.template)


def test_noise_alone_is_not_sharp_and_a_scene_is() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(301, 53, 67))
    scene = gaussian_filter(rng.normal(size=(53, 67)), 2.0) * 20

    assert np.median(find_motion(lambda: [noise]).sharpness) < 7
    assert np.median(find_motion(lambda: [noise + scene]).sharpness) > 9


def test_frames_without_contrast_stand_still() -> None:
    found = find_motion(lambda: [np.full((5, 31, 37), 7.0)])

    assert not found.shifts_px.any()


def test_what_is_no_movie_is_refused() -> None:
    with pytest.raises(InputError, match="FSC158"):
        find_motion(list)
    with pytest.raises(InputError, match="FSC158"):
        find_motion(lambda: [np.ones((5, 7))])
    with pytest.raises(InputError, match="FSC158"):
        find_motion(lambda: [np.ones((201, 9, 7)), np.ones((3, 9, 8))])
    with pytest.raises(InputError, match="FSC158"):
        move_back(np.ones((3, 5, 7)), np.ones((2, 2)))
