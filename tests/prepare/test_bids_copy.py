import json
from datetime import datetime
from pathlib import PurePosixPath

import pytest

from fascicle.prepare import BidsRules, clean_bids_folder, find_shared_words, merge_sidecar
from fascicle.prepare._bids_copy import clean_sidecar

RULES = BidsRules(
    text=lambda text: "" if "Meier" in text else text,
    names=lambda names: tuple("CH" if "Meier" in name else name for name in names),
    labels=lambda words: {word: "note" if "Meier" in word else word for word in words},
    number=lambda value: value < 1000,
    moment=lambda label, when: datetime(when.year, 1, 1),  # noqa: DTZ001 - as written in a table
)


@pytest.fixture
def folder(tmp_path):
    recordings = tmp_path / "sub-01" / "eeg"
    recordings.mkdir(parents=True)

    def write(path, text):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

    sidecar = {
        "SamplingFrequency": 250,
        "TaskDescription": "Meier sat",
        "InstitutionName": "UKE",
        "EEGReference": "Cz",
        "DeviceSerialNumber": "883021",
    }
    events = "onset\tduration\ttrial_type\tcomment\n1.5\t0\tMeier coughs\tx\n2\t0\tgo\ty\n"
    channels = "name\ttype\tstatus_description\nCz\tEEG\tas Meier said\n"
    scan = "eeg/sub-01_task-rest_eeg.edf\t2013-05-12T10:11:12\tBF\n"
    write(recordings / "sub-01_task-rest_eeg.edf", "samples")
    write(recordings / "sub-01_task-rest_eeg.json", json.dumps(sidecar))
    write(recordings / "sub-01_task-rest_events.tsv", events)
    write(recordings / "sub-01_task-rest_channels.tsv", channels)
    write(tmp_path / "sub-01" / "sub-01_scans.tsv", f"filename\tacq_time\toperator\n{scan}")
    write(tmp_path / "code" / "run.py", "# by Meier")
    write(tmp_path / "README", "Meier")
    write(tmp_path / "sub-02" / "sub-02_scans.tsv", "filename\tacq_time\n")
    return tmp_path


@pytest.fixture
def copy(folder):
    recordings = [PurePosixPath("sub-01/eeg/sub-01_task-rest_eeg.edf")]
    return clean_bids_folder(folder, recordings, ["01"], RULES)


def test_only_known_keys_and_columns_go_on(copy):
    stem = "sub-01/eeg/sub-01_task-rest"

    assert json.loads(copy.files[f"{stem}_eeg.json"]) == {
        "SamplingFrequency": 250, "EEGReference": "Cz"}  # fmt: skip
    assert copy.files[f"{stem}_channels.tsv"] == b"name\ttype\nCz\tEEG\n"
    assert copy.files[f"{stem}_events.tsv"] == (
        b"onset\tduration\ttrial_type\n1.5\t0\tnote\n2\t0\tgo\n"
    )


def test_long_numbers_of_events_are_no_trigger_codes(folder):
    path = folder / "sub-01" / "eeg" / "sub-01_task-rest_events.tsv"
    path.write_text("onset\tvalue\ttrial_type\n1500\t4471093\t4471093\n2\t7\t7\n")

    copy = clean_bids_folder(folder, [], ["01"], RULES)

    assert copy.files["sub-01/eeg/sub-01_task-rest_events.tsv"] == (
        b"onset\tvalue\ttrial_type\n1500\tn/a\tn/a\n2\t7\t7\n"
    )


def test_rows_of_scans_that_name_other_files_stay_behind(folder):
    path = folder / "sub-01" / "sub-01_scans.tsv"
    kept = "eeg/sub-01_task-rest_eeg.edf\tn/a\n"
    path.write_text(f"filename\tacq_time\n{kept}eeg/Meier Anna.edf\tn/a\neeg/sub-02_eeg.edf\tn/a\n")

    copy = clean_bids_folder(folder, [], ["01"], RULES)

    assert copy.files["sub-01/sub-01_scans.tsv"].decode() == f"filename\tacq_time\n{kept}"


def test_words_are_shared_if_two_participants_have_them(folder):
    other = folder / "sub-02" / "eeg"
    other.mkdir()
    (other / "sub-02_task-rest_events.tsv").write_text("onset\ttrial_type\n1\tgo\n2\tOkonkwo\n")

    assert find_shared_words(folder) == {"go"}


def test_times_pass_the_date_rule(copy):
    assert copy.files["sub-01/sub-01_scans.tsv"] == (
        b"filename\tacq_time\neeg/sub-01_task-rest_eeg.edf\t2013-01-01T00:00:00\n"
    )


def test_nothing_free_goes_on_and_what_stays_behind_is_said(copy):
    assert not any("Meier" in text.decode() for text in copy.files.values())
    assert not any(path.startswith(("code", "README", "sub-02")) for path in copy.files)
    assert [finding.code for finding in copy.findings] == ["bids.left-behind"]


def test_a_broken_sidecar_is_left_behind(folder):
    (folder / "sub-01" / "eeg" / "sub-01_task-rest_eeg.json").write_text('{"SamplingFrequency')

    copy = clean_bids_folder(folder, [], ["01"], RULES)

    assert "sub-01/eeg/sub-01_task-rest_eeg.json" not in copy.files


def test_a_number_key_with_a_text_is_dropped():
    assert clean_sidecar({"SamplingFrequency": "Anna Meier", "RecordingDuration": 3}, str) == {
        "RecordingDuration": 3}  # fmt: skip


def test_a_mains_frequency_of_zero_is_an_unknown_one():
    merged = json.loads(
        merge_sidecar(b'{"PowerLineFrequency": "n/a"}', b'{"PowerLineFrequency": 0}')
    )

    assert merged == {"PowerLineFrequency": "n/a"}


def test_what_was_measured_holds_against_older_words():
    written = b'{"RecordingDuration": 7.0, "EEGReference": "n/a"}'
    kept = b'{"RecordingDuration": 9, "EEGReference": "Cz", "EEGGround": "AFz"}'

    merged = json.loads(merge_sidecar(written, kept))

    assert merged == {"RecordingDuration": 7.0, "EEGReference": "Cz", "EEGGround": "AFz"}


@pytest.mark.parametrize(
    "name",
    ["sub-01_task-rest_by-anna_events.tsv", "anna_events.tsv", "sub-02_task-rest_events.tsv",
     "sub-01_space-AnnaMeier_electrodes.tsv", "sub-01_task-rest_task-anna_events.tsv",
     "anna/sub-01_task-rest_events.tsv"],
)  # fmt: skip
def test_tables_whose_names_or_places_are_not_of_bids_stay_behind(folder, name):
    path = folder / "sub-01" / "eeg" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("name\tonset\nCz\t1\n")

    copy = clean_bids_folder(folder, [], ["01"], RULES)

    assert f"sub-01/eeg/{name}" not in copy.files


def test_places_in_a_space_that_bids_names_go_on(folder):
    path = "sub-01/eeg/sub-01_space-CapTrak_electrodes.tsv"
    (folder / path).write_text("name\tx\nCz\t1\n")

    assert path in clean_bids_folder(folder, [], ["01"], RULES).files


def test_a_coordinate_system_is_one_that_bids_names_or_another():
    known = clean_sidecar({"MEGCoordinateSystem": "ElektaNeuromag"}, lambda _: "")
    other = clean_sidecar({"MEGCoordinateSystem": "as Anna did"}, lambda text: text)

    assert known == {"MEGCoordinateSystem": "ElektaNeuromag"}
    assert other["MEGCoordinateSystem"] == "Other"
    assert other["MEGCoordinateSystemDescription"]
    assert "Anna" not in json.dumps(other)


def test_of_digitised_points_the_landmarks_and_coils_go_on_and_no_face():
    place = [0.1, -0.2, 0.3]
    sidecar = {
        "AnatomicalLandmarkCoordinates": {"NAS": place, "LPA": place, "nose tip": place,
                                          "chin": place, "head shape 3": place},
        "HeadCoilCoordinates": {"coil1": place, "left_ear": place, "face": [place, place]},
        "FiducialsCoordinates": {"Nz": place, "Iz": [place, place], "left eye": place},
        "DigitizedHeadPoints": [place, place], "DigitizedLandmarks": True,
        "HeadCircumference": [place],
    }  # fmt: skip

    assert clean_sidecar(sidecar, str) == {
        "AnatomicalLandmarkCoordinates": {"NAS": place, "LPA": place},
        "HeadCoilCoordinates": {"coil1": place, "left_ear": place},
        "FiducialsCoordinates": {"Nz": place},
        "DigitizedLandmarks": True,
    }


def test_rows_of_a_head_shape_in_a_table_of_electrodes_stay_behind(folder):
    rows = "Cz\t0\t0\t9\nHSP_001\t1\t2\t3\nhead point 7\t1\t2\t3\nnose\t1\t2\t3\nP3\t1\t1\t1\n"
    name = "sub-01/eeg/sub-01_electrodes.tsv"
    (folder / name).write_text(f"name\tx\ty\tz\n{rows}")
    (folder / "sub-01/eeg/sub-01_headshape.pos").write_text("3\n1 0 9 0\n2 0 8 0\n3 0 7 1\n")

    copy = clean_bids_folder(folder, [], ["01"], RULES)

    assert copy.files[name] == b"name\tx\ty\tz\nCz\t0\t0\t9\nP3\t1\t1\t1\n"
    assert not any("headshape" in path for path in copy.files)
