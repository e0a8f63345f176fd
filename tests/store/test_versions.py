"""A version holds all that was given; only what makes it what it is makes a new one."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fascicle.core import Activity, Asset, Consent, Dataset
from fascicle.jobs import clone_file
from fascicle.store import NewVersion, StoredAsset, open_store

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path):
    with closing(open_store(tmp_path / "commons", clone=clone_file, create=True)) as store:
        yield store


def make(store, folder: Path, **files: str) -> NewVersion:
    assets = []
    with store.publishing():
        for name, text in ({"report.html": "<p>"} | files).items():
            (folder / name).write_text(text)
            stored = store.put_file("ds-1", ["01"], folder / name)
            assets.append(
                StoredAsset(Asset(name, stored.digest, stored.n_bytes, "table", ("01",)), stored)
            )
    lines = ((store.require_owner("ds-1", []), b"participant_id\r\n"),
             (store.require_owner("ds-1", ["01"]), b"sub-01\r\n"))  # fmt: skip
    table = store.make_table(lines)
    assets.append(
        StoredAsset(Asset("p.tsv", table.digest, table.n_bytes, "table", ("01",)), table, lines)
    )
    convert = Activity(
        "convert", "fascicle", "1", AT, AT, "ada", {"a": [1]}, ("rec-1",), ("a.txt",)
    )
    return NewVersion(
        Dataset("ds-1", "Made"), tuple(assets), {"01": Consent(("DUO:0000042",), form="v2")},
        (convert,), {"by": "me"}, "ada", "00", {"protocol": "A-7"},
    )  # fmt: skip


def test_all_that_was_given_comes_back(store, tmp_path: Path) -> None:
    new = make(store, tmp_path, **{"a.txt": "one"})

    store.add_version(new)
    found = store.read_version("ds-1", "1")

    assert found.dataset == replace(new.dataset, version="1")
    assert (found.consents, found.activities) == (new.consents, new.activities)
    assert (found.seal, found.facts, found.publisher) == (new.seal, new.facts, "ada")
    by_path = {one.asset.path: one for one in store.read_assets("ds-1", "1")}
    assert by_path == {one.asset.path: one for one in new.assets}


def test_a_table_is_kept_as_a_row_for_each_person(store, tmp_path: Path) -> None:
    store.add_version(make(store, tmp_path))

    (table,) = [one for one in store.read_assets("ds-1", "1") if one.asset.path == "p.tsv"]
    store.restore(table, tmp_path / "again.tsv")

    assert (tmp_path / "again.tsv").read_bytes() == b"participant_id\r\nsub-01\r\n"
    assert [owner for owner, _ in table.rows] == ["shared", store.require_owner("ds-1", ["01"])]


def test_a_report_with_other_bytes_is_no_new_version(store, tmp_path: Path) -> None:
    store.add_version(make(store, tmp_path, **{"a.txt": "one"}))

    again = store.add_version(make(store, tmp_path, **{"a.txt": "one", "report.html": "<p>later"}))

    assert again == ("1", False)


@pytest.mark.parametrize("change", ["file", "consent", "words", "protocol"])
def test_what_makes_it_what_it_is_makes_a_new_version(change: str, store, tmp_path: Path) -> None:
    new = make(store, tmp_path, **{"a.txt": "one"})
    store.add_version(new)
    changed = {
        "file": make(store, tmp_path, **{"a.txt": "two"}),
        "consent": replace(new, consents={"01": Consent(("DUO:0000006",))}),
        "words": replace(new, dataset=replace(new.dataset, description="More.")),
        "protocol": replace(new, facts={"protocol": "A-8"}),
    }[change]

    assert store.add_version(changed) == ("2", True)
    assert store.read_version("ds-1").versions == ("1", "2")


def test_a_version_that_is_not_there_is_none(store, tmp_path: Path) -> None:
    store.add_version(make(store, tmp_path))

    assert store.read_version("ds-2") is None
    assert store.read_version("ds-1", "2") is None
    assert store.read_version("ds-1", "x") is None


def test_the_keyed_fingerprint_is_no_digest_of_the_content(store, tmp_path: Path) -> None:
    store.add_version(make(store, tmp_path))
    with closing(open_store(tmp_path / "other", clone=clone_file, create=True)) as other:
        other.add_version(make(other, tmp_path))

        prints = []
        for one in (store, other):
            with one._reading() as connection:
                prints.append(
                    connection.exec_driver_sql("SELECT fingerprint FROM versions").scalar()
                )

    assert prints[0] != prints[1]
