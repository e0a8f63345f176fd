"""Principal components that hold in people whom they were not learnt from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ._twin_codecs import not_settable

_N_FOLDS = 5
_HOLDS = 0.6
"""Share of a component's variance that people left out must have along it, for it to be kept."""
_PEOPLE_PER_NUMBER = 5.0
_MAX_COMPONENTS = 64


@dataclass(frozen=True, slots=True)
class Basis:
    """A mean and some directions.

    Attributes
    ----------
    mean : ndarray of float64, shape (n_values,)
        Where a vector of zeros leads to.
    axes : ndarray of float64, shape (n_components, n_values)
        Orthonormal.
    scales : ndarray of float64, shape (n_components,)
        Standard deviation along each axis, in the unit of the values.
    """

    mean: NDArray[np.float64] = field(repr=False)
    axes: NDArray[np.float64] = field(repr=False)
    scales: NDArray[np.float64] = field(repr=False)

    def around(self, mean: NDArray[np.float64]) -> Basis:
        """Return the same directions around another mean, shape (n_values,)."""
        return Basis(mean, self.axes, self.scales)

    def encode(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return coordinates of unit scale, shape (n_people, n_components)."""
        return np.asarray((rows - self.mean) @ self.axes.T / self.scales)

    def decode(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return rows, shape (n_people, n_values)."""
        return np.asarray(self.mean + vectors * self.scales @ self.axes)


def fit_basis(rows: NDArray[np.float64], n_components: int | None = None) -> Basis:
    r"""Return the principal components along which people left out vary as well.

    Where there are more numbers than people, every component leans towards the people that it was
    learnt from: they have more variance along it than others, and are told by that. Component
    :math:`j` is kept while, over folds of the people,

    .. math:: \sum_f \mathrm{var}_{\text{left out}}(x \cdot v_{fj}) \ge
              0.6 \sum_f \mathrm{var}_{\text{learnt}}(x \cdot v_{fj})

    and while there are at most :math:`(n / 5)^{2/3}`: of :math:`k` directions scaled to unit
    variance, people learnt from lie nearer to the mean than others by :math:`k^2 / n`, beside a
    spread of :math:`\sqrt{2k}`.

    Parameters
    ----------
    rows : ndarray of float64, shape (n_people, n_values)
        One row for each person.
    n_components : int or None
        None chooses; a number is taken as it is, whether the components hold or not.

    Returns
    -------
    Basis
        Of none where people differ by chance alone.

    Raises
    ------
    InputError
        FSC142 if there cannot be so many components.
    """
    largest = min(len(rows) - 1, rows.shape[1])
    if n_components is not None and not 1 <= n_components <= largest:
        raise not_settable(f"Expected between 1 and {largest} components, got {n_components}.")
    bearable = int((len(rows) / _PEOPLE_PER_NUMBER) ** (2 / 3))
    limit = n_components or max(1, min(bearable, largest, _MAX_COMPONENTS))
    mean, axes, scales = _components(rows, limit)
    kept = limit if n_components else _count_holding(rows, limit)
    return Basis(mean, axes[:kept], scales[:kept])


def _components(
    rows: NDArray[np.float64], limit: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean, axes and standard deviations by the smaller of the two products."""
    mean = rows.mean(axis=0)
    centred = rows - mean
    if len(rows) <= rows.shape[1]:
        _, vectors = np.linalg.eigh(centred @ centred.T)
        axes = (centred.T @ vectors[:, ::-1][:, :limit]).T
    else:
        _, vectors = np.linalg.eigh(centred.T @ centred)
        axes = vectors[:, ::-1][:, :limit].T
    lengths = np.linalg.norm(axes, axis=1, keepdims=True)
    # Directions in which nobody differs are rounding, and not at right angles to the others.
    is_real = lengths > 1e-7 * lengths.max(initial=0.0)
    axes = np.where(is_real, axes / np.where(is_real, lengths, 1.0), 0.0)
    # A direction and its opposite are one component: the largest number is taken as positive.
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    axes = axes * np.where(signs == 0, 1.0, signs)[:, None]
    scales = (centred @ axes.T).std(axis=0)
    return mean, axes, np.where(scales > 1e-9 * (1 + np.abs(mean).max()), scales, 1.0)


def _count_holding(rows: NDArray[np.float64], limit: int) -> int:
    """Return how many leading components hold in people left out."""
    n_folds = min(_N_FOLDS, len(rows) // 2)
    folds = np.random.default_rng(0).permutation(len(rows)) % n_folds
    learnt, left_out = np.zeros(limit), np.zeros(limit)
    for fold in range(n_folds):
        ours, others = rows[folds != fold], rows[folds == fold]
        mean, axes, _ = _components(ours, limit)
        learnt[: len(axes)] += ((ours - mean) @ axes.T).var(axis=0)
        left_out[: len(axes)] += np.square((others - mean) @ axes.T).mean(axis=0)
    holds = (left_out >= _HOLDS * learnt) & (learnt > 0)
    return limit if holds.all() else int(holds.argmin())
