"""Words that mean the same to everybody."""

from __future__ import annotations

from dataclasses import dataclass

PREFIXES = {
    "NCBITaxon": "http://purl.obolibrary.org/obo/NCBITaxon_",
    "DUO": "http://purl.obolibrary.org/obo/DUO_",
    "MONDO": "http://purl.obolibrary.org/obo/MONDO_",
    "UBERON": "http://purl.obolibrary.org/obo/UBERON_",
    "mesh": "http://id.nlm.nih.gov/mesh/",
    "openminds": "https://openminds.om-i.org/instances/",
}
"""What the prefix of each identifier stands for."""


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

    @property
    def uri(self) -> str:
        """Its address; empty without an identifier of a known prefix.

        Examples
        --------
        >>> Term("cerebellum", "UBERON:0002037").uri
        'http://purl.obolibrary.org/obo/UBERON_0002037'
        """
        prefix, _, local = self.curie.partition(":")
        return f"{PREFIXES[prefix]}{local}" if prefix in PREFIXES else ""

    def matches(self, word: str) -> bool:
        """Tell whether `word` is the label, the identifier or a synonym, in any case."""
        wanted = " ".join(word.replace("_", " ").split()).casefold()
        names = {self.label.casefold(), self.curie.casefold(), *self.synonyms}
        return bool(wanted) and wanted in names
