"""Every real file of calcium imaging goes through, pixel by pixel and value by value."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from fascicle.core import Modality
from fascicle.formats import read_header, recognise, write_recording
from fascicle.quality._ophys_quality import check_ophys
from fascicle.testing import released_ophys

pytestmark = pytest.mark.data

SERIES = "acquisition/TwoPhotonSeries/data"
CELLS = "processing/ophys/Fluorescence"


@pytest.fixture
def calcium(signals: Path) -> Path:
    """The folder of all of them."""
    folder = signals / "calcium"
    if not folder.is_dir():
        pytest.skip("no calcium imaging among the real recordings")
    return folder


def read_frames(path: Path) -> NDArray[np.uint16]:
    """Read all pages, whatever ImageJ says of them."""
    with tifffile.TiffFile(path) as file:
        return np.stack([page.asarray() for page in file.pages])


def read_expected(folder: Path) -> dict[str, dict[str, NDArray[np.generic]]]:
    """Read every source with another library, by its first file and its place in NWB."""
    sima, finder = folder / "sima_2p", folder / "spikefinder_4" / "truth"
    tiffs = [read_frames(sima / "example-tiffs" / f"{i}.tif")[0] for i in range(3)]
    with h5py.File(sima / "example.h5") as file:
        movie = file["imaging"][()]
    with h5py.File(sima / "example-volume.h5") as file:
        volume = file["imaging"][()]
    tables = {
        name: np.loadtxt(finder / f"4.train.{name}.csv.gz", delimiter=",", skiprows=1)
        for name in ("calcium", "spikes")
    }
    return {
        "0.tif": {SERIES: np.stack(tiffs).transpose(0, 2, 1)},
        "example.tif": {SERIES: read_frames(sima / "example.tif").transpose(0, 2, 1)},
        "example.h5": {SERIES: movie.transpose(2, 1, 0)},
        "example-volume.h5": {
            f"acquisition/TwoPhotonSeriesChannel{c + 1}/data": volume[..., c].transpose(0, 3, 2, 1)
            for c in range(2)
        },
        "4.train.calcium.csv.gz": {
            f"{CELLS}/RoiResponseSeries/data": tables["calcium"],
            f"{CELLS}/Spikes/data": tables["spikes"],
        },
    }


def test_every_value_comes_back_in_the_type_it_had(calcium: Path, tmp_path: Path) -> None:
    """As tifffile, h5py and NumPy read the sources."""
    expected = read_expected(calcium)
    found = recognise(calcium)

    assert {source.primary.name for source in found.sources} == set(expected)
    for source in found.sources:
        header = read_header(calcium, source)
        assert header.modality is Modality.OPHYS
        written = write_recording(calcium, source, released_ophys(header), tmp_path, "sub-01_ophys")
        with h5py.File(tmp_path / written.files[0]) as file:
            for place, values in expected[source.primary.name].items():
                assert file[place].dtype == values.dtype
                np.testing.assert_array_equal(file[place][()], values)


def test_one_movie_in_two_formats_is_read_the_same_way(calcium: Path) -> None:
    """Frames are last in the HDF5 file, which no label tells: they are found by what is seen."""
    expected = read_expected(calcium)

    np.testing.assert_array_equal(expected["example.h5"][SERIES], expected["example.tif"][SERIES])


def test_the_archive_s_inspector_finds_no_error_in_any(calcium: Path, tmp_path: Path) -> None:
    """NWB Inspector with the DANDI archive's configuration; our own check reads each of them."""
    from nwbinspector import inspect_nwbfile, load_config

    for source in recognise(calcium).sources:
        header = released_ophys(read_header(calcium, source))
        written = write_recording(calcium, source, header, tmp_path, "sub-01_ophys")
        path = tmp_path / written.files[0]

        messages = inspect_nwbfile(nwbfile_path=path, config=load_config("dandi"))
        grave = {"ERROR", "PYNWB_VALIDATION", "CRITICAL"}
        assert [m.message for m in messages if m.importance.name in grave] == []
        quality = check_ophys(path, header)
        assert quality.verdict == "warn"
        assert "ophys.frame-rate" in {f.code for f in quality.findings}
        assert quality.pictures
