"""Opens what we write with parsers of the scanner's own, down to the innermost text."""

from __future__ import annotations

import csv
import struct
import zlib

from ._contents import Contents, Context, Parser, Problem
from ._parse_archives import parse_gzip, parse_png, parse_zip
from ._parse_brainvision import judge_floats, parse_header, parse_samples
from ._parse_edf import parse_edf
from ._parse_fif import parse_fif
from ._parse_hdf5 import parse_hdf5
from ._parse_matlab import parse_matlab
from ._parse_nifti import parse_gradients, parse_nifti
from ._parse_text import decode_text, parse_html, parse_json, parse_plain, parse_table
from ._parse_tiff import parse_tiff
from ._parse_video import parse_video
from ._parse_zarr import is_in_zarr, parse_zarr
from ._strings import add_printable

_TRIPS = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    csv.Error,
    struct.error,
    zlib.error,
)
_HDF5 = b"\x89HDF\r\n\x1a\n"
_FLOAT = 4


def _parse_set(data: bytes, context: Context) -> Contents:
    """Take an EEGLAB .set file: MATLAB level 5, or 7.3, which is HDF5."""
    contents = (parse_hdf5 if _is_hdf5(data) else parse_matlab)(data, context)
    contents.format = "set"
    return contents


def _parse_fdt(data: bytes, context: Context) -> Contents:
    """Show that an .fdt file is whole numbers of 32 bits."""
    contents = Contents("set")
    whole = len(data) - len(data) % _FLOAT
    contents.samples.append((0, whole))
    if context.sibling(".set") is None:
        contents.broken("file", "Expected a .set file beside the samples, got none.")
    if whole < len(data):
        contents.slack("end", f"Expected whole samples, got {len(data) - whole} bytes more.")
    judge_floats(data, 0, whole, "<f4", contents)
    return contents


_BY_ENDING: dict[str, Parser] = {
    ".json": parse_json,
    ".jsonld": parse_json,
    ".tsv": parse_table,
    ".csv": parse_table,
    ".html": parse_html,
    ".htm": parse_html,
    ".svg": parse_html,
    ".xml": parse_html,
    ".edf": parse_edf,
    ".bdf": parse_edf,
    ".fif": parse_fif,
    ".vhdr": parse_header,
    ".vmrk": parse_header,
    ".eeg": parse_samples,
    ".set": _parse_set,
    ".mat": _parse_set,
    ".fdt": _parse_fdt,
    ".snirf": parse_hdf5,
    ".nwb": parse_hdf5,
    ".h5": parse_hdf5,
    ".nii": parse_nifti,
    ".bval": parse_gradients,
    ".bvec": parse_gradients,
    ".gz": parse_gzip,
    ".zip": parse_zip,
    ".png": parse_png,
    ".tif": parse_tiff,
    ".tiff": parse_tiff,
    ".btf": parse_tiff,
    ".mp4": parse_video,
    ".mov": parse_video,
    ".avi": parse_video,
}
_BY_HEAD: tuple[tuple[bytes, Parser], ...] = (
    (b"\x1f\x8b", parse_gzip),
    (b"PK\x03\x04", parse_zip),
    (b"PK\x05\x06", parse_zip),
    (b"\x89PNG", parse_png),
    (b"II*\x00", parse_tiff),
    (b"MM\x00*", parse_tiff),
    (_HDF5, parse_hdf5),
    (b"MATLAB 5.0", parse_matlab),
)
_TEXTS = frozenset({parse_json, parse_table, parse_html})
_TEXT_ENDINGS = frozenset({
    "",
    ".txt",
    ".md",
    ".rst",
    ".yaml",
    ".yml",
    ".cff",
    ".bib",
    ".bidsignore",
    ".toml",
    ".ini",
})


def _is_hdf5(data: bytes) -> bool:
    """Tell whether a file is HDF5, with or without the header of MATLAB 7.3."""
    return data[:8] == _HDF5 or data[512:520] == _HDF5


def read_contents(data: bytes, context: Context) -> Contents:
    """Return what a file holds, by its ending and its first bytes.

    Never raises on bad bytes: what cannot be followed is a problem of the contents.
    """
    if is_in_zarr(context):
        return _parse_safely(parse_zarr, data, context)
    name = context.name.lower()
    ending = "." + name.removesuffix(".gz").rpartition(".")[2] if "." in name else ""
    if name.endswith(".gz") and ending != ".nii":  # images are unpacked in pieces
        ending = ".gz"
    parser = _BY_ENDING.get(ending)
    if parser is None or parser in _TEXTS:
        # A packed file may carry the name of a text.
        head = bytes(data[:16])
        parser = next((p for start, p in _BY_HEAD if head.startswith(start)), parser)
    if parser is None and (ending in _TEXT_ENDINGS or _is_text(data)):
        parser = parse_plain
    if parser is not None:
        return _parse_safely(parser, data, context)
    contents = Contents("unknown")
    contents.problems.append(
        Problem(
            "proof.unknown_format",
            "file",
            "Expected a format that the verifier can open, got another; only its bytes were"
            " searched.",
            is_error=False,
        )
    )
    add_printable(contents, data, "file")
    return contents


def _parse_safely(parser: Parser, data: bytes, context: Context) -> Contents:
    """Run a parser; bytes that it trips over are a problem, and are searched as they stand."""
    try:
        return parser(data, context)
    except _TRIPS:
        contents = Contents(context.name.lower().rpartition(".")[2] or "unknown")
        contents.broken("structure", "Expected a structure of its format, got other bytes.")
        add_printable(contents, data, "file")
        return contents


def _is_text(data: bytes) -> bool:
    """Tell whether a file without a known ending is text."""
    head = bytes(data[:4096])
    return b"\x00" not in head and decode_text(head[:-4] if len(data) > len(head) else head)[1]
