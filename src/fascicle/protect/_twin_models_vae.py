"""A variational autoencoder with a Gaussian decoder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism

from ._twin_codecs import require_vectors
from ._twin_models_gaussian import GaussianGenerator
from ._twin_models_networks import (
    Weights,
    apply_weights,
    draw_weights,
    keep_weights,
    require_torch,
    run_network,
)
from ._twin_models_updates import Updates
from ._twin_settings import Schedule

if TYPE_CHECKING:
    from torch import Tensor

_RATE = 5e-3
_FIRST_LOG_SCALE = -1.0
"""A decoder that is sure of itself makes the encoder speak."""
_N_WEIGHTS = 6
"""Of a network with two hidden layers."""
_N_DRAWS = 32
_LOG_LIMIT = 4.0
"""Variances stay between exp(-8) and exp(8)."""


@dataclass(frozen=True)
class VaeGenerator:
    """An encoder and a decoder.

    Attributes
    ----------
    base : GaussianGenerator
        The Gaussian whose class means it departs from.
    reader, writer : tuple of ndarray
        Weights of encoder and decoder.
    log_scales : ndarray of float64, shape (n_features,)
        Logarithm of the decoder's standard deviation in each feature.
    mechanisms : tuple of Mechanism
        What training cost in privacy.
    """

    base: GaussianGenerator = field(repr=False)
    reader: Weights = field(repr=False)
    writer: Weights = field(repr=False)
    log_scales: NDArray[np.float64] = field(repr=False)
    mechanisms: tuple[Mechanism, ...] = ()

    @property
    def n_latent(self) -> int:
        """Numbers that a person is made from."""
        return self.reader[-1].size // 2

    def sample(
        self, n: int, labels: NDArray[np.generic] | None, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return n new rows of unit scale, of the classes told or drawn."""
        classes = self.base.classes.draw(n, labels, rng)
        marks = self.base.classes.mark(classes)
        latent = np.hstack([rng.normal(size=(n, self.n_latent)), marks])
        noise = rng.normal(size=(n, self.log_scales.size)) * np.exp(self.log_scales)
        return np.asarray(self.base.means[classes] + run_network(self.writer, latent) + noise)

    def losses(
        self, vectors: NDArray[np.float64], labels: NDArray[np.generic] | None = None
    ) -> NDArray[np.float64]:
        """Return the negative evidence lower bound of each row, in nats."""
        torch = require_torch()
        rows = require_vectors(vectors, self.log_scales.size)
        classes = self.base.classes.index(labels, len(rows))
        own = torch.from_numpy(rows - self.base.means[classes])
        marks = torch.from_numpy(self.base.classes.mark(classes))
        weights = [torch.from_numpy(one) for one in (*self.reader, *self.writer, self.log_scales)]
        rng = np.random.default_rng(0)
        total = np.zeros(len(rows))
        for _ in range(_N_DRAWS):
            noise = torch.from_numpy(rng.normal(size=(len(rows), self.n_latent)))
            surprise = _surprise(weights, own, marks, noise)
            total += surprise.numpy()
        return total / _N_DRAWS


class VaeTrainer:
    """Encoder and decoder in training, step by step."""

    def __init__(
        self, base: GaussianGenerator, updates: Updates, schedule: Schedule, seed: int
    ) -> None:
        torch = require_torch()
        self._base, self._updates, self._schedule = base, updates, schedule
        self._rng = np.random.default_rng(seed)
        n_features, n_marks = base.means.shape[1], base.classes.n_marks
        wide, latent = schedule.width, schedule.latent
        self._weights = [
            *draw_weights([n_features + n_marks, wide, wide, 2 * latent], self._rng, last=0.3),
            *draw_weights([latent + n_marks, wide, wide, n_features], self._rng, last=0.3),
            torch.full((n_features,), _FIRST_LOG_SCALE).double().requires_grad_(),
        ]
        self._steps = torch.optim.AdamW(self._weights, lr=_RATE, weight_decay=schedule.decay)

    def step(self) -> None:
        """Teach both once."""
        gradients = self._updates.gradient(
            self._miss, self._weights, self._schedule.latent, self._rng
        )
        for weight, gradient in zip(self._weights, gradients, strict=True):
            weight.grad = gradient
        self._steps.step()

    def _miss(
        self, weights: Sequence[Tensor], rows: Tensor, marks: Tensor, noise: Tensor
    ) -> Tensor:
        """Return the loss of people as they differ from the mean of their class."""
        means = require_torch().from_numpy(self._base.means)
        middle = marks @ means if self._base.classes.n_marks else means[0]
        return _surprise(weights, rows - middle, marks, noise)

    def finish(self) -> VaeGenerator:
        """Return what was learnt, without the people."""
        weights = keep_weights(self._weights)
        scales = np.clip(weights[-1], -_LOG_LIMIT, _LOG_LIMIT)
        return VaeGenerator(self._base, weights[:_N_WEIGHTS], weights[_N_WEIGHTS:-1], scales)


def _surprise(weights: Sequence[Tensor], rows: Tensor, marks: Tensor, noise: Tensor) -> Tensor:
    """Return the negative evidence lower bound, for one draw of the latent numbers."""
    torch = require_torch()
    found = apply_weights(weights[:_N_WEIGHTS], torch.cat([rows, marks], -1))
    mean, log_scale = found.chunk(2, -1)
    log_scale = log_scale.clamp(-_LOG_LIMIT, _LOG_LIMIT)
    latent = mean + noise * log_scale.exp()
    distance = (mean.square() + (2 * log_scale).exp()).sum(-1) / 2 - log_scale.sum(-1)
    written = apply_weights(weights[_N_WEIGHTS:-1], torch.cat([latent, marks], -1))
    scales = weights[-1].clamp(-_LOG_LIMIT, _LOG_LIMIT)
    misses = ((rows - written) * (-scales).exp()).square().sum(-1) / 2 + scales.sum(-1)
    constant = rows.shape[-1] * math.log(2 * math.pi) / 2 - mean.shape[-1] / 2
    surprise: Tensor = misses + distance + constant
    return surprise
