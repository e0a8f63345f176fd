import subprocess
from pathlib import PurePosixPath

import pytest
from tests.quality.makers import make_dataset, snapshot, write_json, write_tsv

from fascicle.core import Severity
from fascicle.quality import UNVALIDATED, _bids, validate_bids
from fascicle.quality._bids import gather_issues

EEG = "sub-01/eeg/sub-01_task-rest"


def serious(findings):
    return {(f.code, f.place) for f in findings if f.severity is not Severity.NOTE}


def test_a_valid_dataset_has_no_errors_and_no_warnings_and_is_not_touched(tmp_path):
    dataset = make_dataset(tmp_path / "a folder, with a comma")
    before = snapshot(dataset)

    findings = validate_bids(dataset)

    assert serious(findings) == set()
    assert {f.origin for f in findings} == {"bids-validator"}
    assert snapshot(dataset) == before


def test_planted_faults_are_found_where_they_are(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    (dataset / "README.md").unlink()
    (dataset / "sub-01" / "eeg" / "notes.txt").write_text("x", "utf-8")
    write_json(dataset / f"{EEG}_eeg.json", {"TaskName": "rest"})
    write_tsv(dataset / f"{EEG}_events.tsv", ["onset\tduration\tmood", "3\t0\ta", "1\t0\tb"])
    (dataset / "sub-02/eeg/sub-02_task-rest_channels.tsv").write_bytes(b"")

    findings = validate_bids(dataset)

    places = {
        ("bids.readme-file-missing", "dataset_description.json"),
        ("bids.not-included", "sub-01/eeg/notes.txt"),
        ("bids.sidecar-key-required", f"{EEG}_eeg.edf"),
        ("bids.event-onset-order", f"{EEG}_events.tsv"),
        ("bids.tsv-additional-columns-undefined", f"{EEG}_events.tsv"),
        ("bids.empty-file", "sub-02/eeg/sub-02_task-rest_channels.tsv"),
    }
    assert places <= serious(findings)
    assert all(f.reason and f.fix and "{what}" not in f.reason + f.fix for f in findings)
    required = " ".join(f.reason for f in findings if f.code == "bids.sidecar-key-required")
    assert "EEGReference" in required


def test_errors_come_first_then_places_in_order(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    (dataset / "README.md").unlink()
    (dataset / "zzz.txt").write_text("x", "utf-8")

    severities = [f.severity for f in validate_bids(dataset)]

    order = [Severity.ERROR, Severity.WARNING, Severity.NOTE]
    assert severities == sorted(severities, key=order.index)
    assert severities[0] is Severity.ERROR


def test_findings_name_fields_and_columns_but_no_values(tmp_path):
    dataset = make_dataset(tmp_path / "ds")
    write_tsv(
        dataset / "participants.tsv", ["participant_id\tage", "sub-01\tSecretName", "sub-02\t3"]
    )
    write_json(dataset / f"{EEG}_eeg.json", {"TaskName": "rest", "PowerLineFrequency": "Secret"})

    findings = validate_bids(dataset)

    assert any(f.code == "bids.tsv-value-incorrect-type" for f in findings)
    assert "Secret" not in repr(findings)


def test_recommended_fields_are_one_note_for_each_file():
    issues = [
        {
            "code": "SIDECAR_KEY_RECOMMENDED",
            "subCode": field,
            "severity": "warning",
            "location": f"/{EEG}_eeg{suffix}",
        }
        for field in ("CapManufacturer", "EEGGround")
        for suffix in (".eeg", ".vhdr", ".vmrk")
    ]

    (finding,) = gather_issues(issues, {})

    assert (finding.severity, finding.place) == (Severity.NOTE, f"{EEG}_eeg.vhdr")
    assert "CapManufacturer, EEGGround" in finding.reason


def test_thousands_of_places_become_one_finding_with_their_number():
    issues = [
        {"code": "NOT_INCLUDED", "severity": "error", "location": f"/sub-{n:04}/x.txt"}
        for n in range(1234)
    ]

    (finding,) = gather_issues(issues, {})

    assert (finding.place, finding.severity) == ("dataset", Severity.ERROR)
    assert "1234 files" in finding.reason
    assert "sub-0000/x.txt" in finding.reason
    assert len(finding.reason) < 400


def test_a_code_that_we_do_not_know_keeps_the_validators_words():
    issues = [{"code": "BRAND_NEW_CODE", "severity": "warning", "location": "/a.tsv"}]

    (known,) = gather_issues(issues, {"BRAND_NEW_CODE": "Something\nnew is wrong."})
    (unknown,) = gather_issues(issues, {})

    assert known.code == unknown.code == "bids.brand-new-code"
    assert known.reason == "Something new is wrong."
    assert unknown.reason == "Brand new code."


def test_a_missing_validator_is_said_and_never_passes_for_a_valid_dataset(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "deno", None)

    (finding,) = validate_bids(tmp_path)

    assert (finding.code, finding.severity) == ("bids.validator-missing", Severity.WARNING)
    assert finding.code in UNVALIDATED


def test_a_validator_that_takes_too_long_is_said(tmp_path):
    (finding,) = validate_bids(make_dataset(tmp_path / "ds"), timeout_s=0.001)

    assert finding.code == "bids.validator-failed"
    assert finding.code in UNVALIDATED


def test_the_validator_can_neither_reach_the_network_nor_write(tmp_path):
    script = tmp_path / "probe.js"
    script.write_text(
        "for (const act of [() => Deno.writeTextFileSync('x', ''),"
        " () => Deno.connect({port: 9}), () => new Deno.Command('ls').outputSync(),"
        " () => Deno.readTextFileSync('../outside')])"
        " { try { await act(); console.log('done') } catch (e) { console.log(e.name) } }",
        "utf-8",
    )
    (tmp_path / "outside").write_text("x", "utf-8")
    inside = tmp_path / "ds"
    inside.mkdir()
    command = _bids._find_command()
    assert command is not None
    bundle = next(part for part in command if PurePosixPath(part).suffix == ".js")

    allowed = command[: command.index(bundle)]
    done = subprocess.run(
        [*allowed, str(script)], cwd=inside, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["NotCapable"] * 4


@pytest.mark.data
def test_a_real_dataset_is_valid(signals):
    findings = validate_bids(signals / "eeg" / "tiny_bids" / "tiny_bids")

    assert serious(findings) == set()


def test_nobody_is_advised_to_say_where_and_on_which_machine_it_was():
    fields = ("InstitutionName", "DeviceSerialNumber", "CapManufacturer")
    issues = [
        {"code": "SIDECAR_KEY_RECOMMENDED", "subCode": field, "severity": "warning",
         "location": "/sub-01/eeg/sub-01_task-a_eeg.edf"}
        for field in fields
    ]  # fmt: skip

    (finding,) = gather_issues(issues, {})

    assert "CapManufacturer" in finding.reason
    assert "Institution" not in finding.reason
    assert "Serial" not in finding.reason
