"""Envelopes lie in the catalogue by object and by what the object holds."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from tests.store.test_safe import open_here, publish

from fascicle.store import _envelopes


@pytest.fixture
def store(tmp_path: Path):
    with closing(open_here(tmp_path)) as store:
        yield store


def test_a_commons_has_one_name_that_is_not_its_secret(store, tmp_path: Path) -> None:
    with store._reading() as connection:
        name = _envelopes.name_commons(connection)
        secret = connection.exec_driver_sql("SELECT value FROM meta WHERE name = 'secret'").scalar()

        assert name == _envelopes.name_commons(connection)
        assert name not in secret
        assert len(name) == 16


def test_an_envelope_is_found_by_object_owner_and_content(store, tmp_path: Path) -> None:
    stored = [one.stored for one in publish(store, tmp_path, "01", "02") if one.stored.address]

    with store._reading() as connection:
        assert _envelopes.has_encrypted(connection)
        for one in stored:
            found = _envelopes.read_envelope(connection, one.owner, one.address)
            assert (found.tag, found.key) == (one.tag, 1)
            assert _envelopes.find_by_tag(connection, one.owner, one.tag) == (found,)
            assert _envelopes.find_by_owner(connection, one.owner) == (found,)
            assert _envelopes.read_envelope(connection, one.owner, "0" * 64) is None
        assert _envelopes.find_by_tag(connection, stored[0].owner, stored[1].tag) == ()


def test_encrypted_lines_are_found_by_person_with_their_places(store, tmp_path: Path) -> None:
    publish(store, tmp_path, "01", "02")

    with store._reading() as connection:
        second = _envelopes.find_participant(connection, "ds-1", "02")
        (row,) = _envelopes.find_rows(connection, second)
        owners = _envelopes.find_owners(connection, "ds-1")

    assert (row.path, row.position) == ("p.tsv", 2)
    assert second in owners
    assert len(owners) == 2


def test_a_destroyed_person_takes_groups_along_and_is_marked_once(store, tmp_path: Path) -> None:
    with store.publishing():
        group = store.require_owner("ds-1", ["01", "02"])
        one = store.require_owner("ds-1", ["01"])

    for _ in range(2):
        with store._writing() as connection:
            assert _envelopes.mark_destroyed(connection, one) == (one, group)

    with store._reading() as connection:
        assert _envelopes.read_destroyed(connection) == {one, group}
        assert len(_envelopes.read_members(connection, group)) == 2
        assert _envelopes.read_members(connection, one) == ()


def test_an_empty_commons_has_nothing_encrypted(store) -> None:
    with store._reading() as connection:
        assert not _envelopes.has_encrypted(connection)
