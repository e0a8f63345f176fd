"""One process at a time holds a lock, a dead one holds none, and no lock file stays beside OUT."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fascicle.errors import JobError
from fascicle.jobs import hold_file, lock_folder, lock_output

HOLD = (
    "import sys; from pathlib import Path; from fascicle.jobs import hold_file\n"
    "with hold_file(Path(sys.argv[1])) as is_held: print(is_held, flush=True); sys.stdin.read()"
)
LOCK = (
    "import sys; from pathlib import Path; from fascicle.jobs import lock_folder\n"
    "with lock_folder(Path(sys.argv[1])): pass"
)


def test_another_process_waits_and_a_killed_one_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline().split() == [b"True"]

        with hold_file(path, wait_s=0.12) as while_held:
            pass
        other.kill()
        with hold_file(path, wait_s=5.0) as afterwards:
            pass

    assert (while_held, afterwards) == (False, True)


def test_a_lock_that_its_holder_removed_keeps_nobody_out_and_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold_file(path), path.open("rb") as late:
        path.unlink()

        with hold_file(path) as fresh, hold_file(path) as second:
            assert late.read() == b""

    assert (fresh, second) == (True, False)


def test_a_lock_that_goes_while_one_waits_for_it_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fascicle.jobs import _locks

    path, tried = tmp_path / "lock", []
    really = _locks._try_lock

    def remove_first(handle) -> bool:
        # The holder before ends between our opening the file and our locking it.
        if not tried:
            path.unlink()
        tried.append(handle)
        return really(handle)

    monkeypatch.setattr(_locks, "_try_lock", remove_first)

    with hold_file(path) as is_held:
        assert is_held
        assert path.exists()
    assert len(tried) == 2


def test_a_folder_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    run = [sys.executable, "-c", LOCK, str(tmp_path)]

    with lock_folder(tmp_path):
        while_held = subprocess.run(run, capture_output=True, text=True, check=False)
    afterwards = subprocess.run(run, capture_output=True, text=True, check=False)

    assert "FSC704" in while_held.stderr
    assert afterwards.returncode == 0


def test_an_output_is_made_by_one_at_a_time_and_no_lock_stays_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"

    with lock_output(out), pytest.raises(JobError, match="FSC704"), lock_output(out):
        pass
    with lock_output(out):
        out.mkdir()

    assert list(tmp_path.rglob("*")) == [out.parent, out]


def test_who_fails_leaves_no_lock(tmp_path: Path) -> None:
    with pytest.raises(KeyError), lock_output(tmp_path / "out"):
        raise KeyError

    assert list(tmp_path.iterdir()) == []
