"""What a check of a whole commons finds, in words."""

from __future__ import annotations

from collections import Counter
from itertools import starmap
from typing import TYPE_CHECKING

from fascicle.core import Finding, Severity, say_count

if TYPE_CHECKING:
    from fascicle.store import Store

CATALOGUE_DAMAGE = frozenset({"commons.log", "commons.version"})
"""Findings after which nobody can tell which files no version names."""

_VERSIONS = {
    "missing": "Expected a version that the log says was published, found none.",
    "changed": "Expected the version as it was published, found its description, its conditions "
    "or its list of files changed.",
}
_ASSETS = {
    "missing": "Expected the published bytes, found none.",
    "changed": "Expected the published bytes, found others.",
}
_UNREADABLE = {
    "locked": (
        "commons.locked",
        Severity.WARNING,
        "{} could not be opened, because the keys are not here; the stored bytes of objects were "
        "compared all the same.",
        "Set FASCICLE_KEYS and FASCICLE_KEYS_PASSPHRASE, or bring the keys back with "
        "`fascicle keys import`.",
    ),
    "destroyed": (
        "commons.destroyed",
        Severity.NOTE,
        "{} cannot be read any more: a key of somebody behind them was destroyed.",
        "Publish the dataset again without that participant; the newer version can be read.",
    ),
}


def find_damage(store: Store) -> list[Finding]:
    """Return an error for each line, version and file that is not as it was written."""
    log = [
        _finding(
            "commons.log",
            Severity.ERROR,
            f"log, line {number}",
            reason,
            "Somebody changed the log; compare the commons with a backup.",
        )
        for number, reason in store.find_log_breaks()
    ]
    versions = [
        _finding(
            "commons.version",
            Severity.ERROR,
            f"{dataset}@{version}",
            _VERSIONS[wrong],
            "Somebody changed the catalogue; restore the commons from a backup.",
        )
        for dataset, version, wrong in store.find_changed_versions()
    ]
    broken = list(store.find_broken_assets())
    assets = [
        _finding(
            "commons.object",
            Severity.ERROR,
            f"{dataset}@{version}: {path}",
            _ASSETS[wrong],
            "Publish the dataset again from its folder, or restore the commons from a backup.",
        )
        for dataset, version, path, wrong in broken
        if wrong in _ASSETS
    ]
    unread = Counter(
        (wrong, f"{dataset}@{version}")
        for dataset, version, _, wrong in broken
        if wrong in _UNREADABLE
    )
    return [*log, *versions, *assets, *starmap(_describe_unread, unread.items())]


def _describe_unread(found: tuple[str, str], n_files: int) -> Finding:
    """Say which files of a version could not be looked into, and why."""
    wrong, place = found
    code, severity, reason, fix = _UNREADABLE[wrong]
    return _finding(code, severity, place, reason.format(say_count(n_files, "file")), fix)


def describe_orphans(n_removed: int | None) -> list[Finding]:
    """Say what became of files that no version names; None while somebody works with them."""
    if n_removed is None:
        return [
            _finding(
                "commons.busy",
                Severity.NOTE,
                "objects",
                "Somebody is publishing or reading: files that no version names were left alone.",
                "Verify again when they are done.",
            )
        ]
    if not n_removed:
        return []
    return [
        _finding(
            "commons.orphan",
            Severity.NOTE,
            "objects",
            f"Expected only files that a version names, found {n_removed} others.",
            "They came from work that was stopped, and have been removed.",
        )
    ]


def _finding(code: str, severity: Severity, place: str, reason: str, fix: str) -> Finding:
    return Finding(code, severity, place, reason, fix, origin="verify")
