"""Cells in a movie of calcium: where pixels flash together, apart from what is around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._motion_shifts import Blocks

RADII_PX: Final = (3.0, 6.0)
"""Radii that cells are first looked for with, where none is given."""

MAX_CELLS: Final = 500
MIN_BINS: Final = 40
"""Fewer moments do not tell whether pixels flash together."""

_SLOW_BINS = 31
_MAX_SLOPE = 2.0
_MAX_BYTES = 256 << 20
_ACTIVE_Z = 3.0
_LEAST_SCORE = 0.12
_EDGE_SHARE = 0.3
_MIN_RELIABILITY = 0.35
_RELIABILITY_Z = 6.0
_MIN_SKEWNESS = 0.9
_N_REFINED = 4
_N_FIRST = 12
_MIN_RADIUS_PX, _MAX_RADIUS_PX = 2.0, 15.0


CELL_CONFIDENCE: Final = (-8.82, 1.62, 3.71)
"""Constant, slope of the skewness, slope of the log of z: what ``scripts/calcium_confidence.py``
fits on simulated movies."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """One cell.

    Attributes
    ----------
    rows, columns : ndarray of int, shape (n_pixels,)
        Its pixels.
    weights : ndarray of float64, shape (n_pixels,)
        How much each follows the cell, 1 for the one that does most.
    reliability : float
        Correlation of the flashes of two halves of the cell, from 0 to 1: the mean over a cut
        from top to bottom and one from left to right.
    z : float
        The same as distance from 0, in standard deviations of chance for traces as slow as these.
    skewness : float
        Of the trace: flashes rise and do not fall, neuropil does both.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    weights: NDArray[np.float64]
    reliability: float
    z: float
    skewness: float

    @property
    def confidence(self) -> float:
        """How likely it is a cell, as on simulated movies."""
        constant, skew, firm = CELL_CONFIDENCE
        score = constant + skew * self.skewness + firm * np.log(self.z)
        return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))


def bin_frames(blocks: Blocks, n_frames: int, n_bins: int) -> NDArray[np.float32]:
    """Return a movie as means of stretches of frames, as many as memory holds.

    Parameters
    ----------
    blocks : callable
        Yields blocks of frames, shape (n_block, height, width), in order.
    n_frames : int
        How many frames come.
    n_bins : int
        How many stretches are wanted; fewer where they would take more than 256 MB.

    Returns
    -------
    ndarray of float32, shape (n_bins, height, width)
        In the unit of the movie; frames after the last whole stretch are left out.

    Raises
    ------
    InputError
        FSC158 if there are fewer frames than 1, or others come than were said.

    Examples
    --------
    >>> movie = np.arange(7.0)[:, None, None] * np.ones((7, 3, 5))
    >>> bin_frames(lambda: [movie[:4], movie[4:]], 7, 3)[:, 0, 0].tolist()
    [0.5, 2.5, 4.5]
    """
    binned: NDArray[np.float32] | None = None
    length, frame = 1, 0
    for block in blocks():
        if binned is None:
            n_held = max(1, min(n_bins, n_frames, _MAX_BYTES // (4 * block[0].size)))
            length = n_frames // n_held
            binned = np.zeros((n_frames // length, *block.shape[1:]), np.float32)
        places = (frame + np.arange(len(block))) // length
        for place in np.unique(places[places < len(binned)]):
            binned[place] += block[places == place].sum(axis=0)
        frame += len(block)
    if binned is None or frame != n_frames:
        raise InputError(
            "FSC158",
            f"Expected a movie of {n_frames} frames, got {frame}.",
            "Give all frames of the movie, at least one.",
        )
    return binned / np.float32(length)


def find_footprints(
    binned: NDArray[np.float32], *, radius_px: float | None = None
) -> tuple[Footprint, ...]:
    r"""Find cells one after another: the brightest flashes, the pixels that share them, away.

    Each pixel is freed of its running mean (31 moments) and of what it shares with the mean around
    it (a square of six radii, by regression: neuropil), and counted in its own noise. A disk of the
    cell's size is laid on every place; where its sum exceeds three standard deviations most
    strongly, a cell is begun. Its pixels are those whose flashes follow

    .. math:: w_p = \frac{\sum_{t \in A} c_t\, y_{pt}}{\sum_{t \in A} c_t^2}, \quad
              A = \{t : c_t > 3 \sigma_c\},

    a factor of rank 1 that is refined four times [1]_, cut at 0.3 of its maximum and to one piece.
    What it explains is taken away, and the next cell is begun. A cell is kept if its halves flash
    together: cut twice, the traces of both sides must correlate above 0.35, and above six standard
    deviations of chance; and if its trace rises more than it falls (skewness of at least 0.9).

    Parameters
    ----------
    binned : ndarray of float32, shape (n_bins, height, width)
        Frames moved upon one another, means of about half a second each (`bin_frames`); changed
        in place.
    radius_px : float, optional
        Radius of a cell. Where none is given, up to twelve are found with each of `RADII_PX`, and
        the median radius of the stronger dozen is taken.

    Returns
    -------
    tuple of Footprint
        In the order in which they were found, the strongest first; at most 500.

    Raises
    ------
    InputError
        FSC158 if it is no movie of at least 40 moments.

    Notes
    -----
    A cell that never flashes is not found. Cells on top of one another that flash together are
    one; movement that was not corrected makes edges flash, which may look like cells.

    References
    ----------
    .. [1] M. Pachitariu et al. (2017), doi:10.1101/061507

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> movie = rng.normal(100, 5, (200, 41, 53)).astype(np.float32)
    >>> movie[::20, 10:18, 30:38] += 40
    >>> [(int(f.rows.mean()), int(f.columns.mean())) for f in find_footprints(movie)]
    [(13, 33)]
    """
    if binned.ndim != 3 or len(binned) < MIN_BINS or min(binned.shape) < 2:
        raise InputError(
            "FSC158",
            f"Expected a movie of at least {MIN_BINS} moments, got shape {binned.shape}.",
            "Give a longer movie of one plane.",
        )
    if radius_px is None:
        radius_px = _choose_radius(binned)
    return tuple(_peel(_flatten(binned, radius_px), radius_px))


def _flatten(binned: NDArray[np.float32], radius_px: float) -> NDArray[np.float32]:
    """Return each pixel without its mean and its surroundings, in its own noise, in place."""
    from scipy.ndimage import uniform_filter, uniform_filter1d

    n_slow = min(_SLOW_BINS, 2 * (len(binned) // 4) + 1)
    for row in range(binned.shape[1]):
        line = binned[:, row]
        line -= uniform_filter1d(line, n_slow, axis=0, mode="nearest")
    size = 2 * round(3 * radius_px) + 1
    shared, strength = np.zeros(binned.shape[1:]), np.zeros(binned.shape[1:])
    for frame in binned:
        around = uniform_filter(frame, size, mode="reflect")
        shared += frame * around
        strength += around**2
    # A bright cell is a part of what is around it: more than twice that is the cell itself.
    slope = np.clip(shared / np.maximum(strength, 1e-30), 0, _MAX_SLOPE).astype(np.float32)
    squares = np.zeros(binned.shape[1:])
    last = None
    for frame in binned:
        frame -= slope * uniform_filter(frame, size, mode="reflect")
        if last is not None:
            squares += (frame - last) ** 2
        last = frame
    noise = np.sqrt(squares / (2 * (len(binned) - 1)))
    # A pixel that hardly changes is no more certain than its neighbours.
    floor = 0.3 * float(np.median(noise[noise > 0])) if (noise > 0).any() else 1.0
    binned /= np.maximum(noise, floor).astype(np.float32)
    return binned


def _choose_radius(binned: NDArray[np.float32]) -> float:
    """Return the radius of the strongest cells, looked for as small ones and as large ones."""
    best, chosen = 0.0, RADII_PX[0]
    for radius in RADII_PX:
        cells = list(islice(_peel(_flatten(binned.copy(), radius), radius), _N_FIRST))
        if sum(cell.z for cell in cells) > best:
            best = sum(cell.z for cell in cells)
            areas = [len(cell.rows) for cell in cells]
            chosen = float(np.sqrt(np.median(areas) / np.pi))
    return min(max(chosen, _MIN_RADIUS_PX), _MAX_RADIUS_PX)


def _smooth(movie: NDArray[np.float32], radius_px: float) -> NDArray[np.float32]:
    """Return what lies under a soft disk at each place, in the standard deviations of noise."""
    from scipy.ndimage import gaussian_filter

    sigma = radius_px / 1.6
    # The sum of squares of a Gaussian's weights is 1 / (4 pi sigma^2).
    scale = np.float32(2 * np.sqrt(np.pi) * sigma)
    return scale * np.asarray(gaussian_filter(movie, (0, sigma, sigma), mode="constant"))


def _score(smooth: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how strongly each place flashes: mean square of what exceeds the noise."""
    score = np.zeros(smooth.shape[1:])
    for frame in smooth:
        score += np.where(frame > _ACTIVE_Z, frame, 0.0) ** 2
    flat: NDArray[np.float64] = score / len(smooth)
    return flat


def _peel(movie: NDArray[np.float32], radius_px: float) -> Iterator[Footprint]:
    """Yield cells, and take each out of the movie."""
    score = _score(_smooth(movie, radius_px))
    n_tried = 0
    while n_tried < 3 * MAX_CELLS and score.max() > _LEAST_SCORE:
        n_tried += 1
        seed = np.unravel_index(int(np.argmax(score)), score.shape)
        patch = _around(seed, 3 * radius_px, score.shape)
        found = _refine(movie[:, patch[0], patch[1]], seed, patch, radius_px)
        if found is None:
            _forget(score, seed, radius_px)
            continue
        weights, trace = found
        cell = _judge(movie[:, patch[0], patch[1]], weights, trace, patch)
        movie[:, patch[0], patch[1]] -= np.multiply.outer(trace, weights).astype(np.float32)
        _update(score, movie, patch, radius_px)
        if cell is None or not np.pi * radius_px**2 / 4 <= len(cell.rows) < 40 * radius_px**2:
            _forget(score, seed, radius_px)
            continue
        yield cell


def _around(
    place: tuple[np.intp, ...], reach_px: float, shape: tuple[int, ...]
) -> tuple[slice, slice]:
    """Return the square around a place, cut at the edges."""
    reach = int(np.ceil(reach_px))
    first, second = (
        slice(max(0, int(at) - reach), min(n, int(at) + reach + 1))
        for at, n in zip(place, shape, strict=True)
    )
    return first, second


def _refine(
    part: NDArray[np.float32],
    seed: tuple[np.intp, ...],
    patch: tuple[slice, slice],
    radius_px: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return weights and trace of the cell at a place; None if nothing holds together."""
    from scipy.ndimage import gaussian_filter, label

    rows, columns = (
        np.arange(axis.start, axis.stop) - at for axis, at in zip(patch, seed, strict=True)
    )
    weights = np.where(np.hypot(rows[:, None], columns) <= radius_px, 1.0, 0.0)
    trace = np.zeros(len(part))
    for _ in range(_N_REFINED):
        trace = np.tensordot(part, weights, axes=2) / np.sum(weights**2)
        spread = 1.4826 * float(np.median(np.abs(trace - np.median(trace))))
        active = trace > np.median(trace) + _ACTIVE_Z * spread
        if active.sum() < 2:
            return None
        own = trace[active]
        fresh = np.tensordot(own, part[active], axes=1) / (own @ own)
        fresh = gaussian_filter(fresh, 0.7)
        pieces, _ = label(fresh > _EDGE_SHARE * fresh.max())
        middle = np.unravel_index(int(np.argmax(fresh * (weights > 0))), fresh.shape)
        if not pieces[middle]:
            return None
        weights = np.where(pieces == pieces[middle], fresh, 0.0)
        weights /= weights.max()
    trace = np.tensordot(part, weights, axes=2) / np.sum(weights**2)
    return weights, trace


def _judge(
    part: NDArray[np.float32],
    weights: NDArray[np.float64],
    trace: NDArray[np.float64],
    patch: tuple[slice, slice],
) -> Footprint | None:
    """Return the cell with how far its halves flash together; None if they do not."""
    rows, columns = np.nonzero(weights)
    own = weights[rows, columns]
    correlations, distances = [], []
    for places in (rows, columns):
        middle = np.median(places)
        # A line of pixels between the halves: neighbours share noise where frames were moved.
        sides = [places < middle - 0.4, places > middle + 0.4]
        if min(side.sum() for side in sides) < 2:
            return None
        halves = [part[:, rows[side], columns[side]] @ own[side] for side in sides]
        correlations.append(_correlation(*halves))
        distances.append(_distance(correlations[-1], *halves))
    reliability, z = float(np.mean(correlations)), float(np.mean(distances))
    apart = trace - trace.mean()
    skewness = float(np.mean(apart**3) / max(float(np.mean(apart**2)) ** 1.5, 1e-300))
    if reliability < _MIN_RELIABILITY or z < _RELIABILITY_Z or skewness < _MIN_SKEWNESS:
        return None
    corner = (patch[0].start, patch[1].start)
    return Footprint(rows + corner[0], columns + corner[1], own, reliability, z, skewness)


def _correlation(one: NDArray[np.floating[Any]], two: NDArray[np.floating[Any]]) -> float:
    """Return the correlation of two traces; 0 if one never changes."""
    first, second = one - one.mean(), two - two.mean()
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size > 0 else 0.0


def _distance(
    correlation: float, one: NDArray[np.floating[Any]], two: NDArray[np.floating[Any]]
) -> float:
    """Return a correlation in standard deviations of chance, for traces that change slowly.

    Two traces whose neighbours correlate by a and b hold as much as n (1 - ab) / (1 + ab) moments
    (M. S. Bartlett, 1935).
    """
    slow = max(_correlation(one[1:], one[:-1]) * _correlation(two[1:], two[:-1]), 0.0)
    n_free = max((len(one) - 3) * (1 - slow) / (1 + slow), 1.0)
    return float(np.arctanh(np.clip(correlation, 0.0, 0.999999)) * np.sqrt(n_free))


def _update(
    score: NDArray[np.float64],
    movie: NDArray[np.float32],
    patch: tuple[slice, slice],
    radius_px: float,
) -> None:
    """Score again what a cell was taken out of; a place never rises."""
    reach = int(np.ceil(3 * radius_px))
    wide = tuple(
        slice(max(0, axis.start - reach), min(n, axis.stop + reach))
        for axis, n in zip(patch, score.shape, strict=True)
    )
    fresh = _score(_smooth(movie[:, wide[0], wide[1]], radius_px))
    inner = tuple(
        slice(axis.start - outer.start, axis.stop - outer.start)
        for axis, outer in zip(patch, wide, strict=True)
    )
    score[patch] = np.minimum(score[patch], fresh[inner])


def _forget(score: NDArray[np.float64], seed: tuple[np.intp, ...], radius_px: float) -> None:
    """Look at a place no more."""
    score[_around(seed, radius_px / 2, score.shape)] = 0.0
