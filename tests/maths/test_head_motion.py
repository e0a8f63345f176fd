"""Displacement from volume to volume."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fascicle.errors import InputError
from fascicle.maths import framewise_displacement, read_motion, rigid_matrix


def draw_motion(n: int = 17) -> np.ndarray:
    rng = np.random.default_rng(7)
    return np.cumsum(rng.normal(0, [0.2, 0.1, 0.3, 0.004, 0.002, 0.001], (n, 6)), axis=0)


def test_displacement_is_power_s_sum_of_steps() -> None:
    motion = draw_motion()

    found = framewise_displacement(motion)

    assert np.isnan(found[0])
    for t in range(1, len(motion)):
        step = np.abs(motion[t] - motion[t - 1])
        assert found[t] == pytest.approx(step[:3].sum() + 50 * step[3:].sum())


def test_a_head_that_lies_still_is_not_displaced_wherever_it_lies() -> None:
    still = np.tile(draw_motion()[-1], (9, 1))

    assert (framewise_displacement(still)[1:] == 0).all()


def test_a_pure_turn_is_an_arc_of_the_sphere() -> None:
    motion = np.zeros((2, 6))
    motion[1, 4] = np.radians(1)

    assert framewise_displacement(motion)[1] == pytest.approx(2 * np.pi * 50 / 360)
    assert framewise_displacement(motion, radius_mm=80)[1] == pytest.approx(2 * np.pi * 80 / 360)


@pytest.mark.parametrize("shape", [(9, 7), (6,), (6, 9)])
def test_other_than_six_numbers_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError) as caught:
        framewise_displacement(np.zeros(shape))

    assert caught.value.code == "FSC138"


def test_no_volume_has_no_displacement() -> None:
    assert framewise_displacement(np.zeros((0, 6))).size == 0


def test_a_rigid_matrix_turns_as_scipy_does_about_its_centre() -> None:
    motion, centre = np.array([1.0, -2.0, 0.5, 0.1, -0.2, 0.3]), np.array([10.0, 20.0, -30.0])
    point = np.array([4.0, 5.0, 6.0])

    found = rigid_matrix(motion, centre) @ [*point, 1.0]

    turned = Rotation.from_euler("xyz", motion[3:]).apply(point - centre)
    np.testing.assert_allclose(found[:3], turned + centre + motion[:3])


def test_movement_is_read_back_from_its_matrix() -> None:
    centre = np.array([3.0, -40.0, 11.0])

    for motion in draw_motion(31):
        np.testing.assert_allclose(read_motion(rigid_matrix(motion, centre), centre), motion)
