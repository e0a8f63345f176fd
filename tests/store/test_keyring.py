"""Keys are wrapped on the disk, for their owner alone, and open in their own place only."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from fascicle.core import format_canonical
from fascicle.errors import StoreError
from fascicle.jobs import write_private
from fascicle.store._keyring import KeyPlace, Keyring, derive, unwrap, wrap

DIGEST = "ab" * 32


def open_ring(folder: Path, passphrase: str = "", commons: str = "c0") -> Keyring:
    return Keyring(KeyPlace(folder / "keys", write_private, passphrase), commons)


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    ring = open_ring(tmp_path)
    ring.add({"ada": (), "bob": (), "eve": (), "both": ("ada", "bob")})
    return ring


def reopened(tmp_path: Path, passphrase: str = "") -> Keyring:
    ring = open_ring(tmp_path, passphrase)
    assert ring.load()
    return ring


def test_keys_come_back_and_are_never_on_the_disk_in_the_clear(ring, tmp_path: Path) -> None:
    stored = ring.path.read_bytes()

    again = reopened(tmp_path)

    for owner in ("ada", "bob", "both"):
        assert again.newest(owner) == ring.newest(owner)
        assert ring.newest(owner)[1].hex().encode() not in stored
    assert len({ring.newest(owner)[1] for owner in ("ada", "bob", "eve", "both")}) == 4


def test_no_file_is_no_ring_and_no_key(tmp_path: Path) -> None:
    ring = open_ring(tmp_path)

    assert not ring.load()
    with pytest.raises(StoreError, match="FSC610"):
        ring.newest("ada")


def test_adding_again_changes_no_key(ring) -> None:
    before = ring.newest("ada")

    ring.add({"ada": (), "new": ()})

    assert ring.newest("ada") == before
    assert "new" in ring


def test_two_handles_on_one_file_lose_no_key(ring, tmp_path: Path) -> None:
    other = reopened(tmp_path)

    ring.add({"one": ()})
    other.add({"two": ()})

    again = reopened(tmp_path)
    assert "one" in again
    assert "two" in again


def test_a_tag_is_of_the_bytes_and_of_all_behind_them_in_any_order(ring) -> None:
    tags = {
        ring.tag(["ada"], DIGEST), ring.tag(["bob"], DIGEST), ring.tag(["ada"], "cd" * 32),
        ring.tag(["ada", "bob"], DIGEST), ring.tag(["both"], DIGEST),
    }  # fmt: skip

    assert len(tags) == 5
    assert ring.tag(["bob", "ada", "ada"], DIGEST) == ring.tag(["ada", "bob"], DIGEST)


def test_a_renewed_key_stands_beside_the_older_until_that_is_dropped(ring, tmp_path: Path) -> None:
    number, older = ring.newest("ada")
    tag, group = ring.tag(["ada"], DIGEST), ring.newest("both")

    ring.renew(["ada"])

    again = reopened(tmp_path)
    assert again.newest("ada")[0] == number + 1
    assert again.key("ada", number) == older
    assert again.newest("ada")[1] != older
    again.drop_older(["ada"])
    with pytest.raises(StoreError, match="FSC610"):
        reopened(tmp_path).key("ada", number)
    assert reopened(tmp_path).tag(["ada"], DIGEST) == tag
    assert reopened(tmp_path).newest("both") == group


def test_a_forgotten_key_takes_its_groups_along_and_nobody_else(ring, tmp_path: Path) -> None:
    master = json.loads(ring.path.read_bytes())["master"]
    bob = ring.newest("bob")

    ring.forget(["ada"])

    again = reopened(tmp_path)
    assert "ada" not in again
    assert "both" not in again
    assert again.newest("bob") == bob
    assert json.loads(ring.path.read_bytes())["master"] != master


def test_what_a_forgotten_key_was_wrapped_in_does_not_open_with_the_new_master_key(
    ring, tmp_path: Path
) -> None:
    older = json.loads(ring.path.read_bytes())["owners"]["ada"]
    ring.forget(["ada"])
    state = json.loads(ring.path.read_bytes())

    state["owners"]["ada"] = older
    ring.path.write_text(json.dumps(state))

    with pytest.raises(StoreError, match="FSC611"):
        open_ring(tmp_path).load()


def test_a_new_master_key_changes_all_that_is_written_and_no_key(ring, tmp_path: Path) -> None:
    before, ada = json.loads(ring.path.read_bytes()), ring.newest("ada")

    ring.renew_master()

    after = json.loads(ring.path.read_bytes())
    assert before["master"] != after["master"]
    assert before["owners"]["ada"] != after["owners"]["ada"]
    assert reopened(tmp_path).newest("ada") == ada


def test_a_key_opens_in_its_own_place_only(ring, tmp_path: Path) -> None:
    state = json.loads(ring.path.read_bytes())
    state["owners"]["ada"], state["owners"]["bob"] = state["owners"]["bob"], state["owners"]["ada"]
    ring.path.write_text(json.dumps(state))

    with pytest.raises(StoreError, match="FSC611"):
        open_ring(tmp_path).load()


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", "[" * 100_000, '{"version": 1}',
                '{"version": 2, "commons": "c0"}',
                '{"version": 1, "commons": "c0", "master": {"plain": "zz"}, "owners": {}}']
)  # fmt: skip
def test_a_damaged_file_is_told_so(content: str, ring, tmp_path: Path) -> None:
    ring.path.write_text(content)

    with pytest.raises(StoreError, match="FSC611"):
        open_ring(tmp_path).load()


def test_the_keys_of_another_commons_are_told_so(ring, tmp_path: Path) -> None:
    other = open_ring(tmp_path, commons="c1")
    write_private(other.path, ring.path.read_bytes())

    with pytest.raises(StoreError, match="FSC611"):
        other.load()


def test_a_passphrase_wraps_the_master_key_and_another_opens_nothing(tmp_path: Path) -> None:
    ring = open_ring(tmp_path, "words")
    ring.add({"ada": ()})

    assert reopened(tmp_path, "words").newest("ada") == ring.newest("ada")
    assert reopened(tmp_path, "words").is_locked()
    assert "plain" not in json.loads(ring.path.read_bytes())["master"]
    for wrong in ("", "word"):
        with pytest.raises(StoreError, match="FSC612"):
            open_ring(tmp_path, wrong).load()


def test_a_passphrase_is_set_changed_and_taken_away_with_the_master_key(
    ring, tmp_path: Path
) -> None:
    ada = ring.newest("ada")

    ring.renew_master("first")
    reopened(tmp_path, "first").renew_master("second")
    with pytest.raises(StoreError, match="FSC612"):
        open_ring(tmp_path, "first").load()
    reopened(tmp_path, "second").renew_master("")

    assert reopened(tmp_path).newest("ada") == ada


@pytest.mark.skipif(os.name != "posix", reason="rights are inherited from the profile")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_keys_that_others_can_read_are_refused(what: str, ring, tmp_path: Path) -> None:
    assert ring.path.stat().st_mode & 0o777 == 0o600
    assert ring.path.parent.stat().st_mode & 0o777 == 0o700

    if what == "file":
        ring.path.chmod(0o640)
    else:
        ring.path.parent.chmod(0o750)

    with pytest.raises(StoreError, match="FSC613"):
        open_ring(tmp_path).add({"new": ()})


def test_an_export_brings_lost_keys_back_but_none_that_was_destroyed(ring, tmp_path: Path) -> None:
    ring.export(tmp_path / "export", "long one")
    keys = {owner: ring.newest(owner) for owner in ("ada", "bob", "both", "eve")}
    ring.path.unlink()

    lost = open_ring(tmp_path)
    n_people = lost.take_over(tmp_path / "export", "long one", frozenset({"ada"}))

    assert n_people == 2
    again = reopened(tmp_path)
    assert again.newest("bob") == keys["bob"]
    assert again.newest("eve") == keys["eve"]
    assert "ada" not in again
    assert "both" not in again
    assert keys["bob"][1].hex().encode() not in (tmp_path / "export").read_bytes()


def test_an_export_overwrites_no_newer_key(ring, tmp_path: Path) -> None:
    ring.export(tmp_path / "export", "long one")
    ring.renew(["bob"])
    ring.drop_older(["bob"])
    newest = ring.newest("bob")

    assert ring.take_over(tmp_path / "export", "long one", frozenset()) == 0

    assert reopened(tmp_path).newest("bob") == newest


@pytest.mark.parametrize(("passphrase", "code"), [("wrong", "FSC612"), ("", "FSC612")])
def test_an_export_opens_with_its_own_passphrase_only(
    passphrase: str, code: str, ring, tmp_path: Path
) -> None:
    ring.export(tmp_path / "export", "long one")

    with pytest.raises(StoreError, match=code):
        ring.take_over(tmp_path / "export", passphrase, frozenset())


def test_no_export_and_an_export_of_another_commons_are_told_so(ring, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"hello")
    other = open_ring(tmp_path, commons="c1")
    other.add({"zoe": ()})
    other.export(tmp_path / "export", "long one")

    for file in ("text", "export"):
        with pytest.raises(StoreError, match="FSC611"):
            ring.take_over(tmp_path / file, "long one", frozenset())
    with pytest.raises(StoreError, match="FSC612"):
        ring.export(tmp_path / "open", "")
    assert not (tmp_path / "open").exists()


def test_derived_keys_differ_by_purpose_and_wrapped_texts_each_time() -> None:
    key = b"k" * 32

    assert len({derive(key, "rows"), derive(key, "objects"), derive(b"o" * 32, "rows"), key}) == 4
    assert wrap(key, b"x", b"n") != wrap(key, b"x", b"n")
    assert unwrap(key, wrap(key, b"x", b"n"), b"n") == b"x"
    assert unwrap(key, wrap(key, b"x", b"n"), b"m") is None
    assert unwrap(key, b"short", b"n") is None


def test_a_key_is_not_printed(ring) -> None:
    assert ring.newest("ada")[1].hex() not in repr(ring._entries)
    assert repr(ring.newest("ada")[1]) not in repr(ring._entries)


def test_a_groups_key_opens_with_those_of_its_people_and_not_with_the_master_key(ring) -> None:
    state = json.loads(ring.path.read_bytes())
    master = derive(bytes.fromhex(state["master"]["plain"]), "people")

    opened = {
        owner: unwrap(
            master,
            bytes.fromhex(state["owners"][owner]["keys"]["1"]),
            format_canonical(["c0", owner, "1"]),
        )
        for owner in ("ada", "both")
    }

    assert opened == {"ada": ring.newest("ada")[1], "both": None}


def test_a_group_without_one_of_its_people_is_damage(ring, tmp_path: Path) -> None:
    state = json.loads(ring.path.read_bytes())
    del state["owners"]["ada"]
    ring.path.write_text(json.dumps(state))

    with pytest.raises(StoreError, match="FSC611"):
        open_ring(tmp_path).load()


def renew_and_die(folder: str) -> None:
    ring = open_ring(Path(folder))
    ring.load()
    Path.replace = lambda *_: os._exit(9)  # type: ignore[method-assign,assignment]
    ring.renew_master()


def test_what_a_killed_writer_left_goes_with_the_next_change(ring, tmp_path: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(
        target=renew_and_die, args=(str(tmp_path),)
    )
    worker.start()
    worker.join(60)
    assert worker.exitcode == 9
    before = {path for path in (tmp_path / "keys").iterdir() if path.stat().st_size}
    assert len(before) == 2  # the keys, and what would have become them, with a master key

    ring.forget(["ada"])

    after = {path for path in (tmp_path / "keys").iterdir() if path.stat().st_size}
    assert after == {ring.path}


@pytest.mark.skipif(os.name != "posix", reason="rights are inherited from the profile")
def test_an_export_is_for_its_owner_alone_wherever_it_is_put(ring, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)

    ring.export(tmp_path / "shared" / "export", "long one")

    assert (tmp_path / "shared" / "export").stat().st_mode & 0o777 == 0o600


def test_an_export_holds_what_is_on_the_disk_and_not_what_was_read_before(
    ring, tmp_path: Path
) -> None:
    other = reopened(tmp_path)
    other.forget(["ada"])
    other.add({"new": ()})

    ring.export(tmp_path / "export", "long one")

    other.path.unlink()
    again = open_ring(tmp_path)
    again.take_over(tmp_path / "export", "long one", frozenset())
    assert "ada" not in again
    assert "new" in again


def test_a_key_that_could_not_be_written_is_none(ring, tmp_path: Path) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    full = Keyring(KeyPlace(tmp_path / "keys", fail), "c0")
    full.load()

    with pytest.raises(OSError, match="No space"):
        full.add({"new": ()})

    assert "new" not in full
    assert full.newest("ada") == ring.newest("ada")


def test_a_passphrase_that_comes_later_wraps_a_master_key_that_was_never_in_the_clear(
    ring, tmp_path: Path
) -> None:
    master = derive(bytes.fromhex(json.loads(ring.path.read_bytes())["master"]["plain"]), "people")

    reopened(tmp_path, "words").add({"new": ()})

    stored = json.loads(ring.path.read_bytes())["owners"]["ada"]["keys"]["1"]
    assert unwrap(master, bytes.fromhex(stored), format_canonical(["c0", "ada", "1"])) is None
    assert reopened(tmp_path, "words").newest("ada") == ring.newest("ada")
