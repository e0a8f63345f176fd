"""Depth maps of heads, against bodies of which the depth is known."""

import numpy as np
import pytest

from fascicle.protect import Alignment, PlainScan
from fascicle.protect._face_surface import SURFACE_MM, find_surface, rigid_part, shade


def aligned(matrix=None):
    matrix = np.eye(4) if matrix is None else matrix
    return Alignment(matrix, 1.0, 5.0, 1.0, 1.0, 1.0, (1.0, 1.0, 1.0))


def ball(radius_mm, centre_mm=(0.0, 0.0, 0.0)):
    """Return a scan of a ball in voxels of 2 mm: its edge is known to half of one."""
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -149.0
    where = np.indices((150, 150, 150)) * 2.0 - 149.0
    away = np.sqrt(sum((w - c) ** 2 for w, c in zip(where, centre_mm, strict=True)))
    return PlainScan(np.zeros((1, 1, 1), np.float32), affine, away < radius_mm)


def rotation(angle):
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return turn


def middle_of(view):
    """Return the depth at the ray through the origin: 84 mm from the left, 44 from the top."""
    row, column = int(44 / SURFACE_MM), view.shape[1] // 2
    return view[row - 1 : row + 1, column - 1 : column + 1].mean()


def test_a_ball_stands_out_by_its_radius_from_the_front_and_both_sides():
    radius = 41.0

    front, left, right = find_surface(ball(radius), aligned())

    assert middle_of(front) == pytest.approx(radius, abs=1.1)
    row = int(44 / SURFACE_MM)
    origin = int(46 / SURFACE_MM)  # 46 mm lie behind the origin in the views from the sides
    assert left[row, origin] == pytest.approx(radius, abs=1.1)
    assert right[row, origin] == pytest.approx(radius, abs=1.1)


def test_left_and_right_are_told_apart():
    _, left, right = find_surface(ball(30.0, centre_mm=(-20.0, 0.0, 0.0)), aligned())

    assert left.max() == pytest.approx(50.0, abs=1.1)
    assert right.max() == pytest.approx(10.0, abs=1.1)


def test_upper_rows_are_upper_parts_and_what_is_missing_lies_farthest_back():
    front, *_ = find_surface(ball(20.0, centre_mm=(0.0, 0.0, -80.0)), aligned())

    rows = np.nonzero((front > -46.0).any(1))[0]
    assert rows.min() > front.shape[0] / 2
    assert front[0].max() == -46.0


def test_a_turned_head_is_turned_back_and_a_large_one_stays_large():
    turned = rotation(0.3)
    nose = turned[:3, :3] @ np.array([0.0, 60.0, 0.0])
    scan = ball(15.0, centre_mm=tuple(nose))
    grown = turned @ np.diag([1.3, 0.9, 1.1, 1.0])

    front, *_ = find_surface(scan, aligned(grown))

    assert middle_of(front) == pytest.approx(75.0, abs=1.1)


@pytest.mark.parametrize("angle", [0.0, 0.4, -1.1])
def test_the_rigid_part_is_a_rotation(angle):
    matrix = rotation(angle) @ np.diag([1.2, 0.8, 1.1, 1.0])
    matrix[:3, 3] = (3.0, -4.0, 5.0)

    rigid = rigid_part(matrix)

    assert np.allclose(rigid[:3, :3] @ rigid[:3, :3].T, np.eye(3))
    assert np.linalg.det(rigid[:3, :3]) == pytest.approx(1.0)
    assert rigid[:3, 3].tolist() == [3.0, -4.0, 5.0]
    assert np.allclose(rigid[:3, :3], rotation(angle)[:3, :3])


def test_a_surface_that_faces_the_light_is_brighter_and_nothing_is_dark():
    slope = np.linspace(0.0, 40.0, 20, dtype=np.float32)
    facing_up = np.repeat(slope[:, None], 30, axis=1)

    up, down = shade(facing_up), shade(facing_up[::-1])
    nothing = shade(np.full((6, 7), -46.0, np.float32))

    assert up.mean() > down.mean()
    assert not nothing.any()
