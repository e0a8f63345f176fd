r"""What private computations cost, and what they cost together.

Two accountants, both of Google's ``dp-accounting``, with one task each.

*Rényi divergence decides.* A budget :math:`(\varepsilon, \delta)` is turned once into a limit of
divergence at one order :math:`\alpha`, and a computation may begin while the sum of all costs at
that order stays below the limit. That is a privacy filter [1]_: the guarantee holds although each
question may depend on all answers before it.

*The privacy loss distribution is shown.* It is exact for what was done, and smaller; it assumes
that the questions were fixed beforehand, and so it decides nothing. Gaussian noise alone has it in
closed form [3]_; anything else is composed on a grid, rounded towards the larger loss.

References
----------
.. [1] V. Feldman & T. Zrnic (2021), Individual privacy accounting via a Rényi filter,
   arXiv:2008.11193
.. [2] C. Canonne, G. Kamath & T. Steinke (2020), The discrete Gaussian for differential privacy,
   doi:10.48550/arXiv.2004.00010, proposition 12
.. [3] B. Balle & Y.-X. Wang (2018), Improving the Gaussian mechanism for differential privacy:
   analytical calibration and optimal denoising, arXiv:1805.06530
"""

from __future__ import annotations

import functools
import math
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from fascicle.core import Mechanism, Noise
from fascicle.errors import DependencyError, InputError

MAX_EPSILON = 100.0
"""Above it whoever looks may be as certain as if there were no noise."""
MAX_DELTA = 0.01
"""Above it a guarantee may let one person in a hundred go free of it."""
UNITS_PER_NAT = 10**12
"""Costs are counted in million-millionths of a nat of Rényi divergence, rounded up."""
_MAX_UNITS = 2**62
_SLACK = 1e-9
"""Share by which calibrated noise is larger than needed, so that rounding never lacks a unit."""
_GRID = 1e-5
"""Step of the grid of losses, as a share of epsilon; below an epsilon of 10, of 10."""
_LEAST_OF_GRID = 10.0
_ORDERS_OF_GRID = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
ORDERS = (
    *(1 + tenth / 10 for tenth in range(1, 100)),
    *map(float, range(11, 513)),
    *(float(2**power) for power in range(10, 24)),
)


def require_loss(epsilon: float, delta: float) -> None:
    """Refuse an epsilon or delta that is no guarantee.

    Raises
    ------
    InputError
        FSC161 if epsilon is not above zero and at most 100, or delta not above zero and at most
        0.01.
    """
    tiny = sys.float_info.min
    is_epsilon = tiny <= epsilon <= MAX_EPSILON
    is_delta = math.isfinite(delta) and tiny <= delta <= MAX_DELTA
    if not (is_epsilon and is_delta):
        raise InputError(
            "FSC161",
            f"Expected epsilon above zero and at most {MAX_EPSILON:g}, and delta above zero and at "
            f"most {MAX_DELTA}; got {'another delta' if is_epsilon else 'another epsilon'}.",
            "Usual are an epsilon between 0.5 and 8, and a delta far below one divided by the "
            "number of people, such as 1e-6.",
        )


def affordable_divergence(epsilon: float, delta: float, order: float) -> float:
    r"""Return the Rényi divergence at an order that :math:`(\varepsilon, \delta)` allows.

    .. math:: \varepsilon - \log\frac{\alpha - 1}{\alpha} + \frac{\log(\alpha\delta)}{\alpha - 1}

    Negative where the order is of no use for them.
    """
    return epsilon - math.log1p(-1 / order) + math.log(delta * order) / (order - 1)


def choose_order(epsilon: float, delta: float) -> float:
    """Return the order at which most Gaussian noise fits into a budget.

    Raises
    ------
    InputError
        FSC161 if nothing fits, because epsilon is too small.
    """
    require_loss(epsilon, delta)
    best = max(ORDERS, key=lambda order: affordable_divergence(epsilon, delta, order) / order)
    if affordable_divergence(epsilon, delta, best) <= 0:
        raise InputError(
            "FSC161",
            "Expected an epsilon that leaves room for some answer, got one that is too small.",
            "Usual are an epsilon between 0.5 and 8, and a delta far below one divided by the "
            "number of people, such as 1e-6.",
        )
    return best


def affordable_rho(epsilon: float, delta: float) -> float:
    r"""Return the concentrated privacy loss :math:`\rho` that a guarantee allows.

    Gaussian noise of standard deviation :math:`\sigma` on a sensitivity of 1 has
    :math:`\rho = 1 / (2\sigma^2)`; the :math:`\rho` of several answers add up.

    Parameters
    ----------
    epsilon, delta : float
        The guarantee.

    Returns
    -------
    float
        Without unit; a billionth below what is allowed, so that a release of a whole budget fits.

    Raises
    ------
    InputError
        FSC161 if they are no guarantee.

    Examples
    --------
    >>> round(affordable_rho(1.0, 1e-6), 4)
    0.0244
    """
    order = choose_order(epsilon, delta)
    return affordable_divergence(epsilon, delta, order) / order * (1 - _SLACK)


def epsilon_of(rho: float, delta: float) -> float:
    """Return the epsilon that a concentrated privacy loss amounts to, at a delta.

    Parameters
    ----------
    rho : float
        Sum over all answers; zero or below costs nothing.
    delta : float
        At which.

    Returns
    -------
    float
        Never below zero.
    """
    if rho <= 0:
        return 0.0
    found = (
        rho * order + math.log1p(-1 / order) - math.log(delta * order) / (order - 1)
        for order in ORDERS
    )
    return max(0.0, min(found))


def count_units(mechanisms: Sequence[Mechanism], order: float) -> int:
    """Return what mechanisms cost together at an order, in whole units and never too few.

    Raises
    ------
    InputError
        FSC163 if they cost more than can be counted, or there are none.
    DependencyError
        FSC803 if ``dp-accounting`` is not installed.
    """
    _load()  # before anything is charged: what was spent must be told afterwards
    divergences = [
        _divergence(mechanism, order) * count for mechanism, count in Counter(mechanisms).items()
    ]
    # Each is rounded up by itself: what is too small for a sum of floats still costs a unit.
    units = [_round_up(divergence) for divergence in divergences]
    if not units or sum(units) >= _MAX_UNITS:
        raise InputError(
            "FSC163",
            "Expected noise of a finite scale above zero, got none or far too little to protect "
            "anybody.",
            "State the noise that was really added: its scale divided by the sensitivity.",
        )
    return sum(units)


def tight_epsilon(mechanisms: Sequence[Mechanism], delta: float) -> float:
    """Return the epsilon of all mechanisms together by their privacy loss distribution.

    Parameters
    ----------
    mechanisms : sequence of Mechanism
        What was done, in any order.
    delta : float
        At which.

    Returns
    -------
    float
        Zero for no mechanism; discrete Gaussian noise is taken for Gaussian noise of its scale.
        Never below the exact value by more than rounding; above it by less than one part in 10,000.

    Raises
    ------
    DependencyError
        FSC803 if ``dp-accounting`` is not installed.

    Examples
    --------
    >>> round(tight_epsilon([Mechanism(Noise.GAUSSIAN, 4.2247)], 1e-6), 3)
    1.0
    """
    merged = _merge(mechanisms)
    if not merged:
        return 0.0
    first = merged[0]
    if len(merged) == 1 and first.noise is Noise.GAUSSIAN and first.sampling_rate == 1:
        sigma = first.multiplier / math.sqrt(first.steps)
        return float(_load().get_epsilon_gaussian(sigma, delta))
    accountant = _load().pld.PLDAccountant(
        value_discretization_interval=_choose_interval(merged, delta)
    )
    for mechanism in merged:
        accountant.compose(_event(mechanism))
    return float(accountant.get_epsilon(delta))


def _choose_interval(mechanisms: Sequence[Mechanism], delta: float) -> float:
    """Return the step of the grid: with a fixed one, time grows with the square of epsilon."""
    bounds = (
        sum(_divergence(mechanism, order) for mechanism in mechanisms)
        - math.log(delta) / (order - 1)
        for order in _ORDERS_OF_GRID
    )
    return _GRID * max(_LEAST_OF_GRID, min(bounds))


def _round_up(divergence: float) -> int:
    """Return a divergence in units; at least one, and the largest where it is not finite."""
    scaled = divergence * UNITS_PER_NAT
    return max(1, math.ceil(scaled)) if scaled < _MAX_UNITS else _MAX_UNITS


@functools.lru_cache(maxsize=1024)
def _divergence(mechanism: Mechanism, order: float) -> float:
    if mechanism.sampling_rate == 1 and mechanism.noise is not Noise.LAPLACE:
        # Closed form: noise of the smallest scales then costs infinity, and is no fault.
        return mechanism.steps * order / 2 / mechanism.multiplier / mechanism.multiplier
    accountant = _load().rdp.RdpAccountant([order])
    accountant.compose(_event(mechanism))
    return float(accountant.rdp[0])


def _merge(mechanisms: Sequence[Mechanism]) -> list[Mechanism]:
    """Take all Gaussian noise on everybody as one: the privacy loss is exactly the same."""
    whole = [one for one in mechanisms if one.sampling_rate == 1 and one.noise is not Noise.LAPLACE]
    others = [one for one in mechanisms if one not in whole]
    if not whole:
        return others
    precision = sum(one.steps / one.multiplier / one.multiplier for one in whole)
    return [Mechanism(Noise.GAUSSIAN, precision**-0.5), *others]


def _event(mechanism: Mechanism) -> Any:  # noqa: ANN401 - the accountant's own type
    """Return a mechanism in the words of the library."""
    library = _load()
    if mechanism.noise is Noise.LAPLACE:
        event = library.LaplaceDpEvent(mechanism.multiplier)
    else:
        event = library.GaussianDpEvent(mechanism.multiplier)
    if mechanism.sampling_rate < 1:
        event = library.PoissonSampledDpEvent(mechanism.sampling_rate, event)
    return library.SelfComposedDpEvent(event, mechanism.steps)


def _load() -> Any:  # noqa: ANN401 - an optional module
    try:
        import dp_accounting
    except ImportError as error:
        raise DependencyError(
            "FSC803",
            "Expected the library that accounts for privacy (dp-accounting), found none.",
            "Install it: pip install 'fascicle[private]'.",
        ) from error
    return dp_accounting
