"""Tables are made once, brought forward step by step, and never brought back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from fascicle.errors import StoreError
from fascicle.jobs import clone_file, write_atomic
from fascicle.store import KeyPlace, Limit, open_store
from fascicle.store._tables import SCHEMA_VERSION, is_current, make_engine, make_schema, migrate


@pytest.fixture
def engine(tmp_path: Path):
    engine = make_engine(tmp_path / "a.sqlite")
    yield engine
    engine.dispose()


def schema_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()[0]


def test_a_new_catalogue_is_current_and_making_it_twice_changes_nothing(engine, tmp_path) -> None:
    assert not is_current(engine)
    make_schema(engine)
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as raw:
        before = list(raw.iterdump())

    make_schema(engine)

    assert is_current(engine)
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as raw:
        assert list(raw.iterdump()) == before


def test_readers_go_on_while_somebody_writes_and_keys_are_checked(engine) -> None:
    make_schema(engine)

    with engine.connect() as connection:
        modes = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
            for pragma in ("journal_mode", "foreign_keys", "secure_delete")
        }

    assert modes == {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1}


def test_steps_are_taken_in_order_from_the_version_that_was_found(engine, tmp_path) -> None:
    make_schema(engine)
    taken: list[int] = []
    steps = {older: lambda _c, older=older: taken.append(older) for older in (3, 1, 2)}

    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        migrate(connection, 2, steps)

    assert taken == [2, 3]
    assert schema_of(tmp_path / "a.sqlite") == "4"


def test_a_step_that_fails_leaves_the_commons_at_its_old_version(engine, tmp_path) -> None:
    make_schema(engine)

    def fail(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (x)")
        raise RuntimeError

    with (
        pytest.raises(RuntimeError),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        migrate(connection, 1, {1: fail})

    assert schema_of(tmp_path / "a.sqlite") == str(SCHEMA_VERSION)
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as raw:
        assert not raw.execute("SELECT * FROM sqlite_master WHERE name = 'half'").fetchall()


def test_a_commons_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path / "c", clone=clone_file, create=True).close()
    with closing(sqlite3.connect(tmp_path / "c" / "commons.sqlite")) as raw:
        raw.execute("UPDATE meta SET value = '999' WHERE name = 'schema'")
        raw.commit()

    with pytest.raises(StoreError, match="FSC602"):
        open_store(tmp_path / "c", clone=clone_file)


def test_a_commons_of_schema_1_gets_its_ledger_and_keeps_what_it_has(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "c", clone=clone_file, create=True)) as store:
        store.record("read", "ada", "ds-1", {})
    with closing(sqlite3.connect(tmp_path / "c" / "commons.sqlite")) as raw:
        for table in ("spend_ends", "spend_people", "spend_costs", "spends", "budgets"):
            raw.execute(f"DROP TABLE {table}")
        raw.execute("UPDATE meta SET value = '1' WHERE name = 'schema'")
        raw.commit()

    with closing(open_store(tmp_path / "c", clone=clone_file)) as store:
        store.set_budget("ds-1", Limit(3.0, 1e-5, 7.5, 100, "ada"), "ada", lambda *_: 100)
        details = {"agent": "ada", "mechanisms": []}
        assert store.reserve("ds-1", ["01"], details, lambda *_: 100)[0] is not None
        assert [entry.event for entry in store.read_log()] == ["read", "budget", "spend"]
    assert schema_of(tmp_path / "c" / "commons.sqlite") == str(SCHEMA_VERSION)
    with (
        closing(sqlite3.connect(tmp_path / "c" / "commons.sqlite")) as raw,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        raw.execute("DELETE FROM spends")


def test_a_commons_of_schema_2_gets_a_place_for_envelopes_and_keeps_what_it_has(
    tmp_path: Path,
) -> None:
    with closing(open_store(tmp_path / "c", clone=clone_file, create=True)) as store:
        store.record("read", "ada", "ds-1", {})
    with closing(sqlite3.connect(tmp_path / "c" / "commons.sqlite")) as raw:
        for table in ("envelopes", "destroyed_keys"):
            raw.execute(f"DROP TABLE {table}")
        raw.execute("UPDATE meta SET value = '2' WHERE name = 'schema'")
        raw.commit()
    place = KeyPlace(tmp_path / "keys", write_atomic)
    (tmp_path / "plain").write_bytes(b"some")

    with closing(open_store(tmp_path / "c", clone=clone_file, keys=place)) as store:
        with store.publishing():
            assert store.put_file("ds-1", ["01"], tmp_path / "plain", encrypted=True).tag
        assert [entry.event for entry in store.read_log()] == ["read"]

    assert schema_of(tmp_path / "c" / "commons.sqlite") == str(SCHEMA_VERSION)
