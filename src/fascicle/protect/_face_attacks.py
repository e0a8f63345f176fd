"""Two attackers who try to name a head: by its shape in millimetres, and by its looks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._face_surface import SURFACE_MM, shade
from ._face_weights import face_network

Floats = NDArray[np.float32]

ATTACKERS: Final = ("shape", "looks")

_BLOCK: Final = 2
"""Points of a depth map that are averaged along each axis: the shape is compared every 4 mm."""
_SHIFTS: Final = (-1, 0, 1)
_MOST_MM: Final = 6.0
"""A point cannot differ by more: what was cut away at one place must not hide the rest."""

_CHIP: Final = 150
_PIXELS_PER_MM: Final = 0.76
_EYES_ROW: Final = 40
_EYES_MM: Final = 74.0
"""How far the eyes lie below the upper edge of a depth map."""


@dataclass(frozen=True, slots=True)
class FaceTraits:
    """What the attackers know of heads.

    Attributes
    ----------
    shape : ndarray of float32, shape (n, 3, n_up, n_across)
        How far heads stand out from the front and both sides, in mm, every 4 mm.
    looks : ndarray of float32, shape (n, 128)
        What the face network says of drawings of their fronts.
    """

    shape: Floats
    looks: Floats

    def __len__(self) -> int:
        """Return the number of heads."""
        return len(self.shape)

    def join(self, other: FaceTraits) -> FaceTraits:
        """Return these heads and others behind them."""
        return FaceTraits(
            np.concatenate([self.shape, other.shape]), np.concatenate([self.looks, other.looks])
        )


def describe_faces(surfaces: Floats) -> FaceTraits:
    """Return what the attackers take down of heads.

    Parameters
    ----------
    surfaces : ndarray of float32, shape (n, 3, n_up, n_across)
        As `find_surface` returns them.

    Returns
    -------
    FaceTraits
        Of the same heads.

    Raises
    ------
    DependencyError
        FSC804 if dlib or the weights of its network are missing.
    """
    n, views, n_up, n_across = surfaces.shape
    blocks = surfaces.reshape(n, views, n_up // _BLOCK, _BLOCK, n_across // _BLOCK, _BLOCK)
    network = face_network()
    looks = [network.compute_face_descriptor(draw_chip(front)) for front in surfaces[:, 0]]
    return FaceTraits(
        blocks.mean((3, 5), dtype=np.float32), np.array(looks, np.float32).reshape(n, 128)
    )


def compare_shapes(probes: Floats, known: Floats) -> Floats:
    """Return how unlike heads are by shape.

    The mean distance of two depth maps, each point counted up to 6 mm, after the median distance
    of each view is taken away, at the best of nine shifts by up to 4 mm.

    Parameters
    ----------
    probes, known : ndarray of float32, shape (n, 3, n_up, n_across)
        `FaceTraits.shape` of two sets of heads.

    Returns
    -------
    ndarray of float32, shape (n_probes, n_known)
        In mm; smaller is more alike.

    Examples
    --------
    >>> heads = np.random.default_rng(4).normal(0, 3, (5, 3, 40, 42)).astype(np.float32)
    >>> compare_shapes(np.roll(heads, 1, axis=3), heads).argmin(1).tolist()
    [0, 1, 2, 3, 4]
    """
    best = np.full((len(probes), len(known)), np.inf, np.float32)
    for down, across in product(_SHIFTS, _SHIFTS):
        moved = np.roll(probes, (down, across), axis=(2, 3))
        for row, probe in zip(best, moved, strict=True):
            apart = probe - known
            apart -= np.median(apart, axis=(2, 3), keepdims=True)
            np.minimum(row, np.minimum(np.abs(apart), _MOST_MM).mean((1, 2, 3)), out=row)
    return best


def compare_looks(probes: Floats, known: Floats, *, usual: Floats | None = None) -> Floats:
    """Return how unlike heads are by their looks.

    One minus the cosine of what dlib's residual network [1]_ says of two drawings, each less what
    is usual in its set: a drawing resembles all other drawings.

    Parameters
    ----------
    probes, known : ndarray of float32, shape (n, 128)
        `FaceTraits.looks` of two sets of heads.
    usual : ndarray of float32, shape (128,), optional
        What is usual among the probes. Default: their mean, or that of the known heads if there is
        one probe only.

    Returns
    -------
    ndarray of float32, shape (n_probes, n_known)
        Between 0 and 2; smaller is more alike.

    References
    ----------
    .. [1] D. E. King (2009), Dlib-ml: A machine learning toolkit, JMLR 10:1755-1758

    Examples
    --------
    >>> heads = np.random.default_rng(4).normal(size=(6, 128)).astype(np.float32)
    >>> compare_looks(heads + 0.5, heads).argmin(1).tolist()
    [0, 1, 2, 3, 4, 5]
    """
    middle = known.mean(0)
    if usual is None:
        usual = probes.mean(0) if len(probes) > 1 else middle
    one, two = (
        rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        for rows in (probes - usual, known - middle)
    )
    return np.asarray(1 - one @ two.T, dtype=np.float32)


def draw_chip(front: Floats) -> NDArray[np.uint8]:
    """Draw the front of a head as the network expects faces: cut, upright, eyes in their place.

    Parameters
    ----------
    front : ndarray of float32, shape (n_up, n_across)
        Depth in mm.

    Returns
    -------
    ndarray of uint8, shape (150, 150, 3)
        Grey.

    Examples
    --------
    >>> draw_chip(np.full((80, 84), 60.0, np.float32)).shape
    (150, 150, 3)
    """
    from scipy import ndimage

    drawn = shade(ndimage.gaussian_filter(front, 0.7))
    large = ndimage.zoom(drawn, SURFACE_MM * _PIXELS_PER_MM, order=1)
    above = round(_EYES_MM * _PIXELS_PER_MM) - _EYES_ROW
    cut = (255 * large[above : above + _CHIP, :_CHIP]).astype(np.uint8)
    chip = np.zeros((_CHIP, _CHIP), np.uint8)
    left = (_CHIP - cut.shape[1]) // 2
    chip[: cut.shape[0], left : left + cut.shape[1]] = cut
    return np.repeat(chip[..., None], 3, axis=2)
