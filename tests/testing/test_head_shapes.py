"""Simulated digitising: the same person, in the frame of the head, with errors of a pen."""

import numpy as np

from fascicle.protect import find_head_frame
from fascicle.testing import make_head_shape, make_surface


def test_a_digitised_head_lies_on_the_surface_of_its_scan_in_its_own_frame():
    surface, corners = make_surface(4, session=1, voxel=8.0)
    shape = make_head_shape(4, voxel=8.0, n_points=37)
    near = [np.linalg.norm(surface - point, axis=1).min() for point in shape.points_m]

    frame = find_head_frame(*map(np.array, (shape.nasion_m, shape.left_m, shape.right_m)))

    assert (len(shape.points_m), shape.nasion_m) == (37, corners.nasion_m)
    assert np.mean(near) < 0.004
    np.testing.assert_allclose(frame, np.eye(4), atol=1e-9)
    assert 0.06 < shape.nasion_m[1] < 0.14
    assert make_head_shape(4, voxel=8.0, n_points=37) == shape
