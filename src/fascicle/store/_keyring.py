"""The keys of a commons: one file apart from what they open, for its owner alone.

A master key wraps the key of each person; the keys of all its people wrap that of a group, so that
a file about several people is gone with the first of them. The file holds wrapped keys only, beside
the master key, which a passphrase can wrap in its turn.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fascicle.core import format_canonical, is_locked, lock_bytes, unlock_bytes
from fascicle.errors import StoreError

from ._locks import hold_alone

_WAIT_S = 60.0
_N_KEY = 32
_N_NONCE = 12
_N_HEAD = 4096
"""Bytes that hold the settings of an export, and more."""
_MASTER = b"FASCICLE-MASTER-1\n"
_EXPORT = b"FASCICLE-KEYS-1\n"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the keys of a commons are kept.

    Attributes
    ----------
    folder : Path
        Made if it is not there; never a part of ``objects``.
    write : callable
        ``write(path, content)`` puts a whole file in place, for its owner alone, and leaves no
        older one beside it (``fascicle.jobs.write_private``).
    passphrase : str
        Wraps the master key; empty leaves it readable for the owner of the file.
    """

    folder: Path
    write: Callable[[Path, bytes], None] = field(repr=False)
    passphrase: str = field(default="", repr=False)


@dataclass(slots=True)
class _Entry:
    """The keys of one owner of bytes, unwrapped; never printed."""

    members: tuple[str, ...]
    keys: dict[int, bytes] = field(repr=False)
    tag: bytes = field(repr=False)


class Keyring:
    """The keys of one commons, unwrapped in memory and wrapped on the disk.

    Every change is on the disk before a method returns.

    Parameters
    ----------
    place : KeyPlace
        Where they are kept.
    commons : str
        Name of the commons, so that keys of another are told apart.
    """

    def __init__(self, place: KeyPlace, commons: str) -> None:
        self._place = place
        self._commons = commons
        self._path = place.folder / f"{commons}.keys"
        self._master = b""
        self._locked = b""
        self._entries: dict[str, _Entry] = {}

    @property
    def path(self) -> Path:
        """The file of the keys."""
        return self._path

    def load(self) -> bool:
        """Read the file; return whether there is one.

        Raises
        ------
        StoreError
            FSC611 if it is damaged or another commons'; FSC612 if the passphrase is wrong or
            missing; FSC613 if others may read it.
        """
        if not self._path.is_file():
            return False
        _require_private(self._path)
        try:
            state = json.loads(self._path.read_bytes())
            if state["version"] != 1 or state["commons"] != self._commons:
                raise _damaged()
            self._master = self._open_master(state["master"])
            self._entries = self._unwrap_all(state["owners"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _damaged() from error
        return True

    def __contains__(self, owner: str) -> bool:
        return owner in self._entries

    def __len__(self) -> int:
        return sum(not entry.members for entry in self._entries.values())

    def is_locked(self) -> bool:
        """Tell whether a passphrase wraps the master key on the disk."""
        return bool(self._locked)

    def newest(self, owner: str) -> tuple[int, bytes]:
        """Return number and bytes of the key with which to encrypt."""
        number = max(self._require(owner).keys)
        return number, self._entries[owner].keys[number]

    def key(self, owner: str, number: int) -> bytes:
        """Return the key of that number.

        Raises
        ------
        StoreError
            FSC610 if it is not here.
        """
        found = self._require(owner).keys.get(number)
        if found is None:
            raise make_missing()
        return found

    def tag(self, owners: Iterable[str], digest: str) -> str:
        """Return what stands for a digest in the catalogue: without the keys it tells nothing.

        It stays the same for the same bytes when a key is rotated, and goes when it is destroyed.
        """
        together = b"".join(self._require(owner).tag for owner in sorted(set(owners)))
        return hmac.new(derive(together, "tag"), bytes.fromhex(digest), hashlib.sha256).hexdigest()

    # -- changing --------------------------------------------------------------------------------

    def add(self, owners: Mapping[str, tuple[str, ...]]) -> None:
        """Draw keys for those owners who have none; each with its members, if it is a group."""
        with self._changing():
            for owner, members in owners.items():
                if owner not in self._entries:
                    self._entries[owner] = _Entry(
                        members, {1: secrets.token_bytes(_N_KEY)}, secrets.token_bytes(_N_KEY)
                    )

    def renew(self, owners: Iterable[str]) -> None:
        """Draw a further key for each owner; what the older ones wrap still opens."""
        with self._changing():
            for owner in owners:
                keys = self._require(owner).keys
                keys[max(keys) + 1] = secrets.token_bytes(_N_KEY)

    def drop_older(self, owners: Iterable[str]) -> None:
        """Forget all keys of each owner but the newest."""
        with self._changing():
            for owner in owners:
                entry = self._require(owner)
                entry.keys = {max(entry.keys): entry.keys[max(entry.keys)]}

    def forget(self, owners: Iterable[str]) -> None:
        """Forget the keys of owners, and renew the master key.

        What was wrapped and may still lie in a free block or an older copy of the file is then
        wrapped by a key that is nowhere any more.
        """
        with self._changing():
            gone = set(owners)
            self._entries = {
                owner: entry
                for owner, entry in self._entries.items()
                if owner not in gone and gone.isdisjoint(entry.members)
            }
            self._renew_master(self._place.passphrase)

    def renew_master(self, passphrase: str | None = None) -> None:
        """Draw a new master key and wrap everything with it; None keeps the passphrase."""
        with self._changing():
            words = self._place.passphrase if passphrase is None else passphrase
            self._renew_master(words)

    def export(self, path: Path, passphrase: str) -> None:
        """Write all keys to a file, encrypted under a passphrase of its own.

        Those of the disk, where others may have drawn or destroyed some since they were read.
        """
        if not passphrase:
            raise _wrong_passphrase()
        with self._alone():
            if not self.load():
                raise make_missing()
            content = {
                "version": 1,
                "commons": self._commons,
                "owners": {
                    owner: {
                        "members": list(entry.members),
                        "keys": {str(number): key.hex() for number, key in entry.keys.items()},
                        "tag": entry.tag.hex(),
                    }
                    for owner, entry in self._entries.items()
                },
            }
            self._place.write(path, lock_bytes(format_canonical(content), passphrase, _EXPORT))

    def require_place(self, path: Path) -> None:
        """Refuse to export over anything but an older export.

        Raises
        ------
        StoreError
            FSC615.
        """
        if not path.is_file():
            return
        with path.open("rb") as handle:
            is_export = is_locked(handle.read(_N_HEAD), _EXPORT)
        if not is_export:
            raise StoreError(
                "FSC615",
                "Expected a new file, or an older export of keys, found another file there.",
                "Name another file: nothing but an export is ever replaced by one.",
            )

    def take_over(self, path: Path, passphrase: str, destroyed: frozenset[str]) -> int:
        """Add the keys of an export that are missing here; return how many people got theirs.

        Keys that were destroyed since stay destroyed.

        Raises
        ------
        StoreError
            FSC611 if it is no export, or another commons'; FSC612 if the passphrase is wrong.
        """
        stored = path.read_bytes()
        if not is_locked(stored, _EXPORT):
            raise _damaged()
        plain = unlock_bytes(stored, passphrase, _EXPORT)
        if plain is None:
            raise _wrong_passphrase()
        content = json.loads(plain)  # its tag has held: it is ours
        if content["commons"] != self._commons:
            raise _damaged()
        n_added = 0
        with self._changing():
            for owner, told in content["owners"].items():
                if owner in destroyed or destroyed & set(told["members"]):
                    continue
                keys = {int(number): bytes.fromhex(key) for number, key in told["keys"].items()}
                n_added += owner not in self._entries and not told["members"]
                entry = self._entries.setdefault(
                    owner, _Entry(tuple(told["members"]), {}, bytes.fromhex(told["tag"]))
                )
                entry.keys = keys | entry.keys
        return n_added

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Change the newest state alone, and write it; an error leaves all as it was."""
        with self._alone():
            if not self.load():
                self._master, self._locked, self._entries = secrets.token_bytes(_N_KEY), b"", {}
            place = self._place
            entries = {
                owner: replace(entry, keys=dict(entry.keys))
                for owner, entry in self._entries.items()
            }
            try:
                yield
                self._save()
            except BaseException:
                # A key that is not on the disk must encrypt nothing.
                self._place, self._entries, self._master = place, entries, b""
                raise

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes away from the file."""
        folder = self._path.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _require_private(folder)
        with hold_alone(self._path.with_suffix(".lock"), wait_s=_WAIT_S) as is_held:
            if not is_held:
                raise StoreError(
                    "FSC604",
                    f"Expected the keys to be free within {_WAIT_S:g} s, but they are in use.",
                    "Wait for the other process to end and try again.",
                )
            yield

    # -- wrapping --------------------------------------------------------------------------------

    def _save(self) -> None:
        """Write the file, everything wrapped anew."""
        if self._place.passphrase and not self._locked:
            # Another than the one that lay there in the clear, and may still in a free block.
            self._master = secrets.token_bytes(_N_KEY)
            self._locked = lock_bytes(self._master, self._place.passphrase, _MASTER)
        master = {"locked": self._locked.hex()} if self._locked else {"plain": self._master.hex()}
        state = {
            "version": 1,
            "commons": self._commons,
            "master": master,
            "owners": {owner: self._wrap_entry(owner) for owner in sorted(self._entries)},
        }
        self._place.write(self._path, format_canonical(state))

    def _renew_master(self, passphrase: str) -> None:
        self._place = replace(self._place, passphrase=passphrase)
        self._master, self._locked = secrets.token_bytes(_N_KEY), b""  # locked when it is saved

    def _open_master(self, stored: Mapping[str, str]) -> bytes:
        """Return the master key."""
        if "plain" in stored:
            self._locked = b""
            return bytes.fromhex(stored["plain"])
        locked = bytes.fromhex(stored["locked"])
        if locked == self._locked and self._master:
            return self._master  # opened before: each opening costs a fifth of a second
        master = unlock_bytes(locked, self._place.passphrase, _MASTER)
        if master is None:
            raise _wrong_passphrase()
        self._locked = locked
        return master

    def _wrap_entry(self, owner: str) -> dict[str, Any]:
        """Return the entry of an owner as it is written."""
        entry = self._entries[owner]
        outer = self._outer_key(entry.members, self._entries)
        keys = {
            str(number): wrap(outer, key, self._name(owner, str(number))).hex()
            for number, key in entry.keys.items()
        }
        tag = wrap(outer, entry.tag, self._name(owner, "tag")).hex()
        return {"members": list(entry.members), "keys": keys, "tag": tag}

    def _unwrap_all(self, stored: Mapping[str, Any]) -> dict[str, _Entry]:
        """Return all entries; people first, whose keys open those of groups."""
        opened: dict[str, _Entry] = {}
        for owner in sorted(stored, key=lambda name: (bool(stored[name]["members"]), name)):
            told = stored[owner]
            outer = self._outer_key(told["members"], opened)
            opened[owner] = _Entry(
                tuple(told["members"]),
                {
                    int(number): self._unwrap(outer, key, owner, number)
                    for number, key in told["keys"].items()
                },
                self._unwrap(outer, told["tag"], owner, "tag"),
            )
        return opened

    def _unwrap(self, outer: bytes, wrapped: str, owner: str, slot: str) -> bytes:
        plain = unwrap(outer, bytes.fromhex(wrapped), self._name(owner, slot))
        if plain is None:
            raise _damaged()
        return plain

    def _outer_key(self, members: Iterable[str], entries: Mapping[str, _Entry]) -> bytes:
        """Return what wraps an owner's keys: the master key, or the keys of all its members."""
        newest = [entries[one].keys[max(entries[one].keys)] for one in sorted(members)]
        return derive(b"".join(newest), "members") if newest else derive(self._master, "people")

    def _name(self, owner: str, slot: str) -> bytes:
        """Return what a wrapped key is bound to, so that it opens in its own place only."""
        return format_canonical([self._commons, owner, slot])

    def _require(self, owner: str) -> _Entry:
        if owner not in self._entries:
            raise make_missing()
        return self._entries[owner]


def derive(key: bytes, purpose: str) -> bytes:
    """Return a key for one purpose, from which neither the first nor another can be told.

    HKDF [1]_ with SHA-256.

    .. [1] H. Krawczyk, P. Eronen (2010), RFC 5869, doi:10.17487/RFC5869
    """
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    hkdf = HKDF(SHA256(), length=_N_KEY, salt=None, info=b"fascicle " + purpose.encode())
    return hkdf.derive(key)


def wrap(key: bytes, plain: bytes, name: bytes) -> bytes:
    """Encrypt a short text under a random nonce, bound to its name."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_N_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, name)


def unwrap(key: bytes, wrapped: bytes, name: bytes) -> bytes | None:
    """Undo `wrap`; None if it was changed, or key or name are others."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(wrapped[:_N_NONCE], wrapped[_N_NONCE:], name)
    except (InvalidTag, ValueError):
        return None


def make_missing() -> StoreError:
    """Return the error for keys that are not where they should be."""
    return StoreError(
        "FSC610",
        "Expected the keys of this commons, found none for what is asked.",
        "Set FASCICLE_KEYS to the folder that they are in, or bring them back with "
        "`fascicle keys import`; without them encrypted data cannot be read by anybody.",
    )


def make_destroyed() -> StoreError:
    """Return the error for data whose key was destroyed on purpose."""
    return StoreError(
        "FSC614",
        "Expected the keys of everybody behind this, but at least one of them was destroyed.",
        "Leave that participant out and publish the dataset again; nobody can read that data "
        "any more.",
    )


def _require_private(path: Path) -> None:
    """Refuse keys that others may read; Windows inherits the rights of the user's profile."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise StoreError(
            "FSC613",
            "Expected keys that only their owner can read, found some that others can open.",
            "Take the rights of others away: `chmod -R go-rwx` on the folder of the keys.",
        )


def _wrong_passphrase() -> StoreError:
    return StoreError(
        "FSC612",
        "Expected the passphrase of these keys, got none, another one, or a changed file.",
        "Set FASCICLE_KEYS_PASSPHRASE (for an export: give the one that it was made with).",
    )


def _damaged() -> StoreError:
    return StoreError(
        "FSC611",
        "Expected the keys of this commons, found a damaged file or that of another commons.",
        "Bring them back with `fascicle keys import` from an export, or from a backup of the "
        "folder of the keys.",
    )
