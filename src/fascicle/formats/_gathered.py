"""What a format says that parts its files into recordings itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from fascicle.core import Finding


@dataclass(frozen=True, slots=True)
class Gathered:
    """All files of a format, parted.

    Attributes
    ----------
    recordings : tuple of tuple of PurePosixPath
        The files of each recording, in order; no file is in two of them.
    left_out : tuple of PurePosixPath
        Files of this format that are no recordings, or are broken.
    findings : tuple of Finding
        Why they are left out, and what else was seen; one for many files of a kind.
    """

    recordings: tuple[tuple[PurePosixPath, ...], ...]
    left_out: tuple[PurePosixPath, ...] = ()
    findings: tuple[Finding, ...] = ()
