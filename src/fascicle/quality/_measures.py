"""One pass over a recording, in blocks: everything that is measured, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Channel, Header
from fascicle.maths import Envelope, ExtremeRuns, FlatBins, HeldSamples, WelchSpectrum, robust_scale

from . import _thresholds as limits
from ._kinds import BODY, BRAIN


@dataclass(slots=True)
class Measures:
    """What one pass measured; rows are the judged channels.

    Attributes
    ----------
    rows : ndarray of int, shape (n_judged,)
        Which channels of the recording they are.
    n_times : int
        Samples that were read.
    flat, clipped, not_finite : ndarray of int, shape (n_judged,)
        Samples.
    amplitude : ndarray of float64, shape (n_judged,)
        Robust SD in the unit of each channel; NaN where nothing could be measured.
    freqs_hz, density : ndarray of float64, shape (n_freqs,) and (n_judged, n_freqs)
        Power spectral density; empty for a recording that is too short.
    n_windows : int
        Windows behind it.
    held, held_longest : int
        Samples in which all channels stood still, and the longest such stretch.
    low, high : ndarray of float64, shape (n_channels, n_bins)
        Envelope of all channels, in their units.
    bin_starts : ndarray of int, shape (n_bins,)
        First sample of each of its stretches.
    """

    rows: NDArray[np.intp]
    n_times: int
    flat: NDArray[np.int64]
    clipped: NDArray[np.int64]
    not_finite: NDArray[np.int64]
    amplitude: NDArray[np.float64]
    freqs_hz: NDArray[np.float64]
    density: NDArray[np.float64]
    n_windows: int
    held: int
    held_longest: int
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    bin_starts: NDArray[np.int64]


def choose_block_s(header: Header) -> float:
    """Return a block length that keeps a block in the processor's cache, in seconds."""
    bytes_per_s = 8 * len(header.channels) * header.sfreq_hz
    return float(np.clip(limits.BLOCK_BYTES / bytes_per_s, 2 * limits.WINDOW_S, 30.0))


def measure_blocks(blocks: Iterable[NDArray[np.float64]], header: Header) -> Measures:
    """Measure a recording from its blocks, shape (n_channels, n_block), each read once."""
    taker = _Taker(header)
    # Bytes that are no samples can be any number: they must not fill the log with warnings.
    with np.errstate(over="ignore", invalid="ignore"):
        for block in blocks:
            taker.take(block)
        return taker.measures()


@dataclass(slots=True)
class _Taker:
    """The accumulators of one pass."""

    header: Header
    rows: NDArray[np.intp] = field(init=False)
    n_seen: int = field(init=False, default=0)
    _whole: bool = field(init=False)
    _synchronous: NDArray[np.intp] = field(init=False)
    _starts: NDArray[np.int64] = field(init=False)
    _sampled: list[NDArray[np.float64]] = field(init=False, default_factory=list)
    _not_finite: NDArray[np.int64] = field(init=False)
    _flat: FlatBins = field(init=False)
    _runs: ExtremeRuns = field(init=False)
    _held: HeldSamples = field(init=False)
    _envelope: Envelope = field(init=False)
    _welch: WelchSpectrum | None = field(init=False)
    _n_window: int = field(init=False)

    def __post_init__(self) -> None:
        header = self.header
        judged = [i for i, c in enumerate(header.channels) if c.kind in BRAIN | BODY]
        self.rows = np.array(judged, dtype=np.intp)
        self._whole = len(judged) == len(header.channels)
        # A slower channel comes with each sample repeated: it stands still by construction.
        full_rate = [i for i in judged if not is_slower(header.channels[i], header)]
        brain = [i for i in full_rate if header.channels[i].kind in BRAIN]
        self._synchronous = np.searchsorted(self.rows, np.array(brain, dtype=np.intp))
        slowest_hz = min(header.channels[i].sfreq_hz or header.sfreq_hz for i in judged)
        repeats = max(1, round(header.sfreq_hz / slowest_hz))
        n_judged = len(judged)
        self._not_finite = np.zeros(n_judged, dtype=np.int64)
        self._flat = FlatBins(
            n_judged, max(round(limits.FLAT_BIN_S * header.sfreq_hz), 8 * repeats)
        )
        self._runs = ExtremeRuns(n_judged, limits.CLIPPED_MIN_RUN * repeats)
        self._held = HeldSamples(max(3, round(limits.DROPPED_MIN_S * header.sfreq_hz)))
        self._envelope = Envelope(len(header.channels), header.n_times, limits.PREVIEW_BINS)
        self._n_window = min(round(limits.WINDOW_S * header.sfreq_hz), header.n_times)
        self._welch = (
            WelchSpectrum(n_judged, header.sfreq_hz, self._n_window)
            if self._n_window >= 8
            else None
        )
        n_windows = min(limits.N_WINDOWS, max(1, header.n_times // max(1, self._n_window)))
        self._starts = np.linspace(0, header.n_times - self._n_window, n_windows).astype(np.int64)

    def take(self, block: NDArray[np.float64]) -> None:
        """Take the next block, shape (n_channels, n_block)."""
        if not block.shape[1]:
            return
        self._envelope.add(block)
        signal = block if self._whole else block[self.rows]
        lowest, highest = self._flat.add(signal)
        broken = ~(np.isfinite(lowest) & np.isfinite(highest))
        if broken.any():
            missing = ~np.isfinite(signal)
            self._not_finite += missing.sum(axis=1)
            signal = np.where(missing, np.nan, signal)
            lowest, highest = (np.where(broken, np.nan, edge) for edge in (lowest, highest))
        self._runs.add(signal, lowest=lowest, highest=highest)
        if self._synchronous.size >= limits.DROPPED_MIN_CHANNELS:
            everything = self._synchronous.size == signal.shape[0]
            self._held.add(signal if everything else signal[self._synchronous])
        self._take_windows(signal)
        self.n_seen += block.shape[1]

    def _take_windows(self, signal: NDArray[np.float64]) -> None:
        """Take the windows that begin in this block, moved so that they end in it too."""
        end = self.n_seen + signal.shape[1]
        due = self._starts[(self._starts >= self.n_seen) & (self._starts < end)]
        if signal.shape[1] < self._n_window:
            return
        picked = np.linspace(0, self._n_window - 1, min(limits.N_SAMPLED, self._n_window))
        for start in (np.minimum(due, end - self._n_window) - self.n_seen).tolist():
            window = signal[:, start : start + self._n_window]
            self._sampled.append(window[:, picked.astype(np.intp)])
            if self._welch is not None:
                self._welch.add(window)

    def measures(self) -> Measures:
        """Return what was measured so far."""
        n_judged = self.rows.size
        sampled = np.hstack([np.full((n_judged, 1), np.nan), *self._sampled])
        welch = self._welch
        return Measures(
            rows=self.rows,
            n_times=self.n_seen,
            flat=self._flat.counts(),
            clipped=self._runs.counts(),
            not_finite=self._not_finite,
            amplitude=robust_scale(sampled),
            freqs_hz=welch.freqs_hz if welch else np.zeros(0),
            density=welch.density() if welch else np.zeros((n_judged, 0)),
            n_windows=int(welch.n_windows.max()) if welch else 0,
            held=self._held.count,
            held_longest=self._held.longest,
            low=self._envelope.low,
            high=self._envelope.high,
            bin_starts=self._envelope.starts,
        )


def is_slower(channel: Channel, header: Header) -> bool:
    """Tell whether a channel was sampled more slowly than the recording's fastest."""
    return 0 < channel.sfreq_hz < 0.99 * header.sfreq_hz
