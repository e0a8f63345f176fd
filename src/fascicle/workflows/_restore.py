"""Bring the stage to what the journal says, whatever became of the run before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fascicle.jobs import clone_file, remove_tree

from ._workspace import Workspace, remove_empty_folders


def restore_stage(finished: Mapping[str, dict[str, Any]], space: Workspace) -> None:
    """Bring the stage to exactly what the journal calls finished.

    What lies in OUT already is cloned from there, if the same work made it: an earlier run may have
    left a head there with its face. What a killed run left half-written goes.
    """
    wanted = {path for entry in finished.values() for path in entry["files"]}
    for path in sorted(wanted):
        if (space.held / path).is_file():
            (space.stage / path).parent.mkdir(parents=True, exist_ok=True)
            (space.held / path).replace(space.stage / path)
    kept = {path for path in wanted if (space.stage / path).is_file()}
    of_out = _list_files_of_out(finished.values(), space)
    for path in sorted(wanted - kept):
        if path in of_out:
            clone_file(space.out / path, space.stage / path)
            kept.add(path)
    for key, entry in finished.items():
        if not set(entry["files"]) <= kept:
            space.journal.forget(key)
    sweep_stage(space)
    space.stage.mkdir(parents=True, exist_ok=True)


def drop_held(paths: Iterable[str], space: Workspace) -> None:
    """Remove what was held under names that are written anew: it would take the place of the new.

    Before the journal knows of the new, so that a kill in between leaves nothing to be mixed up.
    """
    for path in paths:
        (space.held / path).unlink(missing_ok=True)


def _list_files_of_out(entries: Iterable[Mapping[str, Any]], space: Workspace) -> set[str]:
    """Return the files of recordings that OUT holds as the journal describes them."""
    made_by = space.list_units()
    return {
        path
        for entry in entries
        if made_by.get(entry["bids_path"], "") == entry.get("unit")
        for path in entry["files"]
        if (space.out / path).is_file()
    }


def sweep_stage(space: Workspace) -> None:
    """Remove from the stage what the journal does not know: leavings of units that failed."""
    if not space.stage.exists():
        return
    known = {path for entry in space.journal.entries().values() for path in entry["files"]}
    for path in sorted(space.stage.rglob("*")):
        if not path.is_dir() and path.relative_to(space.stage).as_posix() not in known:
            path.unlink()
    remove_empty_folders(space.stage)


def empty_stage(space: Workspace) -> None:
    """Remove the stage and what the journal says of it, unless OUT holds it."""
    remove_tree(space.stage)
    entries = space.journal.entries()
    of_out = _list_files_of_out(entries.values(), space)
    for key, entry in entries.items():
        if not all(path in of_out or (space.held / path).is_file() for path in entry["files"]):
            space.journal.forget(key)
