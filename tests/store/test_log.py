"""The log can be added to and read; every change of it is seen, and words can be erased."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fascicle.jobs import clone_file
from fascicle.store import open_store

N_LINES = 7


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(open_store(tmp_path / "commons", clone=clone_file, create=True)) as store:
        for number in range(N_LINES):
            store.record(
                "read", "ada lovelace", "ds-1", {"number": number, "agent": "ada lovelace"}
            )
    return tmp_path / "commons"


@pytest.fixture
def raw(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database as somebody sees it who goes around the gate."""
    with closing(sqlite3.connect(folder / "commons.sqlite", isolation_level=None)) as connection:
        yield connection


def breaks(folder: Path) -> list[int]:
    with closing(open_store(folder, clone=clone_file)) as store:
        return [number for number, _ in store.find_log_breaks()]


def unlock(raw: sqlite3.Connection) -> None:
    raw.execute("DROP TRIGGER log_is_never_changed")
    raw.execute("DROP TRIGGER log_is_never_cut")


def test_an_untouched_log_has_no_breaks(folder: Path) -> None:
    assert breaks(folder) == []


def test_the_database_itself_refuses_to_change_a_line(raw: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute("UPDATE log SET event = 'x'")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute("DELETE FROM log WHERE number = 3")


@pytest.mark.parametrize("column", ["at", "event", "agent", "dataset", "commitment", "digest"])
def test_a_changed_line_is_seen(column: str, folder: Path, raw: sqlite3.Connection) -> None:
    unlock(raw)

    raw.execute(f"UPDATE log SET {column} = 'forged' WHERE number = 4")  # noqa: S608

    assert 4 in breaks(folder)


def test_a_line_taken_out_of_the_middle_is_seen(folder: Path, raw: sqlite3.Connection) -> None:
    unlock(raw)

    raw.execute("DELETE FROM log_details WHERE number = 4")
    raw.execute("DELETE FROM log WHERE number = 4")

    assert breaks(folder) == [5]


def test_a_cut_end_is_seen(folder: Path, raw: sqlite3.Connection) -> None:
    unlock(raw)

    raw.execute("DELETE FROM log_details WHERE number = ?", [N_LINES])
    raw.execute("DELETE FROM log WHERE number = ?", [N_LINES])

    assert breaks(folder) == [N_LINES]


def test_changed_details_break_their_commitment(folder: Path, raw: sqlite3.Connection) -> None:
    raw.execute("UPDATE log_details SET details = '{\"number\":99}' WHERE number = 2")

    assert breaks(folder) == [2]


def test_erasing_words_and_salt_leaves_the_chain_valid(
    folder: Path, raw: sqlite3.Connection
) -> None:
    raw.execute("DELETE FROM log_details WHERE number = 3")

    assert breaks(folder) == []
    with closing(open_store(folder, clone=clone_file)) as store:
        details = [entry.details.get("number") for entry in store.read_log()]
    assert details == [0, 1, None, 3, 4, 5, 6]


def test_the_chain_itself_holds_no_name(raw: sqlite3.Connection) -> None:
    lines = [json.dumps(row) for row in raw.execute("SELECT * FROM log")]

    assert len(lines) == N_LINES
    # "ada" alone may stand in a digest by chance: its letters are hexadecimal.
    assert not any('"ada"' in line or "ds-1" in line for line in lines)


def test_the_log_goes_on_after_an_erasure(folder: Path, raw: sqlite3.Connection) -> None:
    raw.execute("DELETE FROM log_details WHERE number = ?", [N_LINES])

    with closing(open_store(folder, clone=clone_file)) as store:
        store.record("read", "grace", "", {"number": 7})

        assert [entry.number for entry in store.read_log()] == list(range(1, N_LINES + 2))
        assert store.find_log_breaks() == ()
