"""Disks that fill up, folders that are closed, outputs where none may be."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.journeys import bad_files
from tests.journeys.bad_runs import (
    ANSWERS,
    ON_POSIX,
    STAGED,
    closed_to,
    fail_at,
    list_raw,
    require_calm,
    run_command,
    small_disk,
)
from tests.journeys.conftest import list_bytes

from fascicle import share
from fascicle.errors import InputError, JobError
from fascicle.testing import make_edf
from fascicle.workflows import ShareOptions

pytestmark = ON_POSIX


@pytest.mark.parametrize("n_writes", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_disk_that_fills_up_ends_the_run_and_the_next_ends_with_the_same_bytes(
    small, tmp_path, home, monkeypatch, n_writes
):
    share(small, tmp_path / "undisturbed", STAGED)
    with monkeypatch.context() as patch:
        fail_at(patch, n_writes)

        with pytest.raises(JobError, match="FSC707") as caught:
            share(small, tmp_path / "out", STAGED)

    assert "Wiesengrund" not in str(caught.value)
    assert not (tmp_path / "out").exists()
    again = share(small, tmp_path / "out", STAGED)
    assert again.n_new == 3 - n_writes
    assert list_bytes(tmp_path / "out") == list_bytes(tmp_path / "undisturbed")


def test_a_disk_that_is_full_while_tables_are_written_ends_with_a_message(
    small, tmp_path, home, monkeypatch
):
    from fascicle.workflows import _stage

    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(_stage, "write_derivatives", fill)
        with pytest.raises(JobError, match="FSC707"):
            share(small, tmp_path / "out", STAGED)

    assert share(small, tmp_path / "out", STAGED).n_new == 0


@pytest.mark.slow
@pytest.mark.parametrize("n_bytes", [200_000, 320_000, 420_000, 600_000, 900_000, 1_300_000])
def test_on_a_disk_that_is_really_full_nothing_is_lost(small, tmp_path, n_bytes):
    home = tmp_path / "home"
    words = ("--yes", "--no-publish", "--study", "s", "--line-hz", "50", "--name", "Rest",
             "--participants", "confirmed")  # fmt: skip
    answer = run_command("share", small, tmp_path / "undisturbed", *words, home=home)
    require_calm(answer, 0)
    with small_disk(tmp_path / "disk", n_bytes) as disk:
        out = disk / "out"
        # The run asks for more space than there is: what is checked here comes after that.
        script = (
            "from fascicle.workflows import _stage; _stage.require_space = lambda *_: None;"
            "from fascicle.cli import main; main()"
        )
        words = ("share", str(small), str(out), *words)
        full = subprocess.run(
            [sys.executable, "-c", script, *words], capture_output=True, check=False,
            stdin=subprocess.DEVNULL, env=dict(os.environ) | {"FASCICLE_HOME": str(home)},
        )  # fmt: skip

        said = require_calm(full, 0, 1)
        assert full.returncode == 0 or "FSC707" in said
        # What is there is whole: the disk may fill up when only the owner's report is missing.
        assert not out.exists() or list_bytes(out) == list_bytes(tmp_path / "undisturbed")
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        again = subprocess.run(
            [sys.executable, "-c", script, *words], capture_output=True, check=False,
            stdin=subprocess.DEVNULL, env=dict(os.environ) | {"FASCICLE_HOME": str(home)},
        )  # fmt: skip
        require_calm(again, 0)
        assert list_bytes(out) == list_bytes(tmp_path / "undisturbed")


def test_files_and_folders_that_may_not_be_read_are_told(small, tmp_path, home, monkeypatch):
    closed = small / "A02_rest.edf"
    original = Path.open

    def refuse(self, *args, **kwargs):
        if self == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)

    result = share(small, tmp_path / "out", STAGED)

    assert (result.n_recordings, result.exit_code) == (1, 1)
    told = [f for f in result.findings if f.code == "file.unreadable"]
    assert [f.raw_place for f in told] == ["A02_rest.edf"]
    assert "right to read" in told[0].fix


def test_the_command_goes_on_without_what_it_may_not_read(small, tmp_path):
    wrap = closed_to(os.geteuid() == 0)
    (small / "shut").mkdir()
    make_edf(small / "shut" / "A03_rest.edf", seed=63, shape=bad_files.SHAPE)
    (small / "A02_rest.edf").chmod(0)
    (small / "shut").chmod(0)
    try:
        answer = run_command("share", small, tmp_path / "out", "--yes", "--no-publish", "--json",
                             home=tmp_path / "home", wrap=wrap)  # fmt: skip
    finally:
        (small / "shut").chmod(0o700)

    require_calm(answer, 1)
    said = json.loads(answer.stdout)
    assert (said["n_recordings"], said["partial"], len(said["left_out"])) == (1, True, 2)
    assert "A02" not in json.dumps(said["findings"])


def test_an_output_that_may_not_be_written_is_told(small, tmp_path):
    wrap = closed_to(os.geteuid() == 0)
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut").chmod(0o500)

    answer = run_command("share", small, tmp_path / "shut" / "out", "--yes",
                         home=tmp_path / "home", wrap=wrap)  # fmt: skip

    said = require_calm(answer, 1)
    assert "FSC705" in said
    assert "Permission denied" in said


@pytest.mark.parametrize(
    ("out", "code"), [("small", "FSC109"), ("small/out", "FSC109"), (".", "FSC109")]
)
def test_an_output_in_the_raw_folder_or_around_it_is_refused(small, tmp_path, out, code):
    before = list_raw(tmp_path)

    answer = run_command("share", small, tmp_path / out, "--yes", home=tmp_path / "home")

    assert code in require_calm(answer, 2)
    assert list_raw(tmp_path) == before


def test_a_commons_in_the_raw_folder_is_refused(small, tmp_path, home):
    before = list_raw(small)

    with pytest.raises(InputError, match="FSC109"):
        share(small, tmp_path / "out", ShareOptions(commons=small / "commons", **ANSWERS))

    assert list_raw(small) == before
