"""Draw some channels of a recording over time, with its events and gaps.

A pure function from arrays to text. Colours are classes of the page's style sheet, so that the
picture follows the light and the dark scheme and prints well.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fascicle.core import Event

from ._budget import Detail
from ._svg import Array, element, number, path_data, picture, plain, text, time_ticks

_VERDICT_MARK = {"warn": "\N{WHITE UP-POINTING TRIANGLE}", "fail": "\N{MULTIPLICATION X}"}
_N_EVENT_COLOURS = 6
_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a timeline picture needs.

    Attributes
    ----------
    times_s : ndarray of float64, shape (n_bins,)
        Middle of each bin, in seconds.
    envelope : ndarray of float64, shape (n_channels, 2, n_bins)
        Smallest and largest sample of each bin, in `unit`; NaN in a gap.
    names, verdicts : sequence of str
        One for each channel.
    unit : str
        Unit of the channels.
    duration_s : float
        Length of the recording, in seconds.
    events : sequence of Event
        Markers.
    gaps_s : sequence of (float, float)
        Stretches without data, in seconds.
    """

    times_s: Array
    envelope: Array
    names: Sequence[str]
    verdicts: Sequence[str]
    unit: str
    duration_s: float
    events: Sequence[Event]
    gaps_s: Sequence[tuple[float, float]]


def draw_timeline(timeline: Timeline, detail: Detail) -> str:
    """Draw some channels over the whole recording, with its events and gaps.

    Each row shows from the smallest to the largest sample of each moment, on one scale for all
    rows; channels with a problem come first.

    Parameters
    ----------
    timeline : Timeline
        What to draw.
    detail : Detail
        How finely.

    Returns
    -------
    str
        A scrolled ``svg`` element; empty if there is nothing to draw.
    """
    if not timeline.times_s.size or not timeline.duration_s > 0:
        return ""
    rows = _choose_rows(timeline.verdicts, detail.n_rows)
    if not rows:
        return ""
    envelope = timeline.envelope[rows]
    times, envelope = _thin_envelope(timeline.times_s, envelope, detail.n_bins)
    envelope, scale = _common_scale(envelope)
    row_height, left, right = 24.0, 80.0, 10.0
    top = 22.0 if timeline.events else 8.0
    width, base = 860.0, top + row_height * len(rows)
    inner = width - left - right
    x = left + np.clip(times / timeline.duration_s, 0, 1) * inner
    body = _time_axis(timeline.duration_s, left, inner, top, base)
    for k, i in enumerate(rows):
        y_mid = top + row_height * (k + 0.5)
        body += _envelope_row(x, envelope[k] / scale, (y_mid, row_height), timeline.verdicts[i])
        mark = _VERDICT_MARK.get(timeline.verdicts[i], "")
        words = f"{mark} {timeline.names[i][:12]}".strip()
        body += text(words, left - 6, y_mid + 3.5, class_=f"row {timeline.verdicts[i]}")
    body += _draw_gaps(timeline, envelope, times, (left, inner, top, base))
    body += _draw_events(timeline, left, inner)
    body += _scale_bar(scale, timeline.unit, row_height, (width - right, base))
    label = (
        f"{len(rows)} of {len(timeline.names)} channels over {plain(round(timeline.duration_s))} "
        f"seconds, with {len(timeline.events)} events and {len(timeline.gaps_s)} gaps."
    )
    return picture(body, width, base + 34, label=label, class_="timeline", scroll=True)


def event_classes(events: Sequence[Event]) -> dict[str, str]:
    """Return a colour class by event label: the most frequent get one of their own.

    Examples
    --------
    >>> event_classes([Event(0.0, 0.0, "go"), Event(1.0, 0.0, "go"), Event(2.0, 0.0, "stop")])
    {'go': 'ev0', 'stop': 'ev1'}
    """
    counts: dict[str, int] = {}
    for event in events:
        counts[event.label] = counts.get(event.label, 0) + 1
    ranked = sorted(counts, key=lambda label: (-counts[label], label))
    last = _N_EVENT_COLOURS - 1
    return {label: f"ev{min(k, last)}" for k, label in enumerate(ranked)}


def _choose_rows(verdicts: Sequence[str], n_rows: int) -> list[int]:
    """Up to half of the rows for marked channels (failed first), the rest spread evenly."""
    rank = {"fail": 0, "warn": 1}
    marked = sorted(
        (i for i, v in enumerate(verdicts) if v in rank), key=lambda i: (rank[verdicts[i]], i)
    )
    good = [i for i, v in enumerate(verdicts) if v not in rank]
    marked = marked[: max(n_rows // 2, n_rows - len(good))]
    room = n_rows - len(marked)
    if len(good) > room:
        good = [good[k] for k in np.linspace(0, len(good) - 1, room).round().astype(int)]
    return marked + good


def _thin_envelope(times: Array, envelope: Array, n_bins: int) -> tuple[Array, Array]:
    """Merge neighbouring bins: smallest of the smallest, largest of the largest."""
    step = math.ceil(times.size / n_bins)
    if step <= 1:
        return times, envelope
    edges = np.arange(0, times.size, step)
    counts = np.diff(np.append(edges, times.size))
    low = np.fmin.reduceat(envelope[:, 0], edges, axis=1)
    high = np.fmax.reduceat(envelope[:, 1], edges, axis=1)
    return np.add.reduceat(times, edges) / counts, np.stack([low, high], axis=1)


def _common_scale(envelope: Array) -> tuple[Array, float]:
    """Centre each row on its median; return the half height of a row, a round number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a row of nothing but gaps
        centred = envelope - np.nanmedian(envelope, axis=(1, 2), keepdims=True)
        reach = np.nanpercentile(np.abs(centred), 97, axis=(1, 2))
    typical = float(np.nanmedian(reach[reach > 0])) if np.any(reach > 0) else 1.0
    power = 10.0 ** math.floor(math.log10(typical))
    return centred, next((m * power for m in _STEPS if m * power >= typical), 10 * power)


def _envelope_row(x: Array, band: Array, row: tuple[float, float], verdict: str) -> str:
    """Draw one row (middle, height) as a closed band, in pieces between gaps."""
    y_mid, half = row[0], row[1] * 0.5
    y = y_mid - np.clip(band, -1.15, 1.15) * half  # (2, n_bins)
    known = np.isfinite(y).all(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    pieces = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        px, low, high = x[start:stop], y[0, start:stop], y[1, start:stop]
        # At least a hair's breadth, or a flat channel would vanish.
        low = np.maximum(low, high + 0.6)
        around_x = np.concatenate([px, px[::-1]])
        pieces.append(path_data(around_x, np.concatenate([high, low[::-1]]), closed=True))
    return element("path", d="".join(pieces), class_=f"env {verdict}") if pieces else ""


def _time_axis(duration_s: float, left: float, inner: float, top: float, base: float) -> str:
    moments, unit = time_ticks(duration_s)
    size = {"s": 1.0, "min": 60.0, "h": 3600.0}[unit]
    words = ""
    for moment in moments:
        at = left + moment / duration_s * inner
        words += element("path", d=f"M{number(at)} {number(top)}V{number(base)}", class_="grid")
        words += text(plain(moment / size), at, base + 14, class_="axis mid")
    return words + text(f"time ({unit})", left + inner / 2, base + 29, class_="axis mid")


def _draw_gaps(
    timeline: Timeline, envelope: Array, times: Array, frame: tuple[float, float, float, float]
) -> str:
    left, inner, top, base = frame
    words = ""
    for start, stop in timeline.gaps_s or _silent_stretches(envelope, times):
        at = left + max(start, 0) / timeline.duration_s * inner
        wide = max((min(stop, timeline.duration_s) - start) / timeline.duration_s * inner, 1.5)
        words += element("rect", x=at, y=top, width=wide, height=base - top, class_="gap")
        if wide > 44:
            words += text("no data", at + wide / 2, top + 12, class_="note mid")
    return words


def _silent_stretches(envelope: Array, times: Array) -> list[tuple[float, float]]:
    """Stretches in which no row has a sample, from the middle of bins."""
    silent = ~np.isfinite(envelope).any(axis=(0, 1))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]]).astype(int)))
    half = float(times[1] - times[0]) / 2 if times.size > 1 else 0.0
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(float(times[a]) - half, float(times[b - 1]) + half) for a, b in pairs]


def _draw_events(timeline: Timeline, left: float, inner: float) -> str:
    """Ticks above the rows, one path for each colour; ticks on the same spot are drawn once."""
    places: dict[str, set[float]] = {}
    classes = event_classes(timeline.events)
    for event in timeline.events:
        at = round(left + event.onset_s / timeline.duration_s * inner, 0)
        if left <= at <= left + inner:
            places.setdefault(classes[event.label], set()).add(at)
    words = ""
    for name in sorted(places):
        offset = 3 + 2 * int(name[-1])
        d = "".join(f"M{number(at)} {offset}v8" for at in sorted(places[name]))
        words += element("path", d=d, class_=f"event {name}")
    return words


def _scale_bar(scale: float, unit: str, row_height: float, corner: tuple[float, float]) -> str:
    right, base = corner
    words = element(
        "path", d=f"M{number(right - 1)} {number(base + 19)}v{number(row_height / 2)}", class_="bar"
    )
    return words + text(f"{plain(scale)} {unit}", right - 6, base + 29, class_="axis end")
