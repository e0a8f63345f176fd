"""Objects, lineage, catalogue tables and their full-text search; opened by the gate alone."""

from typing import TYPE_CHECKING

from ._nouns import Filters, LogEntry, Match, NewVersion, StoredAsset, StoredObject, StoredVersion
from ._objects import CloneFile, Codec, PlainCodec
from ._open import open_store

if TYPE_CHECKING:
    from ._store import Store as Store  # for annotations: it loads the database library

__all__ = [
    "CloneFile",
    "Codec",
    "Filters",
    "LogEntry",
    "Match",
    "NewVersion",
    "PlainCodec",
    "StoredAsset",
    "StoredObject",
    "StoredVersion",
    "open_store",
]
