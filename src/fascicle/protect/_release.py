"""What leaves of a header and of a participant: built anew from a whitelist, never by erasing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from fascicle.core import (
    Channel,
    Event,
    Header,
    Identifier,
    Participant,
    PlannedParticipant,
    Subject,
)

from ._labels import NEUTRAL_LABEL, forbidden_words, is_telling, release_channel_names
from ._labels import release_labels as _release_labels
from ._metadata import release_metadata
from ._policies import Person, Policy, release_age, release_time
from ._words import is_technical, split_words, word_set

_MAX_VALUE = (1 << 16) - 1
"""Trigger codes have at most 16 bits; a larger number is no trigger, and may be somebody's."""

_UNIT = re.compile(
    r"(?:[fpnu\u00b5\u03bcmkMG]|da)?(?:V|T|T/m|m|A|S|Ohm|Ω|ohm|s|Hz|g|N|Pa|M|mol|W|K|rad|B|bit)(?:[²2]|/s[²2]?"
    r"|/√?Hz|\^2)?|%|n/a|°C|oC|degC|°|deg|rad|px|bpm|mmHg|cmH2O|L/min|a\.?u\.?|dB|Boolean|bool|V/m"
)
_KINDS = word_set(
    """
    ACCEL ADC AUDIO AUDIO CURRENT DAC DBS ECG ECOG EEG EMG EOG EXT EYEGAZE FITERR GOF GSR GYRO HEOG
    HLU LFP HPI MAGN MEGGRADAXIAL MEGGRADPLANAR MEGMAG MEGOTHER MEGREFGRADAXIAL
    MEGREFGRADPLANAR MEGREFMAG MISC NIRSCWAMPLITUDE NIRSCWFLUORESCENSEAMPLITUDE NIRSCWHBO
    NIRSCWHBR NIRSCWMUA NIRSCWOPTICALDENSITY NIRS OTHER PD PPG PUPIL REF RESP SEEG STIM SYSCLOCK
    TEMP TRIG VEOG
    """
)
_FRAMES = word_set(
    """
    CTF ElektaNeuromag 4DBti KitYokogawa ChietiItab Other CapTrak EEGLAB EEGLAB-HJ Captrak Pixels
    ACPC ScanRAS ICBM452AirSpace ICBM452Warp5Space IXI549Space fsaverage fsaverageSym fsLR
    MNIColin27 MNI152Lin MNI152NLin2009aSym MNI152NLin2009aAsym MNI152NLin2009bSym
    MNI152NLin2009bAsym MNI152NLin2009cSym MNI152NLin2009cAsym
    MNI152NLin6Sym MNI152NLin6ASym MNI305 NIHPD
    OASIS30AntsOASISAnts Talairach UNCInfant ParaRAS
    """
)
_MAKERS = (
    "4D Neuroimaging", "ANT Neuro", "Artinis", "Axona", "BioSemi", "Blackrock", "Brain Products",
    "BTi", "Cadwell", "Cerca", "Compumedics", "CTF", "Curry", "Deymed", "EGI", "Elekta", "Emotiv",
    "FieldLine", "g.tec", "Gowerlabs", "Grass", "Hitachi", "IMEC", "Intan", "InteraXon", "ISS",
    "KIT", "Kernel", "mBrainTrain", "MEGIN", "Micromed", "Mitsar", "Multi Channel Systems", "Muse",
    "Natus", "Neuralynx", "Neuroelectrics", "Neuromag", "Neuroscan", "Nicolet", "Nihon Kohden",
    "NIRx", "Open Ephys", "OpenBCI", "Persyst", "Plexon", "QuSpin", "Ricoh", "TechEn", "TMSi",
    "Wearable Sensing", "Yokogawa",
)  # fmt: skip
_REFERENCES = word_set(
    """
    average avg car common linked mastoid mastoids left right ear ears earlobe earlobes nose tip
    cms drl ref reference monopolar bipolar laplacian rest cz fz pz a1 a2 m1 m2 tp9 tp10 fcz cpz
    afz le vertex
    """
)
_GROUPS = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,15}|\d{1,2}")
_GROUP_COLUMNS = ("group", "diagnosis", "condition", "cohort", "gruppe", "arm")
_SCALES = word_set(
    """
    mmse moca bdi bdi_ii bdi2 hamd ham_d hdrs panss updrs stai stai_s stai_t psqi iq ehi kss sss
    education education_years years_of_education n_errors accuracy score
    """
)


@dataclass(frozen=True, slots=True)
class Removal:
    """Something that was left behind.

    Attributes
    ----------
    kind : str
        As `Identifier.kind`, or ``"label"`` for words of channels and events.
    where : str
        The field, never the value.
    count : int
        How many values.
    """

    kind: str
    where: str
    count: int


@dataclass(frozen=True, slots=True)
class ReleasedHeader:
    """A header that may leave, and what it lost.

    Attributes
    ----------
    header : Header
        Built from the whitelist alone.
    removed : tuple of Removal
        What was left behind, by kind and field.
    labels_kept : tuple of str
        Every distinct word of channels and events that stayed, sorted: for a person to read.
    labels_replaced : int
        How many events and channels were given a neutral name.
    """

    header: Header
    removed: tuple[Removal, ...]
    labels_kept: tuple[str, ...]
    labels_replaced: int


def release_header(
    header: Header,
    policy: Policy,
    person: Person,
    *,
    allow_labels: Collection[str] = frozenset(),
    shared_labels: Collection[str] = frozenset(),
    forbidden: Collection[str] = frozenset(),
) -> ReleasedHeader:
    """Build the header that may leave.

    Nothing is carried over but what the whitelist names: known channel names, kinds and units,
    rates, filters and positions; event times, trigger codes and permitted labels; the moment of
    recording as far as the policy lets it; the pseudonym and the sex.

    Parameters
    ----------
    header : Header
        As read.
    policy : Policy
        What may leave.
    person : Person
        Whose recording it is, from the vault.
    allow_labels : collection of str
        Channel names and event labels that a person has read and lets pass.
    shared_labels : collection of str
        Event labels that recordings of at least two people hold: they may leave if they repeat.
    forbidden : collection of str
        Words that point to people of the study (`forbidden_words`), beside those of this header.

    Returns
    -------
    ReleasedHeader
        The new header with what was removed and kept.

    Examples
    --------
    >>> from fascicle.core import Modality
    >>> from fascicle.protect import POLICIES
    >>> raw = Header(Modality.EEG, 250.0, 500, (Channel("Cz", "EEG", "uV", 250.0),),
    ...              subject=Subject(name="Meier Anna", sex="F"))
    >>> released = release_header(raw, POLICIES["safe-harbour"], Person("001"))
    >>> released.header.subject.code, [r.where for r in released.removed]
    ('001', ['header: name of the participant'])
    """
    forbidden = forbidden_words(_own_identifiers(header)).union(forbidden)
    names = release_channel_names(
        [channel.name for channel in header.channels], forbidden, allow=allow_labels
    )
    channels = tuple(
        _release_channel(channel, name)
        for channel, name in zip(header.channels, names, strict=True)
    )
    labels = _release_labels(
        (event.label for event in header.events),
        forbidden,
        allow_labels=allow_labels,
        shared=shared_labels,
    )
    events = tuple(_release_event(event, labels, forbidden) for event in header.events)
    released = Header(
        modality=header.modality,
        sfreq_hz=header.sfreq_hz,
        n_times=header.n_times,
        channels=channels,
        events=events,
        measured_at=release_time(header.measured_at, policy, person.shift_days),
        subject=Subject(
            code=person.label, sex=header.subject.sex if header.subject.sex in "FMO" else ""
        ),
        line_hz=header.line_hz if header.line_hz in {50.0, 60.0} else None,
        reference=release_reference(header.reference, names),
        manufacturer=_release_maker(header.manufacturer),
        coordinate_frame=header.coordinate_frame if header.coordinate_frame in _FRAMES else "",
        is_continuous=header.is_continuous,
        suffix=header.suffix,
        entities=tuple(pair for pair in header.entities if not is_telling(pair[1], forbidden)),
        shape=header.shape,
        metadata=release_metadata(header.metadata, forbidden, allow_labels)[0],
        exposes=header.exposes,
    )
    n_events = sum(labels[event.label] == NEUTRAL_LABEL != event.label for event in header.events)
    n_names = sum(c.name != name for c, name in zip(header.channels, names, strict=True))
    return ReleasedHeader(
        header=released,
        removed=_list_removed(header, released, n_names=n_names, n_events=n_events),
        labels_kept=tuple(sorted({*names, *(event.label for event in events)})),
        labels_replaced=n_names + n_events,
    )


def _own_identifiers(header: Header) -> tuple[Identifier, ...]:
    """Return the words of this header that point to somebody."""
    subject = header.subject
    own = [Identifier("id", subject.code, "header"), Identifier("name", subject.name, "header")]
    return (*(i for i in own if i.value), *header.identifiers)


def _release_channel(channel: Channel, name: str) -> Channel:
    """Build one channel that may leave."""
    return Channel(
        name=name,
        kind=channel.kind if channel.kind in _KINDS else "MISC",
        unit=channel.unit if _UNIT.fullmatch(channel.unit) else "n/a",
        sfreq_hz=channel.sfreq_hz,
        low_cutoff_hz=channel.low_cutoff_hz,
        high_cutoff_hz=channel.high_cutoff_hz,
        position_m=channel.position_m,
    )


def _release_event(event: Event, labels: dict[str, str], forbidden: Collection[str]) -> Event:
    """Build one event that may leave."""
    value = event.value
    if value is not None and not is_trigger(value, forbidden):
        value = None
    return Event(event.onset_s, event.duration_s, labels[event.label], value)


def is_trigger(value: float, forbidden: Collection[str] = ()) -> bool:
    """Tell whether a number of an event may leave: one that fits 16 bits and is nobody's.

    Examples
    --------
    >>> is_trigger(255), is_trigger(4471093), is_trigger(4471, {"4471"})
    (True, False, False)
    """
    return abs(value) <= _MAX_VALUE and f"{value:g}" not in forbidden


def release_reference(reference: str, channel_names: Collection[str] = ()) -> str:
    """Return the electrodes of a reference field; other words are dropped.

    Examples
    --------
    >>> release_reference("linked mastoids (Dr. Roth)"), release_reference("A1+A2")
    ('linked mastoids', 'A1, A2')
    """
    known = {word for name in channel_names for word in split_words(name)} | _REFERENCES
    words = [word for word in re.split(r"[\W_]+", reference) if word]
    kept = [word for word in words if "".join(split_words(word)) in known]
    is_phrase = all(word.islower() for word in kept)
    return (" " if is_phrase else ", ").join(kept)


def _release_maker(manufacturer: str) -> str:
    """Return the maker's name as our list spells it; empty if it is not on the list."""
    folded = " ".join(split_words(manufacturer))
    for maker in _MAKERS:
        spelled = " ".join(split_words(maker))
        if folded and re.search(rf"\b{re.escape(spelled)}\b", folded):
            return maker
    return ""


def _list_removed(
    header: Header, released: Header, *, n_names: int, n_events: int
) -> tuple[Removal, ...]:
    """Say what was left behind, by kind and field."""
    subject = header.subject
    lost: dict[tuple[str, str], int] = {}
    for kind, where, is_lost in (
        ("id", "header: code of the participant", bool(subject.code)),
        ("name", "header: name of the participant", bool(subject.name)),
        ("birthdate", "header: day of birth", subject.birth is not None),
        ("age", "header: age", subject.age_years is not None),
        ("hand", "header: handedness (kept in participants.tsv only)", bool(subject.hand)),
        ("date", "header: moment of recording", header.measured_at != released.measured_at),
        ("text", "header: reference", bool(header.reference) and not released.reference),
        ("text", "header: manufacturer", bool(header.manufacturer) and not released.manufacturer),
    ):
        if is_lost:
            lost[kind, where] = 1
    for identifier in header.identifiers:
        place = (identifier.kind, identifier.where)
        lost[place] = lost.get(place, 0) + 1
    n_units = sum(a.unit != b.unit for a, b in zip(header.channels, released.channels, strict=True))
    for where, count in (
        ("channel names", n_names),
        ("channel units", n_units),
        ("event labels", n_events),
    ):
        if count:
            lost["label", where] = count
    return tuple(Removal(kind, where, n) for (kind, where), n in sorted(lost.items()))


def pool_groups(people: Mapping[str, Participant]) -> dict[str, Participant]:
    """Return participants without the group of anybody who is alone in it.

    A diagnosis that one person has points to that person. What a lab calls everybody (patient,
    control) stays.

    Examples
    --------
    >>> one, other = Participant("001", "homo sapiens"), Participant("002", "homo sapiens")
    >>> people = {"001": replace(one, group="Progeria"), "002": replace(other, group="control")}
    >>> [person.group for person in pool_groups(people).values()]
    ['n/a', 'control']
    """
    counts = Counter(person.group for person in people.values())
    return {
        label: person
        if counts[person.group] > 1 or is_technical(person.group)
        else replace(person, group="n/a")
        for label, person in people.items()
    }


def release_participant(
    planned: PlannedParticipant,
    policy: Policy,
    person: Person,
    species: str = "homo sapiens",
) -> Participant:
    """Build the participant that may leave.

    Age, sex, hand and group leave as the policy says. Of further columns only numbers under a
    known scale's name leave (MMSE, BDI, ...).

    Parameters
    ----------
    planned : PlannedParticipant
        What tables and headers say.
    policy : Policy
        What may leave.
    person : Person
        Brings the pseudonym.
    species : str
        Binomial name.

    Returns
    -------
    Participant
        Under the pseudonym.

    Examples
    --------
    >>> from fascicle.protect import POLICIES
    >>> raw = PlannedParticipant("H1234", Subject(age_years=91.0, sex="F"),
    ...                          {"group": "patient", "zip": "8091", "MMSE": "27"})
    >>> p = release_participant(raw, POLICIES["safe-harbour"], Person("001"))
    >>> p.age, p.group, p.extra
    ('89', 'patient', {'MMSE': '27'})
    """
    subject = planned.subject
    forbidden = forbidden_words([
        *(Identifier("id", name, "plan") for name in (planned.raw_id, *planned.aliases)),
        Identifier("name", subject.name, "plan"),
    ])
    columns = {name: value.strip() for name, value in planned.columns.items()}
    groups = [
        value
        for name, value in columns.items()
        if name.strip().lower() in _GROUP_COLUMNS
        and _GROUPS.fullmatch(value)
        and not is_telling(value, forbidden)
    ]
    extra = {
        name: value
        for name, value in columns.items()
        if "_".join(split_words(name)) in _SCALES and re.fullmatch(r"\d{1,3}(\.\d{1,2})?", value)
    }
    return Participant(
        label=person.label,
        species=species,
        age=release_age(subject.age_years, policy),
        sex=subject.sex if subject.sex in {"F", "M", "O"} else "n/a",
        hand=subject.hand if subject.hand in {"L", "R", "A"} else "n/a",
        group=groups[0] if groups else "n/a",
        extra=dict(sorted(extra.items())),
    )
