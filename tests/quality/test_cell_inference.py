"""Cells and spikes out of NWB files: movies and traces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from fascicle.formats import read_header, recognise, write_cells, write_recording
from fascicle.quality._cell_inference import gather_events, infer_cells, infer_from_movie
from fascicle.testing import (
    MovieDraft,
    make_trace_tables,
    released_ophys,
    simulate_calcium_movie,
)

pytest.importorskip("pynwb")


def share(raw: Path, out: Path, rate_hz: float | None) -> Path:
    """Write the one recording of a folder as NWB."""
    if rate_hz:
        (raw / "ophys.json").write_text(f'{{"FrameRate": {rate_hz}}}')
    (source,) = recognise(raw).sources
    out.mkdir()
    header = released_ophys(read_header(raw, source))
    written = write_recording(raw, source, header, out, "sub-01_ophys")
    return out / written.files[0]


def share_movie(tmp_path: Path, frames: np.ndarray, rate_hz: float | None = 15.0) -> Path:
    """Write frames as TIFF and share them."""
    (tmp_path / "raw").mkdir()
    tifffile.imwrite(tmp_path / "raw" / "a.tif", frames, photometric="minisblack", metadata=None)
    return share(tmp_path / "raw", tmp_path / "out", rate_hz)


def test_a_moving_movie_gives_its_movement_its_cells_and_their_spikes(tmp_path: Path) -> None:
    truth = simulate_calcium_movie(5, MovieDraft((601, 71, 83), 6, motion_px=1.5))

    story = infer_cells(share_movie(tmp_path, truth.movie))

    assert story.source == "movie"
    assert story.found is not None
    error = story.shifts_px - (truth.shifts_px - np.median(truth.shifts_px, axis=0))
    assert np.median(np.hypot(*error.T)) < 0.3
    centres = [(mask.nonzero()[1].mean(), mask.nonzero()[0].mean()) for mask in truth.masks]
    places = [(columns.mean(), rows.mean()) for columns, rows, _ in story.found.masks]
    apart = np.linalg.norm(np.array(places)[:, None] - np.array(centres), axis=2)
    assert np.mean(apart.min(axis=0) < 4) >= 0.8  # cells that were found
    nearest = apart.argmin(axis=1)
    right = [
        np.corrcoef(story.found.traces["dff"][:, i], truth.traces[j])[0, 1]
        for i, j in enumerate(nearest)
        if apart[i, j] < 4
    ]
    assert np.median(right) > 0.7
    assert story.found.traces["deconvolved"].shape == (601, len(story.found.masks))


def test_noise_has_no_cells_and_no_movement(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).poisson(20, (201, 53, 61)).astype(np.uint16)

    story = infer_cells(share_movie(tmp_path, noise))

    assert story.found is None
    assert story.problem == ""
    assert len(story.shifts_px) == 0


def test_traces_that_are_there_are_read_and_what_was_written_is_read_again(tmp_path: Path) -> None:
    make_trace_tables(tmp_path / "raw")
    path = share(tmp_path / "raw", tmp_path / "out", 20.0)

    story = infer_cells(path)

    assert story.source == "traces"
    assert story.found is not None
    assert len(story.spikes) == story.found.traces["fluorescence"].shape[1] == 5
    assert story.found.masks == ()
    write_cells(path, tmp_path / "again.nwb", story.found)
    again = infer_cells(tmp_path / "again.nwb")
    assert again.found is not None
    np.testing.assert_allclose(again.found.events.times_s, story.found.events.times_s)


def test_without_a_rate_nothing_is_inferred(tmp_path: Path) -> None:
    movie = simulate_calcium_movie(5, MovieDraft((101, 41, 43), 2)).movie

    assert infer_cells(share_movie(tmp_path, movie, None)).problem == "rate"


def test_what_is_too_short_or_too_small_tells_nothing() -> None:
    assert infer_from_movie(np.zeros((79, 41, 43)), 15.0).problem == "short"
    assert infer_from_movie(np.zeros((101, 15, 43)), 15.0).problem == "short"


def test_a_movie_with_values_that_are_no_numbers_is_read() -> None:
    movie = simulate_calcium_movie(5, MovieDraft((151, 41, 43), 2)).movie.astype(np.float32)
    movie[3, 5, 7] = np.nan

    story = infer_from_movie(movie.transpose(0, 2, 1), 15.0)

    assert np.isfinite(story.shifts_px).all()


def test_events_of_all_cells_come_in_order_of_their_times() -> None:
    story = infer_from_movie(
        simulate_calcium_movie(5, MovieDraft((601, 61, 73), 4)).movie.transpose(0, 2, 1), 15.0
    )

    events = gather_events(story.spikes)

    assert np.all(np.diff(events.times_s) >= 0)
    assert len(events.times_s) == sum(len(one.times_s) for one in story.spikes)
    for i, one in enumerate(story.spikes):
        np.testing.assert_array_equal(events.times_s[events.cells == i], one.times_s)
    assert len(gather_events(()).times_s) == 0
    quiet = replace(
        story.spikes[0], times_s=np.zeros(0), sizes=np.zeros(0), confidences=np.zeros(0)
    )
    assert len(gather_events((quiet,)).times_s) == 0
