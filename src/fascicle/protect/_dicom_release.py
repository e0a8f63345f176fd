"""What leaves of a DICOM header: built anew from a whitelist, with UIDs of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ._imaging_words import (
    IMAGE_TYPE,
    PATIENT_POSITION,
    SCAN_OPTIONS,
    SCANNING_SEQUENCE,
    SEQUENCE_NAMES,
    SEQUENCE_VARIANT,
    SOFTWARE,
)
from ._metadata import release_metadata
from ._words import word_set

_NUMBERS: Final = word_set(
    """
    Rows Columns NumberOfFrames SamplesPerPixel BitsAllocated BitsStored HighBit PixelRepresentation
    PixelSpacing SliceThickness SpacingBetweenSlices SliceLocation ImagePositionPatient
    ImageOrientationPatient RescaleSlope RescaleIntercept WindowCenter WindowWidth
    SeriesNumber AcquisitionNumber InstanceNumber TemporalPositionIdentifier
    NumberOfTemporalPositions TemporalPositionIndex InStackPositionNumber FrameAcquisitionNumber
    DimensionIndexValues DimensionIndexPointer FunctionalGroupPointer

    RepetitionTime EchoTime InversionTime NumberOfAverages ImagingFrequency EchoNumbers
    MagneticFieldStrength NumberOfPhaseEncodingSteps EchoTrainLength PercentSampling
    PercentPhaseFieldOfView PixelBandwidth FlipAngle ReconstructionDiameter AcquisitionMatrix
    EffectiveEchoTime InversionTimes DiffusionBValue DiffusionGradientOrientation
    RFEchoTrainLength GradientEchoTrainLength AcquisitionDuration

    KVP DataCollectionDiameter DistanceSourceToDetector DistanceSourceToPatient GantryDetectorTilt
    TableHeight ExposureTime XRayTubeCurrent Exposure SpiralPitchFactor SingleCollimationWidth
    TotalCollimationWidth

    ActualFrameDuration FrameReferenceTime NumberOfSlices NumberOfTimeSlices NumberOfRRIntervals
    ImageIndex DecayFactor DoseCalibrationFactor ScatterFractionFactor SliceSensitivityFactor
    RadionuclideHalfLife RadionuclideTotalDose RadionuclidePositronFraction AxialAcceptance
    """
)
"""Fields whose values are numbers, by their DICOM keyword."""

_SEQUENCES: Final = word_set(
    """
    SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PixelMeasuresSequence
    PlanePositionSequence PlaneOrientationSequence PixelValueTransformationSequence
    FrameVOILUTSequence FrameContentSequence MRImageFrameTypeSequence CTImageFrameTypeSequence
    PETFrameTypeSequence MREchoSequence MRTimingAndRelatedParametersSequence MRDiffusionSequence
    DiffusionGradientDirectionSequence DimensionIndexSequence DimensionOrganizationSequence
    RadiopharmaceuticalInformationSequence
    """
)
"""Sequences whose items are cleaned in the same way."""

_UIDS: Final = word_set(
    """
    SOPInstanceUID SeriesInstanceUID StudyInstanceUID FrameOfReferenceUID DimensionOrganizationUID
    """
)
"""UIDs that leave as others, the same for the same."""

_BOTH: Final = "YES|NO"
_CODES: Final[dict[str, re.Pattern[str]]] = {
    name: re.compile(pattern)
    for pattern, names in (
        (r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.[0-9.]{1,12}", "SOPClassUID"),
        ("MR|CT|PT", "Modality"),
        ("NO", "BurnedInAnnotation"),
        ("MONOCHROME2", "PhotometricInterpretation"),
        ("00|01", "LossyImageCompression"),
        (IMAGE_TYPE, "ImageType FrameType"),
        (SCANNING_SEQUENCE, "ScanningSequence"),
        (SEQUENCE_VARIANT, "SequenceVariant"),
        (SCAN_OPTIONS, "ScanOptions"),
        (SEQUENCE_NAMES, "SequenceName PulseSequenceName"),
        (SOFTWARE, "SoftwareVersions"),
        (PATIENT_POSITION, "PatientPosition"),
        ("BRAIN|HEAD|SKULL|HEADNECK", "BodyPartExamined"),
        ("[23]D", "MRAcquisitionType"),
        ("ROW|COL", "InPlanePhaseEncodingDirection"),
        (r"\d{1,4}", "StackID"),
        ("HU|US", "RescaleType"),
        ("MONOCHROME", "PixelPresentation"),
        ("VOLUME|SAMPLED|DISTORTED|MIXED", "VolumetricProperties"),
        ("NONE|MAX_IP|MIN_IP|VOLUME_RENDER|SURFACE_RENDER|MPR|CURVED_MPR|MIXED",
         "VolumeBasedCalculationTechnique"),
        ("MAGNITUDE|PHASE|REAL|IMAGINARY|MIXED", "ComplexImageComponent"),
        ("DIFFUSION|FLOW_ENCODED|FLUID_ATTENUATED|PERFUSION|PROTON_DENSITY|STIR|TAGGING|T1|T2"
         "|T2_STAR|TOF|UNKNOWN|MIXED", "AcquisitionContrast"),
        ("GRADIENT|SPIN|BOTH", "EchoPulseSequence"),
        (_BOTH, "EchoPlanarPulseSequence InversionRecovery MultiplanarExcitation PhaseContrast "
                "TimeOfFlightContrast"),
        ("DIRECTIONAL|BMATRIX|ISOTROPIC|NONE", "DiffusionDirectionality"),
        ("BQML|CNTS|CPS|PROPCNTS|GML|SUV", "Units"),
        ("START|ADMIN|NONE", "DecayCorrection"),
        ("EMISSION|TRANSMISSION", "CountsSource"),
        ("STATIC|DYNAMIC|GATED|WHOLE BODY|IMAGE|REPROJECTION", "SeriesType"),
        ("DECY|ATTN|SCAT|DTIM|MOTN|PMOT|CLN|RAN|RADL|DCAL|NORM", "CorrectedImage"),
        ("NONE|DLYD|SING", "RandomsCorrectionMethod"),
    )
    for name in names.split()
}  # fmt: skip
"""Fields whose value is one of the standard's defined terms, or several of them."""

_BIDS_NAMES: Final = {
    "Manufacturer": "Manufacturer",
    "ManufacturerModelName": "ManufacturersModelName",
}
"""Fields whose words are those of sidecars."""

_EMPTY: Final = (
    "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber",
    "ReferringPhysicianName", "StudyID",
)  # fmt: skip
"""Fields that the standard wants in every image, and that it lets be empty."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_MAX_COUNT: Final = 10**5
_CODE: Final = ("113102", "DCM", "Clean Recognizable Visual Features Option")
"""DICOM PS3.16, context group 7050: what taking a face out is called."""
_HEADER_TOLD: Final = "Header written anew from a list of numbers and terms (Fascicle)"


@dataclass(frozen=True, slots=True)
class DicomNames:
    """UIDs and codes that take the place of the own ones, the same for the same.

    Attributes
    ----------
    key : bytes
        Without it nobody can tell from a UID which one it took the place of, not even who has a
        list of all that there may be.
    """

    key: bytes

    def make_uid(self, original: str) -> str:
        """Return the UID that takes the place of another one.

        Examples
        --------
        >>> one, other = (DicomNames(b"key").make_uid(uid) for uid in ("1.2.3", "1.2.4"))
        >>> one.startswith("2.25."), one == other, one == DicomNames(b"key").make_uid("1.2.3")
        (True, False, True)
        """
        return f"2.25.{int(self._digest('uid', original)[:32], 16)}"

    def make_code(self, *words: str) -> str:
        """Return the code that takes the place of a participant's."""
        return f"person-{self._digest('person', *words)[:12]}"

    def _digest(self, *words: str) -> str:
        return hashlib.sha256(b"\0".join((self.key, *(w.encode() for w in words)))).hexdigest()


def release_dicom(
    header: Any,  # noqa: ANN401 - pydicom has no types
    names: DicomNames,
    *,
    title: str,
    method: str = "",
) -> Any:  # noqa: ANN401 - pydicom has no types
    """Build the DICOM header that may leave.

    Nothing goes over but numbers of geometry and technique, defined terms of the standard, and
    known makers and models. Names, days, clocks, places, devices, remarks, overlays, icons and all
    private fields stay behind; UIDs and the participant's code are replaced.

    Parameters
    ----------
    header : pydicom.Dataset
        As read.
    names : DicomNames
        What takes the place of UIDs and codes; one for all files of a run.
    title : str
        What the series is called: our own word for its kind.
    method : str
        How the face was taken out; empty if the pixels are as they were.

    Returns
    -------
    pydicom.Dataset
        Without pixels.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> raw = Dataset()
    >>> raw.PatientName, raw.EchoTime, raw.SOPInstanceUID = "Meier^Anna", "4.9", "1.2.3"
    >>> clean = release_dicom(raw, DicomNames(b"key"), title="T1w")
    >>> str(clean.PatientName), float(clean.EchoTime), clean.PatientIdentityRemoved
    ('', 4.9, 'YES')
    """
    released = _release_items(header, names)
    if "SOPInstanceUID" not in released:
        released.SOPInstanceUID = names.make_uid(f"instance {header.get('InstanceNumber', '')}")
    for keyword in _EMPTY:
        setattr(released, keyword, "")
    released.PatientID = names.make_code(
        str(header.get("PatientID", "")), str(header.get("PatientName", ""))
    )
    released.SeriesDescription = title
    released.PatientIdentityRemoved = "YES"
    released.LongitudinalTemporalInformationModified = "REMOVED"
    released.DeidentificationMethod = [_HEADER_TOLD, *([method] if method else [])]
    if method:
        _mark_defaced(released, method)
    return released


def _mark_defaced(released: Any, method: str) -> None:  # noqa: ANN401 - pydicom has no types
    """Say in the fields that the standard has for it that no face is in the pixels any more."""
    from pydicom.dataset import Dataset

    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = _CODE
    released.DeidentificationMethodCodeSequence = [code]
    released.RecognizableVisualFeatures = "NO"
    released.DerivationDescription = method
    released.ImageType = _as_derived(_several(released.get("ImageType") or ()))

    def mark_frame(_: object, element: Any) -> None:  # noqa: ANN401 - pydicom has no types
        if element.keyword == "FrameType":
            element.value = _as_derived(_several(element.value))

    released.walk(mark_frame)


def _as_derived(kinds: Sequence[object]) -> list[str]:
    """Return the type of an image whose pixels were changed, whatever it was before."""
    return ["DERIVED", *([str(word) for word in kinds[1:]] or ["PRIMARY"])]


def _release_items(items: Any, names: DicomNames) -> Any:  # noqa: ANN401 - pydicom has no types
    """Return what may leave of a header, or of an item of a sequence."""
    from pydicom.dataset import Dataset

    released = Dataset()
    for element in items:
        keyword = "" if element.tag.is_private else element.keyword
        value = element.value
        if value is None or value == "" or not keyword:
            continue
        if keyword in _SEQUENCES and element.VR == "SQ":
            # Empty items stay: frames are counted by them.
            setattr(released, keyword, [_release_items(item, names) for item in value])
        elif keyword in _UIDS:
            setattr(released, keyword, names.make_uid(str(value)))
        elif keyword in _NUMBERS:
            if _is_numeric(keyword, value):
                setattr(released, keyword, value)
        elif (words := _release_words(keyword, value)) is not None:
            setattr(released, keyword, words)
    return released


def _several(value: object) -> Sequence[object]:
    """Return one value or several as several."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _is_numeric(keyword: str, value: object) -> bool:
    """Tell whether a value is nothing but numbers, and a number that counts is a small one."""
    several = [str(one).strip() for one in _several(value)]
    if keyword.endswith("Pointer"):
        return True  # a tag, which holds no more than the number of a field
    if not all(_NUMBER.fullmatch(one) for one in several):
        return False
    is_count = keyword.endswith("Number")
    return not is_count or all(abs(float(one)) < _MAX_COUNT for one in several)


def _release_words(keyword: str, value: object) -> str | list[str] | None:
    """Return the words of a field that may leave; None if none may."""
    several = [str(one).strip() for one in _several(value)]
    if keyword in _BIDS_NAMES:
        name = _BIDS_NAMES[keyword]
        return release_metadata({name: several[0]})[0].get(name)
    pattern = _CODES.get(keyword)
    if pattern is None:
        return None
    kept = [word for word in several if pattern.fullmatch(word)]
    return (kept if len(kept) > 1 else kept[0]) if kept else None
