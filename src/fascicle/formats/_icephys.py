"""What all recordings of pipettes have in common: sweeps in counts, written as NWB.

A sweep is a stretch of time in which all channels were sampled; a channel is the current or the
voltage at one pipette, or something beside. What the amplifier was told to do, where the file says
it, goes beside each sweep as its stimulus.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, Header, Modality

from ._channels import bids_unit
from ._files import written_paths
from ._nwb_write import NwbDraft, write_nwb
from ._vendor import Opened, VendorFormat, foreign_reader, require_same_shape, require_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Source, Written

AMPERES_IN = {"A": 1.0, "mA": 1e-3, "uA": 1e-6, "nA": 1e-9, "pA": 1e-12}
VOLTS_IN = {"V": 1.0, "mV": 1e-3, "uV": 1e-6}
_SPELLED = {unit.replace("u", "\u00b5"): unit for unit in ("uA", "uV")} | {
    unit.replace("u", "\u03bc"): unit for unit in ("uA", "uV")
}
BLOCK_TIMES = 1 << 20
"""Samples of a sweep that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Clamp:
    """One channel of a recording of pipettes.

    Attributes
    ----------
    channel : Channel
        Name, unit and rate.
    gain, offset : float
        Unit of the channel for one count, and what is added then.
    holds : str
        ``"voltage"`` if the voltage was held and the current measured, ``"current"`` the other way
        round, empty for what is neither.
    command_unit : str
        Unit of the stimulus, where there is one.
    """

    channel: Channel
    gain: float
    offset: float
    holds: str
    command_unit: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A stretch of time in which all channels were sampled.

    Attributes
    ----------
    start_s : float
        Its first sample, in seconds from the start of the recording.
    n_times : int
        Its length in samples.
    read : callable
        ``read(start, stop)`` gives counts, shape (n_times, n_channels).
    commands : tuple of (ndarray of float64, shape (n_times,), or None)
        What each channel's amplifier was told, in the unit of its command.
    """

    start_s: float
    n_times: int
    read: Callable[[int, int], NDArray[Any]]
    commands: tuple[NDArray[np.float64] | None, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedPatch:
    """A recording that was opened.

    Attributes
    ----------
    header : Header
        What it says; its channels are those of `clamps`, its length is that of all sweeps.
    clamps : tuple of Clamp
        Its channels.
    sweeps : tuple of Sweep
        In order of time.
    dtype : str
        How counts are stored: ``"<i2"``.
    """

    header: Header
    clamps: tuple[Clamp, ...]
    sweeps: tuple[Sweep, ...]
    dtype: str


def open_patch(
    header: Header, clamps: Sequence[Clamp], sweeps: Sequence[Sweep], dtype: str
) -> OpenedPatch:
    """Return an opened recording; channels, rate and length of the header follow from its parts."""
    channels = tuple(clamp.channel for clamp in clamps)
    said = {**header.metadata, "NumberOfSweeps": len(sweeps)}
    whole = replace(
        header,
        modality=Modality.ICEPHYS,
        channels=channels,
        sfreq_hz=channels[0].sfreq_hz if channels else 0.0,
        n_times=sum(sweep.n_times for sweep in sweeps),
        is_continuous=len(sweeps) == 1,
        metadata=said,
    )
    return OpenedPatch(whole, tuple(clamps), tuple(sweeps), dtype)


def patch_unit(text: str) -> str:
    """Return the BIDS spelling of a unit; amperes, which other recordings do not have, by case.

    Examples
    --------
    >>> patch_unit("pA"), patch_unit(" mV"), patch_unit("Jane")
    ('pA', 'mV', 'n/a')
    """
    plain = text.strip()
    plain = _SPELLED.get(plain, plain)
    return plain if plain in AMPERES_IN or plain in VOLTS_IN else bids_unit(text)


def clamp_of(unit: str, command_unit: str = "") -> str:
    """Return what was held, by the units of what was measured and of what was told.

    Examples
    --------
    >>> clamp_of("pA", "mV"), clamp_of("mV"), clamp_of("V"), clamp_of("oC")
    ('voltage', 'current', '', '')
    """
    if unit in AMPERES_IN:
        return "voltage"
    if unit in {"mV", "uV"} or (unit in VOLTS_IN and command_unit in AMPERES_IN):
        return "current"
    return ""  # volts alone may be what any instrument puts out


class PatchFormat(VendorFormat):
    """Base of the formats of pipettes: a subclass recognises its files and opens them."""

    modalities: tuple[Modality, ...] = (Modality.ICEPHYS,)
    requires: str = "neurodata"

    @abstractmethod
    def open_sweeps(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedPatch:
        """Open a recording; what goes wrong may be raised in any words."""

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Open a recording as channels in their units, its sweeps one after the other."""
        opened = self.open_sweeps(root, files)
        return Opened(opened.header, lambda start, stop: read_values(opened, start, stop))

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write the sweeps as NWB with nothing but what `header` says."""
        from fascicle.core import Written

        with foreign_reader(self.title, self.requires):
            opened = self.open_sweeps(root, source.files)
            require_same_shape(require_samples(opened.header), header)
            write_patch(opened, header, folder / f"{stem}.nwb")
        return Written("nwb", written_paths(f"{stem}.nwb"), copied=False)


def read_values(opened: OpenedPatch, start: int, stop: int) -> NDArray[np.float64]:
    """Return all channels between two samples, in their units, over the seams of sweeps."""
    parts = []
    first = 0
    for sweep in opened.sweeps:
        low, high = max(start, first), min(stop, first + sweep.n_times)
        if low < high:
            parts.append(sweep.read(low - first, high - first))
        first += sweep.n_times
    counts = np.concatenate(parts).T.astype(np.float64)
    gains = np.array([clamp.gain for clamp in opened.clamps])
    offsets = np.array([clamp.offset for clamp in opened.clamps])
    values: NDArray[np.float64] = counts * gains[:, np.newaxis] + offsets[:, np.newaxis]
    return values


def write_patch(opened: OpenedPatch, header: Header, path: Path) -> None:
    """Write an opened recording with nothing but what `header` says."""
    write_nwb(path, header, lambda draft: _build(draft, opened))


def _build(draft: NwbDraft, opened: OpenedPatch) -> None:
    """Add electrodes, a series for each sweep of each channel, and the table of sweeps."""
    electrodes = _add_electrodes(draft, opened)
    for number, sweep in enumerate(opened.sweeps):
        rows = []
        for index, clamp in enumerate(opened.clamps):
            name = f"{number + 1:04d}" + (f"Channel{index + 1}" if len(opened.clamps) > 1 else "")
            electrode = electrodes.get(index)
            if electrode is None:
                _add_other(draft, opened, (sweep, index), name)
                continue
            told = sweep.commands[index] if index < len(sweep.commands) else None
            response = _add_response(draft, opened, (sweep, index), name, electrode)
            stimulus = None
            if told is not None:
                stimulus = _add_stimulus(draft, clamp, (sweep, told), name, electrode)
            rows.append(
                draft.file.add_intracellular_recording(
                    electrode=electrode, stimulus=stimulus, response=response
                )
            )
        if rows:
            draft.file.add_icephys_simultaneous_recording(recordings=rows)
    draft.add_events()


def _add_electrodes(draft: NwbDraft, opened: OpenedPatch) -> dict[int, Any]:
    """Return an electrode for each channel that is one."""
    file, header = draft.file, draft.header
    held = [i for i, clamp in enumerate(opened.clamps) if clamp.holds]
    if not held:
        return {}
    place = header.metadata.get("BrainRegion")
    model = file.create_device_model(
        name=str(header.metadata.get("ManufacturersModelName") or "Amplifier model"),
        manufacturer=header.manufacturer or str(header.metadata.get("Manufacturer") or "unknown"),
    )
    device = file.create_device(name="Amplifier", description="Amplifier of pipettes.", model=model)
    return {
        i: file.create_icephys_electrode(
            name=f"Electrode{number + 1}",
            description=f"Pipette of channel {header.channels[i].name}.",
            device=device,
            location=str(place) if place else None,
            cell_id=f"cell {number + 1}",
        )
        for number, i in enumerate(held)
    }


def _stream(draft: NwbDraft, opened: OpenedPatch, part: tuple[Sweep, int]) -> Any:  # noqa: ANN401 - hdmf
    """Return what stands in for the counts of one channel of a sweep."""
    sweep, index = part

    def blocks() -> Iterator[NDArray[Any]]:
        for start in range(0, sweep.n_times, BLOCK_TIMES):
            yield np.ascontiguousarray(
                sweep.read(start, min(start + BLOCK_TIMES, sweep.n_times))[:, index]
            )

    return draft.stream((sweep.n_times,), opened.dtype, blocks)


def _add_response(
    draft: NwbDraft,
    opened: OpenedPatch,
    part: tuple[Sweep, int],
    name: str,
    electrode: Any,  # noqa: ANN401 - pynwb
) -> Any:  # noqa: ANN401
    """Add what was measured in one sweep of one channel."""
    from pynwb.icephys import CurrentClampSeries, VoltageClampSeries

    sweep, index = part
    clamp = opened.clamps[index]
    is_voltage = clamp.holds == "voltage"
    series = VoltageClampSeries if is_voltage else CurrentClampSeries
    factor = AMPERES_IN[clamp.channel.unit] if is_voltage else VOLTS_IN[clamp.channel.unit]
    made = series(
        name=f"{series.__name__}{name}",
        description="Current at a held voltage." if is_voltage else "Voltage at a held current.",
        data=_stream(draft, opened, part),
        electrode=electrode,
        rate=clamp.channel.sfreq_hz,
        starting_time=sweep.start_s,
        conversion=clamp.gain * factor,
        offset=clamp.offset * factor,
        stimulus_description="As reconstructed from the protocol." if sweep.commands else "N/A",
    )
    draft.file.add_acquisition(made)
    return made


def _add_stimulus(
    draft: NwbDraft,
    clamp: Clamp,
    told: tuple[Sweep, NDArray[np.float64]],
    name: str,
    electrode: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Add what the amplifier was told in one sweep."""
    from pynwb.icephys import CurrentClampStimulusSeries, VoltageClampStimulusSeries

    sweep, command = told
    is_voltage = clamp.holds == "voltage"
    series = VoltageClampStimulusSeries if is_voltage else CurrentClampStimulusSeries
    factor = (VOLTS_IN if is_voltage else AMPERES_IN)[clamp.command_unit]
    made = series(
        name=f"{series.__name__}{name}",
        description="What the amplifier was told, reconstructed from the file's protocol.",
        data=draft.stream((len(command),), "<f8", lambda: [command]),
        electrode=electrode,
        rate=clamp.channel.sfreq_hz,
        starting_time=sweep.start_s,
        conversion=factor,
        stimulus_description="As reconstructed from the protocol.",
    )
    draft.file.add_stimulus(made)
    return made


def _add_other(draft: NwbDraft, opened: OpenedPatch, part: tuple[Sweep, int], name: str) -> None:
    """Add what is neither a held voltage nor a held current."""
    from pynwb import TimeSeries

    sweep, index = part
    clamp, channel = opened.clamps[index], draft.header.channels[index]
    factor = VOLTS_IN.get(channel.unit, 1.0)
    draft.file.add_acquisition(
        TimeSeries(
            name=f"TimeSeries{name}",
            description=f"Input {channel.name} beside the pipettes.",
            data=_stream(draft, opened, part),
            unit="volts" if channel.unit in VOLTS_IN else channel.unit,
            rate=channel.sfreq_hz,
            starting_time=sweep.start_s,
            conversion=clamp.gain * factor,
            offset=clamp.offset * factor,
        )
    )
