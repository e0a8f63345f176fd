"""What is encrypted, and how it opens: objects, lines of tables, and the keys behind them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fascicle.errors import StoreError

from . import _envelopes
from ._envelopes import Envelope
from ._keyring import KeyPlace, Keyring, derive, make_destroyed, make_missing, unwrap, wrap
from ._nouns import StoredAsset, StoredObject
from ._objects import ObjectFolder, read_blocks
from ._stream import decrypt_blocks, encrypt_blocks, make_unreadable
from ._tables import SHARED

if TYPE_CHECKING:
    import sqlalchemy as sa

Connect = Callable[[], "AbstractContextManager[sa.Connection]"]

_N_NUMBER = 4
_WRONG = {"FSC614": "destroyed", "FSC605": "changed"}
"""What a check says of an error; all others are about keys that are not there."""


@dataclass(frozen=True, slots=True)
class CipherCodec:
    """Stores bytes encrypted under a key that is used for one object.

    Attributes
    ----------
    key : bytes
        256 bits.
    source : bytes or None
        The key of the file that is encoded, if that is encrypted itself: nothing plain is written
        when an object gets another key.
    """

    key: bytes = field(repr=False)
    source: bytes | None = field(default=None, repr=False)

    def encode(self, plain: Path, stored: Path) -> None:
        """Write the encrypted form of a file."""
        blocks: Iterable[memoryview] = read_blocks(plain)
        if self.source is not None:
            blocks = decrypt_blocks(blocks, self.source)
        with stored.open("xb") as sink:
            for block in encrypt_blocks(blocks, self.key):
                sink.write(block)

    def decode(self, stored: Path, plain: Path) -> None:
        """Write the plain form of an encrypted file, or nothing at all."""
        try:
            with plain.open("xb") as sink:
                for block in self.plain_blocks(read_blocks(stored)):
                    sink.write(block)
        except BaseException:
            plain.unlink(missing_ok=True)
            raise

    def plain_blocks(self, stored: Iterator[memoryview]) -> Iterator[memoryview]:
        """Turn encrypted blocks into plain ones, each after its tag has held."""
        return decrypt_blocks(stored, self.key)


class Safe:
    """The encrypted part of a commons.

    Parameters
    ----------
    root : Path
        Folder of the objects.
    place : KeyPlace or None
        Where the keys are; None opens nothing and encrypts nothing.
    reading, writing : callable
        Give a connection to the catalogue for one transaction.
    """

    def __init__(
        self, root: Path, place: KeyPlace | None, reading: Connect, writing: Connect
    ) -> None:
        self._root = root
        self._place = place
        self._reading = reading
        self._writing = writing
        self._ring: Keyring | None = None
        self._failure: StoreError | None = None
        self._pending: list[Envelope] = []

    # -- storing ---------------------------------------------------------------------------------

    def require_keys(self, owners: Iterable[str]) -> None:
        """Make sure that each owner has a key, drawing those that are missing in one go.

        Raises
        ------
        StoreError
            FSC610 if the keys of what is encrypted already are not there, of one of the owners
            perhaps; FSC614 if the key of one of them was destroyed.
        """
        ring = self._require_ring(create=True)
        missing = [owner for owner in dict.fromkeys(owners) if owner not in ring]
        if not missing:
            return
        with self._reading() as connection:
            groups = {owner: _envelopes.read_members(connection, owner) for owner in missing}
            people = dict.fromkeys(one for members in groups.values() for one in members)
            wanted = dict.fromkeys(people, ()) | groups
            destroyed = _envelopes.read_destroyed(connection)
            encrypted = _envelopes.find_encrypted(connection, tuple(wanted))
        if destroyed & wanted.keys():
            raise make_destroyed()
        ring.load()  # after the catalogue was read: what that names, others wrote here before
        if any(owner not in ring for owner in encrypted):
            # An older copy of the keys: a second key would keep the first from coming back.
            raise make_missing()
        ring.add(wanted)

    def put(self, owner: str, secret: bytes, plain: Path) -> StoredObject:
        """Store a file encrypted; the same bytes of one owner are stored once."""
        self.require_keys([owner])
        known, damaged = self._find_known(owner, secret, plain)
        if known is not None:
            return known
        key = secrets.token_bytes(32)
        address, digest = self._folder(key).put(owner, secret, plain)
        tag = self._require_ring().tag([owner], digest)
        envelope = self._wrap(Envelope(owner, address, tag, 0, b""), key)
        self._pending.append(replace(envelope, replaces=damaged))
        return StoredObject(owner, address, digest, plain.stat().st_size, tag)

    def make_table(self, owners: Iterable[str], digest: str, n_bytes: int) -> StoredObject:
        """Describe a table whose lines are encrypted, each under the key of its owner."""
        self.require_keys(owners)
        return StoredObject(SHARED, "", digest, n_bytes, self._require_ring().tag(owners, digest))

    def seal_rows(self, stored: StoredAsset) -> StoredAsset:
        """Encrypt the lines of a table, each under the key of whom it is about."""
        if not stored.stored.tag or not stored.rows:
            return stored
        lines = [
            (owner, self._seal_row(owner, _row_name(stored.asset.path, position), line))
            for position, (owner, line) in enumerate(stored.rows)
        ]
        return replace(stored, rows=tuple(lines))

    def take_pending(self) -> tuple[Envelope, ...]:
        """Return the envelopes of what was stored since, to be written with the version."""
        pending, self._pending = tuple(self._pending), []
        return pending

    def reload(self) -> None:
        """Read the keys again at the next use: somebody may have changed them."""
        self._ring, self._failure, self._pending = None, None, []

    # -- opening ---------------------------------------------------------------------------------

    def restore(self, stored: StoredObject, path: Path) -> None:
        """Write the plain bytes of an encrypted object; nothing stays if they do not open.

        Raises
        ------
        StoreError
            FSC603 if it is missing; FSC610 to FSC614 if its key is; FSC605 if it was changed.
        """
        self._folder(self._open(stored)).restore(stored.owner, stored.address, path)

    def open_rows(self, stored: StoredAsset) -> bytes:
        """Return a table from its encrypted lines.

        Raises
        ------
        StoreError
            FSC610 to FSC614 if a key is missing; FSC605 if a line was changed.
        """
        self._require_alive(owner for owner, _ in stored.rows)
        return b"".join(
            self._open_row(owner, _row_name(stored.asset.path, position), line)
            for position, (owner, line) in enumerate(stored.rows)
        )

    def is_published(self, stored: StoredAsset, digest: str) -> bool:
        """Tell whether an encrypted asset is the published one, from the digest of plain bytes."""
        owners = [owner for owner, _ in stored.rows] or [stored.stored.owner]
        return hmac.compare_digest(self._require_ring().tag(owners, digest), stored.stored.tag)

    def check(self, stored: StoredAsset, secret: bytes) -> str:
        """Return what is wrong with an encrypted asset, or nothing.

        Returns
        -------
        str
            ``"missing"``, ``"changed"``, ``"destroyed"`` if a key was destroyed on purpose, or
            ``"locked"`` if the keys are not there: stored bytes are compared without them, tables
            and plain bytes are not.
        """
        place = (stored.stored.owner, stored.stored.address)
        if stored.stored.address:
            is_intact = self._folder(b"").is_intact(*place, secret)
            if not is_intact:
                return "missing" if is_intact is None else "changed"
        try:
            if not stored.stored.address:
                digest = hashlib.sha256(self.open_rows(stored)).hexdigest()
            else:
                folder = self._folder(self._open(stored.stored))
                digest = folder.plain_digest(*place)
            return "" if self.is_published(stored, digest) else "changed"
        except StoreError as error:
            return _WRONG.get(error.code, "locked")

    def is_destroyed(self, owners: Iterable[str]) -> bool:
        """Tell whether the key of any of these was destroyed."""
        with self._reading() as connection:
            return not _envelopes.read_destroyed(connection).isdisjoint(owners)

    @property
    def ring(self) -> Keyring:
        """The keys.

        Raises
        ------
        StoreError
            FSC610 to FSC613 if they are missing, damaged, locked, or readable for others.
        """
        return self._require_ring()

    # -- changing keys ---------------------------------------------------------------------------

    def rotate(self, owners: Sequence[str]) -> int:
        """Give owners new keys; wrap all that the older ones opened with them.

        Returns
        -------
        int
            How many objects have a new envelope. No object is written.
        """
        ring = self._require_ring()
        self._require_open(owners)
        ring.renew(owners)
        n_objects = 0
        with self._writing() as connection:
            for owner in owners:
                envelopes = _envelopes.find_by_owner(connection, owner)
                for one in envelopes:
                    _envelopes.rewrap(connection, self._wrap(one, self._unwrap(one)))
                n_objects += len(envelopes)
                for row in _envelopes.find_rows(connection, owner):
                    name = _row_name(row.path, row.position)
                    line = self._open_row(owner, name, row.line)
                    _envelopes.write_row(connection, row, self._seal_row(owner, name, line))
        ring.drop_older(owners)
        return n_objects

    def encrypt_anew(self, owner: str, secret: bytes) -> int:
        """Write every object of an owner under a new key of its own; return how many.

        What is damaged stays as it is: a check tells of it.
        """
        with self._reading() as connection:
            found = _envelopes.find_by_owner(connection, owner)
        envelopes = [
            one for one in found if self._folder(b"").is_intact(owner, one.address, secret)
        ]
        for old in envelopes:
            key = secrets.token_bytes(32)
            folder = ObjectFolder(self._root, CipherCodec(key, source=self._unwrap(old)))
            address, _ = folder.put(owner, secret, folder.path(owner, old.address))
            folder.flush(owner)
            new = self._wrap(replace(old, address=address), key)
            with self._writing() as connection:
                _envelopes.add_envelopes(connection, [replace(new, replaces=(old.address,))])
            folder.remove(owner, old.address)
        return len(envelopes)

    def renew_master(self, passphrase: str | None) -> None:
        """Draw a new master key; None keeps the passphrase, which opens the keys from now on."""
        self._require_ring().renew_master(passphrase)
        if self._place is not None and passphrase is not None:
            self._place = replace(self._place, passphrase=passphrase)

    def bring_back(self, path: Path, passphrase: str, destroyed: frozenset[str]) -> int:
        """Take the keys of an export over, also where there are none; see `Keyring.take_over`."""
        if self._place is None:
            raise make_missing()
        with self._reading() as connection:
            ring = Keyring(self._place, _envelopes.name_commons(connection))
        n_people = ring.take_over(path, passphrase, destroyed)
        self._ring, self._failure = ring, None
        return n_people

    # -- keys ------------------------------------------------------------------------------------

    def _require_ring(self, *, create: bool = False) -> Keyring:
        """Return the keys, read once."""
        if self._ring is not None:
            return self._ring
        if self._place is None:
            raise make_missing()
        if self._failure is not None:  # each attempt with a passphrase costs a fifth of a second
            raise self._failure
        try:
            self._ring = self._open_ring(self._place, create=create)
        except StoreError as error:
            self._failure = error
            raise
        return self._ring

    def _open_ring(self, place: KeyPlace, *, create: bool) -> Keyring:
        """Read the keys; draw the first ones where nothing is encrypted yet."""
        with self._reading() as connection:
            name = _envelopes.name_commons(connection)
            has_encrypted = _envelopes.has_encrypted(connection)
            destroyed = _envelopes.read_destroyed(connection)
        ring = Keyring(place, name)
        if not ring.load():
            if has_encrypted or not create:
                raise make_missing()
            ring.add({SHARED: ()})
        # Somebody who was stopped while destroying a key has said so in the catalogue first.
        if left := [owner for owner in destroyed if owner in ring]:
            ring.forget(left)
        return ring

    def _require_open(self, owners: Iterable[str]) -> None:
        """Refuse to go on unless all that is encrypted for these owners opens."""
        with self._reading() as connection:
            for owner in owners:
                for one in _envelopes.find_by_owner(connection, owner):
                    self._unwrap(one)
                for row in _envelopes.find_rows(connection, owner):
                    self._open_row(owner, _row_name(row.path, row.position), row.line)

    def _require_alive(self, owners: Iterable[str]) -> None:
        if self.is_destroyed(set(owners)):
            raise make_destroyed()

    def _find_known(
        self, owner: str, secret: bytes, plain: Path
    ) -> tuple[StoredObject | None, tuple[str, ...]]:
        """Return the intact object of an owner with these bytes, and where damaged ones lie."""
        with plain.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        tag = self._require_ring().tag([owner], digest)
        with self._reading() as connection:
            found = _envelopes.find_by_tag(connection, owner, tag)
        pending = [one for one in self._pending if (one.owner, one.tag) == (owner, tag)]
        for one in (*found, *pending):
            if self._folder(b"").is_intact(owner, one.address, secret):
                known = StoredObject(owner, one.address, digest, plain.stat().st_size, tag)
                return known, ()
        return None, tuple(one.address for one in found)

    def _open(self, stored: StoredObject) -> bytes:
        """Return the key of an object."""
        self._require_alive([stored.owner])
        with self._reading() as connection:
            found = _envelopes.read_envelope(connection, stored.owner, stored.address)
        if found is None:
            raise make_unreadable()
        return self._unwrap(found)

    def _wrap(self, envelope: Envelope, key: bytes) -> Envelope:
        """Return the envelope with a key in it, under the newest key of its owner."""
        number, outer = self._require_ring().newest(envelope.owner)
        wrapped = wrap(derive(outer, "objects"), key, _object_name(envelope))
        return replace(envelope, key=number, wrapped=wrapped)

    def _unwrap(self, envelope: Envelope) -> bytes:
        """Return the key that is in an envelope."""
        outer = self._require_ring().key(envelope.owner, envelope.key)
        key = unwrap(derive(outer, "objects"), envelope.wrapped, _object_name(envelope))
        if key is None:
            raise make_unreadable()
        return key

    def _seal_row(self, owner: str, name: bytes, line: bytes) -> bytes:
        number, outer = self._require_ring().newest(owner)
        return number.to_bytes(_N_NUMBER) + wrap(derive(outer, "rows"), line, name)

    def _open_row(self, owner: str, name: bytes, line: bytes) -> bytes:
        number, wrapped = int.from_bytes(line[:_N_NUMBER]), line[_N_NUMBER:]
        try:
            outer = self._require_ring().key(owner, number)
        except StoreError:
            if owner in self._require_ring():  # it is the number that was changed
                raise make_unreadable() from None
            raise
        plain = unwrap(derive(outer, "rows"), wrapped, name)
        if plain is None:
            raise make_unreadable()
        return plain

    def _folder(self, key: bytes) -> ObjectFolder:
        return ObjectFolder(self._root, CipherCodec(key))


def _object_name(envelope: Envelope) -> bytes:
    """Return what the key of an object is bound to."""
    return f"{envelope.owner}/{envelope.address}".encode()


def _row_name(path: str, position: int) -> bytes:
    """Return what a line is bound to beside the key of whom it is about."""
    return f"{position} {path}".encode()
