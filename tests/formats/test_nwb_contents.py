"""What stands in an NWB file is told by the names that its channels have when it is read."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest

from fascicle.errors import FormatError
from fascicle.formats import read_nwb_contents, read_written_header
from fascicle.testing import make_nwb


def test_channels_lead_to_their_series_and_to_their_electrode(tmp_path: Path) -> None:
    path = make_nwb(tmp_path / "lab.nwb")

    contents = read_nwb_contents(path)

    names = [channel.name for channel in read_written_header(path).channels]
    assert list(contents.series) == names
    by_id = {row.id: row for row in contents.electrodes}
    assert {name for name in names if name in contents.sites} == {
        row.name for row in contents.electrodes
    }
    assert all(by_id[site].name == name for name, site in contents.sites.items())


def test_types_are_those_of_objects_that_hold_data(tmp_path: Path) -> None:
    contents = read_nwb_contents(make_nwb(tmp_path / "lab.nwb"))

    assert contents.types["ElectricalSeries"] == 1
    assert contents.types["Units"] == 1
    assert not {"Device", "ElectrodeGroup", "VectorData", "Subject"} & set(contents.types)


def test_ids_are_those_of_the_table_and_names_that_repeat_are_replaced(tmp_path: Path) -> None:
    path = make_nwb(tmp_path / "lab.nwb")
    with h5py.File(path, "r+") as file:
        table = file["general/extracellular_ephys/electrodes"]
        table["id"][:] = table["id"][:] + 100
        table["label"][1] = table["label"][0]

    contents = read_nwb_contents(path)

    ids = [row.id for row in contents.electrodes]
    assert ids == list(range(100, 100 + len(ids)))
    assert [row.name for row in contents.electrodes] == [f"e{own}" for own in ids]
    assert set(contents.sites.values()) <= set(ids)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nwb").write_bytes(b"no HDF5")

    with pytest.raises(FormatError):
        read_nwb_contents(tmp_path / "a.nwb")


def test_an_electrode_whose_group_stayed_behind_has_no_probe(tmp_path: Path) -> None:
    path = make_nwb(tmp_path / "lab.nwb")
    with h5py.File(path, "r+") as file:
        groups = file["general/extracellular_ephys/electrodes/group"]
        groups[0] = h5py.Reference()

    first, second, *_ = read_nwb_contents(path).electrodes

    assert (first.probe, first.group) == ("", "")
    assert second.probe
