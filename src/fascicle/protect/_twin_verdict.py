"""What attacks on a twin mean for whether it may leave, in words for a data steward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from fascicle.core import say_count
from fascicle.maths import LinkageAttack, MembershipAttack

AUC_MARGIN = 0.1
"""How far from one half the AUC of an attack may be, by its 95 % interval, for a twin to leave."""

RATE_MARGIN = 2 * AUC_MARGIN
"""The same for the difference of two rates: an attack with it has just that AUC."""

_ERROR = 0.05
_MANY = 2.0


class Verdict(IntEnum):
    """Whether a twin, or its generator, may leave; the gravest is the largest."""

    SHAREABLE = 1
    OPEN = 2
    REFUSED = 3

    def __str__(self) -> str:
        return {1: "shareable", 2: "not established", 3: "do not share"}[self.value]


@dataclass(frozen=True, slots=True)
class TwinReason:
    """What one attack says.

    Attributes
    ----------
    verdict : Verdict
        What it alone would decide.
    words : str
        What it found, for a data steward.
    """

    verdict: Verdict
    words: str


def judge_membership(attack: MembershipAttack, n_attacks: int) -> TwinReason:
    """Say what it means how well people who were trained on are told.

    A leak is real if its interval, made wider for as many attacks, leaves out one half; it is small
    if its plain interval stays within `AUC_MARGIN`. A twin does not leave if a leak is real and not
    small, or if, for certain, twice as many people are named as by chance while few others are.

    Parameters
    ----------
    attack : MembershipAttack
        What was found. An AUC below one half tells as much as one above, and is shown as that.
    n_attacks : int
        How many attacks are judged together.

    Returns
    -------
    TwinReason
        With the figures in its words.
    """
    wide = attack.interval(1 - _ERROR / n_attacks)
    low, high = attack.interval()
    is_small = max(high - 0.5, 0.5 - low) <= AUC_MARGIN
    named = min(attack.tails, key=lambda tail: tail.p)
    is_certain = named.p * len(attack.tails) < _ERROR / n_attacks
    many_named = is_certain and named.rate > _MANY * named.chance
    is_real = not wide[0] <= 0.5 <= wide[1]
    shown = (attack.auc, low, high)
    if attack.auc < 0.5:  # an attacker reads the score the other way round
        shown = (1 - attack.auc, 1 - high, 1 - low)
    words = "Membership {}: AUC {:.2f} ({:.2f} to {:.2f})".format(attack.name, *shown)
    if many_named:
        words += (
            f"; {named.n_hits} of {named.n_members} people are named while "
            f"{say_count(named.n_alarms, 'other')} of {named.n_others} would be"
        )
    return TwinReason(_decide((is_real and not is_small) or many_named, is_small), words + ".")


def judge_linkage(attack: LinkageAttack, n_attacks: int) -> TwinReason:
    """Say what it means how often an attack on the twin's rows succeeds.

    Parameters
    ----------
    attack : LinkageAttack
        What was found.
    n_attacks : int
        How many attacks are judged together.

    Returns
    -------
    TwinReason
        With the figures in its words.
    """
    is_real = attack.p < _ERROR / n_attacks
    is_small = attack.interval()[1] <= RATE_MARGIN
    words = (
        f"{attack.name.capitalize()}: {attack.n_hits} of {attack.n_members} people trained on, "
        f"{attack.n_control_hits} of {attack.n_controls} held out."
    )
    return TwinReason(_decide(is_real and attack.risk > RATE_MARGIN, is_small), words)


def judge_copies(attack: LinkageAttack, *, are_rows_fine: bool, n_attacks: int) -> TwinReason:
    """Say what copied rows mean: of a fine table one is enough.

    Parameters
    ----------
    attack : LinkageAttack
        Whose row stands in the twin.
    are_rows_fine : bool
        Whether a row cannot come about twice by chance.
    n_attacks : int
        How many attacks are judged together.

    Returns
    -------
    TwinReason
        With the figures in its words.
    """
    if are_rows_fine and attack.n_hits:
        copied = say_count(attack.n_hits, "person", "people")
        return TwinReason(Verdict.REFUSED, f"Copies: the rows of {copied} stand in the twin.")
    if not attack.n_hits:
        return TwinReason(Verdict.SHAREABLE, "Copies: nobody's row stands in the twin.")
    return judge_linkage(attack, n_attacks)


def _decide(is_leak: bool, is_small: bool) -> Verdict:
    if is_leak:
        return Verdict.REFUSED
    return Verdict.SHAREABLE if is_small else Verdict.OPEN


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest of several; nothing that was looked at is not established."""
    return max(verdicts, default=Verdict.OPEN)


def describe_verdict(
    verdict: Verdict, reasons: Sequence[TwinReason], n_people: int, n_needed: int
) -> str:
    """Say in one or two sentences what is decided and why.

    Parameters
    ----------
    verdict : Verdict
        What is decided.
    reasons : sequence of TwinReason
        What each attack says.
    n_people, n_needed : int
        People there are, and people at whom an attack at chance would be seen to be.

    Returns
    -------
    str
        Plain words.
    """
    grave = [reason.words for reason in reasons if reason.verdict is Verdict.REFUSED]
    if verdict is Verdict.REFUSED:
        return "Do not share: the twin tells of the people whom it was made from. " + " ".join(
            grave
        )
    if verdict is Verdict.SHAREABLE:
        return (
            f"Shareable: {say_count(len(reasons), 'attack')} told no more of people who were "
            "trained on than of people who were not, within "
            f"{AUC_MARGIN:.2f} of an AUC of 0.50."
        )
    n_open = sum(reason.verdict is Verdict.OPEN for reason in reasons)
    few = (
        f"about {say_count(n_needed, 'person', 'people')} are needed, there are {n_people:,}"
        if n_people < n_needed
        else f"more than {n_people:,} people are needed for these figures"
    )
    return (
        f"Not established: {n_open} of {say_count(len(reasons), 'attack')} found no certain leak, "
        f"but could not rule one out; {few}."
    )
