"""Painted faces are found: from the front and the side, small and dark; animals are not."""

import sys
from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import DependencyError
from fascicle.formats import read_frames
from fascicle.protect import FaceFinder, Sighting
from fascicle.testing import FilmFace, make_animal_film, make_face_film

pytest.importorskip("cv2")
pytest.importorskip("dlib")


def find_all(path: Path, rate_hz: float = 10.0) -> list[Sighting]:
    finder = FaceFinder(rate_hz)
    return [one for i, frame in enumerate(read_frames(path)) for one in finder.find(frame, i)]


def middle_of(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean(), rows.mean()])


@pytest.mark.parametrize(
    ("face", "brightness", "detectors"),
    [
        (FilmFace(3), 1.0, {"frontal", "hog", "network"}),
        (FilmFace(4, yaw=60), 1.0, {"profile"}),
        (FilmFace(4, yaw=-60), 1.0, {"profile"}),
        (FilmFace(5, height=60), 1.0, {"frontal"}),
        (FilmFace(6), 0.15, {"frontal"}),
    ],
    ids=["front", "left", "right", "small", "dark"],
)
def test_a_face_is_found_where_it_is(tmp_path: Path, face, brightness, detectors) -> None:
    path, truth = make_face_film(tmp_path, (face,), n_frames=3, brightness=brightness)

    found = find_all(path)

    assert {one.by for one in found} >= detectors
    for one in found:
        left, top, right, bottom = one.box
        apart = np.array([left + right, top + bottom]) / 2 - middle_of(truth[one.frame])
        assert np.hypot(*apart) < 0.3 * face.height


def test_two_faces_are_two_and_one_at_the_edge_is_one_of_them(tmp_path: Path) -> None:
    faces = (FilmFace(7, start=(80, 120)), FilmFace(8, start=(255, 120)))
    path, _ = make_face_film(tmp_path, faces, n_frames=1)

    found = find_all(path)

    assert {one.box[0] > 160 for one in found if one.by == "hog"} == {True, False}


def test_animals_on_a_floor_are_no_faces(tmp_path: Path) -> None:
    path = make_animal_film(tmp_path, n_frames=5)

    assert find_all(path) == []


def test_the_slow_network_looks_every_two_seconds_and_where_a_cascade_is_alone(
    tmp_path: Path, monkeypatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(FaceFinder, "_ask_network", lambda self, frame, n: asked.append(n) or [])
    empty = make_animal_film(tmp_path / "a", n_frames=7)
    turned, _ = make_face_film(tmp_path / "b", (FilmFace(4, yaw=60),), n_frames=7)

    find_all(empty, rate_hz=2.0)
    n_idle = len(asked)
    find_all(turned, rate_hz=2.0)

    assert asked[:n_idle] == [0, 4]
    # The cascade of profiles looks at every second frame, and what it alone sees is doubted.
    assert asked[n_idle:] == [0, 2, 6] or asked[n_idle:] == [0, 2, 4, 6]


def test_without_the_library_the_remedy_is_told(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)

    with pytest.raises(DependencyError, match=r"FSC804.*pip install"):
        FaceFinder(25.0)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(DependencyError, match=r"FSC801.*pip install"):
        FaceFinder(25.0)
