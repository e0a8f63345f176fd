"""The page of real recordings says what the benchmark measured, and what it did not."""

from __future__ import annotations

import json

import pytest

import real_recordings


def recording(title: str, *, difference: float = 0.0, exception: str = "", copied: bool = True):
    return {
        "from": "eeg/one", "format": title, "outcome": "written", "code": "", "seconds": 1.25,
        "n_bids_errors": 0, "n_bids_warnings": 2, "proof": "passed", "proof_findings": [],
        "modality": "eeg", "n_channels": 7, "rate_hz": 512.0, "duration_s": 10.09, "n_events": 3,
        "written_as": "BrainVision", "copied": copied,
        "oracle": {"reader": "read_raw_x", "agrees": True, "difference": difference,
                   "exception": exception},
    }  # fmt: skip


UNREADABLE = {
    "from": "eeg/two", "format": "B", "outcome": "finding", "code": "FSC236", "seconds": 0.1,
}  # fmt: skip


@pytest.fixture
def page(tmp_path, monkeypatch) -> str:
    rows = [
        recording("B", difference=3e-8, copied=False),
        recording("A", exception="it rounds"),
        UNREADABLE,
    ]
    folder = recording("") | {"folder": "eeg", "n_recordings": 2, "n_left_out": 1}
    numbers = {
        "n_recordings": 3, "n_formats": 2, "n_written": 2, "n_findings": 1, "n_bids_errors": 0,
        "n_refused": 0, "n_compared": 2, "n_that_differ": 0,
    }  # fmt: skip
    path = tmp_path / "real_files.json"
    path.write_text(json.dumps({"results": numbers | {"recordings": rows, "folders": [folder]}}))
    monkeypatch.setattr(real_recordings, "RESULTS", path)
    return real_recordings.render_real_files()


def test_formats_are_summed_up_in_the_order_of_their_titles(page):
    lines = [line for line in page.splitlines() if line.startswith(("| A |", "| B |"))]

    assert lines == [
        "| A | 1 | 1 | BrainVision | copied | `read_raw_x` | 0 |",
        "| B | 2 | 1 | BrainVision | decoded | `read_raw_x` | 3e-08 |",
    ]


def test_what_cannot_be_read_gives_its_code_and_all_columns(page):
    (line,) = [line for line in page.splitlines() if "FSC236" in line]

    assert line.count("|") == 14
    assert line.startswith("| eeg/two | B |")


def test_an_exception_is_marked_and_explained(page):
    assert "| yes * |" in page
    assert "- \\* A: it rounds." in page


def test_the_kept_results_hold_no_error_no_refusal_and_no_difference():
    results = json.loads(real_recordings.RESULTS.read_text("utf-8"))["results"]

    assert (results["n_bids_errors"], results["n_refused"], results["n_that_differ"]) == (0, 0, 0)
    assert results["n_written"] + results["n_findings"] == results["n_recordings"] > 50
