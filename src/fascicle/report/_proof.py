"""The proof as a reader takes it in: what to read, file by file, and what no search can see."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_FILE = re.compile(r"\S*[./]\S*|README|CHANGES|LICENSE")
_TITLES = {
    "edf": "EDF",
    "bdf": "BDF",
    "brainvision": "BrainVision",
    "fif": "FIF",
    "eeglab": "EEGLAB",
    "snirf": "SNIRF",
    "nifti": "NIfTI",
    "nwb": "NWB",
    "ome-tiff": "OME-TIFF",
    "ome-zarr": "OME-Zarr",
    "h5ad": "AnnData",
    "json": "JSON files",
    "table": "Tables",
    "text": "Texts",
    "html": "Pages",
}


@dataclass(frozen=True, slots=True)
class ToRead:
    """One box of the check list: a file with the lines to read in it, or a plain sentence."""

    place: str
    lines: tuple[str, ...]


def group_to_read(items: Sequence[str]) -> list[ToRead]:
    """Put what stands in one file into one box, and each text in the first file that has it.

    Parameters
    ----------
    items : sequence of str
        ``"README.md: the line"``, or a plain sentence.

    Examples
    --------
    >>> for box in group_to_read(["a.md: one", "a.md: two", "Look at the pictures."]): print(box)
    ToRead(place='a.md', lines=('one', 'two'))
    ToRead(place='', lines=('Look at the pictures.',))
    """
    boxes: dict[str, list[str]] = {}
    seen: set[str] = set()
    plain: list[ToRead] = []
    for item in items:
        place, colon, line = item.partition(": ")
        if colon and _FILE.fullmatch(place):
            boxes.setdefault(place, []).extend([] if line in seen else [line])
            seen.add(line)
        else:
            plain.append(ToRead("", (item,)))
    return [ToRead(place, tuple(lines)) for place, lines in boxes.items() if lines] + plain


def split_limits(cannot_detect: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Part what holds for every format from what holds for one.

    Parameters
    ----------
    cannot_detect : mapping of str to str
        By format, what no scan can see in it.

    Returns
    -------
    tuple of (str, dict of str to str)
        Sentences that all share, and the rest by title of the format.

    Examples
    --------
    >>> split_limits({"edf": "It has gaps. Faces are not seen.", "fif": "Faces are not seen."})
    ('Faces are not seen.', {'EDF': 'It has gaps.'})
    """
    sentences = {name: _SENTENCE_END.split(text.strip()) for name, text in cannot_detect.items()}
    shared: list[str] = []
    if len(sentences) > 1:
        first = next(iter(sentences.values()))
        shared = [s for s in first if all(s in others for others in sentences.values())]
    rest = {
        _TITLES.get(name, name): " ".join(s for s in parts if s not in shared)
        for name, parts in sorted(sentences.items())
    }
    return " ".join(shared), {name: text for name, text in rest.items() if text}
