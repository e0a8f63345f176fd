"""Frames that are written come back at their times, and no file is left where they do not fit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._isobmff import read_movie
from fascicle.formats._isobmff_write import write_movie
from fascicle.formats._video import open_video
from fascicle.formats._video_frames import FrameTimes, read_frames, read_times, write_frames
from fascicle.testing import Planted, make_avi, make_mov

pytest.importorskip("cv2")

HEIGHT, WIDTH = 37, 53


def smooth_frames(n_frames: int, seed: int = 3) -> np.ndarray:
    """Return frames that JPEG codes well: a wave that moves."""
    down, across = np.mgrid[:HEIGHT, :WIDTH]
    phase = np.random.default_rng(seed).uniform(0, 0.6, 3)
    waves = [
        127 + 100 * np.sin((down + 2 * across)[..., None] / 17 + phase + i / 5)
        for i in range(n_frames)
    ]
    return np.stack(waves).astype(np.uint8)


def even_times(n_frames: int) -> FrameTimes:
    return FrameTimes(30_000, 1001 * np.arange(n_frames, dtype=np.int64), 1001)


def uneven_times(n_frames: int) -> FrameTimes:
    steps = np.random.default_rng(5).integers(20, 60, n_frames)
    return FrameTimes(1000, np.cumsum(steps) - steps, int(steps[-1]))


@pytest.mark.parametrize(
    ("times", "suffix"), [(even_times(23), ".avi"), (uneven_times(23), ".mov")]
)
def test_frames_come_back_at_their_very_times(tmp_path: Path, times, suffix: str) -> None:
    frames = smooth_frames(23)

    path = write_frames(frames, tmp_path, "a", times)

    read = read_times(path)
    assert path.name == f"a{suffix}"
    np.testing.assert_allclose(read.starts / read.ticks_hz, times.starts / times.ticks_hz)
    assert read.rate_hz == pytest.approx(times.rate_hz)
    assert int(read.steps.sum()) / read.ticks_hz == pytest.approx(
        times.steps.sum() / times.ticks_hz
    )
    back = np.stack(list(read_frames(path)))
    assert back.shape == frames.shape
    assert np.abs(back.astype(int) - frames).mean() < 3


def test_the_same_frames_give_the_same_bytes_and_one_file(tmp_path: Path) -> None:
    frames = smooth_frames(7)
    (tmp_path / "x").mkdir()

    one = write_frames(frames, tmp_path, "a", even_times(7))
    two = write_frames(iter(frames), tmp_path / "x", "a", even_times(7))

    assert one.read_bytes() == two.read_bytes()
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["a.avi"]


@pytest.mark.parametrize("n_got", [0, 6, 8])
def test_fewer_or_more_frames_than_times_leave_nothing(tmp_path: Path, n_got: int) -> None:
    with pytest.raises(FormatError, match="FSC258"):
        write_frames(smooth_frames(8)[:n_got], tmp_path, "a", even_times(7))

    assert list(tmp_path.iterdir()) == []


def test_frames_of_several_sizes_are_refused(tmp_path: Path) -> None:
    frames = [np.zeros((8, 16, 3), np.uint8), np.zeros((16, 16, 3), np.uint8)]

    with pytest.raises(FormatError, match="FSC258"):
        write_frames(frames, tmp_path, "a", even_times(2))


def test_times_are_those_of_showing_not_of_decoding(tmp_path: Path) -> None:
    times = replace(uneven_times(4), starts=np.array([0, 10, 20, 31]), last=10)
    path = write_frames(smooth_frames(4), tmp_path, "a", times)
    movie = read_movie(path)
    # As encoders store a frame before the two that are shown before it.
    shifts = np.array([[1, 10], [1, 30], [1, 0], [1, 0]])
    movie.track = replace(movie.video, shifts=shifts)
    write_movie(movie, path, tmp_path / "b.mov")

    shown = read_times(tmp_path / "b.mov")

    assert shown.starts.tolist() == [0, 10, 21, 30]


@pytest.mark.parametrize("make", [make_avi, make_mov])
def test_what_is_written_from_a_video_has_its_rate_and_none_of_its_words(
    tmp_path: Path, make
) -> None:
    planted = Planted()
    path = make(tmp_path / f"raw{'.avi' if make is make_avi else '.mov'}", planted=planted)

    written = write_frames(read_frames(path), tmp_path, "clean", read_times(path))

    opened = open_video(written)
    assert (opened.rate_hz, opened.n_audio, opened.texts) == (25.0, 0, [])
    data = written.read_bytes()
    assert not [word for word in planted.words() if word.encode() in data]
