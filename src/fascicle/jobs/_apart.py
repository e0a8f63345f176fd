"""Work in a process of its own, so that a crash or a stall there is an error here."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import util
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from fascicle.errors import FascicleError, JobError

from ._files import translate_os_error
from ._workers import become_worker

Value = TypeVar("Value")

TIMEOUT_S = 120.0
"""Longer than any header takes on a busy machine."""
_IDLE_S = 60.0
_RETIRED = 75
"""How a process ends that was asked for nothing for a while."""
_MAX_CALLS = 256
"""A library cannot always close a damaged file: what stays open ends with the process."""


class _EndedError(Exception):
    """A process ended without an answer."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class _Helper:
    """A process that answers one call after the other."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        # Not a daemon: it may itself need a process apart.
        self._process = context.Process(target=_serve, args=(theirs,), daemon=False)
        self._process.start()
        theirs.close()
        self.n_calls = 0

    def ask(
        self, function: Callable[..., Value], args: tuple[object, ...], timeout_s: float
    ) -> tuple[Value, FascicleError | None]:
        """Return what a function gave, or what it raised; without an answer the process is gone."""
        self.n_calls += 1
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # how it ended, its code tells
                self._pipe.send((function, args))
            return self._receive(time.monotonic() + timeout_s)
        except BaseException:  # also an interrupt: a late answer would be taken for the next one's
            self.close()
            raise

    def _receive(self, deadline: float) -> tuple[Any, FascicleError | None]:
        while not self._pipe.poll(0.05):
            if not self._process.is_alive() and not self._pipe.poll(0):
                raise _EndedError(self._process.exitcode)
            if time.monotonic() > deadline:
                raise JobError(
                    "FSC703",
                    "Expected an answer within the time limit, but the process still runs.",
                    "Look at this file with the vendor's software; it was left out.",
                )
        try:
            value, error = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            raise _EndedError(self._process.exitcode) from None
        return value, error

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._pipe.close()


class _Idle:
    """Helpers that wait for the next call of any thread of this process."""

    def __init__(self) -> None:
        self._helpers: list[_Helper] = []
        self._lock = threading.Lock()
        self._is_watched = False

    def take(self) -> _Helper | None:
        with self._lock:
            return self._helpers.pop() if self._helpers else None

    def put(self, helper: _Helper) -> None:
        with self._lock:
            self._helpers.append(helper)
            if not self._is_watched:
                # Python waits for its processes at the end: they must be told before.
                util.Finalize(None, self.close, exitpriority=10)
                self._is_watched = True

    def close(self) -> None:
        """End all of them."""
        while (helper := self.take()) is not None:
            helper.close()

    def forget(self) -> None:
        """Leave them to the process that this one was forked from."""
        self._helpers, self._is_watched = [], False
        self._lock = threading.Lock()  # a thread that is not here may hold the other


_IDLE = _Idle()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_IDLE.forget)


def run_isolated(
    function: Callable[..., Value], *args: object, timeout_s: float = TIMEOUT_S
) -> Value:
    """Run a function in a new process, which ends with it.

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
    helper = _Helper()
    try:
        return _settle(helper.ask(function, args, timeout_s))
    except _EndedError as end:
        raise _crash(end.exit_code) from None
    finally:
        helper.close()


def run_apart(function: Callable[..., Value], *args: object, timeout_s: float = TIMEOUT_S) -> Value:
    """Run a function in a process that lives on for further calls of this process.

    Starting one takes as long as reading hundreds of headers; it ends when it was idle for a while.
    Any number of threads may call: each has a process of its own meanwhile.

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
        FSC702 if the process died; where it had answered others before, whose traces may have
        killed it, the function was tried in a new one first. FSC703 if it took too long. Errors of
        Fascicle raised inside are raised here again.
    """
    while (helper := _IDLE.take()) is not None:
        try:
            return _settle(_ask(helper, function, args, timeout_s))
        except _EndedError as end:
            if end.exit_code != _RETIRED:
                break
    try:
        return _settle(_ask(_Helper(), function, args, timeout_s))
    except _EndedError as end:
        raise _crash(end.exit_code) from None


def _ask(
    helper: _Helper, function: Callable[..., Value], args: tuple[object, ...], timeout_s: float
) -> tuple[Value, FascicleError | None]:
    """Ask a helper; if it answers, it is kept for the next call."""
    answer = helper.ask(function, args, timeout_s)
    if helper.n_calls < _MAX_CALLS:
        _IDLE.put(helper)
    else:
        helper.close()
    return answer


def _settle(answer: tuple[Value, FascicleError | None]) -> Value:
    value, error = answer
    if error is not None:
        raise error
    return value


def _crash(exit_code: int | None) -> JobError:
    return JobError(
        "FSC702",
        f"Expected the reader to return, but its process ended with code {exit_code}.",
        "The file may be damaged or of a version that the reader does not know; it was left out.",
    )


def _serve(pipe: Connection) -> None:
    """Answer calls until nobody asks any more."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # the first process tells of it
    become_worker()
    _die_silently()
    while pipe.poll(_IDLE_S):
        try:
            function, args = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((function(*args), None))
        except Exception as error:  # noqa: BLE001 - uncaught, it would be printed with what it holds
            pipe.send((None, as_ours(error)))
    os._exit(_RETIRED)


def _die_silently() -> None:
    """Neither print what broke nor write an image of the memory: it holds what the file held."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if sys.platform != "win32":
        import resource

        with suppress(OSError, ValueError):
            most = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def as_ours(error: Exception) -> FascicleError:
    """Return whatever a unit raised as an error of ours."""
    if isinstance(error, FascicleError):
        return error
    return translate_os_error(error) if isinstance(error, OSError) else _fault(error)


def _fault(error: Exception) -> JobError:
    """Say that something went wrong that nobody foresaw; its words may hold raw values."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return JobError(
        "FSC706",
        f"Expected this unit to be finished, got {type(error).__name__} in "
        f"{Path(where.filename).name}, line {where.lineno}.",
        "It was left out, the rest went on. This is a fault of the program: please report it "
        "with these words.",
    )
