"""Traces of cells, against those that made the movie."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import CellTraces, Footprint, extract_traces, find_motion, measure_dff
from fascicle.testing import MovieDraft, MovieTruth, simulate_calcium_movie


def true_cells(truth: MovieTruth) -> list[Footprint]:
    """Return footprints where the cells are."""
    return [
        Footprint(rows, columns, np.ones(len(rows)), 1.0, 9.0, 2.0)
        for rows, columns in map(np.nonzero, truth.masks)
    ]


@pytest.mark.parametrize("motion_px", [0.0, 2.0])
def test_traces_follow_the_cells_and_not_the_neuropil(motion_px: float) -> None:
    draft = MovieDraft((601, 71, 83), 7, photons=60.0, motion_px=motion_px)
    truth = simulate_calcium_movie(9, draft)
    movie = truth.movie.astype(np.float64)
    shifts = find_motion(lambda: [movie]).shifts_px if motion_px else None

    traces = extract_traces(lambda: [movie[:100], movie[100:]], true_cells(truth), (71, 83), shifts)

    found = measure_dff(traces, 15.0)
    raw = traces.fluorescence
    own = [np.corrcoef(a, b)[0, 1] for a, b in zip(found, truth.traces, strict=True)]
    before = [np.corrcoef(a, b)[0, 1] for a, b in zip(raw, truth.traces, strict=True)]
    assert np.median(own) > 0.8
    assert np.median(own) > np.median(before)


def test_a_ring_leaves_out_every_cell() -> None:
    """Two cells side by side: one flashes, and the ring of the other does not."""
    movie = np.full((5, 41, 43), 10.0)
    movie[2, 18:23, 24:28] = 90.0
    rows, columns = (axis.ravel() for axis in np.mgrid[18:23, 24:28])
    left = Footprint(rows, columns - 6, np.ones(20), 1.0, 9.0, 2.0)
    right = Footprint(rows, columns, np.ones(20), 1.0, 9.0, 2.0)

    traces = extract_traces(lambda: [movie], [left, right], (41, 43))

    np.testing.assert_allclose(traces.neuropil, 10.0)
    assert traces.fluorescence[1, 2] == pytest.approx(90.0)


def test_dff_is_free_of_the_unit_and_finite_where_it_is_dark() -> None:
    rng = np.random.default_rng(3)
    bright = 100 + rng.normal(0, 5, (3, 401))
    traces, scaled = (CellTraces(k * bright, k * (bright - 50)) for k in (1.0, 8.0))

    np.testing.assert_allclose(measure_dff(traces, 10.0), measure_dff(scaled, 10.0), atol=1e-9)
    dark = CellTraces(np.zeros((2, 301)), np.zeros((2, 301)))
    assert not measure_dff(dark, 10.0).any()


def test_no_cells_have_no_traces() -> None:
    traces = extract_traces(lambda: [np.ones((5, 21, 23))], [], (21, 23))

    assert traces.fluorescence.shape[0] == 0


def test_another_movie_is_refused() -> None:
    with pytest.raises(InputError, match="FSC158"):
        extract_traces(lambda: [np.ones((5, 21, 23))], [], (21, 24))
