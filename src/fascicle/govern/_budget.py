"""The budget of a dataset's people: reserved before anything leaves, refused when it is used up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fascicle.core import Consent, Mechanism, say_at_least
from fascicle.errors import InputError
from fascicle.store import Limit

from ._accounting import (
    UNITS_PER_NAT,
    affordable_divergence,
    choose_order,
    count_units,
    epsilon_of,
    tight_epsilon,
)
from ._publish import make_refusal

if TYPE_CHECKING:
    from fascicle.store import Store, StoredBudget, StoredSpend


@dataclass(frozen=True, slots=True)
class Spend:
    """One private computation in the ledger.

    Attributes
    ----------
    number : int
        Its line in the log of the commons.
    at, agent : str
        When (ISO 8601 in UTC), and who.
    what : str
        What for, in a sentence without values.
    mechanisms : tuple of Mechanism
        The noise that it added.
    n_people : int
        How many people are behind it.
    state : str
        ``"settled"``: it was released. ``"reserved"``: nobody said how it ended.
        ``"abandoned"``: it failed. Each of them counts in full.
    epsilon : float
        What it cost by itself, at the budget's delta.
    share : float
        What it used of the budget of each person behind it, between 0 and 1; shares add up.
    """

    number: int
    at: str
    agent: str
    what: str
    mechanisms: tuple[Mechanism, ...]
    n_people: int
    state: str
    epsilon: float
    share: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self) | {"mechanisms": [one.as_dict() for one in self.mechanisms]}


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be learnt of each person of a dataset, and what has been.

    Attributes
    ----------
    dataset : str
        Its id.
    epsilon, delta : float
        The most for each person, in all.
    steward : str
        Who set it, and may change it.
    n_people : int
        How many have been charged so far.
    epsilon_spent, epsilon_left : float
        Of the person on whom most was spent, as the filter counts.
    epsilon_tight : float
        What was spent on that person by the privacy loss distribution: exact for what was done,
        never above `epsilon_spent` by more than rounding; it decides nothing.
    share_spent : float
        What was spent on that person, as a share of the budget between 0 and 1.
    share_by_person : dict of str to float
        The same for every person, by label: for the steward's eyes.
    spends : tuple of Spend
        Everything that was spent, in order.
    """

    dataset: str
    epsilon: float
    delta: float
    steward: str
    n_people: int
    epsilon_spent: float
    epsilon_left: float
    epsilon_tight: float
    share_spent: float
    share_by_person: Mapping[str, float]
    spends: tuple[Spend, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values, without the labels of people."""
        words = {name: getattr(self, name) for name in self.__dataclass_fields__}
        del words["share_by_person"]
        return words | {"spends": [spend.as_dict() for spend in self.spends]}


def make_limit(epsilon: float, delta: float, steward: str) -> Limit:
    """Return a budget as a limit of divergence at the order that suits it best.

    Raises
    ------
    InputError
        FSC161 if epsilon and delta are no guarantee.
    """
    order = choose_order(epsilon, delta)
    units = int(affordable_divergence(epsilon, delta, order) * UNITS_PER_NAT)
    return Limit(epsilon, delta, order, units, steward)


def require_steward(limit: Limit | None, agent: str) -> None:
    """Refuse to change a budget that somebody else set.

    Raises
    ------
    Refusal
        FSC533 if somebody else did.
    """
    if limit is not None and limit.steward != agent:
        raise make_refusal(
            "FSC533",
            "Expected the steward who set this budget, found somebody else.",
            "Ask the steward to change it: what it promises was promised by that person.",
            clause="steward",
        )


def price(mechanisms: Sequence[Mapping[str, Any]], order: float) -> int:
    """Return what mechanisms, as JSON values, cost at an order."""
    return count_units([Mechanism.parse(one) for one in mechanisms], order)


def require_people(people: Sequence[str], consents: Mapping[str, Consent]) -> None:
    """Refuse to learn from nobody, from strangers to a published dataset, and from who has left.

    Raises
    ------
    InputError
        FSC162 if there is nobody, or a label of nobody in the published dataset.
    Refusal
        FSC532 if somebody has withdrawn.
    """
    strangers = set(people) - set(consents) if consents else set()
    if not people or strangers:
        raise InputError(
            "FSC162",
            f"Expected people of this dataset, got {len(strangers)} of {len(people)} labels that "
            "the published dataset does not have."
            if people
            else "Expected at least one person, got none.",
            "Use the labels of the published dataset, or name the dataset that the people are of.",
        )
    n_withdrawn = sum(consents[label].withdrawn is not None for label in people if consents)
    if n_withdrawn:
        raise make_refusal(
            "FSC532",
            f"Expected people who take part, found {n_withdrawn} of {len(people)} who withdrew.",
            "Leave them out and ask again.",
            clause="consent",
        )


def reserve(
    store: Store,
    dataset: str,
    people: Sequence[str],
    mechanisms: Sequence[Mechanism],
    words: tuple[str, str],
) -> int:
    """Charge people, if each of them has enough left; `words` are what for, and who.

    Raises
    ------
    Refusal
        FSC530 if somebody has not; FSC531 if no budget was set.
    """
    limit = store.read_limit(dataset)
    if limit is None:
        raise make_refusal(
            "FSC531",
            "Expected a budget for this dataset, found none.",
            "The steward sets it: fascicle budget set DATASET --epsilon 3 --delta 1e-6.",
            clause="budget",
        )
    units = count_units(mechanisms, limit.order)
    what, agent = words
    details = {
        "agent": agent,
        "dataset": dataset,
        "reason": what,
        "mechanisms": [one.as_dict() for one in mechanisms],
    }
    number, left = store.reserve(dataset, people, details, price)
    if number is None:
        asked, there = _epsilon(units, limit), say_at_least(_epsilon(left, limit))
        raise make_refusal(
            "FSC530",
            f"Expected a release within the budget, got one of epsilon {asked:.3g} where {there} "
            f"is left ({units / limit.units:.1%} of the budget asked for, "
            f"{max(left, 0) / limit.units:.1%} left; delta {limit.delta:g}).",
            "Ask for a smaller epsilon or for fewer answers, or use what has been released.",
            clause="budget",
        )
    return number


@contextmanager
def settling(store: Store, number: int, agent: str) -> Iterator[None]:
    """Let the caller release what was reserved, and write down how it ended."""
    try:
        yield
    except BaseException:
        # Nobody can know what was seen of the answer before it failed: it counts all the same.
        store.end_spend(number, "abandoned", agent)
        raise
    store.end_spend(number, "settled", agent)


def describe_budget(dataset: str, stored: StoredBudget) -> Budget:
    """Return the ledger of a dataset in words and figures."""
    limit = stored.limit
    spends = tuple(_describe(one, limit) for one in stored.spends)
    worst = max(stored.spent.values(), default=0)
    by_number = {one.number: one for one in spends}
    heaviest = [mechanism for n in stored.heaviest for mechanism in by_number[n].mechanisms]
    return Budget(
        dataset=dataset,
        epsilon=limit.epsilon,
        delta=limit.delta,
        steward=limit.steward,
        n_people=len(stored.spent),
        epsilon_spent=_epsilon(worst, limit),
        epsilon_left=_epsilon(limit.units - worst, limit),
        epsilon_tight=tight_epsilon(heaviest, limit.delta),
        share_spent=worst / limit.units,
        share_by_person={who: units / limit.units for who, units in stored.spent.items()},
        spends=spends,
    )


def _describe(stored: StoredSpend, limit: Limit) -> Spend:
    details = stored.details
    return Spend(
        number=stored.number,
        at=stored.at,
        agent=str(details.get("agent", stored.agent)),
        what=str(details.get("reason", "")),
        mechanisms=tuple(Mechanism.parse(one) for one in stored.mechanisms),
        n_people=stored.n_people,
        state=stored.state,
        epsilon=_epsilon(stored.units, limit),
        share=stored.units / limit.units,
    )


def _epsilon(units: int, limit: Limit) -> float:
    """Return the epsilon of so many units, as if all were Gaussian noise on everybody."""
    return epsilon_of(units / UNITS_PER_NAT / limit.order, limit.delta)
