"""Short pieces of long recordings of probes, without reading what lies between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fascicle.errors import FormatError

from ._ecephys import Signal, read_signal
from ._nwb_open import open_nwb
from ._vendor import foreign_reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TITLE = "NWB"


@dataclass(frozen=True, slots=True)
class SignalSpan:
    """Channels of a written recording that were sampled together.

    Attributes
    ----------
    channels : range
        Which of the header's channels they are.
    sfreq_hz : float
        Their rate, in hertz.
    n_times : int
        Their length in samples.
    is_neural : bool
        False for inputs beside the brain.
    """

    channels: range
    sfreq_hz: float
    n_times: int
    is_neural: bool


def list_signals(path: Path) -> tuple[SignalSpan, ...]:
    """Return the signals of a written NWB file, in the order of its header's channels.

    Raises
    ------
    FormatError
        If the file cannot be read.
    """
    return tuple(span for span, _ in _open(path))


def read_windows(
    path: Path, channels: range, *, window_s: float, n_windows: int
) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """Read pieces of some channels, spread evenly over a written NWB file.

    Parameters
    ----------
    path : Path
        The file.
    channels : range
        Indices of the header's channels, all of one signal.
    window_s : float
        Length of a piece, in seconds; shorter if the recording is.
    n_windows : int
        Their number; fewer if they would overlap.

    Yields
    ------
    float, ndarray of float64, shape (n_channels, n_window)
        Start in seconds from the first sample, and values in the unit of the channels.

    Raises
    ------
    FormatError
        If the file cannot be read; FSC207 if the channels are not of one of its signals.
    """
    signals = _open(path)
    own = [pair for pair in signals if {channels.start, channels.stop - 1} <= {*pair[0].channels}]
    if not own:
        raise FormatError(
            "FSC207",
            "Expected channels of one signal, got others.",
            "Ask list_signals which channels were sampled together.",
        )
    span, signal = own[0]
    first = channels.start - span.channels.start
    columns = slice(first, first + len(channels))
    n_window = max(1, min(round(window_s * span.sfreq_hz), span.n_times))
    n_kept = max(1, min(n_windows, span.n_times // n_window))
    for start in np.linspace(0, span.n_times - n_window, n_kept).astype(int).tolist():
        with foreign_reader(_TITLE, "neurodata"):
            values = read_signal(signal, start, start + n_window, columns)
        yield start / span.sfreq_hz, values


def _open(path: Path) -> list[tuple[SignalSpan, Signal]]:
    """Return the signals of a file with the channels that they are."""
    with foreign_reader(_TITLE, "neurodata"):
        opened = open_nwb(path)
    found = []
    first = 0
    for signal in opened.signals:
        stop = first + len(signal.channels)
        span = SignalSpan(
            range(first, stop), signal.channels[0].sfreq_hz, signal.n_times, signal.is_neural
        )
        found.append((span, signal))
        first = stop
    return found
