"""Simulated heads in DICOM are the heads that `make_head` makes, in the same place."""

import numpy as np
import pytest

from fascicle.formats import read_stack
from fascicle.testing import make_dicom_head, make_head


@pytest.mark.parametrize("orientation", ["LPS", "PIR"])
def test_a_head_in_dicom_is_the_head_that_was_made(tmp_path, orientation):
    made = make_dicom_head(tmp_path, 5, voxel=8.0, orientation=orientation)
    values, affine, brain, _ = make_head(5, voxel=8.0, orientation=orientation)

    stack = read_stack(made.paths)

    np.testing.assert_allclose(stack.affine, affine, atol=1e-6)
    np.testing.assert_array_equal(next(stack.volumes()), values.round())
    np.testing.assert_array_equal(made.brain, brain)
