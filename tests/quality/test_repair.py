import json
from dataclasses import replace

import pytest
from tests.quality.makers import make_dataset, snapshot, write_json, write_tsv

from fascicle.core import Finding, Severity
from fascicle.errors import InputError
from fascicle.quality import REPAIRS, repair, validate_bids
from fascicle.quality._tables import read_json, read_table

EEG = "sub-01/eeg/sub-01_task-rest"


def drop_readme(dataset, stem):
    (dataset / "README.md").unlink()


def drop_version(dataset, stem):
    path = dataset / "dataset_description.json"
    write_json(path, {k: v for k, v in read_json(path).items() if k != "BIDSVersion"})


def add_empty_line(dataset, stem):
    (dataset / f"{stem}_events.tsv").write_bytes(b"onset\tduration\n1\t0\n\n2\t0\n")


def write_utf16(dataset, stem):
    path = dataset / f"{stem}_channels.tsv"
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))


def write_na(dataset, stem):
    write_tsv(dataset / f"{stem}_events.tsv", ["onset\tduration", "1\tNA", "2\t0.5"])


def use_undescribed_column(dataset, stem):
    write_tsv(dataset / f"{stem}_events.tsv", ["onset\tduration\tsample", "1\t0\t250"])


def swap_columns(dataset, stem):
    rows = (f"uV\tEEG{n}\tEEG" for n in range(1, 6))
    write_tsv(dataset / f"{stem}_channels.tsv", ["units\tname\ttype", *rows])


def disorder_events(dataset, stem):
    write_tsv(dataset / f"{stem}_events.tsv", ["onset\tduration", "10\t1", "9.5\t2", "9.5\t3"])


def forget_participant(dataset, stem):
    path = dataset / "participants.tsv"
    label = stem.split("/")[0]
    lines = path.read_text("utf-8").splitlines()
    write_tsv(path, [line for line in lines if not line.startswith(label)])


def drop_sidecar(dataset, stem):
    (dataset / f"{stem}_eeg.json").unlink()


def miscount(dataset, stem):
    path = dataset / f"{stem}_eeg.json"
    write_json(path, read_json(path) | {"EEGChannelCount": 64})


def misspell_numbers(dataset, stem):
    path = dataset / f"{stem}_eeg.json"
    write_json(path, read_json(path) | {"PowerLineFrequency": "50", "SamplingFrequency": "250"})


def write_utf16_json(dataset, stem):
    path = dataset / f"{stem}_eeg.json"
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))


PLANTED = [
    (drop_readme, "bids.readme-file-missing", "write-readme"),
    (drop_version, "bids.json-key-required", "complete-description"),
    (add_empty_line, "bids.tsv-empty-line", "tidy-table"),
    (write_utf16, "bids.invalid-file-encoding", "tidy-table"),
    (write_na, "bids.tsv-value-incorrect-type", "tidy-table"),
    (use_undescribed_column, "bids.tsv-additional-columns-undefined", "describe-columns"),
    (swap_columns, "bids.tsv-column-order-incorrect", "order-columns"),
    (disorder_events, "bids.event-onset-order", "sort-events"),
    (forget_participant, "bids.participant-id-mismatch", "list-participants"),
    (drop_sidecar, "bids.sidecar-key-required", "fill-sidecar"),
    (miscount, "bids.eeg-channel-count-mismatch", "count-channels"),
    (misspell_numbers, "bids.json-schema-validation-error", "correct-values"),
    (write_utf16_json, "bids.invalid-json-encoding", "tidy-json"),
]


def serious(findings):
    return [finding for finding in findings if finding.severity is not Severity.NOTE]


@pytest.fixture(scope="module")
def repaired(tmp_path_factory):
    """Give each participant a fault of its own, and repair what the validator finds."""
    labels = [f"{n:02}" for n in range(1, len(PLANTED) + 1)]
    dataset = make_dataset(tmp_path_factory.mktemp("repair") / "ds", labels=labels)
    for label, (plant, _, _) in zip(labels, PLANTED, strict=True):
        plant(dataset, f"sub-{label}/eeg/sub-{label}_task-rest")
    samples = {k: v for k, v in snapshot(dataset).items() if k.endswith(".edf")}
    before = serious(validate_bids(dataset))
    said = {name: None for _, _, name in PLANTED}
    # Texts first: other repairs read them too, and would write them anew.
    for finding in sorted(before, key=lambda finding: "tidy" not in finding.repair):
        if finding.repair:
            said[finding.repair] = repair(dataset, finding) or said[finding.repair]
    after = serious(validate_bids(dataset))
    now = snapshot(dataset)
    assert {k: now[k] for k in samples} == samples
    return before, said, after


@pytest.mark.parametrize(
    ("code", "name"), [row[1:] for row in PLANTED], ids=[row[0].__name__ for row in PLANTED]
)
def test_the_validator_finds_the_fault_before_and_not_after_the_repair(repaired, code, name):
    before, said, after = repaired

    assert name in {finding.repair for finding in before if finding.code == code}
    assert said[name]
    assert [finding for finding in after if finding.code == code] == []


def test_nothing_is_left_when_all_repairs_are_done(repaired):
    assert repaired[2] == []


def test_windows_line_ends_and_byte_order_marks_are_removed(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    path = dataset / f"{EEG}_channels.tsv"
    clean = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + clean.replace(b"\n", b"\r\n") + b"\r\n\r\n")

    said = repair(dataset, finding("tidy-table", f"{EEG}_channels.tsv"))

    assert said == "Wrote the table as plain text (1 file)."
    assert path.read_bytes() == clean


def test_a_first_readme_says_what_the_dataset_knows(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    drop_readme(dataset, EEG)

    repair(dataset, finding("write-readme"))

    text = (dataset / "README.md").read_text("utf-8")
    assert text.startswith("# Made up\n")
    assert "2 participants" in text
    assert "Tasks: rest." in text
    assert "A. Made, B. Up" in text


def test_a_readme_that_is_there_is_left_alone(tmp_path):
    dataset = make_dataset(tmp_path / "ds")

    assert repair(dataset, finding("write-readme")) is None


def test_a_dataset_takes_its_name_from_the_heading_of_its_readme(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    (dataset / "dataset_description.json").unlink()
    (dataset / "README.md").write_text("\n# Sleep in finches #\n\nText.\n", "utf-8")

    assert repair(dataset, finding("complete-description"))

    fields = read_json(dataset / "dataset_description.json")
    assert fields == {"Name": "Sleep in finches", "BIDSVersion": "1.11.1", "DatasetType": "raw"}


def test_words_stay_words_and_only_numbers_get_missing_values(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    lines = ["participant_id\tage\tgroup\tnote", "sub-01\tNA\tNA\t", "sub-02\t44\tEU\tx"]
    write_tsv(dataset / "participants.tsv", lines)

    repair(dataset, finding("tidy-table", "participants.tsv"))

    table = read_table(dataset / "participants.tsv")
    assert table.rows == [["sub-01", "n/a", "NA", "n/a"], ["sub-02", "44", "EU", "x"]]


def test_sorting_events_keeps_rows_whole_and_equal_times_in_order(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    disorder_events(dataset, EEG)

    repair(dataset, finding("sort-events", f"{EEG}_events.tsv"))

    table = read_table(dataset / f"{EEG}_events.tsv")
    assert table.rows == [["9.5", "2"], ["9.5", "3"], ["10", "1"]]


def test_what_a_sidecar_says_already_is_kept(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    write_json(dataset / f"{EEG}_eeg.json", {"RecordingDuration": 99, "Own": "kept"})

    repair(dataset, finding("fill-sidecar", f"{EEG}_eeg.edf"))

    fields = read_json(dataset / f"{EEG}_eeg.json")
    assert (fields["RecordingDuration"], fields["Own"]) == (99, "kept")
    assert fields["SamplingFrequency"] == 250


def test_broken_brainvision_links_are_set_to_the_files_beside(tmp_path):
    folder = tmp_path / "sub-01" / "eeg"
    folder.mkdir(parents=True)
    stem = folder / "sub-01_task-rest_eeg"
    head = "Brain Vision Data Exchange Header File Version 1.0\r\n; \xb5V\r\n[Common Infos]\r\n"
    stem.with_suffix(".vhdr").write_bytes(
        (head + "DataFile=old name.eeg\r\nMarkerFile=old.vmrk\r\n").encode("latin-1")
    )
    stem.with_suffix(".vmrk").write_bytes(b"[Common Infos]\r\nDataFile=old name.eeg\r\n")
    stem.with_suffix(".eeg").write_bytes(b"1234")

    said = repair(tmp_path, finding("relink-brainvision", f"sub-01/eeg/{stem.name}.vhdr"))

    assert said == "Linked the BrainVision files (1 file)."
    text = stem.with_suffix(".vhdr").read_bytes().decode("latin-1")
    assert text.startswith(head)
    assert f"DataFile={stem.name}.eeg\r\nMarkerFile={stem.name}.vmrk\r\n" in text
    assert f"DataFile={stem.name}.eeg\r\n".encode() in stem.with_suffix(".vmrk").read_bytes()


def test_a_finding_about_the_whole_dataset_is_repaired_in_all_its_files(tmp_path):
    dataset = make_dataset(tmp_path / "ds", labels=("01", "02", "03"))
    for path in dataset.rglob("*_events.tsv"):
        write_tsv(path, ["onset\tduration", "2\t0", "1\t0"])

    assert repair(dataset, finding("sort-events")) == "Sorted the events by time (3 files)."
    assert repair(dataset, finding("sort-events")) is None


@pytest.mark.parametrize("name", sorted(REPAIRS))
def test_a_repair_of_a_healthy_dataset_only_adds_fields(tmp_path, name):
    dataset = make_dataset(tmp_path / "ds")
    before = snapshot(dataset)

    repair(dataset, finding(name))
    repair(dataset, finding(name))

    after = snapshot(dataset)
    changed = {k for k in before if before[k] != after[k]}
    assert all(k.endswith(".json") for k in changed)
    assert all(json.loads(before[k]).items() <= json.loads(after[k]).items() for k in changed)


def test_a_finding_without_a_repair_is_left_to_a_person(tmp_path):
    assert repair(tmp_path, finding("")) is None


def test_unknown_repairs_and_places_outside_are_refused(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    outside = tmp_path / "other.tsv"
    write_tsv(outside, ["a", "", "1"])

    with pytest.raises(InputError, match="FSC124"):
        repair(dataset, finding("format-disk"))
    with pytest.raises(InputError, match="FSC127"):
        repair(dataset, replace(finding("tidy-table"), place="../other.tsv"))
    assert outside.read_bytes() == b"a\n\n1\n"


def finding(name, place="dataset"):
    return Finding("x", Severity.WARNING, place, "r", "f", repair=name)
