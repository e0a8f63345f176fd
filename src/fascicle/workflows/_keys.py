"""What the owner may do with the keys of a commons."""

from __future__ import annotations

from pathlib import Path

from fascicle.govern import DestroyedKeys, KeyState, commons_path, open_commons


def key_state(*, commons: Path | str | None = None, agent: str = "owner") -> KeyState:
    """Say what is encrypted in a commons, and where its keys are.

    Parameters
    ----------
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who asks.

    Returns
    -------
    KeyState
        The file of the keys, whether a passphrase wraps it, and counts.

    Raises
    ------
    StoreError
        FSC610 to FSC613 if the keys are missing, damaged, locked, or readable for others.
    """
    with open_commons(commons_path(commons), agent=agent) as handle:
        return handle.key_state()


def rotate_keys(
    dataset: str = "",
    *,
    encrypt_anew: bool = False,
    new_passphrase: str | None = None,
    commons: Path | str | None = None,
    agent: str = "owner",
) -> int:
    """Draw new keys: for the participants of a dataset, or the master key if none is named.

    Parameters
    ----------
    dataset : str
        Its id; empty for the master key.
    encrypt_anew : bool
        Whether the objects of the dataset are written again, too.
    new_passphrase : str or None
        Wraps the new master key; None keeps the passphrase that is in use, an empty one takes it
        away.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who does it: the publisher.

    Returns
    -------
    int
        How many objects the new keys of participants open; 0 for the master key.

    Raises
    ------
    Refusal
        FSC540 if the dataset is another publisher's.
    StoreError
        FSC604 if somebody publishes; FSC610 to FSC613 as for `key_state`.
    """
    with open_commons(commons_path(commons), agent=agent) as handle:
        if dataset:
            return handle.rotate_keys(dataset, encrypt_anew=encrypt_anew)
        handle.rotate_master_key(new_passphrase)
        return 0


def destroy_key(
    dataset: str, participant: str, *, commons: Path | str | None = None, agent: str = "owner"
) -> DestroyedKeys:
    """Destroy a participant's key: nobody can read any encrypted copy of the data again.

    Parameters
    ----------
    dataset : str
        Its id.
    participant : str
        The label, with ``sub-`` or without.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who does it: the publisher.

    Returns
    -------
    DestroyedKeys
        How many keys are gone, and how many files about the participant are not encrypted.

    Raises
    ------
    InputError
        FSC153 or FSC164 if there is no such dataset or participant; FSC165 if nothing about the
        participant is encrypted.
    Refusal
        FSC540 if the dataset is another publisher's.
    StoreError
        FSC604 if somebody publishes; FSC610 to FSC613 as for `key_state`.
    """
    with open_commons(commons_path(commons), agent=agent) as handle:
        return handle.destroy_key(dataset, participant)


def export_keys(
    path: Path | str,
    passphrase: str,
    *,
    commons: Path | str | None = None,
    agent: str = "owner",
) -> None:
    """Write all keys of a commons to a file to be kept elsewhere.

    Parameters
    ----------
    path : Path or str
        The file.
    passphrase : str
        Opens the file.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who does it.
    """
    with open_commons(commons_path(commons), agent=agent) as handle:
        handle.export_keys(Path(path).absolute(), passphrase)


def import_keys(
    path: Path | str,
    passphrase: str,
    *,
    commons: Path | str | None = None,
    agent: str = "owner",
) -> int:
    """Bring back the keys of a commons that are missing; what was destroyed stays destroyed.

    Parameters
    ----------
    path : Path or str
        The file that `export_keys` wrote.
    passphrase : str
        Opens the file.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who does it.

    Returns
    -------
    int
        How many participants have their key back.
    """
    with open_commons(commons_path(commons), agent=agent) as handle:
        return handle.import_keys(Path(path).absolute(), passphrase)
