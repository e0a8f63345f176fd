"""The check of a video finds what does not decode, stands still, or shows people."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Header, Modality, Subject
from fascicle.quality import FACE, RecordingQuality
from fascicle.quality._beh_quality import check_behaviour
from fascicle.testing import make_mov


def codes(quality: RecordingQuality) -> list[str]:
    return [finding.code for finding in quality.findings]


def write_video(folder: Path, frames: np.ndarray) -> Path:
    cv2 = pytest.importorskip("cv2")
    height, width = frames.shape[1:3]
    path = folder / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (width, height))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def video_header(n_frames: int, species: str) -> Header:
    header = Header(Modality.BEH, 25.0, n_frames, exposes="face")
    return replace(header, subject=Subject(species=species))


def test_a_video_shows_a_frame_and_one_of_people_is_for_its_owner_alone(tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    path = make_mov(tmp_path / "a.mov")

    mouse = check_behaviour(path, video_header(37, "Mus musculus"))
    person = check_behaviour(path, video_header(37, "Homo sapiens"))

    assert (mouse.verdict, mouse.pictures[0].exposes) == ("pass", "")
    assert person.pictures[0].exposes == "face"


def test_frozen_frames_are_found(tmp_path: Path) -> None:
    frames = np.random.default_rng(3).integers(0, 255, (80, 48, 64, 3), dtype=np.uint8)
    frames[20:60] = frames[20]

    quality = check_behaviour(write_video(tmp_path, frames), video_header(80, "Mus musculus"))

    assert codes(quality) == ["video.frozen"]
    assert quality.extra["frozen_share"] == pytest.approx(39 / 79)


def test_a_file_that_does_not_decode_fails(tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    (tmp_path / "a.mp4").write_bytes(bytes(999))

    quality = check_behaviour(tmp_path / "a.mp4", video_header(10, ""))

    assert (quality.verdict, codes(quality)) == ("fail", ["video.unreadable"])


def test_a_face_beside_an_animal_is_found(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    matplotlib = pytest.importorskip("matplotlib")
    portrait = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    if not portrait.is_file():
        pytest.skip("no portrait in this installation of matplotlib")
    face = cv2.imread(str(portrait))
    frames = np.stack([np.roll(face, 3 * i, axis=1) for i in range(8)])

    quality = check_behaviour(write_video(tmp_path, frames), video_header(8, "Mus musculus"))

    assert FACE in codes(quality)
    assert quality.pictures[0].exposes == "face"


def test_sound_that_stayed_behind_is_told(tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    path = make_mov(tmp_path / "a.mov")
    header = replace(video_header(37, "Mus musculus"), metadata={"AudioRemoved": True})

    quality = check_behaviour(path, header)

    assert (quality.verdict, codes(quality)) == ("pass", ["video.sound"])
