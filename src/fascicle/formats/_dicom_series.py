"""Tell what a series of images is, in the words of BIDS, from how it was scanned.

What the scanner states (sequence, times, weightings, how many volumes) decides; what people called
the series is one more piece of evidence, because a name can be old, wrong or in any language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fascicle.core import Modality

_SURE, _LIKELY, _PERHAPS, _UNSURE = 0.97, 0.9, 0.7, 0.45
_AGREED = 0.5
"""A name that says the same takes away this share of the doubt."""
_AGAINST = 0.8
"""A name that says another thing lowers the certainty to this share."""

_WEIGHTED_S_MM2: Final = 50.0
"""Below this b-value nothing is weighted: scanners write 5 for a pause of their gradients."""
_LONG_TR_MS, _SHORT_TE_MS, _LONG_TE_MS = 1500.0, 35.0, 60.0
_STAR_TE_MS: Final = 12.0
_FLAIR_TI_MS, _LOW_TI_MS = 1500.0, 300.0
_MANY_VOLUMES: Final = 10
_FEW_VOLUMES: Final = 12


@dataclass(frozen=True, slots=True)
class Series:
    """How a series was scanned.

    Attributes
    ----------
    modality : str
        ``"MR"``, ``"PT"`` or ``"CT"``.
    image_type, sequences, variants : tuple of str
        ImageType, ScanningSequence, SequenceVariant, in capitals.
    sequence_name : str
        Name of the pulse sequence, the maker's own: ``"*epfid2d1_64"``, ``"FEEPI"``.
    names : tuple of str
        What people called it: SeriesDescription, ProtocolName.
    part : str
        ``"mag"``, ``"phase"``, ``"real"`` or ``"imag"``.
    is_3d : bool or None
        None if not stated.
    echo_ms, repetition_ms, inversion_ms, flip_deg : float or None
        None if not stated.
    echo, n_echoes, echo_train : int
        Number of this echo, how many there are, and how many make one image; 1 if not stated.
    b_values : tuple of float
        Distinct diffusion weightings, sorted, in s/mm²; empty if not stated.
    n_volumes : int
        How many.
    has_labels : bool
        True if the header says that blood was labelled.
    has_contrast : bool
        True if a contrast agent was given.
    direction : str
        Phase-encoding direction on the patient, from where to where: ``"AP"``; empty if unknown.
    tracer : str
        Code of the tracer of a PET scan.
    """

    modality: str
    image_type: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    sequence_name: str = ""
    names: tuple[str, ...] = ()
    part: str = "mag"
    is_3d: bool | None = None
    echo_ms: float | None = None
    repetition_ms: float | None = None
    inversion_ms: float | None = None
    flip_deg: float | None = None
    echo: int = 1
    n_echoes: int = 1
    echo_train: int = 1
    b_values: tuple[float, ...] = ()
    n_volumes: int = 1
    has_labels: bool = False
    has_contrast: bool = False
    direction: str = ""
    tracer: str = ""

    @property
    def is_echo_planar(self) -> bool:
        """True for echo-planar imaging."""
        named = re.search(r"epi(?!r3d)|^\*?ep|ep2d|ep3d", self.sequence_name, re.IGNORECASE)
        return "EP" in self.sequences or named is not None

    @property
    def is_spin_echo(self) -> bool:
        """True where a spin echo is read."""
        named = re.search(
            r"^\*?epse|seepi|dwi|^\*?(?:tse|spc|se)\d|tse$", self.sequence_name, re.IGNORECASE
        )
        return "SE" in self.sequences or named is not None

    def is_called(self, pattern: str) -> bool:
        """Tell whether a name holds a word; words end where letters do."""
        found = re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])")
        plain = (name.lower().replace("*", "star") for name in self.names)
        return any(found.search(re.sub(r"[\W_]+", "_", name)) for name in plain)


@dataclass(frozen=True, slots=True)
class Classified:
    """What a series is.

    Attributes
    ----------
    modality : Modality
        Its folder in BIDS.
    suffix : str
        The last word of its name; what BIDS does not know is listed in ``.bidsignore``.
    entities : tuple of (str, str)
        Entities of BIDS that follow from the header.
    certainty : float
        Between 0 and 1.
    evidence : tuple of str
        What speaks for it, never in the words of the file.
    """

    modality: Modality
    suffix: str
    entities: tuple[tuple[str, str], ...] = ()
    certainty: float = 1.0
    evidence: tuple[str, ...] = ()


_Guess = tuple[Modality, str, float, str]

_CALLED: Final[dict[str, str]] = {
    "sbref": r"\w*sb_?ref",
    "m0scan": r"m0(?!\d)|m0_?scan|calib\w*m0(?!\d)",
    "asl": r"p?c?asl|pasl|asl\w*",
    "dsc": r"dsc|dynamic_suscept\w*|bolus|perf(?:usion)?_gd",
    "dce": r"dce|dynamic_contrast\w*",
    "dwi": r"dwi|dti|dmri|diff\w*|hardi|noddi|dki|ep2d_diff",
    "epi": r"(?:spin_?echo_?)?field_?maps?|spinechofieldmap|topup|blip\w*|rev_?pe|distortion\w*"
           r"|fmap|dist_?corr",
    "bold": r"bold|fmri|func|task\w*|rest|resting\w*|rs_?fmri|ep2d_bold",
    "angio": r"tof|angio\w*|mra",
    "FLAIR": r"flair|dark_?fluid|tirm",
    "MP2RAGE": r"mp2rage",
    "T2starw": r"t2_?star\w*|swi|hemo|swan|medic",
    "T1w": r"t1\w*|mp_?rage\w*|spgr|bravo|fspgr",
    "T2w": r"t2\w*|cube_?t2",
    "PDw": r"pd\w?|proton\w*",
}  # fmt: skip
"""What people call series, from the more special to the more general."""

_FIELD_NAMES: Final = rf"\w*field_?map\w*|gre_?field\w*|b0_?map|{_CALLED['epi']}"


def classify(series: Series) -> Classified:
    """Tell what a series is.

    Parameters
    ----------
    series : Series
        How it was scanned.

    Returns
    -------
    Classified
        Of little certainty where the header does not tell. For CT, and for a contrast agent that is
        followed (``dsc``, ``dce``), BIDS has no suffix yet.

    Examples
    --------
    >>> scan = Series("MR", sequences=("GR", "IR"), is_3d=True, repetition_ms=2300.0, echo_ms=3.0,
    ...               inversion_ms=900.0, flip_deg=9.0)
    >>> found = classify(scan)
    >>> found.modality.value, found.suffix, found.certainty
    ('anat', 'T1w', 0.97)
    """
    rules: tuple[Callable[[Series], _Guess | None], ...] = (
        _guess_other_modality, _guess_bolus, _guess_reference, _guess_perfusion, _guess_diffusion,
        _guess_field_map, _guess_echo_planar, _guess_two_inversions, _guess_angiogram,
        _guess_inverted, _guess_spin_echo, _guess_gradient_echo,
    )  # fmt: skip
    found = next((guess for rule in rules if (guess := rule(series)) is not None), None)
    modality, suffix, certainty, why = found or _guess_from_name(series)
    certainty, more = _weigh_name(series, suffix, certainty, found is not None)
    return Classified(
        modality, suffix, _entities(series, modality, suffix), round(certainty, 3), (why, *more)
    )


def called_suffix(series: Series) -> str:
    """Return the suffix that the names of a series speak for; empty if they speak for none."""
    return next((suffix for suffix, pattern in _CALLED.items() if series.is_called(pattern)), "")


def _weigh_name(
    series: Series, suffix: str, certainty: float, is_by_header: bool
) -> tuple[float, tuple[str, ...]]:
    """Return the certainty with what the name adds to it."""
    called = called_suffix(series)
    if not called or not is_by_header:
        return certainty, ()
    alike = {suffix}
    if suffix in {"magnitude1", "magnitude2", "phasediff", "phase1", "phase2", "fieldmap"}:
        alike |= {"epi"}
    if suffix in {"UNIT1", "MP2RAGE", "VFA"}:
        alike |= {"MP2RAGE", "T1w"}
    if suffix in {"MEGRE", "MESE"}:
        alike |= {"T2starw", "T2w", "PDw"}
    if called in alike:
        return 1 - (1 - certainty) * _AGREED, ("Its name says the same.",)
    return certainty * _AGAINST, (f"Its name would speak for {called}.",)


def _guess_other_modality(series: Series) -> _Guess | None:
    if series.modality == "PT":
        return Modality.PET, "pet", _SURE, "The header says that it is PET."
    if series.modality == "CT":
        return Modality.ANAT, "CT", _SURE, "The header says that it is CT."
    return None


def _guess_bolus(series: Series) -> _Guess | None:
    """Take volumes that follow a contrast agent for perfusion, which BIDS has no suffix for."""
    is_called = series.is_called(_CALLED["dsc"]) or series.is_called(_CALLED["dce"])
    is_followed = series.n_volumes >= _MANY_VOLUMES and not max(series.b_values, default=0.0)
    if not is_followed or not (series.has_contrast or is_called) or series.modality != "MR":
        return None
    suffix = "dsc" if series.is_echo_planar else "dce"
    certainty = _LIKELY if series.has_contrast else _PERHAPS
    return Modality.PERF, suffix, certainty, "Volumes that follow a bolus of contrast agent."


def _guess_reference(series: Series) -> _Guess | None:
    """Take a single volume for what multiband volumes are aligned to; only its name tells."""
    if series.n_volumes > 2 or not series.is_echo_planar or not series.is_called(_CALLED["sbref"]):
        return None
    is_diffusion = series.is_called(_CALLED["dwi"]) or "DIFFUSION" in series.image_type
    modality = Modality.DWI if is_diffusion else Modality.FUNC
    return modality, "sbref", _LIKELY, "A single echo-planar volume that is called a reference."


def _guess_perfusion(series: Series) -> _Guess | None:
    named = re.search(r"asl|tgse", series.sequence_name, re.IGNORECASE)
    is_called = series.is_called(_CALLED["asl"])
    if not (series.has_labels or named or (is_called and series.n_volumes > 1)):
        return None
    if series.n_volumes == 1 and series.is_called(_CALLED["m0scan"]):
        return Modality.PERF, "m0scan", _LIKELY, "One volume of a scan that labels blood."
    certainty = _SURE if series.has_labels else _LIKELY if named else _PERHAPS
    return Modality.PERF, "asl", certainty, "Blood is labelled."


def _guess_diffusion(series: Series) -> _Guess | None:
    strongest = max(series.b_values, default=0.0)
    if strongest >= _WEIGHTED_S_MM2:
        return Modality.DWI, "dwi", _SURE, "Its volumes are weighted by diffusion."
    says_so = "DIFFUSION" in series.image_type or re.search(
        r"^\*?ep_b|dwi|diff", series.sequence_name, re.IGNORECASE
    )
    if not says_so:  # Philips states a b-value of 0 for whatever it scans
        return None
    if series.is_called(_CALLED["epi"]) or (series.n_volumes <= _FEW_VOLUMES and series.b_values):
        return Modality.FMAP, "epi", _PERHAPS, "A diffusion sequence without any weighting."
    return Modality.DWI, "dwi", _PERHAPS, "The sequence is one for diffusion."


def _guess_field_map(series: Series) -> _Guess | None:
    """Take two echoes of a gradient echo, or their phases, for what maps the field."""
    if "B0 MAP" in series.image_type or "FIELD MAP" in series.image_type:
        return Modality.FMAP, "fieldmap", _SURE, "The type of image says that it maps the field."
    if series.is_echo_planar or series.is_spin_echo:
        return None
    has_own_sequence = re.match(r"\*?fm2d", series.sequence_name, re.IGNORECASE) is not None
    if not has_own_sequence and not series.is_called(_FIELD_NAMES):
        return None
    certainty = _SURE if has_own_sequence else _PERHAPS
    if series.part == "phase":
        # Siemens subtracts the phases of the two echoes and keeps the difference alone.
        suffix = "phasediff" if has_own_sequence else f"phase{min(series.echo, 2)}"
        return Modality.FMAP, suffix, certainty, "The phase of a gradient echo made to map fields."
    suffix = f"magnitude{min(series.echo, 2)}"
    return Modality.FMAP, suffix, certainty, "A gradient echo made to map fields."


def _guess_echo_planar(series: Series) -> _Guess | None:
    if not series.is_echo_planar:
        return None
    if series.is_spin_echo and series.n_volumes <= _FEW_VOLUMES:
        return Modality.FMAP, "epi", _LIKELY, "A few echo-planar volumes with spin echoes."
    if series.n_volumes >= _MANY_VOLUMES:
        certainty = _UNSURE if series.is_spin_echo else _SURE
        return Modality.FUNC, "bold", certainty, "Many echo-planar volumes."
    if series.is_called(_CALLED["epi"]):
        return Modality.FMAP, "epi", _PERHAPS, "A few echo-planar volumes."
    if series.n_volumes == 1:
        return Modality.FUNC, "sbref", _UNSURE, "A single echo-planar volume."
    return Modality.FUNC, "bold", _PERHAPS, "A few echo-planar volumes."


def _guess_two_inversions(series: Series) -> _Guess | None:
    if "UNI" in series.image_type:
        return Modality.ANAT, "UNIT1", _SURE, "The type of image is the ratio of two inversions."
    if series.is_called(_CALLED["MP2RAGE"]) and _inversion(series):
        return Modality.ANAT, "MP2RAGE", _LIKELY, "It is called one of two inversions."
    return None


def _guess_angiogram(series: Series) -> _Guess | None:
    is_time_of_flight = "TOF" in series.variants or series.is_called(_CALLED["angio"])
    is_gradient = "GR" in series.sequences and not series.is_spin_echo
    if is_time_of_flight and is_gradient and series.n_volumes == 1:
        return Modality.ANAT, "angio", _LIKELY, "A gradient echo that shows flowing blood."
    return None


def _guess_inverted(series: Series) -> _Guess | None:
    """Take what is read after an inversion for T1w, and for FLAIR if that was long ago."""
    ti = series.inversion_ms or 0.0
    if series.is_spin_echo:
        if ti >= _FLAIR_TI_MS:
            return Modality.ANAT, "FLAIR", _SURE, "A spin echo long after an inversion."
        if ti > _LOW_TI_MS:
            return Modality.ANAT, "T1w", _PERHAPS, "A spin echo soon after an inversion."
        return None
    is_prepared = "MP" in series.variants or "IR" in series.sequences
    named = re.match(r"\*?tfl3d|.*T1TFE", series.sequence_name) is not None
    if (ti > _LOW_TI_MS or named) and (is_prepared or named):
        certainty = _SURE if series.is_3d else _PERHAPS
        return Modality.ANAT, "T1w", certainty, "A gradient echo after an inversion."
    return None


def _guess_spin_echo(series: Series) -> _Guess | None:
    if not series.is_spin_echo or series.echo_ms is None:
        return None
    te, tr = series.echo_ms, series.repetition_ms or 0.0
    if series.n_echoes > 2:
        return Modality.ANAT, "MESE", _LIKELY, "One of several spin echoes."
    # In trains with varied angles (SPACE) the echo time is not the one that gives contrast.
    if te >= _LONG_TE_MS and tr >= _LONG_TR_MS:
        return Modality.ANAT, "T2w", _SURE, "A late spin echo, seldom repeated."
    if te < _SHORT_TE_MS and 0 < tr < _LONG_TR_MS:
        return Modality.ANAT, "T1w", _LIKELY, "An early spin echo, often repeated."
    if te < _SHORT_TE_MS:
        return Modality.ANAT, "PDw", _PERHAPS, "An early spin echo, seldom repeated."
    return Modality.ANAT, "T2w", _PERHAPS, "A rather late spin echo."


def _guess_gradient_echo(series: Series) -> _Guess | None:
    if "GR" not in series.sequences or series.echo_ms is None:
        return None
    if series.n_echoes > 2:
        return Modality.ANAT, "MEGRE", _LIKELY, "One of several gradient echoes."
    if series.echo_ms >= _STAR_TE_MS:
        return Modality.ANAT, "T2starw", _LIKELY, "A late gradient echo."
    flip = series.flip_deg or 0.0
    certainty = _LIKELY if series.is_3d and flip >= 8 else _UNSURE
    return Modality.ANAT, "T1w", certainty, "An early gradient echo."


def _guess_from_name(series: Series) -> _Guess:
    """Return what the name speaks for, where the header does not tell."""
    called = called_suffix(series)
    modality = {
        "dwi": Modality.DWI, "bold": Modality.FUNC, "sbref": Modality.FUNC, "asl": Modality.PERF,
        "m0scan": Modality.PERF, "dsc": Modality.PERF, "dce": Modality.PERF, "epi": Modality.FMAP,
    }.get(called, Modality.ANAT)  # fmt: skip
    if called and called != "MP2RAGE":
        return modality, called, _UNSURE, "The header does not tell; its name does."
    if series.n_volumes > _MANY_VOLUMES:
        return Modality.FUNC, "bold", 0.3, "Many volumes; the header does not tell of what."
    return Modality.ANAT, "T1w", 0.2, "The header does not tell what kind of image it is."


def _inversion(series: Series) -> str:
    """Return the number of the inversion that a name states."""
    found = [re.search(r"inv[-_ ]?([12])", name.lower()) for name in series.names]
    return next((match[1] for match in found if match), "")


def _entities(series: Series, modality: Modality, suffix: str) -> tuple[tuple[str, str], ...]:
    """Return the entities that BIDS allows for this kind of image and the header tells."""
    found: list[tuple[str, str]] = []
    if modality is Modality.PET:
        return (("trc", series.tracer),) if series.tracer else ()
    if suffix == "CT":
        return ()
    if series.has_contrast and modality in {Modality.ANAT, Modality.FUNC}:
        found.append(("ce", "contrast"))
    if series.direction and suffix in {"bold", "sbref", "dwi", "epi", "asl", "m0scan"}:
        found.append(("dir", series.direction))
    if suffix == "MP2RAGE":
        found.append(("inv", _inversion(series)))
    is_numbered = max(series.echo, series.n_echoes) > 1
    if is_numbered and modality in {Modality.ANAT, Modality.FUNC} and suffix != "UNIT1":
        found.append(("echo", str(series.echo)))
    if series.part != "mag" and modality is not Modality.FMAP and suffix != "UNIT1":
        found.append(("part", series.part))
    return tuple(found)


def phase_direction(orientation: Sequence[float], axis: str, is_positive: bool | None) -> str:
    """Return the phase-encoding direction on the patient, from where to where.

    Parameters
    ----------
    orientation : sequence of float
        ImageOrientationPatient: the directions of rows and of columns, to the left, the back and
        the head of the patient.
    axis : str
        InPlanePhaseEncodingDirection: ``"ROW"`` or ``"COL"``.
    is_positive : bool or None
        Whether encoding goes the way in which pixels are counted; None if unknown.

    Returns
    -------
    str
        ``"AP"``, ``"PA"``, ``"RL"``, ``"LR"``, ``"IS"`` or ``"SI"``; empty if unknown.

    Examples
    --------
    >>> axial = (1, 0, 0, 0, 1, 0)
    >>> phase_direction(axial, "COL", True), phase_direction(axial, "COL", False)
    ('AP', 'PA')
    """
    if is_positive is None or axis not in {"ROW", "COL"} or len(orientation) != 6:
        return ""
    along = orientation[:3] if axis == "ROW" else orientation[3:]
    widest = max(range(3), key=lambda i: abs(along[i]))
    there, back = ("RL", "AP", "IS")[widest], ("LR", "PA", "SI")[widest]
    return there if (along[widest] > 0) == is_positive else back
