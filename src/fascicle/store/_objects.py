"""Files by the keyed digest of their bytes: whole or absent, one folder for each participant."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fascicle.errors import StoreError

CloneFile = Callable[[Path, Path], object]
"""Copies a file to a path that does not exist yet, sharing blocks where the system can."""

_BLOCK = 8 * 1024 * 1024  # large enough that hashing, not calls, sets the pace
_TEMPORARY = ".part-"


class Codec(Protocol):
    """How plain files become stored files and back."""

    def encode(self, plain: Path, stored: Path) -> None:
        """Write the stored form of a plain file."""
        ...

    def decode(self, stored: Path, plain: Path) -> None:
        """Write the plain form of a stored file."""
        ...

    def plain_blocks(self, stored: Iterator[memoryview]) -> Iterator[memoryview]:
        """Turn a stored file, block by block, into plain blocks."""
        ...


@dataclass(frozen=True, slots=True)
class PlainCodec:
    """Stores bytes as they are.

    Attributes
    ----------
    clone : callable
        Copies a file, sharing blocks where the system can.
    """

    clone: CloneFile

    def encode(self, plain: Path, stored: Path) -> None:
        """Clone the plain file."""
        self.clone(plain, stored)

    def decode(self, stored: Path, plain: Path) -> None:
        """Clone the stored file."""
        self.clone(stored, plain)

    def plain_blocks(self, stored: Iterator[memoryview]) -> Iterator[memoryview]:
        """Hand the blocks on."""
        return stored


@dataclass(frozen=True, slots=True)
class ObjectFolder:
    """The objects of a commons: ``<owner>/<keyed digest of the stored bytes>``.

    A digest under the owner's secret key says nothing to somebody who holds a copy of the plain
    file but not the key, and equal files of two owners are stored twice: nobody can learn from
    the store that two people are one.
    """

    root: Path
    codec: Codec

    def put(self, owner: str, secret: bytes, plain: Path) -> tuple[str, str]:
        """Store a file; return its address and the SHA-256 of the plain bytes that are stored.

        Both are computed on the copy, so that an edit of the original in between cannot slip in.
        """
        folder = self.root / owner
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{_TEMPORARY}{secrets.token_hex(8)}"
        try:
            self.codec.encode(plain, temporary)
            address, digest = self._digests(temporary, secret)
            # Damaged bytes under the name give way: storing the file again mends them.
            if not self.is_intact(owner, address, secret):
                _keep(temporary, folder / address)
        except StoreError:
            raise
        except OSError as error:
            raise StoreError(
                "FSC607",
                f"Expected to copy a file into the commons, got: {error.strerror}.",
                "Check that the disk has space and that the file can be read; nothing of this "
                "version is visible, and publishing again goes on from here.",
            ) from error
        finally:
            temporary.unlink(missing_ok=True)
        return address, digest

    def flush(self, owner: str) -> None:
        """Put the names of an owner's objects on the disk; their bytes are there already."""
        if (folder := self.root / owner).is_dir():
            _flush_folder(folder)
            _flush_folder(self.root)

    def restore(self, owner: str, address: str, plain: Path) -> None:
        """Write the plain form of an object.

        Raises
        ------
        StoreError
            FSC603 if it is missing.
        """
        stored = self.path(owner, address)
        if not stored.is_file():
            raise StoreError(
                "FSC603",
                "Expected an object in the commons, found none at its address.",
                "Run `fascicle verify` to see which files are affected; publish them again.",
            )
        plain.parent.mkdir(parents=True, exist_ok=True)
        self.codec.decode(stored, plain)

    def is_intact(self, owner: str, address: str, secret: bytes) -> bool | None:
        """Tell whether an object's bytes still have its address; None if it is missing."""
        stored = self.path(owner, address)
        if not stored.is_file():
            return None
        keyed = hmac.new(secret, digestmod=hashlib.sha256)
        for block in read_blocks(stored):  # as stored: no codec, and so no key, is needed
            keyed.update(block)
        return hmac.compare_digest(keyed.hexdigest(), address)

    def plain_digest(self, owner: str, address: str) -> str:
        """Return the SHA-256 of an object's plain bytes."""
        return self._digests(self.path(owner, address), b"")[1]

    def path(self, owner: str, address: str) -> Path:
        """Return where an object lies."""
        return self.root / owner / address

    def walk(self) -> Iterator[tuple[str, str]]:
        """Yield owner and name of every file, unfinished ones too, in order."""
        if not self.root.is_dir():
            return
        for folder in sorted(self.root.iterdir()):
            if folder.is_dir():
                for stored in sorted(folder.iterdir()):
                    yield folder.name, stored.name

    def discard(self, owner: str, addresses: Iterable[str]) -> None:
        """Remove objects that others have replaced, as far as they are there."""
        for address in addresses:
            if self.path(owner, address).is_file():
                self.remove(owner, address)

    def remove(self, owner: str, name: str) -> None:
        """Remove a file, and its folder once that is empty."""
        path = self.path(owner, name)
        path.chmod(0o600)  # Windows does not remove what is read-only
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()

    def _digests(self, stored: Path, secret: bytes) -> tuple[str, str]:
        """Return the keyed digest of the stored and the plain digest of the plain bytes, in hex."""
        keyed = hmac.new(secret, digestmod=hashlib.sha256)
        plain = hashlib.sha256()

        def tap() -> Iterator[memoryview]:
            for block in read_blocks(stored):
                keyed.update(block)
                yield block

        for block in self.codec.plain_blocks(tap()):
            plain.update(block)
        return keyed.hexdigest(), plain.hexdigest()


def read_blocks(path: Path) -> Iterator[memoryview]:
    """Yield a file in blocks; each is valid until the next one is asked for."""
    with path.open("rb", buffering=0) as handle:
        # Most files are small: a whole block for each would cost more than reading it.
        block = memoryview(bytearray(min(_BLOCK, path.stat().st_size + 1)))
        while n_read := handle.readinto(block):
            yield block[:n_read]


def _keep(temporary: Path, final: Path) -> None:
    """Give a finished file its name, once its bytes are on the disk."""
    with temporary.open("r+b") as handle:  # Windows flushes writable handles only
        os.fsync(handle.fileno())
    temporary.chmod(0o400)
    if final.exists():
        final.chmod(0o600)  # Windows does not replace what is read-only
    try:
        temporary.replace(final)
    except PermissionError:
        if not final.exists():
            raise
        temporary.chmod(0o600)  # Windows, while another process reads the same bytes


def _flush_folder(folder: Path) -> None:
    """Put a folder's list of names on the disk; only POSIX systems offer it."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
