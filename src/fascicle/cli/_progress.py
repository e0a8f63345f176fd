"""Progress on long work: what is being done, how far it is, how long it will take."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fascicle.core import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_TITLES = {
    "look": "Looking",
    "headers": "Reading headers",
    "identify": "Listing identifiers",
    "convert": "Converting",
    "annotate": "Labelling",
    "check": "Checking",
    "validate": "Validating BIDS",
    "prove": "Proving",
    "publish": "Publishing",
    "get": "Fetching",
}


_BAR = 14
_COLUMNS = 20 + _BAR + len("9999/9999 0:00:00 in all ") + 4
"""Characters of a line beside the name of what is being done, with the spaces between them."""


class Watch:
    """Bars on the owner's terminal, one for each stage; nothing where nobody watches.

    Parameters
    ----------
    is_watched : bool
        False draws nothing.
    """

    def __init__(self, *, is_watched: bool) -> None:
        self._is_watched = is_watched
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._room = 0

    def __call__(self, step: Progress) -> None:
        """Show one step."""
        if not self._is_watched:
            return
        if self._bars is None:
            self._bars = _make_bars()
            self._room = max(0, min(40, self._bars.console.width - _COLUMNS))
            self._bars.start()
        if step.stage not in self._tasks:
            title = _TITLES.get(step.stage, step.stage.capitalize())
            self._tasks[step.stage] = self._bars.add_task(
                title, total=step.total, what="", clock=""
            )
        task = self._tasks[step.stage]
        clock = "in all" if step.done >= step.total else "left"
        what = _cut(step.what, self._room)
        self._bars.update(task, completed=step.done, total=step.total, what=what, clock=clock)

    def stop(self) -> None:
        """Leave the terminal as it is; a further step begins new bars below."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
            self._tasks.clear()


def _cut(name: str, room: int) -> str:
    """Shorten a name to the room that it has; the end of a path says more than its start."""
    return name if len(name) <= room else f"…{name[len(name) - room + 1 :]}" if room > 1 else ""


@contextmanager
def show_progress(*, quiet: bool = False) -> Iterator[Watch]:
    """Show progress on the owner's terminal; nothing where nobody watches.

    Parameters
    ----------
    quiet : bool
        True shows nothing.

    Yields
    ------
    Watch
        To be handed to a workflow as its hook.
    """
    watch = Watch(is_watched=not quiet and sys.stderr.isatty())
    try:
        yield watch
    finally:
        watch.stop()


def _make_bars() -> Bars:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("[bold]{task.description:<20}"),
        BarColumn(bar_width=_BAR),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("[dim]{task.fields[clock]}"),
        TextColumn("{task.fields[what]}", style="dim", markup=False),
    )
    return Progress(*columns, console=Console(stderr=True))
