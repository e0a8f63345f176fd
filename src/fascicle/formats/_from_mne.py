"""Recordings that MNE-Python opens, as our nouns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from fascicle.core import Channel, Event, Header, Identifier, Modality, Subject

from ._channels import channel_kind, modality_kinds
from ._fif_points import take_head_shape
from ._vendor import Opened, VendorFormat, find_identifiers, with_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Written

_KINDS = {
    "eeg": "EEG", "eog": "EOG", "ecg": "ECG", "emg": "EMG", "seeg": "SEEG", "ecog": "ECOG",
    "dbs": "DBS", "stim": "TRIG", "resp": "RESP", "mag": "MEGMAG", "gsr": "GSR",
    "temperature": "TEMP", "chpi": "HLU", "eyegaze": "EYEGAZE", "pupil": "PUPIL",
    "syst": "SYSCLOCK",
    "fnirs_cw_amplitude": "NIRSCWAMPLITUDE", "fnirs_od": "NIRSCWOPTICALDENSITY",
    "hbo": "NIRSCWHBO", "hbr": "NIRSCWHBR",
}  # fmt: skip
"""BIDS channel type of an MNE channel type; all others are ``"MISC"``."""

_PLACED = frozenset({"EEG", "SEEG", "ECOG", "DBS", "MEGMAG", "MEGGRADAXIAL", "MEGGRADPLANAR"})
_REFERENCE_MAGNETOMETERS = frozenset({4003, 5002, 6002})
"""FIFF's coil types of BTi, CTF and KIT."""
_SEXES = {1: "M", 2: "F"}
_HANDS = {1: "R", 2: "L", 3: "A"}
_EARLIEST_BIRTH = 1850


@dataclass(frozen=True, slots=True)
class Reading:
    """How a recording that MNE opened is to be understood.

    Attributes
    ----------
    where : str
        Name of the header, for the places of identifiers.
    manufacturer : str
        Maker of the amplifier as the format implies it.
    volt_unit : str
        Unit in which voltages are given: ``"uV"``, or ``"V"`` for what is written as FIF.
    keeps_positions : bool
        False where MNE makes electrode positions up from a flat drawing.
    guesses_kinds : bool
        True where the format has no channel types, so that labels must tell them.
    """

    where: str
    manufacturer: str = ""
    volt_unit: str = "uV"
    keeps_positions: bool = True
    guesses_kinds: bool = True


class MneFormat(VendorFormat):
    """A format that a function of `mne.io` reads."""

    reader: ClassVar[str]
    """Name of the function in ``mne.io``."""
    options: ClassVar[Mapping[str, Any]] = {}
    """Further arguments of it."""
    reading: ClassVar[Reading]

    def open_raw(self, path: Path) -> Any:  # noqa: ANN401 - an mne.io.BaseRaw
        """Open with MNE, without loading samples."""
        import mne

        return getattr(mne.io, self.reader)(path, verbose="ERROR", **self.options)

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Open a recording with MNE and add what its reader leaves aside."""
        path = root / files[0]
        raw = self.open_raw(path)
        reading = self.reading
        if "meg" in raw:  # it will be FIF, which keeps volts
            reading = replace(reading, volt_unit="V", guesses_kinds=False)
        return self.complete(open_raw(raw, reading), path)

    def write_opened(self, opened: Opened, header: Header, folder: Path, stem: str) -> Written:
        """Write MEG as FIF, all else as BrainVision."""
        if opened.header.modality is not Modality.MEG:
            return VendorFormat.write_opened(self, opened, header, folder, stem)
        from ._fif import write_fif_raw

        return write_fif_raw(header, opened.raw, folder, stem)

    def complete(self, opened: Opened, path: Path) -> Opened:
        """Add what stands in the header beside what MNE keeps."""
        found = self.find_identifiers(path)
        return replace(opened, header=with_identifiers(opened.header, found))

    def find_identifiers(self, path: Path) -> list[Identifier]:
        """Return what points to people in the parts of the header that MNE does not keep."""
        return []


def open_raw(raw: Any, reading: Reading) -> Opened:  # noqa: ANN401 - an mne.io.BaseRaw
    """Return an MNE recording as an opened one: its header, and blocks in the header's units."""
    header = header_of(raw, reading)
    scale = np.array([_scale(channel.unit) for channel in header.channels])[:, np.newaxis]

    def read(start: int, stop: int) -> NDArray[np.float64]:
        return np.asarray(raw[:, start:stop][0] * scale, dtype=np.float64)

    return Opened(header, read, raw)


def _scale(unit: str) -> float:
    """Return how many of a unit MNE's SI unit is."""
    return 1e6 if unit == "uV" else 1.0


def header_of(raw: Any, reading: Reading) -> Header:  # noqa: ANN401 - an mne.io.BaseRaw
    """Return what an MNE recording says."""
    info = raw.info
    channels = tuple(
        _channel(ch, kind, info, reading)
        for ch, kind in zip(info["chs"], raw.get_channel_types(), strict=True)
    )
    modality = Modality(modality_kinds({channel.kind for channel in channels}))
    placed = any(channel.position_m for channel in channels)
    events = _events(raw)
    return Header(
        modality=modality,
        sfreq_hz=float(info["sfreq"]),
        n_times=int(raw.n_times),
        channels=channels,
        events=events,
        measured_at=info["meas_date"],
        subject=_subject(info["subject_info"] or {}),
        identifiers=tuple(_identifiers(info, reading.where)),
        line_hz=float(info["line_freq"]) if info["line_freq"] else None,
        manufacturer=reading.manufacturer,
        coordinate_frame=_frame(info, modality) if placed else "",
        head_shape=take_head_shape(info),
        is_continuous=not any(_is_gap(event.label) for event in events),
    )


def _channel(ch: Any, kind: str, info: Any, reading: Reading) -> Channel:  # noqa: ANN401 - MNE's dicts
    bids = _kind(ch, kind)
    if reading.guesses_kinds and bids == "EEG":
        bids = channel_kind(str(ch["ch_name"]))
    unit = _unit(int(ch["unit"]), bids, reading)
    lowpass, highpass = float(info["lowpass"]), float(info["highpass"])
    # MNE fills the Nyquist frequency in where the file says nothing of a filter.
    is_filtered = bids not in {"TRIG", "MISC"} and lowpass < info["sfreq"] / 2
    return Channel(
        name=str(ch["ch_name"]),
        kind=bids,
        unit=unit,
        sfreq_hz=float(info["sfreq"]),
        low_cutoff_hz=highpass if bids not in {"TRIG", "MISC"} and highpass > 0 else None,
        high_cutoff_hz=lowpass if is_filtered else None,
        position_m=_position(ch, bids) if reading.keeps_positions else None,
    )


def _kind(ch: Any, kind: str) -> str:  # noqa: ANN401 - MNE's dict
    """Return the BIDS type of a channel; gradiometers and references by their coil."""
    coil = int(ch["coil_type"]) & 0xFFFF
    if kind == "grad":
        return "MEGGRADPLANAR" if 3010 <= coil < 3020 else "MEGGRADAXIAL"
    if kind == "ref_meg":
        return "MEGREFMAG" if coil in _REFERENCE_MAGNETOMETERS else "MEGREFGRADAXIAL"
    return _KINDS.get(kind, "MISC")


def _unit(fiff_unit: int, kind: str, reading: Reading) -> str:
    """Return the BIDS unit of a channel, given MNE's code (107 V, 112 T, 201 T/m, 6 mol, 7 rad)."""
    if kind in {"TRIG", "SYSCLOCK"}:
        return "n/a"
    return {107: reading.volt_unit, 112: "T", 201: "T/m", 6: "M", 7: "rad"}.get(fiff_unit, "n/a")


def _position(ch: Any, kind: str) -> tuple[float, float, float] | None:  # noqa: ANN401 - MNE's dict
    if kind not in _PLACED and not kind.startswith("NIRS"):
        return None
    x, y, z = (float(value) for value in ch["loc"][:3])
    is_known = all(math.isfinite(v) for v in (x, y, z)) and (x, y, z) != (0.0, 0.0, 0.0)
    return (x, y, z) if is_known else None


def _frame(info: Any, modality: Modality) -> str:  # noqa: ANN401 - MNE's info
    """Return the BIDS name of the frame that positions stand in (MNE's head frame is code 4)."""
    in_head = all(int(ch["coord_frame"]) == 4 for ch in info["chs"])
    return "CapTrak" if in_head and modality in {Modality.EEG, Modality.NIRS} else "Other"


def _events(raw: Any) -> tuple[Event, ...]:  # noqa: ANN401 - an mne.io.BaseRaw
    notes = raw.annotations
    first_s = float(raw.first_time)  # onsets count from the acquisition's start, dated or not
    labels = [_label(str(label)) for label in notes.description]
    events = [
        Event(float(onset) - first_s, float(duration), label, _value(label))
        for onset, duration, label in zip(notes.onset, notes.duration, labels, strict=True)
    ]
    return tuple(sorted(events, key=lambda event: event.onset_s))


def _label(text: str) -> str:
    """Return a label; a trigger code that a reader made a float of becomes whole again."""
    plain = text.strip()
    return plain.removesuffix(".0") if plain.removesuffix(".0").isdigit() else plain or "n/a"


def _value(label: str) -> int | None:
    """Return a label that is nothing but a small whole number, as that number."""
    return int(label) if label.isascii() and label.isdigit() and len(label) <= 6 else None


def _is_gap(label: str) -> bool:
    return label.upper().startswith(("BAD_ACQ_SKIP", "BAD BOUNDARY", "EDGE BOUNDARY", "BOUNDARY"))


def _subject(info: Any) -> Subject:  # noqa: ANN401 - MNE's subject_info
    names = (info.get(key, "") for key in ("first_name", "middle_name", "last_name"))
    return Subject(
        code=str(info.get("his_id") or "").strip(),
        name=" ".join(str(name).strip() for name in names if name and str(name).strip()),
        birth=_birth(info),
        sex=_SEXES.get(int(info.get("sex") or 0), ""),
        hand=_HANDS.get(int(info.get("hand") or 0), ""),
    )


def _birth(info: Any) -> date | None:  # noqa: ANN401 - MNE's subject_info
    """Return the day of birth, unless it is one that readers put for none."""
    birth = info.get("birthday")
    if isinstance(birth, datetime):
        birth = birth.date()
    return birth if isinstance(birth, date) and birth.year >= _EARLIEST_BIRTH else None


def _identifiers(info: Any, where: str) -> list[Identifier]:  # noqa: ANN401 - MNE's info
    person = info["subject_info"] or {}
    device = info["device_info"] or {}
    return find_identifiers(
        where,
        (
            ("id", "subject id", person.get("his_id")),
            ("name", "first name", person.get("first_name")),
            ("name", "middle name", person.get("middle_name")),
            ("name", "last name", person.get("last_name")),
            ("birthdate", "birth date", _birth(person)),
            ("operator", "experimenter", info["experimenter"]),
            ("text", "description", info["description"]),
            ("text", "project", info["proj_name"]),
            ("serial", "device serial", device.get("serial")),
            ("institution", "device site", device.get("site")),
        ),
    )
