"""Neuroscan continuous files (.cnt), read by the published layout.

The layout is that of Neuroscan's ``sethead.h`` (SETUP of 900 bytes, ELECTLOC of 75 bytes for each
channel, samples, event table). Files exist whose ``ChannelOffset`` claims blocks of samples by
channel while the samples stand interleaved, and whose count of samples is wrong; readers that
believe these fields give mixed-up channels without a word. So the count comes from the place of the
event table, and the order of samples is the one under which the signals are smoother.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality, Subject
from fascicle.errors import FormatError

from ._brainvision import StoredSamples
from ._channels import channel_kind, unique_labels
from ._vendor import Opened, VendorFormat, find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SETUP_BYTES = 900
_ELECTRODE_BYTES = 75
_MAX_CHANNELS = 1024
_TEXTS = (
    ("id", "id", 21, 20),
    ("operator", "operator", 41, 20),
    ("name", "doctor", 61, 20),
    ("name", "referral", 81, 20),
    ("institution", "hospital", 101, 20),
    ("name", "patient", 121, 20),
    ("text", "medication", 145, 20),
    ("text", "category", 165, 20),
    ("text", "state", 185, 20),
    ("text", "label", 205, 20),
    ("date", "date", 225, 10),
)
"""Kind, name, offset and length of each text in SETUP."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the samples stand: ``block`` samples of one channel follow one another."""

    n_channels: int
    n_times: int
    dtype: str
    block: int

    @property
    def start(self) -> int:
        return _SETUP_BYTES + _ELECTRODE_BYTES * self.n_channels

    @property
    def frame_bytes(self) -> int:
        """Size of one sample of all channels."""
        return self.n_channels * np.dtype(self.dtype).itemsize


class Neuroscan(VendorFormat):
    """Neuroscan continuous EEG (.cnt)."""

    name = "cnt"
    title = "Neuroscan CNT"
    proven_on = "real"
    manufacturer = "Neuroscan"

    def recognises(self, head: FileHead) -> bool:
        """Look for the revision that a SETUP structure begins with, and a possible set-up."""
        if not head.head.startswith(b"Version 3.") or len(head.head) < _SETUP_BYTES:
            return False
        n_channels, rate_hz = _u16(head.head, 370), _u16(head.head, 376)
        return 0 < n_channels <= _MAX_CHANNELS and rate_hz > 0

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Read SETUP, ELECTLOC and the event table; samples are mapped, not loaded."""
        path = root / files[0]
        with path.open("rb") as stream:
            setup = stream.read(_SETUP_BYTES)
            electrodes = stream.read(_ELECTRODE_BYTES * _u16(setup, 370))
        n_bytes = path.stat().st_size
        layout = _find_layout(setup, path, n_bytes)
        sfreq_hz = float(_u16(setup, 376))
        channels, scale_uv, baseline = _read_electrodes(electrodes, sfreq_hz, setup)
        table = min(_i32(setup, 886), n_bytes) if _i32(setup, 886) > 0 else n_bytes
        header = Header(
            modality=Modality.EEG,
            sfreq_hz=sfreq_hz,
            n_times=layout.n_times,
            channels=channels,
            events=_read_events(path, table, layout, sfreq_hz),
            measured_at=_measured_at(setup),
            subject=_subject(setup),
            identifiers=tuple(_identifiers(setup)),
            manufacturer=self.manufacturer,
        )

        def read(start: int, stop: int) -> NDArray[np.float64]:
            counts = _read_counts(path, layout, start, stop)
            return (counts - baseline) * scale_uv

        return Opened(header, read, stored=_stored(path, layout, scale_uv, baseline))


def _stored(
    path: Path, layout: _Layout, scale_uv: NDArray[np.float64], baseline: NDArray[np.float64]
) -> StoredSamples | None:
    """Return the samples in place, if they are interleaved and count from zero."""
    if layout.block != 1 or baseline.any():
        return None
    sample_type = "INT_32" if layout.dtype == "<i4" else "INT_16"
    return StoredSamples(path, sample_type, layout.start, tuple(scale_uv.ravel().tolist()))


def _u16(data: bytes, offset: int) -> int:
    return int(struct.unpack_from("<H", data, offset)[0])


def _i32(data: bytes, offset: int) -> int:
    return int(struct.unpack_from("<i", data, offset)[0])


def _text(data: bytes, offset: int, length: int) -> str:
    return data[offset : offset + length].partition(b"\0")[0].decode("latin-1").strip()


def _find_layout(setup: bytes, path: Path, n_bytes: int) -> _Layout:
    """Find type, count and order of the samples."""
    n_channels = _u16(setup, 370)
    start = _SETUP_BYTES + _ELECTRODE_BYTES * n_channels
    table = _i32(setup, 886)
    stop = table if start < table <= n_bytes else n_bytes
    per_channel = (stop - start) // max(1, n_channels)
    if per_channel < 2:
        raise FormatError(
            "FSC232",
            f"Expected samples of {n_channels} channels after the header, got none.",
            "The file is cut off: copy it again from the amplifier's computer.",
        )
    n_stated = _i32(setup, 864)
    is_long = (n_stated > 0 and per_channel == 4 * n_stated) or _says_32_bits(setup, path, n_bytes)
    dtype = "<i4" if is_long else "<i2"
    width = 4 if is_long else 2
    plain = _Layout(n_channels, per_channel // width, dtype, 1)
    block = _i32(setup, 894) // width
    if block <= 1 or n_channels == 1:
        return plain
    blocked = _Layout(n_channels, plain.n_times // block * block, dtype, block)
    if blocked.n_times < 2 * block:
        return plain
    n_try = min(blocked.n_times, 64 * block)
    return min(blocked, plain, key=lambda layout: _roughness(path, layout, n_try))


def _says_32_bits(setup: bytes, path: Path, n_bytes: int) -> bool:
    """Look 52 bytes behind the place called NextFile, where 32-bit recordings keep a 1."""
    place = _i32(setup, 12) + 52
    if not 52 < place < n_bytes:
        return False
    with path.open("rb") as stream:
        stream.seek(place)
        return stream.read(1) == b"\x01"


def _roughness(path: Path, layout: _Layout, n_times: int) -> float:
    """Return the power of steps from sample to sample, over all channels."""
    counts = _read_counts(path, layout, 0, n_times)
    return float(np.square(np.diff(counts, axis=1)).sum())


def _read_counts(path: Path, layout: _Layout, start: int, stop: int) -> NDArray[np.float64]:
    """Read samples `start` to `stop` as they stand, shape (n_channels, stop - start)."""
    first = start // layout.block
    last = -(-stop // layout.block)
    n_values = (last - first) * layout.block * layout.n_channels
    offset = layout.start + first * layout.block * layout.frame_bytes
    values = np.fromfile(path, dtype=layout.dtype, count=n_values, offset=offset)
    shaped = values.reshape(last - first, layout.n_channels, layout.block)
    # (n_channels, n_blocks, block) -> (n_channels, time)
    counts = shaped.transpose(1, 0, 2).reshape(layout.n_channels, -1)
    skip = start - first * layout.block
    return counts[:, skip : skip + stop - start].astype(np.float64)


def _read_electrodes(
    data: bytes, sfreq_hz: float, setup: bytes
) -> tuple[tuple[Channel, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Return channels, microvolts for a count and baseline, the latter two as columns."""
    # DC-coupled high-pass and low-pass switches, then the edges themselves.
    low = struct.unpack_from("<f", setup, 869)[0] if setup[439] else 0.0
    high = struct.unpack_from("<f", setup, 875)[0] if setup[438] else 0.0
    places = range(0, len(data), _ELECTRODE_BYTES)
    stated = [_text(data, place, 10) or f"E{i + 1}" for i, place in enumerate(places)]
    channels, scales, baselines = [], [], []
    for offset, label in zip(places, unique_labels(stated, 256), strict=True):
        baselines.append(struct.unpack_from("<h", data, offset + 47)[0])
        sensitivity = struct.unpack_from("<f", data, offset + 59)[0]
        calibration = struct.unpack_from("<f", data, offset + 71)[0]
        scales.append(sensitivity * calibration / 204.8)
        channels.append(
            Channel(
                name=label,
                kind=channel_kind(label),
                unit="uV",
                sfreq_hz=sfreq_hz,
                low_cutoff_hz=float(low) if low > 0 else None,
                high_cutoff_hz=float(high) if 0 < high <= sfreq_hz else None,
            )
        )
    column = (len(channels), 1)
    return tuple(channels), np.reshape(scales, column), np.reshape(baselines, column)


def _read_events(path: Path, table: int, layout: _Layout, sfreq_hz: float) -> tuple[Event, ...]:
    """Read the event table: nine bytes that say type and size, then one record for each event."""
    with path.open("rb") as stream:
        stream.seek(table)
        data = stream.read(9)
        if len(data) < 9:
            return ()
        kind, size, offset = struct.unpack("<bii", data)
        if kind not in {1, 2, 3} or size <= 0:
            return ()
        stream.seek(table + 9 + max(0, offset))
        records = stream.read(size)
    width = 8 if kind == 1 else 19
    events = []
    for place in range(0, len(records) - width + 1, width):
        stimulus, keyboard, keypad = struct.unpack_from("<HBB", records, place)
        position = _i32(records, place + 4)
        sample = position if kind == 3 else (position - layout.start) // layout.frame_bytes
        if 0 <= sample < layout.n_times:
            label = _event_label(stimulus, keyboard, keypad)
            value = stimulus if label.isdigit() else None
            events.append(Event(sample / sfreq_hz, 0.0, label, value))
    return tuple(sorted(events, key=lambda event: event.onset_s))


def _event_label(stimulus: int, keyboard: int, keypad: int) -> str:
    """Name an event after what made it: a key of the pad, of the keyboard, or a trigger."""
    if stimulus == 0 and keypad & 0x0F:
        return f"keypad {keypad & 0x0F}"
    if stimulus == 0 and keyboard:
        return f"keyboard {keyboard}"
    return str(stimulus)


def _measured_at(setup: bytes) -> datetime | None:
    """Return date and time (month first, as the program writes it)."""
    words = f"{_text(setup, 225, 10)} {_text(setup, 235, 12)}"
    for pattern in ("%m/%d/%y %H:%M:%S", "%d/%m/%y %H:%M:%S"):
        try:
            return datetime.strptime(words, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _subject(setup: bytes) -> Subject:
    age = _u16(setup, 141)
    sex, hand = chr(setup[143]).upper(), chr(setup[144]).upper()
    return Subject(
        code=_known(setup, 21),
        name=_known(setup, 121),
        age_years=float(age) if 0 < age < 120 else None,
        sex=sex if sex in {"F", "M"} else "",
        hand={"R": "R", "L": "L", "M": "A"}.get(hand, ""),
    )


def _known(setup: bytes, offset: int) -> str:
    text = _text(setup, offset, 20)
    return "" if text.casefold() == "unspecified" else text


def _identifiers(setup: bytes) -> list[Identifier]:
    fields = ((kind, name, _text(setup, offset, n)) for kind, name, offset, n in _TEXTS)
    return find_identifiers("CNT header", fields)
