"""Many units of work side by side, here or in other processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fascicle.errors import FascicleError

from ._helper import as_ours
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
    try:
        futures = {own.submit(_attempt, function, i, item): i for i, item in enumerate(items)}
        lost = []
        for future in _as_done(futures):
            try:
                outcome = future.result()
            except (Exception, CancelledError):  # noqa: BLE001 - it died, or whatever a cluster answers
                lost.append(futures[future])
            else:
                yield outcome
        # A process may have died of what others took: each unit has another try, alone.
        for index in sorted(lost):
            yield _try_alone(own, function, index, items[index])
    except BaseException:
        own.close()  # the caller stopped early: what has begun ends, the rest does not begin
        raise
    if workers is None:
        own.close()


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
