"""The part of the handle on a commons that keeps the budget, and what every part of it needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fascicle.core import Mechanism
from fascicle.errors import Refusal

from ._budget import (
    Budget,
    describe_budget,
    make_limit,
    price,
    require_people,
    require_steward,
    reserve,
    settling,
)
from ._publish import make_refusal

if TYPE_CHECKING:
    from fascicle.store import Store


class Ledger:
    """What is spent on the people of a commons; part of `Commons`, and opened as that."""

    def __init__(self, store: Store, agent: str) -> None:
        self._store = store
        self._agent = agent.strip()

    def set_budget(self, dataset_id: str, epsilon: float, delta: float) -> None:
        """Set the most that may be learnt of each person of a dataset, over all that is released.

        Whoever changes it later promises the larger of both.

        Parameters
        ----------
        dataset_id : str
            Any id; the dataset itself need not be in the commons.
        epsilon, delta : float
            The guarantee for one person, whose data are blanked or not.

        Raises
        ------
        InputError
            FSC161 if they are no guarantee.
        Refusal
            FSC500 if nobody stands for it; FSC533 if somebody else set it first.
        """
        with self._logged("budget", dataset_id):
            self._require_agent()
            require_steward(self._store.read_limit(dataset_id), self._agent)
            limit = make_limit(epsilon, delta, self._agent)
            self._store.set_budget(dataset_id, limit, self._agent, price)

    def budget(self, dataset_id: str) -> Budget | None:
        """Return what was spent on a dataset's people and what is left; None if none was set."""
        stored = self._store.read_budget(dataset_id)
        return describe_budget(dataset_id, stored) if stored else None

    @contextmanager
    def spend(
        self, dataset_id: str, people: Sequence[str], mechanisms: Sequence[Mechanism], what: str
    ) -> Iterator[int]:
        """Charge people for a private computation, which is run inside the ``with`` statement.

        The cost is reserved before the block begins, in one transaction that no other spend can
        slip into; leaving the block settles it. A process that dies inside leaves it reserved, an
        error abandons it, and both count: what was released is never unaccounted for.

        Parameters
        ----------
        dataset_id : str
            Whose budget.
        people : sequence of str
            Labels of everybody whose data the computation may look at, chosen without looking at
            the data; several sessions of a person are one person.
        mechanisms : sequence of Mechanism
            All the noise that it will add.
        what : str
            What for, in a sentence without values; anybody may read it in the log.

        Yields
        ------
        int
            The spend's line in the log.

        Raises
        ------
        Refusal
            FSC530 if somebody has less left than it costs; FSC531 if no budget was set; FSC532 if
            somebody has withdrawn; FSC500 if nobody stands for it.
        InputError
            FSC163 if the noise protects nobody; FSC162 if there are no such people.
        DependencyError
            FSC803 if ``dp-accounting`` is needed for such noise and is not installed.
        """
        with self._logged("spend", dataset_id):
            self._require_agent()
            found = self._store.read_version(dataset_id)
            require_people(people, found.consents if found else {})
            number = reserve(self._store, dataset_id, people, mechanisms, (what, self._agent))
        with settling(self._store, number, self._agent):
            yield number

    # -- inside ----------------------------------------------------------------------------------

    @contextmanager
    def _logged(self, action: str, dataset: str, agent: str | None = None) -> Iterator[None]:
        """Write a refusal to the log on its way out."""
        try:
            yield
        except Refusal as refusal:
            who = self._agent if agent is None else agent
            details = {
                "agent": who,
                "dataset": dataset,
                "action": action,
                "code": refusal.code,
                "reason": refusal.problem,
            }
            self._store.record("refuse", who, dataset, details)
            raise

    def _require_agent(self) -> None:
        if not self._agent:
            raise make_refusal(
                "FSC500",
                "Expected somebody who stands for this, found no name.",
                "Say who you are with --as, or open the commons with an agent.",
                clause="agent",
            )
