"""Words that mean the same to everybody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A term of an ontology.

    Attributes
    ----------
    label : str
        The word as people read it.
    curie : str
        Its short identifier, as ``"NCBITaxon:9606"``; empty where no ontology is known to have it.
    synonyms : tuple of str
        Other words for it, in lower case.

    Examples
    --------
    >>> human = Term("Homo sapiens", "NCBITaxon:9606", ("human", "homo sapiens"))
    >>> human.matches("Human"), human.matches("mouse")
    (True, False)
    """

    label: str
    curie: str = ""
    synonyms: tuple[str, ...] = ()

    def matches(self, word: str) -> bool:
        """Tell whether `word` is the label, the identifier or a synonym, in any case."""
        wanted = " ".join(word.replace("_", " ").split()).casefold()
        names = {self.label.casefold(), self.curie.casefold(), *self.synonyms}
        return bool(wanted) and wanted in names
