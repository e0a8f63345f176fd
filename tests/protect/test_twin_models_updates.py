"""Gradients over people are those of their mean loss."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.protect._twin_models_gaussian import fit_gaussian
from fascicle.protect._twin_models_networks import Lesson, draw_weights
from fascicle.protect._twin_models_updates import PlainUpdates

torch = pytest.importorskip("torch")


def make_lesson(n_people: int = 31) -> Lesson:
    rows = np.random.default_rng(0).normal(size=(n_people, 3))
    return Lesson(rows, np.zeros(n_people, dtype=np.int64), fit_gaussian(rows), 0.0)


def squares(weights, rows, _marks, _noise):
    return (rows @ weights[0] + weights[1]).square().sum(-1)


def test_plain_gradients_over_many_people_are_those_of_the_mean_loss() -> None:
    lesson = make_lesson()
    rng = np.random.default_rng(1)
    weights = draw_weights([3, 2], rng)
    loss = squares(weights, torch.from_numpy(lesson.rows), None, None).mean()
    truth = torch.autograd.grad(loss, weights)

    found = PlainUpdates(lesson, 60_013).gradient(squares, weights, 0, rng)

    for one, other in zip(found, truth, strict=True):
        assert one.numpy() == pytest.approx(other.numpy(), abs=0.1)
