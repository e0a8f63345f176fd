"""Sidecars of probes say what the header says, in the columns of the proposal."""

from __future__ import annotations

import json

from fascicle.core import Channel, Event, Header, Modality, Term
from fascicle.formats import NwbContents, NwbElectrode
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
CONTENTS = NwbContents(
    "sub-01_ses-2_task-run_ecephys_1",
    {"ElectricalSeries": 3, "TimeSeries": 1},
    (
        NwbElectrode(0, "AP0", "probe01", "Group0", (16.0, 0.0, None)),
        NwbElectrode(1, "AP0-P2", "probe02", "Group1"),
        NwbElectrode(2, "LF0", "probe01", "Group2"),
        NwbElectrode(7, "AP1", "probe01", "Group0", (48.0, 20.5, None)),
    ),
    {
        "AP0": "ElectricalSeriesAP",
        "AP0-P2": "ElectricalSeriesAP2",
        "LF0": "ElectricalSeriesLF",
        "SY0": "TimeSeriesSYNC",
    },
    {"AP0": 0, "AP0-P2": 1, "LF0": 2},
)


def table(files: dict[str, bytes], suffix: str) -> list[list[str]]:
    text = files[f"{STEM}_{suffix}.tsv"].decode()
    return [line.split("\t") for line in text.splitlines()]


def test_every_file_of_the_proposal_is_written() -> None:
    files = make_ephys_sidecars(NAME, HEADER, CONTENTS, line_hz=50.0)

    assert [path.removeprefix(f"{STEM}_") for path in files] == [
        "ecephys.json", "channels.tsv", "electrodes.tsv", "electrodes.json", "probes.tsv",
        "events.tsv", "events.json",
    ]  # fmt: skip


def test_the_recording_is_described_with_the_release_of_its_metadata() -> None:
    about = json.loads(
        make_ephys_sidecars(NAME, HEADER, CONTENTS, line_hz=50.0)[f"{STEM}_ecephys.json"]
    )

    assert about["SamplingFrequency"] == 30000
    assert about["RecordingDuration"] == 1.5
    assert about["PowerLineFrequency"] == 50
    assert about["ManufacturersModelName"] == "Neuropixels 1.0"


def test_channels_beside_the_brain_have_no_electrode() -> None:
    rows = table(make_ephys_sidecars(NAME, HEADER, CONTENTS), "channels")

    assert rows[0] == [
        "name", "electrode_name", "type", "units", "sampling_frequency", "low_cutoff",
        "high_cutoff", "stream_id",
    ]  # fmt: skip
    assert rows[2] == [
        "AP0-P2", "AP0-P2", "HP", "uV", "30000", "300", "10000", "ElectricalSeriesAP2",
    ]  # fmt: skip
    assert rows[4][:3] == ["SY0", "n/a", "TRIG"]


def test_a_type_that_the_filter_decides_is_told_only_where_that_is_known() -> None:
    unknown, low = Channel("a", "EXT", "uV", 1.0), Channel("b", "EXT", "uV", 1.0, 0.5)
    header = Header(Modality.ECEPHYS, 1.0, 9, (unknown, low, Channel("c", "LFP", "uV", 1.0)))

    rows = table(make_ephys_sidecars(NAME, header, CONTENTS), "channels")

    assert [row[2] for row in rows[1:]] == ["n/a", "BB", "LFP"]


def test_electrodes_have_their_probe_their_place_and_their_row_in_the_file() -> None:
    files = make_ephys_sidecars(NAME, HEADER, CONTENTS)

    rows = table(files, "electrodes")
    assert rows == [
        ["name", "probe_name", "x", "y", "z", "shank_id", "nwb_id"],
        ["AP0", "probe01", "16", "0", "n/a", "Group0", "0"],
        ["AP0-P2", "probe02", "n/a", "n/a", "n/a", "Group1", "1"],
        ["LF0", "probe01", "n/a", "n/a", "n/a", "Group2", "2"],
        ["AP1", "probe01", "48", "20.5", "n/a", "Group0", "7"],
    ]
    told = json.loads(files[f"{STEM}_electrodes.json"])
    assert set(told) == {"nwb_id", "shank_id"}  # what the proposal does not know must be defined


def test_contacts_of_a_probe_are_counted_once() -> None:
    rows = table(make_ephys_sidecars(NAME, HEADER, CONTENTS), "probes")

    assert rows == [
        ["probe_name", "type", "manufacturer", "model", "electrode_count"],
        ["probe01", "silicon-probe", "IMEC", "Neuropixels 1.0", "2"],
        ["probe02", "silicon-probe", "IMEC", "Neuropixels 1.0", "1"],
    ]


def test_the_region_is_told_by_the_names_of_bids() -> None:
    region = Term("CA1 field of hippocampus", "UBERON:0003881")
    header = Header(
        Modality.ECEPHYS,
        metadata={"BrainRegion": region.label},
        terms=(region,),
        is_continuous=False,
    )

    about = json.loads(make_ephys_sidecars(NAME, header, CONTENTS)[f"{STEM}_ecephys.json"])

    assert about["BodyPartDetails"] == "CA1 field of hippocampus"
    assert about["BodyPartDetailsOntology"].endswith("uberon.owl")
    assert about["RecordingType"] == "discontinuous"


def test_a_recording_without_electrodes_has_no_tables_of_them() -> None:
    header = Header(Modality.ECEPHYS, 10.0, 9, HEADER.channels[3:])

    files = make_ephys_sidecars(NAME, header, NwbContents("", {}, (), {"SY0": "TimeSeries"}, {}))

    assert [path.rpartition("_")[2] for path in files] == ["ecephys.json", "channels.tsv"]
