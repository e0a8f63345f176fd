from fascicle.core import Header, Modality, Subject
from fascicle.workflows._terms import add_terms


def make(said, modality=Modality.ECEPHYS):
    raw = Header(modality, metadata={"BrainRegion": said})
    return add_terms(Header(modality, subject=Subject(species="mus musculus")), raw)


def test_a_region_of_the_table_leaves_as_the_table_spells_it():
    header = make("Left CA1")

    assert [term.curie for term in header.terms] == ["NCBITaxon:10090", "UBERON:0003881"]
    assert header.metadata["BrainRegion"] == "CA1 field of hippocampus"


def test_other_words_for_a_region_stay():
    header = make("CA1, Anna's favourite spot")

    assert [term.curie for term in header.terms] == ["NCBITaxon:10090"]
    assert "BrainRegion" not in header.metadata


def test_files_that_hold_no_terms_get_none():
    assert make("CA1", Modality.EEG).terms == ()


def test_several_regions_stay_as_they_are_written_and_are_terms():
    header = make(["Left CA1", "VISp", "where Anna said"])

    assert header.metadata["BrainRegion"] == ["Left CA1", "VISp"]
    assert [term.curie for term in header.terms][1:] == ["UBERON:0003881", "UBERON:0002436"]
    assert header.terms[1].matches("left CA1")
