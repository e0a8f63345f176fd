"""Simulated calcium imaging is what its truth says."""

from __future__ import annotations

import numpy as np

from fascicle.testing import MovieDraft, simulate_calcium, simulate_calcium_movie


def test_a_trace_rises_where_there_are_spikes_and_nowhere_else() -> None:
    truth = simulate_calcium(3, noise=0.0, rate_hz=25.0, n_frames=901)

    rises = np.flatnonzero(np.diff(truth.clean) > 0.01) + 1
    apart = np.abs((rises[:, None] + 0.5) / 25.0 - truth.spikes_s).min(axis=1)
    assert len(rises) > 5
    assert apart.max() < 3 / 25
    assert np.abs(truth.trace - truth.clean).max() < 0.11  # the drift


def test_the_same_seed_gives_the_same_and_another_gives_another() -> None:
    draft = MovieDraft(shape=(23, 41, 53), n_cells=3)

    one, two, three = (simulate_calcium_movie(seed, draft) for seed in (5, 5, 6))

    np.testing.assert_array_equal(one.movie, two.movie)
    assert not np.array_equal(one.movie, three.movie)


def test_cells_flash_as_their_traces_say_and_do_not_lie_on_one_another() -> None:
    truth = simulate_calcium_movie(3, MovieDraft(shape=(401, 61, 73), n_cells=5, photons=200.0))

    assert truth.masks.shape == (5, 61, 73)
    assert truth.masks.sum(axis=0).max() == 1
    around = truth.movie[:, ~truth.masks.any(axis=0)].mean(axis=1)
    for mask, trace in zip(truth.masks, truth.traces, strict=True):
        seen = truth.movie[:, mask].mean(axis=1)
        explained = np.stack([trace, around, np.ones(401)], axis=1)
        (weight, *_), *_ = np.linalg.lstsq(explained, seen)
        assert weight > 0.5 * 200 * 0.6  # of the dimmest cell on 200 photons


def test_frames_are_moved_as_the_truth_says() -> None:
    """A movie that stands still is brightest where the masks are; a moved one beside it."""
    truth = simulate_calcium_movie(3, MovieDraft(shape=(301, 61, 73), motion_px=2.0))

    assert truth.shifts_px.shape == (301, 2)
    np.testing.assert_allclose(truth.shifts_px.std(), 2.0, rtol=0.01)
    mask = truth.masks.any(axis=0)
    far = int(np.argmax(truth.shifts_px[:, 0]))
    down = round(float(truth.shifts_px[far, 0]))
    across = round(float(truth.shifts_px[far, 1]))
    there = np.roll(mask, (down, across), axis=(0, 1))
    assert truth.movie[far][there].mean() > truth.movie[far][mask].mean()


def test_a_movie_without_cells_has_none() -> None:
    truth = simulate_calcium_movie(3, MovieDraft(shape=(21, 41, 53), n_cells=0))

    assert truth.masks.shape == (0, 41, 53)
    assert truth.traces.shape == (0, 21)
