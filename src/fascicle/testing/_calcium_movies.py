"""Calcium imaging with a known truth: spikes, cells, neuropil, movement and photons are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FINE_HZ = 1000.0
_BURST_S = 0.02
_MARGIN = 3


@dataclass(frozen=True, slots=True)
class CalciumTruth:
    """A trace of calcium and the spikes that made it.

    Attributes
    ----------
    trace : ndarray of float64, shape (n_frames,)
        Change of fluorescence over its baseline (dF/F), with noise and drift.
    clean : ndarray of float64, shape (n_frames,)
        The same without noise and drift.
    spikes_s : ndarray of float64, shape (n_spikes,)
        Times of the spikes, in seconds; frame ``i`` begins at ``i / rate_hz`` and sees the cell
        half a frame later, as a scanning microscope does on the mean.
    """

    trace: NDArray[np.float64]
    clean: NDArray[np.float64]
    spikes_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MovieTruth:
    """A movie and everything that it was made of.

    Attributes
    ----------
    movie : ndarray of uint16, shape (n_frames, height, width)
        Counts of photons.
    masks : ndarray of bool, shape (n_cells, height, width)
        Where the cells are before they move.
    traces : ndarray of float64, shape (n_cells, n_frames)
        Change of each cell's fluorescence over its baseline.
    spikes_s : tuple of ndarray of float64
        Times of each cell's spikes, in seconds.
    shifts_px : ndarray of float64, shape (n_frames, 2)
        By how much each frame is moved down and to the right.
    rate_hz : float
        Frames in a second.
    """

    movie: NDArray[np.uint16]
    masks: NDArray[np.bool_]
    traces: NDArray[np.float64]
    spikes_s: tuple[NDArray[np.float64], ...]
    shifts_px: NDArray[np.float64]
    rate_hz: float


@dataclass(frozen=True, slots=True)
class MovieDraft:
    """What a movie should be like.

    Attributes
    ----------
    shape : tuple of int
        Frames, rows, columns.
    n_cells : int
        How many cells; fewer where there is no room for them.
    rate_hz : float
        Frames in a second.
    photons : float
        Mean count of a pixel of the background: fewer are noisier.
    motion_px : float
        Standard deviation of the movement; 0 for none.
    radius_px : float
        Of a cell.
    decay_s : float
        Time constant of the indicator.
    """

    shape: tuple[int, int, int] = (601, 79, 93)
    n_cells: int = 12
    rate_hz: float = 15.0
    photons: float = 20.0
    motion_px: float = 0.0
    radius_px: float = 4.5
    decay_s: float = 0.7


def simulate_calcium(
    seed: int,
    *,
    n_frames: int = 1801,
    rate_hz: float = 30.0,
    decay_s: float = 0.7,
    noise: float = 0.1,
    spikes_hz: float = 0.5,
) -> CalciumTruth:
    """Return a trace with known spikes: bursts, a rise of 30 ms, a decay, drift and noise.

    Parameters
    ----------
    seed : int
        The same seed gives the same trace.
    n_frames : int
        Its length.
    rate_hz : float
        Frames in a second.
    decay_s : float
        Time constant of the decay, in seconds.
    noise : float
        Standard deviation of the noise; one spike makes 0.2 at its height.
    spikes_hz : float
        Mean rate of the spikes.

    Returns
    -------
    CalciumTruth
        Spikes come alone or in bursts of up to three, at rates that change from minute to minute.

    Examples
    --------
    >>> truth = simulate_calcium(3, n_frames=301)
    >>> truth.trace.shape, bool(len(truth.spikes_s) > 0)
    ((301,), True)
    """
    rng = np.random.default_rng(seed)
    spikes_s = _draw_spikes(rng, n_frames / rate_hz, spikes_hz)
    clean = _respond(spikes_s, n_frames, rate_hz, decay_s)
    times_s = np.arange(n_frames) / rate_hz
    drift = 0.1 * np.sin(2 * np.pi * (times_s / 97.0 + rng.random()))
    return CalciumTruth(clean + drift + rng.normal(0, noise, n_frames), clean, spikes_s)


def simulate_calcium_movie(seed: int, draft: MovieDraft | None = None) -> MovieTruth:
    """Return a movie of cells with dark nuclei in a flickering neuropil, and its truth.

    Parameters
    ----------
    seed : int
        The same seed gives the same movie.
    draft : MovieDraft, optional
        What it should be like.

    Returns
    -------
    MovieTruth
        Each cell lies on the neuropil, which brightens and dims as a whole and from place to
        place; every pixel counts photons (Poisson).

    Examples
    --------
    >>> truth = simulate_calcium_movie(3, MovieDraft(shape=(31, 41, 53), n_cells=3))
    >>> truth.movie.shape, truth.masks.shape
    ((31, 41, 53), (3, 41, 53))
    """
    plan = draft or MovieDraft()
    rng = np.random.default_rng(seed)
    n_frames = plan.shape[0]
    centres = _place_cells(rng, plan)
    spikes = tuple(
        _draw_spikes(rng, n_frames / plan.rate_hz, float(rng.uniform(0.15, 0.6))) for _ in centres
    )
    traces = np.array([
        float(rng.uniform(0.7, 1.4)) * 1.5 * _respond(times, n_frames, plan.rate_hz, plan.decay_s)
        for times in spikes
    ]).reshape(len(centres), n_frames)
    radii = plan.radius_px * rng.uniform(0.85, 1.15, (len(centres), 2))
    shifts = _wander(rng, n_frames, plan.motion_px)
    scenes = _Scene(rng, plan, centres, radii)
    movie = np.empty(plan.shape, np.uint16)
    for i in range(n_frames):
        movie[i] = rng.poisson(plan.photons * scenes.draw(traces[:, i], i, shifts[i]))
    masks = scenes.footprints(np.zeros(2)) > 0.5
    return MovieTruth(movie, masks, traces, spikes, shifts, plan.rate_hz)


class _Scene:
    """What stands under the microscope, drawn at any shift without loss."""

    def __init__(
        self,
        rng: np.random.Generator,
        plan: MovieDraft,
        centres: NDArray[np.float64],
        radii: NDArray[np.float64],
    ) -> None:
        n_frames, self._height, self._width = plan.shape
        self._centres, self._radii = centres, radii
        self._levels = rng.uniform(0.6, 1.2, len(centres))
        # Fibres and vessels stand still in the tissue: what movement is seen by.
        self._waves = rng.uniform(-0.6, 0.6, (24, 2))
        self._phases = rng.uniform(0, 2 * np.pi, 24)
        times_s = np.arange(n_frames) / plan.rate_hz
        slow = np.cumsum(rng.normal(0, 1, (3, n_frames)), axis=1)
        slow -= slow.mean(axis=1, keepdims=True)
        self._flicker = 0.12 * slow / np.maximum(slow.std(axis=1, keepdims=True), 1e-9)
        self._fade = np.exp(-times_s / 600.0)

    def footprints(self, shift: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weight of each cell in each pixel, shape (n_cells, height, width)."""
        weights = np.zeros((len(self._centres), self._height, self._width))
        for cell, layer in enumerate(weights):
            patch, values = self._patch(cell, shift)
            layer[patch] = values
        return weights

    def _patch(
        self, cell: int, shift: NDArray[np.float64]
    ) -> tuple[tuple[slice, slice], NDArray[np.float64]]:
        """Return where a cell has any weight, and its weights there."""
        place, radius = self._centres[cell] + shift, self._radii[cell]
        low = np.maximum(np.floor(place - 2.2 * radius), 0).astype(int)
        high = np.maximum(np.ceil(place + 2.2 * radius), 0).astype(int) + 1
        down = (np.arange(low[0], min(high[0], self._height)) - place[0]) / radius[0]
        right = (np.arange(low[1], min(high[1], self._width)) - place[1]) / radius[1]
        distance = np.hypot(down[:, None], right)
        edge = 1 / (1 + np.exp(np.minimum((distance - 1) * 9.0, 60)))
        nucleus = 0.35 * np.exp(-((distance / 0.45) ** 2))
        patch = (slice(low[0], low[0] + len(down)), slice(low[1], low[1] + len(right)))
        return patch, edge * (1 - nucleus)

    def draw(
        self, activity: NDArray[np.float64], frame: int, shift: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the brightness of one frame, about 1 on the mean."""
        rows, columns = np.arange(self._height) - shift[0], np.arange(self._width) - shift[1]
        # cos(ar + bc + p) as the real part of a product: (height, n_waves) by (n_waves, width)
        left = np.exp(1j * (np.outer(rows, self._waves[:, 0]) + self._phases))
        right = np.exp(1j * np.outer(self._waves[:, 1], columns))
        tissue = 1 + 0.08 * (left @ right).real
        one, two, three = self._flicker[:, frame]
        place = 2 * np.pi / max(self._height, self._width)
        neuropil = 1 + one + two * np.cos(place * rows)[:, None] + three * np.sin(place * columns)
        light: NDArray[np.float64] = np.maximum(tissue, 0.2) * np.maximum(neuropil, 0.1)
        for cell, brightness in enumerate(self._levels * (1 + activity)):
            patch, weights = self._patch(cell, shift)
            light[patch] += brightness * weights
        return light * float(self._fade[frame])


def _draw_spikes(
    rng: np.random.Generator, duration_s: float, spikes_hz: float
) -> NDArray[np.float64]:
    """Return times of single spikes and bursts, in order."""
    n_fine = round(duration_s * _FINE_HZ)
    busy = rng.gamma(2.0, 0.5, max(1, int(duration_s / 20) + 1))
    chance = spikes_hz / _FINE_HZ / 1.5 * np.repeat(busy, int(20 * _FINE_HZ))[:n_fine]
    chance = np.resize(chance, n_fine)
    starts = np.flatnonzero(rng.random(n_fine) < chance) / _FINE_HZ
    sizes = rng.choice([1, 2, 3], len(starts), p=[0.65, 0.2, 0.15])
    own = np.concatenate([np.arange(size) for size in sizes]) if len(sizes) else np.zeros(0)
    times = np.repeat(starts, sizes) + _BURST_S * own
    return np.sort(times[times < duration_s])


def _respond(
    spikes_s: NDArray[np.float64], n_frames: int, rate_hz: float, decay_s: float
) -> NDArray[np.float64]:
    """Return what the indicator makes of spikes, 0.2 at the height of a single one."""
    times_s = (np.arange(n_frames) + 0.5) / rate_hz
    response = np.zeros(n_frames)
    for spike in spikes_s:
        first = int(np.searchsorted(times_s, spike))
        since = times_s[first : first + int(8 * decay_s * rate_hz) + 2] - spike
        response[first : first + len(since)] += np.exp(-since / decay_s) - np.exp(-since / 0.03)
    return 0.2 * response


def _place_cells(rng: np.random.Generator, plan: MovieDraft) -> NDArray[np.float64]:
    """Return centres that are at least two radii apart, shape (n_cells, 2)."""
    _, height, width = plan.shape
    edge = plan.radius_px * 1.2 + _MARGIN + 2 * plan.motion_px
    found: list[NDArray[np.float64]] = []
    for _ in range(400 * plan.n_cells):
        if len(found) == plan.n_cells:
            break
        place = np.array([rng.uniform(edge, height - edge), rng.uniform(edge, width - edge)])
        if all(np.hypot(*(place - other)) > 2.1 * plan.radius_px for other in found):
            found.append(place)
    return np.array(found).reshape(-1, 2)


def _wander(rng: np.random.Generator, n_frames: int, motion_px: float) -> NDArray[np.float64]:
    """Return a slow walk with jumps, its mean at 0."""
    steps = rng.normal(0, 1, (n_frames, 2))
    kernel = np.hanning(9) / np.hanning(9).sum()
    walk = np.stack([np.convolve(axis, kernel, mode="same") for axis in steps.T], axis=1)
    walk += 0.3 * rng.normal(0, 1, (n_frames, 2))
    walk -= walk.mean(axis=0)
    scale = walk.std()
    return motion_px * walk / scale if scale > 0 else walk
