"""Whether it can be told who a generator was trained on: scores of members against others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._intervals import proportion_interval
from ._mixed_rows import RowMetric

FEW_ALARMS = (0.01, 0.1)
"""Shares of others wrongly named at which the share of members rightly named is told."""


@dataclass(frozen=True, slots=True)
class TailHits:
    """How many members are named while few others are: what an average over all people hides.

    Attributes
    ----------
    alarm_rate : float
        Share of others who may be named.
    n_hits, n_members : int
        Members named, of how many.
    n_alarms, n_others : int
        Others who may be named, of how many.
    """

    alarm_rate: float
    n_hits: int
    n_members: int
    n_alarms: int
    n_others: int

    @property
    def rate(self) -> float:
        """Share of members named."""
        return self.n_hits / self.n_members

    @property
    def interval(self) -> tuple[float, float]:
        """Exact 95 % interval of `rate`, for this threshold."""
        return proportion_interval(self.n_hits, self.n_members)

    @property
    def chance(self) -> float:
        """What a score that tells nothing names on average."""
        return (self.n_alarms + 1) / (self.n_others + 1)

    @property
    def p(self) -> float:
        r"""Chance that a score that tells nothing names as many.

        The threshold is the score of the :math:`(k+1)`-th of :math:`n` others, so that hits are
        beta-binomial with :math:`k + 1` and :math:`n - k`: exact, however few people there are.
        """
        from scipy.stats import betabinom

        rest = self.n_others - self.n_alarms
        found = betabinom.sf(self.n_hits - 1, self.n_members, self.n_alarms + 1, rest)
        return float(found)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self) | {
            "rate": self.rate,
            "interval": list(self.interval),
            "chance": self.chance,
            "p": self.p,
        }


@dataclass(frozen=True, slots=True)
class MembershipAttack:
    """How well a score tells members from others.

    Attributes
    ----------
    name : str
        What the score is.
    auc : float
        Chance that a member scores higher than another person; a tie counts for half.
    variance : float
        Of `auc`, by DeLong.
    n_members, n_others : int
        People compared.
    tails : tuple of TailHits
        Members named at each of `FEW_ALARMS`.
    """

    name: str
    auc: float
    variance: float
    n_members: int
    n_others: int
    tails: tuple[TailHits, ...]

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        r"""Return an interval of the AUC.

        The wider, at each end, of DeLong's [1]_ on the scale of :math:`\ln(a / (1 - a))` and of
        Newcombe's score interval [2]_: the first knows these scores, the second stays honest where
        people are few or told apart without an error, and the first has no width.

        Parameters
        ----------
        confidence : float
            Between 0 and 1.

        Returns
        -------
        tuple of float
            Lower and upper bound.

        References
        ----------
        .. [1] E. R. DeLong, D. M. DeLong & D. L. Clarke-Pearson (1988), doi:10.2307/2531595
        .. [2] R. G. Newcombe (2006), method 5, doi:10.1002/sim.2324
        """
        from scipy.special import ndtri

        z = float(ndtri((1 + confidence) / 2))
        low, high = _newcombe(self.auc, self.n_members, self.n_others, z)
        if 0 < self.auc < 1:
            centre = np.log(self.auc / (1 - self.auc))
            width = z * np.sqrt(self.variance) / (self.auc * (1 - self.auc))
            low = min(low, float(1 / (1 + np.exp(width - centre))))
            high = max(high, float(1 / (1 + np.exp(-width - centre))))
        return low, high

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "name": self.name,
            "auc": self.auc,
            "interval": list(self.interval()),
            "n_members": self.n_members,
            "n_others": self.n_others,
            "tails": [tail.as_dict() for tail in self.tails],
        }


def attack_membership(
    name: str, members: NDArray[np.float64], others: NDArray[np.float64]
) -> MembershipAttack:
    r"""Tell members from others by a score.

    .. math:: a = \frac{1}{mn} \sum_{ij} [x_i > y_j] + \tfrac12 [x_i = y_j], \quad
              v = \frac{S_{10}}{m} + \frac{S_{01}}{n}

    with :math:`S` the variances of each person's share of pairs won [1]_.

    Parameters
    ----------
    name : str
        What the score is.
    members : ndarray of float64, shape (n_members,)
        Scores of people who were trained on, higher for who looks more like one.
    others : ndarray of float64, shape (n_others,)
        Scores of people who were not.

    Returns
    -------
    MembershipAttack
        Half, within its interval, if the score tells nothing.

    Raises
    ------
    InputError
        FSC144 if there are fewer than two of either; FSC143 if a score is no number.

    References
    ----------
    .. [1] E. R. DeLong, D. M. DeLong & D. L. Clarke-Pearson (1988), doi:10.2307/2531595

    Examples
    --------
    >>> found = attack_membership("loss", np.array([3.0, 2, 5]), np.array([1.0, 2]))
    >>> round(found.auc, 3), [round(end, 2) for end in found.interval()]
    (0.917, [0.35, 1.0])
    """
    from scipy.stats import rankdata

    _require_scores(members, others)
    n_members, n_others = len(members), len(others)
    ranks = rankdata(np.concatenate([members, others]))
    won = (ranks[:n_members] - rankdata(members)) / n_others
    lost = 1 - (ranks[n_members:] - rankdata(others)) / n_members
    auc = float(won.mean())
    variance = float(won.var(ddof=1) / n_members + lost.var(ddof=1) / n_others)
    tails = tuple(_name_few(members, others, rate) for rate in FEW_ALARMS)
    return MembershipAttack(name, auc, variance, n_members, n_others, tails)


def _require_scores(members: NDArray[np.float64], others: NDArray[np.float64]) -> None:
    if min(len(members), len(others)) < 2:
        raise InputError(
            "FSC144",
            "Expected two people or more who were trained on and two who were not, got "
            f"{len(members)} and {len(others)}.",
            "Hold out more people, or do without a twin.",
        )
    if members.ndim != 1 or others.ndim != 1 or np.isnan([*members, *others]).any():
        raise InputError(
            "FSC143",
            "Expected one number for each person as the score, got gaps or several.",
            "Score all people in the same way.",
        )


def _name_few(
    members: NDArray[np.float64], others: NDArray[np.float64], alarm_rate: float
) -> TailHits:
    n_alarms = int(np.floor(alarm_rate * len(others) + 1e-9))
    threshold = np.sort(others)[::-1][n_alarms]
    n_hits = int((members > threshold).sum())
    return TailHits(alarm_rate, n_hits, len(members), n_alarms, len(others))


def _newcombe(auc: float, n_members: int, n_others: int, z: float) -> tuple[float, float]:
    """Return where the AUC found is just z standard deviations from what could be true."""
    from scipy.optimize import brentq

    half = (n_members + n_others) / 2 - 1

    def too_far(true: float) -> float:
        both = (1 - true) / (2 - true) + true / (1 + true)
        variance = true * (1 - true) * (1 + half * both) / (n_members * n_others)
        return float((auc - true) ** 2 - z**2 * variance)

    # Both ends are roots where nobody, or everybody, is told apart: they are not looked for there.
    inside = float(np.clip(auc, 1e-9, 1 - 1e-9))
    low = brentq(too_far, 0.0, inside) if auc > 0 else 0.0
    high = brentq(too_far, inside, 1.0) if auc < 1 else 1.0
    return float(low), float(high)


def people_needed(margin: float, share_held_out: float) -> int:
    r"""Return how many people it takes to show that an attack at chance is at chance.

    .. math:: N \ge \frac{(z_{.975} + z_{.8})^2}{12\, s (1 - s)\, \delta^2}

    from the variance :math:`(m + n + 1) / 12mn` of the AUC of scores that tell nothing [1]_: with
    so many the upper bound is below :math:`1/2 + \delta` four times of five.

    Parameters
    ----------
    margin : float
        :math:`\delta`, how far above one half an AUC may be.
    share_held_out : float
        :math:`s`, the share of people who are not trained on.

    Returns
    -------
    int
        People in all.

    References
    ----------
    .. [1] H. B. Mann & D. R. Whitney (1947), doi:10.1214/aoms/1177730491

    Examples
    --------
    >>> people_needed(0.1, 0.25)
    349
    """
    from scipy.special import ndtri

    reach = float(ndtri(0.975) + ndtri(0.8))
    spread = 12 * share_held_out * (1 - share_held_out)
    return int(np.ceil(reach**2 / (spread * margin**2)))


def nearness_scores(
    people: NDArray[np.float64], synthetic: NDArray[np.float64], metric: RowMetric
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Score people by how near the nearest synthetic row is, plainly and for where they stand.

    .. math:: s_i = -d_i, \quad t_i = \ln (r_i / d_i)

    with :math:`d_i` the way to the nearest synthetic row and :math:`r_i` that to the nearest other
    real person: who stands in a crowd is near to everything.

    Parameters
    ----------
    people : ndarray of float64, shape (n_people, n_columns)
        Members and others together, so that nothing but the twin tells them apart.
    synthetic : ndarray of float64, shape (n_synthetic, n_columns)
        The twin's rows.
    metric : RowMetric
        Distance of rows.

    Returns
    -------
    tuple of ndarray of float64, shape (n_people,)
        Both scores; higher for who looks more like a member.

    Examples
    --------
    >>> people = np.array([[0.0], [1.0], [10.0]])
    >>> plain, relative = nearness_scores(people, people[:1] + 0.5, RowMetric.fit(people))
    >>> plain.tolist()
    [-0.5, -0.5, -9.5]
    """
    ways = metric.between(people, synthetic).min(axis=1)
    among = metric.between(people, people)
    np.fill_diagonal(among, np.inf)
    around = among.min(axis=1)
    # Rows that are equal are nearer than any, and no two of them are compared by rounding.
    floor = 1e-9 * max(float(around.max()), float(ways.max()), np.finfo(float).tiny)
    return -ways, np.log(np.maximum(around, floor) / np.maximum(ways, floor))


def density_scores(
    people: NDArray[np.float64], synthetic: NDArray[np.float64]
) -> NDArray[np.float64]:
    r"""Score people by how much likelier they are in the twin than among real people.

    .. math:: s_i = \ln p_T(x_i) - \ln p_R(x_i)

    with Gaussians fitted to the twin's rows and to all real people, whose covariances are shrunk
    after Ledoit and Wolf [1]_. It sees what no nearest neighbour sees: a twin that keeps to the
    few directions in which the people it learnt from differ.

    Parameters
    ----------
    people : ndarray of float64, shape (n_people, n_features)
        Members and others together, as points.
    synthetic : ndarray of float64, shape (n_synthetic, n_features)
        The twin's rows.

    Returns
    -------
    ndarray of float64, shape (n_people,)
        Higher for who looks more like a member.

    References
    ----------
    .. [1] O. Ledoit & M. Wolf (2004), doi:10.1016/S0047-259X(03)00096-4

    Examples
    --------
    >>> people = np.random.default_rng(0).normal(size=(40, 7))
    >>> scores = density_scores(people, people[:9])  # a twin that copies nine of them
    >>> bool(scores[:9].mean() > scores[9:].mean())
    True
    """
    return _log_density(synthetic)(people) - _log_density(people)(people)


def _log_density(
    rows: NDArray[np.float64],
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Fit a Gaussian with a shrunk covariance, which may have more features than rows."""
    n_features = rows.shape[1]
    mean = rows.mean(axis=0)
    centred = rows - mean
    values, axes = _principal_axes(centred)
    middle = max(float(values.sum()) / n_features, np.finfo(float).tiny)
    shrink = _shrinkage(centred, values, middle)
    inside = (1 - shrink) * values + shrink * middle
    # Without shrinkage there is no width beside the axes; it is then a hair's.
    floor = 1e-9 * middle
    inside, outside = np.maximum(inside, floor), max(shrink * middle, floor)
    volume = np.log(inside).sum() + (n_features - len(inside)) * np.log(outside)

    def score(points: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = points - mean
        along = moved @ axes.T
        beside = np.maximum((moved**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        ways = (along**2 / inside).sum(axis=1) + beside / outside
        return np.asarray(-0.5 * (ways + volume + n_features * np.log(2 * np.pi)))

    return score


def _principal_axes(
    centred: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return variances and unit axes, by the smaller of the two products."""
    n_rows, n_features = centred.shape
    if n_features <= n_rows:
        values, vectors = np.linalg.eigh(centred.T @ centred / n_rows)
        return np.maximum(values, 0.0), vectors.T
    values, vectors = np.linalg.eigh(centred @ centred.T / n_rows)
    # The smallest are rounding: there are fewer axes than rows.
    kept = values > 1e-12 * max(float(values[-1]), np.finfo(float).tiny)
    axes = (vectors[:, kept].T @ centred) / np.sqrt(n_rows * values[kept])[:, None]
    return values[kept], axes


def _shrinkage(centred: NDArray[np.float64], values: NDArray[np.float64], middle: float) -> float:
    """Return how far Ledoit and Wolf move a covariance towards a round one, 0 to 1."""
    n_rows, n_features = centred.shape
    square = float((values**2).sum())
    apart = (square - n_features * middle**2) / n_features
    fourth = float(((centred**2).sum(axis=1) ** 2).sum())
    noise = (fourth / n_rows - square) / (n_rows * n_features)
    return float(np.clip(noise / apart, 0, 1)) if apart > 0 else 1.0
