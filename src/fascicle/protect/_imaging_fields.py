"""Fields of MRI and PET sidecars whose value is one of a few words of scanners."""

from __future__ import annotations

import re
from typing import Final

from ._words import word_set

_COIL = r"[A-Z]{1,3}\d{0,2}(?:-\d{1,2})?"

IMAGING_CODES: Final[dict[str, re.Pattern[str]]] = {
    name: re.compile(pattern)
    for pattern, names in (
        # MRI, as dcm2niix writes it.
        (r"\*?(?:ep|epfid|epse|tfl|tse|tir|se|spc|spcir|fl|fm|gre|h|q|tgse|tfi|re|cst)"
         r"(?:_b)?\d{0,4}(?:[23]d\d)?(?:_?\d{1,4})?(?:ns|rr|r|t|b|#|_)?\d{0,3}"
         r"|(?:FE|SE|FFE|TFE|T1|T2|TSE|EPI|Dwi|IR|GRASE|B|_){1,4}|[Ee]?f?gre3?D?|EFGRE3D|epi(?:RT)?"
         r"|MPRAGE|BRAVO|CUBE", "SequenceName"),
        (r"(?:(?:Gradient|Spin|Turbo|Fast|Echo|EPI|MPRAGE|MP2RAGE|FLASH|SPACE|FLAIR|TSE|TFE|FFE|DWI"
         r"|SPGR|FSE|Inversion|Recovery|Diffusion|Steady|State|Time|of|Flight|Multiband|2D|3D)"
         r"[ -]?){1,6}", "PulseSequenceType"),
        (r"GRAPPA|SENSE|mSENSE|ARC|ASSET|SMS|SPEEDER|CAIPIRINHA|None|CP|Triple|Dual",
         "MatrixCoilMode ParallelAcquisitionTechnique"),
        (r"Sum of Squares|Adaptive Combine|Virtual Reference", "CoilCombinationMethod"),
        (rf"[tT]?:?{_COIL}(?:[;:,]{_COIL}){{0,15}}", "ReceiveCoilActiveElements"),
        (r"(?:\d{1,2}Ch)?[ _]?Head(?:[ _]?(?:Neck|Matrix|Coil|Spine)){0,2}(?:[ _]?\d{1,2}(?:Ch)?)?",
         "ReceiveCoilName"),
        (r"BRAIN|HEAD|SKULL|HEADNECK|NECK|FACE|WHOLEBODY", "BodyPart"),
        (r"Sag|Cor|Tra|(?:Sag|Cor|Tra)>(?:Sag|Cor|Tra)\(-?\d{1,2}\.\d\)(?:>(?:Sag|Cor|Tra)\(-?\d{1,2}"
         r"\.\d\))?", "ImageOrientationText"),
        (r"ROW|COL", "InPlanePhaseEncodingDirectionDICOM"),
        (r"contrast|GADOLINIUM|MANGANESE|IRON", "ContrastBolusIngredient"),
        # PET, as BIDS has it.
        (r"dynamic|static|gated|n/a", "AcquisitionMode"),
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
        (r"11C|13N|15O|18F|64Cu|68Ga|82Rb|89Zr|99mTc|123I|124I|125I|131I|177Lu|n/a",
         "TracerRadionuclide"),
        (r"[A-Za-z0-9\[\]()+-]{2,24}|n/a", "TracerName"),
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
