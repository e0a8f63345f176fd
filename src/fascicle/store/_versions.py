"""Versions of datasets: written in one go, never changed, read back as they were."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from fascicle.core import Activity, Asset, Consent, format_canonical

from ._nouns import NewVersion, StoredAsset, StoredObject, StoredVersion
from ._owners import require_dataset, require_owner
from ._records import (
    consent_record,
    dataset_record,
    parse_activity,
    parse_consent_record,
    parse_dataset,
)
from ._search import index_dataset
from ._tables import (
    activities,
    asset_participants,
    assets,
    consents,
    datasets,
    edges,
    meta,
    owners,
    rows,
    versions,
)

TAGGED = "keyed:"
"""How the catalogue marks the digest of what is encrypted."""

UNREPRODUCIBLE = frozenset({"report.html"})
"""Files whose bytes may differ between two runs over the same data: no reason for a new version."""


def fingerprint(connection: sa.Connection, new: NewVersion) -> str:
    """Return a keyed digest of all that makes a version what it is.

    Keyed, because it outlives the rows of a participant who leaves.
    """
    files = [(stored.asset.path, _listed(stored.stored)) for stored in new.assets]
    return _keyed_digest(connection, new, files)


def find_changed(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield id and number of each version that is not as it was published.

    What it says of itself, what its participants allow, which files it has: whatever the
    fingerprint covers.
    """
    every = sa.select(datasets.c.id, versions.c.number, versions.c.fingerprint)
    query = every.join(versions, versions.c.dataset == datasets.c.number)
    for row in connection.execute(query.order_by(datasets.c.number, versions.c.number)).all():
        version = str(row.number)
        try:
            found = read_version(connection, row.id, version)
            files = [
                (stored.asset.path, _listed(stored.stored))
                for stored in read_assets(connection, row.id, version)
            ]
            is_same = found is not None and hmac.compare_digest(
                row.fingerprint, _keyed_digest(connection, found, files)
            )
        except (ValueError, KeyError, TypeError, AttributeError):  # no record of ours any more
            is_same = False
        if not is_same:
            yield row.id, version


def _keyed_digest(
    connection: sa.Connection,
    version: NewVersion | StoredVersion,
    files: Iterable[tuple[str, str]],
) -> str:
    """Return the keyed digest of a version with these paths and digests."""
    secret = connection.execute(sa.select(meta.c.value).where(meta.c.name == "secret")).scalar_one()
    content = {
        "dataset": dataset_record(replace(version.dataset, version="", n_bytes=0)),
        "files": sorted([path, digest] for path, digest in files if path not in UNREPRODUCIBLE),
        "consents": {label: consent_record(given) for label, given in version.consents.items()},
        "facts": version.facts,
    }
    return hmac.new(bytes.fromhex(secret), format_canonical(content), hashlib.sha256).hexdigest()


def add_version(connection: sa.Connection, new: NewVersion) -> tuple[str, bool]:
    """Write a version, unless the newest one is the same; return its number and whether it is new.

    To be called inside one writing transaction.
    """
    number = require_dataset(connection, new.dataset.id)
    print_ = fingerprint(connection, new)
    newest = connection.execute(
        sa
        .select(versions.c.number, versions.c.fingerprint)
        .where(versions.c.dataset == number)
        .order_by(versions.c.number.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None and hmac.compare_digest(newest.fingerprint, print_):
        return str(newest.number), False
    version = str(newest.number + 1 if newest else 1)
    dataset = replace(new.dataset, version=version)
    made = connection.execute(
        sa.insert(versions).returning(versions.c.id),
        {
            "dataset": number,
            "number": int(version),
            "fingerprint": print_,
            "described": json.dumps(dataset_record(dataset)),
            "seal": json.dumps(new.seal),
            "facts": json.dumps(new.facts),
            "publisher": new.publisher,
            "public_key": new.public_key,
            "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    ).scalar_one()
    ids = _add_assets(connection, number, made, new.assets)
    _add_consents(connection, number, made, new.consents)
    _add_activities(connection, made, new.activities, ids)
    index_dataset(connection, number, made, dataset)
    return version, True


def read_version(connection: sa.Connection, dataset: str, version: str) -> StoredVersion | None:
    """Return a version, the newest one if none is named; None if there is none."""
    query = (
        sa
        .select(versions)
        .join(datasets, datasets.c.number == versions.c.dataset)
        .where(datasets.c.id == dataset)
        .order_by(versions.c.number)
    )
    found = connection.execute(query).all()
    wanted = [row for row in found if not version or str(row.number) == version]
    if not wanted:
        return None
    row = wanted[-1]
    return StoredVersion(
        dataset=parse_dataset(json.loads(row.described)),
        consents=_read_consents(connection, row.id),
        activities=_read_activities(connection, row.id),
        seal=json.loads(row.seal),
        publisher=row.publisher,
        public_key=row.public_key,
        published_at=datetime.fromisoformat(row.published_at),
        facts=json.loads(row.facts),
        versions=tuple(str(other.number) for other in found),
    )


def read_assets(connection: sa.Connection, dataset: str, version: str) -> tuple[StoredAsset, ...]:
    """Return the assets of a version with the addresses of their bytes, by path."""
    query = (
        sa
        .select(assets)
        .join(versions, versions.c.id == assets.c.version)
        .join(datasets, datasets.c.number == versions.c.dataset)
        .where(datasets.c.id == dataset, versions.c.number == int(version))
        .order_by(assets.c.path)
    )
    found = connection.execute(query).all()
    ids = sa.select(query.subquery().c.id)
    labels = _read_labels(connection, ids)
    lines = _read_lines(connection, ids)
    return tuple(
        StoredAsset(
            Asset(row.path, digest, row.n_bytes, row.kind, tuple(labels[row.id])),
            StoredObject(row.owner, row.address, digest, row.n_bytes, tag),
            tuple(lines[row.id]),
        )
        for row in found
        for digest, tag in [_parse_listed(row.digest)]
    )


def _listed(stored: StoredObject) -> str:
    """Return what the catalogue says of some bytes: never the digest of what is encrypted."""
    return f"{TAGGED}{stored.tag}" if stored.tag else stored.digest


def _parse_listed(listed: str) -> tuple[str, str]:
    """Return digest and tag, one of which is empty."""
    is_tag = listed.startswith(TAGGED)
    return ("", listed.removeprefix(TAGGED)) if is_tag else (listed, "")


def read_all_versions(connection: sa.Connection) -> tuple[tuple[str, str], ...]:
    """Return id and number of every version, in order."""
    query = (
        sa
        .select(datasets.c.id, versions.c.number)
        .join(versions, versions.c.dataset == datasets.c.number)
        .order_by(datasets.c.number, versions.c.number)
    )
    return tuple((row.id, str(row.number)) for row in connection.execute(query))


def _add_assets(
    connection: sa.Connection, number: int, version: int, stored: Iterable[StoredAsset]
) -> dict[str, int]:
    """Write assets, whom they come from and the lines of tables; return ids by path."""
    ids: dict[str, int] = {}
    people: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for one in stored:
        asset = one.asset
        made = connection.execute(
            sa.insert(assets).returning(assets.c.id),
            {
                "version": version,
                "owner": one.stored.owner,
                "path": asset.path,
                "kind": asset.kind,
                "n_bytes": one.stored.n_bytes,
                "digest": _listed(one.stored),
                "address": one.stored.address,
            },
        ).scalar_one()
        ids[asset.path] = made
        people += [
            {
                "asset": made,
                "position": position,
                "participant": require_owner(connection, number, [label]),
            }
            for position, label in enumerate(asset.participants)
        ]
        lines += [
            {"asset": made, "position": position, "owner": owner, "line": line}
            for position, (owner, line) in enumerate(one.rows)
        ]
    if people:
        connection.execute(sa.insert(asset_participants), people)
    if lines:
        connection.execute(sa.insert(rows), lines)
    return ids


def _add_consents(
    connection: sa.Connection, number: int, version: int, given: dict[str, Consent]
) -> None:
    """Write what each participant allows."""
    for label, consent in given.items():
        connection.execute(
            sa.insert(consents),
            {
                "version": version,
                "participant": require_owner(connection, number, [label]),
                "terms": json.dumps(consent_record(consent)),
            },
        )


def _add_activities(
    connection: sa.Connection, version: int, done: Iterable[Activity], ids: dict[str, int]
) -> None:
    """Write activities and the edges between them and the assets."""
    for position, activity in enumerate(done):
        made = connection.execute(
            sa.insert(activities).returning(activities.c.id),
            {
                "version": version,
                "position": position,
                "name": activity.name,
                "tool": activity.tool,
                "tool_version": activity.version,
                "started_at": activity.started_at.isoformat(),
                "ended_at": activity.ended_at.isoformat(),
                "agent": activity.agent,
                "parameters": json.dumps(activity.parameters),
            },
        ).scalar_one()
        ends = [
            {
                "activity": made,
                "role": role,
                "position": place,
                "asset": ids.get(name),
                "name": None if name in ids else name,
            }
            for role, names in (("used", activity.inputs), ("generated", activity.outputs))
            for place, name in enumerate(names)
        ]
        if ends:
            connection.execute(sa.insert(edges), ends)


def _read_labels(connection: sa.Connection, ids: sa.Select[Any]) -> defaultdict[int, list[str]]:
    """Return the participants behind each asset."""
    query = (
        sa
        .select(asset_participants.c.asset, owners.c.label)
        .join(owners, owners.c.key == asset_participants.c.participant)
        .where(asset_participants.c.asset.in_(ids))
        .order_by(asset_participants.c.asset, asset_participants.c.position)
    )
    labels = defaultdict[int, list[str]](list)
    for asset, label in connection.execute(query):
        labels[asset].append(label)
    return labels


def _read_lines(
    connection: sa.Connection, ids: sa.Select[Any]
) -> defaultdict[int, list[tuple[str, bytes]]]:
    """Return the lines of each table that is kept as rows."""
    query = (
        sa
        .select(rows.c.asset, rows.c.owner, rows.c.line)
        .where(rows.c.asset.in_(ids))
        .order_by(rows.c.asset, rows.c.position)
    )
    lines = defaultdict[int, list[tuple[str, bytes]]](list)
    for asset, owner, line in connection.execute(query):
        # Whoever goes around the gate can put text where bytes belong.
        lines[asset].append((owner, line if isinstance(line, bytes) else str(line).encode()))
    return lines


def _read_consents(connection: sa.Connection, version: int) -> dict[str, Consent]:
    query = (
        sa
        .select(owners.c.label, consents.c.terms)
        .join(owners, owners.c.key == consents.c.participant)
        .where(consents.c.version == version)
        .order_by(owners.c.label)
    )
    return {
        label: parse_consent_record(json.loads(terms)) for label, terms in connection.execute(query)
    }


def _read_activities(connection: sa.Connection, version: int) -> tuple[Activity, ...]:
    """Return the activities of a version with what they used and generated."""
    query = (
        sa.select(activities).where(activities.c.version == version).order_by(activities.c.position)
    )
    found = connection.execute(query).all()
    ends = (
        sa
        .select(edges.c.activity, edges.c.role, sa.func.coalesce(assets.c.path, edges.c.name))
        .outerjoin(assets, assets.c.id == edges.c.asset)
        .join(activities, activities.c.id == edges.c.activity)
        .where(activities.c.version == version)
        .order_by(edges.c.activity, edges.c.role, edges.c.position)
    )
    named = defaultdict[tuple[int, str], list[str]](list)
    for activity, role, name in connection.execute(ends):
        named[activity, role].append(name)
    return tuple(
        parse_activity({
            "name": row.name,
            "tool": row.tool,
            "version": row.tool_version,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "agent": row.agent,
            "parameters": json.loads(row.parameters),
            "inputs": named[row.id, "used"],
            "outputs": named[row.id, "generated"],
        })
        for row in found
    )
