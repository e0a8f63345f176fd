"""Draw an image with its scale and the points marked on it.

A pure function from arrays to text. The colours of points are fixed, as they lie on the image and
not on the page.
"""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Picture

from ._axes import Axes, name_class, rank_classes
from ._budget import Detail
from ._png import Pixels, make_data_uri
from ._svg import Array, element, number, picture, text

_LONGEST, _SHORTEST, _BROADEST = 480.0, 260.0, 800.0
_PLOT_WIDE, _PLOT_LOW, _PLOT_HIGH = 376.0, 150.0, 250.0
_BROAD = 2.2
_MAX_POINTS = 400
_SHAPES = (
    "M-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z",
    "M-3.2-3.2h6.4v6.4h-6.4z",
    "M0-4.3l4.2 7.4h-8.4z",
    "M0-4.6l4.6 4.6l-4.6 4.6l-4.6-4.6z",
)
"""Circle, square, triangle, diamond: a second sign beside the colour."""


def draw_image(shown: Picture, detail: Detail) -> str:
    """Draw an image; gray or RGB, with keypoints and with a scale where there is one.

    Parameters
    ----------
    shown : Picture
        With ``pixels``, and perhaps ``points``, ``classes`` and ``extent``.
    detail : Detail
        How finely.

    Returns
    -------
    str
        An ``svg`` element; empty if there is nothing to draw.
    """
    pixels = _as_pixels(shown.arrays.get("pixels"))
    if pixels is None:
        return ""
    height, width = pixels.shape[:2]
    axes = _frame(shown, (height, width))
    wide, high = axes.inner
    small = shrink(pixels, detail.n_samples)
    # Pixels are shown as they are where there are fewer of them than of the screen.
    crisp = "crisp" if small.shape[1] <= wide and small.shape[0] <= high else None
    body = element(
        "image", href=make_data_uri(small), x=axes.left, y=axes.top, width=wide, height=high,
        preserveAspectRatio="none", class_=crisp,
    )  # fmt: skip
    if _extent(shown) is not None:
        body += axes.draw(shown.x_label, shown.y_label, lines=False)
    else:
        body += _name_sides(axes, shown)
    points, classes = _points(shown)
    marks = _draw_points(points, classes, shown.legend, (height, width), axes)
    label = f"{shown.title}: image of {width} by {height} pixels"
    label += f" with {len(points)} points marked." if len(points) else "."
    return picture(body + marks, axes.width, axes.height, label=label, class_="image")


def shrink(pixels: Pixels, n_samples: int) -> Pixels:
    """Return an image of at most so many samples, each the mean over its area.

    Examples
    --------
    >>> shrink(np.array([[0, 100], [100, 200]], dtype=np.uint8), 1).tolist()
    [[100]]
    """
    height, width = pixels.shape[:2]
    scale = math.sqrt(min(n_samples / pixels.size, 1.0))
    if scale == 1.0:
        return pixels
    rows = _overlaps(height, max(round(height * scale), 1))
    columns = _overlaps(width, max(round(width * scale), 1))
    mean = np.tensordot(rows, pixels.astype(np.float64), axes=(1, 0))  # (row, width, ...)
    mean = np.moveaxis(np.tensordot(columns, mean, axes=(1, 1)), 0, 1)  # (row, column, ...)
    small: Pixels = np.clip(np.round(mean), 0, 255).astype(np.uint8)
    return small


def _overlaps(n_old: int, n_new: int) -> Array:
    """Return how much of each new cell lies in each old one, shape (n_new, n_old)."""
    edges = np.linspace(0, n_old, n_new + 1)
    cells = np.arange(n_old)
    inside = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    shares: Array = np.clip(inside, 0, None) * (n_new / n_old)
    return shares


def is_broad(shown: Picture) -> bool:
    """Tell whether an image is so wide that it deserves the whole width: slices side by side."""
    pixels = shown.arrays.get("pixels")
    if pixels is None or pixels.ndim < 2 or _is_plot(shown):
        return False
    return bool(pixels.shape[1] >= _BROAD * pixels.shape[0])


def image_legend(shown: Picture) -> tuple[tuple[str, str, int], ...]:
    """Return colour, name and number of the points of each class."""
    points, classes = _points(shown)
    if not len(points) or not (shown.legend or np.unique(classes).size > 1):
        return ()
    counts = {k: int((classes == k).sum()) for k in rank_classes(classes)}
    is_one_each = max(counts.values()) == 1
    return tuple(
        (f"k{colour}", name_class(shown.legend, k), 0 if is_one_each else counts[k])
        for k, colour in rank_classes(classes).items()
    )


def _as_pixels(array: NDArray[Any] | None) -> Pixels | None:
    if array is None or array.ndim not in {2, 3} or not array.size:
        return None
    if array.ndim == 3:
        if array.shape[2] not in {3, 4}:
            return None
        array = array[:, :, :3]
    if array.dtype == np.uint8:
        return array
    return np.clip(np.nan_to_num(array.astype(np.float64)), 0, 255).astype(np.uint8)


def _extent(shown: Picture) -> tuple[float, float, float, float] | None:
    """Values at the left, right, lower and upper edge."""
    extent = np.asarray(shown.arrays.get("extent", ()), dtype=np.float64).ravel()
    if extent.size != 4 or not np.isfinite(extent).all():
        return None
    left, right, low, high = extent.tolist()
    return (left, right, low, high) if left != right and low != high else None


def _is_plot(shown: Picture) -> bool:
    """Tell whether an image has axes, as a spectrogram has, and is no view of something."""
    return _extent(shown) is not None or bool(shown.x_label and shown.y_label)


def _frame(shown: Picture, size: tuple[int, int]) -> Axes:
    """Choose how large the image is drawn, and leave room for what stands beside it."""
    height, width = size
    extent = _extent(shown)
    longest = _PLOT_WIDE if _is_plot(shown) else _BROADEST if is_broad(shown) else _LONGEST
    scale = min(max(max(size), min(_SHORTEST, longest)), longest) / max(size)
    if is_broad(shown):
        scale = longest / width
    wide, high = width * scale, height * scale
    # Axes of two kinds may be stretched against one another; a picture of something may not.
    if _is_plot(shown) and shown.x_label != shown.y_label:
        wide, high = _PLOT_WIDE, min(max(_PLOT_WIDE * height / width, _PLOT_LOW), _PLOT_HIGH)
    # A needle of an image still gets a frame that can be seen.
    wide, high = max(wide, 24.0), max(high, 24.0)
    left, right, low, top = extent or (0.0, 1.0, 0.0, 1.0)
    margin, base, above, aside = (
        (52.0, 36.0, 6.0, 12.0)
        if extent
        else (20.0 * bool(shown.y_label), 20.0 * bool(shown.x_label), 0.0, 0.0)
    )
    return Axes(
        (left, right), (low, top), wide + margin + aside, high + above + base, left=margin,
        right=aside, top=above, bottom=base,
    )  # fmt: skip


def _name_sides(axes: Axes, shown: Picture) -> str:
    """Names of the sides alone, where there are no numbers."""
    wide, high = axes.inner
    words = ""
    if shown.x_label:
        words += text(shown.x_label, axes.left + wide / 2, axes.height - 5, class_="axis mid")
    if shown.y_label:
        turn = f"translate(12 {number(axes.top + high / 2)})rotate(-90)"
        words += text(shown.y_label, 0, 0, class_="axis mid", transform=turn)
    return words


def _points(shown: Picture) -> tuple[Array, NDArray[np.int64]]:
    """Points that were found, shape (n_points, 2), and the class of each."""
    points = np.asarray(shown.arrays.get("points", np.empty((0, 2))), dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        return np.empty((0, 2)), np.empty(0, dtype=np.int64)
    classes = np.asarray(shown.arrays.get("classes", np.zeros(len(points))), dtype=np.float64)
    if classes.shape != (len(points),):
        classes = np.zeros(len(points))
    keep = np.flatnonzero(np.isfinite(points).all(axis=1) & np.isfinite(classes))[:_MAX_POINTS]
    return points[keep], classes[keep].astype(np.int64)


def _draw_points(
    points: Array,
    classes: NDArray[np.int64],
    legend: tuple[str, ...],
    size: tuple[int, int],
    axes: Axes,
) -> str:
    height, width = size
    wide, high = axes.inner
    colours = rank_classes(classes) if len(points) else {}
    words = ""
    for k, (x, y) in zip(classes.tolist(), points.tolist(), strict=True):
        # The centre of the first pixel is 0, its edge half a pixel before.
        px = axes.left + min(max((x + 0.5) / width, 0.0), 1.0) * wide
        py = axes.top + min(max((y + 0.5) / height, 0.0), 1.0) * high
        colour = colours[k]
        words += element(
            "path",
            element("title", escape(name_class(legend, k))),
            d=_SHAPES[int(colour[1]) % len(_SHAPES)],
            transform=f"translate({number(px)} {number(py)})",
            class_=f"kp k{colour}",
        )
    return words
