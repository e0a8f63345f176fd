"""Each modality of neurodata has its check, and the inspector's findings after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.core import Header, Modality
from fascicle.formats import read_header, recognise, write_recording
from fascicle.quality import _neurodata, check_recording
from fascicle.testing import make_spikeglx, released


def test_every_entry_names_a_function_that_is_there() -> None:
    from importlib import import_module

    for target in _neurodata._CHECKS.values():
        module, _, name = target.partition(":")
        assert callable(getattr(import_module(f"fascicle.quality.{module}"), name))


def test_a_recording_of_probes_gets_its_measures_and_the_inspectors_findings(
    tmp_path: Path,
) -> None:
    make_spikeglx(tmp_path / "run")
    (source,) = recognise(tmp_path).sources
    header = released(read_header(tmp_path, source))
    write_recording(tmp_path, source, header, tmp_path, "sub-01_ecephys")

    quality = check_recording(tmp_path / "sub-01_ecephys.nwb", header, line_hz=None)

    assert len(quality.channels) == len(header.channels)
    assert {"nwb.subject", "nwb.suggestions"} <= {finding.code for finding in quality.findings}


def test_a_file_that_cannot_be_read_fails_with_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "sub-01_ecephys.nwb"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 99)

    quality = check_recording(path, Header(Modality.ECEPHYS), line_hz=None)

    assert quality.verdict == "fail"
    assert quality.findings[0].code == "recording.unreadable"


@pytest.mark.parametrize("error", [ValueError, TypeError, KeyError, OSError])
def test_a_measure_that_fails_on_one_recording_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise error("Wiesengrund")

    monkeypatch.setattr("fascicle.quality._ophys_quality.check_ophys", fail)

    quality = check_recording(tmp_path / "a.nwb", Header(Modality.OPHYS), line_hz=None)

    assert quality.verdict == "fail"
    [finding] = quality.findings
    assert finding.code == "recording.unreadable"
    assert "Wiesengrund" not in finding.reason + finding.fix


def test_what_is_no_nwb_is_not_given_to_the_inspector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_neurodata, "_CHECKS", {})

    quality = _neurodata.check_neurodata(tmp_path / "sub-01_beh.tsv", Header(Modality.BEH))

    assert quality.verdict == "pass"
