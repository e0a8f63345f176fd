"""Opening, reading and copying bytes; every failure becomes a `FormatError`."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, overload

from fascicle.errors import FormatError

DISK_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
"""What the system says when there is no space left, or none left for this user."""

HEAD_BYTES = 4096
"""How much of a file is shown to formats that look whether it is theirs."""

BLOCK_BYTES = 8 * 2**20
"""How much is held in memory while bytes are copied."""


@contextmanager
def open_source(path: Path) -> Iterator[BinaryIO]:
    """Open a file of the raw folder for reading, unbuffered reads of any size."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    with stream:
        try:
            yield stream
        except OSError as error:
            if error.errno in DISK_FULL:
                raise  # nothing is wrong with the recording: the caller stops
            raise FormatError(
                "FSC201",
                f"Reading or writing a {path.suffix or 'data'} recording failed "
                f"({type(error).__name__}).",
                "Check the disk and that the file is still there, then run it again.",
            ) from error


def read_exactly(stream: IO[bytes], n_bytes: int, what: str) -> bytes:
    """Read `n_bytes`, or say that the file ends within `what`."""
    data = stream.read(n_bytes) if n_bytes > 0 else b""
    if len(data) != n_bytes:
        raise truncated(what, n_bytes, len(data))
    return data


def truncated(what: str, n_expected: int, n_got: int) -> FormatError:
    """Return the error for a file that ends too early."""
    return FormatError(
        "FSC202",
        f"Expected {n_expected} bytes of {what}, got {n_got}.",
        "The file is cut off: copy it again from the amplifier's computer.",
    )


def file_size(path: Path) -> int:
    """Return the size of a file in bytes."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> FormatError:
    return FormatError(
        "FSC201",
        f"Expected a readable {path.suffix or 'data'} file, got {type(error).__name__}.",
        "Check that the file is there and that you may read it.",
    )


def require_room(n_values: int, n_bytes: int) -> None:
    """Refuse sizes that files cannot have room for: what is computed from them would never end.

    Packed silence takes a thousandth of its size, a gap in a FIF file next to nothing.
    """
    if n_values > 2000 * n_bytes + 10**8:
        raise FormatError(
            "FSC203",
            "Expected about as many samples as the files have room for, got a header that states "
            "thousands of times as many.",
            "The file is damaged, or made to fill a disk: copy it again, or leave it out.",
        )


def copy_span(source: BinaryIO, offset: int, n_bytes: int, target: BinaryIO) -> None:
    """Append `n_bytes` of `source` from `offset` on to `target`, in the kernel where it can."""
    target.flush()
    done = _copy_in_kernel(source, offset, n_bytes, target)
    if done < n_bytes:
        _copy_in_blocks(source, offset + done, n_bytes - done, target)


def _copy_in_kernel(source: BinaryIO, offset: int, n_bytes: int, target: BinaryIO) -> int:
    """Copy by ``copy_file_range``; return how many bytes that moved (0 where it cannot)."""
    if not hasattr(os, "copy_file_range"):
        return 0
    done = 0
    start = target.tell()
    while done < n_bytes:
        chunk = min(n_bytes - done, 2**30)
        try:
            moved = os.copy_file_range(
                source.fileno(), target.fileno(), chunk, offset + done, start + done
            )
        except OSError:
            # Another device, a file system without it, a pipe: the block loop does it, and meets
            # a full disk again where it is reported.
            break
        if moved == 0:
            break
        done += moved
    target.seek(start + done)
    return done


def _copy_in_blocks(source: BinaryIO, offset: int, n_bytes: int, target: BinaryIO) -> None:
    """Copy through one buffer of `BLOCK_BYTES`."""
    buffer = memoryview(bytearray(min(n_bytes, BLOCK_BYTES)))
    source.seek(offset)
    left = n_bytes
    while left:
        n_read = source.readinto(buffer[: min(left, len(buffer))])  # type: ignore[attr-defined]  # every file opened in binary has it
        if not n_read:
            raise truncated("samples", n_bytes, n_bytes - left)
        target.write(buffer[:n_read])
        left -= n_read


class Folder(Sequence[PurePosixPath]):
    """The files of one folder, by path and by stem in constant time.

    Formats are given it as the siblings of a file: in a folder of ten thousand recordings, a walk
    over all siblings for each of them would take minutes.
    """

    def __init__(self, paths: Sequence[PurePosixPath]) -> None:
        self._paths = tuple(paths)
        self._by_name: dict[str, list[PurePosixPath]] = {}
        self._by_stem: dict[str, list[PurePosixPath]] = {}
        for path in self._paths:
            self._by_name.setdefault(path.name.lower(), []).append(path)
            self._by_stem.setdefault(path.stem.lower(), []).append(path)

    @overload
    def __getitem__(self, index: int) -> PurePosixPath: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[PurePosixPath, ...]: ...
    def __getitem__(self, index: int | slice) -> PurePosixPath | tuple[PurePosixPath, ...]:
        return self._paths[index]

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, PurePosixPath) and path in self._by_name.get(path.name.lower(), ())

    def named(self, name: str) -> PurePosixPath | None:
        """Return the file of this name; one that differs in case only if there is no other."""
        found = self._by_name.get(name.lower(), [])
        exact = [path for path in found if path.name == name]
        return next(iter(exact or found), None)


def as_folder(siblings: Sequence[PurePosixPath]) -> Folder:
    """Return the siblings with fast look-ups."""
    return siblings if isinstance(siblings, Folder) else Folder(siblings)


def written_paths(*names: str) -> tuple[PurePosixPath, ...]:
    """Return names inside the written folder as paths."""
    return tuple(PurePosixPath(name) for name in names)
