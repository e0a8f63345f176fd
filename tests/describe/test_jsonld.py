import json
from dataclasses import replace
from datetime import date

import pytest

from fascicle.core import Consent, Modality, Tier
from fascicle.describe import Publication, describe_dataset, format_jsonld, make_jsonld


@pytest.fixture
def dataset(dataset_folder):
    return describe_dataset(dataset_folder)


@pytest.fixture
def consents():
    return {
        "01": Consent(("DUO:0000007 MONDO:0005027", "DUO:0000046")),
        "02": Consent(("DUO:0000007 MONDO:0005027",), ai_training=True),
    }


def test_the_page_says_what_a_search_engine_asks(dataset, consents):
    page = make_jsonld(dataset, consents=consents)

    assert page["@type"] == "Dataset"
    assert page["license"].startswith("https://creativecommons.org/publicdomain/zero/")
    assert page["identifier"] == dataset.id
    assert page["creator"][0] == {
        "@type": "Person", "name": "Marie Curie", "givenName": "Marie", "familyName": "Curie",
    }  # fmt: skip
    assert page["creator"][1]["name"] == "Emmy Noether"
    assert page["about"][0]["@id"].endswith("NCBITaxon_9606")
    assert page["measurementTechnique"][0]["termCode"] == "mesh:D004569"
    assert "may have this dataset" not in page["name"]
    assert "the lab decides" in page["conditionsOfAccess"]


def test_conditions_become_addresses_with_the_disease_they_are_limited_to(dataset, consents):
    assert make_jsonld(dataset, consents=consents)["usageInfo"] == [
        "http://purl.obolibrary.org/obo/DUO_0000007",
        "http://purl.obolibrary.org/obo/MONDO_0005027",
        "http://purl.obolibrary.org/obo/DUO_0000046",
    ]


def test_every_modality_says_what_it_measures_and_how(dataset):
    page = make_jsonld(replace(dataset, modalities=tuple(m.value for m in Modality)))

    assert len(set(page["variableMeasured"])) == len(Modality)
    for term in page["measurementTechnique"]:
        assert term["@id"].startswith(term["inDefinedTermSet"])


def test_no_context_has_to_be_fetched(dataset):
    def contexts(value):
        if isinstance(value, dict):
            yield from ([value["@context"]] if "@context" in value else [])
            for item in value.values():
                yield from contexts(item)
        elif isinstance(value, list):
            for item in value:
                yield from contexts(item)

    found = list(contexts(make_jsonld(dataset)))

    assert len(found) == 1
    assert isinstance(found[0], dict)
    assert found[0]["@vocab"] == "https://schema.org/"


def test_empty_fields_are_left_out_and_the_bytes_are_always_the_same(dataset):
    page = make_jsonld(replace(dataset, licence="my own", authors=()))

    assert "license" not in page
    assert "creator" not in page
    assert format_jsonld(page) == format_jsonld(json.loads(format_jsonld(page)))


def test_publishing_adds_the_doi_and_the_day(dataset):
    known = Publication(date(2026, 5, 4), "10.1000/abc", "https://x.org/", "https://x.org/d")

    page = make_jsonld(dataset, publication=known)

    assert page["@id"] == page["sameAs"] == "https://doi.org/10.1000/abc"
    assert page["datePublished"] == "2026-05-04"
    assert page["distribution"][0]["contentUrl"] == "https://x.org/d"


def test_a_dataset_without_words_is_described_by_its_counts(dataset):
    page = make_jsonld(replace(dataset, description="", tier=Tier.OPEN))

    assert page["description"].startswith("3 recordings (electroencephalography) of 2 participants")


def test_a_description_that_says_little_is_completed_and_a_good_one_is_left_alone(dataset):
    short = make_jsonld(replace(dataset, description="Two listeners."))["description"]

    assert short.startswith("Two listeners. 3 recordings")
    assert make_jsonld(dataset)["description"] == dataset.description


def test_people_of_whom_nobody_asked_are_not_described_as_free(dataset):
    assert "may not be published" in make_jsonld(dataset)["conditionsOfAccess"]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
def test_a_reader_of_linked_data_finds_the_same_facts_without_a_network(dataset, consents):
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph()

    graph.parse(data=format_jsonld(make_jsonld(dataset, consents=consents)), format="json-ld")

    schema = rdflib.Namespace("https://schema.org/")
    subject = next(graph.subjects(rdflib.RDF.type, schema.Dataset))
    assert str(graph.value(subject, schema.name)) == "Oddball"
    assert isinstance(graph.value(subject, schema.license), rdflib.URIRef)
    assert all(isinstance(o, rdflib.URIRef) for o in graph.objects(subject, schema.usageInfo))
