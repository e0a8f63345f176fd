"""Small networks: trained by torch, run by numpy, the same for the same seed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import DependencyError

from ._twin_models_gaussian import GaussianGenerator

if TYPE_CHECKING:
    from torch import Tensor

_SLOPE = 0.2
Weights = tuple[NDArray[np.float64], ...]
"""Of a network: matrix and offset of each layer in turn."""


def require_torch() -> Any:  # noqa: ANN401 - an optional module
    """Return torch; raise FSC805 where it is missing."""
    try:
        import torch
    except ImportError as error:
        raise DependencyError(
            "FSC805",
            "Expected torch, which trains generators of synthetic people, got none.",
            "Install it: pip install 'fascicle[twins]'; the model `gaussian` needs none.",
        ) from error
    return torch


@contextmanager
def repeatable() -> Iterator[None]:
    """Let torch compute on one thread and by ways that repeat themselves, for a while."""
    torch = require_torch()
    n_threads = torch.get_num_threads()
    was_strict = torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
        torch.use_deterministic_algorithms(was_strict)


def draw_weights(
    sizes: Sequence[int], rng: np.random.Generator, *, last: float = 1.0
) -> list[Tensor]:
    """Return a network's first weights, its last layer scaled (0: it begins by saying nothing)."""
    torch = require_torch()
    found = []
    for place, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
        scale = np.sqrt(2 / n_in) * (last if place == len(sizes) - 2 else 1.0)
        found += [torch.tensor(rng.normal(size=(n_in, n_out)) * scale), torch.zeros(n_out).double()]
    return [weight.requires_grad_() for weight in found]


def apply_weights(weights: Sequence[Tensor], values: Tensor) -> Tensor:
    """Run a network in torch."""
    torch = require_torch()
    for place in range(0, len(weights), 2):
        if place:
            values = torch.nn.functional.leaky_relu(values, _SLOPE)
        values = values @ weights[place] + weights[place + 1]
    return values


def run_network(weights: Weights, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Run a network in numpy, on rows."""
    for place in range(0, len(weights), 2):
        if place:
            values = np.where(values > 0, values, _SLOPE * values)
        values = values @ weights[place] + weights[place + 1]
    return values


def keep_weights(weights: Sequence[Tensor]) -> Weights:
    """Copy weights out of torch."""
    return tuple(weight.detach().numpy().copy() for weight in weights)


@dataclass(frozen=True, slots=True)
class Lesson:
    """The people that a network is trained on, and how it is shown them.

    Attributes
    ----------
    rows : ndarray of float64, shape (n_people, n_features)
        Of unit scale.
    classes : ndarray of int64, shape (n_people,)
        Number of each one's class.
    base : GaussianGenerator
        What people are like as far as a Gaussian can tell.
    smoothing : float
        Share of the variance of an example that is drawn from the Gaussian.
    """

    rows: NDArray[np.float64] = field(repr=False)
    classes: NDArray[np.int64] = field(repr=False)
    base: GaussianGenerator
    smoothing: float

    def show(
        self, chosen: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        r"""Return examples made of people, and their classes as ones and zeros.

        .. math:: x' = \mu_c + \sqrt{1 - s}\,(x - \mu_c) + \sqrt{s}\,(g - \mu_c)

        with :math:`g` from the Gaussian: mean and covariance stay, and no person is shown twice
        the same way, nor ever as they are.
        """
        classes = self.classes[chosen]
        middle = self.base.means[classes]
        fresh = self.base.sample_classes(classes, rng) - middle
        own = self.rows[chosen] - middle
        shown = middle + np.sqrt(1 - self.smoothing) * own + np.sqrt(self.smoothing) * fresh
        return shown, self.base.classes.mark(classes)
