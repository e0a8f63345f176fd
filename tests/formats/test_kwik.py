"""Kwik through the contract: groups run on, labels by their codes."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import NeurodataContract, Planted, make_kwik, released_neurodata


class TestKwik(NeurodataContract):
    format_name = "kwik"
    test_a_header_of_another_recording_is_refused = None  # no size is taken from the header

    def make_recording(self, root: Path) -> Path:
        return make_kwik(root / "day1.kwik", planted=Planted())


def convert(root: Path, out: Path) -> h5py.File:
    (source,) = recognise(root).sources
    header = released_neurodata(read_header(root, source))
    write_recording(root, source, header, out, "sub-01_ecephys")
    return h5py.File(out / "sub-01_ecephys.nwb")


def test_units_of_all_groups_have_numbers_and_labels_of_their_own(tmp_path: Path) -> None:
    path = make_kwik(tmp_path / "day1.kwik")
    (tmp_path / "out").mkdir()

    with convert(tmp_path, tmp_path / "out") as file, h5py.File(path) as raw:
        table = file["units"]
        found = np.split(table["spike_times"][:], table["spike_times_index"][:-1])
        own = raw["channel_groups/1/spikes"]
        expected = own["time_samples"][:][own["clusters/main"][:] == 2] / 20000.0
        np.testing.assert_allclose(found[6], expected)
        assert table["id"][:].tolist() == list(range(8))
        labels = [value.decode() for value in table["quality"][:]]
        shanks = file["general/extracellular_ephys/electrodes/group_name"][:]

    assert labels == ["noise", "mua", "good", "unsorted"] * 2
    assert [s.decode() for s in shanks] == ["Shank0"] * 3 + ["Shank1"] * 3


def test_spikes_of_later_parts_follow_those_of_earlier_ones(tmp_path: Path) -> None:
    path = make_kwik(tmp_path / "day1.kwik")
    with h5py.File(path, "a") as file:
        file.create_group("recordings/1").attrs["start_time"] = 100.0
        for group in ("0", "1"):
            file[f"channel_groups/{group}/spikes/recording"][200:] = 1
    (tmp_path / "out").mkdir()

    with convert(tmp_path, tmp_path / "out") as file:
        times = file["units/spike_times"][:]

    assert ((times < 10) | (times > 100)).all()
    assert np.count_nonzero(times < 10) == 400


def test_only_paths_are_reported_and_not_klustas_own_words(tmp_path: Path) -> None:
    make_kwik(tmp_path / "day1.kwik", planted=Planted())

    header = read_header(tmp_path, recognise(tmp_path).sources[0])

    assert [(i.kind, i.value) for i in header.identifiers] == [
        ("path", f"/home/{Planted().name}/{Planted().code}/day1")
    ]


@pytest.mark.parametrize("change", ["no rate", "no spikes", "parts"])
def test_a_file_without_what_it_needs_is_refused(tmp_path: Path, change: str) -> None:
    path = make_kwik(tmp_path / "day1.kwik")
    with h5py.File(path, "a") as file:
        if change == "no rate":
            file["recordings/0"].attrs["sample_rate"] = 0.0
        for group in ("0", "1"):
            spikes = file[f"channel_groups/{group}/spikes"]
            if change == "no spikes":
                del spikes["time_samples"]
            if change == "parts":
                file.require_group("recordings/1")
                del spikes["recording"]
                spikes["recording"] = np.zeros(3)
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="FSC275"):
        read_header(tmp_path, source)


@pytest.mark.data
def test_a_real_file_goes_through(signals: Path, tmp_path: Path) -> None:
    root = signals / "ephys" / "phy_kwik" / "kwik"
    with h5py.File(root / "hybrid_10sec.kwik") as raw:
        n_spikes = raw["channel_groups/0/spikes/time_samples"].size

    with convert(root, tmp_path) as file:
        assert file["units/spike_times"].size == n_spikes
        assert file["general/extracellular_ephys/electrodes/id"].size == 32
