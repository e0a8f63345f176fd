"""The ledger of budgets: lines of the log with a cost for each person behind them.

What is spent stays spent. A line is written before anything is released (it is *reserved*), and
what follows only says how it ended: a process that dies in between has spent too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from ._log import append_entry
from ._nouns import Limit, Price, StoredBudget, StoredSpend
from ._owners import require_dataset, require_owner
from ._tables import (
    budgets,
    datasets,
    log,
    log_details,
    owners,
    spend_costs,
    spend_ends,
    spend_people,
    spends,
)

ENDS = {"settled": "settle", "abandoned": "abandon"}
"""Events of the log by the state that they lead to."""
_COUNTS = sa.select(spend_people.c.spend, sa.func.count().label("n")).group_by(spend_people.c.spend)
"""How many people each spend is charged to."""


def set_limit(
    connection: sa.Connection, dataset: str, limit: Limit, agent: str, price: Price
) -> None:
    """Set or change what may be spent on each person, with a line in the log."""
    number = require_dataset(connection, dataset)
    values = {
        "epsilon": limit.epsilon,
        "delta": limit.delta,
        "order": limit.order,
        "units": limit.units,
        "steward": limit.steward,
    }
    if read_limit(connection, dataset) is None:
        connection.execute(sa.insert(budgets), [{"dataset": number} | values])
    else:
        connection.execute(sa.update(budgets).where(budgets.c.dataset == number).values(values))
    _price_anew(connection, number, limit.order, price)
    words = f"epsilon {limit.epsilon:g}, delta {limit.delta:g} for each person"
    told = {"agent": agent, "dataset": dataset, "reason": words} | values
    append_entry(connection, "budget", agent, dataset, told)


def read_limit(connection: sa.Connection, dataset: str) -> Limit | None:
    """Return what may be spent on each person; None if nobody has set it."""
    query = (
        sa
        .select(budgets)
        .join(datasets, datasets.c.number == budgets.c.dataset)
        .where(datasets.c.id == dataset)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Limit(row.epsilon, row.delta, row.order, row.units, row.steward)


def reserve(
    connection: sa.Connection,
    dataset: str,
    people: Sequence[str],
    details: dict[str, Any],
    price: Price,
) -> tuple[int | None, int]:
    """Spend on people, unless it is more than one of them has left.

    To be called inside one writing transaction, which holds off every other writer.
    """
    limit = read_limit(connection, dataset)
    if limit is None or not people:
        return None, 0
    units = price(details["mechanisms"], limit.order)
    number = require_dataset(connection, dataset)
    behind = [require_owner(connection, number, [label]) for label in sorted(set(people))]
    spent = _sum_spent(connection, number, limit.order)
    left = limit.units - max(spent.get(key, 0) for key in behind)
    if units > left:
        return None, left
    cost = {"order": limit.order, "units": units}
    told = details | {"cost": cost, "n_people": len(behind)}
    append_entry(connection, "spend", details["agent"], dataset, told)
    line = connection.execute(sa.select(sa.func.max(log.c.number))).scalar_one()
    mechanisms = json.dumps(details["mechanisms"])
    connection.execute(
        sa.insert(spends), [{"number": line, "dataset": number, "mechanisms": mechanisms}]
    )
    connection.execute(sa.insert(spend_costs), [{"spend": line} | cost])
    connection.execute(
        sa.insert(spend_people), [{"participant": key, "spend": line} for key in behind]
    )
    return int(line), left


def end(connection: sa.Connection, number: int, state: str, agent: str) -> None:
    """Say how a spend ended."""
    query = (
        sa
        .select(datasets.c.id)
        .join(spends, spends.c.dataset == datasets.c.number)
        .where(spends.c.number == number)
    )
    dataset = str(connection.execute(query).scalar_one())
    connection.execute(sa.insert(spend_ends), [{"spend": number, "state": state}])
    details = {"agent": agent, "dataset": dataset, "spend": number}
    append_entry(connection, ENDS[state], agent, dataset, details)


def read_budget(connection: sa.Connection, dataset: str) -> StoredBudget | None:
    """Return the ledger of a dataset; None if nobody has set its budget."""
    limit = read_limit(connection, dataset)
    if limit is None:
        return None
    number = require_dataset(connection, dataset)
    spent = _sum_spent(connection, number, limit.order)
    names = sa.select(owners.c.key, owners.c.label).where(owners.c.dataset == number)
    labels = {row.key: row.label for row in connection.execute(names)}
    heaviest = max(spent, key=lambda key: (spent[key], key), default="")
    mine = sa.select(spend_people.c.spend).where(spend_people.c.participant == heaviest)
    return StoredBudget(
        limit=limit,
        spends=_read_spends(connection, number, limit.order),
        spent={labels[key]: units for key, units in sorted(spent.items())},
        heaviest=tuple(sorted(connection.execute(mine).scalars())),
    )


def find_lost(connection: sa.Connection) -> Iterator[tuple[int, str]]:
    """Yield each line of the log that tells of a spend or a limit which the ledger lacks."""
    lost = (*_find_lost_spends(connection), *_find_lost_limits(connection))
    yield from sorted(lost)


def _find_lost_spends(connection: sa.Connection) -> Iterator[tuple[int, str]]:
    query = (
        sa
        .select(log.c.number, log_details.c.details, spends.c.mechanisms)
        .outerjoin(log_details, log_details.c.number == log.c.number)
        .outerjoin(spends, spends.c.number == log.c.number)
        .where(log.c.event == "spend")
        .order_by(log.c.number)
    )
    costs = {
        (row.spend, row.order): row.units for row in connection.execute(sa.select(spend_costs))
    }
    people = {row.spend: row.n for row in connection.execute(_COUNTS)}
    for number, details, mechanisms in connection.execute(query):
        # Without details somebody has left: then fewer people are charged, as it should be.
        told = json.loads(details) if details is not None else None
        if mechanisms is None:
            yield number, "The ledger does not count what it spends."
        elif told and (
            json.loads(mechanisms) != told["mechanisms"]
            or costs.get((number, told["cost"]["order"])) != told["cost"]["units"]
        ):
            yield number, "The ledger counts another cost than it says."
        elif told and people.get(number, 0) != told["n_people"]:
            yield number, "The ledger charges fewer people than it says."


def _find_lost_limits(connection: sa.Connection) -> Iterator[tuple[int, str]]:
    """Yield the last line on the budget of each dataset, where the limit that holds is another."""
    query = (
        sa
        .select(log.c.number, log_details.c.details)
        .join(log_details, log_details.c.number == log.c.number)
        .where(log.c.event == "budget")
        .order_by(log.c.number)
    )
    last = {}
    for number, details in connection.execute(query):
        told = json.loads(details)
        last[told["dataset"]] = number, told
    for dataset, (number, told) in last.items():
        limit = read_limit(connection, dataset)
        if limit is None or any(told[name] != value for name, value in asdict(limit).items()):
            yield number, "The budget that holds is another than it says."


def _price_anew(connection: sa.Connection, number: int, order: float, price: Price) -> None:
    """Take down what earlier spends cost at an order at which nothing was counted yet."""
    priced = sa.select(spend_costs.c.spend).where(spend_costs.c.order == order)
    query = sa.select(spends).where(spends.c.dataset == number, spends.c.number.not_in(priced))
    rows = [
        {"spend": row.number, "order": order, "units": price(json.loads(row.mechanisms), order)}
        for row in connection.execute(query).all()
    ]
    if rows:
        connection.execute(sa.insert(spend_costs), rows)


def _sum_spent(connection: sa.Connection, number: int, order: float) -> dict[str, int]:
    """Return the units spent on each person of a dataset, by owner."""
    query = (
        sa
        .select(spend_people.c.participant, sa.func.sum(spend_costs.c.units))
        .join(spends, spends.c.number == spend_people.c.spend)
        .join(spend_costs, spend_costs.c.spend == spends.c.number)
        .where(spends.c.dataset == number, spend_costs.c.order == order)
        .group_by(spend_people.c.participant)
    )
    return {owner: int(units) for owner, units in connection.execute(query)}


def _read_spends(connection: sa.Connection, number: int, order: float) -> tuple[StoredSpend, ...]:
    """Return the spends of a dataset in order."""
    counts = _COUNTS.subquery()
    query = (
        sa
        .select(
            spends.c.number, spends.c.mechanisms, spend_costs.c.units, log.c.at, log.c.agent,
            spend_ends.c.state, counts.c.n, log_details.c.details,
        )
        .join(log, log.c.number == spends.c.number)
        .join(spend_costs, spend_costs.c.spend == spends.c.number)
        .outerjoin(log_details, log_details.c.number == spends.c.number)
        .outerjoin(spend_ends, spend_ends.c.spend == spends.c.number)
        .outerjoin(counts, counts.c.spend == spends.c.number)
        .where(spends.c.dataset == number, spend_costs.c.order == order)
        .order_by(spends.c.number)
    )  # fmt: skip
    return tuple(
        StoredSpend(
            number=row.number,
            at=row.at,
            agent=row.agent,
            units=row.units,
            state=row.state or "reserved",
            n_people=row.n or 0,
            mechanisms=tuple(json.loads(row.mechanisms)),
            details=json.loads(row.details) if row.details else {},
        )
        for row in connection.execute(query)
    )
