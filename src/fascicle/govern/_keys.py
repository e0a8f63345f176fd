"""The gate's hand on keys: count, rotate, destroy, take along, bring back."""

from __future__ import annotations

from pathlib import Path

from fascicle.errors import InputError
from fascicle.store import DestroyedKeys, KeyState

from ._ledger import Ledger
from ._publish import make_refusal


class KeyKeeper(Ledger):
    """A handle that looks after the keys of encrypted data; see `open_commons`.

    Data of the controlled tier are encrypted, each file and each line of a table under a key of
    the participants behind it. Every change of a key is written to the log.
    """

    def key_state(self) -> KeyState:
        """Return what is encrypted, and where and how its keys are kept.

        Raises
        ------
        StoreError
            FSC610 to FSC613 if the keys are missing, damaged, locked, or readable for others.
        """
        return self._store.keys.state()

    def rotate_master_key(self, passphrase: str | None = None) -> None:
        """Draw a new master key and wrap the keys of all participants with it.

        Parameters
        ----------
        passphrase : str, optional
            The new passphrase that wraps the master key; empty takes it away. None keeps the one
            that is in use.

        Raises
        ------
        Refusal
            FSC500 if nobody stands for it.
        StoreError
            FSC604 if somebody publishes; FSC610 to FSC613 as for `key_state`.
        """
        with self._logged("key", ""):
            self._require_agent()
            self._store.keys.rotate(self._agent, passphrase)

    def rotate_keys(self, dataset_id: str, *, encrypt_anew: bool = False) -> int:
        """Draw a new key for every participant of a dataset.

        Parameters
        ----------
        dataset_id : str
            Which.
        encrypt_anew : bool
            Whether the objects are written again under new keys of their own. Without it, only
            the short text that holds each object's key is.

        Returns
        -------
        int
            How many objects the new keys open.

        Raises
        ------
        InputError
            FSC153 if there is no such dataset.
        Refusal
            FSC500 if nobody stands for it; FSC540 if it is another publisher's.
        StoreError
            FSC604 if somebody publishes; FSC610 to FSC613 as for `key_state`.
        """
        self._require_dataset(dataset_id)
        with self._logged("key", dataset_id):
            self._require_own(dataset_id)
            return self._store.keys.rotate_dataset(self._agent, dataset_id, anew=encrypt_anew)

    def destroy_key(self, dataset_id: str, label: str) -> DestroyedKeys:
        """Destroy a participant's key: nobody can read any encrypted copy of the data again.

        Files about several people go with the first of them.

        Parameters
        ----------
        dataset_id : str
            Which dataset; the same person in another one has another key.
        label : str
            The participant, with ``sub-`` or without.

        Returns
        -------
        DestroyedKeys
            How many keys are gone, and how many files about the participant are not encrypted.

        Raises
        ------
        InputError
            FSC153 if there is no such dataset; FSC164 if it has no such participant; FSC165 if
            nothing about the participant is encrypted.
        Refusal
            FSC500 if nobody stands for it; FSC540 if the dataset is another publisher's.
        StoreError
            FSC604 if somebody publishes; FSC610 to FSC613 as for `key_state`.
        """
        self._require_dataset(dataset_id)
        with self._logged("destroy", dataset_id):
            self._require_own(dataset_id)
        owner = self._store.keys.find_participant(dataset_id, label.removeprefix("sub-"))
        if owner is None:
            raise InputError(
                "FSC164",
                "Expected a participant of this dataset, found none by that label.",
                "Use the label that stands in participants.tsv.",
            )
        n_encrypted, n_clear = self._store.keys.count_files(owner)
        if not n_encrypted:
            raise InputError(
                "FSC165",
                "Expected data of this participant that are encrypted, found none.",
                "There is no key to destroy: only the controlled tier is encrypted, and what was "
                "published under another one lies in the commons as it is.",
            )
        return DestroyedKeys(self._store.keys.destroy(self._agent, dataset_id, owner), n_clear)

    def export_keys(self, path: Path, passphrase: str) -> None:
        """Write all keys to a file, encrypted under a passphrase of its own.

        Raises
        ------
        Refusal
            FSC500 if nobody stands for it.
        StoreError
            FSC610 to FSC613 as for `key_state`; FSC612 if the passphrase is empty; FSC615 if
            another file is in the way.
        """
        with self._logged("key", ""):
            self._require_agent()
            self._store.keys.export(self._agent, path, passphrase)

    def import_keys(self, path: Path, passphrase: str) -> int:
        """Bring back the keys that are missing here; those that were destroyed stay destroyed.

        Returns
        -------
        int
            How many participants have their key back.

        Raises
        ------
        Refusal
            FSC500 if nobody stands for it.
        StoreError
            FSC611 if it is no export of this commons' keys; FSC612 if the passphrase is wrong.
        """
        with self._logged("key", ""):
            self._require_agent()
            return self._store.keys.take_over(self._agent, path, passphrase)

    def _require_dataset(self, dataset: str) -> None:
        if self._store.read_version(dataset) is None:
            raise InputError(
                "FSC153",
                "Expected a dataset of this commons, found none by that name.",
                "List what there is with `fascicle find`.",
            )

    def _require_own(self, dataset: str) -> None:
        """Refuse to touch the keys of what somebody else published."""
        self._require_agent()
        found = self._store.read_version(dataset)
        if found is not None and found.publisher != self._agent:
            raise make_refusal(
                "FSC540",
                "Expected the publisher of this dataset, found somebody else.",
                "Ask the publisher, or act as the same agent (--as).",
                clause="publisher",
            )
