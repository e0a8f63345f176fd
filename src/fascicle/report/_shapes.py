"""What a report takes of the results of other rooms, by shape.

The results of quality, protect and describe keep these protocols as they are, so that a report
imports none of those rooms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Picture


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

    @property
    def extra(self) -> Mapping[str, float]:
        """Measures of the whole recording.

        By name, which ends in the unit: ``"tsnr"``, ``"voxel_x_mm"``, ``"n_units"``,
        ``"missing_share"`` (0 to 1).
        """
        ...

    @property
    def pictures(self) -> Sequence[Picture]:
        """What people of the field look at first, beside spectrum and preview."""
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
