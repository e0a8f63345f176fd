"""The smooth factor of a coil."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fascicle.maths import estimate_unevenness


def make_tissue(shape: tuple[int, int, int] = (47, 43, 39)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    ball = sum(np.linspace(-1.2, 1.2, n).reshape(s) ** 2 for n, s in
               zip(shape, ((-1, 1, 1), (1, -1, 1), (1, 1, -1)), strict=True))  # fmt: skip
    folds = gaussian_filter(rng.normal(0, 1, shape), 1.5)
    limits = np.quantile(folds, [0.15, 0.55])
    tissue = np.array([300.0, 600.0, 900.0])[np.searchsorted(limits, folds)]
    return tissue + rng.normal(0, 20, shape), ball < 1


@pytest.mark.parametrize("strength", [0.0, 0.15, 0.3])
def test_a_smooth_factor_is_found_as_it_was_put_in(strength: float) -> None:
    tissue, brain = make_tissue()
    u, v, w = np.meshgrid(*(np.linspace(-1, 1, n) for n in tissue.shape), indexing="ij")
    truth = 1 + strength * (0.6 * u - 0.5 * v**2 + 0.4 * w * u)
    truth /= np.median(truth[brain])

    found = estimate_unevenness(tissue * truth, brain)

    assert found.dtype == np.float32
    assert np.median(found[brain]) == pytest.approx(1)
    assert np.abs(found / truth - 1)[brain].max() < 0.06
    assert np.abs(found / truth - 1)[brain].mean() < 0.015


def test_what_has_no_tissues_has_no_unevenness() -> None:
    _, brain = make_tissue()

    assert (estimate_unevenness(np.ones(brain.shape), brain) == 1).all()
    assert (estimate_unevenness(np.ones(brain.shape), np.zeros(brain.shape, bool)) == 1).all()
