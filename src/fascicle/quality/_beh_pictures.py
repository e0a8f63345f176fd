"""Pictures of behaviour: keypoints, trajectories, gaze, trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Picture

_MAX_SIDE = 480
_MAX_POINTS = 3000
_MAX_LINE = 1000
_MAX_TICKS = 5000
_GREY = 235

Size = tuple[float, float] | None


def draw_places(names: Sequence[str], places: Sequence[NDArray[np.float64]], size: Size) -> Picture:
    """Draw the keypoints of the frame that has most of them, on an empty picture of its size."""
    table: NDArray[np.float64] = np.stack(list(places))
    seen: NDArray[np.bool_] = np.asarray(np.isfinite(table).all(axis=2))
    frame = int(np.argmax(seen.sum(axis=0)))
    width, height = size or _bound(table)
    scale = min(1.0, _MAX_SIDE / max(width, height, 1.0))
    shape = (max(1, round(height * scale)), max(1, round(width * scale)))
    classes = np.flatnonzero(seen[:, frame])
    return Picture(
        Drawing.IMAGE,
        "Keypoints",
        "Keypoints of one frame; the video itself is not shown.",
        {
            "pixels": np.full(shape, _GREY, np.uint8),
            "points": table[classes, frame] * scale,
            "classes": classes.astype(np.int64),
        },
        legend=tuple(names),
    )


def _bound(table: NDArray[np.float64]) -> tuple[float, float]:
    """Return a width and a height that hold nearly all places."""
    found = table[np.asarray(np.isfinite(table).all(axis=2))]
    if not len(found):
        return 1.0, 1.0
    far = np.percentile(found, 99.5, axis=0) * 1.05 + 1.0
    return float(max(1.0, far[0])), float(max(1.0, far[1]))


def draw_trajectories(
    names: Sequence[str], places: Sequence[NDArray[np.float64]], size: Size
) -> Picture:
    """Draw where the keypoints were, in frames spread evenly."""
    step = max(1, len(places) * len(places[0]) // _MAX_POINTS)
    some = [part[::step] for part in places]
    flat = np.concatenate(some)
    classes = np.repeat(np.arange(len(some)), [len(part) for part in some])
    seen = np.isfinite(flat).all(axis=1)
    keep = np.flatnonzero(seen)[:_MAX_POINTS]
    return Picture(
        Drawing.SCATTER,
        "Trajectories",
        "Places of the keypoints in frames spread evenly; y grows upwards here.",
        {"x": flat[keep, 0], "y": -flat[keep, 1], "classes": classes[keep].astype(np.int64)},
        x_label="x (pixels)",
        y_label="-y (pixels)",
        legend=tuple(names),
    )


def draw_lines(
    title: str,
    caption: str,
    times: NDArray[np.float64],
    rows: Sequence[NDArray[np.float64]],
    names: Sequence[str],
    x_label: str,
) -> Picture:
    """Draw signals one below the other."""
    step = max(1, -(-len(times) // _MAX_LINE))
    return Picture(
        Drawing.LINES,
        title,
        caption,
        {"x": times[::step], "y": np.stack([row[::step] for row in rows])},
        x_label=x_label,
        legend=tuple(names),
    )


def draw_gaze(counts: NDArray[np.float64]) -> Picture:
    """Draw how long the eyes looked where, bright where long; logarithmic."""
    shades = np.log1p(counts)
    top = float(shades.max()) or 1.0
    pixels = np.kron(shades / top * 255, np.ones((5, 5))).astype(np.uint8)
    return Picture(
        Drawing.IMAGE,
        "Gaze",
        "Where the eyes looked: bright where they looked long, on a logarithmic scale.",
        {"pixels": pixels},
    )


def draw_raster(moments: Mapping[str, NDArray[np.float64]]) -> Picture:
    """Draw the moments of each trial, from its start."""
    times = np.concatenate(list(moments.values()))
    rows = np.concatenate([np.arange(len(values)) for values in moments.values()])
    known = np.flatnonzero(np.isfinite(times))
    keep = known[:: max(1, -(-len(known) // _MAX_TICKS))]
    return Picture(
        Drawing.RASTER,
        "Trials",
        "Moments of each trial from its start: " + ", ".join(moments) + ".",
        {"times": times[keep], "rows": rows[keep].astype(np.int64)},
        x_label="Time from the start of the trial (s)",
        y_label="Trial",
    )
