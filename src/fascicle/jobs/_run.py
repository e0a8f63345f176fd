"""Many units of work side by side, here or in other processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fascicle.errors import FascicleError

from ._apart import as_ours, run_isolated
from ._workers import Workers

Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Value]):
    """What became of one unit of work.

    Attributes
    ----------
    index : int
        Its place in the sequence of items.
    value : object or None
        What the function returned; None if it failed.
    error : FascicleError or None
        Why it failed.
    """

    index: int
    value: Value | None
    error: FascicleError | None


def n_usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_all(
    function: Callable[[Item], Value],
    items: Sequence[Item],
    *,
    n_jobs: int = 1,
    workers: Workers | None = None,
) -> Iterator[Outcome[Value]]:
    """Run a function over items, in this process or in several, and yield what is done first.

    Parameters
    ----------
    function : callable
        A module-level function of one item.
    items : sequence
        Whatever travels between processes; begun in this order, so that the last ones should be
        the shortest.
    n_jobs : int
        Number of processes; 1 runs here.
    workers : Workers or None
        Processes to use instead; they are left running, unless the caller stops early.

    Yields
    ------
    Outcome
        In the order in which they end. A unit whose process dies is an outcome with an error
        (FSC702); the others go on.
    """
    if len(items) <= 1 or (workers is None and n_jobs <= 1):
        for index, item in enumerate(items):
            yield _attempt(function, index, item)
        return
    own = Workers(min(n_jobs, len(items))) if workers is None else workers
    remaining = list(range(len(items)))
    try:
        futures = {own.submit(_attempt, function, i, items[i]): i for i in remaining}
        lost = []
        for future in _as_done(futures):
            outcome = _take(future, futures[future])
            if outcome is None:
                lost.append(futures[future])
                continue
            remaining.remove(outcome.index)
            yield outcome
        # Whoever waited at a worker that died was lost with it: each has another try, alone.
        for index in sorted(lost):
            remaining.remove(index)
            yield _try_alone(own, function, index, items[index])
    except BrokenProcessPool:
        # One unit took the pool down with it; nobody knows which. Each of those left gets a
        # process of its own below.
        own.close()
    except BaseException:
        own.close()  # the caller stopped early: what has begun ends, the rest does not begin
        raise
    if workers is None:
        own.close()
    for index in remaining:
        yield _attempt_apart(function, index, items[index])


def _take(future: Future[Outcome[Value]], index: int) -> Outcome[Value] | None:
    """Return what became of a unit, None if it never came back; a broken pool is the caller's."""
    try:
        return future.result()
    except BrokenProcessPool:
        raise
    except (Exception, CancelledError):  # noqa: BLE001 - whatever a cluster answers
        return None


def _try_alone(
    workers: Workers, function: Callable[[Item], Value], index: int, item: Item
) -> Outcome[Value]:
    """Run a unit while no other runs, so that only its own fault can stop it."""
    try:
        return workers.submit(_attempt, function, index, item).result()
    except (Exception, CancelledError) as error:  # noqa: BLE001 - whatever a cluster answers
        return Outcome(index, None, workers.explain(error))


def _as_done(futures: dict[Future[Any], int]) -> Iterator[Future[Any]]:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        yield from sorted(done, key=futures.__getitem__)


def _attempt(function: Callable[[Item], Value], index: int, item: Item) -> Outcome[Value]:
    try:
        return Outcome(index, function(item), None)
    except Exception as error:  # noqa: BLE001 - a fault in one unit must not stop the others
        return Outcome(index, None, as_ours(error))


def _attempt_apart(function: Callable[[Item], Value], index: int, item: Item) -> Outcome[Value]:
    try:
        return Outcome(index, run_isolated(function, item, timeout_s=3600.0), None)
    except FascicleError as error:
        return Outcome(index, None, error)
