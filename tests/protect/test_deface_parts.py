"""What stays of a scan, and what is put in the place of the rest."""

import numpy as np
import pytest

from fascicle.protect import Alignment, find_head, head_template, make_plain
from fascicle.protect._deface_parts import (
    SIZES,
    Keeper,
    brain_distance_mm,
    choose_size,
    find_depth,
    find_kept,
    iterate_slabs,
    measure_levels,
    paint_standard,
    place_standard,
)


def aligned(matrix):
    return Alignment(np.asarray(matrix, np.float64), 1.0, 5.0, 1.0, 1.0, 1.0, (1.0, 1.0, 1.0))


def kept_of(keeper, shape, affine):
    parts = [kept for _, kept in find_kept(keeper, shape, affine)]
    return np.concatenate(parts, axis=2)


def test_the_brain_and_four_millimetres_around_it_always_stay():
    template = head_template()
    no_depth = np.zeros((2, 2, 2), np.float32)
    keeper = Keeper(aligned(np.eye(4)), no_depth, np.eye(4))

    kept = kept_of(keeper, template.brain.shape, template.affine)

    assert np.array_equal(kept, brain_distance_mm() <= 4.0)


def test_skin_does_not_stay_even_near_the_brain():
    template = head_template()
    values = template.average.astype(np.float32)
    plain = make_plain(values, template.affine, voxel_mm=2.0)
    depth = find_depth(plain)
    keeper = Keeper(aligned(np.eye(4)), depth, plain.affine)

    kept = kept_of(keeper, template.brain.shape, template.affine)

    beyond = kept & (brain_distance_mm() > 4.0)
    assert beyond.any()
    assert depth[beyond].min() >= 5.9
    assert not (kept & (brain_distance_mm() > 16.0)).any()
    assert kept[(brain_distance_mm() < 15.9) & (depth > 6.1)].all()


@pytest.mark.parametrize("place_mm", [(23, 73, -31), (70, -34, -36), (-11, 57, -65)])
def test_a_brain_that_reaches_into_the_face_stays(place_mm):
    """Above the eyes, beside the ears and below, where simulated brains once lost their edge."""
    template = head_template()
    deep = np.full((2, 2, 2), 40.0, np.float32)
    keeper = Keeper(aligned(np.eye(4)), deep, np.eye(4))
    voxel = np.rint((np.array(place_mm) - template.affine[:3, 3]) / 2).astype(int)

    kept = kept_of(keeper, template.brain.shape, template.affine)

    assert 10.0 < brain_distance_mm()[tuple(voxel)] < 15.0
    assert kept[tuple(voxel)]


def test_the_edge_of_a_scan_is_no_skin():
    plain = make_plain(np.full((20, 22, 24), 5.0), np.diag([4.0, 4.0, 4.0, 1.0]), voxel_mm=4.0)
    values = np.zeros((20, 22, 24), np.float32)
    values[:, :11] = 100.0
    cut = make_plain(values, plain.affine, voxel_mm=4.0)

    depth = find_depth(cut)

    assert depth[0, 2, 5] > 20.0


def test_the_head_that_is_put_in_is_not_stretched_to_the_own():
    stretched = np.diag([1.15, 0.9, 1.05, 1.0])
    stretched[:3, 3] = [3.0, -20.0, 7.0]

    placed = place_standard(stretched, 1.12)

    scales = np.linalg.svd(placed[:3, :3], compute_uv=False)
    assert np.allclose(scales, 1.12)
    centre = np.array([0.0, -18.0, 10.0, 1.0])
    assert np.allclose(placed @ centre, stretched @ centre)


@pytest.mark.parametrize(
    ("scale", "size"), [(0.8, 1.1), (1.0, 1.1), (1.08, 1.1), (1.2, 1.25), (1.6, 1.4)]
)
def test_the_smallest_of_three_sizes_is_taken_that_holds_the_brain(scale, size):
    found = choose_size(aligned(np.diag([scale, scale, scale, 1.0])))

    assert found in SIZES
    assert found == size


def test_levels_are_told_in_coarse_steps():
    template = head_template()
    values = template.average.astype(np.float32)
    plain = make_plain(values, template.affine, voxel_mm=4.0)

    levels = measure_levels(plain, aligned(np.eye(4)))
    nearly = measure_levels(
        make_plain(values * 1.001, template.affine, voxel_mm=4.0), aligned(np.eye(4))
    )

    top = np.nanpercentile(plain.values, 99) - np.nanpercentile(plain.values, 1)
    floor = np.nanpercentile(plain.values, 1)
    steps = [(level - floor) / top * 24 for level in levels.values()]
    assert np.allclose(steps, np.round(steps), atol=1e-3)
    assert all(nearly[k] == pytest.approx(levels[k], rel=0.01, abs=0.1) for k in levels)


def test_the_painted_head_is_as_bright_as_its_tissues_and_its_air_as_dark():
    levels = {0: 3.0, 1: 100.0, 2: 200.0, 3: 20.0, 4: 60.0, 5: 20.0, 6: 20.0, 7: 50.0, 8: 3.0}

    painted = paint_standard(levels)

    template = head_template()
    assert np.median(painted[template.tissue == 0]) == pytest.approx(3.0, abs=0.1)
    assert np.median(painted[template.tissue == 2]) == pytest.approx(200.0, rel=0.25)
    assert find_head(painted)[template.brain].mean() > 0.99


def test_slabs_cover_every_voxel_once():
    slabs = list(iterate_slabs((1500, 1400, 7)))

    covered = [k for slab in slabs for k in range(slab.start, slab.stop)]
    assert covered == list(range(7))
    assert len(slabs) > 1
