"""CaImAn's results into NWB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pynwb
import pytest
from numpy.typing import NDArray
from scipy import sparse

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import OphysContract, Planted, make_caiman, released_ophys


class TestCaImAn(OphysContract):
    """One plane."""

    format_name = "caiman"

    def make_recording(self, root: Path) -> Path:
        """Make the file."""
        return make_caiman(root / "results.hdf5", planted=Planted())

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read it with h5py."""
        with h5py.File(path, "r") as file:
            found = {key: file[f"estimates/{key}"][()].T for key in ("C", "S", "F_dff", "YrA")}
            snr = file["estimates/SNR_comp"][()]
        table = "processing/ophys/ImageSegmentation/PlaneSegmentation"
        return {
            "processing/ophys/Fluorescence/Denoised/data": found["C"],
            "processing/ophys/Fluorescence/Deconvolved/data": found["S"],
            "processing/ophys/Fluorescence/RoiResponseSeries/data": found["C"] + found["YrA"],
            "processing/ophys/DfOverF/RoiResponseSeriesDfOverF/data": found["F_dff"],
            f"{table}/iscell": np.array([1, 0, 1, 1, 0]),
            f"{table}/snr": snr,
        }


def test_masks_are_at_the_pixels_that_scipy_finds(tmp_path: Path) -> None:
    """Pixels are counted down the columns of a frame."""
    path = make_caiman(tmp_path / "raw" / "results.hdf5")
    with h5py.File(path, "r") as file:
        parts = [file[f"estimates/A/{key}"][()] for key in ("data", "indices", "indptr")]
    masks = sparse.csc_matrix(tuple(parts), shape=(37 * 43, 5)).toarray()
    (source,) = recognise(tmp_path / "raw").sources
    header = released_ophys(read_header(tmp_path / "raw", source))

    write_recording(tmp_path / "raw", source, header, tmp_path, "sub-01_ophys")

    assert header.sfreq_hz == 12.5
    with pynwb.NWBHDF5IO(tmp_path / "sub-01_ophys.nwb", "r") as io:
        table = io.read().processing["ophys"]["ImageSegmentation"]["PlaneSegmentation"]
        for i in range(5):
            image = np.zeros((37, 43))
            mask = table["pixel_mask"][i]
            image[mask["y"], mask["x"]] = mask["weight"]
            expected = masks[:, i].reshape(37, 43, order="F")
            np.testing.assert_allclose(image, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("estimates/dims", np.array([37, 44])),
        ("estimates/A/indptr", np.array([0, 1, 2])),
        ("estimates/A/indices", np.full(73, 10**6)),
        ("estimates/C", np.zeros((4, 29))),
    ],
)
def test_results_that_do_not_fit_together_are_refused(
    tmp_path: Path, place: str, value: NDArray[Any]
) -> None:
    """A finding and not a wrong mask."""
    path = make_caiman(tmp_path / "results.hdf5")
    with h5py.File(path, "a") as file:
        del file[place]
        file[place] = value
        if place == "estimates/C":
            del file["estimates/YrA"]
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="FSC254"):
        read_header(tmp_path, source)
