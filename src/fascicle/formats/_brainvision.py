"""BrainVision: the samples are copied, header and markers are written anew."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Channel, FileHead, Header, Identifier, Modality, Source, Written
from fascicle.errors import FormatError

from ._brainvision_ascii import count_points, iterate_ascii
from ._brainvision_text import (
    HEADER_MAGIC,
    READABLE_TYPES,
    SAMPLE_TYPES,
    ChannelText,
    Vhdr,
    decode_text,
    format_vhdr,
    format_vmrk,
    iterate_people,
    parse_date,
    parse_filters,
    parse_sections,
    parse_vhdr,
    parse_vmrk,
    position_m,
)
from ._channels import bids_unit, channel_kind, modality_kinds, require_channels
from ._files import BLOCK_BYTES, Folder, as_folder, copy_span, file_size, open_source, written_paths

DATA_SUFFIXES = (".eeg", ".dat", ".seg", ".avg")
MARKER_SUFFIXES = (".vmrk", ".amrk")


class BrainVision:
    """BrainVision Recorder and Analyzer, actiCHamp, V-Amp (.vhdr, .ahdr).

    Sample types that every reader knows are copied byte by byte; others (big-endian, 64-bit,
    unsigned, ASCII) are written as 32-bit floats. So are those of a V-Amp, without the column of
    its recorder's own words that no header lists.
    """

    name = "brainvision"
    title = "BrainVision Core Data Format"
    modalities: tuple[Modality, ...] = (Modality.EEG, Modality.IEEG)
    isolated = False
    proven_on = "real"
    requires = ""
    companion_suffixes = (".vmrk", ".amrk", ".eeg")

    def recognises(self, head: FileHead) -> bool:
        """Tell by the first line."""
        return HEADER_MAGIC.match(head.head) is not None

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the data and marker files that the header names."""
        common = parse_sections(decode_text(head.head))[0].get("common infos", {})
        folder = as_folder(siblings)
        found = []
        for key, suffixes in (("datafile", DATA_SUFFIXES), ("markerfile", MARKER_SUFFIXES)):
            names = _candidates(common.get(key, ""), head.path.stem, suffixes)
            found.append(next((path for path in map(folder.named, names) if path), None))
        return tuple(path for path in found if path is not None)

    def read_header(self, root: Path, source: Source) -> Header:
        """Read header and markers; of the samples only how many there are."""
        path = root / source.primary
        stated = _read_vhdr(path)
        data = _data_path(path, stated)
        vhdr = _with_points(stated, data)
        markers = _read_markers(path, vhdr)
        events, dates, n_segments = parse_vmrk(markers, vhdr.sfreq_hz)
        channels = _channels(vhdr)
        starts = [start for start in map(parse_date, dates) if start]
        return Header(
            modality=Modality(modality_kinds({channel.kind for channel in channels})),
            sfreq_hz=vhdr.sfreq_hz,
            n_times=vhdr.n_points,
            channels=channels,
            events=tuple(events),
            measured_at=starts[0] if starts else None,
            identifiers=tuple(dict.fromkeys(_identifiers(path, vhdr, markers, dates))),
            reference=_reference(vhdr),
            manufacturer="Brain Products",
            coordinate_frame="Other" if any(channel.position_m for channel in channels) else "",
            is_continuous=n_segments <= 1,
            is_as_stated=stated.n_points in {0, vhdr.n_points} and _ends_whole(data, vhdr),
        )

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write header and markers anew, copy the samples."""
        path = root / source.primary
        vhdr = _read_vhdr(path)
        data = _data_path(path, vhdr)
        vhdr = _with_points(vhdr, data)
        require_channels(len(vhdr.channels), header)
        is_plain = not (vhdr.is_ascii or vhdr.is_big_endian or vhdr.n_hidden)
        copied = is_plain and vhdr.sample_type in READABLE_TYPES
        with open_source(data) as stream, (folder / f"{stem}.eeg").open("wb") as target:
            if copied:
                copy_span(stream, 0, _n_bytes(vhdr), target)
                out = vhdr
            else:
                for block in _iterate_stored(stream, vhdr, _n_block(vhdr)):
                    target.write(block.T.astype("<f4").tobytes())
                out = replace(vhdr, sample_type="IEEE_FLOAT_32", is_vectorised=False)
        _write_texts(header, out, folder, stem)
        return Written(
            self.name, written_paths(f"{stem}.vhdr", f"{stem}.eeg", f"{stem}.vmrk"), copied=copied
        )

    def read_blocks(self, path: Path, block_s: float) -> Iterator[NDArray[np.float64]]:
        """Stream values in each channel's unit."""
        vhdr = _read_vhdr(path)
        data = _data_path(path, vhdr)
        vhdr = _with_points(vhdr, data)
        scale = np.array([float(channel.resolution) for channel in vhdr.channels])[:, np.newaxis]
        n_block = max(1, round(block_s * vhdr.sfreq_hz))
        with open_source(data) as stream:
            for block in _iterate_stored(stream, vhdr, n_block):
                yield block * scale


def write_brainvision_blocks(
    header: Header, blocks: Iterable[NDArray[np.float64]], folder: Path, stem: str
) -> Written:
    """Write samples that were decoded from another format, as 32-bit floats.

    Parameters
    ----------
    header : Header
        What may leave; all channels at ``header.sfreq_hz``.
    blocks : iterable of ndarray, shape (n_channels, n_block)
        Values in the unit of each channel, in order.
    folder : Path
        Exists.
    stem : str
        Name without suffix.

    Returns
    -------
    Written
        The .vhdr first.
    """
    n_points = 0
    with (folder / f"{stem}.eeg").open("wb") as target:
        for block in blocks:
            if block.shape[0] != len(header.channels):
                require_channels(block.shape[0], header)
            target.write(np.ascontiguousarray(block.T, dtype="<f4").tobytes())
            n_points += block.shape[1]
    ones = (1.0,) * len(header.channels)
    _write_texts(header, _plain_vhdr(header, n_points, "IEEE_FLOAT_32", ones), folder, stem)
    return Written("brainvision", _written_names(stem), copied=False)


@dataclass(frozen=True, slots=True)
class StoredSamples:
    """Samples of another format that stand in a file just as BrainVision has them.

    Attributes
    ----------
    path : Path
        The file; all channels of a sample stand together, in little-endian order.
    sample_type : str
        ``"INT_16"``, ``"INT_32"`` or ``"IEEE_FLOAT_32"``.
    offset : int
        Bytes before the first sample.
    resolutions : tuple of float
        What takes a stored value to the unit of its channel.
    """

    path: Path
    sample_type: str
    offset: int
    resolutions: tuple[float, ...]


def write_brainvision_copy(
    header: Header, stored: StoredSamples, folder: Path, stem: str
) -> Written:
    """Write a recording whose samples can be copied byte by byte.

    Parameters
    ----------
    header : Header
        What may leave; all channels at ``header.sfreq_hz``.
    stored : StoredSamples
        Where the samples are.
    folder, stem : Path, str
        As in `write_brainvision_blocks`.

    Returns
    -------
    Written
        The .vhdr first.
    """
    width = np.dtype(SAMPLE_TYPES[stored.sample_type]).itemsize
    n_bytes = header.n_times * len(header.channels) * width
    with open_source(stored.path) as stream, (folder / f"{stem}.eeg").open("wb") as target:
        copy_span(stream, stored.offset, n_bytes, target)
    vhdr = _plain_vhdr(header, header.n_times, stored.sample_type, stored.resolutions)
    _write_texts(header, vhdr, folder, stem)
    return Written("brainvision", _written_names(stem), copied=True)


def _plain_vhdr(
    header: Header, n_points: int, sample_type: str, resolutions: Sequence[float]
) -> Vhdr:
    """Return the header file of interleaved little-endian samples."""
    channels = tuple(
        ChannelText(channel.name, "", f"{resolution!r}".removesuffix(".0"), channel.unit)
        for channel, resolution in zip(header.channels, resolutions, strict=True)
    )
    return Vhdr(
        data_file="", marker_file="", is_ascii=False, is_vectorised=False, is_big_endian=False,
        sample_type=sample_type, n_points=n_points, interval_us=1e6 / header.sfreq_hz,
        channels=channels, coordinates=(), decimal_symbol=".", skip_lines=0, skip_columns=0,
        remarks=(), comment="",
    )  # fmt: skip


def _written_names(stem: str) -> tuple[PurePosixPath, ...]:
    """Return the three files of a recording."""
    return written_paths(f"{stem}.vhdr", f"{stem}.eeg", f"{stem}.vmrk")


def _write_texts(header: Header, vhdr: Vhdr, folder: Path, stem: str) -> None:
    """Write header and marker file."""
    (folder / f"{stem}.vhdr").write_bytes(format_vhdr(header, vhdr, stem))
    markers = format_vmrk(header.events, vhdr.sfreq_hz, stem, header.measured_at)
    (folder / f"{stem}.vmrk").write_bytes(markers)


def _read_vhdr(path: Path) -> Vhdr:
    """Read a header file."""
    with open_source(path) as stream:
        return parse_vhdr(stream.read(64 * 2**20 + 1))


def _candidates(stated: str, stem: str, suffixes: Sequence[str]) -> list[str]:
    """Return the names that a companion may have: as stated, else as files were renamed."""
    # A header may state a path: only its last part counts, so that nothing outside is read.
    name = re.split(r"[/\\]", stated.replace("$b", stem))[-1].strip()
    return [n for n in (name, *(stem + suffix for suffix in suffixes)) if n not in {"", ".", ".."}]


def _data_path(path: Path, vhdr: Vhdr) -> Path:
    """Return the data file, or say that it is missing."""
    found = _existing(path, vhdr.data_file, DATA_SUFFIXES)
    if found is None:
        raise FormatError(
            "FSC205",
            "Expected the data file that a BrainVision header names, got none beside it.",
            "Put the .eeg file beside its .vhdr, under the name in the line DataFile=.",
        )
    return found


def _existing(path: Path, stated: str, suffixes: Sequence[str]) -> Path | None:
    """Return a companion that is there."""
    names = _candidates(stated, path.stem, suffixes)
    for name in names:
        candidate = path.parent / name
        if candidate.is_file() and candidate != path:
            return candidate
    # Files that were named on a system where case does not count.
    folder = Folder([PurePosixPath(entry.name) for entry in sorted(path.parent.iterdir())])
    found = next((there for there in map(folder.named, names) if there), None)
    return path.parent / found if found and found.name != path.name else None


def _read_markers(path: Path, vhdr: Vhdr) -> bytes:
    """Return the marker file; nothing where there is none, as for recordings without markers."""
    found = _existing(path, vhdr.marker_file, MARKER_SUFFIXES)
    if found is None:
        return b""
    with open_source(found) as stream:
        return stream.read(64 * 2**20 + 1)


def _with_points(vhdr: Vhdr, data: Path) -> Vhdr:
    """Count the samples that the data file holds: what the header says may be wrong."""
    if vhdr.is_ascii:
        n_points = count_points(data, vhdr)
    else:
        n_points = file_size(data) // (np.dtype(vhdr.dtype).itemsize * vhdr.n_columns)
        if vhdr.is_vectorised and vhdr.n_points:
            if vhdr.n_points > n_points:
                raise FormatError(
                    "FSC202",
                    f"Expected {vhdr.n_points} samples of each channel, got {n_points}.",
                    "The file is cut off: copy it again from the amplifier's computer.",
                )
            n_points = vhdr.n_points
    if n_points < 1:
        raise FormatError("FSC204", "Expected samples, got none.", "Copy the .eeg file again.")
    return replace(vhdr, n_points=n_points)


def _ends_whole(data: Path, vhdr: Vhdr) -> bool:
    """Tell whether a data file ends with a sample of all channels."""
    return vhdr.is_ascii or file_size(data) == _n_bytes(vhdr)


def _n_bytes(vhdr: Vhdr) -> int:
    """Return the size of all samples."""
    return vhdr.n_points * vhdr.n_columns * np.dtype(vhdr.dtype).itemsize


def _n_block(vhdr: Vhdr) -> int:
    """Return how many samples of all channels make a block to copy."""
    return max(1, BLOCK_BYTES // (8 * len(vhdr.channels)))


def _iterate_stored(stream: BinaryIO, vhdr: Vhdr, n_block: int) -> Iterator[NDArray[np.float64]]:
    """Yield stored values of shape (n_channels, n_block)."""
    if vhdr.is_ascii:
        yield from iterate_ascii(stream, vhdr, n_block)
        return
    n_channels, dtype = len(vhdr.channels), np.dtype(vhdr.dtype)
    for start in range(0, vhdr.n_points, n_block):
        n_times = min(n_block, vhdr.n_points - start)
        if not vhdr.is_vectorised:
            data = stream.read(n_times * vhdr.n_columns * dtype.itemsize)
            rows = np.frombuffer(data, dtype).reshape(n_times, vhdr.n_columns)
            yield rows[:, :n_channels].T.astype(np.float64)
            continue
        block = np.empty((n_channels, n_times))
        for i in range(n_channels):
            stream.seek((i * vhdr.n_points + start) * dtype.itemsize)
            block[i] = np.frombuffer(stream.read(n_times * dtype.itemsize), dtype)
        yield block


def _channels(vhdr: Vhdr) -> tuple[Channel, ...]:
    """Say in our nouns what the channel lines say."""
    filters = parse_filters(vhdr.comment)
    channels = []
    for text, place in zip(vhdr.channels, vhdr.coordinates, strict=True):
        unit = bids_unit(text.unit.replace("\u00c2", ""))
        low_hz, high_hz = filters.get(text.name, (None, None))
        # A radius of 1 is a drawing of the cap, not a measured place.
        is_measured = place is not None and not math.isclose(place[0], 1)
        channels.append(
            Channel(
                name=text.name,
                kind=channel_kind(text.name, unit),
                unit=unit,
                sfreq_hz=vhdr.sfreq_hz,
                low_cutoff_hz=low_hz,
                high_cutoff_hz=high_hz,
                position_m=position_m(place) if place and is_measured else None,
            )
        )
    return tuple(channels)


def _reference(vhdr: Vhdr) -> str:
    """Return the reference that all channels share, if they state one."""
    stated = {channel.reference for channel in vhdr.channels if channel.reference}
    return stated.pop() if len(stated) == 1 else ""


def _identifiers(
    path: Path, vhdr: Vhdr, markers: bytes, dates: Sequence[str]
) -> Iterator[Identifier]:
    """Yield what header and markers say about people, places, days and devices."""
    for start in map(parse_date, dates):
        if start:
            yield Identifier("date", start.date().isoformat(), "BrainVision markers: segment date")
    sections, remarks, comment = parse_sections(decode_text(markers))
    named = (vhdr.data_file, vhdr.marker_file, sections.get("common infos", {}).get("datafile", ""))
    for name in named:
        stem = re.split(r"[/\\]", name)[-1].rpartition(".")[0]
        if stem not in {"", "$b", path.stem}:
            yield Identifier("path", stem, "BrainVision header: file names")
    for kind, value in iterate_people(vhdr.comment, vhdr.remarks):
        yield Identifier(kind, value, "BrainVision header: comment")
    for kind, value in iterate_people(comment, remarks):
        yield Identifier(kind, value, "BrainVision markers: comment")
