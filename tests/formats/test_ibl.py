"""IBL: trials, wheel and encoder of a session reach NWB; its settings name people."""

from pathlib import Path

import numpy as np
import pytest

from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import BehaviourContract, Planted, make_ibl, released


class TestIbl(BehaviourContract):
    format_name = "ibl"
    test_an_empty_file_is_refused = None  # each of its files may be missing

    def make_recording(self, root: Path) -> Path:
        return make_ibl(root, planted=Planted())


def write(root: Path, number: int = 0):
    source = recognise(root).sources[number]
    header = read_header(root, source)
    write_recording(root, source, released(header), root, "sub-01_beh")
    return header, root / "sub-01_beh.nwb"


def test_the_trials_have_the_moments_of_their_states(tmp_path: Path) -> None:
    import json

    import pynwb

    path = make_ibl(tmp_path)
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    header, written = write(tmp_path)

    assert pynwb.validate(path=str(written)) == []
    with pynwb.NWBHDF5IO(written, "r") as io:
        table = io.read().trials.to_dataframe()
        assert table["start_time"].tolist() == [6.0 * i for i in range(7)]
        for i, record in enumerate(records):
            states = record["behavior_data"]["States timestamps"]
            row = table.iloc[i]
            assert row["stimulus_onset"] == pytest.approx(6 * i + states["stim_on"][0][0])
            ended = states["reward" if record["trial_correct"] else "error"][0][0]
            assert row["feedback_time"] == pytest.approx(6 * i + ended)
            assert row["feedback_type"] == (1 if record["trial_correct"] else -1)
            side = np.sign(record["position"])
            assert row["choice"] == (-side if record["trial_correct"] else side)
    assert len(header.events) == 21


def test_the_wheel_turns_a_thousand_and_twenty_four_ticks_a_turn(tmp_path: Path) -> None:
    import pynwb

    make_ibl(tmp_path)
    rows = np.loadtxt(tmp_path / "raw_behavior_data/_iblrig_encoderPositions.raw.ssv")

    _, written = write(tmp_path)

    with pynwb.NWBHDF5IO(written, "r") as io:
        series = io.read().processing["behavior"]["WheelPosition"]["wheel_position"]
        np.testing.assert_allclose(series.data[:], rows[:, 1] * 2 * np.pi / 1024)
        np.testing.assert_allclose(series.timestamps[:], rows[:, 0] / 1e6)


def test_arrays_of_alf_give_trials_and_wheel(tmp_path: Path) -> None:
    import pynwb

    alf = tmp_path / "alf"
    alf.mkdir()
    starts = np.arange(5) * 4.0
    np.save(alf / "_ibl_trials.intervals.npy", np.stack([starts, starts + 3], axis=1))
    np.save(alf / "_ibl_trials.goCue_times.npy", starts + 0.5)
    np.save(alf / "_ibl_trials.choice.npy", np.array([1, -1, 1, 0, 1]))
    np.save(alf / "_ibl_wheel.position.npy", np.linspace(0, 1, 11))
    np.save(alf / "_ibl_wheel.timestamps.npy", np.array([[0, 2.0], [10, 4.0]]))
    np.save(alf / "_ibl_trials.who.npy", np.array(["Anna"] * 5, object), allow_pickle=True)

    header, written = write(tmp_path)

    assert [c.name for c in header.channels] == ["choice", "go cue times", "wheel position"]
    with pynwb.NWBHDF5IO(written, "r") as io:
        file = io.read()
        assert file.trials["stop_time"][:].tolist() == (starts + 3).tolist()
        assert file.trials["go_cue_times"][:].tolist() == (starts + 0.5).tolist()
        wheel = file.processing["behavior"]["WheelPosition"]["wheel_position"]
        np.testing.assert_allclose(wheel.timestamps[:], np.linspace(2, 4, 11))


def test_settings_tell_of_people_places_and_days(tmp_path: Path) -> None:
    planted = Planted()
    make_ibl(tmp_path, planted=planted)
    (source,) = recognise(tmp_path).sources

    header = read_header(tmp_path, source)

    said = {i.value for i in header.identifiers}
    assert {planted.name, planted.operator, planted.institution, planted.serial} <= said
    assert header.subject.code == planted.code
    assert header.measured_at is not None


@pytest.mark.data
def test_real_sessions_are_read(signals: Path) -> None:
    root = signals / "behaviour/ibl_sessions"
    sources = [s for s in recognise(root).sources if s.format == "ibl"]

    headers = [read_header(root, source) for source in sources]

    assert [(h.n_times, len(h.channels), len(h.events)) for h in headers] == [
        (816, 0, 816),
        (12, 16, 38),
    ]


def test_the_clock_of_the_encoder_goes_on_where_its_counter_begins_anew(tmp_path: Path) -> None:
    import pynwb

    make_ibl(tmp_path)
    raw = tmp_path / "raw_behavior_data"
    moments = 4_294_000_000 + 7_000 * np.arange(301)
    small_steps_back = moments - np.where(np.arange(301) == 11, 9_000, 0)
    counter = small_steps_back % 2**32
    assert (np.diff(counter) < -(2**31)).sum() == 1
    for name in ("encoderPositions", "encoderEvents"):
        lines = "".join(f"{moment} {1 + i % 2}\n" for i, moment in enumerate(counter))
        (raw / f"_iblrig_{name}.raw.ssv").write_text(lines, "utf-8")

    header, written = write(tmp_path)

    with pynwb.NWBHDF5IO(written, "r") as io:
        series = io.read().processing["behavior"]["WheelPosition"]["wheel_position"]
        np.testing.assert_allclose(series.timestamps[:], small_steps_back / 1e6)
    assert max(event.onset_s for event in header.events) == pytest.approx(moments[-1] / 1e6)
