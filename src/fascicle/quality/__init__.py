"""Checks on recordings and datasets, and the repairs that need no judgement."""

from ._recording import check_recording
from ._results import ChannelQuality, RecordingQuality

__all__ = [
    "ChannelQuality",
    "RecordingQuality",
    "check_recording",
]
