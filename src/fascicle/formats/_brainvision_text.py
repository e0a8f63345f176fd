"""The three texts of a BrainVision recording: header and markers, to and from words.

The layout follows the BrainVision Core Data Format 1.0, and 2.0 as Analyzer exports it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fascicle.core import Event, Header
from fascicle.errors import FormatError

from ._channels import unique_labels

HEADER_MAGIC = re.compile(rb"(\xef\xbb\xbf)?Brain ?Vision [^\n]{0,40}Header File", re.IGNORECASE)
SAMPLE_TYPES = {
    "INT_16": "i2",
    "UINT_16": "u2",
    "INT_32": "i4",
    "IEEE_FLOAT_32": "f4",
    "IEEE_FLOAT_64": "f8",
}
READABLE_TYPES = ("INT_16", "INT_32", "IEEE_FLOAT_32")
"""What every reader understands; other types are written as 32-bit floats."""

MARKER_TYPES = frozenset(
    {"Stimulus", "Response", "Trigger", "Marker", "Event", "Sync Status", "Optic", "Toggle",
     "SyncStatus", "New Segment", "Bad Interval", "Peaks", "Time 0", "Threshold", "Voltage"}
)  # fmt: skip
"""Marker types that are kept; all others become ``Comment``."""

_WRITTEN_UNITS = {"oC": "C", "uV": "\u00b5V"}
"""How BrainVision spells BIDS units."""

_HEAD_RADIUS_M = 0.095
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MARKER = re.compile(r"Mk\d+=([^,]*),([^,]*),(-?\d+),(-?\d+),(-?\d+)(?:,(\d{20}))?")
_CODE = re.compile(r"[A-Za-z]?\s*(\d{1,5})")
_MAX_TEXT = 64 * 2**20


@dataclass(frozen=True, slots=True)
class ChannelText:
    """A line of ``[Channel Infos]``."""

    name: str
    reference: str
    resolution: str
    unit: str


@dataclass(frozen=True, slots=True)
class Vhdr:
    """What a header file says."""

    data_file: str
    marker_file: str
    is_ascii: bool
    is_vectorised: bool
    is_big_endian: bool
    sample_type: str
    n_points: int
    interval_us: float
    channels: tuple[ChannelText, ...]
    coordinates: tuple[tuple[float, float, float] | None, ...]
    decimal_symbol: str
    skip_lines: int
    skip_columns: int
    remarks: tuple[str, ...]
    comment: str
    n_hidden: int = 0
    """Columns behind the channels that no line lists; see `_count_hidden`."""

    @property
    def n_columns(self) -> int:
        """How many values the data file holds of each sample."""
        return len(self.channels) + self.n_hidden

    @property
    def sfreq_hz(self) -> float:
        """Sampling rate, in hertz; that of 251 Hz is not 251.00000000000003."""
        rate_hz = 1e6 / self.interval_us
        near = round(rate_hz, 6)
        return near if math.isclose(rate_hz, near, rel_tol=1e-12) else rate_hz

    @property
    def dtype(self) -> str:
        """Type of a stored sample, for numpy."""
        return (">" if self.is_big_endian else "<") + SAMPLE_TYPES[self.sample_type]


def decode_text(data: bytes) -> str:
    """Return a text in UTF-8, or in the code page of western Windows where it is not."""
    if len(data) > _MAX_TEXT:
        raise _bad("file", "a text header of less than 64 MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def parse_sections(text: str) -> tuple[dict[str, dict[str, str]], list[str], str]:
    """Return keys and values by section (lower case), the remark lines, and the comment section."""
    sections: dict[str, dict[str, str]] = {}
    remarks: list[str] = []
    current: dict[str, str] = {}
    body, *comments = re.split(r"(?im)^\[comment\][ \t]*\r?$", text, maxsplit=1)
    for line in body.splitlines()[1:]:
        plain = line.strip()
        if plain.startswith("[") and plain.endswith("]"):
            current = sections.setdefault(plain[1:-1].strip().lower(), {})
        elif plain.startswith(";"):
            remarks.append(plain[1:].strip())
        elif "=" in plain:
            key, _, value = plain.partition("=")
            current.setdefault(key.strip().lower(), value.strip())
    return sections, remarks, "".join(comments)


def parse_vhdr(data: bytes) -> Vhdr:
    """Read a header file."""
    if not data:
        raise FormatError("FSC200", "Expected a BrainVision header, got 0 bytes.", "Copy it again.")
    if not HEADER_MAGIC.match(data):
        raise _bad("first line", "the words of a BrainVision header file")
    sections, remarks, comment = parse_sections(decode_text(data))
    common = sections.get("common infos", {})
    if common.get("datatype", "TIMEDOMAIN").upper() != "TIMEDOMAIN":
        raise FormatError(
            "FSC206", "Expected samples over time, got a spectrum.", "Export the raw data instead."
        )
    is_ascii = common.get("dataformat", "BINARY").upper() == "ASCII"
    ascii_infos = sections.get("ascii infos", {})
    channels = _channels(sections.get("channel infos", {}), _count(common))
    return Vhdr(
        data_file=common.get("datafile", ""),
        marker_file=common.get("markerfile", ""),
        is_ascii=is_ascii,
        is_vectorised=common.get("dataorientation", "MULTIPLEXED").upper() == "VECTORIZED",
        is_big_endian=sections.get("binary infos", {}).get("usebigendianorder", "").upper()
        == "YES",
        sample_type="IEEE_FLOAT_32" if is_ascii else _sample_type(sections.get("binary infos", {})),
        n_points=_whole(common.get("datapoints", "0"), "DataPoints"),
        interval_us=_interval(common),
        channels=channels,
        coordinates=_coordinates(sections.get("coordinates", {}), len(channels)),
        decimal_symbol=ascii_infos.get("decimalsymbol", ".")[:1] or ".",
        skip_lines=_whole(ascii_infos.get("skiplines", "0"), "SkipLines"),
        skip_columns=_whole(ascii_infos.get("skipcolumns", "0"), "SkipColumns"),
        remarks=tuple(remarks),
        comment=comment,
        n_hidden=_count_hidden(data),
    )


def _count_hidden(data: bytes) -> int:
    """Return how many columns the header leaves unsaid: one, where it is of a V-Amp.

    That column holds words of the recorder (a magic number, sizes, digests), and no signal.
    """
    return int(b"v-amp data header" in data[:100].lower())


def _count(common: dict[str, str]) -> int:
    """Return the number of channels."""
    n_channels = _whole(common.get("numberofchannels", ""), "NumberOfChannels")
    if not 1 <= n_channels <= 100_000:
        raise _bad("NumberOfChannels", "1 or more")
    return n_channels


def _sample_type(binary: dict[str, str]) -> str:
    """Return the type of the stored samples."""
    name = binary.get("binaryformat", "INT_16").upper()
    if name not in SAMPLE_TYPES:
        raise FormatError(
            "FSC206",
            f"Expected one of {len(SAMPLE_TYPES)} binary formats, got another.",
            "Export the recording as INT_16 or IEEE_FLOAT_32.",
        )
    return name


def _interval(common: dict[str, str]) -> float:
    """Return the sampling interval in microseconds."""
    text = common.get("samplinginterval", "").replace(",", ".")
    if not _NUMBER.fullmatch(text) or not 0 < float(text) < 1e12:
        raise _bad("SamplingInterval", "a positive number of microseconds")
    return float(text)


def _whole(text: str, what: str) -> int:
    """Return a whole number."""
    if not re.fullmatch(r"\d{1,15}", text):
        raise _bad(what, "a whole number")
    return int(text)


def _channels(infos: dict[str, str], n_channels: int) -> tuple[ChannelText, ...]:
    """Read the channel lines; a channel without one gets a number for a name."""
    channels: list[ChannelText] = []
    for i in range(1, n_channels + 1):
        fields = [field.replace("\\1", ",").strip() for field in infos.get(f"ch{i}", "").split(",")]
        name, reference, resolution, unit = (fields + [""] * 4)[:4]
        resolution = resolution.replace(",", ".") or "1"
        if not _NUMBER.fullmatch(resolution) or not math.isfinite(float(resolution)):
            raise _bad("resolution of a channel", "a number")
        channels.append(ChannelText(name or f"Ch{i}", reference, resolution, unit or "uV"))
    return tuple(channels)


def _coordinates(
    lines: dict[str, str], n_channels: int
) -> tuple[tuple[float, float, float] | None, ...]:
    """Read radius, theta and phi of each channel; None where there is none."""
    found: list[tuple[float, float, float] | None] = []
    for i in range(1, n_channels + 1):
        fields = [field.strip() for field in lines.get(f"ch{i}", "").split(",")[:3]]
        if len(fields) == 3 and all(_NUMBER.fullmatch(field) for field in fields):
            radius, theta, phi = (float(field) for field in fields)
            found.append((radius, theta, phi) if radius else None)
        else:
            found.append(None)
    return tuple(found)


def position_m(coordinates: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return x (right), y (front) and z (up) in metres of radius in mm, theta and phi in degrees.

    A radius of 1 means an idealised head, which is given the radius of 95 mm that MNE-Python uses.
    """
    radius, theta, phi = coordinates
    radius_m = _HEAD_RADIUS_M if radius == 1 else radius / 1000
    polar, azimuth = math.radians(theta), math.radians(phi)
    return (
        radius_m * math.sin(polar) * math.cos(azimuth),
        radius_m * math.sin(polar) * math.sin(azimuth),
        radius_m * math.cos(polar),
    )


def parse_filters(comment: str) -> dict[str, tuple[float | None, float | None]]:
    """Return high-pass and low-pass edges in hertz by channel, from the amplifier's table."""
    lines = comment.splitlines()
    start = next((i for i, line in enumerate(lines) if re.match(r"#\s+Name\s", line)), None)
    if start is None:
        return {}
    is_seconds = "Low Cutoff [s]" in lines[start]
    filters: dict[str, tuple[float | None, float | None]] = {}
    for line in lines[start + 1 :]:
        row = re.match(
            r"\d+\s+(.+?)\s+\d+\s+[\d.]+\s*[^\s\d]*\s+(DC|Off|[\d.]+)\s+(Off|[\d.]+)\s", line + " "
        )
        if not row:
            break
        low = 0.0 if row[2] == "DC" else None if row[2] == "Off" else _positive(row[2])
        if low and is_seconds:
            low = 1 / (2 * math.pi * low)
        filters[row[1]] = (low, _positive(row[3]))
    return filters


def _positive(text: str) -> float | None:
    """Return a positive number; None for words, 0 and worse."""
    value = float(text) if _NUMBER.fullmatch(text) else 0.0
    return value if value > 0 else None


def parse_vmrk(data: bytes, sfreq_hz: float) -> tuple[list[Event], list[str], int]:
    """Return the events, the dates of segments (20 digits), and the number of segments."""
    events: list[Event] = []
    dates: list[str] = []
    n_segments = 0
    for line in decode_text(data).splitlines():
        found = _MARKER.match(line.strip())
        if not found:
            continue
        kind, words = (found[i].replace("\\1", ",").strip() for i in (1, 2))
        if kind == "New Segment":
            n_segments += 1
            dates += [found[6]] if found[6] and found[6].strip("0") else []
            if n_segments == 1:
                continue
        onset_s = (int(found[3]) - 1) / sfreq_hz
        duration_s = int(found[4]) / sfreq_hz if int(found[4]) > 1 else 0.0
        code = _CODE.fullmatch(words)
        label = words if kind == "Comment" else f"{kind}/{words}"
        events.append(Event(onset_s, duration_s, label, int(code[1]) if code else None))
    return sorted(events, key=lambda event: event.onset_s), dates, n_segments


def parse_date(digits: str) -> datetime | None:
    """Return the time of 20 digits (``YYYYMMDDhhmmssuuuuuu``)."""
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None


def format_vhdr(header: Header, vhdr: Vhdr, stem: str) -> bytes:
    """Return a header file: layout and calibration of `vhdr`, all words from `header`."""
    lines = [
        "Brain Vision Data Exchange Header File Version 1.0",
        "",
        "[Common Infos]",
        "Codepage=UTF-8",
        f"DataFile={stem}.eeg",
        f"MarkerFile={stem}.vmrk",
        "DataFormat=BINARY",
        f"DataOrientation={'VECTORIZED' if vhdr.is_vectorised else 'MULTIPLEXED'}",
        f"NumberOfChannels={len(header.channels)}",
        f"DataPoints={vhdr.n_points}",
        f"SamplingInterval={vhdr.interval_us:.15g}",
        "",
        "[Binary Infos]",
        f"BinaryFormat={vhdr.sample_type}",
        "",
        "[Channel Infos]",
    ]
    names = unique_labels([_escaped(channel.name) for channel in header.channels], 10_000)
    for i, (channel, text) in enumerate(zip(header.channels, vhdr.channels, strict=True), 1):
        unit = _WRITTEN_UNITS.get(channel.unit, channel.unit)
        lines.append(f"Ch{i}={names[i - 1]},,{text.resolution},{unit}")
    if any(vhdr.coordinates):
        lines += ["", "[Coordinates]"]
        lines += [
            f"Ch{i}=" + ",".join(f"{value:.10g}" for value in place or (0, 0, 0))
            for i, place in enumerate(vhdr.coordinates, 1)
        ]
    return ("\r\n".join(lines) + "\r\n").encode()


def format_vmrk(
    events: Sequence[Event], sfreq_hz: float, stem: str, start: datetime | None
) -> bytes:
    """Return a marker file with the released events."""
    date = f",{start:%Y%m%d%H%M%S%f}" if start else ""
    lines = [
        "Brain Vision Data Exchange Marker File, Version 1.0",
        "",
        "[Common Infos]",
        "Codepage=UTF-8",
        f"DataFile={stem}.eeg",
        "",
        "[Marker Infos]",
        f"Mk1=New Segment,,1,1,0{date}",
    ]
    for i, event in enumerate(sorted(events, key=lambda e: e.onset_s), 2):
        kind, _, words = event.label.partition("/")
        if kind not in MARKER_TYPES:
            kind, words = "Comment", event.label
        position = max(1, round(event.onset_s * sfreq_hz) + 1)
        n_points = max(1, round(event.duration_s * sfreq_hz))
        lines.append(f"Mk{i}={kind},{_escaped(words)},{position},{n_points},0")
    return ("\r\n".join(lines) + "\r\n").encode()


def _escaped(text: str) -> str:
    """Return a text that fits between commas on one line."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).replace(",", "\\1")


def iterate_people(comment: str, remarks: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield kind and value of what remarks and comments say about people, places and devices."""
    for line in (*remarks, *comment.splitlines()):
        path = re.match(r"\s*Data created from history path:\s*(.+)", line)
        if path:
            yield "path", path[1].strip()
            continue
        found = re.match(r"\s*([A-Za-z][A-Za-z ./_()-]{0,40}?)\s*[:=]\s*(\S.*)", line)
        if not found:
            continue
        key = found[1].lower()
        kind = next((kind for words, kind in _PEOPLE if re.search(words, key)), "")
        if kind:
            yield kind, found[2].strip()


_PEOPLE = (
    (r"\bdob\b|birth|geburt", "birthdate"),
    (r"serial|\bs/n\b|\bsn\b", "serial"),
    (r"operator|technician|experimenter|investigator|recorded by|\bmta\b|physician", "operator"),
    (r"hospital|institut|clinic|university|department|laboratory|\blab\b|\bsite\b", "institution"),
    (r"address|street|\bcity\b|\broom\b|location|\bplace\b|postcode|\bzip\b", "place"),
    (r"phone|e-?mail|\bfax\b|contact", "contact"),
    (r"\b(patient|subject|participant|case)\s*(id|code|number|no\.?|nr\.?)\b|^id$|\bmrn\b", "id"),
    (r"\bname\b|^patient$|^subject$|^participant$", "name"),
    (r"\bdate\b|recorded (on|at)", "date"),
    (r"\bpath\b|\bfile\b|folder|workspace|directory", "path"),
    (r"comment|remark|note|diagnosis|medication|history", "text"),
)
"""What the word before a colon says about the words after it."""


def _bad(what: str, expected: str) -> FormatError:
    """Return the error for a part that does not hold what it should."""
    return FormatError(
        "FSC203",
        f"Expected {expected} in the BrainVision field '{what}', got something else.",
        "Export the recording again; its header is damaged.",
    )
