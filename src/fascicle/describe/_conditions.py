"""Where a dataset may go under what its participants allow, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fascicle.core import Consent, Tier
from fascicle.govern import combine, is_animal

_TIERS = {
    Tier.OPEN: "Anyone may have this dataset without asking.",
    Tier.REGISTERED: "Anyone who registers and accepts the conditions may have this dataset.",
    Tier.CONTROLLED: "Whoever wants this dataset has to ask, and the lab decides.",
}


def needs_consent(species: Iterable[str]) -> bool:
    """Tell whether somebody in a dataset has to be asked: unknown species count as human.

    Examples
    --------
    >>> needs_consent(["Mus musculus"]), needs_consent(["Mus musculus", "n/a"]), needs_consent([])
    (False, True, True)
    """
    named = list(species)
    return not named or not all(is_animal(word) for word in named)


def duo_codes(consents: Mapping[str, Consent]) -> tuple[str, ...]:
    """Return every code of the Data Use Ontology that any participant's consent names, in order.

    Examples
    --------
    >>> duo_codes({"01": Consent(duo=("DUO:0000042",)), "02": Consent()})
    ('DUO:0000042',)
    """
    given = [consent for consent in consents.values() if consent.is_given]
    return tuple(sorted({code for consent in given for code in consent.duo}))


def describe_conditions(
    consents: Mapping[str, Consent], tier: Tier, *, species: Iterable[str] = ()
) -> tuple[str, ...]:
    """Say in plain sentences where a dataset may go.

    Parameters
    ----------
    consents : mapping of str to Consent
        By participant label, for every human participant.
    tier : Tier
        Who may have it.
    species : iterable of str
        Species in it. Where all are animals, no consent is asked for; empty counts as human.

    Returns
    -------
    tuple of str
        Sentences, the most important first.

    Notes
    -----
    These are words for people. What is decided on a request, the gate decides.

    Examples
    --------
    >>> describe_conditions({"01": Consent(), "02": Consent(("DUO:0000042",))}, Tier.OPEN)
    ('It may not be published: consent is missing for 1 of 2 participants.',)
    >>> describe_conditions({}, Tier.OPEN, species=["Mus musculus"])[0]
    'Anyone may have this dataset without asking.'
    """
    if consents:
        missing = sum(not consent.is_given for consent in consents.values())
        if missing:
            share = f"{missing} of {len(consents)} participants"
            return (f"It may not be published: consent is missing for {share}.",)
    elif needs_consent(species):
        return ("It may not be published: nobody has said what the participants allow.",)
    return (_TIERS[tier], *combine(consents.values()).explain())
