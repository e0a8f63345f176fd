"""Correlation matrices as vectors: how each person's differs from the mean, in few directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.maths import fold_matrices, unfold_matrix

from ._twin_codecs import (
    no_fit,
    not_usable,
    require_enough,
    require_vectors,
    stack_people,
)
from ._twin_codecs_basis import Basis, fit_basis

_RIDGE = 0.1
"""Share of the identity in each matrix before its logarithm: short recordings have no full rank."""
_FLOOR = 1e-6
_SYMMETRY = 1e-6
_N_PATTERNS = 8
_MAX_SAMPLES = 100_000


@dataclass(frozen=True, slots=True)
class CorrelationBasis:
    r"""A mean matrix, and how people's logarithms differ between its strongest patterns.

    .. math:: \log\big((1 - \lambda) C_i + \lambda I\big) \approx \bar L + U A_i U^\top

    with :math:`U` the eight strongest eigenvectors of the mean matrix, which hardly depend on who
    took part, where directions among all edges depend on little else.

    Attributes
    ----------
    centre : ndarray of float64, shape (n_regions, n_regions)
        :math:`\bar L`: the logarithm of the mean matrix, to which a vector of zeros leads.
    patterns : ndarray of float64, shape (n_regions, n_patterns)
        :math:`U`.
    basis : Basis
        Directions of :math:`A_i`.
    """

    centre: NDArray[np.float64] = field(repr=False)
    patterns: NDArray[np.float64] = field(repr=False)
    basis: Basis = field(repr=False)

    @property
    def n_features(self) -> int:
        """Length of a vector."""
        return len(self.basis.axes)

    def encode(self, matrices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one vector for each matrix, shape (n_people, n_features)."""
        return self.basis.encode(_project(matrices, self.centre, self.patterns))

    def decode(self, vectors: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the correlation matrix that each vector stands for, without any chance."""
        # Not around the mean of logarithms: it would lead to correlations that are too weak.
        rows = self.basis.around(np.zeros_like(self.basis.mean)).decode(vectors)
        n_patterns = self.patterns.shape[1]
        found = []
        for row in rows:
            inner = unfold_matrix(row[:-n_patterns], n_patterns) + np.diag(row[-n_patterns:])
            found.append(_exponential(self.centre + self.patterns @ inner @ self.patterns.T))
        return found


def fit_correlation_basis(
    matrices: NDArray[np.float64], n_components: int | None = None
) -> CorrelationBasis:
    """Learn mean, patterns and directions of correlation matrices (n_people, regions, regions)."""
    mean = matrices.mean(axis=0)
    centre = _logarithms(mean[None])[0]
    patterns = _find_patterns(mean)
    rows = _project(matrices, centre, patterns)
    return CorrelationBasis(centre, patterns, fit_basis(rows, n_components))


@dataclass(frozen=True, slots=True)
class MatrixCodec:
    """Correlation matrices as coordinates of their logarithms.

    What is left over is not learnt, because most of it is chance of a recording that ended: each
    decoded matrix is the correlation of as many random samples as explain it.

    Attributes
    ----------
    n_regions : int
        Size of the matrices.
    n_samples : int
        Independent samples in a recording whose correlations scatter as the real ones do.
    mechanisms : tuple of Mechanism
        What fitting it cost in privacy.
    basis : CorrelationBasis
        Mean and directions of logarithms.
    """

    n_regions: int
    n_samples: int
    mechanisms: tuple[Mechanism, ...] = ()
    basis: CorrelationBasis = field(repr=False, kw_only=True)

    @property
    def n_features(self) -> int:
        """Length of a vector."""
        return self.basis.n_features

    def encode(self, people: Sequence[Any]) -> NDArray[np.float64]:
        """Return one vector for each matrix, shape (n_people, n_features).

        Raises
        ------
        InputError
            FSC140 if a matrix has another size; FSC141 if one is no matrix of correlations.
        """
        matrices = require_correlations(people)
        if matrices.shape[1] != self.n_regions:
            raise no_fit(f"Expected {self.n_regions} regions, got {matrices.shape[1]}.")
        return self.basis.encode(matrices)

    def decode(
        self, vectors: NDArray[np.float64], rng: np.random.Generator
    ) -> list[NDArray[np.float64]]:
        """Return a correlation matrix for each vector.

        Parameters
        ----------
        vectors : ndarray of float64, shape (n_people, n_features)
            Coordinates of unit scale.
        rng : numpy.random.Generator
            Draws the chance of a recording.

        Returns
        -------
        list of ndarray, each of shape (n_regions, n_regions)
            Symmetric, positive definite, 1 on the diagonal.
        """
        smooth = self.basis.decode(require_vectors(vectors, self.n_features))
        return [scatter_correlation(matrix, self.n_samples, rng) for matrix in smooth]


def fit_matrix_codec(
    matrices: Sequence[Any] | NDArray[np.float64], *, n_components: int | None = None
) -> MatrixCodec:
    """Learn in which directions people's correlation matrices differ.

    Parameters
    ----------
    matrices : ndarray of float64, shape (n_people, n_regions, n_regions)
        Correlations; the diagonal is taken for 1. They need not be positive definite.
    n_components : int or None
        How many directions; None keeps those that hold in people left out. A number is
        taken as it is, and many tell people apart.

    Returns
    -------
    MatrixCodec
        The way to vectors and back.

    Raises
    ------
    InputError
        FSC140 for fewer than four people or matrices of different sizes; FSC141 for what are no
        correlations; FSC142 if there cannot be so many components.

    References
    ----------
    .. [1] V. Arsigny et al. (2007), Geometric means in a novel vector space structure on symmetric
       positive-definite matrices, doi:10.1137/050637996

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = np.array([np.corrcoef(rng.normal(size=(7, 51))) for _ in range(23)])
    >>> codec = fit_matrix_codec(people)
    >>> codec.decode(codec.encode(people)[:1], rng)[0].shape
    (7, 7)
    """
    people = require_correlations(matrices)
    require_enough(len(people))
    basis = fit_correlation_basis(people, n_components)
    smooth = np.array(basis.decode(basis.encode(people)))
    return MatrixCodec(people.shape[1], _count_samples(people, smooth), basis=basis)


def make_correlation_basis(mean: NDArray[np.float64], scale: float) -> CorrelationBasis:
    """Take patterns from a mean matrix alone, and every direction between them, of one scale."""
    patterns = _find_patterns(mean)
    n_directions = patterns.shape[1] * (patterns.shape[1] + 1) // 2
    basis = Basis(np.zeros(n_directions), np.eye(n_directions), np.full(n_directions, scale))
    return CorrelationBasis(_logarithms(mean[None])[0], patterns, basis)


def require_correlations(matrices: Sequence[Any] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return correlation matrices as one array, with 1 on the diagonals.

    Raises
    ------
    InputError
        FSC140 if they are not square or of one size; FSC141 if they are no correlations.
    """
    people = stack_people(matrices, 2)
    if people.shape[1] != people.shape[2] or people.shape[1] < 2:
        raise no_fit(f"Expected square matrices of two regions or more, got {people.shape[1:]}.")
    skew = np.abs(people - people.transpose(0, 2, 1)).max()
    if skew > _SYMMETRY or np.abs(people).max() > 1 + _SYMMETRY:
        raise not_usable("Expected symmetric matrices between -1 and 1, got others.")
    people = (people + people.transpose(0, 2, 1)) / 2
    people[:, np.arange(people.shape[1]), np.arange(people.shape[1])] = 1.0
    return np.clip(people, -1.0, 1.0)


def _logarithms(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithms of ridged matrices, (n_people, n_regions, n_regions)."""
    ridged = (1 - _RIDGE) * matrices + _RIDGE * np.eye(matrices.shape[1])
    values, vectors = np.linalg.eigh(ridged)
    # Below the ridge are only matrices that were not positive.
    logs = np.log(np.maximum(values, _RIDGE / 2))
    return np.asarray((vectors * logs[:, None, :]) @ vectors.transpose(0, 2, 1))


def _find_patterns(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    _, vectors = np.linalg.eigh(mean)
    return np.ascontiguousarray(vectors[:, ::-1][:, :_N_PATTERNS])


def _project(
    matrices: NDArray[np.float64], centre: NDArray[np.float64], patterns: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how logarithms differ from the centre between patterns, one row for each matrix."""
    found = np.array([_logarithms(matrix[None])[0] for matrix in matrices]) - centre
    inner = patterns.T @ found @ patterns  # (n_people, n_patterns, n_patterns)
    return np.hstack([fold_matrices(inner), np.diagonal(inner, axis1=1, axis2=2)])


def _exponential(log: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correlation matrix of the logarithm of a ridged one."""
    values, vectors = np.linalg.eigh((log + log.T) / 2)
    # Far out, where no person is, an exponential would leave the range of floats.
    plain = (np.exp(np.clip(values, -50.0, 50.0)) - _RIDGE) / (1 - _RIDGE)
    return as_correlation((vectors * np.maximum(plain, _FLOOR)) @ vectors.T)


def scatter_correlation(
    matrix: NDArray[np.float64], n_samples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the correlations of random samples around a matrix; positive definite."""
    size = len(matrix)
    root = np.linalg.cholesky(matrix + _FLOOR * np.eye(size))
    if n_samples < size:
        samples = root @ rng.normal(size=(size, n_samples))
    else:  # Bartlett's decomposition: the same law from a triangle instead of all samples
        samples = np.tril(rng.normal(size=(size, size)), -1)
        samples += np.diag(np.sqrt(rng.chisquare(n_samples - np.arange(size))))
        samples = root @ samples
    return as_correlation(samples @ samples.T / n_samples)


def as_correlation(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale a positive matrix to 1 on the diagonal, a hair inside of what is positive definite."""
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), _FLOOR))
    scaled = (1 - _FLOOR) * matrix * np.outer(scale, scale)
    scaled = (scaled + scaled.T) / 2
    np.fill_diagonal(scaled, 1.0)
    return np.asarray(scaled)


def _count_samples(people: NDArray[np.float64], smooth: NDArray[np.float64]) -> int:
    r"""Return how many samples scatter correlations as far as people lie from what was kept.

    A correlation :math:`r` of :math:`T` samples has a variance of :math:`(1 - r^2)^2 / T`.
    """
    above = np.triu_indices(people.shape[1], 1)
    left = np.square((people - smooth)[:, above[0], above[1]]).mean()
    scatter = np.square(1 - np.square(smooth[:, above[0], above[1]])).mean()
    return int(np.clip(scatter / max(left, scatter / _MAX_SAMPLES), 4, _MAX_SAMPLES))
