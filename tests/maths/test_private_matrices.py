"""Matrices as vectors: symmetric noise, and what mending gains, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import (
    fold_matrices,
    project_correlation,
    shrink_eigenvalues,
    unfold_matrix,
)


def low_rank(n_regions: int, strengths: list[float], seed: int = 0) -> np.ndarray:
    vectors, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(n_regions, len(strengths))))
    return (vectors * strengths) @ vectors.T


def wigner(n_regions: int, sd: float, seed: int) -> np.ndarray:
    upper = np.triu(np.random.default_rng(seed).normal(0, sd, (n_regions, n_regions)), 1)
    return upper + upper.T


def test_folding_keeps_the_length_and_comes_back() -> None:
    rng = np.random.default_rng(0)
    matrices = rng.normal(size=(3, 7, 7))
    matrices += matrices.transpose(0, 2, 1)
    matrices[:, range(7), range(7)] = 0.0

    vectors = fold_matrices(matrices)

    assert vectors.shape == (3, 21)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.linalg.norm(matrices, axis=(1, 2)))
    assert unfold_matrix(vectors[1], 7) == pytest.approx(matrices[1])


def test_equal_noise_on_a_vector_is_equal_and_symmetric_noise_on_a_matrix() -> None:
    noise = np.random.default_rng(1).normal(0, 3.0, (4001, 10))

    matrices = np.array([unfold_matrix(vector, 5) for vector in noise])

    rows, columns = np.triu_indices(5, 1)
    assert (matrices == matrices.transpose(0, 2, 1)).all()
    assert matrices[:, rows, columns].std(axis=0) == pytest.approx([3.0 / 2**0.5] * 10, rel=0.05)


@pytest.mark.parametrize("shape", [(7, 7), (3, 7, 5), (3, 1, 1)])
def test_what_is_no_stack_of_square_matrices_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="FSC172"):
        fold_matrices(np.ones(shape))


def test_shrinking_gains_what_its_theory_says() -> None:
    n_regions, sd = 201, 0.1
    truth = low_rank(n_regions, [9.0, 6.0, 4.0])
    noisy = truth + wigner(n_regions, sd, 2)

    found = shrink_eigenvalues(noisy, sd, fill_diagonal=False)

    # Asymptotic loss of the best shrinker: sum of theta^2 (1 - c^4) with c^2 = 1 - R s^2 / theta^2.
    shares = 1 - n_regions * sd**2 / np.array([9.0, 6.0, 4.0]) ** 2
    expected = (np.array([9.0, 6.0, 4.0]) ** 2 * (1 - shares**2)).sum()
    assert np.linalg.norm(found - truth) ** 2 == pytest.approx(expected, rel=0.3)
    assert np.linalg.norm(noisy - truth) ** 2 > 10 * np.linalg.norm(found - truth) ** 2
    assert np.linalg.matrix_rank(found) == 3


def test_a_diagonal_that_was_never_measured_is_filled_in() -> None:
    truth = low_rank(31, [9.0, 6.0])
    off = ~np.eye(31, dtype=bool)
    seen = np.where(off, truth + wigner(31, 0.02, 7), 0.0)

    filled, plain = (
        np.linalg.norm((shrink_eigenvalues(seen, 0.02, fill_diagonal=fill) - truth)[off])
        for fill in (True, False)
    )

    assert filled < 0.6 * plain


def test_of_pure_noise_nothing_is_left() -> None:
    assert not shrink_eigenvalues(wigner(151, 2.0, 3), 2.05).any()


def test_without_noise_a_matrix_stays_as_it_is() -> None:
    matrix = wigner(31, 1.0, 4)

    assert shrink_eigenvalues(matrix, 0.0) == pytest.approx(matrix, abs=1e-4)


def test_the_projection_is_a_correlation_matrix_and_leaves_one_alone() -> None:
    rng = np.random.default_rng(5)
    real = np.corrcoef(rng.normal(size=(13, 101)))
    broken = real + wigner(13, 0.6, 6)

    mended = project_correlation(broken)

    assert project_correlation(real) == pytest.approx(real, abs=1e-6)
    assert np.linalg.eigvalsh(mended).min() > -1e-9
    assert np.diag(mended) == pytest.approx(np.ones(13))
    assert (mended == mended.T).all()
    off = ~np.eye(13, dtype=bool)
    assert np.linalg.norm((mended - real)[off]) < np.linalg.norm((broken - real)[off])
