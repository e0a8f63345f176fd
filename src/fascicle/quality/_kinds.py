"""What kinds of channel are judged, and which amplitudes a body can make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BRAIN: Final = frozenset({
    "EEG", "SEEG", "ECOG", "DBS", "EXT", "LFP", "MEGMAG", "MEGGRADAXIAL", "MEGGRADPLANAR",
    "MEGOTHER", "NIRSCWAMPLITUDE", "NIRSCWFLUORESCENSEAMPLITUDE", "NIRSCWOPTICALDENSITY",
    "NIRSCWHBO", "NIRSCWHBR", "NIRSCWMUA",
})  # fmt: skip
"""Channels that record the brain: every measure applies."""

BODY: Final = frozenset({"EOG", "HEOG", "VEOG", "ECG", "EMG"})
"""Channels that record the body: judged for what is broken, not for how loud they are."""

POTENTIALS: Final = frozenset({"EEG", "SEEG", "ECOG", "DBS"})
"""Brain channels whose spectrum falls off, so that white noise in them is no brain signal."""

COMPARED: Final = POTENTIALS | {"EXT", "LFP", "MEGMAG", "MEGGRADAXIAL", "MEGGRADPLANAR", "MEGOTHER"}
"""Kinds whose channels should resemble one another. Optical ones do not: their amplitude depends
on how far source and detector are apart."""

_PREFIXES: Final = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
_BASES: Final = ("V", "T", "T/m", "T/cm")


@dataclass(frozen=True, slots=True)
class Range:
    """What amplitude a kind of channel can have, as robust SD in volts, tesla or tesla per metre.

    Attributes
    ----------
    base : str
        ``"V"``, ``"T"`` or ``"T/m"``.
    lowest, highest : float
        Beyond them the median channel's scaling or unit is wrong, not its signal.
    silent : float
        Below it a channel records nothing: less than the noise of its own amplifier.
    """

    base: str
    lowest: float
    highest: float
    silent: float


# Scalp EEG has an SD of 5 to 100 uV, DC-coupled recordings drift by millivolts; amplifier noise is
# about 0.3 uV (IFCN standards, M. R. Nuwer et al. 1998, doi:10.1016/S0013-4694(97)00106-5).
# Magnetometers have 3 fT/rtHz, about 30 fT over 100 Hz; unshielded fields move by nanotesla
# (M. Hamalainen et al. 1993, doi:10.1103/RevModPhys.65.413).
_SCALP = Range("V", 1e-9, 2e-2, 1e-7)
_INSIDE = Range("V", 1e-9, 1e-1, 1e-7)
_FIELD = Range("T", 1e-17, 1e-7, 2e-15)
_GRADIENT = Range("T/m", 1e-15, 1e-5, 1e-13)

_RANGES: Final = {
    ("EEG", "V"): _SCALP,
    ("SEEG", "V"): _INSIDE,
    ("ECOG", "V"): _INSIDE,
    ("DBS", "V"): _INSIDE,
    ("EXT", "V"): _INSIDE,
    ("LFP", "V"): _INSIDE,
    ("MEGMAG", "T"): _FIELD,
    ("MEGGRADAXIAL", "T"): _FIELD,
    ("MEGGRADPLANAR", "T/m"): _GRADIENT,
    ("MEGGRADAXIAL", "T/m"): _GRADIENT,
}


def split_unit(unit: str) -> tuple[str, float]:
    """Return the base unit and the factor to it; an unknown unit is its own base.

    Examples
    --------
    >>> split_unit("uV"), split_unit("fT/cm"), split_unit("n/a")
    (('V', 1e-06), ('T/m', 1e-13), ('n/a', 1.0))
    """
    for base in _BASES:
        prefix = unit.removesuffix(base)
        if prefix != unit and prefix in _PREFIXES:
            factor = _PREFIXES[prefix]
            return ("T/m", round(factor * 100, 20)) if base == "T/cm" else (base, factor)
    return unit, 1.0


def find_range(kind: str, unit: str) -> Range | None:
    """Return the range of a channel's kind in its unit; None where there is no way to tell."""
    return _RANGES.get((kind, split_unit(unit)[0]))


def expects_other_unit(kind: str, unit: str) -> bool:
    """Tell whether a unit cannot belong to a kind: tesla for EEG, or none at all."""
    known = {base for name, base in _RANGES if name == kind}
    return bool(known) and split_unit(unit)[0] not in known
