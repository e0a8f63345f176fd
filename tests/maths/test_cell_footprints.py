"""Cells in movies, against the cells that are in them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import bin_frames, find_footprints
from fascicle.maths._cell_footprints import MIN_BINS
from fascicle.testing import MovieDraft, MovieTruth, simulate_calcium_movie


def match(truth: MovieTruth, n_bins: int = 110) -> tuple[int, int]:
    """Return how many cells are found for sure, and how many of them are there."""
    movie = truth.movie.astype(np.float64)
    found = find_footprints(bin_frames(partial(iter, [movie]), len(movie), n_bins))
    hits = set()
    sure = [cell for cell in found if cell.confidence >= 0.5]
    for cell in sure:
        mask = np.zeros(movie.shape[1:], bool)
        mask[cell.rows, cell.columns] = True
        both = (truth.masks & mask).sum(axis=(1, 2)) / (truth.masks | mask).sum(axis=(1, 2))
        if both.max(initial=0.0) > 0.4:
            hits.add(int(both.argmax()))
    return len(sure), len(hits)


@pytest.mark.parametrize("radius_px", [3.5, 6.0])
@pytest.mark.parametrize("photons", [8.0, 30.0])
def test_most_cells_are_found_and_little_else(radius_px: float, photons: float) -> None:
    draft = MovieDraft((901, 83, 101), 10, photons=photons, radius_px=radius_px)
    truth = simulate_calcium_movie(71, draft)

    n_found, n_right = match(truth)

    assert n_right >= 0.8 * len(truth.masks)
    assert n_found - n_right <= 0.3 * n_found


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_no_cells(seed: int) -> None:
    noise = np.random.default_rng(seed).poisson(20, (131, 61, 73)).astype(np.float32)

    assert find_footprints(noise) == ()


def test_what_never_changes_has_no_cells() -> None:
    assert find_footprints(np.full((60, 41, 43), 7, np.float32)) == ()


def test_cells_do_not_depend_on_the_unit_or_a_constant() -> None:
    movie = simulate_calcium_movie(5, MovieDraft((601, 61, 73), 5)).movie.astype(np.float64)

    one, two = (
        find_footprints(bin_frames(partial(iter, [frames]), 601, 100))
        for frames in (movie, 8 * movie - 64)
    )

    assert len(one) == len(two) > 0
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.rows, b.rows)
        assert a.confidence == pytest.approx(b.confidence, abs=1e-3)
        assert 0 < a.confidence < 1
        assert a.weights.max() == pytest.approx(1.0)


@pytest.mark.parametrize("n_block", [1, 7, 101])
def test_binned_frames_are_means_wherever_blocks_are_cut(n_block: int) -> None:
    movie = np.random.default_rng(3).normal(size=(101, 7, 9))

    binned = bin_frames(lambda: (movie[i : i + n_block] for i in range(0, 101, n_block)), 101, 20)

    np.testing.assert_allclose(binned, movie[:100].reshape(20, 5, 7, 9).mean(axis=1), atol=1e-6)


def test_what_is_too_short_is_refused() -> None:
    with pytest.raises(InputError, match="FSC158"):
        find_footprints(np.ones((MIN_BINS - 1, 41, 43), np.float32))
    with pytest.raises(InputError, match="FSC158"):
        bin_frames(lambda: [np.ones((5, 7, 9))], 6, 3)
    with pytest.raises(InputError, match="FSC158"):
        bin_frames(list, 6, 3)


@pytest.mark.parametrize("size", [5, 8, 13])
def test_a_bright_cell_without_neuropil_is_not_taken_for_its_own_surroundings(size: int) -> None:
    rng = np.random.default_rng(3)
    movie = rng.normal(100, 5, (200, 61, 73)).astype(np.float32)
    movie[::20, 20 : 20 + size, 30 : 30 + size] += 40

    (cell,) = find_footprints(movie)

    inside = (np.abs(cell.rows - 20 - size / 2) <= size / 2 + 1) & (
        np.abs(cell.columns - 30 - size / 2) <= size / 2 + 1
    )
    assert inside.all()
    assert len(cell.rows) >= 0.8 * size**2
    assert cell.confidence > 0.9
