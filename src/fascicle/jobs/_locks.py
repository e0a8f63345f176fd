"""One process at a time: locks that the system drops when their holder ends, however it does."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from fascicle.errors import JobError

_PAUSE_S = 0.05

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: IO[bytes]) -> bool:
        handle.seek(0)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: IO[bytes]) -> bool:
        try:
            fcntl.flock(handle.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@contextmanager
def hold_file(path: Path, *, wait_s: float = 0.0) -> Iterator[bool]:
    """Hold a file, made if it is not there, as the only one that does.

    Parameters
    ----------
    path : Path
        Holds nothing; whoever has the lock may remove it.
    wait_s : float
        How long to wait for another holder, in seconds.

    Yields
    ------
    bool
        Whether it could be had in time.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lock"
    >>> with hold_file(path) as first, hold_file(path) as second:
    ...     first, second
    (True, False)
    """
    until = time.monotonic() + wait_s
    while True:
        with path.open("a+b") as handle:
            is_ours = _try_lock(handle)
            # What the holder before removed while we opened it is no lock for those to come.
            if is_ours and _is_still(handle, path):
                yield True
                return  # closing the file drops the lock
        if is_ours:
            continue
        if time.monotonic() >= until:
            break
        time.sleep(_PAUSE_S)
    yield False


def _is_still(handle: IO[bytes], path: Path) -> bool:
    """Tell whether an open file is the one that lies there by now."""
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold a private workspace for one process at a time.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Yields
    ------
    None
        While nobody else holds it.

    Raises
    ------
    JobError
        FSC704 if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with hold_file(folder / ".lock") as is_held:
        if not is_held:
            raise _held("Expected to be the only run in this private workspace")
        yield


@contextmanager
def lock_output(path: Path) -> Iterator[None]:
    """Hold the right to make a file or folder; nothing is left beside it afterwards.

    Parameters
    ----------
    path : Path
        What is to be made; it need not be there, the folder around it is made.

    Yields
    ------
    None
        While nobody else may make it.

    Raises
    ------
    JobError
        FSC704 if another process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    with hold_file(lock) as is_held:
        if not is_held:
            raise _held("Expected to be the only run that makes this output")
        try:
            yield
        finally:
            if os.name == "posix":  # while it is held: afterwards it may be another's
                lock.unlink(missing_ok=True)
    if os.name != "posix":  # an open file stays there, and so does one that another has opened
        with suppress(OSError):
            lock.unlink(missing_ok=True)


def _held(expected: str) -> JobError:
    return JobError(
        "FSC704",
        f"{expected}, but another one holds it.",
        "Wait for it to end, or stop it; then run the same command again.",
    )
