"""Connectivity matrices keep their mean and spread, and stay matrices of correlations."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.protect import fit_matrix_codec


def make_matrices(n_people: int, n_regions: int = 17, n_times: int = 91, seed: int = 0):
    """Correlations of short recordings of people who differ in how strong one network is."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n_regions, 4))
    return np.array([
        np.corrcoef(
            (shared * [rng.uniform(0.2, 2.0), 1, 1, 1]) @ rng.normal(size=(4, n_times))
            + 1.5 * rng.normal(size=(n_regions, n_times))
        )
        for _ in range(n_people)
    ])


def edges_of(matrices: np.ndarray) -> np.ndarray:
    rows, columns = np.triu_indices(matrices.shape[-1], 1)
    return np.asarray(matrices)[:, rows, columns]


def test_decoded_matrices_have_the_mean_and_the_spread_of_the_real_ones() -> None:
    real = make_matrices(151)
    codec = fit_matrix_codec(real)
    rng = np.random.default_rng(1)

    twins = edges_of(np.array(codec.decode(rng.normal(size=(307, codec.n_features)), rng)))

    truth = edges_of(real)
    assert np.corrcoef(twins.mean(axis=0), truth.mean(axis=0))[0, 1] > 0.98
    assert np.abs(twins.mean(axis=0) - truth.mean(axis=0)).max() < 0.1
    assert twins.std(axis=0).mean() == pytest.approx(truth.std(axis=0).mean(), rel=0.15)


def test_the_network_in_which_people_differ_is_the_first_feature() -> None:
    real = make_matrices(151)
    _, _, strongest = np.linalg.svd(edges_of(real) - edges_of(real).mean(axis=0))

    codec = fit_matrix_codec(real)

    score = (edges_of(real) - edges_of(real).mean(axis=0)) @ strongest[0]
    assert abs(np.corrcoef(score, codec.encode(real)[:, 0])[0, 1]) > 0.8


def test_every_decoded_matrix_is_one_of_correlations_however_far_out() -> None:
    codec = fit_matrix_codec(make_matrices(31))
    rng = np.random.default_rng(0)

    twins = np.array(codec.decode(30 * rng.normal(size=(53, codec.n_features)), rng))

    assert (np.diagonal(twins, axis1=1, axis2=2) == 1).all()
    assert (twins == twins.transpose(0, 2, 1)).all()
    assert np.abs(twins).max() <= 1
    assert np.linalg.eigvalsh(twins).min() > 0


def test_more_regions_than_people_and_times_are_learnt() -> None:
    real = make_matrices(9, n_regions=41, n_times=23)
    codec = fit_matrix_codec(real)
    rng = np.random.default_rng(0)

    twins = np.array(codec.decode(rng.normal(size=(101, codec.n_features)), rng))

    assert codec.n_features <= 2
    agreement = np.corrcoef(edges_of(twins).mean(axis=0), edges_of(real).mean(axis=0))[0, 1]
    assert agreement > 0.95


def test_a_region_that_never_changes_and_a_matrix_that_is_not_positive_are_learnt() -> None:
    real = make_matrices(11, n_regions=5)
    real[:, 2] = real[:, :, 2] = 0.0
    real[0, 0, 1] = real[0, 1, 0] = 1.0
    codec = fit_matrix_codec(real)

    twin = codec.decode(np.zeros((1, codec.n_features)), np.random.default_rng(0))[0]

    assert np.isfinite(twin).all()
    assert twin[2, 2] == 1


def test_the_same_seed_gives_the_same_matrices() -> None:
    real = make_matrices(13)

    one, other = (
        fit_matrix_codec(real).decode(np.ones((1, 1)), np.random.default_rng(3))[0]
        for _ in range(2)
    )

    assert (one == other).all()


@pytest.mark.parametrize(
    ("people", "code"),
    [
        (np.zeros((9, 3, 4)), "FSC140"),
        (np.zeros((3, 4, 4)), "FSC140"),
        (np.zeros((9, 1, 1)), "FSC140"),
        (np.full((9, 3, 3), np.nan), "FSC141"),
        (np.full((9, 3, 3), 2.0), "FSC141"),
        (np.triu(np.full((9, 3, 3), 0.5)), "FSC141"),
    ],
)
def test_what_are_no_correlations_is_refused(people: np.ndarray, code: str) -> None:
    with pytest.raises(InputError) as caught:
        fit_matrix_codec(people)

    assert caught.value.code == code


def test_a_matrix_of_another_size_is_not_encoded() -> None:
    codec = fit_matrix_codec(make_matrices(9, n_regions=7))

    with pytest.raises(InputError, match="FSC140"):
        codec.encode(make_matrices(9, n_regions=9))
