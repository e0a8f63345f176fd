"""How good a structural image is: contrast, noise, entropy, smoothness, as MRIQC defines them.

Higher is better for `contrast_to_noise`, `signal_to_noise`, `air_signal_to_noise` and
`foreground_energy`; lower for `joint_variation`, `focus_entropy` and `artefact_share`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MAD_TO_SD = 1.482602218505602
_DIETRICH = float(np.sqrt((4 - np.pi) / 2))
"""Makes the spread of a Rayleigh variable that of the Gaussian noise below it."""
_NO_ENERGY = 1e-3
_TOP_PERCENT = 99.95


@dataclass(frozen=True, slots=True)
class TissueValues:
    """What is measured of the values within one tissue, or of the air around the head.

    Attributes
    ----------
    median : float
        In the unit of the image.
    spread : float
        Standard deviation, in the same unit.
    robust_spread : float
        Median absolute deviation times 1.4826: the standard deviation of Gaussian values.
    n_voxels : int
        How many voxels there are.

    Examples
    --------
    >>> TissueValues.of(np.array([1.0, 2.0, 3.0])).median
    2.0
    """

    median: float
    spread: float
    robust_spread: float
    n_voxels: int

    @classmethod
    def of(cls, values: NDArray[np.floating]) -> TissueValues:
        """Measure values of any shape; NaN for none."""
        flat = np.asarray(values, np.float64).ravel()
        if not flat.size:
            return cls(np.nan, np.nan, np.nan, 0)
        middle = float(np.median(flat))
        deviation = _MAD_TO_SD * float(np.median(np.abs(flat - middle)))
        return cls(middle, float(flat.std()), deviation, int(flat.size))


def joint_variation(white: TissueValues, grey: TissueValues) -> float:
    r"""Coefficient of joint variation (CJV) of white and grey matter.

    .. math:: \mathrm{CJV} = (\sigma_W + \sigma_G) / |\mu_W - \mu_G|

    with medians for :math:`\mu` and robust spreads for :math:`\sigma` [1]_ [2]_. It is infinite if
    the tissues do not differ.

    References
    ----------
    .. [1] M. Ganzetti et al. (2016), doi:10.3389/fninf.2016.00010
    .. [2] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> joint_variation(TissueValues(110.0, 5.0, 4.0, 9), TissueValues(80.0, 7.0, 8.0, 9))
    0.4
    """
    return _ratio(white.robust_spread + grey.robust_spread, abs(white.median - grey.median))


def contrast_to_noise(white: TissueValues, grey: TissueValues, air_spread: float) -> float:
    r"""Contrast-to-noise ratio (CNR) of white and grey matter.

    .. math:: \mathrm{CNR} = |\mu_W - \mu_G| / \sqrt{\sigma_B^2 + \sigma_W^2 + \sigma_G^2}

    with :math:`\sigma_B` the standard deviation of the air around the head [1]_ [2]_.

    Parameters
    ----------
    white, grey : TissueValues
        What was measured of the tissues.
    air_spread : float
        :math:`\sigma_B`, in the unit of the image.

    Returns
    -------
    float
        Without unit.

    References
    ----------
    .. [1] V. A. Magnotta & L. Friedman (2006), doi:10.1007/s10278-006-0264-x
    .. [2] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> contrast_to_noise(TissueValues(110.0, 4.0, 4.0, 9), TissueValues(80.0, 4.0, 8.0, 9), 7.0)
    3.3333333333333335
    """
    noise = float(np.sqrt(air_spread**2 + white.spread**2 + grey.spread**2))
    return _ratio(abs(white.median - grey.median), noise)


def signal_to_noise(tissue: TissueValues) -> float:
    r"""Signal-to-noise ratio within one tissue.

    .. math:: \mathrm{SNR} = \mu / (\sigma \sqrt{n / (n - 1)})

    with the median for :math:`\mu` [1]_; NaN for fewer than two voxels.

    References
    ----------
    .. [1] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> signal_to_noise(TissueValues(110.0, 10.0, 4.0, 100_000_000)).__round__(3)
    11.0
    """
    n = tissue.n_voxels
    return _ratio(tissue.median, tissue.spread * float(np.sqrt(n / (n - 1)))) if n > 1 else np.nan


def air_signal_to_noise(tissue: TissueValues, air: TissueValues) -> float:
    r"""Dietrich's signal-to-noise ratio: the noise is that of the air around the head.

    .. math:: \mathrm{SNRd} = \mu / (\sqrt{2 / (4 - \pi)} \; \sigma_B)

    which corrects the spread of air, whose magnitudes follow Rayleigh's law [1]_ [2]_.

    Notes
    -----
    Infinite if the scanner or a later program has set the air to zero. Several coils, and what
    the scanner does to the image, change the law.

    References
    ----------
    .. [1] O. Dietrich et al. (2007), doi:10.1002/jmri.20969
    .. [2] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> noise = np.random.default_rng(7).normal(0, 3.0, (2, 100_003))
    >>> air = TissueValues.of(np.hypot(*noise))
    >>> round(air_signal_to_noise(TissueValues(300.0, 9.0, 9.0, 99), air))
    99
    """
    spread = air.robust_spread if air.robust_spread > 0 else air.spread
    return _DIETRICH * _ratio(tissue.median, spread)


def foreground_energy(volume: NDArray[np.floating], head: NDArray[np.bool_]) -> float:
    r"""Energy within the head over that of the air outside (FBER).

    .. math:: \mathrm{FBER} = \mathrm{median}_F |x|^2 / \mathrm{median}_B |x|^2

    with the medians that MRIQC takes in place of means [1]_; -1 if the air holds no signal.

    Parameters
    ----------
    volume : ndarray, shape (n_x, n_y, n_z)
        The image.
    head : ndarray of bool, shape (n_x, n_y, n_z)
        Where the head is.

    Returns
    -------
    float
        Without unit.

    References
    ----------
    .. [1] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> foreground_energy(np.array([2.0, 2.0, 10.0]), np.array([False, False, True]))
    25.0
    """
    inside = np.asarray(volume[head], np.float64)
    outside = np.asarray(volume[~head], np.float64)
    if not inside.size or not outside.size:
        return -1.0
    around = float(np.median(outside**2))
    return float(np.median(inside**2)) / around if around >= _NO_ENERGY else -1.0


def focus_entropy(volume: NDArray[np.floating]) -> float:
    r"""Entropy focus criterion (EFC): how far the energy is spread by ghosts and blur.

    .. math:: \mathrm{EFC} = -\sum_j \frac{x_j}{B} \ln \frac{x_j}{B} \;/\; (\sqrt N \ln \sqrt N),
        \quad B = \sqrt{\textstyle\sum_j x_j^2}

    which is 0 for one bright voxel and 1 for an even image [1]_ [2]_.

    Notes
    -----
    Voxels that are negative count as zero, and an image of zeros alone is NaN. Air that was set to
    zero lowers it: compare images of one scanner and one way of reconstruction only.

    References
    ----------
    .. [1] D. Atkinson et al. (1997), doi:10.1109/42.650886
    .. [2] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> focus_entropy(np.array([0.0, 0.0, 5.0, 0.0])), round(focus_entropy(np.ones(1001)), 9)
    (0.0, 1.0)
    """
    values = np.maximum(np.asarray(volume, np.float64).ravel(), 0)
    energy = float(np.sqrt(values @ values))
    if energy == 0 or values.size < 2:
        return np.nan
    shares = values[values > 0] / energy
    even = np.sqrt(values.size) * np.log(np.sqrt(values.size))
    return float(abs(shares @ np.log(shares)) / even)


def white_to_top(volume: NDArray[np.floating], white: TissueValues) -> float:
    r"""Median of white matter over the brightest of the image (WM2MAX).

    .. math:: \mathrm{WM2MAX} = \mu_W / P_{99.95}(x)

    Low where vessels or fat are bright [1]_; usual are .6 to .8.

    References
    ----------
    .. [1] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> white_to_top(np.linspace(0, 2000, 2001), TissueValues(1000.0, 1.0, 1.0, 9)).__round__(4)
    0.5003
    """
    return _ratio(white.median, float(np.percentile(volume, _TOP_PERCENT)))


def artefact_share(air: NDArray[np.bool_], artefact: NDArray[np.bool_]) -> float:
    r"""Mortamet's first quality index (QI1): the share of the air that holds more than noise.

    .. math:: \mathrm{QI}_1 = n_\mathrm{artefact} / n_\mathrm{air}

    Parameters
    ----------
    air : ndarray of bool, shape (n_x, n_y, n_z)
        All air that is looked at, artefacts included.
    artefact : ndarray of bool, shape (n_x, n_y, n_z)
        What of it is no noise, as `find_air_artefacts` tells.

    Returns
    -------
    float
        Between 0 and 1; -1 if there is no air [1]_ [2]_.

    References
    ----------
    .. [1] B. Mortamet et al. (2009), doi:10.1002/mrm.21992
    .. [2] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> artefact_share(np.ones(8, bool), np.arange(8) < 2)
    0.25
    """
    n_air = int(np.count_nonzero(air))
    return int(np.count_nonzero(artefact & air)) / n_air if n_air else -1.0


def smoothness_voxels(
    volume: NDArray[np.floating], mask: NDArray[np.bool_]
) -> tuple[float, float, float]:
    r"""Full width at half maximum of the image's own smoothness along each axis.

    .. math:: \mathrm{FWHM} = \sqrt{-2 \ln 2 \; / \; \ln\left(1 - \frac{\sigma_d^2}
        {2 \sigma^2}\right)}

    with :math:`\sigma_d` the spread of the difference of neighbours within the mask and
    :math:`\sigma` that of the values [1]_ [2]_.

    Parameters
    ----------
    volume : ndarray, shape (n_x, n_y, n_z)
        The image.
    mask : ndarray of bool, shape (n_x, n_y, n_z)
        Where it is measured.

    Returns
    -------
    tuple of float
        Along the three stored axes, in voxels; NaN along an axis on which neighbours differ as
        much as strangers do.

    References
    ----------
    .. [1] S. D. Forman et al. (1995), doi:10.1002/mrm.1910330508
    .. [2] O. Esteban et al. (2017), doi:10.1371/journal.pone.0184661

    Examples
    --------
    >>> waves = np.sin(np.arange(4096) / 40)[:, None, None] * np.ones((1, 2, 2))
    >>> round(smoothness_voxels(waves, np.ones(waves.shape, bool))[0])
    67
    """
    values = np.asarray(volume, np.float64)
    variance = float(values[mask].var()) if mask.any() else 0.0
    x, y, z = (_axis_smoothness(values, mask, axis, variance) for axis in range(3))
    return x, y, z


def _axis_smoothness(
    values: NDArray[np.float64], mask: NDArray[np.bool_], axis: int, variance: float
) -> float:
    """Return the full width along one axis, in voxels."""
    before, after = [slice(None)] * 3, [slice(None)] * 3
    before[axis], after[axis] = slice(None, -1), slice(1, None)
    both = mask[tuple(before)] & mask[tuple(after)]
    if variance <= 0 or not both.any():
        return np.nan
    steps = (values[tuple(after)] - values[tuple(before)])[both]
    likeness = 1 - float(steps.var()) / (2 * variance)
    return float(np.sqrt(-2 * np.log(2) / np.log(likeness))) if 0 < likeness < 1 else np.nan


def _ratio(above: float, below: float) -> float:
    """Divide; infinite where only the divisor is zero, NaN where both are."""
    if below:
        return float(above / below)
    return float(np.inf) if above else float(np.nan)
