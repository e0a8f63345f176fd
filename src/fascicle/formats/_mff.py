"""EGI / Magstim folders (.mff), read by MNE-Python or, where that gives up, block by block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._channels import channel_kind, unique_labels
from ._from_mne import MneFormat, Reading
from ._vendor import Opened, find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST_XML_BYTES = 64 * 2**20
_FIELD_KINDS = (
    (r"name", "name"), (r"\bid\b|code|number", "id"), (r"birth", "birthdate"),
    (r"mail|phone|address|contact", "contact"),
)  # fmt: skip


class Mff(MneFormat):
    """EGI / Magstim Meta File Format (folder .mff)."""

    name = "mff"
    title = "EGI MFF"
    proven_on = "real"
    requires = "vendors"
    reader = "read_raw_egi"
    reading = Reading("MFF header", "EGI")
    is_folder = True

    def recognises(self, head: FileHead) -> bool:
        """Know a folder by its ending, since a folder has no bytes of its own."""
        return head.is_folder and head.path.suffix.casefold() == ".mff"

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Open with MNE; a folder whose side files it does not understand, block by block."""
        path = root / files[0]
        if not (path / "signal1.bin").is_file():
            raise FormatError(
                "FSC239",
                "Expected signal1.bin in the .mff folder, got none.",
                "Copy the whole folder again: samples are missing.",
            )
        try:
            opened = MneFormat.open(self, root, files)
        except ImportError:
            raise
        except Exception:  # noqa: BLE001 - whatever the side files hold, the signal blocks may be whole
            plain = open_signal_blocks(path, self.reading.manufacturer)
            return self.complete(plain, path)
        return opened

    def find_identifiers(self, path: Path) -> list[Identifier]:
        """Return the form on the person, people of segments, devices, and names in the history."""
        fields: list[tuple[str, str, object]] = []
        for file in (
            sorted((path / "subjects").glob("*.xml")) if (path / "subjects").is_dir() else ()
        ):
            fields += _form_fields(file)
        for name, tag, kind in (
            ("info.xml", "ampSerialNumber", "serial"),
            ("history.xml", "author", "operator"),
            ("history.xml", "filePath", "path"),
        ):
            fields += [(kind, tag, text) for text in _texts(path / name, tag)]
        for node in _nodes(path / "categories.xml", "data"):
            if node.get("dataType") == "person":
                fields.append(("id", "segment subject", node.text))
        found = find_identifiers("MFF", fields)
        return list(dict.fromkeys(found))


def _nodes(path: Path, tag: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of a name in an XML file, whatever its namespace; none if it is broken."""
    if not path.is_file() or path.stat().st_size > _LARGEST_XML_BYTES:
        return
    try:
        tree = ElementTree.parse(path)  # expat fetches nothing and bounds expansion itself
    except ElementTree.ParseError:
        return
    yield from (node for node in tree.iter() if node.tag.rpartition("}")[2] == tag)


def _texts(path: Path, tag: str) -> list[str]:
    return [node.text.strip() for node in _nodes(path, tag) if node.text and node.text.strip()]


def _form_fields(path: Path) -> list[tuple[str, str, object]]:
    """Return the answered questions of the form on the person."""
    fields: list[tuple[str, str, object]] = []
    for node in _nodes(path, "field"):
        parts = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in node}
        name = parts.get("name", "")
        if re.search(r"gender|handed|\bage\b|counterbalance", name, re.IGNORECASE):
            continue
        kinds = (kind for pattern, kind in _FIELD_KINDS if re.search(pattern, name, re.IGNORECASE))
        fields.append((next(kinds, "text"), name, parts.get("data", "")))
    return fields


def open_signal_blocks(path: Path, manufacturer: str) -> Opened:
    """Open the EEG of an .mff from signal1.bin alone, with names and events from its side files.

    Every block of such a file begins with four bytes that say whether a header follows (size of the
    header and of the data, count of channels, where each channel begins, rate) or whether that of
    the block before goes on; values are float32 in microvolts, channel after channel.
    """
    blocks = list(_signal_blocks(path / "signal1.bin"))
    n_channels, rate_hz = blocks[0][1], blocks[0][3]
    ends = np.cumsum([block[2] for block in blocks])
    names = _sensor_names(path, n_channels)
    channels = tuple(Channel(name, channel_kind(name), "uV", rate_hz) for name in names)
    began = _texts(path / "info.xml", "recordTime")
    start = _moment(began[0]) if began else None
    seams = _seams(path, ends)
    skips = [Event(seam / rate_hz, 0.0, "BAD_ACQ_SKIP") for seam in seams]
    n_times = int(ends[-1])
    events = [] if seams or start is None else _events(path, start, n_times / rate_hz)
    header = Header(
        modality=Modality.EEG,
        sfreq_hz=rate_hz,
        n_times=n_times,
        channels=channels,
        events=tuple(sorted([*events, *skips], key=lambda event: event.onset_s)),
        measured_at=start,
        manufacturer=manufacturer,
        is_continuous=not seams,
    )

    def read(first: int, stop: int) -> NDArray[np.float64]:
        parts = []
        for (place, _, n_block, _), end in zip(blocks, ends, strict=True):
            begin = int(end) - n_block
            if begin < stop and first < end:
                values = np.fromfile(
                    path / "signal1.bin", "<f4", n_channels * n_block, offset=place
                )
                part = values.reshape(n_channels, n_block)
                parts.append(part[:, max(0, first - begin) : stop - begin])
        return np.concatenate(parts, axis=1).astype(np.float64)

    return Opened(header, read)


def _signal_blocks(path: Path) -> Iterator[tuple[int, int, int, float]]:
    """Yield where the data of each block begin, its channels, samples and rate."""
    n_bytes = path.stat().st_size
    with path.open("rb") as stream:
        size, n_channels, n_times, rate_hz = 0, 0, 0, 0.0
        while stream.tell() + 4 <= n_bytes:
            has_header = int(np.frombuffer(stream.read(4), "<i4")[0])
            if has_header:
                header_bytes, size, n_channels = (
                    int(n) for n in np.frombuffer(stream.read(12), "<i4")
                )
                rest = stream.read(header_bytes - 16)
                depth_and_rate = int(np.frombuffer(rest, "<u4", 1, 4 * n_channels)[0])
                if depth_and_rate & 0xFF != 32:
                    raise ValueError("samples are not float32")
                rate_hz, n_times = float(depth_and_rate >> 8), size // (4 * n_channels)
            if not size or stream.tell() + size > n_bytes:
                raise ValueError("a block is cut off")
            yield stream.tell(), n_channels, n_times, rate_hz
            stream.seek(size, 1)


def _sensor_names(path: Path, n_channels: int) -> list[str]:
    """Return the names of electrodes; the reference, which comes last, is called VREF."""
    names: list[str] = []
    for node in _nodes(path / "sensorLayout.xml", "sensor"):
        parts = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in node}
        if parts.get("type") in {"0", "1"}:
            number = parts.get("number", str(len(names) + 1))
            names.append(parts.get("name") or ("VREF" if parts["type"] == "1" else f"E{number}"))
    fallback = [f"E{i + 1}" for i in range(n_channels)]
    return unique_labels(names, 256) if len(names) == n_channels else fallback


def _moment(text: str) -> datetime | None:
    """Return a written time in UTC; nanoseconds are cut to microseconds."""
    try:
        when = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
    return when.astimezone(UTC) if when.tzinfo else None


def _seams(path: Path, ends: NDArray[Any]) -> list[int]:
    """Return the samples at which a new epoch of recording begins."""
    firsts = [int(text) for text in _texts(path / "epochs.xml", "firstBlock")]
    return [int(ends[first - 2]) for first in firsts if 1 < first <= len(ends)]


def _events(path: Path, start: datetime, length_s: float) -> list[Event]:
    """Return the events of all tracks that fall within an unbroken recording."""
    events = []
    for file in sorted(path.glob("Events*.xml")):
        for node in _nodes(file, "event"):
            parts = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in node}
            when = _moment(parts.get("beginTime", ""))
            if when is None:
                continue
            onset_s = (when - start).total_seconds()
            if 0 <= onset_s <= length_s:
                events.append(Event(onset_s, 0.0, parts.get("code") or "n/a"))
    return events
