"""Secrets of our own under a passphrase, in the one form in which they lie on a disk."""

from __future__ import annotations

import json
import secrets
from typing import Any

_SCRYPT = {"n": 1 << 17, "r": 8, "p": 1}
"""128 MiB and about half a second for each guess."""
_MOST_BYTES = 1 << 30
_MOST_ROUNDS = 16
"""Of what a file asks for: it may come from anybody."""


def lock_bytes(plain: bytes, passphrase: str, magic: bytes) -> bytes:
    r"""Encrypt with AES-256-GCM under a key that scrypt derives from a passphrase.

    Salt and nonce are new each time; the settings stand before the text, covered by its tag.

    Parameters
    ----------
    plain : bytes
        What to hide.
    passphrase : str
        Not empty.
    magic : bytes
        What the file begins with, which says what kind of secret it is; ends with a line feed.

    Returns
    -------
    bytes
        To be opened by `unlock_bytes`.

    References
    ----------
    scrypt: C. Percival & S. Josefsson (2016), RFC 7914, doi:10.17487/RFC7914.

    Examples
    --------
    >>> locked = lock_bytes(b"a key", "correct horse", b"DEMO-1\n")
    >>> unlock_bytes(locked, "correct horse", b"DEMO-1\n")
    b'a key'
    >>> unlock_bytes(locked, "another", b"DEMO-1\n") is None
    True
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    settings = {**_SCRYPT, "salt": salt.hex(), "nonce": nonce.hex()}
    head = magic + json.dumps(settings, sort_keys=True).encode() + b"\n"
    return head + AESGCM(_derive_key(passphrase, salt, _SCRYPT)).encrypt(nonce, plain, head)


def is_locked(stored: bytes, magic: bytes) -> bool:
    """Tell whether these bytes are a secret of this kind, as `lock_bytes` makes them."""
    return _read_head(stored, magic) is not None


def unlock_bytes(stored: bytes, passphrase: str, magic: bytes) -> bytes | None:
    """Undo `lock_bytes`.

    Parameters
    ----------
    stored : bytes
        What `is_locked` says yes to.
    passphrase : str
        As given to `lock_bytes`.
    magic : bytes
        As given to `lock_bytes`.

    Returns
    -------
    bytes or None
        None if the passphrase is another one, or the bytes were changed: nobody can tell which.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head = _read_head(stored, magic)
    if head is None or not passphrase:
        return None
    numbers, salt, nonce, end = head
    try:
        key = _derive_key(passphrase, salt, numbers)
        return AESGCM(key).decrypt(nonce, stored[end:], stored[:end])
    except (InvalidTag, ValueError):  # settings that scrypt refuses were changed too
        return None


def _read_head(stored: bytes, magic: bytes) -> tuple[dict[str, int], bytes, bytes, int] | None:
    """Return settings, salt, nonce and where the text begins; None if it is something else."""
    if not stored.startswith(magic):
        return None
    end = stored.find(b"\n", len(magic)) + 1
    try:
        settings: dict[str, Any] = json.loads(stored[len(magic) : end])
        numbers = {name: int(settings[name]) for name in _SCRYPT}
        salt, nonce = bytes.fromhex(settings["salt"]), bytes.fromhex(settings["nonce"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    if 128 * numbers["n"] * numbers["r"] > _MOST_BYTES or numbers["p"] > _MOST_ROUNDS:
        return None
    return numbers, salt, nonce, end


def _derive_key(passphrase: str, salt: bytes, numbers: dict[str, int]) -> bytes:
    """Derive a 256-bit key from a passphrase."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    kdf = Scrypt(salt=salt, length=32, n=numbers["n"], r=numbers["r"], p=numbers["p"])
    # What a terminal of another encoding gave is no text: its bytes count all the same.
    return kdf.derive(passphrase.encode("utf-8", "surrogatepass"))
