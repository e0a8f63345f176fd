"""Words of cells: what is of the vocabulary leaves, everything else is numbered."""

from __future__ import annotations

import pytest

from fascicle.protect import release_metadata
from fascicle.protect._cell_words import is_word_of_cells, release_annotations


@pytest.mark.parametrize(
    "word",
    ["Astrocytes", "L2/3 IT Cux2", "Sst Chodl", "CD4+ T", "Exc RELN", "10x 3' v3", "Micro-PVM",
     "D1 MSN", "cerebral cortex", "Ex_1_L2_3", "homo sapiens", "7", "granule neurons", "OPC"],
)  # fmt: skip
def test_types_layers_regions_and_assays_leave(word: str) -> None:
    assert is_word_of_cells(word)


@pytest.mark.parametrize(
    "word",
    ["Meier", "Anna", "ANNA", "patient 3", "Case12", "2019-11-23", "May 12", "Xylander-Quorn",
     "a@b.ch", "MRN-7712034", "", "x" * 70, "left handed piano tuner", "neuron\nRoth", "12345",
     "KM70", "JSM62"],
)  # fmt: skip
def test_names_days_numbers_and_free_words_do_not(word: str) -> None:
    assert not is_word_of_cells(word)


def test_a_word_that_is_somebodys_name_in_this_study_does_not_leave() -> None:
    assert is_word_of_cells("Basket")
    assert not is_word_of_cells("Basket", {"basket"})


def test_words_keep_their_place_and_others_get_the_name_of_their_column() -> None:
    columns = {"cell_type": ["OPC", "Roth's", "neuron", "my favourite"], "cluster": ["1", "b7x9z"]}

    released = release_annotations(columns, allow={"my favourite"})

    assert released == {
        "cell_type": ["OPC", "cell type 2", "neuron", "my favourite"],
        "cluster": ["1", "cluster 2"],
    }


def test_terms_of_ontologies_leave_by_their_form_alone() -> None:
    words = ["CL:0000540", "Roth", "unknown", "CL:0000540 Roth", "HsapDv:0000212"]

    released = release_annotations({"cell_type_ontology_term_id": words})

    assert released["cell_type_ontology_term_id"] == [
        "CL:0000540", "unknown", "unknown", "unknown", "unknown",
    ]  # fmt: skip


def test_a_disease_leaves_as_a_term_only_if_somebody_allows_it() -> None:
    words = {"disease_ontology_term_id": ["PATO:0000461", "MONDO:0004975", "MONDO:0007743"]}

    released = release_annotations(words, allow={"MONDO:0004975"})

    assert released["disease_ontology_term_id"] == ["PATO:0000461", "MONDO:0004975", "unknown"]


@pytest.mark.parametrize("columns", [None, "text", 7, {"a": "text"}, {7: ["x"]}])
def test_what_is_no_table_of_columns_releases_nothing(columns: object) -> None:
    assert release_annotations(columns) == {}


def test_metadata_takes_the_words_and_what_a_person_allowed() -> None:
    said = {"CellAnnotations": {"cluster": ["Roth", "mine"]}, "NumberOfDonors": 3}

    kept, dropped = release_metadata(said, allow={"mine"})

    assert kept == {"CellAnnotations": {"cluster": ["cluster 1", "mine"]}, "NumberOfDonors": 3}
    assert dropped == ()
