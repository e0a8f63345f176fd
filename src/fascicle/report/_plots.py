"""Draw lines, ticks and dots: traces, waveforms, spikes and cells.

Pure functions from arrays to text. Colours are classes of the page's style sheet, so that the
pictures follow the light and the dark scheme and print well.
"""

from __future__ import annotations

import math
from html import escape

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Picture

from ._axes import N_COLOURS, Axes, find_range, name_class, rank_classes
from ._budget import Detail
from ._svg import Array, element, number, path_data, picture, plain, text

_WIDE = 860.0
_MAX_ROWS = 30
_MAX_NAMED = 24
_LABEL_GAP = 13.0
_RADII = ((100, 5.0), (400, 2.4), (1200, 1.9), (math.inf, 1.5))
"""Of dots, by how many there are at most."""
_CLOUD = 12
"""Dots that a class must have for its name to stand among them: fewer would be hidden by it."""


def draw_lines(shown: Picture, detail: Detail) -> str:
    """Draw traces one below the other; a single one gets a scale of its own.

    Rows share one scale where the picture names their unit, else each fills its row.

    Parameters
    ----------
    shown : Picture
        With ``x`` and ``y``.
    detail : Detail
        How finely.

    Returns
    -------
    str
        A scrolled ``svg`` element; empty if there is nothing to draw.
    """
    x, y = _lines(shown)
    if len(y) < 2:
        return _draw_over(x, y, shown, detail, wide=True) if len(y) else ""
    y = y[:_MAX_ROWS]
    span = find_range(x, room=0.0)
    if span is None:
        return ""
    row = 34.0 if len(y) <= 8 else 22.0
    axes = Axes(span, (0.0, float(len(y))), _WIDE, row * len(y) + 46, left=96.0, top=6.0)
    lows, spans = _row_scales(y, is_shared=bool(shown.y_label))
    body = axes.draw_x(shown.x_label)
    n_points = max(detail.n_marks // len(y), 60)
    for k, line in enumerate(y):
        # Up to a fifth of a trace may reach into the row above: a spike is no reason to cut it.
        heights = len(y) - 1 - k + 0.08 + 0.84 * np.clip((line - lows[k]) / spans[k], -0.1, 1.3)
        px, py = axes.at(*thin_line(x, heights, n_points))
        body += element("path", d=path_data(px, py), class_="trace")
        middle = float(axes.at(x[:1], np.array([len(y) - 0.5 - k]))[1][0])
        name = name_class(shown.legend, k) if shown.legend else str(k + 1)
        body += text(name[:16], axes.left - 8, middle + 3.5, class_="row")
    if shown.y_label:
        body += _scale_bar(axes, row, float(spans[0]), shown.y_label)
    label = f"{shown.title}: {len(y)} traces over {shown.x_label or 'their samples'}."
    return picture(body, axes.width, axes.height, label=label, class_="wide", scroll=True)


def draw_overlay(shown: Picture, detail: Detail) -> str:
    """Draw lines over one another on one scale.

    Parameters
    ----------
    shown : Picture
        With ``x`` and ``y``.
    detail : Detail
        How finely.

    Returns
    -------
    str
        An ``svg`` element; empty if there is nothing to draw.
    """
    x, y = _lines(shown)
    return _draw_over(x, y, shown, detail, wide=False) if len(y) else ""


def draw_raster(shown: Picture, detail: Detail) -> str:
    """Draw a tick for each moment, in a row for each unit.

    Parameters
    ----------
    shown : Picture
        With ``times`` and ``rows``.
    detail : Detail
        How finely.

    Returns
    -------
    str
        A scrolled ``svg`` element; empty if there is nothing to draw.
    """
    times, rows = _pairs(shown, "times", "rows")
    span = find_range(times, room=0.005)
    if span is None:
        return ""
    numbers, places = np.unique(rows, return_inverse=True)
    n_rows = max(len(shown.legend), int(numbers[-1]) + 1 if numbers[0] >= 0 else 0, 1)
    is_numbered = numbers[0] >= 0 and n_rows <= 2000
    if is_numbered:  # rows without a tick keep their place
        places = rows.astype(np.int64)
    else:
        n_rows = numbers.size
    height = min(max(190.0, 9.0 * n_rows), 380.0)
    axes = Axes(span, (n_rows - 0.5, -0.5), _WIDE, height + 46, left=96.0, top=8.0)
    body = axes.draw_x(shown.x_label)
    step = height / n_rows
    if is_numbered and n_rows <= _MAX_NAMED and shown.legend:
        for k in range(n_rows):
            y = axes.top + (k + 0.5) * step
            body += text(name_class(shown.legend, k)[:16], axes.left - 8, y + 3.5, class_="row")
    else:
        body += axes.draw_y(shown.y_label, lines=False)
    px = axes.at(times, np.zeros_like(times))[0]
    for k in range(n_rows):
        marks = _ticks(px[places == k], axes.top + (k + 0.1) * step, step * 0.8, detail, len(px))
        body += element("path", d=marks, class_="spike") if marks else ""
    label = f"{shown.title}: {len(times):,} ticks in {n_rows} rows."
    return picture(body, axes.width, axes.height, label=label, class_="wide", scroll=True)


def draw_scatter(shown: Picture, detail: Detail) -> str:
    """Draw a dot for each pair, coloured by class; classes are named where they lie.

    Parameters
    ----------
    shown : Picture
        With ``x`` and ``y``, and perhaps ``classes``.
    detail : Detail
        How finely.

    Returns
    -------
    str
        An ``svg`` element; empty if there is nothing to draw.
    """
    x, y = _pairs(shown, "x", "y")
    x_span, y_span = find_range(x), find_range(y)
    if x_span is None or y_span is None:
        return ""
    classes = _classes(shown)
    axes = Axes(x_span, y_span, 440.0, 380.0, bottom=34.0)
    px, py = axes.at(x, y)
    every = max(-(-len(x) // detail.n_marks), 1)
    radius = next(r for most, r in _RADII if len(x) <= most)
    body = axes.draw(shown.x_label, shown.y_label)
    colours = rank_classes(classes)
    for k, colour in sorted(colours.items(), key=lambda pair: pair[1], reverse=True):
        chosen = np.flatnonzero(classes == k)[::every]
        dots = "".join(f"M{number(px[i])} {number(py[i])}h0" for i in chosen)
        title = element("title", escape(name_class(shown.legend, k)))
        body += element("path", title, d=dots, class_=f"cells {colour}", stroke_width=2 * radius)
    body += _name_clusters(px, py, classes, shown.legend)
    label = f"{shown.title}: {len(x):,} dots in {len(colours)} classes."
    return picture(body, axes.width, axes.height, label=label, class_="scatter")


def scatter_legend(shown: Picture) -> tuple[tuple[str, str, int], ...]:
    """Return colour, name and number of the dots of each class; nothing if there is one alone."""
    classes = _classes(shown)
    if not classes.size or not (shown.legend or np.unique(classes).size > 1):
        return ()
    return tuple(
        (colour, name_class(shown.legend, k), int((classes == k).sum()))
        for k, colour in rank_classes(classes).items()
    )


def overlay_legend(shown: Picture) -> tuple[tuple[str, str, int], ...]:
    """Return colour and name of each line; nothing if there are too many to tell apart."""
    n_lines = len(_lines(shown)[1])
    if not shown.legend or not 1 < n_lines < N_COLOURS:
        return ()
    return tuple((f"c{k}", name_class(shown.legend, k), 0) for k in range(n_lines))


def thin_line(x: Array, y: Array, n_points: int) -> tuple[Array, Array]:
    """Keep about so many points of a line: the lowest and the highest of each stretch.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> sparse = thin_line(x, np.where(x == 37, 9.0, 0.0), 10)[1]
    >>> sparse.size <= 20, float(sparse.max())
    (True, 9.0)
    """
    step = -(-2 * x.size // max(n_points, 2))
    if step <= 2:
        return x, y
    n_bins = -(-x.size // step)
    padded = np.full(n_bins * step, np.nan)
    padded[: x.size] = y
    bins = padded.reshape(n_bins, step)  # (n_bins, step)
    known = np.isfinite(bins)
    low = np.where(known, bins, np.inf).argmin(axis=1)
    high = np.where(known, bins, -np.inf).argmax(axis=1)
    starts = np.arange(n_bins) * step
    chosen = np.unique(np.concatenate([starts + low, starts + high]))
    chosen = chosen[chosen < x.size]
    return x[chosen], y[chosen]


def _draw_over(x: Array, y: Array, shown: Picture, detail: Detail, *, wide: bool) -> str:
    x_span, y_span = find_range(x, room=0.0), find_range(y)
    if x_span is None or y_span is None:
        return ""
    width, height = (_WIDE, 190.0) if wide else (440.0, 280.0)
    axes = Axes(x_span, y_span, width, height)
    coloured = bool(overlay_legend(shown))
    body = axes.draw(shown.x_label, shown.y_label)
    n_points = max(detail.n_marks // len(y), 60)
    for k, line in enumerate(y):
        path = path_data(*axes.at(*thin_line(x, line, n_points)))
        title = element("title", escape(name_class(shown.legend, k))) if shown.legend else ""
        colour = f"line c{k}" if coloured else "line" if len(y) == 1 else "line faint"
        body += element("path", title, d=path, class_=colour) if path else ""
    label = f"{shown.title}: {len(y)} {'line' if len(y) == 1 else 'lines'}."
    return picture(
        body, width, height, label=label, class_="wide" if wide else "overlay", scroll=wide
    )


def _lines(shown: Picture) -> tuple[Array, Array]:
    """Return x, shape (n,), and y, shape (n_lines, n); no lines if they do not fit together."""
    x = np.asarray(shown.arrays.get("x", ()), dtype=np.float64)
    y = np.atleast_2d(np.asarray(shown.arrays.get("y", ()), dtype=np.float64))
    if x.ndim != 1 or x.size < 2 or y.ndim != 2 or y.shape[1] != x.size:
        return np.empty(0), np.empty((0, 0))
    return x, np.where(np.isfinite(y), y, np.nan)


def _pairs(shown: Picture, first: str, second: str) -> tuple[Array, Array]:
    """Return two arrays of one length, without pairs of which one is missing."""
    a, b = (np.asarray(shown.arrays.get(n, ()), dtype=np.float64).ravel() for n in (first, second))
    if a.size != b.size:
        return np.empty(0), np.empty(0)
    keep = np.isfinite(a) & np.isfinite(b)
    return a[keep], b[keep]


def _classes(shown: Picture) -> NDArray[np.int64]:
    """Return the class of each dot that is drawn."""
    x, y = (np.asarray(shown.arrays.get(n, ()), dtype=np.float64).ravel() for n in ("x", "y"))
    if x.size != y.size:
        return np.empty(0, dtype=np.int64)
    classes = np.asarray(shown.arrays.get("classes", np.zeros(x.size)), dtype=np.float64).ravel()
    if classes.size != x.size or not np.isfinite(classes).all():
        classes = np.zeros(x.size)
    return classes[np.isfinite(x) & np.isfinite(y)].astype(np.int64)


def _row_scales(y: Array, *, is_shared: bool) -> tuple[Array, Array]:
    """Return for each row the value at its foot and the span that fills it."""
    filled = np.where(np.isfinite(y).any(axis=1, keepdims=True), y, 0.0)
    lows, highs = np.nanpercentile(filled, [0.5, 99.5], axis=1)
    spans = highs - lows
    usual = float(np.median(spans[spans > 0])) if (spans > 0).any() else 1.0
    if is_shared:
        # One loud row shall not flatten the others: it is clipped instead.
        spans = np.full(len(y), min(float(spans.max()) or usual, 3 * usual))
    return lows, np.where(spans > 0, spans, usual)


def _scale_bar(axes: Axes, row: float, span: float, unit: str) -> str:
    """Draw a bar of a round length at the foot, on the right."""
    most = span / 0.84
    power = 10.0 ** math.floor(math.log10(most))
    size = max(m * power for m in (1, 2, 5) if m * power <= most)
    tall = row * size / most
    x, y = axes.width - axes.right, axes.height - 4
    bar = element("path", d=f"M{number(x)} {number(y)}v{number(-tall)}", class_="bar")
    return bar + text(f"{plain(size)} {_bare_unit(unit)}", x - 6, y - 1, class_="axis end")


def _bare_unit(label: str) -> str:
    """Return what stands in brackets: ``"signal (mV)"`` is ``"mV"``."""
    before, _, after = label.partition("(")
    return after.rstrip(")") if after else before


def _ticks(px: Array, top: float, tall: float, detail: Detail, n_all: int) -> str:
    """Write ticks from left to right; those on the same spot once."""
    step = 0.2 if n_all <= detail.n_marks else 1.0
    spots = np.unique(np.round(px / step) * step)
    return "".join(f"M{number(x)} {number(top)}v{number(max(tall, 0.8))}" for x in spots.tolist())


def _name_clusters(
    px: Array, py: Array, classes: NDArray[np.int64], legend: tuple[str, ...]
) -> str:
    """Write names at the middle of clouds, largest first, unless one is written there already."""
    if not legend:
        return ""
    numbers, counts = np.unique(classes, return_counts=True)
    taken: list[tuple[float, float, float]] = []
    words = ""
    clouds = [k for k in np.argsort(-counts, kind="stable") if counts[k] >= _CLOUD][:16]
    for k in numbers[clouds].tolist():
        x, y = float(np.median(px[classes == k])), float(np.median(py[classes == k]))
        name = name_class(legend, k)[:24]
        half = 3.0 * len(name)
        if all(abs(y - b) > _LABEL_GAP or abs(x - a) > half + c for a, b, c in taken):
            taken.append((x, y, half))
            words += text(name, x, y + 4, class_="onplot")
    return words
