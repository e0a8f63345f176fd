"""What kind of microscopy an image is, by what its file and its path say: the BIDS suffix."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ._micr_ome import name_stain

SUFFIXES: Final = (
    "TEM", "SEM", "uCT", "BF", "DF", "PC", "DIC", "FLUO", "CONF", "PLI", "CARS", "2PE", "MPE",
    "SR", "NLO", "OCT", "SPIM", "XPCT",
)  # fmt: skip
"""What BIDS calls ways of taking microscopy images."""

_MODES: Final = {
    "laserscanningconfocalmicroscopy": "CONF", "spinningdiskconfocal": "CONF",
    "slitscanconfocal": "CONF", "sweptfieldconfocal": "CONF", "multiphotonmicroscopy": "MPE",
    "spim": "SPIM", "structuredillumination": "SR", "sted": "SR", "palm": "SR", "storm": "SR",
    "secondharmonicgenerationimaging": "NLO", "secondharmonicgeneration": "NLO",
    "singlemoleculeimaging": "SR", "fluorescence": "FLUO", "widefield": "FLUO",
    "totalinternalreflection": "FLUO", "epifluorescence": "FLUO", "brightfield": "BF",
    "darkfield": "DF", "phase": "PC", "dic": "DIC", "hoffmanmodulation": "DIC",
    "polarizedlight": "PLI", "transmitted": "BF",
}  # fmt: skip
"""Acquisition modes, contrasts and illuminations of OME, most telling first."""
_WORDS: Final = {
    "tem": "TEM", "sstem": "TEM", "temca": "TEM", "em": "TEM", "electron": "TEM", "ultramicrotome":
    "TEM", "sem": "SEM", "fibsem": "SEM", "sbfsem": "SEM", "sbem": "SEM", "sbf": "SEM",
    "atum": "SEM", "lightsheet": "SPIM", "spim": "SPIM", "lsfm": "SPIM", "idisco": "SPIM",
    "clarity": "SPIM", "confocal": "CONF", "conf": "CONF", "twophoton": "2PE", "2pe": "2PE",
    "stpt": "2PE", "mpe": "MPE", "multiphoton": "MPE", "fluo": "FLUO", "fluorescence": "FLUO",
    "widefield": "FLUO", "epi": "FLUO", "brightfield": "BF", "bf": "BF", "histology": "BF",
    "nissl": "BF", "golgi": "BF", "darkfield": "DF", "dic": "DIC", "sted": "SR", "storm": "SR",
    "palm": "SR", "superres": "SR", "pli": "PLI", "cars": "CARS", "oct": "OCT", "uct": "uCT",
    "microct": "uCT", "xpct": "XPCT",
}  # fmt: skip
_MICROGRAPHS: Final = frozenset(_WORDS) - {"epi", "oct", "conf", "pli", "cars", "storm", "palm"}
_NO_WORDS: Final = frozenset({"photo", "photos", "photograph", "figure", "figures", "screenshot"})
_MORE_WORDS: Final = frozenset({"micr", "micrograph", "micrographs", "microscopy", "microscope",
                                "isbi2012"})  # fmt: skip
_DEPTH: Final = frozenset({"slices", "section", "sections", "zstack", "zstacks", "stack3d",
                           "depth", "hemisphere", "hemibrain", "wholebrain", "volume"})  # fmt: skip
_DRAWN: Final = frozenset({"label", "labels", "mask", "masks", "segmentation", "segmentations",
                           "annotation", "annotations", "groundtruth", "gt"})  # fmt: skip
_Z_NUMBER: Final = re.compile(r"(?:^|[\W_])(?:z|slice|section|sec)[_-]?\d+(?=\D*$)", re.IGNORECASE)
_SAMPLE: Final = re.compile(
    r"(?:^|[\W_])(?:sample|section|sec|slide|block)[-_ ]?([A-Za-z]|\d{1,3})(?=[\W_]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What an image is taken for.

    Attributes
    ----------
    suffix : str
        BIDS suffix.
    certainty : float
        Between 0 and 1.
    evidence : tuple of str
        What speaks for it.
    """

    suffix: str
    certainty: float
    evidence: tuple[str, ...]


def words_of(path: PurePosixPath) -> tuple[str, ...]:
    """Return the words of a path, in small letters, the nearest to the file first.

    Examples
    --------
    >>> words_of(PurePosixPath("m7/ss-TEM/slice12.tif"))
    ('slice', 'tem', 'ss', 'm')
    """
    found: list[str] = []
    for part in reversed(path.with_suffix("").parts):
        # A number may belong to the word (2pe) or only stand behind it (slice12).
        whole = [word for word in re.split(r"[\W_]+", part) if word]
        found += [word.lower() for word in whole if word.lower() in _KNOWN]
        found += [piece.lower() for word in whole if word.lower() not in _KNOWN
                  for piece in re.findall(r"[^\W\d_]+", word)]  # fmt: skip
    return tuple(dict.fromkeys(found))


def judge_kind(
    path: PurePosixPath, *, modes: Iterable[str] = (), is_colour: bool, pixel_um: float = 0.0,
    technique: str = "",
) -> Kind:  # fmt: skip
    """Decide what kind of microscopy an image is.

    Parameters
    ----------
    path : PurePosixPath
        Of the file, with the raw folder's name.
    modes : iterable of str
        Acquisition modes, contrasts and illuminations, as OME names them.
    is_colour : bool
        True if its pixels are red, green and blue.
    pixel_um : float
        Width of a pixel, in micrometres; 0 if unknown.
    technique : str
        Suffix that a person wrote into a sidecar; empty if nobody did.

    Examples
    --------
    >>> judge_kind(PurePosixPath("fibsem/a.tif"), is_colour=False).suffix
    'SEM'
    >>> judge_kind(PurePosixPath("a.tif"), modes=["SpinningDiskConfocal"], is_colour=False).suffix
    'CONF'
    """
    if technique in SUFFIXES:
        return Kind(technique, 1.0, ("The file beside the image says so.",))
    plain = {re.sub(r"[\W_]", "", mode).lower() for mode in modes}
    for mode, suffix in _MODES.items():
        if mode in plain:
            return Kind(suffix, 0.9, ("OME-XML names the acquisition mode.",))
    for word in words_of(path):
        if word in _WORDS:
            certainty = 0.5 if word in {"em", "epi", "electron"} else 0.7
            return Kind(_WORDS[word], certainty, ("A word of the path names the technique.",))
    if is_colour:
        return Kind("BF", 0.4, ("Its pixels are red, green and blue.",))
    if 0 < pixel_um < 0.03:
        return Kind("TEM", 0.5, ("Its pixels are smaller than light can part.",))
    return Kind("FLUO", 0.3, ("Nothing says how it was taken; grey images mostly are.",))


def shows_depth(path: PurePosixPath) -> bool:
    """Tell whether a path says that its images are slices of something.

    Examples
    --------
    >>> shows_depth(PurePosixPath("m1/a_z003.tif")), shows_depth(PurePosixPath("m1/frame003.tif"))
    (True, False)
    """
    words = set(words_of(path))
    return bool(words & (_DEPTH | _MICROGRAPHS | _MORE_WORDS)) or bool(_Z_NUMBER.search(path.stem))


def names_microscopy(path: PurePosixPath) -> bool:
    """Tell whether a path names a kind of microscopy.

    Examples
    --------
    >>> names_microscopy(PurePosixPath("em/0.png")), names_microscopy(PurePosixPath("plots/0.png"))
    (True, False)
    """
    words = set(words_of(path))
    return bool(words & (_MICROGRAPHS | _MORE_WORDS)) and not words & _NO_WORDS


def is_drawn(path: PurePosixPath) -> bool:
    """Tell whether a path says that its images were drawn over others: labels, masks.

    Examples
    --------
    >>> is_drawn(PurePosixPath("train/label/0.png")), is_drawn(PurePosixPath("train/image/0.png"))
    (True, False)
    """
    return bool(set(words_of(path)) & _DRAWN)


def named_path(root: Path, path: PurePosixPath) -> PurePosixPath:
    """Return a path with the raw folder's own name, which may be the one that tells."""
    return PurePosixPath(root.resolve().name) / path


def find_sample(path: PurePosixPath) -> str:
    """Return the label of a sample that a path names; ``"A"`` if it names none.

    A letter, or a number of up to three digits: what is longer may be somebody's.

    Examples
    --------
    >>> find_sample(PurePosixPath("m1/section-03_x.tif")), find_sample(PurePosixPath("m1/x.tif"))
    ('03', 'A')
    """
    for part in reversed(path.with_suffix("").parts):
        if found := _SAMPLE.search(part):
            return found[1].upper()
    return "A"


def find_stain(path: PurePosixPath) -> str:
    """Return the one stain or dye that a file's name names; empty if there is none or several.

    Examples
    --------
    >>> find_stain(PurePosixPath("m1_NeuN.tif")), find_stain(PurePosixPath("DAPI_GFP.tif"))
    ('NeuN', '')
    """
    words = re.split(r"[\W_]+", path.stem)
    found = {name_stain(word) for word in words} - {"", "Red", "Green", "Blue"}
    return found.pop() if len(found) == 1 else ""


_KNOWN: Final = frozenset({*_WORDS, *_MORE_WORDS, *_DEPTH, *_DRAWN})
