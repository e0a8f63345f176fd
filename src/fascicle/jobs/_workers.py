"""Processes that stand ready before there is work, and never outlive the one that started them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

from fascicle.errors import FascicleError

from ._helper import INTERRUPTED, EndedError, Helper, as_ours, make_crash

Value = TypeVar("Value")


class _Pool:
    """A thread for each process: what kills a process costs its own unit alone."""

    def __init__(self, n_jobs: int, warm_up: Callable[[], object] | None) -> None:
        self._warm_up = warm_up
        self._is_over = False
        self._threads = ThreadPoolExecutor(n_jobs)
        self._free: SimpleQueue[Helper] = SimpleQueue()
        for _ in range(n_jobs):
            self._free.put(Helper(warm_up=warm_up))

    def submit(self, function: Callable[..., Value], args: tuple[object, ...]) -> Future[Value]:
        return self._threads.submit(self._call, function, args)

    def _call(self, function: Callable[..., Value], args: tuple[object, ...]) -> Value:
        helper = self._free.get()
        try:
            if self._is_over:
                raise make_crash(INTERRUPTED)
            return helper.ask(function, args)
        except EndedError as end:
            # An interrupt reaches every process: nothing begins any more.
            self._is_over |= end.exit_code == INTERRUPTED
            raise make_crash(end.exit_code) from None
        finally:
            self._free.put(self._renew(helper))

    def _renew(self, helper: Helper) -> Helper:
        """Return a process for the next unit, if there may be one."""
        if self._is_over:
            helper.close()
        elif not helper.is_alive:
            with suppress(OSError):  # none is to be had now: the next unit tries again
                return Helper(warm_up=self._warm_up)
        return helper

    def close(self, *, wait: bool) -> None:
        if not wait:
            self._is_over = True  # who is at work ends after it
        self._threads.shutdown(wait=wait, cancel_futures=True)
        self._is_over = True
        for _ in range(self._free.qsize()):
            helper = self._free.get()
            helper.close()
            self._free.put(helper)  # who still asks for one must not wait for ever


class Workers:
    """Processes for units of work, which may be started before the work is known.

    Starting Python and importing what a unit needs takes about a second. Done while this process
    still plans, it costs nothing where there is a second core.

    Parameters
    ----------
    n_jobs : int
        Number of processes, at least 1.
    warm_up : callable or None
        A module-level function that each process calls once, to import what units will need. What
        it raises is left for the units to meet.

    Examples
    --------
    >>> from operator import neg
    >>> from fascicle.jobs import Workers, run_all
    >>> with Workers(2) as workers:
    ...     workers.start()
    ...     sorted(outcome.value for outcome in run_all(neg, [3, 5], workers=workers))
    [-5, -3]
    """

    def __init__(self, n_jobs: int, *, warm_up: Callable[[], object] | None = None) -> None:
        self.n_jobs = n_jobs
        self._warm_up = warm_up
        self._pool: _Pool | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(wait=kind is not None)

    @property
    def is_started(self) -> bool:
        """True from the start of the processes until they are told to end."""
        return self._pool is not None

    def start(self) -> None:
        """Start the processes, and return at once; a second call does nothing."""
        if self._pool is None:
            self._pool = _Pool(self.n_jobs, self._warm_up)

    def submit(self, function: Callable[..., Value], *args: Any) -> Future[Value]:  # noqa: ANN401 - whatever the function takes
        """Hand a module-level function to the next free process, in the order of submission."""
        self.start()
        assert self._pool is not None  # noqa: S101 - started above, for the type checker
        return self._pool.submit(function, args)

    def explain(self, error: Exception) -> FascicleError:
        """Return what became of a unit that a process did not give back."""
        return as_ours(error)

    def close(self, *, wait: bool = True) -> None:
        """Drop what has not begun, and let the processes end.

        Parameters
        ----------
        wait : bool
            True returns when what has begun is done and the processes are gone; False leaves
            those that are at work to end by themselves.
        """
        if self._pool is not None:
            self._pool.close(wait=wait)
            self._pool = None
