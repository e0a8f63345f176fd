"""How far each frame of a movie is moved, to parts of a pixel, block after block."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

Blocks = Callable[[], Iterable[NDArray[np.float64]]]
"""Yields blocks of shape ``(n_block, height, width)``, from the first frame, whenever called."""

_MAX_SHARE = 0.2
_N_FIRST = 200
_SMOOTH_PX = 1.2


@dataclass(frozen=True, slots=True)
class MotionShifts:
    """Movement of every frame of a movie.

    Attributes
    ----------
    shifts_px : ndarray of float64, shape (n_frames, 2)
        By how much each frame is moved down and to the right of the template.
    sharpness : ndarray of float64, shape (n_frames,)
        Height of the correlation's peak, in its standard deviations.
    template : ndarray of float64, shape (height, width)
        Mean of the frames, moved back.
    """

    shifts_px: NDArray[np.float64]
    sharpness: NDArray[np.float64]
    template: NDArray[np.float64]


def find_motion(blocks: Blocks, *, n_rounds: int = 2, max_px: float | None = None) -> MotionShifts:
    r"""Find the rigid movement of every frame against the mean of all of them.

    .. math:: r = \mathcal F^{-1}\left(\frac{F \overline{G}}{|F \overline{G}|}\, W\right)

    with :math:`F` and :math:`G` the spectra of frame and template under a window and :math:`W` a
    Gaussian low pass of 1.2 pixels; the movement is the top of the parabola through the highest
    value of :math:`r` and its neighbours. The template begins as the mean of up to 200 frames, and
    is the mean of the frames moved back from the second round on [1]_ [2]_.

    Parameters
    ----------
    blocks : callable
        Yields blocks of frames, shape (n_block, height, width), in any unit, whenever called.
    n_rounds : int
        How often the movie is read for its movement; once more for the first template.
    max_px : float, optional
        Largest movement that is looked for; a fifth of the shorter side where it is not given.

    Returns
    -------
    MotionShifts
        With a median movement of 0.

    Raises
    ------
    InputError
        FSC158 if there are no frames, or frames differ in size.

    Notes
    -----
    Frames so noisy that nothing stands out have a sharpness of about 5 or less, and their movement
    is chance. Movement within a frame, out of the plane, or as a rotation is not seen.

    References
    ----------
    .. [1] C. D. Kuglin, D. C. Hines (1975), The phase correlation image alignment method,
       Proc. IEEE Int. Conf. Cybernetics and Society, 163-165.
    .. [2] M. Guizar-Sicairos, S. T. Thurman, J. R. Fienup (2008), doi:10.1364/OL.33.000156

    Examples
    --------
    >>> scene = np.random.default_rng(3).normal(size=(61, 73)).cumsum(axis=0).cumsum(axis=1)
    >>> movie = np.stack([np.roll(scene, down, axis=0) for down in (0, 0, 0, 2, 0)])
    >>> find_motion(lambda: [movie]).shifts_px[:, 0].round().tolist()
    [0.0, 0.0, 0.0, 2.0, 0.0]
    """
    template = _first_template(blocks)
    limit = _MAX_SHARE * min(template.shape) if max_px is None else max_px
    for _ in range(max(1, n_rounds)):
        seeker = _Seeker(template, limit)
        total, n_frames = np.zeros(template.shape), 0
        rows, heights = [], []
        for block in blocks():
            shifts, sharpness = seeker.find(block)
            total += move_back(block, shifts).sum(axis=0)
            n_frames += len(block)
            rows.append(shifts)
            heights.append(sharpness)
        template = total / n_frames
    found = np.concatenate(rows)
    return MotionShifts(found - np.median(found, axis=0), np.concatenate(heights), template)


def move_back(block: NDArray[np.float64], shifts_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return frames moved back by their shifts, with straight lines between pixels.

    Parameters
    ----------
    block : ndarray of float64, shape (n_block, height, width)
        Frames, in any unit.
    shifts_px : ndarray of float64, shape (n_block, 2)
        By how much each is moved down and to the right.

    Returns
    -------
    ndarray of float64, shape (n_block, height, width)
        In the unit of `block`; pixels from beyond the edge repeat the edge.

    Raises
    ------
    InputError
        FSC158 if there is not one shift for each frame.

    Examples
    --------
    >>> frame = np.arange(15.0).reshape(1, 3, 5)
    >>> move_back(frame, np.array([[0.0, 1.5]]))[0, 0].tolist()
    [1.5, 2.5, 3.5, 4.0, 4.0]
    """
    if block.ndim != 3 or shifts_px.shape != (len(block), 2):
        raise InputError(
            "FSC158",
            f"Expected one shift for each of {len(block)} frames, got shape {shifts_px.shape}.",
            "Give frames and shifts of the same part of the movie.",
        )
    height, width = block.shape[1:]
    moved = np.empty(block.shape)
    for i, (down, right) in enumerate(shifts_px):
        if not down and not right:
            moved[i] = block[i]
            continue
        rows, row_part = _places(down, height)
        columns, column_part = _places(right, width)
        upper = block[i].take(rows[0], axis=0) * (1 - row_part)[:, None]
        upper += block[i].take(rows[1], axis=0) * row_part[:, None]
        moved[i] = upper.take(columns[0], axis=1) * (1 - column_part)
        moved[i] += upper.take(columns[1], axis=1) * column_part
    return moved


def _places(
    shift: float, length: int
) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], NDArray[np.float64]]:
    """Return the pixels to either side of each moved one, and the share of the second."""
    wanted = np.clip(np.arange(length) + shift, 0, length - 1)
    first = np.floor(wanted).astype(np.intp)
    return (first, np.minimum(first + 1, length - 1)), wanted - first


def _first_template(blocks: Blocks) -> NDArray[np.float64]:
    """Return the mean of the first frames."""
    total, n_frames = None, 0
    for block in blocks():
        if block.ndim != 3 or 0 in block.shape:
            raise InputError(
                "FSC158",
                f"Expected blocks of frames (n_block, height, width), got shape {block.shape}.",
                "Give the movie of one plane.",
            )
        part = block[: _N_FIRST - n_frames]
        total = part.sum(axis=0) if total is None else total + part.sum(axis=0)
        n_frames += len(part)
        if n_frames >= _N_FIRST:
            break
    if total is None:
        raise InputError("FSC158", "Expected a movie, got no frames.", "Give at least one frame.")
    mean: NDArray[np.float64] = total / n_frames
    return mean


class _Seeker:
    """Finds frames in a template whose spectrum is kept."""

    def __init__(self, template: NDArray[np.float64], max_px: float) -> None:
        self.shape = height, width = template.shape
        edges = [np.hanning(n + 2)[1:-1] ** 0.5 for n in self.shape]
        self._window = np.outer(*edges)
        frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
        self._low_pass = np.exp(-2 * (np.pi * _SMOOTH_PX * frequencies) ** 2)
        self._spectrum = np.conj(self._transform(template[np.newaxis]))[0]
        down, right = (np.abs(np.fft.fftfreq(n, 1 / n)) for n in self.shape)
        self._is_near = (down[:, None] <= max_px) & (right <= max_px)

    def find(self, block: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return shifts, shape (n_block, 2), and the sharpness of each."""
        if block.shape[1:] != self.shape:
            raise InputError(
                "FSC158",
                f"Expected frames of shape {self.shape}, got {block.shape[1:]}.",
                "Give the movie of one plane.",
            )
        cross = self._transform(block) * self._spectrum
        size = np.abs(cross)
        floor = 1e-9 * size.max(axis=(1, 2), keepdims=True) + 1e-300
        surface = np.fft.irfft2(cross / np.maximum(size, floor) * self._low_pass, self.shape)
        places = np.argmax(
            np.where(self._is_near, surface, -np.inf).reshape(len(block), -1), axis=1
        )
        tops = np.stack(np.unravel_index(places, self.shape), axis=1)
        shifts = np.array([self._refine(one, top) for one, top in zip(surface, tops, strict=True)])
        spread = surface.std(axis=(1, 2))
        peaks = surface.reshape(len(block), -1)[np.arange(len(block)), places]
        return shifts, peaks / np.where(spread > 0, spread, 1)

    def _transform(self, block: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Return the spectra of frames without their mean, under the window."""
        centred = block - block.mean(axis=(1, 2), keepdims=True)
        spectra: NDArray[np.complex128] = np.fft.rfft2(centred * self._window)
        return spectra

    def _refine(self, surface: NDArray[np.float64], top: NDArray[np.intp]) -> tuple[float, float]:
        """Return the top of the parabolas through the highest place, as a shift."""
        found = []
        for axis, length in enumerate(self.shape):
            line = surface[:, top[1]] if axis == 0 else surface[top[0]]
            place = int(top[axis])
            before, peak, after = (float(line[(place + i) % length]) for i in (-1, 0, 1))
            bend = before - 2 * peak + after
            part = 0.5 * (before - after) / bend if bend < 0 else 0.0
            whole = place - length if place > length // 2 else place
            found.append(whole + float(np.clip(part, -0.5, 0.5)))
        return found[0], found[1]
