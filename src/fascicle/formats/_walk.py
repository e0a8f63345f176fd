"""List a raw folder: every file in order, without following links out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fascicle.core import FileHead, Finding, Format, Severity

SYSTEM_NAMES = frozenset({
    "thumbs.db",
    "desktop.ini",
    "__macosx",
    "$recycle.bin",
    "system volume information",
})
"""What operating systems leave in folders."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, or a folder that is one recording."""

    path: PurePosixPath
    n_bytes: int
    is_folder: bool = False


@dataclass(slots=True)
class Listing:
    """What a walk met, sorted by path."""

    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def walk(root: Path, folder_formats: Sequence[Format] = ()) -> Listing:
    """List all files under `root`; a folder that is a recording is listed as one entry."""
    listing = Listing()
    real_root = Path(os.path.realpath(root))
    pending = [PurePosixPath()]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as scan:
                items = sorted(scan, key=lambda item: item.name)
        except OSError as error:
            _note(
                listing,
                "file.unreadable",
                Severity.ERROR,
                folder,
                f"Expected a readable folder, got {type(error).__name__}.",
                "Give yourself the right to read it.",
            )
            continue
        for item in items:
            if _is_passed_over(item.name):
                continue
            path = folder / item.name
            subfolder = _take(item, path, real_root, listing)
            if subfolder and not _take_as_recording(root, path, folder_formats, listing):
                pending.append(path)
    listing.entries.sort(key=lambda entry: entry.path.parts)
    return listing


def _is_passed_over(name: str) -> bool:
    """Tell hidden and system files, and the lock files of office programs."""
    return name.startswith((".", "~$")) or name.lower() in SYSTEM_NAMES


def _take(item: os.DirEntry[str], path: PurePosixPath, real_root: Path, listing: Listing) -> bool:
    """Add a file to the listing; return True for a folder to walk."""
    try:
        item.name.encode()
    except UnicodeEncodeError:
        _note(
            listing,
            "file.name",
            Severity.WARNING,
            path.parent,
            "Expected file names in UTF-8, got one that is not.",
            "Rename the file; until then it is left out.",
        )
        return False
    try:
        if item.is_symlink() and not _stays_inside(item, path, real_root, listing):
            return False
        if item.is_dir(follow_symlinks=False):
            return True
        info = item.stat()
    except OSError as error:
        _note(
            listing,
            "file.unreadable",
            Severity.ERROR,
            path,
            f"Expected a readable file, got {type(error).__name__}.",
            "Give yourself the right to read it.",
        )
        return False
    if stat.S_ISREG(info.st_mode):
        listing.entries.append(Entry(path, info.st_size))
    elif not stat.S_ISDIR(info.st_mode):
        _note(
            listing,
            "file.special",
            Severity.NOTE,
            path,
            "Expected a file, got a pipe, socket or device.",
            "Remove it: it is left out.",
        )
    return False


def _stays_inside(
    item: os.DirEntry[str], path: PurePosixPath, real_root: Path, listing: Listing
) -> bool:
    """Tell whether a link leads to a file inside the raw folder; note it if not."""
    target = Path(os.path.realpath(item.path))
    if not target.exists():
        _note(
            listing,
            "file.broken-link",
            Severity.WARNING,
            path,
            "Expected a link to a file, got one that leads nowhere.",
            "Fetch the file that it stands for, or remove it.",
        )
        return False
    if not target.is_relative_to(real_root):
        _note(
            listing,
            "file.outside-link",
            Severity.WARNING,
            path,
            "Expected files inside the raw folder, got a link that leads out of it.",
            "Copy the file into the raw folder, or name the folder it lies in.",
        )
        return False
    if target.is_dir():
        _note(
            listing,
            "file.folder-link",
            Severity.NOTE,
            path,
            "Expected a folder, got a link to one that is looked at already.",
            "Nothing to do: it is left out.",
        )
        return False
    return True


def _take_as_recording(
    root: Path, path: PurePosixPath, folder_formats: Sequence[Format], listing: Listing
) -> bool:
    """Add a folder as one entry if a format says that it is a recording."""
    head = FileHead(path, b"", 0, is_folder=True)
    if not any(candidate.recognises(head) for candidate in folder_formats):
        return False
    n_bytes = sum(entry.n_bytes for entry in walk(root / path).entries)
    listing.entries.append(Entry(path, n_bytes, is_folder=True))
    return True


def _note(
    listing: Listing, code: str, severity: Severity, path: PurePosixPath, reason: str, fix: str
) -> None:
    """Add a finding; only the owner sees the path."""
    listing.findings.append(
        Finding(code, severity, "raw folder", reason, fix, origin="look", raw_place=str(path))
    )
