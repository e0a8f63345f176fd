"""Tables of trials are told from other tables, and lose the words in them."""

from pathlib import Path

import numpy as np
import pytest

from fascicle.core import FileHead
from fascicle.formats import read_header, recognise, registry, write_recording
from fascicle.testing import BehaviourContract, Planted, make_trials, released


class TestTrialTable(BehaviourContract):
    format_name = "trials"

    def make_recording(self, root: Path) -> Path:
        return make_trials(root / "a.csv", planted=Planted())


def write(root: Path):
    (source,) = recognise(root).sources
    header = read_header(root, source)
    write_recording(root, source, released(header), root, "sub-01_beh")
    return header, root / "sub-01_beh.nwb"


def test_moments_lengths_and_kinds_are_kept_and_people_and_remarks_are_not(tmp_path: Path) -> None:
    import pynwb

    path = make_trials(tmp_path / "a.csv", planted=Planted())
    rows = [line.split(",") for line in path.read_text("utf-8").splitlines()[1:]]

    header, written = write(tmp_path)

    assert [channel.name for channel in header.channels] == [
        "trial", "stimOn_times", "response_time", "feedback_times", "choice", "stimulus",
    ]  # fmt: skip
    assert pynwb.validate(path=str(written)) == []
    with pynwb.NWBHDF5IO(written, "r") as io:
        table = io.read().trials.to_dataframe()
        assert table["start_time"].tolist() == [float(row[2]) for row in rows]
        assert table["stop_time"].tolist() == [float(row[4]) for row in rows]
        assert table["choice"].tolist() == [row[5] for row in rows]
        first = rows[0][6]
        assert table["stimulus"].tolist() == [1 if row[6] == first else 2 for row in rows]


def test_milliseconds_become_seconds(tmp_path: Path) -> None:
    import pynwb

    lines = ["trial,stim_onset_ms,choice,duration_ms", *(f"{i},{1000 * i},1,250" for i in range(6))]
    (tmp_path / "a.csv").write_text("\n".join(lines), "utf-8")

    header, written = write(tmp_path)

    names = [channel.name for channel in header.channels]
    assert names == ["trial", "stim_onset", "choice", "duration"]
    with pynwb.NWBHDF5IO(written, "r") as io:
        table = io.read().trials.to_dataframe()
        np.testing.assert_allclose(table["stim_onset"], np.arange(6))
        np.testing.assert_allclose(table["duration"], 0.25)
        np.testing.assert_allclose(table["start_time"], np.arange(6))
        np.testing.assert_allclose(table["stop_time"], np.arange(6) + 0.25)


@pytest.mark.parametrize(
    "text",
    [
        "participant_id,age,sex,group\n" + "".join(f"P{i},3{i},F,a\n" for i in range(9)),
        "subject,name,birthdate,session start\n"
        + "".join(f"{i},A{i},1990,1{i}\n" for i in range(9)),
        "Frame,Cell1,Cell2,Cell3\n" + "".join(f"{i},0.1,0.2,0.3\n" for i in range(9)),
        "subject,stimOn_times,choice,correct\n" + "".join(f"S{i},{i},1,1\n" for i in range(9)),
        "onset\n1\n2\n3\n4\n5\n",
        "channel,onset,rating\n" + "".join(f"C{i},{9 - i},3\n" for i in range(9)),
    ],
)
def test_other_tables_are_not_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text, "utf-8")

    assert not [s for s in recognise(tmp_path).sources if s.format == "trials"]


def test_a_table_beside_a_recording_of_its_name_is_its_events(tmp_path: Path) -> None:
    make_trials(tmp_path / "run1_behav.csv")
    (tmp_path / "run1.dat").write_bytes(bytes(99))

    found = recognise(tmp_path)

    assert found.sources == ()
    assert [finding.code for finding in found.findings] == ["file.not-raw"]


def test_tables_of_bids_are_not_taken() -> None:
    head = b"onset\tduration\ttrial_type\tresponse_time\n" + b"1\t2\tgo\t0.3\n2\t2\tgo\t0.3\n" * 9
    from pathlib import PurePosixPath

    for name in ("sub-01_task-x_events.tsv", "participants.tsv"):
        assert not registry()["trials"].recognises(FileHead(PurePosixPath(name), head, len(head)))


@pytest.mark.data
def test_a_real_table_is_taken_with_its_moments(signals: Path) -> None:
    root = signals / "behaviour/ibl_sessions/brainbox"
    (source,) = recognise(root).sources

    header = read_header(root, source)

    assert (source.format, header.n_times, len(header.channels)) == ("trials", 500, 12)


def test_numbers_of_a_patient_are_searched_for_and_stay_behind_by_whatever_name(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text(
        "trial,onset,rt,correct,mrn,record,delivered,heard\n"
        + "".join(
            f"{i},{1.5 * i},{0.3 + i / 64},{i % 2},8831777421,8831777,19510502,{1583280000 + i}\n"
            for i in range(9)
        )
    )

    header, _ = write(tmp_path)

    assert [c.name for c in header.channels] == ["trial", "onset", "rt", "correct"]
    assert "8831777421" in {one.value for one in header.identifiers}


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_response_time_from_the_start_of_its_trial_is_no_moment_of_the_session(
    tmp_path: Path, is_absolute: bool
) -> None:
    import pynwb

    onsets, lengths = np.array([10.0, 14.0, 18.5, 22.0]), np.array([0.31, 0.42, 0.55, 0.61])
    said = onsets + lengths if is_absolute else lengths
    rows = [f"{i},{on},{rt},left" for i, (on, rt) in enumerate(zip(onsets, said, strict=True))]
    text = "\n".join(["trial,stim_onset,response_time,choice", *rows])
    (tmp_path / "a.csv").write_text(text, "utf-8")

    _, written = write(tmp_path)

    with pynwb.NWBHDF5IO(written, "r") as io:
        table = io.read().trials.to_dataframe()
        np.testing.assert_allclose(table["response_time"], said)
        np.testing.assert_allclose(table["start_time"], onsets)
        np.testing.assert_allclose(table["stop_time"], onsets + lengths * is_absolute)
