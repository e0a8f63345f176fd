"""What is foretold is what comes, on matrices of another kind than the rule was made for."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import (
    affordable_noise,
    expected_correlation,
    fold_matrices,
    project_correlation,
    shrink_eigenvalues,
    unfold_matrix,
)


@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.0, 6.0])
def test_the_forecast_holds_for_connectomes_of_a_few_networks(ratio: float) -> None:
    n_regions = 151
    rng = np.random.default_rng(3)
    loads = rng.normal(size=(n_regions, 12)) * np.exp(-np.arange(12) / 9.0)
    truth = np.corrcoef(loads + rng.normal(size=(n_regions, 12)) * 0.05)
    vector = fold_matrices(truth[None])[0]
    sd = ratio * np.linalg.norm(vector) / np.sqrt(len(vector))
    noisy = unfold_matrix(vector + rng.normal(0, sd, vector.shape), n_regions)

    found = project_correlation(shrink_eigenvalues(noisy, sd / 2**0.5))

    edges = np.triu_indices(n_regions, 1)
    seen = np.corrcoef(found[edges], truth[edges])[0, 1] if found[edges].any() else 0.0
    assert seen == pytest.approx(expected_correlation(ratio, n_regions), abs=0.12)


def test_less_noise_is_never_foretold_to_be_worse() -> None:
    told = [expected_correlation(ratio, 101) for ratio in np.geomspace(0.01, 100, 200)]

    assert (np.diff(told) <= 1e-12).all()
    assert told[0] > 0.99
    assert told[-1] < 0.05


@pytest.mark.parametrize("correlation", [0.3, 0.9, 0.99])
@pytest.mark.parametrize("n_regions", [10, 68, 400])
def test_the_noise_that_may_be_borne_is_the_inverse(correlation: float, n_regions: int) -> None:
    ratio = affordable_noise(correlation, n_regions)

    assert expected_correlation(ratio, n_regions) == pytest.approx(correlation, abs=1e-6)
