"""Deconvolution of calcium: the exact answer, and the sparse one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import nnls

from fascicle.errors import InputError
from fascicle.maths import deconvolve


def kernel(decay: float, n: int) -> NDArray[np.float64]:
    """Return the matrix that turns spikes into calcium."""
    since = np.arange(n)[:, None] - np.arange(n)
    return np.where(since >= 0, decay ** np.maximum(since, 0), 0.0)


def noisy(seed: int, n: int, decay: float) -> NDArray[np.float64]:
    """Return a trace of a few spikes, and noise that goes below 0."""
    rng = np.random.default_rng(seed)
    return kernel(decay, n) @ rng.poisson(0.06, n) + rng.normal(-0.05, 0.4, n)


@pytest.mark.parametrize("decay", [0.3, 0.85, 0.97])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_non_negative_least_squares_of_scipy(seed: int, decay: float) -> None:
    trace = noisy(seed, 173, decay)

    spikes, _ = nnls(kernel(decay, 173), trace)

    np.testing.assert_allclose(deconvolve(trace, decay).activity, spikes, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_a_penalty_keeps_the_conditions_of_karush_kuhn_and_tucker(seed: int) -> None:
    """The gradient is not below 0, and 0 wherever there is a spike."""
    trace, decay, penalty = noisy(seed, 131, 0.8), 0.8, 0.3

    spikes = deconvolve(trace, decay, penalty=penalty).activity

    matrix = kernel(decay, 131)
    gradient = matrix.T @ (matrix @ spikes - trace) + penalty
    assert gradient.min() > -1e-9
    assert np.abs(gradient[spikes > 1e-9]).max() < 1e-9


def test_what_remains_is_worth_its_gain() -> None:
    """Each gain is what joining would really add to the squared residuals."""
    trace, decay = noisy(7, 301, 0.9), 0.9

    pools = deconvolve(trace, decay, least_gain=2.5)

    assert 1 < len(pools.starts) < len(deconvolve(trace, decay).starts)
    assert pools.gains[1:].min() >= 2.5
    for i in range(1, len(pools.starts)):
        if min(pools.heights[i - 1 : i + 1]) <= 0:
            continue
        first, end = pools.starts[i - 1], pools.starts[i] + pools.lengths[i]
        part = trace[first:end]
        shape = decay ** np.arange(len(part))
        joined = np.sum((part - shape * (shape @ part) / (shape @ shape)) ** 2)
        apart = np.sum((part - pools.calcium[first:end]) ** 2)
        assert pools.gains[i] == pytest.approx(joined - apart)


def test_stretches_are_the_whole_trace_whatever_the_unit() -> None:
    trace = noisy(9, 211, 0.9)

    pools, larger = deconvolve(trace, 0.9), deconvolve(1000 * trace, 0.9)

    assert pools.lengths.sum() == 211
    np.testing.assert_array_equal(pools.starts, larger.starts)
    np.testing.assert_allclose(1000 * pools.activity, larger.activity, atol=1e-9)


@pytest.mark.parametrize("decay", [0.0, 1.0, np.nan])
def test_a_decay_that_is_none_is_refused(decay: float) -> None:
    with pytest.raises(InputError, match="FSC157"):
        deconvolve(np.ones(7), decay)


@pytest.mark.parametrize("trace", [np.array([1.0, np.nan]), np.ones((3, 5)), np.zeros(0)])
def test_a_trace_that_is_none_is_refused(trace: NDArray[np.float64]) -> None:
    with pytest.raises(InputError, match="FSC157"):
        deconvolve(trace, 0.5)
