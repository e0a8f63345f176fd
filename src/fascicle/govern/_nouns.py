"""What the gate hands out: findings of a search, entries of the catalogue, grants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fascicle.core import Activity, Dataset
from fascicle.store import DestroyedKeys, Filters, KeyState, LogEntry

from ._conditions import Conditions, Decision

__all__ = ["CatalogueEntry", "DestroyedKeys", "Filters", "Grant", "Hit", "KeyState", "LogEntry"]
"""Filters, lines of the log and the state of keys are the store's own nouns, handed on."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A dataset that a search found.

    Attributes
    ----------
    dataset : Dataset
        Its newest version.
    score : float
        How well its words fit, without unit; higher is better, 0 when no words were asked for.
    """

    dataset: Dataset
    score: float


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What anybody may know of a version.

    Attributes
    ----------
    dataset : Dataset
        As described.
    versions : tuple of str
        All versions of it, oldest first.
    conditions : Conditions
        What its participants allow together.
    publisher : str
        Who published it.
    published_at : datetime
        When, in UTC.
    protocol : str
        Number of the animal protocol; empty if none was given.
    activities : tuple of Activity
        How it was made.
    n_files : int
        How many files it has.
    """

    dataset: Dataset
    versions: tuple[str, ...]
    conditions: Conditions
    publisher: str
    published_at: datetime
    protocol: str
    activities: tuple[Activity, ...]
    n_files: int


@dataclass(frozen=True, slots=True)
class Grant:
    """Data that the gate let through.

    Attributes
    ----------
    dataset : Dataset
        Which.
    folder : Path
        Where it lies now.
    decision : Decision
        On what ground, and with which duties.
    n_files : int
        How many files.
    """

    dataset: Dataset
    folder: Path
    decision: Decision
    n_files: int
