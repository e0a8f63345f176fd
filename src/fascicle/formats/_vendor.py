"""What all formats that are decoded and written anew have in common.

A vendor's recording is *opened*: that gives its header and a function that reads samples. Where the
samples go follows from the modality alone (BrainVision, FIF or SNIRF), so that a new vendor needs a
way to open its files and nothing else.
"""

from __future__ import annotations

import io
import logging
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from fascicle.core import Header, Identifier, Modality
from fascicle.errors import DependencyError, FascicleError, FormatError

from ._brainvision import StoredSamples, write_brainvision_blocks, write_brainvision_copy
from ._files import DISK_FULL, as_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fascicle.core import FileHead, Source, Written

BLOCK_VALUES = 4_000_000
"""Values that one block holds at most: 32 MB of float64, whatever the number of channels."""

_LOGGERS = ("mne", "pyxdf", "pyxdf.pyxdf", "neo", "mffpy", "curryreader", "pydicom")
_EMPTY_WORDS = frozenset({
    "",
    "0",
    "-",
    "?",
    "n/a",
    "na",
    "nan",
    "none",
    "null",
    "unknown",
    "unspecified",
    "x",
    "u",
})


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording that was opened.

    Attributes
    ----------
    header : Header
        What it says.
    read : callable
        ``read(start, stop)`` gives samples ``start`` to ``stop`` of every channel, float64 of
        shape ``(n_channels, stop - start)``, in the unit of each channel.
    raw : object
        The reader's own recording (an ``mne.io.BaseRaw``), where the writer needs the geometry of
        sensors from it; None otherwise.
    stored : StoredSamples or None
        The samples in their file, where they need not be decoded to be BrainVision's.
    """

    header: Header
    read: Callable[[int, int], NDArray[np.float64]]
    raw: Any = None
    stored: StoredSamples | None = None

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """Yield all samples in order, in blocks of bounded size."""
        n_block = max(1, BLOCK_VALUES // max(1, len(self.header.channels)))
        for start in range(0, self.header.n_times, n_block):
            yield self.read(start, min(start + n_block, self.header.n_times))


@contextmanager
def foreign_reader(title: str, requires: str = "") -> Iterator[None]:
    """Run the code of another library: silently, and with its failures told in our words.

    The message names the kind of failure only: the words of a foreign error may hold values from
    the file.
    """
    with warnings.catch_warnings(), _silence():
        warnings.simplefilter("ignore")
        try:
            yield
        except FascicleError:
            raise
        except ImportError as error:
            if not requires:
                raise _unreadable(title, error) from error
            raise DependencyError(
                "FSC801",
                f"Expected the optional library that reads {title}, and it is not installed.",
                f"Install it: pip install 'fascicle[{requires}]'.",
            ) from error
        except Exception as error:
            if full := _find_full_disk(error):
                raise full from None  # nothing is wrong with the recording: the caller stops
            raise _unreadable(title, error) from error


def _find_full_disk(error: BaseException | None) -> OSError | None:
    """Return what the system said of a full disk, if an error came of it.

    HDF5 fails once more while it closes the file, and says then that it could not.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            return error
        error = error.__context__
    return None


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the loggers and the prints of readers away from the terminal."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(logger, logger.level) for logger in loggers]
    # Some readers set logging up for the whole program, and write to its root.
    handlers = list(logging.root.handlers)
    logging.root.handlers[:] = [logging.NullHandler()]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.root.handlers[:] = handlers
        for logger, level in before:
            logger.setLevel(level)


def _unreadable(title: str, error: Exception) -> FormatError:
    return FormatError(
        "FSC230",
        f"Expected a whole recording in the format {title}, and its reader gave up "
        f"({type(error).__name__}).",
        "Check that the file and its companions are complete; export it anew if they are.",
    )


def find_identifiers(where: str, fields: Iterable[tuple[str, str, object]]) -> list[Identifier]:
    """Return an identifier for each ``(kind, field, value)`` whose value says something.

    Examples
    --------
    >>> [i.where for i in find_identifiers("CNT header", [("id", "id", "S7"), ("name", "n", "X")])]
    ['CNT header: id']
    """
    found = []
    for kind, name, value in fields:
        text = "" if value is None else str(value).replace("\0", " ").strip()
        if text.casefold() not in _EMPTY_WORDS:
            found.append(Identifier(kind, text, f"{where}: {name}"))
    return found


class DecodedFormat(ABC):
    """Base of our formats: a recording is one file, unless a subclass names companions."""

    name: str
    title: str
    modalities: tuple[Modality, ...]
    isolated: bool = False
    proven_on: str = "generated"
    requires: str = ""

    @abstractmethod
    def recognises(self, head: FileHead) -> bool:
        """Tell by content whether this file is the primary file of a recording."""

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the other files of the recording; most formats keep one file."""
        return ()


class RefusedFormat(DecodedFormat):
    """Base of formats that are known and not read: who has one is told how to export it."""

    @abstractmethod
    def refuses(self, head: FileHead, root: Path) -> str:
        """Return how to export it."""

    @abstractmethod
    def refusal(self) -> FormatError:
        """Return what is raised at who reads it all the same."""

    def read_header(self, root: Path, source: Source) -> Header:
        """Raise the refusal."""
        raise self.refusal()

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Raise the refusal."""
        raise self.refusal()


class VendorFormat(DecodedFormat):
    """Base of the formats that are decoded: a subclass says what it recognises and how it opens."""

    modalities: tuple[Modality, ...] = (Modality.EEG,)
    manufacturer: ClassVar[str] = ""

    @abstractmethod
    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Open a recording; what goes wrong may be raised in any words."""

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the header says."""
        with foreign_reader(self.title, self.requires):
            return require_samples(self.open(root, source.files).header)

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Decode the samples and write them with nothing but what `header` says."""
        with foreign_reader(self.title, self.requires):
            opened = self.open(root, source.files)
            require_same_shape(require_samples(opened.header), header)
            return self.write_opened(opened, header, folder, stem)

    def write_opened(self, opened: Opened, header: Header, folder: Path, stem: str) -> Written:
        """Write an opened recording: as BrainVision, unless a subclass knows better."""
        if opened.stored is not None:
            return write_brainvision_copy(header, opened.stored, folder, stem)
        return write_brainvision_blocks(header, opened.blocks(), folder, stem)


def require_samples(header: Header) -> Header:
    """Return a header; raise FormatError FSC232 without channels, samples or a rate."""
    if header.channels and header.n_times > 0 and 0 < header.sfreq_hz < float("inf"):
        return header
    raise FormatError(
        "FSC232",
        f"Expected channels, samples and a rate, got {len(header.channels)} channels with "
        f"{header.n_times} samples.",
        "The file is cut off or was never recorded to: copy it again, or leave it out.",
    )


def require_same_shape(read: Header, released: Header) -> None:
    """Raise FormatError FSC231 unless the released header has the channels of the source."""
    if len(read.channels) != len(released.channels) or read.n_times != released.n_times:
        raise FormatError(
            "FSC231",
            f"Expected a header with {len(read.channels)} channels and {read.n_times} samples, "
            f"got {len(released.channels)} and {released.n_times}.",
            "Give the header that was read from this recording, with names replaced and no "
            "channel taken away.",
        )


def same_stem(
    head: FileHead, siblings: Sequence[PurePosixPath], suffixes: Iterable[str]
) -> tuple[PurePosixPath, ...]:
    """Return the siblings that share a file's name up to one of `suffixes` (whatever the case)."""
    folder = as_folder(siblings)
    stem = head.path.name[: -len(head.path.suffix)] if head.path.suffix else head.path.name
    found = (folder.named(stem + suffix) for suffix in suffixes)
    return tuple(path for path in found if path is not None and path != head.path)


def with_identifiers(header: Header, found: Iterable[Identifier]) -> Header:
    """Return a header with more identifiers, each once."""
    known = dict.fromkeys((*header.identifiers, *found))
    return replace(header, identifiers=tuple(known))
