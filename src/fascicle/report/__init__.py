"""Draw what a run did and saw, as one page that a person likes to read."""

from ._page import render_report, write_report
from ._shapes import (
    ChannelResult,
    FairLine,
    Fairness,
    PolicyWords,
    Proof,
    Quality,
    Removed,
)
from ._story import (
    KIND,
    AlignmentStory,
    Decision,
    Incoming,
    LeftOut,
    Outcome,
    RecordingStory,
    Story,
)

__all__ = [
    "KIND",
    "AlignmentStory",
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
