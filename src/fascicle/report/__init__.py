"""Draw what was done and measured, as pages that a person likes to read."""

from ._labels import LabelStory, render_labels, write_label_report
from ._page import render_report, write_report
from ._risk import render_risk, write_risk_report
from ._risk_shapes import RiskFound, RiskStory
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
    "LabelStory",
    "LeftOut",
    "Outcome",
    "PolicyWords",
    "Proof",
    "Quality",
    "RecordingStory",
    "Removed",
    "RiskFound",
    "RiskStory",
    "Story",
    "render_labels",
    "render_report",
    "render_risk",
    "write_label_report",
    "write_report",
    "write_risk_report",
]
