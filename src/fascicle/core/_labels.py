"""What a machine says of a recording, and what speaks for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fascicle.errors import InputError

from ._digests import content_id
from ._findings import Finding
from ._pictures import Picture


@dataclass(frozen=True, slots=True)
class Label:
    """One statement on a part of a recording, made by a method or a person.

    Attributes
    ----------
    kind : str
        What is there, one of the method's kinds: ``"blink"``, ``"muscle"``, ``"flat"``.
    confidence : float
        How likely it is, from 0 to 1, as the method was calibrated.
    onset_s : float
        Where it begins, in seconds from the first sample.
    duration_s : float
        How long it lasts, in seconds; infinite for the whole of the recording.
    channels : tuple of str
        Which channels show it; empty for all of them.
    evidence : mapping of str to float
        What was measured there, by the names that the method's card explains.

    Raises
    ------
    InputError
        FSC131 if the confidence is not between 0 and 1, or the times are no times.

    Examples
    --------
    >>> Label("blink", 0.93, onset_s=2.5, duration_s=0.4, channels=("Fp1",)).is_whole
    False
    >>> Label("flat", 1.0, channels=("T7",)).is_whole
    True
    >>> Label("flat", 0.9, channels=("T7",)).key == Label("flat", 0.5, channels=("T7",)).key
    True
    """

    kind: str
    confidence: float
    onset_s: float = 0.0
    duration_s: float = math.inf
    channels: tuple[str, ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        in_time = math.isfinite(self.onset_s) and self.duration_s >= 0
        if not (0 <= self.confidence <= 1 and in_time):
            raise InputError(
                "FSC131",
                "Expected a label with a confidence from 0 to 1 and times in seconds, got one "
                "without.",
                "Report it with the name of the method that made it.",
            )

    @property
    def is_whole(self) -> bool:
        """True if it is said of the whole recording, not of a stretch of time."""
        return math.isinf(self.duration_s)

    @property
    def key(self) -> str:
        """Short name, the same for the same statement: what a person's decision refers to."""
        # To the millisecond as it is written, so that a label that is read again has the same key.
        times = [None if math.isinf(at) else f"{at:.3f}" for at in (self.onset_s, self.duration_s)]
        said = [self.kind, *times, sorted(self.channels)]
        return content_id("label", said)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of a label; the label itself stays as the method made it.

    Attributes
    ----------
    verdict : str
        ``"accept"``, ``"change"`` or ``"reject"``.
    kind : str
        With ``"change"``: what it is instead.
    """

    verdict: Literal["accept", "change", "reject"]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that describes a recording, or one of its volumes or samples.

    Attributes
    ----------
    value : float
        The number; NaN where it cannot be taken.
    unit : str
        In BIDS spelling; empty for none.
    meaning : str
        One sentence, with the formula's source.
    """

    value: float
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one method says of one recording.

    Attributes
    ----------
    method : str
        Name in the registry of annotators: ``"artifacts"``, ``"images"``.
    version : str
        Changes whenever the same recording could get other labels.
    labels : tuple of Label
        In order of their onsets.
    measures : mapping of str to Measure
        Numbers of the whole recording, by name.
    series : mapping of str to tuple
        A number for each volume or window, by name: values of equal length.
    pictures : tuple of Picture
        What made the labels, to look at.
    findings : tuple of Finding
        What could not be labelled, and why.
    settings : mapping of str to object
        What was chosen, as JSON values.
    found : object or None
        What it found that is more than labels and is written as a file of its own: cells with
        their pixels and traces.
    """

    method: str
    version: str
    labels: tuple[Label, ...] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    findings: tuple[Finding, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    found: object | None = None
