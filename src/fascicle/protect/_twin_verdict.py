"""What attacks on a twin mean for whether it may leave, in words for a data steward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import ceil

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


_OPEN = Verdict.OPEN


@dataclass(frozen=True, slots=True)
class TwinReason:
    """What one attack says.

    Attributes
    ----------
    verdict : Verdict
        What it alone would decide.
    words : str
        What it found, for a data steward.
    n_needed : int
        Where nothing is established: people at whom this figure, if it stays, would be seen to be
        small; 0 if it is not small.
    """

    verdict: Verdict
    words: str
    n_needed: int = 0


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
    verdict = _decide((is_real and not is_small) or many_named, is_small)
    room = AUC_MARGIN - abs(attack.auc - 0.5)
    width = max(high - attack.auc, attack.auc - low)
    return TwinReason(
        verdict,
        words + ".",
        _scale_up(attack.n_members + attack.n_others, width, room) if verdict is _OPEN else 0,
    )


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
    high = attack.interval()[1]
    is_small = high <= RATE_MARGIN
    name = attack.name[0].upper() + attack.name[1:]
    words = (
        f"{name}: {attack.n_hits} of {attack.n_members} people trained on, "
        f"{attack.n_control_hits} of {attack.n_controls} held out."
    )
    verdict = _decide(is_real and attack.risk > RATE_MARGIN, is_small)
    width, room = high - attack.advantage, RATE_MARGIN - attack.advantage
    n_people = attack.n_members + attack.n_controls
    return TwinReason(verdict, words, _scale_up(n_people, width, room) if verdict is _OPEN else 0)


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


def _scale_up(n_people: int, width: float, room: float) -> int:
    """Return how many people make an interval so narrow that it fits; 0 if none do."""
    return ceil(n_people * (width / room) ** 2) if room > 0 else 0


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
        People there are, and people who are needed; 0 if nobody can say.

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
        if n_needed
        else "some figures are themselves too high, which more people may show to be chance"
    )
    return (
        f"Not established: {n_open} of {say_count(len(reasons), 'attack')} found no certain leak, "
        f"but could not rule one out; {few}."
    )


def count_needed(reasons: Sequence[TwinReason], n_people: int, n_least: int) -> int:
    """Return how many people are needed for a verdict.

    Parameters
    ----------
    reasons : sequence of TwinReason
        What each attack says.
    n_people : int
        People there are.
    n_least : int
        People at whom an attack at chance would be seen to be: with fewer, the figures themselves
        are chance, and nothing follows from them.

    Returns
    -------
    int
        0 if some figure is too high for any number of people.
    """
    still_open = [reason.n_needed for reason in reasons if reason.verdict is Verdict.OPEN]
    if n_people < n_least or not still_open:
        return n_least
    return 0 if 0 in still_open else max(still_open)
