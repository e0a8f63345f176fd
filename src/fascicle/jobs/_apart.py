"""Single calls in a process of their own, for readers that can crash or stall."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from typing import TypeVar

from ._helper import RETIRED, EndedError, Helper, make_crash

Value = TypeVar("Value")

TIMEOUT_S = 120.0
"""Longer than any header takes on a busy machine."""
_IDLE_S = 60.0
_MAX_CALLS = 256
"""A library cannot always close a damaged file: what stays open ends with the process."""


class _Idle:
    """Helpers that wait for the next call of any thread of this process."""

    def __init__(self) -> None:
        self._helpers: list[Helper] = []
        self._inherited: list[Helper] = []
        self._lock = threading.Lock()

    def take(self) -> Helper | None:
        with self._lock:
            return self._helpers.pop() if self._helpers else None

    def put(self, helper: Helper) -> None:
        with self._lock:
            self._helpers.append(helper)

    def close(self) -> None:
        """End all of them."""
        while (helper := self.take()) is not None:
            helper.close()

    def forget(self) -> None:
        """Leave them to the process that this one was forked from."""
        self._inherited += self._helpers  # kept, so that nothing is said of them when they go
        self._helpers = []
        self._lock = threading.Lock()  # a thread that is not here may hold the other


_IDLE = _Idle()
atexit.register(_IDLE.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_IDLE.forget)


def run_isolated(
    function: Callable[..., Value], *args: object, timeout_s: float = TIMEOUT_S
) -> Value:
    """Run a function in a new process, which ends with it.

    For functions that leave something behind (open files, settings of a library); starting a
    process takes as long as hundreds of calls of `run_apart`.

    Parameters
    ----------
    function : callable
        A module-level function.
    *args : object
        What it is given.
    timeout_s : float
        Seconds after which it is stopped.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    JobError
        FSC702 if the process died (a vendor's reader that crashes the interpreter), FSC703 if it
        took too long. Errors of Fascicle raised inside are raised here again.
    """
    helper = Helper(idle_s=_IDLE_S)
    try:
        return helper.ask(function, args, timeout_s)
    except EndedError as end:
        raise make_crash(end.exit_code) from None
    finally:
        helper.close()


def run_apart(function: Callable[..., Value], *args: object, timeout_s: float = TIMEOUT_S) -> Value:
    """Run a function in a process that lives on for further calls of this process.

    It ends when it was idle for a while. Any number of threads may call: each has a process of its
    own meanwhile.

    Parameters
    ----------
    function : callable
        A module-level function that leaves nothing behind.
    *args : object
        What it is given.
    timeout_s : float
        Seconds after which it is stopped.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    JobError
        As `run_isolated`; where a process died that had answered others before, whose traces may
        have killed it, the function was tried in a new one first.
    """
    while (helper := _IDLE.take()) is not None:
        try:
            return _ask(helper, function, args, timeout_s)
        except EndedError as end:
            if end.exit_code != RETIRED:
                break
    try:
        return _ask(Helper(idle_s=_IDLE_S), function, args, timeout_s)
    except EndedError as end:
        raise make_crash(end.exit_code) from None


def _ask(
    helper: Helper, function: Callable[..., Value], args: tuple[object, ...], timeout_s: float
) -> Value:
    """Ask a helper; if it answers, it is kept for the next call."""
    try:
        return helper.ask(function, args, timeout_s)
    finally:
        if helper.is_alive and helper.n_calls < _MAX_CALLS:
            _IDLE.put(helper)
        else:
            helper.close()
