import re
from dataclasses import replace
from datetime import date

import pytest

from fascicle.core import Dataset
from fascicle.describe import format_citation, make_bibtex

DATA = Dataset(
    "ds-1", 'Rest: "eyes" & 50 % #1', "Two\nlines.", authors=("Curie, Marie", "Emmy Noether"),
    keywords=("EEG", "- odd: word"), licence="CC0", version="3",
)  # fmt: skip


def test_a_published_dataset_is_cited_with_its_year_and_doi():
    words = format_citation(DATA, published=date(2026, 5, 4), doi="10.1000/abc")

    assert words.startswith("Curie, Marie; Emmy Noether (2026). Rest:")
    assert words.endswith("(version 3) [Data set]. https://doi.org/10.1000/abc")


def test_an_unpublished_one_invents_nothing():
    words = format_citation(replace(DATA, authors=()))

    assert words.startswith("Authors not stated (unpublished).")
    assert words.endswith("ds-1")


def test_bibtex_braces_stay_balanced_and_special_letters_are_escaped():
    entry = make_bibtex(DATA, published=date(2026, 5, 4), doi="10.1000/abc")

    assert entry.count("{") == entry.count("}")
    assert r"50 \% \#1" in entry
    assert "author = {Curie, Marie and Emmy Noether}" in entry
    assert "year = {2026}" in entry


@pytest.mark.parametrize("name", ["}{", "\\", "a~b^c_d$"])
def test_no_title_can_break_bibtex(name):
    entry = re.sub(r"\\[{}]", "", make_bibtex(replace(DATA, name=name)))

    assert entry.count("{") == entry.count("}")
