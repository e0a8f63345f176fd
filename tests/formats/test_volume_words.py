"""Words by which volumes are called."""

from __future__ import annotations

from fascicle.core import Family
from fascicle.formats._volume_words import BIDS_SUFFIXES, NAME_RULES


def test_every_rule_leads_to_a_suffix_that_its_folder_has() -> None:
    for rule in NAME_RULES:
        for suffix in filter(None, (rule.series, rule.single)):
            assert rule.modality in BIDS_SUFFIXES[suffix][0] or suffix == "sbref"
        assert rule.modality.family is Family.VOLUME
        assert 0 < rule.weight <= 1


def test_words_within_words_are_not_taken_for_them() -> None:
    for name in ("carpet", "forest", "restaurant", "prodtime", "m01", "M012_x"):
        assert not any(rule.pattern.search(name) for rule in NAME_RULES), name
