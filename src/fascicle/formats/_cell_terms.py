"""Terms of ontologies for words of cells: only where a word is the term's own name.

Cell Ontology, Uberon, Experimental Factor Ontology, PATO, NCBI Taxonomy, as the CELLxGENE schema
asks for them [1]_. Nothing is guessed: a word that is not in the table has no term.

References
----------
.. [1] https://github.com/chanzuckerberg/single-cell-curation, schema 7.0.0
"""

from __future__ import annotations

import re

UNKNOWN = "unknown"
"""What the schema wants where no term is known."""

_CELL_TYPES = """
CL:0000540 neuron|neuronal cell|nerve cell
CL:0000127 astrocyte|astrocytic glia
CL:0000128 oligodendrocyte
CL:0000129 microglial cell|microglia|microglias|microglial
CL:0000115 endothelial cell|endotheliocyte
CL:0002453 oligodendrocyte precursor cell|opc|oligodendrocyte progenitor cell
CL:0000598 pyramidal neuron|pyramidal cell
CL:0000617 gabaergic neuron
CL:0000679 glutamatergic neuron
CL:0000099 interneuron
CL:0000669 pericyte
CL:0000065 ependymal cell
CL:0000121 purkinje cell
CL:0000120 granule cell
CL:0000057 fibroblast
CL:0000235 macrophage
CL:0000576 monocyte
CL:0000084 t cell|t-cell|t lymphocyte
CL:0000236 b cell|b-cell|b lymphocyte
CL:0000623 natural killer cell|nk cell
CL:0000451 dendritic cell
CL:0000359 vascular associated smooth muscle cell
CL:0000700 dopaminergic neuron
CL:0000850 serotonergic neuron
CL:0000125 glial cell
CL:0000706 choroid plexus epithelial cell
CL:4023051 vascular leptomeningeal cell|vlmc
"""
_TISSUES = """
UBERON:0000955 brain
UBERON:0000956 cerebral cortex
UBERON:0001950 neocortex
UBERON:0001851 cortex
UBERON:0002421 hippocampal formation
UBERON:0003881 ca1 field of hippocampus
UBERON:0003882 ca2 field of hippocampus
UBERON:0003883 ca3 field of hippocampus
UBERON:0002037 cerebellum
UBERON:0002240 spinal cord
UBERON:0000966 retina
UBERON:0002264 olfactory bulb
UBERON:0001897 dorsal plus ventral thalamus|thalamus
UBERON:0001898 hypothalamus
UBERON:0001876 amygdala
UBERON:0002038 substantia nigra
UBERON:0001891 midbrain
UBERON:0000178 blood
UBERON:0008933 primary somatosensory cortex
UBERON:0002436 primary visual cortex
UBERON:0001384 primary motor cortex
UBERON:0000451 prefrontal cortex
UBERON:0009834 dorsolateral prefrontal cortex
UBERON:0002435 striatum
"""
_ASSAYS = """
EFO:0009901 10x 3' v1|single cell 3' v1
EFO:0009899 10x 3' v2|single cell 3' v2
EFO:0009922 10x 3' v3|single cell 3' v3
EFO:0011025 10x 5' v1|single cell 5' v1
EFO:0009900 10x 5' v2|single cell 5' v2
EFO:0008930 smart-seq
EFO:0008931 smart-seq2
EFO:0008722 drop-seq
EFO:0008780 indrop
EFO:0008796 mars-seq
EFO:0009919 split-seq
EFO:0008853 patch-seq
EFO:0008919 seq-well
EFO:0010550 sci-rna-seq
EFO:0008992 merfish
EFO:0008991 seqfish
EFO:0009920 slide-seq
EFO:0030062 slide-seqv2
EFO:0010961 visium spatial gene expression
"""
_SEXES = "PATO:0000383 female|f\nPATO:0000384 male|m"
_DISEASES = "PATO:0000461 normal|healthy"
_ORGANISMS = """
NCBITaxon:9606 homo sapiens|human
NCBITaxon:10090 mus musculus|mouse
NCBITaxon:10116 rattus norvegicus|rat
NCBITaxon:9544 macaca mulatta
NCBITaxon:9483 callithrix jacchus
NCBITaxon:7955 danio rerio
NCBITaxon:7227 drosophila melanogaster
NCBITaxon:6239 caenorhabditis elegans
NCBITaxon:9598 pan troglodytes
NCBITaxon:9823 sus scrofa
"""
_TABLES = {
    "cell_type": _CELL_TYPES,
    "tissue": _TISSUES,
    "assay": _ASSAYS,
    "sex": _SEXES,
    "disease": _DISEASES,
    "organism": _ORGANISMS,
}
_TERMS = {
    kind: {
        word: line.split(" ", 1)[0]
        for line in table.strip().splitlines()
        for word in line.split(" ", 1)[1].split("|")
    }
    for kind, table in _TABLES.items()
}
KINDS = tuple(_TERMS)
"""Columns whose words have terms."""


def find_term(kind: str, word: str) -> str:
    """Return the term of a word; empty where the word is not a term's own name.

    Case does not count, nor does a plural.

    Examples
    --------
    >>> find_term("cell_type", "Astrocytes"), find_term("cell_type", "Astro-like")
    ('CL:0000127', '')
    """
    terms = _TERMS.get(kind, {})
    folded = re.sub(r"[\s_]+", " ", word.strip().casefold())
    return terms.get(folded) or terms.get(folded.removesuffix("s"), "")
