"""A network in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import SmallNetwork, teach_network


def make_samples(n_samples=907, *, seed=0):
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((n_samples, 5)) * [1, 10, 0.1, 1, 1] + [0, 100, 0, 0, 0]
    first = (inputs[:, 0] * (inputs[:, 1] - 100) > 0).astype(float)
    second = (inputs[:, 2] > 0.05).astype(float)
    return inputs, np.stack([first, second], axis=1)


def test_it_learns_what_no_line_can_tell_apart() -> None:
    network = teach_network(*make_samples(4001), n_rounds=40)

    inputs, truth = make_samples(1001, seed=1)
    right = (network.predict(inputs) > 0.5) == truth

    assert right.mean(axis=0).min() > 0.93


def test_its_prediction_is_the_formula() -> None:
    inputs, truth = make_samples(101)
    network = teach_network(inputs, truth, n_hidden=3, n_rounds=2)

    layer = (inputs - network.centre) / network.scale
    for place in (0, 1):
        layer = np.maximum(layer @ network.weights[place] + network.biases[place], 0)
    expected = 1 / (1 + np.exp(-(layer @ network.weights[2] + network.biases[2])))

    np.testing.assert_allclose(network.predict(inputs), expected, rtol=1e-10)


def test_its_slopes_are_those_of_finite_differences() -> None:
    from fascicle.maths._small_network import _slopes

    rng = np.random.default_rng(3)
    sizes = [(5, 4), (4, 3), (3, 2), (4,), (3,), (2,)]
    parameters = [rng.standard_normal(size) for size in sizes]
    inputs, truth = rng.standard_normal((7, 5)), rng.integers(0, 2, (7, 2)).astype(float)
    truth[2, 1] = np.nan

    def loss():
        layer = inputs
        for weight, bias in zip(parameters[:2], parameters[3:5], strict=True):
            layer = np.maximum(layer @ weight + bias, 0)
        odds = layer @ parameters[2] + parameters[5]
        return np.nansum(np.logaddexp(0, odds) - truth * odds) / len(inputs)

    slopes = _slopes(parameters, inputs, truth)

    for place, slope in enumerate(slopes):
        for index in np.ndindex(slope.shape):
            kept = parameters[place][index]
            parameters[place][index] = kept + 1e-6
            above = loss()
            parameters[place][index] = kept - 1e-6
            below = loss()
            parameters[place][index] = kept
            assert slope[index] == pytest.approx((above - below) / 2e-6, abs=1e-6)


def test_the_same_seed_gives_the_same_network_and_arrays_bring_it_back() -> None:
    samples = make_samples(203)
    first, again = (teach_network(*samples, n_rounds=2, seed=5) for _ in range(2))

    kept = SmallNetwork.from_arrays(first.as_arrays())

    np.testing.assert_array_equal(first.predict(samples[0]), again.predict(samples[0]))
    np.testing.assert_allclose(kept.predict(samples[0]), first.predict(samples[0]), atol=1e-4)


def test_what_is_not_known_is_taken_as_the_mean_and_the_absurd_is_bounded() -> None:
    inputs, truth = make_samples(203)
    network = teach_network(inputs, truth, n_rounds=2)
    odd = inputs[:3].copy()
    odd[0, 1], odd[1, 1], odd[2, 1] = np.nan, 1e30, -1e30

    chances = network.predict(odd)

    mean = inputs[:1].copy()
    mean[0, 1] = network.centre[1]
    np.testing.assert_allclose(chances[0], network.predict(mean)[0])
    assert np.isfinite(chances).all()


def test_other_features_are_refused() -> None:
    network = teach_network(*make_samples(41), n_rounds=1)

    with pytest.raises(InputError, match="FSC136"):
        network.predict(np.zeros((3, 4)))
