"""The log: lines are only ever added, and each holds the hash of the one before.

A line in the chain has no words in it: a time, the kind of event, random pseudonyms of who and
what, and a commitment, which is the SHA-256 of a random salt and the details. Salt and details
stand in a table of their own. Erasing them leaves a commitment that nobody can open and a chain
that still holds; changing them breaks the commitment.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from fascicle.core import format_canonical

from ._nouns import LogEntry
from ._owners import require_dataset
from ._tables import agents, datasets, log, log_details, meta


def append_entry(
    connection: sa.Connection, event: str, agent: str, dataset: str, details: dict[str, Any]
) -> None:
    """Add a line; `dataset` is an id or empty."""
    head = connection.execute(sa.select(meta.c.value).where(meta.c.name == "head")).scalar_one()
    number = connection.execute(sa.select(sa.func.count()).select_from(log)).scalar_one() + 1
    salt = secrets.token_bytes(32)
    line = {
        "number": number,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "event": event,
        "agent": agent_pseudonym(connection, agent),
        "dataset": _dataset_pseudonym(connection, dataset),
        "commitment": _commit(salt, details),
        "previous": head,
    }
    digest = _digest(line)
    connection.execute(sa.insert(log), [line | {"digest": digest}])
    connection.execute(
        sa.insert(log_details),
        [{"number": number, "salt": salt, "details": format_canonical(details).decode()}],
    )
    connection.execute(sa.update(meta).where(meta.c.name == "head").values(value=digest))


def read_entries(connection: sa.Connection, dataset: str = "") -> tuple[LogEntry, ...]:
    """Return the lines in order, those about one dataset if an id is given."""
    query = (
        sa
        .select(log, log_details.c.details)
        .outerjoin(log_details, log_details.c.number == log.c.number)
        .order_by(log.c.number)
    )
    if dataset:
        asked = sa.select(datasets.c.pseudonym).where(datasets.c.id == dataset)
        query = query.where(log.c.dataset == asked.scalar_subquery())
    return tuple(
        LogEntry(
            number=row.number,
            at=row.at,
            event=row.event,
            agent=row.agent,
            dataset=row.dataset,
            digest=row.digest,
            details=json.loads(row.details) if row.details else {},
        )
        for row in connection.execute(query)
    )


def find_breaks(connection: sa.Connection) -> Iterator[tuple[int, str]]:
    """Yield the number of each line that is not as it was written, and what is wrong with it."""
    previous, expected = "", 1
    for row in connection.execute(sa.select(log).order_by(log.c.number)).mappings():
        line = {name: value for name, value in row.items() if name != "digest"}
        if row["number"] != expected:
            yield row["number"], "The line before it is missing."
        elif row["previous"] != previous:
            yield row["number"], "It does not hold the hash of the line before."
        if _digest(line) != row["digest"]:
            yield row["number"], "Its words do not match its hash."
        previous, expected = row["digest"], row["number"] + 1
    head = connection.execute(sa.select(meta.c.value).where(meta.c.name == "head")).scalar_one()
    if head != previous:
        yield expected, "The end of the log is missing."
    yield from _find_broken_commitments(connection)


def agent_pseudonym(connection: sa.Connection, name: str) -> str:
    """Return the random name under which an agent stands in the log; made at first sight."""
    found = connection.execute(
        sa.select(agents.c.pseudonym).where(agents.c.name == name)
    ).scalar_one_or_none()
    if found is not None:
        return str(found)
    pseudonym = secrets.token_hex(8)
    connection.execute(sa.insert(agents), [{"name": name, "pseudonym": pseudonym}])
    return pseudonym


def _dataset_pseudonym(connection: sa.Connection, dataset: str) -> str:
    """Return the random name of a dataset, made at first sight; empty if none is meant."""
    if not dataset:
        return ""
    number = require_dataset(connection, dataset)
    query = sa.select(datasets.c.pseudonym).where(datasets.c.number == number)
    return str(connection.execute(query).scalar_one())


def _find_broken_commitments(connection: sa.Connection) -> Iterator[tuple[int, str]]:
    """Yield the lines whose details are not those that were committed to."""
    query = sa.select(log.c.number, log.c.commitment, log_details.c.salt, log_details.c.details)
    joined = query.join(log_details, log_details.c.number == log.c.number).order_by(log.c.number)
    for number, commitment, salt, details in connection.execute(joined):
        if not hmac.compare_digest(_commit(salt, json.loads(details)), commitment):
            yield number, "Its details are not those that it was made for."


def _commit(salt: bytes, details: dict[str, Any]) -> str:
    return hashlib.sha256(salt + format_canonical(details)).hexdigest()


def _digest(line: dict[str, Any]) -> str:
    return hashlib.sha256(format_canonical(line)).hexdigest()
