"""The two echo times behind a map of phase differences, whose own header states one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from fascicle.errors import FormatError

from ._dicom_instances import Instance, read_instance

_MOST_FOLDERS = 64
_MOST_FILES = 300
"""Magnitudes lie beside the phases; a folder of ten thousand other images is not searched."""
_PLAUSIBLE_MS = (0.1, 10.0)
"""Difference of the echoes of a field map: BIDS asks for the same."""


def find_echo_times(root: Path, phase: Instance) -> tuple[float, float] | None:
    """Return the two echo times of a field map, from the magnitudes that were taken with it.

    Magnitudes are those of the same person and protocol, in the same folder or one beside it.

    Parameters
    ----------
    root : Path
        The raw folder.
    phase : Instance
        A file of the phase differences; its echo time is the later one.

    Returns
    -------
    tuple of float or None
        Earlier and later, in milliseconds; None unless exactly one earlier one is found.
    """
    if phase.echo_ms is None:
        return None
    low, high = _PLAUSIBLE_MS
    earlier = {
        round(found.echo_ms, 3)
        for found in _beside(root, phase.path)
        if found.person == phase.person
        and found.names == phase.names
        and (found.modality, found.part) == (phase.modality, "mag")
        and found.echo_ms is not None
        and low <= phase.echo_ms - found.echo_ms <= high
    }
    return (earlier.pop(), phase.echo_ms) if len(earlier) == 1 else None


def _beside(root: Path, path: PurePosixPath) -> Iterator[Instance]:
    """Yield DICOM files of a file's folder, and of the folders beside it."""
    own = root / path.parent
    folders = [own]
    if path.parent.parts:  # never above the raw folder
        beside = sorted(folder for folder in own.parent.iterdir() if folder.is_dir())
        folders += [folder for folder in beside if folder != own][:_MOST_FOLDERS]
    for folder in folders:
        files = sorted(file for file in folder.iterdir() if file.is_file())
        # Of many, some from all over: echoes may follow one another file by file or in blocks.
        for file in files[:: max(1, -(-len(files) // _MOST_FILES))]:
            try:
                yield read_instance(root, PurePosixPath(file.relative_to(root).as_posix()))
            except FormatError:
                continue
