"""Participants and what they allow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Participant:
    """A person or animal as a release knows it; the unit of consent, budget and withdrawal.

    Attributes
    ----------
    label : str
        BIDS label without ``sub-``.
    species : str
        Binomial name, as ``"homo sapiens"``.
    age : str
        Age in years as released: ``"34"``, ``"89"`` for 89 and over, or ``"n/a"``.
    sex, hand : str
        As in BIDS: ``"F"``, ``"M"``, ``"O"``; ``"L"``, ``"R"``, ``"A"``; ``"n/a"`` if unknown.
    group : str
        Group label as released; ``"n/a"`` if there is none.
    extra : dict of str to str
        Further columns that the plan releases.
    """

    label: str
    species: str = "homo sapiens"
    age: str = "n/a"
    sex: str = "n/a"
    hand: str = "n/a"
    group: str = "n/a"
    extra: dict[str, str] = field(default_factory=dict)


class Tier(StrEnum):
    """Who may have a dataset."""

    OPEN = "open"
    REGISTERED = "registered"
    CONTROLLED = "controlled"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a participant allows.

    Attributes
    ----------
    duo : tuple of str
        Codes of the Data Use Ontology, as ``"DUO:0000042"`` (general research use). Empty means
        that nobody was asked or nobody knows: nothing may be published.
    ai_training, commercial : bool
        Whether models may be trained on the data, and whether commercial use is allowed.
    no_reidentification : bool
        Whether users must promise not to seek out who a participant is.
    since : date or None
        Day from which it holds.
    form, attested_by : str
        Version of the consent form, and who attests that it was signed.
    withdrawn : date or None
        Day of withdrawal.

    Examples
    --------
    >>> Consent().is_given, Consent(duo=("DUO:0000042",)).is_given
    (False, True)
    """

    duo: tuple[str, ...] = ()
    ai_training: bool = False
    commercial: bool = False
    no_reidentification: bool = True
    since: date | None = None
    form: str = ""
    attested_by: str = ""
    withdrawn: date | None = None

    @property
    def is_given(self) -> bool:
        """True if some use is allowed and the participant has not withdrawn."""
        return bool(self.duo) and self.withdrawn is None
