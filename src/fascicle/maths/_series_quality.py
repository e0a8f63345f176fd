"""How steady a functional series is: DVARS, outliers, ghosts, correlation, as MRIQC defines them.

Rows are voxels within the brain, columns volumes: ``(n_voxels, n_volumes)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

_IQR_TO_SD = 1.349
_OUTLIER_RISK = 1e-3
_SCALE = 1000.0


@dataclass(frozen=True, slots=True)
class Dvars:
    """Change of the whole brain from each volume to the next, in three units.

    Attributes
    ----------
    plain : ndarray of float64, shape (n_volumes,)
        Root mean square of the change; the median voxel is 1000, so that 10 is one percent.
    standard : ndarray of float64, shape (n_volumes,)
        The spread of the change over what noise with the voxels' spread and autocorrelation
        would have: 1 where nothing happens.
    voxel_standard : ndarray of float64, shape (n_volumes,)
        The same with each voxel over its own.
    """

    plain: NDArray[np.float64]
    standard: NDArray[np.float64]
    voxel_standard: NDArray[np.float64]


def measure_dvars(values: NDArray[np.floating]) -> Dvars:
    r"""Measure DVARS, plain [1]_ and standardised [2]_.

    .. math:: \mathrm{DVARS}_t = \sqrt{\tfrac{1}{N} \sum_i (x_{i,t} - x_{i,t-1})^2}, \qquad
        \mathrm{DVARS}^s_t = \frac{\mathrm{SD}_i(x_{i,t} - x_{i,t-1})}
        {\tfrac{1}{N} \sum_i \sigma_i \sqrt{2 (1 - \rho_i)}}

    with :math:`\sigma_i` the interquartile range over time by 1.349 and :math:`\rho_i` the
    autocorrelation at one volume.

    Parameters
    ----------
    values : ndarray, shape (n_voxels, n_volumes)
        Magnitudes within the brain; voxels that never change are left out.

    Returns
    -------
    Dvars
        NaN for the first volume, and everywhere if no voxel changes.

    Raises
    ------
    InputError
        FSC138 for fewer than two volumes.

    References
    ----------
    .. [1] J. D. Power et al. (2012), doi:10.1016/j.neuroimage.2011.10.018
    .. [2] T. E. Nichols (2013), Notes on creating a standardized version of DVARS; S. Afyouni &
       T. E. Nichols (2018), doi:10.1016/j.neuroimage.2017.12.098

    Examples
    --------
    >>> noise = np.random.default_rng(7).normal(500, 5, (501, 101))
    >>> float(measure_dvars(noise).standard[1:].mean().round(1))
    1.0
    """
    _require_series(values)
    moving = _moving_rows(values)
    n = values.shape[1]
    none = np.full(n, np.nan)
    if not len(moving):
        return Dvars(none, none.copy(), none.copy())
    middle = float(np.median(moving.mean(axis=1)))
    low, high = np.percentile(moving, [25, 75], axis=1)
    spread = (high - low) / _IQR_TO_SD
    expected = np.sqrt(np.maximum(2 * (1 - _autocorrelation(moving)), 0)) * spread
    steps = np.diff(moving, axis=1)  # (n_voxels, n_volumes - 1)
    plain = np.sqrt(np.square(steps).mean(axis=0)) * (_SCALE / middle if middle else np.nan)
    usual = expected > 0
    scale = float(expected[usual].mean()) if usual.any() else np.nan
    own = (steps[usual] / expected[usual, None]).std(axis=0) if usual.any() else none[1:]
    first = np.full(1, np.nan)
    return Dvars(
        np.concatenate([first, plain]),
        np.concatenate([first, steps.std(axis=0) / scale]),
        np.concatenate([first, own]),
    )


def outlier_shares(values: NDArray[np.floating]) -> NDArray[np.float64]:
    r"""Share of the voxels of each volume that lie far from their own median over time.

    .. math:: |x_{i,t} - m_i| > \sqrt{\pi / 2}\; \Phi^{-1}(1 - 0.001 / n)\; \mathrm{MAD}_i

    for :math:`n` volumes, the rule of AFNI's ``3dToutcount``; its mean is MRIQC's ``aor`` [1]_.

    Parameters
    ----------
    values : ndarray, shape (n_voxels, n_volumes)
        Magnitudes within the brain; voxels that never change are left out.

    Returns
    -------
    ndarray of float64, shape (n_volumes,)
        Between 0 and 1; 0 if no voxel changes.

    Raises
    ------
    InputError
        FSC138 for fewer than two volumes.

    References
    ----------
    .. [1] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> noise = np.random.default_rng(7).normal(500, 5, (51, 41))
    >>> noise[:, 17] += 60
    >>> np.flatnonzero(outlier_shares(noise) > 0.5).tolist()
    [17]
    """
    from scipy.special import ndtri

    _require_series(values)
    moving = _moving_rows(values)
    if not len(moving):
        return np.zeros(values.shape[1])
    away = np.abs(moving - np.median(moving, axis=1, keepdims=True))
    limit = np.sqrt(np.pi / 2) * float(ndtri(1 - _OUTLIER_RISK / values.shape[1]))
    typical = np.median(away, axis=1, keepdims=True)
    return np.asarray(((away > limit * typical) & (typical > 0)).mean(axis=0))


def median_distances(values: NDArray[np.floating]) -> NDArray[np.float64]:
    r"""Return how unlike each volume is to the median one.

    .. math:: 1 - \rho_\mathrm{Spearman}(x_{\cdot,t},\; \mathrm{median}_t\, x_{\cdot,t})

    as AFNI's ``3dTqual`` does; its mean is MRIQC's ``aqi`` [1]_.

    Parameters
    ----------
    values : ndarray, shape (n_voxels, n_volumes)
        Magnitudes within the brain.

    Returns
    -------
    ndarray of float64, shape (n_volumes,)
        0 for the same order of voxels, 1 for none; NaN for a volume of one value.

    Raises
    ------
    InputError
        FSC138 for fewer than two volumes.

    References
    ----------
    .. [1] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> median_distances(np.array([[1.0, 1, 9], [2, 2, 5], [3, 3, 1]])).round(6).tolist()
    [0.0, 0.0, 2.0]
    """
    from scipy.stats import rankdata

    _require_series(values)
    ranks = rankdata(values, axis=0)
    centred = ranks - ranks.mean(axis=0)
    middle = rankdata(np.median(values, axis=1))
    middle = middle - middle.mean()
    norms = np.sqrt(np.square(centred).sum(axis=0) * np.square(middle).sum())
    likeness = np.divide(
        middle @ centred, norms, out=np.full(values.shape[1], np.nan), where=norms > 0
    )
    return np.asarray(1 - likeness)


def global_correlation(values: NDArray[np.floating]) -> float:
    r"""Mean correlation of all pairs of voxels (GCOR).

    .. math:: \mathrm{GCOR} = \tfrac{1}{T}\, g^\top g, \quad
        g = \tfrac{1}{N} \textstyle\sum_i z_i

    with :math:`z_i` the voxel's values over time, standardised [1]_.

    Parameters
    ----------
    values : ndarray, shape (n_voxels, n_volumes)
        Magnitudes within the brain; voxels that never change are left out.

    Returns
    -------
    float
        Between 0 and 1: with itself, each voxel counts too; NaN if no voxel changes.

    Raises
    ------
    InputError
        FSC138 for fewer than two volumes.

    References
    ----------
    .. [1] Z. S. Saad et al. (2013), doi:10.1089/brain.2013.0156

    Examples
    --------
    >>> wave = np.sin(np.arange(40.0))
    >>> round(global_correlation(np.array([wave, 3 * wave + 100])), 9)
    1.0
    """
    _require_series(values)
    moving = _moving_rows(values)
    if not len(moving):
        return np.nan
    centred = moving - moving.mean(axis=1, keepdims=True)
    mean = (centred / centred.std(axis=1, keepdims=True)).mean(axis=0)
    return float(mean @ mean / mean.size)


def ghost_to_signal(volume: NDArray[np.floating], brain: NDArray[np.bool_], axis: int) -> float:
    r"""Ghost of the brain, half the field of view away, over its own signal (GSR).

    .. math:: \mathrm{GSR} = (\mu_G - \mu_{NG}) / \mathrm{median}_S

    where :math:`G` is the brain's mask shifted by half of the image along the phase-encoding
    axis, without the brain, and :math:`NG` the rest of the air [1]_.

    Parameters
    ----------
    volume : ndarray, shape (n_x, n_y, n_z)
        The mean of a series.
    brain : ndarray of bool, shape (n_x, n_y, n_z)
        Where the brain is.
    axis : int
        The stored axis of phase encoding: 0, 1 or 2.

    Returns
    -------
    float
        0 without ghosts; NaN where the brain leaves no air beside it.

    Notes
    -----
    Wrapped parts of the head and fat count as ghosts. Air that was set to zero hides them.

    References
    ----------
    .. [1] M. Giannelli et al. (2010), doi:10.1120/jacmp.v11i4.3237

    Examples
    --------
    >>> brain = np.zeros((8, 3, 3), bool)
    >>> brain[1:3] = True
    >>> volume = np.where(brain, 100.0, 2.0)
    >>> volume[5:7] += 4
    >>> ghost_to_signal(volume, brain, 0)
    0.04
    """
    ghost = np.roll(brain, brain.shape[axis] // 2, axis=axis) & ~brain
    rest = ~ghost & ~brain
    if not (ghost.any() and rest.any() and brain.any()):
        return np.nan
    signal = float(np.median(volume[brain]))
    extra = float(volume[ghost].mean(dtype=np.float64) - volume[rest].mean(dtype=np.float64))
    return extra / signal if signal else np.nan


def count_settling(signal: NDArray[np.float64]) -> int:
    """Return how many volumes at the start were taken before the signal was steady.

    Volumes count from the first one for as long as each is above the median of later ones, and
    above the next one, by more than 5 robust standard deviations and 1 percent; at most ten.

    Parameters
    ----------
    signal : ndarray of float64, shape (n_volumes,)
        Mean within the brain.

    Returns
    -------
    int
        0 for a steady series, and for a head that moved: then the signal stays where it comes to.

    Examples
    --------
    >>> count_settling(np.array([1300.0, 1080.0, *np.tile([1000.0, 1003.0], 20)]))
    2
    """
    if signal.size < 4:
        return 0
    rest = signal[min(10, signal.size // 2) :]
    middle = float(np.median(rest))
    spread = 1.4826 * float(np.median(np.abs(rest - middle)))
    step = max(5 * spread, 0.01 * abs(middle))
    falls = (signal[:-1] > middle + step) & (signal[:-1] > signal[1:] + step)
    steady = np.flatnonzero(~falls[:10])
    return int(steady[0]) if steady.size else min(10, signal.size)


def _moving_rows(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the voxels that change over time."""
    finite = np.asarray(values, np.float64)
    kept: NDArray[np.float64] = finite[
        np.isfinite(finite).all(axis=1) & (np.ptp(finite, axis=1) > 0)
    ]
    return kept


def _autocorrelation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the autocorrelation of each row at one step, as Yule and Walker estimate it."""
    centred = values - values.mean(axis=1, keepdims=True)
    power = np.square(centred).sum(axis=1)
    return np.asarray((centred[:, 1:] * centred[:, :-1]).sum(axis=1) / power)


def _require_series(values: NDArray[np.floating]) -> None:
    """Refuse anything but voxels over two volumes or more."""
    if values.ndim != 2 or values.shape[1] < 2:
        raise InputError(
            "FSC138",
            f"Expected values of shape (n_voxels, n_volumes), two volumes or more, got "
            f"{values.shape}.",
            "Give one row for each voxel and one column for each volume.",
        )
