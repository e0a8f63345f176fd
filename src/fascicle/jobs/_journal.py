"""A journal of finished units, so that a killed run goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ._files import write_atomic


class Journal:
    """Finished units of work, one small file each.

    A unit is recorded after its outputs are on disk; a unit that is not recorded is done again.

    Parameters
    ----------
    folder : Path
        Where the entries lie (made when the first is written).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> dict[str, Any] | None:
        """Return what was recorded for a unit; None if it was not finished."""
        try:
            entry = json.loads((self._folder / f"{key}.json").read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return entry if isinstance(entry, dict) else None

    def record(self, key: str, result: dict[str, Any]) -> None:
        """Record a finished unit under a key of letters, digits and dashes."""
        text = json.dumps(result, sort_keys=True, ensure_ascii=False)
        write_atomic(self._folder / f"{key}.json", text)

    def forget(self, key: str) -> None:
        """Forget a unit: it will be done again."""
        (self._folder / f"{key}.json").unlink(missing_ok=True)

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return every finished unit by key, in order of the keys."""
        keys = sorted(path.stem for path in self._folder.glob("*.json"))
        found = ((key, self.find(key)) for key in keys)
        return {key: entry for key, entry in found if entry is not None}
