"""What an NWB file says: who, when, which signals, and what points to people."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import (
    Channel,
    DeviceClock,
    Event,
    Header,
    Identifier,
    Modality,
    Subject,
)
from fascicle.errors import FormatError

from ._ecephys import UNSCALED, OpenedProbe, Signal, Stretch
from ._files import require_room
from ._nwb_write import DESCRIPTIONS, EPOCH, parse_age
from ._vendor import (
    find_identifiers,
)
from ._voices import holds_speech

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMESPACES = frozenset({"core", "hdmf-common", "hdmf-experimental"})
"""The schema of the standard itself; other namespaces are extensions of it."""

MAGIC = b"\x89HDF\r\n\x1a\n"
ELECTRODES = "general/extracellular_ephys/electrodes"
_NAME_COLUMNS = ("channel_name", "channel_names", "electrode_name", "label")
_PART = re.compile(r"Part(\d+)$")
_TYPES = (
    (Modality.ICEPHYS, ("PatchClampSeries", "CurrentClampSeries", "VoltageClampSeries",
                        "IZeroClampSeries", "CurrentClampStimulusSeries",
                        "VoltageClampStimulusSeries", "IntracellularElectrode")),
    (Modality.OPHYS, ("TwoPhotonSeries", "OnePhotonSeries", "PlaneSegmentation", "ImagingPlane",
                      "RoiResponseSeries")),
    (Modality.ECEPHYS, ("ElectricalSeries", "Units", "SpikeEventSeries", "ElectrodeGroup")),
)  # fmt: skip
"""What a file is of, by the types in it: the first of these that it holds."""

_SERIES = {
    Modality.OPHYS: ("TwoPhotonSeries", "OnePhotonSeries", "RoiResponseSeries"),
    Modality.ICEPHYS: ("PatchClampSeries", "CurrentClampSeries", "VoltageClampSeries",
                       "IZeroClampSeries"),
}  # fmt: skip
"""What the rate and the length of a recording are those of."""

_LOCATED = frozenset({"ElectrodeGroup", "ImagingPlane", "IntracellularElectrode"})
"""Types that say where in the brain something is."""

_TEXTS = (
    ("operator", "general/experimenter"), ("institution", "general/institution"),
    ("institution", "general/lab"), ("text", "general/notes"), ("text", "session_description"),
    ("text", "general/experiment_description"), ("text", "general/surgery"),
    ("text", "general/protocol"), ("text", "general/pharmacology"), ("text", "general/virus"),
    ("text", "general/slices"), ("text", "general/related_publications"),
    ("text", "general/stimulus"), ("text", "general/data_collection"), ("id", "identifier"),
    ("id", "general/session_id"), ("path", "general/source_script"),
    ("date", "session_start_time"), ("date", "timestamps_reference_time"),
    ("date", "file_create_date"), ("text", "general/subject/description"),
    ("text", "general/subject/genotype"), ("text", "general/subject/strain"),
)  # fmt: skip

_HEARD = frozenset({"TimeSeries", "ElectricalSeries"})
_PICTURES = frozenset({"Image", "GrayscaleImage", "RGBImage", "RGBAImage"})


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """Open an HDF5 file for reading, with the filters of the plug-ins if they are installed."""
    import h5py

    with suppress(ImportError):
        import hdf5plugin  # noqa: F401 - importing it makes its filters known
    with h5py.File(path, "r") as file:
        yield file


def open_nwb(path: Path) -> OpenedProbe:
    """Open an NWB file: what it says, and the series of its electrodes and of inputs beside them.

    Raises
    ------
    FormatError
        FSC264 for HDF5 that is no NWB.
    """
    with open_hdf5(path) as file:
        if "nwb_version" not in file.attrs:
            raise FormatError(
                "FSC264",
                "Expected an NWB file of version 2, got HDF5 without a version of NWB.",
                "Convert it with PyNWB, or leave it out.",
            )
        modality = _modality(file)
        signals = tuple(_signals(path, file)) if modality is Modality.ECEPHYS else ()
        channels = tuple(channel for signal in signals for channel in signal.channels)
        fastest = max(signals, key=lambda s: s.channels[0].sfreq_hz, default=None)
        rate_hz, shape = _main_series(file, modality)
        header = Header(
            modality=modality,
            sfreq_hz=fastest.channels[0].sfreq_hz if fastest else rate_hz,
            n_times=fastest.n_times if fastest else next(iter(shape), 0),
            shape=shape,
            channels=channels,
            events=tuple(_events(file)),
            measured_at=_moment(_text(file, "session_start_time")),
            subject=_subject(file),
            identifiers=tuple(dict.fromkeys(_identifiers(file))),
            is_continuous=all(len(signal.stretches) == 1 for signal in signals),
            metadata=_metadata(file),
            evidence=tuple(_evidence(file, modality)),
            exposes=_exposes(file),
            clocks=tuple(_clocks(file)),
        )
    require_room(header.n_times * len(channels), path.stat().st_size)
    return OpenedProbe(header, signals)


def _clocks(file: Any) -> Iterator[DeviceClock]:  # noqa: ANN401 - h5py
    """Yield the clock of all files of a session that count their seconds from one moment.

    A day without an hour stands for one that was taken out: files of other hours have it, too.
    """
    text = _text(file, "timestamps_reference_time")
    moment = _moment(text)
    subject, session = (_text(file, f"general/{n}") for n in ("subject/subject_id", "session_id"))
    if moment is None or moment == EPOCH or not subject:
        return
    if moment.time().replace(microsecond=0) != time():
        evidence = "both files of the session count their seconds from one moment"
        yield DeviceClock.named(f"{text} {subject} {session}", 0.0, evidence)


def type_of(node: Any) -> str:  # noqa: ANN401 - h5py
    """Return the type that NWB gives an object."""
    value = node.attrs.get("neurodata_type", "")
    return value.decode() if isinstance(value, bytes) else str(value)


def walk(file: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield every group and dataset but the schema, without following links."""
    found: list[tuple[str, Any]] = []
    file.visititems(lambda name, node: found.append((name, node)))
    yield from ((n, node) for n, node in found if not n.startswith("specifications"))


def _modality(file: Any) -> Modality:  # noqa: ANN401
    """Return what kind of recording a file holds, by its types."""
    told = _text(file, "session_description")
    for modality, description in DESCRIPTIONS.items():
        if told == description:
            return modality
    present = {type_of(node) for _, node in walk(file)}
    return next((m for m, types in _TYPES if present.intersection(types)), Modality.BEH)


def _main_series(file: Any, modality: Modality) -> tuple[float, tuple[int, ...]]:  # noqa: ANN401
    """Return rate and shape of the largest series of movies, sweeps or traces; of others none."""
    wanted = _SERIES.get(modality, ())
    found = [
        (node["data"].size, _rate(node), node["data"].shape)
        for _, node in walk(file)
        if type_of(node) in wanted and "data" in node and node["data"].size
    ]
    if not found:
        return 0.0, ()
    _, rate_hz, shape = max(found)
    return rate_hz, tuple(int(length) for length in shape)


def _signals(path: Path, file: Any) -> Iterator[Signal]:  # noqa: ANN401
    """Yield the series of electrodes by their place in the table, then others by name."""
    for base, parts, names in order_series(file):
        yield _signal(path, base, parts, names)


def order_series(file: Any) -> Iterator[tuple[str, list[Any], list[str]]]:  # noqa: ANN401 - h5py
    """Yield the path, the parts, and the names of the channels of each series of a recording.

    Series of electrodes come first, by their place in the table, then others by name. No channel
    of the file has the name of another.
    """
    electrodes = electrode_names(file)
    series = [
        (name, node)
        for name, node in walk(file)
        if type_of(node) in {"ElectricalSeries", "TimeSeries"}
        and name.startswith(("acquisition/", "processing/ecephys/"))
        and _is_stream(node)
    ]
    groups: dict[str, list[tuple[str, Any]]] = {}
    for name, node in sorted(series, key=lambda pair: natural(pair[0])):
        groups.setdefault(_PART.sub("", name), []).append((name, node))
    ordered = sorted(groups, key=lambda base: _order(groups[base][0][1], base))
    taken: set[str] = set()
    for base in ordered:
        node = groups[base][0][1]
        n_channels = node["data"].shape[1] if node["data"].ndim == 2 else 1
        names = _unique(_channel_names(node, n_channels, electrodes), taken)
        yield base, [part for _, part in groups[base]], names


def _is_stream(node: Any) -> bool:  # noqa: ANN401
    """Tell whether a series has numbers over regular time."""
    if "data" not in node or not hasattr(node["data"], "dtype"):
        return False
    data = node["data"]
    return data.dtype.kind in "iuf" and data.ndim in {1, 2} and data.size > 0 and _rate(node) > 0


def _rate(node: Any) -> float:  # noqa: ANN401
    """Return the rate of a series in hertz; 0 where it has none."""
    if "starting_time" in node:
        return float(node["starting_time"].attrs.get("rate", 0.0))
    if "timestamps" in node and node["timestamps"].shape[0] > 1:
        steps = np.diff(node["timestamps"][:10000])
        step = float(np.median(steps))
        return 1.0 / step if step > 0 else 0.0
    return 0.0


def _order(node: Any, name: str) -> tuple[int, int, tuple[Any, ...]]:  # noqa: ANN401
    """Return where a series stands among the others."""
    if "electrodes" in node and node["electrodes"].size:
        return 0, int(node["electrodes"][0]), natural(name)
    return 1, 0, natural(name.rpartition("/")[2])


def natural(name: str) -> tuple[Any, ...]:
    """Return a key by which Part2 stands before Part10."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(p), "") if p.isdigit() else (-1, p) for p in parts)


def _signal(path: Path, base: str, parts: Sequence[Any], names: Sequence[str]) -> Signal:
    """Return the parts of a series as one signal."""
    node = parts[0]
    data, rate_hz = node["data"], _rate(node)
    n_channels = data.shape[1] if data.ndim == 2 else 1
    is_neural = type_of(node) == "ElectricalSeries"
    gains, offset, unit = _scale(node, n_channels)
    is_lfp = "/LFP" in base or re.search(r"LFP?\d*$", base) is not None
    kind = ("LFP" if is_lfp else "EXT") if is_neural else ("TRIG" if unit == "n/a" else "MISC")
    return Signal(
        name=base.rpartition("/")[2],
        channels=tuple(Channel(name, kind, unit, rate_hz) for name in names),
        gains=gains,
        offset=offset,
        dtype=data.dtype.newbyteorder("<").str,
        stretches=tuple(Stretch(_start(part), int(part["data"].shape[0])) for part in parts),
        read=_reader(path, [f"{part.name}/data" for part in parts]),
        is_neural=is_neural,
    )


def _reader(path: Path, places: list[str]) -> Callable[[int, int, int], NDArray[Any]]:
    """Return a function that opens the file, reads a span and closes it."""

    def read(part: int, start: int, stop: int) -> NDArray[Any]:
        with open_hdf5(path) as file:
            counts: NDArray[Any] = file[places[part]][start:stop]
        return counts if counts.ndim == 2 else counts[:, np.newaxis]

    return read


def _scale(node: Any, n_channels: int) -> tuple[NDArray[np.float64], float, str]:  # noqa: ANN401
    """Return microvolts (volts beside the brain) for a count of each channel, offset and unit."""
    attributes = node["data"].attrs
    factor = float(attributes.get("conversion", 1.0))
    gains = np.full(n_channels, factor)
    if "channel_conversion" in node:
        gains = gains * node["channel_conversion"][:]
    unit = attributes.get("unit", "")
    unit = unit.decode() if isinstance(unit, bytes) else str(unit)
    description = node.attrs.get("description", "")
    if unit not in {"volts", "V"} or description == UNSCALED:
        return np.where(gains == 0, 1.0, gains), 0.0, "n/a"
    scale, name = (1e6, "uV") if type_of(node) == "ElectricalSeries" else (1.0, "V")
    return gains * scale, float(attributes.get("offset", 0.0)) * scale, name


def _start(node: Any) -> float:  # noqa: ANN401
    """Return when a series begins, in seconds."""
    if "starting_time" in node:
        return float(node["starting_time"][()])
    return float(node["timestamps"][0])


def electrode_names(file: Any) -> list[str]:  # noqa: ANN401
    """Return the name of every electrode of the table."""
    if ELECTRODES not in file:
        return []
    table = file[ELECTRODES]
    column = next((name for name in _NAME_COLUMNS if name in table), None)
    if column is None:
        return [f"CH{i}" for i in range(table["id"].shape[0])]
    return [_decode(value) for value in table[column][:]]


def _channel_names(node: Any, n_channels: int, names: list[str]) -> list[str]:  # noqa: ANN401
    """Return the names of a series' channels."""
    if "electrodes" in node:
        rows = node["electrodes"][:].tolist()
        if len(rows) == n_channels and all(0 <= row < len(names) for row in rows):
            return [names[row] for row in rows]
    with suppress(ValueError, TypeError):
        told = json.loads(_decode(node.attrs.get("comments", "")))
        if isinstance(told, list) and len(told) == n_channels:
            return [str(name) for name in told]
    return [f"CH{i}" for i in range(n_channels)]


def _unique(names: Sequence[str], taken: set[str]) -> list[str]:
    """Return names that no other channel of the file has."""
    own = []
    for name in names:
        candidate, n = name, 2
        while candidate in taken:
            candidate, n = f"{name}-P{n}", n + 1
        taken.add(candidate)
        own.append(candidate)
    return own


def _events(file: Any) -> Iterator[Event]:  # noqa: ANN401
    """Yield the rows of all tables of events, by onset."""
    found: list[Event] = []
    for table in file.get("events", {}).values():
        if type_of(table) != "EventsTable" or "timestamp" not in table:
            continue
        onsets = table["timestamp"][:]
        n = len(onsets)
        lengths = table["duration"][:] if "duration" in table else np.zeros(n)
        labels = table["annotation"][:] if "annotation" in table else ["n/a"] * n
        values = table["value"][:] if "value" in table else np.full(n, -1)
        is_coded = getattr(values, "dtype", np.dtype("O")).kind in "iu"
        for i in range(n):
            value = int(values[i]) if is_coded and values[i] >= 0 else None
            length = float(lengths[i]) if np.isfinite(lengths[i]) else 0.0
            found.append(Event(float(onsets[i]), length, _decode(labels[i]), value))
    yield from sorted(found, key=lambda event: event.onset_s)


def _subject(file: Any) -> Subject:  # noqa: ANN401
    """Return what the file says of the animal or person."""
    said = {key: _text(file, f"general/subject/{key}") for key in
            ("subject_id", "age", "sex", "species", "date_of_birth")}  # fmt: skip
    birth = _moment(said["date_of_birth"])
    sex = said["sex"].upper()
    return Subject(
        code=said["subject_id"] if said["subject_id"] != "n/a" else "",
        birth=birth.date() if birth else None,
        age_years=parse_age(said["age"]),
        sex=sex if sex in {"F", "M", "O"} else "",
        species=said["species"],
    )


def _metadata(file: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what else the file says of how it was recorded."""
    column = f"{ELECTRODES}/location"
    told = [_decode(value) for value in file[column][:]] if column in file else []
    for name, node in walk(file):
        if type_of(node) in _LOCATED and "location" in node.attrs:
            told.append(_decode(node.attrs["location"]))
        elif type_of(node) in _LOCATED:
            told += _texts(file, f"{name}/location")
    places = sorted({*told} - {"unknown", ""})
    return {"BrainRegion": places} if places else {}


def _evidence(file: Any, modality: Modality) -> Iterator[str]:  # noqa: ANN401
    """Yield what speaks for the modality, and what will stay behind."""
    yield f"The types of objects in the NWB file are those of {modality.value}."
    foreign = {
        space
        for _, node in walk(file)
        if (space := _decode(node.attrs.get("namespace", "core"))) not in NAMESPACES
    }
    if foreign:
        yield f"Objects of {len(foreign)} extensions of NWB stay behind."
    n_videos = sum(is_outside(node) for _, node in walk(file))
    if n_videos:
        yield f"Videos outside of the file stay behind: {n_videos}."


def is_outside(node: Any) -> bool:  # noqa: ANN401 - h5py
    """Tell whether an object is a video of which the file holds only the path."""
    return type_of(node) == "ImageSeries" and "external_file" in node


def _exposes(file: Any) -> str:  # noqa: ANN401
    """Tell whether a person may be seen or heard in the file; what its species is others judge."""
    voices = [
        name
        for name, node in walk(file)
        if type_of(node) in _HEARD and holds_speech(name, _rate(node))
    ]
    return "face" if any(_shows_pictures(*pair) for pair in walk(file)) else "voice" * bool(voices)


def _shows_pictures(name: str, node: Any) -> bool:  # noqa: ANN401
    """Tell whether an object holds a film, or pictures other than those of cells and stimuli."""
    if type_of(node) in {"ImageSeries", "OpticalSeries"}:
        return "data" in node and node["data"].size > 0
    is_stimulus = name.startswith("stimulus/")
    return type_of(node) in _PICTURES and node.size > 0 and not is_stimulus and "ophys" not in name


def _identifiers(file: Any) -> Iterator[Identifier]:  # noqa: ANN401
    """Yield what points to people, places, devices and days."""
    fields = [
        (kind, place, text)
        for kind, place in _TEXTS
        for text in _texts(file, place)
        if text not in DESCRIPTIONS.values()  # what our own files say points to nobody
    ]
    for name, node in walk(file):
        if type_of(node) in {"Device", "DeviceModel", "ElectrodeGroup", "ImagingPlane"}:
            told = _decode(node.attrs.get("serial_number", ""))
            fields += [("serial", name.rpartition("/")[0], told)] if len(told) > 4 else []
    yield from find_identifiers("NWB", fields)


def _texts(file: Any, place: str) -> Iterator[str]:  # noqa: ANN401
    """Yield the texts of a dataset, or of all below a group."""
    if place not in file:
        return
    node = file[place]
    if hasattr(node, "keys"):
        for key in node:
            yield from _texts(file, f"{place}/{key}")
    elif node.dtype.kind in "OSU":
        for value in np.atleast_1d(node[()]).ravel():
            yield _decode(value)


def _text(file: Any, place: str) -> str:  # noqa: ANN401
    return next(_texts(file, place), "").strip()


def _decode(value: Any) -> str:  # noqa: ANN401
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _moment(text: str) -> datetime | None:
    """Return a moment with its zone; UTC where none is told."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
