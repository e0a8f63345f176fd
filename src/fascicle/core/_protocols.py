"""What plug-ins keep to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from ._recordings import Header, Modality, Source, Written


@dataclass(frozen=True, slots=True)
class FileHead:
    """The beginning of a file, read once and shown to every format.

    Attributes
    ----------
    path : PurePosixPath
        Relative to the raw folder.
    head : bytes
        Up to 4096 first bytes; empty for a folder or an empty file.
    n_bytes : int
        Size of the file; 0 for a folder.
    is_folder : bool
        True for formats that are folders (.mff, .ds): their files are not shown one by one.
    """

    path: PurePosixPath
    head: bytes
    n_bytes: int
    is_folder: bool = False


class Format(Protocol):
    """A file format: recognised by content, read without loading, written in blocks.

    ``isolated`` formats are read in a process of their own, because their reader can crash the
    interpreter. ``proven_on`` says whether a real file went through it (``"real"``) or only a
    generated one (``"generated"``).
    """

    name: str
    title: str
    modalities: tuple[Modality, ...]
    isolated: bool
    proven_on: str
    requires: str
    """Name of the optional library, as in ``pip install 'fascicle[vendors]'``; empty if none."""

    def recognises(self, head: FileHead) -> bool:
        """Tell by content whether this file is the primary file of a recording."""
        ...

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the other files of the recording, among `siblings` (all files of its folder)."""
        ...

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the header says, without loading samples."""
        ...

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write the recording as ``folder/stem.*`` with nothing but what `header` says.

        `header` is what may leave, not what was read: the writer takes names, dates, labels and
        events from there alone, and only the samples from `source`.
        """
        ...


ProgressHook = Callable[["Progress"], None]
"""Called on every step of long work; must return quickly and must not raise."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of long work.

    Attributes
    ----------
    stage : str
        ``"look"``, ``"convert"``, ``"check"``, ``"prove"``, ``"publish"``.
    done, total : int
        Units finished and units in all.
    what : str
        The unit just finished, in words for the owner's terminal.
    """

    stage: str
    done: int
    total: int
    what: str = ""
