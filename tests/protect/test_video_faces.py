"""Sightings become boxes that cover a face in every frame, or a doubt says why they cannot."""

import numpy as np
import pytest

from fascicle.protect import FilmShape, Sighting, is_still, plan_faces
from fascicle.protect._video_faces import grow, link_sightings, overlap

FILM = FilmShape(101, 240, 320, 25.0, is_still=True)
MOVING = FilmShape(101, 240, 320, 25.0, is_still=False)


def see(frames, place, by="hog", size=40.0, score=1.0):
    """Return sightings of a face whose middle is at `place`, a point or a function of the frame."""
    found = []
    for frame in frames:
        x, y = place(frame) if callable(place) else place
        box = (x - size / 2, y - size / 2, x + size / 2, y + size / 2)
        found.append(Sighting(frame, box, by, score))
    return found


def covers(plan, frame, place, size=40.0) -> bool:
    """Tell whether a box covers a face of that size at a place."""
    x, y = place
    face = np.array([x - size / 2, y - size / 2, x + size / 2, y + size / 2])
    return any(
        (box[:2] <= face[:2]).all() and (box[2:] >= face[2:]).all() for box in plan.boxes_at(frame)
    )


def walk(frame: int) -> tuple[float, float]:
    """Cross the picture from beyond its left edge to beyond its right one."""
    return -20.0 + 3.6 * frame, 120.0


def test_frames_between_sightings_are_masked_where_the_face_went() -> None:
    seen = see([*range(0, 30, 3), *range(40, 101, 4)], walk)

    plan = plan_faces(seen, MOVING)

    assert (plan.rule, plan.doubts, len(plan.tracks)) == ("follow", (), 1)
    assert all(covers(plan, frame, walk(frame)) for frame in range(12, 89))


def test_a_face_is_masked_half_a_second_before_and_after_it_is_seen() -> None:
    seen = see(range(20, 80), (160, 120), by="frontal")  # a cascade alone: no doubt comes of it

    plan = plan_faces([*seen, *see(range(101), (40, 50))], MOVING)

    assert covers(plan, 20 - 12, (160, 120))
    assert covers(plan, 79 + 12, (160, 120))
    assert not covers(plan, 20 - 16, (160, 120))


def test_people_who_keep_to_their_places_get_regions_in_every_frame() -> None:
    seen = see(range(30, 90), (100, 100)) + see(range(10, 60, 7), (230, 90), size=30)

    plan = plan_faces(seen, FILM)

    assert (plan.rule, plan.doubts, plan.n_masked) == ("region", (), 101)
    assert {len(plan.boxes_at(frame)) for frame in range(101)} == {2}
    assert covers(plan, 0, (100, 100))
    assert covers(plan, 100, (230, 90), size=30)


@pytest.mark.parametrize("film", [MOVING, FILM])
def test_somebody_who_walks_is_followed_also_by_a_still_camera(film) -> None:
    assert plan_faces(see(range(101), walk), film).rule == "follow"


def test_a_camera_that_moves_has_no_region_unless_one_is_asked_for() -> None:
    seen = see(range(101), (100, 100))

    assert plan_faces(seen, MOVING).rule == "follow"
    assert plan_faces(seen, MOVING, rule="region").rule == "region"
    assert plan_faces(seen, FILM, rule="follow").rule == "follow"


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        (range(30, 101), "appear (1) or are lost (0)"),
        (range(60), "appear (0) or are lost (1)"),
        ([*range(20), *range(75, 101)], "appear (1) or are lost (1)"),
    ],
)
def test_a_face_that_comes_or_goes_in_the_middle_of_the_picture_is_a_doubt(frames, says) -> None:
    plan = plan_faces(see(frames, (160, 120)), MOVING)

    assert len(plan.doubts) == 1
    assert says in plan.doubts[0]


def test_a_face_that_comes_and_goes_at_an_edge_is_none() -> None:
    plan = plan_faces(see(range(8, 90), walk), MOVING)

    assert plan.doubts == ()


def test_without_a_certain_face_nothing_is_concluded() -> None:
    nothing = plan_faces([], FILM)
    cascade = plan_faces(see(range(101), (100, 100), by="frontal"), FILM)
    both = see(range(101), (100, 100), by="frontal") + see(range(9), (100, 100), by="profile")

    assert nothing.doubts == cascade.doubts == ("no face that was found for certain",)
    assert covers(cascade, 50, (100, 100))
    assert plan_faces(both, FILM).doubts == ()


def test_a_face_that_is_seen_for_a_moment_only_is_a_doubt_unless_a_person_chose() -> None:
    seen = see(range(10), (100, 100))

    assert "10% of the frames" in plan_faces(seen, FILM).doubts[0]
    assert plan_faces(seen, FILM, rule="region").doubts == ()


def test_several_detectors_at_one_place_are_one_face_as_large_as_all_of_them() -> None:
    seen = see(range(101), (100, 100), size=40) + see(range(101), (106, 98), by="frontal", size=52)

    (track,) = link_sightings(seen, FILM)

    np.testing.assert_allclose(track.boxes[0], [80, 72, 132, 124])


def test_the_order_of_sightings_does_not_matter() -> None:
    seen = see(range(0, 101, 2), walk) + see(range(101), (60, 200), by="profile", size=30)
    other = list(np.random.default_rng(3).permutation(np.arange(len(seen))))

    one, two = plan_faces(seen, MOVING), plan_faces([seen[i] for i in other], MOVING)

    np.testing.assert_array_equal(one.covers, two.covers)
    assert one.doubts == two.doubts


def test_people_who_cross_keep_their_own_tracks() -> None:
    seen = see(range(101), lambda i: (40 + 2.4 * i, 100), size=40)
    seen += see(range(101), lambda i: (280 - 2.4 * i, 190), size=40)

    tracks = link_sightings(seen, MOVING)

    assert [len(track.frames) for track in tracks] == [101, 101]


def test_boxes_lie_within_the_picture_and_in_whole_pixels() -> None:
    plan = plan_faces(see(range(101), (3.3, 237.7)), MOVING)

    assert plan.covers[:, 1:].min() >= 0
    assert (plan.covers[:, [1, 3]] <= 320).all()
    assert (plan.covers[:, [2, 4]] <= 240).all()


def test_a_head_is_larger_than_its_face_and_an_unsure_one_larger_still() -> None:
    face = np.array([[100.0, 100, 140, 140]])

    sure, unsure = grow(face)[0], grow(face, 1.25)[0]

    assert (unsure[2] - unsure[0]) / (sure[2] - sure[0]) == pytest.approx(1.25)
    assert (unsure[3] - unsure[1]) / (sure[3] - sure[1]) == pytest.approx(1.25)
    assert (unsure[:2] < sure[:2]).all()
    assert (unsure[2:] > sure[2:]).all()


def test_overlap_is_that_of_areas() -> None:
    one = np.array([0.0, 0, 10, 20])

    assert overlap(one, one) == pytest.approx(1)
    assert overlap(one, one + 5) == pytest.approx(75 / 325)
    assert overlap(one, one + 30) == 0


def test_a_person_who_moves_before_a_still_camera_leaves_it_still() -> None:
    rng = np.random.default_rng(3)
    wall = rng.integers(0, 255, (60, 80), dtype=np.uint8)
    stills = np.stack([wall] * 20)
    for i in range(20):
        stills[i, 10:50, 20 + i : 45 + i] = rng.integers(0, 255, (40, 25))
    panned = np.stack([np.roll(wall, i, axis=1) for i in range(20)])

    assert is_still(stills)
    assert not is_still(panned)
