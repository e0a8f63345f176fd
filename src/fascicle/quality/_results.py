"""What a check of one recording leaves: verdicts, reasons, measures, and two small pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Picture, Severity, pack_array, unpack_array

Verdict = Literal["pass", "warn", "fail", "skip"]
"""``"skip"`` is for channels that record no signal of the body: triggers, clocks, unknown ones."""

BAD_CODES = frozenset({"channel.noisy", "channel.quiet"})
"""Warnings that make a channel bad, as failures do."""

_ARRAYS = ("freqs_hz", "spectrum", "preview", "preview_times_s")


@dataclass(frozen=True, slots=True)
class ChannelQuality:
    """What was measured in one channel.

    Attributes
    ----------
    name : str
        Its label in the dataset.
    verdict : str
        ``"pass"``, ``"warn"``, ``"fail"``, or ``"skip"`` for a channel that is not judged.
    metrics : dict of str to float
        ``flat_share``, ``clipped_share``, ``not_finite_share`` (0 to 1), ``amplitude`` (robust SD,
        in `unit`), ``amplitude_z``, ``line_ratio``, ``high_frequency_ratio``,
        ``high_frequency_z``; a measure that could not be taken is left out.
    reasons : tuple of str
        Short words for what is wrong: ``"flat for 62% of the time"``.
    kind, unit : str
        BIDS channel type, and the unit of its samples.
    codes : tuple of str
        The code of each reason, as in the findings: ``"channel.flat"``.
    """

    name: str
    verdict: Verdict
    metrics: dict[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    kind: str = ""
    unit: str = ""
    codes: tuple[str, ...] = ()

    @property
    def is_bad(self) -> bool:
        """True if the channel should be marked bad: it failed, or stands out from its kind.

        A channel with mains noise, a few flat seconds or a few clipped samples stays usable.
        """
        return self.verdict == "fail" or not BAD_CODES.isdisjoint(self.codes)


@dataclass(frozen=True, slots=True)
class RecordingQuality:
    """What was found in one recording.

    Attributes
    ----------
    verdict : str
        ``"pass"``, ``"warn"`` or ``"fail"``.
    findings : tuple of Finding
        What is wrong, one for each kind of fault, with the channels it concerns.
    channels : tuple of ChannelQuality
        One for each channel, in file order.
    freqs_hz : ndarray of float32, shape (n_freqs,)
        Frequencies of `spectrum`, in hertz; empty where there is none.
    spectrum : ndarray of float32, shape (n_channels, n_freqs)
        Power spectral density, in squared unit of the channel per hertz; NaN for channels that are
        not judged.
    preview : ndarray of float32, shape (n_channels, n_preview)
        Lowest and highest value of each stretch of time in turn, in the unit of the channel: drawn
        as a line it shows every spike.
    preview_times_s : ndarray of float32, shape (n_preview,)
        Start of the stretch of each column, in seconds.
    line_hz : float or None
        Mains frequency that was looked for; found in the spectrum where nobody stated it.
    extra : dict
        Measures of the whole recording: ``duration_s``, ``n_times``, ``dropped_share``,
        ``dropped_longest_s``, ``gap_count``, ``n_windows``; other families have measures of
        their own.
    pictures : tuple of Picture
        What people of the field look at first, beside spectrum and preview.

    Examples
    --------
    >>> empty = np.zeros((0, 0), dtype=np.float32)
    >>> quality = RecordingQuality("pass", (), (), empty[0:0].ravel(), empty, empty, empty.ravel())
    >>> RecordingQuality.from_dict(quality.as_dict()).verdict
    'pass'
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    channels: tuple[ChannelQuality, ...]
    freqs_hz: NDArray[np.float32]
    spectrum: NDArray[np.float32]
    preview: NDArray[np.float32]
    preview_times_s: NDArray[np.float32]
    line_hz: float | None = None
    extra: dict[str, float] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()

    @classmethod
    def of_content(
        cls,
        findings: Sequence[Finding] = (),
        pictures: Sequence[Picture] = (),
        extra: Mapping[str, float] | None = None,
    ) -> RecordingQuality:
        """Make the result of what has no channels over time; the worst finding decides.

        Examples
        --------
        >>> RecordingQuality.of_content(extra={"n_cells": 7.0}).verdict
        'pass'
        """
        nothing = np.zeros((0, 0), dtype=np.float32)
        line = nothing.ravel()
        return cls(
            find_verdict(findings), tuple(findings), (), line, nothing, nothing, line,
            extra=dict(extra or {}), pictures=tuple(pictures),
        )  # fmt: skip

    @classmethod
    def unreadable(cls, finding: Finding) -> RecordingQuality:
        """Make the result of a recording that cannot be read at all."""
        return cls.of_content([finding])

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values; arrays as base64 of little-endian float32."""
        words: dict[str, Any] = {
            "verdict": self.verdict,
            "findings": [finding.as_dict() for finding in self.findings],
            "channels": [
                asdict(channel) | {"reasons": list(channel.reasons), "codes": list(channel.codes)}
                for channel in self.channels
            ],
            "line_hz": self.line_hz,
            "extra": dict(self.extra),
            "pictures": [picture.as_dict() for picture in self.pictures],
        }
        return words | {name: pack_array(getattr(self, name)) for name in _ARRAYS}

    @classmethod
    def from_dict(cls, words: dict[str, Any]) -> RecordingQuality:
        """Make it again from what `as_dict` returned."""
        arrays = {name: unpack_array(words[name]) for name in _ARRAYS}
        return cls(
            verdict=words["verdict"],
            findings=tuple(
                Finding(**(entry | {"severity": Severity(entry["severity"])}))
                for entry in words["findings"]
            ),
            channels=tuple(
                ChannelQuality(
                    **(entry | {"reasons": tuple(entry["reasons"]), "codes": tuple(entry["codes"])})
                )
                for entry in words["channels"]
            ),
            line_hz=words["line_hz"],
            extra=dict(words["extra"]),
            pictures=tuple(Picture.from_dict(picture) for picture in words["pictures"]),
            **arrays,
        )


def find_verdict(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict that follows from findings: the worst one decides.

    Examples
    --------
    >>> find_verdict([])
    'pass'
    """
    severities = {finding.severity for finding in findings}
    if Severity.ERROR in severities:
        return "fail"
    return "warn" if Severity.WARNING in severities else "pass"
