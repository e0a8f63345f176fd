"""Recordings as other programs read them, to hold Fascicle's output against.

The oracle of a format is the reader that its users have: MNE-Python's where there is one, pyxdf
and mffpy for what MNE does not read, NumPy for text. None of Fascicle's own readers is used.
"""

from __future__ import annotations

import csv
import logging
import re
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Source

MNE_READERS = {
    "bdf": "read_raw_bdf",
    "brainvision": "read_raw_brainvision",
    "bti": "read_raw_bti",
    "edf": "read_raw_edf",
    "eeglab": "read_raw_eeglab",
    "egi": "read_raw_egi",
    "fif": "read_raw_fif",
    "gdf": "read_raw_gdf",
    "mff": "read_raw_egi",
    "nirx": "read_raw_nirx",
    "persyst": "read_raw_persyst",
    "snirf": "read_raw_snirf",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "bti": {"head_shape_fname": None, "rename_channels": False},
    "fif": {"allow_maxshield": "yes", "on_split_missing": "ignore"},
}
WRITTEN = {
    ".bdf": "bdf",
    ".edf": "edf",
    ".fif": "fif",
    ".set": "eeglab",
    ".snirf": "snirf",
    ".vhdr": "brainvision",
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A recording as an oracle reads it.

    Attributes
    ----------
    reader : str
        The oracle.
    names : tuple of str
        Channels, in the reader's order.
    samples : ndarray of float64, shape (n_channels, n_times)
        In the reader's units (MNE: SI units).
    sfreq_hz : float
        Sampling rate.
    synthesised : frozenset of str
        Channels that the reader makes out of events; the file has none of that name.
    """

    reader: str
    names: tuple[str, ...]
    samples: NDArray[np.float64]
    sfreq_hz: float
    synthesised: frozenset[str] = frozenset()


@contextmanager
def quietly() -> Iterator[None]:
    """Keep what readers say of a file, which may quote it, off the terminal."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def read_source(root: Path, source: Source) -> Decoded:
    """Read a raw recording with its format's oracle."""
    with quietly():
        if source.format == "neuralynx":
            return read_neuralynx([root / path for path in source.files])
        path = root / source.primary
        if source.format in READERS:
            return READERS[source.format](path)
        return of_raw(read_with_mne(source.format, path), MNE_READERS[source.format])


def read_written(dataset: Path, path: Path) -> Decoded:
    """Read a recording of a BIDS dataset as a user of it would, with its sidecars."""
    import mne_bids

    with quietly():
        place = mne_bids.get_bids_path_from_fname(path).update(root=dataset)
        options = {"allow_maxshield": "yes"} if path.suffix == ".fif" else {}
        raw = mne_bids.read_raw_bids(place, extra_params=options, verbose="ERROR")
        return of_raw(raw, "mne_bids.read_raw_bids")


def read_with_mne(name: str, path: Path) -> Any:
    import mne

    options = OPTIONS.get(name, {})
    if name == "nirx":
        path = path.parent
    return getattr(mne.io, MNE_READERS[name])(path, **options, verbose="ERROR")


def of_raw(raw: Any, reader: str) -> Decoded:
    synthesised = frozenset(
        name
        for name in raw.ch_names
        if name == "STI 014" or name in (getattr(raw, "event_id", None) or ())
    )
    samples = np.asarray(raw.get_data(picks="all"), dtype=np.float64)
    return Decoded(reader, tuple(raw.ch_names), samples, float(raw.info["sfreq"]), synthesised)


def read_mff(path: Path) -> Decoded:
    """Read with MNE; a folder that it does not understand, with mffpy."""
    try:
        return of_raw(read_with_mne("mff", path), "read_raw_egi")
    except Exception:  # noqa: BLE001 - MNE fails on averaged and on exported folders in many ways
        return read_mff_signals(path)


def read_mff_signals(path: Path) -> Decoded:
    import mffpy

    reader = mffpy.Reader(str(path))
    reader.set_unit("EEG", "V")
    parts = []
    for epoch in reader.epochs:
        signals = reader.get_physical_samples_from_epoch(epoch)
        parts.append(np.concatenate([signals[kind][0] for kind in sorted(signals)]))
    samples = np.concatenate(parts, axis=1).astype(np.float64)
    names = tuple(map(str, range(len(samples))))
    return Decoded("mffpy", names, samples, float(reader.sampling_rates["EEG"]))


def read_xdf(path: Path) -> Decoded:
    import pyxdf

    streams, _ = pyxdf.load_xdf(str(path))
    regular = [
        stream
        for stream in streams
        if stream["info"]["type"][0].lower() == "eeg"
        and float(stream["info"]["nominal_srate"][0]) > 0
        and len(stream["time_series"])
    ]
    stream = max(regular, key=lambda stream: np.asarray(stream["time_series"]).size)
    samples = np.asarray(stream["time_series"], dtype=np.float64).T * 1e-6
    rate_hz = float(stream["info"]["nominal_srate"][0])
    return Decoded("pyxdf", tuple(map(str, range(len(samples)))), samples, rate_hz)


def read_muse(path: Path) -> Decoded:
    """Read either kind of Muse table; its rate is that of its time stamps."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        names, *rows = csv.reader(stream, skipinitialspace=True)
    places = [i for i, name in enumerate(names) if _MUSE_SIGNAL.fullmatch(name)]
    kept = [row for row in rows if len(row) > places[-1] and row[places[0]]]
    samples = np.array([[float(row[i]) for i in places] for row in kept]).T
    is_motion = np.array([names[i].startswith(("Acc", "Gyro")) for i in places])
    samples[~is_motion] *= 1e-6
    first, last = (_seconds(kept[i][0]) for i in (0, -1))
    rate_hz = (len(kept) - 1) / (last - first)
    return Decoded("csv", tuple(names[i] for i in places), samples, rate_hz)


_MUSE_SIGNAL = re.compile(
    r"(RAW_)?(TP9|AF7|AF8|TP10)|Right ?AUX|AUX_RIGHT|(Accelerometer|Gyro)_[XYZ]", re.IGNORECASE
)


def _seconds(stamp: str) -> float:
    try:
        return float(stamp)
    except ValueError:
        return datetime.fromisoformat(stamp).timestamp()


def read_neuralynx(paths: Sequence[Path]) -> Decoded:
    """Read the channels with neo, which parts them at gaps (with a looser bound it misplaces
    samples); the parts are joined again."""
    from neo.rawio import NeuralynxRawIO

    names = [path.name for path in paths if path.suffix == ".ncs"]
    reader = NeuralynxRawIO(
        dirname=str(paths[0].parent), include_filenames=names, gap_tolerance_ms=1.0
    )
    reader.parse_header()
    parts = [
        reader.get_analogsignal_chunk(seg_index=segment, stream_index=0)
        for segment in range(reader.segment_count(0))
    ]
    microvolts = reader.rescale_signal_raw_to_float(np.concatenate(parts), stream_index=0)
    channels = tuple(map(str, reader.header["signal_channels"]["name"]))
    rate_hz = float(reader.get_signal_sampling_rate(0))
    samples = np.asarray(microvolts, dtype=np.float64).T * 1e-6
    return Decoded("neo", channels, samples, rate_hz)


def read_cnt(path: Path) -> Decoded:
    """Read by the layout that EEGLAB's ``loadcnt`` documents; MNE mixes up such files or stops."""
    data = path.read_bytes()

    def number(kind: str, at: int) -> float:
        return float(struct.unpack_from(f"<{kind}", data, at)[0])

    n_channels, rate_hz = int(number("H", 370)), number("H", 376)
    start, stop = 900 + 75 * n_channels, int(number("i", 886))
    places = range(900, start, 75)
    scale = [number("f", at + 59) * number("f", at + 71) / 204.8 for at in places]
    baseline = [number("h", at + 47) for at in places]
    names = [data[at : at + 10].split(b"\0")[0].decode("latin-1") for at in places]
    frames = np.frombuffer(data[start:stop], "<i2")
    frames = frames[: len(frames) // n_channels * n_channels].reshape(-1, n_channels)
    samples = (frames - np.array(baseline)) * np.array(scale) * 1e-6
    return Decoded("loadcnt layout", tuple(names), samples.T, rate_hz)


def read_ant(path: Path) -> Decoded:
    """Read the export that the vendor's program made of the same recording.

    The reader of this format (antio) can end the interpreter on the recording that there is.
    """
    return of_raw(read_with_mne("brainvision", path.with_suffix(".vhdr")), "read_raw_brainvision")


READERS: dict[str, Callable[[Path], Decoded]] = {
    "ant": read_ant,
    "cnt": read_cnt,
    "mff": read_mff,
    "muse": read_muse,
    "xdf": read_xdf,
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a written recording compares with its source, both as oracles read them.

    Attributes
    ----------
    same_channels, same_times, same_rate : bool
        As many channels (but for synthesised ones), as many samples, the same rate to 1e-9.
    difference : float
        Largest absolute difference of a sample, as a share of the largest amplitude of its
        channel; NaN where the shapes differ.
    """

    same_channels: bool
    same_times: bool
    same_rate: bool
    difference: float


def compare(source: Decoded, written: Decoded) -> Agreement:
    """Compare two readings of a recording, channel by channel in their order."""
    kept = [
        i
        for i, name in enumerate(source.names)
        if name not in source.synthesised or name in written.names
    ]
    before, after = source.samples[kept], written.samples
    same_rate = abs(source.sfreq_hz / written.sfreq_hz - 1) < 1e-9
    difference = np.nan
    if before.shape == after.shape:
        largest = np.abs(before).max(axis=1)
        apart = np.abs(before - after).max(axis=1)
        difference = float((apart / np.where(largest > 0, largest, 1.0)).max())
    same = [a == b for a, b in zip(before.shape, after.shape, strict=True)]
    return Agreement(same[0], same[1], same_rate, difference)
