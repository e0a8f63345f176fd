"""Numbers and outcomes as a reader says them."""

from __future__ import annotations

from fascicle.core import Severity, say_count

from ._shapes import Proof
from ._story import Outcome, Story

KINDS = {
    "name": ("name", "names"),
    "id": ("identification number", "identification numbers"),
    "birthdate": ("date of birth", "dates of birth"),
    "date": ("date", "dates"),
    "operator": ("name of staff", "names of staff"),
    "institution": ("institution", "institutions"),
    "place": ("place", "places"),
    "serial": ("serial number", "serial numbers"),
    "path": ("file path", "file paths"),
    "contact": ("contact detail", "contact details"),
    "text": ("piece of free text", "pieces of free text"),
    "label": ("label of a channel or event", "labels of channels and events"),
}
"""Kinds of identifiers as a reader calls them, one and many."""

TOO_SHORT = "too short"
"""How the proof counts values that no search can tell from chance."""

SHARE_OF_CERTAINTY = ((0.95, "certain"), (0.8, "likely"), (0.5, "unsure"), (0.0, "a guess"))


def say_bytes(n_bytes: int) -> str:
    """Write a size in decimal units.

    Examples
    --------
    >>> say_bytes(999), say_bytes(1_250_000), say_bytes(12_500_000_000)
    ('999 B', '1.2 MB', '12 GB')
    """
    value, units = float(n_bytes), ["TB", "GB", "MB", "kB", "B"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop()
    unit = units[-1]
    return f"{value:.0f} {unit}" if unit == "B" or value >= 9.95 else f"{value:.1f} {unit}"


def say_duration(seconds: float) -> str:
    """Write a stretch of time in its two largest units.

    Examples
    --------
    >>> say_duration(7.25), say_duration(605), say_duration(11520)
    ('7.2 s', '10 min 5 s', '3 h 12 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def say_kind(kind: str, n: int = 2) -> str:
    """Name a kind of identifier, one or many.

    Examples
    --------
    >>> say_kind("serial", 1), say_kind("birthdate")
    ('serial number', 'dates of birth')
    """
    one, many = KINDS.get(kind, (kind, kind))
    return one if n == 1 else many


def say_briefly(reason: str) -> str:
    """Keep what stands before the remedy: ``"consent is missing: give it with ..."``.

    Examples
    --------
    >>> say_briefly("consent is missing: give it with `--consent`")
    'consent is missing'
    """
    return reason.partition(":")[0].strip()


def say_confidence(confidence: float) -> str:
    """Name a confidence.

    Examples
    --------
    >>> say_confidence(0.97), say_confidence(0.55)
    ('certain', 'unsure')
    """
    return next(word for floor, word in SHARE_OF_CERTAINTY if confidence >= floor)


def say_participants(story: Story) -> str:
    """Count people as people and animals as animals."""
    species = set(story.dataset.species)
    n = story.dataset.n_participants
    if species <= {"Homo sapiens", "homo sapiens"}:
        return say_count(n, "person", "people")
    if not species & {"Homo sapiens", "homo sapiens"}:
        return say_count(n, "animal")
    return say_count(n, "participant")


def count_hits(proof: Proof) -> int:
    """Return how many places the scan objects to."""
    return sum(finding.severity == Severity.ERROR for finding in proof.findings)


def searched_for(proof: Proof) -> dict[str, int]:
    """Return what was searched for by kind, without what was too short to be searched for."""
    return {kind: n for kind, n in sorted(proof.searched.items()) if n and kind != TOO_SHORT}


def summarise(story: Story) -> str:
    """Say in one sentence how the run ended."""
    what = f"{say_count(story.dataset.n_recordings, 'recording')} of {say_participants(story)}"
    return f"{what} {_became(story)}; {_say_proof(story)}; {_say_outcome(story)}."


def _became(story: Story) -> str:
    n_errors = story.n_bids_errors
    if n_errors is None:
        return "became a BIDS dataset, which the official validator has not checked"
    if n_errors:
        return f"became a BIDS dataset with {say_count(n_errors, 'error')} still to mend"
    return "became a valid BIDS dataset"


def _say_proof(story: Story) -> str:
    if story.proof is None:
        return "it was not searched for what identifies them"
    hits = count_hits(story.proof)
    if hits:
        return f"{say_count(hits, 'place')} in it may still identify someone"
    total = sum(searched_for(story.proof).values())
    if not total:
        return "nothing identifying was known to search for"
    return f"none of the {total:,} identifying values that were searched for was found in it"


def _say_outcome(story: Story) -> str:
    if story.outcome is Outcome.PUBLISHED:
        return "it is published in the commons"
    if story.outcome is Outcome.READY:
        return "nothing stood against publishing it when this page was written"
    why = say_briefly(story.why_held)
    because = f" because {why}" if why else ""
    if story.outcome is Outcome.REFUSED:
        return f"it was refused{because}, and nothing was passed on"
    return f"it is not published{because}"
