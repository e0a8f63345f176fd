"""The plan: what was found, what it was taken for and why, and what is still open."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._findings import Finding
from ._recordings import Modality, Source, Subject

PUBLISH_CONFIDENCE = 0.90
"""Below this confidence that no two people were taken for one, nothing is published."""

ENTITIES = ("participant", "session", "task", "acquisition", "run")
"""The entities that a plan decides, in the order of a BIDS name."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """A value that a machine settled on, and how sure it is.

    Attributes
    ----------
    value : str
        As written in the raw folder (a participant's hospital number, say); empty if there is none.
    confidence : float
        Between 0 and 1.
    evidence : tuple of str
        Sentences: what in paths, headers or tables speaks for it.
    """

    value: str = ""
    confidence: float = 1.0
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRecording:
    """One recording and what it was taken for.

    Attributes
    ----------
    key : str
        Stable short name, free of raw words: ``"rec-0001"``.
    source : Source
        Its files in the raw folder.
    modality : Modality
        The kind of recording.
    entities : dict of str to Inferred
        One for each of `ENTITIES`.
    duration_s : float
        Length in seconds.
    n_channels : int
        How many channels.
    include : bool
        False leaves it out.
    bids_path : str
        For a folder that is BIDS already: its place there; else empty.
    suffix : Inferred
        Last word of the BIDS name: ``"T1w"``; without a value it is the modality's.
    further : tuple of (str, str)
        Entities of the name beside those of `ENTITIES`, by their BIDS keys: ``("echo", "1")``.
    """

    key: str
    source: Source
    modality: Modality
    entities: dict[str, Inferred]
    duration_s: float = 0.0
    n_channels: int = 0
    include: bool = True
    bids_path: str = ""
    suffix: Inferred = field(default_factory=Inferred)
    further: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person can settle; every question has a default.

    Attributes
    ----------
    id : str
        ``"consent"``, ``"line_hz"``, ``"link"``, ``"participants"``, ``"species"``, ``"task"``.
    ask, why : str
        The question in plain words, and why it matters.
    default : str
        The answer that holds if nobody answers.
    flag : str
        The option of ``fascicle share`` that answers it: ``"--consent"``.
    choices : tuple of str
        Allowed answers; empty when free.
    answer : str
        What a person said; empty as long as nobody has.
    """

    id: str
    ask: str
    why: str
    default: str
    flag: str
    choices: tuple[str, ...] = ()
    answer: str = ""

    @property
    def settled(self) -> str:
        """The answer, or the default."""
        return self.answer or self.default


@dataclass(frozen=True, slots=True)
class PlannedParticipant:
    """A participant as the raw folder knows him or her.

    Attributes
    ----------
    raw_id : str
        The value that recordings carry as their participant.
    subject : Subject
        Facts from tables and headers.
    columns : dict of str to str
        Further columns of the participants table.
    aliases : tuple of str
        What other kinds of recordings call the same participant.
    species_from : str
        What says the species of the subject: ``"table"``, ``"paths"``, ``"headers"`` or
        ``"answer"``; empty if nothing does, or a person wrote it into the plan.
    """

    raw_id: str
    subject: Subject = field(default_factory=Subject)
    columns: dict[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    species_from: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done with a raw folder.

    Attributes
    ----------
    raw : str
        The raw folder (owner-only, as the whole plan is).
    study : str
        Name of the study: pseudonyms are kept per study.
    made_at : datetime
        When the plan was made; every time that is written derives from it.
    recordings : tuple of PlannedRecording
        In order of their paths.
    participants : tuple of PlannedParticipant
        One for each raw id.
    questions : tuple of Question
        At most five.
    findings : tuple of Finding
        Duplicates, orphans, files that nobody can read, what is missing.
    settings : dict
        Answers that are not inferred: ``policy``, ``species``, ``line_hz``, ``licence``, ``tier``,
        ``consent``, ``name``, ``authors``, ``protocol``, ``allow_labels``.
    identity_confidence : float
        How sure it is that no two people were taken for one: the lowest over all pairs.
    ignored : tuple of str
        Files that are no recordings, companions or tables.
    tables : tuple of str
        Tables of participants, relative to the raw folder.
    bids_input : bool
        True if the raw folder is a BIDS dataset already.
    """

    raw: str
    study: str
    made_at: datetime
    recordings: tuple[PlannedRecording, ...]
    participants: tuple[PlannedParticipant, ...] = ()
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    identity_confidence: float = 1.0
    ignored: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    bids_input: bool = False
