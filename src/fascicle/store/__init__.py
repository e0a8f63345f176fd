"""Objects, lineage, catalogue tables and their full-text search; opened by the gate alone."""

from typing import TYPE_CHECKING

from ._keyring import KeyPlace
from ._nouns import (
    DestroyedKeys,
    Filters,
    KeyState,
    Limit,
    LogEntry,
    Match,
    NewVersion,
    Price,
    StoredAsset,
    StoredBudget,
    StoredObject,
    StoredSpend,
    StoredVersion,
)
from ._objects import CloneFile, Codec, PlainCodec
from ._open import open_store

if TYPE_CHECKING:
    from ._store import Store as Store  # for annotations: it loads the database library

__all__ = [
    "CloneFile",
    "Codec",
    "DestroyedKeys",
    "Filters",
    "KeyPlace",
    "KeyState",
    "Limit",
    "LogEntry",
    "Match",
    "NewVersion",
    "PlainCodec",
    "Price",
    "StoredAsset",
    "StoredBudget",
    "StoredObject",
    "StoredSpend",
    "StoredVersion",
    "open_store",
]
