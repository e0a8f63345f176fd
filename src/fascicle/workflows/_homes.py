"""Where the vault lives."""

from __future__ import annotations

import os
from pathlib import Path


def default_home() -> Path:
    """Return ``$FASCICLE_HOME``, else the user's data folder for Fascicle."""
    named = os.environ.get("FASCICLE_HOME")
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("fascicle", appauthor=False)
