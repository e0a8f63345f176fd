"""What the NWB Inspector says comes as findings, without values and without a flood."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.core import Header, Modality, Severity, Subject
from fascicle.errors import JobError
from fascicle.formats._nwb_write import NwbDraft, write_nwb
from fascicle.quality import _nwb_checks
from fascicle.quality._nwb_checks import inspect_nwb

WHOLE = Subject(code="001", species="Mus musculus", sex="F", age_years=0.25)


def write_series(path: Path, subject: Subject, **said: object) -> Path:
    def build(draft: NwbDraft) -> None:
        import numpy as np
        from pynwb import TimeSeries

        options = {"unit": "volts", "rate": 30.0, "data": np.arange(7.0)} | said
        draft.file.add_acquisition(TimeSeries(name="wheel", description="Wheel.", **options))

    write_nwb(path, Header(Modality.BEH, subject=subject), build)
    return path


def test_a_whole_file_has_no_error_and_suggestions_in_one_note(tmp_path: Path) -> None:
    findings = inspect_nwb(write_series(tmp_path / "sub-001_beh.nwb", WHOLE))

    assert [finding.severity for finding in findings] == [Severity.NOTE]
    assert "keywords" in findings[0].reason
    assert "institution" not in findings[0].reason
    assert "experimenter" not in findings[0].reason


def test_what_the_archive_wants_to_know_of_the_subject_is_said(tmp_path: Path) -> None:
    findings = inspect_nwb(write_series(tmp_path / "sub-001_beh.nwb", Subject(code="001")))

    wanted = [finding.reason for finding in findings if finding.code == "nwb.subject"]
    assert len(wanted) == 2
    assert any("age" in reason for reason in wanted)
    assert any("species" in reason for reason in wanted)


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    path = write_series(tmp_path / "sub-001_beh.nwb", WHOLE)
    path.write_bytes(path.read_bytes()[:20000])

    assert inspect_nwb(path)[0].severity is not Severity.NOTE or inspect_nwb(path)[0].code == (
        "nwb.not-inspected"
    )


def test_an_inspector_that_dies_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object, **__: object) -> None:
        raise JobError("FSC702", "Expected an answer, got none.", "Look at it.")

    monkeypatch.setattr(_nwb_checks, "run_isolated", die)

    (finding,) = inspect_nwb(tmp_path / "sub-001_beh.nwb")

    assert (finding.code, finding.severity) == ("nwb.not-inspected", Severity.NOTE)
