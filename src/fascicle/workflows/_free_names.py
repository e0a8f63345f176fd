"""Names for recordings of which an earlier session may have taken some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from fascicle.prepare import BidsName


def free_names(
    wanted: Iterable[tuple[BidsName, str]], entries: Iterable[Mapping[str, Any]]
) -> list[BidsName]:
    """Count runs on where another recording has the name already.

    Parameters
    ----------
    wanted : iterable of (BidsName, str)
        The name that each recording shall have, and the digest of its content.
    entries : iterable of mapping
        What the journal says of recordings that are finished: ``bids_path``, ``stem``,
        ``content``.

    Returns
    -------
    list of BidsName
        In the order of `wanted`: as it stands there, unless other content has that name.

    Examples
    --------
    >>> name = BidsName("01", "", "rest", "", "", "eeg")
    >>> done = {"bids_path": "sub-01/eeg/sub-01_task-rest_eeg.edf", "stem": name.stem,
    ...         "content": "a"}
    >>> [free.run for free in free_names([(name, "a"), (name, "b")], [done])]
    ['', '02']
    """
    taken: dict[tuple[str, str, str], str] = {}
    for entry in entries:
        path = PurePosixPath(entry["bids_path"])
        last_word = path.name.partition(".")[0].rpartition("_")[2]
        taken[path.parent.as_posix(), entry["stem"], last_word] = entry["content"]
    free = []
    for name, content in wanted:
        while taken.get(_place(name), content) != content:
            name = replace(name, run=f"{int(name.run or '1') + 1:02d}")
        taken[_place(name)] = content
        free.append(name)
    return free


def _place(name: BidsName) -> tuple[str, str, str]:
    """Return what no two recordings may have in common: magnitudes and phases share a stem."""
    return name.folder, name.stem, name.last_word
