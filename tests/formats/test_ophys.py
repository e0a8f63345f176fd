"""What all formats of calcium imaging share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Header, Modality
from fascicle.errors import FormatError
from fascicle.formats._nwb_write import write_nwb
from fascicle.formats._ophys import (
    Cells,
    Movie,
    OpenedOphys,
    build_ophys,
    complete_header,
    require_traces,
)

HEADER = Header(Modality.OPHYS)
ONE = np.zeros(1, np.uint32)
MASK = (ONE, ONE, np.ones(1, np.float32))


def make_movie(n_frames: int = 7) -> Movie:
    """Return a movie of counted pixels."""
    frames = np.arange(n_frames * 3 * 5, dtype=np.uint16).reshape(n_frames, 3, 5)
    return Movie(frames.shape, "<u2", lambda: iter([frames[:2], frames[2:]]))


def test_sizes_and_counts_come_from_movies_and_cells() -> None:
    """What is stated beside them overrules the file."""
    cells = Cells((MASK,) * 4, {"fluorescence": np.zeros((9, 4))})
    opened = OpenedOphys(replace(HEADER, sfreq_hz=15.0), (make_movie(),), (cells, cells))

    header = complete_header(opened, {"FrameRate": 20, "Indicator": "GCaMP6f"})

    assert (header.sfreq_hz, header.n_times, header.shape) == (20.0, 7, (7, 3, 5))
    assert header.metadata == {
        "FrameRate": 20.0, "Indicator": "GCaMP6f", "NumberOfFrames": 7, "NumberOfPlanes": 2,
        "NumberOfROIs": 8,
    }  # fmt: skip


@pytest.mark.parametrize("rate", [-1, 0, "30", 1e9, None])
def test_a_rate_that_cannot_be_is_not_taken(rate: object) -> None:
    """Of what is stated beside a file."""
    opened = OpenedOphys(replace(HEADER, sfreq_hz=15.0), (make_movie(),))

    assert complete_header(opened, {"FrameRate": rate}).sfreq_hz == 15.0


@pytest.mark.parametrize(
    "cells",
    [
        Cells((MASK,) * 3, {"fluorescence": np.zeros((9, 4))}),
        Cells((), {"fluorescence": np.zeros((9, 4)), "spikes": np.zeros((8, 4))}),
        Cells((), {"fluorescence": np.zeros((9, 4))}, {"iscell": np.zeros(5)}),
        Cells((), {"fluorescence": np.zeros(9)}),
    ],
)
def test_cells_that_do_not_fit_their_traces_are_refused(cells: Cells) -> None:
    """Counts of cells and frames must agree."""
    with pytest.raises(FormatError, match="FSC254"):
        require_traces(cells)


def test_columns_stand_before_rows_and_nothing_is_said_that_nobody_knows(tmp_path: Path) -> None:
    """As NWB orders the axes; what is not known is said to be so."""
    movie = make_movie()

    write_nwb(
        tmp_path / "sub-01_ophys.nwb", HEADER,
        lambda draft: build_ophys(draft, OpenedOphys(HEADER, (movie,))),
    )  # fmt: skip

    with h5py.File(tmp_path / "sub-01_ophys.nwb", "r") as file:
        data = file["acquisition/TwoPhotonSeries/data"]
        assert data.shape == (7, 5, 3)
        assert data[4, 3, 2] == 4 * 15 + 2 * 5 + 3
        assert file["acquisition/TwoPhotonSeries/dimension"][()].tolist() == [5, 3]
        plane = file["general/optophysiology/ImagingPlane"]
        assert np.isnan(plane["excitation_lambda"][()])
        assert plane["indicator"][()] == plane["location"][()] == b"unknown"
        assert "imaging_rate" not in plane
        assert "manufacturer" not in file["general/devices/Microscope"].attrs


def test_frames_that_do_not_come_at_one_rate_have_their_times(tmp_path: Path) -> None:
    """And no rate."""
    times = np.cumsum(np.arange(7) + 1.0)
    movie = replace(make_movie(), times_s=times)

    write_nwb(
        tmp_path / "sub-01_ophys.nwb", HEADER,
        lambda draft: build_ophys(draft, OpenedOphys(HEADER, (movie,))),
    )  # fmt: skip

    with h5py.File(tmp_path / "sub-01_ophys.nwb", "r") as file:
        series = file["acquisition/TwoPhotonSeries"]
        np.testing.assert_array_equal(series["timestamps"][()], times)
        assert "starting_time" not in series
