"""The questions of the FAIR assessment, each a small function on what was read.

An answer is a share of the points between 0 and 1, and one sentence on what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fascicle.core import Consent, Dataset

from ._conditions import needs_consent
from ._dataset import JSONLD_NAME, BidsRecording
from ._jsonld import LICENCE_URLS
from ._terms import find_modality, find_species

_OPEN_ENDINGS = (".edf", ".bdf", ".vhdr", ".fif", ".snirf", ".nwb", ".set")
_RICH = ("name", "description", "creator", "keywords", "license", "about", "measurementTechnique")


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the tests look at, read once."""

    dataset: Dataset
    about: dict[str, Any]
    page: dict[str, Any]
    rows: list[dict[str, str]]
    recordings: list[BidsRecording]
    files: frozenset[str]
    consents: Mapping[str, Consent]
    doi: str
    is_published: bool
    is_sealed: bool
    n_bids_errors: int | None


Answer = tuple[float, str]
"""Share of the points between 0 and 1, and what was seen."""


@dataclass(frozen=True, slots=True)
class FairQuestion:
    """One test before it is answered."""

    id: str
    title: str
    max_points: float
    ask: Callable[[Facts], Answer]
    fix: str
    after_publishing: bool = False


def _yes(is_so: object, then: str, otherwise: str) -> Answer:
    return (1.0, then) if is_so else (0.0, otherwise)


def _share(n: int, total: int, what: str) -> Answer:
    return (n / total if total else 0.0), f"{n} of {total} {what}."


def _ask_unique_id(facts: Facts) -> Answer:
    return _yes(facts.dataset.id, "It has an id that derives from its content.", "It has no id.")


def _ask_persistent_id(facts: Facts) -> Answer:
    return _yes(
        facts.doi,
        "It has a DOI.",
        "It has no persistent identifier yet; an archive gives one on publishing.",
    )


def _ask_rich(facts: Facts) -> Answer:
    return _share(
        sum(bool(facts.page.get(key)) for key in _RICH), len(_RICH), "core fields are described"
    )


def _ask_abstract(facts: Facts) -> Answer:
    n_words = len(facts.dataset.description.split())
    return min(n_words / 20, 1.0), f"The description has {n_words} words; 20 say something."


def _ask_id_in_page(facts: Facts) -> Answer:
    same = facts.page.get("identifier") == facts.dataset.id
    return _yes(same, "The description names the data's id.", "The description names no id.")


def _ask_content_listed(facts: Facts) -> Answer:
    return _yes(
        facts.page.get("distribution"),
        "The description says what the download holds and how large it is.",
        "The description does not say what the download holds.",
    )


def _ask_harvestable(facts: Facts) -> Answer:
    inline = isinstance(facts.page.get("@context"), dict)
    return _yes(
        inline,
        "It is described as JSON-LD in schema.org words, with an inline context.",
        "There is no JSON-LD description with an inline context.",
    )


def _ask_indexed(facts: Facts) -> Answer:
    return _yes(
        facts.is_published,
        "It stands in a catalogue that can be searched.",
        "It stands in no catalogue yet.",
    )


def _ask_access_stated(facts: Facts) -> Answer:
    return _yes(
        facts.page.get("conditionsOfAccess"),
        f"The access tier is stated: {facts.dataset.tier.value}.",
        "Nothing says who may have the data.",
    )


def _ask_download(facts: Facts) -> Answer:
    urls = [item.get("contentUrl") for item in facts.page.get("distribution", [])]
    return _yes(any(urls), "The data have an address.", "The data have no address yet.")


def _ask_open_protocol(facts: Facts) -> Answer:
    return _yes(
        facts.is_published,
        "It can be fetched through the commons, which asks for no licence of its own.",
        "It cannot be fetched yet.",
    )


def _ask_lasting(facts: Facts) -> Answer:
    lasting = facts.is_published and JSONLD_NAME in facts.files
    return _yes(
        lasting,
        "The description lies apart from the data and stays when data are withdrawn.",
        "Nobody keeps the description apart from the data yet.",
    )


def _ask_knowledge(facts: Facts) -> Answer:
    return _yes(
        facts.page.get("@type"),
        "The description is linked data (JSON-LD), which programs understand.",
        "The description is not linked data.",
    )


def _ask_open_formats(facts: Facts) -> Answer:
    n_open = sum(item.path.name.casefold().endswith(_OPEN_ENDINGS) for item in facts.recordings)
    return _share(n_open, len(facts.recordings), "recordings are in an openly documented format")


def _ask_vocabulary(facts: Facts) -> Answer:
    terms = [find_species(word) for word in facts.dataset.species]
    terms += [find_modality(word) for word in facts.dataset.modalities]
    known = sum(bool(term.curie) for term in terms)
    return _share(known, len(terms), "species and modalities have an ontology term")


def _ask_dictionary(facts: Facts) -> Answer:
    return _yes(
        "participants.json" in facts.files,
        "The columns of the participants table are explained.",
        "The columns of the participants table are not explained.",
    )


def _ask_links(facts: Facts) -> Answer:
    links = facts.about.get("ReferencesAndLinks") or facts.about.get("SourceDatasets")
    return _yes(
        links, "It names papers or data it belongs with.", "It names no paper or other data."
    )


def _ask_participants(facts: Facts) -> Answer:
    columns = ("age", "sex", "species")
    wanted = [column for column in columns if column in (facts.rows[0] if facts.rows else {})]
    filled = sum(row.get(c, "n/a") != "n/a" for row in facts.rows for c in wanted)
    total = max(len(facts.rows) * len(columns), 1)
    return _share(filled, total, "values of age, sex and species are known")


def _ask_acquisition(facts: Facts) -> Answer:
    keys = ("SamplingFrequency", "PowerLineFrequency", "TaskName", "Manufacturer")
    n = sum(item.sidecar.get(k) not in (None, "n/a", "") for item in facts.recordings for k in keys)
    return _share(n, len(facts.recordings) * len(keys), "facts on the acquisition are known")


def _ask_licence(facts: Facts) -> Answer:
    return _yes(facts.dataset.licence, "A licence is stated.", "No licence is stated.")


def _ask_standard_licence(facts: Facts) -> Answer:
    return _yes(
        facts.dataset.licence in LICENCE_URLS,
        "The licence is a standard one, with an address.",
        "The licence is not one that programs know.",
    )


def _ask_consent(facts: Facts) -> Answer:
    if not facts.consents:
        animals = not needs_consent(facts.dataset.species)
        return _yes(animals, "No person is in it.", "Nobody says what the participants allow.")
    given = sum(consent.is_given for consent in facts.consents.values())
    return _share(given, len(facts.consents), "participants' conditions are known, as DUO codes")


def _ask_provenance(facts: Facts) -> Answer:
    made_by = facts.about.get("GeneratedBy")
    named = isinstance(made_by, list) and any(
        isinstance(step, dict) and step.get("Name") and step.get("Version") for step in made_by
    )
    return _yes(
        named,
        "It names the program and version that made it.",
        "It does not name the program and version that made it.",
    )


def _ask_seal(facts: Facts) -> Answer:
    return _yes(
        facts.is_sealed,
        "A signed list of digests shows whether a byte was changed.",
        "Nothing shows whether a byte was changed.",
    )


def _ask_authors(facts: Facts) -> Answer:
    return _yes(facts.dataset.authors, "Its authors are named.", "No author is named.")


def _ask_standard(facts: Facts) -> Answer:
    if facts.n_bids_errors is None:
        return 0.0, "The official BIDS validator was not run."
    return _yes(
        facts.n_bids_errors == 0,
        "The official BIDS validator reports no error.",
        f"The official BIDS validator reports {facts.n_bids_errors} errors.",
    )


_REWRITE = "Run the share again: it writes dataset.jsonld."
_PUBLISH = "Publish it: `fascicle publish`."
QUESTIONS: tuple[FairQuestion, ...] = (
    FairQuestion("F1-01", "The dataset has a unique identifier", 1, _ask_unique_id, _REWRITE),
    FairQuestion(
        "F1-02",
        "The identifier is persistent (a DOI)",
        2,
        _ask_persistent_id,
        "Deposit it in an archive that gives DOIs, and enter the DOI as DatasetDOI.",
        after_publishing=True,
    ),
    FairQuestion(
        "F2-01",
        "It is described richly enough to be found",
        2,
        _ask_rich,
        "State authors, a licence and a description, then run the share again.",
    ),
    FairQuestion(
        "F2-02",
        "People are told what it is about",
        1,
        _ask_abstract,
        "Write a paragraph on the study into the README.",
    ),
    FairQuestion("F3-01", "The description names the identifier", 1, _ask_id_in_page, _REWRITE),
    FairQuestion("F3-02", "The description says what is in it", 1, _ask_content_listed, _REWRITE),
    FairQuestion("F4-01", "Search engines can read the description", 1, _ask_harvestable, _REWRITE),
    FairQuestion(
        "F4-02", "It stands in a catalogue", 1, _ask_indexed, _PUBLISH, after_publishing=True
    ),
    FairQuestion("A1-01", "It says who may have the data and how", 2, _ask_access_stated, _REWRITE),
    FairQuestion(
        "A1-02",
        "The data have an address",
        1,
        _ask_download,
        "Publish it where it can be downloaded, and enter the address.",
        after_publishing=True,
    ),
    FairQuestion(
        "A1.1-01",
        "It can be fetched by open means",
        1,
        _ask_open_protocol,
        _PUBLISH,
        after_publishing=True,
    ),
    FairQuestion(
        "A2-01",
        "The description outlives the data",
        1,
        _ask_lasting,
        _PUBLISH,
        after_publishing=True,
    ),
    FairQuestion("I1-01", "The description is linked data", 1, _ask_knowledge, _REWRITE),
    FairQuestion(
        "I1-02",
        "The recordings are in open formats",
        2,
        _ask_open_formats,
        "Convert the others: `fascicle share`.",
    ),
    FairQuestion(
        "I2-01",
        "It uses shared vocabularies",
        1,
        _ask_vocabulary,
        "Name the species by its Latin name.",
    ),
    FairQuestion(
        "I2-02",
        "Its tables explain their columns",
        1,
        _ask_dictionary,
        "Write participants.json: one entry for each column.",
    ),
    FairQuestion(
        "I3-01",
        "It points to what it belongs with",
        1,
        _ask_links,
        "Enter the paper's DOI under ReferencesAndLinks in dataset_description.json.",
    ),
    FairQuestion(
        "R1-01",
        "The participants are described",
        1,
        _ask_participants,
        "Add age, sex and species to the participants table in the raw folder.",
    ),
    FairQuestion(
        "R1-02",
        "The acquisition is described",
        2,
        _ask_acquisition,
        "Answer the questions of `fascicle look`, such as the mains frequency.",
    ),
    FairQuestion(
        "R1.1-01", "A licence is stated", 1, _ask_licence, "Choose one, as CC0 or CC-BY-4.0."
    ),
    FairQuestion(
        "R1.1-02",
        "The licence is a standard one",
        1,
        _ask_standard_licence,
        "Choose CC0, PDDL or a Creative Commons licence.",
    ),
    FairQuestion(
        "R1.1-03",
        "What participants allow is stated",
        2,
        _ask_consent,
        "Give what the consent forms say: `fascicle share --consent`.",
    ),
    FairQuestion(
        "R1.2-01",
        "It says how it was made",
        1,
        _ask_provenance,
        "Enter the program and its version under GeneratedBy in dataset_description.json.",
    ),
    FairQuestion(
        "R1.2-02",
        "Changes can be detected",
        1,
        _ask_seal,
        "Let the proof pass; the seal is made from it.",
    ),
    FairQuestion(
        "R1.2-03",
        "Its authors are named",
        1,
        _ask_authors,
        "Name the authors in dataset_description.json.",
    ),
    FairQuestion(
        "R1.3-01",
        "It keeps the field's standard (BIDS)",
        2,
        _ask_standard,
        "Run `fascicle check`, then `fascicle fix`.",
    ),
)
