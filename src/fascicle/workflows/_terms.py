"""Terms for what a header says of species and region, before a file is written with them."""

from __future__ import annotations

from dataclasses import replace

from fascicle.core import Family, Header
from fascicle.describe import find_region, find_species


def add_terms(header: Header, raw: Header) -> Header:
    """Return a released header with the terms of its species and of its region.

    A region may leave if all of what the raw header says of it is a name of the reviewed table: it
    is written as the table spells it, whatever else stood there.

    Parameters
    ----------
    header : Header
        What may leave.
    raw : Header
        As read: its metadata may name a region.
    """
    if header.modality.family is not Family.NEURODATA:
        return header
    said = raw.metadata.get("BrainRegion") or raw.metadata.get("BrainLocation") or ""
    region = find_region(said) if isinstance(said, str) else None
    species = find_species(header.subject.species)
    terms = tuple(term for term in (species, region) if term is not None and term.curie)
    metadata = dict(header.metadata)
    if region is not None:
        metadata["BrainRegion"] = region.label
    return replace(header, terms=terms, metadata=metadata)
