"""Attackers name heads that have faces: otherwise their silence would mean nothing."""

import numpy as np
import pytest

from fascicle.protect import align_head, make_plain, scan_face
from fascicle.protect._face_attacks import (
    compare_looks,
    compare_shapes,
    describe_faces,
    draw_chip,
)
from fascicle.testing import make_head


@pytest.fixture(scope="module")
def scanned_twice():
    """Return four people's surfaces from two sessions, other voxels and orientations."""
    pytest.importorskip("SimpleITK")
    ways = ({"voxel": 4.0}, {"voxel": 3.5, "orientation": "PIL"})
    surfaces = []
    for session, how in enumerate(ways):
        for seed in range(40, 44):
            values, affine, *_ = make_head(seed, session=session, **how)
            found = align_head(make_plain(values, affine, voxel_mm=4.0))
            surfaces.append(scan_face(values, affine, found))
    return np.stack(surfaces[:4]), np.stack(surfaces[4:])


@pytest.mark.slow
def test_people_are_named_across_sessions_by_both_attackers(scanned_twice):
    pytest.importorskip("dlib")
    known, probes = (describe_faces(surfaces) for surfaces in scanned_twice)

    by_shape = compare_shapes(probes.shape, known.shape).argmin(1)
    by_looks = compare_looks(probes.looks, known.looks).argmin(1)

    assert by_shape.tolist() == [0, 1, 2, 3]
    assert (by_looks == np.arange(4)).sum() >= 3


def test_shapes_are_compared_at_the_best_shift_and_depth():
    heads = np.random.default_rng(3).normal(0, 4, (7, 3, 40, 42)).astype(np.float32)
    probe = np.roll(heads[4:5], (1, -1), axis=(2, 3)) + 9.0

    unlike = compare_shapes(probe, heads)

    assert unlike.shape == (1, 7)
    assert unlike[0].argmin() == 4
    assert unlike[0, 4] < 0.5 * np.delete(unlike[0], 4).min()


def test_no_point_counts_for_more_than_six_millimetres():
    known = np.zeros((1, 3, 4, 5), np.float32)
    probe = known.copy()
    probe[0, :, 0, 0] = 500.0

    assert compare_shapes(probe, known)[0, 0] == pytest.approx(6.0 / 20)


def test_what_is_usual_in_a_set_is_taken_away_before_looks_are_compared():
    heads = np.random.default_rng(5).normal(size=(9, 128)).astype(np.float32)
    probes = heads + 20.0

    assert compare_looks(probes, heads).argmin(1).tolist() == list(range(9))
    usual = np.full(128, 20.0, np.float32) + heads.mean(0)
    assert compare_looks(probes[2:3], heads, usual=usual).argmin() == 2


def test_a_drawing_has_the_size_that_the_network_takes():
    chip = draw_chip(np.random.default_rng(1).normal(50, 5, (80, 84)).astype(np.float32))

    assert chip.shape == (150, 150, 3)
    assert chip.dtype == np.uint8
    assert chip.any()
