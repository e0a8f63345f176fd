"""How journeys with bad input are run, and what is asked of every one of them."""

import errno
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from fascicle.workflows import ShareOptions

ON_POSIX = [
    pytest.mark.journey,
    pytest.mark.skipif(sys.platform == "win32", reason="needs pipes, links and modes of POSIX"),
]

ANSWERS = {"participants": "confirmed", "line_hz": 50.0, "consent": "GRU", "study": "s"}
STAGED = ShareOptions(publish=False, n_jobs=1, name="Rest", **ANSWERS)


def run_command(*words, home, wrap=(), timeout_s=240):
    """Run the command in a process of its own, without a terminal."""
    return subprocess.run(
        [*wrap, sys.executable, "-m", "fascicle", *map(str, words)],
        capture_output=True, check=False, timeout=timeout_s, stdin=subprocess.DEVNULL,
        env=dict(os.environ) | {"FASCICLE_HOME": str(home)},
    )  # fmt: skip


def require_calm(answer, *codes):
    """Check that a command ended as documented, without a traceback or a planted word."""
    said = (answer.stdout + answer.stderr).decode("utf-8", "replace")
    assert "Traceback" not in said, said
    assert "FSC708" not in said, said
    assert "FSC706" not in said, said
    assert answer.returncode in codes, said
    return said


def list_raw(raw):
    """Return what stands in a raw folder: names, kinds, sizes, times, without opening pipes."""
    found = {}
    for folder, folders, files in os.walk(os.fsencode(raw)):
        for name in (*folders, *files):
            info = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - names of bytes
            found[folder, name] = (info.st_mode, info.st_size, info.st_mtime_ns)
    return found


def messages(findings):
    return "\n".join(f"{f.reason} {f.fix} {f.place}" for f in findings)


def findings_of(result, folder):
    return [f for f in result.findings if folder in Path(f.raw_place).parts]


@contextmanager
def small_disk(folder, n_bytes):
    """Mount a file system of a few bytes on a folder, where that is allowed."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={n_bytes}", "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fail_at(monkeypatch, n_writes):
    """Let the n-th recording meet a full disk half-way through its samples."""
    from fascicle.formats import _edf

    written = 0

    def write_until_full(*args):
        nonlocal written
        written += 1
        if written == n_writes:
            args[-1].write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device", "Wiesengrund.edf")
        return original(*args)

    original = _edf._copy_records
    monkeypatch.setattr(_edf, "_copy_records", write_until_full)


def closed_to(user_is_root):
    """Return what runs a command without root's right to read everything."""
    if not user_is_root:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may read everything, and setpriv is not there to change that")
    drop = "-dac_override,-dac_read_search"
    return ("setpriv", "--bounding-set", drop, "--inh-caps", drop)
