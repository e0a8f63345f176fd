"""Which recordings of a dataset are labelled, and by which method."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from fascicle.quality import Annotator

Unit = tuple[Annotator, PurePosixPath]
"""A method, and a recording's path in the dataset."""


def list_units(folder: Path, annotators: Sequence[Annotator]) -> Iterator[Unit]:
    """Yield each recording with each method that can label it, in order of methods and paths.

    Parameters
    ----------
    folder : Path
        The dataset.
    annotators : sequence of Annotator
        The methods.

    Yields
    ------
    tuple of (Annotator, PurePosixPath)
        Of a split recording the first part, whose labels are those of all parts.
    """
    places = _list_first_parts(folder)
    for annotator in annotators:
        for place in places:
            if annotator.accepts(place):
                yield annotator, place


def _list_first_parts(folder: Path) -> list[PurePosixPath]:
    """Return the paths of everything that may be a recording; of split ones the first part."""
    first: dict[str, tuple[int, PurePosixPath]] = {}
    for top in folder.glob("sub-*"):
        for path in _walk(top):
            place = PurePosixPath(path.relative_to(folder).as_posix())
            split = re.search(r"_split-(\d+)", place.name)
            part = int(split[1]) if split else 0
            whole = str(place.with_name(place.name.replace(split[0], ""))) if split else str(place)
            first[whole] = min(first.get(whole, (part, place)), (part, place))
    return sorted(place for _, place in first.values())


def _walk(top: Path) -> Iterator[Path]:
    """Yield the files of a participant, and the folders that are recordings, not what they hold."""
    for parent, folders, files in os.walk(top):
        recordings = [name for name in folders if name.startswith("sub-")]
        # The chunks of one image can be millions of files.
        folders[:] = [name for name in folders if name not in recordings]
        yield from (Path(parent, name) for name in (*files, *recordings) if name[:4] == "sub-")
