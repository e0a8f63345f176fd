"""Names of genes that are names of people as well: their form cannot tell them apart."""

from __future__ import annotations

from collections.abc import Iterable

from ._words import FIRST_NAMES, TECHNICAL, split_words, word_set

_GENES = word_set("lars marco max mia")
"""First names that are symbols of genes, too (HGNC and MGI)."""
_PERSONAL = FIRST_NAMES - TECHNICAL - _GENES


def count_personal_genes(names: Iterable[str]) -> int:
    """Return how many names of genes hold a common first name that no gene is called by.

    A feature that a lab made (a transgene, a hashtag) may be called after whose sample it is. Who
    is listed is searched for by the proof; others are known by their first names alone.

    Parameters
    ----------
    names : iterable of str
        Symbols or accessions.

    Returns
    -------
    int
        How many a person should look at.

    Examples
    --------
    >>> count_personal_genes(["Gad1", "MAX", "Anna", "HLA-DRB1", "tag-Beat"])
    2
    """
    return sum(not _PERSONAL.isdisjoint(split_words(name)) for name in names)
