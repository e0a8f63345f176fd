"""Sidecars that an image of a BIDS dataset shares with others, in the folders above it."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path, PurePosixPath
from typing import Final

from fascicle.core import join_bids_name, split_bids_name

_MOST_ENTITIES: Final = 8
_PLACES: Final = frozenset({"sub", "ses"})


def find_inherited(path: PurePosixPath, root: Path) -> tuple[PurePosixPath, ...]:
    """Return the JSON files above an image that hold for it as well.

    In BIDS a sidecar holds for every image below its folder whose name has all of its entities,
    and its suffix.

    Parameters
    ----------
    path : PurePosixPath
        Of the image in the dataset.
    root : Path
        The dataset.

    Returns
    -------
    tuple of PurePosixPath
        From the top down; none if the folder is no BIDS dataset.

    Examples
    --------
    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp())
    >>> for name in ("dataset_description.json", "task-rest_bold.json"):
    ...     _ = (root / name).write_text("{}")
    >>> find_inherited(PurePosixPath("sub-01/func/sub-01_task-rest_run-2_bold.nii.gz"), root)
    (PurePosixPath('task-rest_bold.json'),)
    """
    named, suffix = split_bids_name(path.name)
    is_bids = bool(named) and (root / "dataset_description.json").is_file()
    if not is_bids or len(named) > _MOST_ENTITIES:
        return ()
    free = [key for key in named if key not in _PLACES]
    subsets = [keys for n in range(len(free) + 1) for keys in combinations(free, n)]
    found: list[PurePosixPath] = []
    for folder in reversed(path.parents[1:]):
        own = [key for key in ("sub", "ses") if f"{key}-{named.get(key)}" in folder.parts]
        for keys in subsets:
            chosen = {key: named[key] for key in (*own, *keys)}
            start = f"{join_bids_name(chosen)}_" if chosen else ""
            candidate = folder / f"{start}{suffix}.json"
            if (root / candidate).is_file():
                found.append(candidate)
    return tuple(found)
