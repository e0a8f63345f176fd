"""Training under noise: nobody moves anything by more than the bound, and all noise is told."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.core import Mechanism, Noise
from fascicle.errors import InputError
from fascicle.maths import RandomBits, clip_to_grid
from fascicle.protect import TwinSettings, fit_generator, plan_twin_noise
from fascicle.protect import _twin_models_private as private
from fascicle.protect._twin_models_networks import Lesson, draw_weights
from fascicle.protect._twin_settings import TwinNoise, plan_schedule

FAINT = Mechanism(Noise.DISCRETE_GAUSSIAN, 1e-4)


def seeded(seed: int = 0) -> RandomBits:
    return RandomBits(np.random.default_rng(seed).bytes)


def make_rows(n_people: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_people, 3)) @ np.array([[1, 0.7, 0], [0, 0.7, 0], [0, 0, 1.0]])


def moments_of(rows: np.ndarray, multiplier: float, seed: int = 0):
    noise = Mechanism(Noise.DISCRETE_GAUSSIAN, multiplier)
    classes = np.arange(len(rows)) % 2
    return private.fit_private_gaussian(rows, classes, ("a", "b"), noise, 4.0, seeded(seed))


def test_no_persons_moments_are_longer_than_the_bound_however_long_they_are() -> None:
    rows = make_rows(53) * np.geomspace(1e-3, 1e9, 53)[:, None]

    found = private.describe_moments(rows, np.arange(53) % 3, 3, reach=2.5)

    assert np.linalg.norm(found, axis=1).max() <= 1.5 * 2.5 * (1 + 1e-12)


def test_with_faint_noise_moments_are_those_of_the_people() -> None:
    rows = make_rows(2003)
    rows[1::2] += [0.5, 0, 0]

    found = moments_of(rows, 1e-4)

    covariance = found.root @ found.root.T
    own = np.vstack([rows[::2] - rows[::2].mean(axis=0), rows[1::2] - rows[1::2].mean(axis=0)])
    assert found.means == pytest.approx(
        np.array([rows[::2].mean(axis=0), rows[1::2].mean(axis=0)]), abs=0.05
    )
    assert covariance == pytest.approx(own.T @ own / 2003, abs=0.1)
    assert found.classes.counts.tolist() == [1002, 1001]


def test_the_noise_in_a_mean_is_what_theory_says() -> None:
    rows = np.tile([0.5, 0.0, 0.0], (1001, 1))

    means = [moments_of(rows, 20.0, seed).means[0, 1] for seed in range(60)]

    # 20 times the bound of 6, over the 501 people of the class, and a little drawn to zero
    assert np.std(means) == pytest.approx(20 * 6 / 501, rel=0.3)


def test_under_much_noise_correlations_are_not_made_up() -> None:
    found = moments_of(np.random.default_rng(0).normal(size=(101, 3)), 50.0)

    covariance = found.root @ found.root.T
    off = covariance - np.diag(np.diag(covariance))
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert np.isfinite(found.root).all()
    assert np.abs(off).max() < 5 * np.diag(covariance).max()


def squares(weights, rows, _marks, _noise):
    return (rows @ weights[0] + weights[1]).square().sum(-1)


def make_updates(rows: np.ndarray, clip: float, mechanism: Mechanism = FAINT):
    base = moments_of(make_rows(101), 1.0)
    lesson = Lesson(rows, np.arange(len(rows)) % 2, base, 0.0)
    return private.PrivateUpdates(lesson, mechanism, clip, seeded())


def test_gradients_are_those_of_each_person_clipped_and_averaged() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    rows = make_rows(11)
    weights = draw_weights([3, 2], rng)

    found = make_updates(rows, 1.5).gradient(squares, weights, 0, rng)

    total = np.zeros(8)
    for row in rows:
        loss = squares(weights, torch.from_numpy(row), None, None)
        own = np.concatenate([g.numpy().ravel() for g in torch.autograd.grad(loss, weights)])
        total += own * min(1.0, 1.5 / np.linalg.norm(own))
    flat = np.concatenate([one.numpy().ravel() for one in found])
    assert flat == pytest.approx(total / 11, abs=1e-3)


@pytest.mark.parametrize("model", ["gan", "vae"])
def test_by_brute_force_nobody_moves_an_update_or_moment_by_more_than_the_bound(
    model: str, monkeypatch
) -> None:
    pytest.importorskip("torch")
    sums: list[np.ndarray] = []
    whole_rows: list[np.ndarray] = []
    real = private.add_privately

    def watch(rows, bound, multiplier, bits):
        whole_rows.append(rows)
        sums.append(clip_to_grid(rows, bound).sum(axis=0))
        return real(rows, bound, multiplier, bits)

    monkeypatch.setattr(private, "add_privately", watch)
    rows = make_rows(7)
    rows[2] *= 1e7
    noise = TwinNoise(FAINT, Mechanism(Noise.DISCRETE_GAUSSIAN, 1e-4, 2), clip=0.3)
    fit_generator(rows, None, TwinSettings(model, noise=noise), bits=seeded())

    assert len(sums) == 1 + 2  # moments, and two updates
    bounds = [1.5 * 1.5 * 3**0.5, 0.3, 0.3]
    for bound, summed, each in zip(bounds, sums, whole_rows, strict=True):
        for person in range(7):
            blanked = each.copy()
            blanked[person] = np.nan
            change = summed - clip_to_grid(blanked, bound).sum(axis=0)
            assert (change.astype(object) ** 2).sum() <= 2**40


def test_a_persons_gradient_does_not_depend_on_the_others() -> None:
    pytest.importorskip("torch")
    rows, others = make_rows(7), make_rows(7)
    others[3] = [9.0, -9.0, 9.0]
    weights = draw_weights([3, 2], np.random.default_rng(0))

    one, other = (
        make_updates(some, 1.0).describe(squares, weights, 0, np.random.default_rng(1))
        for some in (rows, others)
    )

    same = np.arange(7) != 3
    assert (one[same] == other[same]).all()
    assert (one[3] != other[3]).any()


@pytest.mark.parametrize("model", ["gaussian", "gan", "vae"])
def test_what_is_charged_is_what_was_planned(model: str) -> None:
    if model != "gaussian":
        pytest.importorskip("torch")
    noise = plan_twin_noise(0.7, model)
    labels = np.array(["a", "b"] * 20 + ["a"])

    generator = fit_generator(
        make_rows(41), labels, TwinSettings(model, noise=noise, width=2), bits=seeded()
    )

    spent = sum(one.steps / one.multiplier**2 / 2 for one in generator.mechanisms)
    assert generator.mechanisms == noise.mechanisms
    assert spent == pytest.approx(0.7)
    drawn = generator.sample(5, np.array(["b"] * 5), np.random.default_rng(0))
    assert np.isfinite(drawn).all()
    assert np.isfinite(generator.losses(make_rows(41), labels)).all()


def test_the_chance_of_noise_is_secret_whatever_the_seed() -> None:
    settings = TwinSettings("gaussian", seed=3, noise=plan_twin_noise(0.7))

    one, other = (fit_generator(make_rows(41), None, settings) for _ in range(2))

    assert (one.sample(3, None, np.random.default_rng(0))
            != other.sample(3, None, np.random.default_rng(0))).all()  # fmt: skip


def test_a_private_network_keeps_the_means_of_many_people() -> None:
    pytest.importorskip("torch")
    rows = make_rows(503)
    noise = TwinNoise(
        Mechanism(Noise.DISCRETE_GAUSSIAN, 1.0), Mechanism(Noise.DISCRETE_GAUSSIAN, 30.0, 5)
    )

    generator = fit_generator(rows, None, TwinSettings("gan", noise=noise), bits=seeded())

    drawn = generator.sample(5003, None, np.random.default_rng(0))
    assert drawn.mean(axis=0) == pytest.approx(rows.mean(axis=0), abs=0.15)
    assert np.corrcoef(drawn.T) == pytest.approx(np.corrcoef(rows.T), abs=0.15)


@pytest.mark.parametrize(("planned", "trained"), [("gaussian", "gan"), ("vae", "gaussian")])
def test_noise_that_was_planned_for_another_model_is_refused(planned: str, trained: str) -> None:
    with pytest.raises(InputError, match="FSC142"):
        TwinSettings(trained, noise=plan_twin_noise(0.5, planned))


@pytest.mark.parametrize("bounds", [{"clip": 0.0}, {"clip": float("nan")}, {"reach": -1.0}])
def test_bounds_that_bound_nothing_are_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(InputError, match="FSC142"):
        TwinNoise(FAINT, **bounds)


def test_everybody_is_in_every_private_step() -> None:
    settings = TwinSettings("gan", noise=plan_twin_noise(0.5, "gan"), n_steps=7, batch=3)

    schedule = plan_schedule(settings, 101, 5)

    assert (schedule.n_steps, schedule.batch, schedule.may_stop) == (60, 101, False)
