"""Find text that somebody's scanner burnt into the voxels of a stack of slices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SAME = 0.02
"""Text keeps its value from slice to slice: within this share of the span of all values."""
_CONTRAST = 0.25
"""It stands out from what is around it by this share of the span, or more."""
_AROUND = 15
"""Strokes are narrower than so many pixels."""
_HEIGHTS = (5, 64)
_WIDEST = 1.6
_FILL = (0.12, 0.92)
_FEWEST_PIXELS = 5
_LINE_SLACK = 0.35
_WIDEST_GAP = 1.7
_FEWEST_GLYPHS = 4
_FEWEST_ALONE = 5
"""A single slice has no other to compare with: more glyphs are asked for."""
_LARGEST_SHARE = 0.25
"""If more of the picture than this is constant and bright, it is no text but a mask."""
_TOP = 0.9


@dataclass(frozen=True, slots=True)
class BurntText:
    """Text in a stack of slices.

    Attributes
    ----------
    n_glyphs : int
        Signs in the longest line; 0 if there is no text.
    n_lines : int
        Lines of four signs or more.
    box : tuple of int
        First and last row, first and last column of all lines; empty if there is none.
    """

    n_glyphs: int = 0
    n_lines: int = 0
    box: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return self.n_glyphs > 0


class StillPixels:
    """Lowest and highest value of every pixel over a stack of slices, a slice at a time.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of a slice.

    Examples
    --------
    >>> stack = StillPixels((2, 2))
    >>> for slice_ in (np.eye(2), 2 * np.eye(2)):
    ...     stack.add(slice_[None])
    >>> stack.n_slices, float(stack.high.max()), float(stack.low.max())
    (2, 2.0, 1.0)
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.low = np.full(shape, np.inf)
        self.high = np.full(shape, -np.inf)
        self.n_slices = 0

    def add(self, slices: NDArray[np.float64]) -> None:
        """Take in slices, shape (n_slices, n_rows, n_columns); NaN counts as 0."""
        finite = np.nan_to_num(slices, nan=0.0, posinf=0.0, neginf=0.0)
        np.minimum(self.low, finite.min(axis=0), out=self.low)
        np.maximum(self.high, finite.max(axis=0), out=self.high)
        self.n_slices += finite.shape[0]

    def find(self) -> BurntText:
        """Return the text that all slices show in the same place."""
        if not self.n_slices or min(self.low.shape) < _HEIGHTS[0]:
            return BurntText()
        return find_burnt_text(self.low, self.high, n_slices=self.n_slices)


def find_burnt_text(
    low: NDArray[np.float64], high: NDArray[np.float64], *, n_slices: int
) -> BurntText:
    r"""Find signs in a line that stay the same from slice to slice.

    A pixel may be text if it keeps its value, :math:`h_{ij} - l_{ij} \le 0.02\,r`, and stands out
    by a quarter of the span :math:`r` of all values from what is left where everything narrower
    than 15 pixels is taken away (the top hat of mathematical morphology [1]_). Joined pixels are
    signs if they are as large as letters, neither full as a box nor empty as an outline; four or
    more of one height in a row, closely spaced, are text. Tissue changes from slice to slice, so
    that nothing of it passes the first test; a single slice is asked for five signs of one bright
    value.

    Parameters
    ----------
    low, high : ndarray of float64, shape (n_rows, n_columns)
        Lowest and highest value of each pixel over the slices, in any unit.
    n_slices : int
        How many slices there were.

    Returns
    -------
    BurntText
        False if there is no text. Lines run along rows or along columns.

    Notes
    -----
    Text that changes from slice to slice (its number) is found only by what stays beside it; text
    fainter than its surroundings vary is not found, nor is handwriting.

    References
    ----------
    .. [1] J. Serra (1982), Image Analysis and Mathematical Morphology, Academic Press, chapter 12

    Examples
    --------
    >>> slice_ = np.zeros((20, 60))
    >>> for column in range(5, 45, 8):  # ten strokes: IIIII
    ...     slice_[5:15, column : column + 2] = slice_[5:7, column : column + 5] = 200.0
    >>> text = find_burnt_text(slice_, slice_, n_slices=9)
    >>> text.n_glyphs, text.box
    (5, (5, 14, 5, 41))
    """
    span = float(high.max() - low.min()) if low.size else 0.0
    if not np.isfinite(span) or span <= 0:
        return BurntText()
    fewest = _FEWEST_GLYPHS if n_slices > 2 else _FEWEST_ALONE
    inks = [_read_ink(mask, fewest) for mask in _text_pixels(low, high, span, n_slices)]
    return max(inks, key=lambda text: text.n_glyphs)


def _read_ink(mask: NDArray[np.bool_], fewest: int) -> BurntText:
    """Return the lines that pixels of one ink make, along rows and along columns."""
    if not mask.any() or mask.mean() > _LARGEST_SHARE:
        return BurntText()
    boxes = _glyph_boxes(mask)
    turned = boxes[:, [2, 3, 0, 1]]
    lines = [line for line in _lines(boxes) if len(line) >= fewest]
    lines += [line[:, [2, 3, 0, 1]] for line in _lines(turned) if len(line) >= fewest]
    if not lines:
        return BurntText()
    found = np.concatenate(lines)  # (n_glyphs, 4)
    box = (found[:, 0].min(), found[:, 1].max(), found[:, 2].min(), found[:, 3].max())
    return BurntText(max(map(len, lines)), len(lines), tuple(int(edge) for edge in box))


def _text_pixels(
    low: NDArray[np.float64], high: NDArray[np.float64], span: float, n_slices: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pixels stay the same and stand out: the brighter ones, and the darker ones."""
    from scipy.ndimage import grey_closing, grey_opening

    still = high - low <= _SAME * span
    if not still.any():
        return still, still
    size = (min(_AROUND, *low.shape),) * 2
    bright = still & (low - grey_opening(low, size=size, mode="nearest") >= _CONTRAST * span)
    dark = still & (grey_closing(low, size=size, mode="nearest") - low >= _CONTRAST * span)
    if n_slices > 2:
        return bright, dark
    # Alone, only one bright value that many pixels share is no tissue.
    if bright.any():
        values, counts = np.unique(low[bright], return_counts=True)
        ink = values[counts.argmax()]
        is_bright = bool(ink >= low.min() + _TOP * span)
        bright &= (np.abs(low - ink) <= _SAME * span) & is_bright
    return bright, np.zeros_like(dark)


def _glyph_boxes(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the boxes of joined pixels that may be signs, shape (n_signs, 4).

    First and last row, first and last column.
    """
    from scipy.ndimage import find_objects, label

    labels, _ = label(mask, structure=np.ones((3, 3)))
    boxes = []
    for number, (rows, columns) in enumerate(find_objects(labels), start=1):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        n_pixels = int((labels[rows, columns] == number).sum())
        tall, wide = max(height, width), min(height, width)
        is_sized = _HEIGHTS[0] <= tall <= _HEIGHTS[1] and n_pixels >= _FEWEST_PIXELS
        is_stroke = wide <= max(3, tall // 3)
        is_drawn = is_stroke or _FILL[0] <= n_pixels / (height * width) <= _FILL[1]
        if is_sized and is_drawn:
            boxes.append((rows.start, rows.stop - 1, columns.start, columns.stop - 1))
    return np.array(boxes, dtype=np.int64).reshape(-1, 4)


def _lines(boxes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Join signs of one height that stand beside one another; return the lines."""
    heights = boxes[:, 1] - boxes[:, 0] + 1
    widths = boxes[:, 3] - boxes[:, 2] + 1
    left = list(np.flatnonzero((heights >= _HEIGHTS[0]) & (widths <= _WIDEST * heights)))
    left.sort(key=lambda i: (boxes[i, 2], boxes[i, 0]))
    lines = []
    while left:
        line = [left.pop(0)]
        for candidate in list(left):
            if _continues(boxes[line[-1]], boxes[candidate]):
                line.append(candidate)
                left.remove(candidate)
        lines.append(boxes[line])
    return lines


def _continues(last: NDArray[np.int64], box: NDArray[np.int64]) -> bool:
    """Tell whether a sign is the next one of a line."""
    height = max(last[1] - last[0], box[1] - box[0]) + 1
    slack = max(1.0, _LINE_SLACK * height)
    is_level = abs(last[0] - box[0]) <= slack and abs(last[1] - box[1]) <= slack
    gap = box[2] - last[3]
    return bool(is_level and 0 < gap <= max(2.0, _WIDEST_GAP * height))
