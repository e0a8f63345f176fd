"""What people decided about labels, who and when: a log that is only added to, for the owner."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import Decision, Label
from fascicle.errors import InputError
from fascicle.jobs import write_private
from fascicle.quality import DecidedLabel

from ._workspace import Workspace


def read_decided(folder: Path, place: PurePosixPath, method: str) -> tuple[DecidedLabel, ...]:
    """Return the decisions about one recording and method, in the order in which they were made.

    Parameters
    ----------
    folder : Path
        The dataset.
    place : PurePosixPath
        The recording's path in it.
    method : str
        Name of the method.

    Raises
    ------
    InputError
        FSC135 if the log is damaged.
    """
    return tuple(
        DecidedLabel(_parse_label(entry["label"]), Decision(entry["verdict"], entry["kind"]))
        for entry in _read(decision_log(folder))
        if (entry["recording"], entry["method"]) == (str(place), method)
    )


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
    before = path.read_bytes() if path.is_file() else b""
    added = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
    write_private(path, before + added.encode("utf-8"))
    return path


def decision_log(folder: Path) -> Path:
    """Return where the log lies: in the private workspace, or beside a dataset without one."""
    private = Workspace(folder).folder
    if private.is_dir():
        return private / "decisions.jsonl"
    return folder.with_name(f"{folder.name}.decisions.jsonl")


def _read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a log."""
    if not path.is_file():
        return
    try:
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            _parse_label(entry["label"])
            Decision(entry["verdict"], entry["kind"])
            yield entry
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
