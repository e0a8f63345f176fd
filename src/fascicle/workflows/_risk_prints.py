"""Fingerprints of the people of a dataset, from their recordings and time series."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Modality, Progress, ProgressHook
from fascicle.describe import find_recordings
from fascicle.errors import FascicleError
from fascicle.formats import VolumeFile, open_volume_file, read_blocks, read_written_header
from fascicle.maths import WelchSpectrum, connectome_fingerprint, spectrum_fingerprint

from ._private_inputs import is_matrix, name_people, read_numbers, walk_numbers

_SESSION = re.compile(r"ses-([0-9A-Za-z]+)")
_SPECTRAL = frozenset({Modality.EEG.value, Modality.MEG.value, Modality.IEEG.value})
_SAMPLED = frozenset({"EEG", "MEGMAG", "MEGGRADPLANAR", "MEGGRADAXIAL", "SEEG", "ECOG", "DBS"})
_WINDOW_S = 2.0
_BLOCK_S = 60.0
_MIN_SFREQ_HZ = 80.0
_MIN_SCANS = 20
_GRID = 6
_DARK = 0.1

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprints of one recording.

    Attributes
    ----------
    label, session : str
        Whose, and of which session; the session is empty where there is one only.
    names : tuple of str
        What the rows are: channels, regions.
    halves : tuple of ndarray
        Of its first and second half. Spectra: shape (n_channels, n_bands). Series: shape
        (n_regions, n_times), of which the connectome is taken when it is known which regions all
        have.
    """

    label: str
    session: str
    names: tuple[str, ...]
    halves: tuple[Vector, Vector]


@dataclass(frozen=True, slots=True)
class PrintSet:
    """Fingerprints of one kind of all people, over what all recordings have.

    Attributes
    ----------
    what : str
        Which fingerprint.
    halves : dict of (str, str) to tuple of ndarray
        By person and session: of the first and second half, shape (n_features,).
    """

    what: str
    halves: dict[tuple[str, str], tuple[Vector, Vector]]

    def pair_halves(self) -> tuple[Vector, Vector] | None:
        """Return first and second halves of each person's first session, None for fewer than 2."""
        first = {label: self.halves[label, ses] for label, ses in sorted(self.halves, reverse=True)}
        return _stack([first[label] for label in sorted(first)])

    def pair_sessions(self) -> tuple[Vector, Vector] | None:
        """Return each person's first two sessions, None if fewer than 2 people have two."""
        people = defaultdict[str, list[Vector]](list)
        for label, session in sorted(self.halves):
            people[label].append(np.mean(self.halves[label, session], axis=0))
        return _stack([(some[0], some[1]) for some in people.values() if len(some) > 1])

    def means(self) -> dict[str, Vector]:
        """Return one fingerprint for each person, over all there is of them."""
        people = defaultdict[str, list[Vector]](list)
        for (label, _), halves in sorted(self.halves.items()):
            people[label] += halves
        return {label: np.mean(some, axis=0) for label, some in people.items()}


def _stack(pairs: list[tuple[Vector, Vector]]) -> tuple[Vector, Vector] | None:
    if len(pairs) < 2:
        return None
    return np.array([one for one, _ in pairs]), np.array([other for _, other in pairs])


def collect_prints(
    folder: Path | None, timeseries: Path | None, *, on_progress: ProgressHook | None = None
) -> tuple[tuple[PrintSet, ...], int]:
    """Take fingerprints of all recordings of a dataset, and of series that go with it.

    Parameters
    ----------
    folder : Path or None
        A BIDS dataset.
    timeseries : Path or None
        A folder with a time series (times, regions) of each person.
    on_progress : callable or None
        Told of every recording.

    Returns
    -------
    tuple of PrintSet, and int
        A set for each kind of signal that two people or more have, and how many recordings could
        not be compared with another person's: too short, too slow, damaged, or without the
        channels of the others.
    """
    kinds = defaultdict[str, list[Print]](list)
    n_failed = 0
    listed = [*_list_recordings(folder), *_list_series(timeseries)]
    for done, (what, label, session, path) in enumerate(listed):
        if on_progress is not None:
            on_progress(Progress("read", done, len(listed), path.name))
        try:
            taken = _TAKERS[what](path)
        except FascicleError:
            taken = None
        if taken is None:
            n_failed += 1
            continue
        kinds[what].append(Print(label, session, *taken))
    found = []
    for what, prints in sorted(kinds.items()):
        aligned, n_odd = _align(what, prints)
        n_failed += n_odd
        if aligned is not None:
            found.append(aligned)
    return tuple(found), n_failed


def _list_recordings(folder: Path | None) -> Iterator[tuple[str, str, str, Path]]:
    """Yield kind, person, session and path of what a BIDS dataset holds."""
    for found in find_recordings(folder) if folder else ():
        label, session = found.entities.get("sub", ""), found.entities.get("ses", "")
        if found.modality in _SPECTRAL:
            yield f"{found.modality.upper()} spectrum", label, session, found.path
        elif found.modality == Modality.FUNC.value and "_bold.nii" in found.path.name:
            yield "fMRI connectome", label, session, found.path


def _list_series(folder: Path | None) -> Iterator[tuple[str, str, str, Path]]:
    if folder is None:
        return
    paths = list(walk_numbers(folder))
    for label, path in zip(name_people(folder, paths), paths, strict=True):
        session = _SESSION.search(path.relative_to(folder).as_posix())
        yield "connectome of the time series", label, session[1] if session else "", path


_Taken = tuple[tuple[str, ...], tuple[Vector, Vector]]


def _take_spectrum(path: Path) -> _Taken | None:
    """Return channels and the fingerprints of both halves; None if it is too slow or short."""
    header = read_written_header(path)
    rows = [row for row, one in enumerate(header.channels) if one.kind.upper() in _SAMPLED]
    n_window, n_times = round(_WINDOW_S * header.sfreq_hz), header.n_times
    if header.sfreq_hz < _MIN_SFREQ_HZ or not rows or n_times < 2 * n_window:
        return None
    halves = [WelchSpectrum(len(rows), header.sfreq_hz, n_window) for _ in range(2)]
    at = 0
    for block in read_blocks(path, block_s=_BLOCK_S):
        for start in range(0, block.shape[1] - n_window + 1, n_window):
            middle = at + start + n_window / 2
            halves[int(middle >= n_times / 2)].add(block[rows, start : start + n_window])
        at += block.shape[1]
    first, second = (
        spectrum_fingerprint(half.density(), half.freqs_hz).reshape(len(rows), -1)
        for half in halves
    )
    return tuple(header.channels[row].name for row in rows), (first, second)


def _take_series(path: Path) -> _Taken | None:
    """Return regions and both halves of a time series; None for a matrix or what is too short."""
    values = read_numbers(path).T  # (n_regions, n_times)
    n_regions, n_times = values.shape
    if is_matrix(values) or n_times < 2 * _MIN_SCANS:
        return None
    middle = n_times // 2
    names = tuple(map(str, range(n_regions)))
    return names, (values[:, :middle], values[:, middle:])


def _take_volumes(path: Path) -> _Taken | None:
    """Return cells of a coarse grid that are not dark, and both halves of their series."""
    file = open_volume_file(path)
    if file.n_volumes < 2 * _MIN_SCANS:
        return None
    series = average_cells(file)
    bright = series.mean(axis=1) > _DARK * series.mean(axis=1).max()
    middle = file.n_volumes // 2
    names = tuple(str(cell) for cell in np.flatnonzero(bright))
    return names, (series[bright, :middle], series[bright, middle:])


def average_cells(file: VolumeFile) -> Vector:
    """Return the mean of each cell of a grid of 6 x 6 x 6 over time, shape (216, n_volumes).

    The grid divides the field of view; it knows no anatomy, and so finds less than an atlas would.
    """
    cells = [np.arange(length) * _GRID // length for length in file.shape[:3]]
    flat = (cells[0][:, None] * _GRID + cells[1]) * _GRID  # (n_x, n_y)
    sums = np.zeros((_GRID**3, file.n_volumes))
    counts = np.zeros(_GRID**3)
    for slab in file.slabs():
        deep = cells[2][slab.first : slab.first + slab.values.shape[2]]
        index = (flat[:, :, None] + deep).ravel()
        values = np.nan_to_num(slab.values, posinf=0.0, neginf=0.0).ravel().astype(np.float64)
        sums[:, slab.volume] += np.bincount(index, values, minlength=_GRID**3)
        if slab.volume == 0:
            counts += np.bincount(index, minlength=_GRID**3)
    means: Vector = sums / np.maximum(counts, 1)[:, None]
    return means


_TAKERS = {
    **{f"{kind.upper()} spectrum": _take_spectrum for kind in _SPECTRAL},
    "fMRI connectome": _take_volumes,
    "connectome of the time series": _take_series,
}


def _align(what: str, prints: list[Print]) -> tuple[PrintSet | None, int]:
    """Return fingerprints over the channels or regions that all have, and how many were left out.

    None, and all of them, if that leaves too little or one person.
    """
    shared, kept = _choose_names(prints)
    n_odd = len(prints) - len(kept)
    is_spectrum = what.endswith("spectrum")
    if len(shared) < (1 if is_spectrum else 3) or len({one.label for one in kept}) < 2:
        return None, len(prints)
    taken = defaultdict[tuple[str, str], list[tuple[Vector, Vector]]](list)
    for one in kept:
        rows = [one.names.index(name) for name in shared]
        first, second = (
            half[rows].ravel() if is_spectrum else connectome_fingerprint(half[rows])
            for half in one.halves
        )
        taken[one.label, one.session].append((first, second))
    # Runs of one session are one look at a person.
    means = {
        key: (np.mean([one for one, _ in some], axis=0), np.mean([two for _, two in some], axis=0))
        for key, some in taken.items()
    }
    return PrintSet(what, means), n_odd


def _choose_names(prints: list[Print]) -> tuple[list[str], list[Print]]:
    """Choose what all have; a few odd recordings that leave little of it are left out."""
    kept = list(prints)
    while True:
        counts = Counter(name for one in kept for name in one.names)
        shared = [name for name in kept[0].names if counts[name] == len(kept)]
        typical = float(np.median([len(one.names) for one in kept]))
        if 2 * len(shared) >= typical or 2 * len(kept) <= len(prints):
            return shared, kept
        usual = {name for name, count in counts.items() if 2 * count > len(kept)}
        kept.remove(min(kept, key=lambda one: len(usual.intersection(one.names))))
