"""What is no head, or cannot be told to be one, is in doubt and stays where it is."""

import numpy as np
import pytest

from fascicle.protect import deface
from fascicle.testing import make_head

pytest.importorskip("SimpleITK")

TWO_MM = np.diag([2.0, 2.0, 2.0, 1.0])


def distance(shape):
    grid = np.indices(shape).astype(np.float64)
    middle = np.array(shape).reshape(3, 1, 1, 1) / 2
    return np.sqrt(((grid - middle) ** 2).sum(0))


def make_ball():
    rng = np.random.default_rng(1)
    return 100.0 * (distance((91, 101, 87)) < 38) + rng.normal(5, 5, (91, 101, 87))


def make_bottle():
    rng = np.random.default_rng(2)
    x, _, z = np.indices((91, 101, 87)) - 45.0
    return 100.0 * (x**2 + z**2 < 38**2) + rng.normal(5, 5, (91, 101, 87))


def make_noise():
    return np.random.default_rng(3).normal(100, 10, (71, 83, 67))


@pytest.mark.parametrize(
    "make", [make_noise, make_ball, pytest.param(make_bottle, marks=pytest.mark.slow)]
)
def test_phantoms_and_noise_are_in_doubt(make):
    done = deface(make(), TWO_MM)

    assert done.values is None
    assert [finding.code for finding in done.findings] == ["deface.doubtful"]


@pytest.mark.parametrize(
    ("values", "affine"),
    [
        (np.zeros((60, 61, 62)), TWO_MM),
        (np.full((60, 61, 62), np.nan), TWO_MM),
        (np.ones((60, 61, 62, 2)), TWO_MM),
        (np.ones((60, 61, 62), np.complex64), TWO_MM),
        (np.random.default_rng(5).normal(size=(7, 5, 3)), TWO_MM),
        (np.random.default_rng(5).normal(size=(60, 61, 62)), np.full((4, 4), np.nan)),
        (np.random.default_rng(5).normal(size=(60, 61, 62)), np.zeros((4, 4))),
        (np.random.default_rng(5).normal(size=(60, 61, 62)), np.ones((4, 4))),
        (np.random.default_rng(5).normal(size=(60, 61, 62)), 40 * TWO_MM),
    ],
    ids=["empty", "nan", "4D", "complex", "tiny", "nan affine", "no affine", "flat", "giant"],
)
def test_malformed_volumes_are_in_doubt_before_anything_is_aligned(values, affine):
    done = deface(values, affine)

    assert done.values is None
    assert done.alignment is None
    assert [finding.code for finding in done.findings] == ["deface.doubtful"]


def test_an_animals_head_is_in_doubt():
    values, affine, *_ = make_head(4, voxel=2.0)
    small = affine.copy()
    small[:3, :3] *= 0.2

    done = deface(values, small)

    assert done.values is None


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["turned", "squeezed", "upside down"])
def test_a_wrong_affine_is_in_doubt(wrong):
    values, affine, *_ = make_head(3)
    change = {
        "turned": np.array([[1, 0, 0, 0], [0, 0, -1, 120], [0, 1, 0, 0], [0, 0, 0, 1.0]]),
        "squeezed": np.diag([1.0, 1.0, 0.4, 1.0]),
        "upside down": np.diag([1.0, 1.0, -1.0, 1.0]),
    }[wrong]

    done = deface(values, affine @ change)

    assert done.values is None


def test_a_scan_of_the_neck_is_in_doubt():
    values, affine, *_ = make_head(5)

    done = deface(values[:, :, :48], affine)

    assert done.values is None
