"""What is damaged, lost or cut short in a commons is found, and mended by publishing again."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from tests.govern.published import GRU, ID, contents, events, publish

from fascicle.core import Dataset, Severity
from fascicle.errors import InputError, Refusal
from fascicle.govern import open_commons
from fascicle.testing import (
    ReleaseShape,
    make_release,
)

# -- what verify sees ----------------------------------------------------------------------------


def damage(folder: Path, how: str) -> None:
    recording = max(
        (path for path in (folder / "objects").rglob("*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    recording.chmod(0o600)
    if how == "object changed":
        content = bytearray(recording.read_bytes())
        content[-1] ^= 1
        recording.write_bytes(content)
    elif how == "object lost":
        recording.unlink()
    else:
        statement = {
            "row changed": "UPDATE rows SET line = 'x' WHERE position = 1",
            "log changed": "UPDATE log_details SET details = '{}'",
        }[how]
        with closing(sqlite3.connect(folder / "commons.sqlite")) as raw:
            raw.execute(statement)
            raw.commit()


@pytest.mark.parametrize("how", ["object changed", "object lost", "row changed", "log changed"])
def test_damage_is_found_and_never_handed_out(how: str, commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    damage(tmp_path / "commons", how)

    findings = commons.verify()

    assert [finding.severity for finding in findings] == [Severity.ERROR]
    if how != "log changed":
        with pytest.raises(OSError, match=r"FSC60[35]"):
            commons.read(ID, "", tmp_path / "got", GRU)
        assert not any(path.name.endswith("got.part") for path in tmp_path.iterdir())
        assert not (tmp_path / "got").exists()


def test_the_folder_that_one_stands_in_is_no_destination(
    commons, made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(commons, made)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    with pytest.raises(InputError, match="FSC154"):
        commons.read(ID, "", Path(), GRU)

    assert commons.read(ID, "", Path("got"), GRU).n_files == len(contents(made.folder))
    assert contents(Path("got")) == contents(made.folder)


def test_a_catalogue_that_leads_out_of_the_dataset_is_refused_and_logged(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)
    with closing(sqlite3.connect(tmp_path / "commons" / "commons.sqlite")) as raw:
        raw.execute("UPDATE assets SET path = '../../out' WHERE path = 'README'")
        raw.commit()

    with pytest.raises(Refusal, match="FSC521"):
        commons.read(ID, "", tmp_path / "got", GRU)

    assert events(commons)[-1] == ("refuse", "FSC521")
    assert not (tmp_path / "got").exists()


@pytest.mark.parametrize("how", ["object lost", "object changed"])
def test_publishing_again_mends_an_object(how: str, commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    damage(tmp_path / "commons", how)

    assert publish(commons, made) == "1"

    assert commons.verify() == ()


# -- killed, and at once -------------------------------------------------------------------------


def publish_and_die(folder: str, out: str, when: int) -> None:
    made = make_release(Path(out))

    def die(step) -> None:
        if step.done == when:
            os._exit(9)

    with open_commons(Path(folder), agent="ada", create=True) as commons:
        commons.publish(made.release, made.folder, on_progress=die)


@pytest.mark.parametrize("when", [1, 4, 9])
def test_a_killed_publication_shows_nothing_and_a_rerun_completes_it(
    when: int, tmp_path: Path
) -> None:
    worker = multiprocessing.get_context("spawn").Process(
        target=publish_and_die, args=(str(tmp_path / "commons"), str(tmp_path / "out"), when)
    )
    worker.start()
    worker.join(60)
    assert worker.exitcode == 9

    with open_commons(tmp_path / "commons", agent="ada") as commons:
        assert commons.search("") == ()
        assert commons.log() == ()
        made = make_release(tmp_path / "out")
        assert publish(commons, made) == "1"
        # An object that was stored before the end has lost its key with the process.
        assert {finding.code for finding in commons.verify()} == {"commons.orphan"}
        assert commons.verify() == ()
        commons.read(ID, "1", tmp_path / "got", GRU)
        assert contents(tmp_path / "got") == contents(tmp_path / "out")


def test_verify_clears_what_a_killed_publication_left(tmp_path: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(
        target=publish_and_die, args=(str(tmp_path / "commons"), str(tmp_path / "out"), 5)
    )
    worker.start()
    worker.join(60)

    with open_commons(tmp_path / "commons", agent="ada") as commons:
        (finding,) = commons.verify()

        assert finding.code == "commons.orphan"
        assert commons.verify() == ()
    objects = tmp_path / "commons" / "objects"
    assert [path for path in objects.rglob("*") if path.is_file()] == []


def publish_slowly(folder: str, out: str) -> None:
    made = make_release(Path(out), ReleaseShape(n_bytes=900_001))
    with open_commons(Path(folder), agent="ada", create=True) as commons:
        commons.publish(made.release, made.folder)


@pytest.mark.slow
def test_a_publication_killed_at_any_moment_is_whole_or_absent(tmp_path: Path) -> None:
    rng = np.random.default_rng(20)
    spawn = multiprocessing.get_context("spawn")
    make_release(tmp_path / "out", ReleaseShape(n_bytes=900_001))

    for delay_s in rng.uniform(0.2, 1.2, size=12):
        worker = spawn.Process(
            target=publish_slowly, args=(str(tmp_path / "commons"), str(tmp_path / "out"))
        )
        worker.start()
        worker.join(float(delay_s))
        worker.kill()
        worker.join(60)
        with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
            n_found = len(commons.search(""))
            assert n_found == len(commons.log(ID)) <= 1
            assert all(finding.code == "commons.orphan" for finding in commons.verify())

    publish_slowly(str(tmp_path / "commons"), str(tmp_path / "out"))
    with open_commons(tmp_path / "commons", agent="ada") as commons:
        commons.read(ID, "1", tmp_path / "got", GRU)
        assert contents(tmp_path / "got") == contents(tmp_path / "out")
        assert commons.verify() == ()


def publish_one(folder: str, out: str, number: int) -> None:
    dataset = Dataset(f"ds-{number:012}", f"Study {number}", species=("homo sapiens",))
    made = make_release(Path(out) / str(number), ReleaseShape(dataset=dataset, seed=number))
    with open_commons(Path(folder), agent=f"agent {number}", create=True) as commons:
        for _ in range(3):
            commons.publish(made.release, made.folder)


def test_two_processes_publish_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=publish_one, args=(str(tmp_path / "commons"), str(tmp_path), number))
        for number in (1, 2)
    ]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0, 0]
    with open_commons(tmp_path / "commons", agent="ada") as commons:
        assert {hit.dataset.version for hit in commons.search("study")} == {"1"}
        assert len(commons.search("study")) == 2
        assert commons.verify() == ()
