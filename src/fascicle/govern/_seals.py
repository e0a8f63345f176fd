"""The seal of a proven folder: read here, made by those who proved it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fascicle.core import format_canonical


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a seal vouches for.

    Attributes
    ----------
    digests : dict of str to str
        SHA-256 in hex of every file, by path relative to the dataset.
    public_key : str
        Ed25519, in hex: who vouches.
    statement : dict
        All else that the seal says, without the digests: safe to keep when files are erased.
    """

    digests: Mapping[str, str]
    public_key: str
    statement: Mapping[str, Any]


def read_seal(seal: Mapping[str, Any]) -> Manifest | None:
    """Return what a seal vouches for; None if it is not one, or its signature does not hold."""
    try:
        signature = bytes.fromhex(seal["signature"])
        key = bytes.fromhex(seal["public_key"])
        digests = {str(path): str(entry["sha256"]) for path, entry in seal["files"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    signed = {name: value for name, value in seal.items() if name != "signature"}
    if not is_signed(format_canonical(signed), signature, key):
        return None
    statement = {name: value for name, value in seal.items() if name != "files"}
    return Manifest(digests, key.hex(), statement)


def is_signed(message: bytes, signature: bytes, key: bytes) -> bool:
    """Tell whether an Ed25519 signature holds."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
