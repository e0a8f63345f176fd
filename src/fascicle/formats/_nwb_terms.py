"""Ontology terms inside an NWB file, as HERD tables: which word of which object is which term.

The tables are those of https://hdmf-common-schema.readthedocs.io (HERD). They are written when the
file is done, because they refer to objects by their lasting ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import numpy as np

from fascicle.core import Term

_PLACE = "general/external_resources"
_FIELDS = ("species", "location")


@dataclass(frozen=True, slots=True)
class _Use:
    """A word of an object that is a term."""

    object_id: str
    object_type: str
    path: str
    word: str
    term: Term


def add_terms(file: Any, terms: Iterable[Term]) -> None:  # noqa: ANN401 - h5py
    """Say in a file which of its words are terms of an ontology.

    Parameters
    ----------
    file : h5py.File
        A finished NWB file without such tables; subjects have a species; electrodes, their groups
        and imaging planes have a location.
    terms : iterable of Term
        Known terms; those without an address are passed over.
    """
    known = [term for term in terms if term.uri]
    uses = list(_find_uses(file, known)) if known else []
    if not uses:
        return
    group = file.create_group(_PLACE)
    seed = UUID(_text(file.attrs["object_id"]))
    entities = list(dict.fromkeys(use.term for use in uses))
    objects = list(dict.fromkeys((use.object_id, use.object_type, use.path) for use in uses))
    tables: dict[str, tuple[list[tuple[str, str]], list[tuple[Any, ...]]]] = {
        "keys": ([("key", "")], [(use.word,) for use in uses]),
        "files": ([("file_object_id", "")], [(str(seed),)]),
        "entities": (
            [("entity_id", ""), ("entity_uri", "")],
            [(term.curie, term.uri) for term in entities],
        ),
        "objects": (
            [("files_idx", "<u4"), ("object_id", ""), ("object_type", ""), ("relative_path", ""),
             ("field", "")],
            [(0, *told, "") for told in objects],
        ),
        "object_keys": (
            [("objects_idx", "<u4"), ("keys_idx", "<u4")],
            [
                (objects.index((use.object_id, use.object_type, use.path)), i)
                for i, use in enumerate(uses)
            ],
        ),
        "entity_keys": (
            [("entities_idx", "<u4"), ("keys_idx", "<u4")],
            [(entities.index(use.term), i) for i, use in enumerate(uses)],
        ),
    }  # fmt: skip
    _sign(group, "HERD", seed)
    for name, (columns, rows) in tables.items():
        _sign(_write_table(group, name, columns, rows), "Data", seed)


def _find_uses(file: Any, known: list[Term]) -> Iterator[_Use]:  # noqa: ANN401 - h5py
    """Yield every word that is a term, by the place of its object."""
    found: list[Any] = []
    file.visititems(lambda _, node: found.append(node))
    for node in found:
        type_name = _text(node.attrs.get("neurodata_type", ""))
        if not type_name or "object_id" not in node.attrs:
            continue
        if node.name.endswith("/electrodes/location"):  # a column of the table of electrodes
            words = sorted({_text(word) for word in np.atleast_1d(node[()])})
            path = ""
        else:
            path = next((field for field in _FIELDS if _holds(node, field)), "")
            words = [_word(node, path)] if path else []
        for word in words:
            for term in known:
                if term.matches(word):
                    yield _Use(_text(node.attrs["object_id"]), type_name, path, word, term)


def _holds(node: Any, field: str) -> bool:  # noqa: ANN401 - h5py
    """Tell whether an object has one text of this name, as an attribute or as a dataset."""
    if field in node.attrs:
        return True
    return hasattr(node, "keys") and field in node and getattr(node[field], "shape", None) == ()


def _word(node: Any, field: str) -> str:  # noqa: ANN401 - h5py
    return _text(node.attrs[field] if field in node.attrs else node[field][()])


def _write_table(
    group: Any,  # noqa: ANN401 - h5py
    name: str,
    columns: list[tuple[str, str]],
    rows: list[tuple[Any, ...]],
) -> Any:  # noqa: ANN401 - h5py
    """Write a table whose columns are numbers of a type, or texts where none is given."""
    import h5py

    text = h5py.string_dtype()
    dtype = np.dtype([(column, kind or text) for column, kind in columns])
    return group.create_dataset(name, data=np.array(rows, dtype=dtype))


def _sign(node: Any, type_name: str, seed: UUID) -> None:  # noqa: ANN401 - h5py
    """Say what an object is, and give it an id that derives from its place."""
    node.attrs["namespace"] = "hdmf-common"
    node.attrs["neurodata_type"] = type_name
    node.attrs["object_id"] = str(uuid5(seed, node.name))


def _text(value: Any) -> str:  # noqa: ANN401
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
