"""Alignment of scans with the average head."""

import numpy as np
import pytest
from scipy import ndimage

from fascicle.protect import align_head, head_template, make_plain, measure_alignment
from fascicle.protect._head_align import mutual_information
from fascicle.testing import make_head

pytest.importorskip("SimpleITK")


def farthest_mm(matrix, affine, brain):
    """Return how far a scan's brain reaches out of the template's (99.9th percentile)."""
    template = head_template()
    away = 2.0 * ndimage.distance_transform_edt(~template.brain)
    there = np.linalg.inv(matrix @ template.affine) @ affine
    sampled = ndimage.affine_transform(
        away, there[:3, :3], there[:3, 3], output_shape=brain.shape, order=1, mode="nearest"
    )
    return float(np.percentile(sampled[brain], 99.9))


@pytest.mark.parametrize(
    ("contrast", "shows", "orientation"),
    [
        ("T1w", "head", "RAS"),
        pytest.param("T2w", "head", "LPI", marks=pytest.mark.slow),
        pytest.param("FLAIR", "head", "PSR", marks=pytest.mark.slow),
        ("PET", "brain", "SLA"),
        pytest.param("CT", "bone", "RPI", marks=pytest.mark.slow),
    ],
)
def test_the_brain_is_found_in_every_contrast_and_orientation(contrast, shows, orientation):
    voxel = (3.0, 4.0, 3.5)
    values, affine, brain, _ = make_head(
        21, contrast=contrast, orientation=orientation, voxel=voxel
    )

    plain = make_plain(values, affine, voxel_mm=4.0, is_ct=shows == "bone")
    found = align_head(plain, shows=shows)

    assert farthest_mm(found.matrix, affine, brain) < 8.0
    assert found.brain_inside > 0.99
    assert found.brain_seen == 1.0


@pytest.mark.slow
def test_the_same_scan_gives_the_same_alignment_to_the_last_bit():
    values, affine, *_ = make_head(4, voxel=4.0)
    plain = make_plain(values, affine, voxel_mm=4.0)

    first, again = align_head(plain), align_head(plain)

    assert np.array_equal(first.matrix, again.matrix)


def test_a_displaced_head_measures_worse():
    values, affine, *_ = make_head(6, voxel=3.0)
    plain = make_plain(values, affine, voxel_mm=4.0)
    found = align_head(plain)
    moved = found.matrix.copy()
    moved[:3, 3] += [0.0, 25.0, 0.0]

    worse = measure_alignment(moved, plain)

    assert worse.information < 0.7 * found.information
    assert worse.contrast < 0.7 * found.contrast
    assert worse.overlap < found.overlap


def test_mutual_information_of_independent_values_is_nearly_nothing():
    rng = np.random.default_rng(7)

    found = mutual_information(rng.normal(size=90001), rng.normal(size=90001))

    assert 0 <= found < 0.02


def test_mutual_information_does_not_depend_on_unit_or_sign():
    rng = np.random.default_rng(8)
    one = rng.normal(size=5003)
    two = one + 0.3 * rng.normal(size=5003)

    assert mutual_information(one, two) == pytest.approx(mutual_information(-40 * one + 3, two))
