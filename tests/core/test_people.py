"""Consent is given only where somebody gave it, and ends with withdrawal."""

from __future__ import annotations

from datetime import date

import pytest

from fascicle.core import Consent, Participant, Tier

GENERAL = ("DUO:0000042",)


def test_who_was_not_asked_allows_nothing() -> None:
    consent = Consent()

    assert not consent.is_given
    assert not consent.ai_training
    assert not consent.commercial
    assert consent.no_reidentification


@pytest.mark.parametrize("withdrawn", [date(1999, 1, 1), date(2999, 1, 1)])
def test_withdrawal_ends_consent_whatever_its_day(withdrawn: date) -> None:
    assert Consent(GENERAL).is_given
    assert not Consent(GENERAL, withdrawn=withdrawn).is_given


def test_a_participant_of_unknown_species_is_human() -> None:
    assert Participant("01").species == "homo sapiens"


def test_the_tiers_are_the_three_that_a_user_may_name() -> None:
    assert [tier.value for tier in Tier] == ["open", "registered", "controlled"]
