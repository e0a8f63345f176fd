"""Where labels lie in a dataset, and which recording they are of."""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from fascicle.errors import InputError
from fascicle.jobs import sha256_file

LABELS: Final = "derivatives/fascicle-annotate"
"""Where they lie in a dataset."""
SIGNALS: Final = frozenset({"eeg", "meg", "ieeg", "nirs", "emg"})
"""Datatypes for which BIDS knows tables of events with channels in derivatives."""
CELLS: Final = "ophys.nwb"
"""How the name of a file with cells ends."""
ENDINGS: Final = ("events.tsv", "events.json", "timeseries.tsv", "timeseries.json", CELLS)
"""How the names of all that a method says of a recording end, beside the summary."""
_USUAL: Final = {"func": "bold"}
"""Last words of names that need not be told, where they are not the name of the datatype."""
_OTHERS: Final = (
    "anat", "beh", "dwi", "fmap", "func", "micr", "motion", "mrs", "perf", "pet",
)  # fmt: skip
_UNKNOWN: Final = ("ecephys", "icephys", "ophys", "video")
"""Datatypes that BIDS does not know yet; a slash at their end would hide them from no validator."""


def list_ignored() -> str:
    """Return what a .bidsignore must list, because BIDS has no name for such files."""
    names = ["*_qc.json", "*_timeseries.*", *(f"**/{name}/*_events.*" for name in _OTHERS)]
    return "".join(f"{name}\n" for name in (*names, *_UNKNOWN))


def label_file(dataset: Path, place: PurePosixPath, method: str, ending: str) -> Path:
    """Return a table of what a method said of a recording; parts of a split one share it.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    place : PurePosixPath
        The recording's path in it.
    method : str
        Name of the method.
    ending : str
        As ``"events.tsv"``.

    Raises
    ------
    InputError
        FSC132 if the path is not that of a recording in a BIDS dataset.
    """
    stem, _, word = place.name.split(".")[0].rpartition("_")
    # A T1w and a T2w image differ in nothing but the last word, which such tables do not have.
    told = "" if word in {place.parent.name, _USUAL.get(place.parent.name)} else word
    whole = re.sub(r"_split-[^_]+", "", stem)
    return _label_folder(dataset, place) / f"{whole}_desc-{method}{told}_{ending}"


def summary_file(dataset: Path, place: PurePosixPath, method: str) -> Path:
    """Return where the measures and settings of a method for a recording are kept.

    Raises
    ------
    InputError
        FSC132 if the path is not that of a recording in a BIDS dataset.
    """
    name = place.name.split(".")[0]
    return _label_folder(dataset, place) / f"{name}_desc-{method}_qc.json"


def digest_recording(dataset: Path, place: PurePosixPath) -> str:
    """Return a SHA-256 digest, in hex, of all files that have a recording's name.

    Times of files would not do: a copy has others, and all files of a proven dataset have one.
    Of what is not there, the digest is that of nothing.
    """
    stem = place.name.split(".")[0]
    digest = hashlib.sha256()
    for path in sorted((dataset / place.parent).glob(f"{glob.escape(stem)}.*")):
        for file in _list_files(path):
            name = file.relative_to(path.parent).as_posix()
            digest.update(f"{name}\n{sha256_file(file)}\n".encode())
    return digest.hexdigest()


def _list_files(path: Path) -> Iterator[Path]:
    """Yield a file, or all files of a folder; a link to what is not here is none."""
    if path.is_dir():
        yield from (file for file in sorted(path.rglob("*")) if file.is_file())
    elif path.is_file():
        yield path


def _label_folder(dataset: Path, place: PurePosixPath) -> Path:
    """Return the folder of a recording's labels."""
    if len(place.parts) < 3 or not place.name.startswith("sub-") or ".." in place.parts:
        raise InputError(
            "FSC132", "Expected the path of a recording in a BIDS dataset, got another.",
            "Name recordings as sub-<label>/[ses-<label>/]<datatype>/<name>.",
        )  # fmt: skip
    return dataset / LABELS / place.parent
