"""What people decided about labels, who and when: a log that is only added to, for the owner."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import Decision, Label
from fascicle.errors import InputError
from fascicle.jobs import lock_output, write_private
from fascicle.quality import DecidedLabel, join_decisions, read_marked

from ._workspace import Workspace

Decided = Mapping[tuple[str, str], tuple[DecidedLabel, ...]]
"""Decisions in the order in which they were made, by recording and method."""


def read_decisions(folder: Path) -> Decided:
    """Return all decisions about the labels of a dataset.

    Parameters
    ----------
    folder : Path
        The dataset.

    Returns
    -------
    mapping of (str, str) to tuple of DecidedLabel
        By the recording's path and the method's name; nothing for those nobody decided about.

    Raises
    ------
    InputError
        FSC135 if the log is damaged.
    """
    decided: defaultdict[tuple[str, str], list[DecidedLabel]] = defaultdict(list)
    for unit, one in _read(decision_log(folder)):
        decided[unit].append(one)
    return {unit: tuple(made) for unit, made in decided.items()}


def match_decisions(
    folder: Path, place: PurePosixPath, method: str, labels: Iterable[Label], decided: Decided
) -> tuple[dict[str, Decision], int]:
    """Carry decisions over to labels: those of the log, then those that stand in the dataset.

    Who got a dataset from others has their decisions in its tables, and not their log.

    Parameters
    ----------
    folder : Path
        The dataset.
    place : PurePosixPath
        The recording's path in it.
    method : str
        Name of the method.
    labels : iterable of Label
        Those of the present run.
    decided : mapping
        What `read_decisions` returned.

    Returns
    -------
    by_key : dict of str to Decision
        By `Label.key`.
    n_left : int
        Decisions of the log about what the method does not say any more.

    Raises
    ------
    InputError
        FSC133 if a table was changed so that it cannot be read.
    """
    found, left = join_decisions(labels, decided.get((str(place), method), ()))
    rest = [label for label in labels if label.key not in found]
    marked, _ = join_decisions(rest, read_marked(folder, place, method)) if rest else ({}, ())
    return marked | found, len(left)


def add_decisions(
    folder: Path,
    decided: Iterable[tuple[PurePosixPath, str, DecidedLabel]],
    *,
    by: str,
    now: datetime | None = None,
) -> Path:
    """Add decisions to the log, each with recording, method, who and when.

    Parameters
    ----------
    folder : Path
        The dataset.
    decided : iterable of tuple
        Recording, method, and what was decided about which label.
    by : str
        Who decided.
    now : datetime or None
        When; None takes the clock.

    Returns
    -------
    Path
        The log.
    """
    path = decision_log(folder)
    at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    entries = [
        {
            "recording": str(place),
            "method": method,
            "label": _format_label(one.label),
            "verdict": one.decision.verdict,
            "kind": one.decision.kind,
            "by": by,
            "at": at,
        }
        for place, method, one in decided
    ]
    added = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
    with lock_output(path):  # nobody else's decision, made meanwhile, may be lost
        before = path.read_bytes() if path.is_file() else b""
        write_private(path, before + added.encode("utf-8"))
    return path


def decision_log(folder: Path) -> Path:
    """Return where the log lies: in the private workspace, or beside a dataset without one."""
    private = Workspace(folder).folder
    if private.is_dir():
        return private / "decisions.jsonl"
    return folder.with_name(f"{folder.name}.decisions.jsonl")


def _read(path: Path) -> Iterator[tuple[tuple[str, str], DecidedLabel]]:
    """Yield the entries of a log: recording and method, label and decision."""
    if not path.is_file():
        return
    try:
        # Not splitlines(): a name may hold what that takes for the end of a line.
        for line in path.read_text("utf-8").split("\n"):
            if line.strip():
                entry = json.loads(line)
                said = Decision(entry["verdict"], entry["kind"])
                unit = (entry["recording"], entry["method"])
                yield unit, DecidedLabel(_parse_label(entry["label"]), said)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "FSC135",
            "Expected the log of decisions about labels as it was written, got a damaged one.",
            "Bring it back from a backup, or set it aside: the labels are made without it.",
        ) from error


def _format_label(label: Label) -> dict[str, Any]:
    """Return a label as JSON values."""
    return {
        "kind": label.kind,
        "confidence": label.confidence,
        "onset_s": label.onset_s,
        "duration_s": None if label.is_whole else label.duration_s,
        "channels": list(label.channels),
    }


def _parse_label(words: dict[str, Any]) -> Label:
    """Return a label from its JSON values."""
    lasts = words["duration_s"]
    return Label(
        kind=words["kind"],
        confidence=words["confidence"],
        onset_s=words["onset_s"],
        duration_s=float("inf") if lasts is None else lasts,
        channels=tuple(words["channels"]),
    )
