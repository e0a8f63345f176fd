"""What a check of a whole commons finds, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fascicle.core import Finding, Severity

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
    assets = [
        _finding(
            "commons.object",
            Severity.ERROR,
            f"{dataset}@{version}: {path}",
            _ASSETS[wrong],
            "Publish the dataset again from its folder, or restore the commons from a backup.",
        )
        for dataset, version, path, wrong in store.find_broken_assets()
    ]
    return [*log, *versions, *assets]


def describe_orphans(n_removed: int | None) -> list[Finding]:
    """Say what became of files that no version names; None while somebody publishes."""
    if n_removed is None:
        return [
            _finding(
                "commons.busy",
                Severity.NOTE,
                "objects",
                "Somebody is publishing, so files that no version names were left alone.",
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
