"""Measures of movies, beside NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.quality import _ophys_movies
from fascicle.quality._ophys_movies import measure_movie
from fascicle.testing import simulate_movie


def make_frames() -> np.ndarray:
    """Return a movie as NWB has it, with two blank frames and a repeated one."""
    frames = simulate_movie(3, (40, 61, 83))
    frames[[7, 19]] = 0
    frames[11] = frames[10]
    return frames.transpose(0, 2, 1)


@pytest.mark.parametrize("n_block", [1, 3, 7, 1000])
def test_measures_are_numpy_s_however_blocks_are_cut(
    monkeypatch: pytest.MonkeyPatch, n_block: int
) -> None:
    """A frame at a time, or all at once; images have rows before columns."""
    frames = make_frames()
    monkeypatch.setattr(_ophys_movies, "BLOCK_BYTES", n_block * frames[0].nbytes)

    measures = measure_movie(frames)

    upright = frames.transpose(0, 2, 1).astype(float)
    np.testing.assert_allclose(measures.mean, upright.mean(axis=0))
    np.testing.assert_allclose(measures.deviation, upright.std(axis=0), rtol=1e-9)
    np.testing.assert_array_equal(measures.highest, upright.max(axis=0))
    np.testing.assert_allclose(measures.trace, upright.mean(axis=(1, 2)))
    assert (measures.n_blank, measures.n_repeated) == (2, 1)


def test_values_at_full_scale_are_counted_and_other_highest_values_are_not() -> None:
    """Of twelve bits; that something is brightest is no fault."""
    frames = make_frames().astype(np.uint16)
    share = np.mean(frames >= 400)

    clipped = np.where(frames >= 400, 4095, frames).astype(np.uint16)

    assert measure_movie(clipped).saturated_share == pytest.approx(share)
    assert measure_movie(np.minimum(frames, 400)).saturated_share == 0


def test_movement_is_the_one_that_was_made() -> None:
    """Of single frames, against the mean of the others."""
    frames = simulate_movie(3, (40, 61, 83))
    frames[::8] = np.roll(frames[::8], (6, -9), axis=(1, 2))

    measures = measure_movie(frames.transpose(0, 2, 1))

    moved = measures.shifts_px[np.abs(measures.shifts_px).max(axis=1) > 3]
    assert len(measures.shifts_px) == 40
    assert len(moved) == 5
    np.testing.assert_allclose(moved, [[6, -9]] * 5, atol=1)


def test_volumes_are_measured_over_their_planes() -> None:
    """Images are means over planes; frames are counted whole."""
    planes = np.stack([make_frames(), 2 * make_frames()], axis=-1)

    measures = measure_movie(planes)

    np.testing.assert_allclose(measures.mean, 1.5 * make_frames().mean(axis=0).T)
    assert (measures.n_blank, measures.n_repeated) == (2, 1)


def test_what_is_no_number_is_counted_and_takes_nothing_else_with_it() -> None:
    """It counts as 0."""
    frames = make_frames().astype(np.float32)
    frames[3, :2, :5] = np.nan
    frames[4, 0, 0] = np.inf

    measures = measure_movie(frames)

    assert measures.n_missing == 11
    assert np.isfinite(measures.mean).all()
    assert np.isfinite(measures.deviation).all()


def test_one_frame_has_no_movement() -> None:
    """Nothing to compare."""
    measures = measure_movie(make_frames()[:1])

    assert measures.shifts_px.shape == (0, 2)
    assert measures.deviation.max() == 0
