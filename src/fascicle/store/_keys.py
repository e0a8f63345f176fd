"""What can be done with the keys of a commons: count, rotate, destroy, take along, bring back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from fascicle.errors import StoreError

from . import _envelopes, _log, _owners
from ._locks import hold_alone
from ._nouns import KeyState
from ._tables import SHARED, envelopes, owners

if TYPE_CHECKING:
    from ._keyring import Keyring
    from ._safe import Connect, Safe

_WAIT_S = 60.0


class KeyDesk:
    """The keys of a commons, for those who look after them.

    Whatever changes a key waits until nobody publishes, and is written to the log.

    Parameters
    ----------
    safe : Safe
        What is encrypted.
    lock : Path
        The lock of the commons.
    engine : sqlalchemy.Engine
        Of the catalogue.
    reading, writing : callable
        Give a connection to the catalogue for one transaction.
    """

    def __init__(
        self, safe: Safe, lock: Path, engine: sa.Engine, reading: Connect, writing: Connect
    ) -> None:
        self._safe = safe
        self._lock = lock
        self._engine = engine
        self._reading = reading
        self._writing = writing

    def state(self) -> KeyState:
        """Return what is encrypted and what opens it.

        Raises
        ------
        StoreError
            FSC610 to FSC613 if the keys are missing, damaged, locked, or readable for others.
        """
        ring = self._safe.ring
        with self._reading() as connection:
            n_objects = connection.execute(sa.select(sa.func.count()).select_from(envelopes))
            query = sa.select(owners.c.key).where(owners.c.label.is_not(None))
            people = set(connection.execute(query).scalars())
            destroyed = _envelopes.read_destroyed(connection)
            return KeyState(
                path=str(ring.path),
                is_locked=ring.is_locked(),
                n_people=len(ring),
                n_objects=int(n_objects.scalar_one()),
                n_destroyed=len(destroyed & people),
            )

    def find_participant(self, dataset: str, label: str) -> str | None:
        """Return the owner that a participant is; None if there is none by that label."""
        with self._reading() as connection:
            return _envelopes.find_participant(connection, dataset, label)

    def count_files(self, participant: str) -> tuple[int, int]:
        """Return how many files about a person are encrypted in some version, and how many not."""
        with self._reading() as connection:
            return _envelopes.count_files(connection, participant)

    def rotate(self, agent: str, passphrase: str | None) -> None:
        """Draw a new master key; None keeps the passphrase, an empty one takes it away."""
        with self._alone():
            self._require_ring()
            self._record("key", agent, "", {"action": "rotate master key"})
            self._safe.renew_master(passphrase)

    def rotate_dataset(self, agent: str, dataset: str, *, anew: bool) -> int:
        """Draw new keys for everybody of a dataset; return how many objects they open.

        What is about nobody gets a new key as well, though all datasets share it.

        Parameters
        ----------
        agent : str
            Who does it.
        dataset : str
            Its id.
        anew : bool
            Whether the objects are written under new keys of their own as well.
        """
        with self._alone():
            ring = self._require_ring()
            with self._reading() as connection:
                known = (SHARED, *_envelopes.find_owners(connection, dataset))
                found = [one for one in known if one in ring]
                secrets = {one: _owners.owner_secret(connection, one) for one in found}
            self._record("key", agent, dataset, {"action": "rotate keys", "anew": anew})
            n_objects = self._safe.rotate(found)
            if anew:
                for owner, secret in secrets.items():
                    self._safe.encrypt_anew(owner, secret)
            return n_objects

    def destroy(self, agent: str, dataset: str, owner: str) -> int:
        """Destroy a person's key for ever; return how many keys went, those of groups included.

        The catalogue says so first: who is stopped in between has destroyed it all the same.
        """
        with self._alone():
            ring = self._require_ring()
            with self._writing() as connection:
                gone = _envelopes.mark_destroyed(connection, owner)
                told = {"agent": agent, "dataset": dataset, "n_keys": len(gone)}
                _log.append_entry(connection, "destroy", agent, dataset, told)
            ring.forget(gone)
            self._clear_journal()
            return len(gone)

    def export(self, agent: str, path: Path, passphrase: str) -> None:
        """Write all keys to a file, encrypted under a passphrase of its own."""
        ring = self._require_ring()
        ring.require_place(path)
        self._record("key", agent, "", {"action": "export keys"})
        ring.export(path, passphrase)

    def take_over(self, agent: str, path: Path, passphrase: str) -> int:
        """Bring keys back from an export; return how many people got theirs."""
        with self._alone():
            with self._reading() as connection:
                destroyed = _envelopes.read_destroyed(connection)
            self._record("key", agent, "", {"action": "import keys"})
            return self._safe.bring_back(path, passphrase, destroyed)

    def _require_ring(self) -> Keyring:
        """Return the keys, opened before anything is written: they may be locked."""
        return self._safe.ring

    def _record(self, event: str, agent: str, dataset: str, details: dict[str, Any]) -> None:
        """Write down what is about to be done: who is stopped at it has done it, too."""
        with self._writing() as connection:
            _log.append_entry(connection, event, agent, dataset, {"agent": agent} | details)

    def _clear_journal(self) -> None:
        """Take what was deleted out of the journal beside the catalogue as well."""
        raw = self._engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            raw.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep publishers away: they hold keys in memory."""
        with hold_alone(self._lock, wait_s=_WAIT_S) as is_held:
            if not is_held:
                raise StoreError(
                    "FSC604",
                    f"Expected the commons to be free within {_WAIT_S:g} s, but it is in use.",
                    "Wait for the other process to end and try again.",
                )
            self._safe.reload()
            yield
