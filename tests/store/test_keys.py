"""Keys are rotated without touching objects, and a destroyed one is gone from everywhere."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.test_safe import add, objects, open_here, publish, put, write

from fascicle.core import Asset
from fascicle.errors import StoreError
from fascicle.store import KeyState, NewVersion, StoredAsset
from fascicle.store._keyring import Keyring
from fascicle.store._tables import SHARED


@pytest.fixture
def store(tmp_path: Path):
    with closing(open_here(tmp_path)) as store:
        yield store


@pytest.fixture
def stored(store, tmp_path: Path):
    return publish(store, tmp_path, "01", "02")


def owner(store, label: str) -> str:
    found = store.keys.find_participant("ds-1", label)
    assert found is not None
    return found


def read_all(store, folder: Path) -> dict[str, bytes]:
    found = {}
    with store.restoring():
        for one in store.read_assets("ds-1", "1"):
            store.restore(one, folder / one.asset.path)
            found[one.asset.path] = (folder / one.asset.path).read_bytes()
    return found


def test_the_state_counts_people_objects_and_what_is_destroyed(store, stored, tmp_path) -> None:
    before = store.keys.state()

    store.keys.destroy("ada", "ds-1", owner(store, "02"))

    path = next((tmp_path / "keys").glob("*.keys"))
    assert before == KeyState(str(path), False, 3, 2, 0)  # the third is nobody's
    assert store.keys.state() == KeyState(str(path), False, 2, 1, 1)


def test_nobody_by_that_label_is_nobody(store, stored) -> None:
    assert store.keys.find_participant("ds-1", "99") is None
    assert store.keys.find_participant("ds-2", "01") is None


def test_rotation_changes_envelopes_and_rows_and_no_object(store, stored, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in objects(tmp_path)}
    old_rows = [one.rows for one in stored if one.rows]
    content = read_all(store, tmp_path / "before")

    n_objects = store.keys.rotate_dataset("ada", "ds-1", anew=False)

    assert n_objects == 2
    assert {path: path.read_bytes() for path in objects(tmp_path)} == before
    new_rows = [one.rows for one in store.read_assets("ds-1", "1") if one.rows]
    assert new_rows != old_rows
    with closing(open_here(tmp_path)) as other:
        assert read_all(other, tmp_path / "after") == content
        assert list(other.find_broken_assets()) == []
        assert other.find_changed_versions() == ()
        assert put(other, "01", tmp_path / "01").stored.address in {p.name for p in before}


def test_after_rotation_the_older_key_opens_nothing(store, stored, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "keys", tmp_path / "older", copy_function=shutil.copy2)
    (tmp_path / "older").chmod(0o700)

    store.keys.rotate_dataset("ada", "ds-1", anew=False)

    with closing(open_here(tmp_path, keys="older")) as other:
        for one in store.read_assets("ds-1", "1"):
            with pytest.raises(StoreError, match=r"FSC6(10|05)"):
                other.restore(one, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_objects_are_written_anew_on_request(store, stored, tmp_path: Path) -> None:
    before = {path.name for path in objects(tmp_path)}
    content = read_all(store, tmp_path / "before")

    store.keys.rotate_dataset("ada", "ds-1", anew=True)

    after = {path.name for path in objects(tmp_path)}
    assert len(after) == 2
    assert after.isdisjoint(before)
    assert read_all(store, tmp_path / "after") == content
    assert store.remove_orphans() == 0
    assert store.find_changed_versions() == ()


@pytest.mark.parametrize("when", ["before the catalogue", "after the catalogue"])
def test_a_rotation_that_is_cut_off_loses_nothing_and_can_be_run_again(
    when: str, store, stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = read_all(store, tmp_path / "before")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    if when == "before the catalogue":
        monkeypatch.setattr("fascicle.store._envelopes.rewrap", die)
    else:
        monkeypatch.setattr(Keyring, "drop_older", die)

    with pytest.raises(KeyboardInterrupt):
        store.keys.rotate_dataset("ada", "ds-1", anew=False)

    monkeypatch.undo()
    with closing(open_here(tmp_path)) as other:
        assert read_all(other, tmp_path / "cut off") == content
        other.keys.rotate_dataset("ada", "ds-1", anew=False)
        assert read_all(other, tmp_path / "again") == content
        assert other.find_log_breaks() == ()


def test_a_destroyed_key_makes_every_copy_unreadable_and_nobody_elses(
    store, stored, tmp_path: Path
) -> None:
    shutil.copytree(tmp_path / "commons" / "objects", tmp_path / "copy")
    by_path = {one.asset.path: one for one in stored}

    store.keys.destroy("ada", "ds-1", owner(store, "02"))

    store.restore(by_path["sub-01/a.eeg"], tmp_path / "out1")
    assert (tmp_path / "out1").read_bytes() == (tmp_path / "01").read_bytes()
    shutil.rmtree(tmp_path / "commons" / "objects")
    shutil.copytree(tmp_path / "copy", tmp_path / "commons" / "objects")
    for path in ("sub-02/a.eeg", "p.tsv"):
        with pytest.raises(StoreError, match="FSC614"):
            store.restore(by_path[path], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    found = {path: wrong for _, _, path, wrong in store.find_broken_assets()}
    assert found == {"sub-02/a.eeg": "destroyed", "p.tsv": "destroyed"}


def test_an_older_copy_of_the_keys_alone_does_not_open_a_destroyed_persons_objects(
    store, stored, tmp_path: Path
) -> None:
    shutil.copytree(tmp_path / "keys", tmp_path / "older")
    (tmp_path / "older").chmod(0o700)
    store.keys.destroy("ada", "ds-1", owner(store, "02"))

    with closing(open_here(tmp_path, keys="older")) as other:
        for one in stored:
            if "02" in one.asset.participants:
                with pytest.raises(StoreError, match="FSC614"):
                    other.restore(one, tmp_path / "out")
        gone = owner(other, "02")
        assert gone not in other._safe.ring  # and the copy has lost it too, once it was used


def test_nothing_that_opened_it_is_left_in_the_catalogue_or_its_journal(
    store, stored, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "commons" / "commons.sqlite")) as raw:
        gone = owner(store, "02")
        query = "SELECT wrapped FROM envelopes WHERE owner = ?"
        (wrapped,) = raw.execute(query, (gone,)).fetchone()

    store.keys.destroy("ada", "ds-1", gone)

    for path in (tmp_path / "commons").glob("commons.sqlite*"):
        assert wrapped not in path.read_bytes()


def test_who_is_stopped_while_destroying_has_destroyed_it_all_the_same(
    store, stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    gone = owner(store, "02")
    monkeypatch.setattr(Keyring, "forget", die)
    with pytest.raises(KeyboardInterrupt):
        store.keys.destroy("ada", "ds-1", gone)
    monkeypatch.undo()

    with closing(open_here(tmp_path)) as other:
        assert gone not in other._safe.ring
        assert gone.encode() not in next((tmp_path / "keys").glob("*.keys")).read_bytes()
        assert [entry.event for entry in other.read_log()] == ["publish", "destroy"]
        assert other.find_log_breaks() == ()


def test_nothing_is_stored_for_a_person_whose_key_was_destroyed(store, stored, tmp_path) -> None:
    store.keys.destroy("ada", "ds-1", owner(store, "02"))

    for labels in (["02"], ["01", "02"]):
        with pytest.raises(StoreError, match="FSC614"), store.publishing():
            store.put_file("ds-1", labels, write(tmp_path / "new", seed=9), encrypted=True)


def test_lost_keys_come_back_from_an_export_and_destroyed_ones_do_not(
    store, stored, tmp_path: Path
) -> None:
    content = read_all(store, tmp_path / "before")
    store.keys.export("ada", tmp_path / "export", "long one")
    shutil.rmtree(tmp_path / "keys")

    with closing(open_here(tmp_path)) as other:
        assert other.keys.take_over("ada", tmp_path / "export", "long one") == 3
        assert read_all(other, tmp_path / "after") == content
        other.keys.destroy("ada", "ds-1", owner(other, "02"))
        assert other.keys.take_over("ada", tmp_path / "export", "long one") == 0
        assert owner(other, "02") not in other._safe.ring


def test_an_export_takes_the_place_of_an_older_one_and_of_nothing_else(
    store, stored, tmp_path: Path
) -> None:
    (tmp_path / "thesis").write_bytes(b"years of work")
    keys = next((tmp_path / "keys").glob("*.keys"))
    before = keys.read_bytes()

    for place in (tmp_path / "thesis", keys):
        with pytest.raises(StoreError, match="FSC615"):
            store.keys.export("ada", place, "long one")
    for _ in range(2):
        store.keys.export("ada", tmp_path / "export", "long one")

    assert (tmp_path / "thesis").read_bytes() == b"years of work"
    assert keys.read_bytes() == before
    assert [entry.event for entry in store.read_log()] == ["publish", "key", "key"]


def test_the_master_key_changes_and_all_opens(store, stored, tmp_path: Path) -> None:
    content = read_all(store, tmp_path / "before")
    before = next((tmp_path / "keys").glob("*.keys")).read_bytes()

    store.keys.rotate("ada", None)

    assert next((tmp_path / "keys").glob("*.keys")).read_bytes() != before
    with closing(open_here(tmp_path)) as other:
        assert read_all(other, tmp_path / "after") == content


def test_a_check_after_a_rotation_by_somebody_else_finds_all_whole(
    store, stored, tmp_path: Path
) -> None:
    assert list(store.find_broken_assets()) == []
    with closing(open_here(tmp_path)) as other:
        other.keys.rotate_dataset("ada", "ds-1", anew=False)

    assert list(store.find_broken_assets()) == []


@pytest.mark.parametrize("work", ["publishing", "restoring"])
def test_keys_stay_as_they_are_while_somebody_works_with_them(
    work: str, store, stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fascicle.store._keys._WAIT_S", 0.0)

    with getattr(store, work)():
        for change in (
            lambda: store.keys.rotate("ada", None),
            lambda: store.keys.rotate_dataset("ada", "ds-1", anew=False),
            lambda: store.keys.destroy("ada", "ds-1", owner(store, "01")),
        ):
            with pytest.raises(StoreError, match="FSC604"):
                change()


def test_a_reader_who_read_the_keys_before_a_rotation_reads_on(
    store, stored, tmp_path: Path
) -> None:
    content = read_all(store, tmp_path / "before")
    with closing(open_here(tmp_path)) as other:
        other.keys.rotate_dataset("ada", "ds-1", anew=True)

    assert read_all(store, tmp_path / "after") == content


def test_what_is_about_nobody_gets_a_new_key_too(store, stored, tmp_path: Path) -> None:
    before = store._safe.ring.newest(SHARED)

    store.keys.rotate_dataset("ada", "ds-1", anew=False)

    assert store._safe.ring.newest(SHARED)[1] != before[1]
    assert len(read_all(store, tmp_path / "after")) == 3


def test_an_object_that_nobody_names_any_more_does_not_stop_what_is_written_anew(
    store, stored, tmp_path: Path
) -> None:
    put(store, "01", write(tmp_path / "more", seed=99))
    store.add_version(newer(store))  # the same version, whose report was written again
    assert store.remove_orphans() == 1

    store.keys.rotate_dataset("ada", "ds-1", anew=True)

    assert store.keys.state().n_objects == 2
    assert len(read_all(store, tmp_path / "after")) == 3


def newer(store) -> NewVersion:
    """Return what is published already, as somebody who publishes it again would."""
    found = store.read_version("ds-1")
    return NewVersion(
        found.dataset, store.read_assets("ds-1", "1"), found.consents, (), {}, "ada", "00"
    )


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_object_does_not_keep_the_others_from_being_written_anew(
    damage: str, store, stored, tmp_path: Path
) -> None:
    by_path = {one.asset.path: one.stored for one in stored}
    bad, good = by_path["sub-01/a.eeg"], by_path["sub-02/a.eeg"]
    path = store._objects.path(bad.owner, bad.address)
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    if damage == "missing":
        path.unlink()

    n_objects = store.keys.rotate_dataset("ada", "ds-1", anew=True)

    assert n_objects == 2
    assert not store._objects.path(good.owner, good.address).exists()
    assert [(found[2], found[3]) for found in store.find_broken_assets()] == [
        ("sub-01/a.eeg", damage)
    ]


@pytest.mark.parametrize("method", ["export", "renew_master", "renew", "take_over"])
def test_who_is_stopped_at_a_key_is_in_the_log(
    method: str, store, stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keys.export("ada", tmp_path / "export", "long one")
    n_before = len(store.read_log())

    def work_and_die(self: Keyring, *args: object) -> None:
        work(self, *args)
        raise KeyboardInterrupt

    work = getattr(Keyring, method)
    monkeypatch.setattr(Keyring, method, work_and_die)
    change = {
        "export": lambda: store.keys.export("eve", tmp_path / "second", "long one"),
        "renew_master": lambda: store.keys.rotate("eve", None),
        "renew": lambda: store.keys.rotate_dataset("eve", "ds-1", anew=False),
        "take_over": lambda: store.keys.take_over("eve", tmp_path / "export", "long one"),
    }[method]
    with pytest.raises(KeyboardInterrupt):
        change()

    lines = store.read_log()[n_before:]
    assert [(line.event, line.details["agent"]) for line in lines] == [("key", "eve")]


def test_an_older_copy_of_the_keys_draws_no_second_key_for_what_it_has_lost(
    store, stored, tmp_path: Path
) -> None:
    older = next((tmp_path / "keys").glob("*.keys")).read_bytes()
    with store.publishing():
        store.put_file("ds-1", ["03"], write(tmp_path / "03", seed=7), encrypted=True)
        asset = store.put_file("ds-1", ["04"], write(tmp_path / "04", seed=8), encrypted=True)
        add(store, StoredAsset(Asset("sub-04/a.eeg", "", 7, "recording", ("04",)), asset))
    store.keys.export("ada", tmp_path / "export", "long one")
    next((tmp_path / "keys").glob("*.keys")).write_bytes(older)

    with closing(open_here(tmp_path)) as other:
        with pytest.raises(StoreError, match="FSC610"):
            put(other, "04", write(tmp_path / "more", seed=11))
        other.keys.take_over("ada", tmp_path / "export", "long one")
        other.restore(other.read_assets("ds-1", "2")[0], tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == (tmp_path / "04").read_bytes()


def test_an_older_copy_of_the_keys_is_not_rotated_into_something_that_no_export_mends(
    store, stored, tmp_path: Path
) -> None:
    content = read_all(store, tmp_path / "before")
    older = next((tmp_path / "keys").glob("*.keys")).read_bytes()
    store.keys.rotate_dataset("ada", "ds-1", anew=False)
    store.keys.export("ada", tmp_path / "export", "long one")
    next((tmp_path / "keys").glob("*.keys")).write_bytes(older)

    with closing(open_here(tmp_path)) as other:
        with pytest.raises(StoreError, match=r"FSC6(05|10)"):
            other.keys.rotate_dataset("ada", "ds-1", anew=False)
        other.keys.take_over("ada", tmp_path / "export", "long one")
        assert read_all(other, tmp_path / "after") == content


def test_a_new_passphrase_is_the_one_that_the_next_change_opens_the_keys_with(
    store, stored, tmp_path: Path
) -> None:
    store.keys.rotate("ada", "words")

    store.keys.rotate_dataset("ada", "ds-1", anew=False)

    assert store.keys.state().is_locked
    assert len(read_all(store, tmp_path / "after")) == 3
