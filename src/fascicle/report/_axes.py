"""A frame with a scale on two sides, into which points are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._svg import Array, element, number, plain, text, ticks

N_COLOURS = 8
"""Classes ``c0`` to ``c7`` of the style sheet; the last is gray, for all others."""


@dataclass(frozen=True, slots=True)
class Axes:
    """A frame that maps values to places in a picture.

    Attributes
    ----------
    x, y : tuple of (float, float)
        Values at the left and right, and at the lower and upper edge.
    width, height : float
        Size of the whole picture, in its units.
    left, right, top, bottom : float
        Margins around the frame.

    Examples
    --------
    >>> axes = Axes((0.0, 1.0), (0.0, 2.0), 100.0, 50.0, left=0, right=0, top=0, bottom=0)
    >>> axes.at(np.array([0.5]), np.array([2.0]))
    (array([50.]), array([0.]))
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: float
    height: float
    left: float = 52.0
    right: float = 12.0
    top: float = 10.0
    bottom: float = 36.0

    @property
    def inner(self) -> tuple[float, float]:
        """Width and height of the frame."""
        return self.width - self.left - self.right, self.height - self.top - self.bottom

    def at(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return where values stand in the picture."""
        wide, high = self.inner
        return (
            self.left + (x - self.x[0]) / (self.x[1] - self.x[0]) * wide,
            self.top + (self.y[1] - y) / (self.y[1] - self.y[0]) * high,
        )

    def draw(self, x_label: str, y_label: str, *, lines: bool = True) -> str:
        """Draw numbers and names on both sides, and a grid unless an image lies there."""
        return self.draw_x(x_label, lines=lines) + self.draw_y(y_label, lines=lines)

    def draw_x(self, label: str, *, lines: bool = True) -> str:
        """Draw the lower side."""
        base, words = self.height - self.bottom, ""
        for tick in _inside(self.x, 6):
            at = float(self.at(np.array(tick), np.array(self.y[0]))[0])
            start = self.top if lines else base
            mark = f"M{number(at)} {number(start)}V{number(base if lines else base + 4)}"
            words += element("path", d=mark, class_="grid")
            words += text(plain(tick), at, base + 15, class_="axis mid")
        middle = self.left + self.inner[0] / 2
        return words + (text(label, middle, base + 31, class_="axis mid") if label else "")

    def draw_y(self, label: str, *, lines: bool = True) -> str:
        """Draw the left side."""
        words = ""
        for tick in _inside(self.y, 4):
            at = float(self.at(np.array(self.x[0]), np.array(tick))[1])
            end = self.width - self.right if lines else self.left - 4
            mark = f"M{number(self.left)} {number(at)}H{number(end)}"
            words += element("path", d=mark, class_="grid")
            words += text(plain(tick), self.left - 6, at + 3.5, class_="axis end")
        if label:
            turn = f"translate(10 {number(self.top + self.inner[1] / 2)})rotate(-90)"
            words += text(label, 0, 0, class_="axis mid", transform=turn)
        return words


def _inside(span: tuple[float, float], n_wanted: int) -> list[float]:
    """Ticks between two values, whichever is the larger."""
    low, high = sorted(span)
    return ticks(low, high, n_wanted)


def find_range(values: NDArray[np.floating], *, room: float = 0.04) -> tuple[float, float] | None:
    """Return the span of the finite values with a little room, or None if there are none.

    Examples
    --------
    >>> find_range(np.array([0.0, np.nan, 10.0]), room=0.1)
    (-1.0, 11.0)
    >>> find_range(np.array([3.0]))
    (2.5, 3.5)
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    if not high > low:
        half = max(abs(low), 1.0) / 2 if abs(low) > 3 else 0.5
        return low - half, high + half
    margin = (high - low) * room
    return (low - margin, high + margin) if math.isfinite(margin) else None


def rank_classes(classes: NDArray[np.integer]) -> dict[int, str]:
    """Return a colour by class; the largest classes get one of their own, the rest is gray.

    Up to seven classes keep the order of their numbers, so that the same class has the same
    colour in each picture.

    Examples
    --------
    >>> rank_classes(np.array([2, 0, 0, 5]))
    {0: 'c0', 2: 'c1', 5: 'c2'}
    """
    numbers, counts = np.unique(classes, return_counts=True)
    order = np.arange(numbers.size)
    if numbers.size >= N_COLOURS:
        order = np.lexsort((numbers, -counts))
    return {int(numbers[i]): f"c{min(k, N_COLOURS - 1)}" for k, i in enumerate(order)}


def name_class(legend: tuple[str, ...], k: int) -> str:
    """Return the name of a class, or its number if it has none.

    Examples
    --------
    >>> name_class(("neuron",), 0), name_class(("neuron",), 4)
    ('neuron', 'class 4')
    """
    return legend[k] if 0 <= k < len(legend) else f"class {k}"
