"""The check of behaviour finds what is wrong with keypoints, gaze, trials and videos."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Drawing, Header, Modality
from fascicle.formats import read_header, recognise, write_recording
from fascicle.formats._beh import Behaviour, Clock, Pose, Trace, write_behaviour
from fascicle.formats._beh_trials import Column, Trials
from fascicle.quality import RecordingQuality
from fascicle.quality._beh_quality import check_behaviour
from fascicle.testing import make_eyelink, make_ibl, released

N = 300


def check(folder: Path, *parts) -> RecordingQuality:
    opened = Behaviour(Header(Modality.BEH, n_times=N), tuple(parts))
    header = released(opened.told())
    write_behaviour(opened, header, folder / "sub-01_beh.nwb")
    return check_behaviour(folder / "sub-01_beh.nwb", header)


def make_pose(**changes) -> Pose:
    rng = np.random.default_rng(5)
    places = 100 + np.cumsum(rng.normal(0, 1, (N, 2, 2)), axis=0)
    fields = {
        "names": ("snout", "tail"), "places_px": places.astype(np.float32),
        "confidence": np.full((N, 2), 0.9, np.float32), "clock": Clock(30.0),
    }  # fmt: skip
    return Pose(**(fields | changes))


def codes(quality: RecordingQuality) -> list[str]:
    return [finding.code for finding in quality.findings]


def test_a_good_pose_passes_with_its_pictures(tmp_path: Path) -> None:
    quality = check(tmp_path, make_pose())

    assert (quality.verdict, codes(quality)) == ("pass", [])
    assert [p.drawing for p in quality.pictures] == [Drawing.IMAGE, Drawing.SCATTER, Drawing.LINES]
    assert quality.pictures[0].arrays["points"].shape == (2, 2)
    assert RecordingQuality.from_dict(quality.as_dict()).extra == quality.extra


def rewrite(path: Path, change) -> RecordingQuality:
    """Change a written file as a lab's own may be, and check it again."""
    with h5py.File(path, "a") as file:
        change(next(iter(file["processing/behavior"].values())))
    return check_behaviour(path, released(Header(Modality.BEH, n_times=N)))


def test_keypoints_in_space_are_measured_along_all_axes(tmp_path: Path) -> None:
    def lift(pose: h5py.Group) -> None:
        for series in ("snout", "tail"):
            flat = pose[series]["data"][:]
            del pose[series]["data"]
            height = np.zeros((N, 1))
            height[10::30] = 5000  # ten leaps, up and down again
            pose[series]["data"] = np.hstack([-flat, height])

    check(tmp_path, make_pose())
    quality = rewrite(tmp_path / "sub-01_beh.nwb", lift)

    assert codes(quality) == ["pose.jumps"]
    assert quality.extra["jump_share"] == pytest.approx(20 / (N - 1))
    assert quality.extra["outside_share"] == 0
    assert quality.pictures[0].arrays["points"].shape == (2, 2)


def test_a_keypoint_without_likelihood_does_not_lend_its_name_to_another(tmp_path: Path) -> None:
    def forget(pose: h5py.Group) -> None:
        del pose["snout"]["confidence"]

    likely = np.full((N, 2), 0.9, np.float32)
    likely[:200, 1] = 0.1
    check(tmp_path, make_pose(confidence=likely))

    quality = rewrite(tmp_path / "sub-01_beh.nwb", forget)

    (finding,) = [f for f in quality.findings if f.code == "pose.unlikely"]
    assert "tail" in finding.reason
    assert "snout" not in finding.reason


def test_keypoints_of_other_lengths_are_measured_and_not_drawn(tmp_path: Path) -> None:
    def cut(pose: h5py.Group) -> None:
        for name in ("data", "confidence"):
            short = pose["snout"][name][:101]
            del pose["snout"][name]
            pose["snout"][name] = short

    check(tmp_path, make_pose())

    quality = rewrite(tmp_path / "sub-01_beh.nwb", cut)

    assert quality.extra["n_keypoints"] == 2
    assert quality.extra["n_frames"] == N
    assert {picture.legend for picture in quality.pictures} == {("tail",)}


def test_pictures_of_a_long_pose_are_made_of_a_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fascicle.quality._beh_quality._MAX_SHOWN", 100)

    quality = check(tmp_path, make_pose())

    assert quality.extra["n_frames"] == N
    lines = quality.pictures[2].arrays
    assert lines["y"].shape == (2, 100)
    np.testing.assert_allclose(lines["x"], np.arange(0, N, 3) / 30)


def test_missing_unlikely_and_jumping_keypoints_are_named(tmp_path: Path) -> None:
    pose = make_pose()
    places, likely = pose.places_px.copy(), np.full((N, 2), 0.9, np.float32)
    places[:90, 0] = np.nan
    likely[100:200, 1] = 0.1
    places[50::30, 1] += 900

    quality = check(tmp_path, make_pose(places_px=places, confidence=likely))

    reasons = {f.code: f.reason for f in quality.findings}
    assert set(reasons) == {"pose.missing", "pose.unlikely", "pose.jumps"}
    assert "snout" in reasons["pose.missing"]
    assert "tail" in reasons["pose.unlikely"]
    assert quality.extra["missing_share"] == pytest.approx(0.15)


def test_places_left_of_the_picture_are_outside(tmp_path: Path) -> None:
    places = make_pose().places_px.copy()
    places[:30, 0] = -5

    assert "pose.outside" in codes(check(tmp_path, make_pose(places_px=places)))


def test_an_unknown_rate_is_said(tmp_path: Path) -> None:
    assert codes(check(tmp_path, make_pose(clock=Clock()))) == ["pose.no-frame-rate"]


def test_trials_out_of_order_and_reversed_are_counted(tmp_path: Path) -> None:
    starts = np.arange(N) * 2.0
    stops = starts + 1
    starts[5], stops[9], starts[20] = 0.5, 3.0, np.nan
    cue = Column("go cue", starts + 0.25, "s")

    quality = check(tmp_path, Trials(starts, stops, (cue,)))

    assert codes(quality) == ["trials.order", "trials.reversed", "trials.no-times"]
    assert (quality.extra["trials_out_of_order"], quality.extra["trials_reversed"]) == (1, 1)
    (raster,) = quality.pictures
    assert raster.drawing is Drawing.RASTER
    assert np.allclose(raster.arrays["times"], 0.25)


def test_a_clock_that_goes_back_is_said(tmp_path: Path) -> None:
    times = np.arange(N, dtype=float)
    times[100:] -= 50

    wheel = Trace("wheel position", ("rad", "radians"), "Angle.", np.arange(N) * 0.1,
                  Clock(0.0, times))  # fmt: skip

    assert codes(check(tmp_path, wheel)) == ["wheel.order"]


def test_gaze_is_mapped_and_lost_pupils_are_counted(tmp_path: Path) -> None:
    make_eyelink(tmp_path / "a.asc")
    (source,) = recognise(tmp_path).sources
    header = released(read_header(tmp_path, source))
    write_recording(tmp_path, source, header, tmp_path, "sub-01_beh")

    quality = check_behaviour(tmp_path / "sub-01_beh.nwb", header)

    assert quality.verdict == "pass"
    assert quality.extra["pupil_left_lost_share"] == pytest.approx(12 / 503)
    assert {p.title for p in quality.pictures} == {"Gaze", "Pupils"}


def test_a_session_has_pictures_of_trials_and_wheel(tmp_path: Path) -> None:
    make_ibl(tmp_path)
    (source,) = recognise(tmp_path).sources
    header = released(read_header(tmp_path, source))
    write_recording(tmp_path, source, header, tmp_path, "sub-01_beh")

    quality = check_behaviour(tmp_path / "sub-01_beh.nwb", header)

    assert {p.title for p in quality.pictures} == {"Wheel", "Trials"}
