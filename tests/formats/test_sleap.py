"""SLEAP: keypoints of its analysis and its project reach NWB as they were found."""

from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import (
    BehaviourContract,
    Planted,
    make_mov,
    make_sleap,
    make_sleap_project,
    released,
)
from fascicle.testing._beh_files import KEYPOINTS, make_places


class TestAnalysis(BehaviourContract):
    format_name = "sleap"

    def make_recording(self, root: Path) -> Path:
        return make_sleap(root / "a.analysis.h5", planted=Planted())


class TestProject(BehaviourContract):
    format_name = "sleap"

    def make_recording(self, root: Path) -> Path:
        return make_sleap_project(root / "a.slp", planted=Planted())


def write(root: Path):
    (source,) = [s for s in recognise(root).sources if s.format == "sleap"]
    header = read_header(root, source)
    write_recording(root, source, released(header), root, "sub-01_beh")
    return header, root / "sub-01_beh.nwb"


def test_each_animal_of_an_analysis_has_its_pose(tmp_path: Path) -> None:
    import pynwb

    make_sleap(tmp_path / "a.h5")

    header, path = write(tmp_path)

    assert pynwb.validate(path=str(path)) == []
    assert len(header.channels) == 2 * len(KEYPOINTS)
    places = make_places(7, 53, 10).reshape(53, 2, 5, 2).astype(np.float32)
    with pynwb.NWBHDF5IO(path, "r") as io:
        module = io.read().processing["behavior"]
        for animal in (0, 1):
            pose = module[f"PoseEstimation{animal + 1}"]
            for i, channel in enumerate(header.channels[5 * animal : 5 * animal + 5]):
                series = pose[channel.name.replace(" ", "_")]
                np.testing.assert_array_equal(series.data[:], places[:, animal, i])
            assert pose.skeleton.edges[:].tolist() == [[0, 1], [0, 2]]


def test_a_project_is_read_with_the_frames_that_have_keypoints(tmp_path: Path) -> None:
    import pynwb

    make_sleap_project(tmp_path / "p.slp")
    make_mov(tmp_path / "a.mp4")  # QuickTime by its content, whatever it is called

    header, path = write(tmp_path)

    assert (header.n_times, header.sfreq_hz) == (31, 25)
    with pynwb.NWBHDF5IO(path, "r") as io:
        pose = io.read().processing["behavior"]["PoseEstimation"]
        series = pose["leftear"]
        np.testing.assert_array_equal(
            series.data[:], make_places(7, 31, len(KEYPOINTS))[:, 1].astype(np.float32)
        )
        np.testing.assert_allclose(series.timestamps[:], np.arange(31) * 2 / 25)
        np.testing.assert_allclose(series.confidence[:], 0.9)


def test_frames_of_a_project_come_in_the_order_of_time(tmp_path: Path) -> None:
    import h5py
    import pynwb

    make_sleap_project(tmp_path / "p.slp")
    with h5py.File(tmp_path / "p.slp", "r+") as file:
        rows = file["frames"][:]
        file["frames"][:] = np.random.default_rng(5).permutation(rows)

    _, path = write(tmp_path)

    with pynwb.NWBHDF5IO(path, "r") as io:
        series = io.read().processing["behavior"]["PoseEstimation"]["leftear"]
        np.testing.assert_array_equal(series.timestamps[:], np.arange(31) * 2)
        np.testing.assert_array_equal(
            series.data[:], make_places(7, 31, len(KEYPOINTS))[:, 1].astype(np.float32)
        )


def test_a_project_of_several_videos_is_refused_and_not_read_in_part(tmp_path: Path) -> None:
    import h5py

    make_sleap_project(tmp_path / "p.slp")
    with h5py.File(tmp_path / "p.slp", "r+") as file:
        rows = file["frames"][:]
        rows["video"][10:] = 1
        file["frames"][:] = rows
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="got those of 2"):
        read_header(tmp_path, source)


def test_the_name_of_an_animal_identifies_and_a_count_does_not(tmp_path: Path) -> None:
    make_sleap(tmp_path / "a.h5", planted=Planted(name="Bruno"))
    (source,) = recognise(tmp_path).sources

    said = [i.value for i in read_header(tmp_path, source).identifiers if i.kind == "id"]

    assert said == ["Bruno"]


def correct_some(path: Path, *, names_source: bool, n_animals: int = 1) -> None:
    """Let a person correct the prediction of every third frame, 100 pixels beside it."""
    import h5py

    with h5py.File(path, "r+") as file:
        frames, found = file["frames"][:], file["instances"][:]
        kind = [*found.dtype.descr, ("from_predicted", "i8")]
        instances, n = [], len(KEYPOINTS)
        points = []
        for i, row in enumerate(found):
            frames["instance_id_start"][i] = len(instances)
            instances += [(*row.tolist(), -1)] * n_animals
            if i % 3 == 0:
                source = len(instances) - 1 if names_source else -1
                first = len(points)
                points += file["pred_points"][n * i : n * i + n].tolist()
                said = (len(instances), 0, *row.tolist()[2:-2], first, first + n, source)
                instances.append(said)
            frames["instance_id_end"][i] = len(instances)
        table = np.array(points, file["pred_points"].dtype)
        table["x"] += 100
        for name in ("instances", "points"):
            del file[name]
        file["frames"][:] = frames
        file["instances"] = np.array(instances, kind)
        file["points"] = table[["x", "y", "visible", "complete"]]


@pytest.mark.parametrize("names_source", [True, False])
def test_a_corrected_prediction_is_one_animal_where_the_person_put_it(
    tmp_path: Path, names_source: bool
) -> None:
    import pynwb

    make_sleap_project(tmp_path / "p.slp")
    correct_some(tmp_path / "p.slp", names_source=names_source)

    header, path = write(tmp_path)

    expected = make_places(7, 31, len(KEYPOINTS))[:, 1].astype(np.float32)
    expected[::3, 0] += 100
    assert len(header.channels) == len(KEYPOINTS)
    with pynwb.NWBHDF5IO(path, "r") as io:
        series = io.read().processing["behavior"]["PoseEstimation"]["leftear"]
        np.testing.assert_allclose(series.data[:], expected, rtol=1e-6)
        assert np.isnan(series.confidence[::3]).all()
        np.testing.assert_allclose(series.confidence[1::3], 0.9)


def test_of_two_untracked_animals_the_corrected_one_alone_loses_its_prediction(
    tmp_path: Path,
) -> None:
    make_sleap_project(tmp_path / "p.slp")
    correct_some(tmp_path / "p.slp", names_source=True, n_animals=2)

    header, _ = write(tmp_path)

    assert len(header.channels) == 2 * len(KEYPOINTS)
