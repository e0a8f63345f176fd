"""Bytes to nouns and back: what files are, what headers say, how recordings are written."""

from ._anndata import open_h5ad
from ._bids_inheritance import find_inherited
from ._cell_table import CellTable, Dense, Sparse
from ._chunks import Compression
from ._dicom_identifiers import find_dicom_identifiers
from ._dicom_stack import DicomStack, read_stack, write_stack
from ._dispatch import read_blocks, read_header, read_written_header, write_recording
from ._gradients import Gradients
from ._inferred_cells import CellEvents, InferredCells, write_cells
from ._mat_write import tabulate_events, write_matlab
from ._micr_image import Image
from ._micr_kinds import SUFFIXES as MICROSCOPY_SUFFIXES
from ._micrographs import open_micrograph
from ._naming import telling_path
from ._nwb_contents import NwbContents, NwbElectrode, read_nwb_contents
from ._recognise import Recognition, recognise
from ._registry import registry
from ._risky import is_isolated, is_risky
from ._sheets import MAX_SHEET_COLUMNS, MAX_SHEET_ROWS, read_sheet
from ._signals import write_signals
from ._tracers import TRACER_NAMES
from ._video_frames import FrameTimes, read_frames, read_times, write_frames
from ._voices import holds_speech
from ._volume_reader import Slab, VolumeFile, open_volume_file
from ._volume_rewrite import read_volumes, rewrite_volumes
from ._windows import SignalSpan, list_signals, read_windows

__all__ = [
    "MAX_SHEET_COLUMNS",
    "MAX_SHEET_ROWS",
    "MICROSCOPY_SUFFIXES",
    "TRACER_NAMES",
    "CellEvents",
    "CellTable",
    "Compression",
    "Dense",
    "DicomStack",
    "FrameTimes",
    "Gradients",
    "Image",
    "InferredCells",
    "NwbContents",
    "NwbElectrode",
    "Recognition",
    "SignalSpan",
    "Slab",
    "Sparse",
    "VolumeFile",
    "find_dicom_identifiers",
    "find_inherited",
    "holds_speech",
    "is_isolated",
    "is_risky",
    "list_signals",
    "open_h5ad",
    "open_micrograph",
    "open_volume_file",
    "read_blocks",
    "read_frames",
    "read_header",
    "read_nwb_contents",
    "read_sheet",
    "read_stack",
    "read_times",
    "read_volumes",
    "read_windows",
    "read_written_header",
    "recognise",
    "registry",
    "rewrite_volumes",
    "tabulate_events",
    "telling_path",
    "write_cells",
    "write_frames",
    "write_matlab",
    "write_recording",
    "write_signals",
    "write_stack",
]
