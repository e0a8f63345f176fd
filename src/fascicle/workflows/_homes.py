"""Where the owner's vault lives."""

from __future__ import annotations

import os
from pathlib import Path

from fascicle.protect import Vault, open_vault


def default_home() -> Path:
    """Return ``$FASCICLE_HOME``, else the user's data folder for Fascicle."""
    named = os.environ.get("FASCICLE_HOME")
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("fascicle", appauthor=False)


def open_own_vault(passphrase: str | None = None) -> Vault:
    """Open the owner's vault, with ``$FASCICLE_VAULT_PASSPHRASE`` where no passphrase is given."""
    words = passphrase or os.environ.get("FASCICLE_VAULT_PASSPHRASE") or None
    return open_vault(default_home(), words)
