"""At most five questions, in plain words, each with a default, a reason and a flag."""

from __future__ import annotations

from collections.abc import Sequence

from fascicle.core import PUBLISH_CONFIDENCE, Family, Header, Question

from ._words import SPECIES, fold

HUMAN = "homo sapiens"
APART = "apart"
"""The answer that participants of different kinds of recordings are not joined."""


def make_questions(
    headers: Sequence[Header],
    *,
    identity_confidence: float,
    doubts: Sequence[str],
    words: Sequence[str],
    n_without_task: int,
    line_hz: float | None = None,
) -> tuple[Question, ...]:
    """Ask what paths, headers and tables leave open.

    Parameters
    ----------
    headers : sequence of Header
        Of all recordings.
    identity_confidence : float
        How sure it is that no two people were taken for one.
    doubts : sequence of str
        What speaks against it.
    words : sequence of str
        Folded words of paths and tables, in which a species may be named.
    n_without_task : int
        Recordings whose task nobody could tell.
    line_hz : float or None
        Power-line frequency in hertz, if it is known from elsewhere.

    Returns
    -------
    tuple of Question
        Consent first; for animals it is not asked.

    Examples
    --------
    >>> asked = make_questions([], identity_confidence=1.0, doubts=(), words=["mouse"],
    ...                        n_without_task=0)
    >>> [(q.id, q.settled) for q in asked]
    [('species', 'mus musculus'), ('line_hz', 'measured')]
    """
    species = find_species(words)
    questions = [_ask_consent()] if species == HUMAN else []
    if identity_confidence < PUBLISH_CONFIDENCE or doubts:
        questions.append(_ask_participants(identity_confidence, doubts))
    if species != HUMAN:
        questions.append(_ask_species(species))
    if line_hz is None and find_line_hz(headers) is None and _may_hum(headers):
        questions.append(_ask_line())
    if n_without_task:
        questions.append(_ask_task(n_without_task))
    return tuple(questions)


def find_species(words: Sequence[str]) -> str:
    """Return the species that words of paths and tables name; human if none or several do.

    Unknown counts as human, because then the stricter rules hold.
    """
    folded = {fold(w) for w in words}
    named = [species for species, names in SPECIES.items() if folded & set(names)]
    return named[0] if len(named) == 1 else HUMAN


def find_line_hz(headers: Sequence[Header]) -> float | None:
    """Return the power-line frequency if headers that state one agree."""
    stated = {h.line_hz for h in headers if h.line_hz}
    return stated.pop() if len(stated) == 1 else None


def _may_hum(headers: Sequence[Header]) -> bool:
    """Tell whether the mains can be heard in any recording: not in images, nor in cells."""
    electric = {Family.SIGNAL, Family.NEURODATA}
    return not headers or any(header.modality.family in electric for header in headers)


def _ask_consent() -> Question:
    return Question(
        id="consent",
        ask="What did the participants agree to? Give codes that hold for all (GRU for research "
        "of every kind, HMB for health research, ...), or the path of a table.",
        why="Data of people may be shared only as they allowed. 'I do not know' is a good answer: "
        "everything is prepared and checked, and nothing is published.",
        default="unknown",
        flag="--consent",
    )


def _ask_participants(confidence: float, doubts: Sequence[str]) -> Question:
    reasons = " ".join(doubts)
    held = (
        f"From names and headers it is only {confidence:.0%} sure that no two people were taken "
        f"for one ({PUBLISH_CONFIDENCE:.0%} is needed), so nothing is published until you say so. "
        "Look at the column of participants."
        if confidence < PUBLISH_CONFIDENCE
        else "Nobody seems to be merged with another; one person may count as two."
    )
    return Question(
        id="participants",
        ask="Is every participant in the plan exactly one person?",
        why=f"{reasons} {held}".strip(),
        default="unsure",
        flag="--participants",
        choices=("unsure", "confirmed"),
    )


def ask_link(kinds: Sequence[str]) -> Question:
    """Ask who is who across kinds of recordings.

    Parameters
    ----------
    kinds : sequence of str
        Words for kinds of recordings whose participants may be the same people, two or more.

    Returns
    -------
    Question
        By default they are kept apart.
    """
    named = ", ".join(kinds[:-1]) + f" and {kinds[-1]}"
    return Question(
        id="link",
        ask=f"Which participants of {named} are the same people? Give the path of a table with a "
        "column of identifiers for each.",
        why="Their names follow different schemes, or are running numbers that are equal by "
        "chance; nothing in the folder tells who is who, and nobody is merged by guess. "
        f"'{APART}' keeps them apart: one person may then count as two.",
        default=APART,
        flag="--link",
    )


def _ask_species(species: str) -> Question:
    return Question(
        id="species",
        ask="Which species was recorded?",
        why="Names in the folder speak of an animal; rules for people are stricter than those "
        "for animals.",
        default=species,
        flag="--species",
    )


def _ask_line() -> Question:
    return Question(
        id="line_hz",
        ask="What is the mains frequency where the recordings were made, 50 or 60 Hz?",
        why="No header states it. It is 50 in Europe and most of Asia, Africa and Australia, 60 in "
        "North America and parts of Japan; a wrong value hides line noise from the "
        "checks. 'measured' takes what each spectrum shows.",
        default="measured",
        flag="--line-hz",
        choices=("measured", "50", "60"),
    )


def _ask_task(n_without: int) -> Question:
    return Question(
        id="task",
        ask="What did participants do in the recordings whose task could not be told "
        f"({n_without})?",
        why="BIDS names these by their task. 'rest' is never assumed without a sign of it.",
        default="unnamed",
        flag="--task",
    )
