"""A journal of finished units, so that a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ._files import write_atomic


class Journal:
    """Finished units of work, one small file each.

    A unit is recorded after its outputs are on disk; a unit that is not recorded is done again,
    and so is one whose entry was damaged: each carries a digest of itself.

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
            stored = json.loads((self._folder / f"{key}.json").read_text("utf-8"))
            result: dict[str, Any] = stored["result"]
            is_whole = stored["digest"] == _digest(_format(result))
        except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return result if is_whole else None

    def record(self, key: str, result: dict[str, Any]) -> None:
        """Record a finished unit under a key of letters, digits and dashes."""
        text = _format(result)
        stored = f'{{"digest": "{_digest(text)}", "result": {text}}}'
        write_atomic(self._folder / f"{key}.json", stored)

    def forget(self, key: str) -> None:
        """Forget a unit: it will be done again."""
        (self._folder / f"{key}.json").unlink(missing_ok=True)

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return every finished unit by key, in order of the keys."""
        keys = sorted(path.stem for path in self._folder.glob("*.json"))
        found = ((key, self.find(key)) for key in keys)
        return {key: entry for key, entry in found if entry is not None}


def _format(result: dict[str, Any]) -> str:
    return json.dumps(result, sort_keys=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
