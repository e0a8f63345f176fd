"""What all results of spike sorting have in common: units with their spikes, written as NWB."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Header, Identifier, Modality, Written, say_count
from fascicle.errors import FormatError

from ._files import written_paths
from ._nwb_write import NwbDraft, write_nwb
from ._vendor import DecodedFormat, foreign_reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Source

LABELS = frozenset({"good", "mua", "noise", "unsorted"})
"""Words for how well a unit was told apart; another word becomes unsorted."""

OWN_UNIT = "n.a."
"""Unit of templates: sorters whiten and scale them, and nothing leads back to volts."""

_COLUMN = "quality"
_MOST_EARLY = 0.01
"""Share of spikes that may lie before the first sample; with more of them the samples are wrong."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Where the contacts are that the sorter used.

    Attributes
    ----------
    x_um, y_um : ndarray of float64, shape (n_sites,)
        In micrometres, on the probe's own plane; NaN where it is not known.
    shanks : tuple of int
        The shank or group of each.
    """

    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]
    shanks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SortedUnits:
    """What a sorter found.

    Attributes
    ----------
    sfreq_hz : float
        Rate of the recording that was sorted, in hertz.
    numbers : tuple of int
        The sorter's number of each unit, in their order.
    times_s : tuple of ndarray of float64
        Spikes of each unit, in seconds from the start of the recording, in order.
    labels : tuple of str
        ``"good"``, ``"mua"``, ``"noise"`` or ``"unsorted"``.
    sites : Sites or None
        Contacts.
    peaks : tuple of int
        The contact on which each unit is largest, -1 where it is not known; may be empty.
    waveforms : ndarray, shape (n_units, n_times, n_sites), or None
        Mean of the templates of each unit, in the sorter's own unit.
    identifiers : tuple of Identifier
        What points to people and computers.
    n_early : int
        Spikes that the sorter put before the first sample; they are left out.
    """

    sfreq_hz: float
    numbers: tuple[int, ...]
    times_s: tuple[NDArray[np.float64], ...]
    labels: tuple[str, ...]
    sites: Sites | None = None
    peaks: tuple[int, ...] = ()
    waveforms: NDArray[Any] | None = None
    identifiers: tuple[Identifier, ...] = ()
    n_early: int = 0

    @property
    def n_spikes(self) -> int:
        """Spikes of all units."""
        return sum(len(times) for times in self.times_s)


class UnitsFormat(DecodedFormat):
    """Base of the formats of sorted units: a subclass recognises its files and opens them."""

    modalities: tuple[Modality, ...] = (Modality.ECEPHYS,)
    proven_on = "real"
    requires = "neurodata"

    @abstractmethod
    def open_units(self, root: Path, files: tuple[PurePosixPath, ...]) -> SortedUnits:
        """Read the units; what goes wrong may be raised in any words."""

    def read_header(self, root: Path, source: Source) -> Header:
        """Read how many units and spikes there are."""
        with foreign_reader(self.title, self.requires):
            return describe_units(self.open_units(root, source.files))

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write the units as NWB with nothing but what `header` says."""
        with foreign_reader(self.title, self.requires):
            units = self.open_units(root, source.files)
            write_nwb(folder / f"{stem}.nwb", header, lambda draft: _build(draft, units))
        return Written("nwb", written_paths(f"{stem}.nwb"), copied=False)


def describe_units(units: SortedUnits) -> Header:
    """Return the header of what a sorter found."""
    evidence = ["units that a spike sorter found"]
    if units.n_early:
        evidence.append(
            f"stays behind: {say_count(units.n_early, 'spike')} before the first sample"
        )
    return Header(
        modality=Modality.ECEPHYS,
        identifiers=units.identifiers,
        evidence=tuple(evidence),
        metadata={
            "NumberOfUnits": len(units.numbers),
            "NumberOfSpikes": units.n_spikes,
            "SamplingFrequency": units.sfreq_hz,
        },
    )


def split_spikes(
    samples: NDArray[Any], clusters: NDArray[Any], sfreq_hz: float
) -> tuple[tuple[int, ...], tuple[NDArray[np.float64], ...]]:
    """Return the number of each unit and its spikes in seconds, in order.

    Sorters that shift spikes to the peak of their template put a few before the first sample: those
    are left out, because nothing was recorded there.

    Parameters
    ----------
    samples : ndarray of int, shape (n_spikes,)
        Sample at which each spike is; unsigned numbers that wrapped are below zero.
    clusters : ndarray of int, shape (n_spikes,)
        Unit of each spike.
    sfreq_hz : float
        Rate, in hertz.

    Raises
    ------
    FormatError
        FSC275 if there are no spikes, not as many samples as units, or many spikes before the
        first sample.
    """
    if samples.shape != clusters.shape or samples.ndim != 1 or not samples.size:
        raise bad_units("spikes and a unit for each of them")
    if samples.dtype.kind not in "iuf" or clusters.dtype.kind not in "iu":
        raise bad_units("whole numbers of samples and units")
    if not 0 < sfreq_hz < 1e8 or not np.isfinite(samples).all():
        raise bad_units("a sampling rate, and a sample for every spike")
    samples = samples.astype(np.int64) if samples.dtype.kind == "u" else samples
    is_recorded = samples >= 0
    if np.mean(~is_recorded) > _MOST_EARLY:
        raise bad_units("spikes after the start of the recording")
    samples, clusters = samples[is_recorded], clusters[is_recorded]
    order = np.lexsort((samples, clusters))
    numbers, starts = np.unique(clusters[order], return_index=True)
    times = samples[order].astype(np.float64) / sfreq_hz
    return tuple(int(n) for n in numbers), tuple(np.split(times, starts[1:]))


def bad_units(expected: str) -> FormatError:
    """Return the error for results of sorting that cannot be used."""
    return FormatError(
        "FSC275",
        f"Expected {expected} in the results of spike sorting, got something else.",
        "The results are damaged or copied in part: copy the whole folder again.",
    )


def _build(draft: NwbDraft, units: SortedUnits) -> None:
    """Add contacts, then units with their spikes, labels and templates."""
    from pynwb.misc import Units

    has_sites = units.sites is not None and len(units.sites.x_um) > 0
    if has_sites:
        _add_sites(draft, units)
    table: Any = Units(
        name="units",
        description="Units that a spike sorter found.",
        waveform_rate=units.sfreq_hz,
        waveform_unit=OWN_UNIT,
        resolution=1.0 / units.sfreq_hz,
    )
    draft.file.units = table
    table.add_column(_COLUMN, "How well the unit was told apart, by the sorter or by hand.")
    for row in _rows(units, has_sites=has_sites):
        draft.file.add_unit(**row)


def _rows(units: SortedUnits, *, has_sites: bool) -> Iterator[dict[str, Any]]:
    """Yield what is said of each unit."""
    for i, number in enumerate(units.numbers):
        row: dict[str, Any] = {
            "id": number,
            "spike_times": units.times_s[i],
            _COLUMN: units.labels[i] if units.labels[i] in LABELS else "unsorted",
        }
        if has_sites and units.peaks:
            row["electrodes"] = [units.peaks[i]] if units.peaks[i] >= 0 else []
        if units.waveforms is not None:
            row["waveform_mean"] = units.waveforms[i]
        yield row


def _add_sites(draft: NwbDraft, units: SortedUnits) -> None:
    """Add a row for each contact, by shanks."""
    file, sites = draft.file, units.sites
    assert sites is not None  # noqa: S101 - the caller looked
    place = str(draft.header.metadata.get("BrainRegion") or "unknown")
    device = file.create_device(name="probe01", description="Extracellular electrodes.")
    groups = {
        shank: file.create_electrode_group(
            name=f"Shank{shank}",
            description="Electrodes of one shank.",
            location=place,
            device=device,
        )
        for shank in dict.fromkeys(sites.shanks)
    }
    for i, shank in enumerate(sites.shanks):
        where = {"rel_x": float(sites.x_um[i]), "rel_y": float(sites.y_um[i])}
        file.add_electrode(id=i, location=place, group=groups[shank], **where)
