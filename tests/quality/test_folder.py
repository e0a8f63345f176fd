import json
from pathlib import PurePosixPath

import pytest
from tests.quality.makers import make_dataset, make_eeg, snapshot, write_edf, write_json, write_tsv

from fascicle.core import Severity
from fascicle.errors import InputError, JobError
from fascicle.quality import check_folder, check_recordings
from fascicle.quality._folder import find_recordings
from fascicle.testing import make_snirf

EEG = "sub-01/eeg/sub-01_task-rest_eeg.edf"


def serious(findings):
    return [f.code for f in findings if f.severity is not Severity.NOTE]


def test_a_good_dataset_passes_and_is_not_touched(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    before = snapshot(dataset)
    seen = []

    findings = check_folder(dataset, on_progress=seen.append)

    assert serious(findings) == []
    assert snapshot(dataset) == before
    assert [(p.stage, p.done, p.total) for p in seen] == [("check", 1, 2), ("check", 2, 2)]


def test_faults_of_signals_and_of_the_standard_are_both_found(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    samples = make_eeg(5, 5250)
    samples[3] = 0.0
    write_edf(dataset / EEG, samples)
    (dataset / "README.md").unlink()

    findings = check_folder(dataset)

    assert serious(findings) == ["bids.readme-file-missing", "channel.flat"]
    assert findings[-1].place == EEG


def test_one_broken_file_does_not_stop_the_others(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    (dataset / EEG).write_bytes(b"no longer an EDF file")

    results = dict(check_recordings(dataset))

    assert [q.verdict for q in results.values()] == ["fail", "pass"]
    (finding,) = results[PurePosixPath(EEG)].findings
    assert (finding.code, finding.place) == ("recording.unreadable", EEG)


def test_hdf5_is_read_apart_and_what_kills_its_reader_is_a_finding(tmp_path, monkeypatch):
    dataset = make_dataset(tmp_path / "ds")
    name = "sub-01/nirs/sub-01_task-rest_nirs.snirf"
    (dataset / name).parent.mkdir()
    make_snirf(dataset / name)
    called = []

    def crash(function, *args, timeout_s):
        called.append(args[0].name)
        raise JobError("FSC702", "Expected an answer, but its process ended.", "Look.")

    whole = dict(check_recordings(dataset))
    monkeypatch.setattr("fascicle.quality._folder.run_apart", crash)
    results = dict(check_recordings(dataset))

    assert whole[PurePosixPath(name)].verdict != "fail"
    assert called == [PurePosixPath(name).name]
    (finding,) = results.pop(PurePosixPath(name)).findings
    assert (finding.code, finding.place) == ("recording.unreadable", name)
    assert "FSC702" in finding.reason
    assert {quality.verdict for quality in results.values()} == {"pass"}


def test_types_and_mains_frequency_are_those_that_stand_beside_the_recording(tmp_path):
    dataset = make_dataset(tmp_path / "ds", n_channels=5)
    samples = make_eeg(5, 5250)
    samples[4] = 0.0
    write_edf(dataset / EEG, samples)
    kinds = ["EEG"] * 4 + ["MISC"]
    rows = (f"EEG{n}\t{kind}\tuV" for n, kind in enumerate(kinds, 1))
    write_tsv(dataset / EEG.replace("eeg.edf", "channels.tsv"), ["name\ttype\tunits", *rows])
    sidecar = dataset / EEG.replace(".edf", ".json")
    write_json(sidecar, json.loads(sidecar.read_text("utf-8")) | {"PowerLineFrequency": 60})

    quality = dict(check_recordings(dataset))[PurePosixPath(EEG)]

    assert quality.verdict == "pass"
    assert quality.channels[4].verdict == "skip"
    assert quality.line_hz == 60.0


def test_only_the_first_part_of_a_split_recording_and_no_derivative_is_a_recording(tmp_path):
    names = [
        "sub-01/meg/sub-01_task-x_split-01_meg.fif",
        "sub-01/meg/sub-01_task-x_split-02_meg.fif",
        "sub-01/eeg/sub-01_task-y_eeg.vhdr",
        "sub-01/eeg/sub-01_task-y_eeg.eeg",
        "sub-01/eeg/sub-01_task-y_eeg.json",
        "derivatives/x/sub-01/eeg/sub-01_task-y_eeg.edf",
    ]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    assert [str(path) for path in find_recordings(tmp_path)] == [names[2], names[0]]


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="FSC125"):
        check_folder(tmp_path / "absent")


@pytest.mark.data
def test_a_real_dataset_is_checked_in_place(signals):
    results = dict(check_recordings(signals / "eeg" / "tiny_bids" / "tiny_bids"))

    assert len(results) == 1
    assert all(quality.channels for quality in results.values())
