"""Vendors whose probes Neo reads: counts as they were stored, by Neo's raw readers."""

from __future__ import annotations

import gc
import math
import re
import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality, Source, Written

from ._channels import bids_unit
from ._ecephys import VOLTS_IN, OpenedProbe, ProbeFormat, Signal, Stretch, open_signals
from ._vendor import find_identifiers, same_stem

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BESIDE = re.compile(
    r"(?:.*[-_ ])?(?:ADC|AUX(?:ILIARY)?|AI|AIF|AIN|ANALOG|VDD|SUPPLY|TEMP(?:ERATURE)?|DIGITAL|DIN"
    r"|DOUT|DIO|SYNC|AINP|STIM)"
    r"(?:[-_ ].*|\d.*)?",
    re.IGNORECASE,
)
_DIGITAL = re.compile(r".*(?:DIGITAL|DIN|DOUT).*", re.IGNORECASE)
_LFP_HZ = 5000.0
"""Signals of electrodes that are slower show field potentials, not spikes."""


class NeoFormat(ProbeFormat):
    """Base of the formats that Neo reads: a subclass recognises its files and makes the reader."""

    isolated = True  # some readers print, and leave their files open
    blank_unit = ""
    """What the counts lead to where Neo names no unit."""

    @abstractmethod
    def make_reader(self, path: Path) -> Any:  # noqa: ANN401 - a neo.rawio.BaseRawIO
        """Return Neo's reader of a recording, before it has read anything."""

    def started(self, reader: Any) -> datetime | None:  # noqa: ANN401
        """Return when the recording began, where the format says it."""
        block = reader.raw_annotations["blocks"][0]
        told = block.get("rec_datetime") or block["segments"][0].get("rec_datetime")
        return told.replace(tzinfo=told.tzinfo or UTC) if isinstance(told, datetime) else None

    def notes(self, path: Path, reader: Any) -> Iterable[tuple[str, str, object]]:  # noqa: ANN401
        """Return kind, field and value of what points to people, places, devices and days."""
        return ()

    def find_pauses(self, reader: Any) -> Iterable[tuple[float, float]]:  # noqa: ANN401
        """Return where recording went on after pauses that Neo passes over.

        In seconds from the beginning: of what is stored, and of the time that went by.
        """
        return ()

    def read_counts(self, reader: Any, piece: tuple[int, int], stream: int, span: slice) -> Any:  # noqa: ANN401
        """Return the counts of all channels of a stream, shape (n_times, n_channels)."""
        return reader.get_analogsignal_chunk(
            *piece, i_start=span.start, i_stop=span.stop, stream_index=stream, channel_indexes=None
        )

    def open_probe(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedProbe:
        """Let Neo read the headers; counts are read when asked for."""
        path = root / files[0]
        reader = self.make_reader(path)
        reader.parse_header()
        pieces = [
            (block, segment)
            for block, n_segments in enumerate(reader.header["nb_segment"])
            for segment in range(n_segments)
        ]
        starts = _starts(reader, pieces)
        first_s = min(starts.values(), default=0.0)
        signals = [
            signal
            for index in range(len(reader.header["signal_streams"]))
            for signal in _signals(self, reader, index, pieces, first_s)
        ]
        header = Header(
            modality=Modality.ECEPHYS,
            measured_at=self.started(reader),
            identifiers=tuple(self._identifiers(path, reader)),
            manufacturer=self.manufacturer,
            events=tuple(sorted(_events(reader, pieces, first_s), key=lambda event: event.onset_s)),
        )
        return open_signals(header, signals)

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the header says."""
        try:
            return super().read_header(root, source)
        finally:
            _close_files()

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write the counts as NWB with nothing but what `header` says."""
        try:
            return super().write(root, source, header, folder, stem)
        finally:
            _close_files()

    def _identifiers(self, path: Path, reader: Any) -> Iterator[Identifier]:  # noqa: ANN401
        """Yield what points to somebody, the day among it."""
        yield from find_identifiers(f"{self.title} header", self.notes(path, reader))
        started = self.started(reader)
        if started is not None:
            yield from find_identifiers(
                f"{self.title} header", [("date", "start", started.isoformat())]
            )


def _close_files() -> None:
    """Let go of the files that readers left open: they hang in circles of references."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _starts(reader: Any, pieces: Sequence[tuple[int, int]]) -> dict[tuple[int, int, int], float]:  # noqa: ANN401
    """Return when each piece of each stream begins, in seconds."""
    return {
        (block, segment, stream): float(reader.get_signal_t_start(block, segment, stream))
        for block, segment in pieces
        for stream in range(len(reader.header["signal_streams"]))
    }


def _signals(
    plugin: NeoFormat,
    reader: Any,  # noqa: ANN401 - a neo.rawio.BaseRawIO
    stream: int,
    pieces: Sequence[tuple[int, int]],
    first_s: float,
) -> Iterator[Signal]:
    """Yield the electrodes of a stream and what is beside them, parted by their offset."""
    header = reader.header
    title = str(header["signal_streams"][stream]["name"])
    own = header["signal_channels"][
        header["signal_channels"]["stream_id"] == header["signal_streams"][stream]["id"]
    ]
    rate_hz = float(own["sampling_rate"][0])
    told = [str(unit) or plugin.blank_unit for unit in own["units"]]
    parts = list(_part(plugin, reader, stream, pieces, first_s))
    groups: dict[tuple[bool, float], list[int]] = {}
    for i, row in enumerate(own):
        is_neural = _is_neural(title, str(row["name"]), told[i])
        groups.setdefault((is_neural, float(row["offset"])), []).append(i)
    for (is_neural, offset), rows in groups.items():
        units = [_unit(told[i], is_neural) for i in rows]
        factors = np.array([_factor(told[i], u) for i, u in zip(rows, units, strict=True)])
        is_lfp = is_neural and rate_hz < _LFP_HZ
        is_word = not is_neural and _DIGITAL.fullmatch(title) is not None
        kind = ("LFP" if is_lfp else "EXT") if is_neural else ("TRIG" if is_word else "MISC")
        yield Signal(
            name=("LF" if is_lfp else "AP") if is_neural else ("DIGITAL" if is_word else "ADC"),
            channels=tuple(
                Channel(str(own["name"][i]).strip() or f"CH{i}", kind, unit, rate_hz)
                for i, unit in zip(rows, units, strict=True)
            ),
            gains=own["gain"][rows].astype(np.float64) * factors,
            offset=offset * float(factors[0]),
            dtype=np.dtype(str(own["dtype"][0])).newbyteorder("<").str,
            stretches=tuple(stretch for _, _, stretch in parts),
            read=_reader(plugin, reader, stream, parts, rows),
            is_neural=is_neural,
            lines=tuple((i, (0,)) for i in range(len(rows))) if is_word else (),
        )


def _part(
    plugin: NeoFormat,
    reader: Any,  # noqa: ANN401 - a neo.rawio.BaseRawIO
    stream: int,
    pieces: Sequence[tuple[int, int]],
    first_s: float,
) -> Iterator[tuple[tuple[int, int], int, Stretch]]:
    """Yield Neo's pieces of a stream that hold samples, parted at their pauses.

    Each is a piece, its first sample in there, and when and how long it is.
    """
    id_ = reader.header["signal_streams"][stream]["id"]
    channels = reader.header["signal_channels"]
    rate_hz = float(channels["sampling_rate"][channels["stream_id"] == id_][0])
    for piece in pieces:
        n_times = int(reader.get_signal_size(*piece, stream))
        start_s = float(reader.get_signal_t_start(*piece, stream)) - first_s
        starts = [(0, 0.0)] if n_times else []
        for stored_s, gone_s in plugin.find_pauses(reader):
            # A rate that was rounded must not move what falls on a whole sample.
            starts.append((math.ceil(stored_s * rate_hz - 1e-3), gone_s))
        begins = [min(begin, n_times) for begin, _ in starts]
        lengths = np.diff([*begins, n_times]).tolist()
        for begin, (_, gone_s), length in zip(begins, starts, lengths, strict=True):
            if length > 0:
                yield piece, begin, Stretch(start_s + gone_s, length)


def _reader(
    plugin: NeoFormat,
    reader: Any,  # noqa: ANN401 - a neo.rawio.BaseRawIO
    stream: int,
    parts: Sequence[tuple[tuple[int, int], int, Stretch]],
    rows: list[int],
) -> Callable[[int, int, int], NDArray[Any]]:
    """Return a function that reads counts of some channels of a stretch."""
    index = np.array(rows)

    def read(stretch: int, start: int, stop: int) -> NDArray[Any]:
        piece, begin, _ = parts[stretch]
        span = slice(begin + start, begin + stop)
        counts: NDArray[Any] = plugin.read_counts(reader, piece, stream, span)
        return counts[:, index]

    return read


def _is_neural(stream: str, channel: str, unit: str) -> bool:
    """Tell whether a channel is an electrode, by the words of the vendor."""
    if _BESIDE.fullmatch(stream.strip()) or _BESIDE.fullmatch(channel.strip()):
        return False
    return unit == "" or bids_unit(unit) in {"uV", "mV", "V"}


def _unit(unit: str, is_neural: bool) -> str:
    """Return the unit in which a channel's values will be."""
    known = bids_unit(unit) if unit else "n/a"
    if known not in {"uV", "mV", "V"}:
        return "n/a"
    return "uV" if is_neural else "V"


def _factor(unit: str, wanted: str) -> float:
    """Return what leads from the vendor's unit to ours."""
    if wanted == "n/a":
        return 1.0
    return VOLTS_IN[bids_unit(unit)] / VOLTS_IN[wanted]


def _events(reader: Any, pieces: Sequence[tuple[int, int]], first_s: float) -> Iterator[Event]:  # noqa: ANN401
    """Yield what the event channels hold."""
    for block, segment in pieces:
        for index in range(len(reader.header["event_channels"])):
            times, lengths, labels = reader.get_event_timestamps(block, segment, index)
            onsets = np.atleast_1d(
                reader.rescale_event_timestamp(np.asarray(times), "float64", index)
            )
            for i, onset_s in enumerate(onsets.tolist()):
                label = str(labels[i]) if labels is not None and len(labels) > i else ""
                code = int(label) if re.fullmatch(r"\d{1,5}", label) else None
                length = float(lengths[i]) if lengths is not None and len(lengths) > i else 0.0
                yield Event(float(onset_s) - first_s, length, label or "n/a", code)


class Blackrock(NeoFormat):
    """Blackrock (.ns1 to .ns6, .nev)."""

    name = "blackrock"
    title = "Blackrock"
    manufacturer = "Blackrock"
    companion_suffixes = (".ccf",)

    def recognises(self, head: FileHead) -> bool:
        """Look for the names of the three versions of sampled files."""
        return head.head[:8] in {b"NEURALSG", b"NEURALCD", b"BRSMPGRP"}

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the other rates of the same recording, and its events."""
        suffixes = (*(f".ns{i}" for i in range(1, 7)), ".nev", ".ccf")
        return same_stem(head, siblings, suffixes)

    def make_reader(self, path: Path) -> Any:  # noqa: ANN401
        """Return Neo's reader."""
        from neo.rawio import BlackrockRawIO

        return BlackrockRawIO(filename=str(path.with_suffix("")))

    def started(self, reader: Any) -> datetime | None:  # noqa: ANN401
        """Return the start in the header of the events, or of the samples."""
        told = super().started(reader)
        if told is not None:
            return told
        with suppress(LookupError, ValueError, TypeError, AttributeError):
            for header in reader._nsx_basic_header.values():  # noqa: SLF001 - Neo has no other way
                year, month, day, hour, minute, second = (
                    int(header[key]) for key in ("year", "month", "day", "hour", "minute", "second")
                )
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return None

    def notes(self, path: Path, reader: Any) -> Iterable[tuple[str, str, object]]:  # noqa: ANN401
        """Return the comments, which stand at one place in all versions."""
        with path.open("rb") as stream:
            head = stream.read(8 + 2 + 4 + 16 + 256)
        if head[:8] != b"NEURALSG":
            comment = head[30:286].partition(b"\0")[0].decode("latin-1")
            yield "text", "comment", comment
            yield "text", "label", head[14:30].partition(b"\0")[0].decode("latin-1")


class OpenEphysLegacy(NeoFormat):
    """Open Ephys, the format of one file for each channel (.continuous)."""

    name = "openephys-legacy"
    title = "Open Ephys (one file for each channel)"
    manufacturer = "Open Ephys"
    companion_suffixes = (".events", ".spikes", ".openephys")
    file_per_channel = True

    def recognises(self, head: FileHead) -> bool:
        """Look for the first line of a header, in a file of samples."""
        return (
            head.head.startswith(b"header.format = 'Open Ephys Data Format'")
            and b"'Continuous'" in head.head
        )

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return everything of the folder, which is one recording."""
        endings = (".continuous", ".events", ".spikes", ".openephys")
        return tuple(
            path
            for path in siblings
            if path != head.path
            and (path.suffix.casefold() in endings or path.name == "settings.xml")
        )

    def make_reader(self, path: Path) -> Any:  # noqa: ANN401
        """Return Neo's reader of the folder."""
        from neo.rawio import OpenEphysRawIO

        return OpenEphysRawIO(dirname=str(path.parent))

    def started(self, reader: Any) -> datetime | None:  # noqa: ANN401
        """Return the day in the header of a channel."""
        files: list[Path] = next(iter(reader._info["continuous"].values()), [])  # noqa: SLF001
        for path in files[:1]:
            found = re.search(r"date_created = '(\d\d?-\w{3}-\d{4}) (\d{4,6})", _head_text(path))
            with suppress(ValueError):
                if found:
                    clock = "%H%M%S" if len(found[2]) > 4 else "%H%M"
                    return datetime.strptime(f"{found[1]} {found[2]}", f"%d-%b-%Y {clock}").replace(
                        tzinfo=UTC
                    )
        return None

    def notes(self, path: Path, reader: Any) -> Iterable[tuple[str, str, object]]:  # noqa: ANN401
        """Return what the settings beside the channels tell."""
        settings = path.parent / "settings.xml"
        if settings.is_file():
            text = settings.read_text("utf-8", errors="replace")
            for kind, name, pattern in (
                ("place", "MACHINE", r'<MACHINE[^>]*\bname="([^"]+)"'),
                ("path", "path", r'\b(?:path|recordPath|directory)="([^"]{3,})"'),
            ):
                yield from ((kind, name, value) for value in sorted(set(re.findall(pattern, text))))


class Plexon(NeoFormat):
    """Plexon (.plx)."""

    name = "plexon"
    title = "Plexon"
    manufacturer = "Plexon"
    blank_unit = "mV"

    def recognises(self, head: FileHead) -> bool:
        """Look for the magic number and a version that is known."""
        version = int.from_bytes(head.head[4:8], "little")
        return head.head.startswith(b"PLEX") and 100 <= version <= 107

    def make_reader(self, path: Path) -> Any:  # noqa: ANN401
        """Return Neo's reader."""
        from neo.rawio import PlexonRawIO

        return PlexonRawIO(filename=str(path), progress_bar=False)

    def read_counts(self, reader: Any, piece: tuple[int, int], stream: int, span: slice) -> Any:  # noqa: ANN401
        """Return counts from the blocks that Neo found.

        Neo 0.14 itself leaves zeros in the place of a block at whose very end a span ends.
        """
        own = reader.header["signal_channels"]
        own = own[own["stream_id"] == reader.header["signal_streams"][stream]["id"]]
        counts = np.zeros((span.stop - span.start, len(own)), "<i2")
        for column, channel in enumerate(own["id"]):
            blocks = reader._data_blocks[5][np.int32(channel)]  # noqa: SLF001 - nowhere else
            first = int(np.searchsorted(blocks["cumsum"], span.start, side="right")) - 1
            for block in blocks[first:]:
                begin = int(block["cumsum"])
                if begin >= span.stop:
                    break
                place = int(block["pos"])
                values = reader._memmap[place : place + int(block["size"])].view("<i2")  # noqa: SLF001
                low, high = max(begin, span.start), min(begin + len(values), span.stop)
                counts[low - span.start : high - span.start, column] = values[
                    low - begin : high - begin
                ]
        return counts

    def notes(self, path: Path, reader: Any) -> Iterable[tuple[str, str, object]]:  # noqa: ANN401
        """Return the comment of the header."""
        with path.open("rb") as stream:
            head = stream.read(8 + 128)
        yield "text", "comment", head[8:].partition(b"\0")[0].decode("latin-1")


class Axona(NeoFormat):
    """Axona (.set with .bin)."""

    name = "axona"
    title = "Axona"
    manufacturer = "Axona"
    companion_suffixes = ()

    def recognises(self, head: FileHead) -> bool:
        """Look for the words that the settings begin with."""
        return head.head.startswith(b"trial_date ") and b"trial_time " in head.head[:400]

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the samples, tetrodes and positions of the trial."""
        numbered = (f".{i}" for i in range(1, 33))
        fields = (f".{kind}{i}" for kind in ("eeg", "egf") for i in ("", *range(2, 17)))
        return same_stem(head, siblings, (".bin", ".pos", ".inp", ".stm", *numbered, *fields))

    def make_reader(self, path: Path) -> Any:  # noqa: ANN401
        """Return Neo's reader."""
        from neo.rawio import AxonaRawIO

        return AxonaRawIO(filename=str(path))

    def notes(self, path: Path, reader: Any) -> Iterable[tuple[str, str, object]]:  # noqa: ANN401
        """Return who wrote what about the trial."""
        text = _head_text(path)
        for kind, name in (("operator", "experimenter"), ("text", "comments"),
                           ("text", "script"), ("date", "trial_date")):  # fmt: skip
            found = re.search(rf"(?m)^{name} (.*?)\r?$", text)
            if found:
                yield kind, name, found[1]


class McsRaw(NeoFormat):
    """Multi Channel Systems, raw samples behind a text header (.raw, .mcd exports)."""

    name = "mcs-raw"
    title = "Multi Channel Systems raw export"
    manufacturer = "Multi Channel Systems"

    def recognises(self, head: FileHead) -> bool:
        """Look for the first line of the export and the end of its header."""
        return head.head.startswith(b"MC_DataTool binary conversion") and b"EOH" in head.head

    def make_reader(self, path: Path) -> Any:  # noqa: ANN401
        """Return Neo's reader."""
        from neo.rawio import RawMCSRawIO

        return RawMCSRawIO(filename=str(path))

    def notes(self, path: Path, reader: Any) -> Iterable[tuple[str, str, object]]:  # noqa: ANN401
        """Return the path of the recording that was exported."""
        found = re.search(r'MC_REC file = "?([^"\r\n]+)', _head_text(path))
        if found:
            yield "path", "MC_REC file", found[1]


def _head_text(path: Path) -> str:
    """Return the beginning of a file as text."""
    with path.open("rb") as stream:
        return stream.read(1 << 16).decode("latin-1")
