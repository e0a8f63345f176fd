"""What labels and units mean, in BIDS words."""

from __future__ import annotations

import re
from functools import lru_cache

from fascicle.core import Header
from fascicle.errors import FormatError

_UNITS = {
    "v": "V", "volt": "V", "volts": "V", "mv": "mV", "uv": "uV", "microvolt": "uV",
    "microvolts": "uV", "nv": "nV", "t": "T", "ft": "fT", "pt": "pT", "t/m": "T/m",
    "degc": "oC", "oc": "oC", "c": "oC", "%": "%", "bpm": "bpm", "mmhg": "mmHg", "ohm": "Ohm",
    "kohm": "kOhm", "s": "s", "ms": "ms", "hz": "Hz", "g": "g", "rad": "rad", "deg": "deg",
    "a": "A", "us": "uS", "usiemens": "uS", "m": "m", "mm": "mm", "cm": "cm", "pa": "Pa",
    "l/min": "L/min", "db": "dB", "mol/l": "M", "m/s^2": "m/s^2", "rad/s": "rad/s",
}  # fmt: skip

_LETTERS = str.maketrans({
    "\u00b5": "u",
    "\u03bc": "u",
    "\u00b0": "deg",
    "\u2126": "ohm",
    "\u03a9": "ohm",
})
"""Micro sign, mu, degree sign, ohm sign, omega."""

UNITS = frozenset(_UNITS.values()) | {"n/a", "MOhm", "M", "mM", "uM", "S"}
"""Every unit that a header may carry: a free text cannot slip through."""

_VOLTS = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "nV": 1e-9}

_KINDS: tuple[tuple[str, str], ...] = (
    (r"^(status|trig|trigger|trg|sti|stim|sti\d+|marker|markers|mrk|event|events)\d*$", "TRIG"),
    (r"^(eog|veog|heog|e\.?o\.?g)|(?<![a-z])(v|h)?eog(?![a-z])|^(loc|roc)$", "EOG"),
    (r"^(ecg|ekg)|(?<![a-z])(ecg|ekg)(?![a-z])", "ECG"),
    (r"^emg|(?<![a-z])emg(?![a-z])|^chin\d*$", "EMG"),
    (r"^(resp|rsp|thor|abdo|airflow)|(?<![a-z])resp(?![a-z])", "RESP"),
    (r"^(gsr|eda)\d*$", "GSR"),
    (r"^temp(\s|$|\d)|^temp (rectal|body)", "TEMP"),
    (r"^(ppg|pleth|pulse)\d*$", "PPG"),
    (r"^(sa|sp)o2$|^(dc|aux|misc|analog)[ _-]?\d*$|^(photo|acc|gyro|mag)[ _-]?[xyz]?\d*$", "MISC"),
    (r"^(seeg)(?![a-z])", "SEEG"),
    (r"^(ecog)(?![a-z])", "ECOG"),
    (r"^(dbs)(?![a-z])", "DBS"),
)
_COMPILED = tuple((re.compile(pattern), kind) for pattern, kind in _KINDS)


@lru_cache(maxsize=1024)
def bids_unit(text: str) -> str:
    """Return the BIDS spelling of a unit; ``"n/a"`` for a text that is no known unit.

    Examples
    --------
    >>> bids_unit("microvolts"), bids_unit("uV "), bids_unit("Jane Doe"), bids_unit("fT")
    ('uV', 'uV', 'n/a', 'fT')
    """
    plain = text.strip().translate(_LETTERS)
    if plain in {"M", "mM", "uM", "MOhm", "S"}:
        return plain
    return _UNITS.get(plain.lower(), "n/a")


def volts_per(unit: str) -> float | None:
    """Return how many volts a unit is; None for a unit that is no voltage."""
    return _VOLTS.get(unit)


@lru_cache(maxsize=4096)
def channel_kind(label: str, unit: str = "uV", default: str = "EEG") -> str:
    """Return the BIDS channel type that a label speaks for.

    Examples
    --------
    >>> channel_kind("Fp1"), channel_kind("EEG Fp1-Ref"), channel_kind("HEOG")
    ('EEG', 'EEG', 'EOG')
    >>> channel_kind("SpO2", "%")
    'MISC'
    """
    plain = label.strip().lower()
    if plain.startswith("eeg "):
        return "EEG"
    for pattern, kind in _COMPILED:
        if pattern.search(plain):
            return kind
    if unit != "n/a" and unit not in _VOLTS:
        return "MISC"
    return default


def modality_kinds(kinds: set[str]) -> str:
    """Return the BIDS datatype that a set of channel types makes."""
    if any(kind.startswith("MEG") for kind in kinds):
        return "meg"
    if kinds & {"SEEG", "ECOG", "DBS"}:
        return "ieeg"
    if any(kind.startswith("NIRS") for kind in kinds):
        return "nirs"
    return "eeg"


def unique_labels(labels: list[str], max_length: int) -> list[str]:
    """Cut labels to a field's length and number those that would become equal.

    Examples
    --------
    >>> unique_labels(["abc1", "abc2", "x"], 3)
    ['abc', 'ab2', 'x']
    """
    taken: set[str] = set()
    cut: list[str] = []
    for label in labels:
        name, n = label[:max_length], 2
        while name in taken:
            name = f"{label[: max_length - len(str(n))]}{n}"
            n += 1
        taken.add(name)
        cut.append(name)
    return cut


def require_channels(n_expected: int, header: Header) -> None:
    """Raise unless a released header describes every channel of its source."""
    if len(header.channels) != n_expected:
        raise FormatError(
            "FSC207",
            f"Expected a header with {n_expected} channels, got {len(header.channels)}.",
            "Give one channel for each of the recording, in its order.",
        )
