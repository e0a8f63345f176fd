"""Files that are whole or absent: atomic writes, private folders, clones, space."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from fascicle.errors import JobError

DISK_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
"""What the system says when there is no space left, or none left for this user."""


def translate_os_error(error: OSError) -> JobError:
    """Say what the system said, without the path: a raw path may hold a name.

    Parameters
    ----------
    error : OSError
        What a call of the system raised.

    Returns
    -------
    JobError
        FSC707 if the disk is full, else FSC705.
    """
    if error.errno in DISK_FULL:
        return JobError(
            "FSC707",
            "Expected space for what is written, but the disk is full.",
            "Free some space, then run the same command again: it goes on from there.",
        )
    reason = error.strerror or type(error).__name__
    return JobError(
        "FSC705",
        f"Expected the system to read and write files here, but it said: {reason}.",
        "Check space and permissions, then run the same command again: it goes on from there.",
    )


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write a file so that it is either complete or not there, also after a power cut.

    Parameters
    ----------
    path : Path
        The file; its folder is made if need be.
    content : bytes or str
        Text is written as UTF-8 with line feeds on every system.

    Notes
    -----
    Others may read the file as far as the user's mask says; nobody may in a private folder.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    # The system takes from it what the user's mask denies to others.
    mode = 0o600 if _is_private(path.parent) else 0o666
    _put(path, data, path.parent / f".writing-{secrets.token_hex(8)}", mode)


def write_private(path: Path, content: bytes) -> None:
    """Write a secret as `write_atomic` does, for its owner alone wherever it lies.

    To be called by one process at a time. What a process that was killed in between has left is
    overtaken by the next writer: an older state of a secret must not stay beside it. When this
    returns, the file is also there after a power cut.

    Parameters
    ----------
    path : Path
        The file; its folder is made if need be.
    content : bytes
        The secret.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".writing-{path.name}")
    temporary.unlink(missing_ok=True)
    _put(path, content, temporary, 0o600)
    if os.name == "posix":  # elsewhere a folder cannot be put on the disk by itself
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _put(path: Path, data: bytes, temporary: Path, mode: int) -> None:
    """Write beside the place, then put there as a whole."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, mode), "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _is_private(folder: Path) -> bool:
    return not folder.stat().st_mode & 0o077


def make_private_folder(path: Path) -> Path:
    """Make a folder that only its owner can enter; tighten it if it is there already."""
    path.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        path.chmod(0o700)
    return path


def require_space(folder: Path, n_bytes: int) -> None:
    """Refuse to begin what cannot end for want of disk space.

    Raises
    ------
    JobError
        FSC701, with the space that is needed and the space that there is.
    """
    existing = folder
    while not existing.exists() and existing != existing.parent:  # a drive may be absent
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if free < n_bytes:
        raise JobError(
            "FSC701",
            f"Expected {n_bytes / 1e9:.2f} GB of free disk space, found {free / 1e9:.2f} GB.",
            "Free some space or choose an output folder on another disk; nothing was written.",
        )


def sha256_file(path: Path) -> str:
    """Return the SHA-256 digest of a file, in hex, reading it in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def clone_file(source: Path, destination: Path) -> None:
    """Copy a file, sharing its blocks where the file system can; never as a link.

    An edit of either file never changes the other: on Linux file systems with copy-on-write
    (Btrfs, XFS, bcachefs) the copy takes no space until then, elsewhere it is a plain copy.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    if _reflink(source, destination):
        return
    shutil.copyfile(source, destination)


def _reflink(source: Path, destination: Path) -> bool:
    """Ask Linux to share the blocks of two files; False where the file system cannot."""
    shared = False
    if sys.platform == "linux":
        import fcntl

        ficlone = 0x40049409  # from linux/fs.h; the fcntl module names it from Python 3.14 on
        with (
            source.open("rb") as reader,
            destination.open("wb") as writer,
            suppress(OSError),
        ):
            fcntl.ioctl(writer.fileno(), ficlone, reader.fileno())
            shared = True
    return shared


def remove_tree(path: Path) -> None:
    """Remove a folder and all that is in it; nothing happens if it is not there."""
    if path.exists():
        shutil.rmtree(path)
