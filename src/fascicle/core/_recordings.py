"""What a recording is, before anybody decides what may leave: its files, its header, its labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

from ._digests import content_id
from ._head_shapes import HeadShape
from ._terms import Term


class Family(StrEnum):
    """Recordings that are written, described, checked and drawn in one way."""

    SIGNAL = "signal"
    """Channels over time in a BIDS format: EEG, MEG, iEEG, NIRS."""
    VOLUME = "volume"
    """Images of a body in NIfTI: MRI, PET, CT."""
    NEURODATA = "neurodata"
    """Probes, pipettes, movies of cells and behaviour in NWB."""
    MICROGRAPH = "micrograph"
    """Images of tissue: light and electron microscopy."""
    CELLS = "cells"
    """Tables of cells by genes, in AnnData."""


class Modality(StrEnum):
    """The kind of recording, by the name of its folder in the dataset.

    The names are BIDS datatypes; ``ecephys`` and ``icephys`` are those of the BIDS extension
    proposal 32, ``ophys`` and ``omics`` follow its pattern.
    """

    EEG = "eeg"
    MEG = "meg"
    IEEG = "ieeg"
    NIRS = "nirs"
    ANAT = "anat"
    FUNC = "func"
    DWI = "dwi"
    PERF = "perf"
    FMAP = "fmap"
    PET = "pet"
    ECEPHYS = "ecephys"
    ICEPHYS = "icephys"
    OPHYS = "ophys"
    BEH = "beh"
    MICR = "micr"
    OMICS = "omics"

    @property
    def family(self) -> Family:
        """The family it belongs to."""
        return _FAMILIES[self]

    @property
    def is_standard(self) -> bool:
        """True if the BIDS standard has this datatype, False if only a proposal or we do."""
        return self.value not in {"ecephys", "icephys", "ophys", "omics"}


_FAMILIES = {
    Modality.EEG: Family.SIGNAL,
    Modality.MEG: Family.SIGNAL,
    Modality.IEEG: Family.SIGNAL,
    Modality.NIRS: Family.SIGNAL,
    Modality.ANAT: Family.VOLUME,
    Modality.FUNC: Family.VOLUME,
    Modality.DWI: Family.VOLUME,
    Modality.PERF: Family.VOLUME,
    Modality.FMAP: Family.VOLUME,
    Modality.PET: Family.VOLUME,
    Modality.ECEPHYS: Family.NEURODATA,
    Modality.ICEPHYS: Family.NEURODATA,
    Modality.OPHYS: Family.NEURODATA,
    Modality.BEH: Family.NEURODATA,
    Modality.MICR: Family.MICROGRAPH,
    Modality.OMICS: Family.CELLS,
}


@dataclass(frozen=True, slots=True)
class Source:
    """The files that make one recording, as they lie in the raw folder.

    Attributes
    ----------
    format : str
        Name in the registry of formats: ``"edf"``, ``"brainvision"``.
    files : tuple of PurePosixPath
        Relative to the raw folder; the first is the one that a reader is given (a folder for
        formats that are folders).
    n_bytes : int
        Size of all of them together.
    """

    format: str
    files: tuple[PurePosixPath, ...]
    n_bytes: int

    @property
    def primary(self) -> PurePosixPath:
        """The file (or folder) that a reader is given."""
        return self.files[0]


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value that points to a person, found in a raw header, path or table.

    Its text form hides the value, so that it cannot slip into a log.

    Attributes
    ----------
    kind : str
        ``"name"``, ``"id"``, ``"birthdate"``, ``"date"``, ``"operator"``, ``"institution"``,
        ``"place"``, ``"serial"``, ``"path"``, ``"contact"`` or ``"text"``.
    value : str
        The value as it stood there; dates as ISO 8601.
    where : str
        The field it stood in, for example ``"EDF header: patient"``.
    """

    kind: str
    value: str
    where: str

    def __repr__(self) -> str:
        hidden = f"<{len(self.value)} characters>"
        return f"Identifier(kind={self.kind!r}, value={hidden}, where={self.where!r})"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel.

    Attributes
    ----------
    name : str
        Label as recorded.
    kind : str
        BIDS channel type: ``"EEG"``, ``"EOG"``, ``"MEGMAG"``, ``"TRIG"``, ``"MISC"``.
    unit : str
        Unit of the stored samples after scaling, in BIDS spelling: ``"uV"``, ``"V"``, ``"T"``.
    sfreq_hz : float
        Sampling rate of this channel, in hertz.
    low_cutoff_hz, high_cutoff_hz : float or None
        Edges of the amplifier's filter, in hertz; None when unknown.
    position_m : tuple of float or None
        x, y, z in metres in the header's coordinate frame; None when unknown.
    """

    name: str
    kind: str
    unit: str
    sfreq_hz: float
    low_cutoff_hz: float | None = None
    high_cutoff_hz: float | None = None
    position_m: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something marked in time.

    Attributes
    ----------
    onset_s, duration_s : float
        Seconds from the first sample, and how long (0 for a moment).
    label : str
        The marker's words as recorded.
    value : int or None
        Its trigger code, if it has one.
    """

    onset_s: float
    duration_s: float
    label: str
    value: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """The clock that stamped a recording, where its header says which one that is.

    Attributes
    ----------
    key : str
        Equal for recordings that one clock stamped; nothing about it can be read from it.
    start_s : float
        What the clock showed at the time 0 of the recording, in seconds.
    evidence : str
        What in the header says so, as the end of a sentence.
    has_own_events : bool
        False if the events of all recordings on this clock come from one file: then they cannot
        test it.

    Examples
    --------
    >>> first = DeviceClock.named("run-7", 12.5, "both count the samples of one board")
    >>> later = DeviceClock.named("run-7", 40.0, "")
    >>> first.key == later.key, "run" in first.key
    (True, False)
    """

    key: str
    start_s: float
    evidence: str
    has_own_events: bool = True

    @classmethod
    def named(
        cls, name: str, start_s: float, evidence: str, *, has_own_events: bool = True
    ) -> DeviceClock:
        """Return the clock that a header names; the name itself may be somebody's."""
        key = content_id("clock", name, n_hex=32)
        return cls(key, start_s, evidence, has_own_events)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a header or table says about the person or animal; every field may be missing.

    Attributes
    ----------
    code : str
        The id as written.
    name : str
        The name as written.
    birth : date or None
        Day of birth.
    age_years : float or None
        Age as written, in years.
    sex : str
        ``"F"``, ``"M"``, ``"O"`` or empty.
    hand : str
        ``"L"``, ``"R"``, ``"A"`` or empty.
    species : str
        As written, or the binomial name once it is settled.
    """

    code: str = ""
    name: str = ""
    birth: date | None = None
    age_years: float | None = None
    sex: str = ""
    hand: str = ""
    species: str = ""

    def __repr__(self) -> str:
        known = [
            f
            for f in ("code", "name", "birth", "age_years", "sex", "hand", "species")
            if getattr(self, f)
        ]
        return f"Subject(known={known})"


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a recording says.

    Attributes
    ----------
    modality : Modality
        Kind of recording.
    sfreq_hz : float
        Highest sampling rate among the channels (or rate of the frames), in hertz; 0 for what has
        no time.
    n_times : int
        Number of samples of a channel (or of frames) at `sfreq_hz`.
    channels : tuple of Channel
        In file order; annotation signals are not channels.
    events : tuple of Event
        Markers in the file, by onset.
    measured_at : datetime or None
        Start of the recording, timezone-aware (UTC where the format does not say).
    subject : Subject
        What the header says about the participant.
    identifiers : tuple of Identifier
        Everything else in the header that points to a person, place, device or day.
    line_hz : float or None
        Power-line frequency, if the header states it.
    reference : str
        Reference electrode(s), if stated.
    manufacturer : str
        Maker of the amplifier as the format implies it.
    coordinate_frame : str
        BIDS coordinate system of the positions; empty when there are none.
    is_continuous : bool
        False if the file says that it has gaps.
    is_as_stated : bool
        False if the file holds fewer or more samples than it states; True where it states none.
    suffix : str
        The last word of the BIDS name, where it is not the modality's: ``"T1w"``, ``"bold"``.
    certainty : float
        How sure modality and suffix are, between 0 and 1.
    evidence : tuple of str
        Sentences: what in the file speaks for them.
    entities : tuple of (str, str)
        Further BIDS entities that the file tells of: ``(("dir", "AP"), ("echo", "1"))``.
    shape : tuple of int
        Size of the stored array along each axis, as its format orders them; empty if there is none.
    metadata : mapping of str to JSON values
        What else the file says of how it was acquired, by the names of BIDS metadata fields
        (``"RepetitionTime"``), in their units. Before the release it may hold anything.
    terms : tuple of Term
        Ontology terms of words that stand in the recording: its species, its region. Known only of
        a header that may leave.
    exposes : str
        What of a person can be recognised in the samples themselves: ``"head"``, ``"face"``,
        ``"voice"``, ``"text"`` (burnt in), or empty.
    head_shape : HeadShape or None
        Points that were digitised on the head; they leave as far as the owner lets them.
    clocks : tuple of DeviceClock
        What stamped it: one clock, or one for each device. Known only of a header as read; they
        do not leave.
    """

    modality: Modality
    sfreq_hz: float = 0.0
    n_times: int = 0
    channels: tuple[Channel, ...] = ()
    events: tuple[Event, ...] = ()
    measured_at: datetime | None = None
    subject: Subject = field(default_factory=Subject)
    identifiers: tuple[Identifier, ...] = ()
    line_hz: float | None = None
    reference: str = ""
    manufacturer: str = ""
    coordinate_frame: str = ""
    is_continuous: bool = True
    is_as_stated: bool = True
    suffix: str = ""
    certainty: float = 1.0
    evidence: tuple[str, ...] = ()
    entities: tuple[tuple[str, str], ...] = ()
    shape: tuple[int, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    exposes: str = ""
    head_shape: HeadShape | None = None
    clocks: tuple[DeviceClock, ...] = field(default=(), repr=False)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_times / self.sfreq_hz if self.sfreq_hz else 0.0

    def labels(self) -> Iterator[str]:
        """Yield the words that people gave: channel names, then event labels."""
        yield from (channel.name for channel in self.channels)
        yield from (event.label for event in self.events)


@dataclass(frozen=True, slots=True)
class Written:
    """A recording as it was written into a dataset.

    Attributes
    ----------
    format : str
        Format of the written file.
    files : tuple of PurePosixPath
        Relative to the folder that was given; the first is the one that a reader is given.
    copied : bool
        True if the stored samples are the very bytes of the source, False if they were decoded
        and written anew.
    metadata : mapping of str to JSON values
        What the writer learned on the way (slice times, say), as `Header.metadata`: not released
        yet.
    """

    format: str
    files: tuple[PurePosixPath, ...]
    copied: bool
    metadata: Mapping[str, Any] = field(default_factory=dict)
