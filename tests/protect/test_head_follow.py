"""Scans of one session get one mask: one leads, the others are moved onto it."""

import json

import numpy as np
import pytest

from fascicle.protect import (
    COARSE_MM,
    Alignment,
    SessionHead,
    deface,
    follow_head,
    head_template,
    make_plain,
)
from fascicle.protect._deface_parts import brain_distance_mm, sample_slab
from fascicle.testing import make_head

pytest.importorskip("SimpleITK")

SHOWS = {"PET": "brain", "CT": "bone"}


@pytest.fixture(scope="module")
def leader():
    """Return a T1-weighted scan that lost its face, and where the average head lies in it."""
    values, affine, _, _ = make_head(71, voxel=4.0)
    done = deface(values, affine)
    return SessionHead(make_plain(done.values, affine, voxel_mm=COARSE_MM), done.alignment)


def farthest_mm(alignment, affine, brain):
    """Return how far a scan's brain reaches out of the template's."""
    there = np.linalg.inv(alignment.matrix @ head_template().affine) @ affine
    away = sample_slab(brain_distance_mm(), there, brain.shape, slice(0, brain.shape[2]))
    return float(away[brain].max())


@pytest.mark.parametrize(
    ("contrast", "orientation", "voxel"),
    [
        ("T2w", "PSR", (3.0, 4.0, 3.5)),
        pytest.param("FLAIR", "LPI", (2.0, 2.0, 5.0), marks=pytest.mark.slow),
        pytest.param("PET", "SLA", 4.0, marks=pytest.mark.slow),
        pytest.param("CT", "RPI", (4.0, 3.0, 3.0), marks=pytest.mark.slow),
    ],
)
def test_another_contrast_in_another_orientation_finds_the_head_by_the_first(
    leader, contrast, orientation, voxel
):
    values, affine, brain, _ = make_head(
        71, session=1, contrast=contrast, orientation=orientation, voxel=voxel
    )
    shows = SHOWS.get(contrast, "head")
    plain = make_plain(values, affine, voxel_mm=COARSE_MM, is_ct=shows == "bone")

    found, doubts = follow_head(leader, plain, shows=shows)

    assert doubts == []
    assert farthest_mm(found, affine, brain) < 10.0
    # Moved and turned, not stretched: the same head has the same size in every scan.
    assert np.allclose(found.scales, leader.alignment.scales, atol=1e-6)


@pytest.mark.parametrize("what", ["noise", "ball"])
def test_what_is_no_head_does_not_follow(leader, what):
    rng = np.random.default_rng(5)
    values = rng.normal(100, 10, (61, 63, 67))
    if what == "ball":
        grid = np.indices(values.shape) - np.array([30, 31, 33]).reshape(3, 1, 1, 1)
        values += 500.0 * (np.sqrt((grid**2).sum(0)) < 24)
    plain = make_plain(values, np.diag([3.0, 3.0, 3.0, 1.0]), voxel_mm=COARSE_MM)

    _, doubts = follow_head(leader, plain)

    assert doubts


def test_an_alignment_is_kept_as_numbers_and_comes_back_the_same(leader):
    kept = json.loads(json.dumps(leader.alignment.as_dict()))

    again = Alignment.from_dict(kept)

    assert np.array_equal(again.matrix, leader.alignment.matrix)
    assert again.as_dict() == leader.alignment.as_dict()
