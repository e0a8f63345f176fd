"""Processes that stand ready before there is work, and never outlive the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

from fascicle.errors import FascicleError, JobError

Value = TypeVar("Value")

# Every process computes with one thread: the units run side by side already.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_INTERRUPTED = 130


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
    >>> with Workers(2) as workers:  # doctest: +SKIP
    ...     workers.start()
    ...     sorted(outcome.value for outcome in run_all(neg, [3, 5], workers=workers))
    [-5, -3]
    """

    def __init__(self, n_jobs: int, *, warm_up: Callable[[], object] | None = None) -> None:
        self.n_jobs = n_jobs
        self._warm_up = warm_up
        self._pool: ProcessPoolExecutor | None = None

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
            self._pool = ProcessPoolExecutor(
                self.n_jobs,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_get_ready,
                initargs=(self._warm_up,),
            )
            for _ in range(self.n_jobs):
                self._pool.submit(_do_nothing)  # each starts one process more

    def submit(self, function: Callable[..., Value], *args: Any) -> Future[Value]:  # noqa: ANN401 - whatever the function takes
        """Hand a module-level function to the next free process, in the order of submission."""
        self.start()
        assert self._pool is not None  # noqa: S101 - started above, for the type checker
        return self._pool.submit(function, *args)

    def explain(self, error: Exception) -> FascicleError:
        """Return what became of a unit that a process did not give back."""
        return JobError(
            "FSC702",
            f"Expected this unit to be finished, but its process gave up ({type(error).__name__}).",
            "Run the same command again: what is finished is kept.",
        )

    def close(self, *, wait: bool = True) -> None:
        """Drop what has not begun, and let the processes end.

        Parameters
        ----------
        wait : bool
            True returns when what has begun is done and the processes are gone; False leaves
            processes without work to end by themselves.
        """
        if self._pool is not None:
            self._pool.shutdown(wait=wait, cancel_futures=True)
            self._pool = None


def become_worker() -> None:
    """Compute with one thread from now on, and end when the process that started this one ends."""
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process at once when its parent is gone, killed perhaps.

    A pool's process would wait for work for ever then, or go on writing where the next run writes.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _get_ready(warm_up: Callable[[], object] | None) -> None:
    # An interrupt from the keyboard reaches every process; the first one tells of it.
    signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    become_worker()
    if warm_up is not None:
        with suppress(Exception):  # what is wrong, the first unit of work meets again, and tells
            warm_up()


def _do_nothing() -> None:
    """Make the pool start a process."""
