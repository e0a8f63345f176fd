"""EDF, EDF+, BDF and BDF+: samples are copied, everything else is written anew."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fascicle.core import (
    Channel,
    Event,
    FileHead,
    Header,
    Identifier,
    Modality,
    Source,
    Subject,
    Written,
)

from ._channels import bids_unit, channel_kind, modality_kinds, require_channels
from ._edf_header import (
    BDF_VERSION,
    EDF_VERSION,
    TRANSDUCERS,
    EdfHeader,
    Signal,
    format_edf,
    parse_day,
    parse_edf,
    parse_prefilter,
    parse_start,
)
from ._edf_texts import Timeline, iterate_records, place_events, read_texts, text_slices
from ._files import BLOCK_BYTES, copy_span, file_size, open_source, written_paths
from ._triggers import find_triggers

_FILTER_WORDS = re.compile(
    # Longer words first, and nothing is tried twice: a header may be made to be slow.
    r"(HP|LP|BP|notch|none|no|N|DC|filtering|filter|n/a|[mk]?hz|sec|ms|s"
    r"|\d+(?:[.,]\d+)?e-?\d+|[\d.,:;/\s-])++",
    re.IGNORECASE,
)
"""A text that says nothing but filter edges."""

_RESERVED_WORDS = frozenset({"", "reserved", "mon", "bip", "tri", "n/a"})
_UNKNOWN = frozenset({
    "",
    "x",
    "x,x",
    "x_x",
    "no_name",
    "noname",
    "unknown",
    "anonymous",
    "anonymized",
    "n/a",
    "none",
})


class Edf:
    """European Data Format with 16-bit samples.

    A file without annotations is copied as one span; in EDF+ the annotation bytes of each record
    are replaced by the released events while the records are copied.
    """

    name = "edf"
    title = "European Data Format (EDF, EDF+)"
    modalities: tuple[Modality, ...] = (Modality.EEG, Modality.IEEG)
    isolated = False
    proven_on = "real"
    requires = ""
    suffix = ".edf"
    version = EDF_VERSION
    manufacturer = ""

    def recognises(self, head: FileHead) -> bool:
        """Tell by the version field and the numbers of the first 256 bytes."""
        start = head.head[:256]
        if len(start) < 256 or not start.startswith(self.version):
            return False
        return start[252:256].strip(b" \0").isdigit() and start[184:192].strip(b" \0").isdigit()

    def refuses(self, head: FileHead, root: Path) -> str:
        """Say so if the file holds annotations only, as a scored sleep file does."""
        n_signals = int(head.head[252:256].strip(b" \0"))
        labels = [head.head[256 + 16 * i : 272 + 16 * i].strip() for i in range(n_signals)]
        is_texts = all(label in {b"EDF Annotations", b"BDF Annotations"} for label in labels)
        return "Expected channels, got a file that holds annotations only." if is_texts else ""

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return nothing: a recording is one file."""
        return ()

    def read_header(self, root: Path, source: Source) -> Header:
        """Read header and annotations; the samples are passed over."""
        with open_source(root / source.primary) as stream:
            edf = parse_edf(stream, file_size(root / source.primary))
            timeline, events = read_texts(stream, edf) if edf.texts else (None, ())
        return self._header(edf, timeline, events)

    def _header(
        self, edf: EdfHeader, timeline: Timeline | None, events: tuple[Event, ...]
    ) -> Header:
        """Say in our nouns what the header says."""
        channels = tuple(_channel(signal, edf) for signal in edf.channels)
        start = parse_start(edf)
        if start and timeline:
            start += timedelta(seconds=min(timeline.onsets_s[0], 1e6))
        return Header(
            modality=Modality(modality_kinds({channel.kind for channel in channels})),
            sfreq_hz=edf.sfreq_hz,
            n_times=edf.n_records * edf.n_per_record,
            channels=channels,
            events=events,
            measured_at=start,
            subject=_subject(edf.patient),
            identifiers=tuple(dict.fromkeys(_identifiers(edf, self.suffix[1:].upper()))),
            manufacturer=self.manufacturer,
            is_continuous=not (edf.is_discontinuous and timeline is not None and timeline.has_gaps),
            is_as_stated=edf.is_as_stated,
        )

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write the header anew, copy the records, replace their annotations."""
        path = root / source.primary
        with open_source(path) as stream:
            edf = parse_edf(stream, file_size(path))
            require_channels(len(edf.channels), header)
            name = stem + self.suffix
            with (folder / name).open("wb") as target:
                target.write(format_edf(edf, header))
                if edf.texts:
                    _copy_records(stream, edf, header, target)
                else:
                    n_bytes = edf.n_records * edf.record_bytes
                    copy_span(stream, edf.header_bytes, n_bytes, target)
        return Written(self.name, written_paths(name), copied=True)

    def read_blocks(self, path: Path, block_s: float) -> Iterator[NDArray[np.float64]]:
        """Stream physical values; slower channels are held at the highest rate."""
        with open_source(path) as stream:
            edf = parse_edf(stream, file_size(path))
            for samples in _iterate_samples(stream, edf, block_s):
                yield _calibrate(samples, edf)

    def read_triggers(self, root: Path, source: Source) -> tuple[Event, ...]:
        """Read the trigger channel of a recording that has one."""
        with open_source(root / source.primary) as stream:
            edf = parse_edf(stream, file_size(root / source.primary))
            trigger = next((s for s in edf.channels if _channel(s, edf).kind == "TRIG"), None)
            if trigger is None:
                return ()
            blocks = (_digital(block, edf, [trigger])[0] for block in _byte_blocks(stream, edf))
            return tuple(find_triggers(blocks, trigger.n_samples / edf.record_s))


class Bdf(Edf):
    """BioSemi's 24-bit variant, with its status channel."""

    name = "bdf"
    title = "BioSemi Data Format (BDF, BDF+)"
    suffix = ".bdf"
    version = BDF_VERSION
    manufacturer = "BioSemi"


def _channel(signal: Signal, edf: EdfHeader) -> Channel:
    """Say in our nouns what a signal header says."""
    name = signal.label or f"channel {signal.offset}"
    return _described(name, signal.unit, signal.prefilter, signal.n_samples / edf.record_s)


@lru_cache(maxsize=4096)  # the recordings of a study have the same channels
def _described(name: str, unit_text: str, prefilter: str, sfreq_hz: float) -> Channel:
    """Return the channel that the texts of a signal header describe."""
    unit = bids_unit(unit_text)
    low_hz, high_hz = parse_prefilter(prefilter)
    kind = channel_kind(name, unit)
    return Channel(
        name=name,
        kind=kind,
        unit="n/a" if kind == "TRIG" else unit,
        sfreq_hz=sfreq_hz,
        low_cutoff_hz=low_hz,
        high_cutoff_hz=high_hz,
    )


def _subject(patient: str) -> Subject:
    """Read the patient field in the order of EDF+: code, sex, birth date, name."""
    pieces = patient.split(" ")
    is_plus = len(pieces) >= 4 and pieces[1] in {"F", "M", "X"}
    if not is_plus:
        return Subject()
    code, sex, birth, name = pieces[:4]
    return Subject(
        code="" if code.lower() in _UNKNOWN else code,
        name="" if name.lower() in _UNKNOWN else name.replace("_", " "),
        birth=parse_day(birth),
        sex=sex if sex in {"F", "M"} else "",
    )


def _identifiers(edf: EdfHeader, kind: str) -> Iterator[Identifier]:
    """Yield every text of the header that could point to a person, place, day or device."""
    start = parse_start(edf)
    if start:
        yield Identifier("date", start.date().isoformat(), f"{kind} header: start date")
    subject = _subject(edf.patient)
    yield from _patient_identifiers(edf.patient, subject, f"{kind} header: patient")
    yield from _recording_identifiers(edf.recording, f"{kind} header: recording")
    for text in {signal.transducer: None for signal in edf.channels}:
        if text and text not in TRANSDUCERS:
            yield Identifier("text", text, f"{kind} header: transducer")
    for text in {signal.prefilter: None for signal in edf.channels}:
        if text and not _FILTER_WORDS.fullmatch(text):
            yield Identifier("text", text, f"{kind} header: prefilter")
    for text in {signal.reserved: None for signal in edf.channels}:
        if text.lower() not in _RESERVED_WORDS:
            yield Identifier("text", text, f"{kind} header: reserved")
    rest = re.sub(r"^(EDF|BDF)\+[CD]|^24BIT", "", edf.reserved).strip()
    if rest:
        yield Identifier("text", rest, f"{kind} header: reserved")


def _patient_identifiers(patient: str, subject: Subject, where: str) -> Iterator[Identifier]:
    """Yield what the patient field says; all of it is a name where it keeps no order."""
    if subject == Subject() and not re.fullmatch(r"\S+ [FMX] \S+ \S+.*", patient):
        if patient.strip().lower() not in _UNKNOWN:
            yield Identifier("name", patient.strip(), where)
        return
    if subject.code:
        yield Identifier("id", subject.code, where)
    if subject.name:
        yield Identifier("name", subject.name, where)
    if subject.birth:
        yield Identifier("birthdate", subject.birth.isoformat(), where)
    for piece in patient.split(" ")[4:]:
        if piece.lower() not in _UNKNOWN:
            yield Identifier("text", piece, where)


def _recording_identifiers(recording: str, where: str) -> Iterator[Identifier]:
    """Yield what the recording field says: admission code, technician, equipment."""
    pieces = recording.split(" ")
    if pieces[0] != "Startdate":
        if recording.strip().lower() not in _UNKNOWN:
            yield Identifier("text", recording.strip(), where)
        return
    kinds = ("", "", "id", "operator", "serial")
    for i, piece in enumerate(pieces[2:], start=2):
        if piece.lower() not in _UNKNOWN:
            yield Identifier(kinds[i] if i < len(kinds) else "text", piece.replace("_", " "), where)


def _copy_records(stream: BinaryIO, edf: EdfHeader, header: Header, target: BinaryIO) -> None:
    """Copy the records with the released events in place of the old annotations."""
    timeline, _ = read_texts(stream, edf)
    # The header has whole seconds: the first record's stamp has the rest, and nothing else.
    begun = header.measured_at
    timeline = timeline.moved_to(begun.microsecond / 1e6 if begun else 0.0)
    pages = place_events(header.events, timeline, edf)
    slices = text_slices(edf)
    for first, block in iterate_records(stream, edf):
        records = np.frombuffer(block, np.uint8).reshape(-1, edf.record_bytes)
        fresh = np.frombuffer(b"".join(pages[first : first + len(records)]), np.uint8)
        fresh = fresh.reshape(len(records), -1)
        start = 0
        for where in slices:
            stop = start + where.stop - where.start
            records[:, where] = fresh[:, start:stop]
            start = stop
        target.write(block)


def _iterate_samples(
    stream: BinaryIO, edf: EdfHeader, block_s: float
) -> Iterator[list[NDArray[np.int32]]]:
    """Yield digital values of each channel, of about `block_s` seconds."""
    if edf.record_bytes > 8 * BLOCK_BYTES:
        yield from _iterate_within_records(stream, edf, block_s)
        return
    n_records = max(1, round(block_s / edf.record_s))
    for block in _byte_blocks(stream, edf, n_records * edf.record_bytes):
        yield _digital(block, edf, edf.channels)


def _byte_blocks(
    stream: BinaryIO, edf: EdfHeader, n_bytes: int = BLOCK_BYTES
) -> Iterator[memoryview]:
    """Yield the bytes of runs of records."""
    for _, block in iterate_records(stream, edf, n_bytes):
        yield block


def _digital(
    block: memoryview, edf: EdfHeader, signals: Sequence[Signal]
) -> list[NDArray[np.int32]]:
    """Return the stored values of some signals in a run of records."""
    width = edf.sample_bytes
    records = np.frombuffer(block, np.uint8).reshape(-1, edf.record_bytes)
    return [
        _integers(records[:, s.offset * width : (s.offset + s.n_samples) * width], width).ravel()
        for s in signals
    ]


def _integers(data: NDArray[np.uint8], width: int) -> NDArray[np.int32]:
    """Return little-endian integers of 2 or 3 bytes, for rows of bytes."""
    if width == 2:
        return np.ascontiguousarray(data).view("<i2").astype(np.int32)
    padded = np.zeros((len(data), data.shape[1] // 3, 4), np.uint8)
    padded[:, :, 1:] = data.reshape(len(data), -1, 3)
    # The three bytes stand highest: the shift back carries the sign.
    return padded.view("<i4")[:, :, 0] >> 8


def _iterate_within_records(
    stream: BinaryIO, edf: EdfHeader, block_s: float
) -> Iterator[list[NDArray[np.int32]]]:
    """Yield parts of records, for files that keep a whole recording in one."""
    n_fastest = edf.n_per_record
    n_parts = max(1, min(n_fastest, round(edf.record_s / block_s)))
    width = edf.sample_bytes
    for i in range(edf.n_records):
        start = edf.header_bytes + i * edf.record_bytes
        for part in range(n_parts):
            times = np.arange(n_fastest * part // n_parts, n_fastest * (part + 1) // n_parts)
            values = []
            for signal in edf.channels:
                # The sample that a slower channel holds at each time of the fastest.
                held = times * signal.n_samples // n_fastest
                stream.seek(start + (signal.offset + int(held[0])) * width)
                data = np.frombuffer(stream.read(int(held[-1] + 1 - held[0]) * width), np.uint8)
                values.append(_integers(data[np.newaxis], width).ravel()[held - held[0]])
            yield values


def _calibrate(samples: Sequence[NDArray[np.int32]], edf: EdfHeader) -> NDArray[np.float64]:
    """Return physical values of all channels, each held to the length of the fastest."""
    n_times = max(len(values) for values in samples)
    block = np.empty((len(samples), n_times))
    for row, values, signal in zip(block, samples, edf.channels, strict=True):
        gain, offset = signal.calibration()
        n_values = max(1, len(values))
        held = values if n_values == n_times else values[np.arange(n_times) * n_values // n_times]
        np.multiply(held, gain, out=row)
        row += offset
    return block
