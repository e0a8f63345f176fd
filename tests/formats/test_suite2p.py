"""Suite2p's folders into NWB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pynwb
import pytest
from numpy.typing import NDArray

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, telling_path, write_recording
from fascicle.testing import OphysContract, Planted, make_suite2p, released_ophys


class TestSuite2p(OphysContract):
    """Two planes with their registered frames."""

    format_name = "suite2p"
    n_damaged = 5

    def make_recording(self, root: Path) -> Path:
        """Make the folder; what repeats all planes is no recording."""
        return make_suite2p(root / "suite2p", planted=Planted())

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read it with NumPy, pickles allowed: the file is our own."""
        expected: dict[str, NDArray[Any]] = {}
        for i in (1, 2):
            plane = path.parent.parent / f"plane{i - 1}"
            movie = np.fromfile(plane / "data.bin", "<i2").reshape(29, 37, 43)
            expected[f"acquisition/TwoPhotonSeriesChannel{i}/data"] = movie.transpose(0, 2, 1)
            for name, file in (
                ("RoiResponseSeries", "F"),
                ("Neuropil", "Fneu"),
                ("Deconvolved", "spks"),
            ):
                place = f"processing/ophys/Fluorescence/{name}Plane{i}/data"
                expected[place] = np.load(plane / f"{file}.npy").T
            judged = np.load(plane / "iscell.npy")
            table = f"processing/ophys/ImageSegmentation/PlaneSegmentationPlane{i}"
            expected[f"{table}/iscell"] = judged[:, 0].astype(np.int64)
            expected[f"{table}/probability"] = judged[:, 1]
            ops = np.load(plane / "ops.npy", allow_pickle=True).item()
            expected[f"processing/ophys/SummaryImagesPlane{i}/mean"] = ops["meanImg"].T
        return expected


def test_masks_are_those_of_suite2p_as_pynwb_reads_them(tmp_path: Path) -> None:
    """Columns, rows and weights of every cell."""
    stat_path = make_suite2p(tmp_path / "raw" / "suite2p", n_planes=1, has_movie=False)
    stat = np.load(stat_path, allow_pickle=True)
    (source,) = recognise(tmp_path / "raw").sources
    header = released_ophys(read_header(tmp_path / "raw", source))

    write_recording(tmp_path / "raw", source, header, tmp_path, "sub-01_ophys")

    with pynwb.NWBHDF5IO(tmp_path / "sub-01_ophys.nwb", "r") as io:
        file = io.read()
        table = file.processing["ophys"]["ImageSegmentation"]["PlaneSegmentation"]
        assert len(table) == len(stat)
        for i, cell in enumerate(stat):
            mask = table["pixel_mask"][i]
            assert mask["x"].tolist() == cell["xpix"].tolist()
            assert mask["y"].tolist() == cell["ypix"].tolist()
            np.testing.assert_array_equal(mask["weight"], cell["lam"])
        assert file.processing["ophys"]["Fluorescence"]["RoiResponseSeries"].rate == 15.25


def test_one_session_of_several_planes_is_one_recording(tmp_path: Path) -> None:
    """And the folder that repeats all planes is named and left out."""
    make_suite2p(tmp_path / "suite2p", n_planes=3)

    found = recognise(tmp_path)

    assert len(found.sources) == 1
    assert read_header(tmp_path, found.sources[0]).metadata["NumberOfPlanes"] == 3
    assert [f.raw_place for f in found.findings if f.code == "file.not-raw"] == [
        "suite2p/combined/stat.npy"
    ]


def test_names_that_suite2p_gives_tell_nothing_of_the_animal(tmp_path: Path) -> None:
    """Only the path above them does."""
    make_suite2p(tmp_path / "m01" / "suite2p", n_planes=1)
    (source,) = recognise(tmp_path).sources
    header = read_header(tmp_path, source)

    told = {telling_path(path, "suite2p", header).as_posix() for path in source.files}

    assert told == {"m01/suite2p"}


def test_traces_of_other_cells_are_refused(tmp_path: Path) -> None:
    """Masks of five cells with traces of four."""
    path = make_suite2p(tmp_path / "suite2p", n_planes=1)
    np.save(path.parent / "F.npy", np.zeros((4, 29), np.float32))
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="FSC254"):
        read_header(tmp_path, source)


def test_pixels_outside_of_the_frame_are_refused(tmp_path: Path) -> None:
    """A mask of another recording."""
    path = make_suite2p(tmp_path / "suite2p", n_planes=1)
    stat = np.load(path, allow_pickle=True)
    stat[2]["xpix"][0] = 43
    np.save(path, stat, allow_pickle=True)
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="FSC254"):
        read_header(tmp_path, source)


def test_images_of_a_cropped_frame_go_to_their_place(tmp_path: Path) -> None:
    """Suite2p keeps the maximum without the margins."""
    path = make_suite2p(tmp_path / "raw" / "suite2p", n_planes=1)
    ops = np.load(path.parent / "ops.npy", allow_pickle=True).item()
    (source,) = recognise(tmp_path / "raw").sources
    header = released_ophys(read_header(tmp_path / "raw", source))

    write_recording(tmp_path / "raw", source, header, tmp_path, "sub-01_ophys")

    with h5py.File(tmp_path / "sub-01_ophys.nwb", "r") as file:
        image = file["processing/ophys/SummaryImages/maximum"][()].T
    np.testing.assert_array_equal(image[1:35, 2:42], ops["max_proj"])
    assert image[0].max() == 0
