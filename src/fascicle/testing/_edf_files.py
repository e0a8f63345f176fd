"""Synthetic EDF and BDF recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fascicle.core import Event

from ._planted import Planted, Shape

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def make_edf(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    events: Sequence[Event] = (),
    shape: Shape | None = None,
    kind: str = "EDF+C",
) -> Path:
    """Write a synthetic EDF recording.

    Parameters
    ----------
    path : Path
        Where to.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for patient, recording, transducer, prefilter and reserved fields.
    events : sequence of Event
        Annotations; written with EDF+ only.
    shape : Shape, optional
        Channels and length.
    kind : str
        ``"EDF"``, ``"EDF+C"`` or ``"EDF+D"`` (a gap of 5 s after the second record).

    Returns
    -------
    Path
        `path`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     make_edf(Path(folder) / "a.edf").stat().st_size
    42278
    """
    return _make(path, (seed, planted, events, shape or Shape(), kind), n_bytes=2)


def make_bdf(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    events: Sequence[Event] = (),
    shape: Shape | None = None,
    kind: str = "BDF",
) -> Path:
    """Write a synthetic BDF recording; in plain BDF events stand on a ``Status`` channel.

    Parameters
    ----------
    path : Path
        Where to.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the texts of the header.
    events : sequence of Event
        Triggers (their ``value``) in plain BDF, annotations in BDF+.
    shape : Shape, optional
        Channels and length; the status channel comes on top.
    kind : str
        ``"BDF"`` or ``"BDF+C"``.

    Returns
    -------
    Path
        `path`.
    """
    return _make(path, (seed, planted, events, shape or Shape(), kind), n_bytes=3)


_Recipe = tuple[int, Planted | None, Sequence[Event], Shape, str]
_TEXT_SAMPLES = 60


def _make(path: Path, recipe: _Recipe, n_bytes: int) -> Path:
    """Write header and records of one second each."""
    seed, _, events, shape, kind = recipe
    channels = [samples.astype(np.int32) for samples in shape.samples(seed)]
    rates = list(shape.rates_hz)
    labels = shape.names
    if kind == "BDF":
        channels.append(_status(events, rates[0], shape.n_seconds))
        rates.append(rates[0])
        labels.append("Status")
    is_plus = "+" in kind
    header = _header(recipe, labels, rates, n_bytes)
    with path.open("wb") as stream:
        stream.write(header)
        for i in range(shape.n_seconds):
            for samples, rate in zip(channels, rates, strict=True):
                stored = samples[i * rate : (i + 1) * rate].astype("<i4").view(np.uint8)
                stream.write(stored.reshape(-1, 4)[:, :n_bytes].tobytes())
            if is_plus:
                stream.write(_texts(events, i, kind).ljust(_TEXT_SAMPLES * n_bytes, b"\0"))
    return path


def _status(
    events: Sequence[Event], rate: int, n_seconds: int
) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return a status channel: each code is held for five samples."""
    status = np.zeros(rate * n_seconds, np.int32)
    for event in events:
        start = round(event.onset_s * rate)
        status[start : start + 5] = event.value or 1
    return status | 0x100000  # a bit that tells of the amplifier's state


def _texts(events: Sequence[Event], record: int, kind: str) -> bytes:
    """Return the annotations of a record: its time, then the events that begin in it."""
    jump_s = 5 if kind.endswith("D") and record > 1 else 0
    tals = b"+%d\x14\x14\0" % (record + jump_s)
    for event in events:
        if record <= event.onset_s < record + 1:
            onset = f"+{event.onset_s + jump_s:.4f}".encode()
            tals += onset + b"\x15%g\x14%s\x14\0" % (event.duration_s, event.label.encode())
    return tals


def _header(recipe: _Recipe, labels: list[str], rates: list[int], n_bytes: int) -> bytes:
    """Return the header, with identifiers in every text field."""
    _, planted, _, shape, kind = recipe
    if "+" in kind:
        labels, rates = [*labels, f"{kind[:3]} Annotations"], [*rates, _TEXT_SAMPLES]
    n = len(labels)
    patient, recording, day = "X X X X", "Startdate X X X X", "01.01.85"
    note = dict.fromkeys(("transducer", "prefilter", "reserved"), "")
    if planted:
        born, start = planted.birth, planted.start
        patient = (
            f"{planted.code} F {born.day:02}-{MONTHS[born.month - 1]}-{born.year} {planted.name}"
        )
        recording = (
            f"Startdate {start.day:02}-{MONTHS[start.month - 1]}-{start.year} "
            f"{planted.place} {planted.operator} {planted.serial}"
        )
        day = f"{start:%d.%m.%y}"
        note = {"transducer": planted.institution, "prefilter": planted.text,
                "reserved": planted.name}  # fmt: skip
    clock = f"{planted.start:%H.%M.%S}" if planted else "00.00.00"
    digital = ("-32768", "32767") if n_bytes == 2 else ("-8388608", "8388607")
    units = ["Boolean" if label == "Status" else "uV" for label in labels]
    version = "0" if n_bytes == 2 else "\xffBIOSEMI"
    subtype = {"EDF": "", "BDF": "24BIT"}.get(kind, kind)
    widths = (8, 80, 80, 8, 8, 8, 44, 8, 8, 4)
    values = (version, patient, recording, day, clock, str(256 * (n + 1)), subtype,
              str(shape.n_seconds), "1", str(n))  # fmt: skip
    text = "".join(v.ljust(w)[:w] for v, w in zip(values, widths, strict=True))
    columns = (
        (labels, 16), ([note["transducer"]] * n, 80), (units, 8), (["-3276.8"] * n, 8),
        (["3276.7"] * n, 8), ([digital[0]] * n, 8), ([digital[1]] * n, 8),
        ([f"HP:0.1Hz LP:75Hz {note['prefilter']}".strip()] * n, 80),
        ([str(rate) for rate in rates], 8), ([note["reserved"]] * n, 32),
    )  # fmt: skip
    text += "".join(value.ljust(w)[:w] for column, w in columns for value in column)
    return text.encode("latin-1")
