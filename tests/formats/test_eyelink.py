"""EyeLink: gaze, pupils and what the eyes did reach NWB; words of the lab do not."""

from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import BehaviourContract, Planted, make_eyelink, released


class TestEyeLink(BehaviourContract):
    format_name = "eyelink"

    def make_recording(self, root: Path) -> Path:
        return make_eyelink(root / "a.asc", planted=Planted())


def read(root: Path):
    (source,) = recognise(root).sources
    return source, read_header(root, source)


def test_gaze_and_pupils_are_those_that_mne_reads(tmp_path: Path) -> None:
    import mne
    import pynwb

    path = make_eyelink(tmp_path / "a.asc")
    source, header = read(tmp_path)

    write_recording(tmp_path, source, released(header), tmp_path, "sub-01_beh")

    raw = mne.io.read_raw_eyelink(path, verbose="error")
    assert pynwb.validate(path=str(tmp_path / "sub-01_beh.nwb")) == []
    with pynwb.NWBHDF5IO(tmp_path / "sub-01_beh.nwb", "r") as io:
        module = io.read().processing["behavior"]
        for side in ("left", "right"):
            gaze = raw.get_data(picks=[f"xpos_{side}", f"ypos_{side}"]).T
            series = module["EyeTracking"][f"gaze_{side}"]
            np.testing.assert_array_equal(series.data[:], gaze.astype(np.float32))
            pupil = module["PupilTracking"][f"pupil_{side}"]
            np.testing.assert_array_equal(
                pupil.data[:], raw.get_data(picks=[f"pupil_{side}"])[0].astype(np.float32)
            )
        assert np.isnan(module["EyeTracking"]["gaze_left"].data[200:212]).all()
        assert module["EyeTracking"]["gaze_left"].rate == 500


def test_what_the_eyes_did_and_triggers_become_events(tmp_path: Path) -> None:
    make_eyelink(tmp_path / "a.asc", planted=Planted())

    _, header = read(tmp_path)

    events = {event.label: event for event in header.events}
    assert {"fixation left", "blink left", "saccade left"} <= set(events)
    assert events["trigger: 42"].value == 42
    assert events["fixation left"].onset_s == pytest.approx(0.02, abs=0.003)


def test_people_devices_paths_and_days_of_the_first_lines_identify(tmp_path: Path) -> None:
    planted = Planted()
    make_eyelink(tmp_path / "a.asc", planted=planted)

    _, header = read(tmp_path)

    said = {i.kind: i.value for i in header.identifiers}
    assert planted.name in said["path"]
    assert (said["serial"], said["operator"]) == (planted.serial, planted.operator)
    assert said["date"] == "2019-11-23"


def test_a_binary_file_is_recognised_and_sent_back_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "a.edf").write_bytes(b"SR_RESEARCH_COMBINED_FILE" + bytes(4000))
    (source,) = recognise(tmp_path).sources

    assert source.format == "eyelink"
    with pytest.raises(FormatError, match=r"FSC259.*edf2asc"):
        read_header(tmp_path, source)


@pytest.mark.data
def test_a_real_recording_has_two_eyes_and_its_triggers(signals: Path) -> None:
    root = signals / "behaviour/eyelink"
    (source,) = recognise(root).sources

    header = read_header(root, source)

    assert (header.n_times, header.sfreq_hz, len(header.channels)) == (30236, 500, 6)
    assert sorted({e.value for e in header.events if e.value})[:3] == [110, 116, 200]
