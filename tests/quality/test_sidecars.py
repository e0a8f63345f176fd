import pytest
from tests.quality.makers import make_dataset, write_tsv

from fascicle.quality._sidecars import (
    can_correct,
    can_describe,
    can_fill,
    correct_value,
    count_channels,
    describe_column,
    find_recording,
    measure_fields,
)


def test_fields_are_counted_and_measured_from_the_written_file(tmp_path):
    dataset = make_dataset(tmp_path / "ds", n_channels=5, n_seconds=21)
    recording = dataset / "sub-01" / "eeg" / "sub-01_task-rest_eeg.edf"

    fields = measure_fields(recording)

    assert fields["SamplingFrequency"] == 250
    assert fields["RecordingDuration"] == 21
    assert fields["RecordingType"] == "continuous"
    assert fields["EEGChannelCount"] == 5
    assert fields["EOGChannelCount"] == 0
    assert fields["TaskName"] == "rest"
    assert fields["PowerLineFrequency"] == "n/a"
    assert "MEGChannelCount" not in fields
    assert all(can_fill(name) for name in fields)


def test_channels_are_counted_by_the_table_beside_the_recording(tmp_path):
    kinds = ["EEG", "eeg", "MEGMAG", "MEGGRADPLANAR", "MEGREFMAG", "TRIG", "EOG", "VEOG"]
    write_tsv(
        tmp_path / "sub-01_task-rest_channels.tsv",
        ["name\ttype\tunits", *(f"c{n}\t{kind}\tV" for n, kind in enumerate(kinds))],
    )

    counts = count_channels(tmp_path / "sub-01_task-rest_meg.fif")

    expected = {"EEGChannelCount": 2, "MEGChannelCount": 2, "MEGREFChannelCount": 1}
    assert expected.items() <= counts.items()
    assert (counts["TriggerChannelCount"], counts["EOGChannelCount"]) == (1, 1)
    assert count_channels(tmp_path / "sub-02_task-rest_meg.fif") == {}


def test_what_cannot_be_read_is_not_filled_in(tmp_path):
    path = tmp_path / "eeg" / "sub-01_task-rest_eeg.edf"
    path.parent.mkdir()
    path.write_bytes(b"not an EDF file")

    assert measure_fields(path) == {"TaskName": "rest"}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("PowerLineFrequency", "50", 50),
        ("PowerLineFrequency", 0, "n/a"),
        ("PowerLineFrequency", "n/a", "n/a"),
        ("SamplingFrequency", "512.5", 512.5),
        ("EEGChannelCount", "7", 7),
        ("SamplingFrequency", "fast", "fast"),
        ("SamplingFrequency", "nan", "nan"),
        ("SamplingFrequency", [1], [1]),
        ("TaskName", "7", "7"),
    ],
)
def test_only_what_leaves_no_choice_is_corrected(field, value, expected):
    assert correct_value(field, value) == expected


def test_the_file_that_is_read_is_found_from_any_part_of_a_recording(tmp_path):
    for suffix in (".vhdr", ".eeg", ".vmrk", ".set"):
        (tmp_path / f"x{suffix}").touch()

    found = {find_recording(tmp_path / f"x{s}").suffix for s in (".vhdr", ".eeg", ".vmrk")}

    assert found == {".vhdr"}
    assert find_recording(tmp_path / "x.fdt").suffix == ".set"
    assert find_recording(tmp_path / "y.edf") == tmp_path / "y.edf"


def test_only_standard_columns_are_described():
    assert can_describe("onset")
    assert not can_describe("mood")
    assert describe_column("onset")["Units"] == "s"
    assert can_correct("RecordingDuration")
    assert not can_correct("Manufacturer")
