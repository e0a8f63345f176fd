"""Ontology terms inside an NWB file, as HERD tables: which word of which object is which term."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from fascicle.core import Term

_FIELDS = ("species", "location")


def add_terms(file: Any, objects: Iterable[Any], terms: Iterable[Term]) -> None:  # noqa: ANN401
    """Say in the file which of its words are terms of an ontology.

    Called when every object has its lasting id, because the tables refer to objects by it.

    Parameters
    ----------
    file : pynwb.NWBFile
        The file.
    objects : iterable of hdmf containers
        Everything in it, in a lasting order; subjects have a species, groups of electrodes and
        imaging planes a location.
    terms : iterable of Term
        Known terms; those without an address are passed over.
    """
    known = [term for term in terms if term.uri]
    found = [
        (container, field, str(text), term)
        for container in objects
        for field in _FIELDS
        if isinstance(text := getattr(container, "fields", {}).get(field), str)
        for term in known
        if term.matches(text)
    ]
    if not found:
        return
    herd = file.get_external_resources()
    for container, field, text, term in found:
        herd.add_ref(
            container=container,
            attribute=field,
            key=text,
            entity_id=term.curie,
            entity_uri=term.uri,
        )
    for number, table in enumerate([herd, *herd.children]):
        own = str(uuid5(UUID(file.object_id), f"herd#{number}"))
        setattr(table, "_AbstractContainer__object_id", own)  # noqa: B010 - a mangled name
