"""Checks on recordings and datasets, and the repairs that need no judgement."""

from ._annotators import ANNOTATORS, Annotator
from ._bids import UNVALIDATED, validate_bids
from ._cell_inference import CellStory, infer_cells
from ._derivatives import status_columns, write_derivatives
from ._folder import check_folder, check_recordings
from ._label_cells import write_label_cells
from ._label_decisions import VERDICTS, DecidedLabel, join_decisions
from ._label_files import (
    card_address,
    find_valid_labels,
    mark_decisions,
    read_label_version,
    read_labels,
    read_marked,
    write_annotation,
    write_label_head,
)
from ._label_places import LABELS
from ._recording import check_recording
from ._repair import REPAIRS, repair
from ._results import ChannelQuality, RecordingQuality
from ._video_quality import FACE

__all__ = [
    "ANNOTATORS",
    "FACE",
    "LABELS",
    "REPAIRS",
    "UNVALIDATED",
    "VERDICTS",
    "Annotator",
    "CellStory",
    "ChannelQuality",
    "DecidedLabel",
    "RecordingQuality",
    "card_address",
    "check_folder",
    "check_recording",
    "check_recordings",
    "find_valid_labels",
    "infer_cells",
    "join_decisions",
    "mark_decisions",
    "read_label_version",
    "read_labels",
    "read_marked",
    "repair",
    "status_columns",
    "validate_bids",
    "write_annotation",
    "write_derivatives",
    "write_label_cells",
    "write_label_head",
]
