"""Traits are told where signals hold them, and are not where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import attack_class, attack_number, predict_across


def draw(n=61, p=17, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)), rng


def test_predictions_are_those_of_primal_ridge_regression():
    x, rng = draw()
    y = np.stack([x[:, 0] + rng.normal(size=61), rng.normal(size=61)], axis=1)
    folds = np.arange(61) % 5

    found = predict_across(x, y, folds)

    for fold in range(5):
        held = folds == fold
        mean, spread = x[~held].mean(0), x[~held].std(0)
        a, b = (x[~held] - mean) / spread, (x[held] - mean) / spread
        strength = np.trace(a @ a.T) / len(a)
        weights = np.linalg.solve(
            a.T @ a + strength * np.eye(17), a.T @ (y[~held] - y[~held].mean(0))
        )
        assert found[held] == pytest.approx(y[~held].mean(0) + b @ weights)


def test_nothing_is_learnt_from_the_person_who_is_told():
    x, rng = draw()
    y, folds = rng.normal(size=(61, 1)), np.arange(61) % 5
    changed = y.copy()
    changed[folds == 2] += 1000

    assert predict_across(x, y, folds)[folds == 2] == pytest.approx(
        predict_across(x, changed, folds)[folds == 2]
    )


def test_features_that_never_vary_and_their_units_do_not_matter():
    x, _ = draw()
    y, folds = x[:, :1], np.arange(61) % 5
    other = np.column_stack([x * 1e-9, np.full(61, 3.0)])

    assert predict_across(other, y, folds) == pytest.approx(predict_across(x, y, folds))
    assert np.isfinite(predict_across(np.ones((61, 2)), y, folds)).all()


def test_a_trait_that_is_there_is_told_above_the_majority():
    x, rng = draw(n=83)
    labels = (x[:, 0] + x[:, 3] + 0.3 * rng.normal(size=83) > 0.4).astype(int)

    told = attack_class(x, labels, np.random.default_rng(1))

    assert told.baseline == max(labels.mean(), 1 - labels.mean())
    assert told.score > told.baseline + 0.1
    assert told.p <= 0.01
    assert told.n_people == 83


def test_a_number_that_is_there_is_told():
    x, rng = draw(n=83)
    ages = 40 + 10 * x[:, 2] + 3 * rng.normal(size=83)

    told = attack_number(x, ages, np.random.default_rng(1))

    assert told.score > 0.7
    assert told.p <= 0.01


@pytest.mark.parametrize("kind", ["class", "number"])
def test_where_nothing_is_there_chance_is_as_rare_as_it_says(kind, monkeypatch):
    monkeypatch.setattr("fascicle.maths._trait_attack.N_PERMUTATIONS", 99)
    chances = []
    for seed in range(120):
        x, rng = draw(n=41, p=9, seed=seed)
        if kind == "class":
            told = attack_class(x, rng.integers(0, 3, 41), rng)
        else:
            told = attack_number(x, rng.normal(size=41), rng)
        chances.append(told.p)

    # Uniform: its mean is .5 with a standard error of .026; a tenth are below .1, give or take.
    assert 0.42 < np.mean(chances) < 0.6
    assert 0.02 <= np.mean(np.array(chances) <= 0.1) <= 0.19


def test_the_same_seed_gives_the_same_answer():
    x, rng = draw()
    ages = rng.normal(size=61)

    assert attack_number(x, ages, np.random.default_rng(5)) == attack_number(
        x, ages, np.random.default_rng(5)
    )


def test_too_few_people_and_a_trait_of_one_value_are_refused():
    x, rng = draw()

    with pytest.raises(InputError, match="FSC199"):
        attack_class(x[:9], rng.integers(0, 2, 9), rng)
    with pytest.raises(InputError, match="FSC199"):
        attack_number(x, np.ones(61), rng)
    with pytest.raises(InputError, match="FSC198"):
        predict_across(x, np.ones((5, 1)), np.zeros(61, int))
