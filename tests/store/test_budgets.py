"""The ledger: append-only, one transaction for each spend, and valid when somebody leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fascicle.jobs import clone_file
from fascicle.store import Limit, open_store

LIMIT = Limit(3.0, 1e-5, 7.5, 100, "ada")


def price(mechanisms: list[dict], order: float) -> int:
    """A price that a test can say beforehand; twice as much at any other order."""
    return sum(one["units"] for one in mechanisms) * (1 if order == LIMIT.order else 2)


def details(units: int) -> dict:
    return {"agent": "ada", "what": "a mean", "mechanisms": [{"units": units}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "commons"


@pytest.fixture
def store(folder: Path) -> Iterator:
    with closing(open_store(folder, clone=clone_file, create=True)) as store:
        store.set_budget("ds-1", LIMIT, "ada", price)
        yield store


@pytest.fixture
def raw(store, folder: Path) -> Iterator[sqlite3.Connection]:
    """The database as somebody sees it who goes around the gate."""
    with closing(sqlite3.connect(folder / "commons.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection


def spend(store, people: list[str], units: int, dataset: str = "ds-1") -> tuple[int | None, int]:
    return store.reserve(dataset, people, details(units), price)


def test_the_person_with_the_least_left_decides(store) -> None:
    assert spend(store, ["01", "02"], 60) == (2, 100)
    assert spend(store, ["02", "03"], 41) == (None, 40)
    assert spend(store, ["03"], 41)[0] is not None
    assert spend(store, ["01", "02", "03"], 40)[0] is not None

    assert store.read_budget("ds-1").spent == {"01": 100, "02": 100, "03": 81}


def test_a_label_twice_is_one_person_and_nobody_is_no_release(store) -> None:
    spend(store, ["01", "01"], 30)

    assert store.read_budget("ds-1").spent == {"01": 30}
    assert spend(store, [], 1)[0] is None


def test_what_is_refused_leaves_no_line(store) -> None:
    before = store.read_log()

    assert spend(store, ["01"], 101) == (None, 100)

    assert store.read_log() == before
    assert store.read_budget("ds-1").spends == ()


def test_without_a_budget_nothing_can_be_spent(store) -> None:
    assert spend(store, ["01"], 1, "ds-2")[0] is None
    assert store.read_limit("ds-2") is None
    assert store.read_budget("ds-2") is None


def test_two_datasets_have_two_ledgers(store) -> None:
    store.set_budget("ds-2", LIMIT, "ada", price)
    spend(store, ["01"], 100)

    assert spend(store, ["01"], 100, "ds-2")[0] is not None


def test_a_spend_counts_from_the_moment_that_it_is_reserved_however_it_ends(store) -> None:
    numbers = [spend(store, ["01"], 10)[0] for _ in range(3)]
    store.end_spend(numbers[1], "settled", "ada")
    store.end_spend(numbers[2], "abandoned", "ada")

    ledger = store.read_budget("ds-1")

    assert [one.state for one in ledger.spends] == ["reserved", "settled", "abandoned"]
    assert ledger.spent == {"01": 30}
    assert ledger.heaviest == tuple(numbers)
    assert [entry.event for entry in store.read_log()] == [
        "budget", "spend", "spend", "spend", "settle", "abandon",
    ]  # fmt: skip


def test_a_changed_budget_is_in_force_at_once_and_both_stand_in_the_log(store) -> None:
    spend(store, ["01"], 100)
    store.set_budget("ds-1", Limit(4.0, 1e-5, 7.5, 150, "ada"), "ada", price)

    assert spend(store, ["01"], 51) == (None, 50)
    assert spend(store, ["01"], 50)[0] is not None
    assert [e.details["units"] for e in store.read_log() if e.event == "budget"] == [100, 150]


def test_a_budget_counted_at_another_order_prices_earlier_spends_anew(store) -> None:
    spend(store, ["01"], 30)
    store.set_budget("ds-1", Limit(1.0, 1e-6, 22.0, 100, "ada"), "ada", price)

    assert store.read_budget("ds-1").spent == {"01": 60}
    assert spend(store, ["01"], 21) == (None, 40)
    assert spend(store, ["01"], 5)[0] is not None
    store.set_budget("ds-1", LIMIT, "ada", price)
    assert store.read_budget("ds-1").spent == {"01": 35}
    assert store.find_log_breaks() == ()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE spends SET mechanisms = '[]'",
        "UPDATE spend_costs SET units = 0",
        "DELETE FROM spend_costs",
        "DELETE FROM spends",
        "UPDATE spend_ends SET state = 'reserved'",
        "DELETE FROM spend_ends",
        "UPDATE spend_people SET spend = 0",
    ],
)
def test_the_database_itself_refuses_to_take_a_spend_back(store, raw, change: str) -> None:
    store.end_spend(spend(store, ["01"], 10)[0], "settled", "ada")

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(change)


def test_a_cost_that_was_changed_behind_the_gate_is_seen(store, raw) -> None:
    cheap, _ = spend(store, ["01"], 10)
    faint, _ = spend(store, ["01"], 11)
    lost, _ = spend(store, ["01"], 20)
    for trigger in (
        "spends_is_never_changed",
        "spends_is_never_cut",
        "spend_costs_is_never_changed",
    ):
        raw.execute(f"DROP TRIGGER {trigger}")
    raw.execute("PRAGMA foreign_keys = OFF")

    raw.execute("UPDATE spend_costs SET units = 1 WHERE spend = ?", [cheap])
    raw.execute("UPDATE spends SET mechanisms = '[]' WHERE number = ?", [faint])
    raw.execute("DELETE FROM spends WHERE number = ?", [lost])

    assert [line for line, _ in store.find_log_breaks()] == [cheap, faint, lost]


def test_when_a_person_leaves_the_chain_stays_valid_and_the_others_stay_charged(store, raw) -> None:
    number, _ = spend(store, ["01", "02"], 60)

    raw.execute("DELETE FROM keys WHERE owner IN (SELECT key FROM owners WHERE label = '01')")
    raw.execute("DELETE FROM owners WHERE label = '01'")
    raw.execute("DELETE FROM log_details WHERE number = ?", [number])

    ledger = store.read_budget("ds-1")
    assert store.find_log_breaks() == ()
    assert ledger.spent == {"02": 60}
    assert [(one.n_people, one.units, one.details) for one in ledger.spends] == [(1, 60, {})]
    assert spend(store, ["02"], 41) == (None, 40)


def test_neither_the_log_nor_its_words_name_a_person(store, raw) -> None:
    spend(store, ["Quandt"], 10)

    lines = [str(row) for table in ("log", "log_details") for row in raw.execute(
        f"SELECT * FROM {table}")]  # noqa: S608  # fmt: skip
    assert lines
    assert not any("Quandt" in line for line in lines)


def test_people_and_limits_that_were_changed_behind_the_gate_are_seen(store, raw) -> None:
    store.set_budget("ds-1", LIMIT, "ada", price)
    number, _ = spend(store, ["01", "02"], 60)
    line = max(entry.number for entry in store.read_log("ds-1") if entry.event == "budget")
    assert store.find_log_breaks() == ()

    raw.execute("DELETE FROM spend_people WHERE spend = ?", [number])
    assert store.find_log_breaks() == ((number, "The ledger charges fewer people than it says."),)
    raw.execute("UPDATE budgets SET units = units * 10")
    assert [at for at, _ in store.find_log_breaks()] == sorted([line, number])
    raw.execute("DELETE FROM budgets")
    assert [at for at, _ in store.find_log_breaks()] == sorted([line, number])
