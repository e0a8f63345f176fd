"""The tables of a commons, and how an older one is brought forward."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from fascicle.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

SCHEMA_VERSION = 3
SHARED = "shared"
"""Owner of files about nobody."""

_BUSY_TIMEOUT_MS = 30_000

metadata = sa.MetaData()


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


def _refers(name: str, to: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(
        name, sa.ForeignKey(to, ondelete="CASCADE"), primary_key=key, nullable=False, index=not key
    )


meta = sa.Table("meta", metadata, _text("name", key=True), _text("value"))

datasets = sa.Table(
    "datasets",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    _text("pseudonym"),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("dataset", "datasets.number"),
    sa.Column("number", sa.Integer, nullable=False),
    _text("fingerprint"),
    _text("described"),  # the Dataset as JSON
    _text("seal"),
    _text("facts"),
    _text("publisher"),
    _text("public_key"),
    _text("published_at"),
    sa.UniqueConstraint("dataset", "number"),
)

# An owner is one participant of one dataset, a group of them that shares a file, or nobody.
owners = sa.Table(
    "owners",
    metadata,
    _text("key", key=True),
    sa.Column("dataset", sa.ForeignKey("datasets.number", ondelete="CASCADE"), index=True),
    sa.Column("label", sa.Text),  # of a participant; a group has members instead
    sa.Column("members_id", sa.Text),  # of a group: its labels as one value
    sa.UniqueConstraint("dataset", "label"),
    sa.UniqueConstraint("dataset", "members_id"),
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("owner", sa.ForeignKey("owners.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("secret", sa.LargeBinary, nullable=False),
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("group_key", sa.ForeignKey("owners.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("participant", sa.ForeignKey("owners.key", ondelete="CASCADE"), primary_key=True),
)

assets = sa.Table(
    "assets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("version", "versions.id"),
    sa.Column("owner", sa.ForeignKey("owners.key"), nullable=False, index=True),
    _text("path"),
    _text("kind"),
    sa.Column("n_bytes", sa.Integer, nullable=False),
    _text("digest"),
    _text("address"),  # empty: the table is kept in `rows`
    sa.UniqueConstraint("version", "path"),
)

asset_participants = sa.Table(
    "asset_participants",
    metadata,
    _refers("asset", "assets.id", key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("participant", sa.ForeignKey("owners.key"), nullable=False, index=True),
)

rows = sa.Table(
    "rows",
    metadata,
    _refers("asset", "assets.id", key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("owner", sa.ForeignKey("owners.key"), nullable=False, index=True),
    sa.Column("line", sa.LargeBinary, nullable=False),
)

consents = sa.Table(
    "consents",
    metadata,
    _refers("version", "versions.id", key=True),
    sa.Column("participant", sa.ForeignKey("owners.key"), primary_key=True),
    _text("terms"),
)

activities = sa.Table(
    "activities",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("version", "versions.id"),
    sa.Column("position", sa.Integer, nullable=False),
    _text("name"),
    _text("tool"),
    _text("tool_version"),
    _text("started_at"),
    _text("ended_at"),
    _text("agent"),
    _text("parameters"),
)

# One edge of the lineage graph: an activity used or generated an asset. What stays private has a
# name (a recording's key) and no asset.
edges = sa.Table(
    "edges",
    metadata,
    _refers("activity", "activities.id", key=True),
    sa.Column("role", sa.Text, primary_key=True),  # "used" or "generated"
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("asset", sa.ForeignKey("assets.id", ondelete="CASCADE"), index=True),
    sa.Column("name", sa.Text),
)

agents = sa.Table(
    "agents",
    metadata,
    _text("name", key=True),
    _text("pseudonym"),
    sa.Column("public_key", sa.Text),
)

log = sa.Table(
    "log",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    _text("at"),
    _text("event"),
    _text("agent"),
    _text("dataset"),
    _text("commitment"),
    _text("previous"),
    _text("digest"),
)

# Kept apart from the log, so that a line's words can be erased and the chain still holds.
log_details = sa.Table(
    "log_details",
    metadata,
    sa.Column("number", sa.ForeignKey("log.number"), primary_key=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    _text("details"),
)

catalogue = sa.Table(
    "catalogue",
    metadata,
    sa.Column("dataset", sa.ForeignKey("datasets.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("n_participants", sa.Integer, nullable=False),
    sa.Column("age_low", sa.Float),
    sa.Column("age_high", sa.Float),
)

facets = sa.Table(
    "facets",
    metadata,
    sa.Column("dataset", sa.ForeignKey("datasets.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Index("facets_by_value", "kind", "value"),
)

# What each person of a dataset may be exposed to in all, as divergence of one Rényi order.
budgets = sa.Table(
    "budgets",
    metadata,
    sa.Column("dataset", sa.ForeignKey("datasets.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("epsilon", sa.Float, nullable=False),
    sa.Column("delta", sa.Float, nullable=False),
    sa.Column("order", sa.Float, nullable=False),
    sa.Column("units", sa.Integer, nullable=False),
    _text("steward"),
)

spends = sa.Table(
    "spends",
    metadata,
    sa.Column("number", sa.ForeignKey("log.number"), primary_key=True),
    _refers("dataset", "datasets.number"),
    _text(
        "mechanisms"
    ),  # as JSON: they outlive the words of the line, and another order needs them
)

# Costs are whole units: a sum of floats loses what is small, and many small ones are a large one.
spend_costs = sa.Table(
    "spend_costs",
    metadata,
    sa.Column("spend", sa.ForeignKey("spends.number"), primary_key=True),
    sa.Column("order", sa.Float, primary_key=True),
    sa.Column("units", sa.Integer, nullable=False),
)

# Apart from the spends, so that a person's lines can go with the person.
spend_people = sa.Table(
    "spend_people",
    metadata,
    sa.Column("participant", sa.ForeignKey("owners.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("spend", sa.ForeignKey("spends.number"), primary_key=True),
)

spend_ends = sa.Table(
    "spend_ends",
    metadata,
    sa.Column("spend", sa.ForeignKey("spends.number"), primary_key=True),
    _text("state"),
)

# What opens an encrypted object: its own key, wrapped by that of its owner. The owner's key is
# in no table; `tag` is the keyed digest of the plain bytes, which finds what is stored already.
envelopes = sa.Table(
    "envelopes",
    metadata,
    sa.Column("owner", sa.ForeignKey("owners.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    _text("tag"),
    sa.Column("key", sa.Integer, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Index("envelopes_by_tag", "owner", "tag"),
)

# Owners whose key was destroyed: stays when the owner goes, so that no backup brings a key back.
destroyed_keys = sa.Table("destroyed_keys", metadata, _text("owner", key=True))

_BUDGET_TABLES = (budgets, spends, spend_costs, spend_people, spend_ends)
_BUDGET_STATEMENTS = tuple(
    f"CREATE TRIGGER {table}_is_never_{word} BEFORE {event} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'spends are append-only'); END"
    for table, event, word in (
        ("spends", "UPDATE", "changed"),
        ("spends", "DELETE", "cut"),
        ("spend_costs", "UPDATE", "changed"),
        ("spend_costs", "DELETE", "cut"),
        ("spend_people", "UPDATE", "changed"),
        ("spend_ends", "UPDATE", "changed"),
        ("spend_ends", "DELETE", "cut"),
    )
)

_STATEMENTS = (
    "CREATE VIRTUAL TABLE search USING fts5("
    "name, keywords, description, tokenize = 'porter unicode61 remove_diacritics 2')",
    "CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log "
    "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    "CREATE TRIGGER log_is_never_cut BEFORE DELETE ON log "
    "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    *_BUDGET_STATEMENTS,
)


def _add_budgets(connection: sa.Connection) -> None:
    """Give a commons of schema 1 its ledger of budgets."""
    metadata.create_all(connection, tables=_BUDGET_TABLES)
    for statement in _BUDGET_STATEMENTS:
        connection.exec_driver_sql(statement)


def _add_envelopes(connection: sa.Connection) -> None:
    """Give a commons of schema 2 a place for what opens encrypted objects."""
    metadata.create_all(connection, tables=(envelopes, destroyed_keys))


Migration = Callable[[sa.Connection], None]
_MIGRATIONS: Mapping[int, Migration] = {1: _add_budgets, 2: _add_envelopes}
"""What brings a commons from one schema version to the next, by the older one."""


def make_engine(database: Path) -> sa.Engine:
    """Return an engine whose transactions begin as they should in SQLite.

    Every connection keeps foreign keys, waits for writers, and wipes what is deleted.
    """
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(database)))
    sa.event.listen(engine, "connect", _prepare_connection)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set what SQLite forgets between connections."""
    # Python's own guess of when a transaction begins is switched off: _begin says when.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        "foreign_keys = ON",
        "secure_delete = ON",
        "synchronous = FULL",
        "cache_size = -65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """Begin as a writer at once where writing is meant: two writers then wait and never clash."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def is_current(engine: sa.Engine) -> bool:
    """Tell whether the commons has the tables that this release expects.

    Raises
    ------
    StoreError
        FSC602 if a later release made it.
    """
    with engine.connect() as connection:
        found = _schema_version(connection)
    if found > SCHEMA_VERSION:
        raise StoreError(
            "FSC602",
            f"Expected a commons of schema {SCHEMA_VERSION} or older, found {found}.",
            "Install the release of Fascicle that made it, or a later one.",
        )
    return found == SCHEMA_VERSION


def make_schema(engine: sa.Engine) -> None:
    """Create the tables of a new commons, or bring those of an older one forward.

    To be called by one process at a time.
    """
    _use_write_ahead_log(engine)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        found = _schema_version(connection)
        if found == 0:
            metadata.create_all(connection)
            for statement in _STATEMENTS:
                connection.exec_driver_sql(statement)
            _fill(connection)
        migrate(connection, found)


def migrate(
    connection: sa.Connection, found: int, migrations: Mapping[int, Migration] = _MIGRATIONS
) -> None:
    """Apply the steps from an older schema version to the newest, in order."""
    for older in sorted(migrations):
        if 0 < found <= older:
            migrations[older](connection)
            connection.execute(
                sa.update(meta).where(meta.c.name == "schema").values(value=str(older + 1))
            )


def _use_write_ahead_log(engine: sa.Engine) -> None:
    """Let readers go on while somebody writes; the mode stays with the file."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode = WAL").close()
    finally:
        raw.close()


def _schema_version(connection: sa.Connection) -> int:
    """Return the schema version of the commons; 0 for a database without any table."""
    tables = sa.inspect(connection).get_table_names()
    if not tables:
        return 0
    found = None
    if "meta" in tables:
        query = sa.select(meta.c.value).where(meta.c.name == "schema")
        found = connection.execute(query).scalar_one_or_none()
    if not str(found).isdecimal():
        raise StoreError(
            "FSC601",
            "Expected the catalogue of a commons, found a database of another kind.",
            "Name an empty or a new folder.",
        )
    return int(str(found))


def _fill(connection: sa.Connection) -> None:
    """Write what a new commons begins with."""
    values = {
        "schema": str(SCHEMA_VERSION),
        "secret": secrets.token_hex(32),
        "head": "",
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    connection.execute(sa.insert(meta), [{"name": n, "value": v} for n, v in values.items()])
    connection.execute(sa.insert(owners), [{"key": SHARED}])
    connection.execute(sa.insert(keys), [{"owner": SHARED, "secret": secrets.token_bytes(32)}])
