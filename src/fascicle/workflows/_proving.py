"""The proof of a dataset in which people stand beside animals, whose days may be told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import Identifier, ProgressHook
from fascicle.protect import POLICIES, Policy, ScanResult, scan

from ._headers import parse_header
from ._settle import Decisions

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z?")


def find_animal_days(
    entries: Mapping[str, Mapping[str, Any]], decisions: Decisions
) -> dict[str, list[str]]:
    """Return the days that the files of each animal may tell, where people stand beside them.

    Parameters
    ----------
    entries : mapping of str to dict
        Journal entries of the recordings in the dataset.
    decisions : Decisions
        Policies and species.

    Returns
    -------
    dict of str to list of str
        ISO days by label; empty where one policy is for all.
    """
    found: dict[str, set[str]] = {}
    for entry in entries.values():
        policy = decisions.policy_of(entry["raw_id"])
        if policy.dates != "keep" or policy == decisions.policy:
            continue
        days = found.setdefault(entry["label"], set())
        moment = parse_header(entry["header"]).measured_at
        if moment is not None:
            days.add(moment.date().isoformat())
    return {label: sorted(days) for label, days in sorted(found.items())}


def prove(
    folder: Path,
    identifiers: Iterable[Identifier],
    policy: Policy,
    *,
    permitted: Collection[str],
    animals: Mapping[str, Sequence[str]],
    on_progress: ProgressHook | None = None,
) -> ScanResult:
    """Prove all of a dataset by the policy for people, but for the days of animals in their files.

    Parameters
    ----------
    folder : Path
        The dataset.
    identifiers : iterable of Identifier
        What is searched for, of people and animals alike.
    policy : Policy
        The policy of the dataset.
    permitted : collection of str
        Labels that a person let pass.
    animals : mapping of str to sequence of str
        From `find_animal_days`. A day of a person is searched for in the files of animals as well,
        unless an animal was recorded on it.
    on_progress : callable or None
        Called after each file.

    Returns
    -------
    ScanResult
        Of all files.
    """
    wanted = tuple(identifiers)
    if not animals:
        return scan(folder, wanted, policy, permitted=permitted, on_progress=on_progress)
    folders = {f"sub-{label}" for label in animals}
    files = {
        PurePosixPath(path.relative_to(folder).as_posix())
        for path in folder.rglob("*")
        if not path.is_dir()
    }
    theirs = {path for path in files if not folders.isdisjoint(path.parts[:-1])}
    proof = scan(
        folder,
        wanted,
        policy,
        permitted=permitted,
        only=files - theirs,
        on_progress=on_progress,
    )
    # Full dates may stand in them, but every known day is searched for except their own.
    days = {day for own in animals.values() for day in own}
    own_proof = scan(
        folder,
        wanted,
        POLICIES["shifted"],
        permitted={*permitted, *days},
        only=theirs,
        on_progress=on_progress,
    )
    # The report is about all: a moment of an animal is nothing to read there.
    to_read = tuple(text for text in own_proof.must_look if not _tells_day(text, days))
    return proof.joined(replace(own_proof, must_look=to_read))


def _tells_day(text: str, days: Collection[str]) -> bool:
    """Tell whether a line of what is to be read is a moment on one of some days, and no more."""
    found = _MOMENT.fullmatch(text.partition(": ")[2])
    return found is not None and found[1] in days
