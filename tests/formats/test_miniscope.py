"""Sessions of a UCLA Miniscope into NWB."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import (
    OphysContract,
    Planted,
    make_miniscope,
    released_ophys,
    simulate_movie,
)

pytest.importorskip("cv2", reason="needs the extra video")

SERIES = "acquisition/OnePhotonSeries"


class TestMiniscope(OphysContract):
    """Two videos, whose frames follow one another."""

    format_name = "miniscope"
    n_damaged = 3
    stands_flips = True

    def make_recording(self, root: Path) -> Path:
        """Make the folder."""
        return make_miniscope(root / "session", planted=Planted())

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Return the pixels that went into the videos: their coding loses nothing."""
        movie = np.clip(simulate_movie(7, (29, 38, 44)) // 8, 0, 255).astype(np.uint8)
        return {f"{SERIES}/data": movie.transpose(0, 2, 1)}


def test_times_and_start_are_those_of_the_session(tmp_path: Path) -> None:
    """A rate where frames come at one rate, else the time of each."""
    make_miniscope(tmp_path / "even", planted=Planted())
    make_miniscope(tmp_path / "odd", planted=Planted(), jitter_ms=9)
    written = []
    for name in ("even", "odd"):
        (source,) = recognise(tmp_path / name).sources
        header = read_header(tmp_path / name, source)
        assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
        out = tmp_path / f"{name}-out"
        out.mkdir()
        write_recording(tmp_path / name, source, released_ophys(header), out, "sub-01_ophys")
        written.append(out / "sub-01_ophys.nwb")

    with h5py.File(written[0]) as even, h5py.File(written[1]) as odd:
        assert even[f"{SERIES}/starting_time"].attrs["rate"] == pytest.approx(20)
        times = np.loadtxt(
            tmp_path / "odd" / "Miniscope" / "timeStamps.csv", delimiter=",", skiprows=1
        )[:, 1]
        np.testing.assert_allclose(odd[f"{SERIES}/timestamps"][()], (times - times[0]) / 1000)


def test_videos_of_the_miniscope_are_no_recordings_of_their_own(tmp_path: Path) -> None:
    """Nor is a description without videos."""
    make_miniscope(tmp_path / "a")
    path = make_miniscope(tmp_path / "b")
    for video in path.parent.glob("*.avi"):
        video.unlink()

    found = recognise(tmp_path)

    assert [source.format for source in found.sources] == ["miniscope"]
    assert len(found.sources[0].files) == 5
