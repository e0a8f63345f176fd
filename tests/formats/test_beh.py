"""What all formats of behaviour share: parts become NWB under released names alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Header, Modality
from fascicle.errors import FormatError
from fascicle.formats._beh import (
    Behaviour,
    Clock,
    Pose,
    Trace,
    name_objects,
    require_content,
    write_behaviour,
)
from fascicle.testing import released

PLACES = np.arange(7 * 2 * 2, dtype=np.float32).reshape(7, 2, 2)


def make_pose(number: int = 0, clock: Clock = Clock(25.0)) -> Pose:  # noqa: B008 - frozen
    return Pose(("snout", "tail"), PLACES + number, None, clock, ((0, 1),), number, "DeepLabCut")


def write(folder: Path, *parts, header: Header | None = None) -> Path:
    opened = Behaviour(Header(Modality.BEH, n_times=7), parts)
    path = folder / "sub-01_beh.nwb"
    write_behaviour(opened, header or released(opened.told()), path)
    return path


def test_names_come_from_the_released_header_and_not_from_the_source(tmp_path: Path) -> None:
    opened = Behaviour(Header(Modality.BEH, n_times=7), (make_pose(),))
    header = opened.told()
    renamed = tuple(replace(c, name=f"CH{i}") for i, c in enumerate(header.channels))

    path = write(tmp_path, make_pose(), header=replace(header, channels=renamed))

    data = path.read_bytes()
    assert b"snout" not in data
    assert b"CH1" in data


def test_every_part_takes_its_own_names(tmp_path: Path) -> None:
    import pynwb

    wheel = Trace("wheel", ("rad", "radians"), "Angle.", np.arange(7.0), Clock(10.0))

    path = write(tmp_path, make_pose(1), make_pose(2), wheel)

    assert pynwb.validate(path=str(path)) == []
    with pynwb.NWBHDF5IO(path, "r") as io:
        module = io.read().processing["behavior"]
        assert set(module.data_interfaces) == {
            "PoseEstimation1", "PoseEstimation2", "Skeletons", "WheelPosition",
        }  # fmt: skip
        np.testing.assert_array_equal(module["PoseEstimation2"]["tail_2"].data[:], PLACES[:, 1] + 2)
        np.testing.assert_array_equal(module["WheelPosition"]["wheel"].data[:], np.arange(7.0))


def test_a_clock_without_a_rate_counts_frames_and_says_so() -> None:
    assert Clock().as_nwb() == {"rate": 1.0, "starting_time": 0.0}
    assert "not known" in Clock().describe("Place.")
    assert Clock(30.0).describe("Place.") == "Place."
    assert Clock(0.0, np.array([3.0])).as_nwb()["timestamps"].tolist() == [3.0]


def test_names_of_objects_are_those_that_nwb_allows() -> None:
    names = name_objects(["a/b", "a:b", "a b", "", "x.y"])

    assert names == ["a-b", "a-b_2", "a_b", "unnamed", "x_y"]


@pytest.mark.parametrize(("parts", "n"), [((), 5), ((make_pose(),), 0)])
def test_a_recording_that_holds_nothing_is_refused(parts, n: int) -> None:
    with pytest.raises(FormatError, match="FSC255"):
        require_content(Behaviour(Header(Modality.BEH, n_times=n), parts))
