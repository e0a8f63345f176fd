import json
from pathlib import PurePosixPath

import pytest
from tests.quality.makers import (
    judge_samples,
    make_dataset,
    make_eeg,
    make_header,
    snapshot,
    write_tsv,
)

from fascicle.core import Severity
from fascicle.errors import InputError
from fascicle.quality import check_recordings, status_columns, validate_bids, write_derivatives
from fascicle.quality._tables import read_table

FOLDER = "derivatives/fascicle-quality"


def faulty_quality():
    samples = make_eeg(9, 5003)
    samples[2] = 0.0
    kinds = ["EEG"] * 8 + ["TRIG"]
    return judge_samples(samples, make_header(samples, kinds=kinds))


def test_the_official_validator_accepts_derivatives_and_the_raw_data_stay_as_they_are(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    before = snapshot(dataset)

    written = write_derivatives(dataset, dict(check_recordings(dataset)))

    for folder in (dataset, dataset / FOLDER):
        findings = validate_bids(folder)
        assert [f for f in findings if f.severity is not Severity.NOTE] == []
    after = snapshot(dataset)
    assert {k: after[k] for k in before} == before
    assert sorted(set(after) - set(before)) == [p.relative_to(dataset).as_posix() for p in written]
    assert len(written) == 3 + 2 * 3


NAMES = {
    "sub-01/ses-a/eeg/sub-01_ses-a_task-x_run-2_eeg.vhdr": "sub-01_ses-a_task-x_run-2",
    "sub-01/meg/sub-01_task-x_split-01_meg.fif": "sub-01_task-x",
    "sub-02/ieeg/sub-02_task-x_ieeg.edf": "sub-02_task-x",
    "sub-02/nirs/sub-02_task-x_nirs.snirf": "sub-02_task-x",
}


def test_every_kind_of_recording_gets_names_and_columns_that_the_validator_accepts(tmp_path):
    dataset = make_dataset(tmp_path / "ds")

    write_derivatives(dataset, dict.fromkeys(NAMES, faulty_quality()))

    for place, stem in NAMES.items():
        assert {p.name for p in (dataset / FOLDER / place).parent.iterdir()} == {
            f"{stem}_desc-quality_{end}" for end in ("channels.tsv", "channels.json", "qc.json")
        }
    findings = validate_bids(dataset / FOLDER)
    assert [f for f in findings if f.severity is not Severity.NOTE] == []


def test_what_the_standard_asks_for_besides_is_taken_from_the_raw_table(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    quality = faulty_quality()
    names = [channel.name for channel in quality.channels]
    raw = dataset / "sub-02" / "ieeg" / "sub-02_task-x_channels.tsv"
    raw.parent.mkdir()
    rows = (f"{name}\tSEEG\tV\t{number}\t90" for number, name in enumerate(names[::-1]))
    write_tsv(raw, ["name\ttype\tunits\tlow_cutoff\thigh_cutoff", *rows])

    write_derivatives(dataset, {"sub-02/ieeg/sub-02_task-x_ieeg.edf": quality})

    folder = dataset / FOLDER / "sub-02" / "ieeg"
    table = read_table(folder / "sub-02_task-x_desc-quality_channels.tsv")
    assert table.column("low_cutoff") == [str(n) for n in range(len(names))][::-1]
    assert set(table.column("high_cutoff")) == {"90"}


def test_the_table_says_which_channel_is_bad_and_why(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    place = "sub-01/eeg/sub-01_task-rest_eeg.edf"

    write_derivatives(dataset, {place: faulty_quality()})

    folder = dataset / FOLDER / "sub-01" / "eeg"
    table = read_table(folder / "sub-01_task-rest_desc-quality_channels.tsv")
    assert table.columns[:5] == ["name", "type", "units", "status", "status_description"]
    assert table.column("status") == ["good"] * 2 + ["bad"] + ["good"] * 5 + ["n/a"]
    assert table.column("status_description")[2] == "flat for 100% of the time"
    assert float(table.column("flat_share")[2]) == 1.0
    assert table.column("amplitude")[8] == "n/a"
    verdict = json.loads((folder / "sub-01_task-rest_desc-quality_qc.json").read_text("utf-8"))
    assert verdict["Verdict"] == "warn"
    assert verdict["Sources"] == [f"bids:raw:{place}"]
    assert verdict["ChannelVerdicts"] == {"pass": 7, "warn": 0, "fail": 1, "skip": 1}
    assert verdict["Thresholds"]["deviation_z"] == 5.0


def test_the_same_results_give_the_same_bytes_in_any_order(tmp_path):
    one, other = (make_dataset(tmp_path / name) for name in "ab")
    results = list(check_recordings(one))

    write_derivatives(one, dict(results))
    write_derivatives(other, dict(results[::-1]))

    assert snapshot(one / FOLDER) == snapshot(other / FOLDER)


def test_status_columns_have_a_cell_for_each_channel():
    columns = status_columns(faulty_quality())

    assert {len(cells) for cells in columns.values()} == {9}
    assert columns["status"][2] == "bad"
    assert columns["status_description"][0] == "n/a"


@pytest.mark.parametrize("place", ["x.edf", "raw/01/a.edf", "sub-01/../../sub-1_eeg.edf"])
def test_a_path_that_is_no_recording_of_a_dataset_is_refused(tmp_path, place):
    with pytest.raises(InputError, match="FSC126"):
        write_derivatives(tmp_path, {PurePosixPath(place): faulty_quality()})
