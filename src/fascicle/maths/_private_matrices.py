"""Symmetric matrices as vectors and back, and what can be mended in noisy ones without any data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

_N_ROUNDS = 25


def fold_matrices(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Return what stands above the diagonal of symmetric matrices, times :math:`\sqrt 2`.

    The length of a vector is then the Frobenius norm of its matrix without the diagonal, and noise
    of one variance in each of its numbers is noise of one variance in each entry of the matrix.

    Parameters
    ----------
    matrices : ndarray of float64, shape (n_people, n_regions, n_regions)
        Symmetric; both halves are averaged.

    Returns
    -------
    ndarray of float64, shape (n_people, n_regions * (n_regions - 1) / 2)
        In the order of the rows.

    Raises
    ------
    InputError
        FSC172 if they are no stack of square matrices of two regions or more.

    Examples
    --------
    >>> fold_matrices(np.array([[[1.0, 0.5], [0.5, 1.0]]])).round(3)
    array([[0.707]])
    """
    if matrices.ndim != 3 or matrices.shape[1] != matrices.shape[2] or matrices.shape[1] < 2:
        raise InputError(
            "FSC172",
            "Expected a square matrix of two regions or more for each person, got shape "
            f"{matrices.shape}.",
            "Give matrices of one size, regions by regions.",
        )
    rows, columns = np.triu_indices(matrices.shape[1], 1)
    both = matrices[:, rows, columns] + matrices[:, columns, rows]
    return np.asarray(both / np.sqrt(2.0))


def unfold_matrix(vector: NDArray[np.float64], n_regions: int) -> NDArray[np.float64]:
    """Return the matrix of a vector that `fold_matrices` made, with zeros on its diagonal.

    Parameters
    ----------
    vector : ndarray of float64, shape (n_regions * (n_regions - 1) / 2,)
        In the order of the rows.
    n_regions : int
        Size of the matrix.

    Returns
    -------
    ndarray of float64, shape (n_regions, n_regions)
        Symmetric.
    """
    matrix = np.zeros((n_regions, n_regions))
    matrix[np.triu_indices(n_regions, 1)] = vector / np.sqrt(2.0)
    return np.asarray(matrix + matrix.T)


def shrink_eigenvalues(
    matrix: NDArray[np.float64], entry_sd: float, *, fill_diagonal: bool = True
) -> NDArray[np.float64]:
    r"""Take symmetric noise of a known size out of a matrix.

    .. math:: \eta(\lambda) = \mathrm{sign}(\lambda) \sqrt{\max(\lambda^2 - 4 R s^2, 0)}

    on its eigenvalues: the best that can be done in the mean square for a matrix of low rank under
    such noise [1]_. The diagonal was never measured: it is filled in by what is left, round after
    round.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n_regions, n_regions)
        Symmetric, with zeros on its diagonal.
    entry_sd : float
        :math:`s`, the standard deviation of the noise in an entry off the diagonal.
    fill_diagonal : bool
        False leaves the diagonal at zero.

    Returns
    -------
    ndarray of float64, shape (n_regions, n_regions)
        Symmetric, of low rank; all zeros where there is nothing but noise.

    References
    ----------
    .. [1] M. Gavish & D. Donoho (2017), Optimal shrinkage of singular values,
       doi:10.1109/TIT.2017.2653801

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(101, 101))
    >>> bool(shrink_eigenvalues((noise + noise.T) / 2**0.5, 1.0).any())
    False
    """
    # A hair wider than the limit of large matrices: the largest eigenvalue of noise wavers there.
    edge = 2 * entry_sd * np.sqrt(len(matrix)) * (1 + len(matrix) ** (-2 / 3))
    found = np.zeros_like(matrix)
    for _ in range(_N_ROUNDS if fill_diagonal else 1):
        filled = matrix.copy()
        np.fill_diagonal(filled, np.diag(found))
        values, vectors = np.linalg.eigh(filled)
        kept = np.sign(values) * np.sqrt(np.maximum(values**2 - edge**2, 0.0))
        before, found = found, (vectors * kept) @ vectors.T
        if np.abs(found - before).max() <= 1e-6 * (1 + np.abs(found).max()):
            break
    return np.asarray((found + found.T) / 2)


def project_correlation(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest matrix that can be one of correlations.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n_regions, n_regions)
        Symmetric; its diagonal is taken for 1.

    Returns
    -------
    ndarray of float64, shape (n_regions, n_regions)
        Symmetric, positive semidefinite, 1 on the diagonal.

    Notes
    -----
    Alternating projections with Dykstra's correction (N. Higham 2002,
    doi:10.1093/imanum/22.3.329); a last step scales the diagonal to 1 exactly.

    Examples
    --------
    >>> project_correlation(np.array([[1.0, 3.0], [3.0, 1.0]]))
    array([[1., 1.],
           [1., 1.]])
    """
    found = matrix.copy()
    np.fill_diagonal(found, 1.0)
    correction = np.zeros_like(found)
    for _ in range(_N_ROUNDS):
        shifted = found - correction
        values, vectors = np.linalg.eigh(shifted)
        positive = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = positive - shifted
        before, found = found, positive.copy()
        np.fill_diagonal(found, 1.0)
        if np.abs(found - before).max() < 1e-7:
            break
    scale = 1 / np.sqrt(np.maximum(np.diag(positive), 1e-12))
    scaled = positive * np.outer(scale, scale)
    np.fill_diagonal(scaled, 1.0)
    return np.asarray(np.clip((scaled + scaled.T) / 2, -1.0, 1.0))
