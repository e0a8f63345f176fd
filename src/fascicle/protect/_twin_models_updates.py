"""How people's data move a network: as they are, or clipped and under noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ._twin_models_networks import Lesson, require_torch

if TYPE_CHECKING:
    from torch import Tensor

Loss = Callable[..., "Tensor"]
"""``loss(weights, rows, marks, noise)``: a number for each example, or for the only one."""


class Updates(Protocol):
    """Gradients of a loss over people; the only way in which people reach a network."""

    def gradient(
        self, loss: Loss, weights: Sequence[Tensor], n_noise: int, rng: np.random.Generator
    ) -> list[Tensor]:
        """Return the mean gradient over some people, one tensor for each weight."""
        ...


class PlainUpdates:
    """Mean gradients over people drawn evenly, without privacy."""

    def __init__(self, lesson: Lesson, batch: int) -> None:
        self._lesson = lesson
        self._batch = batch

    def gradient(
        self, loss: Loss, weights: Sequence[Tensor], n_noise: int, rng: np.random.Generator
    ) -> list[Tensor]:
        """Return the mean gradient over a batch of people."""
        torch = require_torch()
        chosen = rng.integers(len(self._lesson.rows), size=self._batch)
        examples = draw_examples(self._lesson, chosen, n_noise, rng)
        return list(torch.autograd.grad(loss(weights, *examples).mean(), weights))


def draw_examples(
    lesson: Lesson, chosen: NDArray[np.int64], n_noise: int, rng: np.random.Generator
) -> tuple[Any, Any, Any]:
    """Return rows, classes and noise of people as tensors."""
    torch = require_torch()
    rows, classes = lesson.show(chosen, rng)
    noise = rng.normal(size=(len(chosen), n_noise))
    return torch.from_numpy(rows), torch.from_numpy(classes), torch.from_numpy(noise)
