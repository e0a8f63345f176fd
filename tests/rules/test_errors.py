"""Each error code has one meaning and one page entry."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

import error_codes
import fascicle.errors

SHARED = {
    "FSC143": "rows of people and of a twin are compared by attacks, and made for them",
    "FSC706": "a fault of the program is the same thing wherever it shows",
    "FSC801": "a library that reads files is missing, to whoever reads them",
}
"""Codes that several rooms raise, each with the reason."""

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "errors.md"
SITES = error_codes.find_raise_sites()
ENTRY = re.compile(r"^### (FSC\d{3}): (.+)$", re.MULTILINE)


def sites_by_code() -> dict[str, list[error_codes.RaiseSite]]:
    found = defaultdict(list)
    for site in SITES:
        found[site.code].append(site)
    return found


def entries() -> dict[str, str]:
    """The text of each entry of the page, by its code."""
    parts = ENTRY.split(PAGE.read_text("utf-8"))
    return {code: text for code, _, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)}


def test_the_source_raises_errors_with_codes() -> None:
    assert len(SITES) > 20


def test_every_code_that_is_raised_has_its_entry_in_the_docs() -> None:
    assert set(sites_by_code()) - set(entries()) == set()


def test_the_docs_explain_no_code_that_is_never_raised() -> None:
    assert set(entries()) - set(sites_by_code()) == set()


def test_every_entry_gives_cause_and_remedy() -> None:
    lacking = [
        code
        for code, text in entries().items()
        if "**Cause.**" not in text or "**What to do.**" not in text
    ]

    assert lacking == []


def test_entries_stand_in_the_order_of_their_codes() -> None:
    assert list(entries()) == sorted(entries())


@pytest.mark.parametrize("site", SITES, ids=lambda site: f"{site.code}-{site.module}:{site.line}")
def test_the_class_of_an_error_follows_from_its_code(site: error_codes.RaiseSite) -> None:
    family = error_codes.FAMILIES[site.code[3]]

    # A module may have a function of its own that makes its errors; then the name is that one's.
    assert site.class_name == family or not hasattr(fascicle.errors, site.class_name)


@pytest.mark.parametrize("site", SITES, ids=lambda site: f"{site.code}-{site.module}:{site.line}")
def test_every_message_says_what_came_and_what_to_do(site: error_codes.RaiseSite) -> None:
    if not hasattr(fascicle.errors, site.class_name):
        return  # a module's own function puts the sentences together

    for words in (site.problem, site.remedy):
        assert words[0].isupper() or words.startswith("{")
        # What ends in a command or an address has no full stop, so that it can be copied.
        assert words.endswith((".", "}", "'")) or ": " in words


def test_no_code_means_different_things_in_different_rooms() -> None:
    rooms = {
        code: sorted({site.room for site in sites})
        for code, sites in sites_by_code().items()
        if len({site.room for site in sites}) > 1 and code not in SHARED
    }

    assert rooms == {}
