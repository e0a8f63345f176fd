"""How unevenly a coil sees the head: a smooth factor over the image."""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._image_masks import three_classes

_N_ROUNDS: Final = 5
_N_POWERS: Final = 3
_MAX_VOXELS: Final = 60_000


def estimate_unevenness(
    volume: NDArray[np.floating], brain: NDArray[np.bool_]
) -> NDArray[np.float32]:
    r"""Estimate the smooth factor by which brightness varies over the brain.

    .. math:: \ln x_i = \ln m_{k(i)} + \sum_{a+b+c \le 3} w_{abc}\, u_i^a v_i^b w_i^c + e_i

    Classes :math:`k` of brightness and the polynomial are found in turns, as in the
    expectation-maximisation of Wells et al. [1]_.

    Parameters
    ----------
    volume : ndarray, shape (n_x, n_y, n_z)
        Magnitudes, T1-weighted.
    brain : ndarray of bool, shape (n_x, n_y, n_z)
        Where the brain is.

    Returns
    -------
    ndarray of float32, shape (n_x, n_y, n_z)
        Above 0, with a median of 1 within the brain; divide the image by it. All 1 where the brain
        does not have three classes.

    Notes
    -----
    A polynomial of third degree is smoother than the splines of N4, which MRIQC takes: its range
    is smaller. Outside the brain it is not valid, and clipped there.

    References
    ----------
    .. [1] W. M. Wells et al. (1996), doi:10.1109/42.511747

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> tissue = rng.choice([300.0, 600.0, 900.0], (24, 22, 20)) + rng.normal(0, 9, (24, 22, 20))
    >>> tilt = np.linspace(0.8, 1.2, 24)[:, None, None]
    >>> field = estimate_unevenness(tissue * tilt, np.ones(tissue.shape, bool))
    >>> float(np.abs(field / tilt - 1).max()) < 0.05
    True
    """
    inside = np.argwhere(brain & (volume > 0))
    if len(inside) < 1000:
        return np.ones(volume.shape, np.float32)
    step = max(1, len(inside) // _MAX_VOXELS)
    chosen = inside[::step]
    values = np.asarray(volume[tuple(chosen.T)], np.float64)
    centre, half = inside.mean(axis=0), np.maximum(np.ptp(inside, axis=0) / 2, 1)
    terms = _polynomial(((chosen - centre) / half).T)
    weights = np.zeros(len(terms))
    for _ in range(_N_ROUNDS):
        even = values / np.exp(weights @ terms)
        middles, limits = three_classes(even)
        if not np.isfinite(middles).all() or (middles <= 0).any():
            return np.ones(volume.shape, np.float32)
        rest = np.log(values) - np.log(middles[np.searchsorted(limits, even)])
        usual = np.abs(rest - np.median(rest)) < 3 * max(float(rest.std()), 1e-9)
        weights = np.linalg.lstsq(terms[:, usual].T, rest[usual], rcond=None)[0]
    return _draw(weights, volume.shape, centre, half, inside)


def _draw(
    weights: NDArray[np.float64],
    shape: tuple[int, ...],
    centre: NDArray[np.float64],
    half: NDArray[np.float64],
    inside: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return the factor at every voxel, slice by slice: the terms of all would fill the memory."""
    axes = [np.clip((np.arange(n) - c) / h, -1.2, 1.2)
            for n, c, h in zip(shape, centre, half, strict=True)]  # fmt: skip
    field = np.empty(shape, np.float32)
    for k, place in enumerate(axes[2]):
        u, v = np.meshgrid(axes[0], axes[1], indexing="ij")
        field[:, :, k] = np.exp(
            np.tensordot(weights, _polynomial((u, v, np.full_like(u, place))), 1)
        )
    middle = np.float32(np.median(field[tuple(inside.T)]))
    return field / middle


def _polynomial(
    places: tuple[NDArray[np.float64], ...] | NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return all products of powers up to the third degree but the constant."""
    u, v, w = places
    powers = range(_N_POWERS + 1)
    chosen = [p for p in product(powers, repeat=3) if 0 < sum(p) <= _N_POWERS]
    return np.stack([u**a * v**b * w**c for a, b, c in chosen])
