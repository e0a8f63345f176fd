"""The order of controls and labels in perfusion series, where the scanner states it.

Two makers always write their own sequences in one order; the standard, and Philips before it, says
of each slice what it is. What a header says is compared with the voxels, and given up if they speak
against it: a wrong table turns blood flow around.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ._vendor import foreign_reader

_PHILIPS_LABEL: Final = (0x2005, 0x1429)
_WORDS: Final = {
    "LABEL": "label", "LABELED": "label", "CONTROL": "control", "M_ZERO_SCAN": "m0scan",
    "M0": "m0scan",
}  # fmt: skip
_LEAST_AGREEMENT: Final = 0.75
"""Share of the pairs in which labelled blood must make the image darker."""

_Slice = tuple[int, ...]


def find_asl_order(
    fields: Mapping[str, Any], n_volumes: int, means: NDArray[np.float64]
) -> tuple[str, ...]:
    """Return what each volume is, for sequences of makers that always write one order.

    GE's 3D series is the difference, followed by the proton density where there are two volumes.
    Siemens' 2D pulsed series begins with a calibration, and labels come before controls.

    Parameters
    ----------
    fields : mapping of str to JSON values
        Of the sidecar, as dcm2niix writes them.
    n_volumes : int
        How many there are.
    means : ndarray of float64, shape (n_volumes,)
        Mean of each volume, in any unit: a calibration is brighter than what follows, a control
        than its label.

    Returns
    -------
    tuple of str
        Words of BIDS; none if the order is not known, or the means speak against it.

    Examples
    --------
    >>> fields = {"Manufacturer": "Siemens", "PulseSequenceDetails": "%SiemensSeq%_ep2d_pasl"}
    >>> find_asl_order(fields, 5, np.array([900.0, 500, 503, 501, 504]))
    ('m0scan', 'label', 'control', 'label', 'control')
    >>> find_asl_order(fields, 5, np.array([900.0, 503, 500, 504, 501]))
    ()
    """
    maker = str(fields.get("Manufacturer", "")).upper()
    if maker.startswith("GE") and _is_ge_3d(fields) and n_volumes in {1, 2}:
        is_brighter = n_volumes == 1 or means[1] > means[0]
        return ("deltam", "m0scan")[:n_volumes] if is_brighter else ()
    named = " ".join(str(fields.get(name, "")) for name in ("PulseSequenceDetails", "SequenceName"))
    is_pulsed = re.search(r"ep2d_pasl", named, re.IGNORECASE) is not None
    if maker.startswith("SIEMENS") and is_pulsed and n_volumes >= 3 and n_volumes % 2:
        n_pairs = n_volumes // 2
        darker = np.mean(means[1::2] < means[2::2])
        is_brighter = means[0] > means[1:].max()
        if is_brighter and darker >= _LEAST_AGREEMENT:
            return ("m0scan", *(("label", "control") * n_pairs))
    return ()


def _is_ge_3d(fields: Mapping[str, Any]) -> bool:
    """Tell GE's own 3D sequence for labelled blood."""
    is_labelled = bool(fields.get("ArterialSpinLabelingType"))
    return fields.get("MRAcquisitionType") == "3D" and is_labelled


def find_volume_means(image: Path) -> NDArray[np.float64]:
    """Return the mean of each stored volume of a NIfTI image, shape (n_volumes,)."""
    import nibabel as nib

    loaded = nib.load(image)
    n_volumes = loaded.shape[3] if len(loaded.shape) > 3 else 1
    if n_volumes == 1:
        return np.array([float(np.asanyarray(loaded.dataobj).mean())])
    return np.array([float(loaded.dataobj[..., i].mean()) for i in range(n_volumes)])


def find_stated_labels(paths: Sequence[Path], image: Path) -> tuple[str, ...]:
    """Return what DICOM says of each volume of the image that was made of it.

    A slice of the image is found again in DICOM by its values, in whatever order the converter put
    the volumes.

    Parameters
    ----------
    paths : sequence of Path
        The files of the series.
    image : Path
        What dcm2niix made of them.

    Returns
    -------
    tuple of str
        Words of BIDS, one for each volume; none unless DICOM states all of them and all slices of
        a volume agree.

    Raises
    ------
    FormatError
        FSC230 if a file cannot be read.
    """
    with foreign_reader("DICOM", "mri"):
        stated: dict[_Slice, set[str]] = defaultdict(set)
        for path in paths:
            for word, pixels in _read_frames(path):
                if not word:
                    return ()
                stated[_fingerprint(pixels)].add(word)
        return tuple(_name_volumes(image, stated))


def _read_frames(path: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the word and the pixels of each frame of a file; no pixels where there is no word."""
    import pydicom

    data_set = pydicom.dcmread(path, force=True)
    frames = data_set.get("PerFrameFunctionalGroupsSequence")
    words = [_word_of(frame, data_set) for frame in frames] if frames else [_word_of(data_set)]
    if not all(words):
        yield "", np.zeros(0)
        return
    pixels = data_set.pixel_array
    yield from zip(words, pixels if pixels.ndim > 2 else [pixels], strict=True)


def _word_of(*data_sets: Any) -> str:  # noqa: ANN401 - pydicom has no types
    """Return what a header states of its image; empty if it states nothing that is known."""
    for data_set in data_sets:
        labelling = data_set.get("MRArterialSpinLabelingSequence") or [{}]
        element = data_set.get(_PHILIPS_LABEL)
        for value in (labelling[0].get("ASLContext"), element.value if element else ""):
            word = value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
            if word.strip(" \0").upper() in _WORDS:
                return _WORDS[word.strip(" \0").upper()]
    return ""


def _name_volumes(image: Path, stated: Mapping[_Slice, set[str]]) -> Iterator[str]:
    """Yield the word of each volume of an image; an empty one where slices do not agree."""
    import nibabel as nib

    loaded = nib.load(image)
    shape = loaded.shape if len(loaded.shape) > 3 else (*loaded.shape, 1)
    for i in range(shape[3]):
        volume = np.asanyarray(loaded.dataobj.get_unscaled()).reshape(shape)[..., i]
        votes: Counter[str] = Counter()
        for z in range(shape[2]):
            words = stated.get(_fingerprint(volume[..., z]), set())
            votes.update(words if len(words) == 1 else ())
        yield next(iter(votes)) if len(votes) == 1 and votes.total() * 2 > shape[2] else ""


def _fingerprint(pixels: NDArray[Any]) -> _Slice:
    """Return numbers that a slice keeps however it is turned."""
    whole = pixels.astype(np.int64)
    return (*sorted(whole.shape), int(whole.sum()), int(np.square(whole).sum()), int(whole.max()))
