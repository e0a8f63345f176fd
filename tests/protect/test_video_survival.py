"""The attacker recognises a face that shows, and neither grey nor what lies around it."""

import numpy as np
import pytest

from fascicle.formats import read_frames
from fascicle.protect import (
    FilmShape,
    Recogniser,
    Sighting,
    choose_portraits,
    find_survivors,
    plan_faces,
    sum_masked,
)
from fascicle.testing import FilmFace, make_face_film

pytest.importorskip("dlib")
pytest.importorskip("cv2")

FILM = FilmShape(31, 240, 320, 10.0, is_still=True)
BOX = (120.0, 80.0, 180.0, 140.0)


def test_of_each_third_of_a_face_the_surest_sighting_is_taken() -> None:
    seen = [Sighting(i, BOX, "hog", 1.0 + (i in {4, 15, 28})) for i in range(31)]
    seen += [Sighting(i, (10.0, 10.0, 40.0, 40.0), "frontal") for i in range(31)]

    portraits = choose_portraits(plan_faces(seen, FILM), seen)

    assert [one.frame for one in portraits] == [4, 15, 28]
    assert {one.box for one in portraits} == {BOX}


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Return three frames of a head that turns, with where its face is."""
    path, truth = make_face_film(
        tmp_path_factory.mktemp("film"), (FilmFace(3, turn=5.0),), n_frames=3
    )
    return list(read_frames(path)), truth


@pytest.mark.parametrize(
    ("share", "is_hit"), [(0.0, True), (0.3, True), (1.0, False)], ids=["bare", "chin", "all"]
)
def test_what_shows_of_a_face_is_recognised_and_a_masked_one_is_not(frames, share, is_hit) -> None:
    pictures, truth = frames
    rows, columns = np.nonzero(truth.any(axis=0))
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    seen = [Sighting(i, (left + 8, top + 15, right - 8, bottom), "hog", 1.0) for i in range(3)]
    portraits = choose_portraits(plan_faces(seen, FilmShape(3, 240, 320, 10.0)), seen)
    attacker = Recogniser()
    for number, picture in enumerate(pictures):
        attacker.see_original(picture, [one for one in portraits if one.frame == number])
        masked = picture.copy()
        first = round(bottom - share * (bottom - top) * (1.4 if share == 1 else 1))
        masked[max(first, 0) : bottom + 20, left - 25 : right + 25] = 127
        attacker.see_masked(masked, number)

    (likeness,) = attacker.compare()

    assert (likeness.is_hit, likeness.is_known) == (is_hit, True)


def test_what_is_found_beside_and_on_masks_is_told_apart() -> None:
    seen = [Sighting(i, BOX, "hog", 1.0) for i in range(31)]
    plan = plan_faces(seen, FILM)
    missed = Sighting(3, (200.0, 170.0, 250.0, 220.0), "frontal")
    same = Sighting(5, (125.0, 82.0, 182.0, 141.0), "profile")
    corner = Sighting(7, (112.0, 60.0, 140.0, 80.0), "profile")

    beside, fired = find_survivors([missed, same, corner], plan)

    assert (beside, fired) == ([missed], [same])


def test_people_are_counted_once_and_fewer_than_a_hundred_establish_nothing() -> None:
    hit, safe = {"is_hit": True, "is_known": True}, {"is_hit": False, "is_known": False}
    rate = sum_masked({"a": [hit, hit, safe], "b": [safe], "c": []})
    many = sum_masked({str(i): [safe] for i in range(100)})

    assert (rate.n_people, rate.n_hits, rate.n_known) == (2, 1, 1)
    assert not rate.is_established
    assert many.is_established
    assert many.high == pytest.approx(1 - 0.025 ** (1 / 100))
    assert sum_masked({"a": []}) is None
