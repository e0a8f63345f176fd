"""What a report tells: plain values and arrays that a workflow fills in.

A report imports no room beside it. What quality, protect and describe found is therefore taken by
shape: `Quality`, `Proof`, `Fairness` and `Removed` are protocols, which the results of those rooms
keep as they are. Everything else is a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Dataset, Finding, Header, Inferred, Question


class Outcome(StrEnum):
    """How the run ended."""

    PUBLISHED = "published"
    READY = "ready"
    """Written and proven; it stood open where it would go when the page was written."""
    HELD = "held"
    """Written and proven, and not published."""
    REFUSED = "refused"
    """The proof found an identifier, so nothing may leave."""


class ChannelResult(Protocol):
    """What the quality check said about one channel."""

    @property
    def name(self) -> str:
        """Channel name as released."""
        ...

    @property
    def verdict(self) -> str:
        """``"pass"``, ``"warn"``, ``"fail"``, or ``"skip"`` for a channel that is not judged."""
        ...

    @property
    def metrics(self) -> Mapping[str, float]:
        """Numbers by name: ``"amplitude"`` (in the channel's unit) and shares between 0 and 1."""
        ...

    @property
    def reasons(self) -> Sequence[str]:
        """Why it is not a pass, one sentence each."""
        ...


class Quality(Protocol):
    """What the quality check saw in one recording."""

    @property
    def verdict(self) -> str:
        """``"pass"``, ``"warn"`` or ``"fail"``."""
        ...

    @property
    def findings(self) -> Sequence[Finding]:
        """Findings of this recording."""
        ...

    @property
    def channels(self) -> Sequence[ChannelResult]:
        """One for each channel, in file order."""
        ...

    @property
    def freqs_hz(self) -> NDArray[np.floating[Any]]:
        """Frequencies, shape (n_freqs,), in hertz; empty if there is no spectrum."""
        ...

    @property
    def spectrum(self) -> NDArray[np.floating[Any]]:
        """Power density, shape (n_channels, n_freqs), in the channel's unit squared per hertz."""
        ...

    @property
    def preview(self) -> NDArray[np.floating[Any]]:
        """Lowest and highest sample of each stretch in turn, shape (n_channels, 2 n_stretches).

        NaN where there are no data.
        """
        ...

    @property
    def preview_times_s(self) -> NDArray[np.floating[Any]]:
        """Start of the stretch of each column, shape (2 n_stretches,), in seconds."""
        ...

    @property
    def line_hz(self) -> float | None:
        """Mains frequency, in hertz; None if unknown."""
        ...


class Proof(Protocol):
    """What the scan over the finished dataset did and saw."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What it found; any error means that the proof failed."""
        ...

    @property
    def searched(self) -> Mapping[str, int]:
        """How many values of each kind were searched for: ``{"name": 4, "birthdate": 4}``."""
        ...

    @property
    def n_files(self) -> int:
        """Files read."""
        ...

    @property
    def n_bytes(self) -> int:
        """Bytes read."""
        ...

    @property
    def permitted_labels(self) -> Sequence[str]:
        """Labels that were left in because the policy permits them."""
        ...

    @property
    def cannot_detect(self) -> Mapping[str, str]:
        """For each format, what no scan can see in it."""
        ...

    @property
    def must_look(self) -> Sequence[str]:
        """What a person has to look at."""
        ...


class Fairness(Protocol):
    """The FAIR score."""

    @property
    def score(self) -> float:
        """Share of the points, in percent."""
        ...

    @property
    def letters(self) -> Mapping[str, float]:
        """Share of the points for ``"F"``, ``"A"``, ``"I"``, ``"R"``, in percent."""
        ...

    @property
    def tests(self) -> Sequence[FairLine]:
        """Each test."""
        ...


class FairLine(Protocol):
    """One test of the FAIR score."""

    @property
    def id(self) -> str:
        """Such as ``"F1-01"``."""
        ...

    @property
    def principle(self) -> str:
        """Such as ``"R1.1"``."""
        ...

    @property
    def title(self) -> str:
        """What is asked."""
        ...

    @property
    def passed(self) -> bool:
        """True if all points were earned."""
        ...

    @property
    def points(self) -> float:
        """Points earned."""
        ...

    @property
    def max_points(self) -> float:
        """Points to be had."""
        ...

    @property
    def reason(self) -> str:
        """What was seen."""
        ...

    @property
    def fix(self) -> str:
        """What to do; empty if nothing is to be done."""
        ...


class Removed(Protocol):
    """Header fields that did not leave."""

    @property
    def kind(self) -> str:
        """Kind of identifier, as in `fascicle.core.Identifier`."""
        ...

    @property
    def where(self) -> str:
        """The field, for example ``"EDF header: patient"``."""
        ...

    @property
    def count(self) -> int:
        """How often."""
        ...


class PolicyWords(Protocol):
    """The policy of de-identification, in plain words."""

    @property
    def title(self) -> str:
        """A few words."""
        ...

    @property
    def summary(self) -> str:
        """What it does, in one sentence."""
        ...

    @property
    def dates(self) -> str:
        """``"year"``, ``"shift"`` or ``"keep"``."""
        ...

    @property
    def note(self) -> str:
        """What a reader must know before relying on it; empty if nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Incoming:
    """Files of one format that came in.

    Attributes
    ----------
    format : str
        Title of the format for people, as ``"European Data Format (EDF+)"``.
    n_recordings, n_files, n_bytes : int
        How much of it.
    written_as : str
        Title of the format that it became; empty if nothing of it was converted.
    n_copied : int
        How many recordings kept the very bytes of their samples.
    """

    format: str
    n_recordings: int
    n_files: int
    n_bytes: int
    written_as: str = ""
    n_copied: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that came in and did not go on.

    Attributes
    ----------
    what : str
        In words that may be shared: ``"recording rec-0007"``, ``"3 files that are no recordings"``.
    reason : str
        Why, in one sentence.
    fix : str
        What to do to have it in; empty if nothing is to be done.
    raw_names : tuple of str
        Owner only.
    """

    what: str
    reason: str
    fix: str = ""
    raw_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one recording was taken for.

    Attributes
    ----------
    key : str
        Stable short name, as ``"rec-0001"``.
    bids_name : str
        Name of the main file in the dataset, without folders.
    labels : dict of str to str
        BIDS labels by entity, as they stand in the name: ``{"participant": "01", "task": "rest"}``.
    entities : dict of str to Inferred
        Raw value, confidence and evidence by entity. Value and evidence are owner only.
    raw_names : tuple of str
        Its files in the raw folder. Owner only.
    """

    key: str
    bids_name: str
    labels: Mapping[str, str]
    entities: Mapping[str, Inferred]
    raw_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingStory:
    """One recording of the dataset.

    Attributes
    ----------
    bids_path : str
        Path in the dataset, with forward slashes.
    header : Header
        The header as released (never the raw one): channels, positions, events, duration.
    quality : Quality or None
        What the check saw; None if it was not checked.
    gaps_s : tuple of (float, float)
        Start and end of stretches without data, in seconds.
    raw_names : tuple of str
        Owner only.
    """

    bids_path: str
    header: Header
    quality: Quality | None = None
    gaps_s: tuple[tuple[float, float], ...] = ()
    raw_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """All that a report tells.

    Attributes
    ----------
    dataset : Dataset
        What was made, as described.
    outcome : Outcome
        How the run ended.
    why_held : str
        Why it is not published, to stand after "because": ``"consent is missing"``.
    owner : bool
        True shows raw names and evidence: for the owner's eyes only.
    made_on : date or None
        The plan's day.
    incoming, left_out, decisions, recordings
        In the order in which they are to be shown.
    questions : tuple of Question
        What was asked of a person; reasons and answers are shown to the owner only.
    identity_confidence : float
        How sure it is that no two people were taken for one.
    n_bids_errors, n_bids_warnings : int or None
        What the official validator said; None if it was not run.
    policy : PolicyWords or None
        The policy of de-identification.
    removed : tuple of Removed
        Header fields removed or replaced; never their values.
    findings : tuple of Finding
        All findings of the run but those of the recordings' `quality`.
    proof : Proof or None
        What the scan did; None if it was not run.
    fair : Fairness or None
        The FAIR score.
    conditions : tuple of str
        Sentences: where this dataset may go.
    citation, bibtex : str
        How to cite it.
    made_with : dict of str to str
        Versions and settings by name, as ``{"Fascicle": "0.1.0", "Seal": "3f5a..."}``.
    """

    dataset: Dataset
    outcome: Outcome
    why_held: str = ""
    owner: bool = False
    made_on: date | None = None
    incoming: tuple[Incoming, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    decisions: tuple[Decision, ...] = ()
    recordings: tuple[RecordingStory, ...] = ()
    questions: tuple[Question, ...] = ()
    identity_confidence: float = 1.0
    n_bids_errors: int | None = None
    n_bids_warnings: int | None = None
    policy: PolicyWords | None = None
    removed: tuple[Removed, ...] = ()
    findings: tuple[Finding, ...] = ()
    proof: Proof | None = None
    fair: Fairness | None = None
    conditions: tuple[str, ...] = ()
    citation: str = ""
    bibtex: str = ""
    made_with: Mapping[str, str] = field(default_factory=dict)


def hide_raw(story: Story) -> Story:
    """Return the story without anything that only the owner may see.

    The page is drawn from what is left, so that no template can show a raw name by mistake.
    """
    if story.owner:
        return story
    return replace(
        story,
        left_out=tuple(replace(item, raw_names=()) for item in story.left_out),
        decisions=tuple(_hide_decision(item) for item in story.decisions),
        recordings=tuple(replace(item, raw_names=()) for item in story.recordings),
        questions=tuple(_hide_answer(item) for item in story.questions),
        findings=tuple(replace(item, raw_place="") for item in story.findings),
    )


def _hide_decision(decision: Decision) -> Decision:
    """Keep BIDS labels and confidences; drop raw values, evidence and names."""
    bare = {name: Inferred("", item.confidence) for name, item in decision.entities.items()}
    return replace(decision, entities=bare, raw_names=())


def _hide_answer(question: Question) -> Question:
    """Keep what was asked and whether a person answered; reasons and answers may name people."""
    return replace(question, why="", default="", answer="given" if question.answer else "")
