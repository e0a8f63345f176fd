"""Draw what a run did and saw, as one page that a person likes to read."""

from ._page import render_report, write_report
from ._story import (
    ChannelResult,
    Decision,
    FairLine,
    Fairness,
    Incoming,
    LeftOut,
    Outcome,
    PolicyWords,
    Proof,
    Quality,
    RecordingStory,
    Removed,
    Story,
)

__all__ = [
    "ChannelResult",
    "Decision",
    "FairLine",
    "Fairness",
    "Incoming",
    "LeftOut",
    "Outcome",
    "PolicyWords",
    "Proof",
    "Quality",
    "RecordingStory",
    "Removed",
    "Story",
    "render_report",
    "write_report",
]
