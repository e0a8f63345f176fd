"""What is measured of a functional series: movement, change, spikes, ghosts, coverage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.formats import VolumeFile
from fascicle.maths import (
    Dvars,
    Realigner,
    TissueValues,
    count_settling,
    find_brain,
    find_head,
    focus_entropy,
    foreground_energy,
    framewise_displacement,
    ghost_to_signal,
    global_correlation,
    measure_dvars,
    median_distances,
    outlier_shares,
    robust_scale,
    signal_to_noise,
    smoothness_voxels,
)

from ._volume_measures import VolumeMeasures
from ._volume_pictures import Turn

LOST_SHARE: Final = 0.1
"""A volume whose mean in the brain is below this share of the median one was lost."""
FD_MM: Final = 0.2
"""MRIQC's limit for its count of volumes with movement."""
SPIKE_Z: Final = 8.0
SPIKE_SHARE: Final = 0.05
"""A slice of a volume spikes if it is so far, in robust SD and share, from those around it."""
_N_FOLLOWED: Final = 12_000
"""Voxels of the brain whose values over time are kept: a run of 1000 volumes takes 48 MB."""
_FEWEST_VOXELS: Final = 20
_FEWEST_BRAIN: Final = 200
_N_AROUND: Final = 5


@dataclass(frozen=True, slots=True)
class Series:
    """What was measured of a functional series.

    Attributes
    ----------
    measures : dict of str to float
        By MRIQC's names where it has them.
    brain : ndarray of bool, shape (n_x, n_y, n_z)
        Where the brain is, in the mean of all volumes.
    motion : ndarray of float64, shape (n_volumes, 6)
        Translations in millimetres and rotations in radians; NaN for volumes that were lost.
    displacement_mm : ndarray of float64, shape (n_volumes,)
        Framewise displacement; NaN where it is not known.
    dvars : Dvars
        Change from the volume before.
    outliers, distances : ndarray of float64, shape (n_volumes,)
        Share of outlying voxels, and how unlike the median volume each one is.
    spikes : ndarray of bool, shape (n_slices, n_volumes)
        Slices that are far brighter or darker than those before and after.
    spike_z : ndarray of float64, shape (n_volumes,)
        The largest of a volume's slices, in robust standard deviations.
    is_lost : ndarray of bool, shape (n_volumes,)
        Volumes without signal.
    n_settling : int
        Volumes at the start before the signal was steady.
    """

    measures: dict[str, float]
    brain: NDArray[np.bool_]
    motion: NDArray[np.float64]
    displacement_mm: NDArray[np.float64]
    dvars: Dvars
    outliers: NDArray[np.float64]
    distances: NDArray[np.float64]
    spikes: NDArray[np.bool_]
    spike_z: NDArray[np.float64]
    is_lost: NDArray[np.bool_]
    n_settling: int


def measure_series(
    file: VolumeFile, volume_measures: VolumeMeasures, turn: Turn, *, phase_axis: int | None
) -> Series | None:
    """Measure a functional series in a second pass over its volumes.

    Parameters
    ----------
    file : VolumeFile
        The series.
    volume_measures : VolumeMeasures
        What the first pass measured, over time.
    turn : Turn
        How the image is stored, as `find_turn` returns it.
    phase_axis : int or None
        The stored axis of phase encoding; None if it is not known.

    Returns
    -------
    Series or None
        Measures that cannot be taken are left out; None if the mean of the series shows no brain.
    """
    average = volume_measures.average
    if average is None:
        raise TypeError("a series is measured after its first pass over time")
    voxel_mm = (file.voxel_mm[0], file.voxel_mm[1], file.voxel_mm[2])
    up = (turn[2][0], -1 if turn[2][1] else 1)
    head = find_head(average, voxel_mm)
    brain = find_brain(average, head, voxel_mm, up=up, shows_skin=False)
    n_settling = count_settling(volume_measures.signal)
    if np.count_nonzero(brain) < _FEWEST_BRAIN:
        return None
    n_settling = count_settling(volume_measures.signal)
    followed = _Followed(file, brain, volume_measures.signal)
    followed.run(n_settling)
    series = _gather(followed, brain, n_settling)
    measures = {
        **_measure_time(series, followed.values[:, ~followed.is_lost]),
        **_measure_space(average, head, brain, turn),
        **_measure_coverage(brain, voxel_mm, up),
        "tsnr": _median_tsnr(volume_measures, brain),
        "dummy_trs": float(n_settling),
        "n_lost": float(followed.is_lost.sum()),
    }
    if phase_axis is not None:
        measures["gsr"] = ghost_to_signal(average, brain, phase_axis)
    series.measures.update({name: float(v) for name, v in measures.items() if np.isfinite(v)})
    return series


class _Followed:
    """What is taken from each volume: movement, voxels of the brain, brightness of each slice."""

    def __init__(
        self,
        file: VolumeFile,
        brain: NDArray[np.bool_],
        signal: NDArray[np.float64],
    ) -> None:
        n = file.n_volumes
        self._file, self._brain = file, brain
        inside = np.flatnonzero(brain)
        spread = np.linspace(0, max(inside.size - 1, 0), min(_N_FOLLOWED, inside.size))
        self._chosen = inside[spread.round().astype(np.int64)]
        self.values = np.zeros((self._chosen.size, n), np.float32)
        self.motion = np.full((n, 6), np.nan)
        self.is_lost = np.abs(signal) < LOST_SHARE * float(np.median(np.abs(signal)))
        self._n_inside = np.count_nonzero(brain, axis=(0, 1))
        self.slices = np.zeros((brain.shape[2], n))

    def run(self, first: int) -> None:
        """Go over the volumes; the one of this number is what others are compared with."""
        waiting: list[tuple[int, NDArray[np.float32]]] = []
        realigner: Realigner | None = None
        for t, volume in enumerate(iterate_volumes(self._file)):
            self._take(t, volume)
            waiting.append((t, volume))
            if realigner is None and t >= first and not self.is_lost[t]:
                realigner = Realigner(volume, self._brain, self._file.affine)
            if realigner is not None:
                for at, one in waiting:
                    if not self.is_lost[at]:
                        self.motion[at] = realigner.follow(one)
                waiting = []

    def _take(self, t: int, volume: NDArray[np.float32]) -> None:
        """Keep the chosen voxels and the mean of each slice."""
        # Slices lie along the third stored axis unless a sidecar says otherwise, which is rare.
        self.values[:, t] = volume.ravel()[self._chosen]
        sums = np.where(self._brain, volume, 0).sum(axis=(0, 1), dtype=np.float64)
        self.slices[:, t] = sums / np.maximum(self._n_inside, 1)

    def spiking(self) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return which slices spike in which volume, and the largest z of each volume."""
        scores = np.zeros(self.slices.shape)
        for k in np.flatnonzero(self._n_inside >= _FEWEST_VOXELS):
            scores[k] = score_slice(self.slices[k])
        scores[:, self.is_lost] = 0
        return scores > SPIKE_Z, scores.max(axis=0, initial=0.0)


def iterate_volumes(file: VolumeFile) -> Iterator[NDArray[np.float32]]:
    """Yield the volumes of an image in order; what is no number is 0."""
    parts: list[NDArray[np.float32]] = []
    for slab in file.slabs():
        parts.append(np.nan_to_num(slab.values, nan=0.0, posinf=0.0, neginf=0.0))
        if slab.first + slab.values.shape[2] == file.shape[2]:
            yield parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
            parts = []


def score_slice(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far a slice stands out in each volume, in robust standard deviations.

    A slow drift is taken away first: the median of the five volumes around. The deviation is
    that of the steps between volumes. What is within 5 percent of the drift counts as 0, however
    quiet the slice is.

    Examples
    --------
    >>> signal = np.random.default_rng(7).normal(1000, 3, 41)
    >>> signal[17] += 90
    >>> np.flatnonzero(score_slice(signal) > 8).tolist()
    [17]
    """
    padded = np.pad(signal, _N_AROUND // 2, mode="edge")
    local = np.median(np.lib.stride_tricks.sliding_window_view(padded, _N_AROUND), axis=1)
    rest = np.abs(signal - local)
    is_large = rest > SPIKE_SHARE * abs(float(np.median(signal)))
    spread = float(robust_scale(np.diff(signal)[None])[0]) / np.sqrt(2)
    scores = rest / spread if spread > 0 else np.full(signal.size, np.inf)
    return np.where(is_large, scores, 0.0)


def _gather(followed: _Followed, brain: NDArray[np.bool_], n_settling: int) -> Series:
    """Return the series over time of what was followed."""
    displacement = framewise_displacement(followed.motion)
    spikes, spike_z = followed.spiking()
    return Series(
        measures={},
        brain=brain,
        motion=followed.motion,
        displacement_mm=displacement,
        dvars=measure_dvars(followed.values),
        outliers=outlier_shares(followed.values),
        distances=median_distances(followed.values),
        spikes=spikes,
        spike_z=spike_z,
        is_lost=followed.is_lost,
        n_settling=n_settling,
    )


def _measure_time(series: Series, steady: NDArray[np.float32]) -> dict[str, float]:
    """Return the measures over time; `steady` is without volumes that were lost."""
    steps = series.displacement_mm[np.isfinite(series.displacement_mm)]
    found = {
        "fd_mean": float(steps.mean()) if steps.size else np.nan,
        "fd_max": float(steps.max(initial=0.0)),
        "fd_num": float(np.count_nonzero(steps > FD_MM)),
        "fd_perc": 100 * float(np.mean(steps > FD_MM)) if steps.size else np.nan,
        "n_spikes": float(np.count_nonzero(series.spikes)),
        "aor": float(series.outliers.mean()),
        "aqi": float(np.nanmean(series.distances))
        if np.isfinite(series.distances).any()
        else np.nan,
        "size_t": float(series.outliers.size),
    }
    if steady.shape[1] > 1:
        found["gcor"] = global_correlation(steady)
        dvars = measure_dvars(steady)
        for name in ("nstd", "std", "vstd"):
            kind = {"nstd": dvars.plain, "std": dvars.standard, "vstd": dvars.voxel_standard}[name]
            found[f"dvars_{name}"] = float(kind[1:].mean())
    return found


def _measure_space(
    average: NDArray[np.float32], head: NDArray[np.bool_], brain: NDArray[np.bool_], turn: Turn
) -> dict[str, float]:
    """Return the measures of the mean image."""
    widths = smoothness_voxels(average, brain)
    return {
        "efc": focus_entropy(average),
        "fber": foreground_energy(average, head),
        "snr": signal_to_noise(TissueValues.of(average[brain])),
        **dict(zip(("fwhm_x", "fwhm_y", "fwhm_z"), widths, strict=True)),
        "fwhm_avg": float(np.mean(widths)),
        "gsr_x": ghost_to_signal(average, brain, turn[0][0]),
        "gsr_y": ghost_to_signal(average, brain, turn[1][0]),
    }


def _measure_coverage(
    brain: NDArray[np.bool_], voxel_mm: tuple[float, float, float], up: tuple[int, int]
) -> dict[str, float]:
    """Return how much brain there is, and how much of it the first and last slices cut."""
    axis, sign = up
    areas = np.count_nonzero(brain, axis=tuple(a for a in range(3) if a != axis))
    bottom_up = areas[::sign]
    largest = max(int(areas.max()), 1)
    return {
        "brain_ml": float(np.count_nonzero(brain) * np.prod(voxel_mm) / 1000),
        "cut_top": float(bottom_up[-1] / largest),
        "cut_bottom": float(bottom_up[0] / largest),
    }


def _median_tsnr(measures: VolumeMeasures, brain: NDArray[np.bool_]) -> float:
    """Return the median over the brain of the mean over the deviation in time."""
    if measures.average is None or measures.deviation is None:
        return np.nan
    usable = brain & (measures.deviation > 0)
    ratio = measures.average[usable] / measures.deviation[usable]
    return float(np.median(ratio)) if ratio.size else np.nan
