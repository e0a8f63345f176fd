"""A layout in the making: recordings before they have names, and the register of habits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from ._layout_people import Person


@dataclass(frozen=True, slots=True)
class Truth:
    """What a recording really is.

    Attributes
    ----------
    person : int
        Number of the person.
    session, task, acquisition : str
        As the canonical word; empty where the folder does not say.
    run : int
        From 1.
    is_copy : bool
        True for a backup copy of another recording.
    """

    person: int
    session: str
    task: str
    acquisition: str
    run: int
    is_copy: bool = False


@dataclass
class Shot:
    """One recording before it has a name: who, when, what, the how-manieth."""

    person: Person
    session: int
    task: str
    run: int
    when: datetime
    n_times: int
    truth: Truth


@dataclass
class Draft:
    """A layout in the making."""

    rng: np.random.Generator
    people: list[Person]
    n_sessions: int
    tasks: list[str]
    n_runs: int
    shots: list[Shot] = field(default_factory=list)
    named: list[tuple[str, Shot]] = field(default_factory=list)

    def add(self, stem: str, shot: Shot, **changes: object) -> None:
        """Name a recording; `changes` correct its truth."""
        truth = replace(shot.truth, **changes)  # type: ignore[arg-type]  # fields by name
        self.named.append((stem, replace(shot, truth=truth)))


Habit = Callable[[Draft], None]
HABITS: dict[str, tuple[Habit, dict[str, int], bool]] = {}
"""Name of a habit -> the function that names, what it asks of the draw, and if it is held out."""


def habit(*, held_out: bool, **wants: int) -> Callable[[Habit], Habit]:
    """Register a habit; `wants` fixes ``sessions``, ``runs``, ``tasks`` or ``same_*``."""

    def register(function: Habit) -> Habit:
        HABITS[function.__name__] = (function, wants, held_out)
        return function

    return register
