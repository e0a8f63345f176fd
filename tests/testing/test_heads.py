"""Simulated heads: as different as people are, and the same from scan to scan."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from fascicle.testing import make_head, template_source


def aligned(seed, session):
    """Return the skin of a head, moved to the same middle."""
    values, *_ = make_head(seed, session=session, voxel=4.0)
    skin = ndimage.binary_fill_holes(values > 0.25 * np.percentile(values, 95))
    middle = ndimage.center_of_mass(skin[..., 10:])
    wanted = np.array(skin[..., 10:].shape) / 2
    return ndimage.shift(skin[..., 10:].astype(float), wanted - middle, order=1) > 0.5


def overlap(one, two):
    return 2 * (one & two).sum() / (one.sum() + two.sum())


def test_the_same_seed_and_session_give_the_same_scan():
    first, again = (make_head(5, voxel=5.0)[0] for _ in range(2))

    assert np.array_equal(first, again)


def test_two_scans_of_a_person_are_more_alike_than_scans_of_two_people():
    one, same, other = aligned(1, 0), aligned(1, 1), aligned(2, 0)

    assert overlap(one, same) > overlap(one, other) + 0.02


@pytest.mark.parametrize("contrast", ["T1w", "T2w", "FLAIR", "PDw", "bold", "PET", "CT"])
def test_every_contrast_shows_the_same_brain(contrast):
    values, _, brain, face = make_head(4, contrast=contrast, voxel=4.0)
    _, _, expected, _ = make_head(4, voxel=4.0)

    assert np.isfinite(values).all()
    assert np.array_equal(brain, expected)
    assert not (brain & face).any()
    assert values[brain].mean() > values[:3].mean()


@pytest.mark.parametrize("orientation", ["LPI", "PSR", "AIL", "SLA"])
def test_another_orientation_is_the_same_scan_in_the_same_space(orientation):
    straight, affine, brain, _ = make_head(7, voxel=(5.0, 4.0, 6.0))

    turned, other, turned_brain, _ = make_head(7, voxel=(5.0, 4.0, 6.0), orientation=orientation)

    place = np.array([20, 17, 25])
    there = np.linalg.inv(other) @ affine @ [*place, 1]
    assert turned[tuple(there[:3].round().astype(int))] == straight[tuple(place)]
    assert turned_brain.sum() == brain.sum()


def test_a_child_is_smaller():
    _, _, adult, _ = make_head(9, voxel=4.0)
    _, _, child, _ = make_head(9, voxel=4.0, source=replace(template_source(), scale=0.88))

    assert child.sum() / adult.sum() == pytest.approx(0.88**3, rel=0.05)
