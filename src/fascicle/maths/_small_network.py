"""A small network of sigmoid outputs: what it predicts, and how it is taught, in numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SmallNetwork:
    r"""A perceptron of two hidden layers: standardised inputs, rectified sums, sigmoid outputs.

    .. math:: p = \sigma(W_3 \max(W_2 \max(W_1 (x - \mu) / s + b_1, 0) + b_2, 0) + b_3)

    Attributes
    ----------
    centre, scale : ndarray of float64, shape (n_inputs,)
        :math:`\mu` and :math:`s`.
    weights : tuple of ndarray of float64
        Three matrices, shape (n_from, n_to).
    biases : tuple of ndarray of float64
        Three vectors, shape (n_to,).
    """

    centre: Array
    scale: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def predict(self, inputs: Array) -> Array:
        """Return the probability of each output.

        Parameters
        ----------
        inputs : ndarray of float64, shape (n_samples, n_inputs)
            Features; beyond eight standard deviations they count as eight, and NaN as the mean.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_outputs)
            Between 0 and 1.

        Raises
        ------
        InputError
            FSC136 if the number of features is not the one it was taught with.
        """
        if inputs.ndim != 2 or inputs.shape[1] != self.centre.size:
            raise InputError(
                "FSC136",
                f"Expected features of shape (n_samples, {self.centre.size}), got {inputs.shape}.",
                "Use the weights that belong to these features: reinstall the package.",
            )
        layer = self.standardise(inputs)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            layer = np.maximum(layer @ weight + bias, 0)
        return _sigmoid(layer @ self.weights[-1] + self.biases[-1])

    def standardise(self, inputs: Array) -> Array:
        """Return the inputs as the first layer takes them."""
        scaled: Array = np.clip(np.nan_to_num((inputs - self.centre) / self.scale), -8, 8)
        return scaled

    def as_arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return all of it by name, as it is kept in a file."""
        kept = {"centre": self.centre, "scale": self.scale}
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            kept |= {f"weight{layer}": weight, f"bias{layer}": bias}
        return {name: array.astype(np.float32) for name, array in kept.items()}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.float32]]) -> SmallNetwork:
        """Make it again from what `as_arrays` returned."""
        kept = {name: array.astype(np.float64) for name, array in arrays.items()}
        return cls(
            kept["centre"],
            kept["scale"],
            tuple(kept[f"weight{layer}"] for layer in range(3)),
            tuple(kept[f"bias{layer}"] for layer in range(3)),
        )


def teach_network(
    inputs: Array, truth: Array, *, n_hidden: int = 24, n_rounds: int = 12, seed: int = 0
) -> SmallNetwork:
    """Teach a network by stochastic gradient descent (Adam) on the cross-entropy.

    Parameters
    ----------
    inputs : ndarray of float64, shape (n_samples, n_inputs)
        Features.
    truth : ndarray of float64, shape (n_samples, n_outputs)
        0 or 1 for each output; NaN where it is not known, which teaches nothing.
    n_hidden : int
        Size of both hidden layers.
    n_rounds : int
        Passes over the samples; the step shrinks linearly to zero.
    seed : int
        The same seed and samples give the same network.

    Returns
    -------
    SmallNetwork
        Taught.

    References
    ----------
    .. [1] D. P. Kingma & J. Ba (2015), arXiv:1412.6980

    Examples
    --------
    >>> inputs = np.linspace(-1, 1, 101)[:, None]
    >>> network = teach_network(inputs, (np.abs(inputs) < 0.5).astype(float), n_rounds=400)
    >>> network.predict(np.array([[-0.9], [0.0], [0.9]])).round(0).ravel()
    array([0., 1., 0.])
    """
    rng = np.random.default_rng(seed)
    sizes = [inputs.shape[1], n_hidden, n_hidden, truth.shape[1]]
    parameters = [
        rng.standard_normal((n_from, n_to)) * np.sqrt(2 / n_from)
        for n_from, n_to in pairwise(sizes)
    ] + [np.zeros(n_to) for n_to in sizes[1:]]
    spread = np.nanstd(inputs, axis=0)
    shell = SmallNetwork(np.nanmean(inputs, axis=0), np.where(spread > 0, spread, 1.0), (), ())
    scaled = shell.standardise(inputs)
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    n_batch = min(512, max(1, len(inputs) // 4))
    n_steps = n_rounds * -(-len(inputs) // n_batch)
    step = 0
    for _ in range(n_rounds):
        order = rng.permutation(len(inputs))
        for start in range(0, len(inputs), n_batch):
            batch = order[start : start + n_batch]
            slopes = _slopes(parameters, scaled[batch], truth[batch])
            step += 1
            rate = 3e-3 * (1 - step / (n_steps + 1))
            for place, slope in enumerate(slopes):
                first[place] = 0.9 * first[place] + 0.1 * slope
                second[place] = 0.999 * second[place] + 0.001 * slope**2
                mean = first[place] / (1 - 0.9**step)
                size = np.sqrt(second[place] / (1 - 0.999**step)) + 1e-8
                parameters[place] = parameters[place] - rate * mean / size
    return SmallNetwork(shell.centre, shell.scale, tuple(parameters[:3]), tuple(parameters[3:]))


def _slopes(parameters: list[Array], inputs: Array, truth: Array) -> list[Array]:
    """Return the gradient of the mean cross-entropy for each parameter."""
    layers = [inputs]
    for weight, bias in zip(parameters[:2], parameters[3:5], strict=True):
        layers.append(np.maximum(layers[-1] @ weight + bias, 0))
    error = np.nan_to_num(_sigmoid(layers[-1] @ parameters[2] + parameters[5]) - truth)
    error = error / len(inputs)
    weight_slopes: list[Array] = [np.zeros(0)] * 3
    bias_slopes: list[Array] = [np.zeros(0)] * 3
    for layer in (2, 1, 0):
        weight_slopes[layer] = layers[layer].T @ error
        bias_slopes[layer] = error.sum(axis=0)
        if layer:
            error = (error @ parameters[layer].T) * (layers[layer] > 0)
    return weight_slopes + bias_slopes


def _sigmoid(values: Array) -> Array:
    """Return the logistic function, without overflow."""
    result: Array = 0.5 * (1 + np.tanh(0.5 * values))
    return result
