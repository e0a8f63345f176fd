"""What opens each encrypted object, in the catalogue: useless without the keys of people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from ._tables import (
    asset_participants,
    assets,
    datasets,
    destroyed_keys,
    envelopes,
    members,
    meta,
    owners,
    rows,
)
from ._versions import TAGGED

_BATCH = 500
"""Owners of one query: SQLite has room for some hundred values."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The key of an object, wrapped by its owner's.

    Attributes
    ----------
    owner, address : str
        Which object.
    tag : str
        Keyed digest of its plain bytes.
    key : int
        Number of the owner's key.
    wrapped : bytes
        The object's key.
    replaces : tuple of str
        Addresses of damaged forms of the same bytes, whose assets move here.
    """

    owner: str
    address: str
    tag: str
    key: int
    wrapped: bytes = field(repr=False)
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One encrypted line of a table, and what it is bound to.

    Attributes
    ----------
    asset, position : int
        Its place in the catalogue.
    path : str
        Which table.
    line : bytes
        Encrypted.
    """

    asset: int
    position: int
    path: str
    line: bytes = field(repr=False)


def name_commons(connection: sa.Connection) -> str:
    """Return a name of the commons that tells nothing of its secret."""
    secret = connection.execute(sa.select(meta.c.value).where(meta.c.name == "secret")).scalar_one()
    return hashlib.sha256(b"fascicle keys " + bytes.fromhex(secret)).hexdigest()[:16]


def has_encrypted(connection: sa.Connection) -> bool:
    """Tell whether any version has encrypted bytes."""
    query = sa.select(assets.c.id).where(assets.c.digest.startswith(TAGGED)).limit(1)
    return connection.execute(query).first() is not None


def find_encrypted(connection: sa.Connection, asked: Sequence[str]) -> frozenset[str]:
    """Return those of the owners about whom any version has encrypted bytes."""
    found: set[str] = set()
    for start in range(0, len(asked), _BATCH):
        some = asked[start : start + _BATCH]
        lines = (
            sa
            .select(rows.c.owner)
            .join(assets, assets.c.id == rows.c.asset)
            .where(rows.c.owner.in_(some), assets.c.digest.startswith(TAGGED))
        )
        query = sa.select(envelopes.c.owner).where(envelopes.c.owner.in_(some)).union(lines)
        found |= set(connection.execute(query).scalars())
    return frozenset(found)


def count_files(connection: sa.Connection, participant: str) -> tuple[int, int]:
    """Return how many files about a person are encrypted in some version, and how many are not."""
    is_encrypted = assets.c.digest.startswith(TAGGED)
    query = (
        sa
        .select(assets.c.path, is_encrypted)
        .join(asset_participants, asset_participants.c.asset == assets.c.id)
        .where(asset_participants.c.participant == participant)
        .distinct()
    )
    found = [encrypted for _, encrypted in connection.execute(query)]
    return sum(found), len(found) - sum(found)


def drop_unnamed(connection: sa.Connection) -> None:
    """Drop the envelopes of objects that no version names; to be called while nobody publishes."""
    is_named = sa.exists().where(
        assets.c.owner == envelopes.c.owner, assets.c.address == envelopes.c.address
    )
    connection.execute(sa.delete(envelopes).where(~is_named))


def add_envelopes(connection: sa.Connection, new: Iterable[Envelope]) -> None:
    """Write envelopes; assets whose bytes were damaged are led to the new ones."""
    for one in new:
        values = {
            "owner": one.owner,
            "address": one.address,
            "tag": one.tag,
            "key": one.key,
            "wrapped": one.wrapped,
        }
        connection.execute(sa.insert(envelopes), [values])
        for old in one.replaces:
            move(connection, one.owner, old, one.address)


def move(connection: sa.Connection, owner: str, old: str, new: str) -> None:
    """Lead the assets of one object to another with the same plain bytes, and drop its envelope."""
    connection.execute(
        sa
        .update(assets)
        .where(assets.c.owner == owner, assets.c.address == old)
        .values(address=new)
    )
    connection.execute(
        sa.delete(envelopes).where(envelopes.c.owner == owner, envelopes.c.address == old)
    )


def read_envelope(connection: sa.Connection, owner: str, address: str) -> Envelope | None:
    """Return what opens an object; None if nothing does."""
    query = sa.select(envelopes).where(envelopes.c.owner == owner, envelopes.c.address == address)
    return next(_parse(connection, query), None)


def find_by_tag(connection: sa.Connection, owner: str, tag: str) -> tuple[Envelope, ...]:
    """Return the envelopes of an owner's objects with the same plain bytes."""
    query = sa.select(envelopes).where(envelopes.c.owner == owner, envelopes.c.tag == tag)
    return tuple(_parse(connection, query))


def find_by_owner(connection: sa.Connection, owner: str) -> tuple[Envelope, ...]:
    """Return all envelopes of an owner."""
    query = sa.select(envelopes).where(envelopes.c.owner == owner).order_by(envelopes.c.address)
    return tuple(_parse(connection, query))


def rewrap(connection: sa.Connection, envelope: Envelope) -> None:
    """Write another wrapping of the same object's key."""
    connection.execute(
        sa
        .update(envelopes)
        .where(envelopes.c.owner == envelope.owner, envelopes.c.address == envelope.address)
        .values(key=envelope.key, wrapped=envelope.wrapped)
    )


def find_rows(connection: sa.Connection, owner: str) -> tuple[StoredRow, ...]:
    """Return the encrypted lines about an owner, in all versions."""
    query = (
        sa
        .select(rows.c.asset, rows.c.position, assets.c.path, rows.c.line)
        .join(assets, assets.c.id == rows.c.asset)
        .where(rows.c.owner == owner, assets.c.digest.startswith(TAGGED))
    )
    return tuple(StoredRow(*row) for row in connection.execute(query))


def write_row(connection: sa.Connection, row: StoredRow, line: bytes) -> None:
    """Write another encryption of the same line."""
    connection.execute(
        sa
        .update(rows)
        .where(rows.c.asset == row.asset, rows.c.position == row.position)
        .values(line=line)
    )


def read_members(connection: sa.Connection, owner: str) -> tuple[str, ...]:
    """Return the people of a group; nobody for a person."""
    query = sa.select(members.c.participant).where(members.c.group_key == owner)
    return tuple(sorted(connection.execute(query).scalars()))


def find_participant(connection: sa.Connection, dataset: str, label: str) -> str | None:
    """Return the owner that a participant of a dataset is; None if there is none by that label."""
    query = (
        sa
        .select(owners.c.key)
        .join(datasets, datasets.c.number == owners.c.dataset)
        .where(datasets.c.id == dataset, owners.c.label == label)
    )
    return connection.execute(query).scalar_one_or_none()


def find_owners(connection: sa.Connection, dataset: str) -> tuple[str, ...]:
    """Return all owners of a dataset, people and groups."""
    query = (
        sa
        .select(owners.c.key)
        .join(datasets, datasets.c.number == owners.c.dataset)
        .where(datasets.c.id == dataset)
        .order_by(owners.c.key)
    )
    return tuple(connection.execute(query).scalars())


def mark_destroyed(connection: sa.Connection, owner: str) -> tuple[str, ...]:
    """Write down that a person's key is destroyed, and drop all that it opened.

    Returns
    -------
    tuple of str
        The person and every group with him or her.
    """
    groups = sa.select(members.c.group_key).where(members.c.participant == owner)
    gone = (owner, *sorted(connection.execute(groups).scalars()))
    known = read_destroyed(connection)
    for one in gone:
        if one not in known:
            connection.execute(sa.insert(destroyed_keys), [{"owner": one}])
        connection.execute(sa.delete(envelopes).where(envelopes.c.owner == one))
    return gone


def read_destroyed(connection: sa.Connection) -> frozenset[str]:
    """Return the owners whose keys were destroyed."""
    return frozenset(connection.execute(sa.select(destroyed_keys.c.owner)).scalars())


def _parse(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> Iterator[Envelope]:
    for row in connection.execute(query):
        yield Envelope(row.owner, row.address, row.tag, row.key, bytes(row.wrapped))
