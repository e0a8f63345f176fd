"""Structural volumes as vectors: block means, and the directions in which people differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism

from ._twin_codecs import no_fit, require_enough, require_vectors
from ._twin_codecs_basis import Basis, fit_basis

MAX_SIDE = 32
"""Blocks along each axis of what is learnt."""


@dataclass(frozen=True, slots=True)
class VolumeCodec:
    """Volumes as coordinates of their block means.

    Attributes
    ----------
    shape : tuple of int
        Of the real volumes.
    coarse : tuple of int
        Of the decoded ones: at most 32 blocks a side, over the same field of view.
    is_positive : bool
        Whether no real volume goes below zero; then no decoded one does.
    basis : Basis
        Mean and directions of block means.
    mechanisms : tuple of Mechanism
        What fitting it cost in privacy.
    """

    shape: tuple[int, ...]
    coarse: tuple[int, ...]
    is_positive: bool
    basis: Basis = field(repr=False)
    mechanisms: tuple[Mechanism, ...] = ()

    @property
    def n_features(self) -> int:
        """Length of a vector."""
        return len(self.basis.axes)

    def encode(self, people: Sequence[Any]) -> NDArray[np.float64]:
        """Return one vector for each volume, shape (n_people, n_features).

        Raises
        ------
        InputError
            FSC140 if a volume has another shape.
        """
        return self.basis.encode(np.array([_average(person, self.shape) for person in people]))

    def decode(
        self, vectors: NDArray[np.float64], rng: np.random.Generator
    ) -> list[NDArray[np.float64]]:
        """Return a coarse volume for each vector.

        Parameters
        ----------
        vectors : ndarray of float64, shape (n_people, n_features)
            Coordinates of unit scale.
        rng : numpy.random.Generator
            Not used: what is left over of the people is not made up.

        Returns
        -------
        list of ndarray, each of shape `coarse`
            In the unit of the real ones.
        """
        rows = self.basis.decode(require_vectors(vectors, self.n_features))
        if self.is_positive:
            rows = np.maximum(rows, 0.0)
        return [row.reshape(self.coarse) for row in rows]


def fit_volume_codec(volumes: Sequence[Any], *, n_components: int | None = None) -> VolumeCodec:
    """Learn how people's volumes differ, in blocks.

    Parameters
    ----------
    volumes : sequence of ndarray of float64 (n_x, n_y, n_z)
        One for each person, of one shape, in one space; read one at a time. What is not finite
        counts as zero, as the space around a head often is.
    n_components : int or None
        How many directions; None keeps those that hold in people left out. A number is
        taken as it is, and many tell people apart.

    Returns
    -------
    VolumeCodec
        The way to vectors and back.

    Raises
    ------
    InputError
        FSC140 for fewer than four people or different shapes; FSC142 if there cannot be so many
        components.

    Notes
    -----
    Volumes that are not aligned average to a blur; the codec does not align them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> codec = fit_volume_codec([rng.random((40, 9, 5)) for _ in range(13)])
    >>> codec.decode(np.zeros((1, codec.n_features)), rng)[0].shape
    (32, 9, 5)
    """
    require_enough(len(volumes))
    shape: tuple[int, ...] = ()
    rows = []
    for person in volumes:
        shape = shape or np.shape(person)
        rows.append(_average(person, shape))
    blocks = np.array(rows)
    is_positive = bool(blocks.min() >= 0)
    return VolumeCodec(shape, _coarsen(shape), is_positive, fit_basis(blocks, n_components))


def _coarsen(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(min(length, MAX_SIDE) for length in shape)


def _average(person: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:  # noqa: ANN401
    """Return the means of blocks as one row; blocks fill the field of view, nearly alike."""
    if len(shape) != 3 or 0 in shape or np.shape(person) != shape:
        raise no_fit(f"Expected volumes of three axes and one shape, got shape {np.shape(person)}.")
    values = np.asarray(person, dtype=np.float64)
    values = np.where(np.isfinite(values), values, 0.0)
    for axis, (length, n_blocks) in enumerate(zip(shape, _coarsen(shape), strict=True)):
        starts = np.arange(n_blocks) * length // n_blocks
        sizes = np.diff(np.append(starts, length))
        summed = np.add.reduceat(values, starts, axis=axis)
        values = summed / np.expand_dims(sizes, tuple(set(range(3)) - {axis}))
    return values.ravel()
