"""The door of the room; the database library is loaded behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fascicle.errors import StoreError

from ._keyring import KeyPlace
from ._objects import CloneFile, PlainCodec

if TYPE_CHECKING:
    from ._store import Store

DATABASE = "commons.sqlite"


def open_store(
    folder: Path, *, clone: CloneFile, create: bool = False, keys: KeyPlace | None = None
) -> Store:
    """Open the commons in a folder.

    Parameters
    ----------
    folder : Path
        The folder of the commons.
    clone : callable
        ``clone(source, destination)`` copies a file, sharing blocks where it can.
    create : bool
        Whether to make a commons where there is none.
    keys : KeyPlace or None
        Where the keys of encrypted data are; without it none is written or read.

    Returns
    -------
    Store
        To be closed after use.

    Raises
    ------
    StoreError
        FSC600 if there is no commons; FSC601 if the folder holds something else; FSC602 if it was
        made by a later release.
    """
    if not (folder / DATABASE).is_file():
        if not create:
            raise StoreError(
                "FSC600",
                "Expected a commons in this folder, found none.",
                "Name another with --commons, or publish something first: that makes one.",
            )
        _require_empty(folder)
    from ._store import Store

    return Store(folder, folder / DATABASE, PlainCodec(clone), keys)


def _require_empty(folder: Path) -> None:
    """Refuse to spread a commons over a folder that holds something else."""
    # A second process may be making the same commons at this moment: its files are no strangers.
    if folder.exists() and (
        not folder.is_dir()
        or any(
            not child.name.startswith(("commons.", "objects", "keys")) for child in folder.iterdir()
        )
    ):
        raise StoreError(
            "FSC601",
            "Expected an empty folder for a new commons, found other files in it.",
            "Name an empty or a new folder.",
        )
