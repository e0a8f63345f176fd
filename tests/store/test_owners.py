"""Each participant of each dataset has a random key; groups have one that their members own."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from fascicle.jobs import clone_file
from fascicle.store import open_store
from fascicle.store._tables import members, owners


@pytest.fixture
def store(tmp_path: Path):
    with closing(open_store(tmp_path / "commons", clone=clone_file, create=True)) as store:
        yield store


def test_a_participant_keeps_the_key_and_no_two_share_one(store) -> None:
    asked = [("ds-1", ["01"]), ("ds-1", ["02"]), ("ds-2", ["01"]), ("ds-1", ["01", "02"])]

    keys = [store.require_owner(dataset, labels) for dataset, labels in asked]
    store._owners.clear()  # as another process would ask
    again = [store.require_owner(dataset, labels) for dataset, labels in asked]

    assert keys == again
    assert len(set(keys)) == len(asked)


def test_files_about_nobody_are_shared(store) -> None:
    assert store.require_owner("ds-1", []) == store.require_owner("ds-2", []) == "shared"


def test_a_group_is_the_same_in_any_order_and_knows_its_members(store) -> None:
    group = store.require_owner("ds-1", ["02", "01", "02"])
    store._owners.clear()

    same = store.require_owner("ds-1", ["01", "02"])

    with store._reading() as connection:
        query = sa.select(owners.c.label).join(members, members.c.participant == owners.c.key)
        labels = connection.execute(query.where(members.c.group_key == group)).scalars().all()
    assert group == same
    assert sorted(labels) == ["01", "02"]


def test_keys_say_nothing_about_labels(store) -> None:
    key = store.require_owner("ds-1", ["01"])

    assert len(key) == 32
    assert int(key, 16) > 0
