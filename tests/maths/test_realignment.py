"""Rigid realignment finds the movement that was put in."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates, spline_filter

from fascicle.errors import InputError
from fascicle.maths import Realigner, framewise_displacement, rigid_matrix

AFFINE = np.array([[-3.0, 0, 0, 60], [0, 3.1, 0.2, -50], [0, -0.2, 3.4, -30], [0, 0, 0, 1]])


def make_brain(shape: tuple[int, int, int] = (41, 43, 33)) -> np.ndarray:
    rng = np.random.default_rng(7)
    places = [np.linspace(-1.35, 1.35, n) for n in shape]
    x, y, z = np.meshgrid(*places, indexing="ij")
    inside = gaussian_filter((x**2 + y**2 + (1.1 * z) ** 2 < 1).astype(float), 1)
    return inside * (900 + 2500 * gaussian_filter(rng.normal(0, 1, shape), 1.7))


def move(volume: np.ndarray, motion: np.ndarray, centre_mm: np.ndarray) -> np.ndarray:
    """Return the volume after its content was moved."""
    back = np.linalg.inv(AFFINE) @ np.linalg.inv(rigid_matrix(motion, centre_mm)) @ AFFINE
    grid = np.indices(volume.shape).reshape(3, -1)
    places = back[:3, :3] @ grid + back[:3, 3:]
    spline = spline_filter(volume, 5)
    moved = map_coordinates(spline, places, order=5, prefilter=False, mode="nearest")
    return moved.reshape(volume.shape)


def follow_all(gain: float = 1.0, noise: float = 9.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    volume = make_brain()
    realigner = Realigner(volume, volume > 300, AFFINE)
    truth = np.cumsum(rng.normal(0, [0.1] * 3 + [0.002] * 3, (9, 6)), axis=0)
    truth[0], truth[5:, 2], truth[7:, 3] = 0, truth[5:, 2] + 2.5, truth[7:, 3] + 0.04
    found = [
        realigner.follow(
            gain * move(volume, motion, realigner.centre_mm) + rng.normal(0, noise, volume.shape)
        )
        for motion in truth
    ]
    return np.array(found), truth


@pytest.mark.parametrize("gain", [1.0, 0.8])
def test_movement_is_found_to_hundredths_of_a_millimetre(gain: float) -> None:
    found, truth = follow_all(gain)

    assert np.abs(found - truth)[:, :3].max() < 0.03
    assert np.degrees(np.abs(found - truth)[:, 3:]).max() < 0.03
    error_mm = framewise_displacement(found) - framewise_displacement(truth)
    assert np.abs(error_mm[1:]).max() < 0.05


def test_the_same_volume_has_not_moved() -> None:
    volume = make_brain()

    found = Realigner(volume, volume > 300, AFFINE).follow(volume)

    assert np.abs(found).max() < 1e-4


def test_a_lost_volume_does_not_lead_away() -> None:
    volume = make_brain()
    realigner = Realigner(volume, volume > 300, AFFINE)

    realigner.follow(np.zeros(volume.shape))
    realigner.follow(np.full(volume.shape, np.nan))
    after = realigner.follow(volume)

    assert np.abs(after).max() < 1e-3


def test_too_small_a_mask_is_refused() -> None:
    volume = make_brain()

    with pytest.raises(InputError) as caught:
        Realigner(volume, np.indices(volume.shape).sum(axis=0) < 3, AFFINE)

    assert caught.value.code == "FSC138"


def test_a_flaring_slice_hardly_moves_the_head() -> None:
    volume = make_brain()
    realigner = Realigner(volume, volume > 300, AFFINE)
    flaring = volume.copy()
    flaring[:, :, 20] *= 1.3

    found = realigner.follow(flaring)

    assert np.abs(found[:3]).max() < 0.1
