"""Draw the power spectra of a recording.

A pure function from arrays to text. Colours are classes of the page's style sheet, so that the
picture follows the light and the dark scheme and prints well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from ._budget import Detail
from ._svg import Array, element, number, path_data, picture, plain, text, ticks


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What a spectrum picture needs.

    Attributes
    ----------
    freqs_hz : ndarray of float64, shape (n_freqs,)
        Frequencies, in hertz.
    power : ndarray of float64, shape (n_channels, n_freqs)
        Power density, in `unit` squared per hertz.
    names, verdicts : sequence of str
        One for each channel.
    unit : str
        Unit of the channels, for people.
    line_hz : float or None
        Mains frequency, in hertz.
    """

    freqs_hz: Array
    power: Array
    names: Sequence[str]
    verdicts: Sequence[str]
    unit: str
    line_hz: float | None


def draw_spectrum(spectrum: Spectrum, detail: Detail) -> str:
    """Draw the power spectra of all channels: thin lines, those with a problem coloured.

    Parameters
    ----------
    spectrum : Spectrum
        What to draw.
    detail : Detail
        How finely.

    Returns
    -------
    str
        An ``svg`` element; empty if there is nothing to draw.
    """
    width, height, left, right, top, bottom = 400.0, 250.0, 48.0, 10.0, 14.0, 36.0
    freqs, levels = _as_decibels(spectrum, detail.n_points)
    if not freqs.size or not np.isfinite(levels).any():
        return ""
    low, high = _level_range(levels, spectrum.verdicts)
    x = left + (freqs - freqs[0]) / (freqs[-1] - freqs[0]) * (width - left - right)
    y = top + (high - np.clip(levels, low, high)) / (high - low) * (height - top - bottom)
    order = _choose_lines(spectrum.verdicts, detail.n_lines)
    lines = [_spectrum_line(x, y[i], spectrum.names[i], spectrum.verdicts[i]) for i in order]
    axes = _grid_x(freqs, width, height, (left, right, top, bottom))
    axes += _grid_y(low, high, width, height, (left, right, top, bottom))
    axes += text("frequency (Hz)", (left + width - right) / 2, height - 4, class_="axis mid")
    base = f"({spectrum.unit})" if "/" in spectrum.unit else spectrum.unit
    unit = f"power (dB re 1 {base}²/Hz)"
    axes += text(
        unit,
        0,
        0,
        class_="axis mid",
        transform=f"translate(10 {number(height / 2 - 8)})rotate(-90)",
    )
    mains = _draw_mains(spectrum.line_hz, freqs, x, (top, height - bottom))
    n_bad = sum(verdict != "pass" for verdict in spectrum.verdicts)
    reach = f"{plain(round(float(freqs[0]), 1))} to {plain(round(float(freqs[-1]), 1))} hertz"
    label = f"Power spectra of {len(spectrum.names)} channels from {reach}; {n_bad} are marked."
    return picture(axes + mains + "".join(lines), width, height, label=label, class_="spectrum")


def _as_decibels(spectrum: Spectrum, n_points: int) -> tuple[Array, Array]:
    """Cut to the range that matters, average neighbouring bins, and take decibels."""
    freqs = np.asarray(spectrum.freqs_hz, dtype=np.float64)
    power = np.asarray(spectrum.power, dtype=np.float64)
    reach = max(100.0, 2.2 * (spectrum.line_hz or 50.0))
    keep = (freqs > 0) & (freqs <= reach)
    freqs, power = freqs[keep], power[:, keep]
    if freqs.size < 2:
        return np.empty(0), np.empty((len(power), 0))
    step = math.ceil(freqs.size / n_points)
    if step > 1:
        edges = np.arange(0, freqs.size, step)
        counts = np.diff(np.append(edges, freqs.size))
        freqs = np.add.reduceat(freqs, edges) / counts
        power = np.add.reduceat(power, edges, axis=1) / counts  # (n_channels, n_points)
    with np.errstate(divide="ignore", invalid="ignore"):
        levels = 10 * np.log10(power)
    return freqs, np.where(np.isposinf(levels), np.nan, levels)


def _level_range(levels: Array, verdicts: Sequence[str]) -> tuple[float, float]:
    """Frame the good channels, and give the bad ones some room, not all that they ask for."""
    good = levels[[v != "fail" for v in verdicts]]
    finite = good[np.isfinite(good)]
    if not finite.size:
        finite = levels[np.isfinite(levels)]
    low, high = np.percentile(finite, [0.2, 99.8])
    everything = levels[np.isfinite(levels)]
    room = max(0.35 * (high - low), 6.0)
    low = max(float(everything.min()), low - room) - 2
    high = min(float(everything.max()), high + room) + 2
    return float(low), float(high)


def _choose_lines(verdicts: Sequence[str], n_lines: int) -> list[int]:
    """Good channels first (spread evenly if there are too many), so that bad ones lie on top."""
    good = [i for i, verdict in enumerate(verdicts) if verdict == "pass"]
    warned = [i for i, verdict in enumerate(verdicts) if verdict == "warn"][: n_lines // 3]
    failed = [i for i, verdict in enumerate(verdicts) if verdict == "fail"][: n_lines // 3]
    room = n_lines - len(warned) - len(failed)
    if len(good) > room:
        good = [good[k] for k in np.linspace(0, len(good) - 1, room).round().astype(int)]
    return good + warned + failed


def _spectrum_line(x: Array, y: Array, name: str, verdict: str) -> str:
    title = element("title", escape(name)) if verdict != "pass" else ""
    return element("path", title, d=path_data(x, y), class_=f"ln {verdict}")


def _grid_x(
    freqs: Array, width: float, height: float, frame: tuple[float, float, float, float]
) -> str:
    left, right, top, bottom = frame
    words = ""
    for tick in ticks(0.0, float(freqs[-1]), 6):
        if tick < freqs[0] and tick != 0:
            continue
        at = left + max(tick - freqs[0], 0) / (freqs[-1] - freqs[0]) * (width - left - right)
        words += element(
            "path", d=f"M{number(at)} {number(top)}V{number(height - bottom)}", class_="grid"
        )
        words += text(plain(tick), at, height - bottom + 14, class_="axis mid")
    return words


def _grid_y(
    low: float, high: float, width: float, height: float, frame: tuple[float, float, float, float]
) -> str:
    left, right, top, bottom = frame
    words = ""
    for tick in ticks(low, high, 5):
        at = top + (high - tick) / (high - low) * (height - top - bottom)
        words += element(
            "path", d=f"M{number(left)} {number(at)}H{number(width - right)}", class_="grid"
        )
        words += text(plain(tick), left - 5, at + 3.5, class_="axis end")
    return words


def _draw_mains(line_hz: float | None, freqs: Array, x: Array, span: tuple[float, float]) -> str:
    if line_hz is None or not freqs[0] <= line_hz <= freqs[-1]:
        return ""
    at = float(np.interp(line_hz, freqs, x))
    line = element("path", d=f"M{number(at)} {number(span[0])}V{number(span[1])}", class_="mains")
    # On the right half the words stand left of the line, or they would leave the picture.
    is_right = at > (float(x[0]) + float(x[-1])) / 2
    words = f"{plain(line_hz)} Hz mains"
    if is_right:
        return line + text(words, at - 4, span[0] + 8, class_="note end")
    return line + text(words, at + 4, span[0] + 8, class_="note")
