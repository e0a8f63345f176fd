"""The check of recordings of probes: a bounded number of windows, whatever the length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Header, Picture, Severity
from fascicle.formats import SignalSpan, list_signals, read_windows
from fascicle.maths import find_spikes, spike_noise

from . import _thresholds as limits
from ._measures import Measures, measure_blocks
from ._metadata import check_header, make_finding
from ._recording import judge_recording
from ._results import ChannelQuality, RecordingQuality, find_verdict

MAX_WINDOWS = 30
"""Windows of 2 s that are measured, spread evenly: a minute of each channel."""

MAX_VALUES = 100_000_000
"""Values that are measured at most, all channels together."""

GROUP = 64
"""Channels that are read at once: those of one chunk of the file."""

BAND_HZ = (300.0, 6000.0)
"""Where spikes are, in hertz."""

_SPIKE_S = 5.0
_SPIKE_CHANNELS = 32
_SHOWN_S = 0.05
_MAX_LINES = 16
_MAX_TICKS = 5000
_MAX_POINTS = 1000
_WAVE_S = (0.001, 0.002)
_MAX_WAVES = 8
_MIN_WAVES = 10
_MIN_SPIKE_HZ = 15000.0
"""A band that ends below the Nyquist frequency of this rate shows no waveforms of spikes."""


def check_ecephys(path: Path, header: Header) -> RecordingQuality:
    r"""Measure and judge a written recording of extracellular electrodes.

    Flat, clipped and missing samples, amplitude and spectrum are measured in up to 30 windows of
    2 s of every channel, spread evenly: what lies between is not seen. Spikes are counted in up to
    5 s of 32 channels by a threshold of 5 times the noise, median(\|x\|) / 0.6745 [1]_.

    Parameters
    ----------
    path : Path
        A written ``.nwb`` file.
    header : Header
        What may be said about it; channels in file order.

    Returns
    -------
    RecordingQuality
        With channels, spectrum, preview and pictures.

    References
    ----------
    .. [1] R. Quian Quiroga, Z. Nadasdy, Y. Ben-Shaul (2004), doi:10.1162/089976604774201631
    """
    spans = list_signals(path)
    parts = [_judge_signal(path, header, span) for span in spans if span.is_neural]
    if not parts:
        finding = make_finding(
            "recording.no-signal", Severity.ERROR, path.name,
            "None of the channels is an electrode.",
            "Correct the channel types, or leave the recording out.",
        )  # fmt: skip
        return RecordingQuality.unreadable(finding)
    # Spikes and field potentials of one probe say the same of what they share.
    judged = dict.fromkeys(finding for part in parts for finding in part.findings)
    findings = [*check_header(header, path.name), *judged]
    neural = [span for span in spans if span.is_neural]
    main = max(neural, key=lambda span: span.sfreq_hz)
    pictures, extra = _draw(path, header, main)
    return replace(
        parts[0],
        verdict=find_verdict(findings),
        findings=tuple(findings),
        channels=_all_channels(header, neural, parts),
        spectrum=_stack([part.spectrum for part in parts], header, neural),
        preview=_stack([part.preview for part in parts], header, neural),
        extra=parts[0].extra
        | {"duration_s": header.duration_s, "n_times": float(header.n_times)}
        | extra,
        pictures=pictures,
    )


def _judge_signal(path: Path, header: Header, span: SignalSpan) -> RecordingQuality:
    """Measure and judge the channels of one signal."""
    n_window = max(1, min(round(limits.WINDOW_S * span.sfreq_hz), span.n_times))
    n_affordable = max(limits.MIN_WINDOWS, MAX_VALUES // (n_window * len(span.channels)))
    n_windows = max(1, min(MAX_WINDOWS, n_affordable, span.n_times // n_window))
    excerpt = replace(header, sfreq_hz=span.sfreq_hz, n_times=n_windows * n_window, events=())
    starts: list[float] = []
    measured = []
    for first in range(span.channels.start, span.channels.stop, GROUP):
        group = range(first, min(first + GROUP, span.channels.stop))
        own = replace(excerpt, channels=header.channels[group.start : group.stop])
        windows = read_windows(path, group, window_s=limits.WINDOW_S, n_windows=n_windows)
        starts = []
        measured.append(measure_blocks(_keep_starts(windows, starts), own))
    judged = replace(excerpt, channels=header.channels[span.channels.start : span.channels.stop])
    quality = judge_recording(
        _join(measured), judged, path.name, line_hz=header.line_hz, findings=[]
    )
    window_s = n_window / span.sfreq_hz
    index = np.minimum((quality.preview_times_s / window_s).astype(int), len(starts) - 1)
    moved = quality.preview_times_s + (np.array(starts)[index] - index * window_s)
    return replace(quality, preview_times_s=moved.astype(np.float32))


def _keep_starts(
    windows: Iterator[tuple[float, NDArray[np.float64]]], starts: list[float]
) -> Iterator[NDArray[np.float64]]:
    """Yield the values of windows, and note when they begin."""
    for start_s, values in windows:
        starts.append(start_s)
        yield values


def _join(parts: Sequence[Measures]) -> Measures:
    """Join the measures of groups of channels, which were taken from the same windows."""
    joined: dict[str, Any] = {}
    n_before = 0
    rows = []
    for part in parts:
        rows.append(part.rows + n_before)
        n_before += part.low.shape[0]
    for field in fields(Measures):
        values = [getattr(part, field.name) for part in parts]
        if field.name in {"flat", "clipped", "not_finite", "amplitude", "density", "low", "high"}:
            joined[field.name] = np.concatenate(values)
        elif field.name in {"held", "held_longest"}:
            joined[field.name] = min(values)  # all channels stand still, or it is no loss
        else:
            joined[field.name] = values[0]
    joined["rows"] = np.concatenate(rows)
    return Measures(**joined)


def _all_channels(
    header: Header, spans: Sequence[SignalSpan], parts: Sequence[RecordingQuality]
) -> tuple[ChannelQuality, ...]:
    """Return a verdict for every channel of the file; inputs beside the brain are skipped."""
    known = {
        index: channel
        for span, part in zip(spans, parts, strict=True)
        for index, channel in zip(span.channels, part.channels, strict=True)
    }
    return tuple(
        known.get(i, ChannelQuality(c.name, "skip", kind=c.kind, unit=c.unit))
        for i, c in enumerate(header.channels)
    )


def _stack(
    arrays: Sequence[NDArray[np.float32]], header: Header, spans: Sequence[SignalSpan]
) -> NDArray[np.float32]:
    """Return rows for every channel: NaN where a signal has other columns than the first."""
    whole = np.full((len(header.channels), arrays[0].shape[1]), np.nan, dtype=np.float32)
    for span, array in zip(spans, arrays, strict=True):
        if array.shape[1] == whole.shape[1]:
            whole[span.channels.start : span.channels.stop] = array
    return whole


def _draw(
    path: Path, header: Header, span: SignalSpan
) -> tuple[tuple[Picture, ...], dict[str, float]]:
    """Return the pictures of the fastest signal, and what was counted for them."""
    group = range(
        span.channels.start, min(span.channels.start + _SPIKE_CHANNELS, span.channels.stop)
    )
    length_s = min(_SPIKE_S, span.n_times / span.sfreq_hz)
    _, middle = next(read_windows(path, group, window_s=length_s, n_windows=1))
    names = [header.channels[i].name for i in group]
    unit = header.channels[span.channels.start].unit
    pictures = [_draw_traces(middle, span.sfreq_hz, names, unit)]
    pictures.append(_draw_spectrogram(middle, span.sfreq_hz, names))
    extra: dict[str, float] = {}
    if span.sfreq_hz >= _MIN_SPIKE_HZ and middle.shape[1] > 100:
        filtered = _band_pass(middle, span.sfreq_hz)
        channels, samples = find_spikes(filtered, span.sfreq_hz)
        noise = spike_noise(filtered)
        extra = {
            "spike_noise_median": float(np.median(noise)),
            "spike_rate_hz": channels.size / max(length_s, 1e-9) / len(names),
            "n_spike_channels": float(np.unique(channels).size),
        }
        pictures += _draw_spikes(filtered, (channels, samples), span.sfreq_hz, names, unit)
    return tuple(pictures), extra


def _band_pass(samples: NDArray[np.float64], sfreq_hz: float) -> NDArray[np.float64]:
    """Keep the band of spikes, without moving them."""
    from scipy.signal import butter, sosfiltfilt

    top_hz = min(BAND_HZ[1], 0.45 * sfreq_hz)
    finite = np.where(np.isfinite(samples), samples, 0.0)
    sections = butter(3, (BAND_HZ[0], top_hz), btype="bandpass", fs=sfreq_hz, output="sos")
    filtered: NDArray[np.float64] = sosfiltfilt(sections, finite, axis=-1)
    return filtered


def _draw_traces(
    samples: NDArray[np.float64], sfreq_hz: float, names: Sequence[str], unit: str
) -> Picture:
    """Draw a moment of some channels as it was recorded."""
    n_times = min(samples.shape[1], max(2, round(_SHOWN_S * sfreq_hz)), _MAX_POINTS)
    rows = np.linspace(0, len(names) - 1, min(_MAX_LINES, len(names))).astype(int)
    return Picture(
        Drawing.LINES,
        "Raw traces",
        f"{n_times / sfreq_hz * 1e3:.3g} ms of {len(rows)} channels as they were recorded.",
        {
            "x": (np.arange(n_times) / sfreq_hz * 1e3).astype(np.float32),
            "y": samples[rows, :n_times].astype(np.float32),
        },
        "Time (ms)",
        f"Amplitude ({unit})",
        tuple(names[row] for row in rows),
    )


def _draw_spectrogram(
    samples: NDArray[np.float64], sfreq_hz: float, names: Sequence[str]
) -> Picture:
    """Draw the power of the middle channel over time and frequency, in decibels."""
    row = len(names) // 2
    signal = np.where(np.isfinite(samples[row]), samples[row], 0.0)
    n_window = min(1 << max(3, int(np.log2(max(8.0, sfreq_hz / 40)))), signal.size)
    n_columns = min(480, max(1, signal.size // n_window))
    starts = np.linspace(0, signal.size - n_window, n_columns).astype(int)
    window = np.hanning(n_window)
    pieces = np.stack([signal[start : start + n_window] * window for start in starts])
    power = np.abs(np.fft.rfft(pieces - pieces.mean(axis=1, keepdims=True))) ** 2
    decibels = 10 * np.log10(power.T + 1e-12)[::-1]  # (n_freqs, n_columns), high ones on top
    step = max(1, -(-decibels.shape[0] // 480))
    decibels = decibels[::step]
    low, high = np.percentile(decibels, (5, 99.5))
    scaled = np.clip((decibels - low) / max(high - low, 1e-9), 0, 1) * 255
    return Picture(
        Drawing.IMAGE,
        "Spectrogram",
        f"Power of channel {names[row]} over {signal.size / sfreq_hz:.3g} s, from 0 to "
        f"{sfreq_hz / 2:.5g} Hz; brighter is more, on a scale of decibels.",
        {"pixels": scaled.astype(np.uint8)},
        "Time",
        "Frequency",
    )


def _draw_spikes(
    filtered: NDArray[np.float64],
    spikes: tuple[NDArray[np.intp], NDArray[np.intp]],
    sfreq_hz: float,
    names: Sequence[str],
    unit: str,
) -> Iterator[Picture]:
    """Yield the raster of spikes, and the mean waveforms of the busiest channels."""
    channels, samples = spikes
    if not channels.size:
        return
    step = -(-channels.size // _MAX_TICKS)
    yield Picture(
        Drawing.RASTER,
        "Detected spikes",
        f"Troughs below 5 times the noise, median(|x|) / 0.6745, between {BAND_HZ[0]:.0f} and "
        f"{min(BAND_HZ[1], 0.45 * sfreq_hz):.0f} Hz (doi:10.1162/089976604774201631); units are "
        "not told apart" + (f"; each {step}th of them is drawn." if step > 1 else "."),
        {
            "times": (samples[::step] / sfreq_hz).astype(np.float32),
            "rows": channels[::step].astype(np.int32),
        },
        "Time (s)",
        "Channel",
    )
    before, after = (round(part * sfreq_hz) for part in _WAVE_S)
    counts = np.bincount(channels, minlength=len(names))
    busiest = [int(i) for i in np.argsort(-counts, kind="stable")[:_MAX_WAVES]]
    waves, legend = [], []
    for row in busiest:
        own = samples[channels == row]
        own = own[(own >= before) & (own < filtered.shape[1] - after)]
        if own.size >= _MIN_WAVES:
            waves.append(np.mean([filtered[row, s - before : s + after] for s in own], axis=0))
            legend.append(names[row])
    if waves:
        yield Picture(
            Drawing.OVERLAY,
            "Mean waveforms",
            "Mean of what was detected on the channels with the most spikes.",
            {
                "x": (np.arange(-before, after) / sfreq_hz * 1e3).astype(np.float32),
                "y": np.stack(waves).astype(np.float32),
            },
            "Time (ms)",
            f"Amplitude ({unit})",
            tuple(legend),
        )
