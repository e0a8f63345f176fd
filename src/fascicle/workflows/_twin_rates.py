"""How many rows of a table of numbers go into a second, as its sidecars say."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.formats import find_inherited


def read_rate(path: Path, root: Path) -> float | None:
    """Return the sampling rate of a time series that is kept as a table.

    Parameters
    ----------
    path : Path
        The table, somewhere in `root`.
    root : Path
        A BIDS dataset, whose sidecars hold for all files below them, or any folder.

    Returns
    -------
    float or None
        In hertz, by ``SamplingFrequency``, else by ``RepetitionTime``; None if nothing states it.

    Examples
    --------
    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp())
    >>> _ = (root / "a.json").write_text('{"RepetitionTime": 2.0}')
    >>> read_rate(root / "a.tsv", root)
    0.5
    """
    told: dict[str, Any] = {}
    for sidecar in _list_sidecars(path, root):
        told |= _read_fields(sidecar)  # the nearer one is right, as in BIDS
    rate_hz, repetition_s = (
        _positive(told.get(name)) for name in ("SamplingFrequency", "RepetitionTime")
    )
    return rate_hz or (1 / repetition_s if repetition_s else None)


def _list_sidecars(path: Path, root: Path) -> Iterator[Path]:
    """Yield what may say something of a file, the nearest last."""
    above = find_inherited(PurePosixPath(path.relative_to(root).as_posix()), root)
    yield from (root / one for one in above)
    yield path.with_suffix(".json")


def _read_fields(path: Path) -> dict[str, Any]:
    """Return the fields of a sidecar; none if it is not there, or cannot be read."""
    try:
        told = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _positive(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < math.inf else None
