"""Films of people: a face leaves under grey, a film in doubt waits, an animal's is not touched."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from fascicle import share
from fascicle.formats import read_frames
from fascicle.testing import FilmFace, Planted, make_animal_film, make_avi, make_face_film
from fascicle.workflows import ShareOptions

pytest.importorskip("cv2")
pytest.importorskip("dlib")
pytestmark = [pytest.mark.journey, pytest.mark.slow]

ANSWERS = {"consent": "GRU", "participants": "confirmed", "name": "Films", "publish": False,
           "task": "reaching", "n_jobs": 1}  # fmt: skip


def write_films(folder) -> tuple:
    """Write a film with a face, one without, and a file of sound; return the first with truth."""
    made, truth = make_face_film(folder / "made", (FilmFace(3, turn=3.0),), n_frames=4)
    for code, film in (("P01", made), ("P02", make_animal_film(folder / "empty", n_frames=3))):
        place = folder / "raw" / code / f"{code}_reaching.avi"
        place.parent.mkdir(parents=True)
        shutil.copy(film, place)
    (folder / "raw" / "P01" / "P01_interview.wav").write_bytes(b"RIFF$\0\0\0WAVEfmt " + bytes(32))
    return folder / "raw" / "P01" / "P01_reaching.avi", truth


def frames_of(path) -> np.ndarray:
    return np.stack(list(read_frames(path))).astype(int)


def test_a_face_leaves_under_grey_and_a_film_in_doubt_waits(tmp_path, home) -> None:
    source, truth = write_films(tmp_path)
    raw, out = tmp_path / "raw", tmp_path / "out"

    result = share(raw, out, ShareOptions(**ANSWERS, species="human"))
    again = share(raw, out, ShareOptions(**ANSWERS, species="human"))

    (path,) = out.rglob("*_video.*[!n]")
    assert np.abs(frames_of(path) - 127)[truth].max() <= 3
    assert len(frames_of(path)) == len(frames_of(source))
    about = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert "masked" in about["DeidentificationMethod"][0]
    codes = {finding.code for finding in result.findings}
    assert {"deface.video-doubtful", "exposed.held"} <= codes
    assert len(list((tmp_path / "out.private" / "held").rglob("*_video.avi"))) == 1
    assert not [file for file in out.rglob("*") if file.suffix in {".wav", ".mp3"}]
    assert "recognised 0 of 1 people" in result.owner_report.read_text("utf-8")
    assert (result.n_recordings, result.exit_code) == (1, 1)
    assert (again.n_new, again.n_recordings) == (0, 1)


def test_with_no_every_film_of_people_waits_as_it_was(tmp_path, home) -> None:
    write_films(tmp_path)

    result = share(
        tmp_path / "raw",
        tmp_path / "out",
        ShareOptions(**ANSWERS, species="human", mask_faces="no"),
    )

    held = list((tmp_path / "out.private" / "held").rglob("*_video.avi"))
    assert (result.n_recordings, len(held)) == (0, 2)


def test_the_film_of_an_animal_is_not_touched_and_its_sound_stays(tmp_path, home) -> None:
    planted = Planted()
    source = make_avi(tmp_path / "raw" / "m01" / "m01_reaching.avi", planted=planted)

    result = share(tmp_path / "raw", tmp_path / "out", ShareOptions(**ANSWERS, species="mouse"))

    (path,) = (tmp_path / "out").rglob("*_video.avi")
    np.testing.assert_array_equal(frames_of(path), frames_of(source))
    assert b"sound of a voice" not in path.read_bytes()
    assert result.n_recordings == 1
