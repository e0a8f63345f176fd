"""The lab's memory of who is who: owner-only, locked, atomic, encryptable, in no dataset."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from fascicle.errors import InputError, PrivacyError
from fascicle.jobs import hold_file, write_private

from ._policies import Person
from ._vault_files import decrypt, encrypt, is_encrypted, require_private

_MIN_SHIFT_DAYS = 3653
_MAX_SHIFT_DAYS = 7305
"""Ten to twenty years back: no shifted day of a shorter study is a true day of it."""

_FILE = "vault.json"
_N_KEY_BYTES = 32
_LOCK_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class VaultEntry:
    """One person as the owner may look him or her up.

    Attributes
    ----------
    study, raw_id, label : str
        The study, the id in the raw folder, and the pseudonym.
    """

    study: str
    raw_id: str
    label: str

    def __repr__(self) -> str:
        return f"VaultEntry(study={self.study!r}, label={self.label!r})"


class Vault:
    """Who is who, in which study. Use `open_vault`.

    Every change is on disk before the method returns: written beside, flushed, renamed. A label,
    once given, stays with its person and is never given again, also after `forget`.
    """

    def __init__(self, folder: Path, passphrase: str | None) -> None:
        self._folder = folder
        self._path = folder / _FILE
        self._passphrase = passphrase
        self._held = ExitStack()
        self._state: dict[str, Any] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            if not stack.enter_context(hold_file(self._folder / "lock", wait_s=_LOCK_WAIT_S)):
                raise PrivacyError(
                    "FSC413",
                    "Expected a free vault, got one that another process holds.",
                    "Wait for the other run of fascicle to end, and try again.",
                )
            self._load()
            self._held = stack.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back; what was changed is on disk already."""
        self._state = {}
        self._held.close()

    def _load(self) -> None:
        """Read the vault, or make it; a plain one that is opened with a passphrase is encrypted."""
        for unfinished in self._folder.glob(f".{_FILE}.*.new"):
            unfinished.unlink(missing_ok=True)  # of a run that was killed while writing
        if not self._path.exists():
            self._state = {
                "version": 1,
                "signing_key": secrets.token_hex(_N_KEY_BYTES),
                "studies": {},
            }
            self._save()
            return
        require_private(self._path)
        stored = self._path.read_bytes()
        if is_encrypted(stored):
            self._state = _parse_state(decrypt(stored, self._passphrase))
            return
        self._state = _parse_state(stored)
        if self._passphrase is not None:
            self._save()

    def _save(self) -> None:
        """Write the whole vault, atomically and owner-only."""
        plain = json.dumps(self._state, sort_keys=True, ensure_ascii=False).encode()
        stored = plain if self._passphrase is None else encrypt(plain, self._passphrase)
        write_private(self._path, stored)

    def _study(self, study: str) -> dict[str, Any]:
        """Return the record of a study, made if new (not yet saved)."""
        studies: dict[str, Any] = self._state["studies"]
        fresh = {"key": secrets.token_hex(_N_KEY_BYTES), "next": 1, "people": {}, "names": {}}
        record: dict[str, Any] = studies.setdefault(study, fresh)
        return record

    def people(
        self,
        study: str,
        raw_ids: Iterable[str] = (),
        aliases: Mapping[str, Sequence[str]] | None = None,
    ) -> dict[str, Person]:
        """Return everybody of a study by raw id, after giving pseudonyms to those that are new.

        New people are numbered in the order of a keyed digest of their raw ids, so that the order
        of hospital numbers or of admission does not show. To hide it, pass all of them at once.

        Parameters
        ----------
        study : str
            Name of the study; the same person has unrelated pseudonyms in two studies.
        raw_ids : iterable of str
            Ids as written in the raw folder.
        aliases : mapping of str to sequence of str, optional
            By raw id, what other recordings call the same person: the pseudonym of any that is
            known already is kept, and all have it from now on.

        Returns
        -------
        dict of str to Person
            By raw id, spelled as asked for (file systems differ in how they write an accent).

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as home, open_vault(Path(home)) as vault:
        ...     sorted(p.label for p in vault.people("sleep", ["H77", "H12", "H40"]).values())
        ['001', '002', '003']
        """
        spelled = {_normal(raw_id): raw_id for raw_id in raw_ids}
        shares = aliases is not None and self._share_pseudonyms(study, aliases)
        wanted = spelled.keys()
        known = self._state["studies"].get(study, {}).get("people", {})
        new = wanted - known.keys()
        if new:
            record = self._study(study)
            key = bytes.fromhex(record["key"])
            for raw_id in sorted(new, key=lambda raw: _keyed_digest(key, raw)):
                record["people"][raw_id] = {
                    "label": f"{record['next']:03d}",
                    "shift_days": -_draw_shift_days(),
                    "key": secrets.token_hex(_N_KEY_BYTES),
                }
                record["next"] += 1
        shares |= aliases is not None and self._share_pseudonyms(study, aliases)
        if new or shares:
            self._save()
        people = self._state["studies"].get(study, {}).get("people", {})
        return {spelled.get(known, known): _make_person(entry) for known, entry in people.items()}

    def _share_pseudonyms(self, study: str, aliases: Mapping[str, Sequence[str]]) -> bool:
        """Give all names of a person the pseudonym that the first of them has; tell if any is new.

        Somebody who counted as two people until now is one from now on.
        """
        people = self._state["studies"].get(study, {}).get("people", {})
        changed = False
        for raw_id, others in aliases.items():
            names = [_normal(name) for name in (raw_id, *others)]
            known = next((people[name] for name in names if name in people), None)
            for name in names if known is not None else ():
                changed |= people.get(name) != known
                people[name] = known
        return changed

    def person(self, study: str, raw_id: str) -> Person:
        """Return one person, given a pseudonym if new; the same for ever."""
        return self.people(study, [raw_id])[raw_id]

    def find(self, study: str, label: str) -> str | None:
        """Return the raw id behind a pseudonym (with or without ``sub-``), or None."""
        wanted = label.removeprefix("sub-")
        people = self._state["studies"].get(study, {}).get("people", {})
        return next((raw for raw, entry in people.items() if entry["label"] == wanted), None)

    def look_up(self, words: str) -> tuple[VaultEntry, ...]:
        """Return everybody, in any study, whose raw id or pseudonym is `words`."""
        wanted = _normal(words).removeprefix("sub-")
        return tuple(
            VaultEntry(study, raw_id, entry["label"])
            for study, record in sorted(self._state["studies"].items())
            for raw_id, entry in sorted(record["people"].items())
            if wanted in {raw_id, entry["label"]}
        )

    def forget(self, study: str, raw_id: str) -> None:
        """Erase a person from a study; his or her label is never given again."""
        record = self._state["studies"].get(study)
        gone = record["people"].get(_normal(raw_id)) if record is not None else None
        if record is not None and gone is not None:
            kept = {k: v for k, v in record["people"].items() if v["label"] != gone["label"]}
            record["people"] = kept
            self._save()

    def remember_names(self, study: str, names: Mapping[str, str]) -> None:
        """Keep which raw path became which BIDS path, for many at once."""
        record = self._study(study)
        if any(record["names"].get(raw) != bids for raw, bids in names.items()):
            record["names"].update(names)
            self._save()

    def names(self, study: str) -> dict[str, str]:
        """Return the BIDS path of every raw path that was remembered."""
        return dict(self._state["studies"].get(study, {}).get("names", {}))

    def sign(self, message: bytes) -> str:
        """Sign a message with the lab's Ed25519 key; hexadecimal."""
        signature: bytes = self._signing_key().sign(message)
        return signature.hex()

    @property
    def public_key(self) -> str:
        """The lab's public Ed25519 key, hexadecimal: it may be published."""
        raw: bytes = self._signing_key().public_key().public_bytes_raw()
        return raw.hex()

    def _signing_key(self) -> Any:  # noqa: ANN401 - the library is imported where it is used
        """Return the private key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self._state["signing_key"]))

    def export(self, path: Path, passphrase: str, *, replace: bool = False) -> None:
        """Write the whole vault, encrypted, to a file of its own.

        Parameters
        ----------
        path : Path
            The file.
        passphrase : str
            Opens it.
        replace : bool
            Whether it may take the place of another file.

        Raises
        ------
        InputError
            FSC159 if there is something else at `path`, or it lies in the folder of the vault.
        PrivacyError
            FSC411 if the passphrase is empty.
        """
        is_own = self._folder.resolve() in path.resolve().parents
        if is_own or path.is_dir() or (path.exists() and not replace):
            raise InputError(
                "FSC159",
                "Expected a new file for the export, found one that is there already.",
                "Name another file; --force replaces a file, but no folder, and not the vault.",
            )
        plain = json.dumps(self._state, sort_keys=True, ensure_ascii=False).encode()
        write_private(path, encrypt(plain, passphrase))

    def import_from(self, path: Path, passphrase: str) -> None:
        """Take over an exported vault: into an empty one whole, into a used one its new studies.

        Raises
        ------
        PrivacyError
            FSC411 or FSC412 for a wrong passphrase or file; FSC415 if a study of the same name
            with other keys is here already.
        """
        state = _parse_state(decrypt(path.read_bytes(), passphrase))
        mine: dict[str, Any] = self._state["studies"]
        if not mine:
            self._state = state
            self._save()
            return
        for study, record in state["studies"].items():
            if study in mine and mine[study]["key"] != record["key"]:
                raise PrivacyError(
                    "FSC415",
                    "Expected studies that this vault does not know, got one of the same name"
                    " with other pseudonyms.",
                    "Import into an empty vault, or give the study another name.",
                )
        for study, record in state["studies"].items():
            mine.setdefault(study, record)
        self._save()


def open_vault(home: Path, passphrase: str | None = None) -> Vault:
    """Open the lab's vault in ``home/vault``, made if it is not there.

    Use it in a ``with`` statement: the vault is locked for other processes as long as it is open.

    Parameters
    ----------
    home : Path
        The owner's folder for Fascicle; never a dataset or a commons that others read.
    passphrase : str or None
        Encrypts the vault (AES-256-GCM under a key from scrypt). None leaves it readable for the
        owner, and refuses an encrypted one.

    Returns
    -------
    Vault
        Open and locked.

    Raises
    ------
    PrivacyError
        FSC410 if others may read the folder, FSC411 if the passphrase is missing or wrong, FSC412
        if the file is damaged, FSC413 if another process holds the vault.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     with open_vault(Path(home)) as vault:
    ...         first = vault.person("sleep", "H12345")
    ...     with open_vault(Path(home)) as vault:
    ...         vault.person("sleep", "H12345") == first, vault.find("sleep", "001")
    (True, 'H12345')
    """
    folder = home / "vault"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    require_private(folder)
    return Vault(folder, passphrase)


def verify_signature(message: bytes, signature: str, public_key: str) -> bool:
    """Tell whether a message was signed by the owner of a key.

    Parameters
    ----------
    message : bytes
        What was signed.
    signature, public_key : str
        Ed25519, in hexadecimal.

    Returns
    -------
    bool
        False too where signature or key is malformed.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _draw_shift_days() -> int:
    """Draw how far a person's dates are moved."""
    return _MIN_SHIFT_DAYS + secrets.randbelow(_MAX_SHIFT_DAYS - _MIN_SHIFT_DAYS + 1)


def _make_person(entry: Mapping[str, Any]) -> Person:
    """Turn a stored entry into a person."""
    return Person(entry["label"], int(entry["shift_days"]), bytes.fromhex(entry["key"]))


def _normal(raw_id: str) -> str:
    """One spelling for one id: file systems differ in how they write an accent."""
    return unicodedata.normalize("NFC", raw_id)


def _keyed_digest(key: bytes, raw_id: str) -> bytes:
    """Order people by what nobody without the key can compute."""
    return hmac.new(key, raw_id.encode(), hashlib.sha256).digest()


def _parse_state(stored: bytes) -> dict[str, Any]:
    """Read the vault's JSON, or say that it is damaged."""
    try:
        state = json.loads(stored)
    except ValueError as error:
        raise _damaged() from error
    if not isinstance(state, dict) or state.get("version") != 1:
        raise _damaged()
    if not isinstance(state.get("studies"), dict) or "signing_key" not in state:
        raise _damaged()
    return state


def _damaged() -> PrivacyError:
    """Say that the vault cannot be read."""
    return PrivacyError(
        "FSC412",
        "Expected a vault of version 1, got something else.",
        f"Restore {_FILE} from a backup or an export; never start a new vault for old studies.",
    )
