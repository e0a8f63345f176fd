"""How the vault lies on disk: owner-only, atomic, locked, encrypted."""

from __future__ import annotations

import os
import shlex
import stat
import sys
import time
from pathlib import Path

from fascicle.core import is_locked, lock_bytes, unlock_bytes
from fascicle.errors import PrivacyError

_MAGIC = b"FASCICLE-VAULT-1\n"
_LOCK_WAIT_S = 30.0
_LOCK_POLL_S = 0.05


def require_private(path: Path) -> None:
    """Raise if anybody but the owner may read or enter `path`.

    On Windows the folder inherits the access rights of the user's profile, which is private.

    Raises
    ------
    PrivacyError
        FSC410, with the command that mends it.
    """
    if sys.platform != "win32":
        status = path.stat()
        wanted = "700" if stat.S_ISDIR(status.st_mode) else "600"
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise PrivacyError(
                "FSC410",
                "Expected a vault that only its owner can read, got one that others can open.",
                f"Run: chmod {wanted} {shlex.quote(str(path))}",
            )
        if status.st_uid not in {os.geteuid(), 0} and os.geteuid() != 0:
            raise PrivacyError(
                "FSC410",
                "Expected a vault that belongs to you, got one of another user.",
                "Set FASCICLE_HOME to a folder of your own.",
            )


class FolderLock:
    """One process at a time; the lock goes away with its process, however that ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, wait_s: float = _LOCK_WAIT_S) -> None:
        """Wait for the lock.

        Raises
        ------
        PrivacyError
            FSC413 if another process holds it for longer than `wait_s`.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + wait_s
        while not _try_lock(descriptor):
            if time.monotonic() > until:
                os.close(descriptor)
                raise PrivacyError(
                    "FSC413",
                    "Expected a free vault, got one that another process holds.",
                    "Wait for the other run of fascicle to end, and try again.",
                )
            time.sleep(_LOCK_POLL_S)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        """Take the first byte of the file for this process, if it is free."""
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _try_lock(descriptor: int) -> bool:
        """Take the file for this process, if it is free."""
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def is_encrypted(stored: bytes) -> bool:
    """Tell whether these bytes were made by `encrypt`."""
    return stored.startswith(_MAGIC)


def encrypt(plain: bytes, passphrase: str) -> bytes:
    """Encrypt under a passphrase."""
    return lock_bytes(plain, _require_words(passphrase), _MAGIC)


def decrypt(stored: bytes, passphrase: str | None) -> bytes:
    """Undo `encrypt`.

    Raises
    ------
    PrivacyError
        FSC411 if the passphrase is missing or wrong (or the file was changed), FSC412 if it is no
        encrypted vault.
    """
    if not is_locked(stored, _MAGIC):
        raise PrivacyError(
            "FSC412",
            "Expected an encrypted vault, got another kind of file.",
            "Name a file that was made by an export of the vault.",
        )
    plain = unlock_bytes(stored, _require_words(passphrase), _MAGIC)
    if plain is None:
        raise PrivacyError(
            "FSC411",
            "Expected the passphrase of this vault, got another one or a changed file.",
            "Give the passphrase that the vault was encrypted with.",
        )
    return plain


def _require_words(passphrase: str | None) -> str:
    """Return the passphrase, or say that there is none."""
    if not passphrase:
        raise PrivacyError(
            "FSC411",
            "Expected a passphrase for an encrypted vault, got none.",
            "Give the passphrase.",
        )
    return passphrase
