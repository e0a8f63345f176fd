"""How well a score tells two kinds apart."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray


def area_under_curve(
    scores: NDArray[np.floating], is_positive: NDArray[np.bool_], *, z: float = 1.959964
) -> tuple[float, float, float]:
    r"""Area under the receiver's operating curve (AUC), with DeLong's interval.

    .. math:: \mathrm{AUC} = P(s_+ > s_-) + \tfrac{1}{2} P(s_+ = s_-)

    The variance is that of the shares of the other kind that each case beats [1]_.

    Parameters
    ----------
    scores : ndarray, shape (n_cases,)
        Higher for the positive kind; finite.
    is_positive : ndarray of bool, shape (n_cases,)
        What each case is.
    z : float
        Half width of the interval in standard errors: the default is for 95 %.

    Returns
    -------
    tuple of float
        The area and both ends of its interval, between 0 and 1; NaN unless there are two cases of
        each kind.

    Notes
    -----
    Cases are taken as independent: people of one site are not quite.

    References
    ----------
    .. [1] E. R. DeLong, D. M. DeLong & D. L. Clarke-Pearson (1988), doi:10.2307/2531595

    Examples
    --------
    >>> scores = np.array([0.1, 0.4, 0.35, 0.8])
    >>> area_under_curve(scores, np.array([False, False, True, True]))[0]
    0.75
    """
    above, below = np.asarray(scores)[is_positive], np.asarray(scores)[~is_positive]
    if min(above.size, below.size) < 2:
        return float("nan"), float("nan"), float("nan")
    wins = np.sign(above[:, None] - below[None])  # (n_positive, n_negative)
    beats = (1 + wins) / 2
    area = float(beats.mean())
    by_positive, by_negative = beats.mean(axis=1), beats.mean(axis=0)
    variance = by_positive.var(ddof=1) / above.size + by_negative.var(ddof=1) / below.size
    half = z * sqrt(float(variance))
    return area, max(area - half, 0.0), min(area + half, 1.0)
