"""FIF (Neuromag, Elekta, MEGIN, MNE): samples are copied, all else is written by a list."""

from __future__ import annotations

import gzip
import re
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Event, FileHead, Header, Modality, Source, Written
from fascicle.errors import FormatError

from ._brainvision import write_brainvision_blocks
from ._channels import modality_kinds, require_channels
from ._fif_channels import fif_channels, fif_frame, fif_manufacturer
from ._fif_info import (
    LINE_FREQ,
    REF_ROLE,
    Part,
    continuation,
    identifiers_of,
    measurement_start,
    parse_part,
    read_annotations,
    subject_of,
)
from ._fif_points import find_head_shape
from ._fif_tags import DATA_BUFFER, MAGIC, MAX_BYTES, SAMPLE_DTYPES, scan_fif, tag_kinds
from ._fif_write import Link, write_part
from ._files import BLOCK_BYTES, as_folder, file_size, open_source, read_exactly, written_paths
from ._triggers import find_triggers

_MAX_PACKING = 200
_ALWAYS_UNPACKED_BYTES = 64 << 20
"""A few bytes of gzip can unpack to gigabytes; recordings are packed to a half."""
_MAX_PARTS = 200
_BLOCK_S = 5.0
_GZIP_MAGIC = b"\x1f\x8b"


class Fif:
    """FIF, in one file or split over several; also compressed (.fif.gz).

    BIDS keeps FIF for MEG alone: recordings of EEG or iEEG without MEG are written as BrainVision.
    """

    name = "fif"
    title = "Functional Image File Format (FIF)"
    modalities: tuple[Modality, ...] = (Modality.MEG, Modality.EEG, Modality.IEEG, Modality.NIRS)
    isolated = False
    proven_on = "real"
    requires = ""

    def recognises(self, head: FileHead) -> bool:
        """Tell by the file id that every FIF file begins with."""
        start = head.head
        if start.startswith(_GZIP_MAGIC) and head.path.name.lower().endswith(".fif.gz"):
            try:
                start = zlib.decompressobj(wbits=31).decompress(start, 64)
            except zlib.error:
                return False
        return start.startswith(MAGIC)

    def refuses(self, head: FileHead, root: Path) -> str:
        """Say so if the file holds no samples: events, projections, averages, digitised points."""
        if head.head.startswith(_GZIP_MAGIC):
            return ""
        try:
            with open_source(root / head.path) as stream:
                has_samples = DATA_BUFFER in tag_kinds(stream, head.n_bytes, until=DATA_BUFFER)
        except FormatError:
            return ""  # reading the header will say what is wrong
        return "" if has_samples else "Expected a raw recording, got a FIF file of another kind."

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the files in which the recording goes on."""
        folder = as_folder(siblings)
        found = [head.path]
        try:
            while len(found) < _MAX_PARTS:
                with _open_fif(root / found[-1]) as (stream, n_bytes):
                    link = _link(stream, n_bytes)
                if link is None:
                    break
                names = _next_names(found[-1].name, *link)
                following = next((p for p in map(folder.named, names) if p), None)
                if following is None or following in found:
                    break
                found.append(following)
        except FormatError:
            pass  # reading the header will say what is wrong
        return tuple(found[1:])

    def read_header(self, root: Path, source: Source) -> Header:
        """Read the header of the first file, and how long all of them are."""
        with ExitStack() as files:
            parts = [part for _, part in _open_parts(root / source.primary, files)]
        first = parts[0]
        start = measurement_start(first)
        channels = fif_channels(first)
        events = {
            event: None
            for part in parts
            for event in read_annotations(part, start, first.first_sample)
        }
        return Header(
            modality=Modality(modality_kinds({channel.kind for channel in channels})),
            sfreq_hz=first.sfreq_hz,
            n_times=sum(part.n_times for part in parts),
            channels=channels,
            events=tuple(sorted(events, key=lambda event: event.onset_s)),
            measured_at=start,
            subject=subject_of(first.info),
            identifiers=tuple(dict.fromkeys(i for part in parts for i in identifiers_of(part))),
            line_hz=first.info.number(LINE_FREQ) or None,
            manufacturer=fif_manufacturer(first),
            coordinate_frame=fif_frame(first, channels),
            head_shape=find_head_shape(first.info),
            is_continuous=not any(part.has_gaps for part in parts),
            is_as_stated=not any(part.scan.is_cut for part in parts),
        )

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write each file anew; EEG and iEEG without MEG as BrainVision, as BIDS asks."""
        if header.modality in {Modality.EEG, Modality.IEEG}:
            return self._write_brainvision(root / source.primary, header, folder, stem)
        with ExitStack() as files:
            parts = list(_open_parts(root / source.primary, files))
            names = _part_names(stem, len(parts))
            for i, (stream, part) in enumerate(parts):
                require_channels(len(part.names), header)
                link = Link(names[i + 1], i + 1) if i + 1 < len(parts) else None
                with (folder / names[i]).open("wb") as target:
                    write_part(stream, part, header, target, link, is_first=i == 0)
        return Written(self.name, written_paths(*names), copied=True)

    def _write_brainvision(self, path: Path, header: Header, folder: Path, stem: str) -> Written:
        """Write a recording without MEG in a format that BIDS has for it."""
        with ExitStack() as files:
            parts = [part for _, part in _open_parts(path, files)]
        require_channels(len(parts[0].names), header)
        segments = tuple(
            Event(n_before / header.sfreq_hz, 0.0, "New Segment/") for n_before in _gap_ends(parts)
        )
        header = replace(header, events=(*header.events, *segments))
        return write_brainvision_blocks(header, self.read_blocks(path, _BLOCK_S), folder, stem)

    def read_blocks(self, path: Path, block_s: float) -> Iterator[NDArray[np.float64]]:
        """Stream calibrated values; samples that were left out are zeros, as MNE reads them."""
        with ExitStack() as files:
            for stream, part in _open_parts(path, files):
                channels = part.channels
                scale = np.array(channels["cal"].tolist()) * np.array(channels["range"].tolist())
                n_block = max(1, round(block_s * part.sfreq_hz))
                for block in _iterate_blocks(stream, part, n_block):
                    yield block * scale[:, np.newaxis]

    def read_triggers(self, root: Path, source: Source) -> tuple[Event, ...]:
        """Read the trigger channel, as MNE-Python chooses it."""
        with ExitStack() as files:
            parts = list(_open_parts(root / source.primary, files))
            first = parts[0][1]
            channels = fif_channels(first)
            names = [channel.name for channel in channels if channel.kind == "TRIG"]
            if not names:
                return ()
            preferred = ("STI101", "STI 014", "STI014", names[0])
            i = first.names.index(next(name for name in preferred if name in names))
            gain = float(first.channels["cal"][i]) * float(first.channels["range"][i])
            blocks = (
                np.abs(block[i] * gain).round().clip(0, 2**31 - 1).astype(np.int32)
                for stream, part in parts
                for block in _iterate_pieces(stream, part, BLOCK_BYTES)
            )
            return tuple(find_triggers(blocks, first.sfreq_hz))


def _gap_ends(parts: Sequence[Part]) -> Iterator[int]:
    """Yield the samples at which a recording goes on after a gap."""
    n_before = 0
    for part in parts:
        for piece in part.pieces:
            n_before += piece.n_times
            if piece.stored is None:
                yield n_before


def write_fif_raw(header: Header, raw: Any, folder: Path, stem: str) -> Written:  # noqa: ANN401 - an mne.io.BaseRaw
    """Write a recording that MNE-Python opened from another format.

    MNE-Python saves it to a folder that is removed again; from there it is written like any FIF
    file, so that nothing goes over but what the list of `_fif_write` allows.

    Parameters
    ----------
    header : Header
        What may leave; one channel for each of `raw`.
    raw : mne.io.BaseRaw
        Where samples, sensors and transforms come from; it loses its annotations.
    folder : Path
        Exists.
    stem : str
        Name without suffix.

    Returns
    -------
    Written
        The FIF files.
    """
    raw.set_annotations(None, verbose="ERROR")
    raw.anonymize(verbose="ERROR")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as room:
        path = Path(room) / "recording_raw.fif"
        raw.save(path, fmt="single", split_size="1.9GB", verbose="ERROR")
        source = Source("fif", (PurePosixPath(path.name),), 0)
        written = Fif().write(Path(room), source, header, folder, stem)
    return Written(written.format, written.files, copied=False)


def _link(stream: BinaryIO, n_bytes: int) -> tuple[str, int] | None:
    """Return the continuation of a file, by its directory if that says that there is none."""
    if REF_ROLE not in tag_kinds(stream, n_bytes, until=REF_ROLE):
        return None
    return continuation(scan_fif(stream, n_bytes))


@contextmanager
def _open_fif(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file and say how long it is; a compressed one is unpacked into a temporary file."""
    with open_source(path) as stream:
        if stream.read(2) != _GZIP_MAGIC:
            yield stream, file_size(path)
            return
        stream.seek(0)
        with tempfile.TemporaryFile() as unpacked:
            room = cast(BinaryIO, unpacked)
            yield room, _unpack(stream, room, _MAX_PACKING * file_size(path))


def _unpack(stream: BinaryIO, target: BinaryIO, max_bytes: int) -> int:
    """Unpack a compressed file, no further than recordings can be packed; return its size."""
    n_bytes = 0
    limit = min(MAX_BYTES, max(max_bytes, _ALWAYS_UNPACKED_BYTES))
    try:
        with gzip.GzipFile(fileobj=stream) as packed:
            while block := packed.read(BLOCK_BYTES):
                n_bytes += len(block)
                if n_bytes > limit:
                    raise FormatError(
                        "FSC206",
                        "Expected a FIF file of less than 2 GiB, packed as recordings can be, got "
                        "more.",
                        "Unpack it by hand, and look whether it is a recording.",
                    )
                target.write(block)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FormatError(
            "FSC202", "Expected a whole .fif.gz, got one that ends early.", "Copy it again."
        ) from error
    return n_bytes


def _open_parts(path: Path, files: ExitStack) -> Iterator[tuple[BinaryIO, Part]]:
    """Open a recording's files in order; raise if one is missing or of another recording."""
    first: Part | None = None
    seen: set[Path] = set()
    current: Path | None = path
    while current is not None:
        if current in seen or len(seen) > _MAX_PARTS:
            raise FormatError(
                "FSC205", "Expected split files in a row, got a circle.", "Copy them again."
            )
        seen.add(current)
        stream, n_bytes = files.enter_context(_open_fif(current))
        part = parse_part(stream, n_bytes)
        first = first or part
        if part.names != first.names or part.sfreq_hz != first.sfreq_hz:
            raise FormatError(
                "FSC205",
                "Expected the same channels in all split files, got others.",
                "Put the files of one recording together, under the names that they were given.",
            )
        yield stream, part
        current = _following(current, part)


def _following(path: Path, part: Part) -> Path | None:
    """Return the file in which a recording goes on; None at its end."""
    link = continuation(part.scan)
    if link is None:
        return None
    for name in _next_names(path.name, *link):
        if (path.parent / name).is_file():
            return path.parent / name
    raise FormatError(
        "FSC205",
        "Expected the next file of a split FIF recording beside the first, got none.",
        "Put all files of the recording into one folder, under the names that they were given.",
    )


def _next_names(name: str, stated: str, number: int) -> list[str]:
    """Return the names that the next file may have: as stated, else by the ways files are split."""
    stem, dot, suffix = name.partition(".")
    split = re.search(r"_split-(\d+)", stem)
    names = [stated] if stated not in {"", ".", ".."} else []
    if split:
        n = f"{int(split[1]) + 1:0{len(split[1])}d}"
        names.append(name.replace(split[0], f"_split-{n}"))
    base = re.sub(r"-\d+$", "", stem)
    counted = re.search(r"-(\d+)$", stem)
    following = number or (int(counted[1]) + 1 if counted else 1)
    names += [f"{base}-{following}{dot}{suffix}", f"{stem}-{following}{dot}{suffix}"]
    return [candidate for candidate in dict.fromkeys(names) if candidate != name]


def _part_names(stem: str, n_parts: int) -> list[str]:
    """Return the BIDS names of a recording's files."""
    if n_parts == 1:
        return [f"{stem}.fif"]
    base, _, suffix = stem.rpartition("_")
    return [f"{base}_split-{i:02}_{suffix}.fif" for i in range(1, n_parts + 1)]


def _iterate_pieces(stream: BinaryIO, part: Part, max_bytes: int) -> Iterator[NDArray[np.float64]]:
    """Yield stored values of shape (n_channels, n), buffer by buffer, large ones in parts."""
    n_channels = len(part.names)
    for piece in part.pieces:
        stored = piece.stored
        dtype = np.dtype(SAMPLE_DTYPES[stored.type] if stored else "f8")
        n_most = max(1, max_bytes // (n_channels * dtype.itemsize))
        for start in range(0, piece.n_times, n_most):
            n_times = min(n_most, piece.n_times - start)
            if stored is None:
                yield np.zeros((n_channels, n_times))
                continue
            n_bytes = n_times * n_channels * dtype.itemsize
            stream.seek(stored.start + 16 + start * n_channels * dtype.itemsize)
            data = read_exactly(stream, n_bytes, "samples")
            yield np.frombuffer(data, dtype).reshape(n_times, n_channels).T.astype(np.float64)


def _iterate_blocks(stream: BinaryIO, part: Part, n_block: int) -> Iterator[NDArray[np.float64]]:
    """Yield stored values in blocks of `n_block` samples, whatever the buffers are."""
    waiting: list[NDArray[np.float64]] = []
    n_waiting = 0
    for values in _iterate_pieces(stream, part, BLOCK_BYTES):
        rest = values
        while n_waiting + rest.shape[1] >= n_block:
            n_taken = n_block - n_waiting
            yield np.concatenate([*waiting, rest[:, :n_taken]], axis=1)
            rest, waiting, n_waiting = rest[:, n_taken:], [], 0
        if rest.shape[1]:
            waiting.append(rest)
            n_waiting += rest.shape[1]
    if waiting:
        yield np.concatenate(waiting, axis=1)
