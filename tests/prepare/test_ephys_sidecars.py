"""Sidecars of probes say what the header says, in the columns of the proposal."""

from __future__ import annotations

import json

from fascicle.core import Channel, Event, Header, Modality
from fascicle.prepare import BidsName
from fascicle.prepare._ephys_sidecars import make_ephys_sidecars

NAME = BidsName("01", "2", "run", "", "", "ecephys")
STEM = "sub-01/ses-2/ecephys/sub-01_ses-2_task-run"
HEADER = Header(
    Modality.ECEPHYS,
    30000.0,
    45000,
    (
        Channel("AP0", "EXT", "uV", 30000.0, position_m=(16e-6, 0.0, 0.0)),
        Channel("AP0-P2", "EXT", "uV", 30000.0, 300.0, 10000.0),
        Channel("LF0", "LFP", "uV", 2500.0),
        Channel("SY0", "TRIG", "n/a", 30000.0),
    ),
    events=(Event(0.5, 0.0, "TTL 1", 1),),
    manufacturer="IMEC",
    metadata={"ManufacturersModelName": "Neuropixels 1.0"},
)


def table(files: dict[str, bytes], suffix: str) -> list[list[str]]:
    text = files[f"{STEM}_{suffix}.tsv"].decode()
    return [line.split("\t") for line in text.splitlines()]


def test_every_file_of_the_proposal_is_written() -> None:
    files = make_ephys_sidecars(NAME, HEADER, line_hz=50.0)

    assert [path.removeprefix(f"{STEM}_") for path in files] == [
        "ecephys.json", "channels.tsv", "electrodes.tsv", "probes.tsv", "events.tsv", "events.json",
    ]  # fmt: skip


def test_the_recording_is_described_with_the_release_of_its_metadata() -> None:
    about = json.loads(make_ephys_sidecars(NAME, HEADER, line_hz=50.0)[f"{STEM}_ecephys.json"])

    assert about["SamplingFrequency"] == 30000
    assert about["RecordingDuration"] == 1.5
    assert about["PowerLineFrequency"] == 50
    assert about["ManufacturersModelName"] == "Neuropixels 1.0"


def test_channels_beside_the_brain_have_no_electrode() -> None:
    rows = table(make_ephys_sidecars(NAME, HEADER), "channels")

    assert rows[2] == ["AP0-P2", "AP0-P2", "EXT", "uV", "30000", "300", "10000"]
    assert rows[4][:3] == ["SY0", "n/a", "TRIG"]


def test_electrodes_have_their_probe_and_their_place_in_micrometres() -> None:
    rows = table(make_ephys_sidecars(NAME, HEADER), "electrodes")

    assert rows[1:] == [
        ["AP0", "probe01", "16", "0", "0"],
        ["AP0-P2", "probe02", "n/a", "n/a", "n/a"],
        ["LF0", "probe01", "n/a", "n/a", "n/a"],
    ]


def test_probes_are_counted() -> None:
    rows = table(make_ephys_sidecars(NAME, HEADER), "probes")

    assert rows[1:] == [
        ["probe01", "silicon probe", "IMEC", "Neuropixels 1.0", "2"],
        ["probe02", "silicon probe", "IMEC", "Neuropixels 1.0", "1"],
    ]


def test_a_recording_without_electrodes_has_no_tables_of_them() -> None:
    header = Header(Modality.ECEPHYS, 10.0, 9, HEADER.channels[3:])

    files = make_ephys_sidecars(NAME, header)

    assert [path.rpartition("_")[2] for path in files] == ["ecephys.json", "channels.tsv"]
