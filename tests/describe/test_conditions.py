import pytest

from fascicle.core import Consent, Tier
from fascicle.describe import describe_conditions, duo_codes, needs_consent

GRU = Consent(("DUO:0000042",), ai_training=True, commercial=True)


@pytest.mark.parametrize("tier", list(Tier))
def test_the_tier_comes_first_when_all_have_agreed(tier):
    words = describe_conditions({"01": GRU}, tier)

    assert "have this dataset" in words[0] or "wants this dataset" in words[0]
    assert any("research of every kind" in line for line in words)


def test_one_missing_consent_holds_the_whole_dataset():
    words = describe_conditions({"01": GRU, "02": GRU, "03": Consent()}, Tier.OPEN)

    assert words == ("It may not be published: consent is missing for 1 of 3 participants.",)


def test_the_strictest_participant_decides():
    words = " ".join(describe_conditions({"01": GRU, "02": Consent(("DUO:0000042",))}, Tier.OPEN))

    assert "Not allowed: commercial use." in words
    assert "AI training" in words


def test_nobody_asked_is_never_read_as_free():
    assert "may not be published" in describe_conditions({}, Tier.OPEN)[0]
    assert "may not be published" in describe_conditions({}, Tier.OPEN, species=["n/a"])[0]


def test_animals_need_none():
    words = describe_conditions({}, Tier.OPEN, species=["Mus musculus", "Rattus norvegicus"])

    assert not any("may not" in line for line in words)
    assert not needs_consent(["Mus musculus"])


def test_codes_of_those_who_withdrew_do_not_count():
    from datetime import date

    gone = Consent(("DUO:0000006",), withdrawn=date(2026, 1, 1))

    assert duo_codes({"01": GRU, "02": gone}) == ("DUO:0000042",)
