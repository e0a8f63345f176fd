"""Kwik (.kwik with .kwx): units that Klusta or KlustaKwik found, in HDF5."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Identifier

from ._hdf5_texts import find_texts
from ._units import Sites, SortedUnits, UnitsFormat, bad_units, split_spikes
from ._vendor import find_identifiers, same_stem

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"\x89HDF\r\n\x1a\n"
_LABELS = {0: "noise", 1: "mua", 2: "good", 3: "unsorted"}
_OTHERS = (".kwx", ".kwd", ".raw.kwd", ".high.kwd", ".low.kwd")


class Kwik(UnitsFormat):
    """Kwik (.kwik)."""

    name = "kwik"
    title = "Kwik (.kwik)"
    companion_suffixes = (".kwx",)

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5 and the ending; whether there are spikes, `confirms` tells."""
        is_kwik = head.path.suffix.casefold() == ".kwik"
        return not head.is_folder and is_kwik and head.head.startswith(_MAGIC)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for groups of channels."""
        import h5py

        with h5py.File(root / head.path, "r") as file:
            return "channel_groups" in file

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return features and raw samples of the same name."""
        return same_stem(head, siblings, _OTHERS)

    def open_units(self, root: Path, files: tuple[PurePosixPath, ...]) -> SortedUnits:
        """Read the spikes of every group; numbers of units run on over groups."""
        import h5py

        with h5py.File(root / files[0], "r") as file:
            if "channel_groups" not in file:
                raise bad_units("channel_groups")
            rate_hz = _rate(file)
            groups = [file["channel_groups"][name] for name in _in_order(file["channel_groups"])]
            numbers: list[int] = []
            times: list[NDArray[np.float64]] = []
            labels: list[str] = []
            for group in groups:
                own, own_times, own_labels = _units(group, rate_hz, _starts_s(file))
                first = 1 + max(numbers, default=-1) if numbers else 0
                shift = first if numbers else 0
                numbers += [number + shift for number in own]
                times += own_times
                labels += own_labels
            if not numbers:
                raise bad_units("spikes")
            n_stored = sum(int(g["spikes/time_samples"].size) for g in groups
                           if "spikes/time_samples" in g)  # fmt: skip
            return SortedUnits(
                rate_hz,
                tuple(numbers),
                tuple(times),
                tuple(labels),
                _sites(groups),
                identifiers=tuple(dict.fromkeys(_identifiers(file))),
                n_early=n_stored - sum(map(len, times)),
            )


def _in_order(group: Any) -> list[str]:  # noqa: ANN401 - h5py
    """Return the names of a group that are numbers, by number."""
    return sorted((name for name in group if name.isdecimal()), key=int)


def _rate(file: Any) -> float:  # noqa: ANN401
    """Return the sampling rate, wherever the version keeps it."""
    places = [file["recordings"][name] for name in _in_order(file.get("recordings", {}))]
    places += [file[name] for name in ("application_data/spikedetekt",) if name in file]
    for place in places:
        rate_hz = place.attrs.get("sample_rate")
        if rate_hz is not None and np.isfinite(rate_hz) and 0 < float(rate_hz) < 1e8:
            return float(rate_hz)
    raise bad_units("a sampling rate")


def _starts_s(file: Any) -> dict[int, float]:  # noqa: ANN401
    """Return when each part of the recording began, in seconds."""
    recordings = file.get("recordings", {})
    starts = {}
    for name in _in_order(recordings):
        start = recordings[name].attrs.get("start_time", 0.0)
        starts[int(name)] = float(start) if np.isfinite(start) else 0.0
    return starts


def _units(
    group: Any,  # noqa: ANN401
    rate_hz: float,
    starts_s: dict[int, float],
) -> tuple[list[int], list[NDArray[np.float64]], list[str]]:
    """Return numbers, spikes and labels of the units of one group of channels."""
    if "spikes/time_samples" not in group or not group["spikes/time_samples"].size:
        return [], [], []
    spikes = group["spikes"]
    samples = spikes["time_samples"][()].astype(np.int64).astype(np.float64)
    if "recording" in spikes and len(starts_s) > 1:
        parts = spikes["recording"][()].astype(np.int64)
        if parts.shape != samples.shape:
            raise bad_units("the part of the recording of every spike")
        table = np.array([starts_s.get(i, 0.0) for i in range(int(parts.max()) + 1)])
        samples = samples + table[parts] * rate_hz
    clusters = (
        spikes["clusters/main"][()].astype(np.int64)
        if "clusters/main" in spikes
        else np.zeros(samples.shape, np.int64)
    )
    numbers, times = split_spikes(samples, clusters, rate_hz)
    told = group.get("clusters/main", {})
    labels = []
    for number in numbers:
        node = told.get(str(number))
        code = 3 if node is None else int(node.attrs.get("cluster_group", 3))
        labels.append(_LABELS.get(code, "unsorted"))
    return list(numbers), list(times), labels


def _sites(groups: list[Any]) -> Sites | None:
    """Return the contacts of all groups; each group is a shank."""
    x_um, y_um, shanks = [], [], []
    for shank, group in enumerate(groups):
        channels = group.get("channels", {})
        for name in _in_order(channels):
            place = np.asarray(channels[name].attrs.get("position", (np.nan, np.nan)), np.float64)
            if place.shape != (2,):
                place = np.full(2, np.nan)
            x_um.append(float(place[0]))
            y_um.append(float(place[1]))
            shanks.append(shank)
    if not shanks or np.isnan(x_um).all():
        return None
    return Sites(np.array(x_um), np.array(y_um), tuple(shanks))


def _identifiers(file: Any) -> Iterator[Identifier]:  # noqa: ANN401
    """Yield the texts that hold paths: experiment, raw files, the user's folder."""
    own = ("attribute name", "attribute experiment_name", "attribute raw_data_files")
    said = ((kind, name, str(text)) for kind, name, text in find_texts(file) if name in own)
    # Names of groups and parts of the recording are Klusta's own words.
    fields = [(kind, name, t) for kind, name, t in said if kind == "path" or name[-4:] != "name"
              or any(c in t for c in "_/\\.")]  # fmt: skip
    fields = [field for field in fields if not field[2].startswith("recording_")]
    yield from find_identifiers("Kwik", fields)
