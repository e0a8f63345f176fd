"""How much of a mean matrix noise will leave, said before any is drawn."""

from __future__ import annotations

import numpy as np

_DECAY = 6.0
"""Eigenvalues of a mean connectome fall by a factor of e from one to the sixth after it."""
_N_ROUNDS = 60


def expected_correlation(noise_ratio: float, n_regions: int) -> float:
    r"""Return the correlation of a noisy mean matrix with the truth that is to be expected.

    .. math:: r^2 = \sum_k \theta_k^2 (1 - R s^2 / \theta_k^2)_+^2 \Big/ \sum_k \theta_k^2

    after its eigenvalues are shrunk [1]_, for eigenvalues :math:`\theta_k \propto e^{-k/6}` as mean
    connectomes have them. It falls to 0 where no pattern stands out of the noise.

    Parameters
    ----------
    noise_ratio : float
        :math:`q`, the length of all noise divided by the length of the mean matrix.
    n_regions : int
        :math:`R`, size of the matrix.

    Returns
    -------
    float
        Between 0 and 1.

    References
    ----------
    .. [1] M. Gavish & D. Donoho (2017), doi:10.1109/TIT.2017.2653801

    Examples
    --------
    >>> [round(expected_correlation(ratio, 200), 2) for ratio in (0.2, 1.0, 10.0)]
    [1.0, 0.93, 0.0]
    """
    strengths = np.exp(-np.arange(min(n_regions, 60)) / _DECAY)
    powers = strengths**2 / (strengths**2).sum()
    # Noise of length q spreads over all R directions: each eigenvalue meets q / sqrt(R) of it.
    kept = np.maximum(1 - noise_ratio**2 / n_regions / powers, 0.0)
    return float(np.sqrt((powers * kept**2).sum()))


def affordable_noise(correlation: float, n_regions: int) -> float:
    """Return the noise ratio at which a correlation is still to be expected.

    Parameters
    ----------
    correlation : float
        Above 0 and below 1.
    n_regions : int
        Size of the matrix.

    Returns
    -------
    float
        As `expected_correlation` takes it.

    Examples
    --------
    >>> round(expected_correlation(affordable_noise(0.9, 200), 200), 3)
    0.9
    """
    low, high = 0.0, 1.0 / (1.0 - correlation) / correlation + 100.0
    for _ in range(_N_ROUNDS):
        middle = (low + high) / 2
        is_enough = expected_correlation(middle, n_regions) >= correlation
        low, high = (middle, high) if is_enough else (low, middle)
    return low
