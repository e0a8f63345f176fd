"""Raw folders of several kinds of recordings, with the truth about whose each file is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from fascicle.core import Header

from . import _mixed_habit_any, _mixed_habits, _mixed_habits_held_out
from ._mixed_draft import MIXED_HABITS, MixedTruth, draw_mixed

# Importing a module of habits registers them; all are named here so that the imports are used.
_REGISTERED = (_mixed_habits, _mixed_habit_any, _mixed_habits_held_out)
MIXED_DEVELOPMENT_HABITS = tuple(n for n, (_, _, held_out) in MIXED_HABITS.items() if not held_out)
"""Habits that linking may be tuned on."""
MIXED_HELD_OUT_HABITS = tuple(n for n, (_, _, held_out) in MIXED_HABITS.items() if held_out)
"""Habits for scoring only: nothing may be tuned on them."""


@dataclass(frozen=True, slots=True)
class MixedLayout:
    """A raw folder of several kinds of recordings, without bytes.

    Attributes
    ----------
    habit : str
        The way of naming.
    seed : int
        What it was drawn from.
    paths : tuple of PurePosixPath
        Primary files, sorted.
    formats : tuple of str
        Name of each one's format.
    headers : tuple of Header
        One for each path.
    truth : tuple of MixedTruth
        One for each path.
    tables : tuple of tuple of tuple of str
        Lines of each table, header line first.
    """

    habit: str
    seed: int
    paths: tuple[PurePosixPath, ...]
    formats: tuple[str, ...]
    headers: tuple[Header, ...]
    truth: tuple[MixedTruth, ...]
    tables: tuple[tuple[tuple[str, ...], ...], ...] = ()


def make_mixed_layout(seed: int, habit: str) -> MixedLayout:
    """Make the paths, headers, tables and truth of a folder of several kinds of recordings.

    Parameters
    ----------
    seed : int
        Any integer; the same one makes the same layout.
    habit : str
        One of `MIXED_DEVELOPMENT_HABITS` or `MIXED_HELD_OUT_HABITS`.

    Returns
    -------
    MixedLayout
        Five to twelve people or animals in two or three kinds of recordings.

    Examples
    --------
    >>> layout = make_mixed_layout(7, "equal_codes")
    >>> sorted({header.modality.value for header in layout.headers})
    ['anat', 'eeg', 'func']
    """
    draft = draw_mixed(seed, habit)
    rows = sorted(draft.rows, key=lambda row: row[0])
    return MixedLayout(
        habit,
        seed,
        tuple(PurePosixPath(row[0]) for row in rows),
        tuple(row[1] for row in rows),
        tuple(row[2] for row in rows),
        tuple(row[3] for row in rows),
        tuple(draft.tables),
    )
