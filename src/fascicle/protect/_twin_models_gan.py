"""A generative adversarial network that departs from a Gaussian only where it must."""

from __future__ import annotations

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

_PENALTY = 1.0
_RATE = 3e-3
_MEMORY = 0.99
"""Weights that are kept are a mean over the last hundred updates or so."""


@dataclass(frozen=True)
class GanGenerator:
    """A generator and the discriminator that taught it.

    Attributes
    ----------
    base : GaussianGenerator
        The Gaussian that it departs from.
    maker, judge : tuple of ndarray
        Weights of both networks.
    mechanisms : tuple of Mechanism
        What training cost in privacy.
    """

    base: GaussianGenerator = field(repr=False)
    maker: Weights = field(repr=False)
    judge: Weights = field(repr=False)
    mechanisms: tuple[Mechanism, ...] = ()

    def sample(
        self, n: int, labels: NDArray[np.generic] | None, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return n new rows of unit scale, of the classes told or drawn."""
        base = self.base
        classes = base.classes.draw(n, labels, rng)
        noise = rng.normal(size=(n, base.means.shape[1]))
        marks = base.classes.mark(classes)
        change = run_network(self.maker, np.hstack([noise, marks]))
        return np.asarray(base.means[classes] + noise @ base.root.T + change)

    def losses(
        self, vectors: NDArray[np.float64], labels: NDArray[np.generic] | None = None
    ) -> NDArray[np.float64]:
        """Return how little the discriminator takes each row for one of a person."""
        rows = require_vectors(vectors, self.base.means.shape[1])
        marks = self.base.classes.mark(self.base.classes.index(labels, len(rows)))
        return -run_network(self.judge, np.hstack([rows, marks]))[:, 0]


class GanTrainer:
    """Two networks in training, step by step."""

    def __init__(
        self, base: GaussianGenerator, updates: Updates, schedule: Schedule, seed: int
    ) -> None:
        torch = require_torch()
        self._base, self._updates, self._schedule = base, updates, schedule
        self._rng = np.random.default_rng(seed)
        n_features = base.means.shape[1]
        n_in = n_features + base.classes.n_marks
        wide = schedule.width
        self._maker = draw_weights([n_in, wide, wide, n_features], self._rng, last=0.0)
        self._judge = draw_weights([n_in, wide, wide, 1], self._rng, last=0.1)
        options = {"lr": _RATE, "betas": (0.0, 0.9), "weight_decay": schedule.decay}
        self._steps = (
            torch.optim.AdamW(self._maker, **options),
            torch.optim.AdamW(self._judge, **options),
        )
        self._kept = [weight.detach().clone() for weight in self._all()]

    def step(self) -> None:
        """Teach the discriminator once, then the generator."""
        torch = require_torch()
        seen = self._updates.gradient(_doubt, self._judge, 0, self._rng)
        fakes, marks = self._make()
        fakes = fakes.detach().requires_grad_()
        verdict = _judge(self._judge, fakes, marks)
        slope = torch.autograd.grad(verdict.sum(), fakes, create_graph=True)[0]
        belief = torch.relu(1 + verdict).mean() + _PENALTY * slope.square().sum(1).mean()
        invented = torch.autograd.grad(belief, self._judge)
        self._move(1, [one + other for one, other in zip(seen, invented, strict=True)])
        fakes, marks = self._make()
        shame = -_judge(self._judge, fakes, marks).mean()
        self._move(0, list(torch.autograd.grad(shame, self._maker)))
        self._remember()

    def finish(self) -> GanGenerator:
        """Return what was learnt, without the people."""
        kept, n_maker = keep_weights(self._kept), len(self._maker)
        return GanGenerator(self._base, kept[:n_maker], kept[n_maker:])

    def _make(self) -> tuple[Tensor, Tensor]:
        """Draw people who never were, in the classes' shares."""
        torch = require_torch()
        base = self._base
        classes = base.classes.draw(self._schedule.batch, None, self._rng)
        noise = self._rng.normal(size=(len(classes), base.means.shape[1]))
        marks = torch.from_numpy(base.classes.mark(classes))
        plain = torch.from_numpy(base.means[classes] + noise @ base.root.T)
        values = torch.cat([torch.from_numpy(noise), marks], 1)
        return plain + apply_weights(self._maker, values), marks

    def _move(self, which: int, gradients: Sequence[Tensor]) -> None:
        for weight, gradient in zip((self._maker, self._judge)[which], gradients, strict=True):
            weight.grad = gradient
        self._steps[which].step()

    def _remember(self) -> None:
        for kept, fresh in zip(self._kept, self._all(), strict=True):
            kept.lerp_(fresh.detach(), 1 - _MEMORY)

    def _all(self) -> list[Tensor]:
        return [*self._maker, *self._judge]


def _judge(weights: Sequence[Tensor], rows: Tensor, marks: Tensor) -> Tensor:
    torch = require_torch()
    return apply_weights(weights, torch.cat([rows, marks], -1))[..., 0]


def _doubt(weights: Sequence[Tensor], row: Tensor, marks: Tensor, _noise: Tensor) -> Tensor:
    """Return how far the discriminator is from taking a person for one."""
    doubt: Tensor = require_torch().relu(1 - _judge(weights, row, marks))
    return doubt
