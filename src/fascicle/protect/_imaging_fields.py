"""Fields of MRI and PET sidecars whose value is one of a few words of scanners."""

from __future__ import annotations

import re
from typing import Final

from fascicle.formats import TRACER_NAMES

from ._imaging_words import (
    COILS,
    CONVERTER,
    IMAGE_TYPE,
    PARTIAL_FOURIER,
    PATIENT_POSITION,
    SCAN_OPTIONS,
    SCANNING_SEQUENCE,
    SEQUENCE_NAMES,
    SEQUENCE_VARIANT,
    SOFTWARE,
)
from ._words import word_set

_ISOTOPE = r"(?:\[?(?:\d{1,3}m?[A-Z][a-z]?|[A-Z][a-z]?-?\d{1,3})\]?[- ]?)?"
_TRACER = "|".join("-?".join(re.findall(r"[a-z]+|\d+", name)) for name in TRACER_NAMES)

IMAGING_CODES: Final[dict[str, re.Pattern[str]]] = {
    name: re.compile(pattern)
    for pattern, names in (
        # MRI, as dcm2niix writes it.
        (SEQUENCE_NAMES, "SequenceName"),
        (SCANNING_SEQUENCE, "ScanningSequence"),
        (SEQUENCE_VARIANT, "SequenceVariant"),
        (SCAN_OPTIONS, "ScanOptions"),
        (IMAGE_TYPE, "ImageType ImageTypeText"),
        (PATIENT_POSITION, "PatientPosition"),
        (PARTIAL_FOURIER, "PartialFourierDirection"),
        (SOFTWARE, "SoftwareVersions"),
        (CONVERTER, "ConversionSoftwareVersion"),
        (r"(?:(?:Gradient|Spin|Turbo|Fast|Echo|EPI|MPRAGE|MP2RAGE|FLASH|SPACE|FLAIR|TSE|TFE|FFE|DWI"
         r"|SPGR|FSE|Inversion|Recovery|Diffusion|Steady|State|Time|of|Flight|Multiband|2D|3D)"
         r"[ -]?){1,6}", "PulseSequenceType"),
        (r"GRAPPA|SENSE|mSENSE|ARC|ASSET|SMS|SPEEDER|CAIPIRINHA|None|CP|Triple|Dual",
         "MatrixCoilMode ParallelAcquisitionTechnique"),
        (r"Sum of Squares|Adaptive Combine|Virtual Reference", "CoilCombinationMethod"),
        (COILS, "ReceiveCoilActiveElements"),
        (r"(?:\d{1,2}Ch)?[ _]?Head(?:[ _]?(?:Neck|Matrix|Coil|Spine)){0,2}(?:[ _]?\d{1,2}(?:Ch)?)?",
         "ReceiveCoilName"),
        (r"BRAIN|HEAD|SKULL|HEADNECK|NECK|FACE|WHOLEBODY", "BodyPart"),
        (r"Sag|Cor|Tra|(?:Sag|Cor|Tra)>(?:Sag|Cor|Tra)\(-?\d{1,2}\.\d\)(?:>(?:Sag|Cor|Tra)\(-?\d{1,2}"
         r"\.\d\))?", "ImageOrientationText"),
        (r"ROW|COL", "InPlanePhaseEncodingDirectionDICOM"),
        (r"contrast|GADOLINIUM|MANGANESE|IRON", "ContrastBolusIngredient"),
        # PET, as BIDS has it.
        (r"dynamic|static|gated|list mode|n/a", "AcquisitionMode"),
        (r"(?:CT|MR|NM)-based|[Mm]easured|[Cc]alculated|[Nn]one|NONE|n/a", "AttenuationCorrection"),
        (r"bolus|infusion|bolus-infusion|n/a", "ModeOfAdministration"),
        (r"(?:[23]D )?(?:OP-)?(?:OSEM|FBP|BSREM|RAMLA|MLEM|DIFT3D|3DRP)(?:[+ -]?(?:PSF|TOF)){0,2}"
         r"|Ordered Subset Expectation Maximization|Filtered Back Projection|n/a",
         "ReconMethodName"),
        (r"iterations|subsets|none|(?:lower|upper) (?:energy )?threshold|beta",
         "ReconMethodParameterLabels"),
        (r"none|n/a|keV|mm", "ReconMethodParameterUnits"),
        (r"(?:XYZ )?Gauss(?:ian)?|Hann|Hamming|Butterworth|Shepp-Logan|Ramp|none|n/a",
         "ReconFilterType"),
        (r"11C|13N|15O|18F|64Cu|68Ga|82Rb|89Zr|99mTc|123I|124I|125I|131I|177Lu"
         r"|C11|N13|O15|F18|Cu64|Ga68|Rb82|Zr89|Tc99m|I123|I124|I125|I131|Lu177|n/a",
         "TracerRadionuclide"),
        (rf"{_ISOTOPE}(?i:{_TRACER}|UCB-J|FE-PE2I|FP-CIT|SynVesT-?1)|n/a", "TracerName"),
        (r"START|ADMIN|NONE", "DecayCorrection"),
        # The clock of the scan stays behind: times count from its start.
        (r"00:00:00", "TimeZero"),
    )
    for name in names.split()
}  # fmt: skip
"""Patterns by the name of the field; the whole value must fit, in lists every one of them."""

IMAGING_NUMBERS: Final = word_set(
    """
    AcquisitionNumber FrameReferenceTime FrequencyEncodingSteps NumberOfKSpaceTrajectories
    PhaseEncodingStepsOutOfPlane PhilipsRWVIntercept PhilipsRWVSlope PhilipsRescaleIntercept
    PhilipsRescaleSlope PhilipsScaleSlope RadionuclideHalfLife TablePosition
    UsePhilipsFloatNotDisplayScaling
    """
)
"""Numbers that dcm2niix writes and BIDS does not name."""
