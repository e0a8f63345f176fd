"""A dataset as JSON-LD, in the words of schema.org.

The context stands inline: a reader that resolves ``https://schema.org/`` over the network fails
without one, and harvesters score an inline context higher.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fascicle.core import PREFIXES, Consent, Dataset, Term, Tier, say_count

from ._conditions import describe_conditions, duo_codes
from ._terms import expand, find_modality, find_species

CONTEXT: dict[str, Any] = {
    "@vocab": "https://schema.org/",
    "license": {"@type": "@id"},
    "url": {"@type": "@id"},
    "contentUrl": {"@type": "@id"},
    "conformsTo": {"@id": "http://purl.org/dc/terms/conformsTo", "@type": "@id"},
    "inDefinedTermSet": {"@type": "@id"},
    "sameAs": {"@type": "@id"},
    "usageInfo": {"@type": "@id"},
    "datePublished": {"@type": "https://schema.org/Date"},
    **PREFIXES,
}
"""Inline, so that nothing has to be fetched to read it."""

LICENCE_URLS = {
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC-BY-NC-SA-4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    "PDDL-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
    "PDDL": "https://opendatacommons.org/licenses/pddl/1-0/",
    "ODC-BY-1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
}
"""Licences that are common for data, by SPDX identifier or the name that BIDS gives them."""

_ENOUGH_WORDS = 20
_TERM_SETS = {
    "NCBITaxon": "http://purl.obolibrary.org/obo/ncbitaxon.owl",
    "mesh": "http://id.nlm.nih.gov/mesh/",
    "openminds": "https://openminds.om-i.org/instances/",
    "DUO": "http://purl.obolibrary.org/obo/duo.owl",
}
_VARIABLES = {
    "eeg": "Electric potential at the scalp over time",
    "meg": "Magnetic field outside the head over time",
    "ieeg": "Electric potential inside the skull over time",
    "nirs": "Light attenuation through the head over time",
    "anat": "Magnetic resonance signal of tissue",
    "func": "Magnetic resonance signal of tissue over time",
    "dwi": "Diffusion of water in tissue",
    "perf": "Flow of blood through tissue",
    "fmap": "Inhomogeneity of the magnetic field",
    "pet": "Concentration of a radioactive tracer in tissue",
    "ecephys": "Electric potential between cells over time",
    "icephys": "Potential or current of a cell's membrane over time",
    "ophys": "Fluorescence of cells over time",
    "beh": "Behaviour over time",
    "micr": "Micrograph of tissue",
    "omics": "Expression of genes by cells",
}


@dataclass(frozen=True, slots=True)
class Publication:
    """What is known once a dataset is published; all of it may be missing.

    Attributes
    ----------
    published : date or None
        Day of publication.
    doi : str
        Bare DOI.
    url : str
        Address of its page.
    content_url : str
        Address of its data.
    """

    published: date | None = None
    doi: str = ""
    url: str = ""
    content_url: str = ""


def make_jsonld(
    dataset: Dataset,
    *,
    consents: Mapping[str, Consent] | None = None,
    publication: Publication | None = None,
) -> dict[str, Any]:
    """Describe a dataset in the words of schema.org, as JSON-LD with an inline context.

    Parameters
    ----------
    dataset : Dataset
        What to describe.
    consents : mapping of str to Consent or None
        By participant label; they become usage conditions with codes of the Data Use Ontology.
        None or empty for animals.
    publication : Publication or None
        What is known once it is published.

    Returns
    -------
    dict
        JSON values only, in one order.

    References
    ----------
    .. [1] schema.org Dataset, https://schema.org/Dataset
    .. [2] J. Lawson et al. (2021), The Data Use Ontology, doi:10.1016/j.xgen.2021.100028

    Examples
    --------
    >>> data = Dataset("ds-1", "Rest", licence="CC0", species=("Homo sapiens",))
    >>> page = make_jsonld(data)
    >>> page["license"], page["about"][0]["termCode"]
    ('https://creativecommons.org/publicdomain/zero/1.0/', 'NCBITaxon:9606')
    """
    known = publication or Publication()
    species = [_make_term(find_species(word)) for word in dataset.species]
    page: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": f"https://doi.org/{known.doi}" if known.doi else f"urn:fascicle:{dataset.id}",
        "@type": "Dataset",
        "conformsTo": "https://bids-specification.readthedocs.io/",
        "name": dataset.name,
        "description": _describe(dataset),
        "identifier": dataset.id,
        "sameAs": f"https://doi.org/{known.doi}" if known.doi else "",
        "url": known.url,
        "version": dataset.version,
        "datePublished": known.published.isoformat() if known.published else "",
        "creator": [_make_person(name) for name in dataset.authors],
        "license": LICENCE_URLS.get(dataset.licence, ""),
        "keywords": list(dataset.keywords),
        "about": species,
        "measurementTechnique": [_make_term(find_modality(m)) for m in dataset.modalities],
        "variableMeasured": [_VARIABLES[m] for m in dataset.modalities if m in _VARIABLES],
        "size": {"@type": "QuantitativeValue", "value": dataset.n_bytes, "unitText": "byte"},
        "isAccessibleForFree": True,
        "conditionsOfAccess": " ".join(
            describe_conditions(consents or {}, dataset.tier, species=dataset.species)
        ),
        "usageInfo": _expand_codes(duo_codes(consents or {})),
        "distribution": _make_distribution(dataset, known),
    }
    return {key: value for key, value in page.items() if value not in ("", [], None)}


def format_jsonld(page: Mapping[str, Any]) -> bytes:
    r"""Write a JSON-LD page as the bytes of ``dataset.jsonld``: readable, UTF-8, always the same.

    Examples
    --------
    >>> format_jsonld({"@type": "Dataset"})
    b'{\n  "@type": "Dataset"\n}\n'
    """
    return (json.dumps(page, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _expand_codes(codes: tuple[str, ...]) -> list[str]:
    """Addresses of codes; a code may be followed by the disease that it is limited to."""
    words = dict.fromkeys(word for code in codes for word in code.split())
    return [address for word in words if (address := expand(word))]


def _make_term(term: Term) -> dict[str, str]:
    prefix = term.curie.partition(":")[0]
    words = {
        "@type": "DefinedTerm",
        "@id": expand(term.curie),
        "name": term.label,
        "termCode": term.curie,
        "inDefinedTermSet": _TERM_SETS.get(prefix, ""),
    }
    return {key: value for key, value in words.items() if value}


def _make_person(name: str) -> dict[str, str]:
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma and family and given:
        whole = f"{given} {family}"
        return {"@type": "Person", "name": whole, "givenName": given, "familyName": family}
    return {"@type": "Person", "name": name}


def _make_distribution(dataset: Dataset, known: Publication) -> list[dict[str, str]]:
    words = {
        "@type": "DataDownload",
        "name": "BIDS dataset",
        "encodingFormat": "application/octet-stream",
        "contentSize": f"{dataset.n_bytes} B",
        "contentUrl": known.content_url,
    }
    return [{key: value for key, value in words.items() if value}]


def _describe(dataset: Dataset) -> str:
    """Add what can be counted to a description that says little."""
    if len(dataset.description.split()) >= _ENOUGH_WORDS:
        return dataset.description
    return f"{dataset.description} {_describe_counts(dataset)}".strip()


def _describe_counts(dataset: Dataset) -> str:
    """Write a paragraph from counts alone."""
    kinds = ", ".join(find_modality(m).label.lower() for m in dataset.modalities) or "recordings"
    tasks = f" Tasks: {', '.join(dataset.tasks)}." if dataset.tasks else ""
    access = "Open access" if dataset.tier is Tier.OPEN else f"Access: {dataset.tier.value}"
    return (
        f"{say_count(dataset.n_recordings, 'recording')} ({kinds}) of "
        f"{say_count(dataset.n_participants, 'participant')}, "
        f"organised after the Brain Imaging Data Structure (BIDS).{tasks} {access}."
    )
