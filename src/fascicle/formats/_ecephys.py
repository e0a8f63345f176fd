"""What all recordings of extracellular probes have in common: signals in counts, written as NWB.

A recording is opened into *signals*: channels that were sampled together, of one kind. What a
vendor stores as whole numbers stays whole numbers; the factor to volts goes beside them.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, Event, Header, Modality
from fascicle.errors import FormatError

from ._files import written_paths
from ._nwb_write import NwbDraft, write_nwb
from ._vendor import Opened, VendorFormat, foreign_reader, require_same_shape, require_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Source, Written

BLOCK_BYTES = 16 << 20
"""What one block of counts holds at most."""

RATES_HZ = (1e-3, 1e7)
"""No probe and no input beside it is slower or faster."""

MAX_CHANNELS = 1 << 16
"""More than any probe has: a header that states more is damaged."""

MAX_EDGES = 200_000
"""A digital line that rises more often is a clock: it stays a signal and makes no events."""

SCALED = "Voltage as it was recorded."
UNSCALED = "Counts as they were recorded; nothing tells how many volts a count is."

VOLTS_IN = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "nV": 1e-9}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a recording without a gap.

    Attributes
    ----------
    start_s : float
        Its first sample, in seconds from the start of the recording.
    n_times : int
        Its length in samples.
    """

    start_s: float
    n_times: int


@dataclass(frozen=True, slots=True)
class Sites:
    """Where the contacts of a probe are.

    Attributes
    ----------
    x_um, y_um : ndarray of float64, shape (n_channels,)
        In micrometres, on the probe's own plane.
    shanks : tuple of str
        The shank of each; one empty text for each contact of a probe with one shank.
    """

    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]
    shanks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """Channels that were sampled together, of one kind.

    Attributes
    ----------
    name : str
        A word of ours that parts it from the recording's other signals: ``"AP"``, ``"LF"``.
    channels : tuple of Channel
        With the unit that `gains` lead to.
    gains : ndarray of float64, shape (n_channels,)
        Unit of the channel for one count.
    offset : float
        In the unit of the channels, added after the gain.
    dtype : str
        How counts are stored: ``"<i2"``.
    stretches : tuple of Stretch
        In order of time.
    read : callable
        ``read(stretch, start, stop)`` gives counts, shape (n_times, n_channels).
    is_neural : bool
        False for what is recorded beside the brain: analog inputs, digital words.
    sites : Sites or None
        Geometry, where the file states it.
    lines : tuple of (int, tuple of int)
        Channels that are digital words, with the bits that are lines.
    device : str
        What the names of its lines begin with, so that they are not taken for those of another
        device: ``"probe 2 "``.
    """

    name: str
    channels: tuple[Channel, ...]
    gains: NDArray[np.float64]
    offset: float
    dtype: str
    stretches: tuple[Stretch, ...]
    read: Callable[[int, int, int], NDArray[Any]]
    is_neural: bool = True
    sites: Sites | None = None
    lines: tuple[tuple[int, tuple[int, ...]], ...] = ()
    device: str = ""

    @property
    def n_times(self) -> int:
        """Samples of all stretches."""
        return sum(stretch.n_times for stretch in self.stretches)

    def blocks(self, stretch: int) -> Iterator[NDArray[Any]]:
        """Yield the counts of a stretch in blocks, shape (n_block, n_channels)."""
        n_block = max(1, BLOCK_BYTES // (len(self.channels) * np.dtype(self.dtype).itemsize))
        for start in range(0, self.stretches[stretch].n_times, n_block):
            yield self.read(stretch, start, min(start + n_block, self.stretches[stretch].n_times))


@dataclass(frozen=True, slots=True)
class OpenedProbe:
    """A recording that was opened.

    Attributes
    ----------
    header : Header
        What it says; its channels are those of `signals`, in order.
    signals : tuple of Signal
        Those of the brain first.
    """

    header: Header
    signals: tuple[Signal, ...]


def open_signals(header: Header, signals: Sequence[Signal]) -> OpenedProbe:
    """Return an opened recording: signals in the order in which they are read back.

    `header` says everything but the channels, the rate and the length, which follow from them.
    """
    present = [signal for signal in signals if signal.channels]
    for signal in present:
        _require_plausible(signal)
    parted = [part for signal in present for part in _part_by_scale(signal)]
    # As the series of the file are read again: electrodes in their order, the others by name.
    parted.sort(key=lambda signal: (not signal.is_neural, "" if signal.is_neural else signal.name))
    named = tuple(_with_own_names(parted))
    channels = tuple(channel for signal in named for channel in signal.channels)
    fastest = max(named, key=lambda signal: signal.channels[0].sfreq_hz, default=None)
    is_whole = all(len(signal.stretches) == 1 for signal in named)
    return OpenedProbe(
        replace(
            header,
            channels=channels,
            sfreq_hz=fastest.channels[0].sfreq_hz if fastest else 0.0,
            n_times=fastest.n_times if fastest else 0,
            is_continuous=header.is_continuous and is_whole,
        ),
        named,
    )


def _require_plausible(signal: Signal) -> None:
    """Refuse rates and scales that no recording has: a damaged header states them."""
    rates = {channel.sfreq_hz for channel in signal.channels}
    low_hz, high_hz = RATES_HZ
    is_usual = len(rates) == 1 and low_hz <= rates.pop() <= high_hz
    if not is_usual or not np.all(np.isfinite(signal.gains)) or not np.isfinite(signal.offset):
        raise FormatError(
            "FSC203",
            f"Expected one sampling rate between {low_hz:g} and {high_hz:g} Hz and finite scales "
            "in the header, got others.",
            "Export the recording again; its header is damaged.",
        )


def _part_by_scale(signal: Signal) -> Iterator[Signal]:
    """Part channels that NWB cannot hold in one series: such of other units or other gains.

    The series of electrodes have a factor for every channel, other series have one for all.
    """
    gains = np.round(signal.gains, 15)
    keys = [
        (channel.unit, 0.0 if signal.is_neural else float(gain))
        for channel, gain in zip(signal.channels, gains, strict=True)
    ]
    for key in dict.fromkeys(keys):
        rows = [i for i, own in enumerate(keys) if own == key]
        if len(rows) == len(keys):
            yield signal
            return
        yield _take_channels(signal, rows)


def _take_channels(signal: Signal, rows: list[int]) -> Signal:
    """Return some channels of a signal."""
    index = np.array(rows)
    sites = signal.sites
    return replace(
        signal,
        channels=tuple(signal.channels[i] for i in rows),
        gains=signal.gains[index],
        read=lambda stretch, start, stop: signal.read(stretch, start, stop)[:, index],
        sites=sites
        and Sites(sites.x_um[index], sites.y_um[index], tuple(sites.shanks[i] for i in rows)),
        lines=tuple((rows.index(i), bits) for i, bits in signal.lines if i in rows),
    )


def _with_own_names(signals: Sequence[Signal]) -> Iterator[Signal]:
    """Yield signals with numbers where several have one name, and the channels that do."""
    seen: dict[str, int] = {}
    names: set[str] = set()
    for signal in signals:
        seen[signal.name] = seen.get(signal.name, 0) + 1
        n = seen[signal.name]
        channels = tuple(
            replace(channel, name=_own_name(channel.name, n, names), position_m=place)
            for channel, place in zip(signal.channels, _positions(signal), strict=True)
        )
        yield replace(
            signal, name=signal.name if n == 1 else f"{signal.name}{n}", channels=channels
        )


def _positions(signal: Signal) -> Iterator[tuple[float, float, float] | None]:
    """Yield the place of each contact on its probe, in metres."""
    if signal.sites is None:
        yield from (channel.position_m for channel in signal.channels)
        return
    for x_um, y_um in zip(signal.sites.x_um, signal.sites.y_um, strict=True):
        yield float(x_um) / 1e6, float(y_um) / 1e6, 0.0


def _own_name(name: str, n: int, taken: set[str]) -> str:
    """Return a name that no channel has, and take it: AP7 of the second probe is AP7-P2."""
    own = name
    while own in taken:
        own, n = f"{name}-P{n}", n + 1
    taken.add(own)
    return own


class ProbeFormat(VendorFormat):
    """Base of the formats of probes: a subclass recognises its files and opens them."""

    modalities: tuple[Modality, ...] = (Modality.ECEPHYS,)
    requires: str = "neurodata"

    @abstractmethod
    def open_probe(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedProbe:
        """Open a recording; what goes wrong may be raised in any words."""

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Open a recording as channels in their units, whatever NWB makes of them."""
        opened = self.open_probe(root, files)

        def read(start: int, stop: int) -> NDArray[np.float64]:
            return read_span(opened, start, stop)

        return Opened(opened.header, read)

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the header says."""
        with foreign_reader(self.title, self.requires):
            return require_samples(self.open_probe(root, source.files).header)

    def read_triggers(self, root: Path, source: Source) -> tuple[Event, ...]:
        """Return what the digital lines did, by onset."""
        with foreign_reader(self.title, self.requires):
            opened = self.open_probe(root, source.files)
            return tuple(
                event
                for signal in opened.signals
                for column, bits in signal.lines
                for event in find_pulses(signal, column, bits)
            )

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write the counts as NWB with nothing but what `header` says."""
        from fascicle.core import Written

        with foreign_reader(self.title, self.requires):
            opened = self.open_probe(root, source.files)
            require_same_shape(require_samples(opened.header), header)
            write_probe(opened, header, folder / f"{stem}.nwb")
        return Written("nwb", written_paths(f"{stem}.nwb"), copied=False)


def read_span(opened: OpenedProbe, start: int, stop: int) -> NDArray[np.float64]:
    """Return all channels between two samples of the fastest, slower ones held."""
    rate_hz = opened.header.sfreq_hz
    rows = []
    for signal in opened.signals:
        ratio = signal.channels[0].sfreq_hz / rate_hz
        # A rate that was rounded in a text must not move what falls on a whole sample.
        wanted = np.floor(np.arange(start, stop) * ratio + 1e-6).astype(np.int64)
        wanted = np.minimum(wanted, signal.n_times - 1)
        values = read_signal(signal, int(wanted[0]), int(wanted[-1]) + 1)
        rows.append(values[:, wanted - wanted[0]])
    return np.concatenate(rows)


def read_signal(
    signal: Signal, start: int, stop: int, columns: slice = slice(None)
) -> NDArray[np.float64]:
    """Return values of some channels between two samples, over the seams of stretches."""
    parts = []
    first = 0
    for i, stretch in enumerate(signal.stretches):
        low, high = max(start, first), min(stop, first + stretch.n_times)
        if low < high:
            parts.append(signal.read(i, low - first, high - first)[:, columns])
        first += stretch.n_times
    counts = np.concatenate(parts).T.astype(np.float64)
    values: NDArray[np.float64] = counts * signal.gains[columns, np.newaxis] + signal.offset
    return values


def find_pulses(signal: Signal, column: int, bits: Sequence[int]) -> Iterator[Event]:
    """Yield an event for each time that a line of a digital word was up.

    A line that is up at the beginning yields none for that: nothing tells when it rose.
    """
    rate_hz = signal.channels[column].sfreq_hz
    for bit in bits:
        # Words of 16 lines follow one another; a channel for each line is numbered by itself.
        number = column if tuple(bits) == (0,) else 16 * column + bit
        rises: list[float] = []
        falls: list[float] = []
        for i, stretch in enumerate(signal.stretches):
            before: int | None = None
            n_done = 0
            for block in signal.blocks(i):
                line = (block[:, column].astype(np.int64) >> bit) & 1
                steps = np.diff(line, prepend=line[0] if before is None else before)
                times = stretch.start_s + (n_done + np.flatnonzero(steps)) / rate_hz
                rises += times[steps[steps != 0] > 0].tolist()
                falls += times[steps[steps != 0] < 0].tolist()
                before, n_done = int(line[-1]), n_done + len(line)
                if len(rises) > MAX_EDGES:
                    break
        if len(rises) > MAX_EDGES:
            continue
        ends = np.array(falls)
        for rise in rises:
            later = int(np.searchsorted(ends, rise, side="right"))
            length = float(ends[later]) - rise if later < len(ends) else 0.0
            yield Event(rise, round(length, 9), f"{signal.device}TTL {number}", number + 1)


def write_probe(opened: OpenedProbe, header: Header, path: Path) -> None:
    """Write the signals of an opened recording with nothing but what `header` says."""
    write_nwb(path, header, lambda draft: _build(draft, opened))


def _build(draft: NwbDraft, opened: OpenedProbe) -> None:
    """Add electrodes, the series of every signal, and events."""
    first = 0
    electrodes: list[tuple[Signal, tuple[Channel, ...], list[int]]] = []
    others: list[tuple[Signal, tuple[Channel, ...]]] = []
    for signal in opened.signals:
        channels = draft.header.channels[first : first + len(signal.channels)]
        rows = list(range(first, first + len(channels)))
        if signal.is_neural:
            electrodes.append((signal, channels, rows))
        else:
            others.append((signal, channels))
        first += len(channels)
    _add_electrodes(draft, electrodes)
    for signal, channels, rows in electrodes:
        _add_electrical(draft, signal, channels, rows)
    for signal, channels in others:
        _add_other(draft, signal, channels)
    draft.add_events()


def _add_electrodes(
    draft: NwbDraft, parts: Sequence[tuple[Signal, tuple[Channel, ...], list[int]]]
) -> None:
    """Add devices, groups and the table of electrodes: one row for each channel."""
    if not parts:
        return
    file, header = draft.file, draft.header
    place = str(header.metadata.get("BrainRegion") or "unknown")
    file.add_electrode_column(name="channel_name", description="Name of the channel.")
    has_sites = any(signal.sites is not None for signal, _, _ in parts)
    model = file.create_device_model(
        name=str(header.metadata.get("ManufacturersModelName") or "Electrodes"),
        manufacturer=header.manufacturer or "unknown",
    )
    probes: dict[str, Any] = {}
    for number, (signal, channels, rows) in enumerate(parts):
        # The second signal of a kind is of the second probe; kinds come from the same contacts.
        found = re.search(r"\d+$", signal.name)
        name = f"probe{int(found[0]) if found else 1:02d}"
        if name not in probes:
            probes[name] = file.create_device(
                name=name, description="Extracellular electrodes.", model=model
            )
        device = probes[name]
        shanks = signal.sites.shanks if signal.sites else ("",) * len(channels)
        groups = {
            shank: file.create_electrode_group(
                name=f"Group{number}" + (f"Shank{position}" if len(set(shanks)) > 1 else ""),
                description="Electrodes of one shank." if shank else "Electrodes of one probe.",
                location=place,
                device=device,
            )
            for position, shank in enumerate(dict.fromkeys(shanks))
        }
        for i, channel in enumerate(channels):
            sites = signal.sites
            where = {
                "rel_x": float(sites.x_um[i]) if sites else float("nan"),
                "rel_y": float(sites.y_um[i]) if sites else float("nan"),
            }
            file.add_electrode(
                location=place, group=groups[shanks[i]], id=rows[i], channel_name=channel.name,
                **(where if has_sites else {}),
            )  # fmt: skip


def _add_electrical(
    draft: NwbDraft, signal: Signal, channels: tuple[Channel, ...], rows: list[int]
) -> None:
    """Add the series of a signal of electrodes, one for each stretch."""
    from pynwb.ecephys import ElectricalSeries

    unit = signal.channels[0].unit
    gains = signal.gains * VOLTS_IN.get(unit, 1.0)
    is_one = bool(np.all(gains == gains[0]))
    for i, name in enumerate(_series_names(f"ElectricalSeries{signal.name}", signal)):
        draft.file.add_acquisition(
            ElectricalSeries(
                name=name,
                description=SCALED if unit in VOLTS_IN else UNSCALED,
                data=_stream(draft, signal, i),
                electrodes=draft.file.create_electrode_table_region(
                    region=rows, description="Electrodes of the channels, in their order."
                ),
                rate=channels[0].sfreq_hz,
                starting_time=signal.stretches[i].start_s,
                conversion=float(gains[0]) if is_one else 1.0,
                channel_conversion=None if is_one else gains,
                offset=signal.offset * VOLTS_IN.get(unit, 1.0),
            )
        )


def _add_other(draft: NwbDraft, signal: Signal, channels: tuple[Channel, ...]) -> None:
    """Add the series of what was recorded beside the brain, one for each stretch."""
    import json

    from pynwb import TimeSeries

    factor = VOLTS_IN.get(signal.channels[0].unit)
    scale = 1.0 if factor is None else factor
    for i, name in enumerate(_series_names(f"TimeSeries{signal.name}", signal)):
        draft.file.add_acquisition(
            TimeSeries(
                name=name,
                description="Inputs that were recorded beside the electrodes.",
                comments=json.dumps([channel.name for channel in channels]),
                data=_stream(draft, signal, i),
                unit="n.a." if factor is None else "volts",
                rate=channels[0].sfreq_hz,
                starting_time=signal.stretches[i].start_s,
                conversion=float(signal.gains[0]) * scale,
                offset=signal.offset * scale,
            )
        )


def _series_names(name: str, signal: Signal) -> list[str]:
    """Return a name for each stretch."""
    n_parts = len(signal.stretches)
    return [name] if n_parts == 1 else [f"{name}Part{i + 1}" for i in range(n_parts)]


def _stream(draft: NwbDraft, signal: Signal, stretch: int) -> Any:  # noqa: ANN401 - hdmf
    shape = (signal.stretches[stretch].n_times, len(signal.channels))
    return draft.stream(shape, signal.dtype, lambda: signal.blocks(stretch))
