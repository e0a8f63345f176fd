"""The seal: which bytes were proven, signed by the lab."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fascicle.core import Finding, Severity, format_canonical
from fascicle.errors import PrivacyError

from ._scan import ScanResult
from ._vault import Vault, verify_signature

_BLOCK = 1 << 22


def seal(folder: Path, result: ScanResult, vault: Vault) -> dict[str, Any]:
    """Sign the digests of the very bytes that the proof went over.

    Parameters
    ----------
    folder : Path
        What was proven; every file of it is in the seal.
    result : ScanResult
        The proof, passed.
    vault : Vault
        Holds the key that signs.

    Returns
    -------
    dict
        Plain JSON: version, verifier, policy, counts, files (digest and size by path), public
        key and Ed25519 signature of all the rest.

    Raises
    ------
    PrivacyError
        FSC430 if the proof was refused, FSC431 if the folder's files are no longer those proven.
    """
    if not result.passed:
        n_errors = sum(f.severity is Severity.ERROR for f in result.findings)
        raise PrivacyError(
            "FSC430",
            f"Expected a proof that passed, got one with {n_errors} error(s).",
            "Mend what the findings name, and prove again.",
        )
    present = {path: (folder / path).stat().st_size for path in _list_paths(folder)}
    proven = {path: size for path, (_, size) in result.digests.items()}
    if present != proven:
        n_changed = len(present.keys() ^ proven.keys()) + sum(
            present[path] != proven[path] for path in present.keys() & proven.keys()
        )
        raise PrivacyError(
            "FSC431",
            f"Expected the files that were proven, got {n_changed} that changed since.",
            "Prove the folder again, and write nothing to it afterwards.",
        )
    body: dict[str, Any] = {
        "seal": 1,
        "verifier": result.verifier,
        "policy": result.policy,
        "searched": dict(sorted(result.searched.items())),
        "n_files": result.n_files,
        "n_bytes": result.n_bytes,
        "files": {
            path: {"sha256": digest, "size": size}
            for path, (digest, size) in sorted(result.digests.items())
        },
        "public_key": vault.public_key,
    }
    return {**body, "signature": vault.sign(format_canonical(body))}


def check_seal(
    folder: Path, seal: Mapping[str, Any], public_key: str | None = None
) -> tuple[Finding, ...]:
    """Return what differs between a folder and its seal; nothing if every byte is as proven.

    Parameters
    ----------
    folder : Path
        The folder as it is now.
    seal : mapping
        As `seal` returned it.
    public_key : str or None
        Key of the lab that must have signed, in hexadecimal. None takes the one in the seal, which
        shows that the folder is as sealed, and not by whom.

    Returns
    -------
    tuple of Finding
        One for each file that was changed, added or lost, or for a seal that does not hold.
    """
    try:
        return tuple(_check(folder, dict(seal), public_key))
    except (AttributeError, KeyError, TypeError, ValueError):
        return (_finding("seal.broken", "dataset", "Expected a seal, got another structure."),)


def _check(folder: Path, seal: dict[str, Any], public_key: str | None) -> list[Finding]:
    """Compare signature, list of files, and every digest."""
    signature = str(seal.pop("signature"))
    signer = str(seal["public_key"])
    if public_key is not None and signer != public_key:
        return [_finding("seal.signer", "dataset", "Expected this lab's seal, got another's.")]
    if not verify_signature(format_canonical(seal), signature, signer):
        return [_finding("seal.signature", "dataset", "Expected a valid signature, got none.")]
    sealed = {
        str(path): (str(entry["sha256"]), int(entry["size"]))
        for path, entry in seal["files"].items()
    }
    present = set(_list_paths(folder))
    findings = [
        _finding("seal.missing", path, "Expected a sealed file, got none.")
        for path in sorted(sealed.keys() - present)
    ]
    findings += [
        _finding("seal.added", path, "Expected sealed files only, got another one.")
        for path in sorted(present - sealed.keys())
    ]
    for path in sorted(present & sealed.keys()):
        digest, size = sealed[path]
        if (folder / path).stat().st_size != size or _digest(folder / path) != digest:
            findings.append(
                _finding("seal.changed", path, "Expected the bytes that were proven, got others.")
            )
    return findings


def _finding(code: str, place: str, reason: str) -> Finding:
    """Make a finding of the seal."""
    fix = "Prove and seal the folder again (fascicle check), or restore it."
    return Finding(code, Severity.ERROR, place, reason, fix, origin="seal")


def _list_paths(folder: Path) -> list[str]:
    """Return every file and link by its relative path, sorted."""
    return sorted(
        (Path(parent) / name).relative_to(folder).as_posix()
        for parent, folders, files in os.walk(folder)
        for name in (*files, *(f for f in folders if (Path(parent) / f).is_symlink()))
    )


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
