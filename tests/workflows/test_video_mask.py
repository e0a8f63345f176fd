"""A film leaves with its faces masked in every frame, or it stays and says why."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Header, Modality
from fascicle.errors import DependencyError, JobError
from fascicle.formats import FrameTimes, read_frames, read_times, write_frames
from fascicle.protect import FaceFinder, Sighting
from fascicle.testing import FilmFace, make_animal_film, make_face_film, make_mov
from fascicle.workflows import _video_mask
from fascicle.workflows._video_mask import MaskedFilm, mask_faces_in, mask_film

pytest.importorskip("cv2")
pytest.importorskip("dlib")

HEADER = Header(Modality.BEH, 10.0, 6, exposes="face", shape=(6, 240, 320))


@pytest.fixture(autouse=True)
def here(request, monkeypatch) -> None:
    """Work in this process: it is faster, and what is patched is patched there as well."""
    if "its_own_process" not in request.node.name:
        monkeypatch.setattr(_video_mask, "run_isolated", lambda work, *args, timeout_s: work(*args))


def unmasked(path: Path, truth: np.ndarray) -> int:
    """Count the pixels of faces that are not grey in a masked film."""
    frames = np.stack(list(read_frames(path))).astype(int)
    assert len(frames) == len(truth)
    return int((np.abs(frames - 127).max(axis=3) > 3)[truth].sum())


def codes(film: MaskedFilm) -> list[str]:
    return [finding.code for finding in film.findings]


def test_a_seated_person_is_masked_in_one_region(tmp_path: Path) -> None:
    face = FilmFace(3, height=84, start=(300, 200), turn=5.0, step=(2.0, 1.0))
    path, truth = make_face_film(tmp_path, (face,), n_frames=4, size=(360, 480))
    before = path.read_bytes()

    film = mask_film(path, tmp_path, "masked")

    assert film.record["rule"] == "region"
    assert (film.record["n_masked"], film.record["n_faces"], film.size) == (4, 1, (360, 480))
    assert film.record["faces"] == [{"is_hit": False, "is_known": True}]
    assert unmasked(film.path, truth) == 0
    assert unmasked(path, truth) > 0.5 * truth.sum()
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["film.avi", "masked.avi"]


@pytest.mark.slow
def test_a_face_that_turns_away_from_every_detector_is_masked_in_its_region(tmp_path: Path) -> None:
    face = FilmFace(3, height=84, start=(300, 200), turn=30.0)  # 0, 30, 60 and 90 degrees
    path, truth = make_face_film(tmp_path, (face,), n_frames=4, size=(360, 480))
    last = list(read_frames(path))[3]

    film = mask_film(path, tmp_path, "masked")

    assert FaceFinder(10.0).find(last, 0) == []
    assert film.record["rule"] == "region"
    assert unmasked(film.path, truth) == 0


@pytest.mark.slow
def test_somebody_who_crosses_is_followed_and_a_second_one_is_masked_as_well(
    tmp_path: Path,
) -> None:
    faces = (
        FilmFace(6, height=100, start=(-30, 90), step=(35, 0)),
        FilmFace(4, height=80, start=(250, 190), yaw=30),
    )
    path, truth = make_face_film(tmp_path, faces, n_frames=10)

    film = mask_film(path, tmp_path, "masked", rule="follow")

    assert (film.record["rule"], film.record["n_faces"]) == ("follow", 2)
    assert unmasked(film.path, truth) == 0


def test_what_is_not_masked_stays_as_it_was(tmp_path: Path) -> None:
    face = FilmFace(3, height=84, start=(120, 120))
    path, _ = make_face_film(tmp_path, (face,), n_frames=2)

    film = mask_film(path, tmp_path, "masked")

    before, after = (np.stack(list(read_frames(one))).astype(int) for one in (path, film.path))
    assert np.abs(before - after)[:, :, 230:].mean() < 2.5
    assert read_times(film.path).rate_hz == read_times(path).rate_hz == 10


def test_the_same_film_gives_the_same_bytes(tmp_path: Path) -> None:
    path, _ = make_face_film(tmp_path, (FilmFace(3),), n_frames=2)

    one, two = (mask_film(path, tmp_path, stem).path for stem in ("one", "two"))

    assert one.read_bytes() == two.read_bytes()


@pytest.mark.slow
def test_a_face_that_is_lost_in_the_middle_of_the_picture_holds_the_film(tmp_path: Path) -> None:
    away = FilmFace(3, height=90, hidden=range(2, 12))
    path, _ = make_face_film(tmp_path, (away,), n_frames=12, pan=9.0)

    film = mask_film(path, tmp_path, "masked")

    assert (film.path, codes(film)) == (None, ["deface.video-doubtful"])
    assert "are lost (1)" in film.findings[0].reason
    assert not list(tmp_path.glob("*masked*"))


def test_a_film_without_a_certain_face_is_held(tmp_path: Path) -> None:
    film = mask_film(make_animal_film(tmp_path, n_frames=2), tmp_path, "masked")

    assert codes(film) == ["deface.video-doubtful"]
    assert "no face that was found for certain" in film.findings[0].reason


@pytest.mark.slow
def test_a_film_that_does_not_decode_to_its_end_is_held(tmp_path: Path) -> None:
    path, _ = make_face_film(tmp_path, (FilmFace(3),), n_frames=4)
    data = bytearray(path.read_bytes())
    third = data.index(b"00dc", data.index(b"00dc", data.index(b"00dc") + 4) + 4)
    data[third + 8 : third + 600] = bytes(592)
    path.write_bytes(data)
    (tmp_path / "b.mp4").write_bytes(bytes(99))

    broken, none = (mask_film(one, tmp_path, "masked") for one in (path, tmp_path / "b.mp4"))

    assert codes(broken) == codes(none) == ["deface.video-doubtful"]
    assert not list(tmp_path.glob("*masked*"))


@pytest.mark.slow
def test_a_face_that_the_first_look_missed_is_masked_in_a_further_round(
    tmp_path: Path, monkeypatch
) -> None:
    faces = (
        FilmFace(3, height=80, start=(80, 120)),
        FilmFace(5, height=80, start=(240, 120)),
    )
    path, truth = make_face_film(tmp_path, faces, n_frames=3)
    looks: list[FaceFinder] = []
    whole = FaceFinder.find

    def find(self, frame, number) -> list[Sighting]:
        if self not in looks:
            looks.append(self)
        found = whole(self, frame, number)
        return [one for one in found if one.box[0] < 160] if looks.index(self) == 0 else found

    monkeypatch.setattr(FaceFinder, "find", find)

    film = mask_film(path, tmp_path, "masked", rule="follow")

    assert (film.record["n_rounds"], film.record["n_faces"]) == (2, 2)
    assert unmasked(film.path, truth) == 0


def test_a_face_that_still_shows_after_masking_holds_the_film(tmp_path: Path, monkeypatch) -> None:
    path, _ = make_face_film(tmp_path, (FilmFace(3),), n_frames=2)
    # A mask that is written and hides nothing.
    monkeypatch.setattr(_video_mask, "_paint", lambda frame, boxes: None)

    film = mask_film(path, tmp_path, "masked")

    assert (film.path, codes(film)) == (None, ["deface.video-survived"])
    assert "1 of 1 face that a network still recognises" in film.findings[0].reason
    assert not list(tmp_path.glob("*masked*"))


@pytest.mark.slow
def test_a_written_video_is_replaced_and_says_what_was_done(tmp_path: Path) -> None:
    made, truth = make_face_film(tmp_path, (FilmFace(3),), n_frames=6)
    uneven = FrameTimes(1000, np.array([0, 100, 190, 300, 400, 500]), 100)
    source = write_frames(read_frames(made), tmp_path, "sub-01_video", uneven)
    made.unlink()

    path, header, film = mask_faces_in(source, HEADER, "auto")

    assert film.is_done
    assert [file.name for file in tmp_path.iterdir()] == ["sub-01_video.mov"] == [path.name]
    assert (header.exposes, header.shape) == ("", (6, 240, 320))
    assert "masked" in header.metadata["DeidentificationMethod"][0]
    assert read_times(path).starts.tolist() == uneven.starts.tolist()
    assert unmasked(path, truth) == 0
    (picture,) = film.pictures
    assert (picture.exposes, picture.arrays["pixels"].ndim) == ("face", 2)


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        (HEADER, "no"),
        (replace(HEADER, exposes=""), "auto"),
        (replace(HEADER, modality=Modality.OPHYS), "auto"),
    ],
)
def test_what_is_no_video_of_a_person_is_not_touched(tmp_path: Path, header, rule) -> None:
    source = make_mov(tmp_path / "a.mov")
    before = source.read_bytes()

    path, same, film = mask_faces_in(source, header, rule)

    assert (path, same, film) == (source, header, MaskedFilm())
    assert source.read_bytes() == before


@pytest.mark.parametrize("code", ["FSC703", "FSC707"])
def test_a_process_that_is_ended_leaves_nothing_and_a_full_disk_stops(
    tmp_path: Path, monkeypatch, code
) -> None:
    path = make_mov(tmp_path / "a.mov")

    def end(*args: object) -> None:
        (tmp_path / ".part-.masked-out [1].jpegs").write_bytes(b"half")
        (tmp_path / ".masked-out [1].avi").write_bytes(b"half")
        raise JobError(code, "Expected an answer, got none.", "Look.")

    monkeypatch.setattr(_video_mask, "_mask", end)

    if code == "FSC707":
        with pytest.raises(JobError, match="FSC707"):
            mask_film(path, tmp_path, "out [1]")
    else:
        assert codes(mask_film(path, tmp_path, "out [1]")) == ["deface.video-doubtful"]
    assert [file.name for file in tmp_path.iterdir()] == ["a.mov"]


def test_without_the_library_the_film_stays_and_the_remedy_is_told(
    tmp_path: Path, monkeypatch
) -> None:
    path = make_mov(tmp_path / "a.mov")

    def fail(*args: object) -> None:
        raise DependencyError("FSC804", "Expected dlib, got none.", "Install it.")

    monkeypatch.setattr(_video_mask, "_mask", fail)

    same, header, film = mask_faces_in(path, HEADER, "auto")

    assert (same, header.exposes, codes(film)) == (path, "face", ["deface.no-library"])


@pytest.mark.slow
def test_the_work_is_done_in_its_own_process(tmp_path: Path) -> None:
    path, truth = make_face_film(tmp_path, (FilmFace(3),), n_frames=2)

    film = mask_film(path, tmp_path, "masked")

    assert unmasked(film.path, truth) == 0
