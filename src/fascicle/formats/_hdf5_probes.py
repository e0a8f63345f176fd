"""Probes that are kept in HDF5: Multi Channel Systems (.h5) and simulations of MEArec."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, FileHead, Header, Modality
from fascicle.errors import FormatError

from ._ecephys import OpenedProbe, ProbeFormat, Signal, Sites, Stretch, open_signals
from ._nwb_open import open_hdf5
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MCS_NOTES = (
    ("text", "Comment"), ("text", "ProgramName"), ("id", "FileGUID"), ("id", "MeaSN"),
    ("date", "Date"), ("serial", "MeaName"),
)  # fmt: skip


class McsHdf5(ProbeFormat):
    """Multi Channel Systems (.h5 of Multi Channel DataManager)."""

    name = "mcs"
    title = "Multi Channel Systems (HDF5)"
    manufacturer = "Multi Channel Systems"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5 with the vendor's protocol among its first attributes."""
        return head.head.startswith(_HDF5) and b"McsHdf5" in head.head

    def open_probe(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedProbe:
        """List the analog streams of the recording; counts are read when asked for."""
        path = root / files[0]
        with open_hdf5(path) as file:
            data = file["Data"]
            streams = _mcs_recording(data)["AnalogStream"]
            signals = [
                signal for name in sorted(streams) for signal in _mcs_signals(path, streams[name])
            ]
            told = {key: _text(data.attrs.get(key, "")) for _, key in _MCS_NOTES}
            header = Header(
                modality=Modality.ECEPHYS,
                measured_at=_mcs_start(data),
                identifiers=tuple(
                    find_identifiers("MCS header", ((k, n, told[n]) for k, n in _MCS_NOTES))
                ),
                manufacturer=self.manufacturer,
            )
        return open_signals(header, signals)


def _mcs_recording(data: Any) -> Any:  # noqa: ANN401 - h5py
    """Return the one recording of a file."""
    names = [name for name in data if name.startswith("Recording_")]
    if len(names) != 1:
        raise FormatError(
            "FSC203",
            f"Expected one recording in the file, got {len(names)}.",
            "Export each recording into a file of its own with Multi Channel DataManager.",
        )
    return data[names[0]]


def _mcs_start(data: Any) -> datetime | None:  # noqa: ANN401 - h5py
    """Return the start, which is written as ticks of 100 ns since the year 1."""
    with suppress(ValueError, TypeError, OverflowError):
        ticks = int(data.attrs["DateInTicks"])
        return datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
    return None


def _mcs_signals(path: Path, stream: Any) -> Iterator[Signal]:  # noqa: ANN401 - h5py
    """Yield the channels of an analog stream, parted by their offset."""
    about = stream["InfoChannel"][:]
    counts = stream["ChannelData"]
    if len(about) != counts.shape[0]:
        raise FormatError(
            "FSC203",
            f"Expected samples of {len(about)} channels, got {counts.shape[0]}.",
            "Export the recording again with Multi Channel DataManager.",
        )
    rate_hz = 1e6 / float(about["Tick"][0])
    volts = about["ConversionFactor"] * 10.0 ** about["Exponent"].astype(np.float64)
    stretches = _mcs_stretches(stream["ChannelDataTimeStamps"][:], int(counts.shape[1]))
    starts = np.cumsum([0, *(stretch.n_times for stretch in stretches)])
    is_neural = _text(stream.attrs.get("DataSubType", "Electrode")).startswith("Electrode")
    offsets = -about["ADZero"].astype(np.float64) * volts
    for offset in dict.fromkeys(offsets.tolist()):
        rows = np.flatnonzero(offsets == offset)
        scale, unit = (1e6, "uV") if is_neural else (1.0, "V")
        labels = [_text(about["Label"][i]) or f"{i + 1}" for i in rows]
        yield Signal(
            name="AP" if is_neural else "ADC",
            channels=tuple(
                Channel(f"El {label}" if is_neural else f"AI {label}", "EXT" if is_neural else
                        "MISC", unit, rate_hz)
                for label in labels
            ),
            gains=volts[rows].astype(np.float64) * scale,
            offset=float(offset) * scale,
            dtype=counts.dtype.newbyteorder("<").str,
            stretches=stretches,
            read=_channels_first(path, counts.name, rows, starts),
            is_neural=is_neural,
        )  # fmt: skip


def _mcs_stretches(table: NDArray[Any], n_times: int) -> tuple[Stretch, ...]:
    """Return the parts without a gap: rows of start in microseconds, first and last sample."""
    rows = table if table.shape[1] == 3 else table.T  # some files have a column for each part
    if table.shape == (3, 3) and (table[1, 1:] == table[2, :2] + 1).all():
        rows = table.T  # sizes do not tell of three parts: each begins behind the one before
    bounds = [0, *rows[1:, 1].astype(np.int64).tolist(), n_times]
    if len(rows) > 1 and (np.diff(bounds) <= 0).any():
        raise FormatError(
            "FSC203",
            f"Expected parts that follow one another up to {n_times} samples, got others.",
            "Export the recording again with Multi Channel DataManager.",
        )
    return tuple(
        Stretch(float(start_us) / 1e6, int(length))
        for start_us, length in zip(rows[:, 0], np.diff(bounds), strict=True)
    )


def _channels_first(
    path: Path, place: str, rows: NDArray[np.intp], starts: NDArray[np.int64]
) -> Callable[[int, int, int], NDArray[Any]]:
    """Return a function that reads a dataset whose first axis is channels."""

    def read(stretch: int, start: int, stop: int) -> NDArray[Any]:
        first = int(starts[stretch])
        with open_hdf5(path) as file:
            counts: NDArray[Any] = file[place][:, first + start : first + stop]
        return counts[rows].T

    return read


class MeaRec(ProbeFormat):
    """Simulations of MEArec (.h5)."""

    name = "mearec"
    title = "MEArec (simulated recordings)"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5 with the names of a simulation among its first groups."""
        return (
            head.head.startswith(_HDF5)
            and b"channel_positions" in head.head
            and b"recordings" in head.head
            and b"spiketrains" in head.head
        )

    def open_probe(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedProbe:
        """Find the samples and the places of the contacts."""
        path = root / files[0]
        with open_hdf5(path) as file:
            data = file["recordings"]
            rate_hz = float(file["info/recordings/fs"][()])
            places = file["channel_positions"][:]
            n_channels = len(places)
            is_time_first = data.shape[1] == n_channels
            n_times = int(data.shape[0 if is_time_first else 1])
            if data.ndim != 2 or n_channels not in data.shape:
                raise FormatError(
                    "FSC203",
                    f"Expected samples of {n_channels} channels, got an array of shape "
                    f"{data.shape}.",
                    "Save the simulation again with MEArec.",
                )
            dtype = data.dtype
        # MEArec's probes stand in the plane of their second and third axis.
        flat = places[:, 1:3] if places.shape[1] == 3 else places[:, :2]
        signal = Signal(
            name="AP",
            channels=tuple(Channel(f"CH{i}", "EXT", "uV", rate_hz) for i in range(n_channels)),
            gains=np.ones(n_channels),
            offset=0.0,
            dtype=dtype.newbyteorder("<").str,
            stretches=(Stretch(0.0, n_times),),
            read=_samples(path, is_time_first=is_time_first),
            sites=Sites(flat[:, 0].astype(float), flat[:, 1].astype(float), ("",) * n_channels),
        )
        return open_signals(Header(modality=Modality.ECEPHYS), [signal])


def _samples(path: Path, *, is_time_first: bool) -> Callable[[int, int, int], NDArray[Any]]:
    """Return a function that reads simulated samples."""

    def read(_: int, start: int, stop: int) -> NDArray[Any]:
        with open_hdf5(path) as file:
            data = file["recordings"]
            values: NDArray[Any] = data[start:stop] if is_time_first else data[:, start:stop].T
        return values

    return read


def _text(value: Any) -> str:  # noqa: ANN401
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
