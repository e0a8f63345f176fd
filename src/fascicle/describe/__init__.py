"""Describe a dataset: terms, JSON-LD, FAIR score, citation, and where it may go."""

from ._citation import format_citation, make_bibtex
from ._conditions import describe_conditions, duo_codes, needs_consent
from ._dataset import JSONLD_NAME, describe_dataset, find_recordings
from ._fair import FairContext, FairScore, FairTest, assess_fair
from ._jsonld import LICENCE_URLS, Publication, format_jsonld, make_jsonld
from ._regions import REGION_TERMS, find_region
from ._terms import MODALITY_TERMS, SPECIES_TERMS, expand, find_modality, find_species

__all__ = [
    "JSONLD_NAME",
    "LICENCE_URLS",
    "MODALITY_TERMS",
    "REGION_TERMS",
    "SPECIES_TERMS",
    "FairContext",
    "FairScore",
    "FairTest",
    "Publication",
    "assess_fair",
    "describe_conditions",
    "describe_dataset",
    "duo_codes",
    "expand",
    "find_modality",
    "find_recordings",
    "find_region",
    "find_species",
    "format_citation",
    "format_jsonld",
    "make_bibtex",
    "make_jsonld",
    "needs_consent",
]
