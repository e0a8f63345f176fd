"""Which recordings can end the process that reads them, whatever their format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from fascicle.core import Source

from ._registry import registry

HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
_BASES: Final = (0, 512, 1024, 2048)
"""Where the structure may begin: MATLAB and others write something of their own before."""

_OPEN_NO_HDF5: Final = frozenset({
    "edf", "bdf", "brainvision", "fif", "dicom", "nifti", "tiff-movie", "micrograph", "picture",
})  # fmt: skip
"""Readers that never open such a file; a series of DICOM has thousands that need not be asked."""


def is_hdf5(start: bytes) -> bool:
    """Tell by the first bytes of a file whether the library of HDF5 would read it.

    A wrong byte can crash that library, or keep it busy for ever: nobody can catch that.
    """
    return any(start[base : base + len(HDF5_MAGIC)] == HDF5_MAGIC for base in _BASES)


def is_risky(root: Path, source: Source, known: Mapping[PurePosixPath, bool] | None = None) -> bool:
    """Tell whether a recording must be read in another process, where a crash is an error.

    Parameters
    ----------
    root : Path
        The raw folder.
    source : Source
        The recording.
    known : mapping of PurePosixPath to bool, optional
        Which files are HDF5, as `recognise` has seen; others are opened.

    Returns
    -------
    bool
        True if one of its files is HDF5: damaged ones crash the library that reads them. Formats
        that are `isolated` are so for other reasons.
    """
    known = known or {}
    return source.format not in _OPEN_NO_HDF5 and any(
        known[path] if path in known else is_hdf5(_read_start(root / path)) for path in source.files
    )


def is_isolated(source: Source) -> bool:
    """Tell whether the format's reader needs a new process, which ends with it."""
    formats = registry()
    return source.format in formats and formats[source.format].isolated


def _read_start(path: Path) -> bytes:
    """Return what tells of HDF5; nothing of a folder, or of what cannot be read."""
    try:
        with path.open("rb", buffering=0) as stream:
            return stream.read(_BASES[-1] + len(HDF5_MAGIC)) or b""
    except OSError:
        return b""
