"""What an annotator keeps to, and which there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from fascicle.core import Annotation

from ._artifacts import ArtifactAnnotator
from ._cell_annotator import CellAnnotator
from ._image_annotator import ImageAnnotator


class Annotator(Protocol):
    """A method that labels one kind of recording; it reads the dataset and writes nothing.

    ``name`` is what a user types, ``title`` one line on what it finds, and ``version`` changes
    whenever the same recording could get other labels. ``kinds`` says in a sentence what each kind
    of label means, ``card`` names the page of the docs on how it decides and where it fails.
    ``requires`` is the name of the optional library set, as in ``pip install 'fascicle[mri]'``;
    empty if there is none.
    """

    name: str
    title: str
    version: str
    kinds: Mapping[str, str]
    card: str
    requires: str

    def accepts(self, place: PurePosixPath) -> bool:
        """Tell by its path in the dataset whether a file is a recording that this can label."""
        ...

    def annotate(self, dataset: Path, place: PurePosixPath) -> Annotation:
        """Label one recording; what is wrong with it becomes a finding, and nothing is raised."""
        ...


ANNOTATORS: Final[tuple[Annotator, ...]] = (
    ArtifactAnnotator(),
    CellAnnotator(),
    ImageAnnotator(),
)
"""Every annotator, in the order in which they run."""
