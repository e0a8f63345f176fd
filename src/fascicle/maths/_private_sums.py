"""Sums over people to which one person adds no more than a stated amount, with exact noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._private_noise import RandomBits, discrete_gaussian, require_sigma

STEPS_PER_BOUND = 2**20
"""The grid: a contribution of the whole bound is so many steps long."""


@dataclass(frozen=True, slots=True)
class PrivateSum:
    """A sum with its noise.

    Attributes
    ----------
    values : ndarray of float64, shape (n_values,)
        In the unit of the contributions.
    noise_sd : float
        Standard deviation of the noise in each of them, in the same unit.
    """

    values: NDArray[np.float64]
    noise_sd: float


def clip_to_grid(contributions: NDArray[np.float64], bound: float) -> NDArray[np.int64]:
    r"""Shorten each person's contribution to a bound, and put it on a grid of whole numbers.

    .. math:: \lfloor 2^{20} \, x_i \min(1, C / \lVert x_i \rVert_2) / C \rfloor

    rounded towards zero, so that no row is longer than :math:`2^{20}` steps: whole numbers, which
    add up without rounding in any order.

    Parameters
    ----------
    contributions : ndarray of float64, shape (n_people, n_values)
        One row for each person; a row with a number that is not finite counts as blank.
    bound : float
        :math:`C`, the longest that a row may be in L2, in its own unit.

    Returns
    -------
    ndarray of int64, shape (n_people, n_values)
        In steps of ``bound / 2**20``.

    Raises
    ------
    InputError
        FSC178 if the contributions are no table, or the bound is not above zero and finite.

    Examples
    --------
    >>> clip_to_grid(np.array([[3.0, 4.0], [0.5, 0.0], [np.nan, 1.0]]), 1.0) / 2**20
    array([[0.59999943, 0.79999924],
           [0.5       , 0.        ],
           [0.        , 0.        ]])
    """
    if contributions.ndim != 2 or not (math.isfinite(bound) and bound >= 1e-300):
        raise InputError(
            "FSC178",
            "Expected a row of numbers for each person and a bound above zero, got "
            f"{contributions.ndim} axes and a bound of {bound:g}.",
            "Give one vector for each person, and the longest that one may be.",
        )
    blank = ~np.isfinite(contributions).all(axis=1, keepdims=True)
    scaled = np.where(blank, 0.0, contributions)
    # First by its largest number: squares of what is large or small would leave the range.
    largest = np.abs(scaled).max(axis=1, keepdims=True, initial=0.0)
    shape = scaled / np.where(largest > 0, largest, 1.0)
    norms = np.sqrt((shape * shape).sum(axis=1, keepdims=True))  # (n_people, 1), times `largest`
    length = np.minimum(largest / bound * norms, 1.0)
    steps = np.trunc(shape / np.where(norms > 0, norms, 1.0) * length * STEPS_PER_BOUND).astype(
        np.int64
    )
    return _shorten(np.asarray(steps))


def _shorten(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Take a step off every number of a row that rounding of floats left a hair too long.

    The sum of squares is checked in whole numbers: what is proven does not rest on floats.
    """
    too_long = (steps * steps).sum(axis=1) > STEPS_PER_BOUND**2
    steps[too_long] -= np.sign(steps[too_long])
    return steps


def grid_sigma(multiplier: float) -> int:
    """Return the standard deviation of noise in steps of the grid, in whole ones.

    Parameters
    ----------
    multiplier : float
        The same divided by the bound, without unit.

    Returns
    -------
    int
        Rounded up: never less noise than was paid for.

    Raises
    ------
    InputError
        FSC170 if so much noise cannot be drawn.

    Examples
    --------
    >>> grid_sigma(1.0), grid_sigma(1e-9)
    (1048576, 1)
    """
    return require_sigma(math.ceil(multiplier * STEPS_PER_BOUND))


def add_privately(
    contributions: NDArray[np.float64], bound: float, multiplier: float, bits: RandomBits
) -> PrivateSum:
    r"""Sum over people, with discrete Gaussian noise on a fixed grid.

    One person, blanked or not, changes the sum by at most the bound in L2. The noise has standard
    deviation :math:`z C`, so that the privacy loss is :math:`\rho = 1 / 2z^2`.

    Parameters
    ----------
    contributions : ndarray of float64, shape (n_people, n_values)
        One row for each person, blank where a person has nothing to say.
    bound : float
        :math:`C`, public or privately chosen.
    multiplier : float
        :math:`z`, without unit.
    bits : RandomBits
        Where chance comes from.

    Returns
    -------
    PrivateSum
        The sum and the standard deviation of its noise.

    Raises
    ------
    InputError
        FSC170 if the noise is out of range; FSC178 if contributions or bound are not usable.

    Examples
    --------
    >>> bits = RandomBits(np.random.default_rng(3).bytes)
    >>> found = add_privately(np.ones((1000, 1)), 1.0, 5.0, bits)
    >>> bool(abs(found.values[0] - 1000) < 25), found.noise_sd
    (True, 5.0)
    """
    steps = clip_to_grid(contributions, bound)
    sigma = grid_sigma(multiplier)
    noise = discrete_gaussian(steps.shape[1], sigma, bits)
    step = bound / STEPS_PER_BOUND
    return PrivateSum((steps.sum(axis=0) + noise) * step, sigma * step)
