"""Movies in HDF5 into NWB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.formats import read_header, recognise, write_recording
from fascicle.formats._hdf5_movies import find_layout
from fascicle.testing import OphysContract, Planted, make_hdf5_movie, released_ophys, simulate_movie

SERIES = "acquisition/TwoPhotonSeries"


class TestFramesLast(OphysContract):
    """Rows, columns, frames: no label tells which is which."""

    format_name = "hdf5-movie"

    def make_recording(self, root: Path) -> Path:
        """Make the file."""
        return make_hdf5_movie(root / "a.h5", planted=Planted(), axes="yxt")

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read it with h5py."""
        with h5py.File(path, "r") as file:
            return {f"{SERIES}/data": file["imaging"][()].transpose(2, 1, 0)}


class TestSima(OphysContract):
    """Five labelled axes."""

    format_name = "hdf5-movie"

    def make_recording(self, root: Path) -> Path:
        """Make the file."""
        return make_hdf5_movie(root / "a.h5", planted=Planted(), axes="tzyxc", is_labelled=True)

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read it with h5py."""
        with h5py.File(path, "r") as file:
            pixels = file["imaging"][()]
        return {
            f"{SERIES}Channel{c + 1}/data": pixels[..., c].transpose(0, 3, 2, 1) for c in range(2)
        }


@pytest.mark.parametrize("axes", ["tyx", "yxt", "tyxc", "tzyx"])
@pytest.mark.parametrize("seed", range(5))
def test_the_axis_of_the_frames_is_found_by_what_the_slices_show(
    tmp_path: Path, axes: str, seed: int
) -> None:
    """Without labels, at equal and unequal sizes."""
    path = make_hdf5_movie(tmp_path / "a.h5", seed=seed, axes=axes)

    with h5py.File(path, "r") as file:
        layout = find_layout(file["imaging"])

    assert layout.axes == axes
    assert "correlation" in layout.evidence[0]


def test_a_movie_whose_sides_are_all_equal_is_read_the_right_way() -> None:
    """Sizes alone would not tell."""
    movie = simulate_movie(3, (41, 41, 41))

    assert find_layout(movie).axes == "tyx"
    assert find_layout(movie.transpose(1, 2, 0)).axes == "yxt"


def test_rate_and_size_of_a_pixel_are_read(tmp_path: Path) -> None:
    """SIMA keeps the sizes in the order z, y, x."""
    make_hdf5_movie(tmp_path / "a.h5", axes="tzyxc", is_labelled=True)
    (source,) = recognise(tmp_path).sources

    header = read_header(tmp_path, source)

    assert header.sfreq_hz == 15.5
    assert header.metadata["PixelSizeMicrometres"] == pytest.approx([0.9, 0.7, 1.0])
    assert header.shape == (29, 3, 37, 43)


def test_other_hdf5_is_not_taken_for_a_movie(tmp_path: Path) -> None:
    """Tables of cells, poses, features, spectra, and files without a dominant array."""
    rng = np.random.default_rng(4)
    contents: dict[str, dict[str, NDArray[Any]]] = {
        "cells": {"obs": np.zeros(3), "data": rng.integers(0, 9, (9, 99, 99), np.uint16)},
        "poses": {"tracks": rng.random((1, 2, 30, 900)), "node_names": np.zeros(3)},
        "flat": {"data": rng.integers(0, 9, (999, 99), np.uint16)},
        "two": {"a": rng.integers(0, 9, (9, 50, 50), np.uint16), "b": rng.random((99, 99))},
        "narrow": {"imaging": rng.integers(0, 9, (999, 3, 5), np.uint16)},
        "floats": {"weights": rng.random((9, 50, 50))},
    }
    for name, arrays in contents.items():
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            for key, values in arrays.items():
                file[key] = values

    assert recognise(tmp_path).sources == ()


def test_bytes_of_one_colour_stay_bytes(tmp_path: Path) -> None:
    """Pixels of eight bits are written as they are."""
    movie = (simulate_movie(3) // 8).astype(np.uint8)
    (tmp_path / "raw").mkdir()
    with h5py.File(tmp_path / "raw" / "a.h5", "w") as file:
        file["mov"] = movie
    (source,) = recognise(tmp_path / "raw").sources
    header = released_ophys(read_header(tmp_path / "raw", source))

    write_recording(tmp_path / "raw", source, header, tmp_path, "sub-01_ophys")

    with h5py.File(tmp_path / "sub-01_ophys.nwb", "r") as file:
        data = file[f"{SERIES}/data"]
        assert data.dtype == np.uint8
        np.testing.assert_array_equal(data[()], movie.transpose(0, 2, 1))
