"""How sure a counted share is."""

from __future__ import annotations

from math import sqrt

from fascicle.errors import InputError


def proportion_interval(
    n_hits: int, n_trials: int, *, confidence: float = 0.95
) -> tuple[float, float]:
    r"""Exact (Clopper-Pearson) interval of a share of independent trials.

    .. math:: [B^{-1}(\alpha/2;\, k,\, n-k+1),\; B^{-1}(1-\alpha/2;\, k+1,\, n-k)]

    with :math:`B^{-1}` the quantile of the beta distribution [1]_.

    Parameters
    ----------
    n_hits, n_trials : int
        How many of how many, :math:`k` and :math:`n`.
    confidence : float
        :math:`1 - \alpha`, between 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper bound, between 0 and 1; (0, 1) when there were no trials.

    Raises
    ------
    InputError
        FSC123 if the counts or the confidence are impossible.

    Notes
    -----
    It covers at least as often as it says; trials that depend on one another make it too narrow.

    References
    ----------
    .. [1] C. J. Clopper & E. S. Pearson (1934), doi:10.1093/biomet/26.4.404

    Examples
    --------
    >>> [round(bound, 4) for bound in proportion_interval(0, 100)]
    [0.0, 0.0362]
    """
    require_counts(n_hits, n_trials, confidence)
    if n_trials == 0:
        return 0.0, 1.0
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    n_misses = n_trials - n_hits
    low = float(betaincinv(n_hits, n_misses + 1, tail)) if n_hits else 0.0
    high = float(betaincinv(n_hits + 1, n_misses, 1 - tail)) if n_misses else 1.0
    return low, high


def wilson_interval(n_hits: int, n_trials: int, *, confidence: float = 0.95) -> tuple[float, float]:
    r"""Score interval of a share, for differences of shares.

    .. math:: \frac{k + z^2/2 \pm z \sqrt{k (n - k) / n + z^2 / 4}}{n + z^2}

    Parameters
    ----------
    n_hits, n_trials : int
        How many of how many, :math:`k` and :math:`n`.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper bound [1]_; narrower than the exact one of `proportion_interval`.

    Raises
    ------
    InputError
        FSC123 if the counts or the confidence are impossible.

    References
    ----------
    .. [1] E. B. Wilson (1927), doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> [round(end, 3) for end in wilson_interval(2, 10)]
    [0.057, 0.51]
    """
    require_counts(n_hits, n_trials, confidence)
    if n_trials == 0:
        return 0.0, 1.0
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    middle = n_hits + z**2 / 2
    width = z * sqrt(n_hits * (n_trials - n_hits) / n_trials + z**2 / 4)
    low, high = (middle - width) / (n_trials + z**2), (middle + width) / (n_trials + z**2)
    return max(float(low), 0.0), min(float(high), 1.0)


def require_counts(n_hits: int, n_trials: int, confidence: float) -> None:
    """Refuse more hits than trials, and a confidence that is none."""
    if not 0 <= n_hits <= n_trials or not 0 < confidence < 1:
        raise InputError(
            "FSC123",
            f"Expected 0 <= hits <= trials and 0 < confidence < 1, got {n_hits} of {n_trials} "
            f"at {confidence}.",
            "Check how hits and trials were counted.",
        )
