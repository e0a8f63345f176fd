"""Open Ephys binary format: structure.oebin beside continuous.dat and events in NumPy files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, DeviceClock, Event, FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._channels import bids_unit
from ._ecephys import OpenedProbe, ProbeFormat, Signal, Sites, Stretch, open_signals
from ._gaps import MAX_STRETCHES, find_starts
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BESIDE = re.compile(r"(?:ADC|AUX|SYNC|DIN|.*[_-]SYNC)", re.IGNORECASE)
_SOFTWARE_TIME = re.compile(r"(?:Software Time|Start Time)[^:]*?1970[^:]*:\s*(\d{12,14})")
_TAGS = (
    ("date", "DATE", re.compile(r"<DATE>([^<]+)</DATE>")),
    ("place", "MACHINE", re.compile(r'<MACHINE[^>]*\bname="([^"]+)"')),
    ("serial", "probe", re.compile(r'\b(?:probe|bs|hs)_serial_number="(\w{5,})"')),
    ("path", "folder", re.compile(r'\b(?:path|writeDirectory|directory|file)="([^"]*[/\\][^"]+)"')),
    ("path", "recordPath", re.compile(r'\b(?:recordPath|prependText|appendText)="([^"]{3,})"')),
)
_EXPERIMENT = re.compile(r"experiment\d+/recording\d+")


class OpenEphys(ProbeFormat):
    """Open Ephys binary (structure.oebin)."""

    name = "openephys"
    title = "Open Ephys binary"
    proven_on = "real"
    manufacturer = "Open Ephys"
    companion_suffixes = (".oebin",)

    def recognises(self, head: FileHead) -> bool:
        """Look for the fields that every version begins with."""
        return (
            head.head.lstrip().startswith(b"{")
            and b'"GUI version"' in head.head
            and (b'"continuous"' in head.head or b'"events"' in head.head)
        )

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return everything below the folder, and the settings above it."""
        folder = head.path.parent
        below = sorted(
            PurePosixPath(path.relative_to(root).as_posix())
            for name in ("continuous", "events", "spikes")
            for path in (root / folder / name).rglob("*")
            if path.is_file()
        )
        beside = (folder / "sync_messages.txt", *_settings(folder))
        return (*below, *(path for path in beside if (root / path).is_file()))

    def open_probe(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedProbe:
        """Map the counts of every stream; they are read when asked for."""
        folder = root / files[0].parent
        about = json.loads((root / files[0]).read_text("utf-8"))
        settings = next((root / path for path in files if path.suffix.casefold() == ".xml"), None)
        listed = about.get("continuous", [])
        streams = [entry for entry in listed if (_data(folder, entry)).is_file()]
        if not streams:
            raise FormatError(
                "FSC205",
                f"Expected the samples of {len(listed)} streams below the folder, got none.",
                "Copy the whole folder of the recording, with its continuous folder.",
            )
        first_s = min(_first_s(folder, entry) for entry in streams)
        signals = [
            signal for entry in streams for signal in _signals(folder, entry, first_s, settings)
        ]
        started, notes = _read_notes(folder, settings)
        sizes = [_is_whole(folder, entry) for entry in streams]
        header = Header(
            modality=Modality.ECEPHYS,
            measured_at=started,
            identifiers=tuple(notes),
            manufacturer=self.manufacturer,
            events=tuple(sorted(_events(folder, about, first_s), key=lambda event: event.onset_s)),
            is_as_stated=len(streams) == len(listed) and all(sizes),
            clocks=_clocks(root, files[0], streams, first_s),
        )
        return open_signals(header, signals)


def _settings(folder: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield where the program's settings may stand: with the experiment's number, or without."""
    number = re.search(r"(\d+)$", folder.parent.name)
    names = ["settings.xml"]
    if number and number[1] != "1":
        names.insert(0, f"settings_{number[1]}.xml")
    for above in (folder, folder.parent, folder.parent.parent):
        yield from (above / name for name in names)


def _data(folder: Path, entry: Mapping[str, Any]) -> Path:
    return folder / "continuous" / str(entry["folder_name"]).strip("/") / "continuous.dat"


def _is_whole(folder: Path, entry: Mapping[str, Any]) -> bool:
    """Tell whether there is a number for every sample, and whether they can be believed."""
    path = _data(folder, entry)
    numbers = _numbers(path.parent)
    n_bytes = path.stat().st_size
    row = 2 * int(entry["num_channels"])
    n_times = n_bytes // row
    return n_bytes % row == 0 and (
        numbers is None
        or (len(numbers) == n_times and len(find_starts(numbers, n_times)) <= MAX_STRETCHES)
    )


def _numbers(folder: Path) -> NDArray[np.int64] | None:
    """Return the number of each sample since acquisition began; None where none is kept."""
    for name in ("sample_numbers.npy", "timestamps.npy"):
        if (folder / name).is_file():
            numbers: NDArray[Any] = np.load(folder / name, mmap_mode="r", allow_pickle=False)
            if numbers.ndim == 1 and numbers.dtype.kind in "iu" and len(numbers):
                return numbers
    return None


def _first_s(folder: Path, entry: Mapping[str, Any]) -> float:
    """Return when a stream began, in seconds since acquisition did."""
    place, rate_hz = _data(folder, entry).parent, float(entry["sample_rate"])
    numbers = _numbers(place)
    return 0.0 if numbers is None else float(numbers[0]) / rate_hz + _shift_s(place, rate_hz)


def _shift_s(place: Path, rate_hz: float) -> float:
    """Return what leads from a stream's own seconds to those that all streams have, if any do.

    Each stream counts the samples of its own device; the seconds beside the counts are those of
    the main stream where the program knows how the two clocks compare.
    https://open-ephys.github.io/gui-docs/User-Manual/Recording-data/Binary-format.html
    """
    numbers = _numbers(place)
    for name in ("timestamps.npy", "synchronized_timestamps.npy"):
        if numbers is not None and (place / name).is_file():
            times: NDArray[Any] = np.load(place / name, mmap_mode="r", allow_pickle=False)
            if times.dtype.kind == "f" and times.ndim == 1 and len(times) and times[0] >= 0:
                return float(times[0]) - float(numbers[0]) / rate_hz
    return 0.0


def _clocks(
    root: Path, path: PurePosixPath, streams: Sequence[Mapping[str, Any]], first_s: float
) -> tuple[DeviceClock, ...]:
    """Return the device whose samples are counted since acquisition began.

    Record nodes of one session count the samples of one device; every experiment starts anew.
    """
    place = (root / path).parent
    experiment = place.parent
    if not _EXPERIMENT.fullmatch(f"{experiment.name}/{place.name}"):
        return ()
    above = experiment.parent
    session = above.parent if above.name.startswith("Record Node") else above
    first = [entry for entry in streams if _first_s(place, entry) == first_s]
    if _numbers(_data(place, first[0]).parent) is None:
        return ()
    name = f"{session}/{experiment.name}/{str(first[0]['folder_name']).strip('/')}"
    evidence = "both count the samples of one device since acquisition began"
    return (DeviceClock.named(name, first_s, evidence, has_own_events=False),)


def _signals(
    folder: Path, entry: Mapping[str, Any], first_s: float, settings: Path | None
) -> Iterator[Signal]:
    """Yield the channels of the brain and those beside it, of one stream."""
    path, rate_hz = _data(folder, entry), float(entry["sample_rate"])
    listed = entry["channels"]
    n_channels = int(entry["num_channels"])
    n_times = path.stat().st_size // (2 * n_channels)
    data: NDArray[Any] = np.zeros((0, n_channels), "<i2")
    if n_times:
        data = np.memmap(path, "<i2", "r", shape=(n_times, n_channels))
    starts, stretches = _stretches(path.parent, n_times, rate_hz, first_s)
    names = [str(channel["channel_name"]) for channel in listed][:n_channels]
    is_lfp = "LFP" in str(entry["folder_name"]).upper() or all(n.startswith("LF") for n in names)
    neural = [i for i, name in enumerate(names) if not _BESIDE.fullmatch(name.rstrip("0123456789"))]
    beside = [i for i in range(len(names)) if i not in neural]
    sites = _sites(settings, entry, len(neural))
    for rows, is_neural in ((neural, True), (beside, False)):
        units = [bids_unit(_stated_unit(listed[i])) for i in rows]
        yield Signal(
            name=("LF" if is_lfp else "AP") if is_neural else "ADC",
            channels=tuple(
                Channel(
                    names[i],
                    ("LFP" if is_lfp else "EXT") if is_neural else "MISC",
                    unit if unit in {"V", "mV", "uV"} else "n/a",
                    rate_hz,
                )
                for i, unit in zip(rows, units, strict=True)
            ),
            gains=np.array([float(listed[i].get("bit_volts") or 1.0) for i in rows]),
            offset=0.0,
            dtype="<i2",
            stretches=stretches,
            read=_reader(data, starts, rows),
            is_neural=is_neural,
            sites=sites if is_neural else None,
        )


def _stated_unit(channel: Mapping[str, Any]) -> str:
    """Return the unit of a channel; older versions write none, and mean volts of inputs.

    https://open-ephys.github.io/gui-docs/User-Manual/Recording-data/Binary-format.html#continuous
    """
    is_input = "ADC" in str(channel["channel_name"]).upper()
    return str(channel.get("units") or ("V" if is_input else "uV"))


def _reader(
    data: NDArray[Any], starts: Sequence[int], rows: list[int]
) -> Callable[[int, int, int], NDArray[Any]]:
    """Return a function that reads some channels of a stretch."""
    is_span = rows == list(range(len(rows)))
    index: Any = slice(0, len(rows)) if is_span else np.array(rows, np.intp)
    return lambda k, start, stop: data[starts[k] + start : starts[k] + stop, index]


def _stretches(
    folder: Path, n_times: int, rate_hz: float, first_s: float
) -> tuple[list[int], tuple[Stretch, ...]]:
    """Part the samples where their numbers jump; return where each part begins, and the parts."""
    numbers = _numbers(folder)
    if numbers is None:
        return [0], (Stretch(0.0, n_times),)
    starts = find_starts(numbers, min(n_times, len(numbers)))
    starts = starts if len(starts) <= MAX_STRETCHES else [0]
    lengths = np.diff([*starts, n_times])
    shift_s = _shift_s(folder, rate_hz)
    return starts, tuple(
        Stretch(float(numbers[start]) / rate_hz + shift_s - first_s, int(length))
        for start, length in zip(starts, lengths, strict=True)
    )


def _sites(settings: Path | None, entry: Mapping[str, Any], n_channels: int) -> Sites | None:
    """Return where the contacts are, if the settings hold a probe's geometry for this stream."""
    if settings is None:
        return None
    with suppress(Exception):  # an unknown probe has no geometry, and is none the worse for it
        import probeinterface

        stream = str(entry["folder_name"]).strip("/").rpartition(".")[2]
        probe = probeinterface.read_openephys_neuropixels(settings, stream_name=stream)
        places = probe.contact_positions
        shanks = probe.shank_ids
        labels = [""] * len(places) if shanks is None else [str(s) for s in shanks]
        if len(places) == n_channels:
            return Sites(places[:, 0].astype(float), places[:, 1].astype(float), tuple(labels))
    return None


def _events(folder: Path, about: Mapping[str, Any], first_s: float) -> Iterator[Event]:
    """Yield the pulses of digital lines, and messages."""
    places = [
        (folder / "events" / str(entry["folder_name"]).strip("/"), entry)
        for entry in about.get("events", [])
    ]
    with_lines = [place for place, _ in places if _states(place) is not None]
    for place, entry in places:
        numbers = _numbers(place)
        rate_hz = float(entry.get("sample_rate") or 0)
        if numbers is None or not rate_hz:
            continue
        # The pulses of a line lie on the samples of its stream, whatever drifts.
        stream = folder / "continuous" / place.parent.name
        shift_s = _shift_s(stream if stream.is_dir() else place, rate_hz)
        times = numbers / rate_hz + shift_s - first_s
        states = _states(place)
        if states is not None:
            # Lines of several streams have the same numbers, and are not the same lines.
            number = with_lines.index(place) + 1
            yield from _pulses(times, states, f"device {number} " if len(with_lines) > 1 else "")
        if (place / "text.npy").is_file():
            texts = np.load(place / "text.npy", allow_pickle=False)
            for time_s, text in zip(times, texts, strict=False):
                label = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
                yield Event(float(time_s), 0.0, label.strip("\0 ") or "n/a")


def _states(place: Path) -> NDArray[Any] | None:
    """Return which line rose or fell at each event; None where there are no lines."""
    paths = [place / name for name in ("states.npy", "channel_states.npy")]
    found = next((path for path in paths if path.is_file()), None)
    return None if found is None else np.load(found, allow_pickle=False)


def _pulses(times: NDArray[Any], states: NDArray[Any], device: str) -> Iterator[Event]:
    """Yield an event for each time that a line was up: +2 raises the second line, -2 lowers it."""
    falls = {int(line): times[: len(states)][states == -line] for line in set(abs(states).tolist())}
    for time_s, state in zip(times, states, strict=False):
        if state > 0:
            later = int(np.searchsorted(falls[int(state)], time_s, side="right"))
            ends = falls[int(state)]
            length = float(ends[later] - time_s) if later < len(ends) else 0.0
            yield Event(float(time_s), round(length, 9), f"{device}TTL {state}", int(state))


def _read_notes(folder: Path, settings: Path | None) -> tuple[datetime | None, list[Identifier]]:
    """Return when the recording began, and what its notes say of people, places and days."""
    notes: list[Identifier] = []
    started = None
    messages = folder / "sync_messages.txt"
    if messages.is_file():
        found = _SOFTWARE_TIME.search(messages.read_text("utf-8", errors="replace"))
        if found:
            started = datetime.fromtimestamp(int(found[1]) / 1000, UTC)
            notes += find_identifiers(
                "Open Ephys messages", [("date", "software time", started.isoformat())]
            )
    if settings is not None:
        text = settings.read_text("utf-8", errors="replace")
        for kind, name, pattern in _TAGS:
            values = sorted(set(pattern.findall(text)))
            notes += find_identifiers("Open Ephys settings", ((kind, name, v) for v in values))
        found = _TAGS[0][2].search(text)
        with suppress(ValueError):
            if found and started is None:
                started = datetime.strptime(found[1].strip(), "%d %b %Y %H:%M:%S").replace(
                    tzinfo=UTC
                )
    return started, notes
