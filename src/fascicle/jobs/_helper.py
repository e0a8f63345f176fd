"""A process that answers calls: a crash, a stall or a fault there is an error here."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from fascicle.errors import FascicleError, JobError

from ._files import translate_os_error

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Connection
else:
    from multiprocessing.connection import Connection

Value = TypeVar("Value")

INTERRUPTED = 130
"""How a process ends that was interrupted from the keyboard; the first one tells of it."""
RETIRED = 75
"""How a process ends that was asked for nothing for a while."""

_POLL_S = 0.05
# Every process computes with one thread: the units run side by side already.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; "
    "from fascicle.jobs._helper import serve; serve({handle}, {idle_s!r})"
)


class EndedError(Exception):
    """A process ended without an answer."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class Helper:
    """A process that answers one call after the other, and never outlives this one.

    It knows where modules are found, and nothing else of this process. The processes of
    `multiprocessing` begin by running the caller's script a second time, which fails in every
    script that was not written for that.

    Parameters
    ----------
    warm_up : callable or None
        A module-level function that it calls first. What that raises is left for the calls to meet.
    idle_s : float or None
        Seconds after which it ends if it is asked for nothing; None waits as long as this process.
    """

    def __init__(
        self, *, warm_up: Callable[[], object] | None = None, idle_s: float | None = None
    ) -> None:
        self.n_calls = 0
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = _start(theirs, idle_s)
        theirs.close()
        with suppress(BrokenPipeError, ConnectionResetError):  # how it ended, its code tells
            self._pipe.send(warm_up)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """True until it has ended."""
        return self._process.poll() is None

    def ask(
        self,
        function: Callable[..., Value],
        args: tuple[object, ...],
        timeout_s: float = float("inf"),
    ) -> Value:
        """Return what a function gives there; without an answer the process is gone.

        Parameters
        ----------
        function : callable
            A module-level function.
        args : tuple
            What it is given; paths may be relative to the folder that this process is in now.
        timeout_s : float
            Seconds after which it is stopped.

        Raises
        ------
        FascicleError
            As the function raised it; FSC706 for what is none of ours; FSC703 if it took too long.
        EndedError
            If the process died.
        """
        self.n_calls += 1
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                self._pipe.send((_here(), function, args))
            value: Value
            value, error = self._receive(time.monotonic() + timeout_s)
        except BaseException:  # also an interrupt: a late answer would be taken for the next one's
            self.close()
            raise
        if error is not None:
            raise error
        return value

    def _receive(self, deadline: float) -> tuple[Any, FascicleError | None]:
        while not self._pipe.poll(_POLL_S):
            if not self.is_alive and not self._pipe.poll(0):
                raise EndedError(self._process.wait())
            if time.monotonic() > deadline:
                raise JobError(
                    "FSC703",
                    "Expected an answer within the time limit, but the process still runs.",
                    "Look at this file with the vendor's software; it was left out.",
                )
        try:
            value, error = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            raise EndedError(self._process.wait()) from None
        return value, error

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._pipe.close()
        if self._process.stdin is not None:
            self._process.stdin.close()


def make_crash(exit_code: int) -> JobError:
    """Return the error for a unit whose process died."""
    return JobError(
        "FSC702",
        f"Expected the reader to return, but its process ended with code {exit_code}.",
        "The file may be damaged or of a version that the reader does not know; it was left out.",
    )


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


def _here() -> str:
    """Return the folder that this process is in; nothing if it was removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""


def _start(pipe: Connection, idle_s: float | None) -> subprocess.Popen[bytes]:
    """Start a process with one end of a pipe; its standard input tells it when this one ends."""
    handle = pipe.fileno()
    program = _PROGRAM.format(path=sys.path, handle=handle, idle_s=idle_s)
    inherited: dict[str, Any]
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
        inherited = {"startupinfo": startup}
    else:
        inherited = {"pass_fds": (handle,)}
    # What it prints may hold what a file holds, and would stand in the midst of our own answers.
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **inherited,
    )


# -- in the other process ----------------------------------------------------------------------


def serve(handle: int, idle_s: float | None) -> None:
    """Answer calls until nobody asks any more."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    pipe = _connect(handle)
    _end_with_parent()
    _write_no_image()
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    with suppress(Exception):  # what is wrong, the first call meets again, and tells
        if (warm_up := pipe.recv()) is not None:
            warm_up()
    while pipe.poll(idle_s):
        try:
            call = _receive(pipe)
            pipe.send((_answer(*call), None))
        except Exception as error:  # noqa: BLE001 - uncaught, it would end the process
            pipe.send((None, as_ours(error)))
    os._exit(RETIRED)


def _receive(pipe: Connection) -> tuple[str, Callable[..., object], tuple[object, ...]]:
    """Return the next call; end where nobody asks any more."""
    try:
        call: tuple[str, Callable[..., object], tuple[object, ...]] = pipe.recv()
    except EOFError:
        os._exit(0)
    return call


def _answer(folder: str, function: Callable[..., object], args: tuple[object, ...]) -> object:
    """Do what is asked, where the asker is now."""
    if folder and folder != _here():
        os.chdir(folder)
    return function(*args)


def _connect(handle: int) -> Connection:
    """Open our end of the pipe; what we start ourselves must not hold it."""
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, False)
    else:
        os.set_inheritable(handle, False)
    return Connection(handle)


def _end_with_parent() -> None:
    """End this process at once when its parent is gone, killed perhaps.

    It would wait for work for ever then, or go on writing where the next run writes.
    """
    line = os.dup(0)  # standard input, which says nothing and closes with the parent
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # for what we start ourselves

    def wait() -> None:
        os.read(line, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _write_no_image() -> None:
    """Write no image of the memory on a crash: it holds what the file held."""
    if sys.platform != "win32":
        import resource

        with suppress(OSError, ValueError):
            most = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (0, most))
