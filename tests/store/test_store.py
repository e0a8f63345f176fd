"""The SQLite store keeps the contract, and what only it promises."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fascicle.core import Dataset
from fascicle.errors import StoreError
from fascicle.jobs import clone_file
from fascicle.store import Filters, NewVersion, open_store
from fascicle.testing import StoreContract


class TestSqliteStore(StoreContract):
    def open_store(self, folder: Path):
        return open_store(folder, clone=clone_file, create=True)


def version(number: int) -> NewVersion:
    dataset = Dataset(f"ds-{number}", f"Study number {number}", n_participants=number)
    return NewVersion(dataset, (), {}, (), {}, f"agent {number}", "00")


def add_many(folder: str, first: int, count: int) -> None:
    with closing(open_store(Path(folder), clone=clone_file, create=True)) as store:
        for number in range(first, first + count):
            store.add_version(version(number))


def test_two_processes_make_one_commons_and_write_at_once_without_losing_a_version(
    tmp_path: Path,
) -> None:
    spawn = multiprocessing.get_context("spawn")
    folder = tmp_path / "commons"
    workers = [spawn.Process(target=add_many, args=(str(folder), first, 23)) for first in (0, 1000)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0, 0]
    with closing(open_store(folder, clone=clone_file)) as store:
        found = store.search([], Filters(), 100)
        assert len(found) == len({match.dataset.id for match in found}) == 46
        assert len(store.read_log()) == 46
        assert store.find_log_breaks() == ()


def test_a_reader_sees_one_moment_while_somebody_writes(tmp_path: Path) -> None:
    writer = open_store(tmp_path / "commons", clone=clone_file, create=True)
    writer.add_version(version(1))
    reader = open_store(tmp_path / "commons", clone=clone_file)

    with writer._writing() as connection:
        connection.exec_driver_sql("DELETE FROM catalogue")
        seen = reader.search([], Filters(), 5)

    assert [match.dataset.id for match in seen] == ["ds-1"]
    assert reader.search([], Filters(), 5) == ()
    writer.close()
    reader.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "commons", clone=clone_file, create=True)) as store:
        broken = NewVersion(Dataset("ds-1", "Made"), (), {}, (), {"not json": {1, 2}}, "ada", "00")

        with pytest.raises(TypeError):
            store.add_version(broken)

        assert store.read_version("ds-1") is None
        assert store.search([], Filters(), 5) == ()
        assert store.read_log() == ()


def test_a_damaged_catalogue_is_told_in_our_words(tmp_path: Path) -> None:
    folder = tmp_path / "commons"
    open_store(folder, clone=clone_file, create=True).close()
    for path in folder.glob("commons.sqlite-*"):
        path.unlink()
    (folder / "commons.sqlite").write_bytes(b"this is not a database" * 500)

    with pytest.raises(StoreError, match="FSC606"):
        open_store(folder, clone=clone_file)


def test_what_is_deleted_is_wiped_from_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "commons"
    store = open_store(folder, clone=clone_file, create=True)
    new = version(1)
    store.add_version(new)
    store.close()
    database = sqlite3.connect(folder / "commons.sqlite")
    assert b"Study number 1" in (folder / "commons.sqlite").read_bytes()
    database.close()

    with closing(open_store(folder, clone=clone_file)) as store, store._writing() as connection:
        connection.exec_driver_sql("DELETE FROM catalogue")
        connection.exec_driver_sql("DELETE FROM search")
        connection.exec_driver_sql("DELETE FROM versions")
        connection.exec_driver_sql("INSERT INTO search(search) VALUES ('optimize')")

    assert b"Study number 1" not in (folder / "commons.sqlite").read_bytes()
