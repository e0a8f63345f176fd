"""Probes in HDF5 through the contract."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.core import FileHead
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.formats._registry import registry
from fascicle.testing import FormatContract, Planted, Shape, make_mcs, make_mearec, read_all

COUNTS = Shape((20_000,) * 7, n_seconds=1).counts(7).astype(np.float64)


class TestMcs(FormatContract):
    format_name = "mcs"
    tolerance = 1e-9

    def make_recording(self, root: Path) -> Path:
        return make_mcs(root / "a.h5", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        return COUNTS * 59605e-12 * 1e6


def test_the_day_of_a_recording_is_read_from_its_ticks(tmp_path: Path) -> None:
    make_mcs(tmp_path / "a.h5", planted=Planted())
    (source,) = recognise(tmp_path).sources

    assert read_header(tmp_path, source).measured_at == Planted().start


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_pause_of_a_recording_parts_it(tmp_path: Path, is_turned: bool) -> None:
    path = make_mcs(tmp_path / "a.h5", seed=7)
    with h5py.File(path, "r+") as file:
        stream = file["Data/Recording_0/AnalogStream/Stream_0"]
        del stream["ChannelDataTimeStamps"]
        table = np.array([[0, 0, 6999], [2_000_000, 7000, 19_999]])
        stream["ChannelDataTimeStamps"] = table.T if is_turned else table
    (source,) = recognise(tmp_path).sources
    header = read_header(tmp_path, source)

    write_recording(tmp_path, source, header, tmp_path, "sub-01_ecephys")

    assert not header.is_continuous
    with h5py.File(tmp_path / "sub-01_ecephys.nwb") as file:
        parts = [file[f"acquisition/ElectricalSeriesAPPart{i}"] for i in (1, 2)]
        assert [part["starting_time"][()] for part in parts] == [0, 2]
        values = np.vstack([part["data"][:] for part in parts]).T
    np.testing.assert_array_equal(values, COUNTS)


@pytest.mark.parametrize("is_turned", [False, True])
def test_three_parts_are_told_from_a_table_that_stands_on_its_side(
    tmp_path: Path, is_turned: bool
) -> None:
    path = make_mcs(tmp_path / "a.h5", seed=7)
    with h5py.File(path, "r+") as file:
        stream = file["Data/Recording_0/AnalogStream/Stream_0"]
        del stream["ChannelDataTimeStamps"]
        table = np.array([[0, 0, 6999], [2_000_000, 7000, 8999], [9_000_000, 9000, 19_999]])
        stream["ChannelDataTimeStamps"] = table.T if is_turned else table
    (source,) = recognise(tmp_path).sources
    header = read_header(tmp_path, source)

    write_recording(tmp_path, source, header, tmp_path, "sub-01_ecephys")

    with h5py.File(tmp_path / "sub-01_ecephys.nwb") as file:
        parts = [file[f"acquisition/ElectricalSeriesAPPart{i}"] for i in (1, 2, 3)]
        assert [part["starting_time"][()] for part in parts] == [0, 2, 9]
        assert [len(part["data"]) for part in parts] == [7000, 2000, 11_000]


def test_a_file_of_two_recordings_is_refused_and_not_cut_to_the_first(tmp_path: Path) -> None:
    path = make_mcs(tmp_path / "a.h5", seed=7)
    with h5py.File(path, "r+") as file:
        file.copy("Data/Recording_0", "Data/Recording_1")
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match=r"FSC203.*got 2"):
        read_header(tmp_path, source)


def test_parts_that_overlap_are_refused(tmp_path: Path) -> None:
    path = make_mcs(tmp_path / "a.h5", seed=7)
    with h5py.File(path, "r+") as file:
        stream = file["Data/Recording_0/AnalogStream/Stream_0"]
        del stream["ChannelDataTimeStamps"]
        stream["ChannelDataTimeStamps"] = [[0, 0, 6999], [9, 7000, 8999], [2, 6000, 19_999]]
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="FSC203"):
        read_header(tmp_path, source)


def test_a_simulation_is_written_with_its_values_and_places(tmp_path: Path) -> None:
    make_mearec(tmp_path / "sim.h5")
    (source,) = recognise(tmp_path).sources
    header = read_header(tmp_path, source)

    write_recording(tmp_path, source, header, tmp_path, "sub-01_ecephys")

    assert source.format == "mearec"
    assert header.channels[3].position_m == pytest.approx((20e-6, 45e-6, 0.0))
    np.testing.assert_allclose(read_all(tmp_path / "sub-01_ecephys.nwb"), COUNTS / 10, rtol=1e-6)


def test_a_simulation_whose_sizes_disagree_is_refused(tmp_path: Path) -> None:
    path = make_mearec(tmp_path / "sim.h5")
    with h5py.File(path, "r+") as file:
        del file["channel_positions"]
        file["channel_positions"] = np.zeros((5, 3))
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError):
        read_header(tmp_path, source)


def test_other_hdf5_is_taken_for_neither(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["recordings"] = np.arange(7)
    head = FileHead(path.relative_to(tmp_path), path.read_bytes()[:4096], 9)  # type: ignore[arg-type]

    assert not registry()["mcs"].recognises(head)
    assert not registry()["mearec"].recognises(head)
