"""The door to a commons."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._commons import Commons


def open_commons(path: Path, *, agent: str, purpose: str = "", create: bool = False) -> Commons:
    """Open a commons and return the only handle on it.

    Parameters
    ----------
    path : Path
        Folder of the commons.
    agent : str
        Who acts; may be empty for those who only look for data.
    purpose : str
        What for, as a code of the Data Use Ontology (``"HMB"``, ``"DS MONDO:0005027"``).
    create : bool
        Whether to make a commons where there is none.

    Returns
    -------
    Commons
        To be closed after use, or used in a ``with`` statement.

    Raises
    ------
    StoreError
        FSC600 if there is no commons; FSC601 if the folder holds something else; FSC602 if a
        later release made it; FSC604 if another process keeps it for itself.

    Notes
    -----
    The keys of encrypted data are in the folder that ``FASCICLE_KEYS`` names, else in ``keys`` of
    the commons; ``FASCICLE_KEYS_PASSPHRASE`` opens them where a passphrase wraps them.

    Examples
    --------
    >>> folder = getfixture("tmp_path") / "commons"
    >>> with open_commons(folder, agent="ada", create=True) as commons:
    ...     commons.search("eeg"), commons.verify()
    ((), ())
    """
    from fascicle.jobs import clone_file, write_private
    from fascicle.store import KeyPlace, open_store

    from ._commons import Commons

    folder = os.environ.get("FASCICLE_KEYS")
    keys = KeyPlace(
        Path(folder) if folder else path / "keys",
        write_private,
        os.environ.get("FASCICLE_KEYS_PASSPHRASE", ""),
    )
    return Commons(open_store(path, clone=clone_file, create=create, keys=keys), agent, purpose)


def commons_path(named: Path | str | None = None) -> Path:
    """Return the folder of a commons; None is the user's own.

    That is ``commons`` in the folder that ``FASCICLE_HOME`` names, else in the user's data folder.
    """
    if named is not None:
        return Path(named)
    if home := os.environ.get("FASCICLE_HOME"):
        return Path(home) / "commons"
    import platformdirs

    return platformdirs.user_data_path("fascicle", appauthor=False) / "commons"
