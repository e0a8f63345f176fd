"""Words by which volumes are called: suffixes of BIDS, habits of labs, names of computed maps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fascicle.core import Modality

_ANAT_3D: Final = (
    "T1w T2w PDw T2starw FLAIR inplaneT1 inplaneT2 PDT2 angio T1map T2map T2starmap R1map R2map "
    "R2starmap PDmap PDT2map UNIT1 MTRmap MTsat MTVmap MTwmap M0map S0map Chimap T1rho VFA IRT1 "
    "MP2RAGE MESE MEGRE MTR MPM MTS"
)
_FMAP_3D: Final = (
    "phasediff phase1 phase2 magnitude magnitude1 magnitude2 fieldmap TB1DAM TB1EPI TB1AFI TB1TFL "
    "TB1RFM TB1SRGE TB1map RB1COR RB1map"
)

BIDS_SUFFIXES: Final[dict[str, tuple[tuple[Modality, ...], int]]] = {
    **dict.fromkeys(_ANAT_3D.split(), ((Modality.ANAT,), 3)),
    **dict.fromkeys(_FMAP_3D.split(), ((Modality.FMAP,), 3)),
    "bold": ((Modality.FUNC,), 4),
    "cbv": ((Modality.FUNC,), 4),
    "sbref": ((Modality.FUNC, Modality.DWI), 0),
    "dwi": ((Modality.DWI,), 4),
    "epi": ((Modality.FMAP,), 0),
    "asl": ((Modality.PERF,), 4),
    "m0scan": ((Modality.PERF,), 0),
    "pet": ((Modality.PET,), 0),
    # What BIDS has no word for, where Fascicle puts it: see `prepare.make_dataset_files`.
    "CT": ((Modality.ANAT,), 3),
    "dsc": ((Modality.PERF,), 4),
    "dce": ((Modality.PERF,), 4),
}
"""For each suffix of a raw image: its folders, and how many axes it has (0: three or four)."""


def _word(pattern: str) -> re.Pattern[str]:
    """Match a pattern where no letter stands beside it."""
    return re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a word in a name says.

    Attributes
    ----------
    pattern : re.Pattern
        The words.
    modality : Modality
        What they speak for.
    series, single : str
        Suffix of a series, and of a single volume; empty if there is none of that kind.
    weight : float
        How much they say, between 0 and 1.
    """

    pattern: re.Pattern[str]
    modality: Modality
    series: str
    single: str
    weight: float = 1.0


_FMAP, _ANAT = Modality.FMAP, Modality.ANAT
NAME_RULES: Final = (
    NameRule(_word(r"sbref"), Modality.FUNC, "sbref", "sbref"),
    NameRule(_word(r"phase[-_ ]?diff"), _FMAP, "", "phasediff"),
    NameRule(
        _word(r"(?:field[-_ ]?map|gre[-_ ]field)\w*[-_ ]mag(?:nitude)?|magnitude1?"),
        _FMAP, "", "magnitude1",
    ),
    NameRule(_word(r"magnitude2"), _FMAP, "", "magnitude2"),
    NameRule(
        _word(r"(?:se|spin[-_ ]?echo)[-_ ]?(?:epi|field[-_ ]?map)|topup|blip\w*|distortion\w*"),
        _FMAP, "epi", "epi",
    ),
    NameRule(_word(r"field[-_ ]?map(?:ping)?"), _FMAP, "", "fieldmap"),
    NameRule(_word(r"m0(?!\d)[-_ ]?(?:scan|calib)?"), Modality.PERF, "m0scan", "m0scan"),
    NameRule(_word(r"dsc|dynamic[-_ ]susceptibility\w*"), Modality.PERF, "dsc", ""),
    NameRule(_word(r"dce|dynamic[-_ ]contrast\w*"), Modality.PERF, "dce", ""),
    NameRule(_word(r"p?c?asl|perfusion"), Modality.PERF, "asl", ""),
    NameRule(
        _word(r"d[wt]i|diff(?:usion)?|hardi|noddi|dki|ep2d[-_ ]diff"),
        Modality.DWI, "dwi", "sbref",
    ),
    NameRule(
        _word(r"bold|fmri|func(?:tional)?|rest(?:ing)?(?:[-_ ]?state)?|rs[-_ ]?fmri|task"),
        Modality.FUNC, "bold", "sbref",
    ),
    NameRule(_word(r"pet|fdg|suv|pib|amyloid|flortaucipir"), Modality.PET, "pet", "pet"),
    NameRule(_word(r"flair|dark[-_ ]?fluid"), _ANAT, "", "FLAIR"),
    NameRule(_word(r"t2[-_ ]?(?:star|s)w?|swi|hemo"), _ANAT, "", "T2starw"),
    NameRule(_word(r"t1[-_ ]?map"), _ANAT, "", "T1map"),
    NameRule(_word(r"t1w?|m[ep]*[-_ ]?rage|bravo|f?spgr|tfl3d\w*"), _ANAT, "", "T1w"),
    NameRule(_word(r"t2w?|tse|t2[-_ ]?spc|cube|rare"), _ANAT, "", "T2w"),
    NameRule(_word(r"pdw?|proton[-_ ]?density"), _ANAT, "", "PDw"),
    NameRule(_word(r"tof|angio(?:graphy)?|mra"), _ANAT, "", "angio"),
    NameRule(_word(r"(?:cb?|head|brain|cranial)[-_ ]?ct|ct[-_ ]?(?:head|brain|scan|skull)?(?!\d)"),
             _ANAT, "", "CT", 0.9),
    NameRule(_word(r"anat(?:omical|omy)?|struct(?:ural)?"), _ANAT, "", "T1w", 0.7),
)  # fmt: skip
"""In the order in which they are tried: the first that fits has it."""

STATISTIC_INTENTS: Final = frozenset({*range(2, 25), 1001})
MATRIX_INTENTS: Final = frozenset({*range(1002, 1011), *range(2002, 2006)})
"""Codes of NIfTI for what numbers mean: statistics; labels, matrices, vectors, shapes, colours."""

MAP_DESCRIPTIONS: Final = (
    re.compile(r"SPM\{[TFX]"),
    re.compile(r"\bnormali[sz]ed\b|\bwarped\b", re.IGNORECASE),
    re.compile(r"\b(?:contrast|beta)\b.*\b(?:\d|images?)|tissue class|\bmask\b", re.IGNORECASE),
)
MAP_NAMES: Final = (
    _word(
        r"\w*mask\d*|[dp]?seg(?:mentation)?|probseg|parcell?ation|atlas|template|labels?|rois?"
        r"|icbm\d*|talairach|tpm|tracts?|skeleton|jacobian|warp(?:field|ed)?|deform\w*"
    ),
    re.compile(r"(?<![a-z0-9])mni(?:\d|[A-Z_]|$)", re.IGNORECASE),
    re.compile(r"(?<![a-z])(?:[ztf]stat|cope|varcope|zfstat)\d+(?![a-z])", re.IGNORECASE),
    re.compile(r"^(?:spm[TFX]_|con_|beta_|ess_)\d{3,}|^(?:ResMS|RPV)$"),
    re.compile(r"^(?:m?wc|rc|c)[1-6](?=[A-Za-z]{2})|^i?y_"),
    re.compile(r"(?:^|_)(?:FA|MD|AD|RD|MO|L[123]|V[123]|ADC|eADC|TRACEW?|ColFA|tensor)$"),
    re.compile(r"(?:^|_)(?:aseg|aparc\w*|wmparc|ribbon|brain|bet|GM|WM|CSF)$"),
)
_FREESURFER: Final = """
    aparc+aseg aparc.a2009s+aseg aparc.dktatlas+aseg aseg aseg.auto aseg.auto_noccseg aseg.presurf
    brain brain.finalsurfs brainmask brainmask.auto ctrl_pts entowm filled lh.ribbon norm nu
    nu_noneck orig orig_nu rawavg rh.ribbon ribbon t1 wm wm.asegedit wm.seg wmparc
"""
FREESURFER_MAPS: Final = frozenset(_FREESURFER.split())
"""What FreeSurfer computes into the folder ``mri``; what it was given lies below in ``orig``."""
