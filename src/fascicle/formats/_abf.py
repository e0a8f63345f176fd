"""Axon Binary Format (.abf, versions 1 and 2) of pCLAMP and AxoScope, read by Neo."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._icephys import (
    AMPERES_IN,
    VOLTS_IN,
    Clamp,
    OpenedPatch,
    PatchFormat,
    Sweep,
    clamp_of,
    open_patch,
    patch_unit,
)
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 512
_STEP, _RAMP = 1, 2
_FIRST_PART = 64
"""The first of 64 parts of a sweep is held before the first epoch begins (pCLAMP's rule)."""

_MAX_SWEEPS = 100_000
_MAX_COMMAND = 50_000_000
"""Samples of all commands together; a longer protocol is not written out."""

_TAG_BYTES = 64
_MAX_STRINGS = 1 << 20


class Abf(PatchFormat):
    """Axon Binary Format (.abf)."""

    name = "abf"
    title = "Axon Binary Format (.abf)"
    proven_on = "real"
    manufacturer = "Molecular Devices"

    def recognises(self, head: FileHead) -> bool:
        """Look for the signature of either version and a version number that goes with it."""
        if head.is_folder or len(head.head) < 76:
            return False
        if head.head.startswith(b"ABF2"):
            return head.head[7] == 2  # the last of four bytes: 2.x
        version = float(np.frombuffer(head.head[4:8], "<f4")[0])
        return head.head.startswith(b"ABF ") and 1.0 <= version < 2.0

    def open_sweeps(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedPatch:
        """Open the sweeps; samples are read when they are asked for."""
        from neo.rawio import AxonRawIO

        path = root / files[0]
        reader = AxonRawIO(str(path))
        reader.parse_header()
        info: dict[str, Any] = reader._axon_info  # noqa: SLF001 - Neo keeps what it read there
        listed = reader.header["signal_channels"]
        rate_hz = float(f"{listed['sampling_rate'][0]:.10g}") if len(listed) else 0.0
        if not math.isfinite(rate_hz) or rate_hz <= 0:
            raise FormatError(
                "FSC277",
                "Expected channels with a sampling rate in the header, got none.",
                "The file is damaged: copy it again from the amplifier's computer.",
            )
        commands = tuple(_command_of(info, i, _unit(c)) for i, c in enumerate(listed))
        clamps = tuple(_clamp(c, rate_hz, told) for c, told in zip(listed, commands, strict=True))
        sweeps = tuple(_sweeps(reader, info, rate_hz, commands))
        header = Header(
            modality=Modality.ICEPHYS,
            events=tuple(_tags(path, info, rate_hz, len(listed))),
            measured_at=_moment(info.get("rec_datetime")),
            identifiers=tuple(dict.fromkeys(_identifiers(path, info))),
            manufacturer=self.manufacturer,
            metadata={"Manufacturer": self.manufacturer},
        )
        dtype = str(np.dtype(str(listed["dtype"][0])).newbyteorder("<").str)
        return open_patch(header, clamps, sweeps, dtype)


def _unit(channel: Any) -> str:  # noqa: ANN401 - a NumPy record
    return patch_unit(str(channel["units"]))


def _clamp(channel: Any, rate_hz: float, told: Mapping[str, Any] | None) -> Clamp:  # noqa: ANN401
    """Return a channel with its scale and what was held."""
    unit = _unit(channel)
    command_unit = patch_unit(_text(told["DACChUnits"])) if told else ""
    gain, offset = float(channel["gain"]), float(channel["offset"])
    if not (math.isfinite(gain) and math.isfinite(offset)) or gain == 0:
        raise FormatError(
            "FSC277",
            "Expected a scale for every channel, got one that is no number.",
            "The file is damaged: copy it again from the amplifier's computer.",
        )
    return Clamp(
        Channel(str(channel["name"]), "MISC", unit, rate_hz),
        gain,
        offset,
        clamp_of(unit, command_unit),
        command_unit,
    )


def _command_of(info: Mapping[str, Any], index: int, unit: str) -> Mapping[str, Any] | None:
    """Return the output that drives a channel: one of the other kind of unit, its own number first.

    The format does not say which output goes to which pipette; where two could, none is taken.
    """
    kinds = VOLTS_IN if unit in AMPERES_IN else AMPERES_IN if unit in VOLTS_IN else {}
    fitting = [
        dac
        for dac in info.get("listDACInfo", ())
        if patch_unit(_text(dac["DACChUnits"])) in kinds and dac["nWaveformEnable"]
    ]
    own: list[Mapping[str, Any]] = [dac for dac in fitting if dac["nDACNum"] == index]
    n_inputs = len(info.get("listADCInfo", ()))
    if not own and len(fitting) == 1 and n_inputs == 1:
        own = fitting
    return own[0] if own else None


def _sweeps(
    reader: Any,  # noqa: ANN401 - Neo's reader
    info: Mapping[str, Any],
    rate_hz: float,
    commands: tuple[Mapping[str, Any] | None, ...],
) -> Iterator[Sweep]:
    """Yield the sweeps; old files do not list them where all are of one length."""
    n_segments = int(reader.header["nb_segment"][0])
    n_listed = 0
    for segment in range(min(n_segments, _MAX_SWEEPS)):
        n_times = int(reader.get_signal_size(0, segment, 0))
        start_s = float(reader.get_signal_t_start(0, segment, 0))
        n_parts = _n_episodes(info, n_times) if n_segments == 1 else 1
        length = n_times // n_parts
        for part in range(n_parts):
            told = tuple(
                _command(info, dac, n_listed, length) if n_listed * length < _MAX_COMMAND else None
                for dac in commands
            )
            yield Sweep(
                start_s + part * length / rate_hz,
                length,
                _reader(reader, segment, part * length),
                told if any(command is not None for command in told) else (),
            )
            n_listed += 1


def _n_episodes(info: Mapping[str, Any], n_times: int) -> int:
    """Return how many sweeps of one length stand behind one another."""
    is_episodic = info.get("nOperationMode", info.get("protocol", {}).get("nOperationMode")) in {
        2, 5,
    }  # fmt: skip
    n = int(info.get("lActualEpisodes", 1))
    return n if is_episodic and 1 < n <= _MAX_SWEEPS and n_times % n == 0 else 1


def _reader(reader: Any, segment: int, first: int) -> Any:  # noqa: ANN401
    """Return a function that reads the counts of a sweep."""

    def read(start: int, stop: int) -> NDArray[Any]:
        counts: NDArray[Any] = reader.get_analogsignal_chunk(
            block_index=0, seg_index=segment, i_start=first + start, i_stop=first + stop,
            stream_index=0,
        )  # fmt: skip
        return counts

    return read


def _command(
    info: Mapping[str, Any], dac: Mapping[str, Any] | None, sweep: int, n_times: int
) -> NDArray[np.float64] | None:
    """Return what an output was told in a sweep; None where the epochs are no steps and ramps."""
    if dac is None or dac["nWaveformSource"] != 1:  # 2 is a file that we have not
        return None
    epochs = [e for _, e in sorted(info["dictEpochInfoPerDAC"].get(dac["nDACNum"], {}).items())]
    used = [epoch for epoch in epochs if epoch["nEpochType"]]
    if not used or any(epoch["nEpochType"] not in {_STEP, _RAMP} for epoch in used):
        return None
    holding = float(dac["fDACHoldingLevel"])
    command = np.full(n_times, holding)
    level = holding
    if dac["nInterEpisodeLevel"] and sweep:
        level = _last_level(used, sweep - 1)
    at = n_times // _FIRST_PART
    command[:at] = level
    for epoch in used:
        length = int(epoch["lEpochInitDuration"]) + int(epoch["lEpochDurationInc"]) * sweep
        goal = float(epoch["fEpochInitLevel"]) + float(epoch["fEpochLevelInc"]) * sweep
        if length < 0 or at + length > n_times:
            return None
        is_ramp = epoch["nEpochType"] == _RAMP
        command[at : at + length] = np.linspace(level, goal, length) if is_ramp else goal
        level, at = goal, at + length
    if dac["nInterEpisodeLevel"]:
        command[at:] = level
    return command if np.isfinite(command).all() else None


def _last_level(epochs: list[Mapping[str, Any]], sweep: int) -> float:
    """Return the level at which a sweep ended."""
    last = epochs[-1]
    return float(last["fEpochInitLevel"]) + float(last["fEpochLevelInc"]) * sweep


def _tags(path: Path, info: Mapping[str, Any], rate_hz: float, n_channels: int) -> Iterator[Event]:
    """Yield the remarks that were made during the recording, by onset."""
    is_first = info["fFileVersionNumber"] < 2.0
    unit_us = float(info["fSynchTimeUnit"] if is_first else info["protocol"]["fSynchTimeUnit"])
    # Without a unit of time, ticks are those of the converter, which takes channels in turn.
    tick_s = unit_us * 1e-6 if unit_us > 0 else 1.0 / (rate_hz * max(1, n_channels))
    tags = list(_first_tags(path, info) if is_first else _second_tags(info))
    yield from (
        Event(onset * tick_s, 0.0, label or "tag") for onset, label in sorted(tags) if onset >= 0
    )


def _first_tags(path: Path, info: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield time and words of the tags of version 1, which Neo looks for in the wrong place."""
    n_tags, start = int(info["lNumTagEntries"]), int(info["lTagSectionPtr"]) * _BLOCK
    if n_tags <= 0 or start <= 0:
        return
    with path.open("rb") as stream:
        stream.seek(start)
        data = stream.read(min(n_tags, _MAX_SWEEPS) * _TAG_BYTES)
    for at in range(0, len(data) - _TAG_BYTES + 1, _TAG_BYTES):
        onset = int.from_bytes(data[at : at + 4], "little", signed=True)
        yield onset, _text(data[at + 4 : at + 60])


def _second_tags(info: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield time and words of the tags of version 2."""
    for tag in info["listTag"]:
        yield int(tag["lTagTime"]), _text(tag["sComment"])


def _identifiers(path: Path, info: Mapping[str, Any]) -> Iterator[Identifier]:
    """Yield what points to people and computers: paths of protocols, and remarks."""
    fields: list[tuple[str, str, object]] = []
    protocol = str(info.get("sProtocolPath", ""))
    is_path = ("/" in protocol or "\\" in protocol) and "\ufffd" not in protocol
    if protocol.isprintable() and is_path:
        fields.append(("path", "path of the protocol", protocol))
    fields += [("text", "comment", text) for text in _comment(path, info)]
    guid = info.get("FileGUID")
    if isinstance(guid, int) and guid > 0:
        fields.append(("serial", "FileGUID", guid))
    yield from find_identifiers("ABF header", fields)


def _comment(path: Path, info: Mapping[str, Any]) -> Iterator[str]:
    """Yield the comment of a file of version 2; it stands among the strings, by its number."""
    place = info.get("sections", {}).get("StringsSection")
    number = info.get("protocol", {}).get("lFileCommentIndex", 0)
    if not place or not 0 < number < _MAX_STRINGS:
        return
    with path.open("rb") as stream:
        stream.seek(place["uBlockIndex"] * _BLOCK)
        data = stream.read(min(place["uBytes"], _MAX_STRINGS))
    strings = data[data.rfind(b"\0\0") :].split(b"\0")[1:]
    if number < len(strings):
        yield _text(strings[number])


def _moment(moment: datetime | None) -> datetime | None:
    """Return when the recording began; the format knows no zone."""
    return None if moment is None else moment.replace(tzinfo=UTC)


def _text(value: object) -> str:
    """Return a text of fixed width without what pads it."""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return text.split("\0", 1)[0].strip()
