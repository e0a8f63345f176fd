"""Costs against published values, closed forms and the accountants of another library."""

from __future__ import annotations

import builtins
import math
import time

import pytest

from fascicle.core import Mechanism, Noise
from fascicle.errors import DependencyError, InputError
from fascicle.govern._accounting import (
    ORDERS,
    UNITS_PER_NAT,
    _load,
    affordable_divergence,
    affordable_rho,
    choose_order,
    count_units,
    epsilon_of,
    tight_epsilon,
)

dp_accounting = pytest.importorskip("dp_accounting")


def gaussian(multiplier: float, steps: int = 1) -> Mechanism:
    return Mechanism(Noise.GAUSSIAN, multiplier, steps)


def test_the_loss_distribution_gives_the_published_calibration_of_the_gaussian() -> None:
    # Balle & Wang (2018), analytic Gaussian mechanism: (1, 1e-6) needs a sigma of 4.2247.
    assert dp_accounting.get_sigma_gaussian(1.0, 1e-6) == pytest.approx(4.2247, abs=1e-4)
    assert tight_epsilon([gaussian(4.2247)], 1e-6) == pytest.approx(1.0, abs=1e-3)


def test_steps_of_training_cost_what_was_published() -> None:
    # Abadi et al. (2016), figure 2: q 0.01, sigma 4, 10,000 steps, delta 1e-5 is epsilon 1.26.
    training = Mechanism(Noise.GAUSSIAN, 4.0, 10_000, 0.01)
    order = choose_order(1.26, 1e-5)

    by_filter = count_units([training], order) / UNITS_PER_NAT

    assert by_filter <= affordable_divergence(1.27, 1e-5, order)
    assert tight_epsilon([training], 1e-5) == pytest.approx(0.95, abs=0.1)


def test_laplace_noise_costs_what_mironov_gives_in_closed_form() -> None:
    # Mironov (2017), doi:10.1109/CSF.2017.11, table II.
    scale, order = 1.7, 8.0
    first = order / (2 * order - 1) * math.exp((order - 1) / scale)
    second = (order - 1) / (2 * order - 1) * math.exp(-order / scale)

    units = count_units([Mechanism(Noise.LAPLACE, scale)], order)

    assert units / UNITS_PER_NAT == pytest.approx(math.log(first + second) / (order - 1), rel=1e-6)


@pytest.mark.parametrize(("epsilon", "delta"), [(0.1, 1e-6), (1, 1e-6), (3, 1e-5), (8, 1e-9)])
def test_the_budget_of_divergence_is_the_inverse_of_the_librarys_conversion(
    epsilon: float, delta: float
) -> None:
    rho = affordable_rho(epsilon, delta)
    accountant = dp_accounting.rdp.RdpAccountant(ORDERS)
    accountant.compose(dp_accounting.ZCDpEvent(rho))

    assert accountant.get_epsilon(delta) == pytest.approx(epsilon, rel=1e-6)
    assert epsilon_of(rho, delta) == pytest.approx(epsilon, rel=1e-6)


@pytest.mark.parametrize(("epsilon", "delta"), [(0.5, 1e-7), (1, 1e-6), (3, 1e-5), (8, 1e-5)])
def test_what_the_filter_lets_through_is_within_the_budget_by_the_exact_accountant(
    epsilon: float, delta: float
) -> None:
    order = choose_order(epsilon, delta)
    limit = affordable_divergence(epsilon, delta, order) * UNITS_PER_NAT
    spent: list[Mechanism] = []
    for multiplier in [3.0, 9.0, 31.0, 100.0] * 400:
        if count_units([*spent, gaussian(multiplier)], order) <= limit:
            spent.append(gaussian(multiplier))

    assert 0.85 * epsilon < tight_epsilon(spent, delta) < epsilon


def test_a_release_of_the_whole_budget_fits_into_it_to_the_unit() -> None:
    for epsilon, delta in [(1.0, 1e-6), (3.0, 1e-5), (0.25, 1e-8)]:
        order = choose_order(epsilon, delta)
        limit = int(affordable_divergence(epsilon, delta, order) * UNITS_PER_NAT)
        rho = affordable_rho(epsilon, delta)

        units = count_units([gaussian((2 * rho) ** -0.5)], order)

        assert limit * (1 - 1e-8) <= units <= limit


def test_what_is_too_small_for_a_sum_of_floats_still_costs_a_unit_each() -> None:
    faint = [gaussian(1e15 + number) for number in range(1000)]

    assert count_units(faint, 8.0) == 1000


@pytest.mark.parametrize("multiplier", [1e-300, 2.3e-308, 1e-9])
def test_noise_that_protects_nobody_is_refused_and_does_not_overflow(multiplier: float) -> None:
    with pytest.raises(InputError, match="FSC163"):
        count_units([gaussian(multiplier), gaussian(1e-9)], 8.0)


def test_no_mechanism_at_all_is_no_release() -> None:
    with pytest.raises(InputError, match="FSC163"):
        count_units([], 8.0)
    assert tight_epsilon([], 1e-6) == 0.0


@pytest.mark.parametrize(
    ("epsilon", "delta"),
    [
        (0.0, 1e-6), (-1.0, 1e-6), (math.nan, 1e-6), (math.inf, 1e-6), (5e-324, 1e-6),
        (1.0, 0.0), (1.0, -1e-6), (1.0, math.nan), (1.0, 0.5), (1.0, 5e-324), (1.0, math.inf),
        (100.1, 1e-6), (1e8, 1e-6),
    ],
)  # fmt: skip
def test_what_is_no_guarantee_is_refused(epsilon: float, delta: float) -> None:
    with pytest.raises(InputError, match="FSC161"):
        affordable_rho(epsilon, delta)


def test_nothing_spent_is_no_epsilon() -> None:
    assert epsilon_of(0.0, 1e-6) == 0.0
    assert epsilon_of(-0.1, 1e-6) == 0.0
    assert 0 < epsilon_of(1e-6, 1e-6) < epsilon_of(1e-3, 1e-6)


def test_several_gaussians_cost_exactly_what_one_of_their_precision_costs() -> None:
    many = [gaussian(5.0, steps=4), gaussian(2.5), Mechanism(Noise.DISCRETE_GAUSSIAN, 7.0)]
    one = gaussian((4 / 25 + 1 / 6.25 + 1 / 49) ** -0.5)

    assert tight_epsilon(many, 1e-6) == pytest.approx(tight_epsilon([one], 1e-6), rel=1e-9)


@pytest.mark.parametrize("multiplier", [0.1, 0.3, 1.0, 4.2247, 60.0])
def test_gaussian_noise_alone_costs_what_its_loss_distribution_gives(multiplier: float) -> None:
    accountant = dp_accounting.pld.PLDAccountant(value_discretization_interval=1e-3)
    accountant.compose(dp_accounting.GaussianDpEvent(multiplier))

    found = tight_epsilon([gaussian(multiplier * 3, steps=9)], 1e-6)

    assert accountant.get_epsilon(1e-6) == pytest.approx(found, rel=1e-4, abs=1e-4)
    assert accountant.get_epsilon(1e-6) >= found


def laplace(multiplier: float, steps: int = 1) -> Mechanism:
    return Mechanism(Noise.LAPLACE, multiplier, steps)


@pytest.mark.parametrize(
    ("mechanisms", "fine"),
    [
        # By the library on a grid of a ten-thousandth of a nat.
        ([gaussian(1.0), laplace(2.0, 3)], 5.9960657),
        ([gaussian(0.12), laplace(1.0), laplace(0.5)], 75.5415237),
        ([laplace(0.5, 60)], 106.4003007),
        ([Mechanism(Noise.GAUSSIAN, 0.5, 2000, 0.05)], 100.6859791),
        ([Mechanism(Noise.GAUSSIAN, 0.8, 2000, 0.1)], 68.2425238),
    ],
)
def test_a_large_loss_is_told_quickly_and_never_too_small(
    mechanisms: list[Mechanism], fine: float
) -> None:
    _load().pld  # noqa: B018 - its import is not what is measured
    begin_s = time.process_time()

    found = tight_epsilon(mechanisms, 1e-6)

    assert fine * (1 - 1e-8) <= found <= fine * (1 + 1e-4)
    assert time.process_time() - begin_s < 2.0


def test_without_the_library_the_message_says_how_to_install_it(monkeypatch) -> None:
    real = builtins.__import__

    def fail(name: str, *words, **options):
        if name == "dp_accounting":
            raise ImportError(name)
        return real(name, *words, **options)

    monkeypatch.setattr(builtins, "__import__", fail)

    with pytest.raises(DependencyError, match=r"FSC803.*fascicle\[private\]"):
        _load()
