"""Walk a raw folder and tell by content which files are recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar, cast

from fascicle.core import (
    FileHead,
    Finding,
    Format,
    Progress,
    ProgressHook,
    Severity,
    Source,
)
from fascicle.errors import FascicleError, InputError

from ._duplicates import find_duplicates
from ._files import HEAD_BYTES, Folder
from ._gathered import Gathered
from ._registry import registry
from ._risky import is_hdf5
from ._walk import Entry, walk

Answer = TypeVar("Answer")

_BATCH = 64
"""Files that a thread opens before it reports: handing over single ones costs more than reading."""

_N_LOOKERS = 2
"""Files that are looked into at a time, each in a process: to start more costs more."""

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".xlsx", ".xls", ".ods"})
SIDECAR_ENDS = (
    "_events.tsv",
    "_channels.tsv",
    "_electrodes.tsv",
    "_optodes.tsv",
    "_scans.tsv",
    "_physio.tsv",
)
"""Tables that BIDS writes beside recordings: they describe no participants."""

ARCHIVE_SUFFIXES = frozenset({
    ".zip",
    ".7z",
    ".rar",
    ".tar",
    ".gz",
    ".tgz",
    ".bz2",
    ".xz",
    ".zst",
    ".lz4",
})
ARCHIVE_MAGIC = (
    b"PK\x03\x04",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
)
RECORDING_SUFFIXES = frozenset({".edf", ".bdf", ".gdf", ".vhdr", ".ahdr", ".fif", ".set", ".snirf",
                                ".xdf", ".cnt", ".nii", ".mgh", ".mgz", ".mnc"})  # fmt: skip
"""Endings that promise a recording; other endings of recordings stand for other things, too."""
OFFICE_SUFFIXES = frozenset({".xlsx", ".xlsm", ".docx", ".pptx", ".odt", ".ods", ".odp", ".npz"})
"""Files that are zip archives inside but nobody calls so."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a raw folder holds.

    Attributes
    ----------
    sources : tuple of Source
        The recordings, by path.
    tables : tuple of PurePosixPath
        Tables (.csv, .tsv, .xlsx) that may describe participants.
    others : tuple of PurePosixPath
        Files that are neither.
    findings : tuple of Finding
        Orphans, duplicates, empty and unreadable files, archives, broken links.
    hdf5 : dict of PurePosixPath to bool
        Of each file that was opened, whether it is HDF5: nobody need open it again for that.
    """

    sources: tuple[Source, ...]
    tables: tuple[PurePosixPath, ...] = ()
    others: tuple[PurePosixPath, ...] = ()
    findings: tuple[Finding, ...] = ()
    hdf5: Mapping[PurePosixPath, bool] = field(default_factory=dict)


class Apart(Protocol):
    """Calls a function where a crash of the process is an error (``fascicle.jobs.run_apart``)."""

    def __call__(self, function: Callable[..., Answer], *args: object) -> Answer:
        """Return what the module-level function gives."""
        ...


class _Gathering(Protocol):
    """A format whose recordings are told apart by what stands in the files, not by folders."""

    def gather(
        self, heads: Sequence[FileHead], root: Path
    ) -> Sequence[tuple[PurePosixPath, ...]] | Gathered:
        """Part all files of this format into recordings, each with its files in order."""
        ...


class _Choosy(Protocol):
    """A format whose files are not always recordings."""

    def refuses(self, head: FileHead, root: Path) -> str:
        """Return why a file of this format is no recording; empty if it is one."""
        ...


class _Careful(Protocol):
    """A format that shares its container with others, and must look further than the head."""

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Tell whether a file that `recognises` let pass is of this format."""
        ...


@dataclass
class _Found:
    """What was claimed so far."""

    candidates: dict[PurePosixPath, tuple[Format, FileHead]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    refused: set[PurePosixPath] = field(default_factory=set)


def recognise(
    root: Path,
    *,
    on_progress: ProgressHook | None = None,
    n_threads: int = 8,
    apart: Apart | None = None,
) -> Recognition:
    """Tell by content, not by name, which files under `root` are recordings.

    Parameters
    ----------
    root : Path
        The raw folder; it is only read. Links that lead out of it are not followed; archives are
        not opened; hidden and system files are passed over.
    on_progress : callable, optional
        Called after every folder's worth of heads.
    n_threads : int
        How many files are opened at a time: what takes long on a network drive is waiting.
    apart : callable, optional
        Where formats look into HDF5 files, which crash the library that reads them if they are
        damaged: ``fascicle.jobs.run_apart``. In this process by default.

    Returns
    -------
    Recognition
        The same for the same folder: everything in it is sorted by path.

    Raises
    ------
    InputError
        If `root` is not a folder.
    """
    if not root.is_dir():
        raise InputError("FSC110", "Expected a folder, got something else.", "Name the raw folder.")
    folder_formats = tuple(f for f in registry().values() if getattr(f, "is_folder", False))
    listing = walk(root, folder_formats)
    found = _Found(findings=list(listing.findings))
    heads = _read_heads(root, listing.entries, n_threads, on_progress, found)
    _ask_formats(root, heads, found, apart)
    sources, claimed = _group(root, heads, found)
    tables, others = _sort_rest(heads, claimed, found)
    found.findings += find_duplicates(root, sources)
    found.findings.sort(key=lambda f: (f.raw_place, f.code))
    hdf5 = {head.path: is_hdf5(head.head) for head in heads}
    return Recognition(tuple(sources), tuple(tables), tuple(others), tuple(found.findings), hdf5)


def _read_heads(
    root: Path,
    entries: Sequence[Entry],
    n_threads: int,
    on_progress: ProgressHook | None,
    found: _Found,
) -> list[FileHead]:
    """Read the first bytes of every file, several at a time, in the order of `entries`."""

    def read(entry: Entry) -> FileHead | str:
        if entry.is_folder:
            return FileHead(entry.path, b"", entry.n_bytes, is_folder=True)
        try:
            with (root / entry.path).open("rb", buffering=0) as stream:
                return FileHead(entry.path, stream.read(HEAD_BYTES) or b"", entry.n_bytes)
        except OSError as error:
            return type(error).__name__

    def read_some(some: Sequence[Entry]) -> list[FileHead | str]:
        return [read(entry) for entry in some]

    heads: list[FileHead] = []
    batches = [entries[i : i + _BATCH] for i in range(0, len(entries), _BATCH)]
    n_done = 0
    with ThreadPoolExecutor(max_workers=max(1, n_threads)) as pool:
        for batch, results in zip(batches, pool.map(read_some, batches), strict=True):
            for entry, head in zip(batch, results, strict=True):
                if isinstance(head, FileHead):
                    heads.append(head)
                else:
                    found.findings.append(_unreadable(entry.path, head))
            n_done += len(batch)
            if on_progress:
                on_progress(Progress("look", n_done, len(entries), batch[-1].path.name))
    return heads


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the formats say of a file: which has it, if any, and why it is no recording."""

    format: str = ""
    refusal: str = ""


def _ask_formats(root: Path, heads: Sequence[FileHead], found: _Found, apart: Apart | None) -> None:
    """Let every format look at every head; the first that knows it has it."""
    asked = [head for head in heads if head.is_folder or head.n_bytes]
    for head, verdict in zip(asked, _hear(root, asked, apart), strict=True):
        if isinstance(verdict, FascicleError):
            found.refused.add(head.path)
            found.findings.append(_damaged(head.path, verdict))
        elif verdict.refusal:
            found.refused.add(head.path)
            found.findings.append(
                _finding(
                    "file.not-raw",
                    Severity.NOTE,
                    head.path,
                    verdict.refusal,
                    "Nothing to do: it is left out.",
                )
            )
        elif verdict.format:
            found.candidates[head.path] = (registry()[verdict.format], head)


def _hear(
    root: Path, heads: Sequence[FileHead], apart: Apart | None
) -> Iterator[_Verdict | FascicleError]:
    """Yield the verdict on each file, or what became of the process that looked into it."""
    formats = tuple(registry().items())
    if apart is None:
        yield from (_ask(root, head, formats) for head in heads)
        return

    def ask_apart(head: FileHead) -> _Verdict | FascicleError:
        try:
            return apart(_ask, root, head)
        except FascicleError as error:
            return error

    with ThreadPoolExecutor(max_workers=_N_LOOKERS) as waiters:
        risky = waiters.map(ask_apart, [head for head in heads if is_hdf5(head.head)])
        for head in heads:
            yield next(risky) if is_hdf5(head.head) else _ask(root, head, formats)


def _ask(
    root: Path, head: FileHead, formats: Iterable[tuple[str, Format]] | None = None
) -> _Verdict:
    """Ask one format after the other, by default all."""
    for name, candidate in registry().items() if formats is None else formats:
        if _safely(candidate, head, root):
            return _Verdict(name, _why_refused(candidate, head, root))
    return _Verdict()


def _why_refused(candidate: Format, head: FileHead, root: Path) -> str:
    """Ask a format whether its file is a recording; one that stumbles leaves it to the header."""
    if not hasattr(candidate, "refuses"):
        return ""
    try:
        return cast(_Choosy, candidate).refuses(head, root)
    except Exception:  # noqa: BLE001 - a plug-in's fault must not end the walk over the whole folder
        return ""


def _companions(
    candidate: Format, head: FileHead, root: Path, folder: Folder
) -> tuple[PurePosixPath, ...]:
    """Ask a format for companions; one that stumbles has none."""
    try:
        return candidate.companions(head, root, folder)
    except Exception:  # noqa: BLE001 - a plug-in's fault must not end the walk over the whole folder
        return ()


def _safely(candidate: Format, head: FileHead, root: Path) -> bool:
    """Ask a format; one that stumbles over a file does not know it."""
    try:
        if not candidate.recognises(head):
            return False
        return not hasattr(candidate, "confirms") or cast(_Careful, candidate).confirms(head, root)
    except Exception:  # noqa: BLE001 - a plug-in's fault must not end the walk over the whole folder
        return False


def _group(
    root: Path, heads: Sequence[FileHead], found: _Found
) -> tuple[list[Source], set[PurePosixPath]]:
    """Join every primary file with its companions; a companion is no recording of its own."""
    folders = _folders(heads)
    sizes = {head.path: head.n_bytes for head in heads}
    claims: dict[PurePosixPath, tuple[PurePosixPath, ...]] = {}
    claimed_by: dict[PurePosixPath, PurePosixPath] = {}
    gathered = _gather(root, found)  # before the loop: it may take candidates away
    for path, (owner, head) in found.candidates.items():
        parts = (
            gathered[path]
            if path in gathered
            else _companions(owner, head, root, folders[path.parent])
        )
        # What a lab wrote beside it is part of it: who corrects that has another recording.
        told = owner.find_settings(root, path) if hasattr(owner, "find_settings") else ()
        claims[path] = tuple(dict.fromkeys(part for part in (*parts, *told) if part != path))
        for part in claims[path]:
            if claimed_by.get(path) != part:  # each claims the other: the first in order has both
                claimed_by.setdefault(part, path)
    sources = [
        Source(
            found.candidates[path][0].name,
            (path, *parts),
            sizes[path] + sum(sizes.get(part, 0) for part in parts),
        )
        for path, parts in claims.items()
        if path not in claimed_by
    ]
    return sources, {path for source in sources for path in source.files}


def _gather(root: Path, found: _Found) -> dict[PurePosixPath, tuple[PurePosixPath, ...]]:
    """Let formats that part their files themselves do so; return the parts by their first file."""
    owned: dict[str, list[FileHead]] = {}
    for owner, head in found.candidates.values():
        if hasattr(owner, "gather"):
            owned.setdefault(owner.name, []).append(head)
    gathered: dict[PurePosixPath, tuple[PurePosixPath, ...]] = {}
    for name, heads in owned.items():
        parted = cast(_Gathering, registry()[name]).gather(heads, root)
        if isinstance(parted, Gathered):
            found.findings += parted.findings
            found.refused |= set(parted.left_out)
            for path in parted.left_out:
                del found.candidates[path]
        for files in parted.recordings if isinstance(parted, Gathered) else parted:
            gathered[files[0]] = files
            gathered |= dict.fromkeys(files[1:], ())
    return gathered


def _folders(heads: Sequence[FileHead]) -> dict[PurePosixPath, Folder]:
    """Return the files of each folder."""
    members: dict[PurePosixPath, list[PurePosixPath]] = {}
    for head in heads:
        members.setdefault(head.path.parent, []).append(head.path)
    return {parent: Folder(paths) for parent, paths in members.items()}


def _sort_rest(
    heads: Sequence[FileHead], claimed: set[PurePosixPath], found: _Found
) -> tuple[list[PurePosixPath], list[PurePosixPath]]:
    """Part what is no recording into tables and others, with a finding where one is due."""
    parts = {suffix for f in registry().values() for suffix in getattr(f, "companion_suffixes", ())}
    tables: list[PurePosixPath] = []
    others: list[PurePosixPath] = []
    for head in heads:
        path = head.path
        if path in claimed:
            continue
        if _is_table(path) and head.n_bytes:
            tables.append(path)
            continue
        others.append(path)
        finding = None if path in found.refused else _rest_finding(head, parts)
        if finding:
            found.findings.append(finding)
    return tables, others


def _is_table(path: PurePosixPath) -> bool:
    """Tell whether a file is a table that may describe participants."""
    return path.suffix.lower() in TABLE_SUFFIXES and not path.name.lower().endswith(SIDECAR_ENDS)


def _rest_finding(head: FileHead, companion_suffixes: set[str]) -> Finding | None:
    """Say what is wrong with a file that no recording has, if anything is."""
    is_packed_image = head.path.name.lower().endswith(".nii.gz")
    suffix = ".nii" if is_packed_image else head.path.suffix.lower()
    if head.n_bytes == 0 and not head.is_folder:
        return _finding(
            "file.empty",
            Severity.WARNING,
            head.path,
            "Expected data, got 0 bytes.",
            "Copy the file again, or remove it.",
        )
    if suffix in companion_suffixes:
        return _finding(
            "file.orphan",
            Severity.WARNING,
            head.path,
            f"Expected a recording that this {suffix} file belongs to, got none.",
            "Put the missing part beside it, under the name that its header states.",
        )
    if suffix in RECORDING_SUFFIXES:
        return _finding(
            "file.unknown",
            Severity.WARNING,
            head.path,
            f"Expected a recording by its ending {suffix}, got content of no known format.",
            "Look whether it opens in the vendor's software; copy it again, or remove it.",
        )
    is_zip = head.head.startswith(ARCHIVE_MAGIC) and suffix not in OFFICE_SUFFIXES
    if suffix in ARCHIVE_SUFFIXES or is_zip:
        return _finding(
            "file.archive",
            Severity.WARNING,
            head.path,
            "Expected recordings, got an archive; archives are not opened.",
            "Unpack it into the raw folder and look again.",
        )
    return None


def _damaged(path: PurePosixPath, error: FascicleError) -> Finding:
    """Return the finding for a file that nobody can look into."""
    return _finding(
        "file.unreadable",
        Severity.ERROR,
        path,
        f"Expected a readable HDF5 file, got: [{error.code}] {error.problem}",
        error.remedy,
    )


def _unreadable(path: PurePosixPath, error: str) -> Finding:
    """Return the finding for a file that cannot be opened."""
    return _finding(
        "file.unreadable",
        Severity.ERROR,
        path,
        f"Expected a readable file, got {error}.",
        "Give yourself the right to read it.",
    )


def _finding(code: str, severity: Severity, path: PurePosixPath, reason: str, fix: str) -> Finding:
    """Return a finding about a raw file, whose name only the owner sees."""
    return Finding(code, severity, "raw folder", reason, fix, origin="look", raw_place=str(path))
