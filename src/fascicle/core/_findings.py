"""Something that a check saw: never an exception, always with a reason and a way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: a note informs, a warning asks, an error must be mended."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen in the data.

    Attributes
    ----------
    code : str
        What was seen, as stable dotted words: ``"file.truncated"``, ``"channel.flat"``.
    severity : Severity
        How much it weighs.
    place : str
        Where, in words that may be shared: a path inside the BIDS dataset, a recording's key, or
        ``"dataset"``. Never a raw path.
    reason : str
        One sentence: what was expected and what came; fields, types and counts, never a value
        from a participant's data.
    fix : str
        One sentence: what to do.
    origin : str
        The check that saw it: ``"look"``, ``"convert"``, ``"quality"``, ``"bids-validator"``,
        ``"scan"``, ``"fair"``.
    repair : str
        Name of the automatic repair that mends it without judgement; empty where there is none.
    raw_place : str
        The same place with raw names, for the owner's eyes only; empty where there is none.

    Examples
    --------
    >>> f = Finding("channel.flat", Severity.WARNING, "sub-01", "It is flat.", "Mark it bad.")
    >>> f.as_dict()["severity"]
    'warning'
    """

    code: str
    severity: Severity
    place: str
    reason: str
    fix: str
    origin: str = ""
    repair: str = ""
    raw_place: str = ""

    def as_dict(self, *, owner: bool = False) -> dict[str, str]:
        """Return the finding as plain words; with `owner`, raw names too."""
        words = {
            "code": self.code,
            "severity": self.severity.value,
            "place": self.place,
            "reason": self.reason,
            "fix": self.fix,
            "origin": self.origin,
            "repair": self.repair,
        }
        return words | ({"raw_place": self.raw_place} if owner else {})
