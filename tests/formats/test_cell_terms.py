"""Terms stand only for words that are their own names."""

from __future__ import annotations

import re

import pytest

from fascicle.formats._cell_terms import _TERMS, KINDS, find_term


@pytest.mark.parametrize(
    ("kind", "word", "term"),
    [
        ("cell_type", "Astrocytes", "CL:0000127"),
        ("cell_type", "OPC", "CL:0002453"),
        ("cell_type", "T cells", "CL:0000084"),
        ("tissue", "Cerebral Cortex", "UBERON:0000956"),
        ("assay", "10x 3' v3", "EFO:0009922"),
        ("sex", "F", "PATO:0000383"),
        ("organism", "Mus musculus", "NCBITaxon:10090"),
        ("disease", "normal", "PATO:0000461"),
        ("cell_type", "Astro", ""),
        ("cell_type", "Inhibitory", ""),
        ("assay", "10x 3' v9", ""),
        ("layer", "neuron", ""),
    ],
)
def test_a_word_has_the_term_of_its_own_name(kind: str, word: str, term: str) -> None:
    assert find_term(kind, word) == term


def test_every_term_has_the_form_of_its_ontology() -> None:
    forms = {"cell_type": r"CL:\d{7}", "tissue": r"UBERON:\d{7}", "assay": r"EFO:\d{7}",
             "sex": r"PATO:\d{7}", "disease": r"(PATO|MONDO):\d{7}",
             "organism": r"NCBITaxon:\d+"}  # fmt: skip

    assert set(forms) == set(KINDS)
    for kind, terms in _TERMS.items():
        assert all(re.fullmatch(forms[kind], term) for term in terms.values())
