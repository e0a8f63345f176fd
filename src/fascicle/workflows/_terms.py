"""Terms for what a header says of species and region, before a file is written with them."""

from __future__ import annotations

from dataclasses import replace

from fascicle.core import Family, Header, Term
from fascicle.describe import find_region, find_species


def add_terms(header: Header, raw: Header) -> Header:
    """Return a released header with the terms of its species and of its region.

    A region may leave if all of what the raw header says of it is a name of the reviewed table: it
    is written as the table spells it, whatever else stood there. Where a file names several, as
    those of labs do for their electrodes, each is kept as it is written.

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
    metadata = dict(header.metadata)
    if isinstance(said, str):
        region = find_region(said)
        regions = [region] if region is not None else []
        if region is not None:
            metadata["BrainRegion"] = region.label
    else:
        named = {str(word): find_region(str(word)) for word in said}
        regions = [_with_word(term, word) for word, term in named.items() if term is not None]
        known = {word for word, term in named.items() if term is not None}
        released = metadata.get("BrainRegion") or ()
        kept = known.union([released] if isinstance(released, str) else map(str, released))
        if kept:
            metadata["BrainRegion"] = sorted(kept)
    species = find_species(header.subject.species)
    terms = tuple(term for term in (species, *regions) if term.curie)
    return replace(header, terms=terms, metadata=metadata)


def _with_word(term: Term, word: str) -> Term:
    """Return a term that knows the word that stands for it here: "Left CA1" has a side, too."""
    folded = " ".join(word.replace("_", " ").split()).casefold()
    return term if term.matches(word) else replace(term, synonyms=(*term.synonyms, folded))
