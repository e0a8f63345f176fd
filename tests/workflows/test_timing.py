import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fascicle.core import DeviceClock, Event, Header, Modality, Subject
from fascicle.workflows._headers import format_header
from fascicle.workflows._timing import (
    describe_timings,
    find_timings,
    format_timings,
    tell_timings,
)

BEGAN = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def make_header(modality, onsets=(), *, began=None, label="TTL"):
    events = tuple(Event(float(onset), 0.0, label, 1) for onset in onsets)
    return Header(modality, 100.0, 30_000, (), events, began, Subject(code="001"))


def make_session(*headers, folder="sub-001/ses-1"):
    """Journal entries and raw headers of recordings of one session."""
    entries, raw = {}, {}
    for number, header in enumerate(headers):
        path = (
            f"{folder}/{header.modality.value}/sub-001_ses-1_run-{number}_{header.modality.value}"
        )
        entries[path] = {"header": format_header(header), "recording": f"rec-{number}"}
        raw[f"rec-{number}"] = header
    return entries, raw


@pytest.fixture
def pulses():
    return 10.0 + np.cumsum(np.random.default_rng(4).uniform(0.5, 3.0, 90))


def test_streams_that_share_pulses_are_laid_on_one_clock(pulses):
    eeg = make_header(Modality.EEG, pulses)
    probe = make_header(Modality.ECEPHYS, (pulses - 7.5)[4:], label="sync")

    (timing,) = find_timings(*make_session(eeg, probe))

    assert timing.method == "TTL pulses"
    assert timing.offset_s == pytest.approx(7.5, abs=1e-6)
    assert timing.alignment is not None
    assert timing.alignment.verdict == "aligned"
    np.testing.assert_allclose(timing.times_s, pulses[4:])
    assert [finding.code for finding in describe_timings([timing])] == ["timing.aligned"]


def test_recordings_of_one_kind_follow_one_another_and_are_not_compared(pulses):
    entries, raw = make_session(*(make_header(Modality.EEG, pulses) for _ in range(2)))

    assert find_timings(entries, raw) == ()


def test_streams_one_after_the_other_are_not_compared(pulses):
    eeg = make_header(Modality.EEG, pulses, began=BEGAN)
    scan = make_header(Modality.FUNC, pulses, began=BEGAN + timedelta(hours=1))

    assert find_timings(*make_session(eeg, scan)) == ()


def test_streams_that_ran_together_and_do_not_match_are_told(pulses):
    eeg = make_header(Modality.EEG, pulses, began=BEGAN)
    other = 3.0 + np.cumsum(np.random.default_rng(9).uniform(0.5, 3.0, 80))
    gaze = make_header(Modality.BEH, other, began=BEGAN + timedelta(seconds=20))

    (timing,) = find_timings(*make_session(eeg, gaze))
    (finding,) = describe_timings([timing])

    assert (timing.method, timing.offset_s) == ("timestamps", 20.0)
    assert finding.code == "timing.apart"
    assert finding.severity.value == "warning"


def test_without_pulses_only_the_clocks_of_computers_tell():
    eeg = make_header(Modality.EEG, began=BEGAN)
    gaze = make_header(Modality.BEH, began=BEGAN + timedelta(seconds=2))

    (timing,) = find_timings(*make_session(eeg, gaze))

    assert [finding.code for finding in describe_timings([timing])] == ["timing.untested"]
    assert tell_timings([timing])[0].verdict == "none"


def test_what_is_written_tells_no_day_and_no_hour(pulses):
    eeg = make_header(Modality.EEG, pulses, began=BEGAN)
    probe = make_header(Modality.ECEPHYS, pulses - 7.5, began=BEGAN + timedelta(seconds=7))

    files = format_timings(find_timings(*make_session(eeg, probe)))

    ((path, text),) = files.items()
    assert path == "derivatives/fascicle-quality/sub-001/ses-1/sub-001_ses-1_desc-timing_qc.json"
    (row,) = json.loads(text)["Streams"]
    assert row["MatchedPulses"] == 90
    assert "2026" not in text
    assert "09:30" not in text


def test_the_report_shows_what_is_left_of_each_pulse(pulses):
    rng = np.random.default_rng(1)
    eeg = make_header(Modality.EEG, pulses)
    probe = make_header(Modality.ECEPHYS, np.sort(pulses * 1.00005 + rng.normal(0, 2e-4, 90)))

    (story,) = tell_timings(find_timings(*make_session(eeg, probe)))

    assert story.verdict == "pass"
    assert story.n_pulses == len(story.times_s) == len(story.residuals_ms)
    assert story.residual_median_ms == pytest.approx(0.13, abs=0.05)
    assert story.drift_ppm == pytest.approx(-50, abs=3)  # the probe is the clock: it comes first


def on_clock(header, start_s, name="board"):
    """The header with the clock that stamped the recording."""
    return replace(header, clocks=(DeviceClock.named(name, start_s, "one board stamped both"),))


def test_a_clock_that_both_headers_name_is_tested_by_pulses_of_both(pulses):
    probe = on_clock(make_header(Modality.ECEPHYS, pulses), 100.0)
    movie = on_clock(make_header(Modality.OPHYS, pulses - 5.0), 105.0)

    (timing,) = find_timings(*make_session(probe, movie))
    (finding,) = describe_timings([timing])
    ((_, text),) = format_timings([timing]).items()

    assert (timing.method, timing.offset_s) == ("shared clock", 5.0)
    assert (finding.code, finding.severity.value) == ("timing.shared", "note")
    (row,) = json.loads(text)["Streams"]
    assert (row["Verdict"], row["OffsetStated"], row["MatchedPulses"]) == ("agrees", 5.0, 90)
    assert tell_timings([timing])[0].verdict == "pass"


def test_a_clock_that_drifts_contradicts_both_headers(pulses):
    probe = on_clock(make_header(Modality.ECEPHYS, pulses), 100.0)
    movie = on_clock(make_header(Modality.OPHYS, (pulses - 5.0) * 1.0001), 105.0)

    (timing,) = find_timings(*make_session(probe, movie))
    (finding,) = describe_timings([timing])
    ((_, text),) = format_timings([timing]).items()

    assert (finding.code, finding.severity.value) == ("timing.contradicted", "warning")
    assert "drift 100.0 ppm" in finding.reason
    (row,) = json.loads(text)["Streams"]
    assert (row["Verdict"], row["OffsetStated"]) == ("contradicted", 5.0)
    assert row["DriftPartsPerMillion"] == pytest.approx(100.0, abs=0.1)
    story = tell_timings([timing])[0]
    assert (story.method, story.verdict) == ("shared clock", "fail")


def test_a_clock_without_pulses_stays_untested_and_is_said_to_be():
    raw = on_clock(make_header(Modality.ECEPHYS), 0.0)
    units = replace(on_clock(make_header(Modality.ECEPHYS), 0.0), sfreq_hz=0.0, n_times=0)

    (timing,) = find_timings(*make_session(raw, units))

    # Recordings of one kind are compared if a clock is said to be theirs.
    assert [finding.code for finding in describe_timings([timing])] == ["timing.shared-untested"]
    assert tell_timings([timing])[0].verdict == "none"


def test_recordings_on_one_clock_that_follow_one_another_are_not_compared(pulses):
    first = on_clock(make_header(Modality.ECEPHYS, pulses), 0.0)
    later = on_clock(make_header(Modality.ECEPHYS, pulses), 4000.0)

    assert find_timings(*make_session(first, later)) == ()


def test_a_shared_clock_goes_before_shared_pulses(pulses):
    eeg = make_header(Modality.EEG, np.append(pulses, 290.0))
    probe = on_clock(make_header(Modality.ECEPHYS, pulses), 3.0)
    movie = on_clock(make_header(Modality.OPHYS, pulses[:80]), 3.0)

    timings = find_timings(*make_session(eeg, probe, movie))

    assert [timing.method for timing in timings] == ["TTL pulses", "shared clock"]


def test_devices_of_one_recording_are_compared_by_their_own_lines():
    sync = np.arange(0.5, 299.0)
    header = make_header(Modality.ECEPHYS)
    events = [Event(float(t), 0.0, "probe 1 TTL 6", 7) for t in sync]
    events += [Event(float(t), 0.0, "TTL 0", 1) for t in sync * (1 + 25e-6) + 0.0003]
    probe = replace(header, events=tuple(sorted(events, key=lambda event: event.onset_s)))

    (timing,) = find_timings(*make_session(probe))
    (finding,) = describe_timings([timing])
    ((_, text),) = format_timings([timing]).items()

    assert finding.code == "timing.contradicted"
    assert finding.reason.startswith("other lines and probe 1 should be on one clock")
    (row,) = json.loads(text)["Streams"]
    assert (row["ClockDevice"], row["StreamDevice"]) == ("other lines", "probe 1")
    assert row["DriftPartsPerMillion"] == pytest.approx(-25.0, abs=0.1)
