"""All consents together are as strict as each of them; every answer has a clause and a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.core import Consent, Request, Tier
from fascicle.govern import DUO, Conditions, combine, decide, parse_codes

EPILEPSY, STROKE = "DS MONDO:0005027", "DS MONDO:0005098"
CONTROLLED, REGISTERED, OPEN = Tier.CONTROLLED, Tier.REGISTERED, Tier.OPEN


def ask(*codes: str, tier: Tier = CONTROLLED, **request: object):
    conditions = combine([parse_codes(code) for code in codes])
    return decide(conditions, tier, Request(**({"agent": "ada"} | request)))


@pytest.mark.parametrize(
    ("permission", "purpose", "allowed"),
    [
        ("NRES", "CC", True),
        ("NRES", "NRES", True),
        ("GRU", "GRU", True),
        ("GRU", "HMB", True),
        ("GRU", EPILEPSY, True),
        ("GRU", "POA", True),
        ("GRU NPOA", "POA", False),
        ("GRU NPOA", "DUO:0000033", False),
        ("GRU", "CC", False),
        ("GRU", "NRES", False),
        ("HMB", "HMB", True),
        ("HMB", "GRU", False),
        ("HMB", EPILEPSY, True),
        ("HMB", "POA", False),
        ("HMB", "DUO:0000031", True),
        ("HMB NMDS", "DUO:0000031", False),
        ("HMB NMDS", "HMB", True),
        (EPILEPSY, EPILEPSY, True),
        (EPILEPSY, STROKE, False),
        (EPILEPSY, "HMB", False),
        (EPILEPSY, "DUO:0000031", False),
        (f"{EPILEPSY} {STROKE}", STROKE, True),
        ("POA", "POA", True),
        ("POA", "HMB", False),
        ("HMB CC", "CC", True),
        ("GRU GSO", "DUO:0000038", True),
        ("GRU GSO", "HMB", False),
        ("GRU US", "GRU", False),
        ("GRU IRB", "GRU", True),
    ],
)
def test_a_purpose_fits_or_does_not(permission: str, purpose: str, allowed: bool) -> None:
    decision = ask(permission, purpose=purpose)

    assert decision.allowed is allowed
    assert decision.clause
    assert decision.reason.endswith(".")


@pytest.mark.parametrize(
    ("tier", "request_", "clause"),
    [
        (OPEN, {"agent": ""}, ""),
        (REGISTERED, {"agent": " "}, "tier"),
        (REGISTERED, {"agent": "ada"}, ""),
        (CONTROLLED, {"agent": "", "purpose": "GRU"}, "tier"),
        (CONTROLLED, {"agent": "ada"}, "tier"),
        (CONTROLLED, {"agent": "ada", "purpose": "GRU"}, ""),
        (CONTROLLED, {"agent": "ada", "purpose": "because I want to"}, "purpose"),
        (CONTROLLED, {"agent": "ada", "purpose": "PUB"}, "purpose"),  # a duty is no purpose
        (CONTROLLED, {"agent": "ada", "purpose": "NCU"}, "purpose"),
        (OPEN, {"agent": "", "commercial": True}, "commercial"),
        (OPEN, {"agent": "", "ai_training": True}, "ai-training"),
    ],
)
def test_each_tier_asks_for_what_it_needs(tier: Tier, request_: dict, clause: str) -> None:
    decision = ask("GRU", tier=tier, **request_)

    assert decision.allowed is (clause == "")
    assert not clause or decision.clause == clause


def test_without_a_purpose_only_research_of_every_kind_is_open() -> None:
    assert ask("GRU", tier=OPEN).allowed
    assert not ask("HMB", tier=OPEN).allowed
    assert not ask(EPILEPSY, tier=OPEN).allowed


def test_what_one_of_many_refuses_is_refused() -> None:
    assert ask("GRU", "HMB", purpose="HMB").allowed
    assert not ask("GRU", "HMB", purpose="GRU").allowed
    assert not ask(EPILEPSY, STROKE, purpose=EPILEPSY).allowed
    assert not ask("GRU commercial", "GRU", purpose="GRU", commercial=True).allowed
    assert ask("GRU commercial", "NRES commercial", purpose="GRU", commercial=True).allowed
    assert not ask("GRU commercial", "GRU NCU", purpose="GRU", commercial=True).allowed
    assert not ask("GRU ai-training", "GRU", purpose="GRU", ai_training=True).allowed


@pytest.mark.parametrize("duo", [(), ("DUO:0000021", "DUO:0000019")])
def test_one_missing_consent_closes_the_whole(duo: tuple[str, ...]) -> None:
    conditions = combine([parse_codes("NRES"), Consent(duo, ai_training=True)])

    decision = decide(conditions, OPEN, Request("ada", purpose="GRU"))

    assert (decision.allowed, decision.clause) == (False, "consent")


def test_a_withdrawn_consent_is_none() -> None:
    withdrawn = replace(parse_codes("NRES"), withdrawn=date(2025, 1, 2))

    decision = decide(combine([withdrawn]), OPEN, Request("ada"))

    assert decision.clause == "consent"


def test_a_yes_carries_its_duties() -> None:
    decision = ask("GRU PUB IRB", purpose="GRU")

    assert len(decision.obligations) == 3
    assert "publish what you find (PUB)" in decision.obligations
    assert "do not seek out who a participant is" in decision.obligations


def test_animals_allow_everything_that_the_tier_does() -> None:
    asked = Request("ada", purpose="GRU", commercial=True, ai_training=True)

    assert combine([]) == Conditions()
    assert decide(combine([]), CONTROLLED, asked).allowed
    assert not decide(combine([]), CONTROLLED, replace(asked, purpose="")).allowed


CODES = st.sampled_from([code for code, term in DUO.items() if term.kind != "purpose"])
CONSENTS = st.builds(
    Consent,
    duo=st.lists(CODES | st.just("DUO:0000007 MONDO:0005027"), max_size=3).map(tuple),
    ai_training=st.booleans(),
    commercial=st.booleans(),
)
REQUESTS = st.builds(
    Request,
    agent=st.sampled_from(["", "ada"]),
    purpose=st.sampled_from(["", "GRU", "HMB", EPILEPSY, "POA", "CC", "DUO:0000031"]),
    commercial=st.booleans(),
    ai_training=st.booleans(),
)


@given(st.lists(CONSENTS, min_size=1, max_size=5), REQUESTS, st.sampled_from(Tier))
def test_all_together_allow_just_what_each_of_them_allows(consents, request_, tier) -> None:
    together = decide(combine(consents), tier, request_).allowed
    each = all(decide(combine([one]), tier, request_).allowed for one in consents)

    assert together is each


@given(st.lists(CONSENTS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_participants_does_not_matter(consents, random) -> None:
    shuffled = random.sample(consents, len(consents))

    assert combine(consents) == combine(shuffled)


@given(st.lists(CONSENTS, max_size=4))
def test_conditions_can_always_be_said_in_words(consents) -> None:
    lines = combine(consents).explain()

    assert lines
    assert all(line.endswith(".") for line in lines)
