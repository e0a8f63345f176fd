"""Regions are matched as a whole, and their identifiers are those of UBERON."""

from __future__ import annotations

import gzip
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from fascicle.describe import REGION_TERMS, find_region


@pytest.mark.parametrize(
    ("text", "curie"),
    [("CA1", "UBERON:0003881"), ("left ca1", "UBERON:0003881"), ("V1_right", "UBERON:0002436"),
     ("Primary  visual cortex", "UBERON:0002436"), ("UBERON:0002037", "UBERON:0002037")],
)  # fmt: skip
def test_names_and_abbreviations_are_found_without_their_side(text: str, curie: str) -> None:
    found = find_region(text)

    assert found is not None
    assert found.curie == curie


@pytest.mark.parametrize("text", ["", "CA1 of Anna", "CA", "V", "left", "Meier", "ca1/ca3"])
def test_a_part_of_a_text_is_no_region(text: str) -> None:
    assert find_region(text) is None


def test_no_word_names_two_regions() -> None:
    words = Counter(word for t in REGION_TERMS for word in {t.label.casefold(), *t.synonyms})

    assert [word for word, n in words.items() if n > 1] == []
    assert len({term.curie for term in REGION_TERMS}) == len(REGION_TERMS)


@pytest.mark.data
def test_every_identifier_is_that_of_uberon_for_this_name() -> None:
    root = Path(os.environ.get("FASCICLE_TEST_DATA", "../shared/data"))
    folder = root / "metadata" / "ontologies" / "uberon"
    if not folder.is_dir():
        pytest.skip("FASCICLE_TEST_DATA has no UBERON")
    known: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.obo.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for block in stream.read().split("\n\n"):
                number = re.search(r"^id: (UBERON:\d+)$", block, re.MULTILINE)
                if number:
                    names = re.findall(r'^(?:name: |synonym: ")([^"\n]+)', block, re.MULTILINE)
                    known.setdefault(number[1], set()).update(n.casefold().strip() for n in names)

    wrong = [t.label for t in REGION_TERMS if t.label.casefold() not in known.get(t.curie, set())]

    assert wrong == []
