"""Consumer headsets that record text: Muse, OpenBCI and Emotiv.

Such files are small and have no index: they are parsed once, as a table of numbers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality, Subject
from fascicle.errors import FormatError

from ._vendor import Opened, VendorFormat, find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_USUAL_RATES_HZ = (125.0, 128.0, 200.0, 220.0, 250.0, 256.0, 500.0, 512.0, 1000.0, 1600.0)
_NEAR_USUAL = 0.03
_LONGEST_JITTER_S = 1.0
_MUSE = ("TP9", "AF7", "AF8", "TP10")
_EMOTIV_OTHERS = frozenset({
    "counter", "interpolated", "rawcq", "battery", "batterypercent", "markerhardware",
})  # fmt: skip
"""Columns that Emotiv writes among the electrodes, which are none."""
_ELECTRODE = re.compile(r"(?:N|Fp|AF|F|FT|FC|T|C|TP|CP|P|PO|O|I)(?:\d{1,2}|z)", re.IGNORECASE)
"""A place of the 10-10 system: Emotiv's caps let people choose theirs."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A headset's file as numbers.

    Attributes
    ----------
    columns : dict of str to (kind, unit)
        The channels, by the name that they are given.
    samples : ndarray of float64, shape (n_channels, n_times)
        Their values.
    times_s : ndarray of float64, shape (n_times,)
        Time of each sample; empty if the file has none.
    rate_hz : float
        As the file states it; 0 if it does not.
    markers : list of tuple
        Sample and label.
    about : dict of str to str
        What the header says beside.
    """

    columns: dict[str, tuple[str, str]]
    samples: NDArray[np.float64]
    times_s: NDArray[np.float64]
    rate_hz: float = 0.0
    markers: list[tuple[int, str]] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)


class _Headset(VendorFormat):
    """What headsets share: one file of text that is parsed as a whole."""

    def parse(self, path: Path) -> _Table:
        """Parse the file."""
        raise NotImplementedError

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Parse the file and find its rate, gaps and markers."""
        table = self.parse(root / files[0])
        n_times = table.samples.shape[1]
        if n_times < 2:
            raise FormatError(
                "FSC237",
                f"Expected rows of samples after the {self.title} header, got {n_times}.",
                "The recording is empty: leave it out.",
            )
        rate_hz = table.rate_hz or _measured_rate(table.times_s)
        jumps = np.flatnonzero(np.diff(table.times_s) > _LONGEST_JITTER_S + 1 / rate_hz) + 1
        events = [
            Event(sample / rate_hz, 0.0, label, int(label) if _is_code(label) else None)
            for sample, label in table.markers
        ]
        events += [Event(int(jump) / rate_hz, 0.0, "BAD_ACQ_SKIP") for jump in jumps]
        header = Header(
            modality=Modality.EEG,
            sfreq_hz=rate_hz,
            n_times=n_times,
            channels=tuple(
                Channel(name, kind, unit, rate_hz) for name, (kind, unit) in table.columns.items()
            ),
            events=tuple(sorted(events, key=lambda event: event.onset_s)),
            measured_at=_clock(table.times_s),
            subject=Subject(code=table.about.get("subject", "")),
            identifiers=tuple(self.identifiers(table.about)),
            manufacturer=self.manufacturer,
            is_continuous=not jumps.size,
        )
        return Opened(header, lambda start, stop: table.samples[:, start:stop])

    def identifiers(self, about: Mapping[str, str]) -> list[Identifier]:
        """Return what the header says of people and devices."""
        kinds = {"subject": "id", "title": "text", "headset serial": "serial", "recorded": "date",
                 "remarks": "text", "experiment": "text", "operator": "operator"}  # fmt: skip
        fields = ((kinds[key], key, value) for key, value in about.items() if key in kinds)
        return find_identifiers(f"{self.title} header", fields)


def _is_code(label: str) -> bool:
    return label.isascii() and label.isdigit() and len(label) < 7


def _measured_rate(times_s: NDArray[np.float64]) -> float:
    """Return the rate that times make, or the usual one that it is close to."""
    span_s = float(times_s[-1] - times_s[0]) if times_s.size > 1 else 0.0
    if not span_s > 0:
        raise FormatError(
            "FSC238",
            "Expected a sampling rate or rising times, got neither.",
            "Export the recording with its time column.",
        )
    # The median step is right where there are gaps, the mean where times come in bursts.
    steps = np.diff(times_s)
    mean_hz = (times_s.size - 1) / span_s
    without_gaps = steps[steps < _LONGEST_JITTER_S]
    if without_gaps.size and without_gaps.mean() > 0:
        mean_hz = 1 / float(without_gaps.mean())
    usual = min(_USUAL_RATES_HZ, key=lambda rate: abs(rate - mean_hz))
    return usual if abs(usual / mean_hz - 1) < _NEAR_USUAL else round(mean_hz, 6)


def _clock(times_s: NDArray[np.float64]) -> datetime | None:
    """Return the time of the first sample where times count seconds since 1970."""
    start = float(times_s[0]) if times_s.size else 0.0
    return datetime.fromtimestamp(start, UTC) if 946_684_800 < start < 4_102_444_800 else None


def _number(text: str) -> float:
    """Return a cell as a number; NaN for an empty or a wordy one."""
    try:
        return float(text)
    except ValueError:
        return np.nan


def _runs(values: NDArray[np.float64]) -> list[tuple[int, str]]:
    """Return where a marker column changes to a value other than 0, and that value."""
    clean = np.nan_to_num(values)
    starts = np.flatnonzero((clean != 0) & (np.diff(clean, prepend=0) != 0))
    return [(int(i), f"{clean[i]:g}") for i in starts]


def _columns(rows: Sequence[Sequence[str]], places: Sequence[int]) -> NDArray[np.float64]:
    """Return some columns of a table, shape (n_columns, n_rows)."""
    cells = [[_number(row[i]) if i < len(row) else np.nan for i in places] for row in rows]
    return np.array(cells, dtype=np.float64).reshape(len(rows), len(places)).T


def _first_line(head: bytes) -> str:
    return head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace").strip()


def _read_rows(path: Path, skip: int = 0) -> Iterator[list[str]]:
    """Yield the rows of a comma-separated file."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        for _ in range(skip):
            next(stream, None)
        yield from csv.reader(stream, skipinitialspace=True)


class Muse(_Headset):
    """Muse, recorded by muse-lsl (``timestamps,TP9,...``) or Mind Monitor (``TimeStamp,...``).

    Band powers, fit and battery of Mind Monitor are left out: they are no signals.
    """

    name = "muse"
    title = "Muse CSV"
    proven_on = "real"
    manufacturer = "InteraXon"

    def recognises(self, head: FileHead) -> bool:
        """Look for a time column and the four electrodes of the headband."""
        names = [name.strip() for name in _first_line(head.head).split(",")]
        is_plain = names[0].casefold() in {"timestamps", "timestamp"} and set(_MUSE[:2]) <= set(
            names
        )
        return is_plain or (names[0] == "TimeStamp" and "RAW_TP9" in names)

    def parse(self, path: Path) -> _Table:
        """Parse either kind."""
        rows = _read_rows(path)
        names = [name.strip() for name in next(rows)]
        return _mind_monitor(names, rows) if "RAW_TP9" in names else _muse_lsl(names, rows)


def _muse_lsl(names: Sequence[str], rows: Iterator[list[str]]) -> _Table:
    kept = [row for row in rows if len(row) >= len(names)]
    signals = [i for i, name in enumerate(names) if i and not name.lower().startswith("marker")]
    marks = [i for i, name in enumerate(names) if name.lower().startswith("marker")]
    columns = {names[i]: ("MISC" if "aux" in names[i].lower() else "EEG", "uV") for i in signals}
    markers = [run for i in marks for run in _runs(_columns(kept, [i])[0])]
    return _Table(columns, _columns(kept, signals), _columns(kept, [0])[0], markers=markers)


def _mind_monitor(names: Sequence[str], rows: Iterator[list[str]]) -> _Table:
    raw = names.index("RAW_TP9")
    signals = [
        i for i, name in enumerate(names)
        if re.match(r"RAW_|AUX|Accelerometer_|Gyro_|PPG_|Optics", name)
    ]  # fmt: skip
    kept: list[list[str]] = []
    markers: list[tuple[int, str]] = []
    for row in rows:
        if len(row) == len(names) and row[-1].strip():
            markers.append((len(kept), row[-1].strip()))
        if len(row) > raw and row[raw].strip():
            kept.append(row)
    columns = {names[i].removeprefix("RAW_"): _mind_monitor_kind(names[i]) for i in signals}
    times_s = np.array([_seconds(row[0]) for row in kept])
    markers = [(min(i, len(kept) - 1), label) for i, label in markers if kept]
    return _Table(columns, _columns(kept, signals), times_s, markers=markers)


def _mind_monitor_kind(name: str) -> tuple[str, str]:
    if name.startswith("RAW_"):
        return "EEG", "uV"
    if name.startswith("PPG_"):
        return "PPG", "n/a"
    return "MISC", "uV" if name.startswith("AUX") else "g" if name.startswith("Acc") else "n/a"


def _seconds(text: str) -> float:
    """Return a written day and time as seconds since 1970."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return _number(text)


class OpenBci(_Headset):
    """OpenBCI GUI text (``%OpenBCI Raw EEG Data`` or ``%OpenBCI Raw EXG Data``)."""

    name = "openbci"
    title = "OpenBCI text"
    manufacturer = "OpenBCI"

    def recognises(self, head: FileHead) -> bool:
        """Look for the program's first line."""
        return re.match(rb"(\xef\xbb\xbf)?%\s?OpenBCI Raw E[EX]G Data", head.head) is not None

    def parse(self, path: Path) -> _Table:
        """Parse the lines that begin with ``%``, column names if there are any, and the rows."""
        about: dict[str, str] = {}
        names: list[str] = []
        rows: list[list[str]] = []
        for row in _read_rows(path):
            if row and row[0].startswith("%"):
                key, _, value = ",".join(row).lstrip("% ").partition("=")
                about[key.strip().casefold()] = value.strip()
            elif row and re.match(r"\s*[A-Za-z]", row[0]):
                names = [cell.strip() for cell in row]
            elif row:
                rows.append(row)
        n_channels = int(np.nan_to_num(_number(about.get("number of channels", "")))) or 8
        rate = re.match(r"[\d.]+", about.get("sample rate", ""))
        signals, columns = _openbci_columns(names, n_channels)
        times_s = _columns(rows, [_openbci_clock(names, rows)])[0]
        if times_s.size and times_s[0] > 1e11:  # milliseconds, as older versions wrote them
            times_s = times_s / 1000
        if not np.isfinite(times_s).all():
            times_s = np.empty(0)
        samples = _columns(rows, signals)
        return _Table(columns, samples, times_s, float(rate[0]) if rate else 0.0, about=about)


def _openbci_columns(
    names: Sequence[str], n_channels: int
) -> tuple[list[int], dict[str, tuple[str, str]]]:
    """Return which columns are signals, and what they are."""
    if names:
        exg = [i for i, name in enumerate(names) if re.match(r"EXG Channel", name)][:n_channels]
        accel = [i for i, name in enumerate(names) if re.match(r"Accel Channel", name)]
    else:  # before version 5: index, channels, three axes, times
        exg, accel = list(range(1, n_channels + 1)), list(range(n_channels + 1, n_channels + 4))
    columns = {f"EXG{n + 1}": ("EEG", "uV") for n in range(len(exg))}
    columns |= {f"ACC{n + 1}": ("MISC", "g") for n in range(len(accel))}
    return [*exg, *accel], columns


def _openbci_clock(names: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return the column that counts seconds since 1970."""
    if "Timestamp" in names:
        return names.index("Timestamp")
    return len(rows[0]) - 1 if rows else 0


class Emotiv(_Headset):
    """EmotivPRO or TestBench CSV, with ``EEG.`` columns or a line of ``labels:``."""

    name = "emotiv"
    title = "Emotiv CSV"
    manufacturer = "Emotiv"

    def recognises(self, head: FileHead) -> bool:
        """Look for EEG columns under Emotiv's names in the first two lines."""
        lines = head.head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 2)[:2]
        if any(b"EEG.Counter" in line or b"EEG.AF" in line or b"EEG.T7" in line for line in lines):
            return True
        return lines[0].startswith(b"title:") and b"labels:" in lines[0]

    def parse(self, path: Path) -> _Table:
        """Parse the line that describes the recording, the column names and the rows."""
        rows = _read_rows(path)
        first = next(rows)
        about = _emotiv_about(first) if first[0].startswith("title") else {}
        if "labels" in about:
            names = about["labels"].split()
        else:
            names = [name.strip() for name in (next(rows) if about else first)]
        kept = [row for row in rows if len(row) >= len(names) and row[0].strip()]
        plain = [name.removeprefix("EEG.") for name in names]
        signals = [i for i, name in enumerate(names) if _is_electrode(name, "labels" in about)]
        columns = {plain[i]: ("EEG", "uV") for i in signals}
        clock = [i for i, name in enumerate(names) if name in {"Timestamp", "OriginalTimestamp"}]
        times_s = _columns(kept, clock[:1])[0] if clock else np.empty(0)
        marks = [i for i, name in enumerate(plain) if name in {"MarkerValueInt", "MARKER"}]
        markers = [run for i in marks[:1] for run in _runs(_columns(kept, [i])[0])]
        rate = re.search(r"\d+", about.get("sampling", about.get("sampling rate", "")))
        rate_hz = float(rate[0]) if rate else 0.0
        return _Table(columns, _columns(kept, signals), times_s, rate_hz, markers, about)


def _is_electrode(name: str, is_plain: bool) -> bool:
    """Tell whether a column is an electrode, from its prefix or, where there is none, its place."""
    if name.startswith("EEG."):
        return name.removeprefix("EEG.").casefold() not in _EMOTIV_OTHERS
    return is_plain and _ELECTRODE.fullmatch(name) is not None


def _emotiv_about(cells: Sequence[str]) -> dict[str, str]:
    """Return the pairs of key and value of the first line."""
    pairs = (cell.partition(":") for cell in cells)
    return {key.strip().casefold(): value.strip() for key, _, value in pairs if key.strip()}
