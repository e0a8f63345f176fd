"""What the channel records of a FIF file mean, in BIDS words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fascicle.core import Channel

from ._fif_info import B_CH_INFO, CH_FRAME, HIGHPASS, LOWPASS, Part

MEG, EEG, STIM, REF_MEG = 1, 2, 3, 301
_KINDS = {
    EEG: "EEG", STIM: "TRIG", 202: "EOG", 302: "EMG", 402: "ECG", 502: "MISC", 602: "RESP",
    802: "SEEG", 803: "DBS", 902: "ECOG", 900: "SYSCLOCK", 1200: "TEMP", 1300: "GSR",
}  # fmt: skip
_NIRS_COILS = {300: "NIRSCWHBO", 301: "NIRSCWHBR", 302: "NIRSCWAMPLITUDE",
               303: "NIRSCWOPTICALDENSITY"}  # fmt: skip
_EYE_COILS = {400: "EYEGAZE", 401: "PUPIL"}
_UNITS = {107: "V", 112: "T", 201: "T/m", 6: "M", 114: "oC", 110: "S", 3: "s", 7: "rad", 1: "m"}
_AXIAL_COILS = frozenset({4002, 5001, 6001, 7001, 7501})
_REF_MAG_COILS = frozenset({4003, 5002, 6002, 7003, 7004, 7502})
_PLACED = frozenset({"EEG", "SEEG", "ECOG", "DBS", "MEGMAG", "MEGGRADAXIAL", "MEGGRADPLANAR"})
_UNFILTERED = frozenset({"TRIG", "MISC", "OTHER", "SYSCLOCK"})
_T_M = 201
_HEAD = 4
_FRAMES = {_HEAD: "CapTrak", 2003: "MNI305", 5: "Other", 2002: "ScanRAS"}

_MAKERS = (
    (range(3011, 3026), "Elekta/Neuromag"),
    (range(2, 4), "Elekta/Neuromag"),
    (range(5001, 5005), "CTF"),
    (range(4001, 4006), "4D Magnes"),
    (range(6001, 6003), "KIT/Yokogawa"),
    (range(8001, 8003), "QuSpin"),
    (range(8101, 8102), "FieldLine"),
)


def fif_channels(part: Part) -> tuple[Channel, ...]:
    """Say in our nouns what the channel records say."""
    low_hz, high_hz = part.info.number(HIGHPASS), part.info.number(LOWPASS)
    channels = []
    columns = (part.channels[name].tolist() for name in ("kind", "coil", "unit"))
    places = part.channels["loc"][:, :3].tolist()
    for name, fif_kind, coil, unit, place in zip(part.names, *columns, places, strict=True):
        kind = _kind(fif_kind, coil, unit)
        is_filtered = kind not in _UNFILTERED
        has_place = kind in _PLACED or kind.startswith("NIRS")
        is_known = has_place and all(map(math.isfinite, place)) and any(place)
        channels.append(
            Channel(
                name=name,
                kind=kind,
                unit="n/a" if kind == "TRIG" else _UNITS.get(unit, "n/a"),
                sfreq_hz=part.sfreq_hz,
                low_cutoff_hz=low_hz if is_filtered else None,
                high_cutoff_hz=high_hz if is_filtered else None,
                position_m=(place[0], place[1], place[2]) if is_known else None,
            )
        )
    return tuple(channels)


def _kind(kind: int, coil: int, unit: int) -> str:
    """Return the BIDS type of a channel."""
    coil &= 0xFFFF
    if kind == MEG:
        if unit == _T_M:
            return "MEGGRADAXIAL" if coil in _AXIAL_COILS else "MEGGRADPLANAR"
        return "MEGGRADAXIAL" if coil in _AXIAL_COILS else "MEGMAG"
    if kind == REF_MEG:
        return "MEGREFMAG" if coil in _REF_MAG_COILS else "MEGREFGRADAXIAL"
    if kind == 1100:
        return _NIRS_COILS.get(coil, "NIRSCWAMPLITUDE")
    if kind == 1400:
        return _EYE_COILS.get(coil, "MISC")
    return _KINDS.get(kind, "OTHER")


def fif_frame(part: Part, channels: Sequence[Channel]) -> str:
    """Return the BIDS name of the frame that electrode positions stand in."""
    placed = [channel.kind for channel in channels if channel.position_m is not None]
    if not placed:
        return ""
    if any(channel.kind.startswith("MEG") for channel in channels):
        return "ElektaNeuromag"
    frames = {node.number(CH_FRAME) for node in part.info.find(B_CH_INFO)} - {None, 0.0}
    if frames and len(frames) == 1:
        return _FRAMES.get(int(frames.pop() or 0), "Other")
    return "Other" if set(placed) & {"SEEG", "ECOG", "DBS"} else "CapTrak"


def fif_manufacturer(part: Part) -> str:
    """Return who makes sensors of this kind; empty if the file does not tell."""
    coils = set((part.channels["coil"][part.channels["kind"] == MEG] & 0xFFFF).tolist())
    return next((maker for codes, maker in _MAKERS if coils & set(codes)), "")
