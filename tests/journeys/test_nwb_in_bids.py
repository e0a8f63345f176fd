"""One dataset of NWB and BIDS: each side says where in the other a thing stands."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import h5py
import pytest

from fascicle import share
from fascicle.testing import Planted, make_nwb, make_phy, make_spikeglx
from fascicle.workflows import ShareOptions

pytestmark = [pytest.mark.journey, pytest.mark.slow]

ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "name": "Rig",
           "publish": False}  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with the units that were sorted in it, and a lab's own NWB file."""
    root = tmp_path_factory.mktemp("rig")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASCICLE_HOME", str(root / "home"))
        run = make_spikeglx(root / "raw" / "rat1" / "run_g0", planted=Planted())
        params = make_phy(root / "raw" / "rat1" / "sorted")
        lines = params.read_text("utf-8").splitlines()[1:]
        params.write_text("\n".join([f"dat_path = '../{run.stem}.bin'", *lines]) + "\n", "utf-8")
        (root / "raw" / "rat2").mkdir()
        make_nwb(root / "raw" / "rat2" / "lab.nwb", planted=Planted())
        share(root / "raw", root / "out", ShareOptions(**ANSWERS))
    return root / "out"


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def recordings(out: Path) -> list[Path]:
    found = sorted(out.glob("sub-*/**/*_ecephys.nwb"))
    assert len(found) == 3
    return found


def text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_the_sidecar_and_the_file_name_one_another(out: Path) -> None:
    for path in recordings(out):
        about = json.loads(path.with_suffix(".json").read_text("utf-8"))
        with h5py.File(path) as file:
            identifier = text(file["identifier"][()])
            held: dict[str, int] = {}
            file.visititems(
                lambda _, node, held=held: held.update(
                    {kind: held.get(kind, 0) + 1}
                    if (kind := text(node.attrs.get("neurodata_type", "")))
                    else {}
                )
            )

        assert about["NWBIdentifier"] == identifier
        stem, _, own = identifier.rpartition("_")
        assert list(out.rglob(f"{stem}.nwb")) == [path]
        assert len(own) == 36
        assert about["NWBTypes"]
        assert {kind: held[kind] for kind in about["NWBTypes"]} == about["NWBTypes"]


def test_subject_and_session_are_those_of_the_folders(out: Path) -> None:
    people = {row["participant_id"] for row in read_table(out / "participants.tsv")}
    for path in recordings(out):
        parts = path.relative_to(out).parts
        with h5py.File(path) as file:
            subject = text(file["general/subject/subject_id"][()])
            has_session = "session_id" in file["general"]
            session = text(file["general/session_id"][()]) if has_session else ""

        assert f"sub-{subject}" == parts[0]
        assert parts[0] in people
        assert has_session == parts[1].startswith("ses-")
        assert not has_session or f"ses-{session}" == parts[1]


def test_rows_and_electrodes_probes_and_series_lead_to_one_another(out: Path) -> None:
    n_tables = 0
    for path in recordings(out):
        stem = path.name.removesuffix("_ecephys.nwb")
        electrodes = read_table(path.with_name(f"{stem}_electrodes.tsv"))
        probes = read_table(path.with_name(f"{stem}_probes.tsv"))
        with h5py.File(path) as file:
            table = file["general/extracellular_ephys/electrodes"]
            ids = table["id"][:].tolist()
            column = next((c for c in ("channel_name", "label") if c in table), None)
            names = [text(name) for name in table[column][:]] if column else []
            groups = [file[reference] for reference in table["group"][:]]
            devices = [group["device"].name.rpartition("/")[2] for group in groups]
            assert {row["probe_name"] for row in probes} == set(devices)
            assert all(row["probe_name"] in file["general/devices"] for row in probes)
            # from the table to the file, and, because the ids are all there, back
            assert [int(row["nwb_id"]) for row in electrodes] == ids
            for i, row in enumerate(electrodes):
                assert row["probe_name"] == devices[i]
                assert row["shank_id"] == groups[i].name.rpartition("/")[2]
                assert not names or row["name"] == names[i]
            channels = path.with_name(f"{stem}_channels.tsv")
            if not channels.is_file():  # units that were sorted have no channels
                continue
            n_tables += 1
            rows = read_table(channels)
            by_name = {row["name"]: i for i, row in enumerate(electrodes)}
            for name in {row["stream_id"] for row in rows}:
                series = file[f"acquisition/{name}"]
                own = [row for row in rows if row["stream_id"] == name]
                assert series["data"].shape[-1] == len(own)
                if "electrodes" in series:
                    there = [by_name[row["electrode_name"]] for row in own]
                    assert series["electrodes"][:].tolist() == there
                else:
                    assert {row["electrode_name"] for row in own} == {"n/a"}
    assert n_tables == 2


def test_the_table_of_scans_tells_the_moment_that_the_file_tells(out: Path) -> None:
    rows = {
        (table.parent / row["filename"]): row["acq_time"]
        for table in out.glob("sub-*/**/*_scans.tsv")
        for row in read_table(table)
    }
    for path in recordings(out):
        told = rows[path]
        with h5py.File(path) as file:
            started = text(file["session_start_time"][()])

        assert started.startswith("1970-01-01T00:00:00") if told == "n/a" else (
            started[:19] == told[:19]
        )  # fmt: skip


def test_streams_of_the_timing_file_are_files_of_the_dataset(out: Path) -> None:
    (timing,) = out.rglob("*_desc-timing_qc.json")
    derivative = out / "derivatives" / "fascicle-quality"
    links = json.loads((derivative / "dataset_description.json").read_text("utf-8"))["DatasetLinks"]

    (row,) = json.loads(timing.read_text("utf-8"))["Streams"]

    # The units count their spikes in the samples of the probe.
    assert (row["Method"], row["Verdict"]) == ("shared clock", "untested")
    found = set()
    for uri in (row["Clock"], row["Stream"]):
        scheme, dataset, place = uri.split(":", 2)
        assert scheme == "bids"
        path = (derivative / links[dataset] / place).resolve()
        assert path.is_file()
        found.add(path)
    assert len(found) == 2
    assert found < {path.resolve() for path in recordings(out)}
    assert len({path.parent for path in found}) == 1
