"""What is encrypted comes back with its owner's key alone, and is stored once for one owner."""

from __future__ import annotations

import filecmp
import shutil
import sqlite3
import tracemalloc
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Asset, Consent, Dataset
from fascicle.errors import StoreError
from fascicle.jobs import clone_file, write_private
from fascicle.store import KeyPlace, NewVersion, StoredAsset, open_store
from fascicle.store._safe import CipherCodec
from fascicle.store._stream import CHUNK, encrypt_blocks

NEEDLE = b"the needle that nobody may find "
KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def open_here(tmp_path: Path, keys: str = "keys"):
    place = KeyPlace(tmp_path / keys, write_private)
    return open_store(tmp_path / "commons", clone=clone_file, create=True, keys=place)


@pytest.fixture
def store(tmp_path: Path):
    with closing(open_here(tmp_path)) as store:
        yield store


def write(path: Path, *, seed: int = 3, n_bytes: int = CHUNK + 1009) -> Path:
    path.write_bytes(NEEDLE + np.random.default_rng(seed).bytes(n_bytes))
    return path


def put(store, label: str, path: Path) -> StoredAsset:
    with store.publishing():
        stored = store.put_file("ds-1", [label], path, encrypted=True)
    asset = Asset(f"sub-{label}/{path.name}", stored.digest, stored.n_bytes, "recording", (label,))
    return StoredAsset(asset, stored)


def add(store, *assets: StoredAsset) -> None:
    consents = {
        label: Consent(("DUO:0000042",)) for one in assets for label in one.asset.participants
    }
    store.add_version(NewVersion(Dataset("ds-1", "Made"), assets, consents, (), {}, "ada", "00"))


def objects(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "commons" / "objects").rglob("*") if path.is_file())


def publish(store, tmp_path: Path, *labels: str) -> tuple[StoredAsset, ...]:
    """Store one file for each person and one table about all; return them as they are read."""
    with store.publishing():
        stored = [
            StoredAsset(
                Asset(f"sub-{label}/a.eeg", one.digest, one.n_bytes, "recording", (label,)), one
            )
            for seed, label in enumerate(labels)
            for one in [
                store.put_file("ds-1", [label], write(tmp_path / label, seed=seed), encrypted=True)
            ]
        ]
        rows = tuple(
            (
                store.require_owner("ds-1", [label] if label else []),
                f"{label}\t{NEEDLE.decode()}\n".encode(),
            )
            for label in ("", *labels)
        )
        table = store.make_table(rows, encrypted=True)
        asset = Asset("p.tsv", table.digest, table.n_bytes, "table", labels)
        add(store, *stored, StoredAsset(asset, table, rows))
    return store.read_assets("ds-1", "1")


def test_one_persons_bytes_are_stored_once_and_two_encryptions_have_nothing_in_common(
    store, tmp_path: Path
) -> None:
    path = write(tmp_path / "plain")
    with store.publishing():
        mine, again, other = (
            store.put_file("ds-1", [label], path, encrypted=True) for label in ("01", "01", "02")
        )

    first, second = (path.read_bytes() for path in objects(tmp_path))

    assert mine == again
    assert mine.digest == other.digest
    assert mine.tag != other.tag
    assert sum(a == b for a, b in zip(first, second, strict=True)) < len(first) / 100
    assert NEEDLE not in first + second


def test_stored_again_after_it_was_published_it_is_not_stored_twice(store, tmp_path: Path) -> None:
    one = put(store, "01", write(tmp_path / "plain"))
    add(store, one)

    again = put(store, "01", tmp_path / "plain")

    assert again == one
    assert len(objects(tmp_path)) == 1


def test_files_and_tables_come_back_and_the_catalogue_knows_no_digest(store, tmp_path) -> None:
    for one in publish(store, tmp_path, "01", "02"):
        store.restore(one, tmp_path / "out" / one.asset.path)
        assert one.asset.digest == one.stored.digest == ""

    for label in ("01", "02"):
        restored = tmp_path / "out" / f"sub-{label}" / "a.eeg"
        assert restored.read_bytes() == (tmp_path / label).read_bytes()
    needle = NEEDLE.decode()
    table = f"\t{needle}\n01\t{needle}\n02\t{needle}\n"
    assert (tmp_path / "out" / "p.tsv").read_text() == table
    assert list(store.find_broken_assets()) == []
    assert store.find_changed_versions() == ()


def test_the_object_of_one_person_does_not_open_with_the_key_of_another(
    store, tmp_path: Path
) -> None:
    mine, other, _ = sorted(publish(store, tmp_path, "01", "02"), key=lambda one: one.asset.kind)
    source = store._objects.path(mine.stored.owner, mine.stored.address)
    target = store._objects.path(other.stored.owner, other.stored.address)
    target.chmod(0o600)
    shutil.copyfile(source, target)

    with pytest.raises(StoreError, match="FSC605"):
        store.restore(other, tmp_path / "out")

    assert not (tmp_path / "out").exists()
    assert [found[3] for found in store.find_broken_assets()] == ["changed"]


def test_an_envelope_does_not_open_in_the_place_of_another(store, tmp_path: Path) -> None:
    mine, other, _ = sorted(publish(store, tmp_path, "01", "02"), key=lambda one: one.asset.kind)
    with store._writing() as connection:
        connection.exec_driver_sql(
            "UPDATE envelopes SET wrapped = (SELECT wrapped FROM envelopes WHERE address = ?) "
            "WHERE address = ?",
            (mine.stored.address, other.stored.address),
        )

    with pytest.raises(StoreError, match="FSC605"):
        store.restore(other, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_lost_envelope_opens_nothing_and_gives_no_bytes(store, tmp_path: Path) -> None:
    (mine,) = [one for one in publish(store, tmp_path, "01") if one.stored.address]
    with store._writing() as connection:
        connection.exec_driver_sql("DELETE FROM envelopes")

    with pytest.raises(StoreError, match="FSC605"):
        store.restore(mine, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("change", ["line", "number", "place", "cut"])
def test_a_changed_line_of_a_table_is_found_and_never_handed_out(
    change: str, store, tmp_path: Path
) -> None:
    publish(store, tmp_path, "01", "02")
    statement = {
        "line": "UPDATE rows SET line = CAST(substr(line, 1, 20) || x'00' || substr(line, 22) "
        "AS BLOB) WHERE position = 1",
        "number": "UPDATE rows SET line = CAST(x'00000009' || substr(line, 5) AS BLOB) "
        "WHERE position = 1",
        "place": "UPDATE rows SET position = 7 - position",
        "cut": "UPDATE rows SET line = x'0000' WHERE position = 2",
    }[change]
    with store._writing() as connection:
        connection.exec_driver_sql(statement)
    (table,) = [one for one in store.read_assets("ds-1", "1") if one.rows]

    with pytest.raises(StoreError, match="FSC605"):
        store.restore(table, tmp_path / "out")

    assert not (tmp_path / "out").exists()
    assert [found[3] for found in store.find_broken_assets()] == ["changed"]


def test_a_line_that_was_taken_out_is_found(store, tmp_path: Path) -> None:
    publish(store, tmp_path, "01", "02")
    with store._writing() as connection:
        connection.exec_driver_sql("DELETE FROM rows WHERE position = 2")
    (table,) = [one for one in store.read_assets("ds-1", "1") if one.rows]

    with pytest.raises(StoreError, match="FSC605"):
        store.restore(table, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("loss", ["elsewhere", "deleted"])
def test_without_keys_nothing_opens_and_no_new_keys_are_drawn(
    loss: str, store, tmp_path: Path
) -> None:
    stored = publish(store, tmp_path, "01")
    if loss == "deleted":
        shutil.rmtree(tmp_path / "keys")

    with closing(open_here(tmp_path, keys="nowhere" if loss == "elsewhere" else "keys")) as other:
        for one in stored:
            with pytest.raises(StoreError, match="FSC610"):
                other.restore(one, tmp_path / "out")
        with pytest.raises(StoreError, match="FSC610"), other.publishing():
            other.put_file("ds-1", ["02"], write(tmp_path / "more"), encrypted=True)
        assert {found[3] for found in other.find_broken_assets()} == {"locked"}

    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "nowhere").exists()


def test_without_keys_a_changed_object_is_found_all_the_same(store, tmp_path: Path) -> None:
    publish(store, tmp_path, "01")
    (path,) = objects(tmp_path)
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with closing(open_store(tmp_path / "commons", clone=clone_file)) as other:
        found = {path: wrong for _, _, path, wrong in other.find_broken_assets()}

    assert found == {"sub-01/a.eeg": "changed", "p.tsv": "locked"}


def test_a_damaged_object_is_mended_by_storing_it_again(store, tmp_path: Path) -> None:
    one = put(store, "01", write(tmp_path / "plain"))
    add(store, one)
    (path,) = objects(tmp_path)
    path.chmod(0o600)
    path.write_bytes(b"damaged")

    add(store, put(store, "01", tmp_path / "plain"))

    assert list(store.find_broken_assets()) == []
    assert len(objects(tmp_path)) == 1
    assert store.remove_orphans() == 0


def test_a_group_has_a_key_of_its_own_that_needs_all_of_its_people(store, tmp_path: Path) -> None:
    with store.publishing():
        both = store.put_file("ds-1", ["02", "01"], write(tmp_path / "plain"), encrypted=True)
        one, two = (store.require_owner("ds-1", [label]) for label in ("01", "02"))
    ring = store._safe.ring

    assert both.owner not in {one, two}
    assert all(owner in ring for owner in (both.owner, one, two))
    ring.forget([two])
    assert both.owner not in ring
    assert one in ring


def test_what_is_stored_as_it_is_stays_so(store, tmp_path: Path) -> None:
    path = write(tmp_path / "plain")
    with store.publishing():
        stored = store.put_file("ds-1", ["01"], path)

    (found,) = objects(tmp_path)

    assert stored.tag == ""
    assert found.read_bytes() == path.read_bytes()
    assert not (tmp_path / "keys").exists()


def test_the_codec_takes_back_what_it_wrote_when_the_end_does_not_open(tmp_path: Path) -> None:
    stored = tmp_path / "stored"
    stored.write_bytes(b"".join(encrypt_blocks([bytes(2 * CHUNK)], KEY))[:-1])

    with pytest.raises(StoreError, match="FSC605"):
        CipherCodec(KEY).decode(stored, tmp_path / "plain")

    assert not (tmp_path / "plain").exists()


def test_an_object_gets_another_key_without_a_plain_file(tmp_path: Path) -> None:
    plain = write(tmp_path / "plain")
    CipherCodec(KEY).encode(plain, tmp_path / "old")

    CipherCodec(OTHER_KEY, source=KEY).encode(tmp_path / "old", tmp_path / "new")
    CipherCodec(OTHER_KEY).decode(tmp_path / "new", tmp_path / "again")

    assert (tmp_path / "again").read_bytes() == plain.read_bytes()
    assert KEY not in repr(CipherCodec(KEY)).encode()


def test_no_needle_and_no_digest_is_anywhere_in_the_folder(store, tmp_path: Path) -> None:
    digests = {
        one.asset.path: one.stored.digest for one in [put(store, "01", write(tmp_path / "x"))]
    }
    publish(store, tmp_path, "01", "02")

    for path in (tmp_path / "commons").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert NEEDLE not in content
            assert not any(digest.encode() in content for digest in digests.values())


def test_the_journal_of_the_catalogue_is_searched_by_that_test(store, tmp_path: Path) -> None:
    publish(store, tmp_path, "01")

    names = {path.name for path in (tmp_path / "commons").iterdir()}

    assert {"commons.sqlite", "commons.sqlite-wal"} <= names
    with closing(sqlite3.connect(tmp_path / "commons" / "commons.sqlite")) as raw:
        assert raw.execute("SELECT count(*) FROM rows").fetchone() == (2,)


def test_a_stored_noun_without_a_tag_is_never_sealed(store) -> None:
    with store.publishing():
        rows = ((store.require_owner("ds-1", []), b"x\n"),)
        plain = StoredAsset(Asset("p.tsv", "", 2, "table"), store.make_table(rows), rows)

    assert store._safe.seal_rows(plain) == plain
    assert store._safe.seal_rows(replace(plain, rows=())) == replace(plain, rows=())


def test_a_large_object_goes_in_and_out_through_little_memory(store, tmp_path: Path) -> None:
    block = np.random.default_rng(8).bytes(CHUNK)
    with (tmp_path / "large").open("wb") as handle:
        for _ in range(64):
            handle.write(block)

    tracemalloc.start()
    one = put(store, "01", tmp_path / "large")
    add(store, one)
    store.restore(one, tmp_path / "again")
    found = list(store.find_broken_assets())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert filecmp.cmp(tmp_path / "large", tmp_path / "again", shallow=False)
    assert found == []
    assert peak < 32 * CHUNK


def test_an_object_under_another_name_does_not_open(store, tmp_path: Path) -> None:
    (mine,) = [one for one in publish(store, tmp_path, "01") if one.stored.address]
    old, new = mine.stored.address, "0" * 64
    path = store._objects.path(mine.stored.owner, old)
    path.rename(path.with_name(new))
    with store._writing() as connection:
        for statement in (
            "UPDATE assets SET address = ? WHERE address = ?",
            "UPDATE envelopes SET address = ? WHERE address = ?",
        ):
            connection.exec_driver_sql(statement, (new, old))
    (mine,) = [one for one in store.read_assets("ds-1", "1") if one.stored.address]

    with pytest.raises(StoreError, match="FSC605"):
        store.restore(mine, tmp_path / "out")


def test_two_lines_about_one_person_cannot_change_places(store) -> None:
    with store.publishing():
        one = store.require_owner("ds-1", ["01"])
        rows = ((one, b"first\n"), (one, b"second\n"))
        table = store.make_table(rows, encrypted=True)
    sealed = store._safe.seal_rows(StoredAsset(Asset("p.tsv", "", 13, "table"), table, rows))

    assert store._safe.open_rows(sealed) == b"first\nsecond\n"
    for changed in (
        replace(sealed, rows=sealed.rows[::-1]),
        replace(sealed, asset=replace(sealed.asset, path="other.tsv")),
    ):
        with pytest.raises(StoreError, match="FSC605"):
            store._safe.open_rows(changed)
