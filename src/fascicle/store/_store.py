"""The commons as one object: what the gate holds, and nobody else."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fascicle.errors import StoreError

from . import _budgets, _envelopes, _log, _owners, _search, _versions
from ._keyring import KeyPlace
from ._keys import KeyDesk
from ._locks import hold_alone, hold_shared
from ._nouns import (
    Filters,
    Limit,
    LogEntry,
    Match,
    NewVersion,
    Price,
    StoredAsset,
    StoredBudget,
    StoredObject,
    StoredVersion,
)
from ._objects import Codec, ObjectFolder
from ._safe import Safe
from ._tables import SHARED, agents, assets, is_current, make_engine, make_schema

_WAIT_S = 60.0
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class Store:
    """Objects, catalogue, lineage and log of one commons folder.

    Every method is one transaction. Objects are written before the version that names them, so
    that a process which dies in between leaves nothing that anybody sees.

    Parameters
    ----------
    folder : Path
        Of the commons; made if it is not there.
    database : Path
        The file of the catalogue.
    codec : Codec
        How bytes are stored that are not encrypted.
    keys : KeyPlace or None
        Where the keys are of those that are.
    """

    def __init__(
        self, folder: Path, database: Path, codec: Codec, keys: KeyPlace | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = folder / "commons.lock"
        self._objects = ObjectFolder(folder / "objects", codec)
        self._engine = make_engine(database)
        self._safe = Safe(folder / "objects", keys, self._reading, self._writing)
        # Both never change once they are made; thousands of files need not ask anew.
        self._owners: dict[tuple[str, tuple[str, ...]], str] = {}
        self._secrets: dict[str, bytes] = {}
        try:
            with _translated():
                self._prepare()
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # -- writing ---------------------------------------------------------------------------------

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Keep cleaners away while objects are written that no version names yet."""
        with self._sharing():
            yield

    @contextmanager
    def restoring(self) -> Iterator[None]:
        """Keep those away who change keys, while assets are listed and their bytes are read."""
        with self._sharing():
            yield

    @contextmanager
    def _sharing(self) -> Iterator[None]:
        with hold_shared(self._lock):
            self._safe.reload()
            yield

    def put_file(
        self, dataset: str, participants: Sequence[str], path: Path, *, encrypted: bool = False
    ) -> StoredObject:
        """Store a file for the participants behind it; only inside `publishing`.

        Parameters
        ----------
        dataset : str
            Id of the dataset: participants of two datasets are never the same to the store.
        participants : sequence of str
            Labels of those behind the file; none for a file about nobody.
        path : Path
            The plain file.
        encrypted : bool
            Whether it is stored under a key of those behind it.

        Returns
        -------
        StoredObject
            With the digest of what was stored.
        """
        owner = self.require_owner(dataset, participants)
        secret = self._secret(owner)
        if encrypted:
            return self._safe.put(owner, secret, path)
        address, digest = self._objects.put(owner, secret, path)
        return StoredObject(owner, address, digest, path.stat().st_size)

    def require_owner(self, dataset: str, participants: Sequence[str]) -> str:
        """Return the random key under which files of these participants are kept."""
        return self.require_owners(dataset, [participants])[0]

    def require_owners(self, dataset: str, asked: Iterable[Sequence[str]]) -> tuple[str, ...]:
        """Return the keys of many owners, making those that are missing in one transaction."""
        wanted = [(dataset, tuple(participants)) for participants in asked]
        missing = [one for one in wanted if one not in self._owners]
        if missing:
            with self._writing() as connection:
                number = _owners.require_dataset(connection, dataset)
                found = {
                    one: _owners.require_owner(connection, number, one[1])
                    for one in dict.fromkeys(missing)
                }
            self._owners.update(found)
        return tuple(self._owners[one] for one in wanted)

    def require_keys(self, owners: Iterable[str]) -> None:
        """Make sure that each owner has a key to encrypt with; only inside `publishing`."""
        self._safe.require_keys(owners)

    def make_table(
        self, rows: Sequence[tuple[str, bytes]], *, encrypted: bool = False
    ) -> StoredObject:
        """Describe a table that will be kept as one line for each owner, with the version.

        Parameters
        ----------
        rows : sequence of tuple of str and bytes
            Owner and bytes of each line, in order.
        encrypted : bool
            Whether each line is kept under the key of its owner.
        """
        whole = b"".join(line for _, line in rows)
        digest = hashlib.sha256(whole).hexdigest()
        if encrypted:
            return self._safe.make_table([owner for owner, _ in rows], digest, len(whole))
        return StoredObject(SHARED, "", digest, len(whole))

    def add_version(self, new: NewVersion) -> tuple[str, bool]:
        """Make a version visible, with its line in the log.

        Returns
        -------
        tuple of str and bool
            The version's number, and False if the newest one was the same and nothing was done.
        """
        for owner in {stored.stored.owner for stored in new.assets}:
            self._objects.flush(owner)
        sealed = tuple(self._safe.seal_rows(one) for one in new.assets)
        new = replace(new, assets=sealed)
        envelopes = self._safe.take_pending()
        with self._writing() as connection:
            version, is_new = _versions.add_version(connection, new)
            _envelopes.add_envelopes(connection, envelopes)
            _remember_key(connection, new.publisher, new.public_key)
            if is_new:
                details = {
                    "dataset": new.dataset.id,
                    "version": version,
                    "agent": new.publisher,
                    "n_files": len(new.assets),
                    "n_participants": len(new.consents) or new.dataset.n_participants,
                }
                _log.append_entry(connection, "publish", new.publisher, new.dataset.id, details)
        for one in envelopes:
            self._objects.discard(one.owner, one.replaces)
        return version, is_new

    def known_key(self, agent: str) -> str:
        """Return the public key that an agent's first release was signed with; or nothing."""
        with self._reading() as connection:
            query = sa.select(agents.c.public_key).where(agents.c.name == agent)
            return str(connection.execute(query).scalar_one_or_none() or "")

    def replace_key(self, agent: str, public_key: str) -> None:
        """Let an agent sign with another key from now on."""
        with self._writing() as connection:
            _log.agent_pseudonym(connection, agent)
            connection.execute(
                sa.update(agents).where(agents.c.name == agent).values(public_key=public_key)
            )

    def record(self, event: str, agent: str, dataset: str, details: dict[str, Any]) -> None:
        """Add a line to the log."""
        with self._writing() as connection:
            _log.append_entry(connection, event, agent, dataset, details)

    # -- budgets ---------------------------------------------------------------------------------

    def set_budget(self, dataset: str, limit: Limit, agent: str, price: Price) -> None:
        """Set or change what may be spent on each person; earlier spends are priced anew."""
        with self._writing() as connection:
            _budgets.set_limit(connection, dataset, limit, agent, price)

    def reserve(
        self, dataset: str, people: Sequence[str], details: dict[str, Any], price: Price
    ) -> tuple[int | None, int]:
        """Spend on people, unless it is more than one of them has left; in one transaction.

        Parameters
        ----------
        dataset : str
            Whose budget.
        people : sequence of str
            Labels of those behind it.
        details : dict
            Its ``agent`` and its ``mechanisms``, and further words for the log.
        price : callable
            Says what the mechanisms cost.

        Returns
        -------
        tuple of int or None, and int
            The spend's line in the log, or None if it was too much; and the units that the person
            with the least had left before it.
        """
        with self._writing() as connection:
            return _budgets.reserve(connection, dataset, people, details, price)

    def end_spend(self, number: int, state: str, agent: str) -> None:
        """Say how a spend ended: ``"settled"`` or ``"abandoned"``."""
        with self._writing() as connection:
            _budgets.end(connection, number, state, agent)

    def read_limit(self, dataset: str) -> Limit | None:
        """Return what may be spent on each person of a dataset; None if nobody has set it."""
        with self._reading() as connection:
            return _budgets.read_limit(connection, dataset)

    def read_budget(self, dataset: str) -> StoredBudget | None:
        """Return the ledger of a dataset; None if nobody has set its budget."""
        with self._reading() as connection:
            return _budgets.read_budget(connection, dataset)

    # -- keys ------------------------------------------------------------------------------------

    @property
    def keys(self) -> KeyDesk:
        """What can be done with the keys of encrypted data."""
        return KeyDesk(self._safe, self._lock, self._engine, self._reading, self._writing)

    # -- reading ---------------------------------------------------------------------------------

    def read_version(self, dataset: str, version: str = "") -> StoredVersion | None:
        """Return a version, the newest one if none is named; None if there is none."""
        with self._reading() as connection:
            return _versions.read_version(connection, dataset, version)

    def read_assets(self, dataset: str, version: str) -> tuple[StoredAsset, ...]:
        """Return the assets of a version, by path."""
        with self._reading() as connection:
            return _versions.read_assets(connection, dataset, version)

    def restore(self, stored: StoredAsset, path: Path) -> None:
        """Write the plain bytes of an asset, as they were published.

        Raises
        ------
        StoreError
            FSC603 if its object is missing; FSC605 if the bytes are not the published ones;
            FSC610 to FSC614 if they are encrypted and the key is not to be had.
        """
        if stored.stored.address:
            self._restore_object(stored.stored, path)
        else:
            table = self._safe.open_rows(stored) if stored.stored.tag else render_rows(stored)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(table)
        with path.open("rb") as handle:
            found = hashlib.file_digest(handle, "sha256").hexdigest()
        if not self._is_published(stored, found):
            path.unlink()
            raise StoreError(
                "FSC605",
                "Expected the bytes that were published, found others in the commons.",
                "Run `fascicle verify` to see which files are affected; publish them again.",
            )

    def search(
        self, groups: Sequence[Sequence[str]], filters: Filters, limit: int
    ) -> tuple[Match, ...]:
        """Return the newest versions that hold a word of each group, best first."""
        with self._reading() as connection:
            return _search.find_matches(connection, groups, filters, limit)

    def read_log(self, dataset: str = "") -> tuple[LogEntry, ...]:
        """Return the log in order."""
        with self._reading() as connection:
            return _log.read_entries(connection, dataset)

    # -- checking --------------------------------------------------------------------------------

    def find_log_breaks(self) -> tuple[tuple[int, str], ...]:
        """Return the lines of the log that are not as they were written."""
        with self._reading() as connection:
            return (*_log.find_breaks(connection), *_budgets.find_lost(connection))

    def find_changed_versions(self) -> tuple[tuple[str, str, str], ...]:
        """Return dataset, version and what is wrong, for each version not as it was published."""
        with self._reading() as connection:
            changed = [(*place, "changed") for place in _versions.find_changed(connection)]
            known = set(_versions.read_all_versions(connection))
            logged = (
                (str(entry.details.get("dataset")), str(entry.details.get("version")))
                for entry in _log.read_entries(connection)
                if entry.event == "publish" and entry.details
            )
            lost = [(*place, "missing") for place in dict.fromkeys(logged) if place not in known]
        return (*changed, *lost)

    def find_broken_assets(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield dataset, version, path and what is wrong, for every asset that is not whole.

        An object that several versions share is read once. Of what is encrypted it is said too
        if a key was ``"destroyed"``, or all are ``"locked"``.
        """
        with self.restoring():
            yield from self._find_broken()

    def _find_broken(self) -> Iterator[tuple[str, str, str, str]]:
        with self._reading() as connection:
            every = _versions.read_all_versions(connection)
        seen: dict[tuple[str, str, str], str] = {}
        for dataset, version in every:
            for stored in self.read_assets(dataset, version):
                place = (stored.stored.owner, stored.stored.address, stored.stored.tag)
                if not stored.stored.address:
                    wrong = self._check_rows(stored)
                elif place in seen:
                    wrong = seen[place]
                else:
                    wrong = seen[place] = self._check_object(stored)
                if wrong:
                    yield dataset, version, stored.asset.path, wrong

    def remove_orphans(self) -> int | None:
        """Remove files that no version names; return how many, None while somebody publishes."""
        with hold_alone(self._lock) as is_held:
            if not is_held:
                return None
            with self._reading() as connection:
                found = connection.execute(sa.select(assets.c.owner, assets.c.address))
                named = {(owner, address) for owner, address in found}
            orphans = [place for place in self._objects.walk() if place not in named]
            for place in orphans:
                self._objects.remove(*place)
            with self._writing() as connection:
                _envelopes.drop_unnamed(connection)
            return len(orphans)

    def _check_object(self, stored: StoredAsset) -> str:
        """Return what is wrong with an object, or nothing."""
        owner, address = stored.stored.owner, stored.stored.address
        if stored.stored.tag:
            return self._safe.check(stored, self._secret(owner))
        intact = self._objects.is_intact(owner, address, self._secret(owner))
        if intact is None:
            return "missing"
        return "" if intact else "changed"

    def _restore_object(self, stored: StoredObject, path: Path) -> None:
        if stored.tag:
            self._safe.restore(stored, path)
        else:
            self._objects.restore(stored.owner, stored.address, path)

    def _is_published(self, stored: StoredAsset, digest: str) -> bool:
        """Tell whether plain bytes of this digest are those of an asset."""
        if stored.stored.tag:
            return self._safe.is_published(stored, digest)
        return digest == stored.stored.digest

    def _secret(self, owner: str) -> bytes:
        """Return the secret of an owner, asking the database once."""
        if owner not in self._secrets:
            with self._reading() as connection:
                self._secrets[owner] = _owners.owner_secret(connection, owner)
        return self._secrets[owner]

    def _check_rows(self, stored: StoredAsset) -> str:
        """Return what is wrong with a table that is kept as rows, or nothing."""
        if stored.stored.tag:
            return self._safe.check(stored, b"")
        rendered = hashlib.sha256(render_rows(stored)).hexdigest()
        return "" if rendered == stored.stored.digest else "changed"

    # -- connections -----------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Make or bring forward the tables, by one process at a time."""
        if is_current(self._engine):
            return
        with hold_alone(self._lock, wait_s=_WAIT_S) as is_held:
            if not is_held:
                raise StoreError(
                    "FSC604",
                    f"Expected the commons to be free within {_WAIT_S:g} s, but it is in use.",
                    "Wait for the other process to end and try again.",
                )
            if not is_current(self._engine):
                make_schema(self._engine)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one moment of the catalogue."""
        with _translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """Yield a connection whose changes become visible together, or not at all."""
        with (
            _translated(),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection


def _remember_key(connection: sa.Connection, agent: str, public_key: str) -> None:
    """Keep the first key that an agent signs with."""
    _log.agent_pseudonym(connection, agent)
    connection.execute(
        sa
        .update(agents)
        .where(agents.c.name == agent, agents.c.public_key.is_(None))
        .values(public_key=public_key)
    )


def render_rows(stored: StoredAsset) -> bytes:
    """Return a table over several people, from its lines."""
    return b"".join(line for _, line in stored.rows)


@contextmanager
def _translated() -> Iterator[None]:
    """Say in our words what the database says in its own."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _HELD:
            raise StoreError(
                "FSC604",
                "Expected to write to the catalogue, but another program holds it.",
                "Wait for it to end, and try again.",
            ) from error
        raise StoreError(
            "FSC606",
            f"Expected the catalogue to answer, got {type(error.orig).__name__}.",
            "Check that the disk has space and that you may write to the commons folder; if the "
            "file is damaged, restore it from a backup.",
        ) from error
