"""What the names of files can tell of a recording."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from fascicle.core import Header

from ._registry import registry

NO_NAME = "channels"
"""What stands in place of a channel's name."""
SLICES = "slices"
"""What stands in place of the first slice's number."""


def telling_path(path: PurePosixPath, name: str, header: Header, n_files: int = 1) -> PurePosixPath:
    """Return a path of a recording as far as it can tell of the person, the session or the task.

    Formats that keep each channel in a file of its own name that file after the channel
    (``CSC1.ncs``, ``LAHC1_0002.ncs``): taken for the name of a person, it would make one person of
    every electrode. Formats that keep each slice in a file of its own number them (``z_0001.tif``):
    taken for a run, or for somebody's number, it would be the first slice's.

    Parameters
    ----------
    path : PurePosixPath
        One of the recording's files.
    name : str
        Name of its format in the registry.
    header : Header
        What the recording says.
    n_files : int
        Files of the recording.

    Returns
    -------
    PurePosixPath
        The path, with another word where the name of the channel stood.

    Examples
    --------
    >>> from fascicle.core import Channel, Modality
    >>> header = Header(Modality.IEEG, 2000.0, 1009, (Channel("LAHC1", "SEEG", "uV", 2000.0),))
    >>> telling_path(PurePosixPath("P7/LAHC1_0002.ncs"), "neuralynx", header)
    PurePosixPath('P7/channels_0002.ncs')
    """
    n_fixed = int(getattr(registry().get(name), "n_fixed_parts", 0))
    if n_fixed:
        return PurePosixPath(*path.parts[:-n_fixed])  # names that a program gives say nothing
    if n_files > 1 and getattr(registry().get(name), "file_per_slice", False):
        stem = path.stem.rstrip("0123456789").rstrip("_-. ")
        return path.with_name(f"{stem or SLICES}{path.suffix}")
    if not getattr(registry().get(name), "file_per_channel", False):
        return path
    for channel in header.channels:
        rest = path.stem.removeprefix(channel.name)
        if rest != path.stem and re.fullmatch(r"(_\d+)?", rest):
            return path.with_name(f"{NO_NAME}{rest}{path.suffix}")
    return path
