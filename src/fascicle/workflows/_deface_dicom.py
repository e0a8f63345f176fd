"""Take the face out of a DICOM series and leave it DICOM, under a header that names nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Header, Severity
from fascicle.formats import (
    DicomStack,
    find_dicom_identifiers,
    read_stack,
    write_stack,
)
from fascicle.jobs import remove_tree, sha256_file
from fascicle.protect import (
    POLICIES,
    Defaced,
    DefaceMethod,
    DicomNames,
    FaceMask,
    plan_mask,
    release_dicom,
    scan,
)

from ._deface_volume import DefacedFile, find_shows, judge_result

_TOLD: Final = {
    "replace": "Face replaced by that of an average head (Fascicle)",
    "remove": "Face removed (Fascicle)",
}
"""What the header says: in 64 characters, as many as its field holds."""
_OPEN_WORDS: Final = (
    "Manufacturer", "ManufacturerModelName", "SeriesDescription", "BodyPartExamined", "ImageType",
    "ScanningSequence", "SequenceVariant", "SequenceName", "SoftwareVersions", "DecayCorrection",
)  # fmt: skip
"""Fields of closed lists: a scanner that is called by its model is nobody's name."""


def make_dicom_names(paths: Iterable[Path]) -> DicomNames:
    """Return the UIDs and codes of a run: the same for the same files, and known to nobody else.

    Parameters
    ----------
    paths : iterable of Path
        All DICOM files of the run: who does not hold them cannot tell which UID became which.

    Returns
    -------
    DicomNames
        For all series of the run.
    """
    digests = sorted(sha256_file(path) for path in paths)
    return DicomNames("".join(digests).encode())


def deface_dicom(
    paths: Sequence[Path], folder: Path, header: Header, names: DicomNames, method: DefaceMethod
) -> DefacedFile:
    """Write a series of DICOM files without the face and without the names that are in them.

    Pixels that stay are what they were, in the same type and number of bits; packed ones are
    written unpacked. A series that shows no head keeps all of its pixels. What was written is read
    again, attacked, and searched for every identifier of the original headers before it takes its
    place.

    Parameters
    ----------
    paths : sequence of Path
        The files of one recording, in the order of the scan.
    folder : Path
        To be made; it is not there if there is any doubt.
    header : Header
        What the recording is taken for.
    names : DicomNames
        What takes the place of UIDs and codes.
    method : str
        ``"replace"`` or ``"remove"``.

    Returns
    -------
    DefacedFile
        Whether it was done; its record is empty if no face had to go.

    Raises
    ------
    InputError
        FSC168 if the slices make no even volume, FSC169 if their pixels cannot be written back.
    FormatError
        FSC230 if a file cannot be read.
    DependencyError
        FSC801 or FSC804 if a library is missing.
    """
    if header.exposes not in {"", "head"}:
        return DefacedFile(False, (_make_text_finding(),))
    stack = read_stack(paths)
    mask, reference = None, np.empty(0)
    if header.exposes:
        reference = _mean(stack)
        shows = find_shows(header, reference)
        mask, findings = plan_mask(reference, stack.affine, method=method, shows=shows)
        if mask is None:
            return DefacedFile(False, findings)
    part = folder.with_name(f".part-{folder.name}")
    part.mkdir(parents=True)
    try:
        results = _write(stack, part, mask, (header, names, method))
        done = DefacedFile(True)
        if mask is not None:
            written = _mean(read_stack(sorted(part.glob("*.dcm"))))
            done = judge_result(mask, (reference, written), results, method)
        done = _prove(stack, part, done)
        if done.is_done:
            part.rename(folder)
    finally:
        if part.exists():
            remove_tree(part)
    return done


def _mean(stack: DicomStack) -> NDArray[Any]:
    """Return the mean over all volumes, in real units: by it the head is found."""
    total = np.zeros((1, 1, 1), np.float32)
    for volume in stack.volumes():
        total = total + volume
    return np.asarray(total / len(stack.frames), np.float32)


def _write(
    stack: DicomStack,
    part: Path,
    mask: FaceMask | None,
    how: tuple[Header, DicomNames, DefaceMethod],
) -> list[Defaced]:
    """Write the files of a series, masked if there is a mask; return what the mask did."""
    header, names, method = how
    results: list[Defaced] = []

    def change(volume: NDArray[np.float32]) -> NDArray[np.float32]:
        assert mask is not None  # noqa: S101 - called with a mask alone
        done = mask.apply(volume)
        assert done.values is not None  # noqa: S101 - a planned mask always has a result
        results.append(replace(done, values=None))
        return done.values

    def release(own: Any) -> Any:  # noqa: ANN401 - pydicom has no types
        told = "" if mask is None else _TOLD[method]
        title = header.suffix or header.modality.value
        return release_dicom(own, names, title=title, method=told)

    write_stack(stack, stack.stored if mask is None else stack.change(change), part, release)
    return results


def _prove(stack: DicomStack, part: Path, done: DefacedFile) -> DefacedFile:
    """Search what was written for every identifier that the original headers held."""
    identifiers = [one for own in stack.headers for one in find_dicom_identifiers(own)]
    written = read_stack(sorted(part.glob("*.dcm"))).headers[0]
    permitted = {str(word) for name in _OPEN_WORDS for word in _several(written.get(name))}
    result = scan(part, dict.fromkeys(identifiers), POLICIES["safe-harbour"], permitted=permitted)
    if result.hits or not result.passed:
        return replace(done, is_done=False, findings=(*done.findings, _make_left(len(result.hits))))
    if not stack.is_packed or not done.is_done:
        return done
    return replace(done, findings=(*done.findings, _make_unpacked()))


def _several(value: object) -> Sequence[object]:
    """Return one value or several as several."""
    if value is None or isinstance(value, str):
        return [value] if value else []
    return list(value) if isinstance(value, Iterable) else [value]


def _make_text_finding() -> Finding:
    return Finding(
        "image.burnt-in-text",
        Severity.WARNING,
        "",
        "The header says that text is burnt into the picture: not written.",
        "Look at it; blank the text and remove the mark, or leave the series out.",
        "deface",
    )


def _make_left(n_hits: int) -> Finding:
    return Finding(
        "deface.identifier-left",
        Severity.ERROR,
        "",
        f"Expected files without any identifier of the original headers, got {n_hits} in what was "
        "written: not defaced.",
        "Let the series become NIfTI (without --keep-dicom), and report the field.",
        "deface",
    )


def _make_unpacked() -> Finding:
    return Finding(
        "dicom.unpacked",
        Severity.NOTE,
        "",
        "The pixels were packed; they are written as plain numbers.",
        "Nothing needs to be done. Pack them again without loss if they take too much room.",
        "deface",
    )
