"""What a dataset's participants allow together, and whether a request fits it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fascicle.core import Consent, Request, Tier

from ._duo import (
    ANCESTRY_PURPOSES,
    CC,
    DS,
    GENETIC_PURPOSE,
    GRU,
    GSO,
    HEALTH_PURPOSES,
    HMB,
    METHODS_PURPOSE,
    NMDS,
    NOT_COMMERCIAL,
    NPOA,
    NRES,
    POA,
    explain_code,
    find_kind,
    parse_code,
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """The strictest reading of all consents together.

    Attributes
    ----------
    permissions : tuple of tuple of str
        What different participants allow: each entry is the choice that some of them give, and a
        purpose must fit every entry. An empty entry means that somebody allows nothing. No entry
        at all means that nobody had to be asked: the participants are animals.
    modifiers : tuple of str
        Codes that anybody attached.
    ai_training, commercial : bool
        True only if everybody allows it.
    no_reidentification : bool
        True if anybody asks for the promise.
    """

    permissions: tuple[tuple[str, ...], ...] = ()
    modifiers: tuple[str, ...] = ()
    ai_training: bool = True
    commercial: bool = True
    no_reidentification: bool = False

    def explain(self) -> tuple[str, ...]:
        """Say in plain words what holds.

        Examples
        --------
        >>> for line in combine([Consent(("DUO:0000006", "DUO:0000046"))]).explain(): print(line)
        Allowed: health, medical or biomedical research (HMB).
        Condition: non-commercial use only (NCU).
        Not allowed: commercial use.
        Not allowed: training of models that are passed on (AI training).
        You promise not to seek out who a participant is.
        """
        if () in self.permissions:
            return ("Nothing is allowed: the consent of at least one participant is missing.",)
        lines = [
            f"Allowed: {' or '.join(explain_code(code) for code in choice)}."
            for choice in self.permissions
        ] or ["Allowed: any use that law and the licence allow; the participants are animals."]
        if len(self.permissions) > 1:
            lines.append("A use must fit each of these lines: participants allow different things.")
        lines += [f"Condition: {explain_code(code)}." for code in self.modifiers]
        if not self.commercial:
            lines.append("Not allowed: commercial use.")
        if not self.ai_training:
            lines.append("Not allowed: training of models that are passed on (AI training).")
        if self.no_reidentification:
            lines.append("You promise not to seek out who a participant is.")
        return tuple(lines)


@dataclass(frozen=True, slots=True)
class Decision:
    """The gate's answer.

    Attributes
    ----------
    allowed : bool
        Whether the request fits.
    clause : str
        What the answer rests on: a DUO code, ``"consent"``, ``"tier"``, ``"purpose"``,
        ``"commercial"`` or ``"ai-training"``.
    reason : str
        One sentence for people.
    obligations : tuple of str
        Duties that come with a yes.
    """

    allowed: bool
    clause: str
    reason: str
    obligations: tuple[str, ...] = ()


def combine(consents: Iterable[Consent]) -> Conditions:
    """Return what all participants allow together: the strictest of each.

    Parameters
    ----------
    consents : iterable of Consent
        Of every human participant; none for animals.

    Returns
    -------
    Conditions
        A use that fits them fits each of the consents.

    Examples
    --------
    >>> one, two = Consent(("DUO:0000042",), ai_training=True), Consent(("DUO:0000006",))
    >>> combine([one, two]).permissions, combine([one, two]).ai_training
    ((('DUO:0000006',), ('DUO:0000042',)), False)
    """
    given = list(consents)
    if not given:
        return Conditions()
    choices: set[tuple[str, ...]] = set()
    modifiers: set[str] = set()
    for consent in given:
        permissions = {code for code in consent.duo if find_kind(code) == "permission"}
        choices.add(tuple(sorted(permissions)) if consent.is_given else ())
        modifiers.update(set(consent.duo) - permissions)
    return Conditions(
        permissions=tuple(sorted(choices)),
        modifiers=tuple(sorted(modifiers)),
        ai_training=all(consent.ai_training for consent in given),
        commercial=all(consent.commercial for consent in given) and not NOT_COMMERCIAL & modifiers,
        no_reidentification=any(consent.no_reidentification for consent in given),
    )


def decide(conditions: Conditions, tier: Tier, request: Request) -> Decision:
    """Answer a request.

    Parameters
    ----------
    conditions : Conditions
        Of all participants together.
    tier : Tier
        ``open``: anybody, within what the participants allow; ``registered``: who says who they
        are; ``controlled``: who also says what for.
    request : Request
        Who asks, and what for.

    Returns
    -------
    Decision
        With the clause and the reason, whether yes or no.

    Examples
    --------
    >>> conditions = combine([Consent(("DUO:0000007 MONDO:0005027",))])
    >>> asked = Request("ada", purpose="DS MONDO:0005027")
    >>> decide(conditions, Tier.CONTROLLED, asked).allowed
    True
    >>> decide(conditions, Tier.CONTROLLED, Request("ada", purpose="GRU")).reason
    'The participants allow research on the disease MONDO:0005027 (DS); you ask for research of
     every kind (GRU).'
    """
    words = request.purpose.split()
    purpose = parse_code(words[0], " ".join(words[1:])) if words else ""
    refusal = (
        _refuse_by_tier(conditions, tier, request)
        or _refuse_by_purpose(conditions, purpose)
        or _refuse_by_modifier(conditions, purpose or "")
        or _refuse_by_kind_of_use(conditions, request)
    )
    if refusal is not None:
        return refusal
    obligations = [explain_code(c) for c in conditions.modifiers if find_kind(c) == "obligation"]
    if conditions.no_reidentification:
        obligations.append("do not seek out who a participant is")
    return Decision(
        True,
        purpose or "tier",
        f"The use fits what the participants allow and the {tier.value} tier."
        if conditions.permissions
        else f"The participants are animals, and the {tier.value} tier is met.",
        tuple(obligations),
    )


def _refuse_by_tier(conditions: Conditions, tier: Tier, request: Request) -> Decision | None:
    """Refuse who does not say enough."""
    if () in conditions.permissions:
        return Decision(
            False, "consent", "The consent of at least one participant is missing or withdrawn."
        )
    if tier is not Tier.OPEN and not request.agent.strip():
        return Decision(
            False, "tier", f"Data of the {tier.value} tier go only to those who say who they are."
        )
    if tier is Tier.CONTROLLED and not request.purpose.strip():
        return Decision(
            False, "tier", "Data of the controlled tier go only to those who state a purpose."
        )
    return None


def _refuse_by_purpose(conditions: Conditions, purpose: str | None) -> Decision | None:
    """Refuse a purpose that somebody does not allow."""
    if purpose is None or (purpose and find_kind(purpose) not in {"permission", "purpose"}):
        return Decision(
            False,
            "purpose",
            "The purpose is no code of the Data Use Ontology (as GRU, HMB, or DS with a disease).",
        )
    for choice in conditions.permissions:
        if any(_allows(permission, purpose) for permission in choice):
            continue
        permitted = " or ".join(explain_code(code) for code in choice)
        asked = f"you ask for {explain_code(purpose)}" if purpose else "you state no purpose"
        return Decision(False, choice[0], f"The participants allow {permitted}; {asked}.")
    return None


def _refuse_by_modifier(conditions: Conditions, purpose: str) -> Decision | None:
    """Refuse what a modifier rules out, and what only the owner can judge."""
    for code in conditions.modifiers:
        broken = (
            (code == NPOA and purpose in ANCESTRY_PURPOSES)
            or (code == NMDS and purpose == METHODS_PURPOSE)
            or (code == GSO and purpose != GENETIC_PURPOSE)
        )
        if broken:
            return Decision(False, code, f"The condition is: {explain_code(code)}.")
        if find_kind(code) == "approval":
            return Decision(
                False,
                code,
                f"The condition is: {explain_code(code)}; no such approval is on record.",
            )
    return None


def _refuse_by_kind_of_use(conditions: Conditions, request: Request) -> Decision | None:
    """Refuse commercial use and AI training unless everybody allows it."""
    if request.commercial and not conditions.commercial:
        return Decision(False, "commercial", "The participants do not allow commercial use.")
    if request.ai_training and not conditions.ai_training:
        return Decision(
            False, "ai-training", "The participants do not allow models to be trained on the data."
        )
    return None


def _allows(permission: str, purpose: str) -> bool:
    """Tell whether a permission covers a purpose; where the ontology is silent, it does not."""
    wanted = purpose.partition(" ")[0]
    if permission == NRES:
        return True
    if permission == GRU:
        return wanted not in {NRES, CC}
    if permission == HMB:
        return wanted in HEALTH_PURPOSES or wanted == METHODS_PURPOSE
    if permission.startswith(DS):
        return purpose == permission
    if permission == POA:
        return wanted in ANCESTRY_PURPOSES
    return permission == CC == wanted
