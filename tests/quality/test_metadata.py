from dataclasses import replace

import numpy as np
import pytest
from tests.quality.makers import make_header

from fascicle.core import Event, Severity
from fascicle.quality._metadata import check_header, name_some

GOOD = make_header(np.zeros((5, 1001)))


def codes(header):
    return [finding.code for finding in check_header(header, "sub-01_task-rest_eeg.edf")]


def channels(*changes):
    """Replace fields of the first channels."""
    changed = [replace(c, **change) for c, change in zip(GOOD.channels, changes, strict=False)]
    return replace(GOOD, channels=(*changed, *GOOD.channels[len(changed) :]))


def test_a_good_header_has_no_findings():
    assert codes(GOOD) == []


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (replace(GOOD, sfreq_hz=0.0), "recording.sampling-rate"),
        (replace(GOOD, sfreq_hz=float("nan")), "recording.sampling-rate"),
        (replace(GOOD, n_times=0), "recording.empty"),
        (replace(GOOD, channels=()), "recording.no-signal"),
        (make_header(np.zeros((2, 9)), kinds=["TRIG", "MISC"]), "recording.no-signal"),
        (channels({"name": "EEG2"}), "recording.repeated-names"),
        (channels({"unit": "n/a"}), "recording.unit"),
        (channels({"low_cutoff_hz": 100.0, "high_cutoff_hz": 1.0}), "recording.filter"),
        (channels({"high_cutoff_hz": -1.0}), "recording.filter"),
        (replace(GOOD, line_hz=500.0), "recording.line-frequency"),
        (replace(GOOD, is_continuous=False), "recording.gaps"),
        (replace(GOOD, events=(Event(1.0, 0.5, "BAD_ACQ_SKIP"),)), "recording.gaps"),
        (replace(GOOD, events=(Event(99.0, 0.0, "x"),)), "recording.events-outside"),
        (replace(GOOD, events=(Event(-1.0, 0.0, "x"),)), "recording.events-outside"),
    ],
)
def test_what_cannot_be_is_found(header, code):
    assert codes(header) == [code]


def test_what_makes_a_recording_useless_is_an_error_and_the_rest_a_warning():
    useless = check_header(replace(GOOD, n_times=0, channels=()), "x")
    odd = check_header(replace(GOOD, is_continuous=False), "x")

    assert {finding.severity for finding in useless} == {Severity.ERROR}
    assert {finding.severity for finding in odd} == {Severity.WARNING}


def test_an_event_at_the_very_end_is_inside():
    assert codes(replace(GOOD, events=(Event(GOOD.duration_s, 0.0, "end"),))) == []


def test_long_lists_of_names_are_cut():
    assert name_some([f"E{n}" for n in range(13)]).endswith("E9 and 3 more")
