"""Which DICOM files are pictures of a scan, and which are something else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fascicle.core import Severity

from ._dicom_instances import Instance

_VOLUMES: Final = frozenset({
    "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4",
    "1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.128.1", "1.2.840.10008.5.1.4.1.1.130",
})  # fmt: skip
"""CT, MR and PET, each also with many frames in a file and converted to that from older files."""
_CAPTURES: Final = "1.2.840.10008.5.1.4.1.1.7"
_SPECTRA: Final = "1.2.840.10008.5.1.4.1.1.4.2"
_COLOURS: Final = "1.2.840.10008.5.1.4.1.1.4.3"
_INDEX: Final = "1.2.840.10008.1.3.10"
_MODALITIES: Final = frozenset({"MR", "PT", "CT"})

_DERIVED_WORDS: Final = frozenset({
    "ADC", "EADC", "FA", "TRACEW", "TRACE", "TENSOR", "TENSOR_B0", "COLFA", "ISOTROPIC", "MIP",
    "MNIP", "MINIP", "MIN_IP", "MAX_IP", "MPR", "CSA MPR", "REFORMATTED", "PROJECTION IMAGE",
    "SUBTRACT", "SUBTRACTION", "STDDEV", "T-MAP", "TMAP", "ZMAP", "MOCO", "MOCOMEAN", "RELCBF",
    "RELCBV", "RELMTT", "CBF", "CBV", "MTT", "TTP", "PBP", "GBP", "RCBF", "RCBV", "ASL_CBF",
    "CSA 3D EDITOR", "CSA RESULT", "CSAPARALLEL", "VRT", "CURVED", "SCREEN SAVE", "SCREENSAVE",
    "FUSED",
})  # fmt: skip
_DERIVED_IF_SAID: Final = frozenset({"FMRI", "PERFUSION", "MEAN", "SUM", "SUB", "EXTRACTED",
                                     "ROTATED"})  # fmt: skip
"""Words that stand in original images, too: a map only if the first word says so."""
_KEPT_MAPS: Final = frozenset({"B0 MAP", "PHASE MAP", "FIELD MAP"})
_MAP: Final = re.compile(r".*[ _]MAP")
_LOCALIZER: Final = re.compile(
    r"(?<![a-z])(?:(?:three|3)[ _-]?plane|aah(?:ead)?[ _-]?scout\w*|scout|localiz\w+|localis\w+"
    r"|loc|survey|plan[ _-]?scan|tri[ _-]?pilot|smart[ _-]?brain)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OtherKind:
    """A kind of DICOM file that is no recording.

    Attributes
    ----------
    code : str
        Of the finding.
    what : str
        What came, in words.
    severity : Severity
        How much it weighs that it is left out.
    fix : str
        What to do.
    """

    code: str
    what: str
    severity: Severity = Severity.NOTE
    fix: str = "Nothing to do: it is left out."


BROKEN: Final = OtherKind(
    "dicom.broken", "a file that ends within its header or has no pixels", Severity.ERROR,
    "Export the series again from the scanner or the archive.",
)  # fmt: skip
_CAPTURE: Final = OtherKind(
    "dicom.capture", "a picture of a screen or a scanned page", Severity.WARNING,
    "It is left out: such pictures often show a name.",
)  # fmt: skip
_PLACELESS: Final = OtherKind(
    "dicom.no-place", "slices that do not say where they lie", Severity.ERROR,
    "Export the original series; it was changed by a program that dropped the geometry.",
)  # fmt: skip


def other_kind(instance: Instance) -> OtherKind | None:
    """Return what a DICOM file is, if it is no part of a recording; None if it is.

    Parameters
    ----------
    instance : Instance
        What the file says of itself.

    Returns
    -------
    OtherKind or None
        Screen captures, reports, spectra, other modalities, localizers, maps that were computed,
        broken files.

    Examples
    --------
    >>> from pathlib import PurePosixPath
    >>> map_type = ("DERIVED", "PRIMARY", "DIFFUSION", "ADC")
    >>> file = Instance(PurePosixPath("a"), modality="MR", size=(7, 5), image_type=map_type)
    >>> other_kind(file).what
    'a map that was computed (ADC)'
    """
    if not instance.is_whole and (instance.sop_class in _VOLUMES or not instance.sop_class):
        return BROKEN  # what it lacks may be what would tell its kind
    by_class = _by_class(instance)
    if by_class is not None:
        return by_class
    if not instance.is_whole or min(instance.size) < 1 or instance.n_frames < 1:
        return BROKEN
    if _is_localizer(instance):
        return OtherKind("dicom.localizer", "a localizer, made to plan the other scans")
    word = _derived_word(instance)
    if word is not None:
        return OtherKind("dicom.derived", f"a map that was computed{word}")
    is_single = instance.n_frames == 1 and "MOSAIC" not in instance.image_type
    return _PLACELESS if is_single and not instance.has_place else None


def is_index(sop_class: str) -> bool:
    """Tell the index of a medium (DICOMDIR) by the class that its head states."""
    return sop_class == _INDEX


def _by_class(instance: Instance) -> OtherKind | None:
    """Return the kind that follows from class and modality alone."""
    sop_class, modality = instance.sop_class, instance.modality
    if is_index(sop_class):
        return OtherKind("dicom.index", "the index of a medium")
    if sop_class.startswith(_CAPTURES) or modality in {"SC", "OT"}:
        return _CAPTURE
    if sop_class.startswith(_SPECTRA):
        return OtherKind(
            "dicom.spectrum", "spectroscopy, which is not converted", Severity.WARNING,
            "Convert it with spec2nii and keep it beside the dataset.",
        )  # fmt: skip
    if sop_class.startswith(_COLOURS) or instance.n_samples > 1:
        return OtherKind("dicom.derived", "a map that was computed (in colours)")
    if (sop_class and sop_class not in _VOLUMES) or modality not in _MODALITIES:
        is_picture = min(instance.size) > 0
        return OtherKind(
            "dicom.other-modality" if is_picture else "dicom.not-an-image",
            "a picture of another modality than MR, PET and CT" if is_picture
            else "a report, a plan, a curve or a state of a viewer",
            Severity.WARNING if is_picture else Severity.NOTE,
            "It is left out: BIDS has no place for it.",
        )  # fmt: skip
    return None


def _is_localizer(instance: Instance) -> bool:
    """Tell a localizer by its type, or by its name if it cannot be a functional one."""
    if any("LOCALIZER" in word for word in instance.image_type):
        return True
    is_fast = "EP" in instance.sequences or "MOSAIC" in instance.image_type
    return not is_fast and any(_LOCALIZER.search(name) for name in instance.names)


def _derived_word(instance: Instance) -> str | None:
    """Return the word that tells a computed map, in brackets; None if there is none."""
    words = instance.image_type
    telling = _DERIVED_WORDS | (_DERIVED_IF_SAID if words[:1] == ("DERIVED",) else frozenset())
    for word in words[2:]:
        if word in telling or (_MAP.fullmatch(word) and word not in _KEPT_MAPS):
            return f" ({word})"
    is_second = words[:2] == ("DERIVED", "SECONDARY")
    return "" if is_second and instance.modality == "MR" else None
