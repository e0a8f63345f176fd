"""Checks on recordings and datasets, and the repairs that need no judgement."""

from ._bids import UNVALIDATED, validate_bids
from ._derivatives import status_columns, write_derivatives
from ._folder import check_folder, check_recordings
from ._recording import check_recording
from ._repair import REPAIRS, repair
from ._results import ChannelQuality, RecordingQuality
from ._video_quality import FACE

__all__ = [
    "FACE",
    "REPAIRS",
    "UNVALIDATED",
    "ChannelQuality",
    "RecordingQuality",
    "check_folder",
    "check_recording",
    "check_recordings",
    "repair",
    "status_columns",
    "validate_bids",
    "write_derivatives",
]
