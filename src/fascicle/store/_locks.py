"""Many writers or one cleaner: a lock that the system drops when its holder dies."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fascicle.errors import StoreError

_WAIT_S = 60.0
_PAUSE_S = 0.05

if sys.platform == "win32":
    import msvcrt

    # Windows knows exclusive byte ranges only: a writer holds one byte of many, a cleaner all.
    _N_SLOTS = 256

    def _try_shared(handle: IO[bytes]) -> bool:
        return any(_try_range(handle, slot, 1) for slot in range(_N_SLOTS))

    def _try_exclusive(handle: IO[bytes]) -> bool:
        return _try_range(handle, 0, _N_SLOTS)

    def _try_range(handle: IO[bytes], start: int, n_bytes: int) -> bool:
        handle.seek(start)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, n_bytes)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_shared(handle: IO[bytes]) -> bool:
        return _try(handle, fcntl.LOCK_SH)

    def _try_exclusive(handle: IO[bytes]) -> bool:
        return _try(handle, fcntl.LOCK_EX)

    def _try(handle: IO[bytes], kind: int) -> bool:
        try:
            fcntl.flock(handle.fileno(), kind | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@contextmanager
def hold_shared(path: Path, *, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Hold the lock beside other writers; wait while somebody holds it alone.

    Raises
    ------
    StoreError
        FSC604 if it does not come free in time.
    """
    with path.open("a+b") as handle:
        if not _wait(_try_shared, handle, wait_s):
            raise StoreError(
                "FSC604",
                f"Expected the commons to be free within {wait_s:g} s, but another process is "
                "making or cleaning it.",
                "Wait for it to end and try again.",
            )
        yield  # closing the file drops the lock


@contextmanager
def hold_alone(path: Path, *, wait_s: float = 0.0) -> Iterator[bool]:
    """Hold the lock alone; yield whether it could be had in time."""
    with path.open("a+b") as handle:
        yield _wait(_try_exclusive, handle, wait_s)


def _wait(attempt: Callable[[IO[bytes]], bool], handle: IO[bytes], wait_s: float) -> bool:
    """Try to lock until it works or the time is over."""
    deadline = time.monotonic() + wait_s
    while not attempt(handle):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE_S)
    return True
