"""Where a dataset may go under what its participants allow, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from fascicle.core import Consent, Tier

_TIERS = {
    Tier.OPEN: "Anyone may have this dataset, without asking.",
    Tier.REGISTERED: "Anyone who registers and accepts the conditions may have this dataset.",
    Tier.CONTROLLED: "Whoever wants this dataset has to ask, and the lab decides.",
}
_DUO = {
    "DUO:0000004": "It may be used for any purpose.",
    "DUO:0000042": "It may be used for research of any kind.",
    "DUO:0000006": "It may be used for health, medical or biomedical research, not for research "
    "on ancestry.",
    "DUO:0000007": "It may be used for research on the named disease only.",
    "DUO:0000011": "It may be used for research on ancestry only.",
    "DUO:0000012": "It may be used for certain kinds of study only.",
    "DUO:0000015": "It may not be used to develop methods alone.",
    "DUO:0000016": "It may be used for genetic studies only.",
    "DUO:0000018": "Only organisations that make no profit may use it, and not commercially.",
    "DUO:0000019": "Results must be published.",
    "DUO:0000020": "Users have to work together with the lab that recorded it.",
    "DUO:0000021": "Users have to show the approval of an ethics committee.",
    "DUO:0000022": "It may be used in certain countries only.",
    "DUO:0000024": "Results may not be published before a certain date.",
    "DUO:0000025": "It may be used for a limited time only.",
    "DUO:0000026": "Only approved people may use it.",
    "DUO:0000027": "It may be used for an approved project only.",
    "DUO:0000028": "Only approved institutions may use it.",
    "DUO:0000029": "Users have to give their results back to the lab.",
    "DUO:0000043": "It may be used for clinical care.",
    "DUO:0000044": "It may not be used for research on populations.",
    "DUO:0000045": "Only organisations that make no profit may use it.",
    "DUO:0000046": "It may not be used commercially.",
}


def duo_codes(consents: Mapping[str, Consent]) -> tuple[str, ...]:
    """Return every code of the Data Use Ontology that any participant's consent names, in order.

    Examples
    --------
    >>> duo_codes({"01": Consent(duo=("DUO:0000042",)), "02": Consent()})
    ('DUO:0000042',)
    """
    return tuple(sorted({code for consent in _given(consents) for code in consent.duo}))


def describe_conditions(consents: Mapping[str, Consent], tier: Tier) -> tuple[str, ...]:
    """Say in plain sentences where a dataset may go.

    Parameters
    ----------
    consents : mapping of str to Consent
        By participant label; empty for animals, which need none.
    tier : Tier
        Who may have it.

    Returns
    -------
    tuple of str
        Sentences, the most important first. Where participants differ, the sentence says for how
        many it holds.

    Notes
    -----
    These are words for people. What is decided on a request, the gate decides for each
    participant.

    Examples
    --------
    >>> describe_conditions({"01": Consent()}, Tier.OPEN)
    ('It may not be published: consent is missing for all 1 participants.',)
    """
    if not consents:
        return (_TIERS[tier],)
    missing = sum(not consent.is_given for consent in consents.values())
    if missing:
        return (f"It may not be published: consent is missing for {_share(missing, consents)}.",)
    uses = Counter(code for consent in consents.values() for code in sorted(set(consent.duo)))
    return (
        _TIERS[tier],
        *(
            _limit(_DUO.get(code, f"{code} applies."), n, consents)
            for code, n in sorted(uses.items())
        ),
        _switch("models may be trained on it", [c.ai_training for c in consents.values()]),
        _switch("it may be used commercially", [c.commercial for c in consents.values()]),
        *_promise(consents),
    )


def _given(consents: Mapping[str, Consent]) -> list[Consent]:
    return [consent for consent in consents.values() if consent.is_given]


def _share(n: int, consents: Mapping[str, Consent]) -> str:
    total = len(consents)
    return f"all {total} participants" if n == total else f"{n} of {total} participants"


def _limit(sentence: str, n: int, consents: Mapping[str, Consent]) -> str:
    if n == len(consents):
        return sentence
    return f"{sentence[:-1]} (so say {_share(n, consents)})."


def _switch(what: str, allowed: list[bool]) -> str:
    if all(allowed):
        return f"{what.capitalize()}."
    if not any(allowed):
        return f"{what.replace(' may ', ' may not ').capitalize()}."
    return (
        f"{what.capitalize()} for the {sum(allowed)} of {len(allowed)} participants who allow it."
    )


def _promise(consents: Mapping[str, Consent]) -> list[str]:
    if any(consent.no_reidentification for consent in consents.values()):
        return ["Users have to promise not to seek out who a participant is."]
    return []
