"""Progress on long work: what is being done, how far it is, how long it will take."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from fascicle.core import Progress, ProgressHook

_TITLES = {
    "look": "Looking",
    "identify": "Listing identifiers",
    "convert": "Converting",
    "check": "Checking",
    "validate": "Validating BIDS",
    "prove": "Proving",
    "publish": "Publishing",
    "get": "Fetching",
}


@contextmanager
def show_progress(*, quiet: bool = False) -> Iterator[ProgressHook | None]:
    """Show progress on the owner's terminal; nothing where nobody watches.

    Parameters
    ----------
    quiet : bool
        True shows nothing.

    Yields
    ------
    callable or None
        To be handed to a workflow.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("[bold]{task.description:<20}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]left"),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[what]}"),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, int] = {}

        def hook(step: Progress) -> None:
            if step.stage not in tasks:
                title = _TITLES.get(step.stage, step.stage.capitalize())
                tasks[step.stage] = bars.add_task(title, total=step.total, what="")
            task = bars.tasks[tasks[step.stage]]
            bars.update(task.id, completed=step.done, total=step.total, what=step.what[:40])

        yield hook
