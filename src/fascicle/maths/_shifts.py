"""How far one image is moved against another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError


@dataclass(frozen=True, slots=True)
class Shift:
    """A movement of an image.

    Attributes
    ----------
    rows, columns : int
        By how many pixels it is moved down and to the right.
    sharpness : float
        Height of the correlation's peak, in its root mean squares: about 4 for images that have
        nothing in common, well above for those that have.
    """

    rows: int
    columns: int
    sharpness: float


def find_shift(image: NDArray[np.float64], reference: NDArray[np.float64]) -> Shift:
    r"""Return the movement of an image against a reference, by phase correlation.

    .. math:: r = \mathcal F^{-1}\left(\frac{F \overline{G}}{|F \overline{G}|}\right)

    with :math:`F` and :math:`G` the spectra of the two, each without its mean and under a Hann
    window [1]_; the movement is where :math:`r` is highest.

    Parameters
    ----------
    image, reference : ndarray of float64, shape (height, width)
        Of one shape, in any unit.

    Returns
    -------
    Shift
        In whole pixels, up to half of each side; sharpness 0 for an image without contrast.

    Raises
    ------
    InputError
        FSC120 if the two are not images of one shape.

    Notes
    -----
    It misleads for images of noise alone: look at the sharpness first.

    References
    ----------
    .. [1] C. D. Kuglin, D. C. Hines (1975), The phase correlation image alignment method,
       Proc. IEEE Int. Conf. Cybernetics and Society, 163-165.

    Examples
    --------
    >>> scene = np.random.default_rng(3).normal(size=(41, 53))
    >>> shift = find_shift(np.roll(scene, (3, -5), axis=(0, 1)), scene)
    >>> shift.rows, shift.columns
    (3, -5)
    """
    if image.ndim != 2 or image.shape != reference.shape or 0 in image.shape:
        raise InputError(
            "FSC120",
            f"Expected two images of one shape, got {image.shape} and {reference.shape}.",
            "Give images of the same height and width.",
        )
    window = np.outer(np.hanning(image.shape[0] + 2)[1:-1], np.hanning(image.shape[1] + 2)[1:-1])
    spectra = [np.fft.rfft2((part - part.mean()) * window) for part in (image, reference)]
    cross = spectra[0] * np.conj(spectra[1])
    size = np.abs(cross)
    if not size.max() > 0:
        return Shift(0, 0, 0.0)
    # Frequencies without power have a phase of chance alone, whatever their number.
    phases = np.where(size > 1e-12 * size.max(), cross / np.maximum(size, 1e-300), 0)
    surface = np.fft.irfft2(phases, image.shape)
    row, column = np.unravel_index(int(np.argmax(surface)), surface.shape)
    spread = float(np.sqrt(np.mean(surface**2)))
    return Shift(
        _centred(int(row), image.shape[0]),
        _centred(int(column), image.shape[1]),
        float(surface.max()) / spread if spread > 0 else 0.0,
    )


def _centred(place: int, length: int) -> int:
    """Return a place on a circle as a movement to either side."""
    return place - length if place > length // 2 else place
