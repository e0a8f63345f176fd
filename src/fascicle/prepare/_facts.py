"""What headers say about persons, made comparable, and how a grouping of recordings fits to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from fascicle.core import Header

from ._columns import Codes, encode
from ._words import fold

PERSON_FACTS = ("birth", "name", "code", "sex")
_NOBODY = (
    "x xx xxx test tests demo default anonymous anonym anonymized anonymised anonymisiert "
    "unknown unbekannt inconnu na n/a none patient subject proband participant noname "
    "name user nn mne mneanonymize 0 00 000 1 dummy temp eeg meg recording new neu guest "
    "gast admin "
)
_JUNK = frozenset(_NOBODY.split())
_FIRST_YEAR = 1950
_NO_BIRTH_YEAR = 1900
_PLACEHOLDERS = frozenset(date(year, 1, 1) for year in (1970, 1980, 1985, 1999, 2000, 2001))
"""Days that formats and clocks write where none is known; EDF's is 1 January 1985."""


@dataclass(frozen=True)
class Facts:
    """Facts about the person in each header, as small integers, -1 where unknown.

    Attributes
    ----------
    birth, name, code, sex : ndarray of int64, shape (n_recordings,)
        Equal integers stand for equal facts.
    codes : tuple of str
        The spelled-out id in each header, empty where unknown.
    days : tuple of str
        The day of each recording as ISO 8601, empty where unknown.
    """

    birth: Codes
    name: Codes
    code: Codes
    sex: Codes
    codes: tuple[str, ...]
    days: tuple[str, ...]

    def get(self, fact: str) -> Codes:
        """Return one fact by its name."""
        codes: Codes = getattr(self, fact)
        return codes


def start_of(header: Header) -> datetime | None:
    """Return when a recording began; None for dates that stand in for an unknown one."""
    moment = header.measured_at
    if moment is None or moment.year < _FIRST_YEAR or moment.date() in _PLACEHOLDERS:
        return None
    return moment


def is_nobody(text: str) -> bool:
    """Tell whether a code or name in a header stands for nobody: ``X``, ``anonymous``, nothing.

    Examples
    --------
    >>> is_nobody("Anonymous"), is_nobody("P01")
    (True, False)
    """
    return not _clean(text)


def is_placeholder(birth: date) -> bool:
    """Tell whether a day of birth is one that programs write where none is known."""
    return birth in _PLACEHOLDERS or birth.year <= _NO_BIRTH_YEAR


def gather_facts(headers: Sequence[Header]) -> Facts:
    """Make what headers say about persons comparable.

    Words that stand for nobody (``X``, ``test``, ``anonymous``) count as unknown, and so does a
    value that all headers share: an amplifier's default identifies nobody.
    """
    subjects = [h.subject for h in headers]
    codes = [_clean(s.code) for s in subjects]
    names = [" ".join(sorted(_clean(s.name).split())) for s in subjects]
    births = [s.birth.isoformat() if s.birth else "" for s in subjects]
    return Facts(
        birth=_encode(births),
        name=_encode(names),
        code=_encode(codes),
        sex=_encode([s.sex for s in subjects]),
        codes=tuple(codes),
        days=tuple(moment.date().isoformat() if (moment := start_of(h)) else "" for h in headers),
    )


def _clean(text: str) -> str:
    words = " ".join(re.findall(r"[^\W_]+", fold(text)))
    return "" if words.replace(" ", "") in _JUNK else words


def _encode(values: Sequence[str]) -> Codes:
    codes = encode(values)
    return codes if codes.max(initial=-1) > 0 else np.full_like(codes, -1)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a grouping fits to one fact.

    Attributes
    ----------
    n_groups : int
        Groups in which at least two recordings know the fact.
    consistency : float
        Share of those in which all agree; 1 if there are none.
    distinctness : float
        Share of the fact's values that stay inside one group; 1 if it is unknown everywhere.
    """

    n_groups: int
    consistency: float
    distinctness: float


def fit_fact(groups: Codes, fact: Codes) -> Fit:
    """Tell how a grouping of recordings (-1: none) fits to a fact about persons.

    Examples
    --------
    >>> fit_fact(np.array([0, 0, 1, 1]), np.array([5, 5, 6, 7]))
    Fit(n_groups=2, consistency=0.5, distinctness=1.0)
    """
    known = (groups >= 0) & (fact >= 0)
    if not known.any():
        return Fit(0, 1.0, 1.0)
    pairs = np.unique(np.stack([groups[known], fact[known]], axis=1), axis=0)  # (n_pairs, 2)
    n_known = np.bincount(groups[known])
    n_facts = np.bincount(pairs[:, 0], minlength=len(n_known))
    several = n_known >= 2
    in_groups = np.bincount(pairs[:, 1])
    return Fit(
        n_groups=int(several.sum()),
        consistency=float(np.mean(n_facts[several] == 1)) if several.any() else 1.0,
        distinctness=float(np.mean(in_groups[in_groups > 0] == 1)),
    )
