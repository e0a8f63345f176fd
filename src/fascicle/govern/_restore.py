"""Stored files on their way out: beside the destination first, then there as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fascicle.errors import InputError
from fascicle.jobs import make_private_folder, remove_tree, require_space

from ._publish import is_inside, make_refusal

if TYPE_CHECKING:
    from fascicle.store import Store, StoredAsset


def write_out(
    store: Store, stored: Sequence[StoredAsset], destination: Path, *, is_open: bool
) -> None:
    """Restore all files beside the destination, then rename.

    What is not open to everybody was granted to one person: nobody else may enter.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    require_space(destination.parent, sum(one.asset.n_bytes for one in stored))
    stage = destination.with_name(f".{destination.name}.part")
    remove_tree(stage)  # of a run that was stopped
    stage.mkdir()
    if not is_open:
        make_private_folder(stage)
    try:
        for one in stored:
            _require_inside(one.asset.path)
            store.restore(one, stage / one.asset.path)
        if destination.exists():
            destination.rmdir()  # empty; Windows does not rename onto a folder
        stage.rename(destination)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise


def require_empty(destination: Path) -> None:
    """Refuse a destination that holds something already.

    Raises
    ------
    InputError
        FSC154 if it does.
    """
    if destination.resolve() == Path.cwd():
        # The folder is put in place as a whole: whoever stands in it would stand in a removed one.
        raise InputError(
            "FSC154", "Expected a new folder, got the one that you are in.", "Name a new folder."
        )
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise InputError(
            "FSC154",
            "Expected a destination that is empty or does not exist yet, found something in it.",
            "Name a new folder.",
        )


def _require_inside(path: str) -> None:
    """Refuse to write outside the destination, should somebody have changed the catalogue."""
    if not is_inside(path):
        raise make_refusal(
            "FSC521",
            "Expected paths inside the dataset, found one that leads out of it.",
            "Somebody changed the catalogue; restore the commons from a backup.",
            clause="integrity",
        )
