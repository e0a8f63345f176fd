"""Whose bytes are whose: a random key for each participant, each group, and for nobody."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import sqlalchemy as sa

from ._tables import SHARED, datasets, keys, members, owners


def require_dataset(connection: sa.Connection, dataset: str) -> int:
    """Return the number of a dataset, giving it one at first sight; nothing is visible yet."""
    found = connection.execute(
        sa.select(datasets.c.number).where(datasets.c.id == dataset)
    ).scalar_one_or_none()
    if found is not None:
        return int(found)
    made = connection.execute(
        sa.insert(datasets).returning(datasets.c.number),
        {"id": dataset, "pseudonym": secrets.token_hex(8)},
    )
    return int(made.scalar_one())


def require_owner(connection: sa.Connection, number: int, labels: Sequence[str]) -> str:
    """Return the key of the owner of a file, given the participants behind it.

    No participant means ``"shared"``, one means that participant of this dataset, several mean a
    group of its own: whoever leaves takes the group's files along.
    """
    if not labels:
        return SHARED
    if len(labels) == 1:
        return _require(connection, number, {"label": labels[0]})
    members_id = "\n".join(sorted(set(labels)))
    known = _find(connection, number, {"members_id": members_id})
    if known is not None:
        return known
    group = _require(connection, number, {"members_id": members_id})
    connection.execute(
        sa.insert(members),
        [
            {"group_key": group, "participant": _require(connection, number, {"label": label})}
            for label in sorted(set(labels))
        ],
    )
    return group


def owner_secret(connection: sa.Connection, owner: str) -> bytes:
    """Return the secret under which an owner's objects are addressed."""
    query = sa.select(keys.c.secret).where(keys.c.owner == owner)
    return bytes(connection.execute(query).scalar_one())


def _find(connection: sa.Connection, number: int, named: dict[str, str]) -> str | None:
    ((column, value),) = named.items()
    return connection.execute(
        sa.select(owners.c.key).where(owners.c.dataset == number, owners.c[column] == value)
    ).scalar_one_or_none()


def _require(connection: sa.Connection, number: int, named: dict[str, str]) -> str:
    """Return the key of an owner, making it and its secret at first sight."""
    found = _find(connection, number, named)
    if found is not None:
        return found
    key = secrets.token_hex(16)
    connection.execute(sa.insert(owners), [{"key": key, "dataset": number} | named])
    connection.execute(sa.insert(keys), [{"owner": key, "secret": secrets.token_bytes(32)}])
    return key
