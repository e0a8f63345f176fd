"""The controlled tier is encrypted, and its keys are for the publisher alone to destroy."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.govern.published import GRU, ID, contents, events, publish

from fascicle.core import Severity, Tier
from fascicle.errors import InputError, Refusal, StoreError
from fascicle.govern import open_commons
from fascicle.testing import MadeRelease, ReleaseShape, make_release

NEEDLES = (b"BrainVision", b"participant_id", b"sub-01\t")
"""Words that stand in the files of a made release."""


def make_tier(folder: Path, tier: Tier) -> MadeRelease:
    return make_release(folder, ReleaseShape(dataset=replace(ReleaseShape().dataset, tier=tier)))


def pieces(made: MadeRelease) -> list[bytes]:
    """Return bytes out of each file and line that would show if they were stored as they are."""
    table = made.folder / "participants.tsv"
    files = [path for a in made.release.assets if (path := made.folder / a.path) != table]
    starts = [path.read_bytes()[:40] for path in files if path.stat().st_size >= 20]
    return [*starts, *table.read_bytes().splitlines()]


def clear_text(folder: Path, wanted: list[bytes]) -> list[bytes]:
    everything = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [piece for piece in wanted if any(piece in content for content in everything)]


def test_nothing_of_a_controlled_dataset_lies_in_the_clear_and_all_comes_back(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)

    assert clear_text(tmp_path / "commons", pieces(made)) == []
    commons.read(ID, "", tmp_path / "got", GRU)
    assert contents(tmp_path / "got") == contents(made.folder)
    assert commons.verify() == ()
    assert len(commons.search("resting")) == 1
    assert commons.describe(ID).n_files == len(made.release.assets)


@pytest.mark.parametrize("tier", [Tier.OPEN, Tier.REGISTERED])
def test_what_is_not_controlled_lies_as_it_is_and_needs_no_keys(
    tier: Tier, commons, tmp_path: Path
) -> None:
    made = make_tier(tmp_path / "out", tier)

    publish(commons, made)

    assert clear_text(tmp_path / "commons", pieces(made)) == pieces(made)
    assert not (tmp_path / "commons" / "keys").exists()


def test_a_dataset_that_is_opened_later_is_stored_as_it_is_from_then_on(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)
    opened = make_tier(tmp_path / "open", Tier.OPEN)

    assert publish(commons, opened) == "2"

    for version in ("1", "2"):
        commons.read(ID, version, tmp_path / version, GRU)
        assert contents(tmp_path / version) == contents(made.folder)
    assert commons.verify() == ()


def test_the_same_again_is_the_same_version_also_after_rotation(commons, made, tmp_path) -> None:
    publish(commons, made)
    n_objects = commons.key_state().n_objects

    commons.rotate_keys(ID, encrypt_anew=True)
    commons.rotate_master_key()

    assert publish(commons, made) == "1"
    assert commons.key_state().n_objects == n_objects
    commons.read(ID, "", tmp_path / "got", GRU)
    assert contents(tmp_path / "got") == contents(made.folder)
    assert commons.verify() == ()


def publish_and_die(folder: str, out: str, when: int) -> None:
    made = make_release(Path(out))

    def die(step) -> None:
        if step.done == when:
            os._exit(9)

    with open_commons(Path(folder), agent="ada", create=True) as commons:
        commons.publish(made.release, made.folder, on_progress=die)


@pytest.mark.parametrize("when", [1, 7])
def test_a_killed_publication_leaves_nothing_in_the_clear(when: int, made, tmp_path: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(
        target=publish_and_die, args=(str(tmp_path / "commons"), str(made.folder), when)
    )
    worker.start()
    worker.join(60)

    assert worker.exitcode == 9
    assert any(path.is_file() for path in (tmp_path / "commons" / "objects").rglob("*"))
    assert clear_text(tmp_path / "commons", pieces(made)) == []
    with open_commons(tmp_path / "commons", agent="ada") as commons:
        assert publish(commons, made) == "1"
        assert all(finding.severity is Severity.NOTE for finding in commons.verify())
        assert [entry.event for entry in commons.log(ID)] == ["publish"]


def test_a_failed_publication_leaves_nothing_in_the_clear(
    commons, made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fascicle.store._objects._keep", fail)
    with pytest.raises(StoreError, match="FSC607"):
        publish(commons, made)

    assert clear_text(tmp_path / "commons", pieces(made)) == []
    assert list((tmp_path / "commons" / "objects").rglob("*.*")) == []


def test_keys_that_stand_elsewhere_leave_only_ciphertext_behind(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASCICLE_KEYS", str(tmp_path / "safe"))
    monkeypatch.setenv("FASCICLE_KEYS_PASSPHRASE", "words")
    with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
        publish(commons, made)
        assert commons.key_state().is_locked
    assert not (tmp_path / "commons" / "keys").exists()

    monkeypatch.setenv("FASCICLE_KEYS_PASSPHRASE", "word")
    with open_commons(tmp_path / "commons", agent="ada") as commons:
        with pytest.raises(StoreError, match="FSC612"):
            commons.read(ID, "", tmp_path / "got", GRU)
        assert not (tmp_path / "got").exists()
        (finding,) = commons.verify()
        assert (finding.code, finding.severity) == ("commons.locked", Severity.WARNING)
    monkeypatch.delenv("FASCICLE_KEYS")
    with open_commons(tmp_path / "commons", agent="ada") as commons:
        with pytest.raises(StoreError, match="FSC610"):
            commons.read(ID, "", tmp_path / "got", GRU)
        with pytest.raises(StoreError, match="FSC610"):
            publish(commons, make_release(tmp_path / "more", ReleaseShape(seed=99)))
        assert commons.search("resting")
    assert not any(path.name.endswith("got.part") for path in tmp_path.iterdir())


def test_a_destroyed_key_is_logged_and_the_dataset_goes_on_without_the_person(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)

    assert commons.destroy_key(ID, "sub-02").n_keys >= 1

    assert events(commons)[-1] == ("destroy", "")
    with pytest.raises(StoreError, match="FSC614"):
        commons.read(ID, "", tmp_path / "got", GRU)
    assert not (tmp_path / "got").exists()
    with pytest.raises(StoreError, match="FSC614"):
        publish(commons, make_release(tmp_path / "again", ReleaseShape(seed=99)))
    without = make_release(
        tmp_path / "without",
        ReleaseShape(
            labels=("01", "03"), dataset=replace(ReleaseShape().dataset, n_participants=2)
        ),
    )
    assert publish(commons, without) == "2"
    commons.read(ID, "2", tmp_path / "got", GRU)
    assert contents(tmp_path / "got") == contents(without.folder)
    findings = commons.verify()
    assert {finding.code for finding in findings} == {"commons.destroyed"}
    assert all(finding.severity is Severity.NOTE for finding in findings)


def test_only_the_publisher_touches_the_keys_and_a_refusal_is_logged(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)

    with open_commons(tmp_path / "commons", agent="eve") as other:
        for change in (
            lambda: other.destroy_key(ID, "02"), lambda: other.rotate_keys(ID)
        ):  # fmt: skip
            with pytest.raises(Refusal, match="FSC540"):
                change()
        assert events(other)[-1] == ("refuse", "FSC540")
    with open_commons(tmp_path / "commons", agent="") as nobody:
        for change in (
            lambda: nobody.destroy_key(ID, "02"),
            lambda: nobody.rotate_keys(ID),
            lambda: nobody.rotate_master_key(),
            lambda: nobody.export_keys(tmp_path / "export", "long one"),
            lambda: nobody.import_keys(tmp_path / "export", "long one"),
        ):
            with pytest.raises(Refusal, match="FSC500"):
                change()
    commons.read(ID, "", tmp_path / "got", GRU)


@pytest.mark.parametrize("tier", [Tier.OPEN, Tier.REGISTERED])
def test_who_lies_in_the_clear_has_no_key_that_could_be_destroyed(
    tier: Tier, commons, tmp_path: Path
) -> None:
    publish(commons, make_tier(tmp_path / "out", tier))

    with pytest.raises(InputError, match="FSC165"):
        commons.destroy_key(ID, "02")

    assert [event for event, _ in events(commons)] == ["publish"]
    commons.read(ID, "", tmp_path / "got", GRU)


def test_what_still_lies_in_the_clear_is_told_when_a_key_is_destroyed(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)
    publish(commons, make_tier(tmp_path / "open", Tier.OPEN))
    about = [a.path for a in made.release.assets if "sub-02" in a.path or "02" in a.participants]

    gone = commons.destroy_key(ID, "02")

    assert gone.n_clear_files >= len(about) > 0
    commons.read(ID, "2", tmp_path / "got", GRU)
    assert (tmp_path / "got" / about[0]).is_file()


def test_one_handle_reads_on_while_another_changes_the_keys(
    commons, made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(commons, made)
    commons.read(ID, "", tmp_path / "first", GRU)
    monkeypatch.setattr("fascicle.store._keys._WAIT_S", 0.0)
    with open_commons(tmp_path / "commons", agent="ada") as other:
        restore = commons._store.restore

        def be_disturbed(*args: object) -> None:
            with pytest.raises(StoreError, match="FSC604"):
                other.rotate_keys(ID, encrypt_anew=True)
            restore(*args)

        monkeypatch.setattr(commons._store, "restore", be_disturbed)
        commons.read(ID, "", tmp_path / "during", GRU)
        monkeypatch.setattr(commons._store, "restore", restore)
        other.rotate_keys(ID, encrypt_anew=True)

    commons.read(ID, "", tmp_path / "after", GRU)
    for name in ("first", "during", "after"):
        assert contents(tmp_path / name) == contents(made.folder)


def test_who_or_what_is_not_there_is_told_so(commons, made) -> None:
    publish(commons, made)

    with pytest.raises(InputError, match="FSC153"):
        commons.destroy_key("ds-none", "02")
    with pytest.raises(InputError, match="FSC153"):
        commons.rotate_keys("ds-none")
    with pytest.raises(InputError, match="FSC164"):
        commons.destroy_key(ID, "99")
    assert commons.verify() == ()


def test_lost_keys_come_back_from_an_export(commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    commons.export_keys(tmp_path / "export", "long one")
    shutil.rmtree(tmp_path / "commons" / "keys")

    with open_commons(tmp_path / "commons", agent="ada") as other:
        with pytest.raises(StoreError, match="FSC612"):
            other.import_keys(tmp_path / "export", "wrong")
        assert other.import_keys(tmp_path / "export", "long one") == 4  # one is nobody's
        other.read(ID, "", tmp_path / "got", GRU)
        assert other.verify() == ()

    assert contents(tmp_path / "got") == contents(made.folder)
    assert not any(needle in (tmp_path / "export").read_bytes() for needle in NEEDLES)


def test_a_commons_of_before_is_read_as_it_is_and_encrypted_from_then_on(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An earlier release stored every tier as it is, and had no tables for envelopes.
    monkeypatch.setattr("fascicle.govern._publish.Tier", SimpleNamespace(CONTROLLED=None))
    with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
        publish(commons, made)
    monkeypatch.undo()
    with closing(sqlite3.connect(tmp_path / "commons" / "commons.sqlite")) as raw:
        for table in ("envelopes", "destroyed_keys"):
            raw.execute(f"DROP TABLE {table}")
        raw.execute("UPDATE meta SET value = '2' WHERE name = 'schema'")
        raw.commit()

    with open_commons(tmp_path / "commons", agent="ada") as commons:
        assert commons.verify() == ()
        commons.read(ID, "1", tmp_path / "first", GRU)
        assert not (tmp_path / "commons" / "keys").exists()
        assert publish(commons, made) == "2"
        commons.read(ID, "2", tmp_path / "second", GRU)
        assert commons.key_state().n_objects > 0
        assert commons.verify() == ()

    assert contents(tmp_path / "first") == contents(tmp_path / "second") == contents(made.folder)
