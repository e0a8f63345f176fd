"""Find the right format and let it do the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import ParamSpec, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Event, Family, FileHead, Format, Header, Source, Written
from fascicle.errors import FascicleError, FormatError

from ._chunks import COMPRESSION, Compression
from ._files import DISK_FULL, require_room
from ._registry import registry

P = ParamSpec("P")
T = TypeVar("T")

WRITTEN_SUFFIXES = {
    ".edf": "edf",
    ".bdf": "bdf",
    ".vhdr": "brainvision",
    ".fif": "fif",
    ".set": "eeglab",
    ".snirf": "snirf",
    ".nii": "nifti",
    ".nwb": "nwb",
    ".tif": "micrograph",
    ".zarr": "ome-zarr",
    ".h5ad": "anndata",
    ".mp4": "video",
    ".mov": "video",
    ".avi": "video",
}
"""Suffix of a file in a BIDS dataset, and the format that reads it."""

PLAUSIBLE_RATES_HZ = (1e-4, 1e8)
"""No recording of any modality is slower or faster: what is, has a damaged header."""


class WrittenFormat(Format, Protocol):
    """A format in which BIDS keeps recordings: its samples can be streamed."""

    def read_blocks(self, path: Path, block_s: float) -> Iterator[NDArray[np.float64]]:
        """Yield blocks of shape (n_channels, n_block) in each channel's unit."""
        ...


class TriggeredFormat(Protocol):
    """A format that keeps triggers among the samples, so that reading them costs a pass."""

    def read_triggers(self, root: Path, source: Source) -> tuple[Event, ...]:
        """Return what the trigger channels hold, by onset."""
        ...


def require_format(name: str) -> Format:
    """Return the format of this name, or raise."""
    formats = registry()
    if name not in formats:
        raise FormatError(
            "FSC209",
            f"Expected one of {len(formats)} known formats, got another.",
            "Install the plug-in that reads it, or remove the recording from the plan.",
        )
    return formats[name]


def read_header(root: Path, source: Source, *, triggers: bool = False) -> Header:
    """Read what the header of a recording says, without loading samples.

    Parameters
    ----------
    root : Path
        The raw folder.
    source : Source
        The recording's files, relative to `root`.
    triggers : bool
        True also reads the trigger channels, which takes a pass over the samples (streamed) in
        formats that keep them there (BDF, FIF); their events join ``Header.events``.

    Returns
    -------
    Header
        Everything that the format says, as it stands there: it holds what identifies people.

    Raises
    ------
    FormatError
        If the file is not what it says that it is, is cut off or unreadable.

    Notes
    -----
    A format that is ``isolated`` is to be read in a process of its own: the caller does that.
    """
    reader = require_format(source.format)
    header = _guarded(reader.read_header, root, source)
    _require_plausible(header, source.n_bytes)
    if triggers and hasattr(reader, "read_triggers"):
        found = _guarded(cast(TriggeredFormat, reader).read_triggers, root, source)
        events = sorted((*header.events, *found), key=lambda event: event.onset_s)
        header = replace(header, events=tuple(events))
    return header


def _require_plausible(header: Header, n_bytes: int) -> None:
    """Refuse damaged sizes here: what is computed from them would overflow, or never end."""
    if header.modality.family is not Family.SIGNAL:
        return
    if n_bytes:  # of a written recording nobody asks for its size
        require_room(header.n_times * len(header.channels), n_bytes)
    low_hz, high_hz = PLAUSIBLE_RATES_HZ
    if not low_hz <= header.sfreq_hz <= high_hz:
        raise FormatError(
            "FSC203",
            f"Expected a sampling rate between {low_hz:g} and {high_hz:g} Hz in the header, got "
            "another.",
            "Export the recording again; its header is damaged.",
        )


def write_recording(
    root: Path,
    source: Source,
    header: Header,
    folder: Path,
    stem: str,
    compression: Compression = "gzip",
) -> Written:
    """Write a recording as ``folder/stem.*`` with nothing but what `header` says.

    Parameters
    ----------
    root : Path
        The raw folder; it is only read.
    source : Source
        Where the samples come from.
    header : Header
        What may leave: one channel for each of the source, in its order.
    folder : Path
        Exists; files of the same name are replaced.
    stem : str
        Name without suffix, ending in the BIDS suffix: ``"sub-01_task-rest_eeg"``.
    compression : str
        How big arrays in NWB files are packed; other formats have one way each.

    Returns
    -------
    Written
        The files, relative to `folder`.

    Raises
    ------
    FormatError
        If the source cannot be read, or `header` does not fit it.
    """
    token = COMPRESSION.set(compression)
    try:
        return _guarded(require_format(source.format).write, root, source, header, folder, stem)
    finally:
        COMPRESSION.reset(token)


def read_blocks(path: Path, *, block_s: float = 10.0) -> Iterator[NDArray[np.float64]]:
    """Stream the samples of a written (BIDS) recording.

    Parameters
    ----------
    path : Path
        The file that a reader is given: ``.edf``, ``.bdf``, ``.vhdr``, ``.fif``, ``.set``,
        ``.snirf``, ``.nwb``.
    block_s : float
        Length of a block, in seconds; a block has at least one sample.

    Yields
    ------
    ndarray of float64, shape (n_channels, n_block)
        Values in the unit of ``read_written_header(path).channels``, at the highest sampling rate
        of the file: slower channels are held (each sample repeated), never interpolated. The last
        block may be shorter.

    Raises
    ------
    FormatError
        If the file cannot be read.
    """
    reader = _written_format(path)
    blocks = reader.read_blocks(path, block_s)
    while (block := _guarded(next, blocks, None)) is not None:
        yield block


def read_written_header(path: Path) -> Header:
    """Read the header of a written (BIDS) recording.

    Parameters
    ----------
    path : Path
        As in `read_blocks`.

    Returns
    -------
    Header
        What the file says now.

    Raises
    ------
    FormatError
        If the file cannot be read.
    """
    name = _written_name(path)
    files = (PurePosixPath(path.name), *_find_parts(path, name))
    return read_header(path.parent, Source(name, files, 0))


def _find_parts(path: Path, name: str) -> tuple[PurePosixPath, ...]:
    """Return what stands beside a written image and says what it shows: sidecar, gradients."""
    if name != "nifti":
        return ()
    siblings = sorted(PurePosixPath(one.name) for one in path.parent.iterdir() if one.is_file())
    head = FileHead(PurePosixPath(path.name), b"", 0)
    return require_format(name).companions(head, path.parent, siblings)


def _written_name(path: Path) -> str:
    """Return the format of a written file by its suffix, packed or not."""
    name = WRITTEN_SUFFIXES.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    if name is None:
        raise FormatError(
            "FSC209",
            f"Expected a written recording ({', '.join(WRITTEN_SUFFIXES)}), got another file.",
            "Give the file that a reader opens, such as the .vhdr of a BrainVision recording.",
        )
    return name


def _written_format(path: Path) -> WrittenFormat:
    """Return the format that streams a written file."""
    return cast(WrittenFormat, require_format(_written_name(path)))


def _guarded(func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a format; what it did not foresee in the bytes becomes a `FormatError`."""
    try:
        return func(*args, **kwargs)
    except FascicleError:
        raise
    except MemoryError as error:
        raise FormatError(
            "FSC211",
            "Expected a recording whose header fits into memory, got one that does not.",
            "The file is damaged, or its sizes are: copy it again, or leave it out.",
        ) from error
    except OSError as error:
        if error.errno in DISK_FULL:
            raise  # nothing is wrong with the recording: the caller stops
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise FormatError(
            "FSC201",
            f"Expected to read and write the files of a recording, got: {reason}.",
            "Check the disk, the permissions and that the file is still there.",
        ) from error
    except Exception as error:
        raise FormatError(
            "FSC211",
            f"Expected a well-formed recording, but its reader stopped ({type(error).__name__}).",
            "The file is damaged, or of a variant that the reader does not know: please report it.",
        ) from error
