"""Notes beside images: small JSON files that state what the images' own files lack."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ._micr_ome import to_um

if TYPE_CHECKING:
    from fascicle.core import Source

NOTE_NAME = "micrograph.json"
"""A file that states what its folder's images lack: ``PixelSize``, ``PixelSizeUnits``, ..."""

_LARGEST_NOTE = 1 << 20
_UNITS = frozenset({"mm", "um", "nm"})


def find_notes(root: Path, path: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Return the notes that hold for an image: those of folders above it, then its own.

    Parameters
    ----------
    root : Path
        The raw folder.
    path : PurePosixPath
        An image below it.
    """
    places = [folder / NOTE_NAME for folder in reversed(path.parents)]
    name = path.name
    for ending in (".ome.zarr", ".ome.tiff", ".ome.tif", path.suffix):
        if ending and name.lower().endswith(ending.lower()):
            places.append(path.with_name(name[: -len(ending)] + ".json"))
            break
    return tuple(place for place in places if _read_note(root / place))


def _read_note(path: Path) -> dict[str, Any]:
    """Return the fields of BIDS that a note states; empty if it is none."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_NOTE:
            return {}
        said = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    named = {"PixelSize", "PixelSizeUnits", "MicroscopyTechnique", "Magnification",
             "NumericalAperture", "Manufacturer", "ManufacturersModelName", "SampleStaining",
             "SliceThickness", "Immersion", "SampleEnvironment", "ChannelNames"}  # fmt: skip
    return {k: v for k, v in said.items() if k in named} if isinstance(said, dict) else {}


def read_notes(root: Path, source: Source) -> dict[str, Any]:
    """Join what the notes of a recording state: the nearest wins; sizes must be possible."""
    said: dict[str, Any] = {}
    for path in source.files:
        if path.suffix.lower() == ".json":
            said |= _read_note(root / path)
    sizes, unit = said.get("PixelSize"), said.get("PixelSizeUnits")
    numbers = [sizes, sizes] if isinstance(sizes, int | float) else sizes
    is_size = (
        isinstance(numbers, list)
        and len(numbers) in {2, 3}
        and isinstance(unit, str)
        and unit in _UNITS
        and all(to_um(number, unit) > 0 for number in numbers)
    )
    if not is_size:
        said.pop("PixelSize", None)
        said.pop("PixelSizeUnits", None)
    else:
        said["PixelSize"] = [float(number) for number in numbers or ()]
    return said
