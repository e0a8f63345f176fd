"""Digitised heads leave without their faces; what the rest tells is measured by an attack."""

import mne
import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from fascicle.core import HeadShape
from fascicle.maths import proportion_interval
from fascicle.protect import find_cap_points, find_head_frame, release_head_shape
from fascicle.testing import make_head_shape, make_surface

CORNERS = np.array([[0.003, 0.101, 0.01], [-0.074, 0.002, -0.004], [0.077, -0.003, 0.006]])
NOSE, CHIN, BROW, EAR, NAPE, EYE = (
    (0.0, 0.12, -0.03), (0.0, 0.09, -0.11), (0.02, 0.1, 0.03), (0.09, -0.02, 0.01),
    (0.0, -0.09, -0.05), (0.03, 0.09, -0.005),
)  # fmt: skip
CROWN, BACK, SIDE, TOP = (0.0, 0.0, 0.13), (0.0, -0.1, 0.04), (0.07, -0.02, 0.08), (0, 0.05, 0.12)
N_HEADS = 20


def shape_of(points, corners=((0, 0.1, 0), (-0.075, 0, 0), (0.075, 0, 0))) -> HeadShape:
    return HeadShape(*map(tuple, corners), tuple(map(tuple, points)))


def test_the_head_frame_is_that_of_mne():
    expected = mne.transforms.get_ras_to_neuromag_trans(*CORNERS)

    np.testing.assert_allclose(find_head_frame(*CORNERS), expected, atol=1e-12)


@pytest.mark.parametrize(
    "corners",
    [
        CORNERS * 1000,  # millimetres
        CORNERS * 0.1,
        np.repeat(CORNERS[:1], 3, axis=0),
        np.array([[0, 0.0, 0], [-0.08, 0, 0], [0.08, 0, 0]]),
        CORNERS * np.nan,
    ],
)
def test_fiducials_that_are_no_heads_make_no_frame_and_nothing_leaves(corners):
    with np.errstate(invalid="ignore"):
        released, findings = release_head_shape(shape_of([CROWN, NOSE], corners), "cap")

    assert find_head_frame(*corners) is None
    assert released is None
    assert "2 digitised points" in findings[0].reason
    assert "fiducials" in findings[0].fix


@pytest.mark.parametrize("lost", ["nasion_m", "left_m", "right_m"])
def test_without_a_fiducial_nothing_leaves(lost):
    from dataclasses import replace

    released, findings = release_head_shape(replace(shape_of([CROWN]), **{lost: None}), "cap")

    assert released is None
    assert [finding.code for finding in findings] == ["head-shape.left-behind"]


def test_the_face_goes_and_the_cap_stays():
    face, cap = [NOSE, CHIN, BROW, EAR, NAPE, EYE], [CROWN, BACK, SIDE, TOP]

    released, findings = release_head_shape(shape_of([*face, *cap]), "cap")

    assert released.points_m == tuple(cap)
    assert released.nasion_m == (0, 0.1, 0)
    assert [finding.code for finding in findings] == ["head-shape.leaves", "head-shape.left-behind"]
    assert "6 digitised points" in findings[1].reason


def test_by_default_no_point_leaves():
    released, findings = release_head_shape(shape_of([CROWN, NOSE]))

    assert released is None
    assert [finding.code for finding in findings] == ["head-shape.left-behind"]


def test_without_points_there_is_nothing_to_tell():
    assert release_head_shape(None, "cap") == (None, ())
    assert release_head_shape(shape_of([]), "cap") == (None, ())


def test_the_rule_does_not_depend_on_the_frame_in_which_a_head_was_digitised():
    rng = np.random.default_rng(7)
    points = rng.normal(0, 0.08, (997, 3))
    expected = find_cap_points(points)
    turn = Rotation.from_euler("xyz", [40, -70, 130], degrees=True).as_matrix()
    corners = np.array([[0, 0.1, 0], [-0.075, 0, 0], [0.075, 0, 0]])

    released, _ = release_head_shape(
        shape_of(points @ turn.T + [0.3, -0.1, 0.7], corners @ turn.T + [0.3, -0.1, 0.7]), "cap"
    )

    found = (np.array(released.points_m) - [0.3, -0.1, 0.7]) @ turn
    np.testing.assert_allclose(found, points[expected], atol=1e-12)


def test_what_is_no_place_on_a_head_does_not_stay():
    points = np.array([[np.nan, 0, 0.1], [np.inf, 0, 0.1], [0, 0, 4.0], [0, 0, 0.1]])

    assert find_cap_points(points).tolist() == [False, False, False, True]


def match(points, surface) -> float:
    """Return how far points lie from a surface at best: iterative closest points, robustly."""
    tree, moved = cKDTree(surface), points
    for _ in range(25):
        apart, nearest = tree.query(moved)
        near = apart <= np.percentile(apart, 90)
        one, other = moved[near], surface[nearest[near]]
        turn, _ = Rotation.align_vectors(other - other.mean(0), one - one.mean(0))
        moved = turn.apply(moved - one.mean(0)) + other.mean(0)
    return float(np.minimum(tree.query(moved)[0], 0.008).mean())


@pytest.fixture(scope="module")
def heads():
    """Twenty people: their surfaces in one scan, and what was digitised on another day."""
    surfaces = [make_surface(seed, voxel=5.0)[0] for seed in range(N_HEADS)]
    return surfaces, [make_head_shape(seed, voxel=5.0) for seed in range(N_HEADS)]


def count_named(shapes, surfaces) -> int:
    hits = 0
    for own, shape in enumerate(shapes):
        points = np.array(shape.points_m)
        far = [match(points, surface) for surface in surfaces]
        hits += int(np.argmin(far) == own)
    return hits


@pytest.mark.slow
def test_who_has_the_face_names_people_by_all_points_and_nobody_by_the_cap(heads):
    surfaces, shapes = heads
    is_seen = [(s[:, 1] > 0) & (s[:, 2] < 0.06) for s in surfaces]  # with most of the forehead
    faces = [surface[seen] for surface, seen in zip(surfaces, is_seen, strict=True)]
    of_faces = [shape_of([p for p in s.points_m if p[1] > 0 and p[2] < 0.04]) for s in shapes]
    caps = [release_head_shape(shape, "cap")[0] for shape in shapes]

    before, after = count_named(of_faces, faces), count_named(caps, faces)

    assert before >= 13
    low, _ = proportion_interval(after, N_HEADS)
    assert low <= 1 / N_HEADS


@pytest.mark.slow
def test_who_has_the_whole_head_names_people_by_the_cap_which_is_why_it_stays_behind(heads):
    surfaces, shapes = heads
    caps = [release_head_shape(shape, "cap")[0] for shape in shapes]
    left = [release_head_shape(shape)[0] for shape in shapes]

    assert count_named(shapes, surfaces) >= 15
    assert count_named(caps, surfaces) >= 15
    assert left == [None] * N_HEADS
