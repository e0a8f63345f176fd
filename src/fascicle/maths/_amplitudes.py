"""How large values are, and how far one stands from the others, unmoved by outliers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MAD_TO_SD = 1.482602218505602
"""1 / Phi^-1(3/4): makes the median absolute deviation of Gaussian values their SD."""


def robust_scale(values: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Spread of each row, from its median absolute deviation.

    .. math:: s_c = 1.4826 \; \mathrm{median}_t |x_{ct} - \mathrm{median}_t x_{ct}|

    which for Gaussian values is their standard deviation [1]_.

    Parameters
    ----------
    values : ndarray of float64, shape (n_channels, n_values)
        In any unit; values that are not finite are left out.

    Returns
    -------
    ndarray of float64, shape (n_channels,)
        In the unit of `values`; NaN for a row without a finite value.

    Notes
    -----
    It is 0 where more than half of a row has one and the same value.

    References
    ----------
    .. [1] P. J. Rousseeuw & C. Croux (1993), doi:10.1080/01621459.1993.10476408

    Examples
    --------
    >>> robust_scale(np.array([[-1.0, 0.0, 1.0, 900.0, 0.0]])).round(3)
    array([1.483])
    """
    scale = np.full(values.shape[0], np.nan)
    for row, channel in enumerate(values):
        finite = channel[np.isfinite(channel)]
        if finite.size:
            scale[row] = _MAD_TO_SD * np.median(np.abs(finite - np.median(finite)))
    return scale


def robust_z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""How many robust standard deviations each value stands from the median of all.

    .. math:: z_c = (v_c - \mathrm{median}\, v) / s

    with :math:`s` the spread of `robust_scale`; the deviation criterion of PREP [1]_.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
        In any unit; values that are not finite are left out of median and spread.

    Returns
    -------
    ndarray of float64, shape (n_values,)
        Without unit; 0 everywhere if the values have no spread, NaN where a value is not finite.

    Notes
    -----
    When values agree to within a percent, a harmless one gets a large z: ask for a minimal ratio
    too.

    References
    ----------
    .. [1] N. Bigdely-Shamlo et al. (2015), doi:10.3389/fninf.2015.00016

    Examples
    --------
    >>> robust_z(np.array([1.0, 2.0, 3.0, 4.0, 40.0])).round(2)
    array([-1.35, -0.67,  0.  ,  0.67, 24.96])
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.full(values.shape, np.nan)
    spread = float(robust_scale(finite[None])[0])
    centred = values - np.median(finite)
    return centred / spread if spread > 0 else np.where(np.isfinite(values), 0.0, np.nan)
