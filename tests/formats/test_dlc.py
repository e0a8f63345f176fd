"""DeepLabCut: what its tables hold reaches NWB, whose they are does not."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import BehaviourContract, Planted, make_deeplabcut, released
from fascicle.testing._beh_files import KEYPOINTS, make_places
from fascicle.testing._video_files import make_mov


class TestTracked(BehaviourContract):
    format_name = "deeplabcut"

    def make_recording(self, root: Path) -> Path:
        return make_deeplabcut(root, planted=Planted())


class TestLabelled(BehaviourContract):
    format_name = "deeplabcut"

    def make_recording(self, root: Path) -> Path:
        return make_deeplabcut(root, planted=Planted(), is_tracked=False, suffix=".csv")


def write(root: Path):
    (source,) = recognise(root).sources
    header = read_header(root, source)
    write_recording(root, source, released(header), root, "sub-01_beh")
    return header, root / "sub-01_beh.nwb"


@pytest.mark.parametrize("suffix", [".h5", ".csv"])
def test_keypoints_and_likelihoods_are_those_of_the_table(tmp_path: Path, suffix: str) -> None:
    import pynwb

    make_deeplabcut(tmp_path, suffix=suffix)

    header, path = write(tmp_path)

    assert pynwb.validate(path=str(path)) == []
    places = make_places(7, 61, len(KEYPOINTS))
    with pynwb.NWBHDF5IO(path, "r") as io:
        pose = io.read().processing["behavior"]["PoseEstimation"]
        assert [channel.name for channel in header.channels] == list(KEYPOINTS)
        for i, name in enumerate(KEYPOINTS):
            series = pose[name]
            np.testing.assert_array_equal(series.data[:], places[:, i].astype(np.float32))
            assert 0.5 <= float(np.min(series.confidence[:])) <= 1
        assert pose.skeleton.edges[:].tolist() == [[0, 1]]


def test_twins_are_one_recording_and_the_table_goes_before_the_text(tmp_path: Path) -> None:
    make_deeplabcut(tmp_path, suffix=".csv")
    make_deeplabcut(tmp_path, suffix=".h5")

    (source,) = recognise(tmp_path).sources

    assert [path.suffix for path in source.files] == [".h5", ".csv", ".yaml"]


def test_a_damaged_table_is_read_from_its_twin(tmp_path: Path) -> None:
    make_deeplabcut(tmp_path, suffix=".csv")
    table = make_deeplabcut(tmp_path, suffix=".h5")
    (source,) = recognise(tmp_path).sources
    table.write_bytes(table.read_bytes()[:3000])

    assert read_header(tmp_path, source).n_times == 61


def test_labels_of_a_person_have_no_confidence_and_times_of_their_frames(tmp_path: Path) -> None:
    import pynwb

    make_deeplabcut(tmp_path, is_tracked=False, n_frames=11)

    header, path = write(tmp_path)

    assert header.sfreq_hz == 0
    with pynwb.NWBHDF5IO(path, "r") as io:
        series = io.read().processing["behavior"]["PoseEstimation"]["snout"]
        assert series.confidence is None
        assert series.timestamps[:].tolist() == [2.0 * i for i in range(11)]
        assert "not known" in series.description


def test_the_rate_comes_from_the_video_beside_the_table(tmp_path: Path) -> None:
    table = make_deeplabcut(tmp_path)
    make_mov(tmp_path / "m1.mov")
    (source,) = [s for s in recognise(tmp_path).sources if s.format == "deeplabcut"]

    assert tmp_path / source.primary == table
    assert read_header(tmp_path, source).sfreq_hz == 25


def test_a_pickle_that_does_something_is_not_run(tmp_path: Path) -> None:
    import h5py

    table = make_deeplabcut(tmp_path)
    (source,) = recognise(tmp_path).sources
    with h5py.File(table, "r+") as file:
        # Whoever unpickles this makes a folder.
        evil = f"cos\nmkdir\n(V{tmp_path / 'evil'}\ntR.".encode()
        file["df_with_missing/table"].attrs["values_block_0_kind"] = np.bytes_(evil)

    with pytest.raises(FormatError, match="FSC256"):
        read_header(tmp_path, source)

    assert not (tmp_path / "evil").exists()


def test_two_animals_have_a_pose_each_and_keypoints_of_their_own(tmp_path: Path) -> None:
    rows = [
        "scorer,DLC,DLC,DLC,DLC,DLC,DLC", "individuals,m1,m1,m1,Ada,Ada,Ada",
        "bodyparts,snout,snout,snout,snout,snout,snout",
        "coords,x,y,likelihood,x,y,likelihood",
        *(f"{i},{i},2,0.9,{i + 5},3,0.8" for i in range(5)),
    ]  # fmt: skip
    (tmp_path / "a.csv").write_text("\n".join(rows) + "\n", "utf-8")

    header, _ = write(tmp_path)

    assert [channel.name for channel in header.channels] == ["snout", "snout 2"]
    assert [i.value for i in header.identifiers] == ["DLC", "Ada"]


@pytest.mark.data
def test_both_real_projects_give_the_places_of_their_text(signals: Path, tmp_path: Path) -> None:
    import pynwb

    found = sorted((signals / "behaviour").glob("dlc_*/*/labeled-data/*"))
    assert len(found) == 2
    for number, folder in enumerate(found):
        root = tmp_path / str(number)
        shutil.copytree(folder, root, ignore=shutil.ignore_patterns("*.png"))
        header, path = write(root)

        lines = next(root.glob("*.csv")).read_text("utf-8").splitlines()[3:]
        table = np.array([[float(c or "nan") for c in line.split(",")[1:]] for line in lines])
        with pynwb.NWBHDF5IO(path, "r") as io:
            pose = io.read().processing["behavior"]["PoseEstimation"]
            for i, channel in enumerate(header.channels):
                np.testing.assert_allclose(
                    pose[channel.name].data[:], table[:, 2 * i : 2 * i + 2], rtol=1e-6
                )


@pytest.mark.parametrize("suffix", [".h5", ".csv"])
def test_keypoints_of_two_scorers_in_one_table_are_refused_and_not_mixed(
    tmp_path: Path, suffix: str
) -> None:
    from fascicle.testing._beh_files import _write_dlc_csv, _write_dlc_table

    make_deeplabcut(tmp_path, is_tracked=False, suffix=suffix)
    columns = [(who, "snout", axis) for who in ("lab", "Roth") for axis in "xy"]
    values = np.random.default_rng(3).uniform(0, 90, (7, 4))
    write_table = _write_dlc_table if suffix == ".h5" else _write_dlc_csv
    write_table(tmp_path / f"CollectedData_lab{suffix}", columns, list("0123456"), values)
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="by 2 scorers") as caught:
        read_header(tmp_path, source)

    assert "Roth" not in str(caught.value)
