"""Measures of an image, taken in one pass over its slabs."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.formats import Slab, VolumeFile

_MAX_SERIES_VOXELS: Final = 1 << 26
"""Larger volumes than this (a cube of 406) are not followed over time: that takes memory."""
_N_TRACED: Final = 400
_DARK_SHARE: Final = 0.2
_MAX_VALUES: Final = 65


@dataclass(slots=True)
class VolumeMeasures:
    """What was measured.

    Attributes
    ----------
    not_finite : ndarray of int64, shape (n_volumes,)
        Values of each volume that are no numbers.
    lowest, highest, mean : ndarray of float64, shape (n_volumes,)
        Of the finite values of each volume.
    is_repeated : ndarray of bool, shape (n_volumes,)
        True where a volume is, byte for byte, the one before.
    planes : tuple of ndarray of float32
        The middle slices across the first, second and third axis: of the first volume, or of the
        mean of a series.
    average, deviation : ndarray of float32 or None, shape (n_x, n_y, n_z)
        Over time; None for a single volume.
    mask : ndarray of bool or None, shape (n_x, n_y, n_z)
        Where the first volume is bright.
    signal : ndarray of float64, shape (n_volumes,)
        Mean within the mask.
    dvars : ndarray of float64, shape (n_volumes,)
        Root mean square, within the mask, of the change since the volume before, in percent of the
        mean there; NaN for the first [1]_.
    traces : ndarray of float32, shape (n_traced, n_volumes)
        Values over time of voxels spread evenly over the mask.
    n_values : int
        How many different values the middle slab of the first volume holds, 65 for more than 64; 0
        if they are no whole numbers.

    References
    ----------
    .. [1] J. D. Power et al. (2012), doi:10.1016/j.neuroimage.2011.10.018
    """

    not_finite: NDArray[np.int64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    mean: NDArray[np.float64]
    is_repeated: NDArray[np.bool_]
    planes: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    average: NDArray[np.float32] | None = None
    deviation: NDArray[np.float32] | None = None
    mask: NDArray[np.bool_] | None = None
    signal: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    dvars: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    traces: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    n_values: int = 0

    @property
    def tsnr(self) -> NDArray[np.float32] | None:
        """Mean over standard deviation in time, within the mask; 0 elsewhere."""
        if self.average is None or self.deviation is None or self.mask is None:
            return None
        ratio = np.zeros_like(self.average)
        where = self.mask & (self.deviation > 0)
        ratio[where] = self.average[where] / self.deviation[where]
        return ratio


def measure_volume(file: VolumeFile, *, over_time: bool) -> VolumeMeasures:
    """Measure an image in one pass; memory does not depend on the number of volumes.

    Parameters
    ----------
    file : VolumeFile
        The image.
    over_time : bool
        True follows voxels over the volumes: of a functional series, not of a diffusion one.

    Returns
    -------
    VolumeMeasures
        Values that are not finite are left out of all but their own count.
    """
    pass_ = _Pass(file)
    follows = over_time and file.n_volumes > 1 and np.prod(file.shape[:3]) <= _MAX_SERIES_VOXELS
    series = _Series(file) if follows else None
    for slab in file.slabs():
        pass_.add(slab)
        if series is not None:
            series.add(slab)
    measures = pass_.finish()
    if series is not None:
        series.finish(measures)
    return measures


class _Pass:
    """What every image is measured for."""

    def __init__(self, file: VolumeFile) -> None:
        self._file = file
        n = file.n_volumes
        self._not_finite = np.zeros(n, np.int64)
        self._lowest, self._highest = np.full(n, np.inf), np.full(n, -np.inf)
        self._sum = np.zeros(n)
        self._checksums = np.zeros(n, np.uint32)
        n_x, n_y, n_z = file.shape[:3]
        self._planes = (
            np.zeros((n_y, n_z), np.float32), np.zeros((n_x, n_z), np.float32),
            np.zeros((n_x, n_y), np.float32),
        )  # fmt: skip
        self._n_values = 0

    def add(self, slab: Slab) -> None:
        """Take a slab in."""
        t = slab.volume
        finite = np.isfinite(slab.values)
        n_bad = int(slab.values.size - np.count_nonzero(finite))
        good = slab.values[finite] if n_bad else slab.values
        self._not_finite[t] += n_bad
        if good.size:
            self._lowest[t] = min(self._lowest[t], float(good.min()))
            self._highest[t] = max(self._highest[t], float(good.max()))
            self._sum[t] += float(good.sum(dtype=np.float64))
        self._checksums[t] = zlib.crc32(slab.raw, int(self._checksums[t]))
        if t == 0:
            self._draw(slab)

    def _draw(self, slab: Slab) -> None:
        """Keep the middle slices, and count the values of the middle slab."""
        n_x, n_y, n_z = self._file.shape[:3]
        last = slab.first + slab.values.shape[2]
        self._planes[0][:, slab.first : last] = slab.values[n_x // 2]
        self._planes[1][:, slab.first : last] = slab.values[:, n_y // 2]
        if slab.first <= n_z // 2 < last:
            middle = slab.values[:, :, n_z // 2 - slab.first]
            self._planes[2][:] = middle
            distinct = np.unique(middle[np.isfinite(middle)])
            is_whole = bool((distinct == np.round(distinct)).all())
            self._n_values = min(len(distinct), _MAX_VALUES) if is_whole else 0

    def finish(self) -> VolumeMeasures:
        """Return what was measured."""
        n_voxels = int(np.prod(self._file.shape[:3]))
        n_good = np.maximum(n_voxels - self._not_finite, 1)
        repeated = np.zeros(self._file.n_volumes, np.bool_)
        repeated[1:] = self._checksums[1:] == self._checksums[:-1]
        return VolumeMeasures(
            not_finite=self._not_finite,
            lowest=self._lowest,
            highest=self._highest,
            mean=self._sum / n_good,
            is_repeated=repeated,
            planes=self._planes,
            n_values=self._n_values,
        )


class _Series:
    """What a functional series is measured for: one volume before, and sums, are kept."""

    def __init__(self, file: VolumeFile) -> None:
        self._file = file
        shape = file.shape[:3]
        self._now = np.zeros(shape, np.float32)
        self._before = np.zeros(shape, np.float32)
        self._average = np.zeros(shape, np.float32)
        self._squares = np.zeros(shape, np.float32)
        self._mask = np.zeros(shape, np.bool_)
        self._traced = np.zeros(0, np.int64)
        self._traces = np.zeros((0, file.n_volumes), np.float32)
        self._signal = np.zeros(file.n_volumes)
        self._change = np.full(file.n_volumes, np.nan)

    def add(self, slab: Slab) -> None:
        """Take a slab in; the last one of a volume ends it."""
        last = slab.first + slab.values.shape[2]
        self._now[:, :, slab.first : last] = np.nan_to_num(
            slab.values, nan=0.0, posinf=0.0, neginf=0.0
        )
        if last == self._file.shape[2]:
            self._end_volume(slab.volume)

    def _end_volume(self, t: int) -> None:
        """Update mean and squares as Welford did, and what is taken within the mask."""
        if t == 0:
            self._choose(self._now)
        delta = self._now - self._average
        self._average += delta / (t + 1)
        self._squares += delta * (self._now - self._average)
        inside = self._now[self._mask]
        self._signal[t] = inside.mean(dtype=np.float64) if inside.size else 0.0
        if t:
            change = inside - self._before[self._mask]
            self._change[t] = np.sqrt(np.mean(np.square(change, dtype=np.float64)))
        self._traces[:, t] = self._now.ravel()[self._traced]
        self._now, self._before = self._before, self._now

    def _choose(self, first: NDArray[np.float32]) -> None:
        """Choose the mask, and the voxels that are traced."""
        top = float(np.percentile(first, 98))
        self._mask = first > _DARK_SHARE * top if top > 0 else np.ones(first.shape, np.bool_)
        inside = np.flatnonzero(self._mask)
        spread = np.linspace(0, max(inside.size - 1, 0), min(_N_TRACED, inside.size))
        self._traced = inside[spread.round().astype(np.int64)]
        self._traces = np.zeros((self._traced.size, self._file.n_volumes), np.float32)

    def finish(self, measures: VolumeMeasures) -> None:
        """Add what was measured; the pictures show the mean."""
        n = self._file.n_volumes
        n_x, n_y, n_z = self._file.shape[:3]
        middle = float(np.mean(self._signal))
        measures.average, measures.mask = self._average, self._mask
        measures.deviation = np.sqrt(np.maximum(self._squares, 0) / max(n - 1, 1))
        measures.signal = self._signal
        measures.dvars = 100 * self._change / middle if middle else np.full(n, np.nan)
        measures.traces = self._traces
        measures.planes = (
            self._average[n_x // 2], self._average[:, n_y // 2], self._average[:, :, n_z // 2],
        )  # fmt: skip
