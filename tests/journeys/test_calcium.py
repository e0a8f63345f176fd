"""Calcium imaging of mice, through the whole command."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile

from fascicle import share
from fascicle.core import Severity, Tier
from fascicle.testing import (
    PLANTED,
    Planted,
    make_hdf5_movie,
    make_scanimage,
    make_suite2p,
    make_tiff_sequence,
)
from fascicle.workflows import ShareOptions

pytest.importorskip("pynwb", reason="needs the extra neurodata")

pytestmark = pytest.mark.journey

OPTIONS = ShareOptions(species="mus musculus", protocol="AP-2023-17", name="Flashes",
                       description="Cells that flash.", authors=("Ada Q.", "Bo R."), tier=Tier.OPEN,
                       licence="CC0", participants="confirmed")  # fmt: skip


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two mice: a movie and its cells, frames in files, and a movie in HDF5."""
    folder = tmp_path / "raw"
    make_scanimage(folder / "m01" / "day1" / "spont_00001.tif", seed=31, planted=Planted())
    make_suite2p(folder / "m01" / "day2" / "suite2p", planted=Planted())
    make_tiff_sequence(folder / "m02" / "day1" / "tiffs", planted=Planted())
    make_hdf5_movie(folder / "m02" / "day2" / "a.h5", planted=Planted(), axes="yxt")
    for mouse in ("m01", "m02"):
        for day in ("day1", "day2"):
            said = {"FrameRate": 30.0, "Indicator": "GCaMP6f", "ExcitationWavelength": 920}
            (folder / mouse / day / "ophys.json").write_text(json.dumps(said))
    (folder / "mice.csv").write_text("participant_id,sex,age\nm01,F,0.25\nm02,M,0.3\n")
    return folder


def test_a_folder_of_mice_is_published_without_an_error_of_the_validators(
    raw: Path, tmp_path: Path, home: Path
) -> None:
    """BIDS validator and NWB Inspector; nothing planted is anywhere."""
    from dataclasses import replace

    options = replace(OPTIONS, commons=tmp_path / "commons")

    result = share(raw, tmp_path / "out", options)

    errors = [f for f in result.findings if f.severity is Severity.ERROR]
    assert errors == []
    assert result.exit_code == 0, result.as_dict()
    assert result.published is not None
    assert (result.n_recordings, result.n_participants) == (4, 2)
    everything = b"".join(
        p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()
    ).lower()
    assert not [word for word in Planted().words() if word.lower().encode() in everything]
    assert PLANTED.lower().encode() not in everything


def test_frames_come_back_as_they_were(raw: Path, tmp_path: Path, home: Path) -> None:
    """Every pixel of every movie, with rate, indicator and species."""
    from dataclasses import replace

    share(raw, tmp_path / "out", replace(OPTIONS, publish=False))

    source = tifffile.imread(raw / "m01" / "day1" / "spont_00001.tif")
    found = []
    for path in sorted((tmp_path / "out").glob("sub-*/**/*.nwb")):
        with h5py.File(path, "r") as file:
            assert file["general/subject/species"][()] == b"Mus musculus"
            assert file["general/optophysiology/ImagingPlane/indicator"][()] == b"GCaMP6f"
            series = file["acquisition"]
            found += [series[name]["data"][()] for name in series]
    assert sum(np.array_equal(data, source.transpose(0, 2, 1)) for data in found) == 1
    assert sorted(data.shape for data in found) == sorted([
        (29, 43, 37),
        (11, 43, 37),
        (29, 43, 37),
        (29, 43, 37),
        (29, 43, 37),
    ])
