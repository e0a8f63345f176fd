import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths._shapes import require_block, require_positive, require_spectrum


def test_what_fits_passes():
    require_block(np.zeros((3, 0)), 3)
    require_positive("rate", 0.1)
    require_spectrum(np.zeros((2, 7)), np.arange(7.0))


@pytest.mark.parametrize("shape", [(3,), (5, 3), (3, 5, 1)])
def test_a_block_of_another_shape_is_refused(shape):
    with pytest.raises(InputError, match=r"FSC120.*\(3, n_block\)"):
        require_block(np.zeros(shape), 3)


@pytest.mark.parametrize("value", [0, -1.5, float("nan")])
def test_what_is_not_above_zero_is_refused(value):
    with pytest.raises(InputError, match="FSC121"):
        require_positive("rate", value)


def test_a_spectrum_that_is_transposed_is_refused():
    with pytest.raises(InputError, match="FSC122"):
        require_spectrum(np.zeros((7, 2)), np.arange(7.0))
