"""Measures of a movie of calcium imaging, in one pass: nothing larger than a block is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import find_shift

BLOCK_BYTES = 16 << 20
MAX_COMPARED = 128
"""Frames that are compared for movement, spread evenly."""

MAX_SIDE = 256
"""Side of the middle of a frame that is compared, in pixels."""

MIN_SHARPNESS = 7.0
"""A correlation whose peak is lower tells no movement (`fascicle.maths.find_shift`)."""

_FULL_SCALES = frozenset({255, 1023, 4095, 8191, 16383, 32767, 65535})


@dataclass(frozen=True, slots=True)
class MovieMeasures:
    """What was measured in a movie.

    Attributes
    ----------
    mean, deviation, highest : ndarray of float64, shape (height, width)
        Of each pixel over time; of volumes the mean over planes is taken first.
    trace : ndarray of float64, shape (n_frames,)
        Mean of each frame.
    n_repeated : int
        Frames that equal the one before in every pixel.
    n_blank : int
        Frames in which all pixels are alike.
    n_missing : int
        Values that are no numbers; they count as 0.
    saturated_share : float
        Share of values at full scale, of those that may be.
    shifts_px : ndarray of float64, shape (n_compared, 2)
        Movement of frames that could be compared, down and to the right, against the mean of
        the others.
    n_compared : int
        Frames that were compared; those without a sharp correlation have no row in `shifts_px`.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    highest: NDArray[np.float64]
    trace: NDArray[np.float64]
    n_repeated: int
    n_blank: int
    n_missing: int
    saturated_share: float
    shifts_px: NDArray[np.float64]
    n_compared: int


def measure_movie(data: Any) -> MovieMeasures:  # noqa: ANN401 - an h5py.Dataset
    """Measure a movie as NWB keeps it: axes frame, x, y(, z).

    Parameters
    ----------
    data : h5py.Dataset or ndarray, shape (n_frames, width, height[, n_planes])
        Numbers of any type.

    Returns
    -------
    MovieMeasures
        Images have rows before columns.
    """
    sums = _Sums(data)
    for start, block in _blocks(data):
        sums.take(start, block)
    return sums.finish()


def _blocks(data: Any) -> Iterator[tuple[int, NDArray[Any]]]:  # noqa: ANN401
    """Yield blocks of frames with the number of their first one, rows of chunks whole."""
    n_frame = max(1, prod(data.shape[1:]) * data.dtype.itemsize)
    chunk = (getattr(data, "chunks", None) or (1,))[0]
    n_block = max(1, BLOCK_BYTES // n_frame // chunk) * chunk
    for start in range(0, data.shape[0], n_block):
        yield start, data[start : start + n_block]


class _Sums:
    """What grows from block to block."""

    def __init__(self, data: Any) -> None:  # noqa: ANN401
        self.n_frames = data.shape[0]
        frame = data.shape[1:3]
        self.total = np.zeros(frame)
        self.squares = np.zeros(frame)
        self.highest = np.full(frame, -np.inf)
        self.origin: NDArray[np.float64] | None = None
        self.trace = np.zeros(self.n_frames)
        self.last: NDArray[Any] | None = None
        self.n_repeated = self.n_blank = self.n_missing = self.n_at_top = self.n_values = 0
        self.top: float = -np.inf
        n_compared = min(self.n_frames, MAX_COMPARED)
        self.picks = np.unique(np.linspace(0, self.n_frames - 1, n_compared).astype(int))
        self.samples: list[NDArray[np.float32]] = []

    def take(self, start: int, block: NDArray[Any]) -> None:
        """Add a block of frames."""
        if block.dtype.kind == "f":
            is_number = np.isfinite(block)
            self.n_missing += int(block.size - np.count_nonzero(is_number))
            block = np.where(is_number, block, 0)
        flat = block.reshape(len(block), -1)
        is_blank = flat.min(axis=1) == flat.max(axis=1)
        self.n_blank += int(np.count_nonzero(is_blank))
        before = flat[:0] if self.last is None else self.last[np.newaxis]
        pairs = np.concatenate([before, flat])
        is_same = np.array([np.array_equal(a, b) for a, b in pairwise(pairs)], dtype=bool)
        # Blank frames are told on their own.
        self.n_repeated += int(
            np.count_nonzero(is_same & ~is_blank[len(is_blank) - len(is_same) :])
        )
        self.last = flat[-1].copy()
        self._take_top(block)
        planar = block.astype(np.float64)
        if planar.ndim == 4:
            planar = planar.mean(axis=3)
        self._take_images(start, planar)

    def _take_top(self, block: NDArray[Any]) -> None:
        """Count values at the highest one."""
        top = float(block.max()) if block.size else -np.inf
        if top > self.top:
            self.top, self.n_at_top = top, 0
        if top == self.top:
            self.n_at_top += int(np.count_nonzero(block == self.top))
        self.n_values += block.size

    def _take_images(self, start: int, planar: NDArray[np.float64]) -> None:
        """Add frames to the sums of each pixel, and keep those that will be compared."""
        if self.origin is None:
            self.origin = planar[0].copy()  # squares of differences lose fewer digits
        apart = planar - self.origin
        self.total += apart.sum(axis=0)
        self.squares += np.einsum("txy,txy->xy", apart, apart)
        np.maximum(self.highest, planar.max(axis=0), out=self.highest)
        self.trace[start : start + len(planar)] = planar.mean(axis=(1, 2))
        inside = self.picks[(self.picks >= start) & (self.picks < start + len(planar))]
        left, top = (max(0, (n - MAX_SIDE) // 2) for n in planar.shape[1:])
        for i in inside:
            frame = planar[i - start, left : left + MAX_SIDE, top : top + MAX_SIDE]
            self.samples.append(frame.T.astype(np.float32))

    def finish(self) -> MovieMeasures:
        """Return the measures."""
        n = max(1, self.n_frames)
        mean_apart = self.total / n
        origin = self.origin if self.origin is not None else np.zeros_like(self.total)
        variance = np.maximum(self.squares / n - mean_apart**2, 0)
        is_full = self.top in _FULL_SCALES
        return MovieMeasures(
            mean=(origin + mean_apart).T,
            deviation=np.sqrt(variance).T,
            highest=self.highest.T,
            trace=self.trace,
            n_repeated=self.n_repeated,
            n_blank=self.n_blank,
            n_missing=self.n_missing,
            saturated_share=self.n_at_top / max(1, self.n_values) if is_full else 0.0,
            shifts_px=_find_shifts(self.samples),
            n_compared=len(self.samples),
        )


def _find_shifts(frames: list[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Return the movement of each frame against the mean of the others, where it can be told."""
    n = len(frames)
    if n < 2:
        return np.zeros((0, 2))
    total = np.zeros(frames[0].shape)
    for frame in frames:
        total += frame
    # A frame that is part of the mean is like itself, and noise alone would seem to stand still.
    found = [find_shift(frame.astype(np.float64), (total - frame) / (n - 1)) for frame in frames]
    kept = [(s.rows, s.columns) for s in found if s.sharpness >= MIN_SHARPNESS]
    return np.array(kept, dtype=np.float64).reshape(-1, 2)
