"""Networks give in numpy what they gave in torch; examples are like people, and none of them."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from fascicle.errors import DependencyError
from fascicle.protect._twin_models_gaussian import fit_gaussian
from fascicle.protect._twin_models_networks import (
    Lesson,
    apply_weights,
    draw_weights,
    keep_weights,
    repeatable,
    require_torch,
    run_network,
)

torch = pytest.importorskip("torch")


def make_lesson(smoothing: float, n_people: int = 53) -> Lesson:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n_people, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    rows[: n_people // 3] += 3
    labels = np.arange(n_people) < n_people // 3
    base = fit_gaussian(rows, labels)
    return Lesson(rows, base.classes.index(labels, n_people), base, smoothing)


def test_numpy_runs_a_network_as_torch_does() -> None:
    rng = np.random.default_rng(0)
    weights = draw_weights([5, 7, 9, 3], rng)
    rows = rng.normal(size=(11, 5))
    layers = [torch.nn.Linear(5, 7), torch.nn.Linear(7, 9), torch.nn.Linear(9, 3)]
    for layer, matrix, offset in zip(layers, weights[::2], weights[1::2], strict=True):
        layer.weight.data, layer.bias.data = matrix.detach().T, offset.detach()
    relu = torch.nn.LeakyReLU(0.2)
    oracle = torch.nn.Sequential(layers[0], relu, layers[1], relu, layers[2])

    ours = run_network(keep_weights(weights), rows)

    truth = oracle(torch.from_numpy(rows)).detach().numpy()
    assert ours == pytest.approx(truth)
    assert apply_weights(weights, torch.from_numpy(rows)).detach().numpy() == pytest.approx(truth)


def test_a_last_layer_of_zero_says_nothing() -> None:
    weights = draw_weights([3, 5, 2], np.random.default_rng(0), last=0.0)

    assert not run_network(keep_weights(weights), np.ones((4, 3))).any()


def test_torch_is_left_as_it_was_found() -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()

    with pytest.raises(KeyError), repeatable():
        assert torch.get_num_threads() == 1
        raise KeyError

    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before


def test_without_torch_it_is_said_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(DependencyError, match="FSC805"):
        require_torch()


@pytest.mark.parametrize("smoothing", [0.0, 0.3, 0.7, 1.0])
def test_examples_have_the_mean_and_covariance_of_people(smoothing: float) -> None:
    lesson = make_lesson(smoothing, 2003)
    rng = np.random.default_rng(1)

    shown, marks = lesson.show(rng.integers(2003, size=20011), rng)

    assert shown.mean(axis=0) == pytest.approx(lesson.rows.mean(axis=0), abs=0.1)
    assert np.cov(shown.T) == pytest.approx(np.cov(lesson.rows.T), abs=0.15)
    assert marks.mean(axis=0) == pytest.approx([2 / 3, 1 / 3], abs=0.02)


def test_no_example_is_a_person_unless_nothing_is_smoothed() -> None:
    everybody = np.arange(53)
    rng = np.random.default_rng(0)

    shown, _ = make_lesson(0.3).show(everybody, rng)
    plain, _ = make_lesson(0.0).show(everybody, rng)

    rows = make_lesson(0.0).rows
    assert np.abs(shown[:, None] - rows).max(axis=2).min() > 1e-4
    assert plain == pytest.approx(rows)
