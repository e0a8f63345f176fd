import numpy as np
import pytest
from scipy import stats

from fascicle.maths import robust_scale, robust_z


def test_the_robust_scale_is_scipys_scaled_median_absolute_deviation():
    values = np.random.default_rng(3).standard_t(3, size=(7, 1009))

    scale = robust_scale(values)

    expected = stats.median_abs_deviation(values, axis=1, scale="normal")
    np.testing.assert_allclose(scale, expected, rtol=1e-12)


def test_values_that_are_not_finite_are_left_out_of_the_scale():
    values = np.random.default_rng(4).normal(size=(2, 301))
    spoilt = np.hstack([values, [[np.nan, np.inf], [-np.inf, np.nan]]])

    np.testing.assert_array_equal(robust_scale(spoilt), robust_scale(values))
    assert np.isnan(robust_scale(np.full((1, 5), np.nan))[0])


def test_the_robust_z_does_not_depend_on_the_unit_or_the_order():
    values = np.random.default_rng(5).lognormal(size=53)
    order = np.random.default_rng(6).permutation(values.size)

    z = robust_z(values)

    np.testing.assert_allclose(robust_z(values * 1e-6), z, rtol=1e-9)
    np.testing.assert_allclose(robust_z(values[order]), z[order], rtol=1e-12)


def test_the_robust_z_of_gaussian_values_is_their_ordinary_z():
    values = np.random.default_rng(7).normal(3.0, 2.0, size=200_001)

    z = robust_z(values)

    assert z.std() == pytest.approx(1.0, abs=0.01)
    assert z.mean() == pytest.approx(0.0, abs=0.01)


def test_equal_values_deviate_by_nothing_and_missing_ones_stay_missing():
    z = robust_z(np.array([2.0, 2.0, np.nan, 2.0]))

    np.testing.assert_array_equal(z, [0.0, 0.0, np.nan, 0.0])
    assert np.isnan(robust_z(np.array([np.nan]))).all()
