"""How the vault lies on disk: owner-only, encrypted."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from pathlib import Path

from fascicle.core import is_locked, lock_bytes, unlock_bytes
from fascicle.errors import PrivacyError

_MAGIC = b"FASCICLE-VAULT-1\n"


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
