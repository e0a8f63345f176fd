"""Budgets as limits, prices of mechanisms, and whom a private question may look at."""

from __future__ import annotations

from datetime import date

import pytest

from fascicle.core import Consent, Mechanism, Noise
from fascicle.errors import InputError, Refusal
from fascicle.govern._accounting import affordable_divergence, choose_order
from fascicle.govern._budget import (
    describe_budget,
    make_limit,
    price,
    require_people,
    require_steward,
)
from fascicle.store import StoredBudget, StoredSpend

pytest.importorskip("dp_accounting")

GIVEN = Consent(duo=("DUO:0000042",))
GONE = Consent(duo=("DUO:0000042",), withdrawn=date(2026, 1, 2))
NOISE = Mechanism(Noise.DISCRETE_GAUSSIAN, 4.0)


def test_a_limit_is_the_divergence_that_the_budget_affords() -> None:
    limit = make_limit(3.0, 1e-5, "ada")

    assert limit.order == choose_order(3.0, 1e-5)
    assert limit.units / 1e12 == pytest.approx(affordable_divergence(3.0, 1e-5, limit.order))
    assert limit.steward == "ada"
    with pytest.raises(InputError, match="FSC161"):
        make_limit(0.0, 1e-5, "ada")


def test_the_price_of_gaussian_noise_is_its_closed_form_and_adds_up() -> None:
    record = NOISE.as_dict()

    assert price([record], 8.0) == pytest.approx(8.0 / (2 * 16) * 1e12)
    assert price([record, record], 8.0) == 2 * price([record], 8.0)


def test_people_are_known_present_and_somebody() -> None:
    require_people(["01"], {})
    require_people(["01"], {"01": GIVEN, "02": GONE})
    with pytest.raises(InputError, match=r"FSC162.*at least one"):
        require_people([], {"01": GIVEN})
    with pytest.raises(InputError, match=r"FSC162.*1 of 2 labels"):
        require_people(["01", "03"], {"01": GIVEN})
    with pytest.raises(Refusal, match=r"FSC532.*1 of 2"):
        require_people(["01", "02"], {"01": GIVEN, "02": GONE})


def test_who_set_a_budget_may_change_it() -> None:
    limit = make_limit(3.0, 1e-5, "ada")

    require_steward(None, "eve")
    require_steward(limit, "ada")
    with pytest.raises(Refusal, match="FSC533"):
        require_steward(limit, "eve")


def test_the_ledger_tells_of_the_person_on_whom_most_was_spent() -> None:
    limit = make_limit(3.0, 1e-5, "ada")
    units = price([NOISE.as_dict()], limit.order)
    spends = tuple(
        StoredSpend(number, "2026-01-02", "a1b2", units, "settled", 2, (NOISE.as_dict(),), {})
        for number in (2, 4, 6)
    )
    stored = StoredBudget(limit, spends, {"x": units, "y": 2 * units}, heaviest=(2, 6))

    budget = describe_budget("ds-1", stored)

    assert budget.share_spent == pytest.approx(2 * units / limit.units)
    assert budget.share_by_person == {"x": units / limit.units, "y": 2 * units / limit.units}
    # Two releases of a multiplier of 4 are one of 4 / sqrt(2).
    assert budget.epsilon_tight == pytest.approx(1.3565, abs=0.002)
    assert budget.epsilon_tight < budget.epsilon_spent < 3
    assert [spend.agent for spend in budget.spends] == ["a1b2"] * 3
    assert set(budget.as_dict()) == {
        "dataset", "epsilon", "delta", "steward", "n_people", "epsilon_spent", "epsilon_left",
        "epsilon_tight", "share_spent", "spends",
    }  # fmt: skip
