import re

import pytest

from fascicle.core import Modality
from fascicle.describe import MODALITY_TERMS, SPECIES_TERMS, expand, find_modality, find_species


def test_every_modality_has_a_term_and_every_term_an_address():
    assert set(MODALITY_TERMS) == {m.value for m in Modality}
    for term in (*MODALITY_TERMS.values(), *SPECIES_TERMS):
        assert re.fullmatch(r"NCBITaxon:\d+|mesh:D\d+|openminds:[a-zA-Z]+/[a-zA-Z]+", term.curie)
        assert expand(term.curie).startswith("http")


def test_no_word_means_two_modalities():
    words = [
        w for name, t in MODALITY_TERMS.items() for w in {name, t.label.casefold(), *t.synonyms}
    ]

    assert len(words) == len(set(words))
    assert all(w == w.casefold() for t in MODALITY_TERMS.values() for w in t.synonyms)


@pytest.mark.parametrize(
    ("word", "label"),
    [("fMRI", "Functional magnetic resonance imaging"),
     ("dwi", "Diffusion magnetic resonance imaging"),
     ("Extracellular ephys", "Extracellular electrophysiology"), ("behavior", "Behaviour")],
)  # fmt: skip
def test_modalities_are_found_under_many_names(word, label):
    assert find_modality(word).label == label


def test_no_two_species_share_a_word_or_an_identifier():
    words = [w for t in SPECIES_TERMS for w in (t.label.casefold(), t.curie, *t.synonyms)]

    assert len(words) == len(set(words))
    assert all(w == w.casefold() for t in SPECIES_TERMS for w in t.synonyms)


@pytest.mark.parametrize(
    ("word", "taxon"),
    [("homo sapiens", 9606), ("Human", 9606), ("mus_musculus", 10090), ("Rattus norvegicus", 10116),
     ("rhesus monkey", 9544), ("NCBITaxon:7955", 7955)],
)  # fmt: skip
def test_species_are_found_under_many_names(word, taxon):
    assert find_species(word).curie == f"NCBITaxon:{taxon}"


def test_what_is_unknown_stays_a_word_without_an_identifier():
    assert find_species("aplysia  californica").curie == ""
    assert find_modality("mri").curie == ""
    assert expand("") == expand("no:1") == ""
