"""How well a unit was told apart from others, by its spikes alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REFRACTORY_S = 0.0015
"""A neuron does not fire twice within this time, in seconds."""


def isi_violations(
    times_s: NDArray[np.float64], duration_s: float, *, refractory_s: float = REFRACTORY_S
) -> tuple[int, float]:
    r"""Count spikes that follow another too soon, and compare with what strangers would give.

    .. math:: r = \frac{n_v T}{2 \tau N^2}

    with :math:`n_v` intervals shorter than the refractory period :math:`\tau`, :math:`N` spikes in
    :math:`T` seconds: the rate of strangers' spikes over that of the unit, for few of them [1]_,
    as the Allen Institute computes it [2]_.

    Parameters
    ----------
    times_s : ndarray of float64, shape (n_spikes,)
        In order, in seconds.
    duration_s : float
        Length of the recording, in seconds.
    refractory_s : float
        Refractory period, in seconds.

    Returns
    -------
    int, float
        Number of violations; ratio without unit, 0 for fewer than two spikes, above 1 where the
        unit is mostly strangers.

    Notes
    -----
    Misleads for units with few spikes: none of their intervals is short by chance.

    References
    ----------
    .. [1] D. Hill, S. Mehta, D. Kleinfeld (2011), doi:10.1523/JNEUROSCI.0971-11.2011
    .. [2] J. Siegle et al. (2021), doi:10.1038/s41586-020-03171-x

    Examples
    --------
    >>> isi_violations(np.array([0.0, 0.001, 1.0, 2.0]), 3.0)
    (1, 62.5)
    """
    n_spikes = times_s.size
    if n_spikes < 2 or duration_s <= 0:
        return 0, 0.0
    n_short = int(np.count_nonzero(np.diff(times_s) < refractory_s))
    return n_short, n_short * duration_s / (2 * refractory_s * n_spikes**2)


def presence_ratio(times_s: NDArray[np.float64], duration_s: float, *, n_parts: int = 100) -> float:
    """Share of the recording's parts in which a unit fires at all.

    Parameters
    ----------
    times_s : ndarray of float64, shape (n_spikes,)
        In seconds from the start.
    duration_s : float
        Length of the recording, in seconds.
    n_parts : int
        Into how many parts of one length it is cut.

    Returns
    -------
    float
        Between 0 and 1; 0 for a recording without length.

    Examples
    --------
    >>> presence_ratio(np.array([0.1, 0.2, 7.0]), 10.0, n_parts=10)
    0.2
    """
    if duration_s <= 0 or not times_s.size:
        return 0.0
    counts, _ = np.histogram(times_s, bins=n_parts, range=(0.0, duration_s))
    return float(np.count_nonzero(counts) / n_parts)
