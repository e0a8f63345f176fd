"""Cells that a method found, as an NWB file beside the labels."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from fascicle.core import Annotation
from fascicle.formats import InferredCells, write_cells

from ._label_places import CELLS, label_file


def write_label_cells(dataset: Path, place: PurePosixPath, annotation: Annotation) -> None:
    """Write the cells of an annotation, if it found any; those of another run go.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    place : PurePosixPath
        The recording's path in it.
    annotation : Annotation
        What a method said; `Annotation.found` holds its cells.

    Raises
    ------
    FormatError
        As `fascicle.formats.write_cells`.
    """
    target = label_file(dataset, place, annotation.method, CELLS)
    if isinstance(annotation.found, InferredCells):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_cells(dataset / place, target, annotation.found)
    elif target.is_file():
        target.unlink()
