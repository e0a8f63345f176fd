"""Messy raw folders as labs have them: paths, headers, a table, and the truth about each file.

A *habit* is a way of naming files. Every layout draws people, sessions, tasks and runs at random,
writes them down after one habit, and keeps what was meant. Habits in `HELD_OUT_HABITS` are for
scoring only: nothing may be tuned on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath

import numpy as np

from fascicle.core import Header, Modality, Subject

from . import _layout_habits, _layout_habits_held_out, _layout_habits_more
from ._layout_draft import HABITS, Draft, Shot, Truth
from ._layout_people import Person, make_people

# Importing a module of habits registers them; both are named here so that the imports are used.
_REGISTERED = (_layout_habits, _layout_habits_more, _layout_habits_held_out)
DEVELOPMENT_HABITS = tuple(name for name, (_, _, held_out) in HABITS.items() if not held_out)
"""Habits that inference may be tuned on."""
HELD_OUT_HABITS = tuple(name for name, (_, _, held_out) in HABITS.items() if held_out)
"""Habits for scoring only: nothing may be tuned on them."""

_FORMATS = (".edf", ".bdf", ".vhdr", ".fif", ".set", ".cnt", ".gdf", ".snirf", ".mff", ".xdf")
_MODALITIES = {".fif": Modality.MEG, ".snirf": Modality.NIRS}


@dataclass(frozen=True, slots=True)
class Layout:
    """A raw folder without bytes.

    Attributes
    ----------
    habit : str
        The way of naming.
    seed : int
        What it was drawn from.
    paths : tuple of PurePosixPath
        Primary files, sorted.
    headers : tuple of Header
        One for each path.
    truth : tuple of Truth
        One for each path.
    table : tuple of tuple of str
        Lines of a participants table, header line first; empty without one.
    """

    habit: str
    seed: int
    paths: tuple[PurePosixPath, ...]
    headers: tuple[Header, ...]
    truth: tuple[Truth, ...]
    table: tuple[tuple[str, ...], ...] = ()


TASKS = ("rest", "eyesopen", "eyesclosed", "oddball", "nback", "motor", "faces", "stroop")


def make_layout(seed: int, habit: str) -> Layout:
    """Make a raw folder's paths, headers, table and truth.

    Parameters
    ----------
    seed : int
        Any integer; the same one makes the same layout.
    habit : str
        One of `DEVELOPMENT_HABITS` or `HELD_OUT_HABITS`.

    Returns
    -------
    Layout
        At least 30 recordings in at least 5 formats.

    Examples
    --------
    >>> layout = make_layout(7, "flat_codes")
    >>> len(layout.paths) >= 30, len({p.suffix for p in layout.paths}) >= 5
    (True, True)
    """
    function, wants, _ = HABITS[habit]
    rng = np.random.default_rng([seed, *habit.encode()])
    draft = _draw(rng, wants)
    function(draft)
    return _finish(draft, habit, seed)


def _draw(rng: np.random.Generator, wants: dict[str, int]) -> Draft:
    n_sessions = wants.get("sessions", int(rng.integers(1, 4)))
    n_tasks = wants.get("tasks", int(rng.integers(1, 5)))
    n_runs = wants.get("runs", int(rng.integers(1, 3)))
    each = max(1, n_sessions) * max(1, n_tasks) * max(1, n_runs)
    n_people = max(5, -(-34 // each)) + int(rng.integers(0, 6))
    people = make_people(rng, n_people, same=wants.get("same", 0))
    tasks = [TASKS[i] for i in sorted(rng.permutation(len(TASKS))[: max(1, n_tasks)])]
    draft = Draft(rng, people, n_sessions, tasks if n_tasks else [""], n_runs)
    for person in people:
        start = date(2018, 1, 8) + timedelta(days=int(rng.integers(0, 900)))
        for session in range(1, n_sessions + 1):
            day = start + timedelta(days=(session - 1) * int(rng.integers(7, 60)))
            draft.shots += _draw_session(draft, person, session, day)
    return draft


def _draw_session(draft: Draft, person: Person, session: int, day: date) -> Iterator[Shot]:
    clock = datetime(day.year, day.month, day.day, int(draft.rng.integers(8, 16)), 5, tzinfo=UTC)
    for task in draft.tasks:
        for run in range(1, draft.n_runs + 1):
            clock += timedelta(minutes=int(draft.rng.integers(6, 15)))
            label = str(session) if draft.n_sessions > 1 else ""
            truth = Truth(person.number, label, task, "", run)
            yield Shot(person, session, task, run, clock, int(draft.rng.integers(5_000, 90_000)),
                       truth)  # fmt: skip


def _finish(draft: Draft, habit: str, seed: int) -> Layout:
    """Add suffixes, headers and a table."""
    rng = draft.rng
    suffixes = [_FORMATS[i] for i in rng.permutation(len(_FORMATS))[: int(rng.integers(5, 8))]]
    facts = str(rng.choice(["none", "code", "person", "birth", "junk"]))
    clock = bool(rng.random() < 0.8)
    rows: dict[str, tuple[Header, Truth]] = {}
    taken: set[str] = set()
    for at, (stem, shot) in enumerate(draft.named):
        suffix = suffixes[(shot.person.number + shot.session + at // 7) % len(suffixes)]
        path = f"{stem}{suffix}"
        # Two files of one name in one folder cannot be: the second is somebody's second try.
        while path.casefold() in taken:
            stem += "_x"
            path = f"{stem}{suffix}"
        taken.add(path.casefold())
        rows[path] = (_make_header(shot, suffix, facts, clock), shot.truth)
    for at, suffix in enumerate(suffixes[:5]):
        _require_format(rows, suffix, at)
    names = sorted(rows)
    table = _make_table(draft) if rng.random() < 0.5 else ()
    return Layout(
        habit,
        seed,
        tuple(map(PurePosixPath, names)),
        tuple(rows[n][0] for n in names),
        tuple(rows[n][1] for n in names),
        table,
    )


def _require_format(rows: dict[str, tuple[Header, Truth]], suffix: str, at: int) -> None:
    """See to it that every format occurs."""
    if not any(name.endswith(suffix) for name in rows):
        name = sorted(rows)[at * 5]
        stem = name.rpartition(".")[0]
        if f"{stem}{suffix}".casefold() not in {n.casefold() for n in rows}:
            rows[f"{stem}{suffix}"] = rows.pop(name)


def _make_header(shot: Shot, suffix: str, facts: str, clock: bool) -> Header:
    """Make what an amplifier would have written."""
    person = shot.person
    subject = {
        "none": Subject(),
        "code": Subject(code=person.label or person.code),
        "person": Subject(code=person.hospital, name=f"{person.last} {person.first}",
                          birth=person.birth, sex=person.sex),
        "birth": Subject(birth=person.birth, sex=person.sex),
        "junk": Subject(code="X", name="test"),
    }[facts]  # fmt: skip
    modality = _MODALITIES.get(suffix, Modality.EEG)
    when = shot.when if clock else None
    return Header(modality, 250.0, shot.n_times, (), measured_at=when, subject=subject)


def _make_table(draft: Draft) -> tuple[tuple[str, ...], ...]:
    """Make a table of those participants who have a label of their own."""
    labels = [p.label for p in draft.people]
    if not all(labels) or len(set(labels)) < len(labels):
        return ()
    head, *_ = [("participant", "age", "sex"), ("VP", "Alter", "Geschlecht"),
                ("sujet", "age", "sexe")]  # fmt: skip
    return (head, *((p.label, str(p.age), p.sex) for p in draft.people))
