import csv
import io
import json

import numpy as np
import pytest

from fascicle.core import Channel, Event, Header, Modality
from fascicle.prepare import BidsName
from fascicle.prepare._sidecars import (
    format_events,
    format_json,
    format_number,
    format_table,
    make_sidecars,
)
from fascicle.testing import make_fif

NAME = BidsName("001", "1", "rest", "", "2", "eeg")


def make_header(**changes):
    channels = (
        Channel("Fp1", "EEG", "uV", 250.0, low_cutoff_hz=0.1, high_cutoff_hz=70.0),
        Channel("VEOG", "VEOG", "uV", 250.0),
        Channel("Status", "TRIG", "n/a", 125.0),
    )
    values = {
        "modality": Modality.EEG,
        "sfreq_hz": 250.0,
        "n_times": 1009,
        "channels": channels,
        "events": (Event(0.5, 0.0, "S  1", 1), Event(1.2, 0.3, "eyes open")),
        "reference": "Cz",
        "manufacturer": "BioSemi",
    }
    return Header(**(values | changes))


def read_table(content):
    return list(csv.DictReader(io.StringIO(content.decode()), delimiter="\t"))


@pytest.fixture
def files(tmp_path):
    return make_sidecars(tmp_path / "a.edf", NAME, make_header(), line_hz=50.0)


def test_files_carry_the_name_of_the_recording(files):
    stem = "sub-001/ses-1/eeg/sub-001_ses-1_task-rest_run-2"

    assert set(files) == {f"{stem}_{end}" for end in
                          ("eeg.json", "channels.tsv", "events.tsv", "events.json")}  # fmt: skip


def test_the_json_sidecar_says_what_the_header_says(files):
    sidecar = json.loads(next(text for path, text in files.items() if path.endswith("eeg.json")))

    expected = {
        "TaskName": "rest", "PowerLineFrequency": 50.0, "SamplingFrequency": 250.0,
        "RecordingDuration": 1009 / 250, "EEGReference": "Cz", "Manufacturer": "BioSemi",
        "EEGChannelCount": 1, "EOGChannelCount": 1, "TriggerChannelCount": 1,
        "RecordingType": "continuous",
    }  # fmt: skip
    assert {key: sidecar[key] for key in expected} == expected


def test_channels_keep_their_own_kind_rate_and_filter(files):
    rows = read_table(next(text for path, text in files.items() if "channels" in path))

    assert [row["type"] for row in rows] == ["EEG", "VEOG", "TRIG"]
    assert [row["sampling_frequency"] for row in rows] == ["250", "250", "125"]
    assert [row["low_cutoff"] for row in rows] == ["0.1", "n/a", "n/a"]


def test_a_recording_without_events_has_no_events_table(tmp_path):
    files = make_sidecars(tmp_path / "a.edf", NAME, make_header(events=()), line_hz=None)

    assert not any("events" in path for path in files)
    assert json.loads(next(t for p, t in files.items() if p.endswith("eeg.json")))[
        "PowerLineFrequency"] == "n/a"  # fmt: skip


@pytest.mark.parametrize("line_hz", [None, 0.0])
def test_an_unknown_mains_frequency_is_no_number(tmp_path, line_hz):
    files = make_sidecars(tmp_path / "a.edf", NAME, make_header(), line_hz=line_hz)

    sidecar = json.loads(next(t for p, t in files.items() if p.endswith("eeg.json")))
    assert sidecar["PowerLineFrequency"] == "n/a"


def test_gaps_make_the_recording_discontinuous(tmp_path):
    header = make_header(is_continuous=False)

    files = make_sidecars(tmp_path / "a.edf", NAME, header, line_hz=60.0)

    sidecar = json.loads(next(t for p, t in files.items() if p.endswith("eeg.json")))
    assert sidecar["RecordingType"] == "discontinuous"


def test_positions_without_a_named_frame_are_written_as_other(tmp_path):
    channels = (Channel("LA1", "SEEG", "uV", 512.0, position_m=(0.01, -0.02, 0.03)),
                Channel("LA2", "SEEG", "uV", 512.0))  # fmt: skip
    header = make_header(modality=Modality.IEEG, channels=channels, events=())
    name = BidsName("001", "", "rest", "", "", "ieeg")

    files = make_sidecars(tmp_path / "a.edf", name, header, line_hz=50.0)

    electrodes = next(t for p, t in files.items() if p.endswith("electrodes.tsv"))
    placed = {row["name"]: row["x"] for row in read_table(electrodes)}
    assert placed["LA1"] == "0.01"
    assert {row["size"] for row in read_table(electrodes)} == {"n/a"}


def test_contacts_whose_places_nobody_knows_are_listed_all_the_same(tmp_path):
    channels = (Channel("LA1", "SEEG", "uV", 512.0), Channel("LA2", "SEEG", "uV", 512.0))
    header = make_header(modality=Modality.IEEG, channels=channels, events=())
    name = BidsName("001", "", "rest", "", "", "ieeg")

    files = make_sidecars(tmp_path / "a.edf", name, header, line_hz=50.0)

    electrodes = next(t for p, t in files.items() if p.endswith("electrodes.tsv"))
    assert [tuple(row.values()) for row in read_table(electrodes)] == [
        ("LA1", *4 * ["n/a"]),
        ("LA2", *4 * ["n/a"]),
    ]
    system = json.loads(next(t for p, t in files.items() if p.endswith("coordsystem.json")))
    assert system["iEEGCoordinateUnits"] == "n/a"


def test_the_same_header_gives_the_same_bytes(tmp_path, files):
    assert make_sidecars(tmp_path / "a.edf", NAME, make_header(), line_hz=50.0) == files


def test_events_are_written_with_the_sample_that_they_fall_on():
    rng = np.random.default_rng(5)
    onsets_s = np.sort(rng.uniform(0, 100, 37))
    events = [Event(float(onset), 0.0, "x") for onset in onsets_s]

    rows = read_table(format_events(events, 1017.25))

    assert [int(row["sample"]) for row in rows] == np.rint(onsets_s * 1017.25).astype(int).tolist()
    assert [float(row["onset"]) for row in rows] == pytest.approx(onsets_s.tolist(), abs=1e-9)


def test_a_tab_in_a_label_does_not_break_the_table():
    content = format_table(("a", "b"), [("x\ty", "z")])

    assert list(csv.reader(io.StringIO(content.decode()), delimiter="\t"))[1] == ["x\ty", "z"]


def test_numbers_have_no_noise_in_their_last_digits():
    assert [format_number(v) for v in (0.1 + 0.2, 250.0, None)] == ["0.3", "250", None]


def test_json_is_written_as_people_read_it():
    assert format_json({"b": "µ", "a": 1}) == '{\n  "b": "µ",\n  "a": 1\n}\n'.encode()


def test_how_it_was_processed_stands_in_the_names_that_bids_has_for_it(tmp_path):
    written = make_fif(tmp_path / "a_meg.fif")
    name = BidsName("001", "", "rest", "", "01", "meg", (("proc", "sss"),))
    channels = (Channel("MEG 0111", "MEGMAG", "T", 250.0),)
    header = make_header(modality=Modality.MEG, channels=channels)

    files = make_sidecars(written, name, header, line_hz=50.0)

    folder = "sub-001/meg/sub-001"
    assert set(files) == {
        f"{folder}_task-rest_run-01_proc-sss_meg.json",
        f"{folder}_task-rest_run-01_proc-sss_channels.tsv",
        f"{folder}_task-rest_run-01_events.tsv",
        f"{folder}_task-rest_run-01_events.json",
        f"{folder}_coordsystem.json",
    }
