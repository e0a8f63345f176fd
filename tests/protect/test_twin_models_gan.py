"""A network that begins as a Gaussian, and leaves it where people do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from fascicle.protect._twin_models_gan import GanGenerator, GanTrainer
from fascicle.protect._twin_models_gaussian import fit_gaussian
from fascicle.protect._twin_models_networks import Lesson, repeatable
from fascicle.protect._twin_models_updates import PlainUpdates
from fascicle.protect._twin_settings import TwinSettings, plan_schedule

pytest.importorskip("torch")


def make_rows(n_people: int, seed: int = 0) -> np.ndarray:
    """Two kinds of people far apart, who have no names."""
    rng = np.random.default_rng(seed)
    rows = 0.3 * rng.normal(size=(n_people, 2))
    rows[:, 0] += np.where(rng.random(n_people) < 0.5, 0.95, -0.95)
    return rows


def train(n_steps: int, rows: np.ndarray, labels: np.ndarray | None = None) -> GanGenerator:
    schedule = plan_schedule(TwinSettings(n_steps=max(n_steps, 1), smoothing=0.0), *rows.shape)
    base = fit_gaussian(rows, labels)
    lesson = Lesson(rows, base.classes.index(labels, len(rows)), base, 0.0)
    with repeatable():
        trainer = GanTrainer(base, PlainUpdates(lesson, schedule.batch), schedule, 0)
        for _ in range(n_steps):
            trainer.step()
    return trainer.finish()


def energy(one: np.ndarray, other: np.ndarray) -> float:
    """Distance of two distributions (Székely), 0 where they are the same."""
    return float(2 * cdist(one, other).mean() - cdist(one, one).mean() - cdist(other, other).mean())


def test_before_training_it_is_the_gaussian() -> None:
    rows = make_rows(101)

    generator = train(0, rows)

    drawn = generator.sample(53, None, np.random.default_rng(3))
    assert drawn == pytest.approx(fit_gaussian(rows).sample(53, None, np.random.default_rng(3)))


def test_training_brings_it_nearer_to_people_than_a_gaussian_can_be() -> None:
    rows, others = make_rows(307), make_rows(1009, seed=1)
    rng = np.random.default_rng(2)

    generator = train(400, rows)

    plain = energy(fit_gaussian(rows).sample(1009, None, rng), others)
    assert energy(generator.sample(1009, None, rng), others) < plain / 2


def test_what_no_person_is_like_has_a_larger_loss() -> None:
    generator = train(200, make_rows(307))

    losses = generator.losses(np.array([[0.95, 0.0], [0.0, 0.0], [9.0, -9.0]]))

    assert losses[0] < losses[1] < losses[2]


def test_classes_that_are_asked_for_are_made() -> None:
    rows = make_rows(203)
    labels = np.where(rows[:, 0] > 0, "high", "low")
    generator = train(60, rows, labels)

    drawn = generator.sample(101, np.array(["high"] * 101), np.random.default_rng(0))

    assert drawn[:, 0].mean() == pytest.approx(0.95, abs=0.2)
    assert generator.losses(rows, labels).mean() < generator.losses(rows, labels[::-1]).mean()
