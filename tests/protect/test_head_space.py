"""Scans on a plain grid."""

import numpy as np
import pytest
from scipy import ndimage

from fascicle.protect import find_head, make_plain
from fascicle.testing import make_head


def middle_mm(plain, mask):
    return plain.affine[:3, :3] @ ndimage.center_of_mass(mask) + plain.affine[:3, 3]


@pytest.mark.parametrize("orientation", ["RAS", "LPI", "PSR", "SLA"])
def test_the_same_head_lies_at_the_same_place_however_its_axes_run(orientation):
    straight = make_plain(*make_head(3, voxel=(3.0, 2.0, 4.0))[:2], voxel_mm=4.0)

    values, affine, *_ = make_head(3, voxel=(3.0, 2.0, 4.0), orientation=orientation)
    turned = make_plain(values, affine, voxel_mm=4.0)

    assert turned.values.ndim == 3
    moved = middle_mm(turned, turned.head) - middle_mm(straight, straight.head)
    assert np.abs(moved).max() < 1.5


def test_an_oblique_scan_is_stood_upright():
    box = np.zeros((30, 41, 37))
    box[10:20, 11:31, 9:29] = 100.0
    turn = np.deg2rad(20)
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:2, :2] = 2.0 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    plain = make_plain(box, affine, voxel_mm=2.0)

    wanted = affine[:3, :3] @ [14.5, 20.5, 18.5]
    assert np.allclose(middle_mm(plain, plain.head), wanted, atol=1.0)
    assert plain.head.sum() == pytest.approx(10 * 20 * 20, rel=0.1)
    assert np.isnan(plain.values[0, 0]).all()


def test_the_head_is_one_filled_piece_without_the_noise_around_it():
    values, affine, brain, _ = make_head(2, voxel=4.0)

    plain = make_plain(values, affine, voxel_mm=4.0)

    _, n_pieces = ndimage.label(plain.head)
    assert n_pieces == 1
    assert plain.head.shape == brain.shape
    assert plain.head[brain].mean() > 0.999
    assert plain.head[:2].mean() < 0.01


def test_hounsfield_units_part_tissue_from_air():
    values, affine, brain, _ = make_head(2, voxel=4.0, contrast="CT")

    plain = make_plain(values, affine, voxel_mm=4.0, is_ct=True)

    assert plain.head[brain].mean() > 0.999
    assert plain.values.max() <= 250.0


def test_an_empty_scan_has_no_head():
    assert not find_head(np.zeros((7, 9, 11), np.float32)).any()


def test_values_that_are_no_numbers_do_not_spread():
    values = np.full((20, 22, 24), 100.0)
    values[3, 3, 3] = np.nan
    values[5, 5, 5] = np.inf

    plain = make_plain(values, np.diag([2.0, 2.0, 2.0, 1.0]), voxel_mm=4.0)

    assert np.isfinite(plain.values).all()
