"""A lab's folder of probes, with everything that its vendors write about people, becomes NWB."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.journeys.conftest import list_bytes

from fascicle import share
from fascicle.core import Severity
from fascicle.testing import (
    Planted,
    make_blackrock,
    make_described,
    make_intan,
    make_mcs,
    make_mcs_raw,
    make_mearec,
    make_nwb,
    make_openephys,
    make_openephys_legacy,
    make_plexon,
    make_spikeglx,
)
from fascicle.workflows import ShareOptions

pytestmark = [pytest.mark.journey, pytest.mark.slow]

ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "name": "Probes",
           "publish": False}  # fmt: skip


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Three animals, three vendors."""
    raw = tmp_path / "raw"
    make_spikeglx(raw / "rat1" / "run_g0", planted=Planted())
    make_openephys(raw / "rat2" / "node", planted=Planted())
    (raw / "rat3").mkdir()
    make_nwb(raw / "rat3" / "lab.nwb", planted=Planted())
    return raw


def test_three_vendors_become_one_dataset_that_names_nobody(raw, tmp_path, home):
    result = share(raw, tmp_path / "out", ShareOptions(**ANSWERS))

    assert (result.n_recordings, result.n_participants) == (3, 3), result.as_dict()
    files = list_bytes(tmp_path / "out")
    assert sum(path.endswith("_ecephys.nwb") for path in files) == 3
    for path, content in files.items():
        for word in Planted().words():
            assert word.lower().encode() not in content.lower(), path
    assert [f for f in result.findings if f.severity is Severity.ERROR] == []


def test_counts_events_and_electrodes_stand_in_the_file_and_beside_it(raw, tmp_path, home):
    share(raw, tmp_path / "out", ShareOptions(**ANSWERS))

    path = next(p for p in (tmp_path / "out").rglob("*.nwb") if b"TimeSeriesNIDQ" in p.read_bytes())
    counts = np.fromfile(next(raw.rglob("*.ap.bin")), "<i2").reshape(-1, 8)
    with h5py.File(path) as file:
        data = file["acquisition/ElectricalSeriesAP/data"]
        np.testing.assert_array_equal(data[:], counts[:, :7])
        assert len(file["events/events/timestamp"]) == 2
    stem = path.name.removesuffix("_ecephys.nwb")
    rows = (path.parent / f"{stem}_electrodes.tsv").read_text("utf-8").splitlines()
    assert rows[0].split("\t")[:5] == ["name", "probe_name", "x", "y", "z"]
    assert len(rows) == 15
    about = json.loads((path.parent / f"{stem}_ecephys.json").read_text("utf-8"))
    assert about["ManufacturersModelName"] == "Neuropixels 1.0"
    assert (path.parent / f"{stem}_probes.tsv").is_file()


def test_two_runs_write_the_same_bytes(raw, tmp_path, home):
    # In one study, so that the vault gives the animals the same labels.
    for name in ("one", "two"):
        share(raw, tmp_path / name, ShareOptions(study="rats", **ANSWERS))

    first, second = list_bytes(tmp_path / "one"), list_bytes(tmp_path / "two")
    nwb = [path for path in first if path.endswith(".nwb")]
    assert len(nwb) == 3
    assert {path: first[path] for path in nwb} == {path: second[path] for path in nwb}


def test_every_vendor_goes_through_and_a_damaged_file_is_left_out(tmp_path, home):
    raw = tmp_path / "raw"
    makers = {
        "a.rhd": make_intan, "a.ns5": make_blackrock, "a.plx": make_plexon, "a.raw": make_mcs_raw,
        "a.h5": make_mcs, "si": make_described, "node": make_openephys_legacy,
    }  # fmt: skip
    for number, (name, make) in enumerate(makers.items(), start=1):
        (raw / f"rat{number}").mkdir(parents=True)
        make(raw / f"rat{number}" / name, planted=Planted())
    (raw / "rat8").mkdir()
    make_mearec(raw / "rat8" / "simulation.h5")
    (raw / "rat9").mkdir()
    whole = make_blackrock(raw / "rat9" / "b.ns5").read_bytes()
    (raw / "rat9" / "b.ns5").write_bytes(whole[:200])

    result = share(raw, tmp_path / "out", ShareOptions(**ANSWERS))

    assert result.n_recordings == 8, result.as_dict()
    assert ("file.unreadable", "rat9/b.ns5") in {(f.code, f.raw_place) for f in result.findings}
