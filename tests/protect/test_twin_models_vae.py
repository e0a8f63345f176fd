"""An autoencoder whose loss is what it says, and whose people are like those it saw."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

from fascicle.protect._twin_models_gaussian import fit_gaussian
from fascicle.protect._twin_models_networks import Lesson, repeatable, run_network
from fascicle.protect._twin_models_updates import PlainUpdates
from fascicle.protect._twin_models_vae import VaeGenerator, VaeTrainer
from fascicle.protect._twin_settings import TwinSettings, plan_schedule

pytest.importorskip("torch")

MIXING = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-0.7, 0.0, 0.7]]).T


def make_rows(n_people: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n_people, 3)) @ MIXING


def train(n_steps: int, rows: np.ndarray, labels: np.ndarray | None = None) -> VaeGenerator:
    settings = TwinSettings("vae", n_steps=n_steps, smoothing=0.0, latent=2)
    schedule = plan_schedule(settings, *rows.shape)
    base = fit_gaussian(rows, labels)
    lesson = Lesson(rows, base.classes.index(labels, len(rows)), base, 0.0)
    with repeatable():
        trainer = VaeTrainer(base, PlainUpdates(lesson, schedule.batch), schedule, 0)
        for _ in range(n_steps):
            trainer.step()
    return trainer.finish()


def test_people_that_are_made_have_the_means_and_correlations_of_those_seen() -> None:
    rows = make_rows(503)

    drawn = train(400, rows).sample(5003, None, np.random.default_rng(0))

    assert drawn.mean(axis=0) == pytest.approx([0, 0, 0], abs=0.2)
    assert np.corrcoef(drawn.T) == pytest.approx(np.corrcoef(rows.T), abs=0.2)
    assert drawn.std(axis=0) == pytest.approx(rows.std(axis=0), rel=0.2)


def test_the_loss_is_a_bound_on_the_density_that_samples_have() -> None:
    rows = make_rows(203)
    generator = train(300, rows)
    latent = np.random.default_rng(0).normal(size=(10_007, 2))
    written = run_network(generator.writer, latent)  # (n_draws, n_features)
    scales = np.exp(generator.log_scales)

    bound = generator.losses(rows)

    own = rows - generator.base.means
    misses = np.square((own[:, None] - written) / scales).sum(axis=2) / 2  # (n_people, n_draws)
    log_density = logsumexp(-misses, axis=1) - np.log(len(latent)) - np.log(scales).sum()
    truth = 3 / 2 * np.log(2 * np.pi) - log_density
    assert truth.mean() - 0.05 < bound.mean() < truth.mean() + 1.0


def test_the_loss_is_the_same_each_time_and_falls_with_training() -> None:
    rows = make_rows(203)

    early, late = train(5, rows), train(200, rows)

    assert (late.losses(rows) == late.losses(rows)).all()
    assert late.losses(rows).mean() < early.losses(rows).mean() - 0.5


def test_classes_that_are_asked_for_are_made() -> None:
    rows = make_rows(203)
    labels = np.arange(203) % 2
    rows[labels == 1] += 3

    generator = train(200, rows, labels)

    rng = np.random.default_rng(0)
    ones, zeros = (generator.sample(501, np.full(501, place), rng) for place in (1, 0))
    assert ones.mean() - zeros.mean() == pytest.approx(3.0, abs=0.7)
