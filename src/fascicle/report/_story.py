"""What a report tells: plain values and arrays that a workflow fills in.

A report imports no room beside it. What quality, protect and describe found is therefore taken by
shape (the protocols of `_shapes.py`). Everything else is a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Dataset, Finding, Header, Inferred, Question

from ._shapes import Fairness, PolicyWords, Proof, Quality, Removed


def _nothing() -> NDArray[np.float64]:
    return np.empty(0)


class Outcome(StrEnum):
    """How the run ended."""

    PUBLISHED = "published"
    READY = "ready"
    """Written and proven; it stood open where it would go when the page was written."""
    HELD = "held"
    """Written and proven, and not published."""
    REFUSED = "refused"
    """The proof found an identifier, so nothing may leave."""


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


KIND = "kind"
"""What a recording is, beside the entities of its name: its last word, as T1w."""


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
        BIDS labels by entity, as they stand in the name: ``{"participant": "01", "task": "rest"}``;
        under `KIND` its last word.
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
class AlignmentStory:
    """How well two streams of one session were laid on one clock.

    Attributes
    ----------
    session : str
        The session, as in the dataset: ``"sub-01, ses-2"``.
    streams : tuple of (str, str)
        Names in the dataset of the stream whose clock is kept and of the one that is laid on it.
    method : str
        What ties them together: ``"shared clock"``, ``"TTL pulses"`` or ``"timestamps"``; empty
        if nothing was found that does.
    verdict : str
        ``"pass"``, ``"warn"``, ``"fail"``, or ``"none"`` where nothing could be tested.
    reason : str
        What speaks for the verdict, in one sentence.
    n_pulses : int or None
        How many pulses (or time stamps) of the one were matched with one of the other.
    offset_s : float or None
        What has to be added to a time of the second stream, in seconds.
    drift_ppm : float or None
        How much faster the second clock runs, in parts per million.
    residual_median_ms, residual_max_ms : float or None
        What is left of the matched pairs after offset and drift, as absolute values, in
        milliseconds.
    times_s : ndarray of float64, shape (n_pairs,)
        When each matched pair happened, on the clock that is kept, in seconds. May be thinned.
    residuals_ms : ndarray of float64, shape (n_pairs,)
        What is left of each pair, in milliseconds, with its sign.

    Examples
    --------
    >>> story = AlignmentStory("sub-01", ("probe", "video"), "shared clock", "pass", "One clock.")
    >>> story.n_pulses is None, story.residuals_ms.size
    (True, 0)
    """

    session: str
    streams: tuple[str, str]
    method: str
    verdict: Literal["pass", "warn", "fail", "none"]
    reason: str
    n_pulses: int | None = None
    offset_s: float | None = None
    drift_ppm: float | None = None
    residual_median_ms: float | None = None
    residual_max_ms: float | None = None
    times_s: NDArray[np.floating[Any]] = field(default_factory=_nothing)
    residuals_ms: NDArray[np.floating[Any]] = field(default_factory=_nothing)


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
    held : tuple of RecordingStory
        Recordings that were converted and held back, because a person can be recognised in them
        (`Header.exposes` says how). Owner only.
    alignments : tuple of AlignmentStory
        Pairs of streams of one session whose clocks were compared.
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
    faces : tuple of str
        Sentences: what was done to faces, and what attackers made of it.
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
    held: tuple[RecordingStory, ...] = ()
    alignments: tuple[AlignmentStory, ...] = ()
    questions: tuple[Question, ...] = ()
    identity_confidence: float = 1.0
    n_bids_errors: int | None = None
    n_bids_warnings: int | None = None
    policy: PolicyWords | None = None
    removed: tuple[Removed, ...] = ()
    findings: tuple[Finding, ...] = ()
    proof: Proof | None = None
    faces: tuple[str, ...] = ()
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
        held=(),
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
